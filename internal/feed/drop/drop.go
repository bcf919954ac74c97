// Package drop owns the kind of source that is not visited: text and files arrive through the API
// and the console.
package drop

import (
	"context"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

// Kind describes the family member.
func Kind() feed.Kind {
	return feed.Kind{
		Name:  "drop",
		Label: feed.Text{EN: "Paste and upload", ZH: "粘贴与上传"},
		Help: feed.Text{
			EN: "Takes text and files from the console and the API. It has no schedule.",
			ZH: "接收来自控制台和 API 的文本与文件，无需调度。",
		},
		Fields: []feed.Field{feed.MaxBytesField()},
		Push:   true,
		New:    func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	MaxBytes int64 `json:"max_bytes"`
}

func build(doc []byte) (feed.Feed, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	if _, err := feed.MaxBytes(c.MaxBytes); err != nil {
		return nil, err
	}
	return pushed{}, nil
}

type pushed struct{}

// Visit implements feed.Feed; there is nothing to visit.
func (pushed) Visit(context.Context, feed.Env, feed.Poll) ([]byte, error) {
	return nil, errs.New(errs.Unsupported, "push_source", "This source is not visited; paste text or upload files to it.")
}
