package html

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/parser"
)

// facts are what a page says of itself.
type facts struct {
	title, author, lang string
	published           time.Time
	meta                map[string]string
}

// describe collects facts; statements made for machines win over what is shown.
func describe(root *html.Node) facts {
	f := facts{meta: map[string]string{}}
	tags := map[string]string{}
	var heading, title, byline, shown, lang string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.DataAtom {
		case atom.Html:
			lang = attr(n, "lang")
		case atom.Meta:
			for _, k := range [...]string{"property", "name", "itemprop", "http-equiv"} {
				if key := strings.ToLower(attr(n, k)); key != "" && tags[key] == "" {
					tags[key] = oneLine(attr(n, "content"))
				}
			}
		case atom.Title:
			if title == "" {
				title = oneLine(text(n, 1000))
			}
		case atom.H1:
			if heading == "" && !invisible(n) {
				heading = oneLine(text(n, 1000))
			}
		case atom.Script:
			if strings.EqualFold(attr(n, "type"), "application/ld+json") && n.FirstChild != nil {
				linkedData(n.FirstChild.Data, tags)
			}
		case atom.Time:
			if shown == "" {
				shown = first(attr(n, "datetime"), oneLine(text(n, 100)))
			}
		}
		if byline == "" && (attr(n, "rel") == "author" || attr(n, "itemprop") == "author") {
			byline = oneLine(text(n, 200))
		}
	}
	f.title = first(tags["ld:headline"], tags["og:title"], tags["twitter:title"], heading, title)
	f.author = first(tags["ld:author"], tags["author"], tags["article:author"], tags["dc.creator"], byline)
	if strings.HasPrefix(f.author, "http") {
		f.author = byline
	}
	f.lang, _, _ = strings.Cut(strings.ToLower(first(lang, tags["content-language"], tags["og:locale"])), "-")
	f.lang, _, _ = strings.Cut(f.lang, "_")
	for _, v := range [...]string{
		tags["ld:datepublished"], tags["article:published_time"], tags["og:article:published_time"], tags["datepublished"],
		tags["publishdate"], tags["pubdate"], tags["date"], tags["dc.date"], tags["dc.date.issued"], tags["dcterms.created"],
		tags["sailthru.date"], tags["parsely-pub-date"], shown,
	} {
		if t, ok := parseDate(v); ok {
			f.published = t
			break
		}
	}
	for _, k := range [...]string{"description", "og:description", "keywords", "og:site_name", "generator"} {
		if v := tags[k]; v != "" {
			f.meta[strings.TrimPrefix(k, "og:")] = v
		}
	}
	return f
}

// linkedData reads headline, author and date of the first article in a JSON-LD block.
func linkedData(raw string, tags map[string]string) {
	if len(raw) > 1<<20 {
		return
	}
	var v any
	if jsonx.UnmarshalLenient([]byte(raw), &v) != nil {
		return
	}
	var visit func(v any, depth int)
	visit = func(v any, depth int) {
		switch t := v.(type) {
		case []any:
			for _, e := range t {
				visit(e, depth)
			}
		case map[string]any:
			if kind, _ := t["@type"].(string); strings.HasSuffix(kind, "Article") || strings.HasSuffix(kind, "Posting") || kind == "Report" {
				for _, k := range [...]string{"headline", "datePublished"} {
					if s, _ := t[k].(string); s != "" && tags["ld:"+strings.ToLower(k)] == "" {
						tags["ld:"+strings.ToLower(k)] = oneLine(s)
					}
				}
				if name := person(t["author"]); name != "" && tags["ld:author"] == "" {
					tags["ld:author"] = oneLine(name)
				}
			}
			if depth < 4 {
				visit(t["@graph"], depth+1)
			}
		}
	}
	visit(v, 0)
}

func person(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case map[string]any:
		s, _ := t["name"].(string)
		return s
	case []any:
		var names []string
		for _, e := range t {
			if n := person(e); n != "" && len(names) < 5 {
				names = append(names, n)
			}
		}
		return strings.Join(names, ", ")
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(soft(parser.Clean(s))), " ")
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500])
	}
	return s
}

// parseDate reads the ways in which pages write dates; without zone they are UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, false
	}
	for _, l := range [...]string{
		time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02T15:04-07:00", "2006-01-02T15:04Z", "2006-01-02 15:04:05",
		"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04", "2006-01-02", "2006/01/02", "20060102", time.RFC1123, time.RFC1123Z, "January 2, 2006", "Jan 2, 2006", "2 January 2006", "02 Jan 2006",
		"2006年1月2日", "2006年01月02日 15:04", "2006年1月2日 15:04", "2006.01.02", "January 2, 2006 3:04 PM",
	} {
		if t, err := time.Parse(l, s); err == nil && t.Year() > 1990 && t.Year() < 2100 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// dateOfURL reads a date from paths like /2024/05/06/title.
func dateOfURL(page string) time.Time {
	u, err := url.Parse(page)
	if err != nil {
		return time.Time{}
	}
	m := regexp.MustCompile(`/(19[9]\d|20\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?:[/-]|$)`).FindStringSubmatch(u.Path)
	if m == nil {
		return time.Time{}
	}
	y, _ := strconv.Atoi(m[1]) // matched as digits
	mo, _ := strconv.Atoi(m[2])
	d, _ := strconv.Atoi(m[3])
	return time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
}
