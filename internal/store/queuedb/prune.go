package queuedb

import (
	"context"
	"database/sql"
	"log/slog"
	"time"
)

// Pruning walks the memory of ids in slices, a pause after each, and rests between two walks.
const (
	pruneSlice = 5000
	prunePause = 200 * time.Millisecond
	pruneRest  = time.Hour
)

func (db *DB) prune(ctx context.Context) {
	defer close(db.pruned)
	var at place
	for {
		pause := pruneRest
		if at != (place{}) {
			pause = prunePause
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		next, err := db.pruneFrom(ctx, at)
		if err != nil && ctx.Err() == nil {
			db.o.Log.WarnContext(ctx, "queue memory not pruned", slog.Any("error", err))
		}
		at = next
	}
}

// place is where a walk stands; zero at its start and end.
type place struct {
	topic int64
	id    string
}

// pruneFrom forgets, in one slice after a place, the ids that are old or too many and whose message is done.
func (db *DB) pruneFrom(ctx context.Context, after place) (place, error) {
	cutoff := db.o.Clock().Add(-db.o.Remember).UnixMicro()
	end, looked := place{}, 0
	old := map[int64][]string{}
	err := db.reader().each(ctx, `SELECT s.topic_id, s.id, s.key, s.at, t.next FROM seen s JOIN topic t ON t.id = s.topic_id
		WHERE (s.topic_id, s.id) > (?, ?) ORDER BY s.topic_id, s.id LIMIT ?`, []any{after.topic, after.id, pruneSlice}, func(rows *sql.Rows) error {
		var p place
		var key, at, next int64
		if err := rows.Scan(&p.topic, &p.id, &key, &at, &next); err != nil {
			return err
		}
		if at < cutoff || seqOf(key) < next-db.o.RememberIDs {
			old[p.topic] = append(old[p.topic], p.id)
		}
		end = p
		looked++
		return nil
	})
	if err != nil || looked < pruneSlice {
		end = place{} // the walk is over
	}
	if err != nil || len(old) == 0 {
		return end, err
	}
	return end, db.tx(ctx, func(ctx context.Context, q querier) error {
		for topicID, ids := range old {
			in, arg, err := q.e.inText(ids)
			if err != nil {
				return err
			}
			if _, err := q.exec(ctx, "DELETE FROM seen WHERE topic_id = ? AND id "+in+" AND NOT EXISTS (SELECT 1 FROM message m WHERE m.key = seen.key)", topicID, arg); err != nil {
				return err
			}
		}
		return nil
	})
}
