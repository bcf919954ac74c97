package feed

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"sort"

	"github.com/vedette-ti/vedette/internal/errs"
)

// maxLedger keeps an encoded ledger well below MaxCursor (8 bytes an entry, as base64).
const maxLedger = 60_000

// Ledger remembers which version of which key a feed has handed over, in 8 bytes each. Two keys may
// share an entry (one in four thousand million for a pair); then one of them is fetched again, which
// is harmless since items are idempotent. The zero value is empty.
type Ledger struct {
	done  map[uint32]uint32
	fresh map[uint32]bool // seen or added since the ledger was read
}

// Has tells whether this version of key was added.
func (l *Ledger) Has(key, version string) bool {
	k := hash32("k", key)
	v, ok := l.done[k]
	if ok {
		l.touch(k)
	}
	return ok && v == hash32("v", version)
}

// Add records a version of key in place of the one before.
func (l *Ledger) Add(key, version string) {
	if l.done == nil {
		l.done = map[uint32]uint32{}
	}
	k := hash32("k", key)
	l.done[k] = hash32("v", version)
	l.touch(k)
}

// Len is the number of entries.
func (l *Ledger) Len() int { return len(l.done) }

func (l *Ledger) touch(k uint32) {
	if l.fresh == nil {
		l.fresh = map[uint32]bool{}
	}
	l.fresh[k] = true
}

// hash32 mixes a 64-bit hash down; a and b keep keys and versions apart.
func hash32(space, s string) uint32 {
	h := fnv.New64a()
	h.Write([]byte(space))
	h.Write([]byte{0})
	h.Write([]byte(s))
	x := h.Sum64()
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 32
	return uint32(x) //nolint:gosec // the low half is wanted
}

// MarshalText encodes the ledger for a cursor. Of more than maxLedger entries those seen in this
// visit stay first.
func (l *Ledger) MarshalText() ([]byte, error) {
	keys := make([]uint32, 0, len(l.done))
	for k := range l.done {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if a, b := l.fresh[keys[i]], l.fresh[keys[j]]; a != b {
			return a
		}
		return keys[i] < keys[j]
	})
	keys = keys[:min(len(keys), maxLedger)]
	raw := make([]byte, 0, 8*len(keys))
	for _, k := range keys {
		raw = binary.BigEndian.AppendUint32(raw, k)
		raw = binary.BigEndian.AppendUint32(raw, l.done[k])
	}
	return base64.StdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText reads what MarshalText wrote.
func (l *Ledger) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil || len(raw)%8 != 0 || len(raw) > 8*maxLedger {
		return errs.New(errs.Invalid, "bad_cursor", "The cursor of the source is damaged; it starts over.")
	}
	*l = Ledger{done: make(map[uint32]uint32, len(raw)/8)}
	for ; len(raw) > 0; raw = raw[8:] {
		l.done[binary.BigEndian.Uint32(raw)] = binary.BigEndian.Uint32(raw[4:])
	}
	return nil
}
