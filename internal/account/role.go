package account

import (
	"context"
	"slices"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// RoleEdit changes a role; nil fields stay.
type RoleEdit struct {
	Version     int64
	Name        *string
	Permissions *[]sharing.Permission
	Clearance   *marking.TLP
}

// Roles lists all roles. Everybody who is logged in may: the names are shown beside users.
func (s *Service) Roles(ctx context.Context, a sharing.Actor) ([]Role, error) {
	if a.Scope.Denies() {
		return nil, nil
	}
	return s.o.Store.Roles(ctx)
}

// CreateRole needs users.all and permissions that the actor holds. No clearance means RED.
func (s *Service) CreateRole(ctx context.Context, a sharing.Actor, r Role) (Role, error) {
	r = Role{Name: r.Name, Permissions: r.Permissions, Clearance: r.Clearance}
	if err := cleanRole(&r); err != nil {
		return r, err
	}
	err := s.do(ctx, a, "role.create", r.Name, func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if err := w.need(sharing.ManageUsers); err != nil {
			return err
		}
		if err := w.mayAssign(r); err != nil {
			return err
		}
		if err := s.o.Store.InsertRole(ctx, &r); err != nil {
			return exists(err, "role", r.Name)
		}
		if err := s.record(ctx, a, "role.create", object("role", r.ID), "name", r.Name, "permissions", r.Permissions); err != nil {
			return err
		}
		return s.note(ctx, a, change.Create, "role", r.ID, nil, r)
	})
	return r, err
}

func cleanRole(r *Role) error {
	var err error
	if r.Name, err = cleanName("name", r.Name); err != nil {
		return err
	}
	if err := checkPermissions(r.Permissions); err != nil {
		return err
	}
	if r.Clearance == marking.TLPUnset {
		r.Clearance = marking.TLPRed
	}
	if r.Clearance > marking.TLPRed {
		return errs.New(errs.Invalid, "bad_clearance", "The clearance is not a TLP level.")
	}
	r.Permissions = ordered(r.Permissions)
	return nil
}

// EditRole needs users.all and, before and after the edit, a role that holds no more than the actor does.
func (s *Service) EditRole(ctx context.Context, a sharing.Actor, n id.ID, e RoleEdit) (Role, error) {
	var r Role
	err := s.do(ctx, a, "role.edit", object("role", n), func(ctx context.Context) error {
		return s.keepAdministrator(ctx, func() error {
			before, err := s.customRole(ctx, a, n)
			if err != nil {
				return err
			}
			r = before
			r.Version = e.Version
			r.Permissions = slices.Clone(before.Permissions)
			set(&r.Name, e.Name)
			set(&r.Permissions, e.Permissions)
			set(&r.Clearance, e.Clearance)
			if err := cleanRole(&r); err != nil {
				return err
			}
			w, err := s.authority(ctx, a)
			if err != nil {
				return err
			}
			if err := w.mayAssign(r); err != nil {
				return err
			}
			if err := s.o.Store.UpdateRole(ctx, &r); err != nil {
				return exists(err, "role", r.Name)
			}
			if err := s.record(ctx, a, "role.edit", object("role", n), "name", r.Name, "permissions", r.Permissions); err != nil {
				return err
			}
			return s.note(ctx, a, change.Update, "role", n, before, r)
		})
	})
	return r, err
}

// customRole returns a role that the actor may edit or delete.
func (s *Service) customRole(ctx context.Context, a sharing.Actor, n id.ID) (Role, error) {
	w, err := s.authority(ctx, a)
	if err != nil {
		return Role{}, err
	}
	if err := w.need(sharing.ManageUsers); err != nil {
		return Role{}, err
	}
	r, err := s.o.Store.Role(ctx, n)
	if err != nil {
		return r, err
	}
	if r.Builtin {
		return r, errs.New(errs.Conflict, "role_builtin", "{role} is a built-in role: make a copy under another name and edit that.", "role", r.Name)
	}
	return r, w.mayAssign(r)
}

// DeleteRole needs users.all and a role that no account has.
func (s *Service) DeleteRole(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.do(ctx, a, "role.delete", object("role", n), func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		before, err := s.customRole(ctx, a, n)
		if err != nil {
			return err
		}
		if err := s.o.Store.DeleteRole(ctx, n); err != nil {
			return err
		}
		if err := s.record(ctx, a, "role.delete", object("role", n), "name", before.Name); err != nil {
			return err
		}
		return s.note(ctx, a, change.Delete, "role", n, before, nil)
	})
}
