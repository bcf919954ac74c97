package observable

import (
	"net/netip"
	"strconv"
	"strings"
)

// urlParts is a URL cut around its host: front + host + rest is the whole.
type urlParts struct {
	scheme string // "" for a URL stated without one
	front  string // scheme, "://" and credentials
	host   string // name, address or [IPv6]
	rest   string // port, path, query, fragment
}

func splitURL(s string) urlParts {
	scheme, after, ok := strings.Cut(s, "://")
	start := 0
	if ok && isScheme(scheme) {
		start = len(s) - len(after)
	} else {
		scheme = ""
	}
	end := start + indexAny(s[start:], "/?#\\")
	host := start
	if at := strings.LastIndexByte(s[start:end], '@'); at >= 0 {
		host = start + at + 1
	}
	stop := end
	if host < end && s[host] == '[' {
		if i := strings.IndexByte(s[host:end], ']'); i > 0 {
			stop = host + i + 1
		}
	} else if i := strings.LastIndexByte(s[host:end], ':'); i >= 0 {
		stop = host + i
	}
	return urlParts{strings.ToLower(scheme), s[:host], s[host:stop], s[stop:]}
}

// indexAny is strings.IndexAny that answers the length when nothing is found.
func indexAny(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}

func isScheme(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if c >= 'a' && c <= 'z' || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.') {
			continue
		}
		return false
	}
	return true
}

// defaultPort is the port a scheme implies, "" where none is dropped.
func defaultPort(scheme string) string {
	switch scheme {
	case "http", "ws":
		return ":80"
	case "https", "wss":
		return ":443"
	case "ftp":
		return ":21"
	case "ftps":
		return ":990"
	case "ssh", "sftp":
		return ":22"
	case "ldap":
		return ":389"
	case "ldaps":
		return ":636"
	}
	return ""
}

// canonicalURL lower-cases scheme and host, writes the host with A-labels and addresses in
// dotted form as browsers do (0x7f000001), drops the default port, makes an empty path "/",
// removes line breaks and writes spaces as %20. Everything else stays as it was written; dot
// segments and percent signs are kept because servers tell them apart.
func canonicalURL(s string) (text, reason string) {
	s = strings.NewReplacer("\n", "", "\r", "", "\t", "", " ", "%20").Replace(s)
	low := strings.ToLower(s)
	if strings.HasPrefix(low, "magnet:") || strings.HasPrefix(low, "data:") || strings.HasPrefix(low, "javascript:") {
		i := strings.IndexByte(s, ':')
		return low[:i] + s[i:], ""
	}
	u := splitURL(s)
	if u.host == "" {
		if u.scheme == "file" && u.rest != "" {
			return "file://" + u.rest, ""
		}
		return "", "it names no host"
	}
	host, reason := canonicalURLHost(u)
	if reason != "" {
		return "", reason
	}
	end := indexAny(u.rest, "/?#\\")
	port, path := u.rest[:end], u.rest[end:]
	if port != "" && port != ":" && !isPort(port) {
		return "", "its port is no number up to 65535"
	}
	if port == ":" || port == defaultPort(u.scheme) {
		port = ""
	}
	front := ""
	if u.scheme != "" {
		front = u.scheme + u.front[len(u.scheme):]
	} else {
		front = u.front
	}
	if path == "" || path[0] != '/' {
		path = "/" + strings.TrimPrefix(path, "\\")
	}
	return front + host + port + path, ""
}

func canonicalURLHost(u urlParts) (host, reason string) {
	if u.host[0] == '[' {
		a, err := netip.ParseAddr(strings.Trim(u.host, "[]"))
		if err != nil {
			return "", "its IPv6 host is not complete"
		}
		return "[" + a.WithZone("").String() + "]", ""
	}
	plain := u.host
	if strings.IndexByte(plain, '%') >= 0 {
		plain = percentDecode(plain)
	}
	if a, ok := LooseIPv4(plain); ok {
		return a.String(), ""
	}
	host, reason = canonicalName(plain)
	if reason != "" {
		return "", "in its host, " + reason
	}
	return host, ""
}

// percentDecode decodes valid escapes; others stay.
func percentDecode(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out, i = append(out, byte(n)), i+2
				continue
			}
		}
		out = append(out, s[i])
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// isNumericHost reports whether the host is an IPv4 address in any spelling.
func isNumericHost(host string) bool {
	_, ok := LooseIPv4(host)
	return ok
}

// LooseIPv4 reads the spellings of an IPv4 address that browsers accept as a host: one to four
// parts, each decimal, octal (0…) or hexadecimal (0x…), the last filling the rest (WHATWG URL,
// 3.5 "IPv4 parser").
func LooseIPv4(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 60 || host[0] < '0' || host[0] > '9' {
		return netip.Addr{}, false
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		n, ok := looseNumber(p)
		room := uint64(1) << 8
		if i == len(parts)-1 {
			room = 1 << (8 * (5 - len(parts)))
		}
		if !ok || n >= room {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			sum = sum<<(8*(5-len(parts))) | n
		} else {
			sum = sum<<8 | n
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

func looseNumber(p string) (uint64, bool) {
	base := 10
	switch {
	case len(p) > 2 && p[0] == '0' && p[1]|0x20 == 'x':
		p, base = p[2:], 16
	case len(p) > 1 && p[0] == '0':
		p, base = p[1:], 8
	}
	n, err := strconv.ParseUint(p, base, 64)
	return n, err == nil && n <= 1<<32-1
}
