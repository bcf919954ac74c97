package sitemap_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/sitemap"
)

type site struct {
	url   string
	pages map[string]string
	fail  map[string]int
	calls map[string]int
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{pages: map[string]string{}, fail: map[string]int{}, calls: map[string]int{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls[r.URL.Path]++
		if status := s.fail[r.URL.Path]; status != 0 {
			w.WriteHeader(status)
			return
		}
		page, ok := s.pages[r.URL.Path]
		if !ok {
			if !strings.HasPrefix(r.URL.Path, "/p/") {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			page = "page " + r.URL.Path
		}
		page = strings.ReplaceAll(page, "{base}", s.url)
		if strings.HasSuffix(r.URL.Path, ".gz") {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write([]byte(page))
			z.Close()
			page = b.String()
		}
		fmt.Fprint(w, page)
	}))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

// urlset makes a sitemap of entries "path date".
func urlset(entries ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for _, e := range entries {
		loc, date, _ := strings.Cut(e, " ")
		fmt.Fprintf(&b, "<url><loc>{base}%s</loc>", loc)
		if date != "" {
			fmt.Fprintf(&b, "<lastmod>%s</lastmod>", date)
		}
		b.WriteString("<changefreq>daily</changefreq></url>")
	}
	return b.String() + "</urlset>"
}

func open(t testing.TB, s *site, more string) feed.Feed {
	return feedtest.New(t, sitemap.Kind(), fmt.Sprintf(`{"url":"%s/sitemap.xml"%s}`, s.url, more))
}

func paths(s *site, r feedtest.Result) []string {
	var out []string
	for _, k := range r.Keys() {
		out = append(out, strings.TrimPrefix(k, s.url))
	}
	return out
}

func TestContract(t *testing.T) {
	feedtest.Contract(t, 4, func(t *testing.T) (feed.Feed, feed.Env) {
		s := newSite(t)
		s.pages["/sitemap.xml"] = urlset("/p/1 2026-01-01", "/p/2 2026-01-02", "/p/3 2026-01-03T10:00:00+08:00", "/p/undated")
		return open(t, s, ""), feedtest.Env(t)
	})
}

func TestIndexGzipAndChanges(t *testing.T) {
	s := newSite(t)
	s.pages["/sitemap.xml"] = `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{base}/a.xml.gz</loc></sitemap>
		<sitemap><loc>{base}/b.xml</loc></sitemap><sitemap><loc>{base}/missing.xml</loc></sitemap><sitemap><loc>{base}/sitemap.xml</loc></sitemap></sitemapindex>`
	s.pages["/a.xml.gz"] = urlset("/p/2 2026-02-02", "/p/1 2026-01-01", "/p/2 2026-02-02")
	s.pages["/b.xml"] = urlset("/p/3 2026-03-03", "/p/2 2026-02-02")
	f, env := open(t, s, ""), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	if diff := cmp.Diff([]string{"/p/1", "/p/2", "/p/3"}, paths(s, first)); diff != "" {
		t.Error(diff)
	}
	if first.Skips[s.url+"/missing.xml"] != errs.NotFound {
		t.Errorf("skips: %v", first.Skips)
	}
	s.pages["/b.xml"] = urlset("/p/3 2026-03-04", "/p/4 2026-03-05")
	second := feedtest.Visit(t, f, env, first.Cursor)
	if diff := cmp.Diff([]string{"/p/3", "/p/4"}, paths(s, second)); diff != "" {
		t.Error(diff)
	}
	if s.calls["/p/1"] != 1 {
		t.Errorf("an unchanged page was fetched %d times", s.calls["/p/1"])
	}
}

func TestChoosesPages(t *testing.T) {
	env := feedtest.Env(t)
	env.Clock = func() time.Time { return time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC) }
	for more, want := range map[string][]string{
		`,"path":"/p/blog/"`:                     {"/p/blog/1", "/p/blog/2"},
		`,"include":["/blog/"],"exclude":["2$"]`: {"/p/blog/1"},
		`,"max_age_days":5`:                      {"/p/undated", "/p/blog/2"},
		`,"back_fill":2`:                         {"/p/blog/1", "/p/blog/2"},
	} {
		s := newSite(t)
		s.pages["/sitemap.xml"] = urlset("/p/blog/2 2026-03-09", "/p/blog/1 2026-03-01", "/p/about 2026-02-01", "/p/undated")
		f := open(t, s, more)
		r := feedtest.Visit(t, f, env, nil)
		if got := paths(s, r); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", more, got, want)
		}
		if again := feedtest.Visit(t, f, env, r.Cursor); len(again.Items) != 0 {
			t.Errorf("%s: again %v", more, again.Keys())
		}
	}
}

func TestNewsAndText(t *testing.T) {
	s := newSite(t)
	s.pages["/sitemap.xml"] = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://x">
		<url><loc> {base}/p/n </loc><image:image><image:loc>http://10.0.0.1/x.png</image:loc><image:title>picture</image:title></image:image>
		<news:news><news:publication><news:name>N</news:name></news:publication><news:publication_date>2026-05-05</news:publication_date><news:title>银狐 &amp; co</news:title></news:news></url></urlset>`
	r := feedtest.Visit(t, open(t, s, ""), feedtest.Env(t), nil)
	if len(r.Items) != 1 || r.Items[0].Title != "银狐 & co" || !r.Items[0].Published.Equal(time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("news: %+v, %v", r.Items, r.Err)
	}
	s.pages["/sitemap.xml"] = "{base}/p/1\r\n{base}/p/2\n\n"
	if r := feedtest.Visit(t, open(t, s, ""), feedtest.Env(t), nil); !slices.Equal(paths(s, r), []string{"/p/1", "/p/2"}) {
		t.Errorf("text: %v, %v", r.Keys(), r.Err)
	}
}

func TestFailingPages(t *testing.T) {
	s := newSite(t)
	s.pages["/sitemap.xml"] = urlset("/p/gone 2026-01-01", "/p/busy 2026-01-02", "/p/ok 2026-01-03")
	s.fail["/p/gone"], s.fail["/p/busy"] = http.StatusGone, http.StatusBadGateway
	f, env := open(t, s, ""), feedtest.Env(t)
	var cursor []byte
	for range 5 {
		cursor = feedtest.Visit(t, f, env, cursor).Cursor
	}
	if s.calls["/p/gone"] != 1 || s.calls["/p/busy"] != 3 || s.calls["/p/ok"] != 1 {
		t.Errorf("calls: %v", s.calls)
	}
}

func TestHostileSitemaps(t *testing.T) {
	env := feedtest.Env(t)
	for name, tc := range map[string]struct{ body, code string }{
		"page":      {"<!doctype html><html><body>x</body></html>", "not_a_sitemap"},
		"text":      {"hello", "not_a_sitemap"},
		"deep":      {"<urlset>" + strings.Repeat("<url>", 200_000), "sitemap_too_deep"},
		"broken":    {"<urlset><", "bad_sitemap"},
		"entity":    {`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>`, ""},
		"truncated": {urlset("/p/1", "/p/2")[:len(urlset("/p/1", "/p/2"))-20], ""},
	} {
		s := newSite(t)
		s.pages["/sitemap.xml"] = tc.body
		r := feedtest.Visit(t, open(t, s, ""), env, nil)
		if e, ok := errs.As(r.Err); tc.code != "" && (!ok || e.Code != tc.code) || tc.code == "" && r.Err != nil {
			t.Errorf("%s: %v", name, r.Err)
		}
	}
	s := newSite(t)
	s.pages["/sitemap.xml"] = `<urlset><url><loc>http://169.254.169.254/</loc></url><url><loc>file:///etc/passwd</loc></url><url><loc>{base}/p/1</loc></url></urlset>`
	r := feedtest.Visit(t, open(t, s, ""), env, nil)
	if r.Skips["http://169.254.169.254/"] != errs.Forbidden || !slices.Equal(paths(s, r), []string{"/p/1"}) {
		t.Errorf("%v, %v", r.Keys(), r.Skips)
	}
}

// TestLargeSitemap holds the cursor's bound with a long sitemap.
func TestLargeSitemap(t *testing.T) {
	s := newSite(t)
	var entries []string
	for i := range 20_000 {
		entries = append(entries, fmt.Sprintf("/p/%d 2026-01-01", i))
	}
	s.pages["/sitemap.xml"] = urlset(entries...)
	f, env := open(t, s, `,"back_fill":3`), feedtest.Env(t)
	r := feedtest.Visit(t, f, env, nil)
	if r.Err != nil || len(r.Items) != 3 || len(r.Cursor) > 700_000 {
		t.Errorf("%d items, %d bytes of cursor, %v", len(r.Items), len(r.Cursor), r.Err)
	}
	if again := feedtest.Visit(t, f, env, r.Cursor); len(again.Items) != 0 {
		t.Errorf("again: %d", len(again.Items))
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "url", `{"url":"http://x/","path":"blog"}`: "path", `{"url":"http://x/","include":["("]}`: "include", `{"url":"http://x/","max_age_days":-1}`: "max_age_days",
	} {
		_, err := sitemap.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzSitemap(f *testing.F) {
	s := newSite(f)
	kind, env := open(f, s, `,"back_fill":1`), feedtest.Env(f)
	env.HTTP = only{env.HTTP, s.url}
	f.Add(urlset("/p/1 2026-01-01"))
	f.Add("<sitemapindex><sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>")
	f.Add("http://x/\n")
	f.Fuzz(func(t *testing.T, body string) {
		s.pages["/sitemap.xml"] = body
		if r := feedtest.Visit(t, kind, env, nil); r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
			t.Fatal(r.Err)
		}
	})
}

// only keeps fuzzing on this machine.
type only struct {
	feed.Doer
	url string
}

func (o only) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.String(), o.url+"/") {
		return nil, errs.New(errs.Forbidden, "test", "not in tests")
	}
	return o.Doer.Do(r)
}
