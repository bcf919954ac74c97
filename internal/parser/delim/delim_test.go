package delim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func rows(data string, comma byte) (out [][]string, lines []int) {
	r := Reader{Data: []byte(data), Comma: comma, Quotes: true}
	for {
		row, ok := r.Next()
		if !ok {
			return out, lines
		}
		out = append(out, append([]string(nil), row...))
		lines = append(lines, r.Line())
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       [][]string
		lines      []int
	}{
		{"plain", "a,b\nc,d\n", [][]string{{"a", "b"}, {"c", "d"}}, []int{1, 2}},
		{"CRLF and no end", "a,b\r\nc,", [][]string{{"a", "b"}, {"c", ""}}, []int{1, 2}},
		{"quotes", "\"a,\"\"x\"\"\",b\n", [][]string{{`a,"x"`, "b"}}, []int{1}},
		{"line end in quotes", "\"a\nb\",c\nd,e\n", [][]string{{"a\nb", "c"}, {"d", "e"}}, []int{1, 3}},
		{"stray quote", "a\"b,\"c\"d\",e\n", [][]string{{`a"b`, `c"d`, "e"}}, []int{1}},
		{"quote never closed", "\"a,b\nc,d\n", [][]string{{`"a`, "b"}, {"c", "d"}}, []int{1, 2}},
		{"empty line", "a\n\nb", [][]string{{"a"}, {""}, {"b"}}, []int{1, 2, 3}},
	} {
		got, lines := rows(c.data, ',')
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if d := cmp.Diff(c.lines, lines); d != "" {
			t.Errorf("%s: lines %s", c.name, d)
		}
	}
}

func TestUnclosedQuotesAreLinear(t *testing.T) {
	start := time.Now()
	out, _ := rows(strings.Repeat("\"x,", 2_000_000), ',')
	if len(out) != 1 || len(out[0]) != 2_000_001 {
		t.Fatalf("%d rows", len(out))
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Fatalf("took %v: quadratic", d)
	}
}

func TestGuess(t *testing.T) {
	for data, want := range map[string]byte{
		"a,b,c\n1,2,3\n": ',', "a;b\n1,5;2,5\n": ';', "a\tb\nx, y\tz\n": '\t', "a|b|c\nd|e|f": '|',
		"# x;y;z\nv,w\nv,w\n": ',', "single\ncolumn\n": ',', "": ',', "\"a;b\",c\n\"d;e\",f\n": ',',
	} {
		if got := Guess([]byte(data), "#"); got != want {
			t.Errorf("%q: got %q, want %q", data, got, want)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add("\"a\nb\",c\r\nd", byte(','))
	f.Fuzz(func(t *testing.T, data string, comma byte) {
		if comma == '\n' || comma == '"' || comma == '\r' {
			return
		}
		out, lines := rows(data, comma)
		n := 0
		for i, row := range out {
			if len(row) == 0 || lines[i] < 1 || i > 0 && lines[i] <= lines[i-1] {
				t.Fatalf("row %d: %q at line %d", i, row, lines[i])
			}
			for _, f := range row {
				n += len(f)
			}
		}
		if n > len(data) {
			t.Fatal("more came out than went in")
		}
	})
}
