package account

import (
	"context"
	"slices"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// NewUser describes an account to be made. Without a password the account waits for its invitation link.
type NewUser struct {
	Email    string
	Name     string
	Org      id.ID // 0: the actor's
	Role     id.ID // 0: Analyst
	Locale   string
	Password string
	// MustChange makes the password good for one login.
	MustChange bool
}

// UserEdit changes an account; nil fields stay.
type UserEdit struct {
	Version  int64
	Email    *string
	Name     *string
	Org      *id.ID
	Role     *id.ID
	Disabled *bool
}

// ProfileEdit is what everybody may change on the own account.
type ProfileEdit struct {
	Version  int64
	Name     *string
	Locale   *string
	Settings jsonx.Raw // kept as it is for the console, at most 64 KiB; nil stays
}

// maxSettings bounds a user's own settings, in bytes.
const maxSettings = 64 << 10

// Users lists accounts: with users.all everybody's, else those of the own organisation.
func (s *Service) Users(ctx context.Context, a sharing.Actor, f Filter, p Page) (Listing[User], error) {
	if !a.Can(sharing.ManageUsers) {
		if f.Org != 0 && f.Org != a.Org {
			return Listing[User]{}, nil
		}
		f.Org = a.Org
	}
	list, err := s.o.Store.Users(ctx, a.Scope, f, p.bounded())
	for i := range list.Items {
		list.Items[i] = seenBy(a, list.Items[i])
	}
	return list, err
}

// User returns one that Users would list.
func (s *Service) User(ctx context.Context, a sharing.Actor, n id.ID) (User, error) {
	u, err := s.o.Store.User(ctx, a.Scope, n)
	if err == nil && u.Org != a.Org && !a.Can(sharing.ManageUsers) {
		err = noSuch("account", n)
	}
	if err != nil {
		return User{}, err
	}
	return seenBy(a, u), nil
}

// UserByEmail is User by e-mail, for the command line and dialects.
func (s *Service) UserByEmail(ctx context.Context, a sharing.Actor, email string) (User, error) {
	u, err := s.o.Store.UserByEmail(ctx, a.Scope, email)
	if err == nil && u.Org != a.Org && !a.Can(sharing.ManageUsers) {
		err = errs.New(errs.NotFound, "account_missing", "There is no {kind} {name}, or you may not see it.", "kind", "account", "name", clip(email, 80))
	}
	if err != nil {
		return User{}, err
	}
	return seenBy(a, u), nil
}

// seenBy leaves out what only the account itself and its managers need.
func seenBy(a sharing.Actor, u User) User {
	if u.ID == a.User || a.Can(sharing.ManageUsers) || u.Org == a.Org && a.Can(sharing.ManageOrgUser) {
		if u.ID != a.User {
			u.Settings = nil
		}
		return u
	}
	return User{ID: u.ID, UUID: u.UUID, Org: u.Org, OrgName: u.OrgName, Email: u.Email, Name: u.Name, Disabled: u.Disabled, Deleted: u.Deleted}
}

// CreateUser needs users.all, or users.org for the own organisation, and a role that holds no more than the
// actor does.
func (s *Service) CreateUser(ctx context.Context, a sharing.Actor, n NewUser) (User, error) {
	if n.Org == 0 {
		n.Org = a.Org
	}
	if n.Role == 0 {
		n.Role = RoleAnalyst
	}
	u := User{Org: n.Org, Role: n.Role, Locale: n.Locale}
	var err error
	if u.Email, u.Name, err = cleanUser(n.Email, n.Name, n.Locale); err != nil {
		return User{}, err
	}
	phc, err := s.newPassword(ctx, n.Password, u.Email, u.Name)
	if err != nil {
		return User{}, err
	}
	err = s.do(ctx, a, "account.create", u.Email, func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if err := w.mayManage(u.Org); err != nil {
			return err
		}
		if err := s.placeable(ctx, a, w, u.Org, u.Role); err != nil {
			return err
		}
		u, err = s.insertUser(ctx, a, u, phc, n.MustChange)
		return err
	})
	return u, err
}

// newPassword checks and hashes outside the transaction: hashing is slow. "" stays "".
func (s *Service) newPassword(ctx context.Context, password, email, name string) (string, error) {
	if password == "" {
		return "", nil
	}
	if err := checkPassword(password, email, name, s.o.Product); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

func (s *Service) insertUser(ctx context.Context, a sharing.Actor, u User, phc string, mustChange bool) (User, error) {
	if err := s.o.Store.InsertUser(ctx, &u); err != nil {
		return u, exists(err, "account", u.Email)
	}
	if phc != "" {
		if err := s.o.Store.SetPassword(ctx, u.ID, phc, mustChange); err != nil {
			return u, err
		}
	}
	if err := s.record(ctx, a, "account.create", object("account", u.ID), "email", u.Email, "org", u.Org, "role", u.Role); err != nil {
		return u, err
	}
	u, err := s.o.Store.User(ctx, a.Scope, u.ID)
	if err != nil {
		return u, err
	}
	return u, s.note(ctx, a, change.Create, "account", u.ID, nil, u)
}

// placeable checks that an account may be put into an organisation with a role.
func (s *Service) placeable(ctx context.Context, a sharing.Actor, w authority, org, role id.ID) error {
	o, err := s.o.Store.Organisation(ctx, a.Scope, org)
	if err != nil {
		return err
	}
	if !o.Local || o.Deleted {
		return errs.New(errs.Invalid, "organisation_foreign", "{name} is not a local organisation: make it local first.", "name", o.Name)
	}
	r, err := s.o.Store.Role(ctx, role)
	if err != nil {
		return err
	}
	return w.mayAssign(r)
}

func cleanUser(email, name, locale string) (string, string, error) {
	email, err := cleanEmail(email)
	if err != nil {
		return "", "", err
	}
	if name != "" {
		if name, err = cleanName("name", name); err != nil {
			return "", "", err
		}
	}
	return email, name, checkLocale(locale)
}

func checkLocale(l string) error {
	if !slices.Contains([]string{"", "en", "zh"}, l) {
		return errs.New(errs.Invalid, "bad_locale", "{value} is not a language of the console: en or zh.", "value", clip(l, 20))
	}
	return nil
}

// EditUser changes an account that the actor may act on. A change of role, organisation or e-mail, or
// disabling, ends the account's sessions; a move needs users.all.
func (s *Service) EditUser(ctx context.Context, a sharing.Actor, n id.ID, e UserEdit) (User, error) {
	var u User
	err := s.do(ctx, a, "account.edit", object("account", n), func(ctx context.Context) error {
		return s.keepAdministrator(ctx, func() error {
			w, err := s.authority(ctx, a)
			if err != nil {
				return err
			}
			if _, err := s.mayActOn(ctx, w, n); err != nil {
				return err
			}
			before, err := s.o.Store.User(ctx, a.Scope, n)
			if err != nil {
				return err
			}
			u = before
			u.Version = e.Version
			set(&u.Email, e.Email)
			set(&u.Name, e.Name)
			set(&u.Org, e.Org)
			set(&u.Role, e.Role)
			set(&u.Disabled, e.Disabled)
			return s.updateUser(ctx, a, w, before, &u)
		})
	})
	return u, err
}

func (s *Service) updateUser(ctx context.Context, a sharing.Actor, w authority, before User, u *User) error {
	var err error
	if u.Email, u.Name, err = cleanUser(u.Email, u.Name, u.Locale); err != nil {
		return err
	}
	if u.Email != before.Email {
		if err := notByKey(a); err != nil {
			return err
		}
	}
	if u.Org != before.Org {
		if err := w.need(sharing.ManageUsers); err != nil {
			return err
		}
	}
	if u.Org != before.Org || u.Role != before.Role {
		if err := s.placeable(ctx, a, w, u.Org, u.Role); err != nil {
			return err
		}
	}
	if err := s.o.Store.UpdateUser(ctx, u); err != nil {
		return exists(err, "account", u.Email)
	}
	if u.Role != before.Role || u.Org != before.Org || u.Disabled || u.Email != before.Email {
		if _, err := s.o.Store.DeleteSessions(ctx, u.ID, 0); err != nil {
			return err
		}
	}
	if *u, err = s.o.Store.User(ctx, a.Scope, u.ID); err != nil {
		return err
	}
	if err := s.record(ctx, a, "account.edit", object("account", u.ID),
		"email", u.Email, "org", u.Org, "role", u.Role, "disabled", u.Disabled); err != nil {
		return err
	}
	return s.note(ctx, a, change.Update, "account", u.ID, before, u)
}

// EditProfile changes what everybody may change on the own account.
func (s *Service) EditProfile(ctx context.Context, a sharing.Actor, e ProfileEdit) (User, error) {
	if len(e.Settings) > maxSettings {
		return User{}, errs.New(errs.TooLarge, "settings_large", "The settings take more than {max} bytes.", "max", maxSettings)
	}
	if len(e.Settings) > 0 && !e.Settings.IsValid() {
		return User{}, errs.New(errs.Invalid, "settings_json", "The settings are not JSON.")
	}
	var u User
	err := s.do(ctx, a, "account.profile", object("account", a.User), func(ctx context.Context) error {
		before, err := s.o.Store.User(ctx, a.Scope, a.User)
		if err != nil {
			return err
		}
		u = before
		u.Version = e.Version
		set(&u.Name, e.Name)
		set(&u.Locale, e.Locale)
		if e.Settings != nil {
			u.Settings = e.Settings
		}
		if _, u.Name, err = cleanUser(u.Email, u.Name, u.Locale); err != nil {
			return err
		}
		if err := s.o.Store.UpdateUser(ctx, &u); err != nil {
			return err
		}
		return s.note(ctx, a, change.Update, "account", u.ID, before, u)
	})
	return u, err
}

// DeleteUser removes an account that the actor may act on: credentials, sessions, keys, memberships and
// views go, the row stays for the names in history. Its e-mail may be used again.
func (s *Service) DeleteUser(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	return s.do(ctx, a, "account.delete", object("account", n), func(ctx context.Context) error {
		return s.keepAdministrator(ctx, func() error {
			w, err := s.authority(ctx, a)
			if err != nil {
				return err
			}
			if _, err := s.mayActOn(ctx, w, n); err != nil {
				return err
			}
			before, err := s.o.Store.User(ctx, a.Scope, n)
			if err != nil {
				return err
			}
			if err := s.o.Store.EraseUser(ctx, n, version); err != nil {
				return err
			}
			if err := s.record(ctx, a, "account.delete", object("account", n), "email", before.Email); err != nil {
				return err
			}
			return s.note(ctx, a, change.Delete, "account", n, before, nil)
		})
	})
}
