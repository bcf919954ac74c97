package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// RunnerOptions of one process.
type RunnerOptions struct {
	// Concurrency is how many jobs run at once. Default 4.
	Concurrency int
	// Lease is how long a job stands still when its worker dies. Default 30 s.
	Lease time.Duration
	// Poll is how often due jobs are looked for. Default 1 s.
	Poll time.Duration
	// Drain is how long running jobs may take after a stop before they are put back. Default 10 s.
	Drain time.Duration
}

// Run is a running job, in the hands of its handler.
type Run struct {
	Job Job

	mu      sync.Mutex
	done    int64
	total   int64
	message string
	beat    chan struct{}
}

// Progress says how far the work is: done of total steps (0: unknown) and what it is at. It is cheap: it is
// stored about once a second.
func (r *Run) Progress(done, total int64, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.total, r.message = done, total, clip(message)
}

// Args reads the job's arguments.
func (r *Run) Args(into any) error { return bus.Permanent(jsonx.Unmarshal(r.Job.Args, into)) }

// snapshot returns the job with its present progress.
func (r *Run) snapshot() Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := r.Job
	j.Done, j.Total, j.Message = r.done, r.total, r.message
	return j
}

// Causes of a run's end, seen by context.Cause.
var (
	ErrCancelled error = errs.New(errs.Conflict, "job_cancelled", "The job was cancelled.")
	errStopping  error = errs.New(errs.Unavailable, "stopping", "The server is stopping; the work is tried again.")
	errJobLost   error = errs.New(errs.Conflict, "lease_lost", "The job is held by another worker.")
	errTimeout   error = errs.New(errs.Unavailable, "job_timeout", "The job took longer than it may.")
)

// Work runs due jobs of the registered kinds until ctx ends, then lets running ones finish for a while,
// puts the rest back and returns nil.
func (s *Service) Work(ctx context.Context, o RunnerOptions) error {
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Lease, 30 * time.Second}, {&o.Poll, time.Second}, {&o.Drain, 10 * time.Second}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	r := &runner{s: s, o: o, busy: map[string]int{}, freed: make(chan struct{}, 1)}
	r.work, r.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	defer r.stop(nil)
	for ctx.Err() == nil {
		woken := s.woken()
		started, err := r.next(ctx)
		if started {
			continue
		}
		if err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "jobs not claimed", slog.Any("error", err))
		}
		timer := time.NewTimer(o.Poll)
		select {
		case <-woken:
		case <-r.freed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	timer := time.AfterFunc(o.Drain, func() { r.stop(errStopping) })
	defer timer.Stop()
	r.running.Wait()
	return nil
}

type runner struct {
	s       *Service
	o       RunnerOptions
	work    context.Context //nolint:containedctx // the life of all runs, ended by stop
	stop    context.CancelCauseFunc
	running sync.WaitGroup
	freed   chan struct{}

	mu   sync.Mutex
	busy map[string]int // running jobs by kind
}

// free returns the kinds that may start one more job.
func (r *runner) free() []string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	total := 0
	for _, n := range r.busy {
		total += n
	}
	if total >= r.o.Concurrency {
		return nil
	}
	var out []string
	for name, k := range r.s.kinds {
		if k.o.Parallel <= 0 || r.busy[name] < k.o.Parallel {
			out = append(out, name)
		}
	}
	return out
}

// next claims and starts one job.
func (r *runner) next(ctx context.Context) (started bool, err error) {
	kinds := r.free()
	if len(kinds) == 0 {
		return false, nil
	}
	j, ok, err := r.s.o.Store.ClaimJob(ctx, kinds, r.s.o.Worker, r.o.Lease)
	if err != nil || !ok {
		return false, err
	}
	r.s.mu.Lock()
	k := r.s.kinds[j.Kind]
	r.s.mu.Unlock()
	r.count(j.Kind, 1)
	r.running.Go(func() {
		r.run(j, k)
		r.count(j.Kind, -1)
		select {
		case r.freed <- struct{}{}:
		default:
		}
	})
	return true, nil
}

func (r *runner) count(kind string, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[kind] += by
}

func (r *runner) run(j Job, k kind) {
	run := &Run{Job: j, total: j.Total, beat: make(chan struct{})}
	switch {
	case j.Cancelling: // its worker died before it heard
		r.end(run, k, nil, ErrCancelled, ErrCancelled)
		return
	case j.Attempts > k.o.MaxAttempts:
		r.end(run, k, nil, errs.New(errs.Internal, "worker_lost", "The worker stopped {attempts} times while working on this.", "attempts", j.Attempts-1), nil)
		return
	}
	ctx, cancel := context.WithCancelCause(r.work)
	defer cancel(nil)
	if k.o.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, k.o.Timeout, errTimeout)
		defer stop()
	}
	beats := make(chan struct{})
	go func() {
		defer close(beats)
		r.beats(run, cancel)
	}()
	result, err := r.handle(ctx, run, k)
	close(run.beat)
	<-beats
	r.end(run, k, result, err, context.Cause(ctx))
}

// beats lengthens the lease and stores progress until the run ends.
func (r *runner) beats(run *Run, cancel context.CancelCauseFunc) {
	ctx := context.WithoutCancel(r.work)
	tick := time.NewTicker(min(time.Second, r.o.Lease/3))
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-tick.C:
		case <-run.beat:
			return
		}
		j := run.snapshot()
		call, stop := context.WithTimeout(ctx, r.o.Lease/3)
		asked := time.Now()
		wanted, err := r.s.o.Store.BeatJob(call, j, r.o.Lease)
		stop()
		switch {
		case lost(err) || err != nil && time.Since(renewed) > r.o.Lease:
			cancel(errJobLost)
			return
		case err != nil:
			r.s.o.Log.WarnContext(ctx, "job lease not extended", slog.String("job", j.ID.String()), slog.Any("error", err))
		default:
			renewed = asked
			if wanted {
				cancel(ErrCancelled)
			}
		}
	}
}

// handle turns a panic into an error.
func (r *runner) handle(ctx context.Context, run *Run, k kind) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.s.o.Log.ErrorContext(ctx, "job panicked", slog.String("job", run.Job.ID.String()), slog.String("kind", run.Job.Kind), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = errs.New(errs.Internal, "handler_panicked", "The work failed in an unexpected way ({what}); the log says where.", "what", clip(fmt.Sprint(p)))
		}
	}()
	return k.handler(ctx, run)
}

// end stores how a run ended. When the store does not answer the lease runs out and the job comes again.
func (r *runner) end(run *Run, k kind, result any, err, cause error) {
	ctx := context.WithoutCancel(r.work)
	j := run.snapshot()
	if errors.Is(cause, errJobLost) {
		r.s.o.Log.WarnContext(ctx, "job lost to another worker", slog.String("job", j.ID.String()))
		return
	}
	o := Outcome{Done: j.Done, Total: j.Total, Message: j.Message}
	if err == nil && result != nil {
		if o.Result, err = jsonx.Marshal(result); err != nil {
			err = bus.Permanent(err)
		}
	}
	r.s.decide(&o, j, k, err, cause)
	err = r.s.o.Run.Run(ctx, func(ctx context.Context) error {
		if err := r.s.o.Store.EndJob(ctx, j.ID, j.Fence, o); err != nil || !o.State.Final() {
			return err
		}
		j.State = o.State
		return r.s.record(ctx, sharing.SystemActor("jobs", j.Org), change.Update, j)
	})
	if err != nil {
		r.s.o.Log.WarnContext(ctx, "job end not stored", slog.String("job", j.ID.String()), slog.Any("error", err))
	}
}

// decide fills in the state.
func (s *Service) decide(o *Outcome, j Job, k kind, err, cause error) {
	now := s.o.Clock()
	// A recurring job goes on whatever happened, unless somebody cancelled it.
	var next time.Time
	if j.Every != "" {
		if schedule, e := ParseSchedule(j.Every); e == nil {
			next = schedule.Next(now)
		}
	}
	finish := func(st State) {
		o.State = st
		if !next.IsZero() {
			o.State, o.RunAt, o.Attempts = Queued, next, 0
		}
	}
	switch {
	case err == nil:
		finish(Done)
	case errors.Is(cause, ErrCancelled):
		o.State = Cancelled
	case errors.Is(cause, errStopping):
		o.State, o.RunAt, o.Attempts = Queued, now, j.Attempts-1
	default:
		if errors.Is(cause, errTimeout) {
			err = errTimeout
		}
		reason := bus.ReasonOf(err)
		o.Error = &reason
		if bus.IsPermanent(err) || j.Attempts >= k.o.MaxAttempts {
			finish(Failed)
			return
		}
		o.State, o.RunAt, o.Attempts = Queued, now.Add(k.o.Backoff.After(j.Attempts, rand.Float64())), j.Attempts //nolint:gosec // jitter
		if !next.IsZero() && next.Before(o.RunAt) {
			o.RunAt = next
		}
	}
}
