// Package text reads plain text in any encoding: reports, logs, rule files, pasted notes. It is the
// last resort for whatever looks like text. It owns no structured lists (parser/list) and marks
// nothing but pages.
package text

import (
	"bytes"
	"context"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads plain text.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "text" }

// extensions of files that are read as they stand, rule languages among them.
const extensions = " txt text log ioc iocs list lst yar yara rules rule conf cfg ini sh ps1 py js vbs bat sql md5 sha1 sha256 sha512 hashes domains ips urls nfo readme hosts srt vtt tex org rst "

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	if !charset.LooksText(in.Data) {
		return 0
	}
	media, _ := in.Media()
	switch ext := in.Ext(); {
	case ext != "" && strings.Contains(extensions, " "+ext+" "):
		return 45
	case media == "text/plain":
		return 30
	case strings.HasPrefix(media, "text/"):
		return 20
	}
	return 10
}

// Parse implements parser.Parser. A form feed begins a new page.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	data, name := charset.ToUTF8(in.Data, declared)
	b := parser.NewBuilder(lim)
	pages := bytes.Count(data, []byte("\f")) > 0
	for n := 1; len(data) > 0 && !b.Full() && ctx.Err() == nil; n++ {
		page, rest, _ := bytes.Cut(data, []byte("\f"))
		if pages {
			b.Break()
			b.Begin(parser.Page, "", n)
		}
		b.Write(string(page))
		if pages {
			b.Break()
			b.End()
		}
		data = rest
	}
	doc := b.Document()
	doc.Charset = name
	return doc, ctx.Err()
}
