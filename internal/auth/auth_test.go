package auth

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func proxied(networks ...string) *Authenticator {
	a := &Authenticator{}
	for _, n := range networks {
		a.o.TrustedProxies = append(a.o.TrustedProxies, netip.MustParsePrefix(n))
	}
	return a
}

func TestClientAddress(t *testing.T) {
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"direct", "198.51.100.7:1", nil, "198.51.100.7"},
		{"a stranger states an address", "198.51.100.7:1", []string{"127.0.0.1"}, "198.51.100.7"},
		{"through the proxy", "10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"the client invents the left part", "10.0.0.1:1", []string{"127.0.0.1, 1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.0.0.1:1", []string{"6.6.6.6, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"two headers", "10.0.0.1:1", []string{"6.6.6.6", "203.0.113.9"}, "203.0.113.9"},
		{"only proxies", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"rubbish on the right", "10.0.0.1:1", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		{"rubbish beyond a proxy", "10.0.0.1:1", []string{"203.0.113.9, _hidden, 10.0.0.2"}, "10.0.0.2"},
		{"empty", "10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"ports", "10.0.0.1:1", []string{"203.0.113.9:4444"}, "203.0.113.9"},
		{"IPv6", "[fd00::1]:1", []string{"[2001:db8::1]:80"}, "2001:db8::1"},
		{"IPv6 in brackets", "[fd00::1]:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"mapped peer", "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"zone", "[fe80::1%eth0]:1", nil, "fe80::1"},
		{"socket", "@", []string{"1.2.3.4"}, "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := proxied("10.0.0.0/8", "fd00::/8").Client(r).Address.String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// FuzzForwarded: whatever a client sends, an address that it invents never wins over its own.
func FuzzForwarded(f *testing.F) {
	f.Add("1.2.3.4, , [::1]:99999")
	f.Add("10.0.0.1,10.0.0.1")
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header["X-Forwarded-For"] = []string{header, "203.0.113.9"} // the proxy appends the peer it saw
		if got := proxied("10.0.0.0/8").Client(r).Address.String(); got != "203.0.113.9" {
			t.Errorf("%q: %s", header, got)
		}
	})
}

func TestLimiter(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := NewLimiter(LimiterOptions{Rate: rate.Every(time.Second), Burst: 3, Keys: 100, Clock: func() time.Time { return now }})
	for range 3 {
		if w := l.Take("a"); w != 0 {
			t.Fatalf("waits %v within the burst", w)
		}
	}
	if w := l.Take("a"); w != time.Second {
		t.Errorf("waits %v, want 1s", w)
	}
	for range 50 { // asking does not push the moment away
		_ = l.Take("a")
	}
	if w := l.Wait("a"); w != time.Second {
		t.Errorf("Wait %v, want 1s", w)
	}
	if l.Take("b") != 0 || l.Wait("unknown") != 0 {
		t.Error("another key is not concerned")
	}
	now = now.Add(time.Second)
	if l.Take("a") != 0 || l.Take("a") == 0 {
		t.Error("one token a second")
	}
	for i := range 1000 {
		l.Take(fmt.Sprint("flood ", i))
	}
	if n := l.order.Len(); n != 100 || len(l.byName) != 100 {
		t.Errorf("%d keys are remembered, want 100", n)
	}
}

func TestPublicURL(t *testing.T) {
	for _, bad := range []string{"ti.example.org", "ftp://x", "https://", "://", "javascript:alert(1)"} {
		if _, err := parsePublic(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := parsePublic("https://ti.example.org/vedette"); err != nil {
		t.Error(err)
	}
}
