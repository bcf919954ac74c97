package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/account"
)

// maxForwarded bounds how many hops of X-Forwarded-For are looked at.
const maxForwarded = 32

// Client returns the address and agent of a request. The address is the peer's; when the peer is a trusted
// proxy, it is the rightmost address of X-Forwarded-For that is not one, since all to the left of it may be
// the client's invention. A peer without address (a local socket) gives the zero address.
func (a *Authenticator) Client(r *http.Request) account.Client {
	c := account.Client{Agent: r.UserAgent()}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return c
	}
	c.Address = plain(peer.Addr())
	if !a.trusted(c.Address) {
		return c
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i, hop := range slices.Backward(hops) {
		address, ok := parseHop(hop)
		if !ok || len(hops)-i > maxForwarded {
			return c // the last one that a trusted proxy vouches for
		}
		c.Address = address
		if !a.trusted(address) {
			return c
		}
	}
	return c
}

func (a *Authenticator) trusted(address netip.Addr) bool {
	return slices.ContainsFunc(a.o.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// parseHop reads "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80".
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return plain(address), true
	}
	withPort, err := netip.ParseAddrPort(s)
	return plain(withPort.Addr()), err == nil
}

// plain drops the zone and the mapped form, so that prefixes compare.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
