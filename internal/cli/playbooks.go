package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type playbookCmd struct {
	List    playbookListCmd    `cmd:"" help:"List playbooks."`
	Show    playbookShowCmd    `cmd:"" help:"Print the document of a playbook."`
	Import  playbookImportCmd  `cmd:"" help:"Store playbooks, or take over a ThreatIngestor configuration."`
	Check   playbookCheckCmd   `cmd:"" help:"Say what is wrong with documents, storing nothing."`
	Enable  playbookEnableCmd  `cmd:"" help:"Switch playbooks on."`
	Disable playbookDisableCmd `cmd:"" help:"Switch playbooks off."`
	Remove  playbookRemoveCmd  `cmd:"" help:"Delete playbooks."`
}

type playbookListCmd struct {
	place
	paging
	Match string `arg:"" optional:"" help:"Part of a name."`
}

// Run implements the command.
func (k playbookListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		items, next, err := s.list(ctx, "/playbooks", matching(k.Match), k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "name", "enabled", "modified", "error=last_error")
	})
}

type playbookShowCmd struct {
	place
	output
	Name string `arg:"" help:"Name or id."`
}

// Run implements the command.
func (k playbookShowCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		it, err := s.find(ctx, "/playbooks", "playbook", "name", k.Name)
		if err != nil {
			return err
		}
		if k.JSON {
			return printJSON(c, it)
		}
		_, err = fmt.Fprintln(c.out, lines(text(member(it, "body"))))
		return err
	})
}

// maxPlaybook bounds a document, in bytes.
const maxPlaybook = 1 << 20

func readDocument(c *console, path string) (string, error) {
	var r io.Reader = c.in
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // the user's own file
		if err != nil {
			return "", unreadable(path, err)
		}
		defer f.Close() //nolint:errcheck // only read
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, maxPlaybook+1))
	if err != nil {
		return "", unreadable(path, err)
	}
	if len(b) > maxPlaybook {
		return "", errs.New(errs.TooLarge, "file_too_large", "{name} is larger than the limit of {limit} bytes.", "name", path, "limit", maxPlaybook)
	}
	return string(b), nil
}

// foreign tells a ThreatIngestor configuration by the key that a playbook does not have.
func foreign(body string) bool {
	return regexp.MustCompile(`(?m)^operators\s*:`).MatchString(body)
}

type playbookImportCmd struct {
	place
	output
	Files  []string `arg:"" help:"YAML files; - is standard input."`
	Enable bool     `help:"Switch on what comes of it."`
	DryRun bool     `help:"Only say what would come of it."`
}

// Help is shown below the flags.
func (playbookImportCmd) Help() string {
	return `ThreatIngestor configurations are taken as they are: their sources become sources and their operators playbooks, switched off, with a note on every part.

Examples:
  vedette playbook import --data ./data night-watch.yaml --enable
  vedette playbook import --data ./data threatingestor/config.yml --dry-run`
}

// Run implements the command.
func (k playbookImportCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		var out []jsonx.Raw
		err := c.each(k.Files, func(file string) error {
			body, err := readDocument(c, file)
			if err != nil {
				return err
			}
			var raw jsonx.Raw
			if foreign(body) {
				raw, err = k.takeOver(ctx, c, s, body)
			} else {
				raw, err = k.create(ctx, c, s, file, body)
			}
			if raw != nil {
				out = append(out, raw)
			}
			return err
		})
		if k.JSON {
			err = errors.Join(err, c.show(true, out, ""))
		}
		return err
	})
}

func (k playbookImportCmd) create(ctx context.Context, c *console, s *session, file, body string) (jsonx.Raw, error) {
	if k.DryRun {
		return s.check(ctx, c, file, body, k.JSON)
	}
	var raw jsonx.Raw
	if err := s.send(ctx, http.MethodPost, "/playbooks", nil, map[string]any{"body": body, "enabled": k.Enable}, &raw); err != nil {
		if e, ok := errs.As(err); ok && e.Params["problems"] != nil { // each with its place
			if _, e := s.check(ctx, c, file, body, k.JSON); e != nil {
				return nil, e
			}
		}
		return nil, err
	}
	if !k.JSON {
		fmt.Fprintf(c.out, "%s has the id %s.\n", plain(text(member(raw, "name"))), idOf(raw))
	}
	return raw, nil
}

func (k playbookImportCmd) takeOver(ctx context.Context, c *console, s *session, body string) (jsonx.Raw, error) {
	q := url.Values{}
	if k.DryRun {
		q.Set("dry_run", "true")
	}
	var raw jsonx.Raw
	if err := s.send(ctx, http.MethodPost, "/playbooks/import", q, map[string]any{"body": body}, &raw); err != nil {
		return nil, err
	}
	failed := 0
	for _, part := range []struct{ list, path string }{{"sources", "/sources"}, {"playbooks", "/playbooks"}} {
		list, _ := member(raw, part.list).([]any)
		for _, x := range list {
			m, _ := x.(map[string]any)
			problem, _ := m["problem"].(map[string]any)
			if problem != nil {
				failed++
				fmt.Fprintf(c.err, "refused: %s: %s\n", plain(text(m["name"])), plain(text(problem["detail"])))
				continue
			}
			if !k.JSON {
				fmt.Fprintf(c.out, "%s: %s\n", part.list[:len(part.list)-1], plain(text(m["name"])))
			}
			if id := text(m["id"]); k.Enable && !k.DryRun && id != "" {
				if err := s.send(ctx, http.MethodPatch, part.path+"/"+id, nil, map[string]any{"enabled": true}, nil); err != nil {
					return raw, err
				}
			}
		}
	}
	notes, _ := member(raw, "notes").([]any)
	for _, n := range notes {
		m, _ := n.(map[string]any)
		kind := "note"
		if warning, _ := m["warning"].(bool); warning {
			kind = "warning"
		}
		fmt.Fprintf(c.err, "%s: line %s, %s: %s\n", kind, text(m["line"]), plain(text(m["item"])), plain(text(m["message"])))
	}
	if failed > 0 {
		return raw, partly{errs.New(errs.Invalid, "import_partly", "{count} parts were refused.", "count", failed)}
	}
	return raw, nil
}

type playbookCheckCmd struct {
	place
	output
	Files []string `arg:"" help:"YAML files; - is standard input."`
}

// Run implements the command.
func (k playbookCheckCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		var out []jsonx.Raw
		err := c.each(k.Files, func(file string) error {
			body, err := readDocument(c, file)
			if err != nil {
				return err
			}
			raw, err := s.check(ctx, c, file, body, k.JSON)
			if raw != nil {
				out = append(out, raw)
			}
			return err
		})
		if k.JSON {
			err = errors.Join(err, c.show(true, out, ""))
		}
		return err
	})
}

// check prints what is wrong with a document; one that cannot be used is an error.
func (s *session) check(ctx context.Context, c *console, file, body string, quiet bool) (jsonx.Raw, error) {
	var raw jsonx.Raw
	if err := s.send(ctx, http.MethodPost, "/playbooks/check", nil, map[string]any{"body": body}, &raw); err != nil {
		return nil, err
	}
	problems, _ := member(raw, "problems").([]any)
	for _, p := range problems {
		m, _ := p.(map[string]any)
		kind := "error"
		if warning, _ := m["warning"].(bool); warning {
			kind = "warning"
		}
		if !quiet {
			fmt.Fprintf(c.out, "%s:%s:%s: %s: %s\n", plain(file), text(m["line"]), text(m["column"]), kind, plain(text(m["message"])))
		}
	}
	if usable, _ := member(raw, "usable").(bool); !usable {
		return raw, errs.New(errs.Invalid, "playbook_unusable", "{file} cannot be used as it is.", "file", file)
	}
	if !quiet && len(problems) == 0 {
		fmt.Fprintf(c.out, "%s is good.\n", plain(file))
	}
	return raw, nil
}

type playbookNames struct {
	place
	Names []string `arg:"" help:"Names or ids."`
}

type (
	playbookEnableCmd  struct{ playbookNames }
	playbookDisableCmd struct{ playbookNames }
	playbookRemoveCmd  struct{ playbookNames }
)

// Run implements the command.
func (k playbookEnableCmd) Run(ctx context.Context, c *console) error {
	return k.patch(ctx, c, "/playbooks", "playbook", k.Names, map[string]any{"enabled": true})
}

// Run implements the command.
func (k playbookDisableCmd) Run(ctx context.Context, c *console) error {
	return k.patch(ctx, c, "/playbooks", "playbook", k.Names, map[string]any{"enabled": false})
}

// Run implements the command.
func (k playbookRemoveCmd) Run(ctx context.Context, c *console) error {
	return k.remove(ctx, c, "/playbooks", "playbook", "name", k.Names)
}
