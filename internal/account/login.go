package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// LoginRequest is what a person gives.
type LoginRequest struct {
	Email    string
	Password string
	Code     string // TOTP or recovery code; "" when not asked for yet
	Client   Client
}

// Client is from where.
type Client struct {
	Address netip.Addr // zero: the machine itself
	Agent   string
}

// Login is a new or renewed session. Token goes into the cookie and is kept nowhere else.
type Login struct {
	Token   string
	Session Session
}

// The answers to a login. An unknown account, a wrong password and a disabled account are the same answer,
// after the same work.
var (
	errLogin = errs.New(errs.Unauthenticated, "login_failed", "The e-mail address or the password is wrong.")
	// A right password asks for the code; only then.
	errCodeNeeded = errs.New(errs.Unauthenticated, "totp_required", "Enter the code of your authenticator app, or a recovery code.")
	errCodeWrong  = errs.New(errs.Unauthenticated, "totp_wrong", "The code is wrong or was used before: wait for the next one.")
)

// Login checks e-mail, password and second factor, and opens a session with a new token. Attempts count
// against the account and the address.
func (s *Service) Login(ctx context.Context, r LoginRequest) (Login, error) {
	ctx = audit.WithAddress(ctx, addressText(r.Client.Address))
	try := attemptOf(r.Email, r.Client.Address)
	if err := s.reserve(ctx, try); err != nil {
		return Login{}, err
	}
	c, err := s.o.Store.CredentialsByEmail(ctx, r.Email)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return Login{}, s.releaseAnd(ctx, try, err)
	}
	outdated, err := s.prove(ctx, try, c, r.Password, r.Code)
	if err != nil {
		return Login{}, s.refused(ctx, "login", c, err)
	}
	token, hash, err := s.newToken()
	if err != nil {
		return Login{}, err
	}
	session := s.newSession(c.User, r.Client)
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.unchanged(ctx, c); err != nil {
			return err
		}
		if err := s.settle(ctx, try); err != nil {
			return err
		}
		if err := s.o.Store.InsertSession(ctx, hash, &session, maxSessions); err != nil {
			return err
		}
		return s.record(ctx, c.actor(), "login", object("account", c.User), "session", session.ID)
	})
	if err != nil {
		return Login{}, err
	}
	if outdated {
		s.rehash(ctx, c, r.Password)
	}
	session.MustChange = c.MustChange
	return Login{Token: token, Session: session}, nil
}

// unchanged refuses credentials that were proved but changed since: a session must not outlive the password
// change that was to end it.
func (s *Service) unchanged(ctx context.Context, c Credentials) error {
	if err := s.o.Store.LockAccounts(ctx); err != nil {
		return err
	}
	now, err := s.o.Store.Credentials(ctx, c.User)
	if errs.KindOf(err) == errs.NotFound || err == nil && (now.Password != c.Password || now.TOTPOn != c.TOTPOn || now.Disabled) {
		return errLogin
	}
	return err
}

// actor names the account in the audit trail of its own login.
func (c Credentials) actor() sharing.Actor {
	return sharing.Actor{User: c.User, Org: c.Org, Name: c.Email, Via: viaSession}
}

// Ways in, as in sharing.Actor.Via.
const (
	viaSession = "session"
	viaKey     = "key"
)

// maxSessions is how many sessions an account keeps; the oldest ones go.
const maxSessions = 30

// prove checks password and second factor against a reserved attempt. It gives the reservation back when
// nothing was tried; after a failure it stays, after a success the caller settles.
func (s *Service) prove(ctx context.Context, try attempt, c Credentials, password, code string) (outdated bool, err error) {
	stored := c.Password
	if c.Disabled || len(password) > maxPassword {
		stored = ""
	}
	if len(password) > maxPassword {
		password = password[:maxPassword]
	}
	fits, outdated, err := s.hasher.verify(ctx, stored, password)
	if err != nil {
		return false, s.releaseAnd(ctx, try, err)
	}
	if !fits {
		return false, errLogin
	}
	if !c.TOTPOn {
		return outdated, nil
	}
	if code == "" {
		return false, s.releaseAnd(ctx, try, errCodeNeeded)
	}
	ok, err := s.checkCode(ctx, c, code)
	if err != nil {
		return false, s.releaseAnd(ctx, try, err)
	}
	if !ok {
		return false, errCodeWrong
	}
	return outdated, nil
}

// releaseAnd gives a reservation back and returns err.
func (s *Service) releaseAnd(ctx context.Context, try attempt, err error) error {
	if e := s.release(context.WithoutCancel(ctx), try); e != nil {
		s.o.Log.ErrorContext(ctx, "login attempt not given back", slog.Any("error", e))
	}
	return err
}

// refused audits a refusal and returns it. The e-mail of an unknown account is not written down: it may be
// a password typed into the wrong field.
func (s *Service) refused(ctx context.Context, action string, c Credentials, err error) error {
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.Unauthenticated || e.Code == errCodeNeeded.Code {
		return err
	}
	entry := audit.Entry{Action: action, Object: "unknown account", Outcome: audit.Denied}
	if c.User != 0 {
		entry = audit.By(c.actor(), action, object("account", c.User), audit.Denied)
		entry.Actor = 0 // nobody has shown to be this account
	}
	if e2 := s.o.Audit.Record(ctx, entry.With("code", e.Code)); e2 != nil {
		return e2
	}
	return err
}

// rehash stores a hash with today's parameters. A failure only postpones it.
func (s *Service) rehash(ctx context.Context, c Credentials, password string) {
	phc, err := s.hasher.hash(ctx, password)
	if err == nil {
		err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
			return s.o.Store.SetPassword(ctx, c.User, phc, c.MustChange)
		})
	}
	if err != nil && ctx.Err() == nil {
		s.o.Log.WarnContext(ctx, "password hash not renewed", slog.Any("error", err))
	}
}

func (s *Service) newSession(user id.ID, c Client) Session {
	now := s.now()
	return Session{
		User: user, Created: now, Seen: now, Verified: now, Expires: now.Add(s.o.SessionMax),
		Address: addressText(c.Address), Agent: clip(c.Agent, 300),
	}
}

// newToken returns 256 random bits as text, and their SHA-256.
func (s *Service) newToken() (token string, hash []byte, err error) {
	var b [32]byte
	if _, err := io.ReadFull(s.o.Random, b[:]); err != nil {
		return "", nil, err
	}
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashToken(token), nil
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return "local"
	}
	return a.Unmap().String()
}

// Tidy removes what has expired: sessions, links, forgotten attempts. Call it every hour or so.
func (s *Service) Tidy(ctx context.Context) error {
	now := s.now()
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		return s.o.Store.PurgeLogins(ctx, now, now.Add(-accountLimit().quiet-time.Hour))
	})
}
