package asset

import (
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
)

// DefaultThreshold is the lowest score of observable.Confusable that counts as a look-alike: whole brands
// with something added, and single slips in names of five letters and more.
const DefaultThreshold = 70

// How a value or text concerns an asset; a look-alike has the trick behind HowLookalike.
const (
	HowSame       = "same"
	HowBelow      = "subdomain"
	HowHost       = "own host"
	HowMail       = "e-mail domain"
	HowInside     = "inside network"
	HowContains   = "contains network"
	HowLookalike  = "lookalike: "
	HowBrandText  = "brand in text"
	HowSoftware   = "software in text"
	maxContained  = 1000 // assets inside one network
	maxHostLabels = 16
)

// Matcher finds the assets that a value or text concerns. It is immutable and safe for concurrent use. Its
// work per value is bounded by the length of the value's host, not by the number of assets.
type Matcher struct {
	domains map[string]id.ID
	nets    *bart.Table[id.ID]
	looks   *lookalikes
	text    *phrases
	count   int
}

// NewMatcher compiles assets (deleted ones are passed over). The threshold is a Confusable score.
func NewMatcher(assets []Asset, threshold int) *Matcher {
	m := &Matcher{domains: map[string]id.ID{}, nets: new(bart.Table[id.ID]), looks: newLookalikes(threshold), text: newPhrases()}
	for _, a := range assets {
		if a.Deleted {
			continue
		}
		m.count++
		switch a.Kind {
		case Domain:
			m.domains[a.Value] = a.ID
			m.looks.add(a.ID, a.Value)
		case Network:
			if p, ok := prefix(a.Value); ok {
				m.nets.Insert(p, a.ID)
			}
		case Brand:
			m.looks.add(a.ID, strings.ReplaceAll(a.Value, " ", ""))
			m.text.add(a.ID, HowBrandText, a.Value)
		case Software:
			m.addSoftware(a)
		}
	}
	return m
}

func (m *Matcher) addSoftware(a Asset) {
	c, ok := parseCPE(a.Value)
	if !ok {
		m.text.add(a.ID, HowSoftware, a.Value)
		return
	}
	m.text.add(a.ID, HowSoftware, "cpe 2 3 "+c.part+" "+c.vendor+" "+c.product)
	m.text.add(a.ID, HowSoftware, "cpe "+c.part+" "+c.vendor+" "+c.product)
	m.text.add(a.ID, HowSoftware, c.vendor+" "+c.product)
	if ownName(c.product) {
		m.text.add(a.ID, HowSoftware, c.product)
	}
}

// ownName reports whether a product's name says enough without its vendor: "fortios" does, "server" not.
func ownName(product string) bool {
	switch product {
	case "server", "client", "manager", "office", "windows", "system", "desktop", "workspace", "platform", "gateway", "firmware",
		"console", "controller", "security", "backup", "monitor", "http server", "web server", "application server", "database server", "mail server":
		return false
	}
	return len(product) >= 6
}

// Empty reports whether there is nothing to match.
func (m *Matcher) Empty() bool { return m.count == 0 }

func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.WithZone("").Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// Match returns the assets that a canonical value concerns: own domains and those above, own networks
// around it and inside it, else the brand or domain that its host imitates most. nil for most values.
func (m *Matcher) Match(v observable.Value) []Hit {
	host, how := hostOf(v)
	if host == "" || m.count == 0 {
		return nil
	}
	if p, ok := prefix(host); ok {
		return m.around(p, how)
	}
	if hits := m.above(host, how, false); hits != nil {
		return hits
	}
	if hit, ok := m.looks.find(host); ok {
		return []Hit{hit}
	}
	return nil
}

// Own reports whether a value is ours and must not be blocked: what is inside own domains and networks, and
// networks that hold one of ours.
func (m *Matcher) Own(v observable.Value) bool {
	host, _ := hostOf(v)
	if host == "" || m.count == 0 {
		return false
	}
	if p, ok := prefix(host); ok {
		return m.nets.OverlapsPrefix(p)
	}
	return m.above(host, "", true) != nil
}

// hostOf returns the host, address or network of a value, and how a value of its type is on a host.
func hostOf(v observable.Value) (host, how string) {
	switch v.Type {
	case observable.Domain:
		return strings.TrimPrefix(v.Text, "*."), ""
	case observable.IPv4, observable.IPv6:
		return v.Text, ""
	case observable.Email:
		return strings.Trim(v.Text[strings.LastIndexByte(v.Text, '@')+1:], "[]"), HowMail
	case observable.URL:
		return urlHost(v.Text), HowHost
	}
	return "", ""
}

// urlHost cuts the host out of a canonical URL.
func urlHost(s string) string {
	_, s, ok := strings.Cut(s, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(s, `/?#\`); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	if in, ok := strings.CutPrefix(s, "["); ok {
		in, _, _ = strings.Cut(in, "]")
		return in
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ".")
}

// above returns the own domains that a host is or is below, the nearest first; one is enough when first.
func (m *Matcher) above(host, how string, first bool) []Hit {
	if len(m.domains) == 0 {
		return nil
	}
	var hits []Hit
	for name, labels := host, 0; name != "" && labels < 128; labels++ {
		if n, ok := m.domains[name]; ok {
			h := how
			switch {
			case h != "":
			case name == host:
				h = HowSame
			default:
				h = HowBelow
			}
			if hits = append(hits, Hit{Asset: n, How: h}); first {
				return hits
			}
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return hits
}

// around returns the own networks that hold a network, and those inside it.
func (m *Matcher) around(p netip.Prefix, how string) []Hit {
	var hits []Hit
	for own, n := range m.nets.Supernets(p) {
		h := HowInside
		switch {
		case how != "":
			h = how
		case own == p:
			h = HowSame
		}
		hits = append(hits, Hit{Asset: n, How: h})
	}
	if p.IsSingleIP() {
		return hits
	}
	for own, n := range m.nets.Subnets(p) {
		if own == p {
			continue
		}
		if hits = append(hits, Hit{Asset: n, How: HowContains}); len(hits) >= maxContained {
			break
		}
	}
	return hits
}

// MatchText returns the brands and software that a text names, in the order in which they first occur, each
// once. Letter case, width, and what stands between the words of a name do not matter; a name is found as
// whole words, Chinese, Japanese and Korean ones anywhere.
func (m *Matcher) MatchText(text string) []Hit { return m.text.find(text) }
