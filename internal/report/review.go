package report

import (
	"context"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// maxReview is the most claims that one review action names.
const maxReview = 10_000

// Decision is one review action on claims.
type Decision struct {
	Claims []id.ID
	// Versions are those that the reviewer saw, in the order of Claims; empty skips the check.
	Versions []int64
	State    State
	// For rejections:
	Reach   Reach
	Reason  string
	Comment string
	Expires time.Time // zero: for ever
}

// Done tells what an action did and how to undo it.
type Done struct {
	Claims      []id.ID // changed ones
	Corrections []id.ID
	// Undo names the action in the change log; give it to Undo.
	Undo []int64
}

// Review sets the state of claims. Rejections become corrections: they reach as far as asked, now and when
// the source is read again.
func (s *Service) Review(ctx context.Context, a sharing.Actor, d Decision) (Done, error) {
	if err := a.Need(sharing.ReviewIntel); err != nil {
		return Done{}, err
	}
	if len(d.Claims) > maxReview {
		return Done{}, errs.New(errs.TooLarge, "review_too_large", "At most {limit} claims can be decided at once.", "limit", maxReview)
	}
	if d.State == Rejected && d.Reason == "" {
		return Done{}, errs.New(errs.Invalid, "reason_missing", "A rejection needs a reason.").At("reason")
	}
	if d.State == Rejected && !slices.Contains([]Reach{Here, ThisSource, Everywhere}, d.Reach) {
		return Done{}, errs.New(errs.Invalid, "reach_unknown", "A rejection reaches here, source or everywhere.").At("reach")
	}
	return s.act(ctx, a, d.Claims, d.Versions, func(ctx context.Context, w *action, c Claim) error {
		if d.State != Rejected || len(c.Parts) == 0 {
			next := c
			next.State, next.Reviewer, next.Correction = d.State, a.User, 0
			return w.set(ctx, c, next)
		}
		for _, p := range c.Parts[:1] {
			k := Correction{Kind: Reject, Value: p, Org: c.ACL.Owner, Reach: d.Reach, Reason: d.Reason, Comment: d.Comment, Expires: d.Expires}
			if err := w.correct(ctx, k, c, func(c *Claim) { c.State = Rejected }); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetToIDs turns claims into detections or back; remembered for their report.
func (s *Service) SetToIDs(ctx context.Context, a sharing.Actor, claims []id.ID, on bool) (Done, error) {
	if err := a.Need(sharing.ReviewIntel); err != nil {
		return Done{}, err
	}
	setting := "false"
	if on {
		setting = "true"
	}
	return s.act(ctx, a, claims, nil, func(ctx context.Context, w *action, c Claim) error {
		if len(c.Parts) == 0 || c.Report == 0 {
			next := c
			next.ToIDs = on
			return w.set(ctx, c, next)
		}
		k := Correction{Kind: SetToIDs, Value: c.Parts[0], Org: c.ACL.Owner, Reach: Here, Setting: setting, Reason: "to_ids"}
		return w.correct(ctx, k, c, func(c *Claim) { c.ToIDs = on })
	})
}

// ClaimEdit changes one claim; nil fields stay.
type ClaimEdit struct {
	Version    int64
	Type       *string
	Value      *string // as stated
	Category   *string
	Comment    *string
	ToIDs      *bool
	Confidence *int
	FirstSeen  *time.Time
	LastSeen   *time.Time
	Expires    *time.Time
	ACL        *sharing.ACL
}

// EditClaim changes a claim. Another value is remembered: when the source is read again the old one does
// not come back.
func (s *Service) EditClaim(ctx context.Context, a sharing.Actor, n id.ID, e ClaimEdit) (Done, error) {
	if err := a.Need(sharing.ReviewIntel); err != nil {
		return Done{}, err
	}
	var versions []int64
	if e.Version != 0 {
		versions = []int64{e.Version}
	}
	return s.act(ctx, a, []id.ID{n}, versions, func(ctx context.Context, w *action, c Claim) error {
		next := c
		if err := s.reword(ctx, &next, e); err != nil {
			return err
		}
		if e.Category != nil {
			next.Category = *e.Category
		}
		if e.Comment != nil {
			next.Comment = *e.Comment
		}
		if e.ToIDs != nil {
			next.ToIDs = *e.ToIDs
		}
		if e.Confidence != nil {
			next.Confidence = min(max(*e.Confidence, 0), 100)
		}
		for _, f := range []struct {
			dst *time.Time
			src *time.Time
		}{{&next.FirstSeen, e.FirstSeen}, {&next.LastSeen, e.LastSeen}, {&next.Expires, e.Expires}} {
			if f.src != nil {
				*f.dst = *f.src
			}
		}
		if e.ACL != nil {
			next.ACL = e.ACL.Normal()
			next.ACL.Owner = c.ACL.Owner
		}
		next.Reviewer = a.User
		if err := w.set(ctx, c, next); err != nil {
			return err
		}
		if c.Report != 0 && len(c.Parts) > 0 && (len(next.Parts) == 0 || next.Parts[0].ID != c.Parts[0].ID) {
			return w.remember(ctx, Correction{Kind: Replaced, Value: c.Parts[0], Org: c.ACL.Owner, Reach: Here, Report: c.Report, Setting: next.Stated, Reason: "edited"})
		}
		return nil
	})
}

// reword gives the claim another type or value.
func (s *Service) reword(ctx context.Context, c *Claim, e ClaimEdit) error {
	if e.Type == nil && e.Value == nil {
		return nil
	}
	typ, stated := c.Type, c.Stated
	if e.Type != nil {
		typ = *e.Type
	}
	if e.Value != nil {
		stated = *e.Value
	}
	m, err := s.o.Mean(typ, stated)
	if err != nil {
		return err
	}
	ids, _, err := s.o.Bulk.ResolveValues(ctx, dedupe(m.Parts))
	if err != nil {
		return err
	}
	c.Type, c.Stated, c.Pain, c.Correlates = m.Type, stated, m.Pain, m.Correlates
	if typ != "" {
		c.Type = typ
	}
	if e.Type != nil && e.Category == nil {
		c.Category = m.Category
	}
	c.Parts = nil
	for i, v := range dedupe(m.Parts) {
		c.Parts = append(c.Parts, Part{ID: ids[i], Value: v})
	}
	return nil
}

func dedupe(list []observable.Value) []observable.Value {
	out := list[:0:0]
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// DeleteClaims hides claims; RestoreClaims brings them back.
func (s *Service) DeleteClaims(ctx context.Context, a sharing.Actor, claims []id.ID) (Done, error) {
	return s.deleteClaims(ctx, a, claims, true)
}

// RestoreClaims undoes DeleteClaims.
func (s *Service) RestoreClaims(ctx context.Context, a sharing.Actor, claims []id.ID) (Done, error) {
	return s.deleteClaims(ctx, a, claims, false)
}

func (s *Service) deleteClaims(ctx context.Context, a sharing.Actor, claims []id.ID, deleted bool) (Done, error) {
	if err := a.Need(sharing.DeleteIntel); err != nil {
		return Done{}, err
	}
	return s.act(ctx, a, claims, nil, func(ctx context.Context, w *action, c Claim) error {
		next := c
		next.Deleted = deleted
		return w.set(ctx, c, next)
	})
}

// action collects the effects of one review action for the change log.
type action struct {
	s    *Service
	a    sharing.Actor
	now  time.Time
	done Done
	log  []change.Entry
	seen map[id.ID]bool // claims changed already by the reach of a correction
}

// act runs f on each claim in one transaction and records it. Claims that the actor may not edit are
// refused by name: nothing is changed then.
func (s *Service) act(ctx context.Context, a sharing.Actor, claims []id.ID, versions []int64, f func(context.Context, *action, Claim) error) (Done, error) {
	var done Done
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		w := &action{s: s, a: a, now: s.o.Clock(), seen: map[id.ID]bool{}}
		found, err := s.o.Store.ClaimsByID(ctx, a.Scope, claims)
		if err != nil {
			return err
		}
		byID := make(map[id.ID]Claim, len(found))
		for _, c := range found {
			byID[c.ID] = c
		}
		for i, n := range claims {
			c, ok := byID[n]
			if !ok {
				return errs.New(errs.NotFound, "claim_missing", "There is no claim {id}.", "id", n)
			}
			if !a.MayEdit(c.ACL.Owner) {
				return errs.New(errs.Forbidden, "claim_not_owner", "Claim {id} belongs to another organisation.", "id", n)
			}
			if i < len(versions) && versions[i] != c.Version {
				return s.stale(ctx, "claim", n)
			}
			if !w.seen[n] {
				if err := f(ctx, w, c); err != nil {
					return err
				}
			}
		}
		done, err = w.finish(ctx)
		return err
	})
	return done, err
}

// set stores a claim's next state.
func (w *action) set(ctx context.Context, old, next Claim) error {
	w.seen[old.ID] = true
	next.Modified = w.now
	if err := w.s.o.Store.UpdateClaim(ctx, next, old.Version); err != nil {
		return err
	}
	next.Version = old.Version + 1
	acl, err := w.s.o.Bulk.InternACL(ctx, next.ACL)
	if err != nil {
		return err
	}
	op := change.Update
	switch {
	case next.Deleted && !old.Deleted:
		op = change.Delete
	case old.Deleted && !next.Deleted:
		op = change.Revive
	}
	e := change.By(w.a, op, "claim", old.ID, acl)
	e.Parent, e.Before, e.After = old.Report, claimState(old), claimState(next)
	w.log = append(w.log, e)
	w.done.Claims = append(w.done.Claims, old.ID)
	return nil
}

// correct remembers a decision about the claim's value and applies it to every claim it reaches.
func (w *action) correct(ctx context.Context, k Correction, c Claim, apply func(*Claim)) error {
	switch k.Reach {
	case Here:
		if k.Report = c.Report; c.Report == 0 {
			k.Reach, k.Source = ThisSource, c.Source
		}
	case ThisSource:
		k.Source = c.Source
	}
	n, err := w.keep(ctx, k)
	if err != nil {
		return err
	}
	k.ID = n
	reached, err := w.s.o.Corrections.Reached(ctx, k)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(reached, func(r Claim) bool { return r.ID == c.ID }) {
		reached = append(reached, c) // a value that does not correlate is not found by its key
	}
	for _, old := range reached {
		if w.seen[old.ID] {
			continue
		}
		next := old
		apply(&next)
		next.Correction, next.Reviewer = n, w.a.User
		if err := w.set(ctx, old, next); err != nil {
			return err
		}
	}
	return nil
}

func (w *action) remember(ctx context.Context, k Correction) error {
	_, err := w.keep(ctx, k)
	return err
}

func (w *action) keep(ctx context.Context, k Correction) (id.ID, error) {
	n, err := w.s.o.Bulk.NewIDs(ctx, 1)
	if err != nil {
		return 0, err
	}
	k.ID, k.Created, k.Actor, k.ActorName = n, w.now, w.a.User, w.a.Name
	if err := w.s.o.Corrections.AddCorrection(ctx, k); err != nil {
		return 0, err
	}
	acl, err := w.s.o.Bulk.InternACL(ctx, sharing.ACL{Owner: k.Org})
	if err != nil {
		return 0, err
	}
	e := change.By(w.a, change.Create, "correction", n, acl)
	e.Parent = k.Report
	e.After = summary(map[string]any{"kind": k.Kind, "reach": k.Reach, "reason": k.Reason, "value": k.Value.Value.Text})
	w.log = append(w.log, e)
	w.done.Corrections = append(w.done.Corrections, n)
	return n, nil
}

func (w *action) finish(ctx context.Context) (Done, error) {
	if len(w.log) == 0 {
		return w.done, nil
	}
	if err := w.s.o.Changes.Append(ctx, w.log...); err != nil {
		return w.done, err
	}
	for _, e := range w.log {
		w.done.Undo = append(w.done.Undo, e.Seq)
	}
	return w.done, nil
}

// claimJSON is what the change log keeps of a claim, enough to undo an edit.
type claimJSON struct {
	Type       string      `json:"type"`
	Stated     string      `json:"stated"`
	Category   string      `json:"category,omitempty"`
	Comment    string      `json:"comment,omitempty"`
	ToIDs      bool        `json:"to_ids"`
	Confidence int         `json:"confidence"`
	FirstSeen  time.Time   `json:"first_seen,omitzero"`
	LastSeen   time.Time   `json:"last_seen,omitzero"`
	Expires    time.Time   `json:"expires,omitzero"`
	State      string      `json:"state"`
	Correction id.ID       `json:"correction,omitzero"`
	ACL        sharing.ACL `json:"acl"`
	Deleted    bool        `json:"deleted,omitempty"`
	Version    int64       `json:"version"`
}

func claimState(c Claim) jsonx.Raw {
	return marshal(claimJSON{
		Type: c.Type, Stated: c.Stated, Category: c.Category, Comment: c.Comment, ToIDs: c.ToIDs, Confidence: c.Confidence, FirstSeen: c.FirstSeen, LastSeen: c.LastSeen,
		Expires: c.Expires, State: c.State.String(), Correction: c.Correction, ACL: c.ACL, Deleted: c.Deleted, Version: c.Version,
	})
}

func marshal(v any) jsonx.Raw {
	b, err := jsonx.Marshal(v)
	if err != nil { // plain structs of ours always marshal
		return jsonx.Raw(`{}`)
	}
	return b
}
