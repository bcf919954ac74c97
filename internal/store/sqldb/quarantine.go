package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ quarantine.Store = (*DB)(nil)

const quarantineColumns = `SELECT q.id, COALESCE(q.source_id, 0), COALESCE(s.name, ''), COALESCE(q.report_id, 0), a.label, q.stage, q.item, q.place, q.code, q.reason, q.params, q.blob, q.meta,
	q.state, q.created, q.resolved, q.resolved_by, `

const quarantineFrom = " FROM quarantine q JOIN acl a ON a.id = q.acl_id LEFT JOIN source s ON s.id = q.source_id LEFT JOIN report r ON r.id = q.report_id"

func scanQuarantine(row interface{ Scan(...any) error }) (quarantine.Item, error) {
	var it quarantine.Item
	var label string
	var params, meta sql.NullString
	var blob []byte
	var created int64
	var resolved sql.NullInt64
	err := row.Scan(&it.ID, &it.Source, &it.SourceName, &it.Report, &label, &it.Stage, &it.Item, &it.Place, &it.Code, &it.Reason, &params, &blob, &meta,
		&it.State, &created, &resolved, &it.ResolvedBy, &it.Payload)
	if err != nil {
		return it, err
	}
	copy(it.Blob[:], blob)
	it.HasBlob, it.Meta, it.Created, it.Resolved = len(blob) > 0, nullRaw(meta), fromMicro(created), nullMicro(resolved)
	if err := nullJSON(params, &it.Params); err != nil {
		return it, err
	}
	return it, jsonx.Unmarshal([]byte(label), &it.ACL)
}

// InsertQuarantine implements quarantine.Store.
func (db *DB) InsertQuarantine(ctx context.Context, it *quarantine.Item) error {
	acl, err := db.InternACL(ctx, it.ACL)
	if err != nil {
		return err
	}
	if it.ID, err = db.newIDs(ctx, 1); err != nil {
		return err
	}
	now := db.now()
	it.Created, it.HasBlob = fromMicro(now), it.Blob != (blob.Hash{})
	_, err = db.exec(ctx, "INSERT INTO quarantine(id, source_id, report_id, acl_id, stage, item, place, code, reason, params, blob, payload, meta, state, created) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		int64(it.ID), idOrNull(it.Source), idOrNull(it.Report), int64(acl), it.Stage, it.Item, it.Place, it.Code, it.Reason, jsonOrNull(it.Params, len(it.Params) > 0), hashOrNull(it.Blob),
		it.Payload, rawOrNull(it.Meta), string(it.State), now)
	return err
}

// Quarantined implements quarantine.Store.
func (db *DB) Quarantined(ctx context.Context, s sharing.Scope, n id.ID) (quarantine.Item, error) {
	sees, err := db.seesVia(ctx, s, "q.acl_id", "r.acl_id")
	if err != nil {
		return quarantine.Item{}, err
	}
	it, err := scanQuarantine(db.row(ctx, quarantineColumns+"q.payload"+quarantineFrom+" WHERE q.id = ? AND "+sees, int64(n)))
	return it, missing(err, "quarantine_item", n)
}

func (db *DB) quarantineWhere(ctx context.Context, s sharing.Scope, f quarantine.Filter) (where, error) {
	var w where
	sees, err := db.seesVia(ctx, s, "q.acl_id", "r.acl_id")
	if err != nil {
		return w, err
	}
	w.and(sees)
	if f.State == "" {
		f.State = quarantine.Open
	}
	w.and("q.state = ?", string(f.State))
	for _, c := range []struct{ column, value string }{{"q.stage", f.Stage}, {"q.code", f.Code}} {
		if c.value != "" {
			w.and(c.column+" = ?", c.value)
		}
	}
	if f.Source != 0 {
		w.and("q.source_id = ?", int64(f.Source))
	}
	if f.Report != 0 {
		w.and("q.report_id = ?", int64(f.Report))
	}
	if f.Match != "" {
		pattern := likeAny(naming.Fold(f.Match))
		w.and(`(lower(q.item) LIKE ? ESCAPE '\' OR lower(q.reason) LIKE ? ESCAPE '\')`, pattern, pattern)
	}
	if len(f.IDs) > 0 {
		in, arg := db.d.In(int64s(f.IDs))
		w.and("q.id "+in, arg)
	}
	return w, nil
}

// Quarantine implements quarantine.Store.
func (db *DB) Quarantine(ctx context.Context, s sharing.Scope, f quarantine.Filter, p report.Page) ([]quarantine.Item, string, error) {
	w, err := db.quarantineWhere(ctx, s, f)
	if err != nil {
		return nil, "", err
	}
	return listNewest(ctx, db, quarantineColumns+"''"+quarantineFrom, "q", w, p, func(rows *sql.Rows) (quarantine.Item, id.ID, error) {
		it, err := scanQuarantine(rows)
		return it, it.ID, err
	})
}

// QuarantineCounts implements quarantine.Store.
func (db *DB) QuarantineCounts(ctx context.Context, s sharing.Scope, f quarantine.Filter) ([]quarantine.Count, error) {
	w, err := db.quarantineWhere(ctx, s, f)
	if err != nil {
		return nil, err
	}
	out := []quarantine.Count{}
	err = db.each(ctx, "SELECT q.stage, q.code, COUNT(*)"+quarantineFrom+" WHERE "+w.clause()+" GROUP BY q.stage, q.code ORDER BY COUNT(*) DESC, q.stage, q.code LIMIT 200", w.args, func(rows *sql.Rows) error {
		var c quarantine.Count
		err := rows.Scan(&c.Stage, &c.Code, &c.Count)
		out = append(out, c)
		return err
	})
	return out, err
}

// ResolveQuarantine implements quarantine.Store.
func (db *DB) ResolveQuarantine(ctx context.Context, n id.ID, from, to quarantine.State, by string, at time.Time) (bool, error) {
	resolved := any(micro(at))
	if to == quarantine.Open {
		resolved, by = nil, ""
	}
	moved, err := db.exec(ctx, "UPDATE quarantine SET state = ?, resolved = ?, resolved_by = ? WHERE id = ? AND state = ?", string(to), resolved, by, int64(n), string(from))
	return moved == 1, err
}
