package taxonomy

import (
	"hash/maphash"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
)

// compiler gathers the entries of all lists, then packs them.
type compiler struct {
	m          *Matcher
	exact      map[uint64]uint32
	hosts      map[uint64]uint32
	networks   map[netip.Prefix]uint32
	substrings map[string]uint32
	interned   map[string]uint32
	skipped    []Skipped
}

// maxSkipped bounds the report.
const maxSkipped = 1000

func newCompiler() *compiler {
	return &compiler{
		m: &Matcher{seed: maphash.MakeSeed(), groups: [][]uint16{nil}}, exact: map[uint64]uint32{}, hosts: map[uint64]uint32{},
		networks: map[netip.Prefix]uint32{}, substrings: map[string]uint32{}, interned: map[string]uint32{"": 0},
	}
}

func (b *compiler) list(n uint16, l List) {
	category := l.Category
	if category == "" {
		category = FalsePositive
	}
	types := listTypes(l.Matching)
	b.m.lists = append(b.m.lists, compiled{Hit{l.ID, l.Name, category}, types})
	if all := b.kindTypes(l.Type); all != nil {
		all.join(types)
	}
	for _, e := range l.List {
		e = strings.TrimSpace(e)
		if e == "" {
			continue
		}
		reason := ""
		switch l.Type {
		case "string":
			b.join(b.exact, maphash.String(b.m.seed, strings.ToLower(e)), n)
		case "hostname":
			host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(e), "."), ".")
			b.join(b.hosts, maphash.String(b.m.seed, host), n)
		case "cidr":
			reason = b.network(e, n)
		case "substring":
			reason = b.substring(strings.ToLower(e), n)
		case "regex":
			reason = b.pattern(e, n)
		}
		if reason == "" {
			b.m.entries++
		} else if len(b.skipped) < maxSkipped {
			b.skipped = append(b.skipped, Skipped{l.ID, clip(e), reason})
		}
	}
}

func (b *compiler) kindTypes(kind string) *typeSet {
	switch kind {
	case "string":
		return &b.m.exactTypes
	case "hostname":
		return &b.m.hostTypes
	case "cidr":
		return &b.m.netTypes
	case "substring":
		return &b.m.substringTypes
	case "regex":
		return &b.m.patternTypes
	}
	return nil
}

// listTypes turns MISP's matching attributes into observable types. A composite attribute (domain|ip)
// counts only where no simple one does, since its other part would be matched against a list that does not
// mean it. A list that names no known attribute applies to every type.
func listTypes(attributes []string) typeSet {
	var simple, composite typeSet
	for _, a := range attributes {
		t, ok := misp.LookupType(a)
		if !ok {
			continue
		}
		for _, name := range t.Observables() {
			o, ok := observable.Parse(name)
			switch {
			case !ok:
			case t.Composite:
				composite.add(o)
			default:
				simple.add(o)
				if o == observable.IPv4 {
					simple.add(observable.IPv6)
				}
			}
		}
	}
	if composite.has(observable.IPv4) {
		composite.add(observable.IPv6)
	}
	switch none := (typeSet{}); {
	case simple != none:
		return simple
	case composite != none:
		return composite
	}
	return typeSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
}

func (b *compiler) join(to map[uint64]uint32, key uint64, n uint16) { to[key] = b.with(to[key], n) }

// with returns the number of the set that has n in addition.
func (b *compiler) with(group uint32, n uint16) uint32 {
	old := b.m.groups[group]
	if slices.Contains(old, n) {
		return group
	}
	set := append(slices.Clone(old), n)
	key := make([]byte, 0, 2*len(set))
	for _, m := range set {
		key = append(key, byte(m>>8), byte(m))
	}
	if g, ok := b.interned[string(key)]; ok {
		return g
	}
	g := uint32(len(b.m.groups)) //nolint:gosec // bounded by entries
	b.m.groups = append(b.m.groups, set)
	b.interned[string(key)] = g
	return g
}

func (b *compiler) network(e string, n uint16) string {
	p, err := netip.ParsePrefix(e)
	if err != nil {
		a, err := netip.ParseAddr(e)
		if err != nil {
			return "it is no network or address"
		}
		p = netip.PrefixFrom(a.WithZone(""), a.BitLen())
	}
	p = p.Masked()
	b.networks[p] = b.with(b.networks[p], n)
	return ""
}

func (b *compiler) substring(e string, n uint16) string {
	if len(e) > maxSubstring {
		return "it is longer than " + strconv.Itoa(maxSubstring) + " bytes"
	}
	b.substrings[e] = b.with(b.substrings[e], n)
	return ""
}

// pattern compiles a PCRE literal (/…/gi) as RE2.
func (b *compiler) pattern(e string, n uint16) string {
	if len(e) > maxPattern {
		return "it is longer than " + strconv.Itoa(maxPattern) + " bytes"
	}
	if e[0] == '/' {
		end := strings.LastIndexByte(e, '/')
		if end == 0 {
			return "its closing / is missing"
		}
		flags := ""
		for _, f := range e[end+1:] {
			switch f {
			case 'i', 'm', 's', 'U':
				flags += string(f)
			case 'g', 'u':
			default:
				return "its flag " + string(f) + " is not known"
			}
		}
		if e = e[1:end]; flags != "" {
			e = "(?" + flags + ")" + e
		}
	}
	re, err := regexp.Compile(e)
	if err != nil {
		return "the expression is not supported: " + err.Error()
	}
	b.m.patterns = append(b.m.patterns, pattern{n, re})
	return ""
}

func (b *compiler) finish() *Matcher {
	m := b.m
	m.exact, m.hosts = pack(b.exact), pack(b.hosts)
	m.v4, m.v6 = packNets(b.networks, true), packNets(b.networks, false)
	m.substrings = buildAutomaton(b.substrings, b.union)
	b.exact, b.hosts, b.networks, b.substrings, b.interned = nil, nil, nil, nil, nil
	return m
}

// union returns the number of the set of both.
func (b *compiler) union(x, y uint32) uint32 {
	for _, n := range b.m.groups[y] {
		x = b.with(x, n)
	}
	return x
}

func clip(s string) string {
	if len(s) <= 120 {
		return s
	}
	return strings.ToValidUTF8(s[:120], "") + "…"
}
