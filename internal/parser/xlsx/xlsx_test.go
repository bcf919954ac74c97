package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

const (
	workbookXML = `<workbook xmlns:r="r"><sheets><sheet name="IOC 清单" r:id="r1"/><sheet name="Old" state="hidden" r:id="r2"/></sheets></workbook>`
	relsXML     = `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/worksheet" Target="/xl/worksheets/sheet2.xml"/>` +
		`<Relationship Id="r3" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r4" Type="x/styles" Target="styles.xml"/></Relationships>`
)

func build(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{"[Content_Types].xml": "<Types/>", "xl/workbook.xml": workbookXML, "xl/_rels/workbook.xml.rels": relsXML}
	maps.Copy(all, parts)
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, all[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func sheetXML(rows string) string {
	return `<worksheet xmlns:r="r"><sheetData>` + rows + `</sheetData><hyperlinks><hyperlink ref="B2" r:id="h1"/><hyperlink ref="Z9:Z10" r:id="h2"/></hyperlinks></worksheet>`
}

func TestSheets(t *testing.T) {
	data := build(t, map[string]string{
		"xl/sharedStrings.xml": `<sst><si><t>类型</t></si><si><r><t>evil</t></r><r><t>.example</t></r><rPh><t>phonetic</t></rPh></si></sst>`,
		"xl/styles.xml":        `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="&quot;day&quot;0"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": sheetXML(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>va</t><t>lue</t></is></c></row>` +
			`<row r="2"><c r="A2" s="1"><v>45418.297326</v></c><c r="B2" t="s"><v>1</v></c><c r="E2" t="b"><v>1</v></c></row><row r="3"/>` +
			`<row r="4"><c r="A4" s="2"><v>45418</v></c><c r="B4" s="3"><v>7</v></c><c r="C4"><v>1.2345E+9</v></c><c r="D4" t="str"><f>A1&amp;"x"</f><v>result</v></c><c r="E4" t="s"><v>99</v></c><c r="F4" t="e"><v>#N/A</v></c></row>` +
			`<row r="5"><c r="A5" t="inlineStr"><is><t>d41d8cd98f00b204
e9800998ecf8427e</t></is></c></row>`),
		"xl/worksheets/sheet2.xml":            sheetXML(`<row><c><v>1</v></c><c><v>2</v></c></row>`),
		"xl/worksheets/_rels/sheet1.xml.rels": `<Relationships><Relationship Id="h1" Type="x/hyperlink" Target="http://evil.example/" TargetMode="External"/><Relationship Id="h2" Type="x/hyperlink" Target="http://lost.example/" TargetMode="External"/><Relationship Id="c" Type="x/comments" Target="../comments1.xml"/></Relationships>`,
		"xl/comments1.xml":                    `<comments><commentList><comment ref="B2"><text><r><t>seen by </t></r><r><t>银狐</t></r></text></comment></commentList></comments>`,
	})
	if New().Accepts(parser.Input{Name: "x.bin", Data: data}) != 95 {
		t.Error("not recognised by content")
	}
	doc, err := New().Parse(t.Context(), parser.Input{Name: "x.xlsx", Data: data}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	want := "IOC 清单\n类型\tvalue\n2024-05-06 07:08:09\tevil.example\t\t\tTRUE\n2024-05-06\t7\t1234500000\tresult\t\t#N/A\n" +
		"d41d8cd98f00b204e9800998ecf8427e\nB2: seen by 银狐\n\nOld\n1\t2\n"
	if d := cmp.Diff(want, doc.Text); d != "" {
		t.Error(d)
	}
	var links []string
	for _, l := range doc.Links {
		links = append(links, l.URL+" "+doc.Text[l.Start:l.End])
	}
	if d := cmp.Diff([]string{"http://evil.example/ evil.example", "http://lost.example/ "}, links[:2]); d != "" {
		t.Error(d)
	}
	if len(doc.Warnings) != 1 || doc.Warnings[0].Place != "sheet Old" {
		t.Error(doc.Warnings)
	}
}

func TestHostile(t *testing.T) {
	big := strings.Repeat("x", 30<<10)
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, `<row><c t="s"><v>0</v></c><c r="XFD%d"><v>1</v></c></row>`, i)
	}
	lim := parser.Limits{Text: 1 << 20}
	doc, err := New().Parse(t.Context(), parser.Input{Name: "x.xlsx", Data: build(t, map[string]string{
		"xl/sharedStrings.xml": `<sst><si><t>` + big + `</t></si></sst>`, "xl/worksheets/sheet1.xml": sheetXML(many.String())})}, lim)
	if err != nil || len(doc.Text) > 1<<20+1 || len(doc.Warnings) == 0 {
		t.Error(len(doc.Text), doc.Warnings, err)
	}
	for _, c := range []struct {
		name  string
		parts map[string]string
		kind  errs.Kind
	}{
		{"entity bomb", map[string]string{"xl/workbook.xml": `<!DOCTYPE x [<!ENTITY a "b">]><workbook>&a;</workbook>`}, errs.Invalid},
		{"deep", map[string]string{"xl/workbook.xml": strings.Repeat("<a>", 200_000)}, errs.TooLarge},
		{"no workbook", map[string]string{"_rels/.rels": `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="none.xml"/></Relationships>`}, errs.Invalid},
	} {
		_, err := New().Parse(t.Context(), parser.Input{Name: "bad.xlsx", Data: build(t, c.parts)}, parser.Limits{})
		if errs.KindOf(err) != c.kind || !strings.Contains(err.Error(), "bad.xlsx") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// One broken sheet does not cost the others.
	doc, err = New().Parse(t.Context(), parser.Input{Name: "x.xlsx", Data: build(t, map[string]string{
		"xl/worksheets/sheet1.xml": strings.Repeat("<a>", 1000), "xl/worksheets/sheet2.xml": sheetXML(`<row><c><v>kept</v></c></row>`)})}, parser.Limits{})
	if err != nil || !strings.Contains(doc.Text, "kept") || len(doc.Warnings) != 2 {
		t.Error(doc.Text, doc.Warnings, err)
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		serial float64
		b1904  bool
		want   string
	}{{45418, false, "2024-05-06"}, {1, false, "1900-01-01"}, {59, false, "1900-02-28"}, {61, false, "1900-03-01"}, {43956, true, "2024-05-06"},
		{0.5, true, "12:00:00"}, {-1, false, "-1"}, {1e12, false, "1000000000000"}} {
		if got := date(c.serial, c.b1904); got != c.want {
			t.Errorf("%v: %s, want %s", c.serial, got, c.want)
		}
	}
	for code, want := range map[string]bool{"yyyy-mm-dd": true, `0.00`: false, `"day" 0`: false, "[Red]0": false, "h:mm": true, `\d0`: false, "@": false} {
		if dateFormat(code) != want {
			t.Errorf("%s", code)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<row><c r="A1" t="s"><v>0</v></c><c r="C1" s="1"><v>1e5</v></c></row>`), []byte(`<sst><si><t>a</t></si></sst>`))
	f.Fuzz(func(t *testing.T, rows, shared []byte) {
		lim := parser.Limits{Text: 1000}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: build(t, map[string]string{
			"xl/worksheets/sheet1.xml": sheetXML(string(rows)), "xl/sharedStrings.xml": string(shared)})}, lim)
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Fatal(err)
			}
		}
	})
}
