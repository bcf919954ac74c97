package asciidoc

import (
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
)

// maxColumns bounds the columns of a table, maxCells the cells of one line.
const (
	maxColumns = 200
	maxCells   = 10_000
)

// table reads a table up to its closing mark. The count of columns is that of the first line of
// cells, or the "cols" attribute; cells may stand on lines of their own.
func (r *reader) table(mark string) {
	cols := columns(r.style)
	style := r.style
	r.paragraph()
	r.head = false
	var cells [][]string // each the lines of a cell
	sep := "|"
	switch {
	case mark[0] == ',', strings.Contains(style, "csv"):
		sep = ","
	case mark[0] == ':', strings.Contains(style, "dsv"):
		sep = ":"
	}
	r.b.Blank()
	r.b.Begin(parser.Table, "", 0)
	row := 0
	flush := func(all bool) {
		for cols > 0 && (len(cells) >= cols || all && len(cells) > 0) {
			n := min(cols, len(cells))
			r.row(row, cells[:n])
			row++
			cells = cells[n:]
		}
	}
	r.until(mark, func(line string) {
		if strings.TrimSpace(line) == "" {
			return
		}
		found, rest := split(line, sep)
		if rest != "" { // the last cell goes on
			if n := len(cells); n > 0 {
				cells[n-1] = append(cells[n-1], rest)
			} else {
				found = append([]string{rest}, found...)
			}
		}
		if len(found) > 0 {
			// The last cell may still go on in the next line, so it is written with what follows.
			if cols > 0 && len(cells) >= cols {
				flush(false)
			}
			if cols == 0 && len(cells) == 0 {
				cols = min(len(found), maxColumns)
			}
			for _, c := range found {
				cells = append(cells, []string{c})
			}
		}
	})
	flush(true)
	r.b.End()
	r.b.Blank()
}

// columns reads cols="1,2,3" or cols=3*; 0 when it is not stated.
func columns(style string) int {
	_, v, ok := strings.Cut(style, "cols=")
	if !ok {
		return 0
	}
	v = strings.Trim(v, `"]`)
	v, _, _ = strings.Cut(v, `"`)
	n := 0
	for c := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ';' }) {
		times, _, starred := strings.Cut(strings.TrimSpace(c), "*")
		if k, err := strconv.Atoi(times); starred && err == nil && k > 0 {
			n += min(k, maxColumns)
		} else {
			n++
		}
	}
	return min(n, maxColumns)
}

// split parts a line into cells; rest is what stands before the first mark. Marks may carry a
// format ("a|", "2+|", ".3+^|") and be escaped by a backslash.
func split(line, sep string) (cells []string, rest string) {
	if sep != "|" {
		return strings.Split(line, sep), ""
	}
	var parts []string
	start := 0
	for i := 0; i < len(line) && len(parts) < maxCells; i++ {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			parts = append(parts, strings.ReplaceAll(line[start:i], `\|`, "|"))
			start = i + 1
		}
	}
	parts = append(parts, strings.ReplaceAll(line[start:], `\|`, "|"))
	if len(parts) == 1 {
		return nil, strings.TrimSpace(parts[0])
	}
	for i := range parts[:len(parts)-1] {
		parts[i] = unformat(parts[i])
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts[1:], parts[0]
}

// unformat cuts the format of the next cell off the end of a cell: " a", "2+", "^.^s".
func unformat(s string) string {
	cut := len(s) - len(strings.TrimRight(s, "0123456789+*.<^>aehlmsd"))
	f := s[len(s)-cut:]
	if cut == 0 || len(f) > 8 || len(s) > cut && s[len(s)-cut-1] != ' ' || strings.Count(f, ".") > 1 {
		return s
	}
	if strings.ContainsAny(f, "+*<^>") || len(f) == 1 && strings.Contains("aehlmsd", f) && len(s) == cut {
		return s[:len(s)-cut]
	}
	return s
}

func (r *reader) row(number int, cells [][]string) {
	r.b.Break()
	r.b.Begin(parser.Row, "", number)
	for i, c := range cells {
		if i > 0 {
			r.b.Write("\t")
		}
		r.b.Begin(parser.Cell, "", i)
		r.inline(parser.Flat(strings.Join(c, "\n")))
		r.b.End()
	}
	r.b.End()
	r.b.Write("\n")
}
