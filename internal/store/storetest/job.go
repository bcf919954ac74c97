package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

func testJob(t *testing.T, open Factory) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, db *sqldb.DB)
	}{
		{"runs and ends", jobRuns}, {"fails", jobFails}, {"cancel", jobCancel}, {"unique and recurring", jobUnique}, {"who sees", jobSees},
		{"lost worker", jobLostWorker}, {"many workers", jobManyWorkers}, {"stop", jobStop}, {"parallel", jobParallel}, {"prune", jobPrune}, {"lead", jobLead},
		{"ledger", jobLedger}, {"follow", jobFollow}, {"follow twice", jobFollowTwice},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func jobService(db *sqldb.DB, worker string) *jobs.Service {
	return jobs.New(jobs.ServiceOptions{Store: db, Run: db, Changes: db, Labels: db, Worker: worker})
}

// runJobs works until stop is called.
func runJobs(t *testing.T, s *jobs.Service, o jobs.RunnerOptions) (stop func()) {
	t.Helper()
	o.Poll = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Work(ctx, o); err != nil {
			t.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

var jobActor = sharing.SystemActor("test", 7)

func enqueueJob(t *testing.T, s *jobs.Service, r jobs.Request) jobs.Job {
	t.Helper()
	j, _, err := s.Enqueue(t.Context(), jobActor, r)
	noErr(t, err)
	return j
}

func noErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func registerKind(t *testing.T, s *jobs.Service, kind string, o jobs.KindOptions, h jobs.Handler) {
	t.Helper()
	o.Backoff = bus.Backoff{Base: time.Millisecond, Max: 5 * time.Millisecond}
	noErr(t, s.Register(kind, h, o))
}

// untilJob waits for a job's state.
func untilJob(t *testing.T, s *jobs.Service, job id.ID, what string, is func(jobs.Job) bool) jobs.Job {
	t.Helper()
	var j jobs.Job
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var err error
		j, err = s.Get(t.Context(), jobActor, job)
		noErr(t, err)
		if is(j) {
			return j
		}
	}
	t.Fatalf("never %s: %+v", what, j)
	return j
}

func jobFinal(j jobs.Job) bool { return j.State.Final() }

func jobRuns(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	registerKind(t, s, "sum", jobs.KindOptions{}, func(_ context.Context, r *jobs.Run) (any, error) {
		var args struct{ A, B int }
		if err := r.Args(&args); err != nil {
			return nil, err
		}
		r.Progress(2, 4, "bytes \x00\xff of a file name")
		time.Sleep(1200 * time.Millisecond) // stored once meanwhile
		r.Progress(3, 4, "银狐")
		return map[string]int{"sum": args.A + args.B}, nil
	})
	if err := s.Register("sum", func(context.Context, *jobs.Run) (any, error) { return nil, nil }, jobs.KindOptions{}); err == nil {
		t.Error("registered twice")
	}
	later := enqueueJob(t, s, jobs.Request{Kind: "sum", Args: map[string]int{"A": 1}, RunAt: time.Now().Add(time.Hour)})
	runJobs(t, s, jobs.RunnerOptions{})
	j := enqueueJob(t, s, jobs.Request{Kind: "sum", Args: map[string]int{"A": 2, "B": 3}, Total: 4})
	j = untilJob(t, s, j.ID, "done", jobFinal)
	if j.State != jobs.Done || string(j.Result) != `{"sum":5}` || j.Done != 3 || j.Total != 4 || j.Message != "银狐" || j.Error != nil || j.Attempts != 1 || j.Started.Before(j.Created.Truncate(time.Microsecond)) || j.Ended.Before(j.Started) {
		t.Errorf("%+v", j)
	}
	if l := untilJob(t, s, later.ID, "queued", func(jobs.Job) bool { return true }); l.State != jobs.Queued || l.Attempts != 0 {
		t.Errorf("ran before its time: %+v", l)
	}
	// A job in a transaction that fails was never there.
	boom := errors.New("boom")
	err := db.Run(t.Context(), func(ctx context.Context) error {
		if j, _, err := s.Enqueue(ctx, jobActor, jobs.Request{Kind: "sum"}); err != nil || j.ID == 0 {
			t.Error(j, err)
		}
		return boom
	})
	list, lerr := s.List(t.Context(), jobActor, jobs.Filter{Kind: "sum"})
	noErr(t, lerr)
	if !errors.Is(err, boom) || len(list) != 2 || list[0].ID != j.ID {
		t.Errorf("%v, %d jobs", err, len(list))
	}
	entries, _, err := db.Since(t.Context(), sharing.System("test"), 0, 100)
	noErr(t, err)
	var ops []string
	for _, e := range entries {
		if e.Kind == "job" && e.First == j.ID {
			ops = append(ops, e.Op+" "+string(e.After))
		}
	}
	if d := cmp.Diff([]string{`create {"kind":"sum","state":"queued"}`, `update {"kind":"sum","state":"done"}`}, ops); d != "" {
		t.Error(d)
	}
}

func jobFails(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	var tries atomic.Int64
	registerKind(t, s, "flaky", jobs.KindOptions{MaxAttempts: 3}, func(context.Context, *jobs.Run) (any, error) {
		if tries.Add(1) < 3 {
			return nil, errs.New(errs.Unavailable, "feed_down", "{host} is down.", "host", "example.org")
		}
		return nil, nil
	})
	registerKind(t, s, "broken", jobs.KindOptions{MaxAttempts: 2}, func(context.Context, *jobs.Run) (any, error) { panic("boom \x00 \xff") })
	registerKind(t, s, "hopeless", jobs.KindOptions{}, func(context.Context, *jobs.Run) (any, error) { return nil, bus.Permanent(errors.New("no")) })
	registerKind(t, s, "args", jobs.KindOptions{}, func(_ context.Context, r *jobs.Run) (any, error) {
		var n int
		return nil, r.Args(&n)
	})
	registerKind(t, s, "slow", jobs.KindOptions{MaxAttempts: 1, Timeout: 30 * time.Millisecond}, func(ctx context.Context, _ *jobs.Run) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	registerKind(t, s, "unwritable", jobs.KindOptions{}, func(context.Context, *jobs.Run) (any, error) { return func() {}, nil })
	runJobs(t, s, jobs.RunnerOptions{Concurrency: 6})
	for kind, want := range map[string]struct {
		state    jobs.State
		attempts int
		code     string
	}{
		"flaky": {jobs.Done, 3, ""}, "broken": {jobs.Failed, 2, "handler_panicked"}, "hopeless": {jobs.Failed, 1, "internal"},
		"args": {jobs.Failed, 1, "bad_json_value"}, "slow": {jobs.Failed, 1, "job_timeout"}, "unwritable": {jobs.Failed, 1, "internal"},
	} {
		j := untilJob(t, s, enqueueJob(t, s, jobs.Request{Kind: kind, Args: "text"}).ID, "final", jobFinal)
		code := ""
		if j.Error != nil {
			code = j.Error.Code
		}
		if j.State != want.state || j.Attempts != want.attempts || code != want.code {
			t.Errorf("%s: %s after %d, %+v", kind, j.State, j.Attempts, j.Error)
		}
	}
}

func jobCancel(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	started := make(chan struct{}, 4)
	registerKind(t, s, "long", jobs.KindOptions{}, func(ctx context.Context, _ *jobs.Run) (any, error) {
		started <- struct{}{}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	waiting := enqueueJob(t, s, jobs.Request{Kind: "long", UniqueKey: "k"})
	j, err := s.Cancel(t.Context(), jobActor, waiting.ID)
	if err != nil || j.State != jobs.Cancelled || j.Ended.IsZero() {
		t.Fatalf("%+v, %v", j, err)
	}
	runJobs(t, s, jobs.RunnerOptions{Lease: 3 * time.Second})
	running := enqueueJob(t, s, jobs.Request{Kind: "long", UniqueKey: "k"}) // the key is free again
	<-started
	ana := sharing.Actor{User: 3, Org: 7, Scope: sharing.For(sharing.Asker{User: 3, Org: 7, Clearance: marking.TLPRed})}
	if _, err := s.Cancel(t.Context(), ana, running.ID); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("somebody else's job: %v", err)
	}
	j, err = s.Cancel(t.Context(), jobActor, running.ID)
	if err != nil || j.State != jobs.Running || !j.Cancelling {
		t.Fatalf("%+v, %v", j, err)
	}
	j = untilJob(t, s, running.ID, "cancelled", jobFinal)
	if j.State != jobs.Cancelled || j.Error != nil || j.Cancelling {
		t.Errorf("%+v", j)
	}
	recurring := enqueueJob(t, s, jobs.Request{Kind: "long", Every: "1h", UniqueKey: "r", RunAt: time.Now()})
	<-started
	_, err = s.Cancel(t.Context(), jobActor, recurring.ID)
	noErr(t, err)
	if j = untilJob(t, s, recurring.ID, "cancelled", jobFinal); j.State != jobs.Cancelled {
		t.Errorf("a recurring job: %+v", j)
	}
	quick := enqueueJob(t, s, jobs.Request{Kind: "nobody's"})
	_, err = s.Cancel(t.Context(), jobActor, quick.ID)
	noErr(t, err)
	if _, err := s.Cancel(t.Context(), jobActor, 999999); errs.KindOf(err) != errs.NotFound {
		t.Errorf("missing: %v", err)
	}
}

func jobUnique(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	var runs atomic.Int64
	registerKind(t, s, "tick", jobs.KindOptions{MaxAttempts: 1}, func(context.Context, *jobs.Run) (any, error) {
		if runs.Add(1) == 1 {
			return nil, errors.New("once")
		}
		return runs.Load(), nil
	})
	var wg sync.WaitGroup
	made := make([]id.ID, 8)
	var created atomic.Int64
	for i := range made {
		wg.Go(func() {
			j, fresh, err := s.Enqueue(t.Context(), jobActor, jobs.Request{Kind: "tick", UniqueKey: "a", Every: "1h"})
			if err != nil {
				t.Error(err)
			}
			if made[i] = j.ID; fresh {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	slices.Sort(made)
	if len(slices.Compact(made)) != 1 || created.Load() != 1 {
		t.Fatalf("%v, created %d", made, created.Load())
	}
	other := jobActor
	other.Org = 8
	if j, fresh, err := s.Enqueue(t.Context(), other, jobs.Request{Kind: "tick", UniqueKey: "a", RunAt: time.Now().Add(time.Hour)}); err != nil || !fresh || j.ID == made[0] {
		t.Errorf("another organisation's key: %+v %v", j, err)
	}
	j, err := s.Schedule(t.Context(), jobActor, jobs.Request{Kind: "tick", UniqueKey: "a", Every: "1s"})
	noErr(t, err)
	if j.ID != made[0] || j.Every != "1s" || j.RunAt.After(time.Now().Add(2*time.Second)) {
		t.Errorf("rescheduled %+v", j)
	}
	runJobs(t, s, jobs.RunnerOptions{})
	j = untilJob(t, s, j.ID, "run twice", func(j jobs.Job) bool { return runs.Load() >= 2 && j.State == jobs.Queued })
	if j.Attempts != 0 || j.Error != nil || string(j.Result) == "" || !j.RunAt.After(j.Ended) {
		t.Errorf("between runs %+v", j)
	}
	for _, bad := range []jobs.Request{{Kind: "tick", Every: "nonsense"}, {Kind: "tick", Every: "0 0 30 2 *"}, {Kind: ""}} {
		if _, _, err := s.Enqueue(t.Context(), jobActor, bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func jobSees(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	mine := enqueueJob(t, s, jobs.Request{Kind: "a"})
	sys, _, err := s.Enqueue(t.Context(), sharing.SystemActor("test", 0), jobs.Request{Kind: "a"})
	noErr(t, err)
	actor := func(org id.ID, perms ...sharing.Permission) sharing.Actor {
		return sharing.Actor{User: 1, Org: org, Perms: perms, Scope: sharing.For(sharing.Asker{User: 1, Org: org, Clearance: marking.TLPRed})}
	}
	for name, c := range map[string]struct {
		who  sharing.Actor
		want []id.ID
	}{
		"own": {actor(7), []id.ID{mine.ID}}, "other": {actor(8), nil}, "administrator": {actor(8, sharing.ManageSystem), []id.ID{sys.ID}},
		"nobody": {sharing.Actor{}, nil}, "system": {jobActor, []id.ID{sys.ID, mine.ID}},
	} {
		list, err := s.List(t.Context(), c.who, jobs.Filter{})
		noErr(t, err)
		var got []id.ID
		for _, j := range list {
			got = append(got, j.ID)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		for _, j := range []id.ID{mine.ID, sys.ID} {
			if _, err := s.Get(t.Context(), c.who, j); (err == nil) != slices.Contains(c.want, j) {
				t.Errorf("%s gets %d: %v", name, j, err)
			}
		}
	}
	list, err := s.List(t.Context(), jobActor, jobs.Filter{States: []jobs.State{jobs.Done, jobs.Failed}})
	if err != nil || len(list) != 0 {
		t.Errorf("by state: %v %v", list, err)
	}
	list, err = s.List(t.Context(), jobActor, jobs.Filter{States: []jobs.State{jobs.Queued}, Before: sys.ID, Limit: 1})
	if err != nil || len(list) != 1 || list[0].ID != mine.ID {
		t.Errorf("page: %v %v", list, err)
	}
}

// jobLostWorker claims as a worker that dies would, and lets the lease run out.
func jobLostWorker(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "alive")
	var runs atomic.Int64
	registerKind(t, s, "work", jobs.KindOptions{MaxAttempts: 2}, func(context.Context, *jobs.Run) (any, error) { runs.Add(1); return nil, nil })
	registerKind(t, s, "stopped", jobs.KindOptions{}, func(context.Context, *jobs.Run) (any, error) { runs.Add(1); return nil, nil })
	die := func(j jobs.Job) jobs.Job {
		t.Helper()
		c, got, err := db.ClaimJob(t.Context(), []string{j.Kind}, "dead", time.Millisecond)
		if err != nil || !got || c.ID != j.ID || c.State != jobs.Running || c.Worker != "dead" {
			t.Fatalf("%+v %v %v", c, got, err)
		}
		time.Sleep(3 * time.Millisecond)
		return c
	}
	once := enqueueJob(t, s, jobs.Request{Kind: "work"})
	held := die(once)
	stop := runJobs(t, s, jobs.RunnerOptions{})
	if j := untilJob(t, s, once.ID, "final", jobFinal); j.State != jobs.Done || j.Attempts != 2 {
		t.Errorf("run again: %+v", j)
	}
	stop()
	// The dead worker wakes up: its word counts no more.
	if err := db.EndJob(t.Context(), held.ID, held.Fence, jobs.Outcome{State: jobs.Failed}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale end: %v", err)
	}
	if _, err := db.BeatJob(t.Context(), held, time.Minute); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale beat: %v", err)
	}
	always := enqueueJob(t, s, jobs.Request{Kind: "work"})
	die(always)
	die(always)
	cancelled := enqueueJob(t, s, jobs.Request{Kind: "stopped"})
	die(cancelled)
	_, err := s.Cancel(t.Context(), jobActor, cancelled.ID)
	noErr(t, err)
	runJobs(t, s, jobs.RunnerOptions{})
	if j := untilJob(t, s, always.ID, "final", jobFinal); j.State != jobs.Failed || j.Error == nil || j.Error.Code != "worker_lost" {
		t.Errorf("kills every worker: %+v", j)
	}
	if j := untilJob(t, s, cancelled.ID, "final", jobFinal); j.State != jobs.Cancelled {
		t.Errorf("cancelled with a dead worker: %+v", j)
	}
	if runs.Load() != 1 {
		t.Errorf("%d runs", runs.Load())
	}
}

func jobManyWorkers(t *testing.T, db *sqldb.DB) {
	var runs sync.Map
	const total = 120
	services := make([]*jobs.Service, 4)
	for i := range services {
		services[i] = jobService(db, fmt.Sprint("w", i))
		registerKind(t, services[i], "n", jobs.KindOptions{}, func(_ context.Context, r *jobs.Run) (any, error) {
			if _, twice := runs.LoadOrStore(r.Job.ID, true); twice {
				t.Errorf("job %d ran twice", r.Job.ID)
			}
			return nil, nil
		})
		runJobs(t, services[i], jobs.RunnerOptions{Concurrency: 3})
	}
	var last id.ID
	for i := range total {
		last = max(last, enqueueJob(t, services[i%4], jobs.Request{Kind: "n"}).ID)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		list, err := services[0].List(t.Context(), jobActor, jobs.Filter{States: []jobs.State{jobs.Done}, Limit: 1000})
		noErr(t, err)
		if len(list) == total {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d done", len(list), total)
		}
	}
}

func jobStop(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	started := make(chan struct{})
	registerKind(t, s, "long", jobs.KindOptions{MaxAttempts: 1}, func(ctx context.Context, _ *jobs.Run) (any, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	j := enqueueJob(t, s, jobs.Request{Kind: "long"})
	stop := runJobs(t, s, jobs.RunnerOptions{Drain: 30 * time.Millisecond})
	<-started
	stop()
	got, err := s.Get(t.Context(), jobActor, j.ID)
	noErr(t, err)
	if got.State != jobs.Queued || got.Attempts != 0 {
		t.Errorf("a stopped server must not cost an attempt: %+v", got)
	}
}

func jobParallel(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	var now, most, other atomic.Int64
	registerKind(t, s, "one", jobs.KindOptions{Parallel: 1}, func(context.Context, *jobs.Run) (any, error) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		for end := time.Now().Add(time.Second); other.Load() == 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		now.Add(-1)
		return nil, nil
	})
	registerKind(t, s, "other", jobs.KindOptions{}, func(context.Context, *jobs.Run) (any, error) { other.Add(1); return nil, nil })
	var all []jobs.Job
	for range 4 {
		all = append(all, enqueueJob(t, s, jobs.Request{Kind: "one"}))
	}
	all = append(all, enqueueJob(t, s, jobs.Request{Kind: "other"}))
	runJobs(t, s, jobs.RunnerOptions{Concurrency: 2})
	for _, j := range all {
		untilJob(t, s, j.ID, "final", jobFinal)
	}
	if most.Load() != 1 {
		t.Errorf("%d at once", most.Load())
	}
}

func jobPrune(t *testing.T, db *sqldb.DB) {
	s := jobService(db, "w")
	gone := enqueueJob(t, s, jobs.Request{Kind: "a"})
	_, err := s.Cancel(t.Context(), jobActor, gone.ID)
	noErr(t, err)
	stays := enqueueJob(t, s, jobs.Request{Kind: "a"})
	if n, err := s.Prune(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("young ones: %d %v", n, err)
	}
	if n, err := s.Prune(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if _, err := s.Get(t.Context(), jobActor, stays.ID); err != nil {
		t.Error(err)
	}
}

func jobLead(t *testing.T, db *sqldb.DB) {
	a, b := jobService(db, "a"), jobService(db, "b")
	ctx, stopA := context.WithCancel(t.Context())
	var leading atomic.Int64
	leads := func(name string, events chan<- string) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			if leading.Add(1) != 1 {
				t.Error("two leaders")
			}
			events <- name
			<-ctx.Done()
			leading.Add(-1)
			return nil
		}
	}
	events := make(chan string, 10)
	var wg sync.WaitGroup
	wg.Go(func() { _ = a.Lead(ctx, "scheduler", leads("a", events)) })
	if got := <-events; got != "a" {
		t.Fatal(got)
	}
	ctxB, stopB := context.WithCancel(t.Context())
	wg.Go(func() { _ = b.Lead(ctxB, "scheduler", leads("b", events)) })
	select {
	case got := <-events:
		t.Fatalf("%s leads as well", got)
	case <-time.After(300 * time.Millisecond):
	}
	stopA()
	if got := <-events; got != "b" {
		t.Fatal(got)
	}
	stopB()
	wg.Wait()
	// A leader that died is followed when its lease ends; until then nobody leads.
	if ok, err := db.TakeLease(t.Context(), "x", "dead", 1500*time.Millisecond); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := db.TakeLease(t.Context(), "x", "next", time.Minute); ok || err != nil {
		t.Error("taken from a living leader", err)
	}
	noErr(t, db.DropLease(t.Context(), "x", "next")) // not its own: nothing happens
	time.Sleep(1600 * time.Millisecond)
	if ok, err := db.TakeLease(t.Context(), "x", "next", time.Minute); !ok || err != nil {
		t.Error("not taken from a dead leader", err)
	}
	if ok, err := db.TakeLease(t.Context(), "x", "dead", time.Minute); ok || err != nil {
		t.Error("the dead one came back", err)
	}
}

func jobLedger(t *testing.T, db *sqldb.DB) {
	d := bus.Delivery{Message: bus.Message{ID: "m"}, Topic: "t", Consumer: "c"}
	effects := 0
	effect := func(ctx context.Context) error { return db.SetSetting(ctx, "effect", fmt.Sprint(effects)) }
	boom := errors.New("boom")
	err := bus.Once(t.Context(), db, db, d, func(ctx context.Context) error { return errors.Join(effect(ctx), boom) })
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	for range 3 { // the failed one left no record; of the others one counts
		noErr(t, bus.Once(t.Context(), db, db, d, func(ctx context.Context) error { effects++; return effect(ctx) }))
	}
	d.Consumer = "other"
	noErr(t, bus.Once(t.Context(), db, db, d, func(ctx context.Context) error { effects++; return effect(ctx) }))
	if effects != 2 {
		t.Errorf("%d effects", effects)
	}
	if _, err := db.Consumed(t.Context(), "t/c", "x"); err == nil {
		t.Error("a record outside a transaction proves nothing")
	}
	if n, err := db.PruneConsumed(t.Context(), time.Now().Add(time.Hour), 10); n != 2 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
}

func appendChanges(t *testing.T, db *sqldb.DB, from, n int) {
	t.Helper()
	for i := range n {
		noErr(t, db.Run(t.Context(), func(ctx context.Context) error {
			return db.Append(ctx, change.Entry{Op: change.Create, Kind: "thing", First: id.ID(from + i), Last: id.ID(from + i), ActorName: "test"})
		}))
	}
}

// jobFollow fails, panics and restarts on the way; every entry has its effect once, in order.
func jobFollow(t *testing.T, db *sqldb.DB) {
	var mu sync.Mutex
	var seen []id.ID
	calls := 0
	run := func(ctx context.Context) {
		err := bus.Follow(ctx, bus.Follower{Changes: db, Run: db, Consumer: "index", Batch: 3, Handler: func(ctx context.Context, entries []change.Entry) error {
			mu.Lock()
			calls++
			n := calls
			mu.Unlock()
			// The effect is a setting, so that it is undone with the transaction.
			for _, e := range entries {
				key := fmt.Sprint("seen ", e.First)
				if _, err := db.Setting(ctx, key); err == nil {
					t.Errorf("entry %d twice", e.First)
				}
				if err := db.SetSetting(ctx, key, "x"); err != nil {
					return err
				}
			}
			switch {
			case n == 2:
				return errors.New("not now")
			case n == 4:
				panic("boom")
			}
			mu.Lock()
			defer mu.Unlock()
			for _, e := range entries {
				seen = append(seen, e.First)
			}
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	}
	got := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
	waitFor := func(n int) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); got() < n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d of %d entries", got(), n)
			}
		}
	}
	appendChanges(t, db, 1, 10)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { run(ctx) })
	waitFor(10)
	appendChanges(t, db, 11, 5)
	waitFor(15)
	stop()
	wg.Wait()
	appendChanges(t, db, 16, 5)
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	wg.Go(func() { run(ctx) })
	waitFor(20)
	stop()
	wg.Wait()
	for i, first := range seen {
		if first != id.ID(i+1) {
			t.Fatalf("order %v", seen)
		}
	}
	if err := db.Advance(t.Context(), "index", 1); errs.KindOf(err) != errs.Conflict {
		t.Errorf("back: %v", err)
	}
	noErr(t, db.Advance(t.Context(), "index", 0))
}

// jobFollowTwice has two hosts follow as the same consumer: no effect is doubled.
func jobFollowTwice(t *testing.T, db *sqldb.DB) {
	var handled atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_ = bus.Follow(ctx, bus.Follower{Changes: db, Run: db, Consumer: "x", Batch: 2, Handler: func(ctx context.Context, entries []change.Entry) error {
				for _, e := range entries {
					key := fmt.Sprint("two ", e.First)
					if _, err := db.Setting(ctx, key); err == nil {
						t.Errorf("entry %d twice", e.First)
					}
					if err := db.SetSetting(ctx, key, "x"); err != nil {
						return err
					}
				}
				return nil
			}, Moved: func(_ int64, n int) { handled.Add(int64(n)) }})
		})
	}
	appendChanges(t, db, 1, 60)
	for end := time.Now().Add(30 * time.Second); handled.Load() < 60 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	wg.Wait()
	if handled.Load() != 60 {
		t.Errorf("%d entries had an effect", handled.Load())
	}
}
