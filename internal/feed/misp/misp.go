// Package misp owns the kind of source that reads a MISP feed: a manifest and one JSON file per
// event, over HTTP or in a folder of this host; a folder without manifest is read file by file. It
// parses no event (parser/misp does) and does not use the feed's hashes.csv, since whole events
// are stored.
package misp

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// Kind describes the family member.
func Kind() feed.Kind {
	fields := []feed.Field{
		{Name: "url", Type: feed.URL, Label: feed.Text{EN: "Address of the feed", ZH: "订阅源地址"},
			Help: feed.Text{EN: "The folder that holds manifest.json, e.g. https://host/feed/.", ZH: "manifest.json 所在的目录，例如 https://host/feed/。"}},
		{Name: "path", Type: feed.Path, Label: feed.Text{EN: "Or a folder of the server", ZH: "或服务器上的文件夹"},
			Help: feed.Text{EN: "A feed's folder or any folder of MISP event files.", ZH: "订阅源的文件夹，或任意存放 MISP 事件文件的文件夹。"}},
		{Name: "max_age_days", Type: feed.Integer, Default: int64(0), Label: feed.Text{EN: "Oldest event (days)", ZH: "最早事件（天）"},
			Help: feed.Text{EN: "Events that changed longer ago are left out. 0: all.", ZH: "忽略更早修改的事件。0 表示不限制。"}},
		feed.MaxBytesField(),
	}
	fields = append(fields, feed.PatternFields(feed.Text{
		EN: "Regular expressions, one a line, compared with the event's title, organisation and tags; in a folder without manifest, file patterns.",
		ZH: "正则表达式，每行一个，与事件标题、组织和标签比较；没有 manifest 的文件夹则为文件名模式。"})...)
	return feed.Kind{
		Name:   "misp",
		Label:  feed.Text{EN: "MISP feed", ZH: "MISP 订阅源"},
		Help:   feed.Text{EN: "Brings the events of a MISP feed, at each visit those that are new or changed.", ZH: "采集 MISP 订阅源的事件，每次访问采集新增和变化的事件。"},
		Fields: append(fields, feed.AccessFields()...),
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	URL      string   `json:"url"`
	Path     string   `json:"path"`
	MaxAge   int64    `json:"max_age_days"`
	MaxBytes int64    `json:"max_bytes"`
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
	feed.Access
}

const (
	manifestName = "manifest.json"
	maxManifest  = 256 << 20
)

func build(doc []byte) (*reader, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	if (strings.TrimSpace(c.URL) == "") == (strings.TrimSpace(c.Path) == "") {
		return nil, feed.BadField("url", "or path must be entered, and not both")
	}
	r := &reader{config: c}
	var err error
	if c.Path == "" {
		if r.base, err = feed.CheckURL("url", c.URL); err != nil {
			return nil, err
		}
		r.base.Path = strings.TrimSuffix(r.base.Path, manifestName)
		r.base.RawPath = ""
		if !strings.HasSuffix(r.base.Path, "/") {
			r.base.Path += "/"
		}
	}
	if c.MaxAge < 0 || c.MaxAge > 36500 {
		return nil, feed.BadField("max_age_days", "must lie between 0 and 36500")
	}
	if r.wanted, err = feed.ParsePatterns(c.Include, c.Exclude); err != nil {
		if c.Path == "" { // "*.json" is a fine pattern for a folder
			return nil, err
		}
		r.globsOnly = err
	}
	if r.globs, err = feed.ParseGlobs(c.Include, append(slices.Clone(c.Exclude), manifestName, "hashes.csv")); err != nil {
		return nil, err
	}
	if len(c.Include) == 0 {
		if r.globs, err = feed.ParseGlobs([]string{"*.json"}, append(slices.Clone(c.Exclude), manifestName)); err != nil {
			return nil, err
		}
	}
	if r.MaxBytes, err = feed.MaxBytes(c.MaxBytes); err != nil {
		return nil, err
	}
	return r, c.Access.Check()
}

type reader struct {
	config
	base      *url.URL
	wanted    feed.Patterns
	globs     feed.Patterns
	globsOnly error // why the patterns are no regular expressions
}

type cursor struct {
	// Manifest is set only when every listed event is done.
	Manifest fetch.Validators `json:"manifest,omitzero"`
	feed.Book
}

// Visit implements feed.Feed.
func (r *reader) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	v := &visit{reader: r, env: env.Filled(), poll: p.Filled()}
	if r.base == nil {
		found, err := v.folder(ctx)
		if err != nil {
			return nil, err
		}
		if !found {
			scan := feed.Scan{Root: r.Path, Patterns: r.globs, MaxBytes: r.MaxBytes, Parser: "misp"}
			out, _, err := scan.Visit(ctx, v.env, v.poll)
			return out, err
		}
	}
	feed.ReadCursor(v.env, p.Cursor, &v.c)
	body, fresh, err := v.manifest(ctx)
	if err != nil {
		return nil, err
	}
	if body == nil {
		v.c.Manifest = fresh
		return feed.WriteCursor(&v.c)
	}
	list, bad, err := parseManifest(body)
	if err != nil {
		return nil, err
	}
	for key, reason := range bad {
		v.poll.Skip(key, reason)
	}
	list = r.choose(v.env, list)
	entries := make([]feed.Entry, len(list))
	for i, e := range list {
		entries[i] = feed.Entry{Key: e.uuid, Version: e.version()}
	}
	v.c.Manifest = fetch.Validators{}
	waiting, err := v.c.Run(ctx, v.env, v.poll, entries, feed.Steps{
		Acquire: func(ctx context.Context, i int) (feed.Item, error) { return v.event(ctx, list[i]) },
		Cursor:  func() ([]byte, error) { return feed.WriteCursor(&v.c) },
	})
	if err == nil && !waiting {
		v.c.Manifest = fresh
	}
	return feed.CursorWith(&v.c, err)
}

// choose keeps the wanted events, oldest change first.
func (r *reader) choose(env feed.Env, list []event) []event {
	oldest := int64(0)
	if r.MaxAge > 0 {
		oldest = env.Clock().AddDate(0, 0, -int(r.MaxAge)).Unix()
	}
	list = slices.DeleteFunc(list, func(e event) bool { return e.timestamp < oldest || !r.wanted.Match(e.text) })
	slices.SortFunc(list, func(a, b event) int {
		if a.timestamp != b.timestamp {
			return int(min(max(a.timestamp-b.timestamp, -1), 1))
		}
		return strings.Compare(a.uuid, b.uuid)
	})
	return list
}

// visit is one visit under way.
type visit struct {
	*reader
	env   feed.Env
	poll  feed.Poll
	c     cursor
	local string // the real path of a local feed's folder
}

// event reads one event's file.
func (v *visit) event(ctx context.Context, e event) (feed.Item, error) {
	item := feed.Item{Key: e.uuid, Name: e.uuid + ".json", Title: e.info, MediaType: "application/json", Published: e.date, Parser: "misp"}
	var err error
	if v.base == nil {
		item.Body, err = v.readFile(ctx, item.Name, v.MaxBytes)
	} else {
		var r fetch.Response
		r, err = v.Get(ctx, v.env, v.poll, v.base.String(), fetch.Request{URL: v.at(item.Name), Accept: "application/json", Max: v.MaxBytes})
		item.Body, item.URL = r.Body, r.URL
	}
	if err == nil && !looksJSON(item.Body) {
		err = errs.New(errs.Invalid, "not_an_event", "The file of event {uuid} is not JSON.", "uuid", e.uuid)
	}
	return item, err
}

// at returns the address of a file of the feed; a query (an access token, say) stays.
func (v *visit) at(name string) string {
	u := *v.base
	u.Path += name
	return u.String()
}

// manifest reads the list of events; nil when it is as it was.
func (v *visit) manifest(ctx context.Context) ([]byte, fetch.Validators, error) {
	if v.base == nil {
		body, err := v.readFile(ctx, manifestName, maxManifest)
		return body, fetch.Validators{}, err
	}
	r, err := v.Get(ctx, v.env, v.poll, v.base.String(), fetch.Request{URL: v.at(manifestName), Accept: "application/json", Max: maxManifest, Since: v.c.Manifest})
	if err != nil || r.NotModified {
		return nil, r.Validators, err
	}
	if r.Body == nil {
		r.Body = []byte{}
	}
	return r.Body, r.Validators, nil
}
