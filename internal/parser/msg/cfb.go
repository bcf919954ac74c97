package msg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// Compound files (MS-CFB), read only. Every chain is bounded by the count of sectors there are, so
// that a file whose chains bite their own tails ends in an error.

var (
	errLoop  = errors.New("a chain of sectors is longer than the file")
	errShort = errors.New("a sector lies outside the file")
)

const (
	endOfChain = 0xFFFFFFFE
	maxRegular = 0xFFFFFFFA
	noStream   = 0xFFFFFFFF
	cfbMagic   = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
)

// entry is a stream or a storage (folder).
type entry struct {
	name     string
	storage  bool
	start    uint32
	size     uint64
	child    uint32
	left     uint32
	right    uint32
	children map[string]*entry // of a storage
	order    []*entry
}

type compound struct {
	data       []byte
	sector     int // bytes of a sector
	fat        []uint32
	mini       []uint32
	miniStream []byte
	cutoff     uint64
	left       int64 // bytes that may still be read out
	root       *entry
}

// openCompound reads the structure of a compound file. budget bounds the bytes of all streams.
func openCompound(data []byte, budget int64) (*compound, error) {
	if len(data) < 512 || string(data[:8]) != cfbMagic {
		return nil, errors.New("no compound file")
	}
	le := binary.LittleEndian
	shift := le.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil, errors.New("odd size of sectors")
	}
	c := &compound{data: data, sector: 1 << shift, cutoff: uint64(le.Uint32(data[56:])), left: budget}
	if err := c.readFAT(); err != nil {
		return nil, err
	}
	dir, err := c.chain(le.Uint32(data[48:]), 0)
	if err != nil {
		return nil, err
	}
	entries := parseDirectory(dir)
	if len(entries) == 0 {
		return nil, errors.New("no directory")
	}
	c.root = entries[0]
	if c.miniStream, err = c.chain(c.root.start, c.root.size); err != nil && c.root.size > 0 {
		return nil, err
	}
	miniFAT, err := c.chain(le.Uint32(data[60:]), 0)
	if err == nil {
		c.mini = words(miniFAT)
	}
	seen := make([]bool, len(entries))
	seen[0] = true
	link(entries, c.root, seen, 0)
	return c, nil
}

func words(b []byte) []uint32 {
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

// at returns a sector's bytes; the last may be cut off.
func (c *compound) at(n uint32) ([]byte, error) {
	from := (int64(n) + 1) * int64(c.sector)
	if n > maxRegular || from >= int64(len(c.data)) {
		return nil, errShort
	}
	return c.data[from:min(from+int64(c.sector), int64(len(c.data)))], nil
}

// readFAT gathers the sectors of the allocation table, from the header and the chain of DIFAT
// sectors.
func (c *compound) readFAT() error {
	most := len(c.data)/c.sector + 1
	list := words(c.data[76:512])
	next := binary.LittleEndian.Uint32(c.data[68:])
	for n := 0; next <= maxRegular; n++ {
		if n > most {
			return errLoop
		}
		s, err := c.at(next)
		if err != nil || len(s) < c.sector {
			return errShort
		}
		w := words(s)
		list = append(list, w[:len(w)-1]...)
		next = w[len(w)-1]
	}
	for _, n := range list {
		if n > maxRegular {
			continue
		}
		s, err := c.at(n)
		if err != nil {
			return err
		}
		if c.fat = append(c.fat, words(s)...); len(c.fat) > most+c.sector {
			break // entries beyond the file mean nothing
		}
	}
	return nil
}

// chain reads a chain of sectors; size 0 reads all of it.
func (c *compound) chain(start uint32, size uint64) ([]byte, error) {
	var out bytes.Buffer
	most := len(c.data)/c.sector + 1
	for n := 0; start <= maxRegular; n++ {
		if n > most {
			return nil, errLoop
		}
		s, err := c.at(start)
		if err != nil {
			return nil, err
		}
		out.Write(s)
		if size > 0 && uint64(out.Len()) >= size {
			return out.Bytes()[:size], nil
		}
		if int(start) >= len(c.fat) {
			return nil, errShort
		}
		start = c.fat[start]
	}
	if start != endOfChain {
		return nil, errShort
	}
	return out.Bytes(), nil
}

// read returns the bytes of a stream.
func (c *compound) read(e *entry) ([]byte, error) {
	if e == nil || e.storage {
		return nil, nil
	}
	if c.left -= int64(e.size); c.left < 0 || e.size > uint64(len(c.data)) {
		return nil, errors.New("a stream is larger than the file or the limit")
	}
	if e.size == 0 {
		return nil, nil
	}
	if e.size >= c.cutoff {
		b, err := c.chain(e.start, e.size)
		if err == nil && uint64(len(b)) < e.size {
			err = errShort
		}
		return b, err
	}
	const mini = 64
	var out bytes.Buffer
	for at, n := e.start, 0; at <= maxRegular; n++ {
		from := int64(at) * mini
		if n > len(c.mini) || from+mini > int64(len(c.miniStream))+mini-1 || int(at) >= len(c.mini) {
			return nil, errShort
		}
		out.Write(c.miniStream[from:min(from+mini, int64(len(c.miniStream)))])
		if uint64(out.Len()) >= e.size {
			return out.Bytes()[:e.size], nil
		}
		at = c.mini[at]
	}
	return nil, errShort
}

// parseDirectory reads the 128-byte entries.
func parseDirectory(dir []byte) (out []*entry) {
	le := binary.LittleEndian
	for ; len(dir) >= 128; dir = dir[128:] {
		n := int(le.Uint16(dir[64:]))
		var units []uint16
		for i := 0; i+2 < min(n, 64)+1 && i+2 <= 64; i += 2 {
			if u := le.Uint16(dir[i:]); u != 0 {
				units = append(units, u)
			}
		}
		out = append(out, &entry{
			name: string(utf16.Decode(units)), storage: dir[66] == 1 || dir[66] == 5,
			left: le.Uint32(dir[68:]), right: le.Uint32(dir[72:]), child: le.Uint32(dir[76:]),
			start: le.Uint32(dir[116:]), size: uint64(le.Uint32(dir[120:])),
		})
	}
	return out
}

// link builds the tree of storages. Each entry is linked once: trees that meet or loop are cut.
func link(entries []*entry, parent *entry, seen []bool, depth int) {
	parent.children = map[string]*entry{}
	if depth > 2*maxEmbedded+3 { // attachment and message of each embedded one
		return
	}
	stack := []uint32{parent.child}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n == noStream || int64(n) >= int64(len(entries)) || seen[n] {
			continue
		}
		seen[n] = true
		e := entries[n]
		parent.children[e.name] = e
		parent.order = append(parent.order, e)
		stack = append(stack, e.right, e.left)
		if e.storage {
			link(entries, e, seen, depth+1)
		}
	}
}
