package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/web"
)

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func open(t testing.TB, more string, urls ...string) feed.Feed {
	return feedtest.New(t, web.Kind(), fmt.Sprintf(`{"urls":[%s]%s}`, `"`+strings.Join(urls, `","`)+`"`, more))
}

func TestContract(t *testing.T) {
	feedtest.Contract(t, 3, func(t *testing.T) (feed.Feed, feed.Env) {
		nonce := 0
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			nonce++ // what changes with every request must not count
			fmt.Fprintf(w, `<html><script nonce="%d">var t=%d</script><p>page %s</p></html>`, nonce, nonce, r.URL.Path)
		})
		return open(t, "", url+"/a", url+"/b", url+"/c"), feedtest.Env(t)
	})
}

// TestWhatCounts compares two versions of a page.
func TestWhatCounts(t *testing.T) {
	cases := map[string]struct {
		before, after string
		selector      string
		changed       bool
	}{
		"text":              {"<p>evil.test</p>", "<p>worse.test</p>", "", true},
		"white space":       {"<p>a  b\n</p>", "<p>a b</p>", "", false},
		"attribute":         {`<p class="x1">a</p>`, `<p class="x2">a</p>`, "", false},
		"script":            {"<p>a</p><script>1</script>", "<p>a</p><script>2</script>", "", false},
		"style":             {"<style>1</style>a", "<style>2</style>a", "", false},
		"comment":           {"a<!-- 1 -->", "a<!-- 2 -->", "", false},
		"svg":               {"a<svg><text>1</text></svg>", "a<svg><text>2</text></svg>", "", false},
		"link":              {`<a href="/r/1">report</a>`, `<a href="/r/2">report</a>`, "", true},
		"outside selector":  {"<nav>1</nav><main>a</main>", "<nav>2</nav><main>a</main>", "main", false},
		"inside selector":   {"<nav>1</nav><main>a</main>", "<nav>1</nav><main>b</main>", "main", true},
		"order of elements": {"<p>a</p><p>b</p>", "<p>b</p><p>a</p>", "", true},
		"joined words":      {"<p>ab</p>", "<p>a b</p>", "", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := tc.before
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprint(w, body)
			})
			f, env := open(t, fmt.Sprintf(`,"selector":%q`, tc.selector), url), feedtest.Env(t)
			first := feedtest.Visit(t, f, env, nil)
			body = tc.after
			second := feedtest.Visit(t, f, env, first.Cursor)
			if len(first.Items) != 1 || second.Err != nil || (len(second.Items) == 1) != tc.changed {
				t.Errorf("first %d, second %d, %v", len(first.Items), len(second.Items), second.Err)
			}
			if tc.changed && string(second.Items[0].Body) != tc.after {
				t.Errorf("the page is not whole: %q", second.Items[0].Body)
			}
		})
	}
}

func TestPlainTextAndBinaryPages(t *testing.T) {
	body := "1.2.3.4\n"
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, body)
	})
	f, env := open(t, "", url+"/ips.txt"), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	body = "1.2.3.4  \n"
	if r := feedtest.Visit(t, f, env, first.Cursor); len(r.Items) != 1 || r.Items[0].Name != "ips.txt" {
		t.Errorf("a changed byte of a text file counts: %v", r.Items)
	}
}

func TestOneBadPageDoesNotStopOthers(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprint(w, "<p>x</p>")
	})
	env := feedtest.Env(t)
	r := feedtest.Visit(t, open(t, "", url+"/bad", url+"/good", "http://10.0.0.5/"), env, nil)
	if r.Err != nil || !slices.Equal(r.Keys(), []string{url + "/good"}) {
		t.Errorf("%v, %v", r.Keys(), r.Err)
	}
	if r.Skips[url+"/bad"] != errs.NotFound || r.Skips["http://10.0.0.5/"] != errs.Forbidden {
		t.Errorf("skips: %v", r.Skips)
	}
	if r := feedtest.Visit(t, open(t, "", url+"/bad"), env, nil); errs.KindOf(r.Err) != errs.NotFound {
		t.Errorf("all bad: %v", r.Err)
	}
	r = feedtest.Visit(t, open(t, `,"selector":"table.iocs"`, url+"/good"), env, nil)
	if e, ok := errs.As(r.Err); !ok || e.Code != "selector_matches_nothing" {
		t.Errorf("selector: %v", r.Err)
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "urls", `{"urls":[" "]}`: "urls", `{"urls":["x"]}`: "urls", `{"urls":["http://x/"],"selector":"p["}`: "selector",
	} {
		_, err := web.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzPage(f *testing.F) {
	body := ""
	url := serve(f, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, body)
	})
	whole, part, env := open(f, "", url), open(f, `,"selector":"main a"`, url), feedtest.Env(f)
	f.Add("<main><a href=x>y</a><svg><script>")
	f.Add(strings.Repeat("<div>", 1000))
	f.Fuzz(func(t *testing.T, page string) {
		body = page
		for _, kind := range []feed.Feed{whole, part} {
			r := feedtest.Visit(t, kind, env, nil)
			if r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
				t.Fatal(r.Err)
			}
			if again := feedtest.Visit(t, kind, env, r.Cursor); len(r.Items) == 1 && len(again.Items) != 0 {
				t.Fatalf("the same page changed: %q", page)
			}
		}
	})
}
