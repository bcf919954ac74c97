package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/failpoint"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/tx"
)

// committer runs write transactions on the one writing connection. Calls that wait together share a
// commit (group commit): the first runs in the bare transaction, the others each in a savepoint, so that a
// failing one undoes only itself, and all are acknowledged after the one synced commit. Bulk writes
// (tx.Bulk) only run first: a savepoint over many pages costs a third of their time.
type committer struct {
	db    *sql.DB
	queue chan *work
	quit  chan struct{}
	done  chan struct{}
}

type work struct {
	ctx    context.Context
	fn     func(ctx context.Context, q sqldb.Querier) error
	err    error
	result chan error
}

// A group takes no further member after groupTime or groupSize; the first member never waits for others.
const (
	groupSize = 256
	groupTime = 150 * time.Millisecond
)

func newCommitter(db *sql.DB) *committer {
	c := &committer{db: db, queue: make(chan *work, groupSize), quit: make(chan struct{}), done: make(chan struct{})}
	go c.loop()
	return c
}

// Run implements sqldb.Runner.
func (c *committer) Run(ctx context.Context, fn func(ctx context.Context, q sqldb.Querier) error) error {
	w := &work{ctx: ctx, fn: fn, result: make(chan error, 1)}
	select {
	case c.queue <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.quit:
		return errClosed
	}
	select {
	case err := <-w.result:
		return err
	case <-c.done:
		select {
		case err := <-w.result:
			return err
		default:
			return errClosed
		}
	}
}

var errClosed = errs.New(errs.Unavailable, "store_closed", "The store is shutting down; try again.")

func (c *committer) stop() {
	close(c.quit)
	<-c.done
}

func (c *committer) loop() {
	defer close(c.done)
	for {
		select {
		case w := <-c.queue:
			c.groups(w)
		case <-c.quit:
			for { // what was queued before the stop still runs
				select {
				case w := <-c.queue:
					c.groups(w)
				default:
					return
				}
			}
		}
	}
}

func (c *committer) groups(w *work) {
	for w != nil {
		w = c.group(w)
	}
}

// group runs first and whoever is waiting, commits once, and answers all. It returns a bulk write that it
// met while grouping: that one starts the next group.
func (c *committer) group(first *work) (next *work) {
	t, err := c.db.BeginTx(context.Background(), nil)
	if err != nil {
		first.result <- (&dialect{}).Translate(err)
		return nil
	}
	if err := runMember(t, first, false); err != nil {
		first.result <- errors.Join(err, rollback(t)) // alone so far: the whole transaction goes
		return nil
	}
	members := []*work{first}
	for started := time.Now(); len(members) < groupSize && time.Since(started) < groupTime; {
		var w *work
		select {
		case w = <-c.queue:
		default:
		}
		if w == nil {
			break
		}
		if tx.IsBulk(w.ctx) {
			next = w
			break
		}
		w.err = runMember(t, w, true)
		members = append(members, w)
	}
	failpoint.Hit(failpoint.CommitBefore)
	err = t.Commit()
	failpoint.Hit(failpoint.CommitAfter)
	if err != nil {
		err = errors.Join((&dialect{}).Translate(err), rollback(t))
	}
	for _, w := range members {
		if w.err == nil {
			w.err = err
		}
		w.result <- w.err
	}
	return next
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// runMember runs one function, inside a savepoint when others share the transaction. A panic undoes it and
// becomes an error, so that the other members and the connection stay good.
func runMember(t *sql.Tx, w *work, shared bool) (err error) {
	if w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	// The statements must not be cancelled half-way: a cancelled statement would end the shared transaction.
	ctx := context.WithoutCancel(w.ctx)
	if shared {
		if _, err := t.ExecContext(ctx, "SAVEPOINT member"); err != nil {
			return (&dialect{}).Translate(err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
		if !shared {
			return
		}
		end := "RELEASE member"
		if err != nil {
			end = "ROLLBACK TO member; RELEASE member"
		}
		if _, e := t.ExecContext(ctx, end); e != nil {
			err = errors.Join(err, e)
		}
	}()
	return w.fn(ctx, t)
}
