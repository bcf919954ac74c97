// Package template owns the templates in which users word their notifications. They have no logic:
// names, sections and inverted sections, as in Mustache (mustache(5)), over plain data. There are no
// calls, partials, lambdas or escapes to a program, and the work of a rendering is bounded. Output is
// plain text; nothing is escaped.
//
//	{{name}}  {{a.b}}  {{.}}          a value, empty when there is none
//	{{#name}} … {{/name}}             once for each element of a list, once for a value that is not empty
//	{{^name}} … {{/name}}             once when the value is missing or empty
//	{{! a comment }}
package template

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

const (
	longestSource = 64 << 10
	deepest       = 20
	// mostSteps bounds one rendering, whatever it writes.
	mostSteps = 100_000
)

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	nodes []node
	names []string
}

// node is a text, a value, or a section with children.
type node struct {
	kind     kind
	text     string
	path     []string
	children []node
}

type kind uint8

const (
	literal kind = iota
	value
	section
	inverted
)

// Parse reads a template. Errors name the line.
func Parse(source string) (*Template, error) {
	if len(source) > longestSource {
		return nil, errs.New(errs.TooLarge, "template_too_large", "The template has more than {limit} bytes.", "limit", longestSource)
	}
	p := &parser{rest: source, line: 1}
	nodes, err := p.block(nil, 0)
	if err != nil {
		return nil, err
	}
	slices.Sort(p.names)
	return &Template{nodes: nodes, names: slices.Compact(p.names)}, nil
}

// Names returns the names that the template uses, sorted, "." excepted.
func (t *Template) Names() []string { return slices.Clone(t.names) }

type parser struct {
	rest  string
	line  int
	names []string
}

func (p *parser) bad(problem string, kv ...any) error {
	return errs.New(errs.Invalid, "bad_template", "Line {line} of the template: "+problem+".", append([]any{"line", p.line}, kv...)...)
}

// block reads until the tag that closes open (nil: until the end).
func (p *parser) block(open []string, depth int) ([]node, error) {
	if depth > deepest {
		return nil, p.bad("sections nest deeper than {limit}", "limit", deepest)
	}
	var nodes []node
	opened := p.line
	for {
		start := strings.Index(p.rest, "{{")
		if start < 0 {
			if open != nil {
				p.line = opened
				return nil, p.bad("the section {name} is not closed", "name", strings.Join(open, "."))
			}
			return p.literal(nodes, p.rest), nil
		}
		nodes = p.literal(nodes, p.rest[:start])
		p.rest = p.rest[start+2:]
		end := strings.Index(p.rest, "}}")
		if end < 0 {
			return nil, p.bad("a tag is not closed by }}")
		}
		tag := strings.TrimSpace(p.rest[:end])
		p.line += strings.Count(p.rest[:end], "\n")
		p.rest = p.rest[end+2:]
		if strings.HasPrefix(tag, "!") {
			continue
		}
		if name, ok := strings.CutPrefix(tag, "/"); ok {
			if open == nil || strings.TrimSpace(name) != strings.Join(open, ".") && (strings.TrimSpace(name) != "." || len(open) != 0) {
				return nil, p.bad("{name} closes no section", "name", "{{"+tag+"}}")
			}
			return nodes, nil
		}
		n, err := p.tag(tag, depth)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
}

func (p *parser) literal(nodes []node, text string) []node {
	p.line += strings.Count(text, "\n")
	if text == "" {
		return nodes
	}
	return append(nodes, node{kind: literal, text: text})
}

func (p *parser) tag(tag string, depth int) (node, error) {
	n := node{kind: value}
	switch {
	case strings.HasPrefix(tag, "#"):
		n.kind, tag = section, tag[1:]
	case strings.HasPrefix(tag, "^"):
		n.kind, tag = inverted, tag[1:]
	}
	path, ok := parsePath(strings.TrimSpace(tag))
	if !ok {
		return n, p.bad("{name} is not a name; names are letters, digits, _ and -, joined by dots", "name", "{{"+tag+"}}")
	}
	n.path = path
	if len(path) > 0 {
		p.names = append(p.names, strings.Join(path, "."))
	}
	if n.kind == value {
		return n, nil
	}
	var err error
	n.children, err = p.block(path, depth+1)
	return n, err
}

// parsePath reads "a.b"; "." is the empty path.
func parsePath(s string) ([]string, bool) {
	if s == "." {
		return []string{}, true
	}
	const longest = 200
	if len(s) > longest {
		return nil, false
	}
	parts := strings.Split(s, ".")
	for _, part := range parts {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			return nil, false
		}
	}
	return parts, true
}

// Render fills the template. Data are maps with string keys (map[string]any, map[string]string),
// lists ([]any, []map[string]any, []string), strings, numbers, booleans and times; anything else is
// empty. Output ends at limit bytes with an error of kind TooLarge.
func (t *Template) Render(data any, limit int) (string, error) {
	r := &renderer{limit: limit}
	if err := r.nodes(t.nodes, []any{data}); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

type renderer struct {
	out   strings.Builder
	limit int
	steps int
}

// step counts one node or one element of a list.
func (r *renderer) step() error {
	if r.steps++; r.steps > mostSteps {
		return errs.New(errs.TooLarge, "template_too_long", "The template repeats more than {limit} parts; shorten its lists.", "limit", mostSteps)
	}
	return nil
}

func (r *renderer) nodes(nodes []node, stack []any) error {
	for _, n := range nodes {
		if err := r.step(); err != nil {
			return err
		}
		if err := r.node(n, stack); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) node(n node, stack []any) error {
	if n.kind == literal {
		return r.write(n.text)
	}
	v := lookup(stack, n.path)
	switch n.kind {
	case value:
		return r.write(text(v))
	case inverted:
		if empty(v) {
			return r.nodes(n.children, stack)
		}
	case section:
		if empty(v) {
			return nil
		}
		if list, ok := elements(v); ok {
			for _, e := range list {
				if err := r.step(); err != nil {
					return err
				}
				if err := r.nodes(n.children, append(stack, e)); err != nil {
					return err
				}
			}
			return nil
		}
		return r.nodes(n.children, append(stack, v))
	}
	return nil
}

func (r *renderer) write(s string) error {
	if r.out.Len()+len(s) > r.limit {
		return errs.New(errs.TooLarge, "template_output", "The filled template has more than {limit} bytes.", "limit", r.limit)
	}
	r.out.WriteString(s)
	return nil
}

// lookup finds the first name from the innermost context outwards, the others within it.
func lookup(stack []any, path []string) any {
	if len(path) == 0 {
		return stack[len(stack)-1]
	}
	for i := len(stack) - 1; i >= 0; i-- {
		v, ok := member(stack[i], path[0])
		if !ok {
			continue
		}
		for _, name := range path[1:] {
			if v, ok = member(v, name); !ok {
				return nil
			}
		}
		return v
	}
	return nil
}

func member(v any, name string) (any, bool) {
	switch m := v.(type) {
	case map[string]any:
		x, ok := m[name]
		return x, ok
	case map[string]string:
		x, ok := m[name]
		return x, ok
	}
	return nil, false
}

func elements(v any) ([]any, bool) {
	switch list := v.(type) {
	case []any:
		return list, true
	case []string:
		out := make([]any, len(list))
		for i, s := range list {
			out[i] = s
		}
		return out, true
	case []map[string]any:
		out := make([]any, len(list))
		for i, m := range list {
			out[i] = m
		}
		return out, true
	}
	return nil, false
}

func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case map[string]any:
		return len(x) == 0
	case map[string]string:
		return len(x) == 0
	}
	if list, ok := elements(v); ok {
		return len(list) == 0
	}
	return text(v) == ""
}

// text writes a scalar; times are UTC to the second.
func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case int:
		return strconv.Itoa(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return x.UTC().Format(time.RFC3339)
	}
	return ""
}
