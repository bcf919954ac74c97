// Package all lists the parsers. It is wiring: the one place that knows every member of the family.
package all

import (
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/asciidoc"
	"github.com/vedette-ti/vedette/internal/parser/csv"
	"github.com/vedette-ti/vedette/internal/parser/docx"
	"github.com/vedette-ti/vedette/internal/parser/eml"
	"github.com/vedette-ti/vedette/internal/parser/html"
	"github.com/vedette-ti/vedette/internal/parser/json"
	"github.com/vedette-ti/vedette/internal/parser/list"
	"github.com/vedette-ti/vedette/internal/parser/markdown"
	"github.com/vedette-ti/vedette/internal/parser/msg"
	"github.com/vedette-ti/vedette/internal/parser/pdf"
	"github.com/vedette-ti/vedette/internal/parser/rtf"
	"github.com/vedette-ti/vedette/internal/parser/text"
	"github.com/vedette-ti/vedette/internal/parser/xlsx"
	"github.com/vedette-ti/vedette/internal/parser/yaml"
	"github.com/vedette-ti/vedette/internal/parser/zip"
)

// List returns all parsers. Where two are equally sure of an input, the earlier reads it.
func List() []parser.Parser {
	return []parser.Parser{
		list.New(),
		pdf.New(),
		docx.New(),
		xlsx.New(),
		msg.New(),
		zip.New(),
		eml.New(),
		html.New(),
		rtf.New(),
		markdown.New(),
		asciidoc.New(),
		csv.New(),
		json.New(),
		yaml.New(),
		text.New(),
	}
}
