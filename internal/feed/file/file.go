// Package file owns the kind of source that imports a file or a folder of this host once. Reading
// and remembering are feed.Scan's.
package file

import (
	"context"
	"strings"

	"github.com/vedette-ti/vedette/internal/feed"
)

// Kind describes the family member.
func Kind() feed.Kind {
	return feed.Kind{
		Name:  "file",
		Label: feed.Text{EN: "File or folder, once", ZH: "文件或文件夹（一次性）"},
		Help: feed.Text{
			EN: "Imports a file, or everything below a folder of the server, one time. Reset the source to import it again.",
			ZH: "把服务器上的一个文件或整个文件夹导入一次。重置来源后可再次导入。",
		},
		Fields: append([]feed.Field{
			{Name: "path", Type: feed.Path, Required: true, Label: feed.Text{EN: "Path", ZH: "路径"},
				Help: feed.Text{EN: "Must lie below a folder that sources may read.", ZH: "必须位于允许来源读取的文件夹之内。"}},
			{Name: "hidden", Type: feed.Boolean, Label: feed.Text{EN: "Also hidden files", ZH: "包括隐藏文件"}, Default: false},
			feed.MaxBytesField(),
		}, feed.PatternFields(feed.Text{EN: "File patterns such as *.pdf or reports/**/*.txt, one a line.", ZH: "文件名模式，例如 *.pdf 或 reports/**/*.txt，每行一个。"})...),
		New: func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

type config struct {
	Path     string   `json:"path"`
	Hidden   bool     `json:"hidden"`
	MaxBytes int64    `json:"max_bytes"`
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
}

func build(doc []byte) (*once, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	if strings.TrimSpace(c.Path) == "" {
		return nil, feed.BadField("path", "is missing; enter the path of a file or folder on the server")
	}
	patterns, err := feed.ParseGlobs(c.Include, c.Exclude)
	if err != nil {
		return nil, err
	}
	limit, err := feed.MaxBytes(c.MaxBytes)
	if err != nil {
		return nil, err
	}
	return &once{feed.Scan{Root: c.Path, Patterns: patterns, Hidden: c.Hidden, MaxBytes: limit}}, nil
}

type once struct{ scan feed.Scan }

// complete is the cursor of a finished import.
const complete = "complete"

// Visit implements feed.Feed.
func (o *once) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	if string(p.Cursor) == complete {
		return p.Cursor, ctx.Err()
	}
	cursor, done, err := o.scan.Visit(ctx, env.Filled(), p.Filled())
	if err == nil && done {
		return []byte(complete), nil
	}
	return cursor, err
}
