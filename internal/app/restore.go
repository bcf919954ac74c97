package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/vedette-ti/vedette/internal/backup"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/search"
	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/queuedb"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
)

// RestoreOptions say where a backup goes: the data folder and the databases of a configuration.
type RestoreOptions struct {
	Config   config.Config
	Log      *slog.Logger
	Progress func(backup.Progress)
}

// partFolder is where a restore works before its files take their places.
const partFolder = "restore.partial"

// Restore reads a bare archive (see backup.Decrypt) into an empty data folder and, where the configuration
// says so, empty databases. What failed half-way leaves no usable store behind. The configuration of the
// backup is kept beside as vedette.yaml.restored.
func Restore(ctx context.Context, o RestoreOptions, archive io.Reader) (backup.Result, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(backup.Progress) {}
	}
	dir := o.Config.Data
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return backup.Result{}, errs.Wrap(err, errs.Unavailable, "data_folder", "The data folder {path} cannot be made: choose another with --data.", "path", dir)
	}
	unlock, err := lockFolder(filepath.Join(dir, lockFile))
	if err != nil {
		return backup.Result{}, err
	}
	r := &restoring{o: o, dir: dir, part: filepath.Join(dir, partFolder)}
	res, err := r.run(ctx, archive)
	return res, errors.Join(err, r.close(), unlock())
}

// restoring is one restore: engines that are open, and the folder of files that wait for their places.
type restoring struct {
	o            RestoreOptions
	dir, part    string
	egress       *egress.Client
	store, queue *sqldb.Tables
	release      []func() error
}

func (r *restoring) close() error {
	var err error
	for len(r.release) > 0 {
		last := len(r.release) - 1
		err = errors.Join(err, r.release[last]())
		r.release = r.release[:last]
	}
	return err
}

func (r *restoring) run(ctx context.Context, archive io.Reader) (backup.Result, error) {
	for _, name := range []string{storeFile, queueFile, keyFile, blobFolder} {
		if _, err := os.Lstat(filepath.Join(r.dir, name)); err == nil {
			return backup.Result{}, errs.New(errs.Conflict, "restore_folder", "{path} holds data already ({name}): restore into an empty folder.", "path", r.dir, "name", name)
		}
	}
	if err := errors.Join(os.RemoveAll(r.part), os.Mkdir(r.part, 0o700)); err != nil {
		return backup.Result{}, err
	}
	r.release = append(r.release, func() error { return os.RemoveAll(r.part) })
	if err := r.open(ctx); err != nil {
		return backup.Result{}, err
	}
	res, err := r.read(ctx, archive)
	if err != nil {
		return res, err
	}
	if err := r.index(ctx); err != nil {
		return res, err
	}
	return res, r.settle()
}

// open opens the engines without bringing a schema; that is the manifest's to say.
func (r *restoring) open(ctx context.Context) (err error) {
	eo := r.o.Config.EgressOptions()
	eo.Clock, eo.Log = time.Now, r.o.Log
	if r.egress, err = egress.New(eo); err != nil {
		return err
	}
	r.release = append(r.release, func() error { r.egress.Close(); return nil })
	engine := func(file, dsn, schema string) (sqldb.Options, error) {
		var e sqldb.Options
		if dsn != "" {
			e, err = postgres.OpenEngine(ctx, postgres.Options{DSN: dsn, Schema: schema, Log: r.o.Log, Dial: r.egress.DialContext(egress.Operator)})
		} else {
			e, err = sqlite.OpenEngine(ctx, sqlite.Options{Path: filepath.Join(r.part, file), Log: r.o.Log})
		}
		if err == nil {
			r.release = append(r.release, e.Close)
		}
		return e, err
	}
	storeDSN, queueDSN := r.o.Config.Store.DSN, r.o.Config.Queue.DSN
	if queueDSN == "" {
		queueDSN = storeDSN
	}
	store, err := engine(storeFile, storeDSN, "")
	if err != nil {
		return err
	}
	queue, err := engine(queueFile, queueDSN, queuedb.Schema)
	if err != nil {
		return err
	}
	r.store, r.queue = sqldb.StoreTables(store), queuedb.Tables(queue)
	return nil
}

func (r *restoring) read(ctx context.Context, archive io.Reader) (backup.Result, error) {
	files, err := blob.OpenDir(filepath.Join(r.part, blobFolder))
	if err != nil {
		return backup.Result{}, err
	}
	defer files.Close() //nolint:errcheck // what was put is synced
	tables := map[string]*sqldb.Tables{backup.Store: r.store, backup.Queue: r.queue}
	keep := func(name string) func([]byte) error {
		return func(data []byte) error { return writeSynced(filepath.Join(r.part, name), data) }
	}
	res, err := backup.Read(ctx, archive, backup.Target{
		Begin: func(ctx context.Context, m backup.Manifest) error {
			if err := r.store.Prepare(ctx, m.Store.Version); err != nil {
				return err
			}
			return r.queue.Prepare(ctx, m.Queue.Version)
		},
		Files: files, Keys: keep(keyFile), Config: keep("vedette.yaml.restored"),
		Load: func(ctx context.Context, section, table string, columns []string, rows [][]any) (int64, error) {
			return tables[section].Load(ctx, table, columns, rows)
		},
	}, r.o.Progress)
	if err != nil {
		return res, err
	}
	if err := r.queue.Finish(ctx, res.End.Sequences[backup.Queue]); err != nil {
		return res, err
	}
	return res, r.store.Finish(ctx, res.End.Sequences[backup.Store])
}

// index makes the search indexes, which backups leave out.
func (r *restoring) index(ctx context.Context) (err error) {
	var db *sqldb.DB
	if dsn := r.o.Config.Store.DSN; dsn != "" {
		db, err = postgres.Open(ctx, postgres.Options{DSN: dsn, Log: r.o.Log, Dial: r.egress.DialContext(egress.Operator)})
	} else {
		db, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(r.part, storeFile), Log: r.o.Log})
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := blob.OpenDir(filepath.Join(r.part, blobFolder))
	if err != nil {
		return err
	}
	defer files.Close() //nolint:errcheck // only read
	if err := db.IndexNewValues(ctx); err != nil {
		return err
	}
	x := search.NewIndexer(search.Options{Text: db, Changes: db, Tx: db, Reports: db, Blobs: files, Log: r.o.Log})
	return x.Rebuild(ctx, func(done int64) { r.o.Progress(backup.Progress{At: "index", Rows: done}) })
}

// settle closes the engines and gives the files their places, the store's last: without it there is nothing.
func (r *restoring) settle() error {
	remove := r.release[0]
	r.release = r.release[1:]
	if err := r.close(); err != nil {
		return err
	}
	for _, name := range []string{keyFile, "vedette.yaml.restored", blobFolder, queueFile, storeFile} {
		err := os.Rename(filepath.Join(r.part, name), filepath.Join(r.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return errors.Join(syncFolder(r.dir), remove())
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // inside the data folder
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the data folder
	if err != nil {
		return err
	}
	_ = f.Sync() // some systems cannot sync a folder
	return f.Close()
}
