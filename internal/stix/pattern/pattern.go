// Package pattern owns the STIX patterning language (STIX 2.1, section 9, and its grammar STIXPattern.g4):
// a parser, the tree of a pattern and a printer whose output parses to the same tree. It owns no matching
// and no meaning of object paths.
package pattern

import "strings"

// Combinators of observations and comparisons.
const (
	And        = "AND"
	Or         = "OR"
	FollowedBy = "FOLLOWEDBY"
)

// Observation is "[…]", or several joined by one combinator, with qualifiers behind.
type Observation struct {
	// Join is And, Or or FollowedBy when Parts are set, "" when Test is.
	Join       string
	Parts      []*Observation
	Test       *Comparison
	Qualifiers []Qualifier
}

// Qualifier is START…STOP, WITHIN or REPEATS.
type Qualifier struct {
	Kind        string // "START", "WITHIN", "REPEATS"
	Start, Stop Literal
	Number      string // seconds or times, as written
}

// Comparison is one test of a property, or several joined by And or Or.
type Comparison struct {
	Join  string
	Parts []*Comparison
	Not   bool
	// Operator is one of = != > < >= <= IN LIKE MATCHES ISSUBSET ISSUPERSET EXISTS.
	Operator string
	Path     Path
	Value    Literal
	Set      []Literal // of IN
}

// Path is object-type:property.property[0].'quoted'.
type Path struct {
	Object string
	Steps  []Step
}

// Step is a property, or an index ("0", "*") in a list.
type Step struct {
	Name  string
	Index string
}

// Kind of a literal.
type Kind uint8

// The kinds.
const (
	None Kind = iota
	String
	Integer
	Float
	Boolean
	Timestamp
	Hex
	Binary
)

// Literal is a constant. Text is the value without quotes and escapes; numbers are as written.
type Literal struct {
	Kind Kind
	Text string
}

// String prints the pattern.
func (o *Observation) String() string {
	var b strings.Builder
	o.print(&b, 0)
	return b.String()
}

// Binding strength of combinators, loosest first (STIX 2.1, section 9.6).
func strength(join string) int {
	switch join {
	case FollowedBy:
		return 1
	case Or:
		return 2
	case And:
		return 3
	}
	return 4
}

func (o *Observation) print(b *strings.Builder, outer int) {
	own := strength(o.Join)
	brackets := o.Join != "" && (own <= outer || len(o.Qualifiers) > 0)
	if brackets {
		b.WriteByte('(')
	}
	if o.Test != nil {
		b.WriteByte('[')
		o.Test.print(b, 0)
		b.WriteByte(']')
	}
	for i, p := range o.Parts {
		if i > 0 {
			b.WriteString(" " + o.Join + " ")
		}
		p.print(b, own)
	}
	if brackets {
		b.WriteByte(')')
	}
	for _, q := range o.Qualifiers {
		switch q.Kind {
		case "START":
			b.WriteString(" START " + q.Start.String() + " STOP " + q.Stop.String())
		case "WITHIN":
			b.WriteString(" WITHIN " + q.Number + " SECONDS")
		case "REPEATS":
			b.WriteString(" REPEATS " + q.Number + " TIMES")
		}
	}
}

func (c *Comparison) print(b *strings.Builder, outer int) {
	if c.Join != "" {
		own := strength(c.Join)
		if own <= outer {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, p := range c.Parts {
			if i > 0 {
				b.WriteString(" " + c.Join + " ")
			}
			p.print(b, own)
		}
		return
	}
	if c.Operator == "EXISTS" {
		b.WriteString("EXISTS " + c.Path.String())
		return
	}
	b.WriteString(c.Path.String())
	if c.Not {
		b.WriteString(" NOT")
	}
	b.WriteString(" " + c.Operator + " ")
	if c.Operator != "IN" {
		b.WriteString(c.Value.String())
		return
	}
	b.WriteByte('(')
	for i, l := range c.Set {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(l.String())
	}
	b.WriteByte(')')
}

// String prints the path.
func (p Path) String() string {
	var b strings.Builder
	b.WriteString(p.Object)
	b.WriteByte(':')
	for i, s := range p.Steps {
		switch {
		case s.Index != "":
			b.WriteString("[" + s.Index + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if plainName(s.Name) {
			b.WriteString(s.Name)
		} else {
			b.WriteString(quote(s.Name))
		}
	}
	return b.String()
}

func plainName(s string) bool {
	for i := range len(s) {
		if !nameByte(s[i], i == 0) {
			return false
		}
	}
	return s != "" && !keyword(s)
}

// String prints the literal.
func (l Literal) String() string {
	switch l.Kind {
	case String:
		return quote(l.Text)
	case Timestamp:
		return "t" + quote(l.Text)
	case Hex:
		return "h" + quote(l.Text)
	case Binary:
		return "b" + quote(l.Text)
	}
	return l.Text
}

func quote(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '\'')
	for i := range len(s) {
		if s[i] == '\\' || s[i] == '\'' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(append(b, '\''))
}

// Equal is a positive statement "this property has this value" inside a pattern.
type Equal struct {
	Path  Path
	Value Literal
	// Operator is "=", "IN" (one of the set) or "ISSUBSET".
	Operator string
	// Joint statements hold only together with others (AND, FOLLOWEDBY); Group numbers those that belong
	// together, from 1, and is 0 for the others.
	Group int
}

// Equals lists the positive statements of a pattern in order.
func (o *Observation) Equals() []Equal {
	c := collector{}
	c.observation(o, 0)
	return c.out
}

type collector struct {
	out   []Equal
	group int
}

func (c *collector) next(join string, group int) int {
	if group == 0 && (join == And || join == FollowedBy) {
		c.group++
		return c.group
	}
	return group
}

func (c *collector) observation(o *Observation, group int) {
	if o.Test != nil {
		c.comparison(o.Test, group)
	}
	group = c.next(o.Join, group)
	for _, p := range o.Parts {
		c.observation(p, group)
	}
}

func (c *collector) comparison(t *Comparison, group int) {
	group = c.next(t.Join, group)
	for _, p := range t.Parts {
		c.comparison(p, group)
	}
	if t.Not {
		return
	}
	switch t.Operator {
	case "=", "ISSUBSET":
		c.out = append(c.out, Equal{t.Path, t.Value, t.Operator, group})
	case "IN":
		for _, v := range t.Set {
			c.out = append(c.out, Equal{t.Path, v, t.Operator, group})
		}
	}
}
