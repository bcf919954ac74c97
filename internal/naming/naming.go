// Package naming owns what the names and texts that people give to items may hold: visible characters,
// bounded lengths, one spelling for comparison. It owns no uniqueness (the store's) and no foreign text,
// which is kept as it came.
package naming

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Bounds, in characters.
const (
	MaxName = 200
	MaxText = 10_000
)

// Fold returns the form in which names are compared: NFKC, lower case, single spaces.
func Fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// Name returns a one-line name, refusing an empty one and characters that cannot be seen (they could make
// it look like another). Errors have the field as subject.
func Name(field, s string) (string, error) {
	s, err := Line(field, s, MaxName)
	if err == nil && s == "" {
		err = errs.New(errs.Invalid, "name_empty", "Give a {field}.", "field", field).At(field)
	}
	return s, err
}

// Line returns a text of one line and at most limit characters; it may be empty.
func Line(field, s string, limit int) (string, error) {
	return check(field, strings.Join(strings.Fields(norm.NFC.String(s)), " "), limit, invisible)
}

// Text returns a text of several lines and at most MaxText characters.
func Text(field, s string) (string, error) {
	return check(field, norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))), MaxText, func(r rune) bool {
		return r != '\n' && r != '\t' && invisible(r)
	})
}

func check(field, s string, limit int, hidden func(rune) bool) (string, error) {
	switch {
	case utf8.RuneCountInString(s) > limit:
		return s, errs.New(errs.Invalid, "text_long", "The {field} is longer than {max} characters.", "field", field, "max", limit).At(field)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, hidden):
		return s, errs.New(errs.Invalid, "text_unprintable", "The {field} contains characters that cannot be seen: type it anew.", "field", field).At(field)
	}
	return s, nil
}

// invisible is true for control, format (bidirectional, zero-width) and private characters.
func invisible(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// Tags returns trimmed, distinct tags in their order, at most limit of them.
func Tags(field string, list []string, limit int) ([]string, error) {
	out := make([]string, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, t := range list {
		t, err := Line(field, t, MaxName)
		if err != nil {
			return nil, err
		}
		if key := Fold(t); t != "" && !seen[key] {
			seen[key] = true
			out = append(out, t)
		}
	}
	if len(out) > limit {
		return nil, errs.New(errs.Invalid, "tags_many", "At most {max} tags are kept, not {count}.", "max", limit, "count", len(out)).At(field)
	}
	return out, nil
}

// Clip shortens foreign text for messages, on a character's border. What it returns is valid UTF-8.
func Clip(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return strings.ToValidUTF8(s[:i], "\uFFFD") + "…"
		}
		n++
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
