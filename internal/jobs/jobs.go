// Package jobs owns background work that people see: leased rows with progress, cancelling, a result or a
// reason, retries, schedules, and the leader lease for schedulers on many hosts. A job always ends in a
// state: a lost worker's job is run again or fails with its reason. It owns no kind of job: whoever does
// the work registers a handler. High rates of small work belong to package bus.
package jobs

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// State of a job. A recurring job goes back to Queued after each run.
type State string

// The states; the last three are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final reports whether the job will not run again.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Job is one piece of background work.
type Job struct {
	ID      id.ID     `json:"id"`
	Kind    string    `json:"kind"`
	Org     id.ID     `json:"org,omitzero"` // 0: the system's
	Account id.ID     `json:"account,omitzero"`
	Args    jsonx.Raw `json:"args,omitempty"`
	State   State     `json:"state"`
	// Done of Total steps; Total 0 is unknown.
	Done    int64  `json:"done"`
	Total   int64  `json:"total"`
	Message string `json:"message,omitempty"`
	// Error is why the last run failed; of a recurring or waiting job too.
	Error  *bus.Reason `json:"error,omitempty"`
	Result jsonx.Raw   `json:"result,omitempty"`
	// RunAt is when it is due; Every repeats it (see ParseSchedule).
	RunAt time.Time `json:"run_at"`
	Every string    `json:"every,omitempty"`
	// Attempts counts the tries of the present run.
	Attempts   int       `json:"attempts"`
	Cancelling bool      `json:"cancelling,omitempty"`
	Worker     string    `json:"worker,omitempty"`
	Created    time.Time `json:"created"`
	Started    time.Time `json:"started,omitzero"`
	Ended      time.Time `json:"ended,omitzero"`
	// UniqueKey is held until the job ends; Fence numbers the leases.
	UniqueKey string `json:"-"`
	Fence     int64  `json:"-"`
}

// Filter of a list; zero fields do not filter. Newest first, below the id Before.
type Filter struct {
	Kind   string
	States []State
	Before id.ID
	Limit  int
}

// Outcome ends or suspends a run.
type Outcome struct {
	State    State
	RunAt    time.Time // with Queued: when next
	Attempts int       // with Queued: how many tries count
	Error    *bus.Reason
	Result   jsonx.Raw
	Done     int64
	Total    int64
	Message  string
}

// Store is what the jobs are kept in. Methods that change join the transaction of ctx.
type Store interface {
	// AddJob sets the job's ID. When its unique key is held it adds nothing and returns the holder.
	AddJob(ctx context.Context, j *Job) (holder *Job, err error)
	// RescheduleJob replaces args, schedule and due time of a job that is not final.
	RescheduleJob(ctx context.Context, job id.ID, args jsonx.Raw, every string, runAt time.Time) error
	// Job is errs.NotFound when there is none or it may not be seen: seen are the jobs of the scope's
	// organisation and, with system, those of none. A System scope sees all.
	Job(ctx context.Context, s sharing.Scope, system bool, job id.ID) (Job, error)
	// Jobs lists at most f.Limit jobs.
	Jobs(ctx context.Context, s sharing.Scope, system bool, f Filter) ([]Job, error)
	// ClaimJob leases the job of the kinds that is due longest, or whose worker's lease ran out, and counts
	// the attempt; ok is false when there is none.
	ClaimJob(ctx context.Context, kinds []string, worker string, lease time.Duration) (j Job, ok bool, err error)
	// BeatJob lengthens the lease and stores the progress; it tells whether the job is to be cancelled.
	// errs.Conflict when the lease (j.Fence) is lost.
	BeatJob(ctx context.Context, j Job, lease time.Duration) (cancel bool, err error)
	// EndJob stores the outcome; errs.Conflict when the lease is lost. A job that was cancelled meanwhile
	// and would be queued again is cancelled instead.
	EndJob(ctx context.Context, job id.ID, fence int64, o Outcome) error
	// CancelJob ends a queued job and marks a running one; final ones are errs.Conflict.
	CancelJob(ctx context.Context, job id.ID) (Job, error)
	// PruneJobs removes jobs that ended before a time, at most limit of them.
	PruneJobs(ctx context.Context, before time.Time, limit int) (int64, error)
	// TakeLease takes or renews a named lease; false when somebody else holds it.
	TakeLease(ctx context.Context, name, owner string, length time.Duration) (bool, error)
	// DropLease gives it back.
	DropLease(ctx context.Context, name, owner string) error
}

// lost reports whether an answer of BeatJob or EndJob says that another worker has the job.
func lost(err error) bool { return errs.KindOf(err) == errs.Conflict }
