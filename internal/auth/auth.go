// Package auth is the edge between HTTP and accounts: it turns a request into an Actor by session cookie or
// API key, finds the client's address behind trusted proxies, refuses cross-site writes, sets and clears the
// cookie, asks for a recent password before dangerous operations, and limits rates. It owns no rule about
// accounts (package account) and writes no answers: each dialect writes its own form of an error.
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Options of an Authenticator. Accounts is required.
type Options struct {
	Accounts *account.Service
	// PublicURL is where browsers reach the console ("https://ti.example.org"); it may be empty. Its scheme
	// decides about the cookie, and its origin may write.
	PublicURL string
	// TLS says that the listener itself speaks TLS.
	TLS bool
	// TrustedProxies may state the client's address in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	Clock          func() time.Time
}

// Authenticator is safe for concurrent use.
type Authenticator struct {
	o      Options
	secure bool
	cross  *http.CrossOriginProtection
	keys   *Limiter // refusals of one key from one address
	logins *Limiter // logins and links from one address
}

// New makes an authenticator.
func New(o Options) (*Authenticator, error) {
	if o.Accounts == nil {
		return nil, errors.New("auth: accounts are required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	a := &Authenticator{
		o: o, secure: o.TLS, cross: http.NewCrossOriginProtection(),
		keys:   NewLimiter(LimiterOptions{Rate: rate.Every(6 * time.Second), Burst: 20, Clock: o.Clock}),
		logins: NewLimiter(LimiterOptions{Rate: 1, Burst: 30, Clock: o.Clock}),
	}
	if o.PublicURL != "" {
		u, err := parsePublic(o.PublicURL)
		if err != nil {
			return nil, err
		}
		a.secure = a.secure || u.Scheme == "https"
		if err := a.cross.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func parsePublic(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errs.New(errs.Invalid, "bad_public_url", "{value} is not the address of a web site: write it as https://ti.example.org.", "value", s)
	}
	return u, nil
}

// Identity is who a request comes from. The zero Identity is nobody.
type Identity struct {
	Actor   sharing.Actor
	Session *account.Session // nil unless by cookie
	Key     *account.Key     // nil unless by API key
	Client  account.Client
	// Expired: there was a cookie, but it opens no session any more.
	Expired bool
}

type identityKey struct{}

// WithIdentity returns ctx with an identity, also for the audit trail.
func WithIdentity(ctx context.Context, i Identity) context.Context {
	if i.Client.Address.IsValid() {
		ctx = audit.WithAddress(ctx, i.Client.Address.String())
	}
	return context.WithValue(ctx, identityKey{}, i)
}

// IdentityFrom returns the identity of ctx, nobody when there is none.
func IdentityFrom(ctx context.Context) Identity {
	i, _ := ctx.Value(identityKey{}).(Identity)
	return i
}

// WithActor returns ctx with an actor that came neither by session nor by key: the system, the control
// socket, tests.
func WithActor(ctx context.Context, a sharing.Actor) context.Context {
	i := IdentityFrom(ctx)
	i.Actor, i.Session, i.Key = a, nil, nil
	return WithIdentity(ctx, i)
}

// ActorFrom returns the actor of ctx; the zero Actor may do and see nothing.
func ActorFrom(ctx context.Context) sharing.Actor { return IdentityFrom(ctx).Actor }

// The refusals of this package.
var (
	errLoginRequired = errs.New(errs.Unauthenticated, "login_required", "Log in first.")
	errExpired       = errs.New(errs.Unauthenticated, "session_expired", "Your session has ended: log in again.")
	errMustChange    = errs.New(errs.Forbidden, "password_change_required", "Choose a new password first.")
	errCrossSite     = errs.New(errs.Forbidden, "cross_site", "This request was sent by another web site and was refused. Open Vedette's own address; behind a proxy, set public_url to it.")
	errKeyInvalid    = errs.New(errs.Unauthenticated, "key_invalid", "The API key is not valid, has expired, was revoked, or may not be used from this address.")
)

// LoggedIn refuses nobody and a person who must change the password first. Routes for everybody do not ask it.
func LoggedIn(ctx context.Context) error {
	i := IdentityFrom(ctx)
	switch {
	case i.Session != nil && i.Session.MustChange:
		return errMustChange
	case i.Actor.User != 0:
		return nil
	case i.Expired:
		return errExpired
	}
	if _, ok := i.Actor.Scope.IsSystem(); ok {
		return nil
	}
	return errLoginRequired
}

// Recent refuses a session whose password was not given in the last minutes ("verify_required"): for
// operations that a thief of an open console must not do. A key or the system has no console to steal.
func (a *Authenticator) Recent(ctx context.Context) error {
	if err := LoggedIn(ctx); err != nil {
		return err
	}
	if s := IdentityFrom(ctx).Session; s != nil {
		return a.o.Accounts.Verified(*s)
	}
	return nil
}

// Authenticate returns the request with its Identity in the context. A request without credentials, or with
// a cookie that has expired, goes on as nobody; the operation decides. A wrong key and a cross-site write
// are refused here.
func (a *Authenticator) Authenticate(r *http.Request) (*http.Request, error) {
	i := Identity{Client: a.Client(r)}
	ctx := WithIdentity(r.Context(), i)
	token := a.token(r)
	text, given := keyOf(r)
	if given && !(token != "" && !account.IsKey(text)) { // a proxy's own Basic login travels beside our cookie
		key, actor, err := a.resumeKey(ctx, text, i.Client)
		if err != nil {
			return nil, err
		}
		i.Key, i.Actor = &key, actor
		return r.WithContext(WithIdentity(ctx, i)), nil
	}
	// Keys are never sent by a browser on its own; everything else may be.
	if err := a.cross.Check(r); err != nil {
		return nil, errCrossSite
	}
	if token != "" {
		session, actor, err := a.o.Accounts.Resume(ctx, token, i.Client)
		switch {
		case err == nil:
			i.Session, i.Actor = &session, actor
		case errs.KindOf(err) == errs.Unauthenticated:
			i.Expired = true
		default:
			return nil, err
		}
	}
	return r.WithContext(WithIdentity(ctx, i)), nil
}

// resumeKey answers a key that was refused often from the same address without asking the store.
func (a *Authenticator) resumeKey(ctx context.Context, text string, c account.Client) (account.Key, sharing.Actor, error) {
	if !account.IsKey(text) {
		return account.Key{}, sharing.Actor{}, errKeyInvalid
	}
	sum := sha256.Sum256([]byte(text))
	who := account.AddressKey(c.Address) + " " + string(sum[:12])
	if wait := a.keys.Wait(who); wait > 0 {
		return account.Key{}, sharing.Actor{}, tooMany(wait)
	}
	key, actor, err := a.o.Accounts.ResumeKey(ctx, text, c)
	if errs.KindOf(err) == errs.Unauthenticated {
		a.keys.Take(who)
	}
	return key, actor, err
}

// LimitLogin is asked before a password or link is looked at; it keeps a flood from the hashing queue. The
// limits that slow guessing down are in package account.
func (a *Authenticator) LimitLogin(r *http.Request) error {
	if wait := a.logins.Take(account.AddressKey(a.Client(r).Address)); wait > 0 {
		return tooMany(wait)
	}
	return nil
}

func tooMany(wait time.Duration) error {
	return errs.New(errs.RateLimited, "too_many_requests", "Too many requests: try again in {seconds} seconds.", "seconds", int64(wait/time.Second)+1)
}

// keyOf returns the API key of a request: Authorization with "Bearer KEY", with the bare key (MISP's way) or
// as the password of Basic (TAXII clients), or X-Api-Key. given is false when there is no such header.
func keyOf(r *http.Request) (key string, given bool) {
	h := strings.TrimSpace(r.Header.Get("Authorization"))
	if h == "" {
		k := strings.TrimSpace(r.Header.Get("X-Api-Key"))
		return k, k != ""
	}
	scheme, rest, ok := strings.Cut(h, " ")
	switch {
	case !ok:
		return h, true
	case strings.EqualFold(scheme, "Bearer"):
		return strings.TrimSpace(rest), true
	case strings.EqualFold(scheme, "Basic"):
		_, password, _ := r.BasicAuth()
		return password, true
	}
	return "", true
}
