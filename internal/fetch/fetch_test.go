package fetch_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
)

func TestConditionalRoundTrip(t *testing.T) {
	var seen []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("If-None-Match")+"|"+r.Header.Get("If-Modified-Since"))
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Wed, 01 Apr 2026 10:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Disposition", `attachment; filename="../../etc/list.csv"`)
		fmt.Fprint(w, "body")
	}))
	defer srv.Close()

	first, err := fetch.Get(context.Background(), srv.Client(), fetch.Request{URL: srv.URL + "/x", Max: 10})
	if err != nil {
		t.Fatal(err)
	}
	if string(first.Body) != "body" || first.Name != "list.csv" || first.NotModified {
		t.Errorf("first = %+v", first)
	}
	if want := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC); !first.Modified.Equal(want) {
		t.Errorf("modified = %v", first.Modified)
	}
	second, err := fetch.Get(context.Background(), srv.Client(), fetch.Request{URL: srv.URL + "/x", Max: 10, Since: first.Validators})
	if err != nil || !second.NotModified || second.Validators != first.Validators {
		t.Errorf("second = %+v, %v", second, err)
	}
	if diff := cmp.Diff([]string{"|", `"v1"|Wed, 01 Apr 2026 10:00:00 GMT`}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestUnasked304IsAnError(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }))
	defer srv.Close()
	if _, err := fetch.Get(context.Background(), srv.Client(), fetch.Request{URL: srv.URL, Max: 1}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("err = %v", err)
	}
}

func TestBodyLimit(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" { // no Content-Length
			w.(http.Flusher).Flush()
		}
		fmt.Fprint(w, strings.Repeat("x", 11))
	}))
	defer srv.Close()
	for _, p := range []string{"/known", "/stream"} {
		if _, err := fetch.Get(context.Background(), srv.Client(), fetch.Request{URL: srv.URL + p, Max: 10}); errs.KindOf(err) != errs.TooLarge {
			t.Errorf("%s: %v", p, err)
		}
		if r, err := fetch.Get(context.Background(), srv.Client(), fetch.Request{URL: srv.URL + p, Max: 11}); err != nil || len(r.Body) != 11 {
			t.Errorf("%s at the limit: %v", p, err)
		}
	}
}

func TestTruncatedBody(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	}))
	defer srv.Close()
	_, err := fetch.Get(context.Background(), srv.Client(), fetch.Request{URL: srv.URL, Max: 1000})
	if errs.KindOf(err) != errs.Unavailable || !fetch.Retriable(err) {
		t.Errorf("err = %v", err)
	}
}

func TestStatusKinds(t *testing.T) {
	want := map[int]errs.Kind{
		201: errs.Invalid, 304: errs.Invalid, 400: errs.Invalid, 401: errs.Unauthenticated, 403: errs.RateLimited, 404: errs.NotFound,
		410: errs.NotFound, 408: errs.Unavailable, 413: errs.TooLarge, 429: errs.RateLimited, 500: errs.Unavailable, 503: errs.Unavailable,
	}
	for status, kind := range want {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"7"}}}
		err := fetch.Status(resp, time.Now())
		if errs.KindOf(err) != kind {
			t.Errorf("%d: %v", status, err)
		}
		if fetch.Wait(err) != 7*time.Second {
			t.Errorf("%d: wait = %v", status, fetch.Wait(err))
		}
	}
}

func TestSpentQuota(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	h := http.Header{}
	h.Set("X-RateLimit-Remaining", "0")
	h.Set("X-RateLimit-Reset", "1700000090")
	err := fetch.Status(&http.Response{StatusCode: 403, Header: h}, now)
	if errs.KindOf(err) != errs.RateLimited || fetch.Wait(err) != 90*time.Second {
		t.Errorf("spent: %v, wait %v", err, fetch.Wait(err))
	}
	h.Set("X-RateLimit-Remaining", "7")
	if err := fetch.Status(&http.Response{StatusCode: 403, Header: h}, now); errs.KindOf(err) != errs.Forbidden || fetch.Wait(err) != 0 {
		t.Errorf("not spent: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "soon": 0, "120": 2 * time.Minute,
		"99999999999999": 24 * time.Hour, "Thu, 01 Jan 2026 00:01:00 GMT": time.Minute,
		"Wed, 31 Dec 2025 00:00:00 GMT": 0, "Thu, 01 Jan 2037 00:00:00 GMT": 24 * time.Hour,
	} {
		h := http.Header{}
		h.Set("Retry-After", value)
		got, ok := fetch.RetryAfter(h, now)
		if got != want || ok != (want > 0) {
			t.Errorf("%q = %v, %v; want %v", value, got, ok, want)
		}
	}
}

func TestRedactHidesSecrets(t *testing.T) {
	for _, raw := range []string{
		"https://user:hunter2@h.example/p", "https://h.example/p?key=hunter2", "https://h.example/p#hunter2",
		"http://[::1", "user:hunter2@host:x:y", "://x?hunter2",
	} {
		if got := fetch.Redact(raw); strings.Contains(got, "hunter2") {
			t.Errorf("Redact(%q) = %q", raw, got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("https://u:p@h/p?q#f")
	f.Fuzz(func(t *testing.T, s string) {
		if got := fetch.Redact(s); strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("Redact(%q) = %q", s, got)
		}
	})
}
