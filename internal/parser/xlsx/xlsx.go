// Package xlsx reads Excel workbooks (ECMA-376 SpreadsheetML): every sheet as a table of shown
// values, with links and comments. Formulas are not computed; their last result is read. It owns
// no layout, and not the older .xls or the binary .xlsb format.
package xlsx

import (
	"context"
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/ooxml"
)

// Parser reads XLSX.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "xlsx" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	switch ext := in.Ext(); {
	case ooxml.Looks(in.Data, "xl/workbook"):
		return 95
	case ext == "xlsx" || ext == "xlsm" || ext == "xltx":
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
	w := &workbook{ctx: ctx, pkg: p, b: parser.NewBuilder(lim)}
	if err := w.read(in.Name); err != nil {
		return parser.Document{}, err
	}
	doc := w.b.Document()
	p.Core(&doc)
	p.Embedded("xl/embeddings/", &doc, w.b)
	doc.Warnings = w.b.Document().Warnings
	return doc, ctx.Err()
}

// workbook is what the sheets share.
type workbook struct {
	ctx      context.Context
	pkg      *ooxml.Package
	b        *parser.Builder
	strings  []string
	dates    []bool // by cell style: its numbers are dates
	date1904 bool
}

type sheet struct{ name, state, part string }

func (w *workbook) read(name string) error {
	main := "xl/workbook.xml"
	rels, err := w.pkg.Rels("")
	if err != nil {
		return err
	}
	for _, r := range rels {
		if r.Type == "officeDocument" && !r.External {
			main = r.Target
		}
	}
	data, err := w.pkg.Part(main)
	if err != nil {
		return err
	}
	if data == nil {
		return parser.Broken(name, "an Excel workbook", nil)
	}
	parts, err := w.pkg.Rels(main)
	if err != nil {
		return err
	}
	sheets, err := w.sheets(data, parts)
	if err != nil {
		return err
	}
	if err := w.shared(parts); err != nil {
		w.b.Warn("shared strings", "could not be read; cells of text are missing")
	}
	if err := w.styles(parts); err != nil {
		w.b.Warn("styles", "could not be read; dates stay numbers")
	}
	for _, s := range sheets {
		if w.ctx.Err() != nil || w.b.Full() {
			break
		}
		if err := w.sheet(s); err != nil {
			w.b.Warn("sheet "+s.name, "could not be read")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(parts)) {
		if parts[id].External {
			w.b.Link(parts[id].Target, w.b.Len())
		}
	}
	return nil
}

func (w *workbook) sheets(data []byte, parts map[string]ooxml.Rel) (out []sheet, err error) {
	err = w.pkg.Walk(data, ooxml.Handler{Start: func(name string, attr []xml.Attr) error {
		switch name {
		case "sheet":
			r := parts[ooxml.Attr(attr, "id")]
			if r.Target != "" && !r.External && r.Type != "chartsheet" {
				out = append(out, sheet{parser.Clean(ooxml.Attr(attr, "name")), ooxml.Attr(attr, "state"), r.Target})
			}
		case "workbookPr":
			v := ooxml.Attr(attr, "date1904")
			w.date1904 = v == "1" || v == "true"
		}
		return nil
	}})
	return out, err
}

func target(parts map[string]ooxml.Rel, kind string) string {
	for _, r := range parts {
		if r.Type == kind && !r.External {
			return r.Target
		}
	}
	return ""
}

// shared reads the table of strings. Phonetic guides (rPh) are not part of the text.
func (w *workbook) shared(parts map[string]ooxml.Rel) error {
	data, err := w.pkg.Part(target(parts, "sharedStrings"))
	if err != nil || data == nil {
		return err
	}
	var text strings.Builder
	in, phonetic := false, false
	return w.pkg.Walk(data, ooxml.Handler{
		Start: func(name string, _ []xml.Attr) error {
			switch name {
			case "si":
				text.Reset()
			case "rPh":
				phonetic = true
			case "t":
				in = !phonetic
			}
			return nil
		},
		Text: func(t []byte) error {
			if in {
				text.Write(t)
			}
			return nil
		},
		End: func(name string) error {
			switch name {
			case "t":
				in = false
			case "rPh":
				phonetic = false
			case "si":
				w.strings = append(w.strings, text.String())
			}
			return nil
		},
	})
}

// styles finds the cell styles whose numbers are dates.
func (w *workbook) styles(parts map[string]ooxml.Rel) error {
	data, err := w.pkg.Part(target(parts, "styles"))
	if err != nil || data == nil {
		return err
	}
	custom := map[string]bool{}
	in := false
	return w.pkg.Walk(data, ooxml.Handler{
		Start: func(name string, attr []xml.Attr) error {
			switch name {
			case "numFmt":
				custom[ooxml.Attr(attr, "numFmtId")] = dateFormat(ooxml.Attr(attr, "formatCode"))
			case "cellXfs":
				in = true
			case "xf":
				if in {
					id := ooxml.Attr(attr, "numFmtId")
					w.dates = append(w.dates, custom[id] || builtinDate(id))
				}
			}
			return nil
		},
		End: func(name string) error {
			if name == "cellXfs" {
				in = false
			}
			return nil
		},
	})
}
