// Package json reads JSON and JSON lines that no other parser knows: every scalar becomes one line,
// with the names that lead to it as context. It owns no schema; MISP, STIX and lists with a mapping
// have parsers of their own.
package json

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads JSON.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "json" }

// Accepts implements parser.Parser. It is never sure: formats that are JSON too say so louder.
func (Parser) Accepts(in parser.Input) int {
	media, _ := in.Media()
	ext := in.Ext()
	head := bytes.TrimLeft(in.Data[:min(len(in.Data), 4096)], " \t\r\n\xEF\xBB\xBF")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return 0
	}
	switch {
	case ext == "json" || ext == "ndjson" || ext == "jsonl" || ext == "stix" || ext == "stix2" || ext == "ioc2":
		return 40
	case strings.HasSuffix(media, "json") && looks(head):
		return 39
	case looks(head):
		return 35
	}
	return 0
}

// looks tells that the first tokens are JSON.
func looks(head []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewReader(head), lenient()...)
	for range 6 {
		if _, err := dec.ReadToken(); err != nil {
			return err == io.EOF || err == io.ErrUnexpectedEOF || strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error())
		}
	}
	return true
}

func lenient() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
}

// Parse implements parser.Parser. What comes before damage is kept.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	data, name := charset.ToUTF8(in.Data, declared)
	r := &reader{ctx: ctx, b: parser.NewBuilder(lim), depth: lim.Depth, dec: jsontext.NewDecoder(bytes.NewReader(data), lenient()...)}
	err := r.all()
	if err != nil && ctx.Err() != nil {
		return parser.Document{}, ctx.Err()
	}
	if err != nil && r.b.Len() == 0 {
		return parser.Document{}, parser.Broken(in.Name, "JSON", err)
	}
	if err != nil {
		r.b.Warn(fmt.Sprintf("byte %d", r.dec.InputOffset()), "the JSON is broken here; the rest was left out")
	}
	doc := r.b.Document()
	doc.Charset = name
	return doc, nil
}

// level is an array or object that is open.
type level struct {
	array bool
	name  string // of the member being read
	index int    // of the element being read, from 0; -1 before the first
}

type reader struct {
	ctx   context.Context
	b     *parser.Builder
	dec   *jsontext.Decoder
	depth int
	open  []level
	steps int
}

// all reads values until the end; several at the top are JSON lines.
func (r *reader) all() error {
	for !r.b.Full() {
		if r.steps++; r.steps&0xFFF == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		if err := r.token(); err == io.EOF && len(r.open) == 0 {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) token() error {
	kind := r.dec.PeekKind()
	if (kind == '{' || kind == '[') && len(r.open) >= r.depth {
		r.b.Warn(r.place(), fmt.Sprintf("values are nested more than %d deep; the inner ones were left out", r.depth))
		r.step()
		return r.dec.SkipValue()
	}
	tok, err := r.dec.ReadToken()
	if err != nil {
		return err
	}
	switch kind = tok.Kind(); kind {
	case '{':
		r.step()
		r.open = append(r.open, level{})
		return nil
	case '[':
		r.step()
		r.open = append(r.open, level{array: true, index: -1})
		return nil
	case '}', ']':
		r.open = r.open[:len(r.open)-1]
		if len(r.open) == 0 {
			r.b.Blank()
		}
		return nil
	}
	if n := len(r.open); n > 0 && !r.open[n-1].array {
		if _, count := r.dec.StackIndex(r.dec.StackDepth()); count%2 == 1 { // a member's name
			r.open[n-1].name = tok.String()
			return nil
		}
	}
	r.step()
	if kind == 'n' {
		return nil
	}
	r.value(tok.String())
	return nil
}

// step counts an element of the array that is open.
func (r *reader) step() {
	if n := len(r.open); n > 0 && r.open[n-1].array {
		r.open[n-1].index++
	}
}

// value writes one line: the names that lead to it, a colon, the value on one line.
func (r *reader) value(s string) {
	r.b.Break()
	r.b.Begin(parser.Row, r.place(), 0)
	for i, l := range r.open {
		if l.array {
			continue
		}
		if i > 0 && r.b.LastByte() != '\n' {
			r.b.Write(" / ")
		}
		r.b.Write(parser.Flat(l.name))
	}
	if r.b.LastByte() != '\n' {
		r.b.Write(": ")
	}
	r.b.Begin(parser.Cell, "", 0)
	r.b.Write(strings.TrimSpace(s))
	r.b.End()
	r.b.End()
	r.b.Break()
}

// place is the path to the present value: "objects[3].pattern".
func (r *reader) place() string {
	var b strings.Builder
	for _, l := range r.open {
		switch {
		case l.array:
			b.WriteString("[" + strconv.Itoa(l.index) + "]")
		case l.name != "":
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(l.name)
		}
		if b.Len() > 300 {
			break
		}
	}
	return parser.Clean(b.String())
}
