package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	files := fstest.MapFS{
		"index.html":          {Data: []byte("<!doctype html>console")},
		"assets/app-1.js":     {Data: []byte("plain")},
		"assets/app-1.js.gz":  {Data: []byte("packed")},
		"favicon.svg":         {Data: []byte("<svg/>")},
		"assets/deep/x.bin":   {Data: []byte{0}},
		"assets/app-2.css":    {Data: []byte("a{}")},
		"assets/app-2.css.gz": {Data: []byte("packed css")},
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler{files: files}.ServeHTTP(w, r)
	return w
}

func TestRoutesGetIndexAndUnknownFilesDoNot(t *testing.T) {
	for _, target := range []string{"/", "/reports/12", "/reports/../observables", "/assets"} {
		w := get(t, target)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "console") {
			t.Errorf("%s: %d %q", target, w.Code, w.Body)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: Cache-Control %q", target, got)
		}
	}
	for _, target := range []string{"/assets/app-9.js", "/robots.txt", "/../../etc/passwd.txt"} {
		if w := get(t, target); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

func TestEveryFileCarriesThePolicy(t *testing.T) {
	for _, target := range []string{"/", "/assets/app-1.js", "/favicon.svg"} {
		h := get(t, target).Header()
		if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") ||
			!strings.Contains(p, "require-trusted-types-for 'script'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", target, p)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", target)
		}
	}
}

func TestPackedTwin(t *testing.T) {
	for accept, packed := range map[string]bool{
		"gzip, br": true, "br, GZIP;q=0.5": true, "": false, "br": false,
		"gzip;q=0": false, "gzip; q=0.000": false, "identity, *": false,
	} {
		w := get(t, "/assets/app-1.js", "Accept-Encoding", accept)
		if got := w.Body.String() == "packed"; got != packed {
			t.Errorf("Accept-Encoding %q: packed = %v", accept, got)
		}
		if (w.Header().Get("Content-Encoding") == "gzip") != packed || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: headers %v", accept, w.Header())
		}
		if ct := w.Header().Get("Content-Type"); !strings.HasPrefix(ct, "text/javascript") {
			t.Errorf("content type %q", ct)
		}
	}
}

func TestOnlyReads(t *testing.T) {
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestTheBinaryAlwaysHoldsAPage(t *testing.T) {
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Vedette") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func TestLocalesAreJSON(t *testing.T) {
	for _, lang := range Languages() {
		b, err := Locale(lang)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(b, &tree); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
		if _, ok := tree["errors"].(map[string]any); !ok {
			t.Errorf("%s: no texts for error codes", lang)
		}
	}
}
