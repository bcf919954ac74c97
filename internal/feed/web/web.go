// Package web owns the kind of source that re-reads pages and brings one when its main content
// changed. Scripts, styles, hidden parts and changing attributes do not count as content. It does
// not follow links.
package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// Kind describes the family member.
func Kind() feed.Kind {
	fields := []feed.Field{
		{Name: "urls", Type: feed.Lines, Required: true, Label: feed.Text{EN: "Pages", ZH: "网页地址"},
			Help: feed.Text{EN: "Web addresses, one a line. Credentials are only sent to the host of the first.", ZH: "网页地址，每行一个。凭据只发送给第一个地址的主机。"}},
		{Name: "selector", Type: feed.String, Label: feed.Text{EN: "Part of the page (CSS selector)", ZH: "页面局部（CSS 选择器）"},
			Help: feed.Text{EN: "Only changes inside it count, e.g. main article. Empty: the whole page.", ZH: "只关注其中的变化，例如 main article。留空表示整个页面。"}},
		feed.MaxBytesField(),
	}
	return feed.Kind{
		Name:  "web",
		Label: feed.Text{EN: "Web page", ZH: "网页"},
		Help: feed.Text{
			EN: "Reads pages again at each visit and keeps a new version when the text changed.",
			ZH: "每次访问时重新读取网页，正文变化时保存新版本。",
		},
		Fields: append(fields, feed.AccessFields()...),
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	URLs     []string `json:"urls"`
	Selector string   `json:"selector"`
	MaxBytes int64    `json:"max_bytes"`
	feed.Access
}

// mostPages bounds the cursor.
const mostPages = 500

func build(doc []byte) (*pages, error) {
	w := &pages{}
	if err := feed.Decode(doc, &w.config); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var urls []string
	for _, raw := range w.URLs {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		u, err := feed.CheckURL("urls", raw)
		if err != nil {
			return nil, err
		}
		if s := u.String(); !seen[s] {
			seen[s] = true
			urls = append(urls, s)
		}
	}
	if len(urls) == 0 {
		return nil, feed.BadField("urls", "is missing; enter at least one address like https://host/path")
	}
	if len(urls) > mostPages {
		return nil, feed.BadField("urls", "has more than 500 pages; use a sitemap or several sources")
	}
	w.URLs = urls
	var err error
	if w.Selector != "" {
		if w.part, err = cascadia.Compile(w.Selector); err != nil {
			return nil, feed.BadField("selector", "is not a CSS selector")
		}
	}
	if w.MaxBytes, err = feed.MaxBytes(w.MaxBytes); err != nil {
		return nil, err
	}
	return w, w.Access.Check()
}

type pages struct {
	config
	part cascadia.Selector
}

// state is what is remembered of a page.
type state struct {
	Page fetch.Validators `json:"page,omitzero"`
	Sum  string           `json:"sum"`
}

// Visit implements feed.Feed. One page that fails does not stop the others; when all fail, the
// visit fails with the first reason.
func (w *pages) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	env, p = env.Filled(), p.Filled()
	old := map[string]state{}
	feed.ReadCursor(env, p.Cursor, &old)
	next := map[string]state{}
	for _, u := range w.URLs { // a page that fails now keeps its state
		if s, ok := old[u]; ok {
			next[u] = s
		}
	}
	var first error
	failed, emitted := 0, 0
	for i, u := range w.URLs {
		item, s, err := w.read(ctx, env, p, u, old[u])
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			failed++
			if first == nil {
				first = err
			}
			p.Skip(u, err)
			continue
		}
		if item != nil {
			if err := p.Emit(ctx, *item); err != nil {
				return feed.CursorWith(next, err)
			}
			emitted++
		}
		next[u] = s
		p.Progress(i+1, len(w.URLs))
		if p.Full(emitted) {
			break
		}
	}
	if failed == len(w.URLs) {
		return feed.CursorWith(next, first)
	}
	return feed.WriteCursor(next)
}

// read returns the page as an item when its content changed.
func (w *pages) read(ctx context.Context, env feed.Env, p feed.Poll, u string, old state) (*feed.Item, state, error) {
	r, err := w.Get(ctx, env, p, w.URLs[0], fetch.Request{URL: u, Accept: feed.AcceptPage, Max: w.MaxBytes, Since: old.Page})
	if err != nil {
		return nil, old, err
	}
	if r.NotModified {
		return nil, state{Page: r.Validators, Sum: old.Sum}, nil
	}
	sum, err := w.digest(u, r.MediaType, r.Body)
	if err != nil {
		return nil, old, err
	}
	s := state{Page: r.Validators, Sum: sum}
	if sum == old.Sum {
		return nil, s, nil
	}
	return &feed.Item{Key: u, URL: r.URL, Name: r.Name, MediaType: r.MediaType, Body: r.Body}, s, nil
}

// digest sums up what a reader of the page sees.
func (w *pages) digest(u, mediaType string, body []byte) (string, error) {
	h := sha256.New()
	isHTML := strings.Contains(mediaType, "html") || mediaType == "" && bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	switch {
	case !isHTML:
		h.Write(body)
	case w.part == nil:
		visible(h, html.NewTokenizer(bytes.NewReader(body)))
	default:
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if err != nil {
			return "", errs.Wrap(err, errs.Invalid, "bad_html", "The page {url} cannot be read as HTML.", "url", feed.Shown(u))
		}
		part := doc.FindMatcher(w.part)
		if part.Length() == 0 {
			return "", errs.New(errs.NotFound, "selector_matches_nothing",
				"The selector {selector} matches nothing on {url}; the page may have a new layout.", "selector", w.Selector, "url", feed.Shown(u))
		}
		for _, n := range part.Nodes {
			var b bytes.Buffer
			if err := html.Render(&b, n); err != nil {
				return "", errs.Wrap(err, errs.Invalid, "bad_html", "The page {url} cannot be read as HTML.", "url", feed.Shown(u))
			}
			visible(h, html.NewTokenizer(&b))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// visible writes the words of a page and the targets of its links to w, without what no reader sees.
func visible(w io.Writer, z *html.Tokenizer) {
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken:
			t := z.Token()
			if invisible(t.DataAtom) {
				hidden++
			}
			if t.DataAtom == atom.A && hidden == 0 {
				for _, a := range t.Attr {
					if a.Key == "href" {
						io.WriteString(w, "\n"+a.Val+"\n")
					}
				}
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); invisible(atom.Lookup(name)) && hidden > 0 {
				hidden--
			}
		case html.TextToken:
			if hidden == 0 {
				for _, word := range bytes.Fields(z.Text()) {
					w.Write(word)
					io.WriteString(w, " ")
				}
			}
		}
	}
}

func invisible(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe:
		return true
	}
	return false
}
