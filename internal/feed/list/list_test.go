package list_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/list"
)

const mapping = `{"format":"csv","header":true,"map":{"value":"ioc"}}`

func open(t *testing.T, url, more string) feed.Feed {
	return feedtest.New(t, list.Kind(), fmt.Sprintf(`{"url":%q,"mapping":%s%s}`, url, mapping, more))
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestContract(t *testing.T) {
	feedtest.Contract(t, 1, func(t *testing.T) (feed.Feed, feed.Env) {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ioc\nevil.test\n") })
		return open(t, url+"/feed.csv", ""), feedtest.Env(t)
	})
}

func TestOnlyChangedBytesCount(t *testing.T) {
	body, etag := "ioc\na.test\n", `"1"`
	var conditional []string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conditional = append(conditional, r.Header.Get("If-None-Match"))
		if etag != "" && r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprint(w, body)
	})
	f, env := open(t, url+"/x/feed.csv", ""), feedtest.Env(t)
	first := feedtest.Visit(t, f, env, nil)
	want := []feed.Item{{
		Key: url + "/x/feed.csv", Name: "feed.csv", URL: url + "/x/feed.csv", MediaType: "text/csv", Body: []byte(body), Parser: "list", Options: []byte(mapping),
	}}
	if diff := cmp.Diff(want, first.Items); diff != "" {
		t.Fatal(diff)
	}
	second := feedtest.Visit(t, f, env, first.Cursor) // 304
	etag = `"2"`
	third := feedtest.Visit(t, f, env, second.Cursor) // 200, same bytes
	body = "ioc\nb.test\n"
	etag = `"3"`
	fourth := feedtest.Visit(t, f, env, third.Cursor)
	if len(second.Items)+len(third.Items) != 0 || len(fourth.Items) != 1 {
		t.Errorf("items: %d, %d, %d", len(second.Items), len(third.Items), len(fourth.Items))
	}
	if diff := cmp.Diff([]string{"", `"1"`, `"1"`, `"2"`}, conditional); diff != "" {
		t.Error(diff)
	}
	body, etag = "", ""
	if r := feedtest.Visit(t, f, env, fourth.Cursor); errs.KindOf(r.Err) != errs.Unavailable || len(r.Items) != 0 {
		t.Errorf("an emptied list: %v, %v", r.Keys(), r.Err)
	}
}

func TestPacked(t *testing.T) {
	const text = "ioc\na.test\n"
	gz := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.Bytes()
	}
	archive := func(names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, n := range names {
			w, err := z.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte(text))
		}
		z.Close()
		return b.Bytes()
	}
	files := map[string][]byte{
		"/a.csv.gz": gz(text), "/bomb.gz": gz(strings.Repeat("x", 3<<20)), "/one.zip": archive("../../full.csv"), "/two.zip": archive("a.csv", "b/c.csv"),
		"/none.zip": archive(), "/cut.zip": archive("a.csv")[:40], "/cut.gz": gz(text)[:20], "/fake.gz": {0x1f, 0x8b, 1, 2, 3},
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(files[r.URL.Path]) })
	env := feedtest.Env(t)
	cases := []struct {
		path, more, name string
		kind             errs.Kind
	}{
		{"/a.csv.gz", "", "a.csv", 0}, {"/one.zip", "", "full.csv", 0}, {"/two.zip", `,"member":"c.csv"`, "c.csv", 0},
		{"/two.zip", "", "", errs.Invalid}, {"/two.zip", `,"member":"z"`, "", errs.NotFound}, {"/none.zip", "", "", errs.NotFound},
		{"/bomb.gz", `,"max_bytes":1048576`, "", errs.TooLarge}, {"/cut.zip", "", "", errs.Invalid}, {"/cut.gz", "", "", errs.Invalid}, {"/fake.gz", "", "", errs.Invalid},
	}
	for _, tc := range cases {
		r := feedtest.Visit(t, open(t, url+tc.path, tc.more), env, nil)
		if tc.name != "" {
			if r.Err != nil || r.Items[0].Name != tc.name || string(r.Items[0].Body) != text {
				t.Errorf("%s: %+v, %v", tc.path, r.Items, r.Err)
			}
			continue
		}
		if errs.KindOf(r.Err) != tc.kind {
			t.Errorf("%s%s: %v", tc.path, tc.more, r.Err)
		}
	}
}

func TestCredentials(t *testing.T) {
	var got http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		if r.Header.Get("Authorization") == "" && r.Header.Get("X-Api-Key") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprint(w, "x")
	})
	env := feedtest.Env(t)
	secrets := map[string]string{"password": "pw", "header_value": "k3y"}
	f := open(t, url, `,"username":"me","header":"X-Api-Key","user_agent":"Custom/1"`)
	if r := feedtest.Visit(t, f, env, nil, feedtest.Secrets(secrets)); r.Err != nil {
		t.Error(r.Err)
	}
	if got.Get("Authorization") != "Basic bWU6cHc=" || got.Get("X-Api-Key") != "k3y" || got.Get("User-Agent") != "Custom/1" {
		t.Errorf("headers: %v", got)
	}
	f = open(t, url, "")
	feedtest.Visit(t, f, env, nil, feedtest.Secrets(map[string]string{"token": "tok"}))
	if got.Get("Authorization") != "Bearer tok" {
		t.Errorf("bearer: %v", got)
	}
	if r := feedtest.Visit(t, f, env, nil); errs.KindOf(r.Err) != errs.Unauthenticated {
		t.Errorf("no credentials: %v", r.Err)
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "url", `{"url":"ftp://x/","mapping":{"format":"csv"}}`: "url", `{"url":"http://u:p@x/","mapping":{"format":"csv"}}`: "url",
		`{"url":"http://x/"}`: "mapping", `{"url":"http://x/","mapping":{"format":"xls"}}`: "mapping", `{"url":"http://x/","mapping":"csv"}`: "mapping",
		`{"url":"http://x/","mapping":{"format":"csv"},"header":"Host"}`: "header", `{"url":"http://x/","mapping":{"format":"csv"},"header":"a b"}`: "header",
		`{"url":"http://x/","mapping":{"format":"csv"},"user_agent":"a\r\nX: y"}`: "user_agent",
	} {
		_, err := list.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add("x.gz", []byte{0x1f, 0x8b, 8, 0}, "")
	f.Add("x.zip", []byte("PK\x03\x04"), "a")
	f.Fuzz(func(t *testing.T, name string, body []byte, member string) {
		const limit = 1 << 20
		if _, out, err := feed.Unpack(name, body, member, limit); err == nil && len(out) > max(limit, len(body)) {
			t.Errorf("%d bytes", len(out))
		}
	})
}
