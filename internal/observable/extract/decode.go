package extract

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// maxEncoded bounds what is decoded.
const maxEncoded = 32 << 10

// encoded handles words that hide a URL in base64, hexadecimal or escapes. b[j:e] is the word.
func (s *scanner) encoded(j, e int) int {
	if e-j >= 24 {
		if n := s.hexURL(j, e); n > 0 {
			return n
		}
	}
	return s.base64URL(j, e)
}

// hexURL decodes "687474703a2f2f…", with or without 0x before it.
func (s *scanner) hexURL(j, e int) int {
	b := s.b
	from := j
	if b[j] == '0' && b[j+1]|0x20 == 'x' {
		from += 2
	}
	if !foldAt(b, from, "68747470") && !foldAt(b, from, "6674703a") && !foldAt(b, from, "6800740074007000") {
		return 0
	}
	end := runEnd(b, from, cHex, maxEncoded)
	if end != e || (end-from)%2 != 0 {
		return 0
	}
	raw := make([]byte, 0, (end-from)/2)
	for i := from; i < end; i += 2 {
		raw = append(raw, hexValue(b[i])<<4|hexValue(b[i+1]))
	}
	return s.hidden(raw, j, end)
}

// base64URL decodes a run of base64 in which "http" shows at one of the three offsets, in ASCII
// or in UTF-16.
func (s *scanner) base64URL(j, e int) int {
	b := s.b
	if e-j < 3 || s.base+int64(j) < s.st.b64End {
		return 0
	}
	end := j
	for end < len(b) && end-j < maxEncoded && (is(b[end], cWord) || b[end] == '+' || b[end] == '/') {
		end++
	}
	if s.st.b64End = s.base + int64(end); end-j < 16 {
		return 0
	}
	run := b[j:end]
	for ; at(b, end) == '=' && end-j-len(run) < 2; end++ {
	}
	if runEnd(run, 0, cHex, len(run)) == len(run) || !hidesURL(run) {
		return 0
	}
	url := bytes.ContainsAny(run, "-_")
	std := bytes.ContainsAny(run, "+/")
	enc := base64.RawStdEncoding
	if url && !std {
		enc = base64.RawURLEncoding
	} else if url {
		return 0
	}
	if len(run)%4 == 1 {
		run = run[:len(run)-1]
	}
	raw := make([]byte, enc.DecodedLen(len(run)))
	n, err := enc.Decode(raw, run)
	if err != nil {
		return 0
	}
	return s.hidden(raw[:n], j, end)
}

// hidesURL looks for "http" or "://" as base64 writes them.
func hidesURL(run []byte) bool {
	for _, p := range [...]string{"aHR0c", "odHRw", "h0dHA", "SFRUU", "aAB0AHQAcA", "gAdAB0AHAA", "oAHQAdABwA", "ZnRwOi8v"} {
		if bytes.Contains(run, []byte(p)) {
			return true
		}
	}
	return false
}

// hidden reports the first URL in decoded bytes as what b[j:end] means.
func (s *scanner) hidden(raw []byte, j, end int) int {
	if len(raw) > 2 && bytes.Count(raw, []byte{0})*3 > len(raw) {
		raw = bytes.ReplaceAll(raw, []byte{0}, nil)
	}
	if !utf8.Valid(raw) {
		raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	i := 0
	for range 8 {
		k := bytes.Index(raw[i:], []byte("://"))
		if k < 0 {
			return 0
		}
		i += k
		in := &scanner{b: raw, x: s.x, st: newState()}
		if scheme, start, _, ok := fang.SchemeBefore(raw, i); ok {
			if u, ok := in.readURL(scheme, start, i+3, fang.Plain); ok {
				return s.found(observable.URL, u.value, j, end, fang.Plain, 90)
			}
		}
		i += 3
	}
	return 0
}

// percent decodes a URL whose "://" is written as %3A%2F%2F: b[j] is its scheme or, where that is
// escaped as well, a percent sign.
func (s *scanner) percent(j int) int {
	b := s.b
	i := j
	if b[j] != '%' {
		i = runEnd(b, j, cAlpha|cDigit, 8)
	}
	if b[j] == '%' {
		if !foldAt(b, j, "%68%74%74%70") && !foldAt(b, j, "%66%74%70") {
			return 0
		}
	} else if !foldAt(b, i, "%3a%2f%2f") && !foldAt(b, i, "%3a//") && !foldAt(b, i, "%253a%252f%252f") {
		return 0
	}
	e := j
	for e < len(b) && e-j < maxURL && (is(b[e], cWord|cDot) || b[e] == '%' || b[e] == '~' || b[e] == '+' || b[e] == '/' || b[e] == '*' || b[e] == '!' || b[e] == '(' || b[e] == '@' || b[e] == ':') {
		e++
	}
	for e > j && (b[e-1] == '.' || b[e-1] == '*' || b[e-1] == '(' || b[e-1] == '!' || b[e-1] == ':') {
		e--
	}
	text := unescape(string(b[j:e]))
	if foldAt(b, i, "%253a") {
		text = unescape(text)
	}
	value, ok := tidyURL(text)
	if !ok {
		return 0
	}
	return s.found(observable.URL, value, j, e, fang.Plain, 85)
}
