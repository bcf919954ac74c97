package account

import (
	"context"
	"strings"
	"unicode"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// OrganisationEdit changes an organisation; nil fields stay.
type OrganisationEdit struct {
	Version     int64 // the version that was read
	Name        *string
	Description *string
	Local       *bool
}

// Organisations lists organisations. Everybody who is logged in may see their names: sharing needs them.
func (s *Service) Organisations(ctx context.Context, a sharing.Actor, f Filter, p Page) (Listing[Organisation], error) {
	return s.o.Store.Organisations(ctx, a.Scope, f, p.bounded())
}

// Organisation returns one.
func (s *Service) Organisation(ctx context.Context, a sharing.Actor, n id.ID) (Organisation, error) {
	return s.o.Store.Organisation(ctx, a.Scope, n)
}

// CreateOrganisation needs users.all. A zero UUID is drawn.
func (s *Service) CreateOrganisation(ctx context.Context, a sharing.Actor, o Organisation) (Organisation, error) {
	var err error
	if o.Name, o.Description, err = cleanOrganisation(o.Name, o.Description); err != nil {
		return o, err
	}
	o = Organisation{UUID: o.UUID, Name: o.Name, Description: o.Description, Local: o.Local}
	err = s.do(ctx, a, "organisation.create", o.Name, func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if err := w.need(sharing.ManageUsers); err != nil {
			return err
		}
		fresh := o
		if err := s.insertOrganisation(ctx, a, &fresh); err != nil {
			return err
		}
		o = fresh
		return nil
	})
	return o, err
}

func (s *Service) insertOrganisation(ctx context.Context, a sharing.Actor, o *Organisation) error {
	if err := s.o.Store.InsertOrganisation(ctx, o); err != nil {
		return exists(err, "organisation", o.Name)
	}
	if err := s.record(ctx, a, "organisation.create", object("organisation", o.ID), "name", o.Name); err != nil {
		return err
	}
	return s.note(ctx, a, change.Create, "organisation", o.ID, nil, o)
}

func cleanOrganisation(name, description string) (string, string, error) {
	name, err := cleanName("name", name)
	if err != nil {
		return "", "", err
	}
	description, err = cleanText("description", description)
	return name, description, err
}

// EnsureOrganisation finds an organisation met in foreign data by UUID, else by name when no UUID is given,
// and makes it (not local) when it is new. What a name may not contain is left out of it; one that another
// organisation has is completed by the UUID. It joins the caller's transaction, if any.
func (s *Service) EnsureOrganisation(ctx context.Context, a sharing.Actor, u id.UUID, name string) (Organisation, error) {
	name = keep(strings.ToValidUTF8(name, ""), func(r rune) bool { return unicode.IsSpace(r) || !invisible(r) })
	if name = strings.TrimSpace(name); name == "" && !u.IsZero() {
		name = u.String()
	}
	name, err := cleanName("name", clip(name, maxName-40)) // room for the UUID
	if err != nil {
		return Organisation{}, err
	}
	find := func(ctx context.Context) (Organisation, error) {
		if u.IsZero() {
			return s.o.Store.OrganisationByName(ctx, a.Scope, name)
		}
		return s.o.Store.OrganisationByUUID(ctx, a.Scope, u)
	}
	if o, err := find(ctx); err == nil || errs.KindOf(err) != errs.NotFound {
		return o, err
	}
	if err := a.Need(sharing.WriteIntel); err != nil {
		return Organisation{}, err
	}
	var o Organisation
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		var err error
		if o, err = find(ctx); err == nil || errs.KindOf(err) != errs.NotFound {
			return err
		}
		o = Organisation{UUID: u, Name: name}
		if _, err := s.o.Store.OrganisationByName(ctx, a.Scope, name); err == nil {
			o.Name = name + " " + u.String()
		} else if errs.KindOf(err) != errs.NotFound {
			return err
		}
		return s.insertOrganisation(ctx, a, &o)
	})
	return o, err
}

// EditOrganisation needs users.all, or users.org for the own organisation's name and description.
func (s *Service) EditOrganisation(ctx context.Context, a sharing.Actor, n id.ID, e OrganisationEdit) (Organisation, error) {
	var o Organisation
	err := s.do(ctx, a, "organisation.edit", object("organisation", n), func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		before, err := s.o.Store.Organisation(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if err := w.mayManage(n); err != nil {
			return err
		}
		if e.Local != nil && *e.Local != before.Local {
			if err := w.need(sharing.ManageUsers); err != nil {
				return err
			}
			if n == HostOrganisation || before.Users > 0 {
				return errs.New(errs.Conflict, "organisation_in_use", "{name} has accounts here, so it stays a local organisation.", "name", before.Name)
			}
		}
		o = before
		o.Version = e.Version
		set(&o.Name, e.Name)
		set(&o.Description, e.Description)
		set(&o.Local, e.Local)
		if o.Name, o.Description, err = cleanOrganisation(o.Name, o.Description); err != nil {
			return err
		}
		return s.updateOrganisation(ctx, a, "organisation.edit", before, &o)
	})
	return o, err
}

func (s *Service) updateOrganisation(ctx context.Context, a sharing.Actor, action string, before Organisation, o *Organisation) error {
	if err := s.o.Store.UpdateOrganisation(ctx, o); err != nil {
		return exists(err, "organisation", o.Name)
	}
	op := change.Update
	if o.Deleted {
		op = change.Delete
	}
	if err := s.record(ctx, a, action, object("organisation", o.ID), "name", o.Name); err != nil {
		return err
	}
	return s.note(ctx, a, op, "organisation", o.ID, before, o)
}

// DeleteOrganisation needs users.all and an organisation without accounts. What it owns stays, under its name.
func (s *Service) DeleteOrganisation(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	return s.do(ctx, a, "organisation.delete", object("organisation", n), func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if err := w.need(sharing.ManageUsers); err != nil {
			return err
		}
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		before, err := s.o.Store.Organisation(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if n == HostOrganisation {
			return errs.New(errs.Conflict, "host_organisation", "The host organisation cannot be deleted: rename it instead.")
		}
		if before.Users > 0 {
			return errs.New(errs.Conflict, "organisation_in_use",
				"{name} still has {users} accounts: delete or move them first.", "name", before.Name, "users", before.Users)
		}
		o := before
		o.Version, o.Deleted = version, true
		return s.updateOrganisation(ctx, a, "organisation.delete", before, &o)
	})
}

// exists names what is taken in a uniqueness error of the store; other errors pass.
func exists(err error, kind, name string) error {
	if e, ok := errs.As(err); ok && e.Code == "exists" {
		return errs.Wrap(err, errs.Conflict, kind+"_exists", "There is already one called {name}.", "name", name)
	}
	return err
}

func object(kind string, n id.ID) string { return kind + " " + n.String() }
