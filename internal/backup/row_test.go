package backup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRow(t *testing.T) {
	kinds := []string{"int", "int", "text", "text", "text", "bytes", "bytes", "bool", "bool", "text"}
	values := []any{int64(-9223372036854775808), nil, "", "a\"\\\n\x00\x1f\x7f\u2028银👾", "\xff\xfe", []byte{}, []byte{0, 255}, true, false, nil}
	line := appendRow(nil, values)
	got, err := parseRow(line, kinds)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if diff := cmp.Diff(values, got); diff != "" {
		t.Error(diff)
	}
}

func TestRowRefused(t *testing.T) {
	for _, c := range []struct{ line, kind string }{
		{"", "int"}, {"[", "int"}, {"[]", "int"}, {"[1", "int"}, {"[1]x", "int"}, {"[1,2]", "int"}, {"[1.5]", "int"}, {"[--]", "int"},
		{`[99999999999999999999]`, "int"}, {`["a]`, "text"}, {`["\ud800"]`, "text"}, {`["\x"]`, "text"}, {"[\"\n\"]", "text"}, {"[\"\xff\"]", "text"},
		{`["%%%%"]`, "bytes"}, {`["YQ"]`, "bytes"}, {`{"x":"YQ=="}`, "text"}, {`[{"x":"YQ=="]`, "text"}, {"[1]", "bool"}, {"[true]", "text"}, {"[1]", "odd"},
	} {
		if v, err := parseRow([]byte(c.line), []string{c.kind}); err == nil {
			t.Errorf("%q as %s is taken: %v", c.line, c.kind, v)
		}
	}
}

func FuzzParsePart(f *testing.F) {
	f.Add([]byte(`[["id","int"],["name","text"],["hash","bytes"],["on","bool"]]` + "\n" + `[1,"a\"\\\u000a",null,true]` + "\n" + `[2,{"x":"/w=="},"AP8=",false]` + "\n"))
	f.Add([]byte("[[\"a\",\"text\"]]\n[\"\\u00e9\"]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d digest
		columns, rows, err := parsePart(b, &d)
		if err != nil {
			return
		}
		for _, r := range rows {
			if len(r) != len(columns) {
				t.Fatalf("%d values for %d columns", len(r), len(columns))
			}
			kinds := make([]string, len(r))
			for i, v := range r {
				switch v.(type) {
				case int64:
					kinds[i] = "int"
				case bool:
					kinds[i] = "bool"
				case []byte:
					kinds[i] = "bytes"
				default:
					kinds[i] = "text"
				}
			}
			again, err := parseRow(appendRow(nil, r), kinds)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
