// Package docx reads Word documents (ECMA-376 WordprocessingML): paragraphs, headings, tables,
// text boxes, notes, comments, headers and footers, links by field and relationship. Deleted and
// hidden text is left out. It owns no layout, and not the older .doc format.
package docx

import (
	"context"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/ooxml"
)

// Parser reads DOCX.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "docx" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	switch ext := in.Ext(); {
	case ooxml.Looks(in.Data, "word/document"):
		return 95
	case ext == "docx" || ext == "docm" || ext == "dotx":
		return 48
	}
	return 0
}

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	p, err := ooxml.Open(in.Name, in.Data, lim)
	if err != nil {
		return parser.Document{}, err
	}
	main, err := mainPart(p)
	if err != nil {
		return parser.Document{}, err
	}
	body, err := p.Part(main)
	if err != nil {
		return parser.Document{}, err
	}
	if body == nil {
		return parser.Document{}, parser.Broken(in.Name, "a Word document", nil)
	}
	r := &reader{pkg: p, b: parser.NewBuilder(lim), styles: styles(p)}
	if err := r.part(main, body); err != nil {
		return parser.Document{}, err
	}
	r.others(ctx, main)
	doc := r.b.Document()
	p.Core(&doc)
	p.Embedded("word/embeddings/", &doc, r.b)
	doc.Warnings = r.b.Document().Warnings
	if doc.Title == "" {
		doc.Title = firstHeading(doc)
	}
	return doc, ctx.Err()
}

func mainPart(p *ooxml.Package) (string, error) {
	rels, err := p.Rels("")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if r.Type == "officeDocument" && !r.External {
			return r.Target, nil
		}
	}
	return "word/document.xml", nil
}

// others reads the parts beside the body. One that is broken costs a warning, not the document.
func (r *reader) others(ctx context.Context, main string) {
	rels, err := r.pkg.Rels(main)
	if err != nil {
		r.b.Warn("relationships", "could not be read")
	}
	for _, kind := range [...]string{"header", "footer", "footnotes", "endnotes", "comments"} {
		for _, id := range sortedKeys(rels) {
			rel := rels[id]
			if rel.Type != kind || rel.External || ctx.Err() != nil {
				continue
			}
			data, err := r.pkg.Part(rel.Target)
			if err == nil && data != nil {
				err = r.part(rel.Target, data)
			}
			if err != nil {
				r.b.Warn(rel.Target, "could not be read")
			}
		}
	}
	for _, id := range sortedKeys(rels) { // remote templates, pictures and frames reach out too
		if rel := rels[id]; rel.External && rel.Type != "hyperlink" {
			r.b.Link(rel.Target, r.b.Len())
		}
	}
	if settings, err := r.pkg.Rels("word/settings.xml"); err == nil {
		for _, id := range sortedKeys(settings) {
			if settings[id].External {
				r.b.Link(settings[id].Target, r.b.Len())
			}
		}
	}
}

func firstHeading(doc parser.Document) string {
	for _, s := range doc.Sections {
		if s.Kind == parser.Heading {
			return strings.TrimSpace(doc.Text[s.Start:s.End])
		}
	}
	return ""
}
