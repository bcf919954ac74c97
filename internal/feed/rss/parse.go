package rss

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

const (
	// deepest is how far elements may nest; the library behind recurses on them.
	deepest     = 256
	mostEntries = 20_000
	longestKey  = 2000
	longestText = 1 << 20 // of an entry's own text
)

// parse reads a feed of any of the three formats.
func parse(body []byte, mediaType string) (f *gofeed.Feed, err error) {
	if depth(body) > deepest {
		return nil, errs.New(errs.TooLarge, "feed_too_deep", "The feed nests elements deeper than {limit}; it is not read.", "limit", deepest)
	}
	defer func() { // the library reads hostile bytes; its faults must not stop the server
		if fault := recover(); fault != nil {
			f, err = nil, errs.Wrap(fmt.Errorf("panic: %v", fault), errs.Invalid, "bad_feed", "The feed is broken and cannot be read.")
		}
	}()
	f, err = gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		if strings.Contains(mediaType, "html") || looksHTML(body) {
			return nil, errs.Wrap(err, errs.Invalid, "feed_is_page", "The address leads to a web page, not to a feed; look for its RSS or Atom link.")
		}
		return nil, errs.Wrap(err, errs.Invalid, "bad_feed", "The answer is not an RSS, Atom or JSON feed, or it is broken.")
	}
	if len(f.Items) > mostEntries {
		f.Items = f.Items[:mostEntries]
	}
	return f, nil
}

func looksHTML(body []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 512)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// depth returns how deep the elements of an XML text nest at most, by counting tags outside comments
// and CDATA. For text that is not XML the figure means nothing, but is found in linear time too.
func depth(b []byte) int {
	depth, most := 0, 0
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 || i+1 >= len(b) {
			return most
		}
		b = b[i:]
		skip := func(end string) {
			if k := bytes.Index(b, []byte(end)); k >= 0 {
				b = b[k+len(end):]
			} else {
				b = nil
			}
		}
		switch {
		case bytes.HasPrefix(b, []byte("<![CDATA[")):
			skip("]]>")
		case bytes.HasPrefix(b, []byte("<!--")):
			skip("-->")
		case b[1] == '?' || b[1] == '!':
			skip(">")
		case b[1] == '/':
			depth = max(depth-1, 0)
			b = b[2:]
		default:
			end := bytes.IndexByte(b, '>')
			if end < 0 {
				return max(most, depth+1)
			}
			if b[end-1] != '/' {
				depth++
				most = max(most, depth)
			}
			b = b[end+1:]
		}
	}
}

// entry is what counts of a feed's item.
type entry struct {
	key, link, title string
	published        time.Time
	changed          string // what the feed says of the version
	content, summary string
	tags             []string
}

func newEntry(it *gofeed.Item, base string) entry {
	e := entry{title: feed.Clean(html.UnescapeString(it.Title), 500), content: clip(it.Content), summary: clip(it.Description)}
	for _, link := range append([]string{it.Link}, it.Links...) {
		if abs, ok := feed.Resolve(base, link); ok && link != "" {
			e.link = abs
			break
		}
	}
	if abs, ok := feed.Resolve(it.GUID, ""); ok && e.link == "" { // a permalink as the only address
		e.link = abs
	}
	e.key = e.link
	if e.key == "" {
		e.key = feed.Clean(it.GUID, 10*longestKey)
	}
	if len(e.key) > longestKey {
		sum := sha256.Sum256([]byte(e.key))
		e.key = e.key[:100] + "#" + hex.EncodeToString(sum[:])
	}
	if it.PublishedParsed != nil {
		e.published = it.PublishedParsed.UTC()
	} else if it.UpdatedParsed != nil {
		e.published = it.UpdatedParsed.UTC()
	}
	if year := e.published.Year(); year < 1970 || year > 9000 {
		e.published = time.Time{}
	}
	e.changed = it.Published + "|" + it.Updated
	for _, c := range it.Categories {
		if c = feed.Clean(c, 200); c != "" && len(e.tags) < 50 {
			e.tags = append(e.tags, c)
		}
	}
	return e
}

func clip(s string) string {
	if len(s) > longestText {
		s = s[:longestText]
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, "�"))
}

// text is what patterns are compared with.
func (e entry) text() string { return e.title + "\n" + e.link + "\n" + strings.Join(e.tags, "\n") }

// version changes when the publisher says that the entry changed: its dates and title and, where
// there are no dates or the article is not followed, its text.
func (e entry) version(follow bool) string {
	v := e.changed + "|" + e.title
	if !follow || e.changed == "|" {
		v += "|" + e.content + "|" + e.summary
	}
	return v
}

// item is the entry as a page of its own.
func (e entry) item() feed.Item {
	item := feed.Item{Key: e.key, URL: e.link, Title: e.title, Published: e.published, Summary: e.summary, Tags: e.tags}
	text := e.content
	if text == "" {
		text = e.summary
	}
	if text != "" {
		item.MediaType = "text/html; charset=utf-8"
		item.Name = "entry.html"
		item.Body = []byte("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + html.EscapeString(e.title) + "</title></head>\n<body>" + text + "</body></html>\n")
	}
	return item
}

// oldestFirst tells whether a list runs forward in time; feeds usually run backward.
func oldestFirst(list []entry) bool {
	if len(list) < 2 {
		return false
	}
	first, last := list[0].published, list[len(list)-1].published
	return !first.IsZero() && !last.IsZero() && first.Before(last)
}
