package rest

import (
	"strings"
	"testing"
)

func TestFirstLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"\n \n\t\n":                       "",
		"\ufeff\n# Notes  on\tLantern #1": "Notes on Lantern #1",
		"---\n\n银狐分析\nmore":               "银狐分析",
		strings.Repeat("漢", 500):          strings.Repeat("漢", 119) + "…",
		"a\xff\xfeb\n":                    "a\ufffdb",
	} {
		if got := firstLine(text); got != want {
			t.Errorf("firstLine(%.20q) = %q, want %q", text, got, want)
		}
	}
}
