package queuedb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// chunk bounds the rows of one administrative transaction, so that workers get their turn.
const chunk = 1000

// depthRow is a Depth on its way: the key of its oldest open message is turned into a time last.
type depthRow struct {
	bus.Depth
	oldest int64
}

// Depth implements bus.Queue. The figures are read one after the other, not in one snapshot.
func (db *DB) Depth(ctx context.Context) ([]bus.Depth, error) {
	q := db.reader()
	byID, err := backlogs(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := addInFlight(ctx, q, byID, db.now()); err != nil {
		return nil, err
	}
	err = q.each(ctx, "SELECT consumer_id, COUNT(*) FROM dead GROUP BY consumer_id", nil, func(rows *sql.Rows) error {
		var id, n int64
		err := rows.Scan(&id, &n)
		if d := byID[id]; d != nil {
			d.Dead = n
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ages(ctx, q, byID)
}

// backlogs returns a row per consumer with what it has not been handed yet. Topics without consumers have
// the negative of their id.
func backlogs(ctx context.Context, q querier) (map[int64]*depthRow, error) {
	byID := map[int64]*depthRow{}
	err := q.each(ctx, `SELECT t.id, t.name, c.id, c.name, t.next - 1 - COALESCE(c.seq_cursor, 0), t.bytes - COALESCE(c.bytes, 0), COALESCE(c.seq_cursor, 0)
		FROM topic t LEFT JOIN consumer c ON c.topic_id = t.id`, nil, func(rows *sql.Rows) error {
		var d depthRow
		var topicID, cursor int64
		var id sql.NullInt64
		var name sql.NullString
		if err := rows.Scan(&topicID, &d.Topic, &id, &name, &d.Ready, &d.Bytes, &cursor); err != nil {
			return err
		}
		d.Consumer = name.String
		if d.Ready > 0 {
			d.oldest = base(topicID) + cursor + 1
		}
		if !id.Valid {
			id.Int64 = -topicID
		}
		byID[id.Int64] = &d
		return nil
	})
	if err != nil {
		return nil, err
	}
	for id, d := range byID {
		if id > 0 {
			continue
		}
		var oldest, bytes sql.NullInt64
		if err := q.row(ctx, "SELECT COUNT(*), SUM(LENGTH(body)), MIN(key) FROM message WHERE key > ? AND key < ?", base(-id), base(-id+1)).Scan(&d.Ready, &bytes, &oldest); err != nil {
			return nil, err
		}
		d.Bytes, d.oldest = bytes.Int64, oldest.Int64
	}
	return byID, nil
}

func addInFlight(ctx context.Context, q querier, byID map[int64]*depthRow, now int64) error {
	return q.each(ctx, `SELECT consumer_id, SUM(CASE WHEN due <= ? THEN 1 ELSE 0 END), SUM(CASE WHEN due > ? AND leased THEN 1 ELSE 0 END),
		SUM(CASE WHEN due > ? AND NOT leased THEN 1 ELSE 0 END), SUM(size), MIN(key) FROM delivery GROUP BY consumer_id`, []any{now, now, now}, func(rows *sql.Rows) error {
		var id, ready, leased, delayed, bytes, oldest int64
		if err := rows.Scan(&id, &ready, &leased, &delayed, &bytes, &oldest); err != nil {
			return err
		}
		if d := byID[id]; d != nil {
			d.Ready, d.Leased, d.Delayed, d.Bytes, d.oldest = d.Ready+ready, leased, delayed, d.Bytes+bytes, oldest
		}
		return nil
	})
}

func ages(ctx context.Context, q querier, byID map[int64]*depthRow) ([]bus.Depth, error) {
	var keys []int64
	for _, d := range byID {
		if d.oldest > 0 {
			keys = append(keys, d.oldest)
		}
	}
	at := map[int64]int64{}
	in, arg := q.d.In(keys)
	err := q.each(ctx, "SELECT key, at FROM message WHERE key "+in, []any{arg}, func(rows *sql.Rows) error {
		var k, t int64
		err := rows.Scan(&k, &t)
		at[k] = t
		return err
	})
	out := make([]bus.Depth, 0, len(byID))
	for _, d := range byID {
		if t, ok := at[d.oldest]; ok {
			d.Oldest = time.UnixMicro(t).UTC()
		}
		out = append(out, d.Depth)
	}
	slices.SortFunc(out, func(a, b bus.Depth) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Consumer, b.Consumer))
	})
	return out, err
}

// Reclaim ends every lease: their messages can be handed out again at once. It is for the start of the only
// process that uses the queue: whoever held the leases is gone. Attempts stay counted, so that a message that
// ends its worker again and again dies in the end.
func (db *DB) Reclaim(ctx context.Context) (int64, error) {
	var n int64
	err := db.tx(ctx, func(ctx context.Context, q querier) error {
		var err error
		n, err = q.exec(ctx, "UPDATE delivery SET due = ? WHERE leased AND due > ?", db.now(), db.now())
		return err
	})
	return n, err
}

// Stored counts the messages kept, the dead ones included: for doctor and tests.
func (db *DB) Stored(ctx context.Context) (int64, error) {
	var n int64
	err := db.reader().row(ctx, "SELECT COUNT(*) FROM message").Scan(&n)
	return n, db.d.Translate(err)
}

// DeadLetters implements bus.Queue.
func (db *DB) DeadLetters(ctx context.Context, topic string, before int64, limit int) ([]bus.DeadLetter, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	limit = min(max(limit, 1), leaseRows)
	where, args := "d.seq < ?", []any{before}
	if topic != "" {
		t, _, err := db.find(ctx, topic, "")
		if err != nil {
			return nil, err
		}
		where, args = "d.topic_id = ? AND d.seq < ?", []any{t.id, before}
	}
	var out []bus.DeadLetter
	err := db.reader().each(ctx, `SELECT d.seq, d.key, t.name, c.name, m.id, m.body, d.attempts, m.at, d.died, d.reason
		FROM dead d JOIN topic t ON t.id = d.topic_id JOIN consumer c ON c.id = d.consumer_id JOIN message m ON m.key = d.key
		WHERE `+where+" ORDER BY d.seq DESC LIMIT ?", append(args, limit), func(rows *sql.Rows) error {
		var l bus.DeadLetter
		var key, at, died int64
		var reason string
		if err := rows.Scan(&l.Seq, &key, &l.Topic, &l.Consumer, &l.ID, &l.Body, &l.Attempts, &at, &died, &reason); err != nil {
			return err
		}
		if l.ID == "" {
			l.ID = drawn(key, at)
		}
		l.Published, l.Died = time.UnixMicro(at).UTC(), time.UnixMicro(died).UTC()
		out = append(out, l)
		return jsonx.Unmarshal([]byte(reason), &out[len(out)-1].Reason)
	})
	return out, err
}

// grave is a dead letter picked for replay or removal.
type grave struct{ seq, consumer, key, fence, size int64 }

// exhume calls fn with dead letters, a chunk per transaction, in their order; those that die while it runs
// are left out. It returns how many fn was given.
func (db *DB) exhume(ctx context.Context, topicID int64, which bus.Selection, fn func(ctx context.Context, q querier, part []grave) error) (int, error) {
	seqs := which.Seqs
	if which.All {
		seqs = nil
		var last sql.NullInt64
		if err := db.reader().row(ctx, "SELECT MAX(seq) FROM dead WHERE topic_id = ?", topicID).Scan(&last); err != nil {
			return 0, err
		}
		total := 0
		for {
			n, err := db.exhumeChunk(ctx, "topic_id = ? AND seq <= ?", []any{topicID, last.Int64}, fn)
			total += n
			if err != nil || n == 0 {
				return total, err
			}
		}
	}
	total := 0
	for part := range slices.Chunk(seqs, chunk) {
		in, arg := db.d.In(part)
		n, err := db.exhumeChunk(ctx, "topic_id = ? AND seq "+in, []any{topicID, arg}, fn)
		if total += n; err != nil {
			return total, err
		}
	}
	return total, nil
}

func (db *DB) exhumeChunk(ctx context.Context, where string, args []any, fn func(ctx context.Context, q querier, part []grave) error) (int, error) {
	n := 0
	err := db.tx(ctx, func(ctx context.Context, q querier) error {
		var part []grave
		err := q.each(ctx, "SELECT seq, consumer_id, key, fence, size FROM dead WHERE "+where+" ORDER BY seq LIMIT ?"+q.e.skipLocked, append(slices.Clone(args), chunk), func(rows *sql.Rows) error {
			var g grave
			err := rows.Scan(&g.seq, &g.consumer, &g.key, &g.fence, &g.size)
			part = append(part, g)
			return err
		})
		if n = len(part); err != nil || n == 0 {
			return err
		}
		seqs := make([]int64, n)
		for i, g := range part {
			seqs[i] = g.seq
		}
		in, arg := q.d.In(seqs)
		if _, err := q.exec(ctx, "DELETE FROM dead WHERE seq "+in, arg); err != nil {
			return err
		}
		return fn(ctx, q, part)
	})
	if err != nil {
		n = 0
	}
	return n, err
}

// Replay implements bus.Queue.
func (db *DB) Replay(ctx context.Context, topic string, which bus.Selection) (int, error) {
	t, _, err := db.find(ctx, topic, "")
	if err != nil {
		return 0, err
	}
	n, err := db.exhume(ctx, t.id, which, func(ctx context.Context, q querier, part []grave) error {
		rows := make([][]any, len(part))
		for i, g := range part {
			rows[i] = []any{g.consumer, g.key, db.now(), false, 0, g.fence, g.size}
		}
		return q.insert(ctx, "delivery", []string{"consumer_id", "key", "due", "leased", "attempts", "fence", "size"}, rows)
	})
	t.ready.fire()
	return n, err
}

// Discard implements bus.Queue.
func (db *DB) Discard(ctx context.Context, topic string, which bus.Selection) (int, error) {
	t, _, err := db.find(ctx, topic, "")
	if err != nil {
		return 0, err
	}
	return db.exhume(ctx, t.id, which, func(ctx context.Context, q querier, part []grave) error {
		// One consumer at a time: two of them may have given up on the same message.
		byOwner := map[int64][]int64{}
		for _, g := range part {
			byOwner[g.consumer] = append(byOwner[g.consumer], g.key)
		}
		for _, keys := range byOwner {
			if err := release(ctx, q, keys); err != nil {
				return err
			}
		}
		return nil
	})
}

// Drop implements bus.Queue. Messages are given up in chunks; workers of the consumer may run on meanwhile.
func (db *DB) Drop(ctx context.Context, topic, consumer string) error {
	t, id, err := db.find(ctx, topic, consumer)
	if err != nil {
		return err
	}
	for more := true; more; {
		err := db.tx(ctx, func(ctx context.Context, q querier) error {
			got, err := newOnes(ctx, q, t.id, id, db.now(), chunk)
			if more = len(got) > 0; err != nil || !more {
				return err
			}
			keys := make([]int64, len(got))
			for i, h := range got {
				keys[i] = h.key
			}
			return end(ctx, q, id, keys)
		})
		if err != nil {
			return err
		}
	}
	err = db.tx(ctx, func(ctx context.Context, q querier) error {
		// With the topic's row held nothing is published meanwhile; with the consumer's nothing is leased.
		var one int
		if err := q.row(ctx, "SELECT 1 FROM topic WHERE id = ?"+q.e.forUpdate, t.id).Scan(&one); err != nil {
			return q.d.Translate(err)
		}
		err := q.row(ctx, "SELECT 1 FROM consumer WHERE id = ?"+q.e.forUpdate, id).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return q.d.Translate(err)
		}
		keys, err := q.keys(ctx, `SELECT key FROM delivery WHERE consumer_id = ? UNION SELECT key FROM dead WHERE consumer_id = ?
			UNION SELECT m.key FROM message m JOIN consumer c ON c.id = ? WHERE m.key > ? + c.seq_cursor AND m.key < ?`, id, id, id, base(t.id), base(t.id+1))
		if err != nil {
			return err
		}
		if err := end(ctx, q, id, keys); err != nil {
			return err
		}
		for _, text := range []string{"DELETE FROM dead WHERE consumer_id = ?", "DELETE FROM consumer WHERE id = ?", "UPDATE topic SET consumers = consumers - 1 WHERE id = ?"} {
			arg := id
			if text[0] == 'U' {
				arg = t.id
			}
			if _, err := q.exec(ctx, text, arg); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, db.load(ctx))
}
