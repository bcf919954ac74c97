package misp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/misp"
)

const (
	one   = "55f6ea5e-2c60-40e5-964f-47a8950d210f"
	two   = "5a1b2c3d-0000-4000-8000-000000000002"
	three = "5a1b2c3d-0000-4000-8000-000000000003"
)

// manifest mixes the spellings of numbers, organisations and tags that occur.
const manifest = `{
 "` + two + `": {"Orgc":{"name":"CIRCL","uuid":"x"},"Tag":[{"name":"tlp:white","colour":"#fff"}],"info":"OSINT  Turla\nreport","date":"2026-02-02","analysis":"2","threat_level_id":"1","timestamp":"200"},
 "` + one + `": {"Orgc":{"name":"ESET"},"Tag":[],"info":"Sednit","date":"2026-01-01","timestamp":100},
 "` + three + `": {"Orgc":[],"Tag":{},"info":"银狐","date":"bad","timestamp":"300"}
}`

type site struct {
	url   string
	files map[string]string
	fail  map[string]int
	calls map[string]int
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{files: map[string]string{"manifest.json": manifest}, fail: map[string]int{}, calls: map[string]int{}}
	for _, id := range []string{one, two, three} {
		s.files[id+".json"] = `{"Event":{"uuid":"` + id + `"}}`
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/feed/")
		s.calls[name]++
		body, ok := s.files[name]
		switch {
		case s.fail[name] != 0:
			w.WriteHeader(s.fail[name])
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		case r.Header.Get("If-None-Match") == fmt.Sprintf("%q", fmt.Sprint(len(body))):
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(len(body))))
			fmt.Fprint(w, body)
		}
	}))
	t.Cleanup(srv.Close)
	s.url = srv.URL + "/feed/"
	return s
}

func open(t testing.TB, url, more string) feed.Feed {
	return feedtest.New(t, misp.Kind(), fmt.Sprintf(`{"url":%q%s}`, url, more))
}

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestContractHTTP(t *testing.T) {
	feedtest.Contract(t, 3, func(t *testing.T) (feed.Feed, feed.Env) { return open(t, newSite(t).url, ""), feedtest.Env(t) })
}

func TestContractFolder(t *testing.T) {
	feedtest.Contract(t, 3, func(t *testing.T) (feed.Feed, feed.Env) {
		dir := folder(t, newSite(t).files)
		return feedtest.New(t, misp.Kind(), fmt.Sprintf(`{"path":%q}`, dir)), feedtest.Env(t, dir)
	})
}

func TestContractFolderWithoutManifest(t *testing.T) {
	feedtest.Contract(t, 3, func(t *testing.T) (feed.Feed, feed.Env) {
		dir := folder(t, map[string]string{"a.json": "{}", "sub/b.json": "{}", "sub/c.JSON": "{}", "readme.md": "x", "hashes.csv": "x"})
		return feedtest.New(t, misp.Kind(), fmt.Sprintf(`{"path":%q}`, dir)), feedtest.Env(t, dir)
	})
}

func TestEvents(t *testing.T) {
	s := newSite(t)
	for _, address := range []string{s.url, strings.TrimSuffix(s.url, "/"), s.url + "manifest.json"} {
		r := feedtest.Visit(t, open(t, address, ""), feedtest.Env(t), nil)
		if diff := cmp.Diff([]string{one, two, three}, r.Keys()); diff != "" || r.Err != nil {
			t.Fatal(address, diff, r.Err)
		}
		want := feed.Item{
			Key: two, Name: two + ".json", URL: s.url + two + ".json", Title: "OSINT Turla report", MediaType: "application/json",
			Published: time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC), Body: []byte(`{"Event":{"uuid":"` + two + `"}}`), Parser: "misp",
		}
		if diff := cmp.Diff(want, r.Items[1]); diff != "" {
			t.Error(diff)
		}
	}
}

func TestOnlyChangedEvents(t *testing.T) {
	s := newSite(t)
	f, env := open(t, s.url, ""), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	s.files["manifest.json"] = strings.Replace(manifest, `"timestamp":100`, `"timestamp":  101`, 1)
	second := feedtest.Visit(t, f, env, first.Cursor)
	if diff := cmp.Diff([]string{one}, second.Keys()); diff != "" {
		t.Error(diff)
	}
	if s.calls[two+".json"] != 1 {
		t.Errorf("an unchanged event was fetched %d times", s.calls[two+".json"])
	}
}

func TestChoosesEvents(t *testing.T) {
	s := newSite(t)
	env := feedtest.Env(t)
	env.Clock = func() time.Time { return time.Unix(150+86400, 0) }
	for more, want := range map[string][]string{
		`,"include":["turla","银狐"]`: {two, three}, `,"include":["^ESET$"]`: {one}, `,"exclude":["tlp:white"]`: {one, three}, `,"max_age_days":1`: {two, three},
	} {
		if r := feedtest.Visit(t, open(t, s.url, more), env, nil); !slices.Equal(r.Keys(), want) {
			t.Errorf("%s: %v, %v", more, r.Keys(), r.Err)
		}
	}
}

func TestFailingEvents(t *testing.T) {
	s := newSite(t)
	delete(s.files, one+".json")
	s.fail[two+".json"] = http.StatusBadGateway
	s.files[three+".json"] = "<html>login</html>"
	f, env := open(t, s.url, ""), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	want := map[string]errs.Kind{one: errs.NotFound, two: errs.Unavailable, three: errs.Invalid}
	if diff := cmp.Diff(want, first.Skips); diff != "" || len(first.Items) != 0 || first.Err != nil {
		t.Error(diff, first.Err)
	}
	s.fail[two+".json"] = 0
	second := feedtest.Visit(t, f, env, first.Cursor)
	if !slices.Equal(second.Keys(), []string{two}) || s.calls[one+".json"] != 1 {
		t.Errorf("%v, %v", second.Keys(), s.calls)
	}
}

func TestHostileManifests(t *testing.T) {
	env := feedtest.Env(t)
	for name, tc := range map[string]struct{ body, code string }{
		"page": {"<html>", "bad_manifest"}, "list": {"[1]", "bad_manifest"}, "empty": {"", "bad_manifest"}, "deep": {strings.Repeat(`{"a":`, 1_000_000), "bad_manifest"},
		"empty list": {"[]", ""}, "empty map": {"{}", ""},
	} {
		s := newSite(t)
		s.files["manifest.json"] = tc.body
		r := feedtest.Visit(t, open(t, s.url, ""), env, nil)
		if e, ok := errs.As(r.Err); tc.code != "" && (!ok || e.Code != tc.code) || tc.code == "" && r.Err != nil {
			t.Errorf("%s: %v", name, r.Err)
		}
	}
	s := newSite(t)
	s.files["manifest.json"] = `{"../../../../etc/passwd":{"timestamp":1},"` + one + `/../x":{},"{` + one + `}":{},"urn:uuid:` + one + `":{},"` + two + `":"text","` + three + `":{"timestamp":"1"}}`
	r := feedtest.Visit(t, open(t, s.url, ""), env, nil)
	if !slices.Equal(r.Keys(), []string{three}) || len(r.Skips) != 5 {
		t.Errorf("%v, %v", r.Keys(), r.Skips)
	}
	for path := range s.calls {
		if strings.Contains(path, "..") || strings.Contains(path, "passwd") {
			t.Errorf("asked for %s", path)
		}
	}
}

func TestTokenInTheAddressStays(t *testing.T) {
	var queries []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.RequestURI())
		fmt.Fprint(w, `{"`+one+`":{"timestamp":"1"}}`)
	}))
	defer srv.Close()
	feedtest.Visit(t, open(t, srv.URL+"/f?sig=abc", ""), feedtest.Env(t), nil)
	if diff := cmp.Diff([]string{"/f/manifest.json?sig=abc", "/f/" + one + ".json?sig=abc"}, queries); diff != "" {
		t.Error(diff)
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "url", `{"url":"http://x/","path":"/y"}`: "url", `{"url":"x"}`: "url", `{"url":"http://x/","include":["("]}`: "include",
		`{"url":"http://x/","max_age_days":99999}`: "max_age_days",
	} {
		_, err := misp.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	s := newSite(f)
	kind, env := open(f, s.url, ""), feedtest.Env(f)
	f.Add(manifest)
	f.Add(`{"` + one + `":{"Orgc":1,"Tag":[1],"timestamp":[]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		s.files["manifest.json"] = body
		if r := feedtest.Visit(t, kind, env, nil); r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
			t.Fatal(r.Err)
		}
	})
}
