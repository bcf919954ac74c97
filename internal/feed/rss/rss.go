// Package rss owns the kind of source that reads RSS, Atom and JSON feeds and follows each entry to
// its article, so that the whole text is acquired and not the teaser. It parses no article.
package rss

import (
	"context"
	"slices"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// Kind describes the family member.
func Kind() feed.Kind {
	fields := []feed.Field{
		{Name: "url", Type: feed.URL, Required: true, Label: feed.Text{EN: "Address of the feed", ZH: "订阅源地址"}},
		{Name: "follow", Type: feed.Boolean, Default: true, Label: feed.Text{EN: "Follow to the article", ZH: "跟随链接到原文"},
			Help: feed.Text{EN: "Off: only what the feed itself says is kept.", ZH: "关闭时只保留订阅源自带的内容。"}},
		{Name: "max_age_days", Type: feed.Integer, Default: int64(0), Label: feed.Text{EN: "Oldest entry (days)", ZH: "最早条目（天）"},
			Help: feed.Text{EN: "Entries published longer ago are left out. 0: all.", ZH: "忽略更早发布的条目。0 表示不限制。"}},
		{Name: "back_fill", Type: feed.Integer, Default: int64(0), Label: feed.Text{EN: "Entries at the first visit", ZH: "首次采集条目数"},
			Help: feed.Text{EN: "Only so many of the newest entries are brought at the first visit. 0: all.", ZH: "首次访问只采集最新的若干条。0 表示全部。"}},
		feed.MaxBytesField(),
	}
	fields = append(fields, feed.PatternFields(feed.Text{
		EN: "Regular expressions, one a line, compared with title, link and categories.", ZH: "正则表达式，每行一个，与标题、链接和分类比较。"})...)
	return feed.Kind{
		Name:   "rss",
		Label:  feed.Text{EN: "RSS, Atom or JSON feed", ZH: "RSS、Atom 或 JSON 订阅"},
		Help:   feed.Text{EN: "Brings the article behind each new entry of a feed.", ZH: "采集订阅源中每个新条目对应的原文。"},
		Fields: append(fields, feed.AccessFields()...),
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	URL      string   `json:"url"`
	Follow   *bool    `json:"follow"`
	MaxAge   int64    `json:"max_age_days"`
	BackFill int      `json:"back_fill"`
	MaxBytes int64    `json:"max_bytes"`
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
	feed.Access
}

// maxFeed is the largest accepted feed; articles have their own limit.
const maxFeed = 32 << 20

func build(doc []byte) (*reader, error) {
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
	r := &reader{config: c, follow: c.Follow == nil || *c.Follow}
	if r.wanted, err = feed.ParsePatterns(c.Include, c.Exclude); err != nil {
		return nil, err
	}
	if r.MaxBytes, err = feed.MaxBytes(c.MaxBytes); err != nil {
		return nil, err
	}
	return r, c.Access.Check()
}

type reader struct {
	config
	follow bool
	wanted feed.Patterns
}

type cursor struct {
	// Feed is set only when nothing of the feed waits for another try.
	Feed fetch.Validators `json:"feed,omitzero"`
	feed.Book
	// Begun tells that the first visit's back-fill is decided.
	Begun bool `json:"begun,omitempty"`
}

// Visit implements feed.Feed.
func (r *reader) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	env, p = env.Filled(), p.Filled()
	var c cursor
	feed.ReadCursor(env, p.Cursor, &c)
	page, err := r.Get(ctx, env, p, r.URL, fetch.Request{
		URL: r.URL, Accept: "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5", Max: maxFeed, Since: c.Feed,
	})
	if err != nil {
		return nil, err
	}
	if page.NotModified {
		c.Feed = page.Validators
		return feed.WriteCursor(&c)
	}
	parsed, err := parse(page.Body, page.MediaType)
	if err != nil {
		return nil, err
	}
	list := r.order(env, p, parsed, page.URL, &c)
	entries := make([]feed.Entry, len(list))
	for i, e := range list {
		entries[i] = feed.Entry{Key: e.key, Version: e.version(r.follow)}
	}
	c.Feed = fetch.Validators{}
	waiting, err := c.Run(ctx, env, p, entries, feed.Steps{
		Acquire: func(ctx context.Context, i int) (feed.Item, error) { return r.acquire(ctx, env, p, list[i]) },
		Instead: func(i int) (feed.Item, bool) {
			item := list[i].item()
			return item, len(item.Body) > 0
		},
		Cursor: func() ([]byte, error) { return feed.WriteCursor(&c) },
	})
	if err == nil && !waiting {
		c.Feed = page.Validators
	}
	return feed.CursorWith(&c, err)
}

// order lists the entries to look at, oldest first, and settles the back-fill.
func (r *reader) order(env feed.Env, p feed.Poll, parsed *gofeed.Feed, base string, c *cursor) []entry {
	var list []entry
	oldest := time.Time{}
	if r.MaxAge > 0 {
		oldest = env.Clock().AddDate(0, 0, -int(r.MaxAge))
	}
	for _, it := range parsed.Items {
		e := newEntry(it, base)
		if !e.published.IsZero() && e.published.Before(oldest) || !r.wanted.Match(e.text()) {
			continue
		}
		if e.key == "" {
			p.Skip(e.title, errs.New(errs.Invalid, "entry_without_link", "The entry {title} has neither a link nor an id.", "title", e.title))
			continue
		}
		list = append(list, e)
	}
	if !oldestFirst(list) {
		slices.Reverse(list)
	}
	if !c.Begun {
		if skip := len(list) - r.BackFill; r.BackFill > 0 && skip > 0 {
			for _, e := range list[:skip] {
				c.Done.Add(e.key, e.version(r.follow))
			}
			list = list[skip:]
		}
		c.Begun = true
	}
	return list
}

// acquire returns the article, or the entry's own text where it is not to be followed.
func (r *reader) acquire(ctx context.Context, env feed.Env, p feed.Poll, e entry) (feed.Item, error) {
	item := e.item()
	if !r.follow || e.link == "" {
		if len(item.Body) == 0 {
			return item, errs.New(errs.Invalid, "entry_empty", "The entry {title} has no text and no link.", "title", e.title)
		}
		return item, nil
	}
	page, err := r.Page(ctx, env, p, r.URL, e.link, r.MaxBytes)
	if err != nil {
		return item, err
	}
	item.Body, item.Name, item.MediaType, item.URL = page.Body, page.Name, page.MediaType, page.URL
	return item, nil
}
