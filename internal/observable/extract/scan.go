package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// state is what the scanner remembers of the text it has passed.
type state struct {
	doneEnd    int64           // end of the last token that was looked at
	lineSeen   int64           // lines that start before here have been tried as rules
	lastEnd    int64           // end of the last result, in the text
	lastType   observable.Type // its type
	lastHost   int64           // end of the last host, address or URL
	blocks     [4]attackBlock  // what attackBlock has looked at
	b64End     int64           // base64 before here has been looked at
	headType   observable.Type // hash type named by a heading over a list
	headEnd    int64           // how far that heading reaches
	versionEnd int64           // end of the last address that was a version
	gitEnd     int64           // end of the last commit that was named
	ruleEnd    int64           // no YARA rule starts before here
	snortEnd   int64           // no network rule starts before here
}

// attackBlock remembers one block: number is its index and one more.
type attackBlock struct {
	number int64
	hit    bool
}

func newState() *state { return &state{lastEnd: -1, lastHost: -1, headEnd: -1} }

// scanner walks one window.
type scanner struct {
	x     *Extractor
	emit  func(Result) error
	st    *state
	err   error
	b     []byte
	base  int64
	low   int    // nothing before low may be part of a result
	limit int    // no candidate starts at or behind limit
	dots  [2]int // the next " dot " and " DOT "
	ch    chain  // the chain being judged
	ch2   chain  // what follows it
	urlCh chain  // the host of a URL
}

func (s *scanner) reset(b []byte, base int64) {
	s.b, s.base = b, base
	s.low = 0
	if rel := s.st.lastEnd - base; rel > 0 {
		s.low = int(rel)
	}
}

// run scans from i and returns the place where the next window starts, at or behind limit.
func (s *scanner) run(i, limit int) int {
	b := s.b
	s.limit = limit
	s.dots = [2]int{-1, -1}
	for i < limit && s.err == nil {
		dot := s.nextWordDot(i)
		if i = skipProse(b, i, min(limit, dot)); i >= dot && i < limit {
			i = max(s.wordBefore(i+1), i+5)
			continue
		}
		if i >= limit {
			break
		}
		if n := s.passing(i); n > i {
			i = n
			continue
		}
		i = s.wholeToken(i)
	}
	return max(i, limit)
}

// skipProse returns the next byte that something may hang on: no letter, space or plain
// punctuation. It takes no branch for each word, which is what makes prose fast.
func skipProse(b []byte, i, limit int) int {
	for i+8 <= limit {
		w := b[i : i+8 : i+8]
		if (classes[w[0]]|classes[w[1]]|classes[w[2]]|classes[w[3]]|classes[w[4]]|classes[w[5]]|classes[w[6]]|classes[w[7]])&cStop != 0 {
			break
		}
		i += 8
	}
	for i < limit && classes[b[i]]&cStop == 0 {
		i++
	}
	return i
}

// nextWordDot returns the next " dot " from b[i] on, len(b) when there is none.
func (s *scanner) nextWordDot(i int) int {
	for k, w := range [...]string{" dot ", " DOT "} {
		if s.dots[k] < i {
			if n := bytes.Index(s.b[i:], []byte(w)); n >= 0 {
				s.dots[k] = i + n
			} else {
				s.dots[k] = len(s.b)
			}
		}
	}
	return min(s.dots[0], s.dots[1])
}

// passing decides quickly that the byte at b[i] is nothing, or handles what needs no token. It
// returns where to go on, 0 when the token must be looked at.
func (s *scanner) passing(i int) int {
	b := s.b
	switch c := b[i]; c {
	case '.':
		if n := at(b, i+1); is(n, cSpace) || n == 0 || n == '"' || n == ')' {
			return i + 1
		}
	case 'x', 'X':
		if i >= 4 && foldAt(b, i-4, "mutex") {
			if n := s.label(i-4, wordEnd(b, i)); n > 0 {
				return n
			}
		}
		return i + 1
	case '>', '$', '{':
		if n := s.ruleBack(i); n > 0 {
			return n
		}
		if c == '>' || c == '$' && !foldAt(b, i, "$env:") && !hasAt(b, i, "$HOME/") {
			return i + 1
		}
		if c == '{' && !opensDot(at(b, i+1)) {
			return i + 1
		}
	case '(', '[':
		if !opensDot(at(b, i+1)) {
			return i + 1
		}
	case '&', '<':
		if _, n, _ := fang.Next(b, i); n == 0 {
			return i + 1
		}
	default:
		if c >= 0xe3 && c <= 0xe9 {
			return s.passIdeographs(i)
		}
	}
	return 0
}

// passIdeographs passes Chinese text and its punctuation, unless a label begins in it or a dot
// follows, which may belong to an international name.
func (s *scanner) passIdeographs(i int) int {
	b := s.b
	if b[i] == 0xe3 && i > 0 && is(b[i-1], cWord) {
		return 0 // "evil。com"
	}
	from := i
	for i+2 < len(b) && i < s.limit {
		if c := b[i]; c >= 0xe4 && c <= 0xe9 {
			if announces(b[i : i+3 : i+3]) {
				break
			}
		} else if c != 0xe3 || b[i+1] != 0x80 {
			break
		}
		i += 3
	}
	if next := at(b, i); i == from || next == '.' || next == '[' || next == '(' {
		return 0
	}
	s.st.doneEnd = s.base + int64(i)
	return i
}

// opensDot reports that c may stand in a bracketed dot, colon or at sign.
func opensDot(c byte) bool {
	switch c {
	case '.', ':', '/', '@', ',', ' ', '-', 'd', 'D', 'a', 'A', 'p', 'P', '\\':
		return true
	}
	return c >= 0x80 || is(c, cDigit|cHex)
}

// wholeToken works on the token around b[i] and returns where to go on.
func (s *scanner) wholeToken(i int) int {
	b := s.b
	t := i
	floor := max(s.low, int(s.st.doneEnd-s.base), i-maxBack, 0)
	for t > floor && classes[b[t-1]]&cSpace == 0 {
		t--
	}
	e := i + 1
	digits := classes[b[i]]&cDigit != 0 && t == i
	for e < len(b) && classes[b[e]]&cSpace == 0 {
		digits = digits && classes[b[e]]&cDigit != 0
		e++
	}
	if digits && e-t < 6 && !s.x.numbers && (t < 3 || b[t-1] != ' ' || !isUpper(b[t-2])) {
		return e // a year, a count
	}
	if n := s.lineRule(t); n > i {
		s.st.doneEnd = s.base + int64(n)
		return n
	}
	n := max(s.token(t, e), i+1)
	s.st.doneEnd = s.base + int64(n)
	return n
}

// maxBack bounds how far the start of a token is looked for; longer ones are read in pieces.
const maxBack = 2048

// token works through b[j:e], a run without spaces; parsers may read on behind e.
func (s *scanner) token(j, e int) int {
	b := s.b
	for j < e && j < s.limit && s.err == nil {
		c, from := b[j], j
		switch {
		case classes[c]&(cAlpha|cDigit) != 0:
			j = s.atom(j)
		case c >= 0x80:
			j = s.wide(j)
		case c == '_' && is(at(b, j+1), cAlpha|cDigit) && (j == 0 || !is(b[j-1], cWord)):
			j = s.joined(j)
		case classes[c]&(cAnchor|cOpen|cDot|cJoin) == 0 && c != '~' && c != '$':
			j++
		default:
			j = s.sign(j)
		}
		j = max(j, from+1) // whatever a parser answers, the scan goes on
	}
	return j
}

// joined handles a word that starts with "_": a name such as _dmarc.evil.com or _setup.exe, or
// Markdown's emphasis _evil.com_.
func (s *scanner) joined(j int) int {
	e := j
	for e < len(s.b) && e-j < 260 && (is(s.b[e], cWord|cDot)) {
		e++
	}
	for e > j+1 && s.b[e-1] == '.' {
		e--
	}
	if s.b[e-1] != '_' {
		if n := s.host(j); n > j {
			return n
		}
	}
	return j + 1
}

// sign handles a byte that is no letter or digit but may start something.
func (s *scanner) sign(j int) int {
	b := s.b
	n := 0
	switch b[j] {
	case ':':
		if n = s.urlAt(j); n == 0 {
			n = s.ipv6(j)
		}
	case '\\':
		if n = s.backslash(j); n == 0 && escapedJoin(b, j) > 0 && (j == 0 || !is(b[j-1], cWord)) {
			n = s.host(j)
		}
	case '/':
		n = s.unixPath(j)
	case '%':
		if n = s.percent(j); n == 0 {
			n = s.envPath(j)
		}
	case '~', '$':
		n = s.unixPath(j)
	case '@':
		n = s.handle(j)
	case '[', '(', '{':
		if n = s.urlAt(j); n == 0 {
			n = s.spacedDot(j)
		}
		if n == 0 && b[j] == '[' {
			n = s.bracketIPv6(j)
		}
	case '<', '&', '.':
	}
	if n > 0 {
		return n
	}
	return j + 1
}

// spacedDot restarts at the word before " [.] " or " (dot) ".
func (s *scanner) spacedDot(j int) int {
	b := s.b
	if j == 0 || b[j-1] != ' ' {
		return 0
	}
	if out, n, m := fang.Next(b, j); n == 0 || m != fang.Inert || out != "." && out != "@" {
		return 0
	}
	return s.wordBefore(j)
}

// wordBefore restarts the chain at the word that ends before the spaces before j.
func (s *scanner) wordBefore(j int) int {
	b := s.b
	e := j
	for e > s.low && j-e < 3 && b[e-1] == ' ' {
		e--
	}
	w := e
	for w > s.low && e-w < 64 && is(b[w-1], cWord|cDot) {
		w--
	}
	if w == e || is(b[w], cDot|cJoin) {
		return 0
	}
	if foldAt(b, w-4, " at ") && w-5 >= s.low {
		// "name at host dot org"
		n := w - 4
		for n > s.low && w-n < 64 && is(b[n-1], cWord|cDot) {
			n--
		}
		if n < w-4 && !is(b[n], cDot|cJoin) {
			w = n
		}
	}
	if n := s.host(w); n > j {
		return n
	}
	return 0
}

// atom handles the ASCII word that starts at j and what hangs on it, and returns where to go on.
func (s *scanner) atom(j int) int {
	b := s.b
	e := wordEnd(b, j)
	for b[e-1] == '-' {
		e--
	}
	if n := s.label(j, e); n > 0 {
		return n
	}
	if next := at(b, e); next == ':' || next == '\\' || next == '[' || next == '{' || next == '(' || next == 0xef || next == 0xe2 || next == '&' {
		if n := s.colonWord(j, e, next); n > 0 {
			return n
		}
	} else if next == '%' {
		if n := s.percent(j); n > 0 {
			return n
		}
	}
	if foldAt(b, j, "ip") && is(at(b, j+2), cDigit) && at(b, e) == '.' && (j == 0 || b[j-1] >= 0x80) {
		return j + 2 // "攻击IP104.194.152.35"
	}
	if n := s.encoded(j, e); n > 0 {
		return n
	}
	if n := s.ident(j, e); n > 0 {
		return n
	}
	if n := s.digest(j, e); n > 0 {
		return n
	}
	if n := s.numbers(j, e); n > 0 {
		return n
	}
	if n := s.host(j); n > 0 {
		return n
	}
	return e
}

// colonWord handles what a colon, real or disguised, or a backslash behind a word may mean.
func (s *scanner) colonWord(j, e int, next byte) int {
	if n := s.urlAt(e); n > 0 {
		return n
	}
	if next == '\\' || next == ':' && (at(s.b, e+1) == '\\' || at(s.b, e+1) == '/') {
		if n := s.windowsPath(j, e); n > 0 {
			return n
		}
	}
	if e-j <= 4 {
		if n := s.ipv6(j); n > 0 {
			return n
		}
	}
	if e-j == 6 && (next == ':' || next == '[') && foldAt(s.b, j, "magnet") {
		return s.magnet(j, e)
	}
	if next == ':' {
		if n := s.ssdeep(j, e); n > 0 {
			return n
		}
	}
	return 0
}

// found reports b[start:end] as value, unless the type is not wanted, and returns end. Values of
// unwanted types are consumed all the same, so that nothing inside them is reported.
func (s *scanner) found(t observable.Type, value string, start, end int, m fang.Mark, confidence int) int {
	return s.foundAs(t, value, start, end, m, confidence, "")
}

func (s *scanner) foundAs(t observable.Type, value string, start, end int, m fang.Mark, confidence int, suppressed string) int {
	abs := s.base + int64(end)
	if start < s.low || int64(start)+s.base < s.st.lastEnd {
		return end
	}
	s.low = end
	s.st.lastEnd, s.st.lastType = abs, t
	if t <= observable.URL {
		s.st.lastHost = abs
	}
	if !s.x.types.Has(t) || s.err != nil || !storable(t, value) {
		return end
	}
	r := Result{
		Type: t, Value: value, Original: string(s.b[start:end]), Start: s.base + int64(start), End: abs,
		Defanged: m == fang.Inert, Confidence: confidence, Suppressed: suppressed,
	}
	if r.Suppressed == "" {
		r.Suppressed = s.x.reason(t, value)
	}
	s.err = s.emit(r)
	return end
}

// storable refuses values that have no canonical form for reasons the parsers do not look at: bytes
// that are no text, and international names whose ASCII form is too long.
func storable(t observable.Type, value string) bool {
	if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
		return false
	}
	if t != observable.Domain && t != observable.URL && t != observable.Email {
		return true
	}
	for i := range len(value) {
		if value[i] >= 0x80 {
			_, err := observable.Canonical(t, value)
			return err == nil
		}
	}
	return true
}
