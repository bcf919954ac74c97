package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ change.Log = (*DB)(nil)

// Append implements change.Log.
func (db *DB) Append(ctx context.Context, entries ...change.Entry) error {
	if _, ok := ctx.Value(txKey{}).(*txState); !ok {
		return errors.New("change log: append outside a transaction")
	}
	// Entries are committed in the order of their numbers: who appends waits for who appended before, so that a
	// reader who has seen a number has seen all below it.
	if err := db.d.Lock(ctx, db.q(ctx), "change"); err != nil {
		return err
	}
	now := db.now()
	for i := range entries {
		e := &entries[i]
		err := db.row(ctx, `INSERT INTO change(at, actor, actor_name, op, kind, first_id, last_id, parent_id, acl_id, before, after) VALUES(?,?,?,?,?,?,?,?,?,?,?) RETURNING seq`,
			now, int64(e.Actor), e.ActorName, e.Op, e.Kind, int64(e.First), int64(e.Last), int64(e.Parent), int64(e.ACL), rawOrNull(e.Before), rawOrNull(e.After)).Scan(&e.Seq)
		if err != nil {
			return err
		}
		e.At = fromMicro(now)
	}
	db.afterCommit(ctx, db.changed.fire)
	return nil
}

const changeColumns = "seq, at, actor, actor_name, op, kind, first_id, last_id, parent_id, acl_id, before, after"

func scanChange(rows *sql.Rows) (change.Entry, error) {
	var e change.Entry
	var at int64
	var before, after sql.NullString
	err := rows.Scan(&e.Seq, &at, &e.Actor, &e.ActorName, &e.Op, &e.Kind, &e.First, &e.Last, &e.Parent, &e.ACL, &before, &after)
	e.At = fromMicro(at)
	e.Before, e.After = nullRaw(before), nullRaw(after)
	return e, err
}

// Since implements change.Log. An entry inside a report (Parent) also needs the report to be visible.
func (db *DB) Since(ctx context.Context, s sharing.Scope, after int64, limit int) ([]change.Entry, int64, error) {
	sees, err := db.sees(ctx, s, "c.acl_id")
	if err != nil || sees == "FALSE" {
		return nil, after, err
	}
	up, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return nil, after, err
	}
	var top sql.NullInt64
	// The window is bounded by rows looked at, so that a viewer who sees little still moves on.
	err = db.row(ctx, "SELECT MAX(seq) FROM (SELECT seq FROM change WHERE seq > ? ORDER BY seq LIMIT ?) w", after, limit).Scan(&top)
	if err != nil || !top.Valid {
		return nil, after, err
	}
	var out []change.Entry
	err = db.each(ctx, `SELECT c.seq, c.at, c.actor, c.actor_name, c.op, c.kind, c.first_id, c.last_id, c.parent_id, c.acl_id, c.before, c.after
		FROM change c LEFT JOIN report r ON r.id = c.parent_id
		WHERE c.seq > ? AND c.seq <= ? AND `+sees+` AND (r.id IS NULL OR `+up+`) ORDER BY c.seq`, []any{after, top.Int64},
		func(rows *sql.Rows) error {
			e, err := scanChange(rows)
			out = append(out, e)
			return err
		})
	return out, top.Int64, err
}

// History implements change.Log.
func (db *DB) History(ctx context.Context, s sharing.Scope, kind string, item id.ID, before int64, limit int) ([]change.Entry, error) {
	sees, err := db.sees(ctx, s, "acl_id")
	if err != nil || sees == "FALSE" {
		return nil, err
	}
	if before <= 0 {
		before = int64(id.Max)
	}
	var out []change.Entry
	err = db.each(ctx, "SELECT "+changeColumns+` FROM change WHERE kind = ? AND first_id <= ? AND last_id >= ? AND first_id > ? AND seq < ? AND `+sees+` ORDER BY seq DESC LIMIT ?`,
		[]any{kind, int64(item), int64(item), int64(item) - maxRange, before, limit},
		func(rows *sql.Rows) error {
			e, err := scanChange(rows)
			out = append(out, e)
			return err
		})
	return out, err
}

// Inside implements change.Log. Each half walks its own index.
func (db *DB) Inside(ctx context.Context, s sharing.Scope, report id.ID, before int64, limit int) ([]change.Entry, error) {
	sees, err := db.sees(ctx, s, "acl_id")
	if err != nil || sees == "FALSE" {
		return nil, err
	}
	up, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return nil, err
	}
	if before <= 0 {
		before = int64(id.Max)
	}
	own := "SELECT * FROM (SELECT " + changeColumns + " FROM change WHERE kind = 'report' AND first_id = ? AND seq < ? AND " + sees + " ORDER BY seq DESC LIMIT ?) o"
	in := "SELECT * FROM (SELECT " + changeColumns + " FROM change WHERE parent_id = ? AND seq < ? AND " + sees + " ORDER BY seq DESC LIMIT ?) i"
	whole := "SELECT * FROM (" + own + " UNION ALL " + in + ") h WHERE EXISTS (SELECT 1 FROM report r WHERE r.id = ? AND " + up + ") ORDER BY seq DESC LIMIT ?"
	var out []change.Entry
	err = db.each(ctx, whole, []any{int64(report), before, limit, int64(report), before, limit, int64(report), limit},
		func(rows *sql.Rows) error {
			e, err := scanChange(rows)
			out = append(out, e)
			return err
		})
	return out, err
}

// maxRange is the longest id range of one entry, so that History can bound its index range.
const maxRange = 100_000

// Position implements change.Log.
func (db *DB) Position(ctx context.Context, consumer string) (int64, error) {
	var seq int64
	if st, ok := ctx.Value(txKey{}).(*txState); ok {
		if err := db.d.Lock(ctx, st.q, "cursor."+consumer); err != nil {
			return 0, err
		}
	}
	err := db.row(ctx, "SELECT seq FROM change_cursor WHERE consumer = ?", consumer).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// Advance implements change.Log.
func (db *DB) Advance(ctx context.Context, consumer string, seq int64) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err := db.exec(ctx, `INSERT INTO change_cursor(consumer, seq) VALUES(?,?) ON CONFLICT(consumer) DO UPDATE SET seq = excluded.seq
			WHERE excluded.seq > change_cursor.seq OR excluded.seq = 0`, consumer, seq)
		if err == nil && n == 0 {
			err = errs.New(errs.Conflict, "cursor_moved", "The consumer {consumer} is past this place already.", "consumer", consumer)
		}
		return err
	})
}

// Changed implements change.Log.
func (db *DB) Changed() <-chan struct{} { return db.changed.wait() }

func fromMicro(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// microNull stores "unknown" as NULL.
func microNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func nullMicro(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return fromMicro(n.Int64)
}

func rawOrNull(r jsonx.Raw) any {
	if len(r) == 0 {
		return nil
	}
	return string(r)
}

func nullRaw(s sql.NullString) jsonx.Raw {
	if !s.Valid || s.String == "" {
		return nil
	}
	return jsonx.Raw(s.String)
}

func idOrNull(i id.ID) any {
	if i == 0 {
		return nil
	}
	return int64(i)
}

func nullID(n sql.NullInt64) id.ID { return id.ID(n.Int64) }
