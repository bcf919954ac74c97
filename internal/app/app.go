// Package app wires Vedette together: it builds every part from a configuration in one visible place, starts
// and stops them, and serves HTTP. The server, the command line on a data folder, and the tests use the same
// App. It owns no rule of any part.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/egress/localfiles"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sandbox"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/store/queuedb"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/taxonomy"
	"github.com/vedette-ti/vedette/internal/watch"
)

// Version is set by the build.
const Version = "0.1.0"

// Options of an App.
type Options struct {
	Config config.Config
	// Origins tell where each setting came from, for who looks at them; nil where nobody does.
	Origins config.Origins
	Log     *slog.Logger
	// Redactor hides registered secrets in logs; Log should write through it.
	Redactor *secret.Redactor
	Clock    func() time.Time
	// ConfigFile is where the configuration was read from, for backups; empty is vedette.yaml in the data folder.
	ConfigFile string
	// Problems tells what is weak in the configuration, for doctor.
	Problems func() []config.Problem
}

// App is a wired Vedette. Its fields are for the edges that app builds; nothing else keeps them.
type App struct {
	o   Options
	cfg config.Config
	log *slog.Logger

	DB      *sqldb.DB
	QueueDB *queuedb.DB
	Queue   *bus.Broker
	Blobs   *blob.Dir
	Box     *secret.Box
	Egress  *egress.Client
	Files   *localfiles.Files
	Sandbox *sandbox.Runner

	Audit      *audit.Service
	Accounts   *account.Service
	Auth       *auth.Authenticator
	Reports    *report.Service
	Assess     *assess.Service
	Taxonomy   *taxonomy.Service
	Assets     *asset.Service
	Sources    *source.Service
	Quarantine *quarantine.Service
	Playbooks  *playbook.Service
	Watches    *watch.Service
	Share      *share.Service
	Ingest     *ingest.Engine
	Jobs       *jobs.Service
	Metrics    *prometheus.Registry

	handler   http.Handler
	wake      chan struct{}
	readiness *readiness
	tasks     sync.WaitGroup
	stop      context.CancelFunc
	cleanup   []func() error
}

// New opens the stores and builds every part. On error what was opened is closed again.
func New(ctx context.Context, o Options) (_ *App, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Redactor == nil {
		o.Redactor = &secret.Redactor{}
	}
	a := &App{o: o, cfg: o.Config, log: o.Log, wake: make(chan struct{}, 1), readiness: newReadiness(), Metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	for _, step := range []func(context.Context) error{
		a.openStores, a.openEdges, a.buildAccounts, a.buildNouns, a.buildAutomation, a.buildEngines, a.buildHTTP,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// onClose puts f on the cleanup stack.
func (a *App) onClose(f func() error) { a.cleanup = append(a.cleanup, f) }

// Close stops what runs and closes everything, last opened first.
func (a *App) Close() error {
	if a.stop != nil {
		a.stop()
	}
	a.tasks.Wait()
	var err error
	for len(a.cleanup) > 0 {
		last := len(a.cleanup) - 1
		err = errors.Join(err, a.cleanup[last]())
		a.cleanup = a.cleanup[:last]
	}
	return err
}

// Handler is the whole HTTP side: API, console, health, exports.
func (a *App) Handler() http.Handler { return a.handler }

// Config returns the configuration that the App runs with.
func (a *App) Config() config.Config { return a.cfg }

// task runs f until the App stops; an error makes the process not ready and is logged.
func (a *App) task(ctx context.Context, name string, f func(context.Context) error) {
	a.tasks.Go(func() {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "background task ended", slog.String("task", name), slog.Any("error", err))
			a.readiness.fail(name, err)
		}
	})
}

// readiness collects what keeps the process from being ready.
type readiness struct {
	mu     sync.Mutex
	failed map[string]string
}

func newReadiness() *readiness { return &readiness{failed: map[string]string{}} }

func (r *readiness) fail(part string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := "stopped: see the log"
	if e, ok := errs.As(err); ok {
		text = e.Error()
	}
	r.failed[part] = text
}

func (r *readiness) problems() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]string, len(r.failed))
	for k, v := range r.failed {
		out[k] = v
	}
	return out
}
