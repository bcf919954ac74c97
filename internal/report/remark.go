package report

import (
	"context"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/note"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/sighting"
)

// Notes lists what people wrote on a report or a value.
func (s *Service) Notes(ctx context.Context, a sharing.Actor, item id.ID, value bool, p Page) ([]note.Note, string, error) {
	if err := s.seen(ctx, a.Scope, item, value); err != nil {
		return nil, "", err
	}
	return s.o.Remarks.Notes(ctx, a.Scope, item, p)
}

// AddNote writes a note.
func (s *Service) AddNote(ctx context.Context, a sharing.Actor, in note.Input) (note.Note, error) {
	if err := a.Need(sharing.WriteIntel); err != nil {
		return note.Note{}, err
	}
	body, err := in.Normal()
	if err != nil {
		return note.Note{}, err
	}
	n := note.Note{Item: in.Report, Kind: in.Kind, Body: body, Author: a.User, By: a.Name, Version: 1}
	own := sharing.ACL{Owner: a.Org, Distribution: sharing.Inherit}
	if in.Value != 0 {
		n.Item, own.Distribution = in.Value, sharing.OrganisationOnly
	}
	if n.ACL, err = remarkLabel(a, own, in.ACL, in.Value != 0); err != nil {
		return note.Note{}, err
	}
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.seen(ctx, a.Scope, n.Item, in.Value != 0); err != nil {
			return err
		}
		n.Created = s.o.Clock()
		return s.remark(ctx, a, "note", n.ACL, in.Report, func(item id.ID) error {
			n.ID = item
			return s.o.Remarks.AddNote(ctx, n)
		})
	})
	return n, err
}

// Sightings lists the sightings of a value.
func (s *Service) Sightings(ctx context.Context, a sharing.Actor, value id.ID, p Page) ([]sighting.Sighting, string, error) {
	if err := s.seen(ctx, a.Scope, value, true); err != nil {
		return nil, "", err
	}
	return s.o.Remarks.Sightings(ctx, a.Scope, value, p)
}

// AddSighting records one.
func (s *Service) AddSighting(ctx context.Context, a sharing.Actor, in sighting.Input) (sighting.Sighting, error) {
	if err := a.Need(sharing.WriteIntel); err != nil {
		return sighting.Sighting{}, err
	}
	x, err := in.Normal(s.o.Clock())
	if err != nil {
		return x, err
	}
	x.Org = a.Org
	if x.ACL, err = remarkLabel(a, sharing.ACL{Owner: a.Org}, in.ACL, true); err != nil {
		return x, err
	}
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.seen(ctx, a.Scope, x.Value, true); err != nil {
			return err
		}
		return s.remark(ctx, a, "sighting", x.ACL, 0, func(item id.ID) error {
			x.ID = item
			return s.o.Remarks.AddSighting(ctx, x)
		})
	})
	return x, err
}

// remarkLabel checks the label of a remark: it belongs to the writer's organisation, and on a value, which
// has no label of its own, it cannot inherit.
func remarkLabel(a sharing.Actor, own sharing.ACL, given *sharing.ACL, onValue bool) (sharing.ACL, error) {
	if given == nil {
		return own, nil
	}
	l := given.Normal()
	switch {
	case l.Owner != a.Org:
		return l, errs.New(errs.Forbidden, "owner_fixed_here", "What you add belongs to your own organisation.").At("label")
	case onValue && l.Distribution == sharing.Inherit:
		return l, errs.New(errs.Invalid, "inherit_nothing", "There is nothing to inherit from: state a distribution from 0 to 4.").At("label")
	}
	return l, nil
}

// remark numbers, writes and records a new remark.
func (s *Service) remark(ctx context.Context, a sharing.Actor, kind string, label sharing.ACL, parent id.ID, write func(id.ID) error) error {
	n, err := s.o.Bulk.NewIDs(ctx, 1)
	if err != nil {
		return err
	}
	if err := write(n); err != nil {
		return err
	}
	acl, err := s.o.Bulk.InternACL(ctx, label)
	if err != nil {
		return err
	}
	e := change.By(a, change.Create, kind, n, acl)
	e.Parent = parent
	return s.o.Changes.Append(ctx, e)
}

// seen refuses items that the scope does not see.
func (s *Service) seen(ctx context.Context, scope sharing.Scope, item id.ID, value bool) error {
	if !value {
		_, err := s.o.Store.Get(ctx, scope, item)
		return err
	}
	found, _, err := s.o.Store.Claims(ctx, scope, Filter{Value: item}, Page{Limit: 1})
	if err == nil && len(found) == 0 {
		err = errs.New(errs.NotFound, "observable_missing", "There is no observable {id}.", "id", item)
	}
	return err
}
