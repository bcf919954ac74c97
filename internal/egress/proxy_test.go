package egress

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
)

// fakeProxy is an HTTP proxy that carries everything to one server and notes what it was asked for.
type fakeProxy struct {
	mu    sync.Mutex
	asked []string
	auth  string
	goal  string
}

func (p *fakeProxy) note(s, auth string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.auth = append(p.asked, s), auth
}

func (p *fakeProxy) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.asked
	p.asked = nil
	return a
}

func (p *fakeProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.note(r.Method+" "+r.RequestURI, r.Header.Get("Proxy-Authorization"))
	if r.Method != http.MethodConnect {
		fmt.Fprint(w, "via proxy: "+r.Host)
		return
	}
	if strings.HasPrefix(r.Host, "denied.test") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	up, err := net.Dial("tcp", p.goal)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	down, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	fmt.Fprint(down, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(up, down)
		up.Close()
	}()
	io.Copy(down, up)
	down.Close()
}

func startHTTPProxy(t *testing.T, goal string) (*fakeProxy, string) {
	t.Helper()
	p := &fakeProxy{goal: goal}
	return p, serve(t, p.ServeHTTP).URL
}

// startSOCKS serves RFC 1928 with user name and password, carrying everything to goal.
func startSOCKS(t *testing.T, goal string) (*fakeProxy, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &fakeProxy{goal: goal}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.socks(conn)
		}
	}()
	return p, l.Addr().String()
}

func (p *fakeProxy) socks(conn net.Conn) {
	defer conn.Close()
	br := bufio.NewReader(conn)
	next := func(n int) []byte {
		b := make([]byte, n)
		io.ReadFull(br, b)
		return b
	}
	auth := ""
	methods := next(int(next(2)[1]))
	if strings.Contains(string(methods), "\x02") {
		conn.Write([]byte{5, 2})
		user := string(next(int(next(2)[1])))
		auth = user + ":" + string(next(int(next(1)[0])))
		conn.Write([]byte{1, 0})
	} else {
		conn.Write([]byte{5, 0})
	}
	var host string
	switch next(4)[3] {
	case 1:
		host = "ip " + net.IP(next(4)).String()
	case 3:
		host = "name " + string(next(int(next(1)[0])))
	case 4:
		host = "ip " + net.IP(next(16)).String()
	}
	p.note(host+" "+strconv.Itoa(int(binary.BigEndian.Uint16(next(2)))), auth)
	up, err := net.Dial("tcp", p.goal)
	if err != nil {
		conn.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer up.Close()
	conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go io.Copy(up, br)
	io.Copy(conn, up)
}

func TestHTTPProxy(t *testing.T) {
	origin := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "through the tunnel") }))
	defer origin.Close()
	p, addr := startHTTPProxy(t, origin.Listener.Addr().String())
	withUser := strings.Replace(addr, "http://", "http://u:p@", 1)
	c, seen := newClient(t, Options{Proxy: withUser, NoProxy: []string{"127.0.0.1"}, Allow: loopback(), Resolver: startDNS(t, zone), CAs: pemOf(origin)})
	d := c.HTTP(Untrusted)

	if body, err := get(t, d, "http://public.test/a?b"); body != "via proxy: public.test" {
		t.Errorf("plain: %q, %v", body, err)
	}
	// A name this machine does not know is the proxy's business.
	if body, err := get(t, d, "http://only-the-proxy-knows.test/"); body != "via proxy: only-the-proxy-knows.test" {
		t.Errorf("unknown name: %q, %v", body, err)
	}
	if diff := cmp.Diff([]string{"GET http://public.test/a?b", "GET http://only-the-proxy-knows.test/"}, p.take()); diff != "" || p.auth != "Basic dTpw" {
		t.Error(diff, p.auth)
	}
	// The certificate of httptest is for example.com, which public.test is not: the tunnel itself is what counts.
	if _, err := get(t, d, "https://public.test/"); code(err) != "tls_failed" {
		t.Errorf("https: %v", err)
	}
	if body, err := get(t, d, "https://example.com/"); body != "through the tunnel" {
		t.Errorf("https: %q, %v", body, err)
	}
	if _, err := get(t, d, "https://denied.test/"); code(err) != "proxy_refused" {
		t.Errorf("denied: %v", err)
	}
	if diff := cmp.Diff([]string{"CONNECT public.test:443", "CONNECT example.com:443", "CONNECT denied.test:443"}, p.take()); diff != "" {
		t.Error(diff)
	}
	if body, err := get(t, d, origin.URL); body != "through the tunnel" || len(p.take()) != 0 {
		t.Errorf("no_proxy: %q, %v", body, err)
	}
	if seen.count() != 1 {
		t.Errorf("direct connections: %v", seen.list)
	}
}

// TestProxySSRF: what would be refused directly is not handed to a proxy either.
func TestProxySSRF(t *testing.T) {
	v := startVictim(t)
	httpProxy, httpURL := startHTTPProxy(t, "127.0.0.1:1")
	socks, socksAddr := startSOCKS(t, "127.0.0.1:1")
	for _, proxyURL := range []string{httpURL, "socks5://" + socksAddr, "socks5h://" + socksAddr} {
		c, _ := newClient(t, Options{Proxy: proxyURL, Resolver: startDNS(t, zone)})
		for _, u := range corpus(t, v.port) {
			low := strings.ToLower(u)
			if strings.HasPrefix(proxyURL, "socks5h") && (strings.Contains(low, ".test") || strings.Contains(low, ".onion") || strings.Contains(low, ".i2p")) {
				continue // names are the proxy's to resolve; the operator chose that
			}
			if _, err := get(t, c.HTTP(Untrusted), u); err == nil {
				t.Errorf("%s: %q passed", proxyURL, u)
			}
		}
		if a := append(httpProxy.take(), socks.take()...); len(a) != 0 {
			t.Errorf("%s was asked for %v", proxyURL, a)
		}
	}
	if v.calls.Load() != 0 {
		t.Errorf("the victim saw %d connections", v.calls.Load())
	}
}

func TestSOCKS(t *testing.T) {
	origin := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "host "+r.Host) })
	p, addr := startSOCKS(t, origin.Listener.Addr().String())
	resolver := startDNS(t, zone)

	pinned, _ := newClient(t, Options{Proxy: "socks5://user:word@" + addr, Resolver: resolver})
	if body, err := get(t, pinned.HTTP(Untrusted), "http://public.test/"); body != "host public.test" {
		t.Errorf("socks5: %q, %v", body, err)
	}
	if diff := cmp.Diff([]string{"ip 93.184.215.14 80"}, p.take()); diff != "" || p.auth != "user:word" {
		t.Errorf("socks5 must get the checked address: %s %s", diff, p.auth)
	}

	var asked atomic.Int32
	silent := startDNS(t, func(string, int) []netip.Addr { asked.Add(1); return nil })
	tor, _ := newClient(t, Options{Routes: map[string]string{".onion": "socks5h://" + addr}, Resolver: silent})
	for _, policy := range []Policy{Untrusted, Operator} {
		if body, err := get(t, tor.HTTP(policy), "http://abc.onion/"); body != "host abc.onion" {
			t.Errorf("onion: %q, %v", body, err)
		}
	}
	if diff := cmp.Diff([]string{"name abc.onion 80", "name abc.onion 80"}, p.take()); diff != "" {
		t.Error(diff)
	}
	if asked.Load() != 0 {
		t.Errorf("DNS was asked %d times for an onion name", asked.Load())
	}
	if _, err := get(t, tor.HTTP(Untrusted), "http://public.test/"); errs.KindOf(err) != errs.Unavailable || len(p.take()) != 0 {
		t.Errorf("other names must not take the onion route: %v", err)
	}

	plain, _ := newClient(t, Options{Resolver: resolver})
	via, err := plain.Via("socks5h://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := get(t, via.HTTP(Untrusted), "http://abc.onion/"); body != "host abc.onion" {
		t.Errorf("via: %q, %v", body, err)
	}
	if _, err := get(t, plain.HTTP(Untrusted), "http://abc.onion/"); code(err) != "no_route" {
		t.Errorf("without: %v", err)
	}
	// Only a proxy that resolves names itself may carry them by default.
	wrong, _ := newClient(t, Options{Proxy: "socks5://" + addr, Resolver: resolver})
	if _, err := get(t, wrong.HTTP(Untrusted), "http://abc.onion/"); code(err) != "no_route" {
		t.Errorf("onion over socks5: %v", err)
	}
}

func TestDeadProxyIsNamed(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, proxyURL := range []string{gone.URL, strings.Replace(gone.URL, "http", "socks5", 1)} {
		c, _ := newClient(t, Options{Proxy: proxyURL, Resolver: startDNS(t, zone)})
		for _, u := range []string{"http://public.test/", "https://public.test/"} {
			if _, err := get(t, c.HTTP(Untrusted), u); code(err) != "proxy_failed" {
				t.Errorf("%s %s: %v", proxyURL, u, err)
			}
		}
	}
}

// TestTunnelKeepsEarlyBytes: a server that speaks first may share a packet with the proxy's answer.
func TestTunnelKeepsEarlyBytes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		http.ReadRequest(bufio.NewReader(conn))
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n220 mail ready\r\n")
		conn.Close()
	}()
	c, _ := newClient(t, Options{Proxy: "http://" + l.Addr().String(), Resolver: startDNS(t, zone)})
	conn, err := c.DialContext(Untrusted)(context.Background(), "tcp", "public.test:8025")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if b, _ := io.ReadAll(conn); string(b) != "220 mail ready\r\n" {
		t.Errorf("got %q", b)
	}
}
