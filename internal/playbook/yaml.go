package playbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/naming"
)

// Bounds of a document.
const (
	maxBody     = 256 << 10 // bytes
	maxProblems = 100
	maxList     = 2000 // elements of a list
)

// reader walks YAML nodes and collects what is wrong, with places.
type reader struct {
	problems []Problem
	warnings []Problem
}

func problem(n *yaml.Node, code, message string, kv ...any) Problem {
	e := errs.New(errs.Invalid, code, message, kv...)
	p := Problem{Line: 1, Column: 1, Code: code, Message: errs.Fill(message, e.Params), Params: e.Params}
	if n != nil && n.Line > 0 {
		p.Line, p.Column = n.Line, n.Column
	}
	return p
}

func (r *reader) bad(n *yaml.Node, code, message string, kv ...any) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, problem(n, code, message, kv...))
	}
}

// refuse reports an error of another package at a place.
func (r *reader) refuse(n *yaml.Node, err error) {
	if e, ok := errs.As(err); ok && len(r.problems) < maxProblems {
		p := problem(n, e.Code, e.Message)
		p.Message, p.Params = errs.Fill(e.Message, e.Params), e.Params
		r.problems = append(r.problems, p)
	}
}

func (r *reader) warn(n *yaml.Node, code, message string, kv ...any) {
	if len(r.warnings) < maxProblems {
		p := problem(n, code, message, kv...)
		p.Warning = true
		r.warnings = append(r.warnings, p)
	}
}

// Problems is the error of a document that cannot be used: everything that is wrong with it.
type Problems []Problem

// Error lists the first problems with their places.
func (p Problems) Error() string {
	var b strings.Builder
	for i, one := range p {
		if i == 5 {
			fmt.Fprintf(&b, "; and %d more", len(p)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "line %d, column %d: %s", one.Line, one.Column, one.Message)
	}
	return b.String()
}

// invalid wraps problems into the error that edges show; Params["problems"] holds them all.
func invalid(p Problems) error {
	return errs.New(errs.Invalid, "playbook_invalid", "The playbook cannot be used: {text}", "text", p.Error(), "problems", []Problem(p)).At("body")
}

// parseYAML reads exactly one document whose root is a mapping.
func parseYAML(body []byte, limit int) (*yaml.Node, error) {
	fail := func(line int, code, message string, kv ...any) error {
		return Problems{problem(&yaml.Node{Line: line, Column: 1}, code, message, kv...)}
	}
	if len(body) > limit {
		return nil, fail(1, "yaml_too_large", "The document is larger than {max} bytes.", "max", limit)
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return nil, fail(1+bytes.Count(body[:firstBad(body)], []byte("\n")), "yaml_not_utf8", "The document is not UTF-8 text.")
	}
	dec := yaml.NewDecoder(bytes.NewReader(body))
	var root yaml.Node
	err := decodeSafely(dec, &root)
	if errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0 {
		return nil, fail(1, "yaml_empty", "The document is empty.")
	}
	if err != nil {
		line, text := yamlError(err)
		return nil, fail(line, "yaml_syntax", "The YAML cannot be read: {reason}.", "reason", text)
	}
	var second yaml.Node
	if err := decodeSafely(dec, &second); !errors.Is(err, io.EOF) {
		return nil, fail(max(second.Line, 1), "yaml_several", "There are several documents in one; only one can be used.")
	}
	if n := root.Content[0]; n.Kind != yaml.MappingNode {
		return nil, Problems{problem(n, "yaml_not_mapping", "The document must consist of names and values, like name: My playbook.")}
	}
	return root.Content[0], nil
}

// decodeSafely turns a panic of the decoder into an error: the document is foreign.
func decodeSafely(dec *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: line 1: %v", p)
		}
	}()
	return dec.Decode(n)
}

func firstBad(body []byte) int {
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			return i
		}
		i += n
	}
	return len(body)
}

// yamlError takes the line out of the decoder's message.
func yamlError(err error) (line int, text string) {
	text = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`^(?:unmarshal errors:\s*)?line (\d+): `).FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	return max(line, 1), naming.Clip(strings.Join(strings.Fields(text), " "), 200)
}

// field is one member of a mapping.
type field struct {
	name  string
	key   *yaml.Node
	value *yaml.Node
}

// fields returns the members of a mapping in order, each name once. Names not in known are problems; known
// nil allows all.
func (r *reader) fields(n *yaml.Node, what string, known ...string) []field {
	if n.Kind == yaml.AliasNode {
		r.bad(n, "yaml_alias", "References (*name) are not allowed in playbooks: write it out.")
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.bad(n, "want_mapping", "{what} takes names and values, like name: value.", "what", what)
		return nil
	}
	seen := map[string]bool{}
	var out []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		name := k.Value
		switch {
		case k.Kind != yaml.ScalarNode || k.Tag == "!!merge":
			r.bad(k, "bad_name", "This is not a plain name.")
		case seen[name]:
			r.bad(k, "name_twice", "{name} is given twice.", "name", naming.Clip(name, 60))
		case len(known) > 0 && !has(known, name):
			r.unknown(k, what, known)
		case v.Kind == yaml.AliasNode:
			r.bad(v, "yaml_alias", "References (*name) are not allowed in playbooks: write it out.")
		default:
			out = append(out, field{name, k, v})
		}
		seen[name] = true
	}
	return out
}

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func (r *reader) unknown(k *yaml.Node, what string, known []string) {
	name := naming.Clip(k.Value, 60)
	best, near := "", 3
	for _, c := range known {
		if d := editDistance(k.Value, c); d < near {
			best, near = c, d
		}
	}
	if best != "" {
		r.bad(k, "unknown_name", "{what} has no {name}. Did you mean {guess}?", "what", what, "name", name, "guess", best)
		return
	}
	r.bad(k, "unknown_name", "{what} has no {name}; it takes {known}.", "what", what, "name", name, "known", strings.Join(known, ", "))
}

// editDistance is Levenshtein's, on short names.
func editDistance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// text returns a scalar; null is no text.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.bad(n, "want_text", "{what} takes a text.", "what", what)
		return "", false
	}
	return n.Value, true
}

func (r *reader) truth(n *yaml.Node, what string) bool {
	if n.Kind == yaml.ScalarNode {
		switch strings.ToLower(n.Value) {
		case "true", "yes":
			return true
		case "false", "no":
			return false
		}
	}
	r.bad(n, "want_truth", "{what} takes true or false.", "what", what)
	return false
}

func (r *reader) number(n *yaml.Node, what string, low, high int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < low || v > high {
		r.bad(n, "want_number", "{what} takes a whole number from {low} to {high}.", "what", what, "low", low, "high", high)
		return 0
	}
	return v
}

// list returns the elements of a list; a single value counts as one.
func (r *reader) list(n *yaml.Node, what string) []*yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if len(n.Content) > maxList {
			r.bad(n, "list_long", "{what} has more than {max} entries.", "what", what, "max", maxList)
			return nil
		}
		return n.Content
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil
		}
		return []*yaml.Node{n}
	}
	r.bad(n, "want_list", "{what} takes a list.", "what", what)
	return nil
}

func (r *reader) texts(n *yaml.Node, what string) []string {
	var out []string
	for _, e := range r.list(n, what) {
		if s, ok := r.text(e, what); ok {
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) regexps(n *yaml.Node, what string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, e := range r.list(n, what) {
		if re := r.regexp(e, e.Value, what); re != nil {
			out = append(out, re)
		}
	}
	return out
}

// maxPattern bounds one regular expression; RE2 is linear, but compiling is not free.
const maxPattern = 1000

func (r *reader) regexp(n *yaml.Node, pattern, what string) *regexp.Regexp {
	if n.Kind != yaml.ScalarNode || pattern == "" || len(pattern) > maxPattern {
		r.bad(n, "want_pattern", "{what} takes a regular expression of at most {max} characters.", "what", what, "max", maxPattern)
		return nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		r.bad(n, "bad_pattern", "{pattern} is not a regular expression (RE2): {reason}.", "pattern", naming.Clip(pattern, 80),
			"reason", naming.Clip(strings.TrimPrefix(err.Error(), "error parsing regexp: "), 120))
		return nil
	}
	return re
}
