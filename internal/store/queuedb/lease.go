package queuedb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/failpoint"
)

// Limits of one Lease: whatever is asked for, so many messages and about so many bytes of bodies.
const (
	leaseRows  = 1000
	leaseBytes = 16 << 20
)

// Lease implements bus.Queue.
func (db *DB) Lease(ctx context.Context, r bus.Request) ([]bus.Delivery, error) {
	if r.Max <= 0 || r.Lease <= 0 {
		return nil, errs.New(errs.Invalid, "bad_lease", "A lease needs a number of messages and a time above zero.")
	}
	r.Max = min(r.Max, leaseRows)
	t, consumer, err := db.find(ctx, r.Topic, r.Consumer)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(r.Wait)
	for {
		woken := t.ready.wait()
		ready, next, err := db.peek(ctx, t.id, consumer)
		if err != nil {
			return nil, err
		}
		if ready {
			got, err := db.lease(ctx, t.id, consumer, r)
			if err != nil || len(got) > 0 {
				return got, err
			}
		}
		left := time.Until(deadline)
		if left <= 0 {
			return nil, nil
		}
		pause := min(left, db.o.Poll)
		if next > 0 {
			pause = min(pause, max(time.Millisecond, time.Duration(next-db.now())*time.Microsecond))
		}
		timer := time.NewTimer(pause)
		select {
		case <-woken:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// peek reports, without taking the writer's turn, whether anything can be leased, else when something
// will be (0: nothing waits).
func (db *DB) peek(ctx context.Context, topicID, consumer int64) (ready bool, next int64, err error) {
	var backlog, due sql.NullInt64
	q := db.reader()
	err = q.row(ctx, `SELECT t.next - 1 - c.seq_cursor, (SELECT MIN(d.due) FROM delivery d WHERE d.consumer_id = c.id)
		FROM consumer c JOIN topic t ON t.id = c.topic_id WHERE c.id = ? AND t.id = ?`, consumer, topicID).Scan(&backlog, &due)
	if errors.Is(err, sql.ErrNoRows) {
		return false, 0, nil // dropped meanwhile
	}
	if err != nil {
		return false, 0, q.d.Translate(err)
	}
	return backlog.Int64 > 0 || due.Valid && due.Int64 <= db.now(), due.Int64, nil
}

// handed is a message on its way into a Delivery.
type handed struct {
	key, fence int64
	attempts   int
	message    bus.Message
	at         int64
}

func (db *DB) lease(ctx context.Context, topicID, consumer int64, r bus.Request) ([]bus.Delivery, error) {
	var got []handed
	var until int64
	err := db.tx(ctx, func(ctx context.Context, q querier) error {
		if q.e.relaxed != "" {
			if _, err := q.exec(ctx, q.e.relaxed); err != nil {
				return err
			}
		}
		now := db.now()
		until = now + r.Lease.Microseconds()
		var err error
		if got, err = again(ctx, q, consumer, now, until, r.Max); err != nil {
			return err
		}
		if len(got) < r.Max {
			first, err := newOnes(ctx, q, topicID, consumer, until, r.Max-len(got))
			if err != nil {
				return err
			}
			got = append(got, first...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	failpoint.Hit(failpoint.LeaseAfter)
	out := make([]bus.Delivery, len(got))
	for i, h := range got {
		if h.message.ID == "" {
			h.message.ID = drawn(h.key, h.at)
		}
		out[i] = bus.Delivery{
			Message: h.message, Topic: r.Topic, Consumer: r.Consumer, Published: time.UnixMicro(h.at).UTC(), Attempt: h.attempts,
			Expires: time.UnixMicro(until).UTC(), Receipt: bus.Receipt{Seq: h.key, Fence: h.fence},
		}
	}
	return out, nil
}

// again takes messages whose lease ran out or whose wait is over, the longest due first.
func again(ctx context.Context, q querier, consumer, now, until int64, most int) ([]handed, error) {
	var out []handed
	byKey := map[int64]int{}
	size := int64(0)
	err := q.each(ctx, "SELECT key, attempts, fence, size FROM delivery WHERE consumer_id = ? AND due <= ? ORDER BY due, key LIMIT ?"+q.e.skipLocked,
		[]any{consumer, now, most}, func(rows *sql.Rows) error {
			var h handed
			var n int64
			if err := rows.Scan(&h.key, &h.attempts, &h.fence, &n); err != nil {
				return err
			}
			if size += n; len(out) > 0 && size > leaseBytes {
				return errStop
			}
			h.attempts++
			h.fence++
			byKey[h.key] = len(out)
			out = append(out, h)
			return nil
		})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	keys := make([]int64, len(out))
	for i, h := range out {
		keys[i] = h.key
	}
	in, arg := q.d.In(keys)
	if _, err := q.exec(ctx, "UPDATE delivery SET due = ?, leased = TRUE, attempts = attempts + 1, fence = fence + 1 WHERE consumer_id = ? AND key "+in,
		until, consumer, arg); err != nil {
		return nil, err
	}
	return out, q.each(ctx, "SELECT key, id, at, body FROM message WHERE key "+in, []any{arg}, func(rows *sql.Rows) error {
		var key int64
		var m bus.Message
		var at int64
		err := rows.Scan(&key, &m.ID, &at, &m.Body)
		out[byKey[key]].message, out[byKey[key]].at = m, at
		return err
	})
}

// newOnes takes messages past the consumer's cursor and moves it.
func newOnes(ctx context.Context, q querier, topicID, consumer, until int64, most int) ([]handed, error) {
	var cursor int64
	err := q.row(ctx, "SELECT seq_cursor FROM consumer WHERE id = ?"+q.e.forUpdate, consumer).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, q.d.Translate(err)
	}
	var out []handed
	var rows [][]any
	size := int64(0)
	err = q.each(ctx, "SELECT key, id, at, body FROM message WHERE key > ? AND key < ? ORDER BY key LIMIT ?", []any{base(topicID) + cursor, base(topicID + 1), most},
		func(r *sql.Rows) error {
			if size > leaseBytes {
				return errStop
			}
			h := handed{attempts: 1, fence: 1}
			if err := r.Scan(&h.key, &h.message.ID, &h.at, &h.message.Body); err != nil {
				return err
			}
			size += int64(len(h.message.Body))
			out = append(out, h)
			rows = append(rows, []any{consumer, h.key, until, true, 1, 1, len(h.message.Body)})
			return nil
		})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	if err := q.insert(ctx, "delivery", []string{"consumer_id", "key", "due", "leased", "attempts", "fence", "size"}, rows); err != nil {
		return nil, err
	}
	_, err = q.exec(ctx, "UPDATE consumer SET seq_cursor = ?, bytes = bytes + ? WHERE id = ?", seqOf(out[len(out)-1].key), size, consumer)
	return out, err
}

// Extend implements bus.Queue.
func (db *DB) Extend(ctx context.Context, lease time.Duration, ds ...bus.Delivery) ([]bus.Delivery, error) {
	all, err := db.resolve(ctx, ds)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	var mine map[held]bool
	err = db.tx(ctx, func(ctx context.Context, q querier) error {
		mine = make(map[held]bool, len(all))
		until := db.now() + lease.Microseconds()
		for consumer, group := range byConsumer(all) {
			keys, err := own(ctx, q, consumer, group, mine)
			if err != nil {
				return err
			}
			in, arg := q.d.In(keys)
			if _, err := q.exec(ctx, "UPDATE delivery SET due = ? WHERE consumer_id = ? AND key "+in, until, consumer, arg); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var lost []bus.Delivery
	for i, h := range all {
		if !mine[h] {
			lost = append(lost, ds[i])
		}
	}
	return lost, nil
}
