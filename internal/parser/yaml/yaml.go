// Package yaml reads YAML that no other parser knows: every scalar becomes one line, with the names
// that lead to it as context; comments are kept. Detection rules (Sigma) are kept as they are
// written. It owns no schema and follows no aliases.
package yaml

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads YAML.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "yaml" }

// Risky implements parser.Risky: the library's cost on hostile input is not known.
func (Parser) Risky() bool { return true }

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	media, _ := in.Media()
	if !charset.LooksText(in.Data) {
		return 0
	}
	if ext := in.Ext(); ext == "yaml" || ext == "yml" || ext == "sigma" || strings.HasSuffix(media, "yaml") {
		return 40
	}
	return 0
}

// maxParsed bounds what is understood as YAML; longer files are read as they stand.
const maxParsed = 16 << 20

// Parse implements parser.Parser. What is not YAML is read as plain text, with a warning.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	data, name := charset.ToUTF8(in.Data, declared)
	w := &writer{ctx: ctx, b: parser.NewBuilder(lim), depth: lim.Depth}
	if err := w.all(data); err != nil {
		if ctx.Err() != nil {
			return parser.Document{}, ctx.Err()
		}
		w = &writer{b: parser.NewBuilder(lim), title: w.title}
		if !errors.Is(err, errVerbatim) {
			w.b.Warn("", "it is not valid YAML and was read as plain text")
		}
		w.b.Begin(parser.Code, "", 0)
		w.b.Write(string(data))
		w.b.End()
	}
	doc := w.b.Document()
	doc.Charset = name
	doc.Title = w.title
	return doc, nil
}

// errVerbatim asks for the text as it stands.
var errVerbatim = errors.New("kept as written")

type writer struct {
	ctx   context.Context
	b     *parser.Builder
	depth int
	names []string
	title string
}

func (w *writer) all(data []byte) error {
	if len(data) > maxParsed || nested(data) > 4*w.depth {
		return errVerbatim
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for !w.b.Full() {
		var n yaml.Node
		if err := dec.Decode(&n); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if sigma(&n) {
			w.title = member(n.Content[0], "title")
			return errVerbatim
		}
		if err := w.node(&n); err != nil {
			return err
		}
		w.b.Blank()
	}
	return nil
}

// nested bounds how deep flow collections and indentation may go, before the library sees them.
func nested(data []byte) (most int) {
	depth := 0
	for line := range bytes.Lines(data) {
		indent := len(line) - len(bytes.TrimLeft(line, " -"))
		most = max(most, indent/2)
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
				most = max(most, depth)
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
	}
	return most
}

// sigma recognises a detection rule, whose text is an indicator itself.
func sigma(n *yaml.Node) bool {
	if n.Kind != yaml.DocumentNode || len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		return false
	}
	return member(n.Content[0], "logsource") != "" && member(n.Content[0], "detection") != ""
}

// member returns the value of a name in a mapping, "…" for one that is no scalar, "" for none.
func member(n *yaml.Node, name string) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != name {
			continue
		}
		if n.Content[i+1].Kind == yaml.ScalarNode {
			return parser.Flat(parser.Clean(n.Content[i+1].Value))
		}
		return "…"
	}
	return ""
}

func (w *writer) node(n *yaml.Node) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.b.Full() {
		return nil
	}
	w.comment(n.HeadComment)
	switch n.Kind {
	case yaml.DocumentNode, yaml.SequenceNode:
		for _, c := range n.Content {
			if err := w.node(c); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			w.comment(n.Content[i].HeadComment)
			w.names = append(w.names, n.Content[i].Value)
			err := w.node(n.Content[i+1])
			w.names = w.names[:len(w.names)-1]
			if err != nil {
				return err
			}
			w.comment(n.Content[i].FootComment)
		}
	case yaml.ScalarNode:
		w.scalar(n)
	}
	w.comment(n.FootComment)
	return nil
}

func (w *writer) scalar(n *yaml.Node) {
	value := strings.TrimSpace(n.Value)
	if value == "" || n.Tag == "!!null" {
		return
	}
	if len(w.names) == 1 && w.title == "" && strings.EqualFold(w.names[0], "title") {
		w.title = parser.Flat(parser.Clean(value))
	}
	w.b.Break()
	for i, name := range w.names {
		if i > 0 {
			w.b.Write(" / ")
		}
		w.b.Write(parser.Flat(name))
	}
	if len(w.names) > 0 {
		w.b.Write(": ")
	}
	w.b.Begin(parser.Cell, "", 0)
	w.b.Write(value)
	w.b.End()
	if n.LineComment != "" {
		w.b.Write(" " + parser.Flat(n.LineComment))
	}
	w.b.Break()
}

func (w *writer) comment(s string) {
	if s != "" {
		w.b.Break()
		w.b.Write(s)
		w.b.Break()
	}
}
