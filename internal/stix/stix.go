// Package stix owns STIX 2.0 and 2.1 as a format: bundles read as a stream with every object kept whole,
// typed access to the members that matter, the 18 kinds of cyber observable and their deterministic
// ids, and the fixed marking definitions of TLP 1.0 and 2.0. Patterns are in stix/pattern. It owns no
// meaning: what an object says about a value is decided in translate/stix.
//
// Source: STIX Version 2.1, OASIS Standard, 10 June 2021; section numbers below are of it.
package stix

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Object is one STIX object: the JSON as it came and access to its members. Members of the wrong type read
// as if they were missing; the raw form always has them.
type Object struct {
	Raw     jsonx.Raw
	members []member
}

type member struct {
	name  string
	value jsonx.Raw
}

// NewObject looks into a JSON object; anything else has no members. Raw is kept, not copied.
func NewObject(raw jsonx.Raw) Object {
	o := Object{Raw: raw}
	o.members = membersOf(raw)
	return o
}

func membersOf(raw jsonx.Raw) []member {
	if raw.Kind() != '{' {
		return nil
	}
	var out []member
	dec := jsontext.NewDecoder(newBuffer(raw), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return nil
	}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return out
		}
		name := key.String()
		start := dec.InputOffset()
		if err := dec.SkipValue(); err != nil {
			return out
		}
		// The value lies in raw itself: no copy.
		v := trimValue(raw[start:dec.InputOffset()])
		out = append(out, member{name, v})
	}
	return out
}

// trimValue takes the colon and white space before a value off.
func trimValue(b jsonx.Raw) jsonx.Raw {
	i := 0
	for i < len(b) && (b[i] == ':' || b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return b[i:]
}

// Get returns a member's value, nil when there is none. Of duplicates the last counts.
func (o Object) Get(name string) jsonx.Raw {
	for i := len(o.members) - 1; i >= 0; i-- {
		if o.members[i].name == name {
			return o.members[i].value
		}
	}
	return nil
}

// Names lists the members in the order of the file.
func (o Object) Names() []string {
	out := make([]string, len(o.members))
	for i, m := range o.members {
		out[i] = m.name
	}
	return out
}

// Text returns a string member.
func (o Object) Text(name string) string { return textOf(o.Get(name)) }

func textOf(raw jsonx.Raw) string {
	if len(raw) == 0 || raw.Kind() != '"' {
		return ""
	}
	b, _ := jsontext.AppendUnquote(nil, raw)
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\x00", "\uFFFD")
}

// Texts returns a list of strings; a single string counts as a list of one.
func (o Object) Texts(name string) []string { return textsOf(o.Get(name)) }

func textsOf(raw jsonx.Raw) []string {
	if len(raw) > 0 && raw.Kind() == '"' {
		return []string{textOf(raw)}
	}
	var out []string
	for _, e := range elementsOf(raw) {
		if s := textOf(e); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func elementsOf(raw jsonx.Raw) []jsonx.Raw {
	if len(raw) == 0 || raw.Kind() != '[' {
		return nil
	}
	var out []jsonx.Raw
	dec := jsontext.NewDecoder(newBuffer(raw), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return nil
	}
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return out
		}
		out = append(out, v.Clone())
	}
	return out
}

// Object returns a member that is an object.
func (o Object) Object(name string) Object { return NewObject(o.Get(name)) }

// Objects returns a member that is a list of objects.
func (o Object) Objects(name string) []Object {
	var out []Object
	for _, e := range elementsOf(o.Get(name)) {
		out = append(out, NewObject(e))
	}
	return out
}

// Number returns a whole number.
func (o Object) Number(name string) (int64, bool) {
	raw := o.Get(name)
	if len(raw) == 0 || raw.Kind() != '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

// Bool returns a boolean, false when it is missing.
func (o Object) Bool(name string) bool { return string(o.Get(name)) == "true" }

// Time returns a timestamp (3.3) to the microsecond; the zero time when it is missing or broken. Second 60
// is read as 59.
func (o Object) Time(name string) time.Time {
	t, _ := ParseTime(o.Text(name))
	return t
}

// ParseTime reads an RFC 3339 timestamp.
func ParseTime(s string) (time.Time, bool) {
	if i := strings.Index(s, ":60"); i == len("2016-12-31T23:59") {
		s = s[:i] + ":59" + s[i+3:]
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t.UTC().Truncate(time.Microsecond), true
}

// FormatTime writes a timestamp with milliseconds, or microseconds where there are any.
func FormatTime(t time.Time) string {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond()%1_000_000 == 0 {
		return t.Format("2006-01-02T15:04:05.000Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}

// ID, Type and the like are the common members (3.2).
func (o Object) ID() string { return o.Text("id") }

// Type returns the object's type.
func (o Object) Type() string { return o.Text("type") }

// Name returns what people call the object: its name, value or the like.
func (o Object) Name() string {
	for _, n := range []string{"name", "value", "key", "path", "subject", "abstract", "opinion", "command_line", "content"} {
		if s := o.Text(n); s != "" {
			return s
		}
	}
	return ""
}

// Modified is the version's time: modified, else created.
func (o Object) Modified() time.Time {
	if t := o.Time("modified"); !t.IsZero() {
		return t
	}
	return o.Time("created")
}

// Confidence returns 0–100, -1 when it is not stated.
func (o Object) Confidence() int {
	n, ok := o.Number("confidence")
	if !ok || n < 0 || n > 100 {
		return -1
	}
	return int(n)
}

// Reference is an external reference (2.5).
type Reference struct {
	Source, URL, ExternalID, Description string
}

// References lists the external references.
func (o Object) References() []Reference {
	var out []Reference
	for _, r := range o.Objects("external_references") {
		out = append(out, Reference{r.Text("source_name"), r.Text("url"), r.Text("external_id"), r.Text("description")})
	}
	return out
}

// SplitID takes type--UUID apart.
func SplitID(s string) (typ string, u id.UUID, ok bool) {
	at := strings.LastIndex(s, "--")
	if at <= 0 {
		return "", u, false
	}
	u, err := id.ParseUUID(s[at+2:])
	return s[:at], u, err == nil && !u.IsZero()
}
