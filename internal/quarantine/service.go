package quarantine

import (
	"context"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Options of the Service. Store, Tx and Changes are required; without Replayer nothing can be replayed.
type Options struct {
	Store    Store
	Tx       tx.Runner
	Changes  change.Log
	Replayer Replayer
	Clock    func() time.Time
}

// Service is the only writer of quarantine items but for those that the bulk writer puts aside with its batch.
type Service struct {
	o Options
}

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Tx == nil || o.Changes == nil {
		return nil, errors.New("quarantine: store, transactions and change log are required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Service{o: o}, nil
}

// MaxPayload bounds what is kept of an item here; longer ones belong into the blob store.
const MaxPayload = 64 << 10

// MaxBulk bounds one bulk operation; call it again for the rest.
const MaxBulk = 1000

// Add puts an item aside; needs intel.write.
func (s *Service) Add(ctx context.Context, a sharing.Actor, d Draft) (Item, error) {
	if err := a.Need(sharing.WriteIntel); err != nil {
		return Item{}, err
	}
	it := Item{
		Source: d.Source, Report: d.Report, ACL: d.ACL.Normal(), Stage: d.Stage, Item: clean(d.Item, 1000), Place: clean(d.Place, 500), Code: d.Code, Reason: clean(d.Reason, 2000),
		Params: d.Params, Blob: d.Blob, Payload: cut(d.Payload), Meta: d.Meta, State: Open,
	}
	if it.ACL.Owner == 0 {
		it.ACL.Owner = a.Org
	}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.InsertQuarantine(ctx, &it); err != nil {
			return err
		}
		acl, err := s.o.Store.InternACL(ctx, it.ACL)
		if err != nil {
			return err
		}
		e := change.By(a, change.Create, "quarantine", it.ID, acl)
		e.Parent = it.Report
		if e.After, err = jsonx.Marshal(map[string]any{"stage": it.Stage, "code": it.Code, "source": it.Source}); err != nil {
			return err
		}
		return s.o.Changes.Append(ctx, e)
	})
	return it, err
}

// clean makes foreign text fit for a text column: valid UTF-8 without zero bytes, bounded.
func clean(s string, limit int) string {
	return naming.Clip(withoutNUL(s), limit)
}

func withoutNUL(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == 0 {
			b[i] = '?'
		}
	}
	return string(b)
}

func cut(s string) string {
	if len(s) > MaxPayload {
		s = s[:MaxPayload]
	}
	return naming.Clip(withoutNUL(s), MaxPayload)
}

// Get returns an item with its payload; needs intel.read.
func (s *Service) Get(ctx context.Context, a sharing.Actor, n id.ID) (Item, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return Item{}, err
	}
	return s.o.Store.Quarantined(ctx, a.Scope, n)
}

// List returns items, newest first, and the next cursor ("" at the end); needs intel.read.
func (s *Service) List(ctx context.Context, a sharing.Actor, f Filter, p report.Page) ([]Item, string, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, "", err
	}
	return s.o.Store.Quarantine(ctx, a.Scope, f, p)
}

// Counts counts open items by stage and code; needs intel.read.
func (s *Service) Counts(ctx context.Context, a sharing.Actor, f Filter) ([]Count, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, err
	}
	return s.o.Store.QuarantineCounts(ctx, a.Scope, f)
}

// Discard gives open items up; Reopen undoes it. Both need sources.manage, act on items of the actor's
// organisation, at most MaxBulk, and return how many changed.
func (s *Service) Discard(ctx context.Context, a sharing.Actor, f Filter) (int, error) {
	return s.each(ctx, a, f, Open, func(ctx context.Context, it Item) (bool, error) { return s.move(ctx, a, it, Open, Discarded) })
}

// Reopen undoes Discard.
func (s *Service) Reopen(ctx context.Context, a sharing.Actor, f Filter) (int, error) {
	return s.each(ctx, a, f, Discarded, func(ctx context.Context, it Item) (bool, error) { return s.move(ctx, a, it, Discarded, Open) })
}

// Replay puts open items through the pipeline again. An item counts as replayed once it is durable in the
// queue; if it fails again, that is a new item. Items that cannot be replayed stay open, and the first
// reason is returned beside the count.
func (s *Service) Replay(ctx context.Context, a sharing.Actor, f Filter) (int, error) {
	if s.o.Replayer == nil {
		return 0, errs.New(errs.Unsupported, "replay", "Nothing can be replayed on this host.")
	}
	var first error
	n, err := s.each(ctx, a, f, Open, func(ctx context.Context, it Item) (bool, error) {
		// The queue is not part of the transaction: replay first, so that a crash repeats and never loses.
		if err := s.o.Replayer.Replay(ctx, a, it); err != nil {
			if first == nil {
				first = err
			}
			return false, nil
		}
		return s.move(ctx, a, it, Open, Replayed)
	})
	return n, errors.Join(err, first)
}

// Purge removes items that were replayed or discarded before a time; retention calls it.
func (s *Service) Purge(ctx context.Context, before time.Time) (int64, error) {
	const batch = 5000
	for total := int64(0); ; {
		n, err := s.o.Store.PurgeQuarantine(ctx, before, batch)
		if total += n; err != nil || n < batch {
			return total, err
		}
	}
}

// MarkReplayed is for engines that replay by themselves.
func (s *Service) MarkReplayed(ctx context.Context, a sharing.Actor, n id.ID) error {
	it, err := s.o.Store.Quarantined(ctx, a.Scope, n)
	if err != nil {
		return err
	}
	if !a.MayEdit(it.ACL.Owner) {
		return notOwner()
	}
	_, err = s.move(ctx, a, it, Open, Replayed)
	return err
}

func notOwner() error {
	return errs.New(errs.Forbidden, "not_owner", "Only the owning organisation may replay or discard what was put aside.")
}

func (s *Service) each(ctx context.Context, a sharing.Actor, f Filter, in State, act func(context.Context, Item) (bool, error)) (int, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return 0, err
	}
	f.State = in
	list, _, err := s.o.Store.Quarantine(ctx, a.Scope, f, report.Page{Limit: MaxBulk})
	if err != nil {
		return 0, err
	}
	changed, foreign := 0, 0
	for _, it := range list {
		if !a.MayEdit(it.ACL.Owner) {
			foreign++
			continue
		}
		full, err := s.o.Store.Quarantined(ctx, a.Scope, it.ID)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return changed, err
		}
		ok, err := act(ctx, full)
		if err != nil {
			return changed, err
		}
		if ok {
			changed++
		}
	}
	if changed == 0 && foreign > 0 {
		return 0, notOwner()
	}
	return changed, nil
}

func (s *Service) move(ctx context.Context, a sharing.Actor, it Item, from, to State) (bool, error) {
	moved := false
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		var err error
		if moved, err = s.o.Store.ResolveQuarantine(ctx, it.ID, from, to, a.Name, s.o.Clock()); err != nil || !moved {
			return err
		}
		acl, err := s.o.Store.InternACL(ctx, it.ACL)
		if err != nil {
			return err
		}
		e := change.By(a, change.Update, "quarantine", it.ID, acl)
		e.Parent = it.Report
		if e.Before, err = jsonx.Marshal(map[string]any{"state": from}); err != nil {
			return err
		}
		if e.After, err = jsonx.Marshal(map[string]any{"state": to}); err != nil {
			return err
		}
		return s.o.Changes.Append(ctx, e)
	})
	return moved, err
}
