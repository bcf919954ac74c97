package report

import (
	"context"
	"slices"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Undo reverses an action of the change log by inverse changes: claims and reports get their state before,
// corrections are lifted. What somebody has changed since is left alone and named in a conflict; nothing is
// undone then. Undoing an undo redoes it.
func (s *Service) Undo(ctx context.Context, a sharing.Actor, seqs []int64) (Done, error) {
	if err := a.Need(sharing.ReviewIntel); err != nil {
		return Done{}, err
	}
	var done Done
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		w := &action{s: s, a: a, now: s.o.Clock(), seen: map[id.ID]bool{}}
		slices.Sort(seqs)
		for _, seq := range slices.Backward(slices.Compact(seqs)) {
			e, err := s.entry(ctx, a.Scope, seq)
			if err != nil {
				return err
			}
			if err := w.reverse(ctx, e); err != nil {
				return err
			}
		}
		var err error
		done, err = w.finish(ctx)
		return err
	})
	return done, err
}

func (s *Service) entry(ctx context.Context, scope sharing.Scope, seq int64) (change.Entry, error) {
	found, _, err := s.o.Changes.Since(ctx, scope, seq-1, 1)
	if err != nil {
		return change.Entry{}, err
	}
	if len(found) == 0 || found[0].Seq != seq {
		return change.Entry{}, errs.New(errs.NotFound, "change_missing", "There is no change {id} that you may see.", "id", seq)
	}
	return found[0], nil
}

func (w *action) reverse(ctx context.Context, e change.Entry) error {
	switch {
	case e.Kind == "claim" && len(e.Before) > 0:
		return w.reverseClaim(ctx, e)
	case e.Kind == "report" && len(e.Before) > 0:
		return w.reverseReport(ctx, e)
	case e.Kind == "correction" && e.Op == change.Create:
		k, err := w.s.o.Corrections.Correction(ctx, w.a.Scope, e.First)
		if err != nil {
			return err
		}
		return w.lift(ctx, k)
	case e.Kind == "correction":
		return nil // the claims' own entries put the decision back
	}
	return errs.New(errs.Invalid, "not_undoable", "Change {id} ({op} of a {kind}) cannot be undone: delete what it made instead.", "id", e.Seq, "op", e.Op, "kind", e.Kind)
}

func (w *action) lift(ctx context.Context, k Correction) error {
	if err := w.s.o.Corrections.SetUndone(ctx, k.ID, w.now); err != nil {
		return err
	}
	acl, err := w.s.o.Bulk.InternACL(ctx, sharing.ACL{Owner: k.Org})
	if err != nil {
		return err
	}
	e := change.By(w.a, change.Delete, "correction", k.ID, acl)
	e.Parent = k.Report
	w.log = append(w.log, e)
	return nil
}

func (w *action) reverseClaim(ctx context.Context, e change.Entry) error {
	var before, after claimJSON
	if err := jsonx.Unmarshal(e.Before, &before); err != nil {
		return err
	}
	if err := jsonx.Unmarshal(e.After, &after); err != nil {
		return err
	}
	found, err := w.s.o.Store.ClaimsByID(ctx, w.a.Scope, []id.ID{e.First})
	if err != nil || len(found) == 0 {
		return err
	}
	c := found[0]
	if !w.a.MayEdit(c.ACL.Owner) {
		return errs.New(errs.Forbidden, "claim_not_owner", "Claim {id} belongs to another organisation.", "id", c.ID)
	}
	if c.Version != after.Version {
		return w.s.stale(ctx, "claim", c.ID)
	}
	next := c
	if before.Type != after.Type || before.Stated != after.Stated {
		if err := w.s.reword(ctx, &next, ClaimEdit{Type: &before.Type, Value: &before.Stated}); err != nil {
			return err
		}
	}
	next.Category, next.Comment, next.ToIDs, next.Confidence, next.ACL = before.Category, before.Comment, before.ToIDs, before.Confidence, before.ACL
	next.FirstSeen, next.LastSeen, next.Expires = before.FirstSeen, before.LastSeen, before.Expires
	next.Correction, next.Deleted = before.Correction, before.Deleted
	if st, ok := ParseState(before.State); ok {
		next.State = st
	}
	return w.set(ctx, c, next)
}

func (w *action) reverseReport(ctx context.Context, e change.Entry) error {
	var before, after state
	if err := jsonx.Unmarshal(e.Before, &before); err != nil {
		return err
	}
	if err := jsonx.Unmarshal(e.After, &after); err != nil {
		return err
	}
	var out Report
	return w.s.change(ctx, w.a, e.First, func(r *Report) (string, error) {
		if r.Version != after.Version {
			return "", w.s.staleReport(ctx, *r)
		}
		before.restore(r)
		return change.Update, nil
	}, &out)
}

// LiftCorrection ends a correction: claims that it had set and nobody touched since go back to proposed (or
// to their own to_ids default); what is read again comes as stated.
func (s *Service) LiftCorrection(ctx context.Context, a sharing.Actor, n id.ID) (Done, error) {
	if err := a.Need(sharing.ReviewIntel); err != nil {
		return Done{}, err
	}
	var done Done
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		w := &action{s: s, a: a, now: s.o.Clock(), seen: map[id.ID]bool{}}
		k, err := s.o.Corrections.Correction(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if !k.Undone.IsZero() {
			return nil
		}
		reached, err := s.o.Corrections.Reached(ctx, k)
		if err != nil {
			return err
		}
		for _, c := range reached {
			if c.Correction != n {
				continue
			}
			next := c
			next.Correction = 0
			switch k.Kind {
			case Reject:
				next.State = Proposed
			case SetToIDs:
				next.ToIDs = k.Setting != "true"
			}
			if err := w.set(ctx, c, next); err != nil {
				return err
			}
		}
		if err := w.lift(ctx, k); err != nil {
			return err
		}
		done, err = w.finish(ctx)
		return err
	})
	return done, err
}
