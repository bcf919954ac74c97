package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Limits of a pattern.
const (
	maxLength = 1 << 20 // bytes
	maxDepth  = 100     // brackets in brackets
)

// Parse reads a pattern. Errors are errs.Invalid and name the byte and what was expected there.
func Parse(text string) (*Observation, error) {
	if len(text) > maxLength {
		return nil, errs.New(errs.TooLarge, "pattern_long", "The pattern has {size} bytes; {max} are allowed.", "size", len(text), "max", maxLength)
	}
	p := parser{scan: scanner{text: text}}
	p.advance()
	o := p.observations(1, 0)
	if p.err == nil && p.tok.kind != end {
		p.fail("the end of the pattern")
	}
	if p.err != nil {
		return nil, p.err
	}
	return o, nil
}

type parser struct {
	scan scanner
	tok  token
	err  error
}

func (p *parser) advance() {
	if p.err == nil {
		p.tok, p.err = p.scan.next()
	}
}

func (p *parser) fail(expected string) {
	if p.err == nil {
		p.err = errs.New(errs.Invalid, "pattern_syntax", "The pattern is wrong at byte {offset}: {expected} was expected, not {found}.",
			"offset", p.tok.at, "expected", expected, "found", p.tok.shown())
	}
}

func (p *parser) word(w string) bool { return p.tok.kind == name && p.tok.text == w }
func (p *parser) sign(s string) bool { return p.tok.kind == sign && p.tok.text == s }

// take consumes a sign or fails.
func (p *parser) take(s string) {
	if !p.sign(s) {
		p.fail(s)
		return
	}
	p.advance()
}

func (p *parser) takeWord(w string) {
	if !p.word(w) {
		p.fail(w)
		return
	}
	p.advance()
}

func (p *parser) deep(depth int) bool {
	if depth > maxDepth && p.err == nil {
		p.err = errs.New(errs.TooLarge, "pattern_deep", "The pattern nests more than {max} brackets.", "max", maxDepth)
	}
	return p.err != nil
}

func joinOf(level int) string { return [...]string{"", FollowedBy, Or, And}[level] }

// observations reads observations joined by the combinator of a level (1 FOLLOWEDBY, 2 OR, 3 AND).
func (p *parser) observations(level, depth int) *Observation {
	if level > 3 {
		return p.observation(depth)
	}
	first := p.observations(level+1, depth)
	join := joinOf(level)
	if p.err != nil || !p.word(join) {
		return first
	}
	o := &Observation{Join: join, Parts: []*Observation{first}}
	for p.err == nil && p.word(join) {
		p.advance()
		o.Parts = append(o.Parts, p.observations(level+1, depth))
	}
	return o
}

func (p *parser) observation(depth int) *Observation {
	if p.deep(depth) {
		return nil
	}
	var o *Observation
	switch {
	case p.sign("["):
		p.advance()
		o = &Observation{Test: p.comparisons(2, depth+1)}
		p.take("]")
	case p.sign("("):
		p.advance()
		o = p.observations(1, depth+1)
		p.take(")")
	default:
		p.fail("[ or (")
		return nil
	}
	for p.err == nil {
		q, ok := p.qualifier()
		if !ok {
			break
		}
		for _, earlier := range o.Qualifiers {
			if earlier.Kind == q.Kind {
				p.fail("no second " + q.Kind)
			}
		}
		o.Qualifiers = append(o.Qualifiers, q)
	}
	return o
}

func (p *parser) qualifier() (q Qualifier, ok bool) {
	switch {
	case p.word("START"):
		p.advance()
		q.Start = p.instant()
		p.takeWord("STOP")
		q.Stop = p.instant()
		q.Kind = "START"
	case p.word("WITHIN"):
		p.advance()
		q.Kind, q.Number = "WITHIN", p.number(true)
		p.takeWord("SECONDS")
	case p.word("REPEATS"):
		p.advance()
		q.Kind, q.Number = "REPEATS", p.number(false)
		p.takeWord("TIMES")
	default:
		return q, false
	}
	return q, p.err == nil
}

func (p *parser) instant() Literal {
	l := p.tok.literal
	if p.tok.kind != literal || l.Kind != Timestamp && l.Kind != String { // STIX 2.0 wrote strings
		p.fail("a time such as t'2024-01-01T00:00:00Z'")
		return l
	}
	p.advance()
	return l
}

func (p *parser) number(float bool) string {
	l := p.tok.literal
	if p.tok.kind != literal || l.Kind != Integer && (!float || l.Kind != Float) || strings.HasPrefix(l.Text, "-") || strings.Trim(l.Text, "0.") == "" {
		p.fail("a number above 0")
		return ""
	}
	p.advance()
	return l.Text
}

// comparisons reads tests joined by the combinator of a level (2 OR, 3 AND).
func (p *parser) comparisons(level, depth int) *Comparison {
	if level > 3 {
		return p.comparison(depth)
	}
	first := p.comparisons(level+1, depth)
	join := joinOf(level)
	if p.err != nil || !p.word(join) {
		return first
	}
	c := &Comparison{Join: join, Parts: []*Comparison{first}}
	for p.err == nil && p.word(join) {
		p.advance()
		c.Parts = append(c.Parts, p.comparisons(level+1, depth))
	}
	return c
}

func (p *parser) comparison(depth int) *Comparison {
	if p.deep(depth) {
		return nil
	}
	if p.sign("(") {
		p.advance()
		c := p.comparisons(2, depth+1)
		p.take(")")
		return c
	}
	c := &Comparison{}
	if p.word("EXISTS") {
		p.advance()
		c.Operator, c.Path = "EXISTS", p.path()
		return c
	}
	c.Path = p.path()
	if p.word("NOT") {
		c.Not = true
		p.advance()
	}
	p.test(c)
	return c
}

func (p *parser) test(c *Comparison) {
	switch {
	case p.tok.kind == sign && strings.Contains(" = == != <> > < >= <= ", " "+p.tok.text+" "):
		switch c.Operator = p.tok.text; c.Operator {
		case "==":
			c.Operator = "="
		case "<>":
			c.Operator = "!="
		}
		p.advance()
		if c.Value = p.constant(); c.Value.Kind == Boolean && c.Operator != "=" && c.Operator != "!=" {
			p.fail("a value that has an order")
		}
	case p.word("IN"):
		c.Operator = "IN"
		p.advance()
		p.take("(")
		for p.err == nil && !p.sign(")") {
			if len(c.Set) > 0 {
				p.take(",")
			}
			c.Set = append(c.Set, p.constant())
		}
		p.take(")")
	case p.word("LIKE"), p.word("MATCHES"), p.word("ISSUBSET"), p.word("ISSUPERSET"):
		c.Operator = p.tok.text
		p.advance()
		if p.tok.kind != literal || p.tok.literal.Kind != String {
			p.fail("a text in '…'")
			return
		}
		c.Value = p.constant()
	default:
		p.fail("a comparison such as =")
	}
}

func (p *parser) constant() Literal {
	if p.word("true") || p.word("false") || p.word("TRUE") || p.word("FALSE") {
		l := Literal{Boolean, strings.ToLower(p.tok.text)}
		p.advance()
		return l
	}
	l := p.tok.literal
	if p.tok.kind != literal {
		p.fail("a value")
		return l
	}
	p.advance()
	return l
}

func (p *parser) path() Path {
	var out Path
	if p.tok.kind != name || keyword(p.tok.text) {
		p.fail("an object path such as ipv4-addr:value")
		return out
	}
	out.Object = p.tok.text
	p.advance()
	p.take(":")
	p.step(&out)
	for p.err == nil {
		switch {
		case p.sign("."):
			p.advance()
			p.step(&out)
		case p.sign("["):
			p.advance()
			switch {
			case p.sign("*"):
				out.Steps = append(out.Steps, Step{Index: "*"})
			case p.tok.kind == literal && p.tok.literal.Kind == Integer:
				out.Steps = append(out.Steps, Step{Index: p.tok.literal.Text})
			default:
				p.fail("an index or *")
				return out
			}
			p.advance()
			p.take("]")
		default:
			return out
		}
	}
	return out
}

func (p *parser) step(out *Path) {
	switch {
	case p.tok.kind == name && !strings.Contains(p.tok.text, "-") && !keyword(p.tok.text):
		out.Steps = append(out.Steps, Step{Name: p.tok.text})
	case p.tok.kind == literal && p.tok.literal.Kind == String && p.tok.literal.Text != "":
		out.Steps = append(out.Steps, Step{Name: p.tok.literal.Text})
	default:
		p.fail("a property")
		return
	}
	p.advance()
}

type tokenKind uint8

const (
	end tokenKind = iota
	name
	sign
	literal
)

type token struct {
	kind    tokenKind
	text    string
	literal Literal
	at      int
}

func (t token) shown() string {
	switch t.kind {
	case end:
		return "the end"
	case literal:
		s := t.literal.String()
		if len(s) > 60 {
			s = strings.ToValidUTF8(s[:60], "") + "…"
		}
		return s
	}
	return t.text
}

type scanner struct {
	text string
	at   int
}

func (s *scanner) bad(what string) error {
	return errs.New(errs.Invalid, "pattern_character", "The pattern is wrong at byte {offset}: {what}.", "offset", s.at, "what", what)
}

// skip passes white space and comments.
func (s *scanner) skip() error {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch {
		case strings.HasPrefix(rest, "//"):
			i := strings.IndexByte(rest, '\n')
			if i < 0 {
				i = len(rest)
			}
			s.at += i
		case strings.HasPrefix(rest, "/*"):
			i := strings.Index(rest, "*/")
			if i < 0 {
				return s.bad("a comment does not end")
			}
			s.at += i + 2
		default:
			r, n := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) {
				return nil
			}
			s.at += n
		}
	}
	return nil
}

func (s *scanner) next() (token, error) {
	if err := s.skip(); err != nil {
		return token{}, err
	}
	t := token{at: s.at}
	if s.at == len(s.text) {
		return t, nil
	}
	rest := s.text[s.at:]
	c := rest[0]
	var following byte
	if len(rest) > 1 {
		following = rest[1]
	}
	switch {
	case c == '\'':
		return s.quoted(t, String, 0)
	case following == '\'' && c == 't':
		return s.quoted(t, Timestamp, 1)
	case following == '\'' && c == 'h':
		return s.quoted(t, Hex, 1)
	case following == '\'' && c == 'b':
		return s.quoted(t, Binary, 1)
	case nameByte(c, true):
		n := 1
		for n < len(rest) && (nameByte(rest[n], false) || rest[n] == '-') {
			n++
		}
		t.kind, t.text = name, rest[:n]
		s.at += n
		return t, nil
	case c >= '0' && c <= '9', (c == '-' || c == '+' || c == '.') && (following >= '0' && following <= '9' || following == '.'):
		return s.numeral(t, rest)
	}
	for _, op := range [...]string{"==", "!=", "<>", ">=", "<="} {
		if strings.HasPrefix(rest, op) {
			t.kind, t.text = sign, op
			s.at += 2
			return t, nil
		}
	}
	if strings.IndexByte("[]()=<>:.,*", c) < 0 {
		return t, s.bad("there is no sign " + strings.ToValidUTF8(string([]rune(rest)[:1]), "\uFFFD"))
	}
	t.kind, t.text = sign, string(c)
	s.at++
	return t, nil
}

func nameByte(c byte, first bool) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || !first && c >= '0' && c <= '9'
}

func keyword(s string) bool {
	switch s {
	case "AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "START", "STOP", "SECONDS", "TIMES", "WITHIN", "REPEATS",
		"IN", "true", "false", "TRUE", "FALSE":
		return true
	}
	return false
}

func (s *scanner) numeral(t token, rest string) (token, error) {
	n := 0
	if rest[0] == '-' || rest[0] == '+' {
		n = 1
	}
	dots, digits := 0, 0
	for ; n < len(rest); n++ {
		switch c := rest[n]; {
		case c >= '0' && c <= '9':
			digits++
			continue
		case c == '.' && dots == 0 && n+1 < len(rest) && rest[n+1] >= '0' && rest[n+1] <= '9':
			dots++
			continue
		}
		break
	}
	text := rest[:n]
	if digits == 0 || n < len(rest) && nameByte(rest[n], true) {
		return t, s.bad("a number is broken")
	}
	kind := Integer
	if dots > 0 {
		kind = Float
	} else if bare := strings.TrimLeft(text, "+-"); len(bare) > 1 && bare[0] == '0' || text[0] == '+' {
		return t, s.bad("a number begins with 0 or +")
	}
	t.kind, t.literal = literal, Literal{kind, text}
	s.at += n
	return t, nil
}

// quoted reads '…' with \' and \\, after a prefix.
func (s *scanner) quoted(t token, kind Kind, prefix int) (token, error) {
	var b strings.Builder
	i := s.at + prefix + 1
	for ; i < len(s.text) && s.text[i] != '\''; i++ {
		if s.text[i] == '\\' && i+1 < len(s.text) && (s.text[i+1] == '\'' || s.text[i+1] == '\\') {
			i++
		}
		b.WriteByte(s.text[i])
	}
	if i >= len(s.text) {
		return t, s.bad("a text in '…' does not end")
	}
	text := b.String()
	if !utf8.ValidString(text) {
		return t, s.bad("a text is not UTF-8")
	}
	var err error
	switch kind {
	case Timestamp:
		if !isInstant(text) {
			return t, s.bad("a time reads t'2024-01-31T12:00:00Z'")
		}
	case Hex:
		_, err = hex.DecodeString(text)
	case Binary:
		_, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil {
		return t, s.bad("a constant is broken")
	}
	t.kind, t.literal = literal, Literal{kind, text}
	s.at = i + 1
	return t, nil
}

// isInstant checks the shape of RFC 3339 in UTC; second 60 is legal.
func isInstant(s string) bool {
	const shape = "0000-00-00T00:00:00"
	if len(s) <= len(shape) || s[len(s)-1] != 'Z' {
		return false
	}
	for i := range len(shape) {
		if digit := s[i] >= '0' && s[i] <= '9'; shape[i] == '0' && !digit || shape[i] != '0' && s[i] != shape[i] {
			return false
		}
	}
	fraction := s[len(shape) : len(s)-1]
	if fraction != "" && (fraction[0] != '.' || len(fraction) == 1 || strings.Trim(fraction[1:], "0123456789") != "") {
		return false
	}
	return s[5:7] >= "01" && s[5:7] <= "12" && s[8:10] >= "01" && s[8:10] <= "31" && s[11:13] <= "23" && s[14:16] <= "59" && s[17:19] <= "60"
}
