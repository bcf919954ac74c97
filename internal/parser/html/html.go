// Package html reads web pages: the main text with all its tables, code blocks and lists in the
// order of the page, without navigation, footers, scripts and hidden parts; title, author, date,
// language and links. It owns no fetching and runs no script.
package html

import (
	"bytes"
	"context"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads HTML.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "html" }

// Risky implements parser.Risky: hostile nesting costs the tree builder more than linear time.
func (Parser) Risky() bool { return true }

// Accepts implements parser.Parser.
func (Parser) Accepts(in parser.Input) int {
	head := bytes.ToLower(bytes.TrimLeft(in.Data[:min(len(in.Data), 2048)], " \t\r\n\xEF\xBB\xBF"))
	media, _ := in.Media()
	switch ext := in.Ext(); {
	case bytes.HasPrefix(head, []byte("<!doctype html")), bytes.HasPrefix(head, []byte("<html")):
		return 90
	case bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("<html")):
		return 80
	case startsWithTag(head):
		return 55
	case ext == "html" || ext == "htm" || ext == "xhtml" || ext == "shtml":
		return 48
	case media == "text/html" || media == "application/xhtml+xml":
		return 47
	}
	return 0
}

func startsWithTag(head []byte) bool {
	for _, t := range [...]string{"<head", "<body", "<title", "<table", "<div", "<p>", "<h1", "<article", "<meta", "<style"} {
		if bytes.HasPrefix(head, []byte(t)) {
			return true
		}
	}
	return false
}

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	_, declared := in.Media()
	if declared == "" {
		declared = metaCharset(in.Data)
	}
	data, name := charset.ToUTF8(in.Data, declared)
	b := parser.NewBuilder(lim)
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		// The builder of the tree gives up at some depth; the text is still there.
		b.Warn("", "the page is nested too deep to be understood; its plain text was read")
		plain(ctx, b, data)
		doc := b.Document()
		doc.Charset, doc.Lang = name, parser.Language(doc.Text)
		return doc, ctx.Err()
	}
	info := describe(root)
	w := &walker{ctx: ctx, b: b, base: baseURL(root, in.URL), main: mainNode(root)}
	if body := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Body }); body != nil {
		w.walk(body, w.main == nil)
	}
	doc := b.Document()
	doc.Charset, doc.Title, doc.Author, doc.Published, doc.Lang, doc.Meta = name, info.title, info.author, info.published, info.lang, info.meta
	if doc.Published.IsZero() {
		doc.Published = dateOfURL(in.URL)
	}
	if doc.Lang == "" {
		doc.Lang = parser.Language(doc.Text)
	}
	return doc, ctx.Err()
}

// metaCharset reads the encoding a page states in its first bytes (HTML standard, 13.2.3.2).
func metaCharset(data []byte) string {
	head := bytes.ToLower(data[:min(len(data), 4096)])
	i := bytes.Index(head, []byte("charset="))
	if i < 0 {
		i = bytes.Index(head, []byte("encoding=")) // of an XML declaration
		if i < 0 {
			return ""
		}
		i++
	}
	v := bytes.TrimLeft(head[i+len("charset="):], `"' `)
	if end := bytes.IndexAny(v, `"'>; /?`); end >= 0 {
		v = v[:end]
	}
	return string(v)
}

// baseURL is what relative links are resolved against.
func baseURL(root *html.Node, page string) *url.URL {
	u, err := url.Parse(page)
	if err != nil || page == "" {
		u = nil
	}
	n := find(root, func(n *html.Node) bool { return n.DataAtom == atom.Base && attr(n, "href") != "" })
	if n == nil {
		return u
	}
	b, err := url.Parse(attr(n, "href"))
	if err != nil {
		return u
	}
	if u != nil {
		return u.ResolveReference(b)
	}
	return b
}

// plain reads the text of a page without building a tree.
func plain(ctx context.Context, b *parser.Builder, data []byte) {
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(1 << 20)
	skip := 0
	for ctx.Err() == nil && !b.Full() {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if text := string(z.Text()); skip == 0 && strings.TrimSpace(text) != "" {
				b.Write(strings.Join(strings.Fields(soft(text)), " "))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			switch {
			case tok.DataAtom == atom.Script || tok.DataAtom == atom.Style:
				if skip = 0; tok.Type == html.StartTagToken {
					skip = 1
				}
			case !inline(tok.DataAtom):
				b.Break()
			}
		}
	}
}

// soft removes soft hyphens, which nobody sees.
func soft(s string) string {
	if strings.Contains(s, "\u00AD") {
		return strings.ReplaceAll(s, "\u00AD", "")
	}
	return s
}

// find returns the first node, in order, for which ok holds.
func find(n *html.Node, ok func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && ok(d) {
			return d
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
