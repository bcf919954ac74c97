package asciidoc

import (
	"net/url"
	"strings"
)

// maxLine bounds the lines whose marks are looked at; partners are searched for each.
const maxLine = 16 << 10

// inline writes a line without its marks: `code`, *bold*, _italic_, +pass+, link:target[text],
// https://target[text], \escaped.
func (r *reader) inline(line string) {
	if len(line) > maxLine {
		r.b.Write(line)
		return
	}
	line = strings.TrimSuffix(line, " +") // a hard line break
	for line != "" {
		at, n, target, label := nextLink(line)
		if at < 0 {
			break
		}
		r.b.Write(plain(line[:at]))
		start := r.b.Len()
		shown := plain(label)
		switch {
		case shown == "":
			r.b.Write(target)
		case strings.HasPrefix(line[at:], "http"), strings.HasPrefix(line[at:], "ftp"):
			// The target of a bare URL is part of the text in the source; both are kept.
			r.b.Write(shown + " (" + target + ")")
		default:
			r.b.Write(shown)
		}
		r.b.Link(r.resolve(target), start)
		line = line[at+n:]
	}
	r.b.Write(plain(line))
}

func (r *reader) resolve(target string) string {
	base, err := url.Parse(r.base)
	if err != nil || r.base == "" {
		return target
	}
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	return base.ResolveReference(u).String()
}

// nextLink finds the next link macro: its place, its length, target and text.
func nextLink(s string) (at, n int, target, label string) {
	for from := 0; from < len(s); {
		at, prefix := -1, ""
		for _, p := range [...]string{"link:", "https://", "http://", "ftp://", "mailto:"} {
			if i := strings.Index(s[from:], p); i >= 0 && (at < 0 || from+i < at) {
				at, prefix = from+i, p
			}
		}
		if at < 0 {
			return -1, 0, "", ""
		}
		body := s[at:]
		if prefix == "link:" {
			body = s[at+len(prefix):]
		}
		end := strings.IndexAny(body, " \t<>\"`|")
		if end < 0 {
			end = len(body)
		}
		escaped := at > 0 && s[at-1] == '\\'
		if open := strings.IndexByte(body, '['); open > 0 && open < end && !escaped && !defanged(body[open:]) {
			if close := strings.IndexByte(body[open:], ']'); close >= 0 {
				return at, len(s[at:]) - len(body) + open + close + 1, strings.TrimSuffix(body[:open], "\\"), body[open+1 : open+close]
			}
		}
		from = at + len(prefix) + max(end-len(prefix), 0)
		if from <= at {
			from = at + 1
		}
	}
	return -1, 0, "", ""
}

// defanged tells that brackets hold a point, as in evil[.]com: that is no link text.
func defanged(s string) bool {
	in, _, ok := strings.Cut(s[1:], "]")
	return ok && (in == "." || in == ":" || in == "://" || in == "dot" || in == "@" || in == "at" || in == "/" || in == ",")
}

// plain removes the marks of code, bold and italic that stand at the edges of words, pass-through
// marks and escapes. Marks inside words are left: they may belong to a value.
func plain(s string) string {
	if !strings.ContainsAny(s, "`*_+\\#") {
		return s
	}
	drop := marks(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '`' || drop != nil && drop[i]:
			continue
		case c == '\\' && i+1 < len(s) && (i == 0 || strings.IndexByte(" \t([`|", s[i-1]) >= 0):
			next := s[i+1:]
			if strings.HasPrefix(next, "http") || strings.HasPrefix(next, "ftp") {
				continue
			}
			if strings.IndexByte("`*_+#|{", next[0]) >= 0 {
				i++
				c = s[i]
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// marks finds the pairs of formatting marks: one after a space or bracket and before text, its
// partner after text and before a space, bracket or punctuation.
func marks(s string) (drop []bool) {
	const kinds = "*_+#"
	open := [len(kinds)]int{-1, -1, -1, -1}
	for i := 0; i < len(s); i++ {
		k := strings.IndexByte(kinds, s[i])
		if k < 0 {
			continue
		}
		before := i == 0 || strings.IndexByte(" \t([{\"'`|,;:", s[i-1]) >= 0
		after := i == len(s)-1 || strings.IndexByte(" \t)]}\"'`|,;:.!?", s[i+1]) >= 0
		switch {
		case before && !after && s[i+1] != s[i]:
			open[k] = i
		case after && !before && s[i-1] != s[i] && open[k] >= 0:
			if drop == nil {
				drop = make([]bool, len(s))
			}
			drop[open[k]], drop[i] = true, true
			open[k] = -1
		}
	}
	return drop
}
