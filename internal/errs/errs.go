// Package errs owns Vedette's error vocabulary: a kind that every edge maps to its own
// status, a machine-readable code, parameters, and an English message template for the
// person who reads it. It owns no translation (web/src/locales) and no HTTP status
// (each dialect has its own table).
//
// An error that is not an *Error is internal: it is logged in full and shown to nobody.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what class of trouble it is. Edges map kinds to statuses, never codes.
type Kind uint8

// The kinds. The zero kind is Internal, so that a forgotten kind hides rather than shows.
const (
	Internal        Kind = iota
	Invalid              // the input is wrong; the caller can mend it
	Unauthenticated      // nobody is logged in, or the key is wrong
	Forbidden            // known, but not allowed
	NotFound             // does not exist, or must not be seen
	Conflict             // somebody else changed it, or it exists already
	TooLarge             // over a limit of bytes, depth, count
	RateLimited          // too many attempts
	Unavailable          // a part we need is down; try again
	Unsupported          // a format or type we do not speak
)

var kindNames = [...]string{
	"internal", "invalid", "unauthenticated", "forbidden", "not_found", "conflict",
	"too_large", "rate_limited", "unavailable", "unsupported",
}

// String returns the snake_case name used in logs and API answers.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error is an error meant to be shown. Code is stable and snake_case ("tag_exists");
// Message is an English template whose {name} parts are filled from Params.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Params  map[string]any
	// Subject names the item and place ("report 12, claim 3"), empty when obvious.
	Subject string
	Err     error
}

// New makes an error. Params come as key, value pairs, e.g.
//
//	errs.New(errs.Invalid, "bad_cidr", "{value} is not a network: write it as 10.0.0.0/8.", "value", v)
func New(kind Kind, code, message string, kv ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: message, Params: params(kv)}
}

// Wrap makes an error that keeps its cause for the log; the cause is not shown.
func Wrap(err error, kind Kind, code, message string, kv ...any) *Error {
	e := New(kind, code, message, kv...)
	e.Err = err
	return e
}

// At returns a copy that names the item and place it is about.
func (e *Error) At(subject string) *Error {
	c := *e
	c.Subject = subject
	return &c
}

// Error returns the filled English message, the subject in front and the cause behind.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Subject != "" {
		b.WriteString(e.Subject)
		b.WriteString(": ")
	}
	b.WriteString(Fill(e.Message, e.Params))
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches another *Error by code, so that errors.Is(err, ErrX) works across copies.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// KindOf returns the kind of the first *Error in the chain, Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := As(err); ok {
		return e.Kind
	}
	return Internal
}

// As returns the first *Error in the chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// Fill replaces {name} parts of a template by params; unknown names stay as they are.
func Fill(template string, params map[string]any) string {
	if !strings.Contains(template, "{") {
		return template
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(template[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(template[:open])
		name := template[open+1 : open+end]
		if v, ok := params[name]; ok {
			fmt.Fprint(&b, v)
		} else {
			b.WriteString(template[open : open+end+1])
		}
		template = template[open+end+1:]
	}
	b.WriteString(template)
	return b.String()
}

func params(kv []any) map[string]any {
	if len(kv) == 0 {
		return nil
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		if name, ok := kv[i].(string); ok {
			m[name] = kv[i+1]
		}
	}
	return m
}
