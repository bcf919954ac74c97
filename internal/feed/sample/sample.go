// Package sample owns the kind of source that brings Vedette's sample library: a few invented reports in
// English and Chinese whose indicators overlap, so that a first run without internet shows the whole flow.
// Every document says that it is fictional. It owns no other data.
package sample

import (
	"context"
	"embed"
	"io/fs"
	"path"
	"slices"
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

// Visit implements feed.Feed. The cursor is the name of the last document that was handed over.
func (samples) Visit(ctx context.Context, _ feed.Env, p feed.Poll) ([]byte, error) {
	p = p.Filled()
	files, err := library.ReadDir("library")
	if err != nil {
		return nil, err
	}
	last, emitted := p.Cursor, 0
	if !known(files, string(last)) {
		last = nil
	}
	for i, f := range files {
		if f.Name() <= string(last) {
			continue
		}
		if p.Full(emitted) {
			break
		}
		if err := ctx.Err(); err != nil {
			return last, err
		}
		it, err := item(f.Name())
		if err != nil {
			return last, err
		}
		if err := p.Emit(ctx, it); err != nil {
			return last, err
		}
		last = []byte(f.Name())
		emitted++
		p.Progress(i+1, len(files))
	}
	return last, ctx.Err()
}

func known(files []fs.DirEntry, name string) bool {
	return slices.ContainsFunc(files, func(f fs.DirEntry) bool { return f.Name() == name })
}

func item(name string) (feed.Item, error) {
	body, err := fs.ReadFile(library, path.Join("library", name))
	it := feed.Item{Key: "sample:" + name, Name: name, Body: body}
	if t, err := time.Parse(time.DateOnly, name[:len(time.DateOnly)]); err == nil {
		it.Published = t
	}
	if path.Ext(name) == ".csv" {
		it.Parser, it.Options, it.Title = "list", []byte(listMapping), "Block list of the sample library (fictional)"
	}
	return it, err
}

// listMapping reads the library's block list (parser/list).
const listMapping = `{"format":"csv","header":true,"map":{"type":"type","value":"value","comment":"comment"}}`
