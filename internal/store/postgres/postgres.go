// Package postgres opens a store on PostgreSQL (15 or later) or an engine of its family that speaks its
// protocol. It owns what PostgreSQL spells differently; the statements themselves are in sqldb.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/failpoint"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// Options of one database.
type Options struct {
	// DSN is a libpq URL or key=value string.
	DSN   string
	Clock func() time.Time
	Log   *slog.Logger
	// Dial is the operator's dialer of package egress; nil uses the driver's own.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Connections bounds the pool. Default 16.
	Connections int
	// Schema holds the tables, and is made when it is not there; empty uses the database's default.
	Schema string
}

// Open connects and migrates.
func Open(ctx context.Context, o Options) (*sqldb.DB, error) {
	engine, err := OpenEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	store, err := sqldb.New(ctx, engine)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return store, nil
}

// OpenEngine makes the pool, the transaction runner and the dialect without connecting or migrating, for
// Open and for stores with a schema of their own (queuedb). The caller calls Close.
func OpenEngine(ctx context.Context, o Options) (sqldb.Options, error) {
	cfg, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return sqldb.Options{}, errs.Wrap(err, errs.Invalid, "bad_dsn", "store.dsn is not a PostgreSQL address: write postgres://user@host:5432/name.")
	}
	if o.Dial != nil {
		cfg.DialFunc = o.Dial
	}
	cfg.RuntimeParams["application_name"] = "vedette"
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.RuntimeParams["synchronous_commit"] = "on"
	if o.Schema != "" {
		cfg.RuntimeParams["search_path"] = pgx.Identifier{o.Schema}.Sanitize()
	}
	db := stdlib.OpenDB(*cfg)
	if o.Connections <= 0 {
		o.Connections = 16
	}
	db.SetMaxOpenConns(o.Connections)
	db.SetMaxIdleConns(o.Connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if o.Schema != "" {
		if err := createSchema(ctx, db, o.Schema); err != nil {
			return sqldb.Options{}, errors.Join(err, db.Close())
		}
	}
	return sqldb.Options{
		Dialect: &dialect{db: db}, Read: db, Runner: &runner{db: db}, Clock: o.Clock, Log: o.Log, Close: db.Close,
	}, nil
}

// createSchema looks first: who may use a schema that an administrator made need not be allowed to make one.
func createSchema(ctx context.Context, db *sql.DB, name string) error {
	var there bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", name).Scan(&there); err != nil {
		return translate(err)
	}
	if there {
		return nil
	}
	_, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{name}.Sanitize())
	return translate(err)
}

// conn is the querier of a write transaction; it knows the driver's connection for COPY.
type conn struct {
	*sql.Tx
	raw *sql.Conn
}

type runner struct{ db *sql.DB }

// Run implements sqldb.Runner. Serialisation failures, deadlocks and lost races on unique keys are tried
// again, at most five times.
func (r *runner) Run(ctx context.Context, fn func(ctx context.Context, q sqldb.Querier) error) error {
	var err error
	for try := range 5 {
		if err = r.once(ctx, fn); err == nil || !again(err) {
			return err
		}
		select {
		case <-time.After(time.Duration(5<<try) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (r *runner) once(ctx context.Context, fn func(ctx context.Context, q sqldb.Querier) error) (err error) {
	raw, err := r.db.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer raw.Close() //nolint:errcheck // back to the pool
	tx, err := raw.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
		if err != nil {
			if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
				err = errors.Join(err, e)
			}
		}
	}()
	if err = fn(ctx, conn{Tx: tx, raw: raw}); err != nil {
		return err
	}
	failpoint.Hit(failpoint.CommitBefore)
	err = translate(tx.Commit())
	failpoint.Hit(failpoint.CommitAfter)
	return err
}

func again(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "40001", "40P01":
		return true
	case "23505": // two writers added the same value at once: the second run finds it
		return e.ConstraintName == "observable_vhash" || e.ConstraintName == "acl_hash_key"
	}
	return false
}

type dialect struct{ db *sql.DB }

func (d *dialect) Name() string                { return "postgres" }
func (d *dialect) Rebind(q string) string      { return sqldb.Dollar(q) }
func (d *dialect) MigrationHandle() *sql.DB    { return d.db }
func (d *dialect) Search() sqldb.SearchDialect { return search{} }
func (d *dialect) Translate(err error) error   { return translate(err) }

func (d *dialect) Schema() map[string]string {
	return map[string]string{
		"id": "BIGINT PRIMARY KEY", "bytes": "BYTEA", "json": "TEXT", "without_rowid": "",
		"seq": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
	}
}

func (d *dialect) In(ids []int64) (string, any)        { return "= ANY(?)", ids }
func (d *dialect) InBytes(list [][]byte) (string, any) { return "= ANY(?)", list }

// Allocate works on a connection of its own, so that writers do not queue behind each other's row lock; a
// rolled-back transaction leaves a gap.
func (d *dialect) Allocate(ctx context.Context, _ sqldb.Querier, name string, n int64) (int64, error) {
	var next int64
	err := d.db.QueryRowContext(ctx, `INSERT INTO seq(name, next) VALUES($1, 1 + $2)
		ON CONFLICT(name) DO UPDATE SET next = seq.next + $2 RETURNING next`, name, n).Scan(&next)
	return next - n, translate(err)
}

func (d *dialect) Lock(ctx context.Context, q sqldb.Querier, name string) error {
	h := fnv.New64a()
	_, _ = h.Write([]byte("vedette." + name))
	_, err := q.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(h.Sum64())) //nolint:gosec // any 64 bits
	return translate(err)
}

// Insert uses COPY from 64 rows on, one multi-row statement below.
func (d *dialect) Insert(ctx context.Context, q sqldb.Querier, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	c, ok := q.(conn)
	if ok && len(rows) >= 64 {
		return c.raw.Raw(func(driverConn any) error {
			pc, ok := driverConn.(*stdlib.Conn)
			if !ok {
				return fmt.Errorf("postgres: unexpected driver connection %T", driverConn)
			}
			_, err := pc.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
			return translate(err)
		})
	}
	for start := 0; start < len(rows); start += 64 {
		part := rows[start:min(start+64, len(rows))]
		var b strings.Builder
		b.WriteString("INSERT INTO " + table + "(" + strings.Join(columns, ",") + ") VALUES ")
		args := make([]any, 0, len(part)*len(columns))
		for i, r := range part {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('(')
			for j := range r {
				if j > 0 {
					b.WriteByte(',')
				}
				b.WriteString("$" + strconv.Itoa(len(args)+j+1))
			}
			b.WriteByte(')')
			args = append(args, r...)
		}
		if _, err := q.ExecContext(ctx, b.String(), args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, translate(err))
		}
	}
	return nil
}

func translate(err error) error {
	if err == nil {
		return nil
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case e.Code == "23505":
			return errs.Wrap(err, errs.Conflict, "exists", "This exists already.")
		case strings.HasPrefix(e.Code, "53"):
			return errs.Wrap(err, errs.Unavailable, "disk_full", "The disk of the data folder is full: free space; nothing acknowledged is lost.")
		case strings.HasPrefix(e.Code, "57P"):
			return errs.Wrap(err, errs.Unavailable, "store_down", "The store ({engine}) does not answer.", "engine", "postgres")
		}
		return err
	}
	var ce *pgconn.ConnectError
	var ne net.Error
	if errors.As(err, &ce) || errors.As(err, &ne) {
		return errs.Wrap(err, errs.Unavailable, "store_down", "The store ({engine}) does not answer.", "engine", "postgres")
	}
	return err
}
