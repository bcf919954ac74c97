package bus

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Follower reads the change log on from where its consumer stands.
type Follower struct {
	Changes  change.Log
	Run      tx.Runner
	Consumer string
	// Batch is how many entries a handler gets at most. Default 500.
	Batch int
	// Handler works on entries in ascending order. Its context carries the transaction in which the
	// position moves on, so what it writes to the store happens once; it may run again after a conflict.
	Handler func(ctx context.Context, entries []change.Entry) error
	Log     *slog.Logger
	// Moved is called after each step with the position and how many entries it was.
	Moved func(seq int64, entries int)
}

// Follow hands every change to the handler until ctx ends, then returns nil. A failing handler gets the
// same entries again after a back-off: nothing is skipped. Followers of one consumer on several hosts do
// not repeat each other's effects (the position moves once), but only one of them gets ahead at a time.
func Follow(ctx context.Context, f Follower) error {
	if f.Handler == nil || f.Consumer == "" {
		return errs.New(errs.Internal, "no_handler", "The consumer {consumer} has no handler.", "consumer", f.Consumer)
	}
	f.Batch = orDefault(f.Batch, 500)
	if f.Log == nil {
		f.Log = slog.New(slog.DiscardHandler)
	}
	scope := sharing.System("follow changes: " + f.Consumer)
	back := Backoff{Base: 200 * time.Millisecond, Max: time.Minute, Factor: 2, Jitter: 0.5}
	failures := 0
	for ctx.Err() == nil {
		woken := f.Changes.Changed()
		more, err := f.step(ctx, scope)
		pause := time.Second
		switch {
		case err == nil && more:
			failures = 0
			continue
		case err == nil:
			failures = 0
		case ctx.Err() != nil:
			return nil
		default:
			if failures++; failures == 1 || failures%10 == 0 {
				f.Log.WarnContext(ctx, "changes not handled", slog.String("consumer", f.Consumer), slog.Int("failures", failures), slog.Any("error", err))
			}
			pause, woken = back.After(failures, rand.Float64()), nil //nolint:gosec // jitter
		}
		timer := time.NewTimer(pause)
		select {
		case <-woken:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// step handles one batch; more says that it moved.
func (f *Follower) step(ctx context.Context, scope sharing.Scope) (more bool, err error) {
	from, err := f.Changes.Position(ctx, f.Consumer)
	if err != nil {
		return false, err
	}
	entries, upTo, err := f.Changes.Since(ctx, scope, from, f.Batch)
	if err != nil || upTo <= from {
		return false, err
	}
	err = f.Run.Run(ctx, func(ctx context.Context) error {
		// A second follower waits here until the first is done, and then finds the position moved.
		if now, err := f.Changes.Position(ctx, f.Consumer); err != nil || now != from {
			return cmp.Or(err, errMoved)
		}
		if err := f.Changes.Advance(ctx, f.Consumer, upTo); err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
		return f.Handler(ctx, entries)
	})
	if errors.Is(err, errMoved) {
		return false, nil
	}
	if err == nil && f.Moved != nil {
		f.Moved(upTo, len(entries))
	}
	return true, err
}

// errMoved says that another host handled the entries.
var errMoved = errors.New("the position moved")
