package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Bounds of texts, in characters.
const (
	maxName  = 200
	maxText  = 10_000
	maxEmail = 254 // RFC 5321, 4.5.3.1.3
)

// Fold returns the form in which names and e-mails are compared: NFKC, lower case, single spaces.
func Fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// cleanName returns a one-line name, refusing control and invisible characters that could imitate another.
func cleanName(field, s string) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	switch {
	case s == "":
		return s, errs.New(errs.Invalid, "name_empty", "Give a {field}.", "field", field)
	case utf8.RuneCountInString(s) > maxName:
		return s, errs.New(errs.Invalid, "name_long", "The {field} is longer than {max} characters.", "field", field, "max", maxName)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, invisible):
		return s, errs.New(errs.Invalid, "name_unprintable", "The {field} contains characters that cannot be seen: type it anew.", "field", field)
	}
	return s, nil
}

// cleanText returns a text of several lines.
func cleanText(field, s string) (string, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch {
	case utf8.RuneCountInString(s) > maxText:
		return s, errs.New(errs.Invalid, "text_long", "The {field} is longer than {max} characters.", "field", field, "max", maxText)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && invisible(r) }):
		return s, errs.New(errs.Invalid, "text_unprintable", "The {field} contains characters that cannot be seen: type it anew.", "field", field)
	}
	return s, nil
}

// invisible is true for control, format (bidirectional, zero-width) and private characters.
func invisible(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// cleanEmail returns a bare address "local@domain".
func cleanEmail(s string) (string, error) {
	s = norm.NFKC.String(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	local, domain, ok := strings.Cut(s, "@")
	if err != nil || a.Address != s || a.Name != "" || !ok || local == "" || domain == "" || len(s) > maxEmail || strings.ContainsFunc(s, invisible) {
		return s, errs.New(errs.Invalid, "bad_email", "{value} is not an e-mail address: write it as name@example.org.", "value", clip(s, 80))
	}
	return s, nil
}

// clip shortens foreign text for messages.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}

// set copies an edited field when the edit names it.
func set[T any](field *T, edit *T) {
	if edit != nil {
		*field = *edit
	}
}
