package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type sourceCmd struct {
	List    sourceListCmd    `cmd:"" help:"List sources with their health."`
	Kinds   sourceKindsCmd   `cmd:"" help:"List kinds of source with their fields."`
	Presets sourcePresetsCmd `cmd:"" help:"List public sources that can be added."`
	Add     sourceAddCmd     `cmd:"" help:"Add a source."`
	Show    sourceShowCmd    `cmd:"" help:"Show a source."`
	Run     sourceRunCmd     `cmd:"" help:"Visit a source now."`
	Test    sourceTestCmd    `cmd:"" help:"Show what a source would bring, keeping nothing."`
	Log     sourceLogCmd     `cmd:"" help:"Show the visits of a source, or the log of one."`
	Enable  sourceEnableCmd  `cmd:"" help:"Switch sources on."`
	Disable sourceDisableCmd `cmd:"" help:"Switch sources off."`
	Remove  sourceRemoveCmd  `cmd:"" help:"Delete sources; what they brought stays."`
}

type sourceListCmd struct {
	place
	paging
	Match  string `arg:"" optional:"" help:"Part of a name."`
	Kind   string `help:"Only this kind."`
	Status string `enum:"failing,stale,never,ok,disabled," default:"" help:"Only those that are failing, stale, never, ok or disabled."`
}

// Run implements the command.
func (k sourceListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := matching(k.Match)
		if k.Kind != "" {
			q.Set("kind", k.Kind)
		}
		if k.Status != "" {
			q.Set("status", k.Status)
		}
		items, next, err := s.list(ctx, "/sources", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "name", "kind", "enabled", "health=health.status", "schedule", "last_success=state.last_success", "error=health.error")
	})
}

type sourceKindsCmd struct {
	place
	output
}

// Run implements the command.
func (k sourceKindsCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error { return s.kinds(ctx, c, "/sources/kinds", k.JSON) })
}

func (s *session) kinds(ctx context.Context, c *console, path string, asJSON bool) error {
	items, next, err := s.list(ctx, path, nil, "", 0)
	if err != nil {
		return err
	}
	if asJSON {
		return c.show(true, items, next)
	}
	t := newTable(c, "KIND", "FIELD", "TYPE", "REQUIRED", "MEANING")
	for _, it := range items {
		t.add(text(member(it, "name")), "", "", "", text(member(it, "label.en")))
		fields, _ := member(it, "fields").([]any)
		for _, f := range fields {
			m, _ := f.(map[string]any)
			label, _ := m["label"].(map[string]any)
			t.add("", text(m["name"]), text(m["type"]), text(m["required"]), text(label["en"]))
		}
	}
	return t.print(c.out)
}

type sourcePresetsCmd struct {
	place
	output
}

// Run implements the command.
func (k sourcePresetsCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		items, next, err := s.list(ctx, "/sources/presets", nil, "", 0)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "name=name.en", "kind", "lang", "licence", "secrets", "source")
	})
}

type sourceAddCmd struct {
	place
	output
	formFlags
	Name      string   `arg:"" optional:"" help:"Name; a preset brings its own."`
	Kind      string   `help:"Kind of source (see source kinds)."`
	Preset    string   `help:"Add a preset by its id (see source presets)."`
	Schedule  string   `placeholder:"WHEN" default:"@every 1h" help:"@every 30m, @daily, five cron fields in UTC; none: only by hand. A folder is watched besides (default @every 1h)."`
	Publisher string   `help:"Who publishes it; the name otherwise."`
	Tag       []string `sep:"none" help:"Tag what it brings; may be repeated."`
	Trust     string   `name:"accept" enum:"nothing,stated,all," default:"" help:"What is accepted without review: nothing, stated or all."`
	TLP       string   `name:"tlp" enum:"clear,green,amber,amber+strict,red," default:"" help:"Marking of what states none."`
	Enable    bool     `help:"Switch it on at once."`
	DryRun    bool     `help:"Only show what it would bring."`
}

// Help is shown below the flags.
func (sourceAddCmd) Help() string {
	return `Examples:
  vedette source add --data ./data --preset urlhaus --enable
  vedette source add "Vendor blog" --kind rss --field url=https://blog.example.org/feed --schedule "@every 30m" --enable
  vedette source add Inbox --kind folder --field path=/srv/reports --dry-run`
}

// Run implements the command.
func (k sourceAddCmd) Run(ctx context.Context, c *console) error {
	if (k.Preset == "") == (k.Kind == "") {
		return errs.New(errs.Invalid, "source_kind", "Give --kind with a name, or --preset.")
	}
	return k.with(ctx, c, need{create: true, lists: k.DryRun}, func(s *session) error {
		var made jsonx.Raw
		switch {
		case k.Preset != "":
			if err := s.send(ctx, http.MethodPost, "/sources/presets/"+url.PathEscape(k.Preset)+"/install", nil, nil, &made); err != nil {
				return err
			}
			if k.Enable {
				if err := s.send(ctx, http.MethodPatch, "/sources/"+idOf(made), nil, map[string]any{"enabled": true}, &made); err != nil {
					return err
				}
			}
		default:
			draft, err := k.draft(ctx, c, s)
			if err != nil {
				return err
			}
			if k.DryRun {
				return s.preview(ctx, c, map[string]any{"draft": draft}, k.JSON)
			}
			if err := s.send(ctx, http.MethodPost, "/sources", nil, draft, &made); err != nil {
				return err
			}
		}
		return c.one(k.JSON, made, "id", "name", "kind", "enabled", "schedule", "config")
	})
}

func (k sourceAddCmd) draft(ctx context.Context, c *console, s *session) (map[string]any, error) {
	f, err := s.kind(ctx, "/sources/kinds", k.Kind)
	if err != nil {
		return nil, err
	}
	config, secrets, err := k.fill(c, f)
	if err != nil {
		return nil, err
	}
	if k.Schedule == "none" {
		k.Schedule = ""
	}
	draft := map[string]any{"kind": k.Kind, "name": k.Name, "config": config, "schedule": k.Schedule, "publisher": k.Publisher, "enabled": k.Enable}
	if len(secrets) > 0 {
		draft["secrets"] = secrets
	}
	if len(k.Tag) > 0 {
		draft["tags"] = k.Tag
	}
	if k.Trust != "" {
		draft["accept"] = k.Trust
	}
	if k.TLP != "" {
		draft["claim_label"] = map[string]any{"distribution": 1, "tlp": k.TLP}
	}
	return draft, nil
}

// preview shows a dry run.
func (s *session) preview(ctx context.Context, c *console, in map[string]any, asJSON bool) error {
	var p page
	if err := s.send(ctx, http.MethodPost, "/sources/preview", nil, in, &p); err != nil {
		return err
	}
	return c.show(asJSON, p.Items, "", "title", "url", "published", "claims", "suppressed", "problem=problem.detail")
}

type sourceShowCmd struct {
	place
	output
	Name string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (k sourceShowCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		it, err := s.find(ctx, "/sources", "source", "name", k.Name)
		if err != nil {
			return err
		}
		return c.one(k.JSON, it, "id", "name", "kind", "enabled", "publisher", "reliability", "accept", "schedule", "config", "secrets_set", "tags", "claim_label=claim_label.tlp",
			"health=health.status", "since=health.since", "error=health.error", "last_run=state.last_run", "last_success=state.last_success", "next_run=state.next_run", "failures=state.failures")
	})
}

type sourceRunCmd struct {
	place
	output
	Name string `arg:"" help:"Name or id."`
	Wait bool   `default:"true" negatable:"" help:"Wait for the end of the visit and for what it brought."`
}

// Run implements the command.
func (k sourceRunCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{workers: true, scheduler: true, lists: true}, func(s *session) error {
		id, err := s.findID(ctx, "/sources", "source", "name", k.Name)
		if err != nil {
			return err
		}
		before, err := s.newestRun(ctx, id)
		if err != nil {
			return err
		}
		if err := s.send(ctx, http.MethodPost, "/sources/"+id+"/run", nil, nil, nil); err != nil {
			return err
		}
		if !k.Wait {
			return nil
		}
		run, err := s.awaitRun(ctx, c, id, idOf(before))
		if err != nil {
			return err
		}
		if s.local {
			if err := s.idle(ctx, func(int64) {}); err != nil {
				return err
			}
		}
		if err := c.one(k.JSON, run, "id", "outcome", "items", "fresh", "skipped", "error", "started", "ended"); err != nil {
			return err
		}
		if member(run, "outcome") != "ok" {
			return errs.New(errs.Unavailable, "source_failed", "The visit ended as {outcome}: see vedette source log.", "outcome", text(member(run, "outcome")))
		}
		return nil
	})
}

func (s *session) newestRun(ctx context.Context, source string) (jsonx.Raw, error) {
	items, _, err := s.list(ctx, "/sources/"+source+"/runs", nil, "", 1)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	return items[0], nil
}

// awaitRun waits for a visit newer than one that is known.
func (s *session) awaitRun(ctx context.Context, c *console, source, known string) (jsonx.Raw, error) {
	b := c.progress(-1, "visiting", false)
	defer b.end()
	for {
		run, err := s.newestRun(ctx, source)
		if err != nil {
			return nil, err
		}
		if run != nil && idOf(run) != known {
			if n, ok := member(run, "items").(float64); ok {
				b.set(int64(n))
			}
			if member(run, "outcome") != "running" {
				return run, nil
			}
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

type sourceTestCmd struct {
	place
	output
	Name  string `arg:"" help:"Name or id."`
	Limit int    `default:"5" help:"Items to bring, at most 20."`
}

// Run implements the command.
func (k sourceTestCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{lists: true}, func(s *session) error {
		it, err := s.find(ctx, "/sources", "source", "name", k.Name)
		if err != nil {
			return err
		}
		draft := map[string]any{}
		for _, name := range []string{"kind", "name", "config", "schedule", "publisher", "accept", "tags", "options"} {
			if v := member(it, name); v != nil {
				draft[name] = v
			}
		}
		return s.preview(ctx, c, map[string]any{"draft": draft, "source": idOf(it), "limit": k.Limit}, k.JSON)
	})
}

type sourceLogCmd struct {
	place
	paging
	Name  string `arg:"" help:"Name or id."`
	Visit string `arg:"" optional:"" help:"Id of a visit, or last, to see its log."`
}

// Run implements the command.
func (k sourceLogCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		id, err := s.findID(ctx, "/sources", "source", "name", k.Name)
		if err != nil {
			return err
		}
		if k.Visit == "" {
			items, next, err := s.list(ctx, "/sources/"+id+"/runs", nil, k.Cursor, k.Limit)
			if err != nil {
				return err
			}
			return c.show(k.JSON, items, next, "id", "started", "ended", "outcome", "items", "fresh", "skipped", "error")
		}
		visit := k.Visit
		if visit == "last" {
			run, err := s.newestRun(ctx, id)
			if err != nil {
				return err
			}
			if visit = idOf(run); visit == "" {
				return errs.New(errs.NotFound, "run_missing", "{name} was never visited.", "name", k.Name)
			}
		}
		var run jsonx.Raw
		if err := s.get(ctx, "/sources/"+id+"/runs/"+url.PathEscape(visit), nil, &run); err != nil {
			return err
		}
		if k.JSON {
			return printJSON(c, run)
		}
		return printLog(c, run)
	})
}

func printLog(c *console, run jsonx.Raw) error {
	list, _ := member(run, "log").([]any)
	t := newTable(c, "TIME", "LEVEL", "ITEM", "TEXT")
	for _, l := range list {
		m, _ := l.(map[string]any)
		t.add(text(m["at"]), text(m["level"]), text(m["item"]), text(m["text"]))
	}
	if t.empty() {
		fmt.Fprintln(c.err, "Nothing was logged.")
		return nil
	}
	return t.print(c.out)
}

type sourceNames struct {
	place
	Names []string `arg:"" help:"Names or ids."`
}

type (
	sourceEnableCmd  struct{ sourceNames }
	sourceDisableCmd struct{ sourceNames }
	sourceRemoveCmd  struct{ sourceNames }
)

// Run implements the command.
func (k sourceEnableCmd) Run(ctx context.Context, c *console) error {
	return k.patch(ctx, c, "/sources", "source", k.Names, map[string]any{"enabled": true})
}

// Run implements the command.
func (k sourceDisableCmd) Run(ctx context.Context, c *console) error {
	return k.patch(ctx, c, "/sources", "source", k.Names, map[string]any{"enabled": false})
}

// Run implements the command.
func (k sourceRemoveCmd) Run(ctx context.Context, c *console) error {
	return k.remove(ctx, c, "/sources", "source", "name", k.Names)
}

// patch changes items found by their names.
func (p place) patch(ctx context.Context, c *console, path, what string, names []string, change map[string]any) error {
	return p.with(ctx, c, need{}, func(s *session) error {
		return c.each(names, func(name string) error {
			id, err := s.findID(ctx, path, what, "name", name)
			if err != nil {
				return err
			}
			return s.send(ctx, http.MethodPatch, path+"/"+id, nil, change, nil)
		})
	})
}

// remove deletes items found by their names.
func (p place) remove(ctx context.Context, c *console, path, what, field string, names []string) error {
	return p.with(ctx, c, need{}, func(s *session) error {
		return c.each(names, func(name string) error {
			id, err := s.findID(ctx, path, what, field, name)
			if err != nil {
				return err
			}
			return s.send(ctx, http.MethodDelete, path+"/"+id, nil, nil, nil)
		})
	})
}
