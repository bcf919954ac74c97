package report

import (
	"context"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Edit is a change of a report's own fields; nil fields stay. Version is the one the editor saw.
type Edit struct {
	Version   int64
	Title     *string
	Summary   *string
	URL       *string
	Lang      *string
	Publisher *string
	ACL       *sharing.ACL
	Published *time.Time
	Observed  *time.Time
	Progress  *Progress
	Assignee  *id.ID // 0 clears
	Tags      *[]Tag
}

// Get returns a visible report.
func (s *Service) Get(ctx context.Context, scope sharing.Scope, n id.ID) (Report, error) {
	return s.o.Store.Get(ctx, scope, n)
}

// Reader returns the store's read side, for edges that list.
func (s *Service) Reader() Store { return s.o.Store }

// Remarks returns the read side of notes, sightings and passages, for edges that list.
func (s *Service) Remarks() Remarks { return s.o.Remarks }

// Corrections returns the read side of remembered decisions, for edges that list.
func (s *Service) Corrections() Corrections { return s.o.Corrections }

// Edit changes a report. A stale version is refused with who changed what.
func (s *Service) Edit(ctx context.Context, a sharing.Actor, n id.ID, e Edit) (Report, error) {
	var out Report
	err := s.change(ctx, a, n, func(r *Report) (string, error) {
		need := sharing.WriteIntel
		if e.ACL != nil && !e.ACL.Normal().Equal(r.ACL) {
			need = sharing.PublishIntel
		} else if e.Progress != nil || e.Assignee != nil {
			need = sharing.ReviewIntel
		}
		if err := a.Need(need); err != nil {
			return "", err
		}
		if e.Version != 0 && e.Version != r.Version {
			return "", s.staleReport(ctx, *r)
		}
		return change.Update, e.apply(r, a, s.o.Clock())
	}, &out)
	return out, err
}

func (e Edit) apply(r *Report, a sharing.Actor, now time.Time) error {
	set := func(dst *string, src *string) {
		if src != nil {
			*dst = strings.TrimSpace(*src)
		}
	}
	set(&r.Title, e.Title)
	set(&r.Summary, e.Summary)
	set(&r.URL, e.URL)
	set(&r.Lang, e.Lang)
	if r.Title == "" {
		return errs.New(errs.Invalid, "title_empty", "A report needs a title.").At("title")
	}
	if e.Publisher != nil && strings.TrimSpace(*e.Publisher) != "" {
		r.Publisher = Publisher{Name: strings.TrimSpace(*e.Publisher)}
	}
	if e.ACL != nil {
		acl := e.ACL.Normal()
		if acl.Owner != r.ACL.Owner {
			return errs.New(errs.Forbidden, "owner_fixed", "The owning organisation of a report cannot be changed.").At("acl")
		}
		r.ACL = acl
	}
	if e.Published != nil {
		r.Published = *e.Published
	}
	if e.Observed != nil {
		r.Observed = *e.Observed
	}
	if e.Progress != nil && *e.Progress != r.Progress {
		r.Progress = *e.Progress
		if r.Progress == Reviewed {
			r.Reviewer, r.Reviewed = a.User, now
		}
	}
	if e.Assignee != nil {
		r.Assignee = *e.Assignee
	}
	if e.Tags != nil {
		r.Tags = *e.Tags
	}
	return nil
}

func (s *Service) staleReport(ctx context.Context, r Report) error {
	return s.stale(ctx, "report", r.ID)
}

// stale says who changed an item last.
func (s *Service) stale(ctx context.Context, kind string, n id.ID) error {
	h, err := s.o.Changes.History(ctx, sharing.System("explain a conflict"), kind, n, 0, 1)
	if err != nil || len(h) == 0 {
		return errs.New(errs.Conflict, "stale", "Somebody changed this {kind} meanwhile: reload it and apply your change again.", "kind", kind, "id", n)
	}
	return errs.New(errs.Conflict, "stale", "{who} changed this {kind} at {at}: reload it and apply your change again.",
		"kind", kind, "id", n, "who", h[0].ActorName, "at", h[0].At.Format("2006-01-02 15:04:05Z"), "change", h[0].After)
}

// change loads, edits, stores and records one report.
func (s *Service) change(ctx context.Context, a sharing.Actor, n id.ID, edit func(*Report) (op string, err error), out *Report) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		r, err := s.o.Store.Get(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if !a.MayEdit(r.ACL.Owner) {
			return errs.New(errs.Forbidden, "not_owner", "Only the owning organisation may change report {id}.", "id", n)
		}
		before := r
		op, err := edit(&r)
		if err != nil {
			return err
		}
		r.Modified = s.o.Clock()
		if err := s.o.Store.Update(ctx, r, before.Version); err != nil {
			return err
		}
		r.Version = before.Version + 1
		acl, err := s.o.Bulk.InternACL(ctx, r.ACL)
		if err != nil {
			return err
		}
		e := change.By(a, op, "report", n, acl)
		e.Before, e.After = reportState(before), reportState(r)
		*out = r
		return s.o.Changes.Append(ctx, e)
	})
}

// Delete hides a report and its claims; Restore brings them back.
func (s *Service) Delete(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.setDeleted(ctx, a, n, true, change.Delete)
}

// Restore undoes Delete.
func (s *Service) Restore(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.setDeleted(ctx, a, n, false, change.Revive)
}

func (s *Service) setDeleted(ctx context.Context, a sharing.Actor, n id.ID, deleted bool, op string) error {
	if err := a.Need(sharing.DeleteIntel); err != nil {
		return err
	}
	var out Report
	return s.change(ctx, a, n, func(r *Report) (string, error) {
		r.Deleted = deleted
		return op, nil
	}, &out)
}

// state is what the change log keeps of a report, enough to undo an edit.
type state struct {
	Title     string      `json:"title"`
	Summary   string      `json:"summary,omitempty"`
	URL       string      `json:"url,omitempty"`
	Lang      string      `json:"lang,omitempty"`
	Publisher string      `json:"publisher,omitempty"`
	ACL       sharing.ACL `json:"acl"`
	Published time.Time   `json:"published,omitzero"`
	Observed  time.Time   `json:"observed,omitzero"`
	Progress  string      `json:"progress"`
	Assignee  id.ID       `json:"assignee,omitzero"`
	Tags      []Tag       `json:"tags,omitempty"`
	Deleted   bool        `json:"deleted,omitempty"`
	Version   int64       `json:"version"`
}

func reportState(r Report) []byte {
	return marshal(state{
		Title: r.Title, Summary: r.Summary, URL: r.URL, Lang: r.Lang, Publisher: r.Publisher.Name, ACL: r.ACL, Published: r.Published, Observed: r.Observed,
		Progress: r.Progress.String(), Assignee: r.Assignee, Tags: r.Tags, Deleted: r.Deleted, Version: r.Version,
	})
}

// restore puts a logged state back into a report.
func (st state) restore(r *Report) {
	r.Title, r.Summary, r.URL, r.Lang, r.ACL = st.Title, st.Summary, st.URL, st.Lang, st.ACL
	r.Publisher = Publisher{Name: st.Publisher}
	r.Published, r.Observed, r.Assignee, r.Tags, r.Deleted = st.Published, st.Observed, st.Assignee, st.Tags, st.Deleted
	if p, ok := ParseProgress(st.Progress); ok {
		r.Progress = p
	}
}
