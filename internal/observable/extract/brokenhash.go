package extract

import (
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// brokenHash joins a hash that was broken over lines or table cells: the parts are whole words
// of hexadecimal digits, each the first of its line or cell, and add up to the length of a hash.
func (s *scanner) brokenHash(j, e int) int {
	b := s.b
	total, end := e-j, e
	joined := append(make([]byte, 0, 128), b[j:e]...)
	if is(at(b, e), cAnchor) {
		return 0
	}
	single := hashLength(e - j)
	for range 7 {
		next := lineBreak(b, end)
		if next == 0 {
			return 0
		}
		pe := runEnd(b, next, cHex, 130)
		n := pe - next
		if n < 4 || is(at(b, pe), cWord) || at(b, pe) == ':' || hashLength(n) && (single || n != 32) {
			return 0
		}
		total, end = total+n, pe
		joined = append(joined, b[next:pe]...)
		if hashLength(total) && total != 56 && !(single && total != 64 && total != 128) {
			if total == 64 && single && e-j == 32 {
				return 0 // two MD5 values
			}
			more := lineBreak(b, end)
			if more > 0 && total < 128 && !s.enough(j, total, b, more) {
				continue
			}
			value := string(appendLower(nil, joined))
			if trivial(value) || !s.hashShape(j, e, total) {
				return 0
			}
			return s.found(typeByLength(total), value, j, end, fang.Plain, 80)
		}
		if total > 128 {
			return 0
		}
	}
	return 0
}

// enough reports that a joined hash of this length is complete although hexadecimal digits follow
// in the next line: the label says so, or what follows is a hash of its own.
func (s *scanner) enough(j, total int, b []byte, more int) bool {
	n := runEnd(b, more, cHex, 130) - more
	if n < 4 || is(at(b, more+n), cWord) {
		return true
	}
	if t, _ := labelIn(before(b, j, 60)); t != observable.None {
		return hexLength(t) == total
	}
	return true
}

// hashShape asks for a label, or for parts long enough that no dump of bytes looks like them.
func (s *scanner) hashShape(j, e, total int) bool {
	if t, _ := labelIn(before(s.b, j, 60)); t != observable.None && hexLength(t) == total {
		return true
	}
	return e-j >= 16
}

// lineBreak measures a line break with the frame of a table around it and returns where the next
// part starts, 0 when there is none.
func lineBreak(b []byte, i int) int {
	k, lines := i, 0
	if at(b, k) == '-' && (at(b, k+1) == '\n' || at(b, k+1) == '\r') {
		k++
	}
	for k < len(b) && k-i < 120 {
		switch c := b[k]; c {
		case '\n':
			if lines++; lines > 1 {
				return 0
			}
		case '\r', ' ', '\t', '|', '>', '*', '+':
		case '<':
			if n := brTag(b, k); n > 0 {
				k, lines = k+n, lines+1
				continue
			}
			return 0
		default:
			if lines == 1 && is(c, cHex) {
				return k
			}
			if hasAt(b, k, "│") || hasAt(b, k, "║") || hasAt(b, k, "\u00ad") {
				k += len("│")
				if hasAt(b, k-3, "\u00ad") {
					k--
				}
				continue
			}
			return 0
		}
		k++
	}
	return 0
}

// brTag measures "<br>", "<br/>" and "<br />".
func brTag(b []byte, k int) int {
	for _, t := range [...]string{"<br>", "<br/>", "<br />"} {
		if foldAt(b, k, t) {
			return len(t)
		}
	}
	return 0
}
