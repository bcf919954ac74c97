package account

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Options of the Service. Store, Tx, Changes, Audit and Box are required.
type Options struct {
	Store   Store
	Tx      tx.Runner
	Changes change.Log
	Audit   *audit.Service
	Box     *secret.Box // seals TOTP secrets
	Clock   func() time.Time
	Random  io.Reader
	Log     *slog.Logger

	SessionIdle time.Duration // default 12 h
	SessionMax  time.Duration // default 7 days
	Hash        HashOptions   // default OWASP's argon2id figures
	Product     string        // shown in authenticator apps, default "Vedette"
}

// Service is the only writer of accounts and the maker of actors. It is safe for concurrent use.
type Service struct {
	o      Options
	hasher *hasher
	cache  actorCache
}

// New makes the service. Call Prepare before anything else.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Tx == nil || o.Changes == nil || o.Audit == nil || o.Box == nil {
		return nil, errors.New("account: store, transactions, change log, audit and key box are required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SessionIdle <= 0 {
		o.SessionIdle = 12 * time.Hour
	}
	if o.SessionMax <= 0 {
		o.SessionMax = 7 * 24 * time.Hour
	}
	if o.Product == "" {
		o.Product = "Vedette"
	}
	h, err := newHasher(o.Hash, o.Random)
	if err != nil {
		return nil, err
	}
	s := &Service{o: o, hasher: h}
	s.cache.clock = o.Clock
	return s, nil
}

// now is the clock to the microsecond, as the store keeps it.
func (s *Service) now() time.Time { return s.o.Clock().UTC().Truncate(time.Microsecond) }

// Prepare makes the host organisation and the built-in roles, and brings the roles of an older version up
// to this one. It is called at each start.
func (s *Service) Prepare(ctx context.Context) error {
	by := sharing.SystemActor("start", HostOrganisation)
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.LockAccounts(ctx); err != nil {
			return err
		}
		_, err := s.o.Store.Organisation(ctx, by.Scope, HostOrganisation)
		if errs.KindOf(err) == errs.NotFound {
			org := Organisation{ID: HostOrganisation, Name: hostName, Local: true}
			if err = s.o.Store.InsertOrganisation(ctx, &org); err == nil {
				err = s.note(ctx, by, change.Create, "organisation", org.ID, nil, org)
			}
		}
		if err != nil {
			return err
		}
		for _, want := range builtinRoles() {
			if err := s.prepareRole(ctx, by, want); err != nil {
				return err
			}
		}
		return nil
	})
}

// hostName is the host organisation's name until set-up gives it its own.
const hostName = "Host organisation"

func (s *Service) prepareRole(ctx context.Context, by sharing.Actor, want Role) error {
	have, err := s.o.Store.Role(ctx, want.ID)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		if err := s.o.Store.InsertRole(ctx, &want); err != nil {
			return err
		}
		return s.note(ctx, by, change.Create, "role", want.ID, nil, want)
	case err != nil:
		return err
	case slices.Equal(have.Permissions, want.Permissions) && have.Name == want.Name:
		return nil
	}
	want.Version = have.Version
	if err := s.o.Store.UpdateRole(ctx, &want); err != nil {
		return err
	}
	return s.note(ctx, by, change.Update, "role", want.ID, have, want)
}

// note appends the change entry of an edit. Label 0 keeps it from everybody's change feed: accounts have no
// label, and their history is read through the Service.
func (s *Service) note(ctx context.Context, by sharing.Actor, op, kind string, item id.ID, before, after any) error {
	e := change.By(by, op, kind, item, 0)
	for _, side := range []struct {
		v   any
		raw *jsonx.Raw
	}{{before, &e.Before}, {after, &e.After}} {
		if side.v == nil {
			continue
		}
		raw, err := jsonx.Marshal(side.v)
		if err != nil {
			return err
		}
		*side.raw = raw
	}
	return s.o.Changes.Append(ctx, e)
}

// record writes the audit entry of a successful act, in the act's transaction.
func (s *Service) record(ctx context.Context, by sharing.Actor, action, object string, kv ...any) error {
	e := audit.By(by, action, object, audit.OK)
	if len(kv) > 0 {
		e = e.With(kv...)
	}
	return s.o.Audit.Record(ctx, e)
}

// do runs an act in a transaction and forgets cached actors afterwards. A refusal by a rule is written to
// the audit trail, outside the transaction that it undid.
func (s *Service) do(ctx context.Context, by sharing.Actor, action, object string, fn func(ctx context.Context) error) error {
	defer s.cache.forget()
	err := s.o.Tx.Run(ctx, fn)
	if errs.KindOf(err) != errs.Forbidden {
		return err
	}
	e, _ := errs.As(err)
	if e2 := s.o.Audit.Record(ctx, audit.By(by, action, object, audit.Denied).With("code", e.Code)); e2 != nil {
		s.o.Log.ErrorContext(ctx, "refusal not audited", slog.String("action", action), slog.Any("error", e2))
	}
	return err
}

// ActorFor returns the actor of a user, with all rights of the role: for sessions, schedules and the like.
// A disabled or deleted account is errs.Unauthenticated. The answer is at most cacheFor old; a change in
// this process is seen at once.
func (s *Service) ActorFor(ctx context.Context, user id.ID, via string) (sharing.Actor, error) {
	r, err := s.rights(ctx, user)
	if err != nil {
		return sharing.Actor{}, err
	}
	if r.Disabled {
		return sharing.Actor{}, errNoAccount
	}
	return r.actor(via), nil
}

var errNoAccount = errs.New(errs.Unauthenticated, "account_disabled", "This account is disabled or gone: ask an administrator.")

func (s *Service) rights(ctx context.Context, user id.ID) (Rights, error) {
	r, generation, ok := s.cache.get(user)
	if ok {
		return r, nil
	}
	r, err := s.o.Store.Rights(ctx, user)
	if errs.KindOf(err) == errs.NotFound {
		return r, errNoAccount
	}
	if err != nil {
		return r, err
	}
	s.cache.put(user, r, generation)
	return r, nil
}

func (r Rights) actor(via string) sharing.Actor {
	return sharing.Actor{
		User: r.User, Org: r.Org, Name: r.Email, Via: via, Perms: slices.Clone(r.Permissions), Scope: sharing.For(r.asker()),
	}
}

func (r Rights) asker() sharing.Asker {
	return sharing.Asker{
		User: r.User, Org: r.Org, Groups: r.Teams, SharingGroups: r.SharingGroups, Clearance: r.Clearance,
		AllOrganisations: slices.Contains(r.Permissions, sharing.SeeAllOrgs),
	}
}

// actorCache keeps rights for a short time. Every change of an account here empties it; the age bounds how
// long a change made by another process stays unseen.
type actorCache struct {
	clock      func() time.Time
	mu         sync.RWMutex
	generation uint64
	rights     map[id.ID]cachedRights
}

type cachedRights struct {
	Rights
	until time.Time
}

const (
	cacheFor  = 3 * time.Second
	cacheSize = 4096
)

func (c *actorCache) get(user id.ID) (Rights, uint64, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, ok := c.rights[user]
	return r.Rights, c.generation, ok && c.clock().Before(r.until)
}

// put keeps rights unless something changed since generation was read: they may be older than the change.
func (c *actorCache) put(user id.ID, r Rights, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if c.rights == nil || len(c.rights) >= cacheSize {
		c.rights = map[id.ID]cachedRights{}
	}
	c.rights[user] = cachedRights{r, c.clock().Add(cacheFor)}
}

func (c *actorCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.rights = nil
}
