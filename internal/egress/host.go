package egress

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/vedette-ti/vedette/internal/errs"
)

// target is a host in canonical form: an address, or a lower-case ASCII name without final dot.
type target struct {
	name string
	addr netip.Addr // valid when the host is an address
}

// parseHost brings a host to canonical form. It refuses spellings of addresses that programs read
// differently (decimal, octal, hexadecimal, short forms), so that what is checked is what is dialled.
func parseHost(host string) (target, error) {
	if host == "" {
		return target{}, errs.New(errs.Invalid, "no_host", "The address has no host; write it as https://host/path.")
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return target{addr: a}, nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil {
		name = strings.TrimSuffix(host, ".") // real hosts with "_" fail the strict profile; plainName judges them
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if a, err := netip.ParseAddr(name); err == nil {
		return target{addr: a}, nil // full-width digits and dots
	}
	const longestName = 253
	if !plainName(name) || len(name) > longestName {
		return target{}, badHost(host)
	}
	if looksNumeric(name) {
		return target{}, oddSpelling(host, name)
	}
	return target{name: name}, nil
}

func badHost(host string) error {
	return errs.New(errs.Invalid, "bad_host", "{host} is not a host name.", "host", shown(host))
}

func oddSpelling(host, name string) error {
	if a, ok := legacyIPv4(name); ok {
		return errs.New(errs.Invalid, "odd_address",
			"{host} is an unusual spelling of {address}; write the address itself.", "host", shown(host), "address", a.String())
	}
	return errs.New(errs.Invalid, "odd_address", "{host} looks like a number, not like a host; write the host's name.", "host", shown(host))
}

// looksNumeric follows the URL Standard's "ends in a number" check: the last label is a number.
func looksNumeric(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return false
}

// legacyIPv4 reads an address as inet_aton does: one to four parts, decimal, octal or hexadecimal.
func legacyIPv4(name string) (netip.Addr, bool) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var ip uint64
	for i, p := range parts {
		base := 10
		switch {
		case strings.HasPrefix(p, "0x"):
			p, base = p[2:], 16
		case len(p) > 1 && p[0] == '0':
			p, base = p[1:], 8
		}
		n, err := strconv.ParseUint(p, base, 32)
		if err != nil && p != "" {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			if n >= 1<<(8*(5-len(parts))) {
				return netip.Addr{}, false
			}
			ip |= n
		} else {
			if n > 255 {
				return netip.Addr{}, false
			}
			ip |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}), true
}

// plainName tells whether s is made of non-empty ASCII labels.
func plainName(s string) bool {
	if s == "" || strings.Contains(s, "..") || s[0] == '.' || s[len(s)-1] == '.' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}

// localName tells that a name means this machine or its surroundings by definition (RFC 6761, RFC
// 6762, RFC 8375, ICANN's .internal) whatever a resolver says, and why.
func localName(name string) (string, bool) {
	if !strings.Contains(name, ".") {
		return "a name without a domain, which only means something inside a network", true
	}
	for _, suffix := range []string{"localhost", "local", "internal", "home.arpa", "localdomain", "intranet", "lan", "corp", "home"} {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return "a name inside a private network (." + suffix + ")", true
		}
	}
	return "", false
}

// shown makes a host fit for a message: short and without control characters.
func shown(host string) string {
	host = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(host, "�"))
	if r := []rune(host); len(r) > 100 {
		host = string(r[:100]) + "…"
	}
	return host
}
