package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/api/rest"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// Kinds of recurring jobs.
const (
	jobTidy      = "accounts.tidy"
	jobRetention = "retention"
)

// How long the machine's own notes are kept. A message cannot wait in a queue for longer than consumedFor.
const (
	consumedFor  = 30 * 24 * time.Hour
	watchHitsFor = 180 * 24 * time.Hour
)

// registerJobs says who works on which kind of job.
func (a *App) registerJobs() error {
	return errors.Join(
		a.Jobs.Register(rest.JobInstall, a.installPacks, jobs.KindOptions{Parallel: 1, Timeout: time.Hour}),
		a.Jobs.Register(rest.JobRematch, a.rematchAssets, jobs.KindOptions{Parallel: 1}),
		a.Jobs.Register(jobTidy, func(ctx context.Context, _ *jobs.Run) (any, error) { return nil, a.Accounts.Tidy(ctx) }, jobs.KindOptions{Timeout: 10 * time.Minute}),
		a.Jobs.Register(jobRetention, a.retain, jobs.KindOptions{Timeout: 6 * time.Hour}),
	)
}

// scheduleJobs makes sure that the recurring jobs exist.
func (a *App) scheduleJobs(ctx context.Context) error {
	by := sharing.SystemActor("upkeep", 0)
	for kind, when := range map[string]string{jobTidy: "@hourly", jobRetention: "@daily"} {
		if _, err := a.Jobs.Schedule(ctx, by, jobs.Request{Kind: kind, UniqueKey: kind, Every: when}); err != nil {
			return err
		}
	}
	return nil
}

// jobActor is who asked for a job, with the rights of now.
func (a *App) jobActor(ctx context.Context, j jobs.Job) (sharing.Actor, error) {
	if j.Account == 0 {
		return sharing.SystemActor("job "+j.Kind, j.Org), nil
	}
	actor, err := a.Accounts.ActorFor(ctx, j.Account, "job")
	return actor, bus.Permanent(err)
}

// installed is the result of installing packs.
type installed struct {
	Fresh     int       `json:"fresh"`
	Updated   int       `json:"updated"`
	Unchanged int       `json:"unchanged"`
	Refused   []refused `json:"refused"`
	More      int       `json:"refused_more,omitempty"` // beyond the shown ones
}

// refused is a file that could not be used.
type refused struct {
	File   string     `json:"file"`
	Reason bus.Reason `json:"reason"`
}

// maxRefused bounds the files named in the result.
const maxRefused = 100

func (a *App) installPacks(ctx context.Context, run *jobs.Run) (any, error) {
	var up rest.PackUpload
	if err := run.Args(&up); err != nil {
		return nil, err
	}
	actor, err := a.jobActor(ctx, run.Job)
	if err != nil {
		return nil, err
	}
	body, err := a.Blobs.Open(ctx, up.Blob)
	if err != nil {
		return nil, err
	}
	defer body.Close() //nolint:errcheck // only read
	at, ok := body.(io.ReaderAt)
	if !ok {
		all, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		at = bytes.NewReader(all)
	}
	run.Progress(0, 0, up.Name)
	res, err := a.Taxonomy.Install(ctx, actor, counted(taxonomy.FromArchive(up.Name, at, up.Size), run))
	if err != nil {
		return nil, bus.Permanent(err)
	}
	out := installed{Fresh: res.Fresh, Updated: res.Updated, Unchanged: res.Unchanged, Refused: []refused{}}
	for i, r := range res.Refused {
		if i == maxRefused {
			out.More = len(res.Refused) - maxRefused
			break
		}
		out.Refused = append(out.Refused, refused{File: r.File, Reason: bus.ReasonOf(r.Reason)})
	}
	return out, nil
}

// counted shows the files of a pack as they are read.
func counted(src taxonomy.Source, run *jobs.Run) taxonomy.Source {
	return func(ctx context.Context, fn func(string, []byte) error) error {
		n := int64(0)
		return src(ctx, func(name string, body []byte) error {
			n++
			run.Progress(n, 0, name)
			return fn(name, body)
		})
	}
}

func (a *App) rematchAssets(ctx context.Context, run *jobs.Run) (any, error) {
	actor, err := a.jobActor(ctx, run.Job)
	if err != nil {
		return nil, err
	}
	added, err := a.Assets.Rematch(ctx, actor, func(upTo id.ID) { run.Progress(int64(upTo), 0, "") })
	return map[string]int64{"added": added}, err
}

// retain removes for good what has been kept for as long as the configuration says. One part that fails does
// not keep the others.
func (a *App) retain(ctx context.Context, run *jobs.Run) (any, error) {
	keep, now := a.cfg.Retention, a.o.Clock()
	removed := map[string]int64{}
	var failed error
	purge := func(what string, age time.Duration, f func(ctx context.Context, before time.Time) (int64, error)) {
		if age <= 0 || ctx.Err() != nil {
			return
		}
		n, err := f(ctx, now.Add(-age))
		run.Progress(int64(len(removed)), 6, what)
		removed[what] = n
		failed = errors.Join(failed, err)
	}
	purge("audit", keep.Audit, a.Audit.Purge)
	purge("jobs", keep.Jobs, a.Jobs.Prune)
	purge("quarantine", keep.Quarantine, a.Quarantine.Purge)
	purge("fetches", keep.Fetches, a.Share.Purge)
	purge("watch_hits", watchHitsFor, func(ctx context.Context, before time.Time) (int64, error) { return 0, a.Watches.Purge(ctx, before) })
	purge("consumed", consumedFor, a.pruneConsumed)
	a.log.InfoContext(ctx, "retention done", slog.Any("removed", removed))
	return removed, failed
}

func (a *App) pruneConsumed(ctx context.Context, before time.Time) (total int64, err error) {
	const batch = 10_000
	for {
		n, err := a.DB.PruneConsumed(ctx, before, batch)
		if total += n; err != nil || n < batch {
			return total, err
		}
	}
}
