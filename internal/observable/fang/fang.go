// Package fang owns the ways in which writers make indicators inert ("hxxp", "[.]", "(at)") and
// in which typesetting disfigures them (full-width forms, ligatures, soft hyphens, inline tags):
// what each spelling stands for and how long it is. It decides nothing about values: callers walk
// a text and ask at each unusual byte.
package fang

// Mark says how a character was written.
type Mark uint8

// The marks, in rising order of intent.
const (
	Plain  Mark = iota
	Styled      // typesetting: full-width letters, ligatures, dashes, soft hyphens, tags
	Inert       // written so that nobody clicks it
)

// ascii holds every ASCII character at its own offset, so that one-character results need no
// allocation.
const ascii = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f"

// Next reads the unusual spelling that starts at b[i]: what it stands for ("" for something
// invisible), its length in bytes, and its mark. n is 0 when b[i] starts nothing unusual.
// Plain letters, digits, dots and the like are not unusual.
func Next(b []byte, i int) (out string, n int, m Mark) {
	switch c := b[i]; c {
	case '[', '(', '{':
		return bracket(b, i, 1)
	case '<':
		if n := tag(b, i); n > 0 {
			return "", n, Styled
		}
		return bracket(b, i, 1)
	case '.':
		// "evil.]com": only the closing half was left.
		if i+2 < len(b) && (b[i+1] == ']' || b[i+1] == '}') && isWord(b[i+2]) {
			return ".", 2, Inert
		}
	case '\\':
		if i+2 < len(b) {
			switch b[i+1] {
			case '.':
				if isWord(b[i+2]) {
					return ".", 2, Inert
				}
			case '/':
				return "/", 2, Styled
			}
		}
	case '&':
		return entity(b, i)
	default:
		if c >= 0x80 {
			return wide(b, i)
		}
	}
	return "", 0, Plain
}

// Dot reads a dot in any spelling at b[i], with up to two spaces around a bracketed one
// ("evil [.] com"). n is 0 when there is none.
func Dot(b []byte, i int) (n int, m Mark) {
	if i >= len(b) {
		return 0, Plain
	}
	if b[i] == '*' {
		return starredDot(b, i)
	}
	if b[i] != ' ' {
		out, n, m := Next(b, i)
		if n == 0 {
			if b[i] == '.' {
				return 1, Plain
			}
			return 0, Plain
		}
		if out != "." {
			return 0, Plain
		}
		if m == Inert {
			n += spacesBeforeWord(b, i+n)
		}
		return n, m
	}
	j := i
	for j < len(b) && j < i+2 && b[j] == ' ' {
		j++
	}
	if j >= len(b) || b[j] != '[' && b[j] != '(' && b[j] != '{' {
		return 0, Plain
	}
	out, k, m := bracket(b, j, 1)
	if k == 0 || out != "." || b[j+k-1] == '.' {
		return 0, Plain
	}
	j += k
	return j + spacesBeforeWord(b, j) - i, m
}

// starredDot reads a bracketed dot that Markdown has set in bold: "evil**[.]**com".
func starredDot(b []byte, i int) (n int, m Mark) {
	j := i
	for j < len(b) && j < i+2 && b[j] == '*' {
		j++
	}
	if j >= len(b) || b[j] != '[' && b[j] != '(' {
		return 0, Plain
	}
	out, k, m := bracket(b, j, 1)
	if k == 0 || out != "." {
		return 0, Plain
	}
	e := j + k
	for e < len(b) && e < j+k+2 && b[e] == '*' {
		e++
	}
	if e >= len(b) || !isWord(b[e]) {
		return 0, Plain
	}
	return e - i, m
}

// spacesBeforeWord counts at most two spaces at b[i] that a letter or digit follows.
func spacesBeforeWord(b []byte, i int) int {
	j := i
	for j < len(b) && j < i+2 && b[j] == ' ' {
		j++
	}
	if j > i && j < len(b) && isWord(b[j]) {
		return j - i
	}
	return 0
}

// WordDot reads " dot " written as a word between host-like labels; n includes both spaces.
func WordDot(b []byte, i int) (n int) {
	if i+5 < len(b) && b[i] == ' ' && b[i+4] == ' ' && isWord(b[i+5]) &&
		(b[i+1]|0x20) == 'd' && (b[i+2]|0x20) == 'o' && (b[i+3]|0x20) == 't' {
		return 5
	}
	return 0
}

// WordAt reads " at " or "_at_" between a local part and a host; n includes both ends.
func WordAt(b []byte, i int) (n int) {
	if i+4 < len(b) && (b[i] == ' ' || b[i] == '_') && b[i+3] == b[i] && isWord(b[i+4]) &&
		(b[i+1]|0x20) == 'a' && (b[i+2]|0x20) == 't' {
		return 4
	}
	return 0
}

// bracket reads "[.]", "( dot )", "{://}", "[.com" and their like. open is the bracket's length.
func bracket(b []byte, i, open int) (out string, n int, m Mark) {
	j := i + open
	for j < len(b) && b[j] == ' ' && j < i+open+2 {
		j++
	}
	out, k := inner(b, j)
	if k == 0 {
		return "", 0, Plain
	}
	half := j + k
	e := half
	for e < len(b) && b[e] == ' ' && e < half+2 {
		e++
	}
	if c := closer(b, e); c > 0 {
		return out, e + c - i, Inert
	}
	// "evil[.com", "evil[.com]"
	if b[i] == '[' && out == "." && j == i+open && k == 1 && half < len(b) && isWord(b[half]) {
		return out, half - i, Inert
	}
	return "", 0, Plain
}

// inner reads what stands between the brackets.
func inner(b []byte, i int) (out string, n int) {
	if i >= len(b) {
		return "", 0
	}
	switch b[i] {
	case '.', ',':
		return ".", 1
	case '@':
		return "@", 1
	case '-':
		return "-", 1
	case ':':
		if prefix(b, i, "://") {
			return "://", 3
		}
		if prefix(b, i, ":/") {
			return ":/", 2
		}
		if prefix(b, i, "::") {
			return "::", 2
		}
		return ":", 1
	case '/':
		if prefix(b, i, "//") {
			return "//", 2
		}
		return "/", 1
	case '\\':
		if prefix(b, i, "\\.") {
			return ".", 2
		}
	case 'd', 'D':
		if foldPrefix(b, i, "dot") || foldPrefix(b, i, "d0t") {
			return ".", 3
		}
	case 'p', 'P':
		if foldPrefix(b, i, "punto") {
			return ".", 5
		}
	case 'a', 'A':
		if foldPrefix(b, i, "at") {
			return "@", 2
		}
	case 0xe3, 0xef:
		if out, k, _ := wide(b, i); out == "." || out == ":" || out == "@" {
			return out, k
		}
	case 0xe7: // 点
		if prefix(b, i, "点") {
			return ".", 3
		}
	}
	return "", 0
}

func closer(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	switch b[i] {
	case ']', ')', '}', '>':
		return 1
	case 0xe3:
		if prefix(b, i, "】") || prefix(b, i, "〕") || prefix(b, i, "」") || prefix(b, i, "》") {
			return 3
		}
	case 0xef:
		if prefix(b, i, "）") || prefix(b, i, "］") || prefix(b, i, "｝") {
			return 3
		}
	}
	return 0
}

// entity reads the HTML character references that stand for host punctuation.
func entity(b []byte, i int) (string, int, Mark) {
	for _, e := range [...]struct{ name, out string }{
		{"&#46;", "."}, {"&#x2e;", "."}, {"&period;", "."}, {"&#58;", ":"}, {"&#x3a;", ":"},
		{"&colon;", ":"}, {"&#47;", "/"}, {"&#x2f;", "/"}, {"&sol;", "/"}, {"&#64;", "@"},
		{"&#x40;", "@"}, {"&commat;", "@"}, {"&shy;", ""}, {"&#173;", ""}, {"&#8203;", ""}, {"&zwnj;", ""},
		{"&#45;", "-"}, {"&hyphen;", "-"},
	} {
		if foldPrefix(b, i, e.name) {
			return e.out, len(e.name), Styled
		}
	}
	return "", 0, Plain
}

// tag measures an inline formatting tag at b[i], at most 80 bytes long.
func tag(b []byte, i int) int {
	j := i + 1
	if j < len(b) && b[j] == '/' {
		j++
	}
	s := j
	for j < len(b) && j < s+7 && isLetter(b[j]) {
		j++
	}
	if !inlineTag(b[s:j]) {
		return 0
	}
	for e := j; e < len(b) && e < i+80; e++ {
		switch b[e] {
		case '>':
			return e + 1 - i
		case '<', '\n':
			return 0
		}
	}
	return 0
}

func inlineTag(name []byte) bool {
	var low [8]byte
	if len(name) == 0 || len(name) > 7 {
		return false
	}
	for i, c := range name {
		low[i] = c | 0x20
	}
	switch string(low[:len(name)]) {
	case "b", "i", "u", "s", "em", "strong", "span", "wbr", "font", "code", "tt", "mark", "small", "big", "sub", "sup":
		return true
	}
	return false
}

func prefix(b []byte, i int, s string) bool {
	return len(b)-i >= len(s) && string(b[i:i+len(s)]) == s
}

// foldPrefix compares without letter case; s is lower-case ASCII.
func foldPrefix(b []byte, i int, s string) bool {
	if len(b)-i < len(s) {
		return false
	}
	for k := range len(s) {
		c := b[i+k]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != s[k] {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isWord(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c >= 0x80 }
