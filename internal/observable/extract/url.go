package extract

import (
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// maxURL bounds the source bytes of one URL.
const maxURL = 8192

// urlRead is a URL as far as it has been read.
type urlRead struct {
	value string
	end   int
	mark  fang.Mark
	cut   bool // an ellipsis says that the writer left something out
}

// urlAt reads the URL whose "://" starts at b[e], in whatever spelling. It returns where to go
// on, 0 when there is none.
func (s *scanner) urlAt(e int) int {
	b := s.b
	n, m := fang.Separator(b, e)
	if n == 0 && hasAt(b, e, ":/") && is(at(b, e+2), cAlpha|cDigit) {
		if _, _, sm, ok := fang.SchemeBefore(b, e); ok && sm == fang.Inert {
			n = 2 // "hxxp:/evil[.]com"
		}
	}
	if n == 0 {
		return 0
	}
	scheme, start, sm, ok := fang.SchemeBefore(b, e)
	if !ok {
		scheme, start, ok = unknownScheme(b, e, m)
	}
	if !ok || start < s.low {
		return 0
	}
	m = max(m, sm)
	if start > s.low && is(b[start-1], cAlpha|cDigit) {
		s.gluedDigest(start)
	}
	u, ok := s.readURL(scheme, start, e+n, m)
	if !ok {
		return 0
	}
	if u.cut {
		return u.end
	}
	if t := s.telegramLink(u, start); t > 0 {
		return t
	}
	value := unwrap(u.value)
	conf := 95
	if u.mark == fang.Plain {
		conf = 90
	}
	return s.found(observable.URL, value, start, u.end, u.mark, conf)
}

// unknownScheme accepts a scheme nobody has listed ("debbugs://bugs.debian.org"): a plain word in
// lower case, followed by a host with a top-level domain or an address.
func unknownScheme(b []byte, e int, m fang.Mark) (scheme string, start int, ok bool) {
	start = e
	for start > 0 && e-start < 20 && (isLower(b[start-1]) || is(b[start-1], cDigit) || b[start-1] == '+' || b[start-1] == '-') {
		start--
	}
	if m != fang.Plain || e-start < 3 || e-start >= 20 || !isLower(b[start]) || is(at(b, start-1), cWord) {
		return "", e, false
	}
	var c chain
	if !c.parse(b[:min(len(b), e+300)], e+3) || len(c.labels) < 2 {
		return "", e, false
	}
	if !numeric(&c, len(c.labels)) && !topLevel(appendLower(nil, c.last())) {
		return "", e, false
	}
	return string(b[start:e]), start, true
}

// readURL reads authority and path behind the separator at b[i].
func (s *scanner) readURL(scheme string, start, i int, m fang.Mark) (urlRead, bool) {
	b := s.b
	out := append(make([]byte, 0, 96), scheme...)
	out = append(out, "://"...)
	if scheme == "file" && at(b, i) == '/' {
		return s.readPath(string(out), start, i, i, m)
	}
	for at(b, i) == ' ' && m == fang.Inert && is(at(b, i+1), cAlpha|cDigit) && i < start+12 {
		i++ // "hxxp:// evil[.]com"
	}
	if u := userInfo(b, i); u > 0 {
		out = append(out, b[i:i+u]...)
		i += u
	}
	host, end, hm, ok := s.urlHost(i)
	if !ok {
		return urlRead{}, false
	}
	m = max(m, hm)
	out = append(out, host...)
	if n := portAt(b, end); n > 0 {
		p := end
		if out = append(out, ':'); b[end] != ':' {
			m = fang.Inert
		}
		for !is(b[p], cDigit) {
			p++
		}
		out = append(out, b[p:end+n]...)
		end += n
	}
	return s.readPath(string(out), start, end, end, m)
}

// userInfo measures "user:password@" at b[i].
func userInfo(b []byte, i int) int {
	for k := i; k < len(b) && k < i+128; k++ {
		switch c := b[k]; {
		case c == '@':
			if k == i || !is(at(b, k+1), cAlpha|cDigit|cOpen) {
				return 0
			}
			return k + 1 - i
		case is(c, cWord), c == '.', c == ':', c == '%', c == '+', c == '!', c == '*', c == '~', c == '$', c == '=', c == ';':
		default:
			return 0
		}
	}
	return 0
}

// urlHost reads the host of a URL: name, address in any spelling, [IPv6].
func (s *scanner) urlHost(i int) (host []byte, end int, m fang.Mark, ok bool) {
	b := s.b
	if at(b, i) == '[' {
		if a, e, am := readIPv6(b, i+1); e > 0 && at(b, e) == ']' {
			return append(append([]byte{'['}, a...), ']'), e + 1, am, true
		}
	}
	c := &s.urlCh
	if !c.parse(b, i) {
		return nil, 0, 0, false
	}
	k := len(c.labels)
	if k == 1 {
		return s.singleHost(c)
	}
	for ; k >= 2; k-- {
		if k < len(c.labels) && !cuttable(c, k) {
			return nil, 0, 0, false
		}
		name, e, good := urlName(c, k, b)
		if good {
			return appendLower(nil, name), c.bracketsEnd(k, e), c.mark(k), true
		}
	}
	return nil, 0, 0, false
}

// urlName checks the first k labels as the host of a URL. Unknown top-level domains are
// accepted, since "://" leaves no doubt, unless they look cut off or masked.
func urlName(c *chain, k int, b []byte) (name []byte, end int, ok bool) {
	raw := c.label(k - 1)
	name, end = c.text(0, k), c.labels[k-1].srcEnd
	if numeric(c, k) {
		return name, end, k == 4 && validOctets(c) || looseAddress(name)
	}
	var buf [64]byte
	if len(raw) > 63 {
		return nil, 0, false
	}
	low := appendLower(buf[:0], raw)
	if topLevel(low) {
		return name, end, validName(name)
	}
	if c.labels[k-1].cjk && c.labels[k-1].srcEnd-c.labels[k-1].src == len(raw) {
		best := 0
		for i, n := 0, 0; i < len(raw) && n < 8; n++ {
			_, size := utf8.DecodeRune(raw[i:])
			i += size
			if topLevel(raw[:i]) {
				best = i
			}
		}
		return c.out[c.labels[0].out : c.labels[k-1].out+best], c.labels[k-1].src + best, best > 0
	}
	next := at(b, end)
	if !isASCII(low) || len(low) < 2 || next == '.' || next == '*' || hasAt(b, end, "…") || isUpper(raw[0]) && !isUpper(c.out[0]) {
		return nil, 0, false
	}
	for _, ch := range low {
		if !is(ch, cAlpha) {
			// a hexadecimal part: 0x7f.0.0.1
			return name, end, looseAddress(name)
		}
	}
	return name, end, validName(name) && low[0] != 'x' && (next == '/' || next == ':' || k > 2)
}

func looseAddress(name []byte) bool {
	_, ok := observable.LooseIPv4(string(name))
	return ok
}

// singleHost accepts "localhost", names with a port or path, and numbers that are addresses.
func (s *scanner) singleHost(c *chain) ([]byte, int, fang.Mark, bool) {
	b, e := s.b, c.end()
	name := c.label(0)
	next := at(b, e)
	if looseAddress(name) {
		return name, e, fang.Plain, len(name) > 6
	}
	if foldAt(name, 0, "localhost") && len(name) == 9 {
		return appendLower(nil, name), e, fang.Plain, true
	}
	if !isASCII(name) || len(name) < 3 || c.styled || isDigits(name) {
		return nil, 0, 0, false
	}
	port := portAt(b, e)
	ok := port > 0 || next == '/' && is(at(b, e+1), cAlpha|cDigit)
	return appendLower(nil, name), e, fang.Plain, ok && next != '.' && name[0] != '-' && !isPlaceholder(name)
}

func isPlaceholder(name []byte) bool {
	switch string(appendLower(nil, name)) {
	case "host", "hostname", "server", "domain", "ip", "url", "your", "example", "www", "site", "website", "yourdomain", "c2", "address", "ipaddr", "xxx", "xxxx", "http", "https", "hxxp", "hxxps", "ftp":
		return true
	}
	return allUpper(name)
}

// pathStart measures the "/" in any spelling, or "?" and "#", that starts the rest of a URL.
func (s *scanner) pathStart(i int) int {
	b := s.b
	if i >= len(b) {
		return 0
	}
	switch b[i] {
	case '/':
		return 1
	case '?':
		if is(at(b, i+1), cWord) && s.queryFollows(i+1) {
			return 1
		}
		return 0
	case '[', '\\', '&', 0xef, 0xe2:
		if out, n, _ := fang.Next(b, i); n > 0 && out == "/" {
			return n
		}
	}
	return 0
}

// queryFollows tells "evil.com?id=1" from "Is it evil.com?Yes".
func (s *scanner) queryFollows(i int) bool {
	e := wordEnd(s.b, i)
	return at(s.b, e) == '='
}

// readPath appends what follows the host from b[i] and ends the URL. prefix is the value so far.
func (s *scanner) readPath(prefix string, start, hostEnd, i int, m fang.Mark) (urlRead, bool) {
	b := s.b
	p := pathReader{b: b, out: append(make([]byte, 0, len(prefix)+64), prefix...), mark: m, start: start}
	if i > hostEnd {
		p.port(hostEnd, i)
	}
	p.head = len(p.out)
	p.end = i
	if s.pathStart(i) > 0 || at(b, i) == '#' && is(at(b, i+1), cWord) || at(b, i) == '?' && is(at(b, i+1), cWord) || at(b, i) == '\\' && is(at(b, i+1), cAlpha) && folderAfter(b, i) {
		p.read(i)
		p.trim()
	}
	return urlRead{string(p.out), p.end, p.mark, p.truncated()}, true
}

// magnet reads "magnet:?xt=…" from b[j], colons real or disguised; e is the end of "magnet".
func (s *scanner) magnet(j, e int) int {
	b := s.b
	value, m := []byte("magnet"), fang.Plain
	i := e
	for i < len(b) && i < j+4096 && !is(b[i], cSpace) {
		if b[i] == '[' || b[i] == '(' || b[i] == '{' {
			out, n, mark := fang.Next(b, i)
			if n == 0 {
				break
			}
			value, i, m = append(value, out...), i+n, max(m, mark)
			continue
		}
		if b[i] >= 0x80 || b[i] == '"' || b[i] == '\'' || b[i] == '<' || b[i] == '>' || b[i] == '`' || b[i] == '|' || b[i] == ')' {
			break
		}
		value = append(value, b[i])
		i++
	}
	for i > e && (b[i-1] == '.' || b[i-1] == ',' || b[i-1] == ';') {
		i, value = i-1, value[:len(value)-1]
	}
	if len(value) < 20 || string(value[:8]) != "magnet:?" {
		return 0
	}
	return s.found(observable.URL, string(value), j, i, m, 90)
}
