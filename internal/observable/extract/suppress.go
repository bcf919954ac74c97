package extract

import (
	"net/netip"
	"strings"

	"github.com/vedette-ti/vedette/internal/observable"
)

// reason returns why a value is no indicator by itself, "" when it may be one.
func (x *Extractor) reason(t observable.Type, value string) string {
	why := ""
	switch t {
	case observable.IPv4, observable.IPv6:
		why = addressReason(value)
	case observable.Domain:
		why = x.hostReason(value)
	case observable.Email:
		why = x.hostReason(value[strings.LastIndexByte(value, '@')+1:])
	case observable.URL:
		why = x.urlReason(value)
	}
	if why == "" && x.suppress != nil {
		if r, ok := x.suppress(t, value); ok {
			why = r
		}
	}
	return why
}

// urlReason looks at the host of a URL.
func (x *Extractor) urlReason(value string) string {
	rest := value
	if _, r, ok := strings.Cut(value, "://"); ok {
		rest = r
	} else if strings.HasPrefix(value, "magnet:") {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if strings.HasPrefix(rest, "[") {
		host, _, _ := strings.Cut(rest[1:], "]")
		return addressReason(host)
	}
	host, _, _ := strings.Cut(rest, ":")
	if a, ok := observable.LooseIPv4(host); ok {
		return addressReason(a.String())
	}
	return x.hostReason(host)
}

// hostReason knows the reserved names of RFC 2606, 6761, 6762, 8375 and 9476, and the publisher.
func (x *Extractor) hostReason(host string) string {
	if host == "" {
		return ""
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch last {
	case "example", "test", "invalid":
		return "example-domain"
	case "localhost", "localdomain":
		return "loopback"
	case "local", "internal", "lan", "intranet", "corp", "alt":
		return "private-domain"
	}
	if !strings.Contains(host, ".") && last == host {
		return "private-domain"
	}
	for _, e := range [...]string{"example.com", "example.net", "example.org", "example.edu", "example.cn", "example.co.uk", "domain.tld", "yourdomain.com", "your-domain.com", "yourcompany.com", "contoso.com"} {
		if host == e || strings.HasSuffix(host, e) && host[len(host)-len(e)-1] == '.' {
			return "example-domain"
		}
	}
	if strings.HasSuffix(host, ".home.arpa") {
		return "private-domain"
	}
	for _, p := range x.publisher {
		if host == p || strings.HasSuffix(host, p) && host[len(host)-len(p)-1] == '.' {
			return "publisher"
		}
	}
	return ""
}

// addressReason knows the special-purpose address registries of IANA (RFC 6890).
func addressReason(value string) string {
	text, _, _ := strings.Cut(value, "/")
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	a = a.Unmap()
	switch {
	case a.IsLoopback():
		return "loopback"
	case a.IsPrivate():
		return "private-range"
	case a.IsMulticast():
		return "multicast"
	case a.IsLinkLocalUnicast():
		return "link-local"
	case a.IsUnspecified():
		return "reserved"
	}
	if a.Is4() {
		return reserved4(a.As4())
	}
	p := a.As16()
	if p[0] == 0x20 && p[1] == 0x02 {
		return addressReason(netip.AddrFrom4([4]byte(p[2:6])).String()) // 6to4 of an address inside
	}
	if p[0] == 0x20 && p[1] == 0x01 && p[2] == 0x0d && p[3] == 0xb8 || p[0] == 0x3f && p[1] == 0xff && p[2] < 0x10 {
		return "documentation" // 2001:db8::/32, 3fff::/20
	}
	return ""
}

func reserved4(p [4]byte) string {
	switch {
	case p[0] == 192 && p[1] == 0 && p[2] == 2, p[0] == 198 && p[1] == 51 && p[2] == 100, p[0] == 203 && p[1] == 0 && p[2] == 113:
		return "documentation"
	case p[0] == 100 && p[1]&0xc0 == 64:
		return "shared-range"
	case p[0] == 198 && p[1]&0xfe == 18:
		return "benchmarking"
	case p[0] == 0, p[0] >= 240, p[0] == 192 && p[1] == 0 && p[2] == 0, p[0] == 192 && p[1] == 88 && p[2] == 99:
		return "reserved"
	}
	return ""
}
