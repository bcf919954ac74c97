// Package github owns the kind of source that reads GitHub through its REST API: the files of a
// repository as they change, new repositories that match a search, or somebody's gists. It clones
// nothing and runs nothing.
package github

import (
	"context"
	"regexp"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Kind describes the family member.
func Kind() feed.Kind {
	fields := []feed.Field{
		{Name: "repo", Type: feed.String, Label: feed.Text{EN: "Repository", ZH: "代码仓库"},
			Help: feed.Text{EN: "owner/name: new and changed files are brought.", ZH: "owner/name：采集新增和变化的文件。"}},
		{Name: "search", Type: feed.String, Label: feed.Text{EN: "Or a search for repositories", ZH: "或搜索仓库"},
			Help: feed.Text{EN: "GitHub's search language, e.g. CVE-2026 in:name; the README of each new one is brought.", ZH: "GitHub 搜索语法，例如 CVE-2026 in:name；采集每个新仓库的 README。"}},
		{Name: "gists_of", Type: feed.String, Label: feed.Text{EN: "Or the gists of", ZH: "或某用户的 Gist"},
			Help: feed.Text{EN: "A user name.", ZH: "用户名。"}},
		{Name: "ref", Type: feed.String, Label: feed.Text{EN: "Branch or tag", ZH: "分支或标签"}, Help: feed.Text{EN: "Empty: the default branch.", ZH: "留空使用默认分支。"}},
		{Name: "token", Type: feed.Secret, Label: feed.Text{EN: "Access token", ZH: "访问令牌"},
			Help: feed.Text{EN: "Without one GitHub allows 60 requests an hour.", ZH: "没有令牌时 GitHub 每小时只允许 60 次请求。"}},
		{Name: "api", Type: feed.URL, Default: defaultAPI, Label: feed.Text{EN: "Address of the API", ZH: "API 地址"},
			Help: feed.Text{EN: "For GitHub Enterprise: https://host/api/v3.", ZH: "GitHub Enterprise：https://host/api/v3。"}},
		feed.MaxBytesField(),
	}
	return feed.Kind{
		Name:   "github",
		Label:  feed.Text{EN: "GitHub", ZH: "GitHub"},
		Help:   feed.Text{EN: "Brings the files of a repository, repositories found by a search, or gists.", ZH: "采集仓库文件、搜索到的仓库或 Gist。"},
		Fields: append(fields, feed.PatternFields(feed.Text{EN: "File patterns such as *.json or iocs/**, one a line.", ZH: "文件名模式，例如 *.json 或 iocs/**，每行一个。"})...),
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	Repo     string   `json:"repo"`
	Search   string   `json:"search"`
	Gists    string   `json:"gists_of"`
	Ref      string   `json:"ref"`
	API      string   `json:"api"`
	MaxBytes int64    `json:"max_bytes"`
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
}

const (
	defaultAPI = "https://api.github.com"
	rawHost    = "https://raw.githubusercontent.com"
	maxAnswer  = 64 << 20 // of the API; the largest trees have some 10 MB
	mostFiles  = 50_000
)

func build(doc []byte) (*reader, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	given := 0
	for _, s := range []*string{&c.Repo, &c.Search, &c.Gists, &c.Ref} {
		*s = strings.TrimSpace(*s)
	}
	for _, s := range []string{c.Repo, c.Search, c.Gists} {
		if s != "" {
			given++
		}
	}
	name := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}$`)
	owner, project, slash := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(c.Repo, "https://github.com/"), "/"), "/")
	switch {
	case given != 1:
		return nil, feed.BadField("repo", "or search or gists_of must be entered, one of them")
	case c.Repo != "" && (!slash || !name.MatchString(owner) || !regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`).MatchString(project) || strings.Trim(project, ".") == ""):
		return nil, feed.BadField("repo", "is not a repository; write it as owner/name")
	case c.Gists != "" && !name.MatchString(c.Gists):
		return nil, feed.BadField("gists_of", "is not a user name")
	case len(c.Search) > 256:
		return nil, feed.BadField("search", "is longer than the 256 characters that GitHub takes")
	case strings.Contains(c.Ref, "..") || strings.ContainsAny(c.Ref, " ~^:?*[\\\x00") || len(c.Ref) > 250:
		return nil, feed.BadField("ref", "is not the name of a branch or tag")
	}
	r := &reader{config: c}
	if c.Repo != "" {
		r.Repo = owner + "/" + project
	}
	if c.API == "" {
		c.API = defaultAPI
	}
	u, err := feed.CheckURL("api", c.API)
	if err != nil {
		return nil, err
	}
	r.API = strings.TrimSuffix(u.String(), "/")
	if r.wanted, err = feed.ParseGlobs(c.Include, c.Exclude); err != nil {
		return nil, err
	}
	r.MaxBytes, err = feed.MaxBytes(c.MaxBytes)
	return r, err
}

type reader struct {
	config
	wanted feed.Patterns
}

type cursor struct {
	// Head is the commit whose files are all done.
	Head string `json:"head,omitempty"`
	feed.Book
}

// found is one thing that the API listed, with how to get it.
type found struct {
	entry feed.Entry
	item  feed.Item
	fetch fetch.Request
	// instead is what stands in when it cannot be fetched.
	instead []byte
}

// visit is one visit under way.
type visit struct {
	*reader
	access feed.Access
	env    feed.Env
	poll   feed.Poll
}

// Visit implements feed.Feed.
func (r *reader) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	v := &visit{reader: r, env: env.Filled(), poll: p.Filled()}
	var c cursor
	feed.ReadCursor(v.env, p.Cursor, &c)
	var list []found
	var err error
	head := ""
	switch {
	case r.Repo != "":
		if head, err = v.head(ctx); err != nil {
			return nil, err
		}
		if head == c.Head {
			return feed.WriteCursor(&c)
		}
		list, err = v.files(ctx, head)
	case r.Search != "":
		list, err = v.search(ctx)
	default:
		list, err = v.gists(ctx)
	}
	if err != nil {
		return nil, err
	}
	entries := make([]feed.Entry, len(list))
	for i, f := range list {
		entries[i] = f.entry
	}
	c.Head = ""
	waiting, err := c.Run(ctx, v.env, v.poll, entries, feed.Steps{
		Acquire: func(ctx context.Context, i int) (feed.Item, error) { return v.acquire(ctx, list[i]) },
		Instead: func(i int) (feed.Item, bool) {
			item := list[i].item
			item.Body, item.Name, item.MediaType = list[i].instead, "description.txt", "text/plain; charset=utf-8"
			return item, len(item.Body) > 0
		},
		Cursor: func() ([]byte, error) { return feed.WriteCursor(&c) },
	})
	if err == nil && !waiting {
		c.Head = head
	}
	return feed.CursorWith(&c, err)
}

func (v *visit) acquire(ctx context.Context, f found) (feed.Item, error) {
	f.fetch.Max = v.MaxBytes
	r, err := v.access.Get(ctx, v.env, v.poll, v.API, f.fetch)
	if err == nil && len(r.Body) == 0 {
		err = errs.New(errs.Invalid, "file_empty", "{file} is empty.", "file", f.entry.Key)
	}
	f.item.Body = r.Body
	return f.item, err
}

// get asks the API and decodes the answer.
func (v *visit) get(ctx context.Context, path string, into any) error {
	r, err := v.access.Get(ctx, v.env, v.poll, v.API, fetch.Request{URL: v.API + path, Accept: "application/vnd.github+json", Max: maxAnswer})
	if err != nil {
		return err
	}
	if err := jsonx.UnmarshalLenient(r.Body, into); err != nil {
		return errs.Wrap(err, errs.Invalid, "not_github", "The answer of {url} is not that of GitHub's API; check its address.", "url", feed.Shown(v.API))
	}
	return nil
}
