package egress

import (
	"net/netip"

	"github.com/gaissmai/bart"
)

// special lists the address blocks that are not somebody's public service, with the words an
// error shows. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries, IANA IPv4 and IPv6
// multicast registries, IPv6 Address Space registry. Blocks that the registries call globally
// reachable but that only serve network plumbing (AS112, AMT, anycast helpers) are listed too.
var special = [...]struct{ prefix, what string }{
	{"0.0.0.0/8", "an address of this host (0.0.0.0/8)"},
	{"10.0.0.0/8", "a private address"},
	{"100.64.0.0/10", "a carrier-grade NAT address (100.64.0.0/10)"},
	{"127.0.0.0/8", "a loopback address"},
	{"169.254.0.0/16", "a link-local address"},
	{"172.16.0.0/12", "a private address"},
	{"192.0.0.0/24", "an IETF protocol address (192.0.0.0/24)"},
	{"192.0.2.0/24", "a documentation address"},
	{"192.31.196.0/24", "an AS112 address"},
	{"192.52.193.0/24", "a multicast tunnelling address (AMT)"},
	{"192.88.99.0/24", "a 6to4 relay address"},
	{"192.168.0.0/16", "a private address"},
	{"192.175.48.0/24", "an AS112 address"},
	{"198.18.0.0/15", "a benchmarking address (198.18.0.0/15)"},
	{"198.51.100.0/24", "a documentation address"},
	{"203.0.113.0/24", "a documentation address"},
	{"224.0.0.0/4", "a multicast address"},
	{"240.0.0.0/4", "a reserved address"},
	{"255.255.255.255/32", "the broadcast address"},

	// Only 2000::/3 is given out as global unicast; what lies outside is caught by these two.
	{"::/3", "an IPv6 address outside the global unicast space"},
	{"4000::/2", "an IPv6 address outside the global unicast space"},
	{"8000::/1", "an IPv6 address outside the global unicast space"},
	{"::/96", "an IPv4-compatible IPv6 address"},
	{"::/128", "an address of this host (::)"},
	{"::1/128", "the loopback address"},
	{"::ffff:0:0:0/96", "an IPv4-translated IPv6 address"},
	{"64:ff9b:1::/48", "a local-use NAT64 address"},
	{"100::/64", "a discard-only address"},
	{"100:0:0:1::/64", "a dummy address (100:0:0:1::/64)"},
	{"2001::/23", "an IETF protocol address (2001::/23)"},
	{"2001::/32", "a Teredo address"},
	{"2001:10::/28", "an ORCHID address"},
	{"2001:20::/28", "an ORCHID address"},
	{"2001:30::/28", "a drone identifier (2001:30::/28)"},
	{"2001:db8::/32", "a documentation address"},
	{"2002::/16", "a 6to4 address"},
	{"2620:4f:8000::/48", "an AS112 address"},
	{"3fff::/20", "a documentation address"},
	{"5f00::/16", "a segment routing address (5f00::/16)"},
	{"fc00::/7", "a private address (fc00::/7)"},
	{"fe80::/10", "a link-local address"},
	{"fec0::/10", "a site-local address"},
	{"ff00::/8", "a multicast address"},
}

// metadata are the addresses at which cloud providers hand out a machine's identity and keys. An
// allowed network does not open them; only the address itself in the setting does.
var metadata = [...]string{
	"169.254.169.254/32", "169.254.169.253/32", "169.254.169.250/32", "169.254.170.2/32", "169.254.170.23/32",
	"100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
	"fd00:ec2::254/128", "fd00:ec2::253/128", "fd00:ec2::23/128", "fd20:ce::254/128", "fd00:42::42/128",
}

const metadataText = "the metadata service of a cloud provider"

// addressTable answers what an address is, by longest prefix.
type addressTable struct {
	special  bart.Table[string]
	metadata bart.Lite
}

func newAddressTable() *addressTable {
	t := &addressTable{}
	for _, s := range special {
		t.special.Insert(netip.MustParsePrefix(s.prefix), s.what)
	}
	for _, m := range metadata {
		t.metadata.Insert(netip.MustParsePrefix(m))
	}
	return t
}

// verdict is what the table says of one address.
type verdict struct {
	what     string // "" for a public address
	metadata bool
}

// classify looks at the address and at every IPv4 address hidden in it.
func (t *addressTable) classify(a netip.Addr) verdict {
	if a.Zone() != "" {
		return verdict{what: "a link-local address with a zone"}
	}
	a = a.Unmap()
	if t.metadata.Contains(a) {
		return verdict{what: metadataText, metadata: true}
	}
	if inner, ok := embedded(a); ok {
		v := t.classify(inner)
		if v.what != "" {
			v.what += " (" + inner.String() + ") inside IPv6"
			return v
		}
		if nat64.Contains(a) {
			return verdict{} // a public IPv4 host seen through NAT64 (RFC 6052)
		}
	}
	what, _ := t.special.Lookup(a)
	return verdict{what: what}
}

//nolint:gochecknoglobals // constants that Go cannot spell as such
var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	nat64Local = netip.MustParsePrefix("64:ff9b:1::/48")
	compatible = netip.MustParsePrefix("::/96")
	translated = netip.MustParsePrefix("::ffff:0:0:0/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	teredo     = netip.MustParsePrefix("2001::/32")
)

// embedded returns the IPv4 address that a transition mechanism would reach through an IPv6 one:
// NAT64 (RFC 6052), IPv4-compatible, IPv4-translated (RFC 2765), 6to4 (RFC 3056), Teredo (RFC
// 4380, obfuscated client address) and ISATAP (RFC 5214).
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() {
		return netip.Addr{}, false
	}
	b := a.As16()
	v4 := func(i int) (netip.Addr, bool) { return netip.AddrFrom4([4]byte(b[i : i+4])), true }
	switch {
	case nat64.Contains(a), nat64Local.Contains(a), translated.Contains(a):
		return v4(12)
	case compatible.Contains(a) && a != netip.IPv6Unspecified() && a != netip.IPv6Loopback():
		return v4(12)
	case sixToFour.Contains(a):
		return v4(2)
	case teredo.Contains(a):
		for i := 12; i < 16; i++ {
			b[i] ^= 0xff
		}
		return v4(12)
	case (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		return v4(12)
	}
	return netip.Addr{}, false
}
