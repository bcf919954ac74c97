package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ report.Corrections = (*DB)(nil)

const correctionColumns = `k.id, k.kind, k.value_id, o.class, o.value, k.org_id, k.source_id, k.report_id, k.scope, k.setting, k.reason, k.comment, k.actor, k.actor_name, k.created, k.expires, k.undone`

const correctionFrom = " FROM correction k JOIN observable o ON o.id = k.value_id"

func scanCorrection(rows interface{ Scan(...any) error }) (report.Correction, error) {
	var k report.Correction
	var source, in, expires, undone sql.NullInt64
	var created int64
	err := rows.Scan(&k.ID, &k.Kind, &k.Value.ID, &k.Value.Value.Type, &k.Value.Value.Text, &k.Org, &source, &in, &k.Reach, &k.Setting, &k.Reason, &k.Comment, &k.Actor, &k.ActorName, &created, &expires, &undone)
	k.Source, k.Report = nullID(source), nullID(in)
	k.Created, k.Expires, k.Undone = fromMicro(created), nullMicro(expires), nullMicro(undone)
	return k, err
}

func (db *DB) corrections(ctx context.Context, tail string, args []any) ([]report.Correction, error) {
	var out []report.Correction
	err := db.each(ctx, "SELECT "+correctionColumns+correctionFrom+" WHERE "+tail, args, func(rows *sql.Rows) error {
		k, err := scanCorrection(rows)
		out = append(out, k)
		return err
	})
	return out, err
}

// ActiveCorrections implements report.Bulk.
func (db *DB) ActiveCorrections(ctx context.Context, org id.ID, values []id.ID) ([]report.Correction, error) {
	var any sql.NullInt64
	if err := db.row(ctx, "SELECT id FROM correction WHERE org_id = ? LIMIT 1", int64(org)).Scan(&any); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil // nobody corrected anything yet: the usual case of a bulk import
		}
		return nil, err
	}
	var out []report.Correction
	for start := 0; start < len(values); start += lookupChunk {
		in, arg := db.d.In(int64s(values[start:min(start+lookupChunk, len(values))]))
		found, err := db.corrections(ctx, "k.org_id = ? AND k.undone IS NULL AND (k.expires IS NULL OR k.expires > ?) AND k.value_id "+in+" ORDER BY k.id", []interface{}{int64(org), db.now(), arg})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// AddCorrection implements report.Corrections.
func (db *DB) AddCorrection(ctx context.Context, k report.Correction) error {
	_, err := db.exec(ctx, "INSERT INTO correction(id, kind, value_id, org_id, source_id, report_id, scope, setting, reason, comment, actor, actor_name, created, expires) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		int64(k.ID), string(k.Kind), int64(k.Value.ID), int64(k.Org), idOrNull(k.Source), idOrNull(k.Report), string(k.Reach), k.Setting, k.Reason, k.Comment, int64(k.Actor), k.ActorName, micro(k.Created), microNull(k.Expires))
	return err
}

// mine limits corrections to the scope's organisation; the system sees all.
func mine(s sharing.Scope, w *where) {
	if _, sys := s.IsSystem(); !sys {
		w.and("k.org_id = ?", int64(s.Org()))
	}
}

// Correction implements report.Corrections.
func (db *DB) Correction(ctx context.Context, s sharing.Scope, n id.ID) (report.Correction, error) {
	var w where
	w.and("k.id = ?", int64(n))
	mine(s, &w)
	found, err := db.corrections(ctx, w.clause(), w.args)
	if err == nil && len(found) == 0 {
		err = errs.New(errs.NotFound, "correction_missing", "There is no correction {id}.", "id", n)
	}
	if err != nil {
		return report.Correction{}, err
	}
	return found[0], nil
}

// ListCorrections implements report.Corrections, newest first.
func (db *DB) ListCorrections(ctx context.Context, s sharing.Scope, f report.CorrectionFilter, p report.Page) ([]report.Correction, string, error) {
	var w where
	w.and("TRUE")
	mine(s, &w)
	for column, n := range map[string]id.ID{"k.value_id": f.Value, "k.source_id": f.Source, "k.report_id": f.Report} {
		if n != 0 {
			w.and(column+" = ?", int64(n))
		}
	}
	if f.IDs != nil {
		in, arg := db.d.In(int64s(f.IDs))
		w.and("k.id "+in, arg)
	}
	if f.Active {
		w.and("k.undone IS NULL AND (k.expires IS NULL OR k.expires > ?)", db.now())
	}
	if p.Cursor != "" {
		_, n, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		w.and("k.id < ?", n)
	}
	limit := p.Limit
	if limit <= 0 || limit > 1000 {
		limit = 50
	}
	out, err := db.corrections(ctx, w.clause()+" ORDER BY k.id DESC LIMIT ?", append(w.args, limit+1))
	next := ""
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, err
}

// Reached implements report.Corrections.
func (db *DB) Reached(ctx context.Context, k report.Correction) ([]report.Claim, error) {
	var w where
	w.and("c.id IN (SELECT claim_id FROM claim_value WHERE value_id = ?)", int64(k.Value.ID))
	w.and("NOT c.deleted")
	switch k.Reach {
	case report.Here:
		w.and("c.report_id = ?", int64(k.Report))
	case report.ThisSource:
		w.and("c.source_id = ?", int64(k.Source))
	}
	found, err := db.claims(ctx, sharing.System("apply a correction"), w.clause()+" ORDER BY c.id", w.args)
	if err != nil {
		return nil, err
	}
	own := found[:0]
	for _, c := range found {
		if c.ACL.Owner == k.Org {
			own = append(own, c)
		}
	}
	return own, nil
}

// SetUndone implements report.Corrections.
func (db *DB) SetUndone(ctx context.Context, n id.ID, at time.Time) error {
	_, err := db.exec(ctx, "UPDATE correction SET undone = ? WHERE id = ? AND undone IS NULL", micro(at), int64(n))
	return err
}
