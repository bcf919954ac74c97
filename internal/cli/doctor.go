package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/doctor"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// doctorCmd is a contract: vedette doctor.
type doctorCmd struct {
	settings
	output
	Data   string `placeholder:"DIR" help:"Data folder; one that is being served is examined by its server."`
	Fix    bool   `help:"Repair what can be repaired safely: permissions, search indexes."`
	All    bool   `help:"Read every stored file, not a sample."`
	Bundle string `placeholder:"FILE" help:"Write a zip for those who help: findings, settings and counts, without secrets."`
}

// Help is shown below the flags.
func (doctorCmd) Help() string {
	return `Looks at disk, clock, permissions, certificate, settings, store, queue, stored files, egress, sandbox, audit trail and indexes. Exit code 1 when something failed, 0 with warnings.

Examples:
  vedette doctor --data ./data
  vedette doctor --data ./data --json | jq '.checks[] | select(.status != "ok")'`
}

// Run implements the command.
func (k doctorCmd) Run(ctx context.Context, c *console) error {
	o, err := k.options(c, map[string]string{"data": k.Data})
	if err != nil {
		return err
	}
	problems := config.Check(o)
	cfg, origins, loadErr := config.Load(o)
	if info, err := os.Stat(cfg.Data); err != nil || !info.IsDir() {
		return errs.New(errs.NotFound, "data_missing", "There is no data in {path}: name the folder by --data, or a server by --server.", "path", cfg.Data)
	}
	var list []doctor.Finding
	tell := func(f doctor.Finding) {
		list = append(list, f)
		if !k.JSON {
			printFinding(c, f)
		}
	}
	s := socket(ctx, cfg.Data)
	if s == nil { // the folder first: a store that does not open is a finding too
		doctor.Run(ctx, app.FolderChecks(cfg, problems, time.Now), doctor.Options{Fix: k.Fix, Tell: tell})
		if loadErr == nil {
			if s, err = here(ctx, c, o, cfg, origins, need{}); err != nil {
				tell(doctor.Failed("start", err))
			}
		}
	}
	if s != nil {
		err = errors.Join(k.examine(ctx, s, len(list) > 0, tell), k.bundle(ctx, s), s.close())
		if err != nil {
			return err
		}
	}
	return k.conclude(c, list)
}

// examine runs the checks of an open installation. The folder's own were shown before when half is set.
func (k doctorCmd) examine(ctx context.Context, s *session, half bool, tell func(doctor.Finding)) error {
	q := url.Values{}
	if k.Fix {
		q.Set("fix", "1")
	}
	if k.All {
		q.Set("all", "1")
	}
	resp, err := s.do(ctx, http.MethodPost, app.Control+"doctor", q, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	return ndjson(resp.Body, func(raw jsonx.Raw) error {
		var f doctor.Finding
		if err := jsonx.Unmarshal(raw, &f); err != nil {
			return err
		}
		if half && folderCheck(f.Name) {
			return nil
		}
		tell(f)
		return nil
	})
}

func folderCheck(name string) bool {
	switch name {
	case "version", "disk", "permissions", "certificate", "settings":
		return true
	}
	return false
}

func (k doctorCmd) bundle(ctx context.Context, s *session) error {
	if k.Bundle == "" {
		return nil
	}
	resp, err := s.do(ctx, http.MethodGet, app.Control+"bundle", nil, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	return writeFile(k.Bundle, 0o600, func(w io.Writer) error { return s.copy(ctx, w, resp.Body) })
}

func (k doctorCmd) conclude(c *console, list []doctor.Finding) error {
	worst := doctor.Worst(list)
	if k.JSON {
		if err := printJSON(c, map[string]any{"status": worst, "checks": list}); err != nil {
			return err
		}
	}
	if worst == doctor.Fail {
		n := 0
		for _, f := range list {
			if f.Status == doctor.Fail {
				n++
			}
		}
		return errs.New(errs.Conflict, "doctor_failed", "{count} checks failed.", "count", n)
	}
	return nil
}

func printFinding(c *console, f doctor.Finding) {
	fmt.Fprintf(c.out, "%-4s  %-12s %s\n", f.Status, f.Name, plain(f.Detail))
	if f.Fixed != "" {
		fmt.Fprintf(c.out, "%20s%s\n", "fixed: ", plain(f.Fixed))
	}
	if f.Advice != "" && f.Status != doctor.OK {
		fmt.Fprintf(c.out, "%19s%s\n", "", plain(f.Advice))
	}
}
