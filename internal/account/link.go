package account

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// How long links hold.
const (
	linkTime   = 30 * time.Minute
	inviteTime = 24 * time.Hour
)

// errLink is the one answer for a link that opens nothing.
var errLink = errs.New(errs.Unauthenticated, "link_invalid", "This link was used, has expired, or is not whole: ask for a new one.")

// NewLink is a link just made. Token is shown once.
type NewLink struct {
	Token   string
	Expires time.Time
}

// NeedsSetup reports whether no administrator exists who can log in, so that the set-up link is wanted.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	n, err := s.administrators(ctx)
	return n == 0, err
}

// NewSetupLink makes the link that creates the first administrator. An earlier one stops working.
func (s *Service) NewSetupLink(ctx context.Context) (NewLink, error) {
	by := sharing.SystemActor("set-up link", HostOrganisation)
	var link NewLink
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		if err := s.notSetUp(ctx); err != nil {
			return err
		}
		var err error
		if link, err = s.newLink(ctx, LinkSetup, 0, linkTime); err != nil {
			return err
		}
		return s.record(ctx, by, "setup.link", "")
	})
	return link, err
}

func (s *Service) notSetUp(ctx context.Context) error {
	needed, err := s.NeedsSetup(ctx)
	if err == nil && !needed {
		err = errs.New(errs.Conflict, "already_set_up", "Vedette is set up already: log in, or ask an administrator for a reset link.")
	}
	return err
}

func (s *Service) newLink(ctx context.Context, purpose string, user id.ID, holds time.Duration) (NewLink, error) {
	token, hash, err := s.newToken()
	if err != nil {
		return NewLink{}, err
	}
	now := s.now()
	l := Link{Purpose: purpose, User: user, Created: now, Expires: now.Add(holds)}
	return NewLink{Token: token, Expires: l.Expires}, s.o.Store.InsertLoginLink(ctx, hash, l)
}

// Setup is the answer to the set-up link.
type Setup struct {
	Token        string
	Organisation string // name of the host organisation; "" keeps it
	Email        string
	Name         string
	Password     string
	Locale       string
	Client       Client
}

// CompleteSetup uses the set-up link: it names the host organisation, makes the first administrator and
// logs in.
func (s *Service) CompleteSetup(ctx context.Context, r Setup) (Login, error) {
	ctx = audit.WithAddress(ctx, addressText(r.Client.Address))
	if _, err := s.openLink(ctx, r.Token, LinkSetup); err != nil {
		return Login{}, err
	}
	by := sharing.SystemActor("set-up", HostOrganisation)
	u := User{Org: HostOrganisation, Role: RoleAdmin, Locale: r.Locale}
	var err error
	if u.Email, u.Name, err = cleanUser(r.Email, r.Name, r.Locale); err != nil {
		return Login{}, err
	}
	if r.Password == "" {
		return Login{}, errs.New(errs.Invalid, "password_missing", "Give a password.")
	}
	phc, err := s.newPassword(ctx, r.Password, u.Email, u.Name)
	if err != nil {
		return Login{}, err
	}
	token, hash, err := s.newToken()
	if err != nil {
		return Login{}, err
	}
	var session Session
	err = s.do(ctx, by, "setup", u.Email, func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		if err := s.notSetUp(ctx); err != nil {
			return err
		}
		if err := s.takeLink(ctx, r.Token); err != nil {
			return err
		}
		if err := s.nameHost(ctx, by, r.Organisation); err != nil {
			return err
		}
		made, err := s.insertUser(ctx, by, u, phc, false)
		if err != nil {
			return err
		}
		session = s.newSession(made.ID, r.Client)
		return s.o.Store.InsertSession(ctx, hash, &session, maxSessions)
	})
	return Login{Token: token, Session: session}, err
}

func (s *Service) nameHost(ctx context.Context, by sharing.Actor, name string) error {
	if name == "" {
		return nil
	}
	before, err := s.o.Store.Organisation(ctx, by.Scope, HostOrganisation)
	if err != nil {
		return err
	}
	o := before
	if o.Name, err = cleanName("name", name); err != nil {
		return err
	}
	if err := s.o.Store.UpdateOrganisation(ctx, &o); err != nil {
		return exists(err, "organisation", o.Name)
	}
	return s.note(ctx, by, change.Update, "organisation", o.ID, before, o)
}

// InviteOrReset makes a one-time link by which an account that the actor may act on gets a password: an
// invitation (24 hours) while it has none, else a reset (30 minutes). It does not touch the second factor.
func (s *Service) InviteOrReset(ctx context.Context, a sharing.Actor, user id.ID) (NewLink, error) {
	var link NewLink
	err := s.do(ctx, a, "account.link", object("account", user), func(ctx context.Context) error {
		if err := notByKey(a); err != nil {
			return err
		}
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		r, err := s.mayActOn(ctx, w, user)
		if err != nil {
			return err
		}
		if r.Disabled {
			return errs.New(errs.Conflict, "account_is_disabled", "The account {account} is disabled: enable it first.", "account", r.Email)
		}
		cred, err := s.o.Store.Credentials(ctx, user)
		if err != nil {
			return err
		}
		purpose, holds := LinkInvite, inviteTime
		if cred.Password != "" {
			purpose, holds = LinkReset, linkTime
		}
		if link, err = s.newLink(ctx, purpose, user, holds); err != nil {
			return err
		}
		return s.record(ctx, a, "account.link", object("account", user), "purpose", purpose)
	})
	return link, err
}

// LinkInfo says what a link is for and for whom, without using it.
func (s *Service) LinkInfo(ctx context.Context, token string) (purpose, email string, err error) {
	l, err := s.openLink(ctx, token, "")
	if err != nil || l.User == 0 {
		return l.Purpose, "", err
	}
	c, err := s.o.Store.Credentials(ctx, l.User)
	return l.Purpose, c.Email, err
}

// RedeemLink uses an invitation or reset link: it sets the password and ends the account's sessions. Log in
// afterwards; the second factor, if any, is still asked for.
func (s *Service) RedeemLink(ctx context.Context, token, password string, c Client) error {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	l, err := s.openLink(ctx, token, "")
	if err != nil {
		return err
	}
	if l.User == 0 {
		return errLink
	}
	cred, err := s.o.Store.Credentials(ctx, l.User)
	if err != nil || cred.Disabled {
		if err == nil || errs.KindOf(err) == errs.NotFound {
			err = errLink
		}
		return err
	}
	if err := checkPassword(password, cred.Email, cred.Name, s.o.Product); err != nil {
		return err
	}
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.do(ctx, cred.actor(), "password.set", object("account", cred.User), func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		if err := s.takeLink(ctx, token); err != nil {
			return err
		}
		if err := s.o.Store.SetPassword(ctx, cred.User, phc, false); err != nil {
			return err
		}
		if _, err := s.o.Store.DeleteSessions(ctx, cred.User, 0); err != nil {
			return err
		}
		return s.record(ctx, cred.actor(), "password.set", object("account", cred.User), "by", l.Purpose+" link")
	})
}

// SetPassword sets the password of an account directly, for the command line on the server: only the system
// may.
func (s *Service) SetPassword(ctx context.Context, a sharing.Actor, user id.ID, password string, mustChange bool) error {
	if _, ok := a.Scope.IsSystem(); !ok {
		return errs.New(errs.Forbidden, "system_only", "Passwords of others are set by a reset link.")
	}
	cred, err := s.o.Store.Credentials(ctx, user)
	if err != nil {
		return err
	}
	if err := checkPassword(password, cred.Email, cred.Name, s.o.Product); err != nil {
		return err
	}
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.do(ctx, a, "password.set", object("account", user), func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		if err := s.o.Store.SetPassword(ctx, user, phc, mustChange); err != nil {
			return err
		}
		if _, err := s.o.Store.DeleteSessions(ctx, user, 0); err != nil {
			return err
		}
		return s.record(ctx, a, "password.set", object("account", user))
	})
}

func (s *Service) openLink(ctx context.Context, token, purpose string) (Link, error) {
	if len(token) != 43 {
		return Link{}, errLink
	}
	l, err := s.o.Store.LoginLink(ctx, hashToken(token))
	if errs.KindOf(err) == errs.NotFound {
		return Link{}, errLink
	}
	if err == nil && (!s.now().Before(l.Expires) || purpose != "" && l.Purpose != purpose) {
		return Link{}, errLink
	}
	return l, err
}

// takeLink removes the link, so that of two who use it at once one is refused.
func (s *Service) takeLink(ctx context.Context, token string) error {
	err := s.o.Store.TakeLoginLink(ctx, hashToken(token))
	if errs.KindOf(err) == errs.NotFound {
		return errLink
	}
	return err
}
