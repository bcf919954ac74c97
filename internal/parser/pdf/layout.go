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
		if len(gutters) == 0 || strays(lines, i, end, gutters, f) {
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
		item := parser.Line{Text: l.text(), Full: reach && l.x1() > right-slack(l)}
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

// slack is how far from the edge a line may end that was broken for want of room: a wide letter.
func slack(l line) float64 { return max(1.5*width(l), 0.9*l.height()) }

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
