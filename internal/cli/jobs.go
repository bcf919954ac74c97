package cli

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type jobCmd struct {
	List   jobListCmd   `cmd:"" help:"List background work, newest first."`
	Show   jobShowCmd   `cmd:"" help:"Show a job with its progress and result."`
	Cancel jobCancelCmd `cmd:"" help:"Cancel jobs."`
}

type jobListCmd struct {
	place
	paging
	State string `enum:"queued,running,done,failed,cancelled," default:"" help:"Only those in this state: queued, running, done, failed, cancelled."`
}

// Run implements the command.
func (k jobListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := url.Values{}
		if k.State != "" {
			q.Set("state", k.State)
		}
		items, next, err := s.list(ctx, "/jobs", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "kind", "state", "done", "total", "message", "error=error.text", "created", "ended")
	})
}

type jobShowCmd struct {
	place
	output
	ID string `arg:"" help:"Id of the job."`
}

// Run implements the command.
func (k jobShowCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		var raw jsonx.Raw
		if err := s.get(ctx, "/jobs/"+url.PathEscape(k.ID), nil, &raw); err != nil {
			return err
		}
		return c.one(k.JSON, raw, "id", "kind", "state", "done", "total", "message", "error=error.text", "attempts", "created", "started", "ended", "run_at", "every", "result")
	})
}

type jobCancelCmd struct {
	place
	IDs []string `arg:"" help:"Ids of jobs."`
}

// Run implements the command.
func (k jobCancelCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		return c.each(k.IDs, func(id string) error {
			return s.send(ctx, http.MethodPost, "/jobs/"+url.PathEscape(id)+"/cancel", nil, nil, nil)
		})
	})
}

// job is background work that a command waits for.
type job struct {
	ID      string    `json:"id"`
	State   string    `json:"state"`
	Done    int64     `json:"done"`
	Total   int64     `json:"total"`
	Message string    `json:"message"`
	Result  jsonx.Raw `json:"result"`
	Error   *struct {
		Code string `json:"code"`
		Text string `json:"text"`
	} `json:"error"`
}

// follow waits until a job has ended and returns it; one that failed or was cancelled is an error.
func (s *session) follow(ctx context.Context, c *console, j job, what string) (job, error) {
	b := c.progress(-1, what, false)
	defer b.end()
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		switch j.State {
		case "done":
			return j, nil
		case "cancelled":
			return j, errs.New(errs.Conflict, "job_cancelled", "Job {id} was cancelled.", "id", j.ID)
		case "failed":
			code, text := "job_failed", "see vedette job show "+j.ID
			if j.Error != nil {
				code, text = j.Error.Code, j.Error.Text
			}
			return j, errs.New(errs.Conflict, code, "{text}", "text", text)
		}
		b.total(j.Total)
		b.set(j.Done)
		b.say(what + " " + j.Message)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return j, ctx.Err()
		}
		if err := s.get(ctx, "/jobs/"+j.ID, nil, &j); err != nil {
			return j, err
		}
	}
}
