package docx

import (
	"encoding/xml"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/ooxml"
)

// style is what a paragraph style means to a reader of text.
type style struct {
	heading int // level, 0 for none
	code    bool
	list    bool
}

// styles reads word/styles.xml; documents without it have no headings.
func styles(p *ooxml.Package) map[string]style {
	out := map[string]style{}
	data, err := p.Part("word/styles.xml")
	if err != nil || data == nil {
		return out
	}
	id := ""
	_ = p.Walk(data, ooxml.Handler{Start: func(name string, attr []xml.Attr) error { // a broken part means no styles
		switch name {
		case "style":
			id = ooxml.Attr(attr, "styleId")
		case "name":
			if id != "" {
				if s := styleOf(ooxml.Attr(attr, "val")); s != (style{}) {
					out[id] = s
				}
			}
		case "outlineLvl":
			if n, err := strconv.Atoi(ooxml.Attr(attr, "val")); err == nil && n >= 0 && n < 9 && id != "" {
				s := out[id]
				s.heading = min(n+1, 6)
				out[id] = s
			}
		}
		return nil
	}})
	return out
}

// styleOf reads a style's name; Word writes built-in names in English in every language.
func styleOf(name string) style {
	l := strings.ToLower(name)
	for _, prefix := range [...]string{"heading ", "heading", "标题 ", "标题"} {
		if rest, ok := strings.CutPrefix(l, prefix); ok && rest != "" {
			if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= 9 {
				return style{heading: min(n, 6)}
			}
		}
	}
	if l == "title" {
		return style{heading: 1}
	}
	return style{list: strings.HasPrefix(l, "list "), code: strings.Contains(l, "code") || strings.Contains(l, "preformatted") || l == "plain text"}
}

// link is a hyperlink inside a paragraph or cell, by bytes of its text.
type link struct {
	url        string
	start, end int
}

// para is a paragraph while it is read. Text boxes inside it come after it.
type para struct {
	text  strings.Builder
	links []link
	style style
	list  bool
	after []para
}

// cell is a table cell while it is read.
type cell struct {
	text  strings.Builder
	links []link
}

// reader walks a part and writes what it finds in order.
type reader struct {
	pkg    *ooxml.Package
	b      *parser.Builder
	styles map[string]style
	rels   map[string]ooxml.Rel

	paras  []*para // open ones, inner last
	tables int     // nesting
	row    int
	labels []string // cells of the first row of the table
	cells  []*cell  // of the row of the outermost table
	cell   *cell    // nil outside tables

	skip    int // nesting inside deleted or alternative content
	props   int // nesting inside paragraph, run or table properties
	inText  bool
	inField bool // reading the instruction of a field
	vanish  bool // of the current run
	instr   strings.Builder
	open    []openLink
}

// openLink is a hyperlink or field that was not closed yet.
type openLink struct {
	url   string
	start int
	field bool
}

// part reads one part of the document.
func (r *reader) part(name string, data []byte) error {
	rels, err := r.pkg.Rels(name)
	if err != nil {
		r.b.Warn(name, "its links could not be read")
	}
	r.rels = rels
	r.paras, r.cells, r.cell, r.tables, r.skip, r.props, r.open = nil, nil, nil, 0, 0, 0, nil
	r.inText, r.inField, r.vanish = false, false, false
	return r.pkg.Walk(data, ooxml.Handler{Start: r.start, End: r.end, Text: r.text})
}

func skipped(name string) bool {
	return name == "del" || name == "moveFrom" || name == "Fallback" || name == "delText" || name == "delInstrText"
}

func property(name string) bool {
	return name == "pPr" || name == "rPr" || name == "tblPr" || name == "trPr" || name == "tcPr" || name == "sectPr"
}

func (r *reader) start(name string, attr []xml.Attr) error {
	if r.props > 0 { // <w:del/> and <w:tab/> mean other things in properties
		r.property(name, attr)
		if property(name) {
			r.props++
		}
		return nil
	}
	if skipped(name) {
		r.skip++
	}
	if r.skip > 0 {
		return nil
	}
	switch {
	case property(name):
		r.props++
	case name == "p":
		r.paras = append(r.paras, &para{})
	case name == "r":
		r.vanish = false
	case name == "t":
		r.inText = true
	case name == "instrText":
		r.inField = true
	case name == "tab" || name == "ptab":
		r.write("\t")
	case name == "br" || name == "cr":
		r.write("\n")
	case name == "noBreakHyphen":
		r.write("-")
	case name == "hyperlink":
		url := r.rels[ooxml.Attr(attr, "id")].Target
		if a := ooxml.Attr(attr, "anchor"); a != "" && url != "" {
			url += "#" + a
		}
		r.open = append(r.open, openLink{url: url, start: r.at()})
	case name == "fldSimple":
		r.open = append(r.open, openLink{url: fieldURL(ooxml.Attr(attr, "instr")), start: r.at()})
	case name == "fldChar":
		r.field(ooxml.Attr(attr, "fldCharType"))
	case name == "tbl":
		if r.tables++; r.tables == 1 {
			r.row, r.labels = 0, nil
			r.b.Blank()
			r.b.Begin(parser.Table, "", 0)
		}
	case name == "tr" && r.tables == 1:
		r.cells = nil
	case name == "tc" && r.tables == 1:
		r.cell = &cell{}
		r.cells = append(r.cells, r.cell)
	}
	return nil
}

// property reads what matters of paragraph and run properties.
func (r *reader) property(name string, attr []xml.Attr) {
	switch name {
	case "vanish":
		v := ooxml.Attr(attr, "val")
		r.vanish = v != "0" && v != "false"
	case "pStyle":
		if p := r.para(); p != nil {
			p.style = r.styles[ooxml.Attr(attr, "val")]
		}
	case "numPr":
		if p := r.para(); p != nil {
			p.list = true
		}
	}
}

func (r *reader) end(name string) error {
	if property(name) && r.props > 0 {
		r.props--
		return nil
	}
	if r.props > 0 {
		return nil
	}
	if skipped(name) && r.skip > 0 {
		r.skip--
		return nil
	}
	if r.skip > 0 {
		return nil
	}
	switch name {
	case "t":
		r.inText = false
	case "instrText":
		r.inField = false
	case "hyperlink", "fldSimple":
		r.close(false)
	case "p":
		r.endPara()
	case "tr":
		if r.tables == 1 {
			r.endRow()
		}
	case "tc":
		if r.tables == 1 {
			r.cell = nil
		}
	case "tbl":
		if r.tables--; r.tables == 0 {
			r.b.End()
			r.b.Blank()
		}
	}
	return nil
}

func (r *reader) text(t []byte) error {
	switch {
	case r.skip > 0 || r.props > 0:
	case r.inField:
		if r.instr.Len() < 8192 {
			r.instr.Write(t)
		}
	case r.inText && !r.vanish:
		r.write(string(t))
	}
	return nil
}

func (r *reader) para() *para {
	if len(r.paras) == 0 {
		return nil
	}
	return r.paras[len(r.paras)-1]
}

func (r *reader) write(s string) {
	if p := r.para(); p != nil {
		p.text.WriteString(s)
	}
}

// at is the offset in the current paragraph.
func (r *reader) at() int {
	if p := r.para(); p != nil {
		return p.text.Len()
	}
	return 0
}

// field follows complex fields: begin, instruction, separate, result, end.
func (r *reader) field(kind string) {
	switch kind {
	case "begin":
		r.instr.Reset()
		r.open = append(r.open, openLink{start: r.at(), field: true})
	case "separate":
		if n := len(r.open); n > 0 && r.open[n-1].field {
			r.open[n-1].url, r.open[n-1].start = fieldURL(r.instr.String()), r.at()
		}
		r.instr.Reset()
	case "end":
		r.close(true)
	}
}

// close ends the innermost open link of a sort.
func (r *reader) close(field bool) {
	n := len(r.open)
	if n == 0 || r.open[n-1].field != field {
		return
	}
	l := r.open[n-1]
	r.open = r.open[:n-1]
	if p := r.para(); p != nil && l.url != "" && l.start <= p.text.Len() {
		p.links = append(p.links, link{l.url, l.start, p.text.Len()})
	}
}

// fieldURL reads the target of a HYPERLINK, INCLUDEPICTURE or DDEAUTO instruction.
func fieldURL(instr string) string {
	f := strings.Fields(instr)
	if len(f) < 2 {
		return ""
	}
	switch strings.ToUpper(f[0]) {
	case "HYPERLINK", "INCLUDEPICTURE", "INCLUDETEXT":
		for _, w := range f[1:] {
			if w = strings.Trim(w, `"`); w != "" && !strings.HasPrefix(w, "\\") {
				return w
			}
		}
	}
	return ""
}

// endPara hands the paragraph to where it stands: another paragraph, a cell, or the document.
func (r *reader) endPara() {
	p := r.para()
	if p == nil {
		return
	}
	r.paras = r.paras[:len(r.paras)-1]
	if outer := r.para(); outer != nil {
		outer.after = append(outer.after, *p)
		return
	}
	for _, x := range flatten(*p, nil) {
		if r.cell != nil {
			r.cell.add(x)
		} else {
			r.emit(x)
		}
	}
}

func flatten(p para, out []para) []para {
	after := p.after
	p.after = nil
	out = append(out, p)
	for _, a := range after {
		out = flatten(a, out)
	}
	return out
}

func (c *cell) add(p para) {
	if c.text.Len() > 0 {
		c.text.WriteByte('\n')
	}
	at := c.text.Len()
	c.text.WriteString(p.text.String())
	for _, l := range p.links {
		c.links = append(c.links, link{l.url, at + l.start, at + l.end})
	}
}

// emit writes a paragraph outside tables.
func (r *reader) emit(p para) {
	text := strings.TrimRight(parser.Clean(p.text.String()), " \t")
	if strings.TrimSpace(text) == "" {
		for _, l := range p.links {
			r.b.Link(l.url, r.b.Len())
		}
		return
	}
	r.b.Break()
	kind, level := "", 0
	switch {
	case p.style.heading > 0:
		kind, level = parser.Heading, p.style.heading
		r.b.Blank()
	case p.style.code:
		kind = parser.Code
	case p.list || p.style.list:
		kind = parser.List
	}
	if kind != "" {
		r.b.Begin(kind, "", level)
	}
	r.linked(text, p.links)
	if kind != "" {
		r.b.End()
	}
	r.b.Break()
}

// linked writes text piece by piece, so that links get their places.
func (r *reader) linked(text string, links []link) {
	slices.SortStableFunc(links, func(a, b link) int { return a.start - b.start })
	at := 0
	for _, l := range links {
		start, end := min(l.start, len(text)), min(l.end, len(text))
		if start < at {
			r.b.Link(l.url, r.b.Len())
			continue
		}
		r.b.Write(text[at:start])
		from := r.b.Len()
		r.b.Write(text[start:end])
		r.b.Link(l.url, from)
		at = end
	}
	r.b.Write(text[at:])
}

// endRow writes a row of the outermost table.
func (r *reader) endRow() {
	r.b.Break()
	r.b.Begin(parser.Row, "", r.row)
	head := ""
	for i, c := range r.cells {
		if i > 0 {
			r.b.Write("\t")
		}
		label := head
		if i < len(r.labels) {
			label += " " + r.labels[i]
		}
		text := parser.FlatCell(c.text.String(), label)
		if i == 0 {
			head = text
		}
		if r.row == 0 {
			r.labels = append(r.labels, text)
		}
		from := r.b.Len()
		r.b.Begin(parser.Cell, "", i)
		r.b.Write(text)
		for _, l := range c.links {
			r.b.Link(l.url, from)
		}
		r.b.End()
	}
	r.b.End()
	r.b.Write("\n")
	r.row++
	r.cells, r.cell = nil, nil
}

func sortedKeys(m map[string]ooxml.Rel) []string { return slices.Sorted(maps.Keys(m)) }
