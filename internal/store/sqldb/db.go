// Package sqldb owns every SQL statement of Vedette: one text for both engines, one file per noun,
// the schema and its migrations, the transaction runner, the interned ACLs that turn a
// sharing.Scope into a predicate, and the change log written in each transaction. What SQLite and
// PostgreSQL spell differently is in their Dialect (packages sqlite, postgres). It owns no rule of a
// noun: services decide, this package stores.
package sqldb

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
)

// DB is one opened store. All methods are safe for concurrent use.
type DB struct {
	d        Dialect
	read     *sql.DB
	ready    *prepared // statements of read
	runner   Runner
	clock    func() time.Time
	log      *slog.Logger
	instance id.Instance
	acls     *aclCache
	changed  *signal
	close    func() error
}

// Runner is how a dialect executes write transactions: see tx.Runner for the contract. The
// *sql.Conn is the connection of the transaction, for engine-owned bulk paths.
type Runner interface {
	Run(ctx context.Context, fn func(ctx context.Context, q Querier) error) error
}

// Querier is what database/sql's DB, Conn and Tx have in common.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Options are what a dialect hands over after opening its pools.
type Options struct {
	Dialect Dialect
	// Read is the pool for reads outside transactions; Runner executes the writes.
	Read   *sql.DB
	Runner Runner
	Clock  func() time.Time
	Log    *slog.Logger
	// Close releases the pools, in the end.
	Close func() error
}

// New finishes opening: it migrates the schema and reads the instance tag.
func New(ctx context.Context, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db := &DB{
		d: o.Dialect, read: o.Read, ready: newPrepared(o.Read), runner: o.Runner, clock: o.Clock, log: o.Log,
		acls: newACLCache(), changed: newSignal(), close: o.Close,
	}
	if err := db.migrate(ctx); err != nil {
		return nil, err
	}
	if err := db.checkRestored(ctx); err != nil {
		return nil, err
	}
	if err := db.loadInstance(ctx); err != nil {
		return nil, err
	}
	return db, nil
}

// Close waits for running writes and closes the store.
func (db *DB) Close() error { return db.close() }

// Engine names the engine ("sqlite", "postgres") for doctor and metrics.
func (db *DB) Engine() string { return db.d.Name() }

// Instance is the tag of this installation (see id.Derived).
func (db *DB) Instance() id.Instance { return db.instance }

// Ping answers when the store can be read.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return errs.Wrap(err, errs.Unavailable, "store_down", "The store ({engine}) does not answer.", "engine", db.d.Name())
	}
	return nil
}

type txKey struct{}

type txState struct {
	q     Querier
	after []func()
}

// Run implements tx.Runner: nested calls join the outer transaction.
func (db *DB) Run(ctx context.Context, fn func(ctx context.Context) error) error {
	if _, ok := ctx.Value(txKey{}).(*txState); ok {
		return fn(ctx)
	}
	var done *txState
	err := db.runner.Run(ctx, func(ctx context.Context, q Querier) error {
		st := &txState{q: q}
		done = st
		return fn(context.WithValue(ctx, txKey{}, st))
	})
	if err != nil {
		return err
	}
	for _, f := range done.after {
		f()
	}
	return nil
}

// inTx runs fn in the transaction of ctx or in one of its own.
func (db *DB) inTx(ctx context.Context, fn func(ctx context.Context, q Querier) error) error {
	return db.Run(ctx, func(ctx context.Context) error { return fn(ctx, db.q(ctx)) })
}

// q returns the transaction of ctx, else the read pool.
func (db *DB) q(ctx context.Context) Querier {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		return st.q
	}
	return db.read
}

// afterCommit runs f once the transaction of ctx is on disk.
func (db *DB) afterCommit(ctx context.Context, f func()) {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		st.after = append(st.after, f)
	}
}

// exec, row and rows write "?" placeholders; the dialect rebinds them.
func (db *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := db.q(ctx).ExecContext(ctx, db.d.Rebind(query), args...)
	if err != nil {
		return 0, db.d.Translate(err)
	}
	return res.RowsAffected()
}

func (db *DB) row(ctx context.Context, query string, args ...any) *sql.Row {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		return st.q.QueryRowContext(ctx, db.d.Rebind(query), args...)
	}
	return db.ready.row(ctx, db.d.Rebind(query), args)
}

// query runs in the transaction of ctx, else on the reading pool with a statement that is kept ready.
func (db *DB) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		return st.q.QueryContext(ctx, text, args...)
	}
	return db.ready.query(ctx, text, args)
}

// each runs a query and calls scan for every row.
func (db *DB) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := db.query(ctx, db.d.Rebind(query), args)
	if err != nil {
		return db.d.Translate(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// now is the store's clock in microseconds UTC.
func (db *DB) now() int64 { return db.clock().UnixMicro() }

// newIDs allocates n successive item ids.
func (db *DB) newIDs(ctx context.Context, n int) (id.ID, error) {
	if n <= 0 {
		return 0, nil
	}
	first, err := db.d.Allocate(ctx, db.q(ctx), "item", int64(n))
	return id.ID(first), err
}

// signal wakes everybody who waits when something was committed.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

func newSignal() *signal { return &signal{ch: make(chan struct{})} }

func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ch
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ch)
	s.ch = make(chan struct{})
}
