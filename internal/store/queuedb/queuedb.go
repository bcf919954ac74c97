// Package queuedb keeps the durable queues of package bus in tables: on SQLite in a file of its own, so
// that a long import does not hold up acknowledgements, on PostgreSQL in a schema of its own. Publishers and
// acknowledgers that wait together share a synced commit. It owns the queue's schema and statements; it
// owns no worker, limit or metric (package bus).
package queuedb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Schema is where the tables are on PostgreSQL.
const Schema = "vedette_queue"

// Options of a queue. The zero value is complete.
type Options struct {
	Clock func() time.Time
	Log   *slog.Logger
	// Poll is how often a waiting Lease looks for what other processes published. Default 1 s on SQLite
	// (where there are none), 250 ms on PostgreSQL.
	Poll time.Duration
	// Remember is how long the ids of finished messages are kept, and RememberIDs how many of the newest of
	// each topic. Ids of messages still queued are always known. Default 7 days and 5 million.
	Remember    time.Duration
	RememberIDs int64
	// CacheMiB is the page cache of the SQLite writer. Default 32.
	CacheMiB int
}

func (o *Options) fill(poll time.Duration) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Poll <= 0 {
		o.Poll = poll
	}
	if o.Remember <= 0 {
		o.Remember = 7 * 24 * time.Hour
	}
	if o.RememberIDs <= 0 {
		o.RememberIDs = 5_000_000
	}
	if o.CacheMiB <= 0 {
		o.CacheMiB = 32
	}
}

// DB is an open queue. It implements bus.Queue.
type DB struct {
	o       Options
	d       sqldb.Dialect
	e       spelling
	read    *sql.DB
	runner  sqldb.Runner
	release func() error

	publishes *batcher[publishCall]
	acks      *batcher[[]held]
	stop      context.CancelFunc
	pruned    chan struct{}
	careful   atomic.Int64 // groups of publishes left that look for known ids first

	mu     sync.RWMutex
	topics map[string]*topic
	loaded time.Time
}

var _ bus.Queue = (*DB)(nil)

// topic is what the process knows of a declared topic; entries are replaced, never changed.
type topic struct {
	id        int64
	consumers map[string]int64
	ready     *signal // fired when something can be leased; kept over reloads
}

// OpenSQLite opens or creates the queue's file.
func OpenSQLite(ctx context.Context, path string, o Options) (*DB, error) {
	o.fill(time.Second)
	engine, err := sqlite.OpenEngine(ctx, sqlite.Options{Path: path, CacheMiB: o.CacheMiB})
	if err != nil {
		return nil, err
	}
	return open(ctx, engine, sqliteSpelling(), o)
}

// OpenPostgres opens or creates the queue's schema.
func OpenPostgres(ctx context.Context, p postgres.Options, o Options) (*DB, error) {
	o.fill(250 * time.Millisecond)
	p.Schema = Schema
	engine, err := postgres.OpenEngine(ctx, p)
	if err != nil {
		return nil, err
	}
	return open(ctx, engine, postgresSpelling(), o)
}

func open(ctx context.Context, engine sqldb.Options, e spelling, o Options) (*DB, error) {
	db := &DB{
		o: o, d: engine.Dialect, e: e, read: engine.Read, runner: engine.Runner, release: engine.Close,
		topics: map[string]*topic{}, pruned: make(chan struct{}),
	}
	if err := sqldb.Migrate(ctx, db.d, migrationFiles, o.Log); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	if err := db.load(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	db.publishes = newBatcher(groupRows, db.publishGroup)
	db.acks = newBatcher(groupRows, db.ackGroup)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	db.stop = stop
	go db.prune(background)
	return db, nil
}

// groupRows bounds the rows of one synced commit.
const groupRows = 1000

// Close finishes what was accepted and closes the queue.
func (db *DB) Close() error {
	db.publishes.close()
	db.acks.close()
	db.stop()
	<-db.pruned
	return db.release()
}

// Engine names the engine ("sqlite", "postgres") for doctor and metrics.
func (db *DB) Engine() string { return db.d.Name() }

// Ping answers when the queue can be read.
func (db *DB) Ping(ctx context.Context) error {
	var n int
	if err := db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM topic").Scan(&n); err != nil {
		return errs.Wrap(err, errs.Unavailable, "queue_down", "The queue ({engine}) does not answer.", "engine", db.d.Name())
	}
	return nil
}

// Declare implements bus.Queue.
func (db *DB) Declare(ctx context.Context, topics ...bus.Topic) error {
	for _, t := range topics {
		if err := bus.CheckTopic(t); err != nil {
			return err
		}
	}
	err := db.tx(ctx, func(ctx context.Context, q querier) error {
		for _, t := range topics {
			if err := declare(ctx, q, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.load(ctx)
}

func declare(ctx context.Context, q querier, t bus.Topic) error {
	if err := q.lock(ctx, "topics"); err != nil {
		return err
	}
	if _, err := q.exec(ctx, `INSERT INTO topic(id, name, next, bytes, consumers)
		SELECT COALESCE(MAX(id), 0) + 1, ?, 1, 0, 0 FROM topic WHERE TRUE ON CONFLICT(name) DO NOTHING`, t.Name); err != nil {
		return err
	}
	var id, next, bytes, count int64
	if err := q.row(ctx, "SELECT id, next, bytes, consumers FROM topic WHERE name = ?"+q.e.forUpdate, t.Name).Scan(&id, &next, &bytes, &count); err != nil {
		return err
	}
	for _, name := range t.Consumers {
		var known int
		if err := q.row(ctx, "SELECT COUNT(*) FROM consumer WHERE topic_id = ? AND name = ?", id, name).Scan(&known); err != nil {
			return err
		}
		if known > 0 {
			continue
		}
		cursor, upTo := next-1, bytes
		if count == 0 { // the first consumer takes what was kept for it
			n, err := q.exec(ctx, "UPDATE message SET pending = 1 WHERE key > ? AND key < ?", base(id), base(id+1))
			if err != nil {
				return err
			}
			cursor -= n
			var kept sql.NullInt64
			if err := q.row(ctx, "SELECT SUM(LENGTH(body)) FROM message WHERE key > ? AND key < ?", base(id), base(id+1)).Scan(&kept); err != nil {
				return err
			}
			upTo -= kept.Int64
		}
		if _, err := q.exec(ctx, `INSERT INTO consumer(id, topic_id, name, seq_cursor, bytes) SELECT COALESCE(MAX(id), 0) + 1, ?, ?, ?, ? FROM consumer`,
			id, name, cursor, upTo); err != nil {
			return err
		}
		count++
	}
	_, err := q.exec(ctx, "UPDATE topic SET consumers = ? WHERE id = ?", count, id)
	return err
}

// load reads the topics and consumers.
func (db *DB) load(ctx context.Context) error {
	type entry struct {
		topic, consumer sql.NullString
		id, consumerID  sql.NullInt64
	}
	var entries []entry
	q := db.reader()
	err := q.each(ctx, "SELECT t.name, t.id, c.name, c.id FROM topic t LEFT JOIN consumer c ON c.topic_id = t.id", nil, func(rows *sql.Rows) error {
		var e entry
		err := rows.Scan(&e.topic, &e.id, &e.consumer, &e.consumerID)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	known := db.topics
	db.topics, db.loaded = make(map[string]*topic, len(entries)), time.Now()
	for _, e := range entries {
		t := db.topics[e.topic.String]
		if t == nil {
			t = &topic{id: e.id.Int64, consumers: map[string]int64{}, ready: newSignal()}
			if old := known[e.topic.String]; old != nil {
				t.ready = old.ready
			}
			db.topics[e.topic.String] = t
		}
		if e.consumer.Valid {
			t.consumers[e.consumer.String] = e.consumerID.Int64
		}
	}
	return nil
}

// find returns a topic and the id of a consumer (0 when none is asked for). What is not known is looked for
// once a second, as another process may have declared it.
func (db *DB) find(ctx context.Context, name, consumer string) (*topic, int64, error) {
	for first := true; ; first = false {
		db.mu.RLock()
		t, stale := db.topics[name], time.Since(db.loaded) > time.Second
		db.mu.RUnlock()
		if t != nil {
			if id, ok := t.consumers[consumer]; ok || consumer == "" {
				return t, id, nil
			}
		}
		if !first || !stale {
			return nil, 0, bus.ErrTopicUnknown(name, consumer)
		}
		if err := db.load(ctx); err != nil {
			return nil, 0, err
		}
	}
}

// seqBits is the width of a message's number inside its key.
const seqBits = 44

func base(topicID int64) int64 { return topicID << seqBits }

func seqOf(key int64) int64 { return key & (1<<seqBits - 1) }

func (db *DB) now() int64 { return db.o.Clock().UnixMicro() }

// signal wakes everybody who waits.
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
