package all

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"flag"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func uuid(n byte) id.UUID { return id.UUID{n, 6: 0x40, 8: 0x80} }

func claim(n byte, typ string, stated string, values ...observable.Value) report.Claim {
	day := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	c := report.Claim{
		ID: id.ID(n), UUID: uuid(n), Type: typ, Stated: stated, ToIDs: true, Confidence: 70, Pain: 3, Published: day, Created: day, Modified: day, State: report.Accepted, Version: 1,
		ACL: sharing.ACL{Distribution: sharing.Inherit},
	}
	for _, v := range values {
		c.Parts = append(c.Parts, report.Part{Value: v})
	}
	c.Correlates = len(values) > 0
	return c
}

// selection is two reports and a claim that stands alone, with hostile texts in every place.
func selection() []export.Row {
	one := &report.Report{
		ID: 500, UUID: uuid(250), Kind: report.KindReport, Title: `=HYPERLINK("http://evil.example","银狐")`, URL: "https://vendor.example/1", Publisher: report.Publisher{Name: "Vendor"},
		Published: time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC), Modified: time.Date(2024, 5, 7, 0, 0, 0, 0, time.UTC), ACL: sharing.ACL{Distribution: sharing.Community, TLP: marking.TLPGreen}, Tags: []report.Tag{{Name: "银狐", Colour: "#aa0000"}}, Version: 1,
	}
	two := &report.Report{ID: 501, UUID: uuid(251), Kind: report.KindEvent, Title: "Two", Published: one.Published, Modified: one.Modified, ACL: sharing.ACL{TLP: marking.TLPAmber}, Version: 1}
	file := &report.Object{ID: 600, UUID: uuid(252), Name: "file", MetaCategory: "file", Created: one.Published, ACL: sharing.ACL{Distribution: sharing.Inherit}, Version: 1}
	domain := claim(2, "domain-name", "evil[.]example", observable.Value{Type: observable.Domain, Text: "evil.example"})
	domain.Comment, domain.Tags = "+cmd|' /C calc'!A0\n\"quoted\", <script>alert(1)</script>", []report.Tag{{Name: "c2"}, {Name: "ours", Local: true}}
	domain.Expires = domain.Published.AddDate(0, 6, 0)
	green, amber := one.ACL, two.ACL
	return []export.Row{
		{Claim: claim(1, "ipv4-addr", "198.51.100.7", observable.Value{Type: observable.IPv4, Text: "198.51.100.7"}), ACL: sharing.ACL{TLP: marking.TLPClear}, SourceName: "@list", Reliability: "B", Score: 40, Publishers: 2},
		{Claim: domain, Report: one, ACL: green, SourceName: "-feed", Score: 80, Publishers: 1},
		{Claim: claim(3, "url", "hxxp://evil[.]example/x", observable.Value{Type: observable.URL, Text: "http://evil.example/x"}), Report: one, ACL: green, Score: -1, Publishers: -1},
		{
			Claim:  claim(4, "filename|sha256", "Evil.EXE|"+strings.Repeat("A", 64), observable.Value{Type: observable.FileName, Text: "evil.exe"}, observable.Value{Type: observable.SHA256, Text: strings.Repeat("a", 64)}),
			Report: one, ACL: green, Object: file, Score: -1, Publishers: -1,
		},
		{Claim: claim(5, "comment", "\tonly text"), Report: one, ACL: green, Score: -1, Publishers: -1},
		{Claim: claim(6, "yara", "rule x {\n condition: true\n}"), Report: one, ACL: green, Score: -1, Publishers: -1},
		{Claim: claim(7, "ip-dst", "198.51.100.7", observable.Value{Type: observable.IPv4, Text: "198.51.100.7"}), Report: two, ACL: amber, Score: -1, Publishers: -1},
		{Claim: claim(8, "vulnerability", "CVE-2024-12345", observable.Value{Type: observable.Vulnerability, Text: "CVE-2024-12345"}), Report: two, ACL: amber, Score: -1, Publishers: -1},
	}
}

// rows serves a selection in both orders.
func rows(list []export.Row) export.Rows {
	return func(_ context.Context, order export.Order, yield func(export.Row) error) error {
		sorted := slices.Clone(list)
		if order == export.ByValue {
			text := func(r export.Row) string {
				if len(r.Claim.Parts) == 0 {
					return ""
				}
				return r.Claim.Parts[0].Value.Text
			}
			slices.SortStableFunc(sorted, func(a, b export.Row) int { return cmp.Compare(text(a), text(b)) })
		}
		for _, r := range sorted {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	}
}

func input(list []export.Row) export.Input {
	return export.Input{Rows: rows(list), Meta: export.Meta{
		Title: "Test", Query: "type:ip", Producer: export.Producer{UUID: uuid(200), Name: "Our CERT"}, Generated: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), Ceiling: sharing.Ceiling{TLP: marking.TLPAmber},
	}}
}

func export1(t testing.TB, f export.Format, in export.Input) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := f.Write(t.Context(), &out, in); err != nil {
		t.Fatal(f.Name, err)
	}
	return out.Bytes()
}

func TestGolden(t *testing.T) {
	const path = "testdata/selection.txtar"
	got := &txtar.Archive{}
	for _, f := range List() {
		got.Files = append(got.Files, txtar.File{Name: f.Name + f.Extension, Data: export1(t, f, input(selection()))})
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Files) != len(got.Files) {
		t.Fatalf("%d formats, %d golden files", len(got.Files), len(want.Files))
	}
	for i, f := range got.Files {
		if d := gocmp.Diff(string(want.Files[i].Data), string(txtarText(f.Data))); d != "" {
			t.Errorf("%s: %s", f.Name, d)
		}
	}
}

// txtarText ends a file with a line feed, as the archive does.
func txtarText(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	return b
}

func TestEmptyAndPartialSelections(t *testing.T) {
	for _, f := range List() {
		for _, list := range [][]export.Row{nil, selection()[:1], selection()[1:2], selection()[6:], selection()[:2]} {
			out := export1(t, f, input(list))
			if strings.HasSuffix(f.Extension, "json") && f.Name != "ndjson" && !jsonx.Raw(out).IsValid() {
				t.Errorf("%s of %d rows is broken: %s", f.Name, len(list), out)
			}
		}
	}
	misp, _ := Find("misp")
	for n, want := range map[int]string{0: `{"response":[]}`, 1: `{"response":[{"Event"`, 2: `{"response":[{"Event"`} {
		if out := export1(t, misp, input(selection()[:n])); !bytes.HasPrefix(out, []byte(want)) {
			t.Errorf("%d rows: %.60s", n, out)
		}
	}
	if out := export1(t, misp, input(selection()[6:])); !bytes.HasPrefix(out, []byte(`{"Event"`)) {
		t.Errorf("a single report is one event: %.60s", out)
	}
	if _, ok := Find("xml"); ok {
		t.Error("found a format that is none")
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	f, _ := Find("csv")
	records, err := csv.NewReader(bytes.NewReader(export1(t, f, input(selection())))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != len(selection())+1 {
		t.Errorf("%d records", len(records))
	}
	for _, r := range records {
		for i, cell := range r {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Errorf("column %s: %q", records[0][i], cell)
			}
		}
	}
}

func TestErrorsOfTheWriterAndTheSelectionStop(t *testing.T) {
	boom := io.ErrClosedPipe
	for _, f := range List() {
		in := input(nil)
		in.Rows = func(context.Context, export.Order, func(export.Row) error) error { return boom }
		if err := f.Write(t.Context(), io.Discard, in); err != boom { //nolint:errorlint // the very error
			t.Errorf("%s: %v", f.Name, err)
		}
		in.Rows = rows(slices.Repeat(selection(), 2000))
		if err := f.Write(t.Context(), failing{}, in); err == nil {
			t.Errorf("%s: a broken writer goes unnoticed", f.Name)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestMemoryIsBounded writes many reports and looks at what stays allocated meanwhile.
func TestMemoryIsBounded(t *testing.T) {
	const reports, each = 500, 100
	many := func(_ context.Context, _ export.Order, yield func(export.Row) error) error {
		n := 0
		for range reports {
			r := &report.Report{ID: id.ID(n + 1), UUID: id.V5(id.UUID{}, []byte(strconv.Itoa(n))), Title: "r", Published: time.Unix(1700000000, 0), Version: 1}
			for range each {
				n++
				text := "h" + strconv.Itoa(n) + ".example"
				c := claim(0, "domain-name", text, observable.Value{Type: observable.Domain, Text: text})
				c.ID, c.UUID = id.ID(n), id.V5(id.UUID{1}, []byte(text))
				if err := yield(export.Row{Claim: c, Report: r, Score: -1, Publishers: -1}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, f := range List() {
		in := input(nil)
		in.Rows = many
		w := &peak{}
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := f.Write(t.Context(), w, in); err != nil {
			t.Fatal(err)
		}
		used := int64(w.heap) - int64(before.HeapAlloc)
		t.Logf("%s: %d bytes written, %d live", f.Name, w.n, used)
		limit := int64(8 << 20)
		if f.Name == "stix21" { // eight bytes for each object written, in a map
			limit = 12 << 20
		}
		if used > limit {
			t.Errorf("%s keeps %d bytes", f.Name, used)
		}
	}
}

// peak measures the live heap now and then.
type peak struct {
	n, last int64
	heap    uint64
}

func (p *peak) Write(b []byte) (int, error) {
	p.n += int64(len(b))
	if p.n-p.last > 4<<20 {
		p.last = p.n
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.heap = max(p.heap, m.HeapAlloc)
	}
	return len(b), nil
}

func BenchmarkFormats(b *testing.B) {
	r := &report.Report{ID: 1, UUID: uuid(1), Title: "r", Published: time.Unix(1700000000, 0), Version: 1}
	var list []export.Row
	for n := range 10_000 {
		text := "h" + strconv.Itoa(n) + ".example"
		c := claim(0, "domain-name", text, observable.Value{Type: observable.Domain, Text: text})
		c.ID, c.UUID = id.ID(n+2), id.V5(id.UUID{1}, []byte(text))
		list = append(list, export.Row{Claim: c, Report: r, Score: -1, Publishers: -1})
	}
	for _, f := range List() {
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				if err := f.Write(b.Context(), io.Discard, input(list)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(list))/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
