package egress

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// victim is a service on every local address that must never see a connection.
type victim struct {
	port  string
	calls atomic.Int64
}

func startVictim(t testing.TB) *victim {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	v := &victim{}
	_, v.port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			v.calls.Add(1)
			conn.Close()
		}
	}()
	return v
}

// attempts records what the dialer was about to connect to; it lets local addresses through and
// stops others, so that a test never leaves the machine.
type attempts struct {
	mu   sync.Mutex
	list []netip.AddrPort
}

func (a *attempts) observe(to netip.AddrPort) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, to)
	if !to.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("test: %v is not contacted", to)
	}
	return nil
}

func (a *attempts) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.list)
}

func newClient(t testing.TB, o Options) (*Client, *attempts) {
	t.Helper()
	if o.Rate == 0 {
		o.Rate, o.Burst = 1e6, 1000
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	seen := &attempts{}
	c.observe = seen.observe
	t.Cleanup(c.Close)
	return c, seen
}

func get(t testing.TB, d *Doer, raw string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, raw, nil)
	if err != nil {
		return "", errs.Wrap(err, errs.Invalid, "bad_url", "bad")
	}
	resp, err := d.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func corpus(t testing.TB, port string) []string {
	t.Helper()
	f, err := os.Open("testdata/ssrf.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var urls []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if line := sc.Text(); line != "" && !strings.HasPrefix(line, "# ") {
			line = strings.ReplaceAll(line, `\t`, "\t")
			urls = append(urls, strings.ReplaceAll(line, "{P}", port))
		}
	}
	return urls
}

func TestSSRFCorpus(t *testing.T) {
	v := startVictim(t)
	c, seen := newClient(t, Options{Resolver: startDNS(t, zone), Connect: 2 * time.Second})
	urls := corpus(t, v.port)
	if len(urls) < 300 {
		t.Fatalf("only %d spellings", len(urls))
	}
	for _, u := range urls {
		_, err := get(t, c.HTTP(Untrusted), u)
		if k := errs.KindOf(err); err == nil || k != errs.Forbidden && k != errs.Invalid && !unresolved(err) {
			t.Errorf("%q: not refused: %v", u, err)
		}
		if err != nil && strings.Contains(err.Error(), "pass@") {
			t.Errorf("%q: the error repeats a password: %v", u, err)
		}
	}
	if n := seen.count(); n != 0 {
		t.Errorf("%d connection attempts: %v", n, seen.list)
	}
	if n := v.calls.Load(); n != 0 {
		t.Errorf("the victim saw %d connections", n)
	}
}

// unresolved accepts names that DNS does not know: nothing was contacted, and nothing could be.
func unresolved(err error) bool {
	e, ok := errs.As(err)
	return ok && e.Code == "host_not_found"
}

// TestSSRFByRedirect lets an allowed host send the client to every address of the corpus.
func TestSSRFByRedirect(t *testing.T) {
	v := startVictim(t)
	var goal atomic.Value
	hop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Location"] = []string{goal.Load().(string)}
		w.WriteHeader(http.StatusFound)
	}))
	defer hop.Close()
	for _, policy := range []Policy{Untrusted, Operator} {
		c, seen := newClient(t, Options{Resolver: startDNS(t, zone), Allow: []string{hop.Listener.Addr().String()}})
		hops := 0
		for _, u := range corpus(t, v.port) {
			if strings.ContainsAny(u, "\t\r\n") || !strings.Contains(u, ":") {
				continue
			}
			if strings.HasPrefix(u, "localhost:") || strings.HasPrefix(u, "127.0.0.1:") || strings.HasPrefix(u, "http:127") ||
				strings.HasPrefix(u, "http:/1") || u == "http://" || strings.HasPrefix(u, "http:///") {
				continue // relative to the hop itself
			}
			hops++
			goal.Store(u)
			if _, err := get(t, c.HTTP(policy), hop.URL); err == nil {
				t.Errorf("policy %d: redirect to %q was followed", policy, u)
			}
		}
		for _, to := range seen.list {
			if to.String() != hop.Listener.Addr().String() {
				t.Errorf("policy %d: connected to %v", policy, to)
			}
		}
		if v.calls.Load() != 0 || hops < 250 {
			t.Errorf("policy %d: the victim saw %d connections in %d hops", policy, v.calls.Load(), hops)
		}
	}
}

// TestRebinding answers the first question with a public address and later ones with this machine.
func TestRebinding(t *testing.T) {
	v := startVictim(t)
	patterns := map[string][][]netip.Addr{
		"flip.test":  {addrs("93.184.215.14"), addrs("127.0.0.1")},
		"flop.test":  {addrs("93.184.215.14"), addrs("93.184.215.14"), addrs("127.0.0.1"), addrs("93.184.215.14"), addrs("10.0.0.1")},
		"six.test":   {addrs("2606:4700::1"), addrs("::1")},
		"lower.test": {addrs("93.184.215.14"), addrs("169.254.169.254")},
	}
	resolver := startDNS(t, func(name string, n int) []netip.Addr {
		p := patterns[name]
		if p == nil {
			return nil
		}
		return p[n%len(p)]
	})
	c, seen := newClient(t, Options{Resolver: resolver})
	refused := 0
	for range 10 {
		for name := range patterns {
			if _, err := get(t, c.HTTP(Untrusted), "http://"+name+":"+v.port+"/"); errs.KindOf(err) == errs.Forbidden {
				refused++
			}
		}
	}
	if v.calls.Load() != 0 {
		t.Errorf("the victim saw %d connections", v.calls.Load())
	}
	for _, to := range seen.list {
		if v := newAddressTable().classify(to.Addr()); v.what != "" {
			t.Errorf("attempt at %v (%s)", to, v.what)
		}
	}
	if refused == 0 || seen.count() == 0 {
		t.Errorf("refused %d, tried %d: the test rebinds nothing", refused, seen.count())
	}
}

// TestAddressChangedAfterCheck drives the last line of defence: the control hook.
func TestControlHookRefuses(t *testing.T) {
	v := startVictim(t)
	c, seen := newClient(t, Options{})
	to := netip.MustParseAddrPort("127.0.0.1:" + v.port)
	if _, err := c.connect(context.Background(), Untrusted, target{name: "x.test"}, "tcp", to); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("err = %v", err)
	}
	if seen.count() != 0 || v.calls.Load() != 0 {
		t.Error("connected")
	}
}

func TestEverySpecialBlockIsRefused(t *testing.T) {
	table := newAddressTable()
	for _, s := range special {
		p := netip.MustParsePrefix(s.prefix)
		for _, a := range []netip.Addr{p.Addr(), lastOf(p)} {
			if s.prefix == "::/3" || s.prefix == "::/96" {
				continue // their edges are covered by narrower rows
			}
			if table.classify(a).what == "" {
				t.Errorf("%v of %s counts as public", a, s.prefix)
			}
			if a.Is4() {
				for _, hidden := range hide(a) {
					if table.classify(hidden).what == "" {
						t.Errorf("%v hidden in %v counts as public", a, hidden)
					}
				}
			}
		}
	}
	for _, a := range addrs("8.8.8.8", "1.1.1.1", "93.184.215.14", "11.0.0.0", "9.255.255.255", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "2606:4700::6810:84e5", "2400:cb00::1", "2a00:1450:4001::1", "2001:4860:4860::8888", "2003::1",
		"2001:200::1", "3ffe::1", "64:ff9b::808:808", "::ffff:8.8.8.8") {
		if v := table.classify(a); v.what != "" {
			t.Errorf("%v counts as %s", a, v.what)
		}
	}
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// hide spells an IPv4 address in every transition form.
func hide(a netip.Addr) []netip.Addr {
	b := a.As4()
	put := func(prefix string, at int, flip byte) netip.Addr {
		x := netip.MustParseAddr(prefix).As16()
		for i := range 4 {
			x[at+i] = b[i] ^ flip
		}
		return netip.AddrFrom16(x)
	}
	return []netip.Addr{
		put("::ffff:0:0", 12, 0), put("64:ff9b::", 12, 0), put("64:ff9b:1::", 12, 0), put("::", 12, 0), put("::ffff:0:0:0", 12, 0),
		put("2002::", 2, 0), put("2001::", 12, 0xff), put("2400:cb00::5efe:0:0", 12, 0), put("2400:cb00::200:5efe:0:0", 12, 0),
	}
}

func TestAllow(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer srv.Close()
	addr := srv.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	resolver := startDNS(t, zone)
	cases := []struct {
		allow []string
		host  string
		ok    bool
	}{
		{[]string{"127.0.0.0/8"}, "127.0.0.1", true},
		{[]string{"127.0.0.1"}, "127.0.0.1", true},
		{[]string{"127.0.0.1:" + port}, "127.0.0.1", true},
		{[]string{"127.0.0.1:1"}, "127.0.0.1", false},
		{[]string{"10.0.0.0/8"}, "127.0.0.1", false},
		{[]string{"::1"}, "127.0.0.1", false},
		{[]string{"loopback.test"}, "loopback.test", true},
		{[]string{"Loopback.Test."}, "LOOPBACK.test.", true},
		{[]string{"loopback.test:" + port}, "loopback.test", true},
		{[]string{"loopback.test"}, "a.loopback.test", false},
		{[]string{"*.loopback.test"}, "a.loopback.test", true},
		{[]string{"*.loopback.test"}, "loopback.test", false},
		{[]string{"*.back.test"}, "loopback.test", false},
		{[]string{"loopback.test"}, "127.0.0.1", false},
		{[]string{"loopback.test"}, "evil-loopback.test", false},
		{[]string{"127.0.0.0/8"}, "loopback.test", true},
		{[]string{"127.0.0.0/8"}, "mixed.test", true},
	}
	for _, tc := range cases {
		c, _ := newClient(t, Options{Allow: tc.allow, Resolver: resolver})
		body, err := get(t, c.HTTP(Untrusted), "http://"+tc.host+":"+port)
		if (err == nil && body == "ok") != tc.ok {
			t.Errorf("allow %v, %s: %q, %v", tc.allow, tc.host, body, err)
		}
	}
}

func TestMetadataNeedsItsOwnEntry(t *testing.T) {
	for _, tc := range []struct {
		allow []string
		open  bool
	}{
		{[]string{"169.254.0.0/16", "metadata.test", "0.0.0.0/0"}, false},
		{[]string{"169.254.169.254"}, true},
		{[]string{"169.254.169.254/32"}, true},
	} {
		c, seen := newClient(t, Options{Allow: tc.allow, Resolver: startDNS(t, zone)})
		for _, u := range []string{"http://169.254.169.254/latest/", "http://metadata.test/latest/"} {
			_, err := get(t, c.HTTP(Untrusted), u)
			if blocked := errs.KindOf(err) == errs.Forbidden; blocked == tc.open {
				t.Errorf("allow %v, %s: %v", tc.allow, u, err)
			}
		}
		if (seen.count() > 0) != tc.open {
			t.Errorf("allow %v: %d attempts", tc.allow, seen.count())
		}
	}
}

func TestBadAllowEntries(t *testing.T) {
	for _, e := range []string{"", "10.0.0.0/33", "http://x", "a b", "127.1", "0x7f.1", "host:0", "host:99999", "*", "*.", "10.0.0.1:x", "fe80::1%lo"} {
		if _, err := New(Options{Allow: []string{e}}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", e, err)
		}
	}
}

func TestMessagesSayWhatToDo(t *testing.T) {
	c, _ := newClient(t, Options{Resolver: startDNS(t, zone)})
	for u, want := range map[string]string{
		"http://10.0.0.5/x?key=s3cret": "10.0.0.5 is a private address; add it to egress.allow if this address is yours.",
		"http://private10.test/":       "private10.test leads to 10.0.0.5, a private address; add private10.test to egress.allow if this host is yours.",
		"http://0x7f.1/":               "0x7f.1 is an unusual spelling of 127.0.0.1; write the address itself.",
		"http://public.test:6379/":     "Port 6379 of public.test serves no web pages and is not contacted; add public.test:6379 to egress.allow if this service is yours.",
		"http://nowhere.test/?s3cret":  "The name nowhere.test does not resolve; check its spelling and this machine's DNS.",
		"http://x.onion/":              "x.onion is a Tor address; set a proxy for it in egress.routes.",
		"ftp://public.test/":           "Only http and https addresses are fetched, not ftp.",
	} {
		_, err := get(t, c.HTTP(Untrusted), u)
		e, ok := errs.As(err)
		if !ok || errs.Fill(e.Message, e.Params) != want {
			t.Errorf("%s\n got %v\nwant %s", u, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error repeats the query: %v", u, err)
		}
	}
}

func TestOperatorReachesPrivate(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer srv.Close()
	c, _ := newClient(t, Options{})
	if body, err := get(t, c.HTTP(Operator), srv.URL); body != "ok" {
		t.Errorf("%q, %v", body, err)
	}
	// The open connection of the operator's pool must not serve an untrusted request.
	if _, err := get(t, c.HTTP(Untrusted), srv.URL); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("untrusted: %v", err)
	}
	conn, err := c.DialContext(Operator)(context.Background(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if _, err := c.DialContext(Untrusted)(context.Background(), "tcp", srv.Listener.Addr().String()); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("dial: %v", err)
	}
	for _, network := range []string{"udp", "unix", "ip", ""} {
		if _, err := c.DialContext(Untrusted)(context.Background(), network, "8.8.8.8:53"); errs.KindOf(err) != errs.Unsupported {
			t.Errorf("%s: %v", network, err)
		}
	}
}

func FuzzParseHost(f *testing.F) {
	for _, u := range []string{"127.0.0.1", "0x7f.1", "①②⑦.0.0.1", "bücher.example", "[::1]", "a..b", "xn--", "1.2.3.4.5", "0x", "%31", "0..."} {
		f.Add(u)
	}
	table := newAddressTable()
	f.Fuzz(func(t *testing.T, host string) {
		got, err := parseHost(host)
		if err != nil {
			return
		}
		if got.addr.IsValid() == (got.name != "") {
			t.Fatalf("%q: both or neither: %+v", host, got)
		}
		if got.addr.IsValid() {
			table.classify(got.addr)
			return
		}
		if _, odd := legacyIPv4(got.name); odd {
			t.Fatalf("%q passes as the name %q, which some resolvers read as an address", host, got.name)
		}
		again, err := parseHost(got.name)
		if err != nil || again != got {
			t.Fatalf("%q: not stable: %+v, %+v, %v", host, got, again, err)
		}
		if !slices.Equal([]byte(strings.ToLower(got.name)), []byte(got.name)) {
			t.Fatalf("%q: %q", host, got.name)
		}
	})
}

func FuzzParseRule(f *testing.F) {
	f.Add("10.0.0.0/8")
	f.Add("*.corp.example:8443")
	f.Add("[::1]:80")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseRule(s)
		if err == nil && r.prefix.IsValid() == (r.name != "") {
			t.Fatalf("%q: %+v", s, r)
		}
	})
}
