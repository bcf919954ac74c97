package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/parser"
	parserall "github.com/vedette-ti/vedette/internal/parser/all"
	"github.com/vedette-ti/vedette/internal/search"
)

func (a *App) buildEngines(context.Context) (err error) {
	limits := parser.DefaultLimits()
	limits.Bytes = int64(a.cfg.Limits.Document)
	a.Ingest, err = ingest.New(ingest.Options{
		Reports: a.Reports, Sources: a.Sources, Queue: a.Queue, Blobs: blobs{a.Blobs}, Parsers: parserall.List(), Parse: a.Sandbox.Parse,
		Formats: []ingest.Structured{mispFormat{a}, stixFormat{}}, Lists: a.Taxonomy.Matcher, Assets: a.Assets, Playbooks: playbooks{a.Playbooks},
		Env:    feed.Env{HTTP: a.Egress.HTTP(egress.Untrusted), Files: a.Files, Clock: a.o.Clock, Log: a.log},
		Limits: limits, Clock: a.o.Clock, Log: a.log,
	})
	return errors.Join(err, a.registerJobs())
}

// Start runs what this process's roles ask for, in the background, until Close.
func (a *App) Start(ctx context.Context) {
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.task(ctx, "warninglists", a.Taxonomy.Load)
	if a.cfg.Has("worker") {
		a.startWorkers(ctx)
	}
	if a.cfg.Has("scheduler") {
		s := &ingest.Scheduler{Engine: a.Ingest, Calendar: a.Sources, Owner: a.name(), Wake: a.wake}
		a.task(ctx, "scheduler", s.Run)
		a.task(ctx, "recurring jobs", a.scheduleJobs)
	}
}

func (a *App) startWorkers(ctx context.Context) {
	a.task(ctx, "ingest", func(ctx context.Context) error {
		return a.Queue.Consume(ctx, bus.Options{
			Topic: ingest.Topic, Consumer: ingest.Consumer, Handler: a.Ingest.Handle, Concurrency: 2 * runtime.NumCPU(), Lease: 2 * time.Minute, MaxAttempts: 8, Log: a.log,
		})
	})
	indexer := search.NewIndexer(search.Options{Text: a.DB, Changes: a.DB, Tx: a.DB, Reports: a.DB, Blobs: a.Blobs, Log: a.log})
	a.task(ctx, "search", indexer.Run)
	a.task(ctx, "values", indexer.Values(a.DB))
	a.startAutomation(ctx)
	a.task(ctx, "audit", func(ctx context.Context) error { a.Audit.Run(ctx); return nil })
	a.task(ctx, "jobs", func(ctx context.Context) error { return a.Jobs.Work(ctx, jobs.RunnerOptions{}) })
}

// name tells this process from others in leases.
func (a *App) name() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return host + "-" + id.Derived(a.DB.Instance(), a.o.Clock(), id.ID(os.Getpid())).String()
}

// Wake makes the scheduler look for due sources at once.
func (a *App) Wake() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Idle waits until the pipeline has nothing left to do: no message waits or is worked on, and the search
// index has caught up. The command line uses it after an import.
func (a *App) Idle(ctx context.Context, progress func(open int64)) error {
	for {
		depths, err := a.Queue.Depth(ctx)
		if err != nil {
			return err
		}
		var open int64
		for _, d := range depths {
			if d.Topic == ingest.Topic {
				open += d.Open()
			} else {
				open += d.Ready + d.Leased // a receiver outside that is down must not hold up an import
			}
		}
		if progress != nil {
			progress(open)
		}
		if open == 0 {
			behind, err := a.behind(ctx)
			if err != nil || !behind {
				return err
			}
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return errs.Wrap(ctx.Err(), errs.Unavailable, "interrupted", "Stopped while work was waiting: it goes on at the next start.")
		}
	}
}

// behind reports whether a follower of the change log has something left.
func (a *App) behind(ctx context.Context) (bool, error) {
	last, err := a.DB.LastChange(ctx)
	if err != nil {
		return false, err
	}
	at, err := a.DB.Position(ctx, search.Consumer)
	return at < last, err
}

// ready lists what keeps this process from serving well.
func (a *App) ready(ctx context.Context) map[string]string {
	out := a.readiness.problems()
	add := func(part string, err error) {
		if err == nil {
			return
		}
		text := "does not answer"
		if e, ok := errs.As(err); ok {
			text = e.Error()
		}
		out[part] = text
		if !errors.Is(err, context.Canceled) {
			a.log.WarnContext(ctx, "not ready", slog.String("part", part), slog.Any("error", err))
		}
	}
	add("store", a.DB.Ping(ctx))
	add("queue", a.QueueDB.Ping(ctx))
	add("queue", a.Queue.Check(ctx))
	return out
}
