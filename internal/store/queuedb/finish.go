package queuedb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/failpoint"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// held names one lease.
type held struct {
	consumer int64
	bus.Receipt
}

func (db *DB) resolve(ctx context.Context, ds []bus.Delivery) ([]held, error) {
	out := make([]held, len(ds))
	for i, d := range ds {
		_, id, err := db.find(ctx, d.Topic, d.Consumer)
		if err != nil {
			return nil, err
		}
		out[i] = held{consumer: id, Receipt: d.Receipt}
	}
	return out, nil
}

// byConsumer yields the leases of each consumer in the order of ids and keys, so that two transactions
// cannot wait for each other.
func byConsumer(all []held) iter.Seq2[int64, []held] {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b held) int {
		return cmp.Or(cmp.Compare(a.consumer, b.consumer), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Fence, b.Fence))
	})
	all = slices.Compact(all)
	return func(yield func(int64, []held) bool) {
		for len(all) > 0 {
			n := 1
			for n < len(all) && all[n].consumer == all[0].consumer {
				n++
			}
			if !yield(all[0].consumer, all[:n]) {
				return
			}
			all = all[n:]
		}
	}
}

// own enters the leases that still stand into mine, holds their rows until the transaction's end and
// returns their keys.
func own(ctx context.Context, q querier, consumer int64, group []held, mine map[held]bool) ([]int64, error) {
	keys, fences := make([]int64, len(group)), make([]int64, len(group))
	for i, h := range group {
		keys[i], fences[i] = h.Seq, h.Fence
	}
	pairs, args := q.e.pairs(keys, fences)
	keys = keys[:0]
	err := q.each(ctx, "SELECT d.key, d.fence FROM "+pairs+" delivery d ON d.consumer_id = ? AND d.key = p.k AND d.fence = p.f AND d.leased"+q.e.forUpdateD,
		append(args, consumer), func(rows *sql.Rows) error {
			h := held{consumer: consumer}
			err := rows.Scan(&h.Seq, &h.Fence)
			mine[h] = true
			keys = append(keys, h.Seq)
			return err
		})
	return keys, err
}

// Ack implements bus.Queue.
func (db *DB) Ack(ctx context.Context, ds ...bus.Delivery) error {
	all, err := db.resolve(ctx, ds)
	if err != nil || len(ds) == 0 {
		return err
	}
	failpoint.Hit(failpoint.AckBefore)
	return db.acks.do(ctx, len(all), all)
}

// ackGroup ends the deliveries of many calls in one transaction.
func (db *DB) ackGroup(ctx context.Context, calls []*call[[]held]) {
	var all []held
	for _, c := range calls {
		all = append(all, c.what...)
	}
	var mine map[held]bool
	err := db.tx(ctx, func(ctx context.Context, q querier) error {
		mine = make(map[held]bool, len(all))
		for consumer, group := range byConsumer(all) {
			keys, err := own(ctx, q, consumer, group, mine)
			if err != nil {
				return err
			}
			if err := end(ctx, q, consumer, keys); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		failpoint.Hit(failpoint.AckAfter)
	}
	for _, c := range calls {
		c.err = err
		for _, h := range c.what {
			if err == nil && !mine[h] {
				c.err = bus.ErrLeaseLost
			}
		}
	}
}

func end(ctx context.Context, q querier, consumer int64, keys []int64) error {
	if len(keys) == 0 {
		return nil
	}
	in, arg := q.d.In(keys)
	if _, err := q.exec(ctx, "DELETE FROM delivery WHERE consumer_id = ? AND key "+in, consumer, arg); err != nil {
		return err
	}
	return release(ctx, q, keys)
}

// release counts one consumer off the messages and removes those that were its last. The second DELETE is
// for two consumers that end at once: the UPDATE waits for the other's and sees its count.
func release(ctx context.Context, q querier, keys []int64) error {
	in, arg := q.d.In(keys)
	n, err := q.exec(ctx, "DELETE FROM message WHERE pending <= 1 AND key "+in, arg)
	if err != nil || n == int64(len(keys)) {
		return err
	}
	if _, err = q.exec(ctx, "UPDATE message SET pending = pending - 1 WHERE key "+in, arg); err != nil {
		return err
	}
	_, err = q.exec(ctx, "DELETE FROM message WHERE pending <= 0 AND key "+in, arg)
	return err
}

// Retry implements bus.Queue.
func (db *DB) Retry(ctx context.Context, d bus.Delivery, after time.Duration, reason error) error {
	t, consumer, err := db.find(ctx, d.Topic, d.Consumer)
	if err != nil {
		return err
	}
	uncounted := 0
	if reason == nil {
		uncounted = 1
	}
	err = db.tx(ctx, func(ctx context.Context, q querier) error {
		// Who gave it back cannot end it any more: it is not leased, and the next lease has another fence.
		n, err := q.exec(ctx, `UPDATE delivery SET due = ?, leased = FALSE, attempts = attempts - ?
			WHERE consumer_id = ? AND key = ? AND fence = ? AND leased`, db.now()+max(0, after.Microseconds()), uncounted, consumer, d.Receipt.Seq, d.Receipt.Fence)
		if err == nil && n == 0 {
			err = bus.ErrLeaseLost
		}
		return err
	})
	if err == nil {
		t.ready.fire() // whoever sleeps until the next due time looks again
	}
	return err
}

// Dead implements bus.Queue.
func (db *DB) Dead(ctx context.Context, d bus.Delivery, reason error) error {
	t, consumer, err := db.find(ctx, d.Topic, d.Consumer)
	if err != nil {
		return err
	}
	why, err := jsonx.Marshal(bus.ReasonOf(reason))
	if err != nil {
		return err
	}
	return db.tx(ctx, func(ctx context.Context, q querier) error {
		var attempts, size int64
		err := q.row(ctx, "SELECT attempts, size FROM delivery WHERE consumer_id = ? AND key = ? AND fence = ? AND leased"+q.e.forUpdate,
			consumer, d.Receipt.Seq, d.Receipt.Fence).Scan(&attempts, &size)
		if errors.Is(err, sql.ErrNoRows) {
			return bus.ErrLeaseLost
		}
		if err != nil {
			return q.d.Translate(err)
		}
		if _, err := q.exec(ctx, "INSERT INTO dead(topic_id, consumer_id, key, attempts, fence, size, died, reason) VALUES(?,?,?,?,?,?,?,?)",
			t.id, consumer, d.Receipt.Seq, attempts, d.Receipt.Fence, size, db.now(), string(why)); err != nil {
			return err
		}
		_, err = q.exec(ctx, "DELETE FROM delivery WHERE consumer_id = ? AND key = ?", consumer, d.Receipt.Seq)
		return err
	})
}
