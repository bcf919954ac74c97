package extract

import (
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// maxChain bounds the source bytes of one dotted chain.
const maxChain = 2048

// label is one part of a dotted chain: where it ends in the source and in chain.out.
type label struct {
	src, srcEnd int
	out, outEnd int
	sep         fang.Mark // how the dot before it was written
	wideDot     bool      // that dot was an ideographic or full-width one
	tagged      bool      // an inline tag stands in it or before it
	cjk         bool      // it holds Chinese, Japanese or Korean letters
	brackets    int       // bytes of a closing bracket behind it that belong to "[.com]"
	gap         bool      // blanks follow the dot before it
	spaced      bool      // blanks stand before that dot, or it is the word "dot"
}

// chain is a run of labels joined by dots, in whatever spelling.
type chain struct {
	start  int
	out    []byte // refanged, letter case as written, dots included
	labels []label
	styled bool
	escape bool // holds Markdown escapes (a\_b)
	wide   bool // holds letters outside ASCII
	full   bool // ran into maxChain
}

// text returns labels from..to-1 with their dots.
func (c *chain) text(from, to int) []byte {
	return c.out[c.labels[from].out:c.labels[to-1].outEnd]
}

func (c *chain) label(i int) []byte { return c.out[c.labels[i].out:c.labels[i].outEnd] }

func (c *chain) last() []byte { return c.label(len(c.labels) - 1) }

func (c *chain) end() int { return c.labels[len(c.labels)-1].srcEnd }

// mark returns how labels 0..to-1 were written.
func (c *chain) mark(to int) fang.Mark {
	m := fang.Plain
	if c.styled {
		m = fang.Styled
	}
	for i := 1; i < to; i++ {
		m = max(m, c.labels[i].sep)
	}
	return m
}

// parse reads the chain that starts at b[i]. It reports whether there is at least one label.
func (c *chain) parse(b []byte, i int) bool {
	*c = chain{start: i, out: c.out[:0], labels: c.labels[:0]}
	sep, wideDot, gap, spaced := fang.Plain, false, false, false
	for {
		l := label{src: i, srcEnd: i, out: len(c.out), sep: sep, wideDot: wideDot, gap: gap, spaced: spaced}
		i = c.parseLabel(b, i, &l)
		if l.outEnd == l.out {
			// A dot behind the last label is a full stop.
			if n := len(c.labels); n > 0 {
				c.out = c.out[:c.labels[n-1].outEnd]
			}
			break
		}
		c.labels = append(c.labels, l)
		if i-c.start > maxChain || len(c.labels) > 127 {
			c.full = true
			break
		}
		n, m := fang.Dot(b, i)
		if n == 0 {
			if n = fang.WordDot(b, i); n == 0 || c.labels[len(c.labels)-1].cjk {
				break
			}
			m = fang.Inert
		}
		spaced = b[i] == ' '
		gap = !spaced && b[i+n-1] == ' '
		if b[i] == '.' && at(b, i+1) == '.' {
			break
		}
		wideDot = b[i] >= 0x80 && n <= 3
		half := b[i] == '[' && n == 2
		if b[i] == ' ' && m == fang.Plain {
			break
		}
		c.out = append(c.out, '.')
		i, sep = i+n, m
		if half {
			c.halfOpen(b, i)
		}
	}
	if n := len(c.labels); n > 0 && at(b, c.start-1) == '_' {
		c.unemphasise(b, &c.labels[n-1])
	}
	return len(c.labels) > 0
}

// unemphasise drops the "_" that closes Markdown's emphasis: _evil.com_.
func (c *chain) unemphasise(b []byte, l *label) {
	for l.outEnd > l.out+1 && c.out[l.outEnd-1] == '_' && b[l.srcEnd-1] == '_' {
		l.outEnd, l.srcEnd = l.outEnd-1, l.srcEnd-1
	}
	c.out = c.out[:l.outEnd]
}

// halfOpen finds the bracket that closes a label opened by "[.", as in "evil[.com]".
func (c *chain) halfOpen(b []byte, i int) {
	e := wordEnd(b, i)
	if at(b, e) == ']' && e > i {
		c.labels[len(c.labels)-1].brackets = 1
	}
}

// parseLabel appends one label's letters to c.out and returns where it ends in the source.
func (c *chain) parseLabel(b []byte, i int, l *label) int {
	for i < len(b) && i-c.start <= maxChain {
		ch := b[i]
		if classes[ch]&cWord != 0 {
			s := i
			i = runEnd(b, i, cWord, maxChain)
			c.out = append(c.out, b[s:i]...)
			l.srcEnd, l.outEnd = i, len(c.out)
			continue
		}
		if ch == '\\' {
			n := escapedJoin(b, i)
			if n == 0 {
				break
			}
			c.out = append(c.out, b[i+n-1])
			i += n
			l.srcEnd, l.outEnd, c.escape = i, len(c.out), true
			continue
		}
		if ch != '<' && ch != '&' && ch < 0x80 {
			break
		}
		if hasAt(b, i, "—") || hasAt(b, i, "―") {
			break // in prose, though ids are written with it
		}
		out, n, _ := fang.Next(b, i)
		if n > 0 && (out == "" || is(out[0], cWord)) {
			if out == "" && ch != '<' && i+n >= len(b) {
				break
			}
			if ch == '<' {
				l.tagged = true
			}
			i += n
			if out != "" {
				c.out = append(c.out, out...)
				l.srcEnd, l.outEnd = i, len(c.out)
			}
			c.styled = true
			continue
		}
		if n > 0 || ch < 0x80 {
			break
		}
		size := c.letter(b, i, l)
		if size == 0 {
			break
		}
		c.out = append(c.out, b[i:i+size]...)
		i += size
		l.srcEnd, l.outEnd = i, len(c.out)
		c.wide = true
	}
	if l.outEnd < l.out {
		l.outEnd = l.out
	}
	return i
}

// escapedJoin measures "\_" and "\\_", by which Markdown keeps "_" from meaning emphasis.
func escapedJoin(b []byte, i int) int {
	n := 1
	if at(b, i+n) == '\\' {
		n++
	}
	if at(b, i+n) == '_' && is(at(b, i+n+1), cAlpha|cDigit|cAnchor|cDot) {
		return n + 1
	}
	return 0
}

// letter measures a letter outside ASCII that may stand in a host name. Letters of scripts
// written without spaces end a label of other letters and the other way round.
func (c *chain) letter(b []byte, i int, l *label) int {
	r, size := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError || !unicode.In(r, unicode.L, unicode.M, unicode.Nd) {
		return 0
	}
	if isCJK(r) {
		if l.outEnd > l.out && !l.cjk {
			return 0
		}
		l.cjk = true
	}
	return size
}

// isCJK reports letters of scripts written without spaces between words, and Hangul, whose
// particles are glued to foreign words.
func isCJK(r rune) bool {
	return r >= 0x3040 && r <= 0x9fff && r != 0x30fb || r >= 0x2e80 && r <= 0x2fff || r >= 0x3005 && r <= 0x3007 || r >= 0xac00 && r <= 0xd7af || r >= 0xf900 && r <= 0xfaff ||
		r >= 0x20000 && r <= 0x3ffff || r >= 0x1100 && r <= 0x11ff || r >= 0x0e00 && r <= 0x0eff ||
		r >= 0xff66 && r <= 0xffdc
}
