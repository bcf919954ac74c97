package egress

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// answers says what the n-th question (from 0) for a name is answered with.
type answers func(name string, n int) []netip.Addr

// startDNS serves answers on a local UDP port and returns a resolver that asks only there.
func startDNS(t testing.TB, answer answers) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	var mu sync.Mutex
	asked := map[string]int{}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(buf[:n]) != nil || len(q.Questions) != 1 {
				continue
			}
			name := strings.ToLower(strings.TrimSuffix(q.Questions[0].Name.String(), "."))
			key := name + q.Questions[0].Type.String()
			mu.Lock()
			count := asked[key]
			asked[key]++
			mu.Unlock()
			reply := respond(q, answer(name, count))
			if packed, err := reply.Pack(); err == nil {
				pc.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func respond(q dnsmessage.Message, addrs []netip.Addr) dnsmessage.Message {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true, RecursionDesired: q.RecursionDesired},
		Questions: q.Questions,
	}
	if addrs == nil {
		m.RCode = dnsmessage.RCodeNameError
		return m
	}
	for _, a := range addrs {
		h := dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 0}
		switch {
		case a.Is4() && q.Questions[0].Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Questions[0].Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return m
}

func addrs(list ...string) []netip.Addr {
	out := make([]netip.Addr, len(list))
	for i, s := range list {
		out[i] = netip.MustParseAddr(s)
	}
	return out
}

// zone is the answer sheet of the SSRF corpus. Names below another inherit its answer.
func zone(name string, _ int) []netip.Addr {
	sheet := map[string][]netip.Addr{
		"public.test": addrs("93.184.215.14"), "loopback.test": addrs("127.0.0.1"), "nip.test": addrs("127.0.0.1"),
		"mapped.test": addrs("::ffff:127.0.0.1"), "v6loop.test": addrs("::1"), "private10.test": addrs("10.0.0.5"),
		"private172.test": addrs("172.20.1.1"), "private192.test": addrs("192.168.1.1"), "metadata.test": addrs("169.254.169.254"),
		"metadata.google.internal": addrs("169.254.169.254"), "instance-data.test": addrs("fd00:ec2::254"),
		"mixed.test": addrs("93.184.215.14", "127.0.0.1"), "mixed6.test": addrs("93.184.215.14", "::1"),
		"many.test": addrs("93.184.215.14", "93.184.215.15", "1.1.1.1", "8.8.8.8", "192.168.0.9"), "zero.test": addrs("0.0.0.0"),
		"cname.test": addrs("127.0.0.1"), "nat64.test": addrs("64:ff9b::7f00:1"), "sixtofour.test": addrs("2002:7f00:1::1"),
		"teredo.test": addrs("2001:0:4136:e378:8000:63bf:80ff:fffe"), "ula.test": addrs("fd12:3456::1"),
		"linklocal.test": addrs("fe80::1"), "cgnat.test": addrs("100.64.1.1"), "benchmark.test": addrs("198.18.0.7"),
		"multicast.test": addrs("224.0.0.251"), "broadcast.test": addrs("255.255.255.255"),
		"localdomain": addrs("127.0.0.1"), "localhost": addrs("127.0.0.1"), "ip6-localhost": addrs("::1"),
	}
	for {
		if a, ok := sheet[name]; ok {
			return a
		}
		_, rest, found := strings.Cut(name, ".")
		if !found {
			return nil
		}
		name = rest
	}
}
