package search

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/query"
)

// marked shows the marks of a snippet as [ ].
func marked(t *testing.T, s Snippet) string {
	t.Helper()
	u := utf16.Encode([]rune(s.Text))
	var b strings.Builder
	last := 0
	for _, m := range s.Marks {
		if m[0] < last || m[1] < m[0] || m[1] > len(u) {
			t.Fatalf("marks %v of %q", s.Marks, s.Text)
		}
		b.WriteString(string(utf16.Decode(u[last:m[0]])) + "[" + string(utf16.Decode(u[m[0]:m[1]])) + "]")
		last = m[1]
	}
	return b.String() + string(utf16.Decode(u[last:]))
}

func TestCut(t *testing.T) {
	filler := strings.Repeat("lorem ipsum dolor ", 40)
	for name, c := range map[string]struct{ text, q, want string }{
		"Chinese":    {"分析显示银狐木马使用 DLL", "银狐", "分析显示[银狐]木马使用 DLL"},
		"any case":   {"The Silver Fox group", "silver fox", "The [Silver] [Fox] group"},
		"a phrase":   {"the silver  fox and the silver\nfox", `"silver fox"`, "the silver fox and the [silver fox]"},
		"full width": {"ＥＶＩＬ loader", "evil", "[ＥＶＩＬ] loader"},
		"defanged":   {"connects to evil[.]example-site[.]com now", "evil.example-site.com", "connects to [evil[.]example-site[.]com] now"},
		"astral":     {"🦊 fox 🦊", "fox", "🦊 [fox] 🦊"},
		"negated":    {"one two", "one -two", "[one] two"},
	} {
		n, err := query.Parse(c.q)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := Cut(c.text, Terms(n), 120)
		if got := marked(t, s); !ok || got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	s, ok := Cut(filler+"here is alpha and beta together "+filler+"alpha again", []string{"beta", "alpha"}, 80)
	if got := marked(t, s); !ok || !strings.Contains(got, "[alpha] and [beta]") || !strings.HasPrefix(got, "…") || utf8.RuneCountInString(s.Text) > 90 {
		t.Errorf("long text: %v %q", ok, got)
	}
	if _, ok := Cut("nothing here", []string{"absent"}, 80); ok {
		t.Error("a term that is absent was found")
	}
}

func FuzzCut(f *testing.F) {
	f.Add("分析显示银狐木马 \xff using evil[.]com", "银狐 evil.com", 20)
	f.Add("aaaaaaaa", "a aa", 3)
	f.Fuzz(func(t *testing.T, text, q string, limit int) {
		n, err := query.Parse(q)
		if err != nil || limit < 8 || limit > 1000 {
			return
		}
		s, _ := Cut(text, Terms(n), limit)
		marked(t, s)
		if !utf8.ValidString(s.Text) || utf8.RuneCountInString(s.Text) > limit+2 {
			t.Fatalf("%d characters of %q", utf8.RuneCountInString(s.Text), s.Text)
		}
		marked(t, Mark(text, Terms(n)))
	})
}
