package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/egress/localfiles"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/sandbox"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/queuedb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
	"github.com/vedette-ti/vedette/internal/watch"
)

// The names inside a data folder.
const (
	storeFile  = "vedette.db"
	queueFile  = "queue.db"
	blobFolder = "files"
	keyFile    = "keys"
	outFolder  = "outputs"
	lockFile   = "lock"
	socketFile = "control.sock"
)

func (a *App) openStores(ctx context.Context) error {
	dir := a.cfg.Data
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errs.Wrap(err, errs.Unavailable, "data_folder", "The data folder {path} cannot be made: choose another with --data.", "path", dir)
	}
	unlock, err := lockFolder(filepath.Join(dir, lockFile))
	if err != nil {
		return err
	}
	a.onClose(unlock)
	if a.Box, err = secret.OpenFile(secret.Options{Path: filepath.Join(dir, keyFile), Create: true, Clock: a.o.Clock}); err != nil {
		return err
	}
	if a.Egress, err = a.openEgress(); err != nil {
		return err
	}
	if a.Blobs, err = blob.OpenDir(filepath.Join(dir, blobFolder)); err != nil {
		return err
	}
	a.onClose(a.Blobs.Close)
	if err := a.openStore(ctx); err != nil {
		return err
	}
	if err := a.openQueue(ctx); err != nil {
		return err
	}
	a.Queue = bus.NewBroker(a.QueueDB, bus.BrokerOptions{})
	a.Metrics.MustRegister(a.Queue)
	return a.Queue.Declare(ctx,
		bus.Topic{Name: ingest.Topic, Consumers: []string{ingest.Consumer}},
		bus.Topic{Name: watch.Topic, Consumers: []string{consumerNotify}},
		bus.Topic{Name: playbook.Topic, Consumers: []string{consumerPlaybooks}},
	)
}

func (a *App) openStore(ctx context.Context) (err error) {
	if a.cfg.Store.Engine == "postgres" {
		a.o.Redactor.Add(a.cfg.Store.DSN)
		a.DB, err = postgres.Open(ctx, postgres.Options{DSN: a.cfg.Store.DSN, Clock: a.o.Clock, Log: a.log, Dial: a.Egress.DialContext(egress.Operator)})
	} else {
		a.DB, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(a.cfg.Data, storeFile), Clock: a.o.Clock, Log: a.log})
	}
	if err == nil {
		a.onClose(a.DB.Close)
	}
	return err
}

func (a *App) openQueue(ctx context.Context) (err error) {
	o := queuedb.Options{Clock: a.o.Clock, Log: a.log}
	dsn := a.cfg.Queue.DSN
	if dsn == "" && a.cfg.Store.Engine == "postgres" {
		dsn = a.cfg.Store.DSN
	}
	if dsn != "" {
		a.o.Redactor.Add(dsn)
		a.QueueDB, err = queuedb.OpenPostgres(ctx, postgres.Options{DSN: dsn, Clock: a.o.Clock, Log: a.log, Dial: a.Egress.DialContext(egress.Operator)}, o)
	} else {
		a.QueueDB, err = queuedb.OpenSQLite(ctx, filepath.Join(a.cfg.Data, queueFile), o)
	}
	if err != nil {
		return err
	}
	a.onClose(a.QueueDB.Close)
	if dsn == "" { // the folder's lock says that nobody else uses this file
		_, err = a.QueueDB.Reclaim(ctx)
	}
	return err
}

func (a *App) openEgress() (*egress.Client, error) {
	o := a.cfg.EgressOptions()
	o.Clock, o.Log = a.o.Clock, a.log
	c, err := egress.New(o)
	if err == nil {
		a.onClose(func() error { c.Close(); return nil })
	}
	return c, err
}

func (a *App) openEdges(context.Context) (err error) {
	if a.Files, err = localfiles.New(a.cfg.Sources.Roots, localfiles.Private{Folder: a.cfg.Data, But: config.Inbox}); err != nil {
		return err
	}
	a.onClose(func() error { a.Files.Close(); return nil })
	o := a.cfg.SandboxOptions()
	o.Log = a.log
	if a.Sandbox, err = sandbox.New(o); err != nil {
		return err
	}
	a.onClose(func() error { a.Sandbox.Close(); return nil })
	a.log.Debug("edges opened", slog.Int("roots", len(a.cfg.Sources.Roots)))
	return nil
}
