package pdf

import (
	"math"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
)

// cells are the lines of one visual line of a table by column; nil where a column is empty.
type cells []*line

// table writes lines that share gutters as rows. A row may be several lines high, in any of its
// columns.
func (w *writer) table(lines []line, gutters []span, em float64) {
	grid := make([]cells, len(lines))
	for i, l := range lines {
		grid[i] = make(cells, len(gutters)+1)
		for _, x := range l.words {
			c := column(x, gutters)
			if grid[i][c] == nil {
				grid[i][c] = &line{y0: x.y0, y1: x.y1}
			}
			at := grid[i][c]
			at.words = append(at.words, x)
			at.y0, at.y1 = min(at.y0, x.y0), max(at.y1, x.y1)
		}
	}
	edges := rightEdges(grid, gutters)
	starts := rowStarts(lines, grid, edges, em)
	w.b.Blank()
	w.b.Begin(parser.Table, "", 0)
	var header []string
	for n, from := range starts {
		to := len(lines)
		if n+1 < len(starts) {
			to = starts[n+1]
		}
		row := joinRow(grid[from:to], edges, header)
		if n == 0 {
			header = row
		}
		w.b.Row(n, row)
	}
	w.b.End()
	w.b.Blank()
}

// edge is the right end of a column. firm tells that lines are really broken there: several reach
// it, or the next column begins right after.
type edge struct {
	x    float64
	firm bool
}

func rightEdges(grid []cells, gutters []span) []edge {
	out := make([]edge, len(gutters)+1)
	for c := range out {
		for _, row := range grid {
			if row[c] != nil {
				out[c].x = max(out[c].x, row[c].x1())
			}
		}
		reach := 0
		for _, row := range grid {
			if row[c] != nil && row[c].x1() > out[c].x-slack(*row[c]) {
				reach++
			}
		}
		out[c].firm = reach >= 2 || c < len(gutters) && gutters[c].to-gutters[c].from < 18
	}
	return out
}

func (e edge) full(l *line) bool { return e.firm && l.x1() > e.x-slack(*l) }

// rowStarts finds the lines that begin a row.
func rowStarts(lines []line, grid []cells, edges []edge, em float64) []int {
	for i := 1; i < len(lines); i++ {
		if lines[i].mid()-lines[i-1].mid() < beside*em {
			if starts := bands(lines, grid, em); len(starts) > 1 {
				return starts
			}
			return centredRows(lines, grid, edges, em)
		}
	}
	threshold := rowGap(lines, grid, em)
	starts := []int{0}
	for i := 1; i < len(lines); i++ {
		if threshold > 0 && lines[i].mid()-lines[i-1].mid() > threshold ||
			threshold == 0 && startsRow(grid, starts[len(starts)-1], i, edges) {
			starts = append(starts, i)
		}
	}
	return starts
}

// beside is the distance in ems below which two lines are not below but beside each other.
const beside = 0.85

// bands finds rows parted by white space across all columns: inside a row the highest cell leaves
// none but that between its lines.
func bands(lines []line, grid []cells, em float64) []int {
	inner := math.Inf(1) // least space between lines of a cell
	for c := range grid[0] {
		var above *line
		for i := range grid {
			if grid[i][c] == nil {
				continue
			}
			if above != nil {
				inner = min(inner, grid[i][c].y0-above.y1)
			}
			above = grid[i][c]
		}
	}
	starts := []int{0}
	bottom := lines[0].y1
	for i, l := range lines {
		if l.y0-bottom > inner+0.12*em {
			starts = append(starts, i)
		}
		bottom = max(bottom, l.y1)
	}
	return starts
}

// centredRows finds rows where cells are centred in their height: the column with most lines tells
// where rows part, and the lines of the others fall to the row they stand in.
func centredRows(lines []line, grid []cells, edges []edge, em float64) []int {
	best, most := 0, 0
	for c := range edges {
		n := 0
		for i := range grid {
			if grid[i][c] != nil {
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	var main []line
	var only []cells
	for i := range grid {
		if grid[i][best] != nil {
			main = append(main, lines[i])
			only = append(only, cells{grid[i][best]})
		}
	}
	threshold := rowGap(main, only, em)
	starts := []int{0}
	at := 0 // first line not yet looked at
	for k := 1; k < len(main); k++ {
		d := main[k].mid() - main[k-1].mid()
		if threshold > 0 && d <= threshold || threshold == 0 && goesOn(only[k-1][0], only[k][0], edges[best]) {
			continue
		}
		border := (main[k-1].mid() + main[k].mid()) / 2
		for at < len(lines) && lines[at].mid() < border {
			at++
		}
		if at > starts[len(starts)-1] && at < len(lines) {
			starts = append(starts, at)
		}
	}
	return starts
}

// rowGap finds the distance between lines above which a new row begins, where rows stand wider
// apart than the lines inside them; 0 when distances do not tell.
func rowGap(lines []line, grid []cells, em float64) float64 {
	var d []float64
	for i := 1; i < len(lines); i++ {
		if x := lines[i].mid() - lines[i-1].mid(); x >= beside*em {
			d = append(d, x)
		}
	}
	if len(d) < 2 {
		return 0
	}
	slices.Sort(d)
	cut := 0
	for i := 1; i < len(d) && cut == 0; i++ {
		if d[i] > 1.12*d[i-1] {
			cut = i
		}
	}
	if cut == 0 || d[cut-1] > 1.5*em {
		return 0
	}
	threshold := (d[cut-1] + d[cut]) / 2
	// Lines after a small gap that fill every column their row has are rows, not rests of cells.
	rows, rests := 0, 0
	for i := 1; i < len(lines); i++ {
		if x := lines[i].mid() - lines[i-1].mid(); x < beside*em || x > threshold {
			continue
		}
		if filled(grid[i]) >= filled(grid[i-1]) && filled(grid[i]) > 1 {
			rows++
		} else {
			rests++
		}
	}
	if rows > 2*rests {
		return 0
	}
	return threshold
}

func filled(row cells) (n int) {
	for _, c := range row {
		if c != nil {
			n++
		}
	}
	return n
}

// startsRow decides by content: a line begins a row when its first column has text that does not
// go on with what stands above it in the same row.
func startsRow(grid []cells, from, i int, edges []edge) bool {
	if grid[i][0] == nil {
		return false
	}
	for c := range grid[i] {
		if grid[i][c] == nil {
			continue
		}
		var above *line
		for k := i - 1; k >= from && above == nil; k-- {
			above = grid[k][c]
		}
		if above == nil {
			continue
		}
		if goesOn(above, grid[i][c], edges[c]) {
			return false
		}
	}
	return true
}

// goesOn tells that a line is the rest of the value above it.
func goesOn(above, below *line, e edge) bool {
	a, b := above.text(), below.text()
	item := parser.Line{Text: a, Full: e.full(above), Tight: e.firm && tight(*above, *below, e.x)}
	if parser.Continues(item, b) {
		return true
	}
	return item.Full && !strings.ContainsAny(a+b, " ") && parser.JoinCell([]parser.Line{item, {Text: b}}, "") == a+b
}

// joinRow joins the lines of each cell. A heading that names SHA-256 tells halves of one hash from
// two MD5; it may stand above the column or at the start of the row.
func joinRow(rows []cells, edges []edge, header []string) []string {
	out := make([]string, len(edges))
	for c := range out {
		var lines []parser.Line
		var above *line
		for _, r := range rows {
			if r[c] == nil {
				continue
			}
			if above != nil {
				lines[len(lines)-1].Tight = edges[c].firm && tight(*above, *r[c], edges[c].x)
			}
			lines = append(lines, parser.Line{Text: r[c].text(), Full: edges[c].full(r[c])})
			above = r[c]
		}
		label := ""
		if c < len(header) {
			label = header[c]
		}
		if c > 0 {
			label += " " + out[0]
		}
		out[c] = parser.JoinCell(lines, label)
	}
	return out
}
