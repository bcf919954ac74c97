package egress

import (
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
)

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func code(err error) string {
	if e, ok := errs.As(err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}

// loopback opens both spellings of this machine, so that redirects between origins can be played.
func loopback() []string { return []string{"127.0.0.1", "::1", "localhost"} }

func TestCredentialsStayWithTheirOrigin(t *testing.T) {
	var got http.Header
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	var same *httptest.Server
	same = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/other":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/host": // same port, other name
			http.Redirect(w, r, strings.Replace(same.URL, "127.0.0.1", "localhost", 1)+"/end", http.StatusTemporaryRedirect)
		case "/bounce":
			http.Redirect(w, r, strings.Replace(same.URL, "127.0.0.1", "localhost", 1)+"/back", http.StatusFound)
		case "/back":
			http.Redirect(w, r, strings.Replace(same.URL, "localhost", "127.0.0.1", 1)+"/end", http.StatusFound)
		default:
			got = r.Header
		}
	})
	c, _ := newClient(t, Options{Allow: loopback(), UserAgent: "Vedette-Test"})
	send := func(path string) http.Header {
		got = nil
		req, _ := http.NewRequest(http.MethodGet, same.URL+path+"?token=s3cret", nil)
		for _, h := range []string{"Authorization", "Cookie", "X-Api-Key", "Authkey", "Proxy-Authorization"} {
			req.Header.Set(h, "secret")
		}
		req.Header.Set("Accept", "text/html")
		resp, err := c.HTTP(Untrusted).Do(req)
		if err != nil {
			t.Fatal(path, err)
		}
		resp.Body.Close()
		return got
	}
	if h := send("/same"); h.Get("X-Api-Key") != "secret" || h.Get("Authorization") != "secret" {
		t.Errorf("same origin lost its credentials: %v", h)
	}
	for _, path := range []string{"/other", "/host", "/bounce"} {
		h := send(path)
		want := http.Header{"Accept": {"text/html"}, "Accept-Encoding": {"gzip"}, "User-Agent": {"Vedette-Test"}}
		if diff := cmp.Diff(want, h); diff != "" {
			t.Errorf("%s: headers after leaving the origin (-want +got):\n%s", path, diff)
		}
	}
}

func TestRedirectLimits(t *testing.T) {
	var calls atomic.Int32
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		if r.URL.Path == "/stop" && n > 5 {
			return
		}
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	})
	c, _ := newClient(t, Options{Allow: loopback()})
	if _, err := get(t, c.HTTP(Untrusted), srv.URL+"/loop"); code(err) != "too_many_redirects" || calls.Load() != 6 {
		t.Errorf("%d calls, %v", calls.Load(), err)
	}
	calls.Store(0)
	if _, err := get(t, c.HTTP(Untrusted), srv.URL+"/stop"); err != nil || calls.Load() != 6 {
		t.Errorf("five redirects: %d calls, %v", calls.Load(), err)
	}
	none, _ := newClient(t, Options{Allow: loopback(), Redirects: -1})
	if _, err := get(t, none.HTTP(Untrusted), srv.URL+"/loop"); code(err) != "too_many_redirects" {
		t.Errorf("no redirects: %v", err)
	}
}

func TestPostIsNotRedirected(t *testing.T) {
	var methods []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, r.Method+r.URL.Path)
		if r.URL.Path == "/hook" {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	})
	c, _ := newClient(t, Options{Allow: loopback()})
	req, _ := http.NewRequest(http.MethodPost, srv.URL+"/hook", strings.NewReader("secret"))
	resp, err := c.HTTP(Untrusted).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect || len(methods) != 1 {
		t.Errorf("status %d, requests %v", resp.StatusCode, methods)
	}
}

// TestOperatorRedirectIsJudged: an operator's host may be private, but may not send us on to another.
func TestOperatorRedirectIsJudged(t *testing.T) {
	v := startVictim(t)
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inside" {
			http.Redirect(w, r, "/ok", http.StatusFound)
			return
		}
		if r.URL.Path != "/ok" {
			http.Redirect(w, r, "http://127.0.0.1:"+v.port+"/", http.StatusFound)
		}
	})
	c, _ := newClient(t, Options{})
	if _, err := get(t, c.HTTP(Operator), srv.URL+"/inside"); err != nil {
		t.Errorf("same origin: %v", err)
	}
	if _, err := get(t, c.HTTP(Operator), srv.URL+"/outside"); errs.KindOf(err) != errs.Forbidden || v.calls.Load() != 0 {
		t.Errorf("other origin: %v, %d connections", err, v.calls.Load())
	}
}

func TestBodyLimits(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		size := 4 << 20
		switch r.URL.Path {
		case "/plain", "/length":
			if r.URL.Path == "/length" {
				w.Header().Set("Content-Length", fmt.Sprint(size))
			}
			io.WriteString(w, strings.Repeat("x", size))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 400 {
				z.Write(make([]byte, 1<<20))
			}
			z.Close()
		case "/good":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, "packed text")
			z.Close()
		case "/broken":
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, "no gzip at all")
		case "/cut":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, strings.Repeat("abc", 1000))
			z.Flush() // no trailer
		case "/empty":
			w.Header().Set("Content-Encoding", "gzip")
		case "/brotli":
			w.Header().Set("Content-Encoding", "br")
			fmt.Fprint(w, "xx")
		}
	})
	c, _ := newClient(t, Options{Allow: loopback(), MaxBody: 3 << 20})
	big, _ := newClient(t, Options{Allow: loopback()})
	cases := []struct {
		c          *Client
		path, code string
		body       string
	}{
		{c, "/plain", "answer_too_large", ""},
		{c, "/length", "answer_too_large", ""},
		{c, "/bomb", "answer_bomb", ""},
		{big, "/bomb", "answer_bomb", ""},
		{c, "/good", "<nil>", "packed text"},
		{c, "/broken", "answer_cut", ""},
		{c, "/empty", "<nil>", ""},
		{c, "/brotli", "bad_encoding", ""},
		{c, "/cut", "answer_cut", strings.Repeat("abc", 1000)},
	}
	for _, tc := range cases {
		body, err := get(t, tc.c.HTTP(Untrusted), srv.URL+tc.path)
		if code(err) != tc.code {
			t.Errorf("%s: %v", tc.path, err)
		}
		if err == nil && body != tc.body {
			t.Errorf("%s: %d bytes", tc.path, len(body))
		}
	}
	if resp, err := big.HTTP(Untrusted).Client().Get(srv.URL + "/good"); err != nil || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("as *http.Client: %v", err)
	} else {
		resp.Body.Close()
	}
}

func TestStalledAndSlowServers(t *testing.T) {
	stop := make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/drip":
			for {
				if _, err := w.Write([]byte("x")); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		case "/stall":
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			<-stop
		case "/two":
			w.Write([]byte("a"))
			w.(http.Flusher).Flush()
			w.Write([]byte("b"))
		case "/mute":
			<-stop
		}
	})
	defer close(stop)
	c, _ := newClient(t, Options{Allow: loopback(), Idle: 150 * time.Millisecond, Timeout: 600 * time.Millisecond})
	for path, want := range map[string]string{"/drip": "host_timeout", "/stall": "host_stalled", "/mute": "host_timeout"} {
		start := time.Now()
		if _, err := get(t, c.HTTP(Untrusted), srv.URL+path); code(err) != want {
			if !(path == "/drip" && errors.Is(err, context.DeadlineExceeded)) {
				t.Errorf("%s: %v", path, err)
			}
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s took %v", path, d)
		}
	}
	patient, _ := newClient(t, Options{Allow: loopback(), Idle: 50 * time.Millisecond})
	resp, err := patient.HTTP(Untrusted).Client().Get(srv.URL + "/two")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // the caller may be slow, only the server may not
	if b, err := io.ReadAll(resp.Body); string(b) != "ab" {
		t.Errorf("a slow reader got %q, %v", b, err)
	}
	resp.Body.Close()
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/mute", nil)
	if _, err := c.HTTP(Untrusted).Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestConnectionErrors(t *testing.T) {
	tls := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer tls.Close()
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c, _ := newClient(t, Options{Allow: loopback()})
	for u, want := range map[string]string{
		tls.URL + "/?s3cret": "tls_failed", gone.URL + "/?s3cret": "connection_refused",
		strings.Replace(plain.URL, "http:", "https:", 1): "tls_failed",
	} {
		_, err := get(t, c.HTTP(Untrusted), u)
		if code(err) != want || errs.KindOf(err) != errs.Unavailable || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", u, err)
		}
	}
	trusting, _ := newClient(t, Options{Allow: loopback(), CAs: pemOf(tls)})
	if body, err := get(t, trusting.HTTP(Untrusted), tls.URL); body != "ok" {
		t.Errorf("with the authority: %v", err)
	}
}

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestPerHostConcurrency(t *testing.T) {
	var now, most atomic.Int32
	srv := serve(t, func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
	})
	c, _ := newClient(t, Options{Allow: loopback(), PerHost: 3})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := get(t, c.HTTP(Untrusted), srv.URL); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() > 3 || most.Load() < 2 {
		t.Errorf("%d requests at once", most.Load())
	}
}

func TestRetryAfterPausesTheHost(t *testing.T) {
	var calls atomic.Int32
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.Header().Set("Retry-After", "600")
		if r.URL.Path == "/busy" {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	c, _ := newClient(t, Options{Allow: loopback()})
	if _, err := get(t, c.HTTP(Untrusted), srv.URL+"/fine"); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, c.HTTP(Untrusted), srv.URL+"/busy"); err != nil {
		t.Fatalf("the 429 itself is an answer: %v", err)
	}
	_, err := get(t, c.HTTP(Untrusted), srv.URL+"/fine")
	if errs.KindOf(err) != errs.RateLimited || fetch.Wait(err) < 590*time.Second || calls.Load() != 2 {
		t.Errorf("%v, wait %v, %d calls", err, fetch.Wait(err), calls.Load())
	}
	// Another host is not touched by it.
	if _, err := get(t, c.HTTP(Untrusted), strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)+"/fine"); err != nil {
		t.Error(err)
	}
}

func TestRateIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPolite(2, 10, 5, time.Now)
		start := time.Now()
		for range 25 {
			release, err := p.acquire(t.Context(), "h")
			if err != nil {
				t.Fatal(err)
			}
			release()
		}
		if d := time.Since(start); d < 1990*time.Millisecond || d > 2100*time.Millisecond {
			t.Errorf("25 requests at 10/s after a burst of 5 took %v", d)
		}
		p.hold("h", 429, 15*time.Second)
		start = time.Now()
		release, err := p.acquire(t.Context(), "h")
		if err != nil || time.Since(start) < 15*time.Second {
			t.Errorf("short pause: waited %v, %v", time.Since(start), err)
		}
		release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.hold("h", 503, 10*time.Second)
		if _, err := p.acquire(ctx, "h"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("pause outlasting the request: %v", err)
		}
		p.hold("h", 503, 24*time.Hour)
		if _, err := p.acquire(t.Context(), "h"); fetch.Wait(err) > 5*time.Minute {
			t.Errorf("a page's 503 held the host for %v", fetch.Wait(err))
		}
	})
}

func TestHostsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPolite(1, 1e6, 1000, time.Now)
		held, err := p.acquire(t.Context(), "held")
		if err != nil {
			t.Fatal(err)
		}
		p.hold("paused", 429, time.Hour)
		for i := range 3 * mostHosts {
			release, err := p.acquire(t.Context(), fmt.Sprint("h", i))
			if err != nil {
				t.Fatal(err)
			}
			release()
		}
		if n := len(p.hosts); n > mostHosts {
			t.Errorf("%d hosts kept", n)
		}
		if p.hosts["held"] == nil || p.hosts["paused"] == nil {
			t.Error("a host in use or paused was forgotten")
		}
		held()
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{Proxy: "ftp://x:1"}, {Proxy: "http://"}, {Proxy: "socks5://h:0"}, {Proxy: "http://h:1/path"}, {NoProxy: []string{"a b"}},
		{Routes: map[string]string{".onion": ""}}, {Routes: map[string]string{"": "socks5://h:1"}}, {CAs: []byte("x")}, {Timeout: -1}, {Rate: -1},
	} {
		if _, err := New(o); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
