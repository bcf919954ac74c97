package fang

import (
	"testing"
	"unicode/utf8"
)

func TestRefang(t *testing.T) {
	for in, want := range map[string]string{
		"evil[.]com": "evil.com", "evil(.)com": "evil.com", "evil{.}com": "evil.com", "evil[dot]com": "evil.com", "evil (DOT) com": "evil.com",
		"evil[.com]": "evil.com", "evil[.com": "evil.com", "evil.]com": "evil.com", `evil\.com`: "evil.com", "evil dot com": "evil.com", "evil [.] com": "evil.com",
		"evil。com": "evil.com", "ｅｖｉｌ．ｃｏｍ": "evil.com", "ev\u00adil.c\u200bom": "evil.com", "e<b>v</b>il.com": "evil.com", "evil&#46;com": "evil.com", "oﬃce.com": "office.com",
		"evil**[.]**com": "evil.com", "a[at]b[.]c": "a@b.c", "a at b dot com": "a@b.com", "1[.]2[.]3[.]4": "1.2.3.4", "2001[:]db8[::]1": "2001:db8::1",
		"hxxp://a[.]b/c[.]d": "http://a.b/c.d", "hXXps[:]//a.b": "https://a.b", "http[://]a.b": "http://a.b", "meow://a.b": "http://a.b", "h[tt]p://a.b": "http://a.b",
		"fxp://a.b": "ftp://a.b", "https:\\/\\/a.b\\/c": "https://a.b/c", "http：//a.b": "http://a.b", "hxxp:\\\\a.b": "http://a.b", "http[s]://a.b": "https://a.b",
		"http://[::1]/": "http://[::1]/", "git+ssh://a.b": "git+ssh://a.b", "plain text": "plain text", "": "",
	} {
		if got := Refang(in); got != want {
			t.Errorf("Refang(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSchemeBefore(t *testing.T) {
	for in, want := range map[string]string{
		"http": "http", "hxxps": "https", "see hxxp": "http", "378hxxps": "https", "URLhttp": "http", "myapp": "", "sldap": "", "(ldap": "ldap", "htt[p]s": "https", "": "",
	} {
		got, start, _, ok := SchemeBefore([]byte(in), len(in))
		if got != want || ok != (want != "") || start < 0 || start > len(in) {
			t.Errorf("SchemeBefore(%q) = %q at %d, %v; want %q", in, got, start, ok, want)
		}
	}
}

func FuzzNext(f *testing.F) {
	for _, s := range []string{"[.]x", "( dot )", "{://}", "．", "<b>", "&#46;", "\\.", "**[.]**a", " [.] a", "[at]", "ﬁ", "【。】", "：//", " dot a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for i := range b {
			out, n, _ := Next(b, i)
			if n < 0 || i+n > len(b) || n == 0 && out != "" || len(out) > 3 {
				t.Fatalf("Next(%q, %d) = %q, %d", b, i, out, n)
			}
			if n, _ := Dot(b, i); n < 0 || i+n > len(b) {
				t.Fatalf("Dot(%q, %d) = %d", b, i, n)
			}
			if n, _ := Separator(b, i); n < 0 || i+n > len(b) {
				t.Fatalf("Separator(%q, %d) = %d", b, i, n)
			}
			if n := WordDot(b, i); i+n > len(b) {
				t.Fatalf("WordDot(%q, %d) = %d", b, i, n)
			}
			if n := WordAt(b, i); i+n > len(b) {
				t.Fatalf("WordAt(%q, %d) = %d", b, i, n)
			}
			if _, start, _, _ := SchemeBefore(b, i); start < 0 || start > i {
				t.Fatalf("SchemeBefore(%q, %d) starts at %d", b, i, start)
			}
		}
		if s := string(b); utf8.ValidString(s) && !utf8.ValidString(Refang(s)) {
			t.Fatalf("Refang(%q) is not text: %q", s, Refang(s))
		}
	})
}
