package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type quarantineCmd struct {
	List    quarantineListCmd    `cmd:"" help:"List inputs that could not be understood, newest first."`
	Show    quarantineShowCmd    `cmd:"" help:"Show one with its payload."`
	Replay  quarantineReplayCmd  `cmd:"" help:"Put items through the pipeline again."`
	Discard quarantineDiscardCmd `cmd:"" help:"Give items up."`
}

type quarantineListCmd struct {
	place
	paging
	Match string `arg:"" optional:"" help:"Part of the item's name or of the reason."`
	Code  string `help:"Only this reason's code."`
	State string `enum:"open,replayed,discarded" default:"open" help:"open (default), replayed or discarded."`
}

// Run implements the command.
func (k quarantineListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := matching(k.Match)
		q.Set("state", k.State)
		if k.Code != "" {
			q.Set("code", k.Code)
		}
		items, next, err := s.list(ctx, "/quarantine", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "item", "place", "stage", "code", "reason", "source=source_name", "created")
	})
}

type quarantineShowCmd struct {
	place
	output
	ID string `arg:"" help:"Id of the item."`
}

// Run implements the command.
func (k quarantineShowCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		var raw jsonx.Raw
		if err := s.get(ctx, "/quarantine/"+url.PathEscape(k.ID), nil, &raw); err != nil {
			return err
		}
		return c.one(k.JSON, raw, "id", "item", "place", "stage", "code", "reason", "source=source_name", "report", "state", "created", "resolved", "resolved_by", "has_file", "payload")
	})
}

// selection are the flags of commands that act on many items.
type selection struct {
	place
	output
	IDs []string `arg:"" optional:"" help:"Ids of items."`
	All bool     `help:"All open items."`
}

type (
	quarantineReplayCmd  struct{ selection }
	quarantineDiscardCmd struct{ selection }
)

func (k selection) check() error {
	if k.All == (len(k.IDs) > 0) {
		return errs.New(errs.Invalid, "selection_missing", "Say which items are meant: their ids, or --all.")
	}
	return nil
}

// act runs an operation that answers with a count, again and again while it takes a part of all only.
func (k selection) act(ctx context.Context, c *console, path string, body map[string]any, most int) error {
	if err := k.check(); err != nil {
		return err
	}
	return k.with(ctx, c, need{workers: true, lists: true}, func(s *session) error {
		total := 0
		for {
			var res struct {
				Count   int `json:"count"`
				Problem *struct {
					Detail string `json:"detail"`
				} `json:"problem"`
			}
			if err := s.send(ctx, http.MethodPost, path, nil, body, &res); err != nil {
				return err
			}
			total += res.Count
			if res.Problem != nil {
				return partly{errs.New(errs.Conflict, "some_failed", "{count} done; then: {reason}", "count", total, "reason", res.Problem.Detail)}
			}
			if !k.All || res.Count < most {
				break
			}
		}
		if !k.All && total == 0 {
			return errs.New(errs.NotFound, "items_missing", "None of these items is there, or you may not see them.")
		}
		if s.app != nil {
			if err := s.idle(ctx, func(int64) {}); err != nil {
				return err
			}
		}
		if k.JSON {
			return printJSON(c, map[string]int{"count": total})
		}
		_, err := fmt.Fprintf(c.out, "%s.\n", plural(total, "item"))
		return err
	})
}

// quarantineBatch is the most that one request acts on.
const quarantineBatch = 1000

func (k selection) quarantine(ctx context.Context, c *console, path string) error {
	body := map[string]any{"ids": k.IDs}
	if k.All {
		body = map[string]any{"filter": map[string]any{}}
	}
	return k.act(ctx, c, path, body, quarantineBatch)
}

// Run implements the command.
func (k quarantineReplayCmd) Run(ctx context.Context, c *console) error {
	return k.quarantine(ctx, c, "/quarantine/replay")
}

// Run implements the command.
func (k quarantineDiscardCmd) Run(ctx context.Context, c *console) error {
	return k.quarantine(ctx, c, "/quarantine/discard")
}

type queueCmd struct {
	Depth   queueDepthCmd   `cmd:"" help:"Say how full the queues are."`
	Dead    queueDeadCmd    `cmd:"" help:"List messages that workers gave up on."`
	Replay  queueReplayCmd  `cmd:"" help:"Try dead letters again."`
	Discard queueDiscardCmd `cmd:"" help:"Remove dead letters for good."`
}

type queueDepthCmd struct {
	place
	output
}

// Run implements the command.
func (k queueDepthCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		items, next, err := s.list(ctx, "/queue", nil, "", 0)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "topic", "consumer", "ready", "leased", "delayed", "dead", "bytes", "oldest")
	})
}

type queueDeadCmd struct {
	place
	paging
	Topic string `help:"Only this queue."`
}

// Run implements the command.
func (k queueDeadCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := url.Values{}
		if k.Topic != "" {
			q.Set("topic", k.Topic)
		}
		items, next, err := s.list(ctx, "/queue/dead", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "seq", "topic", "consumer", "attempts", "died", "code", "reason")
	})
}

type letters struct {
	selection
	Topic string `required:"" help:"The queue."`
}

type (
	queueReplayCmd  struct{ letters }
	queueDiscardCmd struct{ letters }
)

func (k letters) letters(ctx context.Context, c *console, path string) error {
	body := map[string]any{"topic": k.Topic}
	if k.All {
		body["all"] = true
	} else {
		body["seqs"] = k.IDs
	}
	return k.act(ctx, c, path, body, 1<<62)
}

// Run implements the command.
func (k queueReplayCmd) Run(ctx context.Context, c *console) error {
	return k.letters.letters(ctx, c, "/queue/dead/replay")
}

// Run implements the command.
func (k queueDiscardCmd) Run(ctx context.Context, c *console) error {
	return k.letters.letters(ctx, c, "/queue/dead/discard")
}
