package watch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Owners makes the actor of a watch's owner, with the rights of now; account.Service does.
type Owners interface {
	// ActorFor is errs.Unauthenticated for an account that is disabled or gone.
	ActorFor(ctx context.Context, user id.ID, via string) (sharing.Actor, error)
}

// Reports reads what was found; report.Store does.
type Reports interface {
	ClaimsByID(ctx context.Context, s sharing.Scope, ids []id.ID) ([]report.Claim, error)
	List(ctx context.Context, s sharing.Scope, f report.Filter, p report.Page) ([]report.Report, string, error)
}

// Publisher takes messages for Topic; app gives it the bus.
type Publisher interface {
	// Publish returns after the message is on disk. The same id is one message.
	Publish(ctx context.Context, topic, msgID string, body []byte) error
}

// Topic carries notices from Flush to Deliver.
const Topic = "notify"

// ServiceOptions are the parts of a Service. Store, Reports, Tx, Changes, Box and Owners are required.
type ServiceOptions struct {
	Store   Store
	Reports Reports
	Tx      tx.Runner
	Changes change.Log
	Box     *secret.Box // seals the channels' credentials
	Owners  Owners
	Queue   Publisher // nil: Flush makes notices, another host publishes them
	Kinds   []notify.Kind
	Env     notify.Env // without Secret
	// Link returns the console's address of an item ("report", "watch"); nil or "" leaves it out.
	Link  func(kind string, n id.ID) string
	Clock func() time.Time
	Log   *slog.Logger
}

// Service is the only writer of watches, channels, hits and notices. It is safe for concurrent use.
type Service struct {
	o ServiceOptions
}

// New checks the options.
func New(o ServiceOptions) (*Service, error) {
	if o.Store == nil || o.Reports == nil || o.Tx == nil || o.Changes == nil || o.Box == nil || o.Owners == nil {
		return nil, errors.New("watch: store, reports, transactions, change log, key box and owners are required")
	}
	if o.Link == nil {
		o.Link = func(string, id.ID) string { return "" }
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o}, nil
}

// now is the clock to the microsecond, as the store keeps it.
func (s *Service) now() time.Time { return s.o.Clock().UTC().Truncate(time.Microsecond) }

// mayTouch is the rule for one person's watch or channel: the owner, and who manages the organisation's
// users. Others of the organisation do not learn that a watch exists.
func mayTouch(a sharing.Actor, org, owner id.ID) bool {
	if _, sys := a.Scope.IsSystem(); sys {
		return true
	}
	return a.Org == org && (a.User == owner || a.Can(sharing.ManageOrgUser))
}

func notFound(kind string, n id.ID) error {
	return errs.New(errs.NotFound, kind+"_missing", "There is no {kind} {name}, or you may not see it.", "kind", kind, "name", n.String())
}

// note appends a change entry without a label: watches are personal, and channels are seen by few.
func (s *Service) note(ctx context.Context, a sharing.Actor, op, kind string, n id.ID, before, after any) error {
	e := change.By(a, op, kind, n, 0)
	var err1, err2 error
	if before != nil {
		e.Before, err1 = jsonx.Marshal(before)
	}
	if after != nil {
		e.After, err2 = jsonx.Marshal(after)
	}
	return errors.Join(err1, err2, s.o.Changes.Append(ctx, e))
}

// Create makes a watch of the actor's; needs watches.manage. It looks at what comes from now on.
func (s *Service) Create(ctx context.Context, a sharing.Actor, d Draft) (Watch, error) {
	if err := a.Need(sharing.ManageWatches); err != nil {
		return Watch{}, err
	}
	if a.User == 0 {
		return Watch{}, errs.New(errs.Forbidden, "watch_person", "A watch belongs to a person: log in, or use a person's key.")
	}
	w := Watch{Org: a.Org, Owner: a.User, Name: d.Name, Kind: d.Kind, Query: d.Query, Channels: d.Channels, Enabled: d.Enabled, Options: d.Options}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		made := w
		if err := s.check(ctx, a, &made); err != nil {
			return err
		}
		if err := s.o.Store.InsertWatch(ctx, &made); err != nil {
			return err
		}
		w = made
		return s.note(ctx, a, change.Create, "watch", made.ID, nil, made)
	})
	return w, err
}

// own reads a watch that the actor may see and manage.
func (s *Service) own(ctx context.Context, a sharing.Actor, n id.ID) (Watch, error) {
	if err := a.Need(sharing.ManageWatches); err != nil {
		return Watch{}, err
	}
	w, err := s.o.Store.Watch(ctx, a.Scope, n)
	if err == nil && !mayTouch(a, w.Org, w.Owner) {
		err = notFound("watch", n)
	}
	return w, err
}

// Update edits a watch. A changed question starts anew: it looks at what comes from now on.
func (s *Service) Update(ctx context.Context, a sharing.Actor, n id.ID, e Edit) (Watch, error) {
	return s.change(ctx, a, n, change.Update, func(ctx context.Context, w *Watch) error {
		if w.Deleted {
			return errs.New(errs.Conflict, "watch_deleted", "The watch {name} is deleted: restore it first.", "name", w.Name)
		}
		w.Version = e.Version
		set(&w.Name, e.Name)
		set(&w.Kind, e.Kind)
		set(&w.Query, e.Query)
		set(&w.Channels, e.Channels)
		set(&w.Enabled, e.Enabled)
		set(&w.Options, e.Options)
		set(&w.Muted, e.Muted)
		w.Error = ""
		return s.check(ctx, a, w)
	})
}

func set[T any](field *T, edit *T) {
	if edit != nil {
		*field = *edit
	}
}

// Delete ends a watch; Restore undoes it, switched off.
func (s *Service) Delete(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.change(ctx, a, n, change.Delete, func(_ context.Context, w *Watch) error {
		w.Deleted, w.Enabled, w.Version = true, false, version
		return nil
	})
	return err
}

// Restore undoes Delete.
func (s *Service) Restore(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.change(ctx, a, n, change.Revive, func(_ context.Context, w *Watch) error {
		w.Deleted, w.Version = false, version
		return nil
	})
	return err
}

func (s *Service) change(ctx context.Context, a sharing.Actor, n id.ID, op string, edit func(context.Context, *Watch) error) (Watch, error) {
	var out Watch
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.LockWatches(ctx); err != nil {
			return err
		}
		before, err := s.own(ctx, a, n)
		if err != nil {
			return err
		}
		after := before
		if err := edit(ctx, &after); err != nil {
			return err
		}
		restart := after.Kind != before.Kind || after.Query != before.Query || after.Enabled && !before.Enabled
		if err := s.o.Store.UpdateWatch(ctx, &after, restart); err != nil {
			return err
		}
		out = after
		return s.note(ctx, a, op, "watch", n, before, after)
	})
	return out, err
}

// Get returns a watch of the actor's own, or of the organisation for who manages its users.
func (s *Service) Get(ctx context.Context, a sharing.Actor, n id.ID) (Watch, error) {
	return s.own(ctx, a, n)
}

// List returns watches, newest first, and the next cursor ("" at the end): the actor's own, or for who
// manages the organisation's users those of f.Owner (0: of all).
func (s *Service) List(ctx context.Context, a sharing.Actor, f Filter, p report.Page) ([]Watch, string, error) {
	if err := a.Need(sharing.ManageWatches); err != nil {
		return nil, "", err
	}
	if !mayTouch(a, a.Org, 0) {
		f.Owner = a.User
	}
	return s.o.Store.Watches(ctx, a.Scope, f, p)
}

// Log returns what became of a watch's notices, newest first.
func (s *Service) Log(ctx context.Context, a sharing.Actor, watch id.ID, f Filter, p report.Page) ([]Notice, string, error) {
	if _, err := s.own(ctx, a, watch); err != nil {
		return nil, "", err
	}
	f.Watch = watch
	return s.o.Store.Notices(ctx, a.Scope, f, p)
}

// Hits returns the newest hits of a watch whose claims and reports its reader still sees.
func (s *Service) Hits(ctx context.Context, a sharing.Actor, watch id.ID, before int64, limit int) ([]Hit, error) {
	if _, err := s.own(ctx, a, watch); err != nil {
		return nil, err
	}
	if before <= 0 {
		before = int64(id.Max)
	}
	if limit <= 0 || limit > 500 {
		limit = 100
	}
	hits, err := s.o.Store.LatestHits(ctx, a.Scope, watch, before, limit)
	if err != nil {
		return nil, err
	}
	found, err := s.load(ctx, a.Scope, hits)
	if err != nil {
		return nil, err
	}
	out := hits[:0]
	for _, h := range hits {
		if found.sees(h) {
			out = append(out, h)
		}
	}
	return out, nil
}
