// Package list owns the kind of source that reads a structured list from a web address: plain text,
// CSV, JSON or NDJSON with a mapping. It fetches and unpacks; the parser "list" reads by the mapping.
package list

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Kind describes the family member.
func Kind() feed.Kind {
	fields := []feed.Field{
		{Name: "url", Type: feed.URL, Required: true, Label: feed.Text{EN: "Address of the list", ZH: "列表地址"},
			Help: feed.Text{EN: "A text, CSV, JSON or NDJSON file, also packed with gzip or ZIP.", ZH: "文本、CSV、JSON 或 NDJSON 文件，也可以是 gzip 或 ZIP 压缩文件。"}},
		{Name: "mapping", Type: feed.Mapping, Required: true, Label: feed.Text{EN: "Mapping", ZH: "字段映射"},
			Help: feed.Text{EN: "Which columns or paths hold the value, its type, comment, tags and dates.", ZH: "哪些列或路径是取值、类型、注释、标签和日期。"}},
		{Name: "member", Type: feed.String, Label: feed.Text{EN: "File in the archive", ZH: "压缩包内的文件"},
			Help: feed.Text{EN: "Needed when a ZIP archive holds several files.", ZH: "ZIP 压缩包含有多个文件时需要填写。"}},
		feed.MaxBytesField(),
	}
	return feed.Kind{
		Name:  "list",
		Label: feed.Text{EN: "List of indicators (text, CSV, JSON)", ZH: "指标列表（文本、CSV、JSON）"},
		Help: feed.Text{
			EN: "Reads a list again at each visit and brings it when its content changed.",
			ZH: "每次访问时重新读取列表，内容变化时采集新版本。",
		},
		Fields: append(fields, feed.AccessFields()...),
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	URL      string    `json:"url"`
	Mapping  jsonx.Raw `json:"mapping"`
	Member   string    `json:"member"`
	MaxBytes int64     `json:"max_bytes"`
	feed.Access
}

func build(doc []byte) (*list, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	u, err := feed.CheckURL("url", c.URL)
	if err != nil {
		return nil, err
	}
	c.URL = u.String()
	var m struct {
		Format string `json:"format"`
	}
	if c.Mapping.Kind() != '{' || jsonx.Unmarshal(c.Mapping, &m) != nil {
		return nil, feed.BadField("mapping", "is missing; say at least its format, e.g. {\"format\":\"text\"}")
	}
	switch m.Format {
	case "text", "csv", "json", "ndjson":
	default:
		return nil, feed.BadField("mapping", "needs a format: text, csv, json or ndjson")
	}
	if c.MaxBytes, err = feed.MaxBytes(c.MaxBytes); err != nil {
		return nil, err
	}
	return &list{c}, c.Access.Check()
}

type list struct{ config }

type cursor struct {
	Page fetch.Validators `json:"page,omitzero"`
	// Sum is the SHA-256 of the bytes handed over last.
	Sum string `json:"sum,omitempty"`
}

// Visit implements feed.Feed.
func (l *list) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	env, p = env.Filled(), p.Filled()
	var c cursor
	feed.ReadCursor(env, p.Cursor, &c)
	r, err := l.Get(ctx, env, p, l.URL, fetch.Request{URL: l.URL, Max: l.MaxBytes, Since: c.Page})
	if err != nil {
		return nil, err
	}
	if r.NotModified {
		c.Page = r.Validators
		return feed.WriteCursor(c)
	}
	name, body, err := feed.Unpack(r.Name, r.Body, l.Member, l.MaxBytes)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	next := cursor{Page: r.Validators, Sum: hex.EncodeToString(sum[:])}
	if next.Sum != c.Sum {
		if len(body) == 0 {
			return nil, errs.New(errs.Unavailable, "list_empty", "The list at {url} is empty; the version before stays.", "url", feed.Shown(l.URL))
		}
		item := feed.Item{Key: l.URL, Name: name, URL: r.URL, MediaType: r.MediaType, Body: body, Parser: "list", Options: l.Mapping}
		if err := p.Emit(ctx, item); err != nil {
			return nil, err
		}
		p.Progress(1, 1)
	}
	return feed.WriteCursor(next)
}
