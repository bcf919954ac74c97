package backup

import (
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendRow writes one row as a line without its end.
func appendRow(b []byte, values []any) []byte {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case nil:
			b = append(b, "null"...)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case bool:
			b = strconv.AppendBool(b, v)
		case string:
			b = appendText(b, v)
		case []byte:
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v)
			b = append(b, '"')
		}
	}
	return append(b, ']')
}

func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `{"x":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(s))
		return append(b, `"}`...)
	}
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			const hexDigits = "0123456789abcdef"
			b = append(b, `\u00`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

var errRow = errors.New("not a row of a backup")

// scanner reads the lines that appendRow writes, and no other spelling, so that equal lines are equal rows.
type scanner struct {
	s []byte
	i int
}

// parseRow reads a line into values of the kinds.
func parseRow(line []byte, kinds []string) ([]any, error) {
	p := &scanner{s: line}
	out := make([]any, len(kinds))
	if !p.take("[") {
		return nil, errRow
	}
	for i, kind := range kinds {
		if i > 0 && !p.take(",") {
			return nil, errRow
		}
		v, err := p.value(kind)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	if !p.take("]") || p.i != len(line) {
		return nil, errRow
	}
	return out, nil
}

func (p *scanner) take(word string) bool {
	if len(p.s)-p.i < len(word) || string(p.s[p.i:p.i+len(word)]) != word {
		return false
	}
	p.i += len(word)
	return true
}

func (p *scanner) value(kind string) (any, error) {
	if p.take("null") {
		return nil, nil
	}
	switch kind {
	case "int":
		start := p.i
		for p.i < len(p.s) && (p.s[p.i] == '-' || p.s[p.i] >= '0' && p.s[p.i] <= '9') {
			p.i++
		}
		return strconv.ParseInt(string(p.s[start:p.i]), 10, 64)
	case "bool":
		switch {
		case p.take("true"):
			return true, nil
		case p.take("false"):
			return false, nil
		}
	case "bytes":
		return p.bytes()
	case "text":
		if p.take(`{"x":`) {
			b, err := p.bytes()
			if err == nil && !p.take("}") {
				err = errRow
			}
			return string(b), err
		}
		return p.text()
	}
	return nil, errRow
}

// bytes reads quoted base64.
func (p *scanner) bytes() ([]byte, error) {
	if !p.take(`"`) {
		return nil, errRow
	}
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != '"' {
		p.i++
	}
	b, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, p.s[start:p.i])
	if err != nil || !p.take(`"`) {
		return nil, errRow
	}
	return b, nil
}

func (p *scanner) text() (string, error) {
	if !p.take(`"`) {
		return "", errRow
	}
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != '"' && p.s[p.i] != '\\' {
		if p.s[p.i] < 0x20 {
			return "", errRow
		}
		p.i++
	}
	if p.take(`"`) {
		return p.valid(string(p.s[start : p.i-1]))
	}
	b := append([]byte{}, p.s[start:p.i]...)
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return p.valid(string(b))
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
		case c < 0x20:
			return "", errRow
		default:
			b = append(b, c)
			p.i++
		}
	}
	return "", errRow
}

func (p *scanner) valid(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errRow
	}
	return s, nil
}

func (p *scanner) escape() (rune, error) {
	switch {
	case p.take(`\"`):
		return '"', nil
	case p.take(`\\`):
		return '\\', nil
	case p.take(`\u`) && p.i+4 <= len(p.s):
		n, err := strconv.ParseUint(string(p.s[p.i:p.i+4]), 16, 16)
		if err != nil || utf16.IsSurrogate(rune(n)) {
			return 0, errRow
		}
		p.i += 4
		return rune(n), nil
	}
	return 0, errRow
}
