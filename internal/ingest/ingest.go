// Package ingest owns the pipeline from a source to the store: acquire → parse → extract → warninglists and
// own assets → playbooks → store and correlate. An item is acknowledged once its bytes and its message are
// on disk; the rest is at-least-once and idempotent, restartable at each step. It owns the scheduler that
// visits sources and the preview of what an item would bring. It does not own parsing, extraction, sources
// or the writing of claims: it calls them.
package ingest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// Topic carries acquired items; Consumer works on them.
const (
	Topic    = "acquired"
	Consumer = "ingest"
)

// Blobs keeps bytes by their SHA-256. Package blob implements it.
type Blobs interface {
	Put(ctx context.Context, data [][]byte) ([]blob.Hash, error)
	Read(ctx context.Context, h blob.Hash, limit int64) ([]byte, error)
}

// Sources is what the pipeline needs of package source.
type Sources interface {
	// Source returns a source whatever its owner, for the pipeline's own work.
	Source(ctx context.Context, n id.ID) (source.Source, error)
}

// Structured reads a format that states claims itself (MISP events, STIX bundles), in chunks that the bulk
// writer takes.
type Structured interface {
	// Name is the parser name shown on documents ("misp", "stix").
	Name() string
	Detect(in parser.Input) bool
	// Read yields batches without Source, Consumer, Message and Documents; the first one of each report
	// carries Report, later ones of the same report have the same Report.Key.
	Read(ctx context.Context, r io.Reader, defaults sharing.ACL, yield func(report.Batch) error) error
}

// Assets finds own assets of an organisation.
type Assets interface {
	Match(ctx context.Context, org id.ID, v observable.Value) ([]report.AssetHit, error)
	MatchText(ctx context.Context, org id.ID, text string) ([]report.AssetHit, error)
}

// Playbooks plans what happens to what a source brings.
type Playbooks interface {
	Plan(ctx context.Context, s source.Source) (Plan, error)
	Deliver(ctx context.Context, d playbook.Delivery) error
}

// Plan is what the playbooks of an organisation do to one source's batches.
type Plan interface {
	Extraction() playbook.Extraction
	Apply(ctx context.Context, b *report.Batch) (playbook.Applied, error)
}

// Options are the parts of an Engine.
type Options struct {
	Reports   *report.Service
	Sources   Sources
	Queue     bus.Publisher
	Blobs     Blobs
	Parsers   []parser.Parser
	Parse     func(ctx context.Context, p parser.Parser, in parser.Input, lim parser.Limits) (parser.Document, error)
	Formats   []Structured
	Lists     func(ctx context.Context) (*taxonomy.Matcher, error) // waits until loaded
	Assets    Assets                                               // nil: none
	Playbooks Playbooks                                            // nil: none
	Env       feed.Env
	Limits    parser.Limits
	Clock     func() time.Time
	Log       *slog.Logger
}

// Engine runs the pipeline. It is safe for concurrent use.
type Engine struct{ o Options }

// New checks the options.
func New(o Options) (*Engine, error) {
	if o.Reports == nil || o.Sources == nil || o.Queue == nil || o.Blobs == nil || len(o.Parsers) == 0 || o.Lists == nil {
		return nil, errors.New("ingest: a part is missing")
	}
	if o.Parse == nil {
		o.Parse = parser.RunInline
	}
	if o.Limits == (parser.Limits{}) {
		o.Limits = parser.DefaultLimits()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{o: o}, nil
}

// permanent tells failures that trying again cannot mend from those of the moment.
func permanent(err error) bool {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Unsupported, errs.TooLarge, errs.Forbidden, errs.NotFound:
		return true
	}
	return false
}
