package xlsx

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/ooxml"
)

// maxGap bounds the empty cells written for columns that are passed over.
const maxGap = 64

// maxRefs bounds the cells whose places are remembered for links, which come after the data.
const maxRefs = 100_000

// rows reads the cells of one sheet.
type rows struct {
	w     *workbook
	place map[string][2]int // by reference "B7": bytes of the text
	links [][2]string       // reference, relationship id or URL

	number int
	cells  []string
	refs   []string
	ref    string
	kind   string
	style  int
	value  strings.Builder
	in     bool
	skip   bool // phonetic guide
}

func (w *workbook) sheet(s sheet) error {
	data, err := w.pkg.Part(s.part)
	if err != nil || data == nil {
		return err
	}
	rels, err := w.pkg.Rels(s.part)
	if err != nil {
		w.b.Warn("sheet "+s.name, "its links could not be read")
	}
	w.b.Blank()
	w.b.Begin(parser.Heading, s.name, 2)
	w.b.Write(s.name)
	w.b.End()
	w.b.Break()
	if s.state != "" && s.state != "visible" {
		w.b.Warn("sheet "+s.name, "is hidden in the workbook; it was read")
	}
	w.b.Begin(parser.Table, s.name, 0)
	r := &rows{w: w, place: map[string][2]int{}}
	err = w.pkg.Walk(data, ooxml.Handler{Start: r.start, End: r.end, Text: r.text})
	w.b.End()
	for _, l := range r.links {
		url := l[1]
		if rel, ok := rels[url]; ok {
			url = rel.Target
		}
		w.link(url, r.place[l[0]])
	}
	for _, rel := range rels {
		if rel.Type == "comments" && !rel.External {
			w.comments(s.name, rel.Target)
		}
	}
	return err
}

// link notes a hyperlink of a cell whose place may not be known.
func (w *workbook) link(url string, at [2]int) {
	if at == ([2]int{}) {
		at = [2]int{w.b.Len(), w.b.Len()}
	}
	w.b.LinkAt(url, at[0], at[1])
}

func (r *rows) start(name string, attr []xml.Attr) error {
	switch name {
	case "row":
		r.cells, r.refs = r.cells[:0], r.refs[:0]
	case "c":
		r.ref, r.kind, r.style = ooxml.Attr(attr, "r"), ooxml.Attr(attr, "t"), 0
		if n, err := strconv.Atoi(ooxml.Attr(attr, "s")); err == nil {
			r.style = n
		}
		r.value.Reset()
	case "v":
		r.in = true
	case "t":
		r.in = !r.skip && r.kind == "inlineStr"
	case "rPh":
		r.skip = true
	case "hyperlink":
		id := ooxml.Attr(attr, "id")
		if id == "" {
			break // a place inside the workbook
		}
		ref, _, _ := strings.Cut(ooxml.Attr(attr, "ref"), ":")
		if len(r.links) < maxRefs {
			r.links = append(r.links, [2]string{ref, id})
		}
	}
	return nil
}

func (r *rows) text(t []byte) error {
	if r.in {
		r.value.Write(t)
	}
	return nil
}

func (r *rows) end(name string) error {
	switch name {
	case "v", "t":
		r.in = false
	case "rPh":
		r.skip = false
	case "c":
		r.cell()
	case "row":
		return r.row()
	}
	return nil
}

// cell puts the value into its column; columns in between are empty.
func (r *rows) cell() {
	col := column(r.ref)
	if col < 0 {
		col = len(r.cells)
	}
	for gap := 0; len(r.cells) < col && gap < maxGap; gap++ {
		r.cells, r.refs = append(r.cells, ""), append(r.refs, "")
	}
	r.cells, r.refs = append(r.cells, r.shown()), append(r.refs, r.ref)
}

// shown is the cell's value as a reader sees it.
func (r *rows) shown() string {
	v := r.value.String()
	switch r.kind {
	case "s":
		if i, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && i >= 0 && i < len(r.w.strings) {
			return r.w.strings[i]
		}
		return ""
	case "b":
		return map[string]string{"0": "FALSE", "1": "TRUE"}[v]
	case "", "n":
		if r.style >= 0 && r.style < len(r.w.dates) && r.w.dates[r.style] {
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				return date(f, r.w.date1904)
			}
		}
		if strings.ContainsAny(v, "eE") { // 1.5E+2: write whole numbers out
			if f, err := strconv.ParseFloat(v, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1e15 {
				return strconv.FormatFloat(f, 'f', 0, 64)
			}
		}
	}
	return v
}

// row writes the row, unless it is empty.
func (r *rows) row() error {
	if err := r.w.ctx.Err(); err != nil {
		return err
	}
	for len(r.cells) > 0 && r.cells[len(r.cells)-1] == "" {
		r.cells = r.cells[:len(r.cells)-1]
	}
	if len(r.cells) == 0 || r.w.b.Full() {
		return nil
	}
	b := r.w.b
	b.Break()
	b.Begin(parser.Row, "", r.number)
	for i, c := range r.cells {
		if i > 0 {
			b.Write("\t")
		}
		from := b.Len()
		b.Begin(parser.Cell, "", i)
		b.Write(parser.Flat(c))
		b.End()
		if c != "" && r.refs[i] != "" && len(r.place) < maxRefs {
			r.place[r.refs[i]] = [2]int{from, b.Len()}
		}
	}
	b.End()
	b.Write("\n")
	r.number++
	return nil
}

// column is the number of a reference's column from 0, -1 when it has none.
func column(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 4; i++ {
		c := ref[i]
		if c < 'A' || c > 'Z' {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

// comments writes the comments of a sheet after it.
func (w *workbook) comments(name, part string) {
	data, err := w.pkg.Part(part)
	if err != nil || data == nil {
		w.b.Warn("sheet "+name, "its comments could not be read")
		return
	}
	ref, in := "", false
	var text strings.Builder
	err = w.pkg.Walk(data, ooxml.Handler{
		Start: func(el string, attr []xml.Attr) error {
			switch el {
			case "comment":
				ref = ooxml.Attr(attr, "ref")
				text.Reset()
			case "t":
				in = true
			}
			return nil
		},
		Text: func(t []byte) error {
			if in {
				text.Write(t)
			}
			return nil
		},
		End: func(el string) error {
			switch el {
			case "t":
				in = false
			case "comment":
				w.b.Break()
				w.b.Write(ref + ": " + parser.Flat(text.String()) + "\n")
			}
			return nil
		},
	})
	if err != nil {
		w.b.Warn("sheet "+name, "its comments could not be read")
	}
}

// builtinDate tells that a built-in number format is a date or time (ECMA-376 part 1, 18.8.30).
func builtinDate(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58)
}

// dateFormat tells that a custom format shows a date: it has a year, day or hour outside quotes.
func dateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == 'y' || c == 'Y' || c == 'd' || c == 'D' || c == 'h' || c == 'H':
			return true
		}
	}
	return false
}

// date writes a serial number as a date, or date and time. 1900 is taken for a leap year, as
// Excel does.
func date(serial float64, base1904 bool) string {
	if serial < 0 || serial > 2958466 || math.IsNaN(serial) {
		return strconv.FormatFloat(serial, 'f', -1, 64)
	}
	day0 := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if base1904 {
		day0 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if serial < 60 {
		serial++
	}
	t := day0.Add(time.Duration(math.Round(serial*86400)) * time.Second)
	switch {
	case serial < 1:
		return t.Format("15:04:05")
	case t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}
