package ingest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

// Finding is what a dry run shows of one item.
type Finding struct {
	Key, Title, URL string
	Published       time.Time
	Claims          []report.ClaimDraft
	Suppressed      int
	Refused         []report.Refusal
	Err             error
}

// Preview visits a feed without keeping anything and shows what its first items would bring.
func (e *Engine) Preview(ctx context.Context, a sharing.Actor, src source.Source, f feed.Feed, secrets func(string) string, limit int) ([]Finding, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return nil, err
	}
	var out []Finding
	_, err := f.Visit(ctx, e.o.Env, feed.Poll{
		Secret: secrets, Limit: limit,
		Emit: func(ctx context.Context, it feed.Item) error {
			out = append(out, e.PreviewItem(ctx, a, src, Drop{Item: it}))
			return nil
		},
		Skip: func(key string, reason error) { out = append(out, Finding{Key: key, Err: reason}) },
	})
	if err != nil && len(out) == 0 {
		return nil, err
	}
	return out, nil
}

// PreviewItem shows what one item would bring, and keeps nothing.
func (e *Engine) PreviewItem(ctx context.Context, a sharing.Actor, src source.Source, d Drop) Finding {
	f := Finding{Key: d.Key, Title: d.Title, URL: d.URL, Published: d.Published}
	if src.Org == 0 {
		src.Org = a.Org
	}
	j := &job{Engine: e, src: src, actor: a, data: d.Body, order: Order{
		Key: d.Key, Name: d.Name, URL: d.URL, Title: d.Title, MediaType: d.MediaType, Published: d.Published, Size: int64(len(d.Body)), Parser: d.Parser, Options: d.Options, Summary: d.Summary, Passwords: d.Passwords,
	}}
	j.dry = func(b report.Batch) error {
		if b.Report != nil && f.Title == "" {
			f.Title = b.Report.Title
		}
		f.Claims = append(f.Claims, b.Claims...)
		f.Refused = append(f.Refused, b.Quarantine...)
		for _, doc := range b.Documents {
			f.Suppressed += len(doc.Suppressed)
		}
		if len(f.Claims) > previewClaims {
			return errs.New(errs.TooLarge, "preview_large", "The preview shows the first {limit} indicators only.", "limit", previewClaims)
		}
		return nil
	}
	if err := j.plans(ctx); err != nil {
		f.Err = err
		return f
	}
	_, f.Err = j.run(ctx)
	if e, ok := errs.As(f.Err); ok && e.Code == "preview_large" {
		f.Err = nil
	}
	return f
}

const previewClaims = 2_000
