// Package sqlite opens the embedded store: one SQLite file in WAL mode through the pure-Go driver, one
// writing connection with group commit, a pool of readers sized to the cores. It owns what SQLite spells
// differently; the statements themselves are in sqldb.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	moderncsqlite "modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// Options of one file.
type Options struct {
	Path  string
	Clock func() time.Time
	Log   *slog.Logger
	// CacheMiB is the page cache of the writer; the readers share as much again. Default 128.
	CacheMiB int
}

// Open opens or creates the file and migrates it. Every commit is fully synced (synchronous=FULL):
// what was acknowledged survives a power cut.
func Open(ctx context.Context, o Options) (*sqldb.DB, error) {
	engine, err := OpenEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	db, err := sqldb.New(ctx, engine)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return db, nil
}

// OpenEngine opens or creates a file without migrating it: its pools, its group commit and its dialect, for
// Open and for stores with a schema of their own (queuedb). The caller calls Close.
func OpenEngine(ctx context.Context, o Options) (sqldb.Options, error) {
	if o.CacheMiB <= 0 {
		o.CacheMiB = 128
	}
	if err := ownerOnly(o.Path); err != nil {
		return sqldb.Options{}, err
	}
	write, err := pool(o.Path, o.CacheMiB, "immediate", 1)
	if err != nil {
		return sqldb.Options{}, err
	}
	readers := max(2, runtime.NumCPU())
	read, err := pool(o.Path, max(8, o.CacheMiB/readers), "deferred", readers)
	if err != nil {
		return sqldb.Options{}, errors.Join(err, write.Close())
	}
	closeBoth := func() error { return errors.Join(read.Close(), write.Close()) }
	if err := checkPragmas(ctx, write); err != nil {
		return sqldb.Options{}, errors.Join(err, closeBoth())
	}
	committer := newCommitter(write)
	return sqldb.Options{
		Dialect: &dialect{write: write}, Read: read, Runner: committer, Clock: o.Clock, Log: o.Log,
		Close: func() error { committer.stop(); return closeBoth() },
	}, nil
}

// ownerOnly makes the file and takes from others what they may do with it, whatever the folder and the umask
// allow. SQLite gives the files beside it the same mode; those that are left from an older version get it here.
func ownerOnly(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "store_unopened", "The data file cannot be opened: check that the folder exists, is writable and not full.")
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue // there is none, or nothing to take away
		}
		if err := os.Chmod(name, info.Mode().Perm()&0o700); err != nil {
			return errs.Wrap(err, errs.Unavailable, "store_mode", "{path} can be read by others and its mode cannot be changed: make the server's own account its owner.", "path", name)
		}
	}
	return nil
}

func pool(path string, cacheMiB int, lock string, conns int) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}, "_pragma": {
		"journal_mode(wal)", "synchronous(full)", "busy_timeout(10000)", "foreign_keys(on)", "temp_store(memory)",
		fmt.Sprintf("cache_size(-%d)", cacheMiB<<10), "wal_autocheckpoint(8000)", "journal_size_limit(67108864)", "mmap_size(0)",
	}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// checkPragmas reads back what durability hangs on: a mistyped DSN must not weaken it silently.
func checkPragmas(ctx context.Context, db *sql.DB) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return errs.Wrap(err, errs.Unavailable, "store_unopened", "The data file cannot be opened: check that the folder exists, is writable and not full.")
		}
		if got != want {
			return fmt.Errorf("sqlite: %s is %s, want %s", pragma, got, want)
		}
	}
	return nil
}

type dialect struct{ write *sql.DB }

func (d *dialect) Name() string                { return "sqlite" }
func (d *dialect) Rebind(q string) string      { return q }
func (d *dialect) MigrationHandle() *sql.DB    { return d.write }
func (d *dialect) Search() sqldb.SearchDialect { return search{} }

func (d *dialect) Schema() map[string]string {
	return map[string]string{
		"id": "INTEGER PRIMARY KEY", "bytes": "BLOB", "json": "TEXT", "without_rowid": "WITHOUT ROWID",
		"seq": "INTEGER PRIMARY KEY AUTOINCREMENT",
	}
}

func (d *dialect) In(ids []int64) (string, any) {
	var b strings.Builder
	b.WriteByte('[')
	for i, n := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	b.WriteByte(']')
	return "IN (SELECT value FROM json_each(?))", b.String()
}

func (d *dialect) InBytes(list [][]byte) (string, any) {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + hex.EncodeToString(v) + `"`)
	}
	b.WriteByte(']')
	return "IN (SELECT unhex(value) FROM json_each(?))", b.String()
}

func (d *dialect) Allocate(ctx context.Context, q sqldb.Querier, name string, n int64) (int64, error) {
	var next int64
	err := q.QueryRowContext(ctx, `INSERT INTO seq(name, next) VALUES(?, 1 + ?)
		ON CONFLICT(name) DO UPDATE SET next = next + ? RETURNING next`, name, n, n).Scan(&next)
	return next - n, err
}

func (d *dialect) Lock(context.Context, sqldb.Querier, string) error { return nil }

// insertRows is how many rows one statement carries: half of the cost of a small row is the call.
const insertRows = 64

// Insert uses two statements: one for full groups of rows, one for all of the rest.
func (d *dialect) Insert(ctx context.Context, q sqldb.Querier, table string, columns []string, rows [][]any) error {
	if full := len(rows) / insertRows * insertRows; full > 0 {
		if err := d.insert(ctx, q, table, columns, rows[:full], insertRows); err != nil {
			return err
		}
		rows = rows[full:]
	}
	return d.insert(ctx, q, table, columns, rows, len(rows))
}

// insert writes rows by statements of group rows each; len(rows) is a multiple of group.
func (d *dialect) insert(ctx context.Context, q sqldb.Querier, table string, columns []string, rows [][]any, group int) error {
	if len(rows) == 0 {
		return nil
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	text := "INSERT INTO " + table + "(" + strings.Join(columns, ",") + ") VALUES " + strings.TrimSuffix(strings.Repeat(one+",", group), ",")
	prep, ok := q.(interface {
		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	})
	if !ok {
		return errors.New("sqlite: insert needs a transaction")
	}
	stmt, err := prep.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer stmt.Close() //nolint:errcheck // nothing to lose
	args := make([]any, 0, group*len(columns))
	for len(rows) > 0 {
		args = args[:0]
		for _, r := range rows[:group] {
			args = append(args, r...)
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, d.Translate(err))
		}
		rows = rows[group:]
	}
	return nil
}

func (d *dialect) Translate(err error) error {
	var e *moderncsqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlitelib.SQLITE_CONSTRAINT:
		if e.Code() == sqlitelib.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY {
			return errs.Wrap(err, errs.Conflict, "exists", "This exists already.")
		}
	case sqlitelib.SQLITE_FULL:
		return errs.Wrap(err, errs.Unavailable, "disk_full", "The disk of the data folder is full: free space; nothing acknowledged is lost.")
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return errs.Wrap(err, errs.Unavailable, "store_busy", "The store is busy; try again.")
	case sqlitelib.SQLITE_IOERR, sqlitelib.SQLITE_CORRUPT, sqlitelib.SQLITE_NOTADB, sqlitelib.SQLITE_CANTOPEN, sqlitelib.SQLITE_READONLY:
		return errs.Wrap(err, errs.Unavailable, "store_broken", "The data file cannot be read or written: run vedette doctor.")
	}
	return err
}
