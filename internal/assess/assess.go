// Package assess owns what is known about a value for one viewer: whether it is known, the evidence of
// each publisher, the score and its terms, the verdict line, and the values around it (same file, parent
// domain, network, siblings in the same reports). Everything is computed from rows the viewer may see, when
// asked; nothing here is stored. It owns no writes.
package assess

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Evidence is what one publisher says of a value, in the viewer's eyes: claims of equal state and to_ids of
// one source, summed.
type Evidence struct {
	Value       id.ID
	Publisher   report.Publisher
	Source      id.ID
	Reliability marking.Reliability
	State       report.State
	ToIDs       bool
	Confidence  int // highest
	Pain        int
	Claims      int64
	Reports     int64
	First, Last time.Time // earliest and latest date it was said to be true
	Expires     time.Time // latest; zero when one never expires
}

// Seen sums the sightings of a value that the viewer may see.
type Seen struct {
	Value          id.ID
	Sightings      int64 // seen
	FalsePositives int64
	Last           time.Time
}

// Store is what assessment reads. Values without visible claims are absent from every answer.
type Store interface {
	// Find returns the ids of known values by key; a value is known when the scope sees a claim on it.
	Find(ctx context.Context, s sharing.Scope, values []observable.Value) (map[observable.Value]id.ID, error)
	Evidence(ctx context.Context, s sharing.Scope, values []id.ID) ([]Evidence, error)
	SeenOf(ctx context.Context, s sharing.Scope, values []id.ID) ([]Seen, error)
	// Lists returns the packs that hold the values (global data).
	Lists(ctx context.Context, values []id.ID) (map[id.ID][]id.ID, error)
	// Own returns how the values concern assets of the scope's organisation.
	Own(ctx context.Context, s sharing.Scope, values []id.ID) (map[id.ID]string, error)
	// Values lists known values matching the query, newest first.
	Values(ctx context.Context, s sharing.Scope, n query.Node, p report.Page) ([]report.Part, string, error)
	ValuesByID(ctx context.Context, s sharing.Scope, ids []id.ID) ([]report.Part, error)
	// Around lists visible values related by kind: see Relation.
	Around(ctx context.Context, s sharing.Scope, v report.Part, r Relation, p report.Page) ([]Relative, string, error)
	// Overlaps lists values that two or more publishers state and that one stated after since, newest first.
	Overlaps(ctx context.Context, s sharing.Scope, since time.Time, p report.Page) ([]report.Part, string, error)
}

// Relation is how two values belong together.
type Relation string

// The relations.
const (
	SameFile   Relation = "same_file"  // hashes and names stated for one file
	Domain     Relation = "domain"     // hosts, URLs, e-mails of the same registrable domain
	Containing Relation = "containing" // networks around an address or network
	Inside     Relation = "inside"     // addresses and networks inside
	Siblings   Relation = "siblings"   // values of the same reports, rarest first
)

// Relative is a related value with the number of visible reports that state both (Siblings) or it.
type Relative struct {
	report.Part
	Reports int64
}

// Summary is one line about a value.
type Summary struct {
	ID         id.ID
	Value      observable.Value
	Known      bool
	Score      Score
	Claims     int64
	Reports    int64
	Publishers int // independent ones
	First      time.Time
	Last       time.Time
	Expired    bool
	ToIDs      bool
	States     map[string]int64
	Lists      []id.ID
	Own        string // how it concerns us, "" when not
	Seen       Seen
}

// MaxLookup is the most values of one look-up.
const MaxLookup = 10_000

// Service answers.
type Service struct {
	store Store
	clock func() time.Time
	// listed tells which lists hold a value that is not stored; nil: none.
	listed func(observable.Value) []id.ID
}

// New makes a service. listed may be nil.
func New(store Store, clock func() time.Time, listed func(observable.Value) []id.ID) *Service {
	if clock == nil {
		clock = time.Now
	}
	if listed == nil {
		listed = func(observable.Value) []id.ID { return nil }
	}
	return &Service{store: store, clock: clock, listed: listed}
}

// Lookup summarises values in the order given; unknown ones say so (and which lists hold them). Cost: three
// statements per 500 known values, one per 500 unknown ones.
func (s *Service) Lookup(ctx context.Context, scope sharing.Scope, values []observable.Value) ([]Summary, error) {
	if len(values) > MaxLookup {
		return nil, errs.New(errs.TooLarge, "lookup_too_large", "At most {limit} values can be looked up at once.", "limit", MaxLookup)
	}
	found, err := s.store.Find(ctx, scope, values)
	if err != nil {
		return nil, err
	}
	ids := make([]id.ID, 0, len(found))
	for _, n := range found {
		ids = append(ids, n)
	}
	known, err := s.summaries(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Summary, len(values))
	for i, v := range values {
		if n, ok := found[v]; ok {
			out[i] = known[n]
			out[i].Value = v
			continue
		}
		out[i] = Summary{Value: v, Lists: s.listed(v)}
	}
	return out, nil
}

// Summaries summarises stored values in the order given.
func (s *Service) Summaries(ctx context.Context, scope sharing.Scope, parts []report.Part) ([]Summary, error) {
	ids := make([]id.ID, len(parts))
	for i, p := range parts {
		ids[i] = p.ID
	}
	known, err := s.summaries(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Summary, len(parts))
	for i, p := range parts {
		out[i] = known[p.ID]
		out[i].ID, out[i].Value = p.ID, p.Value
	}
	return out, nil
}

func (s *Service) summaries(ctx context.Context, scope sharing.Scope, ids []id.ID) (map[id.ID]Summary, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	evidence, err := s.store.Evidence(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	seen, err := s.store.SeenOf(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	lists, err := s.store.Lists(ctx, ids)
	if err != nil {
		return nil, err
	}
	own, err := s.store.Own(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	sightings := make(map[id.ID]Seen, len(seen))
	for _, x := range seen {
		sightings[x.Value] = x
	}
	by := make(map[id.ID][]Evidence, len(ids))
	for _, e := range evidence {
		by[e.Value] = append(by[e.Value], e)
	}
	out := make(map[id.ID]Summary, len(ids))
	for n, list := range by {
		sum := summarise(list, s.clock())
		sum.ID, sum.Seen, sum.Lists, sum.Own = n, sightings[n], lists[n], own[n]
		sum.Score = Rate(list, Facts{Seen: sum.Seen, Listed: len(sum.Lists) > 0, Own: sum.Own != ""}, s.clock())
		out[n] = sum
	}
	return out, nil
}

func summarise(list []Evidence, now time.Time) Summary {
	sum := Summary{Known: true, Expired: true, States: map[string]int64{}}
	voices := map[id.ID]bool{}
	for _, e := range list {
		sum.Claims += e.Claims
		sum.Reports += e.Reports
		sum.States[e.State.String()] += e.Claims
		if e.State != report.Rejected {
			voices[e.Publisher.ID] = true
			sum.ToIDs = sum.ToIDs || e.ToIDs
			if e.Expires.IsZero() || e.Expires.After(now) {
				sum.Expired = false
			}
		}
		if sum.First.IsZero() || e.First.Before(sum.First) {
			sum.First = e.First
		}
		if e.Last.After(sum.Last) {
			sum.Last = e.Last
		}
	}
	sum.Publishers = len(voices)
	return sum
}

// View is the page of one value.
type View struct {
	Summary
	Evidence []Evidence
}

// Value returns the page of a stored value; errs.NotFound when the viewer sees no claim on it.
func (s *Service) Value(ctx context.Context, scope sharing.Scope, n id.ID) (View, error) {
	parts, err := s.store.ValuesByID(ctx, scope, []id.ID{n})
	if err != nil {
		return View{}, err
	}
	if len(parts) == 0 {
		return View{}, errs.New(errs.NotFound, "observable_missing", "There is no observable {id}.", "id", n)
	}
	sums, err := s.Summaries(ctx, scope, parts)
	if err != nil {
		return View{}, err
	}
	evidence, err := s.store.Evidence(ctx, scope, []id.ID{n})
	return View{Summary: sums[0], Evidence: evidence}, err
}

// Known refuses a value on which the viewer sees no claim, with errs.NotFound.
func (s *Service) Known(ctx context.Context, scope sharing.Scope, n id.ID) error {
	parts, err := s.store.ValuesByID(ctx, scope, []id.ID{n})
	if err == nil && len(parts) == 0 {
		err = errs.New(errs.NotFound, "observable_missing", "There is no observable {id}.", "id", n)
	}
	return err
}

// Around lists the relatives of a stored value.
func (s *Service) Around(ctx context.Context, scope sharing.Scope, n id.ID, r Relation, p report.Page) ([]Relative, string, error) {
	parts, err := s.store.ValuesByID(ctx, scope, []id.ID{n})
	if err != nil {
		return nil, "", err
	}
	if len(parts) == 0 {
		return nil, "", errs.New(errs.NotFound, "observable_missing", "There is no observable {id}.", "id", n)
	}
	return s.store.Around(ctx, scope, parts[0], r, p)
}

// List returns known values matching the query, summarised. Conditions on score and publishers are applied
// to each page, so a page may hold fewer than asked for while a next one exists.
func (s *Service) List(ctx context.Context, scope sharing.Scope, n query.Node, p report.Page) ([]Summary, string, error) {
	post, err := Computed(n)
	if err != nil {
		return nil, "", err
	}
	var out []Summary
	for range 20 {
		parts, next, err := s.store.Values(ctx, scope, n, p)
		if err != nil {
			return nil, "", err
		}
		sums, err := s.Summaries(ctx, scope, parts)
		if err != nil {
			return nil, "", err
		}
		for _, sum := range sums {
			if post(sum) {
				out = append(out, sum)
			}
		}
		if p.Cursor = next; next == "" || len(out) > 0 {
			break
		}
	}
	return out, p.Cursor, nil
}

// Overlaps lists values on which independent publishers agree since a moment.
func (s *Service) Overlaps(ctx context.Context, scope sharing.Scope, since time.Time, p report.Page) ([]Summary, string, error) {
	parts, next, err := s.store.Overlaps(ctx, scope, since, p)
	if err != nil {
		return nil, "", err
	}
	sums, err := s.Summaries(ctx, scope, parts)
	return sums, next, err
}

// Tally counts what a viewer sees of one report.
type Tally struct {
	Claims, Proposed, Accepted, Rejected int64
	Pain                                 int // highest among claims not rejected
	Own                                  int64
}

// Tallies counts several reports at once.
type Tallies interface {
	Tallies(ctx context.Context, s sharing.Scope, reports []id.ID) (map[id.ID]Tally, error)
}
