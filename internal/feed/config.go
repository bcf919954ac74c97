package feed

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Decode reads a configuration document into a kind's struct. Unknown members are errors that name them.
func Decode(config []byte, into any) error {
	if len(config) == 0 {
		config = []byte("{}")
	}
	err := jsonx.UnmarshalExact(config, into)
	if err == nil {
		return nil
	}
	e := errs.Wrap(err, errs.Invalid, "bad_source_config", "The configuration of the source cannot be read.")
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		if name := strings.TrimPrefix(string(sem.JSONPointer), "/"); name != "" {
			if errors.Is(err, json.ErrUnknownName) {
				e = errs.New(errs.Invalid, "unknown_source_field", "This kind of source has no field {field}.", "field", name)
			} else {
				e = errs.New(errs.Invalid, "bad_source_field", "The value of {field} has the wrong form.", "field", name)
			}
			return e.At(name)
		}
	}
	return e
}

// BadField is the error for a configuration field; problem is a clause without a final stop.
func BadField(field, problem string) error {
	return errs.New(errs.Invalid, "bad_source_field", "{field} {problem}.", "field", field, "problem", problem).At(field)
}

// CheckURL tells whether a configured address is an absolute web address without user information.
func CheckURL(field, raw string) (*url.URL, error) {
	if strings.TrimSpace(raw) == "" {
		return nil, BadField(field, "is missing; enter an address like https://host/path")
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, BadField(field, "is not a web address; write it as https://host/path")
	case u.User != nil:
		return nil, BadField(field, "holds a user name; enter name and password in their own fields")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// Patterns choose items: one of Include must match (when there are any), none of Exclude may.
type Patterns struct {
	include, exclude []*regexp.Regexp
}

// ParsePatterns reads lists of regular expressions (RE2; letter case does not count, ^ and $ match at lines).
func ParsePatterns(include, exclude []string) (Patterns, error) {
	return patterns(include, exclude, func(s string) string { return s })
}

// ParseGlobs reads lists of file patterns: "*" and "?" stay within a folder, "**" crosses folders. A
// pattern without "/" is compared with the file's name, another with its path below the root.
func ParseGlobs(include, exclude []string) (Patterns, error) {
	return patterns(include, exclude, globToRegexp)
}

func patterns(include, exclude []string, translate func(string) string) (Patterns, error) {
	const most, longest = 200, 1000
	var p Patterns
	for _, list := range []struct {
		field string
		in    []string
		out   *[]*regexp.Regexp
	}{{"include", include, &p.include}, {"exclude", exclude, &p.exclude}} {
		if len(list.in) > most {
			return Patterns{}, BadField(list.field, "has more than 200 patterns")
		}
		for _, s := range list.in {
			if s = strings.TrimSpace(s); s == "" {
				continue
			}
			if len(s) > longest {
				return Patterns{}, BadField(list.field, "has a pattern longer than 1000 characters")
			}
			re, err := regexp.Compile("(?im)" + translate(s))
			if err != nil {
				return Patterns{}, errs.Wrap(err, errs.Invalid, "bad_pattern",
					"{pattern} is not a regular expression.", "pattern", s).At(list.field)
			}
			*list.out = append(*list.out, re)
		}
	}
	return p, nil
}

func globToRegexp(glob string) string {
	var b strings.Builder
	if strings.Contains(glob, "/") {
		b.WriteString(`\A`)
		glob = strings.TrimPrefix(glob, "/")
	} else {
		b.WriteString(`(\A|/)`)
	}
	for i := 0; i < len(glob); i++ {
		switch {
		case strings.HasPrefix(glob[i:], "**/"):
			b.WriteString("(.*/)?")
			i += 2
		case strings.HasPrefix(glob[i:], "**"):
			b.WriteString(".*")
			i++
		case glob[i] == '*':
			b.WriteString("[^/]*")
		case glob[i] == '?':
			b.WriteString("[^/]")
		default:
			end := i + 1
			for end < len(glob) && !strings.ContainsRune("*?", rune(glob[end])) {
				end++
			}
			b.WriteString(regexp.QuoteMeta(glob[i:end]))
			i = end - 1
		}
	}
	b.WriteString(`\z`)
	return b.String()
}

// Match tells whether an item described by text is wanted.
func (p Patterns) Match(text string) bool {
	matches := func(list []*regexp.Regexp) bool {
		for _, re := range list {
			if re.MatchString(text) {
				return true
			}
		}
		return false
	}
	return (len(p.include) == 0 || matches(p.include)) && !matches(p.exclude)
}

// DefaultMaxBytes is the largest accepted item where the configuration says nothing.
const DefaultMaxBytes = 64 << 20

// MaxBytes checks a configured size limit and fills its default.
func MaxBytes(configured int64) (int64, error) {
	const most = 1 << 30
	switch {
	case configured == 0:
		return DefaultMaxBytes, nil
	case configured < 0 || configured > most:
		return 0, BadField("max_bytes", "must lie between 1 and 1073741824")
	}
	return configured, nil
}

// Resolve returns the absolute web address of a link on a page, without fragment; false when it is none.
func Resolve(base, link string) (string, bool) {
	b, err := url.Parse(base)
	if err != nil {
		return "", false
	}
	u, err := b.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String(), true
}

// Shown makes an address fit for a log or an error: no query, no credentials.
func Shown(raw string) string { return fetch.Redact(raw) }
