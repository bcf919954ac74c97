package fang

import "bytes"

// Refang undoes every known spelling in s, which is one value and no running text. In URLs the
// part behind the host keeps everything but bracketed punctuation and invisible characters.
func Refang(s string) string {
	b := []byte(s)
	out := make([]byte, 0, len(b))
	i := 0
	isURL := false
	for p := 0; p < len(b) && p < maxScheme+2; p++ {
		n, _ := Separator(b, p)
		if n == 0 {
			continue
		}
		if scheme, start, m, ok := SchemeBefore(b, p); ok && (start == 0 || m == Plain && restIsScheme(b[:start])) {
			out = append(append(append(out, b[:start]...), scheme...), "://"...)
			i, isURL = p+n, true
		}
		break
	}
	host := true
	spaced := bytes.IndexByte(b[i:], ' ') >= 0
	for i < len(b) {
		if host && b[i] == '*' {
			if n, _ := Dot(b, i); n > 0 {
				out, i = append(out, '.'), i+n
				continue
			}
		}
		if host && spaced {
			if o, n := words(b, i); n > 0 {
				out, i = append(out, o), i+n
				continue
			}
		}
		o, n, m := Next(b, i)
		if o == "::" && isURL {
			n = 0 // the brackets of an IPv6 literal
		}
		if n > 0 && (host || m == Inert && b[i] == '[' || o == "") {
			out, i = append(out, o...), i+n
			if host && m == Inert && o == "." && i < len(b) && n <= 2 {
				// "evil[.com]": the bracket closes behind the label.
				b = dropCloser(b, i)
			}
			continue
		}
		if isURL && (b[i] == '/' || b[i] == '?' || b[i] == '#') {
			host = false
		}
		out, i = append(out, b[i]), i+1
	}
	return string(out)
}

// words reads " [.] ", " dot " and " at ".
func words(b []byte, i int) (byte, int) {
	if b[i] != ' ' && b[i] != '[' && b[i] != '(' && b[i] != '{' && b[i] != '_' {
		return 0, 0
	}
	if n, m := Dot(b, i); n > 0 && m == Inert {
		return '.', n
	}
	if n := WordDot(b, i); n > 0 {
		return '.', n
	}
	if n := WordAt(b, i); n > 0 && b[i] == ' ' {
		return '@', n
	}
	return 0, 0
}

// dropCloser removes the first bracket that closes a label opened by "[.".
func dropCloser(b []byte, i int) []byte {
	for j := i; j < len(b); j++ {
		switch c := b[j]; {
		case c == ']':
			return append(b[:j:j], b[j+1:]...)
		case !isWord(c) && c != '-':
			return b
		}
	}
	return b
}

// restIsScheme reports whether s is the front of a compound scheme ("git+").
func restIsScheme(s []byte) bool {
	for _, c := range s {
		if !isLetter(c) && (c < '0' || c > '9') && c != '+' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}
