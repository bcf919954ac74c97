package sitemap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

// document is one sitemap file: pages, or further sitemaps.
type document struct {
	pages    []page
	sitemaps []string
}

type page struct {
	url string
	// lastmod as stated; changed is its time, zero when absent or unreadable.
	lastmod string
	changed time.Time
	// title and published are stated by news sitemaps only.
	title     string
	published time.Time
}

const (
	mostEntries = 50_000 // of one file, by the protocol
	deepest     = 50
	longestText = 4096 // of one element
)

// parse reads a sitemap, an index, or the text form (one address a line). base resolves relative
// addresses, which occur although the protocol forbids them.
func parse(body []byte, base string) (*document, error) {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if !bytes.HasPrefix(trimmed, []byte("<")) {
		return parseText(trimmed, base)
	}
	d := xml.NewDecoder(bytes.NewReader(trimmed))
	d.Strict = false
	d.CharsetReader = charset.NewReaderLabel
	r := &reader{doc: &document{}, base: base}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if len(r.doc.pages)+len(r.doc.sitemaps) > 0 {
				break // what came before the break is good
			}
			return nil, errs.Wrap(err, errs.Invalid, "bad_sitemap", "The sitemap at {url} is broken.", "url", feed.Shown(base))
		}
		if err := r.token(tok); err != nil {
			return nil, err
		}
		if len(r.doc.pages)+len(r.doc.sitemaps) >= mostEntries {
			break
		}
	}
	if !r.known {
		return nil, errs.New(errs.Invalid, "not_a_sitemap", "The answer of {url} is not a sitemap; look for its address in the site's robots.txt.", "url", feed.Shown(base))
	}
	return r.doc, nil
}

// reader is the state of one pass over the tokens.
type reader struct {
	doc   *document
	base  string
	path  []string
	known bool
	text  strings.Builder
	page  page
	sub   string
}

func (r *reader) token(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		if len(r.path) >= deepest {
			return errs.New(errs.TooLarge, "sitemap_too_deep", "The sitemap at {url} nests elements deeper than {limit}.", "url", feed.Shown(r.base), "limit", deepest)
		}
		r.path = append(r.path, strings.ToLower(t.Name.Local))
		r.text.Reset()
		switch r.path[len(r.path)-1] {
		case "urlset", "sitemapindex":
			r.known = r.known || len(r.path) == 1
		case "url", "sitemap":
			r.page, r.sub = page{}, ""
		}
	case xml.CharData:
		if r.text.Len() < longestText {
			r.text.Write(t[:min(len(t), longestText-r.text.Len())])
		}
	case xml.EndElement:
		if len(r.path) > 0 {
			r.end(r.path[len(r.path)-1])
			r.path = r.path[:len(r.path)-1]
		}
		r.text.Reset()
	}
	return nil
}

func (r *reader) end(name string) {
	parent := ""
	if n := len(r.path); n > 1 {
		parent = r.path[n-2]
	}
	text := strings.TrimSpace(r.text.String())
	switch {
	case name == "loc" && (parent == "url" || parent == "sitemap"):
		if abs, ok := feed.Resolve(r.base, text); ok {
			r.page.url, r.sub = abs, abs
		}
	case name == "lastmod" && parent == "url":
		r.page.lastmod, r.page.changed = feed.Clean(text, 64), parseTime(text)
	case name == "title" && parent == "news":
		r.page.title = feed.Clean(text, 500)
	case name == "publication_date" && parent == "news":
		r.page.published = parseTime(text)
	case name == "url" && r.page.url != "":
		if r.page.changed.IsZero() {
			r.page.changed = r.page.published
		}
		r.doc.pages = append(r.doc.pages, r.page)
	case name == "sitemap" && r.sub != "":
		r.doc.sitemaps = append(r.doc.sitemaps, r.sub)
	}
}

func parseText(body []byte, base string) (*document, error) {
	doc := &document{}
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "http://") && !strings.HasPrefix(line, "https://") {
			if line == "" {
				continue
			}
			return nil, errs.New(errs.Invalid, "not_a_sitemap", "The answer of {url} is not a sitemap; look for its address in the site's robots.txt.", "url", feed.Shown(base))
		}
		if abs, ok := feed.Resolve(base, line); ok && len(doc.pages) < mostEntries {
			doc.pages = append(doc.pages, page{url: abs})
		}
	}
	return doc, nil
}

// parseTime reads the W3C date formats that the protocol allows.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			if y := t.Year(); y < 1970 || y > 9000 {
				return time.Time{}
			}
			return t.UTC()
		}
	}
	return time.Time{}
}
