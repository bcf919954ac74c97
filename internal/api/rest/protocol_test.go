package rest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestIdempotency(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher)
	make1 := func(key, body string) reply {
		return ana.call("POST", "/reports", headers("Idempotency-Key", key, "Content-Type", "application/json"), strings.NewReader(body))
	}
	first := make1("k1", `{"title":"one"}`)
	again := make1("k1", `{"title":"one"}`)
	if first.status != 201 || again.status != 201 || !bytes.Equal(first.raw, again.raw) || again.header.Get("Idempotent-Replay") != "true" || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Fatalf("first %d %s\nagain %d %s", first.status, first.raw, again.status, again.raw)
	}
	if got := make1("k1", `{"title":"two"}`); got.status != 409 || got.body.text("code") != "idempotency_reused" {
		t.Errorf("another body: %d %s", got.status, got.raw)
	}
	if got := make1(strings.Repeat("k", 201), `{"title":"x"}`); got.status != 400 || got.body.text("code") != "idempotency_key" {
		t.Errorf("a long key: %d %s", got.status, got.raw)
	}
	if got := make1("k2", `{"titel":"x"}`); got.status != 400 {
		t.Errorf("a refused request: %d %s", got.status, got.raw)
	}
	if got := make1("k2", `{"titel":"x"}`); got.status != 400 || got.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("and again: %d %s", got.status, got.raw)
	}
	bob := o.hire("bob@example.org", "", rolePublisher)
	if got := bob.call("POST", "/reports", headers("Idempotency-Key", "k1", "Content-Type", "application/json"), strings.NewReader(`{"title":"bob's"}`)); got.status != 201 {
		t.Errorf("the key of somebody else: %d %s", got.status, got.raw)
	}
	// Many at once: one makes it, the others get its answer or are told to wait.
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 20 {
		wg.Go(func() {
			got := make1("k3", `{"title":"storm"}`)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case got.status == 201:
				seen[got.body.text("id")]++
			case got.body.text("code") != "idempotency_running":
				t.Errorf("storm: %d %s", got.status, got.raw)
			}
		})
	}
	wg.Wait()
	if len(seen) != 1 {
		t.Errorf("made more than once: %v", seen)
	}
	if n := len(ana.want(200, "GET", "/reports"+q("q", "title:storm"), nil).items()); n != 1 {
		t.Errorf("%d reports", n)
	}
	// What shows a secret once is kept sealed.
	h := headers("Idempotency-Key", "k4", "Content-Type", "application/json")
	key := ana.call("POST", "/me/keys", h, strings.NewReader(`{"name":"k"}`))
	if got := ana.call("POST", "/me/keys", h, strings.NewReader(`{"name":"k"}`)); got.body.text("key") != key.body.text("key") || key.body.text("key") == "" {
		t.Errorf("keys: %s %s", key.raw, got.raw)
	}
}

func TestAnswers(t *testing.T) {
	o := opened(t)
	for _, x := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/nowhere", 404, "no_such_path"}, {"PUT", "/reports", 405, "method_not_allowed"}, {"GET", "/reports/abc", 400, "bad_id"}, {"GET", "/reports/99999999999999999999", 400, "bad_id"},
		{"GET", "/reports/987654321", 404, "report_missing"}, {"GET", "/reports?limit=0", 400, "invalid_request"}, {"GET", "/reports?limit=9999", 400, "invalid_request"}, {"GET", "/reports?nonsense=1", 400, "invalid_request"},
		{"GET", "/reports?cursor=zz", 400, "bad_cursor"}, {"GET", "/reports/queue?cursor=mine.zz", 400, "bad_cursor"},
	} {
		o.boss.refused(x.status, x.code, x.method, x.path, nil)
	}
	if got := o.boss.call("PUT", "/reports", nil, nil); !strings.Contains(got.header.Get("Allow"), "GET") {
		t.Errorf("Allow: %v", got.header)
	}
	json := headers("Content-Type", "application/json")
	for body, code := range map[string]string{
		``: "invalid_request", `{`: "invalid_request", `{"title":"a","title":"b"}`: "invalid_request", `[]`: "invalid_request", `{"title":7}`: "invalid_request", `{"title":""}`: "invalid_request",
		`{"title":"a","extra":1}`: "invalid_request", `{"title":"` + strings.Repeat("x", 600) + `"}`: "invalid_request", strings.Repeat("[", 20000): "invalid_request",
		`{"title":"a","label":{"distribution":4}}`: "sharing_group_missing", `{"title":"a","label":{"distribution":4,"sharing_group":"987"}}`: "group_missing",
	} {
		got := o.boss.call("POST", "/reports", json, strings.NewReader(body))
		if got.status < 400 || got.status >= 500 || code != "group_missing" && got.body.text("code") != code {
			t.Errorf("%.60q: %d %.300s, want %s", body, got.status, got.raw, code)
		}
		if strings.Contains(string(got.raw), "goroutine") || strings.Contains(string(got.raw), ".go:") {
			t.Errorf("%.60q: tells of the inside: %s", body, got.raw)
		}
	}
	if got := o.boss.call("POST", "/reports", headers("Content-Type", "application/xml"), strings.NewReader("<a/>")); got.status != 415 || got.body.text("code") != "media_type" {
		t.Errorf("XML: %d %s", got.status, got.raw)
	}
	if got := o.visitor().call("POST", "/session", json, strings.NewReader(`{"email":"`+strings.Repeat("x", 1<<20)+`"}`)); got.status != 413 || got.body.text("code") != "body_too_large" {
		t.Errorf("a large body from nobody: %d %.200s", got.status, got.raw)
	}
	got := o.boss.send("GET", "/reports", nil)
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	cross := headers("Content-Type", "application/json", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if got := o.boss.call("POST", "/reports", cross, strings.NewReader(`{"title":"x"}`)); got.status != 403 || got.body.text("code") != "cross_site" {
		t.Errorf("from another site: %d %s", got.status, got.raw)
	}
	if got := o.visitor().call("GET", "/openapi.json", nil, nil); got.status != 200 || got.body.text("openapi") != "3.1.0" {
		t.Errorf("description: %d %.200s", got.status, got.raw)
	}
}

func TestCompression(t *testing.T) {
	o := opened(t)
	ask := func(path, accept string) (*http.Response, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.srv.URL+"/api/v1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", accept)
		client := *o.boss.http
		client.Transport = &http.Transport{DisableCompression: true}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, raw
	}
	for accept, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": "", "x-gzip": ""} {
		resp, raw := ask("/types", accept)
		if resp.Header.Get("Content-Encoding") != want {
			t.Errorf("%s: %v", accept, resp.Header)
			continue
		}
		if want == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if raw, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(raw, []byte(`{"items":[`)) || !bytes.HasSuffix(raw, []byte("}")) {
			t.Errorf("%s: %.100q", accept, raw)
		}
	}
	if resp, _ := ask("/version", "gzip"); resp.Header.Get("Content-Encoding") != "" || resp.Header.Get("Vary") == "" {
		t.Errorf("a small answer: %v", resp.Header)
	}
}
