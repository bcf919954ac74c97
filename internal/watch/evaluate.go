package watch

import (
	"context"
	"slices"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Bounds of one evaluation.
const (
	maxHits   = 10_000 // of one watch in one batch of changes
	maxRanges = 64     // of one question to the store
)

// Evaluate looks for hits in what changed. It is the handler of a follower of the change log and runs in its
// transaction: hits are found once, whatever is repeated. Run it behind the consumer that indexes texts, or
// searches for words miss what is not indexed yet.
func (s *Service) Evaluate(ctx context.Context, entries []change.Entry) error {
	if !slices.ContainsFunc(entries, func(e change.Entry) bool { return e.Kind == "claim" || e.Kind == "report" }) {
		return nil
	}
	if err := s.o.Store.LockWatches(ctx); err != nil {
		return err
	}
	yes := true
	for p := (report.Page{Limit: 500}); ; {
		list, next, err := s.o.Store.Watches(ctx, sharing.System("evaluate watches"), Filter{Enabled: &yes}, p)
		if err != nil {
			return err
		}
		for _, w := range list {
			if err := s.evaluate(ctx, w, entries); err != nil {
				return err
			}
		}
		if p.Cursor = next; next == "" {
			return nil
		}
	}
}

// evaluate asks one watch's question of the changes after it was made. What is wrong with the watch or its
// owner is noted with the watch; it does not hold up the others.
func (s *Service) evaluate(ctx context.Context, w Watch, entries []change.Entry) error {
	claims, reports := ranges(entries, w.Since)
	if len(claims)+len(reports) == 0 {
		return nil
	}
	hits, err := s.find(ctx, w, claims, reports)
	text := ""
	if err != nil {
		if k := errs.KindOf(err); k == errs.Internal || k == errs.Unavailable {
			return err
		}
		text = shown(err)
	}
	if len(hits) >= maxHits {
		text = "It found more than 10000 at once; the rest was left out. Narrow it."
	}
	if text != w.Error {
		if err := s.o.Store.SetWatchError(ctx, w.ID, text); err != nil {
			return err
		}
	}
	if len(hits) == 0 {
		return nil
	}
	_, err = s.o.Store.AddHits(ctx, w.ID, hits)
	return err
}

func (s *Service) find(ctx context.Context, w Watch, claims, reports []Range) ([]Hit, error) {
	owner, err := s.o.Owners.ActorFor(ctx, w.Owner, "watch")
	if err != nil {
		return nil, err
	}
	if err := owner.Need(sharing.ReadIntel); err != nil {
		return nil, err
	}
	c, err := condition(w)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	ask := func(list []Range, find func(context.Context, sharing.Scope, Condition, []Range, int) ([]Hit, error)) error {
		for part := range slices.Chunk(list, maxRanges) {
			if len(hits) >= maxHits {
				return nil
			}
			found, err := find(ctx, owner.Scope, c, part, maxHits-len(hits))
			if err != nil {
				return err
			}
			hits = append(hits, found...)
		}
		return nil
	}
	if err := ask(claims, s.o.Store.NewClaims); err != nil || !c.Reports || c.AcceptedOnly {
		return hits, err
	}
	return hits, ask(reports, s.o.Store.NewReports)
}

// ranges returns the ids of claims and reports that were made, changed or revived after a position.
func ranges(entries []change.Entry, since int64) (claims, reports []Range) {
	for _, e := range entries {
		if e.Seq <= since || e.Op == change.Delete || e.Op == change.Purge {
			continue
		}
		switch e.Kind {
		case "claim":
			claims = append(claims, Range{e.First, e.Last})
		case "report":
			reports = append(reports, Range{e.First, e.Last})
		}
	}
	return joined(claims), joined(reports)
}

// joined sorts ranges and joins those that touch.
func joined(list []Range) []Range {
	slices.SortFunc(list, func(a, b Range) int { return int(a.First - b.First) })
	out := list[:0]
	for _, r := range list {
		if n := len(out); n > 0 && r.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}
