// Package csv reads delimited tables as running text, one row a line with tabs between the cells,
// for files nobody wrote a mapping for. With a mapping, parser/list reads the same file as stated
// values. It owns no meaning of columns.
package csv

import (
	"bytes"
	"context"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
	"github.com/vedette-ti/vedette/internal/parser/delim"
)

// Parser reads delimited tables.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "csv" }

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	if !charset.LooksText(in.Data) {
		return 0
	}
	media, _ := in.Media()
	switch ext := in.Ext(); {
	case ext == "csv" || ext == "tsv" || ext == "psv":
		return 48
	case media == "text/csv" || media == "text/tab-separated-values" || media == "application/csv":
		return 47
	}
	return 0
}

// Parse implements parser.Parser. The first row that is not empty heads the columns.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	data, name := charset.ToUTF8(in.Data, declared)
	comma := byte('\t')
	if rest, ok := bytes.CutPrefix(data, []byte("sep=")); ok && len(rest) > 1 { // Excel's own header
		comma, data = rest[0], rest[1:]
	} else if in.Ext() != "tsv" {
		comma = delim.Guess(data, "#")
	}
	b := parser.NewBuilder(lim)
	r := delim.Reader{Data: data, Comma: comma, Quotes: true}
	b.Begin(parser.Table, "", 0)
	for n := 0; !b.Full() && ctx.Err() == nil; {
		row, ok := r.Next()
		if !ok {
			break
		}
		if len(row) == 1 && row[0] == "" {
			continue
		}
		if n == lim.Entries {
			b.Warn("", "the table has too many rows; the rest was left out")
			break
		}
		b.Row(n, row)
		n++
	}
	b.End()
	doc := b.Document()
	doc.Charset = name
	return doc, ctx.Err()
}
