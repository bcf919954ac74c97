package feed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

func TestLedger(t *testing.T) {
	var l feed.Ledger
	if l.Has("a", "1") {
		t.Error("an empty ledger has something")
	}
	l.Add("a", "1")
	l.Add("a", "2")
	l.Add("b", "")
	text, err := l.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back feed.Ledger
	if err := back.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		key, version string
		want         bool
	}{{"a", "2", true}, {"a", "1", false}, {"b", "", true}, {"c", "", false}, {"ab", "", false}} {
		if got := back.Has(x.key, x.version); got != x.want {
			t.Errorf("Has(%q, %q) = %v", x.key, x.version, got)
		}
	}
}

func TestLedgerForgetsWhatIsNoLongerListed(t *testing.T) {
	const most = 60_000
	var l feed.Ledger
	for i := range most {
		l.Add(fmt.Sprint("old", i), "")
	}
	text, _ := l.MarshalText()
	if err := l.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	for i := range most / 2 {
		l.Add(fmt.Sprint("new", i), "")
	}
	l.Has("old7", "")
	text, _ = l.MarshalText()
	if len(text) > feed.MaxCursor {
		t.Errorf("%d bytes", len(text))
	}
	var back feed.Ledger
	if err := back.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	missing := 0
	for i := range most / 2 {
		if !back.Has(fmt.Sprint("new", i), "") {
			missing++
		}
	}
	if missing > 2 || !back.Has("old7", "") { // two keys may share an entry
		t.Errorf("%d of the entries in use were forgotten", missing)
	}
}

func FuzzLedger(f *testing.F) {
	f.Add([]byte("AAAAAQAAAAI="))
	f.Fuzz(func(t *testing.T, text []byte) {
		var l feed.Ledger
		if l.UnmarshalText(text) != nil {
			return
		}
		out, err := l.MarshalText()
		var back feed.Ledger
		if err != nil || back.UnmarshalText(out) != nil || back.Len() != l.Len() {
			t.Errorf("%q -> %q", text, out)
		}
	})
}

// TestBookCountsTries plays a feed with entries that fail for the moment, for ever, and never.
func TestBookCountsTries(t *testing.T) {
	list := []feed.Entry{{Key: "ok", Version: "1"}, {Key: "busy", Version: "1"}, {Key: "gone", Version: "1"}, {Key: "text", Version: "1"}}
	fails := map[string]error{"busy": errs.New(errs.Unavailable, "x", "busy"), "gone": errs.New(errs.NotFound, "x", "gone"), "text": errs.New(errs.Forbidden, "x", "no")}
	asked := map[string]int{}
	var b feed.Book
	visit := func(limit int) (emitted []string, waiting bool) {
		p := feed.Poll{Limit: limit, Emit: func(_ context.Context, it feed.Item) error { emitted = append(emitted, it.Key); return nil }}.Filled()
		waiting, err := b.Run(t.Context(), feed.Env{}.Filled(), p, list, feed.Steps{
			Acquire: func(_ context.Context, i int) (feed.Item, error) {
				asked[list[i].Key]++
				return feed.Item{Key: list[i].Key}, fails[list[i].Key]
			},
			Instead: func(i int) (feed.Item, bool) { return feed.Item{Key: list[i].Key}, list[i].Key == "text" },
			Cursor:  func() ([]byte, error) { return nil, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return emitted, waiting
	}
	for i, want := range []struct {
		emitted []string
		waiting bool
	}{{[]string{"ok", "text"}, true}, {nil, true}, {nil, false}, {nil, false}} {
		emitted, waiting := visit(0)
		if diff := cmp.Diff(want.emitted, emitted); diff != "" || waiting != want.waiting {
			t.Errorf("visit %d: waiting %v, %s", i, waiting, diff)
		}
	}
	if diff := cmp.Diff(map[string]int{"ok": 1, "busy": 3, "gone": 1, "text": 1}, asked); diff != "" {
		t.Error(diff)
	}
	list[1].Version = "2" // changed: worth new tries
	if _, waiting := visit(0); !waiting || asked["busy"] != 4 {
		t.Errorf("a changed entry was asked for %d times", asked["busy"])
	}
}

func TestBookStopsAtTheFirstErrorOfEmit(t *testing.T) {
	full := errors.New("disk full")
	var b feed.Book
	n := 0
	_, err := b.Run(t.Context(), feed.Env{}.Filled(), feed.Poll{Emit: func(context.Context, feed.Item) error { n++; return full }}.Filled(),
		[]feed.Entry{{Key: "a"}, {Key: "b"}}, feed.Steps{Acquire: func(context.Context, int) (feed.Item, error) { return feed.Item{}, nil }})
	if !errors.Is(err, full) || n != 1 || b.Done.Len() != 0 {
		t.Errorf("%v after %d calls, %d done", err, n, b.Done.Len())
	}
}

func TestPatterns(t *testing.T) {
	p, err := feed.ParsePatterns([]string{" apt ", "", "银狐"}, []string{"^sponsored"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"APT28": true, "about 银狐 malware": true, "news": false, "x\nSponsored: APT": false} {
		if p.Match(text) != want {
			t.Errorf("%q = %v", text, !want)
		}
	}
	for _, bad := range [][]string{{"("}, {strings.Repeat("a", 1001)}, make([]string, 201)} {
		if _, err := feed.ParsePatterns(bad, nil); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("reports/**/*.pdf", "reports/a/b.pdf")
	f.Add("*.{x", "报告?.txt")
	f.Fuzz(func(t *testing.T, glob, name string) {
		if !utf8.ValidString(glob) {
			return
		}
		if _, err := feed.ParseGlobs([]string{glob}, nil); err != nil && len(glob) <= 1000 {
			t.Errorf("%q: %v", glob, err)
		}
		// A pattern without wildcards matches itself.
		if !strings.ContainsAny(name, "*?/") && utf8.ValidString(name) && strings.TrimSpace(name) == name && name != "" && len(name) < 500 {
			p, err := feed.ParseGlobs([]string{name}, nil)
			if err != nil || !p.Match(name) || !p.Match("sub/"+name) || p.Match(name+"x") {
				t.Errorf("%q does not match itself alone: %v", name, err)
			}
		}
	})
}

func TestResolve(t *testing.T) {
	const base = "https://h.test/a/b?x#y"
	for link, want := range map[string]string{
		"c": "https://h.test/a/c", "/c?d#e": "https://h.test/c?d", "//o.test/": "https://o.test/", " https://o.test/x ": "https://o.test/x",
		"https://u:p@o.test/": "https://o.test/", "javascript:x": "", "mailto:a@b": "", "file:///etc/passwd": "", "http://": "", "%zz": "",
	} {
		got, ok := feed.Resolve(base, link)
		if got != want || ok != (want != "") {
			t.Errorf("%q = %q, %v", link, got, ok)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{"  a\n\tb ": "a b", "银狐木马": "银狐", "a\x00b\xff": "ab�", "a\xff银": "a�", "": ""} {
		if got := feed.Clean(in, 6); got != want {
			t.Errorf("%q = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("银狐 木马", 5)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(0, min(limit, 1000))
		got := feed.Clean(s, limit)
		if !utf8.ValidString(got) || len(got) > limit || strings.ContainsAny(got, "\n\r\x00") {
			t.Errorf("Clean(%q, %d) = %q", s, limit, got)
		}
	})
}

func TestReadCursorIgnoresDamage(t *testing.T) {
	type cursor struct {
		A int `json:"a"`
	}
	for _, in := range []string{"", "{", `{"a":"x"}`, "null", "[]", string(bytes.Repeat([]byte{0xff}, 10))} {
		c := cursor{A: 7}
		feed.ReadCursor(feed.Env{}.Filled(), []byte(in), &c)
		if c.A != 7 && in != "null" {
			t.Errorf("%q changed the cursor to %v", in, c)
		}
	}
}
