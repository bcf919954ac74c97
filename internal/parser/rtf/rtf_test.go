package rtf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, rtf, want string }{
		{"plain", `{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator Word;}\f0\fs24 evil\b -c2\b0 [.]com\par next\tab cell}`, "evil-c2[.]com\nnext\tcell\n"},
		{"GBK bytes", `{\rtf1\ansicpg936 \'d2\'f8\'ba\'fc C2}`, "银狐 C2\n"},
		{"Unicode with fallback", `{\rtf1\uc1\u-27402?\u29392? \uc0\u8212-}`, "银狐 —-\n"},
		{"surrogates", `{\rtf1\u-10179?\u-8704?}`, "😀\n"},
		{"escapes", `{\rtf1 a\{b\}c\\d\~e\_f}`, `a{b}c\d e-f` + "\n"},
		{"binary is passed over", `{\rtf1 a{\pict\bin5 }}}}}}b}`, "ab\n"},
		{"unbalanced", `{\rtf1 a}}}}b`, "ab\n"},
		{"table", `{\rtf1\trowd a\cell b\cell\row c\cell d\cell\row}`, "a\tb\t\nc\td\n"},
		{"short mark", `{\rt a}`, "a\n"},
	} {
		doc, err := New().Parse(t.Context(), parser.Input{Name: "x.rtf", Data: []byte(c.rtf)}, parser.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, doc.Text); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if _, err := New().Parse(t.Context(), parser.Input{Name: "x.rtf", Data: []byte("no")}, parser.Limits{}); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func TestDeep(t *testing.T) {
	deep := `{\rtf1 ` + strings.Repeat("{", 5_000_000) + "deep" + strings.Repeat("}", 5_000_000) + " end}"
	doc, err := New().Parse(t.Context(), parser.Input{Data: []byte(deep)}, parser.Limits{})
	if err != nil || doc.Text != "deep end\n" {
		t.Errorf("%.50q %v", doc.Text, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansicpg936 \'d2\'f8{\*\x}\u8212?\bin3 abc\par}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := parser.Limits{Text: 1000}
		doc, err := New().Parse(t.Context(), parser.Input{Name: "f", Data: append([]byte(`{\rtf`), data...)}, lim)
		if err == nil {
			err = doc.Check(lim)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
