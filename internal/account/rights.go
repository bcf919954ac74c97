package account

import (
	"context"
	"slices"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// builtinRoles returns the roles that every installation has. Each but Sync holds what the next holds.
func builtinRoles() []Role {
	readOnly := []sharing.Permission{sharing.ReadIntel, sharing.UseAPIKeys}
	sync := append(slices.Clone(readOnly), sharing.WriteIntel, sharing.PublishIntel)
	analyst := append(slices.Clone(readOnly), sharing.WriteIntel, sharing.ReviewIntel, sharing.DeleteIntel, sharing.ManageAssets, sharing.ManageWatches)
	publisher := append(slices.Clone(analyst), sharing.PublishIntel, sharing.ManageExports)
	orgAdmin := append(slices.Clone(publisher), sharing.ManageSources, sharing.ManageOrgUser, sharing.ReadAudit)
	role := func(n id.ID, name string, perms []sharing.Permission) Role {
		return Role{ID: n, Name: name, Permissions: ordered(perms), Clearance: marking.TLPRed, Builtin: true}
	}
	return []Role{
		role(RoleAdmin, "Admin", sharing.Permissions()),
		role(RoleOrgAdmin, "Org Admin", orgAdmin),
		role(RoleAnalyst, "Analyst", analyst),
		role(RolePublisher, "Publisher", publisher),
		role(RoleSync, "Sync user", sync),
		role(RoleReadOnly, "Read Only", readOnly),
	}
}

// ordered returns the known permissions of a list in display order, each once.
func ordered(perms []sharing.Permission) []sharing.Permission {
	out := make([]sharing.Permission, 0, len(perms))
	for _, p := range sharing.Permissions() {
		if slices.Contains(perms, p) {
			out = append(out, p)
		}
	}
	return out
}

func checkPermissions(perms []sharing.Permission) error {
	known := sharing.Permissions()
	for _, p := range perms {
		if !slices.Contains(known, p) {
			return errs.New(errs.Invalid, "unknown_permission", "There is no permission {permission}.", "permission", string(p))
		}
	}
	return nil
}

// authority is what the acting side of an account operation holds, read afresh inside the transaction.
type authority struct {
	Rights
	system bool
}

// authority reads the actor's rights again: a cached actor may be older than the loss of a right.
func (s *Service) authority(ctx context.Context, a sharing.Actor) (authority, error) {
	if _, ok := a.Scope.IsSystem(); ok {
		return authority{Rights: Rights{Org: a.Org, Email: a.Name, Permissions: a.Perms, Clearance: marking.TLPRed}, system: true}, nil
	}
	if a.User == 0 || a.Scope.Denies() {
		return authority{}, errs.New(errs.Unauthenticated, "login_required", "Log in first.")
	}
	r, err := s.o.Store.Rights(ctx, a.User)
	if err != nil || r.Disabled {
		if err == nil || errs.KindOf(err) == errs.NotFound {
			err = errNoAccount
		}
		return authority{}, err
	}
	r.Permissions = intersect(r.Permissions, a.Perms)
	return authority{Rights: r}, nil
}

func (w authority) can(p sharing.Permission) bool { return slices.Contains(w.Permissions, p) }

func (w authority) need(p sharing.Permission) error {
	return sharing.Actor{Perms: w.Permissions}.Need(p)
}

// covers reports whether the acting side holds everything that the target holds. Who manages all users also
// manages teams and so holds them all.
func (w authority) covers(target Rights) bool {
	return subset(target.Permissions, w.Permissions) && target.Clearance <= w.Clearance &&
		(w.can(sharing.ManageUsers) || subset(target.Teams, w.Teams))
}

// mayAssign refuses a role that holds what the acting side lacks.
func (w authority) mayAssign(r Role) error {
	if subset(r.Permissions, w.Permissions) && r.Clearance <= w.Clearance {
		return nil
	}
	return errs.New(errs.Forbidden, "role_exceeds",
		"The role {role} allows more than your own: ask an administrator to assign it.", "role", r.Name)
}

// mayManage refuses work in an organisation's accounts.
func (w authority) mayManage(org id.ID) error {
	if w.can(sharing.ManageUsers) {
		return nil
	}
	if org != w.Org {
		return w.need(sharing.ManageUsers)
	}
	return w.need(sharing.ManageOrgUser)
}

// mayActOn reads the target and refuses unless the acting side manages its organisation's accounts and
// holds all its rights. An account that the acting side cannot see is not found.
func (s *Service) mayActOn(ctx context.Context, w authority, target id.ID) (Rights, error) {
	r, err := s.o.Store.Rights(ctx, target)
	if err != nil {
		return r, err
	}
	if r.Org != w.Org && !w.can(sharing.ManageUsers) {
		return r, noSuch("account", target)
	}
	if err := w.mayManage(r.Org); err != nil {
		return r, err
	}
	if !w.covers(r) {
		return r, errs.New(errs.Forbidden, "account_exceeds",
			"The account {account} holds rights that yours does not: ask an administrator.", "account", r.Email)
	}
	return r, nil
}

// notByKey refuses credentials work by API key: a stolen key must not outlive its revocation.
func notByKey(a sharing.Actor) error {
	if a.Key != 0 {
		return errs.New(errs.Forbidden, "session_required", "This cannot be done with an API key: log in, or use the command line on the server.")
	}
	return nil
}

func noSuch(kind string, n id.ID) *errs.Error {
	return errs.New(errs.NotFound, kind+"_missing", "There is no {kind} {name}, or you may not see it.", "kind", kind, "name", n.String())
}

// isAdministrator reports whether a role counts as administration: it holds everything.
func isAdministrator(r Role) bool {
	return subset(sharing.Permissions(), r.Permissions) && r.Clearance == marking.TLPRed
}

// administrators counts the accounts that can still administer. Call it with accounts locked.
func (s *Service) administrators(ctx context.Context) (int, error) {
	roles, err := s.o.Store.Roles(ctx)
	if err != nil {
		return 0, err
	}
	var admin []id.ID
	for _, r := range roles {
		if isAdministrator(r) {
			admin = append(admin, r.ID)
		}
	}
	return s.o.Store.CountUsers(ctx, admin)
}

// keepAdministrator runs a change of accounts or roles and refuses it when it would remove the last
// administrator. Before the first one there is nothing to keep.
func (s *Service) keepAdministrator(ctx context.Context, fn func() error) error {
	if err := s.o.Store.LockAccounts(ctx); err != nil {
		return err
	}
	before, err := s.administrators(ctx)
	if err != nil {
		return err
	}
	if err := fn(); err != nil || before == 0 {
		return err
	}
	after, err := s.administrators(ctx)
	if err == nil && after == 0 {
		err = errs.New(errs.Forbidden, "last_administrator",
			"This is the last administrator who can log in: make another one first.")
	}
	return err
}

func subset[T comparable](part, whole []T) bool {
	for _, v := range part {
		if !slices.Contains(whole, v) {
			return false
		}
	}
	return true
}

func intersect[T comparable](a, b []T) []T {
	out := make([]T, 0, len(a))
	for _, v := range a {
		if slices.Contains(b, v) {
			out = append(out, v)
		}
	}
	return out
}
