// Package list reads structured lists by a mapping that a source gives (Options): plain text, CSV,
// JSON and NDJSON. Each stated value becomes a parser.Entry, without running text; rows that
// cannot be read become warnings. It owns no recognition of values and decides nothing about them.
package list

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
	"github.com/vedette-ti/vedette/internal/parser/delim"
)

// Parser reads lists; it wants Input.Options.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "list" }

// Accepts implements parser.Parser: a mapping makes any input a list.
func (Parser) Accepts(in parser.Input) int {
	if len(in.Options) == 0 {
		return 0
	}
	if _, err := ParseOptions(in.Options); err != nil {
		return 0
	}
	return 100
}

// Parse implements parser.Parser. Long lists should go through Stream.
func (p Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	var entries []parser.Entry
	doc, err := p.Stream(ctx, in, lim, func(e parser.Entry) error {
		entries = append(entries, e)
		return nil
	})
	doc.Entries = entries
	return doc, err
}

// Stream implements parser.Streamer.
func (Parser) Stream(ctx context.Context, in parser.Input, lim parser.Limits, yield func(parser.Entry) error) (parser.Document, error) {
	lim = lim.WithDefaults()
	o, err := ParseOptions(in.Options)
	if err != nil {
		return parser.Document{}, err
	}
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	if o.Charset != "" {
		declared = o.Charset
	}
	data, name := charset.ToUTF8(in.Data, declared)
	if !charset.LooksText(data) {
		return parser.Document{}, parser.Broken(in.Name, "a list of text", nil)
	}
	r := &reader{ctx: ctx, o: o, lim: lim, b: parser.NewBuilder(lim), yield: yield}
	switch o.Format {
	case JSON, NDJSON:
		err = r.json(in.Name, data)
	default:
		err = r.rows(data)
	}
	if err == errFull {
		r.b.Warn("", fmt.Sprintf("the list has more than %d entries; the rest was left out", lim.Entries))
		err = nil
	}
	doc := r.b.Document()
	doc.Charset = name
	return doc, err
}

// errFull ends a list that is over the limit of entries.
var errFull = errs.New(errs.TooLarge, "list_full", "The list has too many entries.")

type reader struct {
	ctx   context.Context
	o     Options
	lim   parser.Limits
	b     *parser.Builder
	yield func(parser.Entry) error
	count int
	seen  int
}

// emit fills what is common to all formats from the stated fields and hands the entry on.
func (r *reader) emit(place func() string, f [8]string, tags []string) error {
	value := strings.TrimSpace(f[fValue])
	if value == "" {
		return nil
	}
	if r.count >= r.lim.Entries {
		return errFull
	}
	r.count++
	e := parser.Entry{Place: place(), Value: value, Comment: strings.TrimSpace(f[fComment]), Tags: tags, Confidence: -1}
	e.Type = strings.TrimSpace(f[fType])
	if t, ok := r.o.Types[e.Type]; ok {
		e.Type = t
	}
	if e.Type == "" {
		e.Type = r.o.DefaultType
	}
	if e.Tags == nil {
		e.Tags = splitTags(f[fTags])
	}
	var ok bool
	if e.FirstSeen, ok = parseTime(f[fFirstSeen]); !ok {
		r.b.Warn(e.Place, "first seen "+strconv.Quote(clip(f[fFirstSeen]))+" is not a time")
	}
	if e.LastSeen, ok = parseTime(f[fLastSeen]); !ok {
		r.b.Warn(e.Place, "last seen "+strconv.Quote(clip(f[fLastSeen]))+" is not a time")
	}
	if e.Confidence, ok = parseConfidence(f[fConfidence]); !ok {
		r.b.Warn(e.Place, "confidence "+strconv.Quote(clip(f[fConfidence]))+" is not a number from 0 to 100")
	}
	if e.ToIDs, ok = parseBool(f[fToIDs]); !ok {
		r.b.Warn(e.Place, "to_ids "+strconv.Quote(clip(f[fToIDs]))+" is not yes or no")
	}
	return r.yield(e)
}

// tick checks the context now and then.
func (r *reader) tick() error {
	r.seen++
	if r.seen&0xFFF == 0 {
		return r.ctx.Err()
	}
	return nil
}

// rows reads text and csv.
func (r *reader) rows(data []byte) error {
	comment := r.o.comment()
	d := delim.Reader{Data: data, Quotes: r.o.Format == CSV}
	for i := 0; i < r.o.Skip; i++ {
		d.Skip()
	}
	whole := false
	switch c := r.o.comma(); {
	case c == "space":
	case c != "":
		d.Comma = c[0]
	case r.o.Format == CSV:
		d.Comma = delim.Guess(d.Data, comment)
	default:
		whole = true
	}
	cols, names, err := r.columns(&d, comment, whole)
	if err != nil {
		return err
	}
	for len(d.Data) > 0 {
		if err := r.tick(); err != nil {
			return err
		}
		line := bytes.TrimSpace(d.Peek())
		if len(line) == 0 || comment != "" && bytes.HasPrefix(line, []byte(comment)) {
			d.Skip()
			continue
		}
		var row []string
		switch {
		case whole:
			d.Skip()
			row = wholeLine(string(line), comment)
		case r.o.Delimiter == "space":
			d.Skip()
			row = strings.Fields(string(line))
		default:
			row, _ = d.Next()
		}
		if err := r.row(d.Line(), row, cols, names); err != nil {
			return err
		}
	}
	return nil
}

// wholeLine splits a trailing comment off a line: " # comment" after white space.
func wholeLine(line, comment string) []string {
	if comment == "" {
		return []string{line}
	}
	for _, sep := range [...]string{" ", "\t"} {
		if value, rest, ok := strings.Cut(line, sep+comment); ok {
			return []string{value, strings.TrimSpace(strings.TrimLeft(rest, comment))}
		}
	}
	return []string{line}
}

// row maps the fields of one row.
func (r *reader) row(line int, row []string, cols [8]int, names int) error {
	var f [8]string
	for i, c := range cols {
		if c >= 0 && c < len(row) {
			f[i] = row[c]
		}
	}
	if cols[fValue] >= len(row) {
		r.b.Warn("row "+strconv.Itoa(line), fmt.Sprintf("has %d columns; the value is in column %d", len(row), cols[fValue]+1))
		return nil
	}
	if names > 0 && len(row) > names+8 {
		r.b.Warn("row "+strconv.Itoa(line), fmt.Sprintf("has %d columns, the header %d", len(row), names))
	}
	return r.emit(func() string { return "row " + strconv.Itoa(line) }, f, nil)
}

// columns finds the number of each mapped column, -1 for one that is not mapped; names is the
// count of named columns.
func (r *reader) columns(d *delim.Reader, comment string, whole bool) (cols [8]int, names int, err error) {
	header := r.o.Columns
	if r.o.Header && len(header) == 0 {
		header = r.header(d, comment)
	}
	for i, name := range r.o.Map.all() {
		cols[i] = -1
		if name == "" {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimPrefix(name, "$")); err == nil && n >= 1 {
			cols[i] = n - 1
			continue
		}
		for j, h := range header {
			if strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(name)) {
				cols[i] = j
				break
			}
		}
		if cols[i] < 0 {
			return cols, 0, errs.New(errs.Invalid, "list_column",
				"The list has no column {column}; it has: {columns}. Correct the mapping in the source.",
				"column", strconv.Quote(name), "columns", clip(strings.Join(header, ", ")))
		}
	}
	if cols[fValue] < 0 {
		cols[fValue] = 0
		if whole && cols[fComment] < 0 {
			cols[fComment] = 1
		}
	}
	return cols, len(header), nil
}

// header consumes the row that names the columns, or finds it in the comments before the data.
func (r *reader) header(d *delim.Reader, comment string) []string {
	var last []byte
	for len(d.Data) > 0 {
		line := bytes.TrimSpace(d.Peek())
		if len(line) == 0 {
			d.Skip()
			continue
		}
		if comment == "" || !bytes.HasPrefix(line, []byte(comment)) {
			break
		}
		if text := bytes.TrimSpace(bytes.TrimLeft(line, comment)); len(text) > 0 && bytes.IndexByte(text, d.Comma) >= 0 {
			last = bytes.Clone(text)
		}
		d.Skip()
	}
	probe := *d
	row, _ := probe.Next()
	if r.o.Delimiter == "space" {
		row = strings.Fields(string(d.Peek()))
	}
	named := last == nil
	for _, h := range row {
		named = named || strings.EqualFold(strings.TrimSpace(h), r.o.Map.Value)
	}
	if named {
		row = append([]string(nil), row...)
		*d = probe
		return row
	}
	c := delim.Reader{Data: last, Comma: d.Comma, Quotes: d.Quotes}
	row, _ = c.Next()
	return append([]string(nil), row...)
}

// clip shortens a value for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
