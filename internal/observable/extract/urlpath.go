package extract

import (
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// pathReader reads path, query and fragment. ends[k] is the source end of out[head+k].
type pathReader struct {
	b      []byte
	out    []byte
	ends   []int
	head   int
	start  int
	end    int
	mark   fang.Mark
	paren  int
	square int
	brace  int
	query  bool
	joined bool
}

// port copies ":8080" with its colon refanged.
func (p *pathReader) port(from, to int) {
	p.out = append(p.out, ':')
	for from < to && !is(p.b[from], cDigit) {
		if p.b[from] != ':' {
			p.mark = fang.Inert
		}
		from++
	}
	p.out = append(p.out, p.b[from:to]...)
}

func (p *pathReader) push(c byte, end int) {
	p.out = append(p.out, c)
	p.ends = append(p.ends, end)
}

// read consumes until something ends the URL.
func (p *pathReader) read(i int) {
	b := p.b
	for i < len(b) && i-p.start < maxURL {
		c := b[i]
		if is(c, cAlpha|cDigit) || c == '/' || c == '-' || c == '.' || c == '_' || c == '=' {
			if c == '=' || c == '/' || !p.glued(i) {
				p.push(c, i+1)
				i++
				continue
			}
			break
		}
		n := p.special(i, c)
		if n == 0 {
			break
		}
		i += n
	}
	p.settle(i)
}

// settle fixes the end once reading has stopped.
func (p *pathReader) settle(int) {
	if n := len(p.ends); n > 0 {
		p.end = p.ends[n-1]
	}
}

// glued reports that another URL begins at b[i] without anything between.
func (p *pathReader) glued(i int) bool {
	c := p.b[i] | 0x20
	if c != 'h' && c != 'f' || !is(at(p.b, i-1), cAlpha|cDigit) {
		return false
	}
	for _, s := range [...]string{"http://", "https://", "hxxp://", "hxxps://", "hxxp[:]//", "hxxps[:]//", "ftp://"} {
		if foldAt(p.b, i, s) {
			return true
		}
	}
	return false
}

// special handles a byte that is not plainly part of a URL; 0 ends it.
func (p *pathReader) special(i int, c byte) int {
	b := p.b
	switch c {
	case '?', '#':
		p.query = true
		p.push(c, i+1)
		return 1
	case '%', '+', '~', ':', '!', '$', '@', '*', '^':
		if c == '*' && (at(b, i+1) == '*' || !is(at(b, i+1), cWord|cAnchor|cDot)) {
			return 0
		}
		p.push(c, i+1)
		return 1
	case ',', ';':
		if c == ';' && len(p.out) > 2 && string(p.out[len(p.out)-2:]) == "__" {
			p.query = true // Proofpoint's URL Defense, version 3
		}
		if p.separates(i) {
			return 0
		}
		p.push(c, i+1)
		return 1
	case '&':
		return p.ampersand(i)
	case '(', '[', '{', ')', ']', '}':
		return p.bracket(i, c)
	case '\\':
		return p.backslash(i)
	case '<':
		if out, n, _ := fang.Next(b, i); n > 0 && out == "" && is(at(b, i+n), cWord|cAnchor) && !foldAt(b, i, "</") {
			return n
		}
		return 0
	case '\r', '\n':
		return p.wrap(i)
	}
	if c >= 0x80 {
		return p.wide(i)
	}
	return 0
}

// separates reports that "," or ";" stands between two values and not inside a URL.
func (p *pathReader) separates(i int) bool {
	b := p.b
	if !is(at(b, i+1), cWord|cAnchor|cOpen) && at(b, i+1) < 0x80 {
		return !p.query || at(b, i+1) != '!'
	}
	if at(b, i+1) >= 0x80 {
		return true
	}
	for _, s := range [...]string{"http", "hxxp", "ftp", "meow", "www."} {
		if foldAt(b, i+1, s) {
			return true
		}
	}
	if e := runEnd(b, i+1, cAlpha, 12); e > i+1 && at(b, e) == '=' {
		return false // ",OU=…"
	}
	return !p.query && b[i] == ',' && !is(at(b, i+1), cDigit)
}

func (p *pathReader) ampersand(i int) int {
	b := p.b
	for _, s := range [...]string{"&quot;", "&gt;", "&lt;", "&nbsp;", "&#34;", "&#39;", "&apos;", "&#x27;", "&ldquo;", "&rdquo;"} {
		if foldAt(b, i, s) {
			return 0
		}
	}
	if out, n, _ := fang.Next(b, i); n > 0 && len(out) == 1 {
		p.push(out[0], i+n)
		return n
	}
	p.push('&', i+1)
	return 1
}

// bracket refangs "[.]", keeps balanced brackets that belong to the URL, and ends it else.
func (p *pathReader) bracket(i int, c byte) int {
	b := p.b
	if c == '[' || c == '(' || c == '{' {
		if out, n, m := fang.Next(b, i); n > 0 && out != "" {
			if next := at(b, i+n); m == fang.Inert && out == "." && !is(next, cWord) {
				return 0
			}
			for k := range len(out) {
				p.push(out[k], i+n)
			}
			p.mark = max(p.mark, m)
			return n
		}
	}
	switch c {
	case '(':
		if !is(at(b, i+1), cWord|cAnchor|cDot) || !closes(b, i, ')') {
			return 0
		}
		p.paren++
	case '[':
		if !p.query || !closes(b, i, ']') {
			return 0
		}
		p.square++
	case '{':
		if !closes(b, i, '}') {
			return 0
		}
		p.brace++
	case ')':
		if p.paren == 0 {
			return 0
		}
		p.paren--
	case ']':
		if p.square == 0 {
			return 0
		}
		p.square--
	case '}':
		if p.brace == 0 {
			return 0
		}
		p.brace--
	}
	p.push(c, i+1)
	return 1
}

// closes reports that the bracket at b[i] closes within 64 bytes of the same token.
func closes(b []byte, i int, with byte) bool {
	for k := i + 1; k < len(b) && k < i+64; k++ {
		switch c := b[k]; {
		case c == with:
			return true
		case is(c, cSpace), c == '"', c == '<':
			return false
		}
	}
	return false
}

// backslash undoes the escapes of JSON and Markdown and ends the URL at "\n".
func (p *pathReader) backslash(i int) int {
	b := p.b
	switch next := at(b, i+1); next {
	case '/':
		p.push('/', i+2)
		return 2
	case '_', '-', '.', '&', '*', '~', '#', '=', '+', '!':
		p.push(next, i+2)
		return 2
	case 'u':
		for _, e := range [...]struct {
			code string
			c    byte
		}{{"0026", '&'}, {"003d", '='}, {"003f", '?'}, {"002f", '/'}, {"0025", '%'}} {
			if foldAt(b, i+2, e.code) {
				p.push(e.c, i+6)
				return 6
			}
		}
		return 0
	case '"', '\'', '\\', 'n', 't', 'r':
		if n := escapedJoin(b, i); n > 0 {
			p.push('_', i+n)
			return n
		}
		if !folderAfter(b, i) {
			return 0
		}
	}
	if is(at(b, i+1), cAlpha|cDigit) {
		p.push('\\', i+1)
		return 1
	}
	return 0
}

// folderAfter tells "\raw\x", a slash the wrong way round, from the escape "\r".
func folderAfter(b []byte, i int) bool {
	e := runEnd(b, i+1, cAlpha, 20)
	return e-i > 3 && at(b, e) == '\\' && is(at(b, e+1), cAlpha|cDigit)
}

// wide skips invisible characters, keeps letters of alphabets, and ends at everything else:
// Chinese text and punctuation follow URLs without a space.
func (p *pathReader) wide(i int) int {
	b := p.b
	if out, n, _ := fang.Next(b, i); n > 0 {
		switch {
		case out == "":
			return n
		case len(out) == 1 && (out != "." || hasAt(b, i, "．")) && out != ":" && (is(at(b, i+n), cWord|cAnchor|cDot) || hasAt(b, i, "／")):
			p.push(out[0], i+n)
			return n
		case len(out) > 1 && is(out[0], cAlpha):
			for k := range len(out) {
				p.push(out[k], i+n)
			}
			return n
		}
		return 0
	}
	r, size := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError || !unicode.IsLetter(r) {
		return 0
	}
	if isCJK(r) {
		if size = p.cjkPart(i); size == 0 {
			return 0
		}
	}
	p.out = append(p.out, b[i:i+size]...)
	for range size {
		p.ends = append(p.ends, i+size)
	}
	return size
}

// cjkPart measures a part of a path in Chinese, Japanese or Korean: it begins behind a slash and a
// further slash or an extension ends it. Sentences do not look like that.
func (p *pathReader) cjkPart(i int) int {
	b := p.b
	if prev := p.out[len(p.out)-1]; prev != '/' && prev != '=' {
		return 0
	}
	e := i
	for e < len(b) && e-i < 120 {
		r, size := utf8.DecodeRune(b[e:])
		if !isCJK(r) && !is(b[e], cWord) {
			break
		}
		e += size
	}
	if at(b, e) == '/' && is(at(b, e+1), cWord) || at(b, e) == '/' && at(b, e+1) >= 0x80 {
		return e - i
	}
	if at(b, e) == '.' {
		if x := runEnd(b, e+1, cAlpha|cDigit, 10); isExtension(appendLower(nil, b[e+1:x])) {
			return e - i
		}
	}
	return 0
}

// wrap decides whether a URL goes on in the next line: it broke at a joint, and what follows is
// a piece of a URL and nothing else. It returns how far the break reaches.
func (p *pathReader) wrap(i int) int {
	b := p.b
	if len(p.ends) == 0 || p.joined {
		return 0
	}
	last := p.out[len(p.out)-1]
	j := i
	if b[j] == '\r' {
		j++
	}
	if at(b, j) != '\n' {
		return 0
	}
	j++
	from := j
	for j < from+8 && at(b, j) == ' ' {
		j++
	}
	e, joints := j, 0
	for e < len(b) && e < j+400 && (is(b[e], cWord|cDot) || b[e] == '/' || b[e] == '%' || b[e] == '=' || b[e] == '&' || b[e] == '?' || b[e] == '+') {
		if !is(b[e], cWord|cDot) || b[e] == '_' {
			joints++
		}
		e++
	}
	if e == j || !is(b[j], cAlpha|cDigit) || isUpper(b[j]) && !is(at(b, j+1), cDigit) || at(b, e) == ':' || at(b, e) == '@' || at(b, e) == '[' {
		return 0
	}
	width := i - lineStart(b, i, 200)
	ok := false
	switch last {
	case '/':
		ok = joints > 0 && width >= 40 && fragment(b[j:e])
	case '-', '_', '=', '&', '?', '%':
		ok = e-j >= 2 && (joints > 0 || fragment(b[j:e]))
	}
	if !ok {
		return 0
	}
	p.joined = true
	return j - i
}

// fragment refuses a line that starts with a host of its own.
func fragment(tok []byte) bool {
	var c chain
	if !c.parse(tok, 0) {
		return false
	}
	if len(c.labels) < 2 {
		return true
	}
	low := appendLower(nil, c.last())
	return !topLevel(low) || isExtension(low)
}

// trim drops sentence punctuation from the end.
func (p *pathReader) trim() {
	for len(p.ends) > 0 {
		last := p.out[len(p.out)-1]
		drop := false
		switch last {
		case '.', ',', ';', ':', '!', '?', '\'', '"', '*', '^', '#':
			drop = true
		case '+', '_':
			drop = at(p.b, p.start-1) == last
		case '&':
			drop = true
		}
		if !drop {
			break
		}
		p.out = p.out[:len(p.out)-1]
		p.ends = p.ends[:len(p.ends)-1]
	}
	if n := len(p.ends); n > 0 {
		p.end = p.ends[n-1]
	} else {
		p.end = p.headEnd()
	}
}

// headEnd is where the host ended when the whole path was trimmed away.
func (p *pathReader) headEnd() int {
	i := p.end
	for i > p.start && !is(p.b[i-1], cWord) && p.b[i-1] < 0x80 && p.b[i-1] != ']' {
		i--
	}
	return i
}

// truncated reports an ellipsis behind the URL.
func (p *pathReader) truncated() bool {
	return hasAt(p.b, p.end, "…") || hasAt(p.b, p.end, "[...]") || hasAt(p.b, p.end, "[…]") ||
		hasAt(p.b, p.end, "...") && len(p.ends) > 0 && is(p.b[p.end-1], cWord) && !is(at(p.b, p.end+3), cSpace) && p.end+3 < len(p.b)
}
