package account

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// errSession is the one answer for a token that opens no session.
var errSession = errs.New(errs.Unauthenticated, "session_expired", "Your session has ended: log in again.")

// touchEvery is how often the last use of a session or key is written.
const touchEvery = time.Minute

// Resume returns the session of a token and its actor. While the password must be changed the actor may do
// and see nothing (Session.MustChange says so).
func (s *Service) Resume(ctx context.Context, token string, c Client) (Session, sharing.Actor, error) {
	if len(token) != 43 { // 32 bytes in base64
		return Session{}, sharing.Actor{}, errSession
	}
	session, err := s.o.Store.SessionByHash(ctx, hashToken(token))
	if err != nil {
		if errs.KindOf(err) == errs.NotFound {
			err = errSession
		}
		return Session{}, sharing.Actor{}, err
	}
	now := s.now()
	if !now.Before(session.Expires) || now.Sub(session.Seen) > s.o.SessionIdle {
		return Session{}, sharing.Actor{}, errSession // Tidy removes it
	}
	r, err := s.rights(ctx, session.User)
	if err != nil || r.Disabled {
		if err == nil || errs.KindOf(err) == errs.Unauthenticated {
			err = errSession
		}
		return Session{}, sharing.Actor{}, err
	}
	if now.Sub(session.Seen) >= touchEvery {
		session.Seen, session.Address = now, addressText(c.Address)
		if err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
			return s.o.Store.TouchSession(ctx, session.ID, now, session.Address)
		}); err != nil {
			return Session{}, sharing.Actor{}, err
		}
	}
	session.MustChange = r.MustChange
	if r.MustChange {
		return session, sharing.Actor{User: r.User, Org: r.Org, Name: r.Email, Via: viaSession}, nil
	}
	return session, r.actor(viaSession), nil
}

// Logout ends a session.
func (s *Service) Logout(ctx context.Context, a sharing.Actor, session Session) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.DeleteSession(ctx, session.ID); err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		return s.record(ctx, a, "logout", object("account", session.User), "session", session.ID)
	})
}

// Sessions lists the sessions of the actor's own account, or of one that the actor may act on.
func (s *Service) Sessions(ctx context.Context, a sharing.Actor, user id.ID) ([]Session, error) {
	if err := s.ownOrManaged(ctx, a, user); err != nil {
		return nil, err
	}
	list, err := s.o.Store.Sessions(ctx, a.Scope, user)
	live := list[:0]
	for _, one := range list {
		if now := s.now(); now.Before(one.Expires) && now.Sub(one.Seen) <= s.o.SessionIdle {
			live = append(live, one)
		}
	}
	return live, err
}

// ownOrManaged lets people at their own account, and managers at those they may act on.
func (s *Service) ownOrManaged(ctx context.Context, a sharing.Actor, user id.ID) error {
	w, err := s.authority(ctx, a)
	if err != nil || !w.system && user == a.User {
		return err
	}
	_, err = s.mayActOn(ctx, w, user)
	return err
}

// RevokeSession ends one session of an account as in Sessions.
func (s *Service) RevokeSession(ctx context.Context, a sharing.Actor, user, session id.ID) error {
	return s.do(ctx, a, "session.revoke", object("account", user), func(ctx context.Context) error {
		if err := s.ownOrManaged(ctx, a, user); err != nil {
			return err
		}
		list, err := s.o.Store.Sessions(ctx, a.Scope, user)
		if err != nil {
			return err
		}
		for _, one := range list {
			if one.ID == session {
				if err := s.o.Store.DeleteSession(ctx, session); err != nil {
					return err
				}
				return s.record(ctx, a, "session.revoke", object("account", user), "session", session)
			}
		}
		return noSuch("session", session)
	})
}

// RevokeSessions ends all sessions of an account but one (0: all) and says how many.
func (s *Service) RevokeSessions(ctx context.Context, a sharing.Actor, user, except id.ID) (int64, error) {
	var n int64
	err := s.do(ctx, a, "session.revoke", object("account", user), func(ctx context.Context) error {
		if err := s.ownOrManaged(ctx, a, user); err != nil {
			return err
		}
		var err error
		if n, err = s.o.Store.DeleteSessions(ctx, user, except); err != nil {
			return err
		}
		return s.record(ctx, a, "session.revoke", object("account", user), "sessions", n)
	})
	return n, err
}

// verifiedFor is how long a given password counts for dangerous operations.
const verifiedFor = 15 * time.Minute

// Verified refuses a session whose password was not given lately; Reverify mends that.
func (s *Service) Verified(session Session) error {
	if age := s.now().Sub(session.Verified); age > verifiedFor {
		return errs.New(errs.Forbidden, "verify_required", "Give your password once more before this.")
	}
	return nil
}

// Reverify takes the password (and code) again before a dangerous operation, and renews the session's token.
func (s *Service) Reverify(ctx context.Context, session Session, password, code string, c Client) (Login, error) {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	cred, _, err := s.proveAgain(ctx, session.User, password, code, c)
	if err != nil {
		return Login{}, err
	}
	return s.rotate(ctx, cred, session, "session.verify", nil)
}

// proveAgain checks the password of a known account under the limits of logins.
func (s *Service) proveAgain(ctx context.Context, user id.ID, password, code string, c Client) (Credentials, attempt, error) {
	cred, err := s.o.Store.Credentials(ctx, user)
	if err != nil {
		return cred, attempt{}, err
	}
	try := attemptOf(cred.Email, c.Address)
	if err := s.reserve(ctx, try); err != nil {
		return cred, try, err
	}
	if _, err := s.prove(ctx, try, cred, password, code); err != nil {
		return cred, try, s.refused(ctx, "session.verify", cred, err)
	}
	return cred, try, s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.settle(ctx, try) })
}

// rotate gives a session a new token after the password was proved, with more work in the same transaction.
func (s *Service) rotate(ctx context.Context, cred Credentials, session Session, action string, work func(ctx context.Context) error) (Login, error) {
	token, hash, err := s.newToken()
	if err != nil {
		return Login{}, err
	}
	session.Verified = s.now()
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.unchanged(ctx, cred); err != nil {
			return err
		}
		if work != nil {
			if err := work(ctx); err != nil {
				return err
			}
		}
		if err := s.o.Store.RotateSession(ctx, session.ID, hash, session.Verified); err != nil {
			if errs.KindOf(err) == errs.NotFound {
				err = errSession
			}
			return err
		}
		return s.record(ctx, cred.actor(), action, object("account", cred.User))
	})
	return Login{Token: token, Session: session}, err
}

// ChangePassword sets a new password after proving the old one. All other sessions end, this one gets a new
// token.
func (s *Service) ChangePassword(ctx context.Context, session Session, old, code, fresh string, c Client) (Login, error) {
	ctx = audit.WithAddress(ctx, addressText(c.Address))
	cred, _, err := s.proveAgain(ctx, session.User, old, code, c)
	if err != nil {
		return Login{}, err
	}
	if err := checkPassword(fresh, cred.Email, cred.Name, s.o.Product); err != nil {
		return Login{}, err
	}
	if same, _, err := s.hasher.verify(ctx, cred.Password, fresh); err != nil || same {
		if err == nil {
			err = errs.New(errs.Invalid, "password_same", "The new password is the old one: choose another.")
		}
		return Login{}, err
	}
	phc, err := s.hasher.hash(ctx, fresh)
	if err != nil {
		return Login{}, err
	}
	defer s.cache.forget()
	session.MustChange = false
	return s.rotate(ctx, cred, session, "password.change", func(ctx context.Context) error {
		if err := s.o.Store.SetPassword(ctx, cred.User, phc, false); err != nil {
			return err
		}
		_, err := s.o.Store.DeleteSessions(ctx, cred.User, session.ID)
		return err
	})
}
