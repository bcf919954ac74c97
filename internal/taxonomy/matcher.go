package taxonomy

import (
	"hash/maphash"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
)

// Categories of warninglists: a false positive is no indicator; known is shared infrastructure on which
// attackers live too, so that a hit explains the value and does not clear it.
const (
	FalsePositive = "false_positive"
	Known         = "known"
)

// Hit says that a value is on a list.
type Hit struct {
	List     id.ID
	Name     string
	Category string
}

// List is one warninglist to compile.
type List struct {
	ID       id.ID
	Category string // FalsePositive or Known
	misp.Warninglist
}

// Matcher answers which of many warninglists a value is on. It is immutable and safe for concurrent use.
type Matcher struct {
	seed       maphash.Seed
	lists      []compiled
	groups     [][]uint16 // interned sets of lists, by number; 0 is the empty set
	exact      table
	hosts      table
	v4, v6     nets
	substrings automaton
	patterns   []pattern
	entries    int
	// types that any list of a kind names, so that other values skip the kind.
	exactTypes, hostTypes, netTypes, substringTypes, patternTypes typeSet
}

type compiled struct {
	hit   Hit
	types typeSet
}

// typeSet holds observable types; all is every type.
type typeSet [4]uint64

func (s *typeSet) add(t observable.Type) { s[t>>6] |= 1 << (t & 63) }
func (s *typeSet) join(o typeSet) {
	for i := range s {
		s[i] |= o[i]
	}
}
func (s typeSet) has(t observable.Type) bool { return s[t>>6]&(1<<(t&63)) != 0 }

type pattern struct {
	list uint16
	re   *regexp.Regexp
}

// Limits of what is matched.
const (
	maxLists       = 1 << 16
	maxPattern     = 1000 // bytes of a regular expression
	maxPatternText = 2048 // bytes of a value that is matched against expressions
	maxSubstring   = 1024
)

// Skipped is an entry of a list that cannot be matched.
type Skipped struct {
	List   id.ID  `json:"list"`
	Entry  string `json:"entry"`
	Reason string `json:"reason"`
}

// NewMatcher compiles lists. Entries that make no sense for their kind (a broken network, an expression
// that RE2 does not know) are left out and reported.
func NewMatcher(lists []List) (*Matcher, []Skipped, error) {
	if len(lists) >= maxLists {
		return nil, nil, errs.New(errs.TooLarge, "warninglists_many", "{count} warninglists are over the limit of {limit}.", "count", len(lists), "limit", maxLists)
	}
	b := newCompiler()
	for i, l := range lists {
		b.list(uint16(i), l) //nolint:gosec // bounded above
	}
	return b.finish(), b.skipped, nil
}

// Entries counts the compiled entries.
func (m *Matcher) Entries() int { return m.entries }

// Lists counts the compiled lists.
func (m *Matcher) Lists() int { return len(m.lists) }

// Match returns the lists that v is on, in the order in which they were compiled; nil when there are none.
func (m *Matcher) Match(v observable.Value) []Hit {
	if m == nil || len(m.lists) == 0 {
		return nil
	}
	var found found
	text := lower(v.Text)
	host := hostOf(v.Type, text)
	if m.exactTypes.has(v.Type) {
		m.collect(&found, v.Type, m.exact.get(maphash.String(m.seed, text)))
	}
	if len(host) > 0 && m.hostTypes.has(v.Type) {
		m.matchHost(&found, v.Type, host)
	}
	if m.netTypes.has(v.Type) {
		m.matchNet(&found, v, host)
	}
	if m.substringTypes.has(v.Type) {
		m.substrings.match(text, func(group uint32) { m.collect(&found, v.Type, group) })
	}
	if m.patternTypes.has(v.Type) && len(text) <= maxPatternText {
		for _, p := range m.patterns {
			if m.lists[p.list].types.has(v.Type) && !found.has(p.list) && p.re.MatchString(v.Text) {
				found.add(p.list)
			}
		}
	}
	return m.hits(&found)
}

// found is a small set of list numbers; most values are on none, so that it lives on the stack.
type found struct {
	n    int
	few  [24]uint16
	more []uint16
}

func (f *found) has(n uint16) bool {
	return slices.Contains(f.few[:f.n], n) || slices.Contains(f.more, n)
}

func (f *found) add(n uint16) {
	switch {
	case f.has(n):
	case f.n < len(f.few):
		f.few[f.n] = n
		f.n++
	default:
		f.more = append(f.more, n)
	}
}

func (m *Matcher) collect(f *found, t observable.Type, group uint32) {
	for _, n := range m.groups[group] {
		if m.lists[n].types.has(t) {
			f.add(n)
		}
	}
}

func (m *Matcher) hits(f *found) []Hit {
	if f.n == 0 {
		return nil
	}
	all := append(slices.Clone(f.few[:f.n]), f.more...)
	slices.Sort(all)
	out := make([]Hit, len(all))
	for i, n := range all {
		out[i] = m.lists[n].hit
	}
	return out
}

// matchHost looks up the host and each of its parent domains.
func (m *Matcher) matchHost(f *found, t observable.Type, host string) {
	for rest := host; ; {
		m.collect(f, t, m.hosts.get(maphash.String(m.seed, rest)))
		dot := strings.IndexByte(rest, '.')
		if dot < 0 {
			return
		}
		rest = rest[dot+1:]
	}
}

func (m *Matcher) matchNet(f *found, v observable.Value, host string) {
	switch v.Type {
	case observable.IPv4, observable.IPv6:
		p, err := netip.ParsePrefix(v.Text)
		if err != nil {
			a, err := netip.ParseAddr(v.Text)
			if err != nil {
				return
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		m.netTable(p.Addr()).covering(p, func(group uint32) { m.collect(f, v.Type, group) })
	case observable.URL:
		if a, err := netip.ParseAddr(host); err == nil {
			m.netTable(a).covering(netip.PrefixFrom(a, a.BitLen()), func(group uint32) { m.collect(f, v.Type, group) })
		}
	}
}

func (m *Matcher) netTable(a netip.Addr) *nets {
	if a.Is4() {
		return &m.v4
	}
	return &m.v6
}

// hostOf returns the host inside a value: the domain of a URL or mail address, the name itself.
func hostOf(t observable.Type, text string) string {
	switch t {
	case observable.Domain:
		return text
	case observable.Email:
		return text[strings.LastIndexByte(text, '@')+1:]
	case observable.URL:
		_, rest, ok := strings.Cut(text, "://")
		if !ok {
			return ""
		}
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			rest = rest[:i]
		}
		rest = rest[strings.LastIndexByte(rest, '@')+1:]
		if strings.HasPrefix(rest, "[") {
			host, _, _ := strings.Cut(rest[1:], "]")
			return host
		}
		if i := strings.LastIndexByte(rest, ':'); i >= 0 {
			rest = rest[:i]
		}
		return strings.TrimSuffix(rest, ".")
	}
	return ""
}

// lower is strings.ToLower without work for text that is lower-case ASCII already.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.ToLower(s)
		}
	}
	return s
}
