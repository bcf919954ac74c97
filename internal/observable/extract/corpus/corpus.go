// Package corpus loads the labelled texts that extraction is measured against
// (testdata/corpus beside the extractor; the README there states the format and the
// annotation rules). It owns the format and knows what a label means. It does not run
// the extractor and does not score it.
package corpus

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text is one labelled text.
type Text struct {
	// ID is unique over the whole corpus, such as "zh-017".
	ID string
	// Lang is the main language, an ISO 639-1 code.
	Lang string
	// File is the name of the file the text stands in.
	File string
	// Body is the clean text: labels and escapes resolved, without the last newline.
	Body string
	// Labels are ordered by Start and do not overlap.
	Labels []Label
}

// Label states what one span of a body is.
type Label struct {
	// Type is an output type of the extractor, such as "domain-name".
	Type string
	// Value is the canonical value that must be reported.
	Value string
	// Original is Body[Start:End].
	Original string
	// Suppressed is empty, or why the span must be absent from the results or be
	// reported as suppressed. Any reason of the extractor's satisfies it.
	Suppressed string
	// Optional spans are neither required nor a false positive; see Excuses.
	Optional bool
	// Start and End are offsets in UTF-8 bytes.
	Start, End int
}

// Excuses reports whether an optional label keeps a result from being a false positive.
// It does when the result lies inside the span and has the label's type; file:name and
// file:path stand for each other, and so do url and domain-name.
func (l Label) Excuses(typ string, start, end int) bool {
	return l.Optional && start >= l.Start && end <= l.End && family(typ) == family(l.Type)
}

// family names the types that are readings of one another.
func family(typ string) string {
	switch typ {
	case "file:path":
		return "file:name"
	case "domain-name":
		return "url"
	}
	return typ
}

const (
	opening = "⟦"
	closing = "⟧"
)

var (
	header = regexp.MustCompile(`^-- ([a-z]{2}-[0-9a-z]+) ([a-z]{2}) --$`)
	escape = regexp.MustCompile(opening + `U\+([0-9A-F]{4,6})` + closing)
)

// Load reads every *.txt file in the root of fsys, in the order of their names.
func Load(fsys fs.FS) ([]Text, error) {
	names, err := fs.Glob(fsys, "*.txt")
	if err != nil {
		return nil, fmt.Errorf("list corpus files: %w", err)
	}
	seen := map[string]string{}
	var texts []Text
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read corpus file %s: %w", name, err)
		}
		some, err := Parse(path.Base(name), data)
		if err != nil {
			return nil, err
		}
		for _, t := range some {
			if first, ok := seen[t.ID]; ok {
				return nil, fmt.Errorf("%s: text %s stands already in %s; give it another id", name, t.ID, first)
			}
			seen[t.ID] = name
		}
		texts = append(texts, some...)
	}
	return texts, nil
}

// Parse reads the texts of one file. Lines before the first header are a comment.
func Parse(name string, data []byte) ([]Text, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: not UTF-8", name)
	}
	var texts []Text
	var raw strings.Builder
	flush := func() error {
		if len(texts) == 0 {
			return nil
		}
		t := &texts[len(texts)-1]
		if err := t.fill(strings.TrimSuffix(raw.String(), "\n")); err != nil {
			return fmt.Errorf("%s: text %s: %w", name, t.ID, err)
		}
		return nil
	}
	for line := range bytes.Lines(data) {
		m := header.FindSubmatch(bytes.TrimSuffix(line, []byte("\n")))
		if m == nil {
			raw.Write(line)
			continue
		}
		if err := flush(); err != nil {
			return nil, err
		}
		raw.Reset()
		texts = append(texts, Text{ID: string(m[1]), Lang: string(m[2]), File: name})
	}
	return texts, flush()
}

// fill resolves the labels of raw into t.Body and t.Labels.
func (t *Text) fill(raw string) error {
	rest, err := unescape(raw)
	if err != nil {
		return err
	}
	var body strings.Builder
	for {
		before, after, ok := strings.Cut(rest, opening)
		body.WriteString(before)
		if strings.Contains(before, closing) {
			return fmt.Errorf("%s without %s near %q", closing, opening, tail(before))
		}
		if !ok {
			break
		}
		inner, next, ok := strings.Cut(after, closing)
		if !ok || strings.Contains(inner, opening) {
			return fmt.Errorf("label near %q is not closed", tail(before))
		}
		l, err := parseLabel(inner)
		if err != nil {
			return err
		}
		l.Start = body.Len()
		body.WriteString(l.Original)
		l.End = body.Len()
		t.Labels = append(t.Labels, l)
		rest = next
	}
	t.Body = body.String()
	return nil
}

// unescape replaces ⟦U+200B⟧ by the character, so that invisible ones can be seen in
// the files.
func unescape(raw string) (string, error) {
	var bad error
	out := escape.ReplaceAllStringFunc(raw, func(s string) string {
		n, err := strconv.ParseUint(escape.FindStringSubmatch(s)[1], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) {
			bad = fmt.Errorf("%s is no character", s)
			return s
		}
		return string(rune(n))
	})
	return out, bad
}

// parseLabel reads `type|original`, `type=value|original`, `!reason|type…` or `?type…`.
func parseLabel(inner string) (Label, error) {
	var l Label
	rest := inner
	if s, ok := strings.CutPrefix(rest, "!"); ok {
		if l.Suppressed, rest, ok = strings.Cut(s, "|"); !ok || l.Suppressed == "" {
			return l, fmt.Errorf("label %q: `!` needs a reason and a type", inner)
		}
	}
	rest, l.Optional = strings.CutPrefix(rest, "?")
	head, original, ok := strings.Cut(rest, "|")
	if !ok || original == "" {
		return l, fmt.Errorf("label %q has no `|original`", inner)
	}
	l.Original = original
	typ, value, stated := strings.Cut(head, "=")
	l.Type, l.Value = typ, value
	if !slices.Contains(Types(), typ) {
		return l, fmt.Errorf("label %q: type %q is unknown", inner, typ)
	}
	if !stated {
		l.Value = canonical(typ, original)
	}
	if l.Value == "" {
		return l, fmt.Errorf("label %q has an empty value", inner)
	}
	return l, nil
}

// tail returns the last characters of s, for error messages.
func tail(s string) string {
	const most = 24
	r := []rune(s)
	return string(r[max(0, len(r)-most):])
}
