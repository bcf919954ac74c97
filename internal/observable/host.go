package observable

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// canonicalHost handles addresses, networks and host names, whichever of them was stated.
func canonicalHost(t Type, stated, s string) (Value, error) {
	if v, ok := parseAddress(s); ok {
		return v, nil
	}
	if t != Domain {
		return Value{}, invalid(t, stated, "it is neither an address nor a network such as 192.0.2.0/24")
	}
	host, reason := canonicalName(withoutPort(s))
	if reason != "" {
		return Value{}, invalid(t, stated, reason)
	}
	return Value{Domain, host}, nil
}

// parseAddress reads an address or network; port and zone are dropped, host bits masked.
func parseAddress(s string) (Value, bool) {
	if len(s) < 2 || len(s) > 64 {
		return Value{}, false
	}
	if strings.IndexByte(s, '/') >= 0 {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return Value{}, false
		}
		return networkValue(p)
	}
	if s[0] == '[' {
		in, rest, ok := strings.Cut(s[1:], "]")
		if !ok || rest != "" && !isPort(rest) {
			return Value{}, false
		}
		s = in
	} else if host := withoutPort(s); strings.Count(host, ":") == 0 {
		s = host
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return Value{}, false
	}
	return addressValue(a), true
}

func addressValue(a netip.Addr) Value {
	a = a.WithZone("").Unmap()
	if a.Is4() {
		return Value{IPv4, a.String()}
	}
	return Value{IPv6, a.String()}
}

func networkValue(p netip.Prefix) (Value, bool) {
	a, bits := p.Addr(), p.Bits()
	if a.Is4In6() {
		if bits < 96 {
			return Value{IPv6, p.Masked().String()}, true
		}
		a, bits = a.Unmap(), bits-96
	}
	if bits == a.BitLen() {
		return addressValue(a), true
	}
	p = netip.PrefixFrom(a, bits).Masked()
	if a.Is4() {
		return Value{IPv4, p.String()}, true
	}
	return Value{IPv6, p.String()}, true
}

// withoutPort drops ":443" behind the only colon.
func withoutPort(s string) string {
	if i := strings.IndexByte(s, ':'); i > 0 && isPort(s[i:]) {
		return s[:i]
	}
	return s
}

// isPort reports whether s is ":" and a number up to 65535.
func isPort(s string) bool {
	if len(s) < 2 || s[0] != ':' {
		return false
	}
	n, err := strconv.ParseUint(s[1:], 10, 16)
	return err == nil && n <= 65535
}

// hostIDNA maps as browsers do, but leaves "_dmarc" and long labels alone.
func hostIDNA() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))
}

// canonicalName returns a host name with A-labels, or the reason why it is none.
func canonicalName(s string) (host, reason string) {
	s = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(s), "."), ".")
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		host = strings.ToLower(s)
	} else if a, err := hostIDNA().ToASCII(s); err == nil {
		host = a
	} else if a, err := idna.Punycode.ToASCII(strings.ToLower(s)); err == nil {
		host = a
	} else {
		return "", "its international letters do not make a host name"
	}
	return host, hostReason(host)
}

func hostReason(host string) string {
	if host == "" {
		return "it is empty"
	}
	if len(host) > 253 {
		return "a host name has at most 253 characters"
	}
	for label := range strings.SplitSeq(host, ".") {
		switch {
		case label == "":
			return "it has an empty label"
		case len(label) > 63:
			return "a label has at most 63 characters"
		}
		for i := range len(label) {
			if c := label[i]; !isHostByte(c) && !(c == '*' && label == "*") {
				return "a host name holds letters, digits, hyphens and dots"
			}
		}
	}
	return ""
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

func canonicalEmail(s string) (text, reason string) {
	low := strings.ToLower(s)
	s = strings.TrimPrefix(low, "mailto:")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return "", "a mail address reads name@host"
	}
	if strings.ContainsAny(s[:at], " \t\r\n<>") {
		return "", "the part before @ holds spaces or angle brackets"
	}
	host, reason := canonicalName(s[at+1:])
	if reason != "" {
		if v, ok := parseAddress(strings.Trim(s[at+1:], "[]")); ok {
			return s[:at+1] + "[" + v.Text + "]", ""
		}
		return "", "behind @, " + reason
	}
	return s[:at+1] + host, ""
}

// Kin returns the registrable domain of a host name, of a URL's host or of a mail address: the
// public suffix and one label more. Values with the same kin have the same registrant.
func (v Value) Kin() (string, bool) {
	host := v.Text
	switch v.Type {
	case Domain:
		host = strings.TrimPrefix(host, "*.")
	case URL:
		host = splitURL(v.Text).host
	case Email:
		host = host[strings.LastIndexByte(host, '@')+1:]
	default:
		return "", false
	}
	if host == "" || host[0] == '[' || isNumericHost(host) {
		return "", false
	}
	kin, err := publicsuffix.EffectiveTLDPlusOne(host)
	return kin, err == nil && !strings.HasPrefix(kin, ".")
}

// Unicode returns the form of a value in which its host shows international letters. It is for
// display only: different values can look the same.
func Unicode(v Value) string {
	if !strings.Contains(v.Text, "xn--") {
		return v.Text
	}
	show := func(host string) string {
		u, _ := idna.Display.ToUnicode(host)
		return u
	}
	switch v.Type {
	case Domain:
		return show(v.Text)
	case Email:
		at := strings.LastIndexByte(v.Text, '@') + 1
		return v.Text[:at] + show(v.Text[at:])
	case URL:
		u := splitURL(v.Text)
		return u.front + show(u.host) + u.rest
	}
	return v.Text
}
