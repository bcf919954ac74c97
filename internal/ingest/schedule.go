package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

// Calendar is what the scheduler needs of package source.
type Calendar interface {
	// Due leases sources whose visit is due, for a while, to owner.
	Due(ctx context.Context, owner string, limit int) ([]source.Source, error)
	// Extend lengthens the lease; false when it is lost.
	Extend(ctx context.Context, n id.ID, owner string) (bool, error)
	// Open builds the feed and a reader of its secrets.
	Open(ctx context.Context, src source.Source) (feed.Feed, func(name string) string, error)
	Cursor(ctx context.Context, n id.ID) ([]byte, error)
	SetCursor(ctx context.Context, n id.ID, cursor []byte) error
	StartRun(ctx context.Context, n id.ID) (source.Run, error)
	AppendLog(ctx context.Context, run id.ID, lines ...source.Line) error
	// Progress stores the counts of a run that goes on, for those who watch.
	Progress(ctx context.Context, run id.ID, items, fresh, skipped int64) error
	FinishRun(ctx context.Context, run source.Run, r source.Result) error
	// List and RunNow serve feeds that can tell early that a visit is worth while.
	List(ctx context.Context, a sharing.Actor, f source.Filter, p report.Page) ([]source.Source, string, error)
	RunNow(ctx context.Context, a sharing.Actor, n id.ID) error
}

// Scheduler visits sources when they are due.
type Scheduler struct {
	Engine   *Engine
	Calendar Calendar
	// Owner names this process in leases.
	Owner string
	// Parallel visits at once. Default 4.
	Parallel int
	// Every is how often it looks for due sources. Default 2 s.
	Every time.Duration
	// Wake makes it look at once (a source was made or run by hand). May be nil.
	Wake <-chan struct{}
}

// Run visits until ctx ends, and returns after running visits stopped.
func (s *Scheduler) Run(ctx context.Context) error {
	if s.Parallel <= 0 {
		s.Parallel = 4
	}
	if s.Every <= 0 {
		s.Every = 2 * time.Second
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	relist := make(chan struct{}, 1)
	wg.Go(func() { s.listen(ctx, relist) })
	slots := make(chan struct{}, s.Parallel)
	ticker := time.NewTicker(s.Every)
	defer ticker.Stop()
	for {
		free := s.Parallel - len(slots)
		if free > 0 {
			due, err := s.Calendar.Due(ctx, s.Owner, free)
			if err != nil && ctx.Err() == nil {
				s.Engine.o.Log.ErrorContext(ctx, "due sources not read", slog.Any("error", err))
			}
			for _, src := range due {
				slots <- struct{}{}
				wg.Go(func() {
					defer func() { <-slots }()
					s.visit(ctx, src)
				})
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.Wake:
			select {
			case relist <- struct{}{}:
			default:
			}
		}
	}
}

// visit is one visit of one source, with its run recorded whatever happens.
func (s *Scheduler) visit(ctx context.Context, src source.Source) {
	log := s.Engine.o.Log.With(slog.Int64("source", int64(src.ID)), slog.String("kind", src.Kind))
	run, err := s.Calendar.StartRun(ctx, src.ID)
	if err != nil {
		log.ErrorContext(ctx, "visit not started", slog.Any("error", err))
		return
	}
	visitCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go s.keepLease(visitCtx, cancel, src.ID)
	res := s.fetch(visitCtx, src, run)
	if cause := context.Cause(visitCtx); cause != nil && errors.Is(res.Err, context.Canceled) {
		res.Partial = ctx.Err() != nil // we are stopping: go on at the next start
		if res.Partial {
			res.Err = nil
		}
	}
	done, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	if err := s.Calendar.FinishRun(done, run, res); err != nil {
		log.ErrorContext(ctx, "visit not recorded", slog.Any("error", err))
	}
}

// tellEvery is how often the log of a long visit says how far it is: the log keeps few lines.
const tellEvery = 15 * time.Second

var errLease = errors.New("the lease of the source was lost")

func (s *Scheduler) keepLease(ctx context.Context, cancel context.CancelCauseFunc, n id.ID) {
	ticker := time.NewTicker(20 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if ok, err := s.Calendar.Extend(ctx, n, s.Owner); err == nil && !ok {
				cancel(errLease)
				return
			}
		}
	}
}

func (s *Scheduler) fetch(ctx context.Context, src source.Source, run source.Run) (res source.Result) {
	defer func() {
		if p := recover(); p != nil {
			res.Err = fmt.Errorf("panic in feed %s: %v", src.Kind, p)
		}
	}()
	f, secrets, err := s.Calendar.Open(ctx, src)
	if err != nil {
		res.Err = err
		return res
	}
	cursor, err := s.Calendar.Cursor(ctx, src.ID)
	if err != nil {
		res.Err = err
		return res
	}
	counted, told := time.Time{}, time.Time{}
	count := func() {
		if now := s.Engine.o.Clock(); now.Sub(counted) >= time.Second {
			counted = now
			_ = s.Calendar.Progress(ctx, run.ID, res.Items, res.Fresh, res.Skipped) // the end of the run stores them for good
		}
	}
	emit := func(ctx context.Context, items []feed.Item) error {
		ids, err := s.Engine.Acquire(ctx, src.ID, items)
		if err == nil {
			res.Items += int64(len(items))
			res.Fresh += int64(len(ids))
			count()
		}
		return err
	}
	logLine := func(level, item, text string) {
		_ = s.Calendar.AppendLog(ctx, run.ID, source.Line{At: s.Engine.o.Clock(), Level: level, Item: clip(item, 300), Text: clip(text, 1000)})
	}
	next, err := f.Visit(ctx, s.Engine.o.Env, feed.Poll{
		Cursor: cursor, Secret: secrets, Limit: src.Options.MaxItems,
		Emit:     func(ctx context.Context, it feed.Item) error { return emit(ctx, []feed.Item{it}) },
		EmitMany: emit,
		Save:     func(ctx context.Context, c []byte) error { return s.Calendar.SetCursor(ctx, src.ID, c) },
		Skip: func(key string, reason error) {
			res.Skipped++
			logLine("warn", key, reason.Error())
		},
		Progress: func(done, total int) {
			count()
			if now := s.Engine.o.Clock(); now.Sub(told) > tellEvery {
				told = now
				logLine("info", "", fmt.Sprintf("%d / %d", done, total))
			}
		},
	})
	res.Err = err
	if wait := fetch.Wait(err); wait > 0 {
		res.NotBefore = s.Engine.o.Clock().Add(wait)
	}
	if next != nil {
		if err := s.Calendar.SetCursor(context.WithoutCancel(ctx), src.ID, next); err != nil && res.Err == nil {
			res.Err = err
		}
	}
	return res
}
