package extract

import (
	"bytes"

	"github.com/vedette-ti/vedette/internal/observable"
)

// hashLabel finds the name of a hash that is not the usual one of its length: directly before
// it, in the line before a list, or in a heading. from is -1 when there is none.
func (s *scanner) hashLabel(j int) (t observable.Type, from int) {
	b := s.b
	if s.st.headType != observable.None && s.base+int64(lineStart(b, j, 400)) <= s.st.headEnd {
		if len(bytes.TrimLeft(before(b, j, 60), " \t-*•|>\"'`+0123456789.)")) == 0 {
			s.st.headEnd = s.base + int64(lineEnd(b, j, 400)) + 2
			return s.st.headType, j
		}
	}
	line := before(b, j, 90)
	if last := int(s.st.lastEnd - s.base); s.st.lastEnd >= 0 && last > j-len(line) && last <= j {
		if s.st.lastType == observable.FileName {
			// "SHA3-256 for setup.exe: …"
			if t, at := labelIn(line); t >= tSHA3x224 && t <= tSHA3x512 {
				return t, at
			}
		}
		line = b[last:j]
	}
	if t, at := labelIn(line); t != observable.None {
		return t, at
	}
	if len(bytes.TrimLeft(line, " \t-*•|>\"'`+0123456789.)")) > 0 {
		return observable.None, -1
	}
	// The line before, when it is a heading: "JA3 fingerprints:".
	ls := lineStart(b, j, 200)
	if ls < 2 || b[ls-1] != '\n' {
		return observable.None, -1
	}
	prev := b[lineStart(b, ls-1, 80) : ls-1]
	if len(bytes.TrimSpace(prev)) == 0 && ls > 3 {
		p := lineStart(b, ls-1, 80)
		if p > 1 && b[p-1] == '\n' {
			prev = b[lineStart(b, p-1, 80) : p-1]
		}
	}
	if t, at := labelIn(tailOf(prev, 16)); t != observable.None {
		return t, at
	}
	if t, at := labelIn(prev); t != observable.None && len(prev) < 70 {
		s.st.headType, s.st.headEnd = t, s.base+int64(lineEnd(b, j, 400))+2
		return t, at
	}
	return observable.None, -1
}

// labelIn finds the last hash label in a text.
func labelIn(text []byte) (observable.Type, int) {
	for i := len(text) - 3; i >= 0; i-- {
		switch text[i] {
		case 'i', 'I', 'j', 'J', 's', 'S', 'm', 'M':
		default:
			continue
		}
		if i > 0 && is(text[i-1], cAlpha|cDigit) {
			continue
		}
		if t := labelAt(text, i); t != observable.None {
			return t, i
		}
	}
	return observable.None, -1
}

// labelAt reads a hash label at text[i].
func labelAt(text []byte, i int) observable.Type {
	for _, l := range [...]struct {
		word string
		t    observable.Type
	}{
		{"imphash", observable.Imphash}, {"imphashes", observable.Imphash}, {"imp hash", observable.Imphash}, {"import hash", observable.Imphash},
		{"ja3s", tJA3S}, {"ja3", tJA3}, {"jarm", tJARM}, {"md5", observable.MD5},
	} {
		if foldAt(text, i, l.word) && !is(at(text, i+len(l.word)), cAlpha|cDigit) {
			return l.t
		}
	}
	if !foldAt(text, i, "sha") {
		return observable.None
	}
	k := i + 3
	if text[min(k, len(text)-1)] == '-' {
		k++
	}
	three := at(text, k) == '3' && (!is(at(text, k+1), cDigit) || digits(text, k, 5) == 4)
	if three {
		if k++; at(text, k) == '-' || at(text, k) == '_' || at(text, k) == ' ' {
			k++
		}
		if at(text, k) == '(' {
			k++
		}
	}
	e := k + digits(text, k, 5)
	if is(at(text, e), cAlpha) {
		return observable.None
	}
	switch string(text[k:e]) {
	case "1":
		return observable.SHA1
	case "224":
		return pick(three, tSHA3x224, observable.SHA224)
	case "256":
		return pick(three, tSHA3x256, observable.SHA256)
	case "384":
		return pick(three, tSHA3x384, observable.SHA384)
	case "512":
		return pick(three, tSHA3x512, observable.SHA512)
	}
	return observable.None
}

func pick(first bool, a, b observable.Type) observable.Type {
	if first {
		return a
	}
	return b
}
