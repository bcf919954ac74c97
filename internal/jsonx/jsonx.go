// Package jsonx owns how Vedette reads and writes JSON. It wraps go-json-experiment/json (the
// coming encoding/json/v2): duplicate keys, bad UTF-8 and trailing data are errors, letter case
// of names counts, and nesting is limited. Feed lanes may ask for leniency. It owns no schema.
package jsonx

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Raw is a JSON value kept as it is.
type Raw = jsontext.Value

// Marshal writes v deterministically (sorted map keys), without escaping HTML.
func Marshal(v any) ([]byte, error) {
	return json.Marshal(v, json.Deterministic(true))
}

// Canonical rewrites a JSON value by RFC 8785, the form in which values are compared.
func Canonical(value []byte) ([]byte, error) {
	c := Raw(bytes.Clone(value))
	if err := c.Canonicalize(); err != nil {
		return nil, badJSON(err)
	}
	return c, nil
}

// Unmarshal reads strictly: unknown members are ignored, duplicate names and bad UTF-8 refused.
func Unmarshal(data []byte, v any) error {
	return badJSON(json.Unmarshal(data, v))
}

// UnmarshalLenient reads dirty feeds: bad UTF-8 becomes U+FFFD and of duplicate names the last counts.
func UnmarshalLenient(data []byte, v any) error {
	return badJSON(json.Unmarshal(data, v, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)))
}

// UnmarshalExact refuses unknown members too: for configuration and our own API.
func UnmarshalExact(data []byte, v any) error {
	return badJSON(json.Unmarshal(data, v, json.RejectUnknownMembers(true)))
}

// Elements streams the elements of the JSON array found at the end of path (member names from the
// root; empty path: the root itself), one at a time, without holding the rest. fn gets the
// element's index and its raw bytes, valid until it returns. Memory is bounded by the biggest element.
func Elements(r io.Reader, path []string, fn func(i int, value Raw) error) error {
	dec := jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err := descend(dec, path); err != nil {
		return err
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return badJSON(err)
	}
	if tok.Kind() != '[' {
		return errs.New(errs.Invalid, "json_not_array", "The JSON value at {path} is not a list.", "path", fmt.Sprint(path))
	}
	for i := 0; dec.PeekKind() != ']'; i++ {
		v, err := dec.ReadValue()
		if err != nil {
			return badJSON(err)
		}
		if err := fn(i, v); err != nil {
			return err
		}
	}
	return nil
}

func descend(dec *jsontext.Decoder, path []string) error {
	for _, name := range path {
		tok, err := dec.ReadToken()
		if err != nil {
			return badJSON(err)
		}
		if tok.Kind() != '{' {
			return errs.New(errs.Invalid, "json_not_object", "The JSON value above {name} is not an object.", "name", name)
		}
		found := false
		for !found && dec.PeekKind() != '}' {
			key, err := dec.ReadToken()
			if err != nil {
				return badJSON(err)
			}
			if found = key.String() == name; !found {
				if err := dec.SkipValue(); err != nil {
					return badJSON(err)
				}
			}
		}
		if !found {
			return errs.New(errs.Invalid, "json_no_member", "The JSON document has no member {name}.", "name", name)
		}
	}
	return nil
}

// badJSON turns a decoder's error into one that names the byte and, where known, the member.
func badJSON(err error) error {
	if err == nil {
		return nil
	}
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) {
		return errs.Wrap(err, errs.Invalid, "bad_json", "The JSON is broken at byte {offset} (inside {place}).",
			"offset", syn.ByteOffset, "place", place(string(syn.JSONPointer)))
	}
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		return errs.Wrap(err, errs.Invalid, "bad_json_value", "The JSON value at {place} (byte {offset}) has the wrong form.",
			"offset", sem.ByteOffset, "place", place(string(sem.JSONPointer)))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errs.Wrap(err, errs.Invalid, "json_truncated", "The JSON ends too early.")
	}
	return err
}

func place(pointer string) string {
	if pointer == "" {
		return "the root"
	}
	return pointer
}

// Repair returns a copy of one well-formed value without white space that strict readers accept: bad UTF-8
// becomes U+FFFD, and of duplicate names the last counts.
func Repair(value Raw) Raw {
	v := value.Clone()
	if v.IsValid() && v.Compact() == nil {
		return v
	}
	v = Raw(bytes.ToValidUTF8(value, []byte("\uFFFD")))
	if v.IsValid() && v.Compact() == nil {
		return v
	}
	var tree any
	if UnmarshalLenient(v, &tree) != nil {
		return Raw("null")
	}
	out, err := Marshal(tree)
	if err != nil {
		return Raw("null")
	}
	return out
}

// Explain turns an error of a jsontext decoder into one that names the byte and, where known, the member.
func Explain(err error) error { return badJSON(err) }
