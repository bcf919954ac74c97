package queuedb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/failpoint"
)

type publishCall struct {
	topic *topic
	msgs  []bus.Message
}

// Publish implements bus.Publisher. When ctx ends before the answer the messages may or may not have been
// kept: publish them again under the same ids.
func (db *DB) Publish(ctx context.Context, topic string, msgs ...bus.Message) error {
	if len(msgs) == 0 {
		return nil
	}
	if err := bus.CheckMessages(topic, msgs); err != nil {
		return err
	}
	t, _, err := db.find(ctx, topic, "")
	if err != nil {
		return err
	}
	weight := 0
	for _, m := range msgs {
		weight += 1 + len(m.Body)/rowBytes
	}
	return db.publishes.do(ctx, weight, publishCall{topic: t, msgs: msgs})
}

// rowBytes is how many bytes of a body weigh as much as one more row when a group is filled.
const rowBytes = 8 << 10

// carefulGroups is for how many groups ids are looked up first after one was found to be known.
const carefulGroups = 256

// publishGroup writes the messages of many calls in one transaction. Ids are mostly new, so they are
// inserted at once; when one is known the group runs again, looking first.
func (db *DB) publishGroup(ctx context.Context, calls []*call[publishCall]) {
	careful := db.careful.Load() > 0
	err := db.publishTx(ctx, calls, careful)
	if !careful && errs.KindOf(err) == errs.Conflict {
		db.careful.Store(carefulGroups)
		err = db.publishTx(ctx, calls, true)
	} else if careful {
		db.careful.Add(-1)
	}
	fired := map[*topic]bool{}
	for _, c := range calls {
		c.err = err
		if err == nil && !fired[c.what.topic] {
			fired[c.what.topic] = true
			c.what.topic.ready.fire()
		}
	}
	if err == nil {
		failpoint.Hit(failpoint.PublishAfter)
	}
}

func (db *DB) publishTx(ctx context.Context, calls []*call[publishCall], careful bool) error {
	byTopic := map[int64][]bus.Message{}
	for _, c := range calls {
		byTopic[c.what.topic.id] = append(byTopic[c.what.topic.id], c.what.msgs...)
	}
	ids := make([]int64, 0, len(byTopic))
	for id := range byTopic {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return db.tx(ctx, func(ctx context.Context, q querier) error {
		for _, id := range ids { // in order, as each holds its topic's row until the commit
			if err := db.publishTopic(ctx, q, id, byTopic[id], careful); err != nil {
				return err
			}
		}
		failpoint.Hit(failpoint.PublishBefore)
		return nil
	})
}

func (db *DB) publishTopic(ctx context.Context, q querier, topicID int64, msgs []bus.Message, careful bool) error {
	var next, consumers int64
	err := q.row(ctx, "SELECT next, consumers FROM topic WHERE id = ?"+q.e.forUpdate, topicID).Scan(&next, &consumers)
	if errors.Is(err, sql.ErrNoRows) {
		return bus.ErrTopicUnknown(strconv.FormatInt(topicID, 10), "")
	}
	if err != nil {
		return q.d.Translate(err)
	}
	if careful {
		if msgs, err = fresh(ctx, q, topicID, msgs); err != nil || len(msgs) == 0 {
			return err
		}
	}
	now, bytes := db.now(), int64(0)
	rows, seen := make([][]any, len(msgs)), make([][]any, 0, len(msgs))
	for i, m := range msgs {
		key := base(topicID) + next + int64(i)
		body := m.Body
		if body == nil {
			body = []byte{}
		}
		rows[i] = []any{key, m.ID, now, consumers, body}
		if m.ID != "" {
			seen = append(seen, []any{topicID, m.ID, key, now})
		}
		bytes += int64(len(body))
	}
	// Sorted, so that neighbours in the tree are written one after the other.
	slices.SortFunc(seen, func(a, b []any) int { return strings.Compare(a[1].(string), b[1].(string)) }) //nolint:forcetypeassert // made above
	if err := q.insert(ctx, "seen", []string{"topic_id", "id", "key", "at"}, seen); err != nil {
		return err
	}
	if err := q.insert(ctx, "message", []string{"key", "id", "at", "pending", "body"}, rows); err != nil {
		return err
	}
	_, err = q.exec(ctx, "UPDATE topic SET next = next + ?, bytes = bytes + ? WHERE id = ?", len(msgs), bytes, topicID)
	return err
}

// fresh leaves out messages whose id is known, or comes twice.
func fresh(ctx context.Context, q querier, topicID int64, msgs []bus.Message) ([]bus.Message, error) {
	known := make(map[string]bool, len(msgs))
	var ids []string
	for _, m := range msgs {
		if m.ID != "" {
			ids = append(ids, m.ID)
		}
	}
	in, arg, err := q.e.inText(ids)
	if err != nil {
		return nil, err
	}
	err = q.each(ctx, "SELECT id FROM seen WHERE topic_id = ? AND id "+in, []any{topicID, arg}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		known[id] = true
		return err
	})
	out := make([]bus.Message, 0, len(msgs))
	for _, m := range msgs {
		if m.ID != "" && known[m.ID] {
			continue
		}
		known[m.ID] = true
		out = append(out, m)
	}
	return out, err
}

// drawn is the id of a message that was published without one. The time is in it so that a queue that was
// restored to an earlier state never gives an old id to a new message.
func drawn(key, at int64) string {
	return "~" + strconv.FormatInt(at, 36) + "." + strconv.FormatInt(seqOf(key), 36)
}
