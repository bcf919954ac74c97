package rss_test

import (
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/rss"
)

// site serves pages by path; a page may be changed between visits.
type site struct {
	mu    sync.Mutex
	url   string
	pages map[string]string
	fail  map[string]int // path → status
	calls map[string]int
	seen  map[string]http.Header
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{pages: map[string]string{}, fail: map[string]int{}, calls: map[string]int{}, seen: map[string]http.Header{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.URL.Path]++
	s.seen[r.URL.Path] = r.Header
	if status := s.fail[r.URL.Path]; status != 0 {
		w.WriteHeader(status)
		return
	}
	page, ok := s.pages[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	tag := fmt.Sprintf("%q", fmt.Sprint(crc32.ChecksumIEEE([]byte(page))))
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("ETag", tag)
	fmt.Fprint(w, strings.ReplaceAll(page, "{base}", s.url))
}

// rss20 makes a feed of items "title|link|date|description".
func rss20(items ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title>`)
	for _, it := range items {
		f := strings.Split(it, "|")
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s</link><pubDate>%s</pubDate><description>%s</description><category>malware</category></item>", f[0], f[1], f[2], f[3])
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

func open(t testing.TB, s *site, more string) feed.Feed {
	return feedtest.New(t, rss.Kind(), fmt.Sprintf(`{"url":"%s/feed"%s}`, s.url, more))
}

func threePosts(t testing.TB) *site {
	s := newSite(t)
	s.pages["/feed"] = rss20("Three|{base}/3|Wed, 03 Jun 2026 10:00:00 GMT|third", "Two|/2|Tue, 02 Jun 2026 10:00:00 GMT|second", "One|{base}/1#top|Mon, 01 Jun 2026 10:00:00 GMT|first")
	for _, p := range []string{"/1", "/2", "/3"} {
		s.pages[p] = "<html><body>article " + p + "</body></html>"
	}
	return s
}

func TestContract(t *testing.T) {
	feedtest.Contract(t, 3, func(t *testing.T) (feed.Feed, feed.Env) { return open(t, threePosts(t), ""), feedtest.Env(t) })
}

func TestFollowsToTheArticle(t *testing.T) {
	s := threePosts(t)
	r := feedtest.Visit(t, open(t, s, ""), feedtest.Env(t), nil)
	if diff := cmp.Diff([]string{s.url + "/1", s.url + "/2", s.url + "/3"}, r.Keys()); diff != "" {
		t.Fatal(diff, r.Err)
	}
	want := feed.Item{
		Key: s.url + "/1", Name: "1", URL: s.url + "/1", Title: "One", MediaType: "text/html; charset=utf-8", Published: time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC),
		Body: []byte("<html><body>article /1</body></html>"), Summary: "first", Tags: []string{"malware"},
	}
	if diff := cmp.Diff(want, r.Items[0]); diff != "" {
		t.Error(diff)
	}
}

func TestNewAndUpdatedEntries(t *testing.T) {
	s := threePosts(t)
	f, env := open(t, s, ""), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	if r := feedtest.Visit(t, f, env, first.Cursor); len(r.Items) != 0 || s.seen["/feed"].Get("If-None-Match") == "" {
		t.Errorf("an unchanged feed must be asked for conditionally: %v", s.seen["/feed"])
	}
	s.pages["/4"] = "fourth"
	s.pages["/feed"] = rss20("Four|/4|Thu, 04 Jun 2026 10:00:00 GMT|4", "Three|/3|Wed, 03 Jun 2026 12:00:00 GMT|updated", "Two|/2|Tue, 02 Jun 2026 10:00:00 GMT|only the teaser changed")
	second := feedtest.Visit(t, f, env, first.Cursor)
	if diff := cmp.Diff([]string{s.url + "/3", s.url + "/4"}, second.Keys()); diff != "" {
		t.Error(diff)
	}
	if s.calls["/2"] != 1 {
		t.Errorf("article 2 was fetched %d times", s.calls["/2"])
	}
}

func TestFallsBackToTheFeedsText(t *testing.T) {
	s := threePosts(t)
	s.fail["/1"] = http.StatusNotFound           // gone for good: the teaser stands in at once
	s.fail["/2"] = http.StatusServiceUnavailable // for the moment: tried again
	f, env := open(t, s, ""), feedtest.Env(t)

	first := feedtest.Visit(t, f, env, nil)
	if diff := cmp.Diff([]string{s.url + "/1", s.url + "/3"}, first.Keys()); diff != "" {
		t.Fatal(diff)
	}
	if it := first.Items[0]; !strings.Contains(string(it.Body), "<body>first</body>") || it.Summary != "first" {
		t.Errorf("%+v", it)
	}
	if diff := cmp.Diff(map[string]errs.Kind{s.url + "/1": errs.NotFound, s.url + "/2": errs.Unavailable}, first.Skips); diff != "" {
		t.Error(diff)
	}
	s.fail["/2"] = 0
	second := feedtest.Visit(t, f, env, first.Cursor)
	if !slices.Equal(second.Keys(), []string{s.url + "/2"}) || !strings.Contains(string(second.Items[0].Body), "article /2") {
		t.Errorf("second: %v", second.Items)
	}
}

func TestGivesUpOnAnArticle(t *testing.T) {
	s := threePosts(t)
	s.fail["/2"] = http.StatusBadGateway
	f, env := open(t, s, ""), feedtest.Env(t)
	var cursor []byte
	var got []string
	for range 6 {
		r := feedtest.Visit(t, f, env, cursor)
		cursor = r.Cursor
		got = append(got, r.Keys()...)
	}
	if diff := cmp.Diff([]string{s.url + "/1", s.url + "/3", s.url + "/2"}, got); diff != "" {
		t.Error(diff)
	}
	if s.calls["/2"] != 3 {
		t.Errorf("the failing article was tried %d times", s.calls["/2"])
	}
}

func TestWithoutFollowing(t *testing.T) {
	s := threePosts(t)
	f, env := open(t, s, `,"follow":false`), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	if len(first.Items) != 3 || s.calls["/1"] != 0 || !strings.Contains(string(first.Items[0].Body), "first") {
		t.Errorf("%v", first.Items)
	}
	s.pages["/feed"] = strings.Replace(s.pages["/feed"], "second", "second, edited", 1)
	if r := feedtest.Visit(t, f, env, first.Cursor); !slices.Equal(r.Keys(), []string{s.url + "/2"}) {
		t.Errorf("edited: %v", r.Keys())
	}
}

func TestChoosesEntries(t *testing.T) {
	env := feedtest.Env(t)
	env.Clock = func() time.Time { return time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC) }
	for more, want := range map[string][]string{
		`,"include":["^t"]`:             {"/2", "/3"},
		`,"exclude":["TWO","/3$"]`:      {"/1"},
		`,"include":["malware"]`:        {"/1", "/2", "/3"},
		`,"max_age_days":1`:             {"/3"},
		`,"max_age_days":2`:             {"/2", "/3"},
		`,"back_fill":1`:                {"/3"},
		`,"back_fill":10`:               {"/1", "/2", "/3"},
		`,"back_fill":2,"follow":false`: {"/2", "/3"},
	} {
		s := threePosts(t)
		f := open(t, s, more)
		r := feedtest.Visit(t, f, env, nil)
		var got []string
		for _, k := range r.Keys() {
			got = append(got, strings.TrimPrefix(k, s.url))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", more, got, want)
		}
		if again := feedtest.Visit(t, f, env, r.Cursor); len(again.Items) != 0 {
			t.Errorf("%s: again %v", more, again.Keys())
		}
	}
}

// TestFormats reads one file of each format in testdata and compares with its golden list.
func TestFormats(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.feed")
	if len(files) < 5 {
		t.Fatalf("%d files", len(files))
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := newSite(t)
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s.pages["/feed"] = string(b)
			r := feedtest.Visit(t, open(t, s, `,"follow":false`), feedtest.Env(t), nil)
			var got strings.Builder
			for _, it := range r.Items {
				fmt.Fprintf(&got, "%s | %s | %s | %s | %s\n", strings.TrimPrefix(it.Key, s.url), it.Title, it.Published.Format(time.RFC3339), strings.Join(it.Tags, ","), it.Summary)
			}
			golden := strings.TrimSuffix(name, ".feed") + ".golden"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" || r.Err != nil {
				t.Error(diff, r.Err)
			}
		})
	}
}

func TestHostileFeeds(t *testing.T) {
	env := feedtest.Env(t)
	cases := map[string]struct {
		body string
		code string
	}{
		"page":         {"<!DOCTYPE html><html><body>hello</body></html>", "feed_is_page"},
		"empty":        {"", "bad_feed"},
		"truncated":    {rss20("a|/a|x|y")[:60], "bad_feed"},
		"deep xml":     {"<rss><channel>" + strings.Repeat("<x:y>", 200_000), "feed_too_deep"},
		"deep in item": {"<rss><channel><item>" + strings.Repeat("<x:y>", 5000) + strings.Repeat("</x:y>", 5000) + "</item></channel></rss>", "feed_too_deep"},
		"deep json":    {`{"version":"https://jsonfeed.org/version/1.1","items":` + strings.Repeat("[", 5_000_000), "bad_feed"},
		"entities":     {`<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;">]><rss version="2.0"><channel><item><title>&b;</title><link>/1</link></item></channel></rss>`, ""},
		"external":     {`<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&a;</title><link>/1</link></item></channel></rss>`, ""},
		"binary":       {"\x00\x01\x02\xff", "bad_feed"},
	}
	for name, tc := range cases {
		s := newSite(t)
		s.pages["/feed"] = tc.body
		start := time.Now()
		r := feedtest.Visit(t, open(t, s, `,"follow":false`), env, nil)
		if e, ok := errs.As(r.Err); tc.code != "" && (!ok || e.Code != tc.code) {
			t.Errorf("%s: %v", name, r.Err)
		}
		for _, it := range r.Items {
			if strings.Contains(it.Title, "root:") || strings.Contains(it.Title, "xxxx") {
				t.Errorf("%s: entity expanded: %q", name, it.Title)
			}
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s took %v", name, d)
		}
	}
}

// TestArticlesCannotReachInside: links of a feed are untrusted, and credentials stay at home.
func TestArticlesCannotReachInside(t *testing.T) {
	other := newSite(t)
	other.pages["/post"] = "elsewhere"
	s := newSite(t)
	s.pages["/here"] = "here"
	s.pages["/feed"] = rss20("a|http://169.254.169.254/latest|x|ta", "b|file:///etc/passwd|x|tb", "c|http://10.0.0.5/|x|tc", "d|javascript:alert(1)|x|td", "e|"+other.url+"/post|x|te", "f|{base}/here|x|tf")
	r := feedtest.Visit(t, open(t, s, `,"username":"u"`), feedtest.Env(t), nil, feedtest.Secrets(map[string]string{"password": "p"}))
	if r.Skips["http://169.254.169.254/latest"] != errs.Forbidden || r.Skips["http://10.0.0.5/"] != errs.Forbidden {
		t.Errorf("skips: %v", r.Skips)
	}
	for _, it := range r.Items {
		if strings.Contains(string(it.Body), "root:") {
			t.Errorf("%s was read", it.Key)
		}
	}
	if other.seen["/post"] == nil || other.seen["/post"].Get("Authorization") != "" || s.seen["/here"].Get("Authorization") == "" {
		t.Errorf("credentials: elsewhere %v, at home %v", other.seen["/post"], s.seen["/here"])
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "url", `{"url":"x"}`: "url", `{"url":"http://x/","include":["("]}`: "include", `{"url":"http://x/","exclude":["["]}`: "exclude",
		`{"url":"http://x/","max_age_days":-1}`: "max_age_days", `{"url":"http://x/","back_fill":-1}`: "back_fill", `{"url":"http://x/","nope":true}`: "nope",
	} {
		_, err := rss.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzFeed(f *testing.F) {
	s := newSite(f)
	kind, env := open(f, s, `,"follow":false`), feedtest.Env(f)
	files, _ := filepath.Glob("testdata/*.feed")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, body string) {
		s.mu.Lock()
		s.pages["/feed"] = body
		s.mu.Unlock()
		r := feedtest.Visit(t, kind, env, nil)
		if r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
			t.Fatal(r.Err)
		}
		for _, it := range r.Items {
			if it.Key == "" || len(it.Key) > 2100 {
				t.Fatalf("key %q", it.Key)
			}
		}
	})
}
