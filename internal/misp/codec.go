package misp

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// field reads and writes one member of a JSON object. write appends the standard spelling. What a sender
// spelled otherwise, and what read cannot understand, goes into the residue.
type field[T any] struct {
	name  string
	read  func(*T, jsonx.Raw) bool
	write func(*T, []byte) []byte
	// nested values keep their own residue: what was read is whole.
	nested bool
}

// codec is an object's table of members. Members in drop are assigned by a server and not kept. null and
// empty lists of members that are not in the table say nothing and are not kept either.
type codec[T any] struct {
	fields  []field[T]
	drop    []string
	zero    []string // not kept when they say "no"
	residue func(*T) *jsonx.Raw
}

func (c *codec[T]) find(name []byte) *field[T] {
	for i := range c.fields {
		if string(name) == c.fields[i].name {
			return &c.fields[i]
		}
	}
	return nil
}

// decode reads the object that comes next. Broken JSON is the only error.
func (c *codec[T]) decode(dec *jsontext.Decoder, v *T) error {
	var rest residue
	var scratch []byte
	err := members(dec, func(name []byte, raw jsonx.Raw) error {
		f := c.find(name)
		if f == nil {
			if !c.dropped(name, raw) {
				rest.add(string(name), raw)
			}
			return nil
		}
		ok := f.read(v, raw)
		if ok && f.nested {
			return nil
		}
		scratch = f.write(v, scratch[:0])
		silent := len(scratch) == 0 && isZeroSpelling(raw)
		if !ok || !silent && !bytes.Equal(scratch, raw) && !sameJSON(scratch, raw) {
			rest.add(f.name, raw)
		}
		return nil
	})
	*c.residue(v) = rest.value()
	return err
}

func (c *codec[T]) decodeRaw(raw jsonx.Raw, v *T) error {
	return c.decode(decoder(raw), v)
}

func (c *codec[T]) dropped(name []byte, raw jsonx.Raw) bool {
	for _, d := range c.drop {
		if d == string(name) {
			return true
		}
	}
	if !isZeroSpelling(raw) {
		return false
	}
	for _, d := range c.zero {
		if d == string(name) {
			return true
		}
	}
	return isEmpty(raw)
}

// append writes the object: the standard members, in residue's spelling where that still means the same,
// and the unknown ones.
func (c *codec[T]) append(b []byte, v *T) []byte {
	kept := c.kept(*c.residue(v))
	b = append(b, '{')
	for i := range c.fields {
		f := &c.fields[i]
		start := len(b)
		b = appendName(b, f.name)
		at := len(b)
		b = f.write(v, b)
		if len(b) == at { // nothing to say
			b = b[:start]
		}
		if raw, ok := kept[f.name]; ok {
			delete(kept, f.name)
			var stated, now T
			now = *v
			f.read(&stated, raw)
			if bytes.Equal(f.write(&stated, nil), f.write(&now, nil)) { // what the raw form means is still so
				b = append(appendName(b[:start], f.name), raw...)
			}
		}
	}
	for _, m := range listMembers(*c.residue(v)) {
		if raw, ok := kept[m.name]; ok {
			b = append(appendName(b, m.name), raw...)
			delete(kept, m.name)
		}
	}
	return append(b, '}')
}

func (c *codec[T]) kept(r jsonx.Raw) map[string]jsonx.Raw {
	if len(r) == 0 {
		return nil
	}
	out := map[string]jsonx.Raw{}
	for _, m := range listMembers(r) {
		out[m.name] = m.raw
	}
	return out
}

func isZeroSpelling(b []byte) bool {
	switch string(b) {
	case "", "null", `""`, `"0"`, "0", "false", "[]":
		return true
	}
	return false
}

func appendName(b []byte, name string) []byte {
	if last := b[len(b)-1]; last != '{' {
		b = append(b, ',')
	}
	return append(appendText(b, name), ':')
}

type member struct {
	name string
	raw  jsonx.Raw
}

func listMembers(r jsonx.Raw) (out []member) {
	if len(r) == 0 {
		return nil
	}
	_ = members(decoder(r), func(name []byte, raw jsonx.Raw) error { // residues are valid by construction
		out = append(out, member{string(name), raw.Clone()})
		return nil
	})
	return out
}

// residue builds a JSON object. Of duplicate names the last counts.
type residue struct {
	list  []member
	index map[string]int // only for long lists
}

func (r *residue) add(name string, raw jsonx.Raw) {
	v := jsonx.Repair(raw)
	if i := r.find(name); i >= 0 {
		r.list[i].raw = v
		return
	}
	if r.index != nil {
		r.index[name] = len(r.list)
	}
	r.list = append(r.list, member{name, v})
}

func (r *residue) find(name string) int {
	if len(r.list) < 32 {
		for i := range r.list {
			if r.list[i].name == name {
				return i
			}
		}
		return -1
	}
	if r.index == nil {
		r.index = make(map[string]int, 2*len(r.list))
		for i := range r.list {
			r.index[r.list[i].name] = i
		}
	}
	if i, ok := r.index[name]; ok {
		return i
	}
	return -1
}

func (r *residue) value() jsonx.Raw {
	if len(r.list) == 0 {
		return nil
	}
	b := []byte{'{'}
	for _, m := range r.list {
		b = append(appendName(b, m.name), m.raw...)
	}
	return append(b, '}')
}

// decoder reads one value leniently: real feeds hold broken UTF-8 and duplicate names.
func decoder(raw []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// members calls fn for each member of the object that comes next; name and raw are valid until it returns.
func members(dec *jsontext.Decoder, fn func(name []byte, raw jsonx.Raw) error) error {
	if dec.PeekKind() != '{' {
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return errNotObject
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	var name []byte
	for dec.PeekKind() != '}' {
		key, err := dec.ReadValue()
		if err != nil {
			return err
		}
		name, _ = jsontext.AppendUnquote(name[:0], key)
		raw, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := fn(name, raw); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// elements calls fn for each element of a raw list; a single value counts as a list of one.
func elements(raw jsonx.Raw, fn func(jsonx.Raw)) bool {
	if raw.Kind() != '[' {
		return false
	}
	dec := decoder(raw)
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return false
		}
		fn(v)
	}
	return true
}

func isEmpty(raw jsonx.Raw) bool { return string(raw) == "null" || string(raw) == "[]" }

// sameJSON compares two values up to white space and the escapes of strings.
func sameJSON(a, b jsonx.Raw) bool {
	if a.Kind() == '"' && b.Kind() == '"' {
		x, err1 := jsontext.AppendUnquote(nil, a)
		y, err2 := jsontext.AppendUnquote(nil, b)
		return err1 == nil && err2 == nil && bytes.Equal(x, y)
	}
	if a.Kind() != b.Kind() || a.Kind() != '[' && a.Kind() != '{' {
		return false
	}
	x, err1 := jsonx.Canonical(a)
	y, err2 := jsonx.Canonical(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// text reads a string, number or boolean as text; null is "". Bad UTF-8 and NUL become U+FFFD.
func text(raw jsonx.Raw) (string, bool) {
	switch raw.Kind() {
	case '"':
		b, _ := jsontext.AppendUnquote(nil, raw)
		s := string(b)
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "\uFFFD")
		}
		return strings.ReplaceAll(s, "\x00", "\uFFFD"), true
	case 'n':
		return "", true
	case '0', 't', 'f':
		return string(raw), true
	}
	return "", false
}

func appendText(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // an error means that bad UTF-8 was replaced
	return b
}

// number reads "5", 5, "" or null.
func number(raw jsonx.Raw) (int64, bool) {
	s, ok := text(raw)
	if !ok || s == "" {
		return 0, ok
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n, err == nil
}

// boolean reads true, "true", 1, "1", "0", "" and the like.
func boolean(raw jsonx.Raw) (value, ok bool) {
	s, ok := text(raw)
	if !ok {
		return false, false
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "yes":
		return true, true
	case "false", "0", "", "no", "null":
		return false, true
	}
	return false, false
}

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// appendNumber writes numbers as MISP does: as strings.
func appendNumber(b []byte, n int64) []byte {
	return append(strconv.AppendInt(append(b, '"'), n, 10), '"')
}

// maxUnix is the last second of the year 9999.
const maxUnix = 253402300799

// unixTime reads seconds since 1970; 0 and null are the zero time.
func unixTime(raw jsonx.Raw) (time.Time, bool) {
	n, ok := number(raw)
	if !ok || n < 0 || n > maxUnix {
		return time.Time{}, false
	}
	if n == 0 {
		return time.Time{}, true
	}
	return time.Unix(n, 0).UTC(), true
}

func appendUnix(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, `"0"`...)
	}
	return appendNumber(b, t.Unix())
}

// seenTime reads first_seen and last_seen: ISO 8601 with a zone, or seconds or microseconds since 1970.
func seenTime(raw jsonx.Raw) (time.Time, bool) {
	s, ok := text(raw)
	if s = strings.TrimSpace(s); !ok || s == "" {
		return time.Time{}, ok
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC().Truncate(time.Microsecond)
			return t, t.Year() >= 1 && t.Year() <= 9999 && !t.IsZero()
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}, false
	case n > maxUnix:
		return time.UnixMicro(n).UTC(), n < maxUnix*1_000_000
	}
	return time.Unix(n, 0).UTC(), true
}

func appendSeen(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return append(t.UTC().AppendFormat(append(b, '"'), "2006-01-02T15:04:05.000000+00:00"), '"')
}
