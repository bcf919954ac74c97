package account

import (
	"context"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// ViewEdit changes a saved view; nil fields stay.
type ViewEdit struct {
	Version int64
	Name    *string
	Query   *string
	Shared  *bool
}

// maxQuery bounds the query of a view, in bytes.
const maxQuery = 16 << 10

// Views lists the actor's own saved views and those shared in the organisation, of a page ("" for all).
func (s *Service) Views(ctx context.Context, a sharing.Actor, page string) ([]View, error) {
	return s.o.Store.SavedViews(ctx, a.Scope, page)
}

// CreateView saves a view of the actor's own. It grants nothing: who opens a shared one sees what they may.
func (s *Service) CreateView(ctx context.Context, a sharing.Actor, v View) (View, error) {
	if a.User == 0 {
		return v, errs.New(errs.Forbidden, "account_required", "Only an account can save views.")
	}
	v = View{User: a.User, Author: a.Name, Page: v.Page, Name: v.Name, Query: v.Query, Shared: v.Shared}
	if err := cleanView(&v); err != nil {
		return v, err
	}
	err := s.do(ctx, a, "view.create", v.Name, func(ctx context.Context) error {
		if _, err := s.authority(ctx, a); err != nil {
			return err
		}
		if err := s.o.Store.InsertSavedView(ctx, &v); err != nil {
			return err
		}
		return s.note(ctx, a, change.Create, "saved_view", v.ID, nil, v)
	})
	return v, err
}

func cleanView(v *View) error {
	var err error
	if v.Name, err = cleanName("name", v.Name); err != nil {
		return err
	}
	if v.Page, err = cleanName("page", v.Page); err != nil {
		return err
	}
	if len(v.Query) > maxQuery {
		return errs.New(errs.TooLarge, "query_long", "The query takes more than {max} bytes.", "max", maxQuery)
	}
	return nil
}

// EditView changes a view of the actor's own.
func (s *Service) EditView(ctx context.Context, a sharing.Actor, n id.ID, e ViewEdit) (View, error) {
	var v View
	err := s.do(ctx, a, "view.edit", object("saved_view", n), func(ctx context.Context) error {
		before, err := s.ownView(ctx, a, n)
		if err != nil {
			return err
		}
		v = before
		v.Version = e.Version
		set(&v.Name, e.Name)
		set(&v.Query, e.Query)
		set(&v.Shared, e.Shared)
		if err := cleanView(&v); err != nil {
			return err
		}
		if err := s.o.Store.UpdateSavedView(ctx, &v); err != nil {
			return err
		}
		return s.note(ctx, a, change.Update, "saved_view", n, before, v)
	})
	return v, err
}

// ownView returns a view that the actor made. A shared one of somebody else may be seen but not changed.
func (s *Service) ownView(ctx context.Context, a sharing.Actor, n id.ID) (View, error) {
	v, err := s.o.Store.SavedView(ctx, a.Scope, n)
	if err == nil && v.User != a.User {
		err = errs.New(errs.Forbidden, "view_foreign", "The view {name} belongs to {author}: save a copy of your own.", "name", v.Name, "author", v.Author)
	}
	return v, err
}

// DeleteView removes a view of the actor's own.
func (s *Service) DeleteView(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	return s.do(ctx, a, "view.delete", object("saved_view", n), func(ctx context.Context) error {
		before, err := s.ownView(ctx, a, n)
		if err != nil {
			return err
		}
		if err := s.o.Store.DeleteSavedView(ctx, n, version); err != nil {
			return err
		}
		return s.note(ctx, a, change.Delete, "saved_view", n, before, nil)
	})
}
