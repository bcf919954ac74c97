package parser

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
)

// MaxSections bounds the marks a document keeps, so that a table of a million rows costs its
// text and not ten times that.
const MaxSections = 200_000

// maxWarnings bounds the warnings; the last says how many were left out.
const maxWarnings = 100

// Builder composes the text of a document with its sections and links, within limits. Text
// beyond Limits.Text is left out with a warning. The zero Builder is not usable.
type Builder struct {
	lim      Limits
	text     strings.Builder
	last     byte
	prev     byte
	sections []Section
	open     []int // indexes into sections; -1 for one that is not kept
	links    []Link
	warnings []Warning
	unsaid   int
	full     bool
}

// NewBuilder starts an empty document.
func NewBuilder(lim Limits) *Builder {
	return &Builder{lim: lim.WithDefaults(), last: '\n', prev: '\n'}
}

// Len is the count of bytes written so far: the offset of what comes next.
func (b *Builder) Len() int { return b.text.Len() }

// Full tells that the limit of text is reached and further writing has no effect.
func (b *Builder) Full() bool { return b.full }

// AtLineStart tells that nothing was written since the last line end.
func (b *Builder) AtLineStart() bool { return b.last == '\n' }

// LastByte is the last byte written, '\n' when nothing was.
func (b *Builder) LastByte() byte { return b.last }

// Write appends text. Bad UTF-8 becomes U+FFFD; NUL, byte-order marks and carriage returns of
// line ends are dropped. Line ends are kept.
func (b *Builder) Write(s string) {
	if b.full || s == "" {
		return
	}
	s = Clean(s)
	if room := b.lim.Text - b.text.Len(); len(s) > room {
		cut := max(room, 0)
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut]
		b.full = true
		b.Warn("", fmt.Sprintf("the text is longer than %d bytes; the rest was left out", b.lim.Text))
	}
	if s == "" {
		return
	}
	b.text.WriteString(s)
	if len(s) > 1 {
		b.prev = s[len(s)-2]
	} else {
		b.prev = b.last
	}
	b.last = s[len(s)-1]
}

// Break ends the current line unless it is already ended.
func (b *Builder) Break() {
	if b.last != '\n' {
		b.Write("\n")
	}
}

// Blank leaves one empty line before what comes next, none at the start.
func (b *Builder) Blank() {
	b.Break()
	if b.text.Len() > 0 && b.prev != '\n' {
		b.Write("\n")
	}
}

// Begin opens a section at the present place; every Begin needs its End, inner ones first.
func (b *Builder) Begin(kind, title string, level int) {
	i := -1
	if len(b.sections) < MaxSections {
		i = len(b.sections)
		b.sections = append(b.sections, Section{Kind: kind, Title: title, Start: b.text.Len(), End: -1, Level: level})
	}
	b.open = append(b.open, i)
}

// End closes the section opened last.
func (b *Builder) End() {
	if len(b.open) == 0 {
		return
	}
	i := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	if i < 0 {
		return
	}
	s := &b.sections[i]
	s.End = b.text.Len()
	if s.Kind == Heading && s.Title == "" {
		s.Title = strings.TrimSpace(b.text.String()[s.Start:s.End])
	}
}

// Row writes one table row: cells separated by tabs, ended by a line end. Line ends and tabs
// inside a cell become spaces.
func (b *Builder) Row(number int, cells []string) {
	b.Break()
	b.Begin(Row, "", number)
	for i, c := range cells {
		if i > 0 {
			b.Write("\t")
		}
		b.Begin(Cell, "", i)
		b.Write(Flat(c))
		b.End()
	}
	b.End()
	b.last, b.prev = 0, 0 // an empty row is a line too
	b.Write("\n")
}

// Link notes a hyperlink whose visible text is the bytes from start to here.
func (b *Builder) Link(url string, start int) { b.LinkAt(url, start, b.text.Len()) }

// LinkAt notes a hyperlink over bytes that were written earlier.
func (b *Builder) LinkAt(url string, start, end int) {
	url = strings.TrimSpace(Clean(url))
	if url == "" || len(b.links) >= b.lim.Links {
		return
	}
	b.links = append(b.links, Link{URL: url, Start: start, End: end})
}

// Warn notes what could not be read, where and why.
func (b *Builder) Warn(place, reason string) {
	if len(b.warnings) >= maxWarnings {
		b.unsaid++
		return
	}
	b.warnings = append(b.warnings, Warning{Place: Clean(place), Reason: Clean(reason)})
}

// Document returns what was composed: trailing blank space cut, empty sections dropped.
func (b *Builder) Document() Document {
	for len(b.open) > 0 {
		b.End()
	}
	text := strings.TrimRightFunc(b.text.String(), unicode.IsSpace)
	if text != "" {
		text += "\n"
	}
	doc := Document{Text: text, Warnings: b.warnings}
	for _, s := range b.sections {
		s.Start, s.End = min(s.Start, len(text)), min(s.End, len(text))
		if s.End > s.Start {
			doc.Sections = append(doc.Sections, s)
		}
	}
	for _, l := range b.links {
		l.Start, l.End = min(l.Start, len(text)), min(l.End, len(text))
		doc.Links = append(doc.Links, l)
	}
	if b.unsaid > 0 {
		doc.Warnings = append(doc.Warnings, Warning{Reason: fmt.Sprintf("%d further warnings were left out", b.unsaid)})
	}
	return doc
}

// Clean makes a string fit for Document.Text and the other strings of a document: valid UTF-8,
// no NUL, no byte-order mark, line ends "\n".
func Clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if strings.Contains(s, "\uFEFF") {
		s = strings.ReplaceAll(s, "\uFEFF", "")
	}
	return s
}

// Flat puts a text on one line: every run of white space becomes one space. A hash that was
// broken over lines is joined.
func Flat(s string) string { return FlatCell(s, "") }

// FlatCell is Flat for a table cell whose column's or row's heading is known (see JoinCell).
func FlatCell(s, label string) string {
	if strings.IndexByte(s, '\n') >= 0 {
		raw := strings.Split(s, "\n")
		lines := make([]Line, len(raw))
		for i, l := range raw {
			lines[i].Text = l
		}
		s = JoinCell(lines, label)
	}
	plain := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// TooLarge is the error for an input over one of the limits, e.g.
// TooLarge(in.Name, "bytes", lim.Bytes).
func TooLarge(name, what string, limit any) error {
	return errs.New(errs.TooLarge, "document_too_large",
		"{name} is over the limit of {limit} {what}; split it, or raise the limit in the configuration.",
		"name", name, "what", what, "limit", limit)
}

// Broken is the error for an input that is not what it claims to be, or is damaged.
func Broken(name, format string, cause error) error {
	e := errs.New(errs.Invalid, "document_broken",
		"{name} cannot be read as {format}: it is damaged or not of this format. Get it from its source again.",
		"name", name, "format", format)
	if cause != nil {
		e.Err = cause
	}
	return e
}
