// Package query owns the search language: its tree, its parser, the list of fields, and the tokens of
// full-text search (words, and bigrams for Chinese, Japanese and Korean). It owns no meaning in SQL
// (store/sqldb) and no recognition of observables (package observable).
//
// The language: words and "phrases" search text; field:value filters; -x or NOT x excludes; AND is
// implied, OR is written; ( ) group; values take * at either end, comparisons (published:>2024-01-01,
// score:>=50), and ranges (published:2024-01..2024-06).
package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Limits of one query.
const (
	MaxBytes = 16 << 10
	MaxNodes = 512
	MaxDepth = 32
)

// Node is one part of the tree: And, Or, Not, Text or Field.
type Node interface{ node() }

// And holds when all parts hold; an empty And holds always.
type And []Node

// Or holds when one part holds.
type Or []Node

// Not holds when X does not.
type Not struct{ X Node }

// Text is a word or a phrase searched in titles and texts, or an observable as written.
type Text struct {
	Text   string
	Phrase bool
}

// Op compares.
type Op uint8

// The comparisons.
const (
	Equal Op = iota
	Less
	LessEqual
	Greater
	GreaterEqual
	Range // Value … To
)

// Field filters by a named property.
type Field struct {
	Name  string
	Op    Op
	Value string
	To    string // only with Range
	Pos   int    // byte offset in the query, for error messages
}

func (And) node()   {}
func (Or) node()    {}
func (Not) node()   {}
func (Text) node()  {}
func (Field) node() {}

// Fields lists the properties that can be filtered, with a short explanation for help and completion.
func Fields() map[string]string {
	return map[string]string{
		"type": "type of value, e.g. type:domain-name", "value": "value, * as wildcard: value:*.evil.com",
		"domain": "registrable domain of hosts, URLs and e-mails", "net": "addresses inside a network: net:10.0.0.0/8, or networks around an address",
		"report": "id of the report", "source": "name or id of the source", "publisher": "name of the publisher",
		"kind": "kind of report: report, event, feed, batch", "lang": "language of the report", "title": "words of the title",
		"tag": "tag, * as wildcard", "tlp": "TLP, comparable: tlp:<=amber", "state": "proposed, accepted, rejected",
		"progress": "to_review, in_review, reviewed", "assignee": "me, none, or an e-mail", "to_ids": "yes or no",
		"pain": "level 1–6, comparable", "category": "category of the claim", "comment": "text in the comment",
		"published": "date by the source, comparable", "observed": "date in the world, comparable", "arrived": "date of arrival, comparable",
		"expired": "yes or no", "own": "yes: concerns own assets, or the id of one", "listed": "yes: on a warninglist", "score": "score 0–100, comparable",
		"publishers": "number of independent publishers, comparable", "plane": "traffic, files, intranet, extranet", "object": "name of the object",
		"deleted": "yes: only deleted ones",
	}
}

// Parse reads a query. Errors name the byte where reading stopped.
func Parse(s string) (Node, error) {
	if len(s) > MaxBytes {
		return nil, errs.New(errs.TooLarge, "query_too_long", "The query is longer than {limit} bytes.", "limit", MaxBytes)
	}
	if !utf8.ValidString(s) {
		return nil, errs.New(errs.Invalid, "query_not_utf8", "The query is not valid UTF-8.")
	}
	p := &parser{src: s}
	n, err := p.or(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(s) {
		return nil, p.fail("query_paren", "There is a ) without its ( at position {pos}.")
	}
	return n, nil
}

type parser struct {
	src   string
	pos   int
	nodes int
}

func (p *parser) fail(code, msg string, kv ...any) error {
	return errs.New(errs.Invalid, code, msg, append(kv, "pos", p.pos+1)...)
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[p.pos:])
		if !unicode.IsSpace(r) {
			return
		}
		p.pos += n
	}
}

func (p *parser) or(depth int) (Node, error) {
	if depth > MaxDepth {
		return nil, p.fail("query_depth", "The query nests deeper than {limit} at position {pos}.", "limit", MaxDepth)
	}
	first, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	list := Or{first}
	for p.word("OR") || p.word("||") {
		next, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return first, nil
	}
	return list, nil
}

func (p *parser) and(depth int) (Node, error) {
	var list And
	for {
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] == ')' || p.peekWord("OR") || p.peekWord("||") {
			break
		}
		if p.word("AND") || p.word("&&") {
			continue
		}
		n, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		if n != nil {
			list = append(list, n)
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (p *parser) unary(depth int) (Node, error) {
	if p.nodes++; p.nodes > MaxNodes {
		return nil, p.fail("query_nodes", "The query has more than {limit} parts.", "limit", MaxNodes)
	}
	if depth > MaxDepth {
		return nil, p.fail("query_depth", "The query nests deeper than {limit} at position {pos}.", "limit", MaxDepth)
	}
	negated := p.word("NOT")
	if !negated && p.src[p.pos] == '-' && p.pos+1 < len(p.src) && p.src[p.pos+1] != ' ' {
		p.pos++
		negated = true
	}
	if negated {
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] == ')' {
			return nil, p.fail("query_not", "NOT at position {pos} has nothing after it.")
		}
		x, err := p.unary(depth + 1)
		if err != nil || x == nil {
			return nil, err
		}
		return Not{X: x}, nil
	}
	if p.src[p.pos] == '(' {
		p.pos++
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.pos >= len(p.src) || p.src[p.pos] != ')' {
			return nil, p.fail("query_unclosed", "A ( is not closed before position {pos}.")
		}
		p.pos++
		return n, nil
	}
	return p.leaf()
}

func (p *parser) leaf() (Node, error) {
	start := p.pos
	if p.src[p.pos] == '"' {
		text, err := p.quoted()
		return Text{Text: text, Phrase: true}, err
	}
	word := p.bare()
	name, rest, ok := strings.Cut(word, ":")
	name = strings.ToLower(name)
	_, known := Fields()[name]
	if !ok || !known {
		return Text{Text: word}, nil
	}
	f := Field{Name: name, Value: rest, Pos: start}
	f.Op, f.Value = operator(rest)
	if f.Value == "" && p.pos < len(p.src) && p.src[p.pos] == '"' {
		text, err := p.quoted()
		f.Value = text
		return f, err
	}
	if from, to, ok := strings.Cut(f.Value, ".."); ok && f.Op == Equal && from != "" && to != "" && ranged(name) {
		f.Op, f.Value, f.To = Range, from, to
	}
	if f.Value == "" {
		return nil, p.fail("query_field_empty", "{field}: at position {pos} has no value.", "field", name)
	}
	return f, nil
}

func ranged(name string) bool {
	switch name {
	case "published", "observed", "arrived", "score", "pain", "publishers":
		return true
	}
	return false
}

func operator(s string) (Op, string) {
	for _, o := range []struct {
		text string
		op   Op
	}{{">=", GreaterEqual}, {"<=", LessEqual}, {">", Greater}, {"<", Less}, {"=", Equal}} {
		if rest, ok := strings.CutPrefix(s, o.text); ok {
			return o.op, rest
		}
	}
	return Equal, s
}

// bare reads up to white space, a quote after a colon, or an unbalanced parenthesis. Parentheses inside
// a word belong to it when they balance: evil(dot)com is one word.
func (p *parser) bare() string {
	start, open := p.pos, 0
	for p.pos < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[p.pos:])
		switch {
		case unicode.IsSpace(r):
			return p.src[start:p.pos]
		case r == '"' && p.pos > start && strings.ContainsRune(":<>=", rune(p.src[p.pos-1])):
			return p.src[start:p.pos]
		case r == '(':
			open++
		case r == ')':
			if open == 0 {
				return p.src[start:p.pos]
			}
			open--
		}
		p.pos += n
	}
	return p.src[start:p.pos]
}

func (p *parser) quoted() (string, error) {
	p.pos++
	var b strings.Builder
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == '\\' && p.pos+1 < len(p.src) && (p.src[p.pos+1] == '"' || p.src[p.pos+1] == '\\'):
			b.WriteByte(p.src[p.pos+1])
			p.pos += 2
		case c == '"':
			p.pos++
			return b.String(), nil
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	return "", p.fail("query_quote", "A quotation mark is not closed.")
}

func (p *parser) peekWord(w string) bool {
	if !strings.HasPrefix(p.src[p.pos:], w) {
		return false
	}
	rest := p.src[p.pos+len(w):]
	if rest == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsSpace(r) || r == '('
}

func (p *parser) word(w string) bool {
	p.space()
	if p.pos < len(p.src) && p.peekWord(w) {
		p.pos += len(w)
		p.space()
		return true
	}
	return false
}

// Quote writes a string so that Parse reads it back as one value.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
