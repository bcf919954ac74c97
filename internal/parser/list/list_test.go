package list

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func read(t *testing.T, options, data string) parser.Document {
	t.Helper()
	doc, err := New().Parse(t.Context(), parser.Input{Name: "list", Data: []byte(data), Options: []byte(options)}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Check(parser.Limits{}); err != nil {
		t.Fatal(err)
	}
	return doc
}

// values writes entries as "place type=value comment tags" for short goldens.
func values(doc parser.Document) (out []string) {
	for _, e := range doc.Entries {
		s := e.Place + ": " + e.Type + "=" + e.Value
		if e.Comment != "" {
			s += " (" + e.Comment + ")"
		}
		if len(e.Tags) > 0 {
			s += " " + strings.Join(e.Tags, "+")
		}
		if !e.FirstSeen.IsZero() {
			s += " from " + e.FirstSeen.Format(time.DateOnly)
		}
		if e.Confidence >= 0 {
			s += fmt.Sprintf(" %d%%", e.Confidence)
		}
		if e.ToIDs != nil {
			s += fmt.Sprintf(" ids:%v", *e.ToIDs)
		}
		out = append(out, s)
	}
	return out
}

func TestFormats(t *testing.T) {
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("# 恶意地址\n1.2.3.4 # 银狐\n")
	for _, c := range []struct {
		name, options, data string
		want                []string
		warnings            int
	}{
		{"text", `{"format":"text","map":{},"default_type":"ip-dst"}`, "# list\r\n1.2.3.4\r\n\r\n  5.6.7.8  # seen twice\n", []string{
			"row 2: ip-dst=1.2.3.4", "row 4: ip-dst=5.6.7.8 (seen twice)"}, 0},
		{"text in GBK", `{"format":"text","map":{}}`, gbk, []string{"row 2: =1.2.3.4 (银狐)"}, 0},
		{"a URL keeps its fragment", `{"format":"text","map":{}}`, "http://a.example/#frag\n", []string{"row 1: =http://a.example/#frag"}, 0},
		{"hosts file", `{"format":"text","delimiter":"space","map":{"value":"2"}}`, "0.0.0.0   evil.example\n127.0.0.1\tbad.example\nodd\n", []string{
			"row 1: =evil.example", "row 2: =bad.example"}, 1},
		{"csv by header", `{"format":"csv","header":true,"map":{"value":"IOC","type":"kind","comment":"note","tags":"tags","first_seen":"seen","confidence":"c","to_ids":"ids"},"types":{"IP":"ip-dst"}}`,
			"kind,IOC,note,tags,seen,c,ids\nIP,1.2.3.4,\"a, \"\"b\"\"\",x;y,2024-05-06 07:08:09,80,yes\nurl,http://x.example/,,,,,\n", []string{
				`row 2: ip-dst=1.2.3.4 (a, "b") x+y from 2024-05-06 80% ids:true`, "row 3: url=http://x.example/"}, 0},
		{"header in a comment", `{"format":"csv","header":true,"map":{"value":"url","first_seen":"dateadded"}}`,
			"#####\n# id,dateadded,url\n\"1\",\"2024-01-02 03:04:05\",\"http://x.example/a,b\"\n", []string{"row 3: =http://x.example/a,b from 2024-01-02"}, 0},
		{"semicolons, BOM, numbers", `{"format":"csv","map":{"value":"2","comment":"1"}}`, "\xEF\xBB\xBFone;1.1.1.1\ntwo;2.2.2.2\n", []string{
			"row 1: =1.1.1.1 (one)", "row 2: =2.2.2.2 (two)"}, 0},
		{"json", `{"format":"json","root":"data.items","map":{"value":"ioc.value","type":"ioc.type","tags":"tags[*].name","confidence":"conf"}}`,
			`{"meta":{"items":[1]},"data":{"items":[{"ioc":{"value":"a.example","type":"domain"},"tags":[{"name":"x"},{"name":"y"}],"conf":75},{"ioc":{}},{"ioc":{"value":"b.example"}}]}}`, []string{
				"item 1: domain=a.example x+y 75%", "item 3: =b.example"}, 1},
		{"json by keys, several values", `{"format":"json","root":"*","map":{"value":"ioc","comment":"$key"}}`,
			`{"17":[{"ioc":["1.1.1.1","2.2.2.2"]}],"18":{"ioc":"3.3.3.3"}}`, []string{
				"item 1: =1.1.1.1 (17)", "item 1: =2.2.2.2 (17)", "item 2: =3.3.3.3 (18)"}, 0},
		{"json list of strings", `{"format":"json","root":"","map":{}}`, `["a.example","b.example"]`, []string{"item 1: =a.example", "item 2: =b.example"}, 0},
		{"json cut off", `{"format":"json","map":{"value":"v"}}`, `[{"v":"a"},{"v":"b"},{"v":`, []string{"item 1: =a", "item 2: =b"}, 1},
		{"ndjson with a bad row", `{"format":"ndjson","map":{"value":"indicator","last_seen":"t"}}`,
			"{\"indicator\":\"a\",\"t\":1700000000}\nnot json\n{\"indicator\":\"b\"}\n", []string{"row 1: =a", "row 3: =b"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := read(t, c.options, c.data)
			if d := cmp.Diff(c.want, values(doc)); d != "" {
				t.Error(d)
			}
			if len(doc.Warnings) != c.warnings {
				t.Errorf("warnings: %v", doc.Warnings)
			}
			if doc.Text != "" {
				t.Errorf("text: %q", doc.Text)
			}
		})
	}
}

func TestFieldsThatAreWrongAreSaid(t *testing.T) {
	doc := read(t, `{"format":"csv","map":{"value":"1","first_seen":"2","confidence":"3","to_ids":"4"}}`, "a,gestern,200,perhaps\n")
	var got []string
	for _, w := range doc.Warnings {
		got = append(got, w.Place+" "+w.Reason)
	}
	want := []string{`row 1 first seen "gestern" is not a time`, `row 1 confidence "200" is not a number from 0 to 100`, `row 1 to_ids "perhaps" is not yes or no`}
	if d := cmp.Diff(want, got); d != "" || len(doc.Entries) != 1 {
		t.Error(d, doc.Entries)
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{"2024-05-06", "2024-05-06T00:00:00Z", "2024-05-06 00:00:00 UTC", "1714953600", "1714953600000", "1714953600000000", "20240506", "2024年5月6日", "2024-05-06T02:00:00+02:00"} {
		if got, ok := parseTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: %v %v", s, got, ok)
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	for _, o := range []string{`{"format":"xml","map":{}}`, `{"format":"csv","delimiter":",,","map":{}}`, `{"format":"csv","map":{},"colour":1}`,
		`{"format":"json","root":"a..b","map":{}}`, `{"format":"json","map":{"value":"a[x]"}}`, `{"format":"csv","header":true,"map":{}}`, `nonsense`} {
		_, err := New().Parse(t.Context(), parser.Input{Data: []byte("a"), Options: []byte(o)}, parser.Limits{})
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", o, err)
		}
		if New().Accepts(parser.Input{Options: []byte(o)}) != 0 {
			t.Errorf("%s accepted", o)
		}
	}
	_, err := New().Parse(t.Context(), parser.Input{Data: []byte("a,b\n1,2\n"), Options: []byte(`{"format":"csv","header":true,"map":{"value":"ioc"}}`)}, parser.Limits{})
	if err == nil || !strings.Contains(err.Error(), "a, b") {
		t.Errorf("missing column: %v", err)
	}
}

func TestFiveMillionRowsStream(t *testing.T) {
	if testing.Short() {
		t.Skip("about 100 MB")
	}
	var buf bytes.Buffer
	for i := range 5_000_001 {
		fmt.Fprintf(&buf, "%d.%d.%d.%d,x\n", 1+i>>22, i>>14&255, i>>7&127, i&127)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, peak := 0, uint64(0)
	in := parser.Input{Name: "feed.csv", Data: buf.Bytes(), Options: []byte(`{"format":"csv","map":{"value":"1"}}`)}
	doc, err := New().Stream(t.Context(), in, parser.Limits{}, func(e parser.Entry) error {
		if n++; n%1_000_000 == 0 {
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
		return nil
	})
	if err != nil || n != 5_000_000 || len(doc.Warnings) != 1 {
		t.Fatal(n, err, doc.Warnings)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 200<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
}

func TestYieldStops(t *testing.T) {
	stop := errors.New("enough")
	_, err := New().Stream(t.Context(), parser.Input{Data: []byte("a\nb\n"), Options: []byte(`{"format":"text","map":{}}`)}, parser.Limits{}, func(parser.Entry) error { return stop })
	if err != stop {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	big := strings.Repeat("a\n", 10000)
	if _, err := New().Parse(ctx, parser.Input{Data: []byte(big), Options: []byte(`{"format":"text","map":{}}`)}, parser.Limits{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestDeepJSONIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 5_000_000)
	for _, f := range []string{`{"format":"json","map":{}}`, `{"format":"json","root":"a","map":{}}`, `{"format":"json","root":"*","map":{}}`} {
		if _, err := New().Parse(t.Context(), parser.Input{Name: "deep", Data: []byte(deep), Options: []byte(f)}, parser.Limits{}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func FuzzList(f *testing.F) {
	for _, o := range []string{`{"format":"text","map":{}}`, `{"format":"csv","header":true,"map":{"value":"a","tags":"b"}}`,
		`{"format":"json","root":"*.x","map":{"value":"v"}}`, `{"format":"ndjson","map":{"value":"a[*].b","first_seen":"t"}}`} {
		f.Add([]byte(o), []byte("a,b\n\"1\",2\n"))
		f.Add([]byte(o), []byte(`{"q":{"x":[{"v":"1","a":[{"b":2}],"t":5}]}}`))
	}
	f.Fuzz(func(t *testing.T, options, data []byte) {
		lim := parser.Limits{Entries: 100}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data, Options: options}, lim)
		if err != nil {
			return
		}
		if err := doc.Check(lim); err != nil {
			t.Fatal(err)
		}
		for _, e := range doc.Entries {
			if e.Value == "" || e.Place == "" {
				t.Fatalf("%+v", e)
			}
		}
	})
}
