package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]Node{
		"":                           And(nil),
		"evil[.]com":                 Text{Text: "evil[.]com"},
		"evil(dot)com":               Text{Text: "evil(dot)com"},
		"hxxp://a.b/x":               Text{Text: "hxxp://a.b/x"},
		"银狐 远控":                      And{Text{Text: "银狐"}, Text{Text: "远控"}},
		`"wild neutron" -type:url`:   And{Text{Text: "wild neutron", Phrase: true}, Not{X: Field{Name: "type", Value: "url", Pos: 16}}},
		"a OR (b AND NOT c)":         Or{Text{Text: "a"}, And{Text{Text: "b"}, Not{X: Text{Text: "c"}}}},
		`tag:"tlp:amber" score:>=50`: And{Field{Name: "tag", Value: "tlp:amber"}, Field{Name: "score", Op: GreaterEqual, Value: "50", Pos: 16}},
		"published:2024-01..2024-06": Field{Name: "published", Op: Range, Value: "2024-01", To: "2024-06"},
		"TYPE:domain-name":           Field{Name: "type", Value: "domain-name"},
		"ORANGE":                     Text{Text: "ORANGE"},
	} {
		got, err := Parse(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", in, d)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"(a", "a)", `"a`, "NOT", "type:", "\xff", strings.Repeat("(", 40) + "a", strings.Repeat("- ", 9) + strings.Repeat("a ", 600),
		strings.Repeat("-", 40) + "a", strings.Repeat("x", MaxBytes+1),
	} {
		if _, err := Parse(in); errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.TooLarge {
			t.Errorf("%.40q: %v", in, err)
		}
	}
}

func TestTokens(t *testing.T) {
	if got := Tokens("银狐木马 uses EVIL.com，ＡＢＣ 狐"); got != "银狐 狐木 木马 uses evil com abc 狐" {
		t.Errorf("got %q", got)
	}
	if d := cmp.Diff([]string{"银狐"}, Phrase("银狐")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"evil", "co*"}, Phrase("Evil.Co*")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"狐*"}, Phrase("狐")); d != "" {
		t.Error(d)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`a (b OR c:"d") -x`)
	f.Add(`tag:"tlp:amber" score:>=50`)
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err == nil && n == nil {
			t.Errorf("%q gave nothing", s)
		}
	})
}

func FuzzTokens(f *testing.F) {
	f.Add("银狐 evil")
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range strings.Fields(Tokens(s)) {
			if strings.ContainsAny(tok, `"'*:&|!() `) {
				t.Errorf("%q: token %q would need quoting", s, tok)
			}
		}
	})
}
