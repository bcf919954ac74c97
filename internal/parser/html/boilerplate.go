package html

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Words in class and id that name parts which are not the text of a page. They are compared whole,
// after splitting at everything that is no letter or digit.
const (
	chromeWords = " nav navbar navigation menu submenu megamenu sidebar footer breadcrumb breadcrumbs share sharing sharebar social " +
		"related recommended recommendations comments cookie cookies consent gdpr banner advert advertisement ads adsbygoogle promo promotion " +
		"newsletter subscribe subscription signup pagination pager widget widgets toolbar popup skiplink masthead topbar sitemap toc " +
		"authorbio bio disqus hotposts prevnext copyright "
	hiddenWords = " hidden sr-only screen-reader-text visually-hidden visuallyhidden d-none lineno linenos line-numbers linenumbers gutter "
	mainWords   = " entry-content post-content article-content article-body post-body articlebody story-body single-content rich_media_content js_content markdown-body blog-content "
)

// invisible tells that a browser would not show an element, or that nobody reads it.
func invisible(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Head, atom.Svg, atom.Math, atom.Iframe, atom.Object, atom.Embed,
		atom.Canvas, atom.Audio, atom.Video, atom.Map, atom.Select, atom.Datalist, atom.Button, atom.Dialog:
		return true
	case atom.Input:
		return true
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			s := strings.ToLower(strings.ReplaceAll(a.Val, " ", ""))
			if strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden") || strings.Contains(s, "font-size:0;") ||
				strings.HasSuffix(s, "font-size:0") {
				return true
			}
		case "class":
			for c := range strings.FieldsSeq(strings.ToLower(a.Val)) {
				if strings.Contains(hiddenWords, " "+c+" ") {
					return true
				}
			}
		}
	}
	return false
}

// chrome tells that an element is navigation, footer, advertisement and the like by its name.
func chrome(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Nav, atom.Footer, atom.Aside, atom.Menu:
		return true
	case atom.Header: // of the site, not of the article
		return find(n, func(d *html.Node) bool { return d.DataAtom == atom.H1 }) == nil && !inside(n, atom.Article, atom.Main)
	case atom.Form: // some pages are one big form
		return len(text(n, 3000)) < 2000 && !holds(n)
	case atom.Body, atom.Html, atom.Article, atom.Main, atom.Table, atom.Pre, atom.Td, atom.Tr, atom.Tbody, atom.P, atom.H1, atom.H2, atom.H3:
		return false
	}
	switch strings.ToLower(attr(n, "role")) {
	case "navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar", "dialog", "alertdialog":
		return true
	}
	return named(n) && find(n, func(d *html.Node) bool {
		return d.DataAtom == atom.Article || d.DataAtom == atom.Main || d.DataAtom == atom.H1
	}) == nil
}

// named tells that class or id of an element has one of the words. Long texts are kept whatever
// they are called: themes name their content column oddly.
func named(n *html.Node) bool {
	hit := false
	for _, a := range n.Attr {
		if a.Key != "class" && a.Key != "id" {
			continue
		}
		for w := range strings.FieldsFuncSeq(strings.ToLower(a.Val), func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) {
			hit = hit || strings.Contains(chromeWords, " "+w+" ")
		}
	}
	return hit && prose(n, 2000) < 2000
}

func inside(n *html.Node, what ...atom.Atom) bool {
	for p := range n.Ancestors() {
		for _, a := range what {
			if p.DataAtom == a {
				return true
			}
		}
	}
	return false
}

// holds tells that there is a table or code block inside.
func holds(n *html.Node) bool {
	return find(n, func(d *html.Node) bool {
		return d.DataAtom == atom.Pre || d.DataAtom == atom.Table || d.DataAtom == atom.Textarea
	}) != nil
}

// linkList tells that a block is nothing but links: a menu that has no telling name.
func linkList(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Div, atom.Section:
	default:
		return false
	}
	links, linked := 0, 0
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.DataAtom == atom.A && attr(d, "href") != "" {
			t := strings.TrimSpace(text(d, 400))
			if strings.ContainsAny(t, ".[:/") { // a URL or file as text is content
				return false
			}
			links++
			linked += len(t)
		}
	}
	if links < 4 || holds(n) {
		return false
	}
	all := len(strings.TrimSpace(text(n, 20_000)))
	return all < 20_000 && linked*10 > all*8
}

// text is the text of a node up to a limit of bytes, without what is invisible.
func text(n *html.Node, limit int) string {
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		for c := n.FirstChild; c != nil && b.Len() < limit; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				if s := strings.TrimSpace(c.Data); s != "" {
					b.WriteString(s)
					b.WriteByte(' ')
				}
			case c.Type == html.ElementNode && !invisible(c):
				visit(c)
			}
		}
	}
	visit(n)
	return b.String()
}

// prose counts bytes of text outside links, up to a limit.
func prose(n *html.Node, limit int) int {
	count := 0
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		for c := n.FirstChild; c != nil && count < limit; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				count += len(strings.TrimSpace(c.Data))
			case c.Type == html.ElementNode && c.DataAtom != atom.A && !invisible(c):
				visit(c)
			}
		}
	}
	visit(n)
	return count
}

// mainNode finds the element that holds the text of the page, nil when none stands out: then
// everything that is not recognised as something else is read.
func mainNode(root *html.Node) *html.Node {
	const most = 10 << 20
	whole := prose(root, most)
	var best *html.Node
	size := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || !candidate(n) || invisible(n) {
			continue
		}
		if s := prose(n, most); s > size {
			best, size = n, s
		}
	}
	if best == nil || size < 250 || size*3 < whole {
		return nil
	}
	return best
}

func candidate(n *html.Node) bool {
	switch {
	case n.DataAtom == atom.Main || n.DataAtom == atom.Article || attr(n, "role") == "main" || attr(n, "itemprop") == "articleBody":
		return true
	}
	for c := range strings.FieldsSeq(strings.ToLower(attr(n, "class") + " " + attr(n, "id"))) {
		if strings.Contains(mainWords, " "+c+" ") {
			return true
		}
	}
	return false
}
