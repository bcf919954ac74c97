// Package search owns what full-text search knows of reports: it follows the change log, reads the decoded
// texts and hands their tokens to the store's index, and it cuts the snippets that a hit shows. It owns no
// index format (the store's dialects) and no query language (package query).
package search

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Text is the index.
type Text interface {
	// IndexTokens replaces the tokens (query.Tokens) known of a report; empty ones remove it.
	IndexTokens(ctx context.Context, report id.ID, title, body string) error
}

// Values adds new values to the substring index.
type Values interface {
	IndexNewValues(ctx context.Context) error
	Changed() <-chan struct{}
}

// Options of an Indexer.
type Options struct {
	Text    Text
	Changes change.Log
	Tx      tx.Runner
	Reports report.Store
	Blobs   blob.Store
	Log     *slog.Logger
}

// Indexer keeps the index. Tokens are made outside transactions, so that long texts do not hold up writers;
// indexing a report twice does no harm.
type Indexer struct{ o Options }

// NewIndexer makes one.
func NewIndexer(o Options) *Indexer {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Indexer{o: o}
}

// maxText bounds the text indexed of one report: 32 MiB.
const maxText = 32 << 20

// Consumer is the name under which the index's position in the change log is kept.
const Consumer = "search"

// window is how many changes one step looks at.
const window = 200

// Run follows the change log until ctx ends.
func (x *Indexer) Run(ctx context.Context) error {
	for {
		changed := x.o.Changes.Changed()
		more, err := x.step(ctx)
		if err != nil && ctx.Err() == nil {
			x.o.Log.ErrorContext(ctx, "reports not indexed", slog.Any("error", err))
			more = false
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-time.After(time.Second):
		}
	}
}

// tokens of one report.
type tokens struct {
	report      id.ID
	title, body string
}

func (x *Indexer) step(ctx context.Context) (more bool, err error) {
	at, err := x.o.Changes.Position(ctx, Consumer)
	if err != nil {
		return false, err
	}
	entries, upTo, err := x.o.Changes.Since(ctx, sharing.System("search index"), at, window)
	if err != nil || upTo == at {
		return false, err
	}
	seen := map[id.ID]bool{}
	var fresh []tokens
	for _, e := range entries {
		if e.Kind != "report" || seen[e.First] {
			continue
		}
		seen[e.First] = true
		t, err := x.read(ctx, e.First)
		if err != nil {
			return false, err
		}
		fresh = append(fresh, t)
	}
	return true, x.o.Tx.Run(ctx, func(ctx context.Context) error {
		for _, t := range fresh {
			if err := x.o.Text.IndexTokens(ctx, t.report, t.title, t.body); err != nil {
				return err
			}
		}
		return x.o.Changes.Advance(ctx, Consumer, upTo)
	})
}

// read makes the tokens of a report from its title, summary and current documents.
func (x *Indexer) read(ctx context.Context, n id.ID) (tokens, error) {
	scope := sharing.System("search index")
	r, err := x.o.Reports.Get(ctx, scope, n)
	if errs.KindOf(err) == errs.NotFound || err == nil && r.Deleted {
		return tokens{report: n}, nil
	}
	if err != nil {
		return tokens{}, err
	}
	docs, err := x.o.Reports.Documents(ctx, scope, n)
	if err != nil {
		return tokens{}, err
	}
	var body strings.Builder
	body.WriteString(query.Tokens(r.Summary))
	for _, d := range docs {
		if !d.Current || d.TextSize == 0 || body.Len() > maxText {
			continue
		}
		text, err := blob.Read(ctx, x.o.Blobs, d.TextBlob, maxText)
		if err != nil {
			if errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.TooLarge {
				x.o.Log.WarnContext(ctx, "text not indexed", slog.Int64("document", int64(d.ID)), slog.Any("error", err))
				continue
			}
			return tokens{}, err
		}
		body.WriteByte(' ')
		body.WriteString(query.Tokens(string(text)))
	}
	return tokens{report: n, title: query.Tokens(r.Title), body: body.String()}, nil
}

// Values returns a task that adds new values to the substring index: soon after a commit, at least each
// second.
func (x *Indexer) Values(v Values) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			changed := v.Changed()
			if err := v.IndexNewValues(ctx); err != nil && !errors.Is(err, context.Canceled) {
				x.o.Log.ErrorContext(ctx, "values not indexed", slog.Any("error", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
			case <-time.After(time.Second):
			}
			select { // let a burst of commits share one step
			case <-ctx.Done():
				return nil
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}
