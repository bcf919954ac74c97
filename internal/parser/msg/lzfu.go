package msg

import (
	"encoding/binary"
	"errors"
)

// dictionary is what compressed RTF starts from (MS-OXRTFCP 2.1.2.1).
const dictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// decompress unpacks compressed RTF (MS-OXRTFCP 3.1), up to limit bytes.
func decompress(b []byte, limit int64) ([]byte, error) {
	if len(b) < 16 {
		return nil, errors.New("it is too short")
	}
	size := int64(binary.LittleEndian.Uint32(b[4:]))
	if size > limit {
		return nil, errors.New("it is too large")
	}
	switch string(b[8:12]) {
	case "MELA":
		return b[16:min(int64(len(b)), 16+size)], nil
	case "LZFu":
	default:
		return nil, errors.New("it is packed in no known way")
	}
	var ring [4096]byte
	at := copy(ring[:], dictionary)
	out := make([]byte, 0, min(size, int64(len(b))*9))
	put := func(c byte) {
		out = append(out, c)
		ring[at] = c
		at = (at + 1) % len(ring)
	}
	for in := b[16:]; len(in) > 0 && int64(len(out)) < size; {
		control := in[0]
		in = in[1:]
		for bit := range 8 {
			if len(in) == 0 || int64(len(out)) >= size {
				break
			}
			if control>>bit&1 == 0 {
				put(in[0])
				in = in[1:]
				continue
			}
			if len(in) < 2 {
				return out, nil
			}
			ref := int(in[0])<<8 | int(in[1])
			in = in[2:]
			from, n := ref>>4, ref&15+2
			if from == at {
				return out, nil
			}
			for range n {
				put(ring[from])
				from = (from + 1) % len(ring)
			}
		}
	}
	return out, nil
}
