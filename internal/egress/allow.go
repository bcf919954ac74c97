package egress

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
)

// rule is one entry of the setting egress.allow: a network, an address or a host name (also
// "*.corp.example"), each with an optional port.
type rule struct {
	prefix netip.Prefix
	name   string // "corp.example"; sub tells whether it stands for what is below it
	sub    bool
	port   string // "" for any port
}

// allowList holds what the operator opened on purpose.
type allowList []rule

func parseAllow(entries []string) (allowList, error) {
	list := make(allowList, 0, len(entries))
	for _, e := range entries {
		r, err := parseRule(strings.TrimSpace(e))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func parseRule(e string) (rule, error) {
	bad := func() (rule, error) {
		return rule{}, errs.New(errs.Invalid, "bad_allow",
			"{value} is not a network, address or host name; write 10.0.0.0/8, 10.1.2.3:8080, misp.corp.example or *.corp.example.", "value", shown(e))
	}
	if p, err := netip.ParsePrefix(e); err == nil {
		return rule{prefix: p.Masked()}, nil
	}
	if a, err := netip.ParseAddr(strings.Trim(e, "[]")); err == nil && a.Zone() == "" {
		return rule{prefix: netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())}, nil
	}
	host, port := e, ""
	if i := strings.LastIndexByte(e, ':'); i >= 0 {
		host, port = e[:i], e[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return bad()
		}
	}
	if p, err := netip.ParsePrefix(strings.Trim(host, "[]")); err == nil {
		return rule{prefix: p.Masked(), port: port}, nil
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && a.Zone() == "" {
		return rule{prefix: netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), port: port}, nil
	}
	host, sub := strings.CutPrefix(host, "*.")
	t, err := parseHost(host)
	if err != nil || t.name == "" {
		return bad()
	}
	return rule{name: t.name, sub: sub, port: port}, nil
}

// host tells whether a host name with this port is opened, and whether the rule names the port.
func (l allowList) host(name, port string) (ok, exactPort bool) {
	for _, r := range l {
		if r.name == "" || r.port != "" && r.port != port {
			continue
		}
		if r.sub && strings.HasSuffix(name, "."+r.name) || !r.sub && name == r.name {
			ok, exactPort = true, exactPort || r.port != ""
		}
	}
	return ok, exactPort
}

// address tells whether an address with this port is opened; single tells that a rule names this
// one address, not a network around it.
func (l allowList) address(a netip.Addr, port string) (ok, single, exactPort bool) {
	for _, r := range l {
		if !r.prefix.IsValid() || r.port != "" && r.port != port || !r.prefix.Contains(a) {
			continue
		}
		ok, single, exactPort = true, single || r.prefix.IsSingleIP(), exactPort || r.port != ""
	}
	return ok, single, exactPort
}
