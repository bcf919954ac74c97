// Package delim splits delimited text (CSV and its relatives) as it is met, not as RFC 4180 says:
// any delimiter, stray and unbalanced quotes, rows of different length. It is a helper of the
// parsers csv and list. It owns no meaning of columns.
package delim

import (
	"bytes"
	"strings"
)

// maxQuoted bounds a quoted field over several lines: an opening quote without its end is
// a character like any other, not a reason to swallow the rest of the file.
const maxQuoted = 64 << 10

// Reader splits data row by row. Comma is the delimiter; Quotes tells whether fields may be
// quoted by '"'.
type Reader struct {
	Data   []byte
	Comma  byte
	Quotes bool
	line   int // of the row last returned
	extra  int // line ends inside its quoted fields
	// literal is the length of Data down to which quotes are known to have no end; 0 for none.
	literal int
	fields  []string
}

// Line is the number, from 1, of the line on which the last row began.
func (r *Reader) Line() int { return r.line }

// Peek returns the rest of the current line without consuming it.
func (r *Reader) Peek() []byte {
	if i := bytes.IndexByte(r.Data, '\n'); i >= 0 {
		return r.Data[:i]
	}
	return r.Data
}

// Skip passes over one line.
func (r *Reader) Skip() {
	r.line += 1 + r.extra
	r.extra = 0
	if i := bytes.IndexByte(r.Data, '\n'); i >= 0 {
		r.Data = r.Data[i+1:]
	} else {
		r.Data = nil
	}
}

// Next returns the fields of the next row, false at the end. The slice is reused by the next call;
// the strings are not.
func (r *Reader) Next() ([]string, bool) {
	if len(r.Data) == 0 {
		return nil, false
	}
	r.line += 1 + r.extra
	r.extra = 0
	r.fields = r.fields[:0]
	for {
		field, end, lines := r.field()
		r.fields = append(r.fields, field)
		r.extra += lines
		if end {
			return r.fields, true
		}
	}
}

// field consumes one field with its delimiter; end tells that it was the last of its row.
func (r *Reader) field() (value string, end bool, lines int) {
	d := r.Data
	if r.Quotes && len(d) > 0 && d[0] == '"' && (r.literal == 0 || len(d) <= r.literal) {
		if value, n, ok := quoted(d, r.Comma); ok {
			r.Data = d[n:]
			end := r.separator()
			return value, end, strings.Count(value, "\n")
		}
		r.literal = max(1, len(d)-maxQuoted) // looked at once: keeps hostile input linear
	}
	i := 0
	for i < len(d) && d[i] != '\n' && d[i] != r.Comma {
		i++
	}
	value = string(bytes.TrimSuffix(d[:i], []byte("\r")))
	r.Data = d[i:]
	return value, r.separator(), 0
}

// separator consumes a delimiter or the end of the row.
func (r *Reader) separator() (end bool) {
	d := r.Data
	switch {
	case len(d) == 0:
		return true
	case d[0] == r.Comma:
		r.Data = d[1:]
		return false
	case d[0] == '\r' && len(d) > 1 && d[1] == '\n':
		r.Data = d[2:]
		return true
	}
	r.Data = d[1:]
	return true
}

// quoted reads a quoted field whose closing quote is followed by a delimiter or line end.
func quoted(d []byte, comma byte) (value string, n int, ok bool) {
	var out []byte
	limit := min(len(d), maxQuoted)
	for i := 1; i < limit; i++ {
		if d[i] != '"' {
			out = append(out, d[i])
			continue
		}
		if i+1 < len(d) && d[i+1] == '"' {
			out = append(out, '"')
			i++
			continue
		}
		if i+1 == len(d) || d[i+1] == comma || d[i+1] == '\n' || d[i+1] == '\r' {
			return string(out), i + 1, true
		}
		out = append(out, '"') // a stray quote inside
	}
	return "", 0, false
}

// Guess returns the delimiter that splits the first lines most evenly, ',' when none does.
func Guess(data []byte, comment string) byte {
	best, score := byte(','), 0
	for _, c := range [...]byte{',', ';', '\t', '|'} {
		rest, first, same, rows := data, -1, 0, 0
		for len(rest) > 0 && rows < 20 {
			var line []byte
			line, rest, _ = bytes.Cut(rest, []byte("\n"))
			line = line[:min(len(line), 1<<16)]
			if len(bytes.TrimSpace(line)) == 0 || comment != "" && bytes.HasPrefix(line, []byte(comment)) {
				continue
			}
			rows++
			n := outside(line, c)
			if first < 0 {
				first = n
			}
			if n > 0 && n == first {
				same++
			}
		}
		if s := same*100 + min(first, 50); same > 0 && s > score {
			best, score = c, s
		}
	}
	return best
}

// outside counts a delimiter outside quotes.
func outside(line []byte, c byte) (n int) {
	in := false
	for _, b := range line {
		switch {
		case b == '"':
			in = !in
		case b == c && !in:
			n++
		}
	}
	return n
}
