package source

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Bounds of a run's log, and of a cursor (as feed.Feed promises).
const (
	MaxLogLines = 500
	maxLineText = 1000
	maxCursor   = 1 << 20
	maxWait     = 7 * 24 * time.Hour // what a server may ask for
)

// Source returns a source whatever its owner, for the pipeline's own work.
func (s *Service) Source(ctx context.Context, n id.ID) (Source, error) {
	return s.o.Store.Source(ctx, sharing.System("work on a source"), n)
}

// Due leases sources that are to be visited now to owner (a name unique to the process), the longest due
// first. A lease runs for Options.Lease; lengthen it by Extend.
func (s *Service) Due(ctx context.Context, owner string, limit int) ([]Source, error) {
	var out []Source
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		out = nil
		if err := s.o.Store.LockSources(ctx); err != nil { // hosts that pick at once would get in each other's way
			return err
		}
		now := s.now()
		ids, err := s.o.Store.LeaseSources(ctx, owner, now, now.Add(s.o.Lease), limit)
		if err != nil {
			return err
		}
		for _, n := range ids {
			src, err := s.Source(ctx, n)
			if err != nil {
				return err
			}
			out = append(out, src)
		}
		return nil
	})
	return out, err
}

// Extend lengthens a lease; false when it is somebody else's by now.
func (s *Service) Extend(ctx context.Context, n id.ID, owner string) (bool, error) {
	kept := false
	err := s.o.Tx.Run(ctx, func(ctx context.Context) (err error) {
		kept, err = s.o.Store.ExtendSourceLease(ctx, n, owner, s.now().Add(s.o.Lease))
		return err
	})
	return kept, err
}

// Open builds the feed of a source and the reader of its secrets ("" for those that are not set).
func (s *Service) Open(ctx context.Context, src Source) (feed.Feed, func(name string) string, error) {
	f, err := s.feed(src)
	if err != nil {
		return nil, nil, err
	}
	secrets, err := s.secrets(ctx, src.ID)
	if err != nil {
		return nil, nil, err
	}
	return f, func(name string) string { return secrets[name] }, nil
}

// Cursor returns what SetCursor stored, nil at first.
func (s *Service) Cursor(ctx context.Context, n id.ID) ([]byte, error) {
	return s.o.Store.SourceCursor(ctx, sharing.System("visit of a source"), n)
}

// StartRun records that the visit of a leased source begins. An unfinished run of the source is closed as
// aborted.
func (s *Service) StartRun(ctx context.Context, n id.ID) (Run, error) {
	var r Run
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		src, err := s.Source(ctx, n)
		if err != nil {
			return err
		}
		now := s.now()
		if !src.State.LeaseUntil.After(now) {
			return errs.New(errs.Conflict, "source_lease_lost", "The source {id} is not leased for a visit.", "id", n)
		}
		r = Run{Source: n, Started: now, Outcome: Running, owner: src.State.LeaseOwner}
		if err := s.o.Store.InsertSourceRun(ctx, &r); err != nil {
			return err
		}
		return s.o.Store.PurgeSourceRuns(ctx, n, s.o.KeepRuns)
	})
	return r, err
}

// SetCursor stores how far a visit came, in the transaction of ctx if there is one.
func (s *Service) SetCursor(ctx context.Context, n id.ID, cursor []byte) error {
	if len(cursor) > maxCursor {
		return errs.New(errs.TooLarge, "cursor_too_large", "The source's cursor has {size} bytes, more than {max}.", "size", len(cursor), "max", maxCursor)
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.o.Store.SetSourceCursor(ctx, n, cursor) })
}

// FinishRun ends a run, sets the next visit and drops the lease. After failures the wait doubles; a source
// that asks to be left alone is. A run whose lease was lost does not touch the source's state.
func (s *Service) FinishRun(ctx context.Context, run Run, r Result) error {
	if r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
		s.o.Log.ErrorContext(ctx, "source visit failed", slog.Int64("run", int64(run.ID)), slog.Any("error", r.Err))
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		by := sharing.System("visit of a source")
		rec, err := s.o.Store.SourceRun(ctx, by, run.ID)
		if err != nil || rec.Outcome != Running {
			return err
		}
		now := s.now()
		rec.Ended, rec.Outcome, rec.Items, rec.Fresh, rec.Skipped = now, Done, r.Items, r.Fresh, r.Skipped
		if r.Err != nil {
			rec.Outcome, rec.Error = Failed, shownError(r.Err)
		}
		if err := s.o.Store.UpdateSourceRun(ctx, rec); err != nil {
			return err
		}
		src, err := s.o.Store.Source(ctx, by, rec.Source)
		if err != nil || src.State.LeaseOwner != run.owner {
			return err
		}
		return s.o.Store.SaveSourceState(ctx, src.ID, s.after(src, rec, r, now))
	})
}

// after computes the state that follows a run.
func (s *Service) after(src Source, rec Run, r Result, now time.Time) State {
	st := src.State
	st.LastRun = rec.Started
	if rec.Fresh > 0 {
		st.LastItem = now
	}
	next, err := NextRun(src.Schedule, now)
	if err != nil {
		next = time.Time{}
	}
	if r.Err == nil {
		st.LastSuccess, st.Failures, st.FailingSince, st.LastError = now, 0, time.Time{}, ""
		if r.Partial {
			next = now
		}
	} else {
		st.Failures++
		if st.FailingSince.IsZero() {
			st.FailingSince = rec.Started
		}
		st.LastError = rec.Error
		if earliest := now.Add(backOff(st.Failures, s.o.MaxBackOff)); !next.IsZero() && next.Before(earliest) {
			next = earliest
		}
	}
	if asked := r.NotBefore; !next.IsZero() && asked.After(next) {
		next = asked
		if latest := now.Add(maxWait); next.After(latest) {
			next = latest
		}
	}
	if !src.Enabled || src.Deleted {
		next = time.Time{}
	}
	st.NextRun = next
	// Somebody asked for a visit, or changed the schedule, while this one ran.
	if asked := src.State.NextRun; src.Enabled && asked.After(rec.Started) && !asked.After(now) {
		st.NextRun = asked
	}
	return st
}

// shownError is what people may read of an error; the cause is for the log.
func shownError(err error) string {
	e, ok := errs.As(err)
	if !ok {
		return "An internal error; the server's log has it."
	}
	c := *e
	c.Err = nil
	return naming.Clip(c.Error(), maxLineText)
}

// RunNow asks for a visit at once; needs sources.manage.
func (s *Service) RunNow(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		src, err := s.own(ctx, a, n)
		if err != nil {
			return err
		}
		if _, err := s.feed(src); errs.KindOf(err) == errs.Unsupported {
			return err
		}
		if !src.Enabled || src.Deleted {
			return errs.New(errs.Conflict, "source_disabled", "The source {name} is switched off: switch it on first.", "name", src.Name)
		}
		return s.o.Store.SetSourceNextRun(ctx, n, s.now())
	})
}

// Forget drops the cursor, so that the next visit reads everything again; needs sources.manage.
func (s *Service) Forget(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if _, err := s.own(ctx, a, n); err != nil {
			return err
		}
		return s.o.Store.SetSourceCursor(ctx, n, nil)
	})
}

// Seen notes that something came by a push source.
func (s *Service) Seen(ctx context.Context, n id.ID) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		src, err := s.o.Store.Source(ctx, sharing.System("delivery to a source"), n)
		if err != nil {
			return err
		}
		st := src.State
		st.LastItem, st.LastSuccess, st.LastRun = s.now(), s.now(), s.now()
		return s.o.Store.SaveSourceState(ctx, n, st)
	})
}

// AppendLog adds lines to a run's log, in batches if there are many. The log keeps its first lines and its
// newest, MaxLogLines in all.
func (s *Service) AppendLog(ctx context.Context, run id.ID, lines ...Line) error {
	if len(lines) == 0 {
		return nil
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		rec, err := s.o.Store.SourceRun(ctx, sharing.System("visit of a source"), run)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.At.IsZero() {
				l.At = s.now()
			}
			l.Text, l.Item = naming.Clip(l.Text, maxLineText), naming.Clip(l.Item, maxLineText)
			rec.Log = append(rec.Log, l)
		}
		const first = 20
		if over := len(rec.Log) - MaxLogLines; over > 0 {
			rec.Log = slices.Delete(rec.Log, first, first+over)
		}
		return s.o.Store.UpdateSourceRun(ctx, rec)
	})
}

// Progress stores the counts of a run that goes on, for those who watch.
func (s *Service) Progress(ctx context.Context, run id.ID, items, fresh, skipped int64) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		rec, err := s.o.Store.SourceRun(ctx, sharing.System("visit of a source"), run)
		if err != nil || rec.Outcome != Running {
			return err
		}
		rec.Items, rec.Fresh, rec.Skipped = items, fresh, skipped
		return s.o.Store.UpdateSourceRun(ctx, rec)
	})
}

// Runs lists the runs of a source, newest first, without logs. Only its organisation may see them.
func (s *Service) Runs(ctx context.Context, a sharing.Actor, n id.ID, p report.Page) ([]Run, string, error) {
	if _, err := s.readable(ctx, a, n); err != nil {
		return nil, "", err
	}
	return s.o.Store.SourceRuns(ctx, a.Scope, n, p)
}

// Run returns a run with its log. Only the source's organisation may see it.
func (s *Service) Run(ctx context.Context, a sharing.Actor, n id.ID) (Run, error) {
	r, err := s.o.Store.SourceRun(ctx, a.Scope, n)
	if err != nil {
		return Run{}, err
	}
	_, err = s.readable(ctx, a, r.Source)
	return r, err
}

func (s *Service) readable(ctx context.Context, a sharing.Actor, n id.ID) (Source, error) {
	src, err := s.Get(ctx, a, n)
	if err == nil && !a.MayEdit(src.Org) {
		err = errs.New(errs.Forbidden, "not_owner", "The runs of {name} are shown to its own organisation only.", "name", src.Name)
	}
	return src, err
}
