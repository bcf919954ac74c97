package pdf

import (
	"math"
	"slices"

	"github.com/vedette-ti/vedette/internal/parser"
)

// wideGap is the least width of a gutter in ems; word spaces are a quarter to half of the height.
// narrowGap is for tables with little padding, where the text on both sides must be aligned.
const (
	wideGap   = 0.7
	narrowGap = 0.1
)

// strays tells that a line only happens to leave a gap where the table below it has one: without it
// the table has more gutters, or others, which the line crosses. It is the end of the paragraph above.
func strays(lines []line, i, end int, gutters []span, f fit) bool {
	if i+1 >= end {
		return false
	}
	far, better := stretch(lines, i+1, f)
	if far < end || len(better) < len(gutters) {
		return false
	}
	if len(better) > len(gutters) {
		return true
	}
	for _, s := range segments(lines[i], narrowGap*f.em) {
		for _, g := range better {
			if s.from < g.to-0.5 && s.to > g.from+0.5 {
				return true
			}
		}
	}
	return false
}

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
	if len(gutters) > 0 {
		gutters = withNarrow(lines[i:end], gutters, em)
	}
	gutters = withoutBullets(lines[i:end], gutters)
	if f.fixed && len(gutters) > 0 {
		return end, gutters // single spaces are as wide as narrow gutters
	}
	if far, close := narrow(lines, i, em); far > i && (far > end || len(gutters) == 0) {
		if close = withoutBullets(lines[i:far], close); len(close) > 0 {
			return far, close
		}
	}
	return end, gutters
}

// withNarrow adds the narrow gutters of a table that has wide ones: between a column of long values,
// which fill their cells, and the next.
func withNarrow(lines []line, gutters []span, em float64) []span {
	if len(lines) < 4 || len(lines) > maxNarrow {
		return gutters
	}
	var occupied []span
	for _, l := range lines {
		occupied = merge(occupied, segments(l, em*narrowGap), em*narrowGap)
	}
	more := slices.DeleteFunc(gaps(occupied), func(g span) bool {
		return slices.ContainsFunc(gutters, func(w span) bool { return g.from < w.to && w.from < g.to })
	})
	gutters = append(gutters, aligned(lines, gutters, more)...)
	slices.SortFunc(gutters, func(a, b span) int { return sign(a.from - b.from) })
	return gutters
}

// maxNarrow bounds the lines searched for narrow gutters, which are judged anew with each line.
const maxNarrow = 120

// narrow is stretch for narrow gutters: it ends where the text stops being aligned beside them.
func narrow(lines []line, i int, em float64) (end int, gutters []span) {
	occupied := segments(lines[i], em*narrowGap)
	if len(occupied) < 2 {
		return 0, nil
	}
	for n := i + 1; n < min(len(lines), i+maxNarrow) && near(lines, n, em); n++ {
		if occupied = merge(occupied, segments(lines[n], em*narrowGap), em*narrowGap); len(occupied) < 2 {
			break
		}
		if n-i < 3 {
			continue
		}
		found := aligned(lines[i:n+1], nil, gaps(occupied))
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

// aligned keeps the candidates, gutters between those already known, with text set flush left on both
// sides: gaps between words that happen to stand above each other have not.
func aligned(lines []line, known, candidates []span) (out []span) {
	all := append(slices.Clone(known), candidates...)
	slices.SortFunc(all, func(a, b span) int { return sign(a.from - b.from) })
	columns := split(lines, all)
	for i, g := range all {
		if slices.Contains(candidates, g) && flush(columns[i]) && flush(columns[i+1]) {
			out = append(out, g)
		}
	}
	return out
}

// flush tells that most lines of a column begin at its left edge.
func flush(words []word) bool {
	column := linesOf(words)
	left := math.Inf(1)
	for _, l := range column {
		left = min(left, l.x0())
	}
	n := 0
	for _, l := range column {
		if l.x0() < left+1 {
			n++
		}
	}
	return n >= 3 && n*10 >= len(column)*7
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
	if len(all) == 0 {
		return nil
	}
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
