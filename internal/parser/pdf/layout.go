package pdf

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/parser"
)

// line is what stands on one height of a page, or of a column of it, from left to right.
type line struct {
	words  []word
	y0, y1 float64
}

func (l line) mid() float64    { return (l.y0 + l.y1) / 2 }
func (l line) height() float64 { return l.y1 - l.y0 }
func (l line) x0() float64     { return l.words[0].x0 }
func (l line) x1() float64 {
	x := l.words[0].x1
	for _, w := range l.words[1:] {
		x = max(x, w.x1)
	}
	return x
}

// text joins words by spaces; Chinese words that touch are not parted.
func (l line) text() string {
	var b strings.Builder
	for i, w := range l.words {
		if i > 0 && w.x0-l.words[i-1].x1 > 0.05*l.height() {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// span is a stretch of the x axis.
type span struct{ from, to float64 }

// maxLines bounds the lines of a page that are searched for columns; comparing runs of lines
// costs their square.
const maxLines = 1000

// maxDepth bounds columns inside columns.
const maxDepth = 3

// linesOf groups words by height. Words belong together when their middles are closer than half
// their height.
func linesOf(words []word) []line {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b word) int { return sign(a.y0 + a.y1 - b.y0 - b.y1) })
	var out []line
	for _, w := range words {
		if n := len(out); n > 0 {
			l := &out[n-1]
			if math.Abs(l.words[0].y0+l.words[0].y1-w.y0-w.y1) < min(l.words[0].height(), w.height()) {
				l.words = append(l.words, w)
				l.y0, l.y1 = min(l.y0, w.y0), max(l.y1, w.y1)
				continue
			}
		}
		out = append(out, line{[]word{w}, w.y0, w.y1})
	}
	for i := range out {
		slices.SortStableFunc(out[i].words, func(a, b word) int { return sign(a.x0 - b.x0) })
	}
	return out
}

func sign(f float64) int {
	switch {
	case f < 0:
		return -1
	case f > 0:
		return 1
	}
	return 0
}

// size is the usual size of the letters: the height of a line, or what follows from the width of
// letters where fonts state a low height (fixed-width letters are 0.6 wide, others less).
func size(lines []line) float64 {
	h := make([]float64, 0, len(lines))
	w := make([]float64, 0, len(lines))
	for _, l := range lines {
		h = append(h, l.height())
		if r, _ := utf8.DecodeRuneInString(l.words[0].text); !parser.Wide(r) {
			w = append(w, width(l)/0.6)
		}
	}
	return max(median(h), min(median(w), 1.5*median(h)), 0.1)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// maxSpace is the widest space between words in ems, that of fixed-width fonts.
const maxSpace = 0.62

// space is the usual space between words.
func space(lines []line, em float64) float64 {
	var v []float64
	for _, l := range lines {
		for i := 1; i < len(l.words); i++ {
			if d := l.words[i].x0 - l.words[i-1].x1; d > 0.1*em {
				v = append(v, min(d, maxSpace*em))
			}
		}
	}
	return median(v)
}

// writer lays out pages into a builder.
type writer struct {
	b    *parser.Builder
	body float64 // usual height of a line in the document, to know headings
}

// region writes the words of a page or column: stretches of lines that share a gutter are tables
// or columns of prose, the rest is running text.
func (w *writer) region(words []word, depth int) {
	lines := linesOf(words)
	em := size(lines)
	f := fit{em: em, gap: max(wideGap*em, 1.25*space(lines, em)), fixed: space(lines, em) > 0.45*em}
	right, reach := margin(lines, em)
	prose := func(l []line) { w.prose(l, right, reach) }
	if len(lines) > maxLines {
		prose(lines)
		return
	}
	plain := 0 // start of the running text not yet written
	for i := 0; i < len(lines); {
		end, gutters := stretch(lines, i, f)
		if len(gutters) == 0 {
			i++
			continue
		}
		columns := split(lines[i:end], gutters)
		if depth < maxDepth && areProse(columns, em) {
			prose(lines[plain:i])
			for _, c := range columns {
				w.b.Blank()
				w.region(c, depth+1)
			}
			i, plain = end, end
			continue
		}
		end = trim(lines, i, end, gutters, em)
		if end-i < 2 {
			i++
			continue
		}
		from := before(lines, plain, i, gutters, em)
		prose(lines[plain:from])
		w.table(lines[from:end], gutters, em)
		i, plain = end, end
	}
	prose(lines[plain:])
}

// wideGap is the least width of a gutter in ems; word spaces are a quarter to half of the height.
// narrowGap is for tables with little padding, where the text on both sides must be aligned.
const (
	wideGap   = 0.7
	narrowGap = 0.2
)

// fit is what decides whether a gap is a gutter.
type fit struct {
	em    float64
	gap   float64 // least width of a gutter
	fixed bool    // the text is set in a fixed-width font
}

// stretch finds how far lines from i on share vertical gutters, and the gutters, none if they do not.
func stretch(lines []line, i int, f fit) (end int, gutters []span) {
	em := f.em
	occupied := segments(lines[i], f.gap)
	if i+1 < len(lines) && lines[i+1].mid()-lines[i].mid() < beside*em { // columns that are not on the same height
		occupied = merge(occupied, segments(lines[i+1], f.gap), f.gap)
	}
	for end = i + 1; end < len(lines) && len(occupied) > 1 && near(lines, end, em); end++ {
		next := merge(occupied, segments(lines[end], f.gap), f.gap)
		if len(next) < 2 {
			break
		}
		occupied = next
	}
	need := f.gap
	switch {
	case end-i <= 2:
		need = max(need, 1.5*em)
	case end-i < 6:
		need = max(need, em)
	}
	gutters = slices.DeleteFunc(gaps(occupied), func(g span) bool { return g.to-g.from < need || !held(lines[i:end], g) })
	if end-i < 2 {
		end, gutters = i+1, nil
	}
	gutters = withoutBullets(lines[i:end], gutters)
	if f.fixed {
		return end, gutters // single spaces are as wide as narrow gutters
	}
	if far, close := narrow(lines, i, em); far > i && (far > end || len(gutters) == 0) {
		if close = withoutBullets(lines[i:far], close); len(close) > 0 {
			return far, close
		}
	}
	return end, gutters
}

// maxNarrow bounds the lines searched for narrow gutters, which are judged anew with each line.
const maxNarrow = 120

// narrow is stretch for narrow gutters: it ends where the text stops being aligned beside them.
func narrow(lines []line, i int, em float64) (end int, gutters []span) {
	occupied := segments(lines[i], em*narrowGap)
	for n := i + 1; n < min(len(lines), i+maxNarrow) && near(lines, n, em); n++ {
		if occupied = merge(occupied, segments(lines[n], em*narrowGap), em*narrowGap); len(occupied) < 2 {
			break
		}
		if n-i < 3 {
			continue
		}
		found := aligned(lines[i:n+1], gaps(occupied))
		if len(found) == 0 && end > 0 {
			break
		}
		if len(found) > 0 {
			end, gutters = n+1, found
		}
	}
	return end, gutters
}

// near tells that a line follows the one before it without a big space.
func near(lines []line, i int, em float64) bool { return lines[i].y0-lines[i-1].y1 < 3*em }

// gaps are the stretches between spans.
func gaps(occupied []span) (out []span) {
	for k := 1; k < len(occupied); k++ {
		out = append(out, span{occupied[k-1].to, occupied[k].from})
	}
	return out
}

// held tells that a gutter has text on both sides in more than one line; two lines are judged by
// its width alone.
func held(lines []line, g span) bool {
	if len(lines) < 3 {
		return true
	}
	left, right := 0, 0
	for _, l := range lines {
		if l.words[0].x0 < g.from {
			left++
		}
		if l.x1() > g.to {
			right++
		}
	}
	return left >= 2 && right >= 2
}

// aligned keeps the gutters with text set flush left on both sides: gaps between words that happen
// to stand above each other have not.
func aligned(lines []line, gutters []span) []span {
	return slices.DeleteFunc(gutters, func(g span) bool {
		for _, side := range split(lines, []span{g}) {
			column := linesOf(side)
			flush := 0
			left := math.Inf(1)
			for _, l := range column {
				left = min(left, l.x0())
			}
			for _, l := range column {
				if l.x0() < left+1 {
					flush++
				}
			}
			if flush < 3 || flush*10 < len(column)*7 {
				return true
			}
		}
		return false
	})
}

// before takes lines above a table into it that stand inside one of its columns and beside or
// against its first line: the first part of a cell that is higher than its neighbours.
func before(lines []line, plain, i int, gutters []span, em float64) int {
	for i > plain && i > 0 {
		l, next := lines[i-1], lines[i]
		inside := column(l.words[0], gutters) == column(l.words[len(l.words)-1], gutters)
		for _, g := range gutters {
			inside = inside && (l.x1() < g.from+1 || l.x0() > g.to-1)
		}
		beside := next.mid()-l.mid() < beside*em
		if !inside || !beside && !(len(l.words) == 1 && parser.Continues(parser.Line{Text: l.text(), Full: true}, next.words[0].text)) {
			break
		}
		i--
	}
	return i
}

// segments are the stretches of a line without a wide gap.
func segments(l line, gap float64) []span {
	var out []span
	for _, w := range l.words {
		if n := len(out); n > 0 && w.x0-out[n-1].to < gap {
			out[n-1].to = max(out[n-1].to, w.x1)
			continue
		}
		out = append(out, span{w.x0, w.x1})
	}
	return out
}

// merge joins two sorted lists of spans, and those that are closer than a gutter.
func merge(a, b []span, gap float64) []span {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y span) int { return sign(x.from - y.from) })
	out := all[:1]
	for _, s := range all[1:] {
		if last := &out[len(out)-1]; s.from-last.to < gap {
			last.to = max(last.to, s.to)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// column is the number of the column a word stands in.
func column(w word, gutters []span) int {
	for i, g := range gutters {
		if w.x0 < (g.from+g.to)/2 {
			return i
		}
	}
	return len(gutters)
}

// split parts the words of lines by gutters.
func split(lines []line, gutters []span) [][]word {
	out := make([][]word, len(gutters)+1)
	for _, l := range lines {
		for _, w := range l.words {
			c := column(w, gutters)
			out[c] = append(out[c], w)
		}
	}
	return out
}

// withoutBullets drops a gutter after a first column of bullets or numbers: that is a list.
func withoutBullets(lines []line, gutters []span) []span {
	if len(gutters) == 0 {
		return gutters
	}
	for _, w := range split(lines, gutters)[0] {
		if utf8.RuneCountInString(w.text) > 3 {
			return gutters
		}
	}
	return gutters[1:]
}

// areProse tells columns of running text from the columns of a table: their lines are many and
// have several words each.
func areProse(columns [][]word, em float64) bool {
	for _, c := range columns {
		lines := linesOf(c)
		if len(lines) < 5 {
			return false
		}
		words := 0.0
		for _, w := range c {
			if r, _ := utf8.DecodeRuneInString(w.text); parser.Wide(r) { // Chinese has no spaces
				words += float64(utf8.RuneCountInString(w.text)) / 3
				continue
			}
			words++
		}
		if words/float64(len(lines)) < 4 {
			return false
		}
	}
	return len(columns) <= 4 && em > 0
}

// trim cuts lines off the end of a table that have text in the first column only, like the text
// after it: all but those that stand beside the line above, or are the rest of a long value.
func trim(lines []line, i, end int, gutters []span, em float64) int {
	for end > i+1 {
		l, above := lines[end-1], lines[end-2]
		if column(l.words[len(l.words)-1], gutters) > 0 || l.mid()-above.mid() < beside*em {
			break
		}
		if len(l.words) == 1 && l.mid()-above.mid() < 1.5*em && longValue(lines[i:end-1], gutters) {
			break
		}
		end--
	}
	return end
}

// longValue tells that the first column of the last lines is one long word, which may go on below.
func longValue(lines []line, gutters []span) bool {
	for i := len(lines) - 1; i >= max(0, len(lines)-3); i-- {
		l := lines[i]
		if column(l.words[0], gutters) == 0 {
			return len(l.words[0].text) >= 8 && (len(l.words) == 1 || column(l.words[1], gutters) > 0)
		}
	}
	return false
}

// prose writes lines as running text: a line is joined to the next when the next word would not
// have fitted on it, and kept apart when it was ended on purpose. right is the edge of the page's or
// column's text; reach tells that lines are broken there.
func (w *writer) prose(lines []line, right float64, reach bool) {
	if len(lines) == 0 {
		return
	}
	em := size(lines)
	w.b.Break()
	var chunk []parser.Line
	for i, l := range lines {
		last := i == len(lines)-1
		item := parser.Line{Text: l.text(), Full: reach && l.x1() > right-1.5*width(l)}
		item.Tight = reach && !last && tight(l, lines[i+1], right)
		chunk = append(chunk, item)
		if !last && wrapped(l, lines[i+1], right, em) {
			continue
		}
		w.paragraph(chunk, l)
		chunk = nil
		if !last && lines[i+1].mid()-l.mid() > 1.9*max(l.height(), lines[i+1].height()) {
			w.b.Blank()
		}
	}
}

// paragraph writes joined lines; short ones in big letters are headings.
func (w *writer) paragraph(chunk []parser.Line, l line) {
	text := parser.JoinCell(chunk, "")
	if w.body > 0 && l.height() > 1.2*w.body && len(chunk) <= 3 && utf8.RuneCountInString(text) < 160 {
		level := 2
		if l.height() > 1.6*w.body {
			level = 1
		}
		w.b.Blank()
		w.b.Begin(parser.Heading, "", level)
		w.b.Write(text)
		w.b.End()
	} else {
		w.b.Write(text)
	}
	w.b.Break()
}

// margin is the right edge of running text; reach tells that at least two lines come up to it, so
// that one that does may have been broken there.
func margin(lines []line, em float64) (right float64, reach bool) {
	for _, l := range lines {
		right = max(right, l.x1())
	}
	n := 0
	for _, l := range lines {
		if l.x1() > right-1.5*em {
			n++
		}
	}
	return right, n >= 2
}

// width is the mean width of a character of a line.
func width(l line) float64 {
	n := 0
	sum := 0.0
	for _, w := range l.words {
		n += utf8.RuneCountInString(w.text)
		sum += w.x1 - w.x0
	}
	return sum / float64(max(n, 1))
}

// wrapped tells that a line was broken for want of room.
func wrapped(l, next line, right, em float64) bool {
	if next.mid()-l.mid() > 1.9*max(l.height(), next.height()) || next.height() > 1.25*l.height() || l.height() > 1.25*next.height() {
		return false
	}
	first := next.words[0]
	r, _ := utf8.DecodeRuneInString(first.text)
	if strings.ContainsRune("•●▪◦‣–-*·■□➢✓", r) || listNumber(first.text) {
		return false
	}
	need := first.x1 - first.x0
	if parser.Wide(r) {
		need = max(need, em)
	}
	return l.x1()+0.3*em+need > right
}

// tight tells that the first piece of the next line, up to where a browser breaks a URL, had no room
// on this one.
func tight(l, next line, right float64) bool {
	first := next.words[0].text
	n := strings.IndexAny(first[1:], "/-?&=_.%") + 2
	if n < 2 {
		n = len(first)
	}
	return l.x1()+float64(n)*width(next) > right
}

// listNumber recognises "1.", "12)", "(3)" at the start of a line.
func listNumber(s string) bool {
	t := strings.Trim(s, "().")
	return t != s && t != "" && len(t) <= 2 && strings.Trim(t, "0123456789") == ""
}
