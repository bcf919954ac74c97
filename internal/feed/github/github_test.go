package github_test

import (
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
	"github.com/vedette-ti/vedette/internal/feed/github"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// hub plays the API. Answers are by path and query; {base} is its own address.
type hub struct {
	url     string
	answers map[string]string
	status  int
	header  http.Header
	seen    []string
	auth    string
}

const (
	commit1 = "1111111111111111111111111111111111111111"
	commit2 = "2222222222222222222222222222222222222222"
)

func newHub(t testing.TB) *hub {
	t.Helper()
	h := &hub{answers: map[string]string{
		"/repos/eset/malware-ioc/commits/HEAD": `{"sha":"` + commit1 + `"}`,
		"/repos/eset/malware-ioc/git/trees/" + commit1 + "?recursive=1": `{"tree":[{"path":"apt","type":"tree","sha":"t"},
			{"path":"apt/misp event.json","type":"blob","sha":"a1","size":3},{"path":"README.md","type":"blob","sha":"b1","size":5},
			{"path":"hash.txt","type":"blob","sha":"c1","size":5},{"path":"empty","type":"blob","sha":"d1","size":0},{"path":"huge.bin","type":"blob","sha":"e1","size":999999999}]}`,
		"/search/repositories?sort=updated&order=desc&per_page=100&q=CVE-2026+in%3Aname": `{"items":[
			{"full_name":"x/CVE-2026-2","html_url":"https://github.com/x/CVE-2026-2","description":"second","created_at":"2026-02-02T00:00:00Z","topics":["poc"]},
			{"full_name":"y/CVE-2026-1","html_url":"https://github.com/y/CVE-2026-1","description":"first","created_at":"2026-01-01T00:00:00Z"},
			{"full_name":"z/no-readme","html_url":"https://github.com/z/no-readme","description":"only words","created_at":"2026-01-01T00:00:00Z"},
			{"full_name":"../../x","html_url":"javascript:x"}]}`,
		"/repos/x/CVE-2026-2/readme": "# two", "/repos/y/CVE-2026-1/readme": "# one",
		"/users/malwarehunter/gists?per_page=100": `[{"html_url":"https://gist.github.com/g2","description":"new","created_at":"2026-02-02T00:00:00Z","updated_at":"u2",
			"files":{"b.txt":{"raw_url":"{base}/raw/b","size":1},"a.txt":{"raw_url":"{base}/raw/a","size":1}}},
			{"html_url":"https://gist.github.com/g1","description":"old","updated_at":"u1","files":{"c.yar":{"raw_url":"{base}/raw/c","size":1}}}]`,
		"/raw/a": "A", "/raw/b": "B", "/raw/c": "C",
	}}
	for _, c := range []string{commit1, commit2} {
		for _, f := range []string{"apt/misp%20event.json", "README.md", "hash.txt"} {
			h.answers["/repos/eset/malware-ioc/contents/"+f+"?ref="+c] = "content of " + f
			h.answers["/eset/malware-ioc/"+c+"/"+f] = "raw " + f
		}
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.seen = append(h.seen, r.URL.RequestURI())
		h.auth = r.Header.Get("Authorization")
		for name, values := range h.header {
			w.Header()[name] = values
		}
		body, ok := h.answers[r.URL.RequestURI()]
		switch {
		case h.status != 0:
			w.WriteHeader(h.status)
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		default:
			fmt.Fprint(w, strings.ReplaceAll(body, "{base}", h.url))
		}
	}))
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

func open(t testing.TB, h *hub, what string) feed.Feed {
	return feedtest.New(t, github.Kind(), fmt.Sprintf(`{"api":%q,%s}`, h.url, what))
}

const repo = `"repo":"eset/malware-ioc"`

func TestContract(t *testing.T) {
	for what, count := range map[string]int{repo: 3, `"search":"CVE-2026 in:name"`: 3, `"gists_of":"malwarehunter"`: 3} {
		t.Run(what, func(t *testing.T) {
			feedtest.Contract(t, count, func(t *testing.T) (feed.Feed, feed.Env) { return open(t, newHub(t), what), feedtest.Env(t) })
		})
	}
}

func TestRepository(t *testing.T) {
	h := newHub(t)
	f, env := open(t, h, repo), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil, feedtest.Secrets(map[string]string{"token": "tok"}))
	if diff := cmp.Diff([]string{"apt/misp event.json", "README.md", "hash.txt"}, first.Keys()); diff != "" || first.Err != nil {
		t.Fatal(diff, first.Err)
	}
	want := feed.Item{Key: "apt/misp event.json", Name: "misp event.json", URL: "https://github.com/eset/malware-ioc/blob/" + commit1 + "/apt/misp%20event.json", Body: []byte("content of apt/misp%20event.json")}
	if diff := cmp.Diff(want, first.Items[0]); diff != "" || h.auth != "Bearer tok" {
		t.Error(diff, h.auth)
	}
	if first.Skips["huge.bin"] != errs.TooLarge {
		t.Errorf("skips: %v", first.Skips)
	}
	h.seen = nil
	if r := feedtest.Visit(t, f, env, first.Cursor); len(r.Items) != 0 || len(h.seen) != 1 {
		t.Errorf("an unchanged repository costs %v", h.seen)
	}
	h.answers["/repos/eset/malware-ioc/commits/HEAD"] = `{"sha":"` + commit2 + `"}`
	h.answers["/repos/eset/malware-ioc/git/trees/"+commit2+"?recursive=1"] = `{"tree":[{"path":"README.md","type":"blob","sha":"b1","size":5},{"path":"hash.txt","type":"blob","sha":"c2","size":5}]}`
	if r := feedtest.Visit(t, f, env, first.Cursor); !slices.Equal(r.Keys(), []string{"hash.txt"}) {
		t.Errorf("changed: %v, %v", r.Keys(), r.Err)
	}
	if r := feedtest.Visit(t, open(t, h, repo+`,"include":["*.txt"]`), env, nil); !slices.Equal(r.Keys(), []string{"hash.txt"}) {
		t.Errorf("include: %v", r.Keys())
	}
}

// local sends requests for GitHub's own hosts to the hub.
type local struct {
	feed.Doer
	hub string
}

func (l local) Do(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host = "http", strings.TrimPrefix(l.hub, "http://")
	return l.Doer.Do(out)
}

// TestWithoutTokenFilesComeFromTheRawHost: they do not count against the quota of 60 an hour.
func TestWithoutTokenFilesComeFromTheRawHost(t *testing.T) {
	h := newHub(t)
	env := feedtest.Env(t)
	env.HTTP = local{env.HTTP, h.url}
	r := feedtest.Visit(t, feedtest.New(t, github.Kind(), `{"repo":"https://github.com/eset/malware-ioc/"}`), env, nil)
	if r.Err != nil || len(r.Items) != 3 || string(r.Items[0].Body) != "raw apt/misp%20event.json" {
		t.Errorf("%v, %v, %v", r.Items, r.Err, h.seen)
	}
}

func TestSearchAndGists(t *testing.T) {
	h, env := newHub(t), feedtest.Env(t)
	r := feedtest.Visit(t, open(t, h, `"search":"CVE-2026 in:name"`), env, nil)
	if len(r.Items) != 3 {
		t.Fatal(r.Keys(), r.Err)
	}
	if it := r.Items[0]; it.Title != "z/no-readme" || string(it.Body) != "only words" || it.Name != "description.txt" {
		t.Errorf("without README: %+v", it)
	}
	if it := r.Items[2]; it.Title != "x/CVE-2026-2" || string(it.Body) != "# two" || it.Published != time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC) || !slices.Equal(it.Tags, []string{"poc"}) {
		t.Errorf("%+v", it)
	}
	r = feedtest.Visit(t, open(t, h, `"gists_of":"malwarehunter"`), env, nil)
	if diff := cmp.Diff([]string{"https://gist.github.com/g1#c.yar", "https://gist.github.com/g2#a.txt", "https://gist.github.com/g2#b.txt"}, r.Keys()); diff != "" {
		t.Error(diff)
	}
}

func TestQuotaIsNamed(t *testing.T) {
	h := newHub(t)
	h.status, h.header = http.StatusForbidden, http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {fmt.Sprint(time.Now().Add(time.Hour).Unix())}}
	r := feedtest.Visit(t, open(t, h, repo), feedtest.Env(t), nil)
	if errs.KindOf(r.Err) != errs.RateLimited || fetch.Wait(r.Err) < 50*time.Minute {
		t.Errorf("%v, wait %v", r.Err, fetch.Wait(r.Err))
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "repo", `{"repo":"a/b","search":"x"}`: "repo", `{"repo":"a"}`: "repo", `{"repo":"a/.."}`: "repo", `{"repo":"a/b/c"}`: "repo", `{"repo":"../x"}`: "repo",
		`{"gists_of":"a/b"}`: "gists_of", `{"repo":"a/b","ref":"../x"}`: "ref", `{"repo":"a/b","api":"ftp://x"}`: "api",
	} {
		_, err := github.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	h := newHub(f)
	env := feedtest.Env(f)
	env.HTTP = local{env.HTTP, h.url} // whatever an answer names, nothing leaves this machine
	kinds := []feed.Feed{open(f, h, repo), open(f, h, `"search":"x"`), open(f, h, `"gists_of":"u"`)}
	for _, a := range h.answers {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		for _, path := range []string{"/repos/eset/malware-ioc/git/trees/" + commit1 + "?recursive=1", "/search/repositories?sort=updated&order=desc&per_page=100&q=x", "/users/u/gists?per_page=100"} {
			h.answers[path] = answer
		}
		for _, k := range kinds {
			if r := feedtest.Visit(t, k, env, nil); r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
				t.Fatal(r.Err)
			}
		}
	})
}
