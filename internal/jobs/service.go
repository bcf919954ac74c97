package jobs

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Labels interns access labels; the store does.
type Labels interface {
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
}

// ServiceOptions are what a Service works with.
type ServiceOptions struct {
	Store   Store
	Run     tx.Runner
	Changes change.Log
	Labels  Labels
	Clock   func() time.Time
	Log     *slog.Logger
	// Worker names this process in leases. Default: random.
	Worker string
}

// Service is the only writer of jobs. Starts, cancels and ends are in the change log; progress and the
// runs between of recurring jobs are not.
type Service struct {
	o ServiceOptions

	mu    sync.Mutex
	kinds map[string]kind
	added chan struct{} // closed and replaced when a job was added here
}

type kind struct {
	handler Handler
	o       KindOptions
}

// New makes a service.
func New(o ServiceOptions) *Service {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Worker == "" {
		o.Worker = rand.Text()
	}
	return &Service{o: o, kinds: map[string]kind{}, added: make(chan struct{})}
}

// Handler does the work of a kind. Its context ends when the job is cancelled, its lease is lost, its time
// is over or the process stops. What it returns is the job's result (JSON); an error has it tried again
// until the attempts are used up, one marked bus.Permanent fails it at once.
type Handler func(ctx context.Context, run *Run) (result any, err error)

// KindOptions say how jobs of a kind are run.
type KindOptions struct {
	// MaxAttempts counts lost workers too. Default 3.
	MaxAttempts int
	Backoff     bus.Backoff
	// Timeout of one attempt; 0: none.
	Timeout time.Duration
	// Parallel bounds the jobs of this kind at once in one process; 0: the runner's limit.
	Parallel int
}

// Register says who works on a kind; before the Runner starts.
func (s *Service) Register(name string, h Handler, o KindOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kinds[name]; ok || name == "" || h == nil {
		return errs.New(errs.Internal, "bad_kind", "The kind of job {kind} is empty, without handler or registered twice.", "kind", name)
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = 3
	}
	o.Backoff = o.Backoff.Fill()
	s.kinds[name] = kind{handler: h, o: o}
	return nil
}

// Request asks for a job.
type Request struct {
	Kind string
	Args any // written as JSON
	// UniqueKey: while a job of this kind, organisation and key is not final, there is no second.
	UniqueKey string
	// RunAt is when; the zero time is now, or the first time of Every.
	RunAt time.Time
	Every string
	Total int64
}

// Enqueue adds a job in the transaction of ctx or one of its own, for the actor's organisation. When the
// unique key is held it returns the job that holds it, and created false. Whoever calls has checked the
// permission for what the job does.
func (s *Service) Enqueue(ctx context.Context, by sharing.Actor, r Request) (j Job, created bool, err error) {
	j, err = s.prepare(by, r)
	if err != nil {
		return Job{}, false, err
	}
	err = s.o.Run.Run(ctx, func(ctx context.Context) error {
		holder, err := s.o.Store.AddJob(ctx, &j)
		if err != nil {
			return err
		}
		if created = holder == nil; !created {
			j = *holder
			return nil
		}
		return s.record(ctx, by, change.Create, j)
	})
	if err == nil && created {
		s.wake()
	}
	return j, created, err
}

// Schedule makes sure that one recurring job of the kind and unique key exists, with these arguments and
// this schedule.
func (s *Service) Schedule(ctx context.Context, by sharing.Actor, r Request) (Job, error) {
	if r.Every == "" || r.UniqueKey == "" {
		return Job{}, errs.New(errs.Invalid, "bad_schedule_request", "A recurring job needs a schedule and a unique key.")
	}
	want, err := s.prepare(by, r)
	if err != nil {
		return Job{}, err
	}
	j, created, err := s.Enqueue(ctx, by, r)
	if err != nil || created || j.Every == want.Every && string(j.Args) == string(want.Args) {
		return j, err
	}
	err = s.o.Run.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.RescheduleJob(ctx, j.ID, want.Args, want.Every, want.RunAt); err != nil {
			return err
		}
		return s.record(ctx, by, change.Update, j)
	})
	j.Args, j.Every, j.RunAt = want.Args, want.Every, want.RunAt
	return j, err
}

func (s *Service) prepare(by sharing.Actor, r Request) (Job, error) {
	args, err := jsonx.Marshal(r.Args)
	if err != nil {
		return Job{}, err
	}
	now := s.o.Clock()
	j := Job{
		Kind: r.Kind, Org: by.Org, Account: by.User, Args: args, State: Queued, Total: r.Total, RunAt: r.RunAt, Every: r.Every, Created: now,
	}
	if r.Kind == "" {
		return j, errs.New(errs.Internal, "bad_kind", "A job needs a kind.")
	}
	if r.UniqueKey != "" {
		j.UniqueKey = fmt.Sprintf("%s/%d/%s", r.Kind, by.Org, r.UniqueKey)
	}
	if r.Every != "" {
		schedule, err := ParseSchedule(r.Every)
		if err != nil {
			return j, err
		}
		if j.RunAt.IsZero() {
			j.RunAt = schedule.Next(now)
		}
	}
	if j.RunAt.IsZero() {
		j.RunAt = now
	}
	return j, nil
}

func (s *Service) record(ctx context.Context, by sharing.Actor, op string, j Job) error {
	acl, err := s.o.Labels.InternACL(ctx, sharing.ACL{Owner: j.Org, Distribution: sharing.OrganisationOnly})
	if err != nil {
		return err
	}
	e := change.By(by, op, "job", j.ID, acl)
	e.After, err = jsonx.Marshal(map[string]any{"kind": j.Kind, "state": j.State})
	if err != nil {
		return err
	}
	return s.o.Changes.Append(ctx, e)
}

// Get returns a job of the actor's organisation; of the system, too, for who manages it.
func (s *Service) Get(ctx context.Context, by sharing.Actor, job id.ID) (Job, error) {
	return s.o.Store.Job(ctx, by.Scope, by.Can(sharing.ManageSystem), job)
}

// List returns jobs, newest first, as Get sees them. Limit is 1 … 1000, default 100.
func (s *Service) List(ctx context.Context, by sharing.Actor, f Filter) ([]Job, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	f.Limit = min(f.Limit, 1000)
	return s.o.Store.Jobs(ctx, by.Scope, by.Can(sharing.ManageSystem), f)
}

// Cancel ends a job for good, a recurring one too: a waiting job at once, a running one as soon as its
// worker hears of it. Its owner may, and who manages the system.
func (s *Service) Cancel(ctx context.Context, by sharing.Actor, job id.ID) (Job, error) {
	j, err := s.Get(ctx, by, job)
	if err != nil {
		return j, err
	}
	if j.Account != by.User || by.User == 0 {
		if err := by.Need(sharing.ManageSystem); err != nil {
			return j, err
		}
	}
	err = s.o.Run.Run(ctx, func(ctx context.Context) error {
		if j, err = s.o.Store.CancelJob(ctx, job); err != nil {
			return err
		}
		return s.record(ctx, by, change.Update, j)
	})
	return j, err
}

// Prune removes jobs that ended before a time and returns how many.
func (s *Service) Prune(ctx context.Context, before time.Time) (int64, error) {
	const chunk = 1000
	var total int64
	for {
		n, err := s.o.Store.PruneJobs(ctx, before, chunk)
		total += n
		if err != nil || n < chunk {
			return total, err
		}
	}
}

// wake tells the runners of this process that there is a new job.
func (s *Service) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.added)
	s.added = make(chan struct{})
}

func (s *Service) woken() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.added
}
