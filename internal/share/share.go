// Package share owns what leaves: the selection of claims for an export (scope, review state, expiry, TLP
// ceiling, warninglists, own assets), its streaming through a format, stable export URLs with their tokens
// and fetch log, "why is (isn't) this on it", and recall. It owns no format (export/…) and no visibility
// (sharing): it asks both.
package share

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Request selects what is to leave.
type Request struct {
	Query  string
	Format string
	// All takes everything visible under the ceiling, whatever its review state, flags and lists.
	All bool
	// Ceiling bounds what leaves; an unset TLP takes DefaultCeiling.
	Ceiling sharing.Ceiling
	Title   string
}

// DefaultCeiling is the highest TLP that leaves when nobody says otherwise.
const DefaultCeiling = marking.TLPAmber

// Store is what selection reads.
type Store interface {
	// ClaimsInOrder returns at most limit visible live claims matching n after the cursor, in export order;
	// the next cursor is "" at the end.
	ClaimsInOrder(ctx context.Context, s sharing.Scope, n query.Node, order export.Order, cursor string, limit int) ([]report.Claim, string, error)
	// SourceNames returns name and reliability of sources.
	SourceNames(ctx context.Context, ids []id.ID) (map[id.ID]SourceName, error)
	Exports
}

// SourceName is how a source is called in an export.
type SourceName struct {
	Name        string
	Reliability marking.Reliability
}

// Options are the parts of a Service.
type Options struct {
	Store   Store
	Reports report.Store
	Review  Reviewer
	Assess  *assess.Service
	Changes change.Log
	Blobs   blob.Store
	Tx      tx.Runner
	Formats []export.Format
	// Lists returns the compiled warninglists; errs.Unavailable while they load: nothing leaves unchecked.
	Lists func() (*taxonomy.Matcher, error)
	// Own tells whether a value is an asset of the organisation.
	Own      func(ctx context.Context, org id.ID, v observable.Value) (bool, error)
	Producer func(ctx context.Context, org id.ID) (export.Producer, error)
	// Viewer rebuilds the actor of an account, for exports fetched by token.
	Viewer func(ctx context.Context, account id.ID) (sharing.Actor, error)
	Clock  func() time.Time
}

// Service exports.
type Service struct {
	o     Options
	mu    sync.Mutex
	fresh map[id.ID]Copy // the last copy of each feed, and for which state of the store it holds
}

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Reports == nil || o.Assess == nil || o.Tx == nil || o.Lists == nil || o.Own == nil || o.Producer == nil || len(o.Formats) == 0 {
		return nil, errors.New("share: a part is missing")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Service{o: o, fresh: map[id.ID]Copy{}}, nil
}

// Formats lists what can be written.
func (s *Service) Formats() []export.Format { return s.o.Formats }

// Format finds one by name ("stix" and "csv" style short names too).
func (s *Service) Format(name string) (export.Format, error) {
	if name == "stix" {
		name = "stix21"
	}
	for _, f := range s.o.Formats {
		if f.Name == name {
			return f, nil
		}
	}
	return export.Format{}, errs.New(errs.Unsupported, "format_unknown", "There is no export format {format}.", "format", name)
}

// Counts tells what an export wrote and what it held back.
type Counts struct {
	Rows int64
	// Held counts visible claims that matched but did not leave, by the first reason: proposed, rejected,
	// not_to_ids, expired, ceiling, listed, own, no_value.
	Held map[string]int64
}

// Write streams an export. Memory is bounded by one report's rows; the selection is read in pages, so
// what is written meanwhile may or may not be in it.
func (s *Service) Write(ctx context.Context, a sharing.Actor, r Request, w io.Writer) (Counts, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return Counts{}, err
	}
	f, err := s.Format(r.Format)
	if err != nil {
		return Counts{}, err
	}
	sel, err := s.selection(ctx, a, r)
	if err != nil {
		return Counts{}, err
	}
	sel.scored = sel.scored || f.Scored
	producer, err := s.o.Producer(ctx, a.Org)
	if err != nil {
		return Counts{}, err
	}
	in := export.Input{
		Meta: export.Meta{Title: r.Title, Query: r.Query, Producer: producer, Generated: s.o.Clock(), Ceiling: sel.ceiling},
		Rows: sel.rows,
	}
	if r.All {
		in.Statements = sel.statements
	}
	err = f.Write(ctx, w, in)
	return sel.counts, err
}

// Rows streams the selection without a format, for other engines (look-ups, tests of lists).
func (s *Service) Rows(ctx context.Context, a sharing.Actor, r Request) (export.Rows, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, err
	}
	sel, err := s.selection(ctx, a, r)
	if err != nil {
		return nil, err
	}
	return sel.rows, nil
}
