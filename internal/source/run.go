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

// Visit is everything that one visit needs.
type Visit struct {
	Run    Run
	Source Source
	Feed   feed.Feed
	Cursor []byte
	// Secret returns a decrypted credential, "" when it is not set.
	Secret func(name string) string
}

// errLease says that a visit is somebody else's now.
func errLease(n id.ID) error {
	return errs.New(errs.Conflict, "source_lease_lost", "The source {id} is being visited by another worker.", "id", n)
}

// Due leases sources that are to be visited now to owner (a name unique to the worker), the longest due first.
func (s *Service) Due(ctx context.Context, owner string, limit int, lease time.Duration) ([]id.ID, error) {
	var out []id.ID
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		now := s.now()
		var err error
		out, err = s.o.Store.LeaseSources(ctx, owner, now, now.Add(lease), limit)
		return err
	})
	return out, err
}

// StartRun begins the visit of a leased source and records it; the lease runs anew.
func (s *Service) StartRun(ctx context.Context, owner string, n id.ID, lease time.Duration) (Visit, error) {
	var v Visit
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		v = Visit{}
		if err := s.extend(ctx, owner, n, lease); err != nil {
			return err
		}
		by := sharing.System("visit of a source")
		var err error
		if v.Source, err = s.o.Store.Source(ctx, by, n); err != nil {
			return err
		}
		if v.Cursor, err = s.o.Store.SourceCursor(ctx, by, n); err != nil {
			return err
		}
		v.Run = Run{Source: n, Started: s.now(), Outcome: Running}
		if err := s.o.Store.InsertSourceRun(ctx, &v.Run); err != nil {
			return err
		}
		return s.o.Store.PurgeSourceRuns(ctx, n, s.o.KeepRuns)
	})
	if err != nil {
		return Visit{}, err
	}
	// From here on the run exists: what is wrong with the source ends it with its reason.
	secrets, err := s.secrets(ctx, n)
	if err == nil {
		v.Feed, err = s.feed(v.Source)
	}
	if err != nil {
		return Visit{}, s.FinishRun(ctx, owner, v.Run.ID, Result{Err: err})
	}
	v.Secret = func(name string) string { return secrets[name] }
	return v, nil
}

func (s *Service) extend(ctx context.Context, owner string, n id.ID, lease time.Duration) error {
	ok, err := s.o.Store.ExtendSourceLease(ctx, n, owner, s.now().Add(lease))
	if err == nil && !ok {
		err = errLease(n)
	}
	return err
}

// Extend lengthens a lease; errs.Conflict "source_lease_lost" when it is somebody else's.
func (s *Service) Extend(ctx context.Context, owner string, n id.ID, lease time.Duration) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.extend(ctx, owner, n, lease) })
}

// SetCursor stores how far a visit came, in the transaction of ctx if there is one.
func (s *Service) SetCursor(ctx context.Context, n id.ID, cursor []byte) error {
	if len(cursor) > maxCursor {
		return errs.New(errs.TooLarge, "cursor_too_large", "The source's cursor has {size} bytes, more than {max}.", "size", len(cursor), "max", maxCursor)
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.o.Store.SetSourceCursor(ctx, n, cursor) })
}

// FinishRun ends a run, sets the next visit and drops the lease. After failures the wait doubles; a source
// that asks to be left alone is. A run whose lease was lost is closed without touching the source's state.
func (s *Service) FinishRun(ctx context.Context, owner string, run id.ID, r Result) error {
	if r.Err != nil && errs.KindOf(r.Err) == errs.Internal {
		s.o.Log.ErrorContext(ctx, "source visit failed", slog.Int64("run", int64(run)), slog.Any("error", r.Err))
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		by := sharing.System("visit of a source")
		rec, err := s.o.Store.SourceRun(ctx, by, run)
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
		if err != nil || src.State.LeaseOwner != owner {
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
