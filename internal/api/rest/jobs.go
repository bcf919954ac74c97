package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// jobRoutes show background work: the own organisation's, and the system's to who manages it. Whoever started
// a job may cancel it, and who manages the system.
func (s *Server) jobRoutes() {
	in := Rule{LoggedIn: true}
	register(s, op{Method: "GET", Path: "/jobs", ID: "list-jobs", Tag: "jobs", Summary: "Background work", Rule: in, Doc: "Newest first."}, s.listJobs)
	register(s, op{Method: "GET", Path: "/jobs/{id}", ID: "get-job", Tag: "jobs", Summary: "A job with its progress and result", Rule: in}, s.getJob)
	register(s, op{Method: "POST", Path: "/jobs/{id}/cancel", ID: "cancel-job", Tag: "jobs", Summary: "Cancel a job", Rule: in, Doc: "A waiting job at once, a running one as soon as its worker hears of it."}, s.cancelJob)
}

// jobShape is one piece of background work.
type jobShape struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind" example:"packs.install"`
	Account    string     `json:"account,omitempty"`
	State      string     `json:"state" enum:"queued,running,done,failed,cancelled"`
	Done       int64      `json:"done"`
	Total      int64      `json:"total" doc:"0: not known."`
	Message    string     `json:"message,omitempty"`
	Error      *jobError  `json:"error,omitempty" doc:"Why the last run failed."`
	Result     jsonx.Raw  `json:"result,omitempty"`
	RunAt      time.Time  `json:"run_at"`
	Every      string     `json:"every,omitempty"`
	Attempts   int        `json:"attempts"`
	Cancelling bool       `json:"cancelling"`
	Created    time.Time  `json:"created"`
	Started    *time.Time `json:"started,omitempty"`
	Ended      *time.Time `json:"ended,omitempty"`
}

// jobError is why a run failed.
type jobError struct {
	Code   string         `json:"code"`
	Text   string         `json:"text"`
	Params map[string]any `json:"params,omitempty"`
}

func jobOf(j jobs.Job) jobShape {
	out := jobShape{
		ID: ref(j.ID), Kind: j.Kind, Account: ref(j.Account), State: string(j.State), Done: j.Done, Total: j.Total, Message: j.Message, Result: j.Result, RunAt: j.RunAt,
		Every: j.Every, Attempts: j.Attempts, Cancelling: j.Cancelling, Created: j.Created, Started: when(j.Started), Ended: when(j.Ended),
	}
	if j.Error != nil {
		out.Error = &jobError{Code: j.Error.Code, Text: j.Error.Text, Params: j.Error.Params}
	}
	return out
}

type listJobsIn struct {
	Cursor string   `query:"cursor"`
	Limit  int      `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Kind   string   `query:"kind" maxLength:"100"`
	State  []string `query:"state" enum:"queued,running,done,failed,cancelled"`
}

func (s *Server) listJobs(ctx context.Context, in *listJobsIn) (*body[list[jobShape]], error) {
	f := jobs.Filter{Kind: in.Kind, Limit: in.Limit}
	for _, st := range in.State {
		f.States = append(f.States, jobs.State(st))
	}
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	f.Before = id.ID(before)
	found, err := s.o.Jobs.List(ctx, auth.ActorFrom(ctx), f)
	next := ""
	if len(found) == in.Limit {
		next = ref(found[len(found)-1].ID)
	}
	return page(shapes(found, jobOf), next), err
}

func (s *Server) getJob(ctx context.Context, in *idPath) (*body[jobShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	j, err := s.o.Jobs.Get(ctx, auth.ActorFrom(ctx), n)
	return answer(jobOf(j)), err
}

func (s *Server) cancelJob(ctx context.Context, in *idPath) (*body[jobShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	j, err := s.o.Jobs.Cancel(ctx, auth.ActorFrom(ctx), n)
	return answer(jobOf(j)), err
}
