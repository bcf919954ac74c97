// Package folder owns the kind of source that watches a folder of this host: each visit brings the
// files that are new or changed, and a change of the folder asks for a visit early. Reading and
// remembering are feed.Scan's.
package folder

import (
	"context"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

// Kind describes the family member.
func Kind() feed.Kind {
	return feed.Kind{
		Name:  "folder",
		Label: feed.Text{EN: "Watched folder", ZH: "监视文件夹"},
		Help: feed.Text{
			EN: "Brings every new or changed file below a folder of the server. Deleted files change nothing.",
			ZH: "采集服务器某个文件夹下所有新增或修改过的文件。删除文件不产生影响。",
		},
		Fields: append([]feed.Field{
			{Name: "path", Type: feed.Path, Required: true, Label: feed.Text{EN: "Folder", ZH: "文件夹"},
				Help: feed.Text{EN: "Must lie below a folder that sources may read.", ZH: "必须位于允许来源读取的文件夹之内。"}},
			{Name: "settle_seconds", Type: feed.Integer, Label: feed.Text{EN: "Wait after a change (seconds)", ZH: "修改后等待（秒）"}, Default: int64(defaultSettle),
				Help: feed.Text{EN: "A file is read when it has not changed for so long, since it may still be written.", ZH: "文件在这段时间内没有再变化才会读取，避免读到正在写入的文件。"}},
			{Name: "hidden", Type: feed.Boolean, Label: feed.Text{EN: "Also hidden files", ZH: "包括隐藏文件"}, Default: false},
			feed.MaxBytesField(),
		}, feed.PatternFields(feed.Text{EN: "File patterns such as *.pdf or reports/**/*.txt, one a line.", ZH: "文件名模式，例如 *.pdf 或 reports/**/*.txt，每行一个。"})...),
		New: func(config []byte) (feed.Feed, error) { return build(config) },
	}
}

const defaultSettle = 2

type config struct {
	Path     string   `json:"path"`
	Settle   *int64   `json:"settle_seconds"`
	Hidden   bool     `json:"hidden"`
	MaxBytes int64    `json:"max_bytes"`
	Include  []string `json:"include"`
	Exclude  []string `json:"exclude"`
}

func build(doc []byte) (*watched, error) {
	var c config
	if err := feed.Decode(doc, &c); err != nil {
		return nil, err
	}
	if strings.TrimSpace(c.Path) == "" {
		return nil, feed.BadField("path", "is missing; enter the path of a folder on the server")
	}
	settle := int64(defaultSettle)
	if c.Settle != nil {
		settle = *c.Settle
	}
	if settle < 0 || settle > 86400 {
		return nil, feed.BadField("settle_seconds", "must lie between 0 and 86400")
	}
	patterns, err := feed.ParseGlobs(c.Include, c.Exclude)
	if err != nil {
		return nil, err
	}
	limit, err := feed.MaxBytes(c.MaxBytes)
	if err != nil {
		return nil, err
	}
	return &watched{feed.Scan{Root: c.Path, Patterns: patterns, Hidden: c.Hidden, MaxBytes: limit, Settle: time.Duration(settle) * time.Second}}, nil
}

type watched struct{ scan feed.Scan }

// Visit implements feed.Feed.
func (w *watched) Visit(ctx context.Context, env feed.Env, p feed.Poll) ([]byte, error) {
	p, scan := p.Filled(), w.scan
	if p.Limit > 0 { // a dry run keeps nothing, so that half a file does no harm
		scan.Settle = 0
	}
	quiet := true
	one, many, skip := p.Emit, p.EmitMany, p.Skip
	p.Emit = func(ctx context.Context, it feed.Item) error { quiet = false; return one(ctx, it) }
	if many != nil {
		p.EmitMany = func(ctx context.Context, items []feed.Item) error { quiet = false; return many(ctx, items) }
	}
	p.Skip = func(key string, reason error) { quiet = false; skip(key, reason) }
	cursor, complete, err := scan.Visit(ctx, env.Filled(), p)
	if err != nil || complete || !quiet || scan.Settle > longestWait {
		return cursor, err
	}
	select { // all that is new was written a moment ago: somebody who copies files and asks for a visit sees them
	case <-time.After(scan.Settle):
	case <-ctx.Done():
		return cursor, nil
	}
	p.Cursor = cursor
	cursor, _, err = scan.Visit(ctx, env.Filled(), p)
	return cursor, err
}

// longestWait is how long a visit waits for files to settle.
const longestWait = 5 * time.Second

// Watch implements feed.Watcher. Since a changed file is only read after it settled, the hint is
// given that much later.
func (w *watched) Watch(ctx context.Context, env feed.Env, changed func()) error {
	if env.Files == nil {
		return errs.New(errs.Unavailable, "no_files", "This host reads no local files; run the source on a host that does.")
	}
	var timer *time.Timer
	err := env.Files.Watch(ctx, w.scan.Root, func() {
		if timer != nil {
			timer.Stop()
		}
		timer = time.AfterFunc(w.scan.Settle, changed)
	})
	if timer != nil {
		timer.Stop()
	}
	return err
}
