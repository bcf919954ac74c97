// Package markdown reads Markdown (CommonMark with tables): headings, tables, lists, code and links,
// without the marks. Raw HTML tags inside are passed over, their text is kept. It owns no rendering.
package markdown

import (
	"bytes"
	"context"
	"html"
	"net/url"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads Markdown.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "markdown" }

// Risky implements parser.Risky: the library's cost on hostile input is not known.
func (Parser) Risky() bool { return true }

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	media, _ := in.Media()
	if !charset.LooksText(in.Data) {
		return 0
	}
	switch ext := in.Ext(); {
	case ext == "md" || ext == "markdown" || ext == "mkd" || ext == "mdown":
		return 48
	case media == "text/markdown" || media == "text/x-markdown":
		return 47
	}
	return 0
}

// maxParsed bounds what is understood as Markdown; longer files are read as they stand.
const maxParsed = 16 << 20

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	raw, name := charset.ToUTF8(in.Data, declared)
	src := []byte(parser.Clean(string(raw)))
	b := parser.NewBuilder(lim)
	var facts front
	if len(src) > maxParsed || wild(src, lim.Depth) {
		b.Warn("", "it is too large or nested too deep to be understood as Markdown and was read as plain text")
		b.Write(string(src))
	} else {
		facts, src = frontMatter(src)
		base, err := url.Parse(in.URL)
		if err != nil || in.URL == "" {
			base = nil
		}
		w := &writer{ctx: ctx, b: b, src: src, base: base}
		w.blocks(goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(src)))
	}
	doc := b.Document()
	doc.Charset, doc.Lang = name, parser.Language(doc.Text)
	doc.Title, doc.Author, doc.Published = facts.title, facts.author, facts.date
	for _, s := range doc.Sections {
		if doc.Title == "" && s.Kind == parser.Heading {
			doc.Title = s.Title
		}
	}
	return doc, ctx.Err()
}

// wild tells that lines are nested deeper than any text is, or that there are brackets or link
// definitions beyond number: the library would take more than linear time or stack.
func wild(src []byte, depth int) bool {
	if bytes.Count(src, []byte("]:")) > 3000 {
		return true
	}
	for line := range bytes.Lines(src) {
		quotes, brackets := 0, 0
		for _, c := range line {
			switch c {
			case '>', '-', '*', '+', ' ', '\t':
				quotes++
				continue
			case '[', '!', '<', '_', '~', '`', '(':
				brackets++
			}
		}
		lead := len(line) - len(bytes.TrimLeft(line, "> \t-*+0123456789.)"))
		if lead > 2*depth && quotes > depth && !rule(line) || brackets > 5000 {
			return true
		}
	}
	return false
}

// rule tells that a line is a rule of one character, like "-----".
func rule(line []byte) bool {
	t := bytes.TrimSpace(line)
	return len(t) > 0 && len(bytes.Trim(t, string(t[:1]))) == 0
}

// front is what a block of YAML before the text states.
type front struct {
	title, author string
	date          time.Time
}

// frontMatter cuts the YAML block that static site generators put before the text.
func frontMatter(src []byte) (front, []byte) {
	rest, ok := bytes.CutPrefix(src, []byte("---\n"))
	if !ok {
		return front{}, src
	}
	head, after, ok := bytes.Cut(rest, []byte("\n---\n"))
	if !ok || len(head) > 64<<10 {
		return front{}, src
	}
	var v struct {
		Title, Author, Date, Published yaml.Node
	}
	if yaml.Unmarshal(head, &v) != nil {
		return front{}, src
	}
	f := front{title: parser.Flat(v.Title.Value), author: parser.Flat(v.Author.Value)}
	for _, d := range [...]string{v.Date.Value, v.Published.Value} {
		for _, l := range [...]string{time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02"} {
			if t, err := time.Parse(l, d); err == nil && f.date.IsZero() {
				f.date = t.UTC()
			}
		}
	}
	return f, after
}

type writer struct {
	ctx  context.Context
	b    *parser.Builder
	src  []byte
	base *url.URL
}

// blocks writes the children of a block.
func (w *writer) blocks(n ast.Node) {
	for c := n.FirstChild(); c != nil && !w.b.Full() && w.ctx.Err() == nil; c = c.NextSibling() {
		w.block(c)
	}
}

func (w *writer) block(n ast.Node) {
	switch t := n.(type) {
	case *ast.Heading:
		w.section(parser.Heading, t.Level, func() { w.inlines(n) })
	case *ast.Blockquote:
		w.section(parser.Quote, 0, func() { w.blocks(n) })
	case *ast.List:
		w.section(parser.List, 0, func() { w.blocks(n) })
	case *ast.ListItem:
		w.b.Break()
		w.blocks(n)
		w.b.Break()
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.section(parser.Code, 0, func() { w.raw(n.Lines()) })
	case *ast.HTMLBlock:
		w.b.Break()
		w.html(n.Lines())
		w.b.Break()
	case *extast.Table:
		w.table(n)
	case *ast.ThematicBreak:
		w.b.Blank()
	case *ast.Paragraph:
		w.b.Blank()
		w.inlines(n)
		w.b.Blank()
	case *ast.TextBlock:
		w.b.Break()
		w.inlines(n)
		w.b.Break()
	default:
		w.blocks(n)
	}
}

// section writes a block on lines of its own; lists inside lists stand close.
func (w *writer) section(kind string, level int, inner func()) {
	if kind == parser.List {
		w.b.Break()
	} else {
		w.b.Blank()
	}
	w.b.Begin(kind, "", level)
	inner()
	w.b.End()
	w.b.Break()
	if kind != parser.List {
		w.b.Blank()
	}
}

func (w *writer) raw(lines *text.Segments) {
	for i := range lines.Len() {
		s := lines.At(i)
		w.b.Write(string(s.Value(w.src)))
	}
}

// html writes raw HTML without its tags.
func (w *writer) html(lines *text.Segments) {
	var all bytes.Buffer
	for i := range lines.Len() {
		s := lines.At(i)
		all.Write(s.Value(w.src))
	}
	w.b.Write(strings.TrimSpace(untag(all.String())))
}

// untag removes tags and comments and decodes entities.
func untag(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			break
		}
		b.WriteString(s[:open])
		s = s[open:]
		end := strings.IndexByte(s, '>')
		if strings.HasPrefix(s, "<!--") {
			if end = strings.Index(s, "-->"); end >= 0 {
				end += 2
			}
		}
		if end < 0 {
			break
		}
		s = s[end+1:]
	}
	b.WriteString(s)
	return html.UnescapeString(b.String())
}

func (w *writer) table(n ast.Node) {
	w.b.Blank()
	w.b.Begin(parser.Table, "", 0)
	row := 0
	for r := n.FirstChild(); r != nil && !w.b.Full(); r = r.NextSibling() {
		w.b.Begin(parser.Row, "", row)
		col := 0
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			if col > 0 {
				w.b.Write("\t")
			}
			w.b.Begin(parser.Cell, "", col)
			w.inlines(c)
			w.b.End()
			col++
		}
		w.b.End()
		w.b.Write("\n")
		row++
	}
	w.b.End()
	w.b.Blank()
}

// inlines writes running text without its marks.
func (w *writer) inlines(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch t := c.(type) {
		case *ast.Text:
			w.b.Write(plain(t.Segment.Value(w.src)))
			if t.HardLineBreak() || t.SoftLineBreak() {
				w.b.Write("\n")
			}
		case *ast.String:
			w.b.Write(string(t.Value))
		case *ast.CodeSpan:
			for x := t.FirstChild(); x != nil; x = x.NextSibling() {
				if seg, ok := x.(*ast.Text); ok {
					w.b.Write(string(seg.Segment.Value(w.src)))
				}
			}
		case *ast.Link:
			start := w.b.Len()
			w.inlines(t)
			w.link(string(t.Destination), start)
		case *ast.AutoLink:
			start := w.b.Len()
			w.b.Write(string(t.Label(w.src)))
			w.link(string(t.URL(w.src)), start)
		case *ast.Image, *ast.RawHTML:
		default:
			w.inlines(c)
		}
	}
}

// plain undoes backslash escapes and entities, which the library leaves to the renderer.
func plain(s []byte) string {
	if bytes.IndexByte(s, '\\') < 0 && bytes.IndexByte(s, '&') < 0 {
		return string(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return html.UnescapeString(b.String())
}

func (w *writer) link(target string, start int) {
	target = plain([]byte(target))
	if target == "" || target[0] == '#' {
		return
	}
	if u, err := url.Parse(target); err == nil && w.base != nil {
		target = w.base.ResolveReference(u).String()
	}
	w.b.Link(target, start)
}
