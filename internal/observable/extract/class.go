package extract

// Byte classes. Runs without cStop are prose and are skipped.
const (
	cSpace  = 1 << iota
	cAlpha  // ASCII letters
	cDigit  // 0–9
	cHex    // a–f, A–F and digits
	cJoin   // - and _
	cDot    // .
	cOpen   // brackets, tags, entities: may hide a dot
	cAnchor // : @ / \ %: something may hang on it
	cWide   // outside ASCII
	cEnd    // quotes and the like, which end values
	cStop   // what prose does not have: digits, anchors, open brackets, dots

	cWord = cAlpha | cDigit | cJoin
)

// classes is built once; it is read only.
var classes = buildClasses()

func buildClasses() (t [256]uint16) {
	for c := range 256 {
		switch b := byte(c); {
		case b <= ' ' || b == 0x7f:
			t[c] = cSpace
		case b >= '0' && b <= '9':
			t[c] = cDigit | cHex | cStop
		case b|0x20 >= 'a' && b|0x20 <= 'f' && b < 0x80:
			t[c] = cAlpha | cHex
		case b|0x20 >= 'a' && b|0x20 <= 'z' && b < 0x80:
			t[c] = cAlpha
		case b >= 0x80:
			t[c] = cWide | cStop
		}
	}
	for class, chars := range map[uint16]string{
		cJoin: "-_", cDot: ".", cOpen: "[({<&", cAnchor: ":@/\\%", cEnd: "\"'`<>|,;)]}{", cStop: ":@/\\%[({<&.xX>$~",
	} {
		for i := range len(chars) {
			t[chars[i]] |= class
		}
	}
	return t
}

func is(c byte, class uint16) bool { return classes[c]&class != 0 }

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func lower(c byte) byte {
	if isUpper(c) {
		return c | 0x20
	}
	return c
}

// at returns b[i], 0 outside.
func at(b []byte, i int) byte {
	if i >= 0 && i < len(b) {
		return b[i]
	}
	return 0
}

func hasAt(b []byte, i int, s string) bool {
	return i >= 0 && len(b)-i >= len(s) && string(b[i:i+len(s)]) == s
}

// foldAt compares without letter case; s is lower-case ASCII.
func foldAt(b []byte, i int, s string) bool {
	if i < 0 || len(b)-i < len(s) {
		return false
	}
	for k := range len(s) {
		if lower(b[i+k]) != s[k] {
			return false
		}
	}
	return true
}

// foldIndex finds s (lower-case ASCII) in b without letter case, -1 when absent.
func foldIndex(b []byte, s string) int {
	for i := 0; i+len(s) <= len(b); i++ {
		if lower(b[i]) == s[0] && foldAt(b, i, s) {
			return i
		}
	}
	return -1
}

// wordEnd returns the end of the run of ASCII letters, digits, - and _ at i.
func wordEnd(b []byte, i int) int {
	for i < len(b) && classes[b[i]]&cWord != 0 {
		i++
	}
	return i
}

// runEnd returns the end of the run of bytes of a class at i, at most max bytes away.
func runEnd(b []byte, i int, class uint16, max int) int {
	stop := len(b)
	if stop-i > max {
		stop = i + max
	}
	for i < stop && classes[b[i]]&class != 0 {
		i++
	}
	return i
}
