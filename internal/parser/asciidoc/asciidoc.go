// Package asciidoc reads AsciiDoc: headings, tables, lists, code and links, without the marks. It
// reads line by line and knows what reports use, not the whole language; nothing is included from
// elsewhere, no attribute is evaluated.
package asciidoc

import (
	"context"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads AsciiDoc.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "asciidoc" }

// Accepts implements parser.Parser. Files named .asc are as often PGP signatures.
func (Parser) Accepts(in parser.Input) int {
	media, _ := in.Media()
	if !charset.LooksText(in.Data) {
		return 0
	}
	switch ext := in.Ext(); {
	case ext == "adoc" || ext == "asciidoc":
		return 48
	case ext == "asc" && !strings.Contains(string(in.Data[:min(len(in.Data), 256)]), "-----BEGIN "):
		return 46
	case media == "text/asciidoc" || media == "text/x-asciidoc":
		return 47
	}
	return 0
}

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	raw, name := charset.ToUTF8(in.Data, declared)
	r := &reader{b: parser.NewBuilder(lim), base: in.URL, rest: parser.Clean(string(raw)), head: true}
	for n := 0; r.rest != "" && !r.b.Full(); n++ {
		if n&0xFFF == 0 && ctx.Err() != nil {
			return parser.Document{}, ctx.Err()
		}
		r.line(r.next())
	}
	r.paragraph()
	doc := r.b.Document()
	doc.Charset, doc.Lang = name, parser.Language(doc.Text)
	doc.Title, doc.Author, doc.Published = r.title, r.author, r.date
	return doc, ctx.Err()
}

// reader goes through the lines once.
type reader struct {
	b    *parser.Builder
	base string
	rest string

	head   bool // no text was seen yet: author and revision lines may come
	title  string
	author string
	date   time.Time
	para   []string // lines of the paragraph being gathered
	list   bool     // the paragraph is an item of a list
	style  string   // of the block attribute line before: "source", "quote"
}

func (r *reader) next() string {
	line, rest, _ := strings.Cut(r.rest, "\n")
	r.rest = rest
	return strings.TrimRight(line, " \t")
}

// line handles one line outside blocks.
func (r *reader) line(line string) {
	switch {
	case line == "":
		r.paragraph()
	case strings.HasPrefix(line, "////"):
		r.paragraph()
		r.until(line, func(string) {})
	case strings.HasPrefix(line, "//"), strings.HasPrefix(line, "ifdef::"), strings.HasPrefix(line, "ifndef::"), strings.HasPrefix(line, "endif::"),
		strings.HasPrefix(line, "image::"), line == "'''", line == "<<<", line == "+":
	case attribute(line):
		r.attribute(line)
	case heading(line) > 0:
		r.heading(line)
	case delimiter(line, '-'), delimiter(line, '.'), delimiter(line, '+'), strings.HasPrefix(line, "```"):
		r.code(line)
	case delimiter(line, '='), delimiter(line, '_'), delimiter(line, '*'), line == "--": // example, quote, sidebar, open block
		r.paragraph()
	case tableMark(line):
		r.table(line)
	case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") && len(r.para) == 0 && blockStyle(line):
		r.style = line
	case r.head && r.title != "" && r.author == "" && strings.Contains(line, "<") && strings.Contains(line, "@"):
		r.author = strings.TrimSpace(strings.NewReplacer("<", "", ">", "").Replace(line[:strings.IndexByte(line, '<')]))
		r.b.Write(plain(line) + "\n")
	default:
		if text, ok := item(line); ok {
			r.paragraph()
			r.list = true
			line = text
		} else if strings.HasPrefix(line, ".") && len(line) > 1 && line[1] != '.' && line[1] != ' ' && len(r.para) == 0 {
			line = line[1:] // a block's title
		}
		r.para = append(r.para, line)
	}
}

// paragraph writes the lines gathered so far.
func (r *reader) paragraph() {
	if len(r.para) == 0 {
		r.style = ""
		return
	}
	r.head = false
	if r.list {
		r.b.Break()
		r.b.Begin(parser.List, "", 0)
	} else {
		r.b.Blank()
	}
	for i, l := range r.para {
		if i > 0 {
			r.b.Write("\n")
		}
		r.inline(l)
	}
	if r.list {
		r.b.End()
		r.b.Break()
	} else {
		r.b.Blank()
	}
	r.para, r.list, r.style = r.para[:0], false, ""
}

// until hands on lines up to a closing mark or the end.
func (r *reader) until(mark string, fn func(string)) {
	for r.rest != "" && !r.b.Full() {
		line := r.next()
		if line == mark {
			return
		}
		fn(line)
	}
}

func (r *reader) code(mark string) {
	r.paragraph()
	r.head = false
	if strings.HasPrefix(mark, "```") {
		mark = "```"
	}
	r.b.Blank()
	r.b.Begin(parser.Code, "", 0)
	r.until(mark, func(line string) { r.b.Write(line + "\n") })
	r.b.End()
	r.b.Blank()
}

// attribute tells ":name: value".
func attribute(line string) bool {
	if line[0] != ':' {
		return false
	}
	end := strings.IndexByte(line[1:], ':')
	return end > 0 && !strings.ContainsAny(line[1:end+1], " \t/.")
}

func (r *reader) attribute(line string) {
	name, value, _ := strings.Cut(line[1:], ":")
	value = strings.TrimSpace(value)
	switch name {
	case "author":
		r.author = parser.Flat(value)
	case "revdate", "date":
		if t, err := time.Parse(time.DateOnly, value); err == nil {
			r.date = t
		}
	}
}

// heading is the level of a heading line, 0 when it is none.
func heading(line string) int {
	for _, mark := range [...]byte{'=', '#'} {
		n := 0
		for n < len(line) && line[n] == mark {
			n++
		}
		if n >= 1 && n <= 6 && n < len(line) && line[n] == ' ' {
			return n
		}
	}
	return 0
}

func (r *reader) heading(line string) {
	r.paragraph()
	level := heading(line)
	r.b.Blank()
	r.b.Begin(parser.Heading, "", level)
	start := r.b.Len()
	r.inline(strings.TrimSpace(strings.TrimRight(line[level:], "= ")))
	if level == 1 && r.title == "" {
		r.title = plain(strings.TrimSpace(line[level:]))
	}
	if r.b.Len() == start {
		r.b.Write(line)
	}
	r.b.End()
	r.b.Break()
}

// delimiter tells a line of four or more of one mark.
func delimiter(line string, mark byte) bool {
	return len(line) >= 4 && strings.Trim(line, string(mark)) == ""
}

// tableMark tells "|===", with any count of marks.
func tableMark(line string) bool {
	return len(line) >= 4 && strings.IndexByte("|,:!", line[0]) >= 0 && strings.Trim(line[1:], "=") == ""
}

// blockStyle tells a line of block attributes from text in brackets.
func blockStyle(line string) bool {
	in := line[1 : len(line)-1]
	return !strings.Contains(in, "[") && (strings.ContainsAny(in, `=",%#`) || strings.TrimLeft(in, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "")
}

// item cuts the mark off a list item.
func item(line string) (string, bool) {
	t := strings.TrimLeft(line, " \t")
	for _, mark := range [...]string{"*", "-", "."} {
		n := len(t) - len(strings.TrimLeft(t, mark))
		if n >= 1 && n <= 5 && (mark != "-" || n == 1) && n < len(t) && t[n] == ' ' {
			text := strings.TrimSpace(t[n:])
			for _, box := range [...]string{"[ ] ", "[x] ", "[*] "} {
				text = strings.TrimPrefix(text, box)
			}
			return text, true
		}
	}
	if n := len(t) - len(strings.TrimLeft(t, "0123456789")); n >= 1 && n <= 3 && strings.HasPrefix(t[n:], ". ") {
		return strings.TrimSpace(t[n+2:]), true
	}
	return line, false
}
