package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/backup"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/doctor"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// Control is where the operator's own handlers are, on the control socket only: they read the whole
// installation, whatever the labels.
const Control = "/control/"

// control serves backup, doctor, support bundle and waiting for the pipeline.
func (a *App) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Control+"backup", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		if _, err := a.Backup(r.Context(), w); err != nil {
			a.log.ErrorContext(r.Context(), "backup failed", slog.Any("error", err))
			panic(http.ErrAbortHandler) // the reader sees that the end is missing
		}
	})
	mux.HandleFunc("POST "+Control+"doctor", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		q := r.URL.Query()
		doctor.Run(r.Context(), a.Checks(q.Get("all") != ""), doctor.Options{Fix: q.Get("fix") != "", Tell: lines[doctor.Finding](w)})
	})
	mux.HandleFunc("GET "+Control+"bundle", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		if err := a.Bundle(r.Context(), w); err != nil {
			a.log.ErrorContext(r.Context(), "bundle failed", slog.Any("error", err))
			panic(http.ErrAbortHandler)
		}
	})
	mux.HandleFunc("GET "+Control+"idle", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		tell := lines[map[string]any](w)
		err := a.Idle(r.Context(), func(open int64) { tell(map[string]any{"open": open}) })
		tell(map[string]any{"idle": err == nil})
	})
	return mux
}

// lines writes JSON values as they come, one a line.
func lines[T any](w http.ResponseWriter) func(T) {
	return func(v T) {
		b, err := jsonx.Marshal(v)
		if err != nil {
			return
		}
		_, _ = w.Write(append(b, '\n'))
		_ = http.NewResponseController(w).Flush()
	}
}

// Backup writes the whole installation as one state, while it works (see package backup; not encrypted).
func (a *App) Backup(ctx context.Context, w io.Writer) (backup.End, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	store, queue := a.DB.Tables(), a.QueueDB.Tables()
	src := backup.Source{Program: Version, Created: a.o.Clock(), Files: a.Blobs}
	var err error
	if src.Keys, err = os.ReadFile(filepath.Join(a.cfg.Data, keyFile)); err != nil {
		return backup.End{}, err
	}
	if src.Config, err = a.configFile(); err != nil {
		return backup.End{}, err
	}
	var open []*sqldb.Snapshot
	defer func() {
		for _, s := range open {
			_ = s.Close()
		}
	}()
	for t, into := range map[*sqldb.Tables]*backup.Section{queue: &src.Queue, store: &src.Store} { // before the hold: asking wants the writer's connection
		into.Engine = t.Engine()
		if into.Version, _, err = t.Version(ctx); err != nil {
			return backup.End{}, err
		}
	}
	section := func(t *sqldb.Tables, into *backup.Section) error {
		s, err := t.Snapshot(ctx)
		if err != nil {
			return err
		}
		open = append(open, s)
		into.Rows = s
		return nil
	}
	err = store.Hold(ctx, func(context.Context) error { // the snapshots live longer than the hold
		for len(open) > 0 { // the hold was tried again
			_ = open[0].Close()
			open = open[1:]
		}
		return errors.Join(section(queue, &src.Queue), section(store, &src.Store))
	})
	if err != nil {
		return backup.End{}, err
	}
	end, err := backup.Write(ctx, w, src, nil)
	if err == nil {
		a.log.InfoContext(ctx, "backup made", slog.Int("parts", len(end.Parts)), slog.Int64("files", end.Files), slog.Int("damaged_files", len(end.Damaged)))
	}
	return end, err
}

// configFile is the file that settings were read from, nil when there is none.
func (a *App) configFile() ([]byte, error) {
	path := a.o.ConfigFile
	if path == "" {
		path = filepath.Join(a.cfg.Data, "vedette.yaml")
	}
	b, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// FolderChecks are those that need no open store, for a folder whose store does not open as well.
func FolderChecks(c config.Config, problems []config.Problem, clock func() time.Time) []doctor.Check {
	return []doctor.Check{
		doctor.Version(Version), doctor.Disk(c.Data), doctor.Permissions(c.Data, keyFile, []string{storeFile, queueFile, socketFile, blobFolder}),
		doctor.Certificate(c.TLS.Cert, c.TLS.Key, clock),
		doctor.Settings("settings", func(context.Context) ([]doctor.Setting, error) { return weak(problems), nil }),
	}
}

func weak(problems []config.Problem) []doctor.Setting {
	out := make([]doctor.Setting, 0, len(problems))
	for _, p := range problems {
		out = append(out, doctor.Setting{Key: p.Key, Text: p.Error(), Wrong: !p.Warning})
	}
	return out
}

// Checks are all checks of a running installation. With all, every stored file is read.
func (a *App) Checks(all bool) []doctor.Check {
	var problems []config.Problem
	if a.o.Problems != nil {
		problems = a.o.Problems()
	}
	return append(FolderChecks(a.cfg, problems, a.o.Clock), doctor.Settings("accounts", a.weakAccounts),
		doctor.Database("store", a.DB.Tables()), doctor.Database("queue", a.QueueDB.Tables()),
		doctor.Clock(a.o.Clock, a.DB.ServerTime, a.DB.NewestChange), doctor.Backlog(a.Queue.Depth, a.o.Clock),
		doctor.Files(a.Blobs, all), doctor.Egress(a.probe, a.cfg.Egress.Allow), doctor.Sandbox(a.Sandbox.Capabilities),
		doctor.Audit(a.verifyAudit), doctor.Index(a.indexLag, a.reindex),
	)
}

// weakAccounts looks for administrators whom a stolen password is enough to become.
func (a *App) weakAccounts(ctx context.Context) ([]doctor.Setting, error) {
	no := false
	list, err := a.Accounts.Users(ctx, LocalOperator(), account.Filter{Disabled: &no, Role: account.RoleAdmin}, account.Page{Limit: 500})
	if err != nil {
		return nil, err
	}
	without := 0
	for _, u := range list.Items {
		if !u.TOTP && u.HasPassword {
			without++
		}
	}
	if without == 0 {
		return nil, nil
	}
	return []doctor.Setting{{Key: "accounts", Text: strconv.Itoa(without) + " of the administrators have no second factor"}}, nil
}

// Bundle writes what helps others to help, without secrets and without intelligence.
func (a *App) Bundle(ctx context.Context, w io.Writer) error {
	parts := map[string]string{}
	add := func(name string, v any, err error) {
		if err != nil {
			parts[name+".error.txt"] = err.Error()
			return
		}
		b, err := jsonx.Marshal(v)
		if err != nil {
			parts[name+".error.txt"] = err.Error()
			return
		}
		parts[name+".json"] = string(b)
	}
	add("doctor", doctor.Run(ctx, a.Checks(false), doctor.Options{}), nil)
	add("settings", config.Show(a.cfg, a.o.Origins), nil)
	store, err := a.DB.Tables().Counts(ctx)
	add("store-rows", store, err)
	queue, err := a.QueueDB.Tables().Counts(ctx)
	add("queue-rows", queue, err)
	depth, err := a.Queue.Depth(ctx)
	add("queue", depth, err)
	add("ready", a.ready(ctx), nil)
	families, err := a.Metrics.Gather()
	var figures strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			figures.WriteString(m.String() + " " + f.GetName() + "\n")
		}
	}
	parts["metrics.txt"] = figures.String()
	if err != nil {
		parts["metrics.error.txt"] = err.Error()
	}
	return doctor.Bundle(w, a.o.Clock(), parts, a.o.Redactor.Replace)
}
