// Package id owns identifiers: the numeric id of an item, UUIDs (v4-compatible parsing, our
// own, deterministic v5 for STIX) and the link between the two. It owns no uniqueness:
// that is the store's.
//
// Every item (report, claim, entity, relationship …) has one ID from one sequence below
// 2^53, so that JavaScript keeps it whole. Items made here need no UUID index: their UUID is
// one that carries the ID (see Derived), and only foreign UUIDs are looked up
// in a table.
package id

import (
	"crypto/sha1" //nolint:gosec // UUIDv5 is SHA-1 by definition (RFC 9562, 5.5)
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// ID numbers an item. Zero is "none". Valid ids are 1 … Max.
type ID int64

// Max is the largest id: JavaScript's largest safe integer.
const Max ID = 1<<53 - 1

// String returns the decimal form, as used in URLs and JSON strings.
func (i ID) String() string { return strconv.FormatInt(int64(i), 10) }

// Parse reads a decimal id.
func Parse(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || ID(n) > Max {
		return 0, errs.New(errs.Invalid, "bad_id", "{value} is not an id: ids are whole numbers from 1.", "value", s)
	}
	return ID(n), nil
}

// UUID is 16 bytes in network order. The zero UUID is "none".
type UUID [16]byte

// IsZero reports whether u is "none".
func (u UUID) IsZero() bool { return u == UUID{} }

// String returns the 36-character lower-case form.
func (u UUID) String() string {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:36], u[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// MarshalText writes the 36-character form; the zero UUID is empty.
func (u UUID) MarshalText() ([]byte, error) {
	if u.IsZero() {
		return nil, nil
	}
	return []byte(u.String()), nil
}

// UnmarshalText reads the 36-character form; empty text is the zero UUID.
func (u *UUID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*u = UUID{}
		return nil
	}
	v, err := ParseUUID(string(b))
	*u = v
	return err
}

// ParseUUID reads the 36-character form in any letter case, any version.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	bad := errs.New(errs.Invalid, "bad_uuid", "{value} is not a UUID.", "value", clip(s))
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, bad
	}
	if _, err := hex.Decode(u[:], []byte(strings.ReplaceAll(s, "-", ""))); err != nil {
		return UUID{}, bad
	}
	return u, nil
}

// V5 makes the deterministic UUID of name in a namespace (RFC 9562, 5.5).
func V5(namespace UUID, name []byte) UUID {
	h := sha1.New() //nolint:gosec // see import
	h.Write(namespace[:])
	h.Write(name)
	var u UUID
	copy(u[:], h.Sum(nil))
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return u
}

// Instance is the 21-bit tag of one installation, drawn at random when its store is made.
// It keeps derived UUIDs of two installations apart.
type Instance uint32

// InstanceBits is the width of an Instance.
const InstanceBits = 21

// Derived makes the UUID of an item created here. It is laid out as version 7 (RFC 9562, 5.7): its time is
// arrived, rand_a and the first 9 bits of rand_b are the instance and the last 53 bits are the id. It says
// version 4, since readers of STIX 2.1 refuse versions that RFC 4122 does not know. It needs no index to be
// resolved: see FromDerived.
func Derived(inst Instance, arrived time.Time, item ID) UUID {
	var u UUID
	ms := uint64(arrived.UnixMilli()) //nolint:gosec // times before 1970 do not arrive
	binary.BigEndian.PutUint64(u[0:8], ms<<16|0x4000|uint64(inst>>9)&0x0fff)
	binary.BigEndian.PutUint64(u[8:16], 2<<62|uint64(inst&0x1ff)<<53|uint64(item)) //nolint:gosec // id < 2^53
	return u
}

// FromDerived returns the id inside a UUID that Derived made on this instance. The caller
// must still compare the item's own UUID: the bits may be a coincidence.
func FromDerived(inst Instance, u UUID) (ID, bool) {
	hi, lo := binary.BigEndian.Uint64(u[0:8]), binary.BigEndian.Uint64(u[8:16])
	if hi>>12&0xf != 4 || lo>>62 != 2 {
		return 0, false
	}
	if hi&0x0fff != uint64(inst>>9) || lo>>53&0x1ff != uint64(inst&0x1ff) {
		return 0, false
	}
	item := ID(lo & (1<<53 - 1)) //nolint:gosec // 53 bits
	return item, item > 0
}

func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}
