package rest

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestSentenceAround(t *testing.T) {
	for name, c := range map[string]struct{ text, value, want string }{
		"one sentence":      {"It began. The host evil[.]example was seen in May. Then it ended.", "evil[.]example", "The host evil[.]example was seen in May."},
		"Chinese":           {"攻击者很狡猾。样本连接到evil.example下载木马。之后结束。", "evil.example", "样本连接到evil.example下载木马。"},
		"a table":           {"Domain\tDate\nevil.example\t2024\nother.example\t2025", "evil.example", "evil.example 2024"},
		"a list":            {"Hosts seen:\none.example\nevil.example\ntwo.example\n", "evil.example", "evil.example"},
		"a heading":         {"What it does\n\nIt talks to evil.example then.\n\nNext\n", "evil.example", "It talks to evil.example then."},
		"wrapped prose":     {"In late August a mail run reached companies\naround the North Sea with evil.example as a host\nfor the second stage. Then it ended.\n", "evil.example", "In late August a mail run reached companies around the North Sea with evil.example as a host for the second stage."},
		"astral":            {"🦊🦊 evil.example 🦊", "evil.example", "🦊🦊 evil.example 🦊"},
		"at the start":      {"evil.example is bad", "evil.example", "evil.example is bad"},
		"broken over lines": {"see hxxp://evil\n  .example/x now", "evil\n  .example", "see hxxp://evil .example/x now"},
	} {
		at := strings.Index(c.text, c.value)
		got := sentenceAround(c.text, at, at+len(c.value))
		if got.Text != c.want {
			t.Errorf("%s: %q, want %q", name, got.Text, c.want)
		}
		u := utf16.Encode([]rune(got.Text))
		if marked := string(utf16.Decode(u[got.Start:got.End])); marked != squeeze(c.value) {
			t.Errorf("%s: marks %q", name, marked)
		}
	}
}

func FuzzSentenceAround(f *testing.F) {
	f.Add("a. b evil.example c. d", 5, 17)
	f.Add("\xff银\x80狐。evil", 8, 12)
	f.Add(strings.Repeat("x", 3000), 1500, 1510)
	f.Add(strings.Repeat("银", 1000), 900, 2900)
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		got := sentenceAround(text, start, end)
		if !utf8.ValidString(got.Text) {
			t.Fatalf("not UTF-8: %q", got.Text)
		}
		if n := utf8.RuneCountInString(got.Text); n > sentenceRunes+2 {
			t.Fatalf("%d characters", n)
		}
		if u := units(got.Text); got.Start < 0 || got.End < got.Start || got.Start > u {
			t.Fatalf("%d–%d of %d in %q", got.Start, got.End, u, got.Text)
		}
	})
}

func TestUTF16Offsets(t *testing.T) {
	text := "a银🦊b"
	got, err := utf16Offsets(strings.NewReader(text), []int64{8, 0, 1, 4, 9, 100})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[int64]int64{0: 0, 1: 1, 4: 2, 8: 4, 9: 5, 100: 5} {
		if got[at] != want {
			t.Errorf("%d: %d, want %d", at, got[at], want)
		}
	}
}
