package naming

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
)

func TestNames(t *testing.T) {
	for in, want := range map[string]string{"  Vendor \t blog\n": "Vendor blog", "银狐": "银狐", "e\u0301": "é", "a'b<c>": "a'b<c>"} {
		if got, err := Name("name", in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for in, code := range map[string]string{
		"": "name_empty", " \n": "name_empty", "a\x00b": "text_unprintable", "a\u202Eb": "text_unprintable", "a\u200Bb": "text_unprintable", "\xff": "text_unprintable",
		strings.Repeat("银", MaxName+1): "text_long",
	} {
		_, err := Name("title", in)
		if e, ok := errs.As(err); !ok || e.Code != code || e.Subject != "title" {
			t.Errorf("%q: %v", in, err)
		}
	}
	if got, err := Text("comment", " a\r\nb\tc "); err != nil || got != "a\nb\tc" {
		t.Errorf("text: %q, %v", got, err)
	}
	if Fold("Ｖendor  BLOG ") != "vendor blog" {
		t.Errorf("fold: %q", Fold("Ｖendor  BLOG "))
	}
	tags, err := Tags("tags", []string{" a ", "A", "", "b"}, 2)
	if err != nil || !slices.Equal(tags, []string{"a", "b"}) {
		t.Errorf("tags: %v, %v", tags, err)
	}
	if _, err := Tags("tags", []string{"a", "b", "c"}, 2); errs.KindOf(err) != errs.Invalid {
		t.Errorf("too many tags: %v", err)
	}
}

func FuzzClip(f *testing.F) {
	f.Add("银狐 campaign", 3)
	f.Add("\xff\xfe", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 0 || n > 1000 {
			return
		}
		got := Clip(s, n)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > n+1 {
			t.Errorf("%q at %d: %q", s, n, got)
		}
	})
}
