package json

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		name, json, want string
		places           []string
		warnings         int
	}{
		{"nested", `{"id":7,"iocs":[{"type":"ip","value":"1.2.3.4","ok":true,"none":null},{"value":"evil.example"}],"hosts":{"5.6.7.8":{"note":"C2"}}}`,
			"id: 7\niocs / type: ip\niocs / value: 1.2.3.4\niocs / ok: true\niocs / value: evil.example\nhosts / 5.6.7.8 / note: C2\n",
			[]string{"id", "iocs[0].type", "iocs[0].value", "iocs[0].ok", "iocs[1].value", "hosts.5.6.7.8.note"}, 0},
		{"array of scalars", `["a.example", 2, null, ["b.example"]]`, "a.example\n2\nb.example\n", []string{"[0]", "[1]", "[3][0]"}, 0},
		{"lines", "{\"a\":\"x\"}\n{\"a\":\"y\"}\n", "a: x\n\na: y\n", []string{"a", "a"}, 0},
		{"escapes and rules", `{"rule":"rule X {\n strings: $a = \"\u94f6\u72d0\"\n}"}`, "rule: rule X {\n strings: $a = \"银狐\"\n}\n", []string{"rule"}, 0},
		{"cut off", `{"a":"x","b":"evil.exam`, "a: x\n", []string{"a"}, 1},
		{"duplicate names and bad UTF-8", "{\"a\":\"1\",\"a\":\"银狐\xff\"}", "a: 1\na: 银狐\uFFFD\n", []string{"a", "a"}, 0},
		{"BOM", "\xEF\xBB\xBF{\"a\":\"x\"}", "a: x\n", []string{"a"}, 0},
		{"empty", `{}`, "", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := New().Parse(t.Context(), parser.Input{Name: "x.json", Data: []byte(c.json)}, parser.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Check(parser.Limits{}); err != nil {
				t.Fatal(err)
			}
			var places []string
			for _, s := range doc.Sections {
				if s.Kind == parser.Row {
					places = append(places, s.Title)
				}
			}
			if d := cmp.Diff(c.want, doc.Text); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.places, places); d != "" {
				t.Error(d)
			}
			if len(doc.Warnings) != c.warnings {
				t.Error(doc.Warnings)
			}
		})
	}
}

func TestAcceptsIsModest(t *testing.T) {
	for _, c := range []struct {
		in   parser.Input
		want int
	}{
		{parser.Input{Name: "a.json", Data: []byte(`{"a":1}`)}, 40},
		{parser.Input{Name: "a", Data: []byte(` [1,2]`)}, 35},
		{parser.Input{Name: "a", MediaType: "application/json; charset=utf-8", Data: []byte(`{"a":`)}, 39},
		{parser.Input{Name: "a", Data: []byte(`[Section]`)}, 0},
		{parser.Input{Name: "a", Data: []byte(`{not json}`)}, 0},
		{parser.Input{Name: "a.json", Data: []byte(`text`)}, 0},
	} {
		if got := New().Accepts(c.in); got != c.want {
			t.Errorf("%s: %d, want %d", c.in.Data, got, c.want)
		}
	}
}

func TestHostile(t *testing.T) {
	start := time.Now()
	for name, data := range map[string]string{
		"arrays":  strings.Repeat("[", 5_000_000),
		"objects": strings.Repeat(`{"a":`, 2_000_000),
	} {
		_, err := New().Parse(t.Context(), parser.Input{Name: name, Data: []byte(data)}, parser.Limits{})
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	deep := strings.Repeat("[", 500) + `"x"` + strings.Repeat("]", 500)
	doc, err := New().Parse(t.Context(), parser.Input{Name: "deep", Data: []byte(`["a",` + deep + `,"b"]`)}, parser.Limits{})
	if err != nil || doc.Text != "a\nb\n" || len(doc.Warnings) != 1 {
		t.Errorf("%q %v %v", doc.Text, doc.Warnings, err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Error(d)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x",{"b":null}]} [true]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 1000, Depth: 5}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: data}, lim)
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Fatal(err)
			}
		}
	})
}
