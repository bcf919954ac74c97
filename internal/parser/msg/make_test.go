package msg

import (
	"encoding/binary"
	"fmt"
	"time"
	"unicode/utf16"
)

// node is a stream or, with children, a storage of a compound file that a test makes.
type node struct {
	name     string
	data     []byte
	children []*node
}

func utf(s string) (out []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func str(id int, s string) *node {
	return &node{name: fmt.Sprintf("__substg1.0_%04X001F", id), data: utf(s)}
}

func bin(id int, b []byte) *node {
	return &node{name: fmt.Sprintf("__substg1.0_%04X0102", id), data: b}
}

// props is the stream of fixed properties: tag and value pairs after a header.
func props(header int, kv ...uint64) *node {
	b := make([]byte, header)
	for i := 0; i+1 < len(kv); i += 2 {
		b = binary.LittleEndian.AppendUint32(b, uint32(kv[i]))
		b = binary.LittleEndian.AppendUint32(b, 6)
		b = binary.LittleEndian.AppendUint64(b, kv[i+1])
	}
	return &node{name: propStream, data: b}
}

func filetime(t time.Time) uint64 { return uint64(t.UnixMicro()*10 + 116444736000000000) }

// rec is an entry of the directory that is being written.
type rec struct {
	n           *node
	right       uint32
	child       uint32
	start, size uint32
}

// cfb gathers the sectors of a compound file.
type cfb struct {
	recs                []*rec
	fat, mini           []uint32
	sectors, miniStream []byte
}

// writeCompound makes a compound file of 512-byte sectors; streams under 4096 bytes go into the
// mini stream.
func writeCompound(root *node) []byte {
	c := &cfb{recs: []*rec{{n: root, right: noStream, child: noStream}}}
	c.walk(0)
	for _, r := range c.recs[1:] {
		if r.n.children == nil {
			c.stream(r)
		}
	}
	c.recs[0].start, c.recs[0].size = c.put(c.miniStream), uint32(len(c.miniStream))
	miniFAT := sectorsOf(c.mini)
	miniStart := c.put(miniFAT)
	dirStart := c.put(c.directory())
	count := (len(c.fat)+127)/128 + 1
	fatStart := len(c.fat)
	for range count {
		c.fat = append(c.fat, 0xFFFFFFFD)
	}
	for len(c.fat) < count*128 {
		c.fat = append(c.fat, 0xFFFFFFFF)
	}
	c.sectors = append(c.sectors, sectorsOf(c.fat[:count*128])...)
	return append(headerOf(count, fatStart, dirStart, miniStart, uint32(len(miniFAT)/512)), c.sectors...)
}

// walk numbers the entries; siblings hang to the right of each other.
func (c *cfb) walk(i int) {
	prev := -1
	for _, child := range c.recs[i].n.children {
		c.recs = append(c.recs, &rec{n: child, right: noStream, child: noStream})
		id := len(c.recs) - 1
		if prev < 0 {
			c.recs[i].child = uint32(id)
		} else {
			c.recs[prev].right = uint32(id)
		}
		prev = id
		c.walk(id)
	}
}

// put writes data as a chain of sectors.
func (c *cfb) put(data []byte) uint32 {
	start := uint32(len(c.fat))
	for off := 0; off < len(data) || off == 0; off += 512 {
		var s [512]byte
		copy(s[:], data[off:])
		c.sectors = append(c.sectors, s[:]...)
		c.fat = append(c.fat, uint32(len(c.fat)+1))
	}
	c.fat[len(c.fat)-1] = endOfChain
	return start
}

func (c *cfb) stream(r *rec) {
	switch r.size = uint32(len(r.n.data)); {
	case r.size == 0:
		r.start = endOfChain
		return
	case r.size >= 4096:
		r.start = c.put(r.n.data)
		return
	}
	r.start = uint32(len(c.mini))
	for off := 0; off < len(r.n.data); off += 64 {
		var s [64]byte
		copy(s[:], r.n.data[off:])
		c.miniStream = append(c.miniStream, s[:]...)
		c.mini = append(c.mini, uint32(len(c.mini)+1))
	}
	c.mini[len(c.mini)-1] = endOfChain
}

func (c *cfb) directory() (dir []byte) {
	le := binary.LittleEndian
	for i, r := range c.recs {
		var e [128]byte
		name := utf(r.n.name)
		copy(e[:64], name)
		le.PutUint16(e[64:], uint16(len(name)+2))
		switch {
		case i == 0:
			e[66] = 5
		case r.n.children != nil:
			e[66] = 1
		default:
			e[66] = 2
		}
		le.PutUint32(e[68:], noStream)
		le.PutUint32(e[72:], r.right)
		le.PutUint32(e[76:], r.child)
		le.PutUint32(e[116:], r.start)
		le.PutUint32(e[120:], r.size)
		dir = append(dir, e[:]...)
	}
	return dir
}

// sectorsOf writes numbers, filled up to whole sectors.
func sectorsOf(list []uint32) (out []byte) {
	for _, v := range list {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	for len(out)%512 != 0 {
		out = append(out, 0xFF)
	}
	return out
}

func headerOf(fatCount, fatStart int, dirStart, miniStart, miniCount uint32) []byte {
	h := make([]byte, 512)
	copy(h, cfbMagic)
	le := binary.LittleEndian
	le.PutUint16(h[24:], 0x3E)
	le.PutUint16(h[26:], 3)
	le.PutUint16(h[28:], 0xFFFE)
	le.PutUint16(h[30:], 9)
	le.PutUint16(h[32:], 6)
	le.PutUint32(h[44:], uint32(fatCount))
	le.PutUint32(h[48:], dirStart)
	le.PutUint32(h[56:], 4096)
	le.PutUint32(h[60:], miniStart)
	le.PutUint32(h[64:], miniCount)
	le.PutUint32(h[68:], endOfChain)
	for i := range 109 {
		v := uint32(0xFFFFFFFF)
		if i < fatCount {
			v = uint32(fatStart + i)
		}
		le.PutUint32(h[76+4*i:], v)
	}
	return h
}
