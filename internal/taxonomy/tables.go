package taxonomy

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"sort"
)

// table maps 64-bit hashes to set numbers: open addressing, 12 bytes a slot, at most 3/4 full. Two entries
// with one hash are one; with n entries a stranger is taken for one with probability n/2^64.
type table struct {
	keys []uint64
	sets []uint32 // 0 marks a free slot
	mask uint64
}

func pack(from map[uint64]uint32) table {
	if len(from) == 0 {
		return table{}
	}
	size := 8
	for size*3 < len(from)*4 {
		size *= 2
	}
	t := table{make([]uint64, size), make([]uint32, size), uint64(size - 1)}
	for k, set := range from {
		i := k & t.mask
		for t.sets[i] != 0 {
			i = (i + 1) & t.mask
		}
		t.keys[i], t.sets[i] = k, set
	}
	return t
}

func (t *table) get(key uint64) uint32 {
	if len(t.keys) == 0 {
		return 0
	}
	for i := key & t.mask; t.sets[i] != 0; i = (i + 1) & t.mask {
		if t.keys[i] == key {
			return t.sets[i]
		}
	}
	return 0
}

// nets holds networks of one family sorted by first address, wider ones first, each with the place of the
// nearest one around it (networks nest, they never cross). All networks around an address are found by
// one binary search and a walk outwards.
type nets struct {
	hi, lo []uint64 // hi is nil for IPv4
	bits   []uint8
	around []int32
	sets   []uint32
}

func packNets(from map[netip.Prefix]uint32, v4 bool) nets {
	list := make([]netip.Prefix, 0, len(from))
	for p := range from {
		if p.Addr().Is4() == v4 {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	t := nets{lo: make([]uint64, len(list)), bits: make([]uint8, len(list)), around: make([]int32, len(list)), sets: make([]uint32, len(list))}
	if !v4 {
		t.hi = make([]uint64, len(list))
	}
	open := []int32{}
	for i, p := range list {
		hi, lo := words(p.Addr())
		if !v4 {
			t.hi[i] = hi
		}
		t.lo[i], t.bits[i], t.sets[i] = lo, uint8(p.Bits()), from[p] //nolint:gosec // at most 128
		for len(open) > 0 && !list[open[len(open)-1]].Contains(p.Addr()) {
			open = open[:len(open)-1]
		}
		t.around[i] = -1
		if len(open) > 0 {
			t.around[i] = open[len(open)-1]
		}
		open = append(open, int32(i)) //nolint:gosec // bounded by entries
	}
	return t
}

func words(a netip.Addr) (hi, lo uint64) {
	if a.Is4() {
		b := a.As4()
		return 0, uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

// covering calls fn for the set of each network that holds the whole of p.
func (t *nets) covering(p netip.Prefix, fn func(set uint32)) {
	hi, lo := words(p.Addr())
	width := p.Addr().BitLen()
	at := sort.Search(len(t.lo), func(i int) bool {
		if t.hi != nil && t.hi[i] != hi {
			return t.hi[i] > hi
		}
		return t.lo[i] > lo
	}) - 1
	for ; at >= 0; at = int(t.around[at]) {
		bits := int(t.bits[at])
		if bits <= p.Bits() && t.same(at, hi, lo, bits, width) {
			fn(t.sets[at])
		}
	}
}

// same compares the first bits of network at with an address.
func (t *nets) same(at int, hi, lo uint64, bits, width int) bool {
	if t.hi == nil {
		return bits == 0 || (t.lo[at]^lo)>>(width-bits) == 0
	}
	if bits <= 64 {
		return bits == 0 || (t.hi[at]^hi)>>(64-bits) == 0
	}
	return t.hi[at] == hi && (t.lo[at]^lo)>>(128-bits) == 0
}

// automaton finds all of many substrings in one pass (Aho and Corasick, 1975). States are numbered in
// breadth-first order; the edges of a state are sorted and lie together.
type automaton struct {
	root  [256]uint32
	first []uint32 // edges of state s are first[s] … first[s+1]
	label []byte
	to    []uint32
	fail  []uint32
	sets  []uint32 // the substrings that end in s or in a state that s fails to
	// grams holds a bit for the hash of the first gram bytes of each substring: most texts have none of them
	// and need no walk.
	grams []uint64
	gram  int
}

const (
	gramBits = 20 // 128 KiB
	maxGram  = 8
)

func gramHash(s string) uint32 {
	var h uint64
	for i := range len(s) {
		h = h<<8 | uint64(s[i])
	}
	return uint32(h * 0x9E3779B97F4A7C15 >> (64 - gramBits)) //nolint:gosec // 20 bits
}

// begins reports whether a substring may begin at s[i].
func (a *automaton) begins(s string, i int) bool {
	if i+a.gram > len(s) {
		return false
	}
	h := gramHash(s[i : i+a.gram])
	return a.grams[h>>6]&(1<<(h&63)) != 0
}

// match calls fn for the substrings in s. Outside of any beginning it looks at the grams only.
func (a *automaton) match(s string, fn func(set uint32)) {
	if a.grams == nil {
		return
	}
	state := uint32(0)
	for i := range len(s) {
		if state == 0 && !a.begins(s, i) {
			continue
		}
		state = a.step(state, s[i])
		if set := a.sets[state]; set != 0 {
			fn(set)
		}
	}
}

func (a *automaton) step(state uint32, c byte) uint32 {
	for state != 0 {
		for e := a.first[state]; e < a.first[state+1]; e++ {
			if a.label[e] == c {
				return a.to[e]
			}
		}
		state = a.fail[state]
	}
	return a.root[c]
}

func buildAutomaton(words map[string]uint32, union func(x, y uint32) uint32) automaton {
	var a automaton
	if len(words) == 0 {
		return a
	}
	list := make([]string, 0, len(words))
	for w := range words {
		list = append(list, w)
	}
	slices.Sort(list)
	a.gram, a.grams = maxGram, make([]uint64, 1<<gramBits/64)
	for _, w := range list {
		a.gram = min(a.gram, len(w))
	}
	for _, w := range list {
		h := gramHash(w[:a.gram])
		a.grams[h>>6] |= 1 << (h & 63)
	}
	// A state is a range of the sorted words that share their first depth bytes.
	type state struct{ from, end, depth int }
	states := []state{{0, len(list), 0}}
	a.sets, a.fail, a.first = []uint32{0}, []uint32{0}, []uint32{}
	for n := 0; n < len(states); n++ {
		s := states[n]
		a.first = append(a.first, uint32(len(a.to))) //nolint:gosec // bounded by the words' bytes
		for i := s.from; i < s.end; {
			if len(list[i]) == s.depth {
				i++
				continue
			}
			c, j := list[i][s.depth], i
			for j < s.end && len(list[j]) > s.depth && list[j][s.depth] == c {
				j++
			}
			child := uint32(len(states)) //nolint:gosec // as above
			states = append(states, state{i, j, s.depth + 1})
			fail := uint32(0)
			if n == 0 {
				a.root[c] = child
			} else {
				fail = a.step(a.fail[n], c)
			}
			a.label, a.to, a.fail = append(a.label, c), append(a.to, child), append(a.fail, fail)
			set := uint32(0)
			if len(list[i]) == s.depth+1 {
				set = words[list[i]]
			}
			a.sets = append(a.sets, union(set, a.sets[fail]))
			i = j
		}
	}
	a.first = append(a.first, uint32(len(a.to))) //nolint:gosec // as above
	return a
}
