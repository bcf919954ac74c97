package html

import (
	"context"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/vedette-ti/vedette/internal/parser"
)

// inline elements do not part words: "evil<b>.com</b>" is one host.
func inline(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Dfn, atom.Em, atom.Font,
		atom.I, atom.Ins, atom.Kbd, atom.Label, atom.Mark, atom.Nobr, atom.Q, atom.Rp, atom.Rt, atom.Ruby, atom.S, atom.Samp, atom.Small,
		atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.Tt, atom.U, atom.Var, atom.Wbr, atom.Img, atom.Picture, 0:
		return true
	}
	return false
}

// walker writes the visible text of a page in order.
type walker struct {
	ctx  context.Context
	b    *parser.Builder
	base *url.URL
	main *html.Node // nil: the whole body

	pre    int      // nesting inside <pre>
	space  bool     // white space is due before the next text
	labels []string // first row of the table being written
}

// walk writes the children of n. in tells whether n is part of the main text; outside of it only
// tables and code blocks are read.
func (w *walker) walk(n *html.Node, in bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if w.b.Full() || w.ctx.Err() != nil {
			return
		}
		switch c.Type {
		case html.TextNode:
			if in {
				w.text(c.Data)
			}
		case html.ElementNode:
			if !invisible(c) {
				w.element(c, in || c == w.main)
			}
		}
	}
}

func (w *walker) element(n *html.Node, in bool) {
	if w.pre == 0 && n != w.main && !w.containsMain(n) && (chrome(n) || linkList(n)) {
		return
	}
	switch n.DataAtom {
	case atom.Table:
		w.table(n, in)
		return
	case atom.Pre, atom.Textarea:
		w.block(n, parser.Code, 0, func() { w.pre++; w.walk(n, true); w.pre-- })
		return
	}
	if !in {
		w.walk(n, false)
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.line()
	case atom.Hr:
		w.blank()
	case atom.Wbr, atom.Img:
	case atom.A:
		w.anchor(n)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.block(n, parser.Heading, int(n.Data[1]-'0'), func() { w.walk(n, true) })
	case atom.Blockquote:
		w.block(n, parser.Quote, 0, func() { w.walk(n, true) })
	case atom.Ul, atom.Ol, atom.Dl:
		w.block(n, parser.List, 0, func() { w.walk(n, true) })
	case atom.P, atom.Figure, atom.Section, atom.Article, atom.Details:
		w.blank()
		w.walk(n, true)
		w.blank()
	default:
		if inline(n.DataAtom) && !blockStyle(n) && !strings.Contains(n.Data, "-") {
			w.walk(n, true)
			return
		}
		w.line()
		w.walk(n, true)
		w.line()
	}
}

// blockStyle tells that an inline element is shown as a block: code listings of spans.
func blockStyle(n *html.Node) bool {
	return strings.Contains(strings.ReplaceAll(attr(n, "style"), " ", ""), "display:block")
}

func (w *walker) containsMain(n *html.Node) bool {
	if w.main == nil {
		return false
	}
	for p := range w.main.Ancestors() {
		if p == n {
			return true
		}
	}
	return false
}

// line ends the line, blank leaves an empty one; inside lists and code blocks are closer.
func (w *walker) line() {
	w.space = false
	if w.pre > 0 {
		if !w.b.AtLineStart() {
			w.b.Write("\n")
		}
		return
	}
	w.b.Break()
}

func (w *walker) blank() {
	w.space = false
	w.b.Blank()
}

// block writes a section on lines of its own.
func (w *walker) block(n *html.Node, kind string, level int, inner func()) {
	if kind == parser.List && inside(n, atom.Li) {
		w.line()
	} else {
		w.blank()
	}
	w.b.Begin(kind, "", level)
	inner()
	w.space = false
	w.b.End()
	w.line()
	if kind != parser.List || !inside(n, atom.Li) {
		w.blank()
	}
}

// text writes text with white space collapsed as a browser does.
func (w *walker) text(s string) {
	s = soft(s)
	if w.pre > 0 {
		w.b.Write(strings.ReplaceAll(s, "\u00A0", " "))
		return
	}
	fields := strings.Fields(s)
	if len(fields) == 0 {
		w.space = w.space || s != ""
		return
	}
	if (w.space || isSpace(s[0])) && !w.b.AtLineStart() {
		w.b.Write(" ")
	}
	w.b.Write(strings.Join(fields, " "))
	w.space = isSpace(s[len(s)-1]) || strings.HasSuffix(s, "\u00A0")
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// anchor writes a link's text and notes its target.
func (w *walker) anchor(n *html.Node) {
	if mail := protected(n); mail != "" {
		w.text(mail)
		return
	}
	if w.space && !w.b.AtLineStart() { // so that the space is not part of the link
		w.b.Write(" ")
		w.space = false
	}
	start := w.b.Len()
	w.walk(n, true)
	if u := w.resolve(attr(n, "href")); u != "" {
		w.b.Link(u, start)
	}
}

// resolve makes a link absolute; scripts and places on the same page are no links.
func (w *walker) resolve(href string) string {
	lower := strings.ToLower(href)
	if href == "" || strings.HasPrefix(href, "#") || strings.HasPrefix(lower, "javascript:") || strings.HasPrefix(lower, "data:") || len(href) > 8192 {
		return ""
	}
	u, err := url.Parse(href)
	if err != nil {
		return href // keep what was written: it may be a defanged or broken URL
	}
	if w.base != nil {
		u = w.base.ResolveReference(u)
	}
	return u.String()
}

// protected decodes an address that a content network hid from address collectors: the first byte
// is the key of the others.
func protected(n *html.Node) string {
	raw, err := hex.DecodeString(attr(n, "data-cfemail"))
	if err != nil || len(raw) < 3 {
		return ""
	}
	for i := range raw[1:] {
		raw[i+1] ^= raw[0]
	}
	return parser.Clean(string(raw[1:]))
}

// table writes a table as rows, or, where it only serves layout, as the blocks inside it.
func (w *walker) table(n *html.Node, in bool) {
	rows := rowsOf(n)
	if layout(n, rows) {
		w.line()
		w.walk(n, in)
		w.line()
		return
	}
	w.blank()
	w.b.Begin(parser.Table, "", 0)
	if c := find(n, func(d *html.Node) bool { return d.DataAtom == atom.Caption }); c != nil {
		w.b.Write(parser.Flat(text(c, 500)))
		w.b.Break()
	}
	w.labels = nil
	for i, r := range rows {
		if w.b.Full() || w.ctx.Err() != nil {
			break
		}
		w.tableRow(i, r)
	}
	w.b.End()
	w.blank()
}

// tableRow writes one row. The text of a cell is composed apart, so that its line breaks can be
// judged, and its links then cover the cell.
func (w *walker) tableRow(number int, row *html.Node) {
	w.b.Break()
	w.b.Begin(parser.Row, "", number)
	col, head := 0, ""
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || c.DataAtom != atom.Td && c.DataAtom != atom.Th || invisible(c) {
			continue
		}
		if col > 0 {
			w.b.Write("\t")
		}
		inner := &walker{ctx: w.ctx, b: parser.NewBuilder(parser.Limits{Text: 1 << 20, Links: 100}), base: w.base}
		inner.walk(c, true)
		doc := inner.b.Document()
		start := w.b.Len()
		w.b.Begin(parser.Cell, "", col)
		label := head
		if col < len(w.labels) {
			label += " " + w.labels[col]
		}
		cell := parser.FlatCell(doc.Text, label)
		w.b.Write(cell)
		if col == 0 {
			head = cell
		}
		if number == 0 {
			w.labels = append(w.labels, cell)
		}
		for _, l := range doc.Links {
			w.b.Link(l.URL, start)
		}
		w.b.End()
		col++
		if span, err := strconv.Atoi(attr(c, "colspan")); err == nil {
			for ; span > 1 && span <= 50; span-- {
				w.b.Write("\t")
				col++
				if number == 0 {
					w.labels = append(w.labels, "")
				}
			}
		}
	}
	w.b.End()
	w.b.Write("\n")
	w.space = false
}

// rowsOf lists the rows of a table, not those of tables inside it.
func rowsOf(n *html.Node) (out []*html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		switch c.DataAtom {
		case atom.Tr:
			if !invisible(c) {
				out = append(out, c)
			}
		case atom.Tbody, atom.Thead, atom.Tfoot:
			out = append(out, rowsOf(c)...)
		}
	}
	return out
}

// layout tells that a table only places things: it has one cell, says so, or holds headings,
// other tables of several rows, or code blocks.
func layout(n *html.Node, rows []*html.Node) bool {
	if r := attr(n, "role"); r == "presentation" || r == "none" {
		return true
	}
	cells := 0
	for _, r := range rows {
		for c := r.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				cells++
			}
		}
	}
	if cells <= 1 {
		return true
	}
	return find(n, func(d *html.Node) bool {
		switch d.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.Article, atom.Main, atom.Pre:
			return true
		case atom.Table:
			return len(rowsOf(d)) > 1
		}
		return false
	}) != nil
}
