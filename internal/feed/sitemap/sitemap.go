// Package sitemap owns the kind of source that reads a site's sitemaps (sitemaps.org, protocol 0.9)
// and brings pages that are new or whose stated date changed. It parses no page.
package sitemap

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// Kind describes the family member.
func Kind() feed.Kind {
	fields := []feed.Field{
		{Name: "url", Type: feed.URL, Required: true, Label: feed.Text{EN: "Address of the sitemap", ZH: "站点地图地址"},
			Help: feed.Text{EN: "A sitemap or an index of sitemaps, also packed with gzip, e.g. https://host/sitemap.xml.", ZH: "站点地图或其索引，可以是 gzip 压缩，例如 https://host/sitemap.xml。"}},
		{Name: "path", Type: feed.String, Label: feed.Text{EN: "Path begins with", ZH: "路径前缀"},
			Help: feed.Text{EN: "Only pages below it, e.g. /blog/.", ZH: "只采集该路径之下的页面，例如 /blog/。"}},
		{Name: "max_age_days", Type: feed.Integer, Default: int64(0), Label: feed.Text{EN: "Oldest page (days)", ZH: "最早页面（天）"},
			Help: feed.Text{EN: "Pages that changed longer ago are left out. 0: all.", ZH: "忽略更早修改的页面。0 表示不限制。"}},
		{Name: "back_fill", Type: feed.Integer, Default: int64(0), Label: feed.Text{EN: "Pages at the first visit", ZH: "首次采集页面数"},
			Help: feed.Text{EN: "Only so many of the newest pages are brought at the first visit. 0: all.", ZH: "首次访问只采集最新的若干页。0 表示全部。"}},
		feed.MaxBytesField(),
	}
	fields = append(fields, feed.PatternFields(feed.Text{EN: "Regular expressions, one a line, compared with the page's address.", ZH: "正则表达式，每行一个，与页面地址比较。"})...)
	return feed.Kind{
		Name:   "sitemap",
		Label:  feed.Text{EN: "Sitemap", ZH: "站点地图"},
		Help:   feed.Text{EN: "Brings the pages that a site lists, new and changed ones at each visit.", ZH: "采集站点列出的页面，每次访问采集新增和变化的页面。"},
		Fields: append(fields, feed.AccessFields()...),
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	URL      string   `json:"url"`
	Path     string   `json:"path"`
	MaxAge   int64    `json:"max_age_days"`
	BackFill int      `json:"back_fill"`
	MaxBytes int64    `json:"max_bytes"`
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
	feed.Access
}

const (
	// The protocol allows 50,000 addresses and 50 MB in one file, and 50,000 files in an index; the
	// totals are ours.
	maxSitemap   = 50 << 20
	mostSitemaps = 500
	mostPages    = 50_000 // of all sitemaps: the newest ones, as many as a ledger holds
	mostListed   = 1_000_000
	deepestIndex = 3
)

func build(doc []byte) (*site, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	u, err := feed.CheckURL("url", c.URL)
	if err != nil {
		return nil, err
	}
	c.URL = u.String()
	if c.MaxAge < 0 || c.MaxAge > 36500 {
		return nil, feed.BadField("max_age_days", "must lie between 0 and 36500")
	}
	if c.BackFill < 0 {
		return nil, feed.BadField("back_fill", "must not be negative")
	}
	if c.Path != "" && !strings.HasPrefix(c.Path, "/") {
		return nil, feed.BadField("path", "must begin with /")
	}
	s := &site{config: c}
	if s.wanted, err = feed.ParsePatterns(c.Include, c.Exclude); err != nil {
		return nil, err
	}
	if s.MaxBytes, err = feed.MaxBytes(c.MaxBytes); err != nil {
		return nil, err
	}
	return s, c.Access.Check()
}

type site struct {
	config
	wanted feed.Patterns
}

type cursor struct {
	// Root is set only when everything that the sitemaps list is done.
	Root fetch.Validators `json:"root,omitzero"`
	feed.Book
	Begun bool `json:"begun,omitempty"`
}

// visit is one visit under way.
type visit struct {
	*site
	env     feed.Env
	poll    feed.Poll
	c       cursor
	waiting bool // a sitemap could not be read
}

// Visit implements feed.Feed.
func (s *site) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	v := &visit{site: s, env: env.Filled(), poll: p.Filled()}
	feed.ReadCursor(v.env, p.Cursor, &v.c)
	root, fresh, err := v.sitemap(ctx, s.URL, v.c.Root)
	if err != nil {
		return nil, err
	}
	if root == nil {
		v.c.Root = fresh
		return feed.WriteCursor(&v.c)
	}
	pages, err := v.collect(ctx, root)
	if err != nil {
		return nil, err
	}
	pages = v.choose(pages)
	entries := make([]feed.Entry, len(pages))
	for i, page := range pages {
		entries[i] = feed.Entry{Key: page.url, Version: page.lastmod}
	}
	v.c.Root = fetch.Validators{}
	waiting, err := v.c.Run(ctx, v.env, v.poll, entries, feed.Steps{
		Acquire: func(ctx context.Context, i int) (feed.Item, error) {
			item, err := v.Page(ctx, v.env, v.poll, v.URL, pages[i].url, v.MaxBytes)
			item.Title, item.Published = pages[i].title, pages[i].published
			return item, err
		},
		Cursor: func() ([]byte, error) { return feed.WriteCursor(&v.c) },
	})
	// Only a plain sitemap can vouch for itself: an index may stay as it is while its parts change.
	if err == nil && !waiting && !v.waiting && len(root.sitemaps) == 0 {
		v.c.Root = fresh
	}
	return feed.CursorWith(&v.c, err)
}

// sitemap reads one file; nil when it is as it was.
func (v *visit) sitemap(ctx context.Context, address string, since fetch.Validators) (*document, fetch.Validators, error) {
	r, err := v.Get(ctx, v.env, v.poll, v.URL, fetch.Request{URL: address, Accept: "application/xml,text/xml,text/plain,*/*;q=0.5", Max: maxSitemap, Since: since})
	if err != nil {
		return nil, fetch.Validators{}, err
	}
	if r.NotModified {
		return nil, r.Validators, nil
	}
	_, body, err := feed.Unpack(r.Name, r.Body, "", maxSitemap)
	if err != nil {
		return nil, fetch.Validators{}, err
	}
	doc, err := parse(body, r.URL)
	if err != nil {
		return nil, fetch.Validators{}, err
	}
	return doc, r.Validators, nil
}

// collect reads the sitemaps below root and returns all pages. One that fails is skipped.
func (v *visit) collect(ctx context.Context, root *document) ([]page, error) {
	pages, queue := root.pages, root.sitemaps
	read := map[string]bool{v.URL: true}
	for level := 1; level <= deepestIndex && len(queue) > 0; level++ {
		var next []string
		for _, address := range queue {
			if read[address] {
				continue
			}
			if len(read) > mostSitemaps {
				v.poll.Skip(address, errs.New(errs.TooLarge, "too_many_sitemaps", "The site has more than {limit} sitemaps; the rest is left out.", "limit", mostSitemaps))
				return pages, nil
			}
			read[address] = true
			doc, _, err := v.sitemap(ctx, address, fetch.Validators{})
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				v.waiting = true
				v.poll.Skip(address, err)
				continue
			}
			pages = append(pages, doc.pages...)
			next = append(next, doc.sitemaps...)
			if len(pages) > mostListed {
				return pages, nil
			}
		}
		queue = next
	}
	return pages, nil
}

// choose keeps the wanted pages, oldest first, and settles the back-fill.
func (v *visit) choose(all []page) []page {
	oldest := time.Time{}
	if v.MaxAge > 0 {
		oldest = v.env.Clock().AddDate(0, 0, -int(v.MaxAge))
	}
	seen := map[string]bool{}
	list := all[:0]
	for _, p := range all {
		if seen[p.url] || !p.changed.IsZero() && p.changed.Before(oldest) || !v.below(p.url) || !v.wanted.Match(p.url) {
			continue
		}
		seen[p.url] = true
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b page) int { return a.changed.Compare(b.changed) })
	if skip := len(list) - mostPages; skip > 0 {
		v.poll.Skip(v.URL, errs.New(errs.TooLarge, "too_many_pages",
			"The sitemaps list {count} pages; only the newest {limit} are read. Narrow the source by path or patterns.", "count", len(list), "limit", mostPages))
		list = list[skip:]
	}
	if !v.c.Begun {
		if skip := len(list) - v.BackFill; v.BackFill > 0 && skip > 0 {
			for _, p := range list[:skip] {
				v.c.Done.Add(p.url, p.lastmod)
			}
			list = list[skip:]
		}
		v.c.Begun = true
	}
	return list
}

func (v *visit) below(address string) bool {
	if v.Path == "" {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && strings.HasPrefix(u.Path, v.Path)
}
