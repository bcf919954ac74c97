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

// writeCompound makes a compound file of 512-byte sectors; streams under 4096 bytes go into the
// mini stream.
func writeCompound(root *node) []byte {
	type rec struct {
		n           *node
		right       uint32
		child       uint32
		start, size uint32
	}
	recs := []*rec{{n: root, right: noStream, child: noStream}}
	var walk func(i int)
	walk = func(i int) {
		prev := -1
		for _, c := range recs[i].n.children {
			recs = append(recs, &rec{n: c, right: noStream, child: noStream})
			id := len(recs) - 1
			if prev < 0 {
				recs[i].child = uint32(id)
			} else {
				recs[prev].right = uint32(id)
			}
			prev = id
			walk(id)
		}
	}
	walk(0)
	var fat, mini []uint32
	var sectors, miniStream []byte
	put := func(data []byte) uint32 {
		start := uint32(len(fat))
		for off := 0; off < len(data) || off == 0; off += 512 {
			var s [512]byte
			copy(s[:], data[off:])
			sectors = append(sectors, s[:]...)
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = endOfChain
		return start
	}
	for _, r := range recs[1:] {
		if r.n.children != nil {
			continue
		}
		r.size = uint32(len(r.n.data))
		if r.size >= 4096 {
			r.start = put(r.n.data)
			continue
		}
		if r.size == 0 {
			r.start = endOfChain
			continue
		}
		r.start = uint32(len(mini))
		for off := 0; off < len(r.n.data); off += 64 {
			var s [64]byte
			copy(s[:], r.n.data[off:])
			miniStream = append(miniStream, s[:]...)
			mini = append(mini, uint32(len(mini)+1))
		}
		mini[len(mini)-1] = endOfChain
	}
	recs[0].start, recs[0].size = put(miniStream), uint32(len(miniStream))
	var miniFAT []byte
	for _, m := range mini {
		miniFAT = binary.LittleEndian.AppendUint32(miniFAT, m)
	}
	for len(miniFAT)%512 != 0 {
		miniFAT = append(miniFAT, 0xFF)
	}
	miniStart := put(miniFAT)
	var dir []byte
	for i, r := range recs {
		var e [128]byte
		name := utf(r.n.name)
		copy(e[:64], name)
		binary.LittleEndian.PutUint16(e[64:], uint16(len(name)+2))
		switch {
		case i == 0:
			e[66] = 5
		case r.n.children != nil:
			e[66] = 1
		default:
			e[66] = 2
		}
		le := binary.LittleEndian
		le.PutUint32(e[68:], noStream)
		le.PutUint32(e[72:], r.right)
		le.PutUint32(e[76:], r.child)
		le.PutUint32(e[116:], r.start)
		le.PutUint32(e[120:], r.size)
		dir = append(dir, e[:]...)
	}
	dirStart := put(dir)
	fatSectors := (len(fat)+127)/128 + 1
	for i := 0; i < fatSectors; i++ {
		fat = append(fat, 0xFFFFFFFD)
	}
	fatStart := len(fat) - fatSectors
	for len(fat) < fatSectors*128 {
		fat = append(fat, 0xFFFFFFFF)
	}
	for _, f := range fat[:fatSectors*128] {
		sectors = binary.LittleEndian.AppendUint32(sectors, f)
	}
	h := make([]byte, 512)
	copy(h, cfbMagic)
	le := binary.LittleEndian
	le.PutUint16(h[24:], 0x3E)
	le.PutUint16(h[26:], 3)
	le.PutUint16(h[28:], 0xFFFE)
	le.PutUint16(h[30:], 9)
	le.PutUint16(h[32:], 6)
	le.PutUint32(h[44:], uint32(fatSectors))
	le.PutUint32(h[48:], dirStart)
	le.PutUint32(h[56:], 4096)
	le.PutUint32(h[60:], miniStart)
	le.PutUint32(h[64:], uint32(len(miniFAT)/512))
	le.PutUint32(h[68:], endOfChain)
	for i := 0; i < 109; i++ {
		v := uint32(0xFFFFFFFF)
		if i < fatSectors {
			v = uint32(fatStart + i)
		}
		le.PutUint32(h[76+4*i:], v)
	}
	return append(h, sectors...)
}
