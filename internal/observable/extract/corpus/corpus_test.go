package corpus

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	const file = `a comment
-- zh-001 zh --
连接⟦domain-name=evil.test.cn|Evil[.]test⟦U+200B⟧.cn⟧后，⟦!private-range|ipv4-addr|10.0.0.1⟧。
⟦url|HTTP://A.Biz/X?k=v⟧
-- en-x2 en --
⟦?file:name|a.b⟧ and ⟦file:sha-1=aabb|AA
BB⟧

`
	got, err := Parse("f.txt", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	want := []Text{
		{
			ID: "zh-001", Lang: "zh", File: "f.txt",
			Body: "连接Evil[.]test\u200b.cn后，10.0.0.1。\nHTTP://A.Biz/X?k=v",
			Labels: []Label{
				{Type: "domain-name", Value: "evil.test.cn", Original: "Evil[.]test\u200b.cn", Start: 6, End: 23},
				{Type: "ipv4-addr", Value: "10.0.0.1", Original: "10.0.0.1", Suppressed: "private-range", Start: 29, End: 37},
				{Type: "url", Value: "http://a.biz/X?k=v", Original: "HTTP://A.Biz/X?k=v", Start: 41, End: 59},
			},
		},
		{
			ID: "en-x2", Lang: "en", File: "f.txt", Body: "a.b and AA\nBB\n",
			Labels: []Label{
				{Type: "file:name", Value: "a.b", Original: "a.b", Optional: true, Start: 0, End: 3},
				{Type: "file:sha-1", Value: "aabb", Original: "AA\nBB", Start: 8, End: 13},
			},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{"⟦url|http://a.b", "is not closed"},
		{"⟦url|a ⟦url|b⟧", "is not closed"},
		{"a⟧", "without"},
		{"⟦url⟧", "has no"},
		{"⟦url|⟧", "has no"},
		{"⟦uri|a⟧", "is unknown"},
		{"⟦!url|a⟧", "has no"},
		{"⟦!|url|a⟧", "needs a reason"},
		{"⟦url=|a⟧", "empty value"},
		{"⟦U+110000⟧", "is no character"},
		{"\xff", "not UTF-8"},
	} {
		_, err := Parse("f.txt", []byte("-- en-1 en --\n"+tc.body+"\n"))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: error %v, want one with %q", tc.body, err, tc.want)
		}
	}
}

func TestLoadRefusesSameIDTwice(t *testing.T) {
	one := &fstest.MapFile{Data: []byte("-- en-1 en --\na\n")}
	_, err := Load(fstest.MapFS{"a.txt": one, "b.txt": one})
	if err == nil || !strings.Contains(err.Error(), "en-1") || !strings.Contains(err.Error(), "a.txt") {
		t.Errorf("error %v does not name the id and the first file", err)
	}
}

func TestCanonical(t *testing.T) {
	for _, tc := range []struct{ typ, original, want string }{
		{"url", "HTTPS://User:Pa@Host.COM:8443/A?B#C", "https://User:Pa@host.com:8443/A?B#C"},
		{"url", "Host.com/Gate.php", "host.com/Gate.php"},
		{"url", "http://H.com?u=a@B.c", "http://h.com?u=a@B.c"},
		{"url", "magnet:?xt=urn:btih:AA", "magnet:?xt=urn:btih:AA"},
		{"vulnerability", "ghsa-2M8V-572m-ff2v", "GHSA-2m8v-572m-ff2v"},
		{"vulnerability", "cve-2024-1", "CVE-2024-1"},
		{"domain-name", "ПРИМЕР.РФ", "пример.рф"},
		{"file:sha-256", "AB", "ab"},
		{"file:tlsh", "T1ab", "T1AB"},
		{"file:ssdeep", "3:aB:Cd", "3:aB:Cd"},
		{"file:name", "Evil.EXE", "Evil.EXE"},
	} {
		if got := canonical(tc.typ, tc.original); got != tc.want {
			t.Errorf("canonical(%s, %q) = %q, want %q", tc.typ, tc.original, got, tc.want)
		}
	}
}

func TestExcuses(t *testing.T) {
	name := Label{Type: "file:name", Optional: true, Start: 4, End: 10}
	for _, tc := range []struct {
		l          Label
		typ        string
		start, end int
		want       bool
	}{
		{name, "file:name", 4, 10, true},
		{name, "file:path", 5, 10, true},
		{name, "domain-name", 4, 10, false},
		{name, "file:name", 3, 10, false},
		{name, "file:name", 4, 11, false},
		{Label{Type: "url", Optional: true, End: 9}, "domain-name", 0, 5, true},
		{Label{Type: "url", End: 9}, "url", 0, 9, false},
	} {
		if got := tc.l.Excuses(tc.typ, tc.start, tc.end); got != tc.want {
			t.Errorf("%+v excuses %s [%d,%d) = %v, want %v", tc.l, tc.typ, tc.start, tc.end, got, tc.want)
		}
	}
}

// FuzzParse checks that no input breaks the loader and that every label it returns
// fits its body.
func FuzzParse(f *testing.F) {
	f.Add([]byte("-- en-1 en --\na ⟦url|http://a.b⟧ b\n"))
	f.Add([]byte("-- en-1 en --\n⟦!x|?ipv4-addr=1|⟦U+200B⟧1⟧"))
	names, err := os.ReadDir(dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range names {
		if data, err := os.ReadFile(dir + "/" + n.Name()); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		texts, err := Parse("f.txt", data)
		if err != nil {
			return
		}
		for _, text := range texts {
			checkSpans(t, text)
		}
	})
}
