// Package sample owns the kind of source that brings Vedette's sample library: a few invented reports in
// English and Chinese whose indicators overlap, so that a first run without internet shows the whole flow.
// Every document says that it is fictional. It owns no other data.
package sample

import (
	"context"
	"embed"
	"io/fs"
	"path"
	"time"

	"github.com/vedette-ti/vedette/internal/feed"
)

//go:embed library
var library embed.FS

// Kind describes the family member.
func Kind() feed.Kind {
	return feed.Kind{
		Name:  "sample",
		Label: feed.Text{EN: "Sample library", ZH: "样例库"},
		Help: feed.Text{
			EN: "A few invented reports in English and Chinese, to try everything without internet. Delete the source and its reports when you are done.",
			ZH: "几份虚构的中英文报告，无需联网即可试用全部功能。试用后可删除该来源及其报告。",
		},
		New: func(config []byte) (feed.Feed, error) {
			var none struct{}
			if err := feed.Decode(config, &none); err != nil {
				return nil, err
			}
			return samples{}, nil
		},
	}
}

type samples struct{}

// complete is the cursor of a finished visit.
const complete = "complete"

// Visit implements feed.Feed.
func (samples) Visit(ctx context.Context, _ feed.Env, p feed.Poll) ([]byte, error) {
	if string(p.Cursor) == complete {
		return p.Cursor, ctx.Err()
	}
	p = p.Filled()
	files, err := library.ReadDir("library")
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		if p.Full(i) {
			return nil, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		body, err := fs.ReadFile(library, path.Join("library", f.Name()))
		if err != nil {
			return nil, err
		}
		it := feed.Item{Key: "sample:" + f.Name(), Name: f.Name(), Body: body}
		if t, err := time.Parse(time.DateOnly, f.Name()[:len(time.DateOnly)]); err == nil {
			it.Published = t
		}
		if path.Ext(f.Name()) == ".csv" {
			it.Parser, it.Options, it.Title = "list", []byte(listMapping), "Block list of the sample library (fictional)"
		}
		if err := p.Emit(ctx, it); err != nil {
			return nil, err
		}
		p.Progress(i+1, len(files))
	}
	return []byte(complete), nil
}

// listMapping reads the library's block list (parser/list).
const listMapping = `{"format":"csv","header":true,"map":{"type":"type","value":"value","comment":"comment"}}`
