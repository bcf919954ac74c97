package source

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Options of the Service. Store, Tx, Changes and Box are required.
type Options struct {
	Store   Store
	Tx      tx.Runner
	Changes change.Log
	Box     *secret.Box // seals credentials
	Kinds   []feed.Kind
	Clock   func() time.Time
	Log     *slog.Logger
	// StaleAfter is how many intervals may pass without success before a source is stale. Default 3.
	StaleAfter int
	// KeepRuns is how many runs of a source are kept. Default 100.
	KeepRuns int
	// Lease is how long a source is a worker's before another may take it. Default 1 min.
	Lease time.Duration
	// MaxBackOff bounds the wait after failures. Default 6 h.
	MaxBackOff time.Duration
}

// Service is the only writer of sources. It is safe for concurrent use.
type Service struct {
	o Options
}

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Tx == nil || o.Changes == nil || o.Box == nil {
		return nil, errors.New("source: store, transactions, change log and key box are required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.StaleAfter <= 0 {
		o.StaleAfter = 3
	}
	if o.KeepRuns <= 0 {
		o.KeepRuns = 100
	}
	if o.Lease <= 0 {
		o.Lease = time.Minute
	}
	if o.MaxBackOff <= 0 {
		o.MaxBackOff = 6 * time.Hour
	}
	return &Service{o: o}, nil
}

// now is the clock to the microsecond, as the store keeps it.
func (s *Service) now() time.Time { return s.o.Clock().UTC().Truncate(time.Microsecond) }

// Kinds returns the kinds of source that can be made, for forms and the command line.
func (s *Service) Kinds() []feed.Kind { return s.o.Kinds }

func (s *Service) kind(name string) (feed.Kind, bool) {
	i := slices.IndexFunc(s.o.Kinds, func(k feed.Kind) bool { return k.Name == name })
	if i < 0 {
		return feed.Kind{}, false
	}
	return s.o.Kinds[i], true
}

// Create makes a source; needs sources.manage.
func (s *Service) Create(ctx context.Context, a sharing.Actor, d Draft) (Source, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return Source{}, err
	}
	src, err := s.draft(a, d)
	if err != nil {
		return Source{}, err
	}
	return s.insert(ctx, a, src, d.Secrets)
}

// draft turns a draft into a checked source.
func (s *Service) draft(a sharing.Actor, d Draft) (Source, error) {
	src := Source{
		Kind: d.Kind, Name: d.Name, Org: d.Org, Publisher: d.Publisher, Plane: d.Plane, Reliability: d.Reliability, Config: d.Config,
		Schedule: d.Schedule, Enabled: d.Enabled, Accept: d.Accept, Tags: d.Tags, Options: d.Options,
		ACL: deref(d.ACL), ClaimACL: defaultLabel(d.ClaimACL),
	}
	if d.ACL == nil {
		src.ACL.Distribution = sharing.Community
	}
	if src.Org == 0 {
		src.Org = a.Org
	}
	if src.Org == 0 || !a.MayEdit(src.Org) {
		return src, errs.New(errs.Forbidden, "not_owner", "Sources are made by their own organisation.").At("org")
	}
	if src.Plane == "" {
		src.Plane = Extranet
	}
	if src.Publisher == "" {
		src.Publisher = src.Name
	}
	if err := s.check(&src); err != nil {
		return src, err
	}
	if err := s.checkSecrets(src.Kind, d.Secrets); err != nil {
		return src, err
	}
	return src, mayTrust(a, src, Source{})
}

func deref(a *sharing.ACL) sharing.ACL {
	if a == nil {
		return sharing.ACL{}
	}
	return *a
}

// Check tells what is wrong with a draft and returns the feed that it makes, for a dry run with Secret; it
// stores nothing. Push kinds have no feed.
func (s *Service) Check(a sharing.Actor, d Draft) (feed.Feed, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return nil, err
	}
	src, err := s.draft(a, d)
	if err != nil {
		return nil, err
	}
	return s.feed(src)
}

// feed builds the feed of a source.
func (s *Service) feed(src Source) (feed.Feed, error) {
	k, ok := s.kind(src.Kind)
	if !ok || k.New == nil || k.Push {
		return nil, errs.New(errs.Unsupported, "source_push", "A source of the kind {kind} is not visited: items are brought to it.", "kind", src.Kind)
	}
	return k.New(src.Config)
}

func (s *Service) insert(ctx context.Context, a sharing.Actor, src Source, secrets map[string]string) (Source, error) {
	next := time.Time{}
	if src.Enabled {
		next = s.firstRun(src, s.now())
	}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		made := src
		if err := s.o.Store.InsertSource(ctx, &made, next); err != nil {
			return nameTaken(err, src.Name)
		}
		if err := s.setSecrets(ctx, &made, secrets); err != nil {
			return err
		}
		if err := s.note(ctx, a, change.Create, nil, &made); err != nil {
			return err
		}
		src = made
		src.State.NextRun = next
		return nil
	})
	return s.shown(a, src), err
}

func nameTaken(err error, name string) error {
	if e, ok := errs.As(err); ok && e.Code == "exists" {
		return errs.Wrap(err, errs.Conflict, "source_name_taken", "There is a source {name} already: choose another name.", "name", name).At("name")
	}
	return err
}

// note appends the change entry. Secrets are not part of a Source, the state is left out.
func (s *Service) note(ctx context.Context, a sharing.Actor, op string, before, after *Source) error {
	now := after
	if now == nil {
		now = before
	}
	acl, err := s.o.Store.InternACL(ctx, sharing.ACL{Owner: now.Org, Distribution: sharing.OrganisationOnly})
	if err != nil {
		return err
	}
	e := change.By(a, op, "source", now.ID, acl)
	for _, side := range []struct {
		src *Source
		raw *jsonx.Raw
	}{{before, &e.Before}, {after, &e.After}} {
		if side.src == nil {
			continue
		}
		c := *side.src
		c.State, c.Health = State{}, Health{}
		if *side.raw, err = jsonx.Marshal(c); err != nil {
			return err
		}
	}
	return s.o.Changes.Append(ctx, e)
}

// Update edits a source; needs sources.manage in its organisation. A changed configuration forgets the
// cursor: what matches now is read from the start (known items change nothing).
func (s *Service) Update(ctx context.Context, a sharing.Actor, n id.ID, e Edit) (Source, error) {
	var out Source
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		before, err := s.own(ctx, a, n)
		if err != nil {
			return err
		}
		src, err := s.edited(a, before, e)
		if err != nil {
			return err
		}
		if err := s.o.Store.UpdateSource(ctx, &src); err != nil {
			return nameTaken(err, src.Name)
		}
		if err := s.setSecrets(ctx, &src, e.Secrets); err != nil {
			return err
		}
		if err := s.follow(ctx, before, &src); err != nil {
			return err
		}
		out = src
		return s.note(ctx, a, change.Update, &before, &src)
	})
	return s.shown(a, out), err
}

// own reads a source that the actor may manage.
func (s *Service) own(ctx context.Context, a sharing.Actor, n id.ID) (Source, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return Source{}, err
	}
	src, err := s.o.Store.Source(ctx, a.Scope, n)
	if err == nil && !a.MayEdit(src.Org) {
		err = errs.New(errs.Forbidden, "not_owner", "The source {name} belongs to another organisation: only that one may change it.", "name", src.Name)
	}
	return src, err
}

// edited applies an edit and checks the result.
func (s *Service) edited(a sharing.Actor, before Source, e Edit) (Source, error) {
	src := before
	src.Version = e.Version
	set(&src.Name, e.Name)
	set(&src.ACL, e.ACL)
	set(&src.Publisher, e.Publisher)
	set(&src.Plane, e.Plane)
	set(&src.Reliability, e.Reliability)
	set(&src.Config, e.Config)
	set(&src.Schedule, e.Schedule)
	set(&src.Enabled, e.Enabled)
	set(&src.Accept, e.Accept)
	set(&src.Tags, e.Tags)
	set(&src.Options, e.Options)
	if e.ClaimACL != nil {
		src.ClaimACL = defaultLabel(e.ClaimACL)
	}
	if src.Deleted {
		return src, errs.New(errs.Conflict, "source_deleted", "The source {name} is deleted: restore it first.", "name", src.Name)
	}
	if src.Builtin && (src.Name != before.Name || !src.Enabled || src.Schedule != "") {
		return src, errs.New(errs.Forbidden, "source_builtin", "The source {name} is built in: its name and state stay.", "name", before.Name)
	}
	if err := s.check(&src); err != nil {
		return src, err
	}
	if err := s.checkSecrets(src.Kind, e.Secrets); err != nil {
		return src, err
	}
	if err := secretsStay(before, src, e.Secrets); err != nil {
		return src, err
	}
	return src, mayTrust(a, src, before)
}

func set[T any](field *T, edit *T) {
	if edit != nil {
		*field = *edit
	}
}

// follow brings schedule and cursor in line with an edit.
func (s *Service) follow(ctx context.Context, before Source, src *Source) error {
	switch {
	case !src.Enabled && before.Enabled:
		src.State.NextRun = time.Time{}
	case src.Enabled && (!before.Enabled || src.Schedule != before.Schedule):
		src.State.NextRun = s.firstRun(*src, s.now())
	}
	if !src.State.NextRun.Equal(before.State.NextRun) {
		if err := s.o.Store.SetSourceNextRun(ctx, src.ID, src.State.NextRun); err != nil {
			return err
		}
	}
	if sameJSON(before.Config, src.Config) {
		return nil
	}
	return s.o.Store.SetSourceCursor(ctx, src.ID, nil)
}

// Delete takes a source out of sight and schedule; what it brought stays. Restore undoes it.
func (s *Service) Delete(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	return s.bury(ctx, a, n, version, true)
}

// Restore undoes Delete; the source comes back switched off.
func (s *Service) Restore(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	return s.bury(ctx, a, n, version, false)
}

func (s *Service) bury(ctx context.Context, a sharing.Actor, n id.ID, version int64, deleted bool) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		before, err := s.own(ctx, a, n)
		if err != nil {
			return err
		}
		if before.Builtin {
			return errs.New(errs.Forbidden, "source_builtin", "The source {name} is built in: its name and state stay.", "name", before.Name)
		}
		if before.Deleted == deleted {
			return nil
		}
		src := before
		src.Deleted, src.Enabled, src.Version = deleted, false, version
		if err := s.o.Store.UpdateSource(ctx, &src); err != nil {
			return nameTaken(err, src.Name)
		}
		if err := s.o.Store.SetSourceNextRun(ctx, n, time.Time{}); err != nil {
			return err
		}
		op := change.Revive
		if deleted {
			op = change.Delete
		}
		return s.note(ctx, a, op, &before, &src)
	})
}

// Get returns a source that the actor sees.
func (s *Service) Get(ctx context.Context, a sharing.Actor, n id.ID) (Source, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return Source{}, err
	}
	src, err := s.o.Store.Source(ctx, a.Scope, n)
	return s.shown(a, src), err
}

// List returns sources in the order of names, and the next cursor ("" at the end).
func (s *Service) List(ctx context.Context, a sharing.Actor, f Filter, p report.Page) ([]Source, string, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, "", err
	}
	want := p.Limit
	if want <= 0 || want > 1000 {
		want = 50
	}
	out := make([]Source, 0, want)
	for { // health is computed, so that pages are filled by reading on
		p.Limit = want - len(out)
		list, next, err := s.o.Store.Sources(ctx, a.Scope, f, p)
		if err != nil {
			return nil, "", err
		}
		for _, src := range list {
			if src = s.shown(a, src); f.Status == "" || src.Health.Status == f.Status {
				out = append(out, src)
			}
		}
		if p.Cursor = next; next == "" || len(out) >= want {
			return out, next, nil
		}
	}
}

// shown computes the health and hides from other organisations how a source is configured.
func (s *Service) shown(a sharing.Actor, src Source) Source {
	src.Health = s.health(src, s.now())
	src.State.Running = src.State.LeaseUntil.After(s.now())
	if src.Org != 0 && !a.MayEdit(src.Org) {
		src.Config, src.Options, src.SecretsSet, src.State.LastError, src.Health.Error = nil, Handling{}, nil, "", ""
	}
	return src
}
