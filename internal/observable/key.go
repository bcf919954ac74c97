package observable

import (
	"crypto/sha256"
	"net/netip"
	"strings"
)

// NormaliserVersion counts the changes of canonical forms. A change is a migration that re-keys
// the store; keys themselves do not depend on it.
const NormaliserVersion = 1

// Key is the identity of the value in the store: the first 128 bits of SHA-256 over the type's
// number and the canonical text.
func (v Value) Key() [16]byte {
	var buf [256]byte
	b := append(append(buf[:0], byte(v.Type)), v.Text...)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// Net returns the network a value of type ipv4-addr or ipv6-addr covers: its prefix length and
// first address in 128 bits, IPv4 as ::ffff:a.b.c.d, so that 192.0.2.0/24 has length 120. A
// plain address has length 128. ok is false for other types.
func (v Value) Net() (plen uint8, lo [16]byte, ok bool) {
	if v.Type != IPv4 && v.Type != IPv6 {
		return 0, lo, false
	}
	p, err := netip.ParsePrefix(v.Text)
	if err != nil {
		a, err := netip.ParseAddr(v.Text)
		if err != nil {
			return 0, lo, false
		}
		return 128, a.As16(), true
	}
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	return uint8(bits), p.Masked().Addr().As16(), true
}

// Defang writes a value so that no program makes a link of it: hxxps://evil[.]com, a[@]b[.]com,
// 192[.]0[.]2[.]1, 2001[:]db8[:][:]1. Canonical undoes it. Other types are returned as they are.
func Defang(v Value) string {
	switch v.Type {
	case IPv4, Domain:
		return strings.ReplaceAll(v.Text, ".", "[.]")
	case IPv6:
		return strings.ReplaceAll(v.Text, ":", "[:]")
	case Email:
		at := strings.LastIndexByte(v.Text, '@')
		if at < 0 {
			return v.Text
		}
		return v.Text[:at] + "[@]" + strings.ReplaceAll(v.Text[at+1:], ".", "[.]")
	case URL:
		return defangURL(v.Text)
	}
	return v.Text
}

func defangURL(s string) string {
	u := splitURL(s)
	front := u.front
	switch u.scheme {
	case "http", "https", "ftp", "ftps":
		front = strings.NewReplacer("http", "hxxp", "ftp", "fxp").Replace(u.scheme) + front[len(u.scheme):]
	case "":
	default:
		front = u.scheme + "[:]" + front[len(u.scheme)+1:]
	}
	if strings.HasPrefix(u.host, "[") {
		return front + u.host + u.rest
	}
	return front + strings.ReplaceAll(u.host, ".", "[.]") + u.rest
}
