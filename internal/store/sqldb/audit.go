package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ audit.Store = (*DB)(nil)

// AppendAudit implements audit.Store.
func (db *DB) AppendAudit(ctx context.Context, e audit.Entry) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, `INSERT INTO audit(at, actor, actor_name, org_id, via, address, action, object, outcome, detail)
			VALUES(?,?,?,?,?,?,?,?,?,?)`, micro(e.At), int64(e.Actor), e.ActorName, int64(e.Org), e.Via, e.Address, e.Action, e.Object, e.Outcome, rawOrNull(e.Detail))
		return err
	})
}

const auditColumns = "seq, at, actor, actor_name, org_id, via, address, action, object, outcome, detail, link, prev_hash, hash"

func (db *DB) audits(ctx context.Context, rest string, args ...any) ([]audit.Entry, error) {
	var out []audit.Entry
	err := db.each(ctx, "SELECT "+auditColumns+" FROM audit "+rest, args, func(rows *sql.Rows) error {
		var e audit.Entry
		var at int64
		var detail sql.NullString
		var link sql.NullInt64
		err := rows.Scan(&e.Seq, &at, &e.Actor, &e.ActorName, &e.Org, &e.Via, &e.Address, &e.Action, &e.Object, &e.Outcome, &detail, &link, &e.Prev, &e.Hash)
		e.At, e.Detail, e.Link = fromMicro(at), nullRaw(detail), link.Int64
		out = append(out, e)
		return err
	})
	return out, err
}

// Audits implements audit.Store.
func (db *DB) Audits(ctx context.Context, s sharing.Scope, f audit.Filter, before int64, limit int) ([]audit.Entry, error) {
	if s.Denies() {
		return nil, nil
	}
	var w where
	if f.Actor != 0 {
		w.and("actor = ?", int64(f.Actor))
	}
	if f.Org != 0 {
		w.and("org_id = ?", int64(f.Org))
	}
	if f.Action != "" {
		w.and("(action = ? OR action LIKE ? ESCAPE '!')", f.Action, likeEscape(f.Action)+".%")
	}
	if f.Outcome != "" {
		w.and("outcome = ?", f.Outcome)
	}
	if f.Object != "" {
		w.and("object = ?", f.Object)
	}
	if !f.From.IsZero() {
		w.and("at >= ?", micro(f.From))
	}
	if !f.Until.IsZero() {
		w.and("at < ?", micro(f.Until))
	}
	if before > 0 {
		w.and("seq < ?", before)
	}
	return db.audits(ctx, "WHERE "+w.clause()+" ORDER BY seq DESC LIMIT ?", append(w.args, limit)...)
}

// LockAuditChain implements audit.Store.
func (db *DB) LockAuditChain(ctx context.Context) error {
	return db.d.Lock(ctx, db.q(ctx), "audit chain")
}

// UnlinkedAudits implements audit.Store.
func (db *DB) UnlinkedAudits(ctx context.Context, limit int) ([]audit.Entry, error) {
	return db.audits(ctx, "WHERE link IS NULL ORDER BY seq LIMIT ?", limit)
}

// SetAuditLinks implements audit.Store.
func (db *DB) SetAuditLinks(ctx context.Context, entries []audit.Entry) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		for _, e := range entries {
			if _, err := db.exec(ctx, "UPDATE audit SET link = ?, prev_hash = ?, hash = ? WHERE seq = ? AND link IS NULL", e.Link, bytesOrNull(e.Prev), e.Hash, e.Seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// AuditLinks implements audit.Store.
func (db *DB) AuditLinks(ctx context.Context, after int64, limit int) ([]audit.Entry, error) {
	return db.audits(ctx, "WHERE link > ? ORDER BY link LIMIT ?", after, limit)
}

// PurgeAuditLinks implements audit.Store.
func (db *DB) PurgeAuditLinks(ctx context.Context, upTo int64) (int64, error) {
	var n int64
	err := db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		var err error
		n, err = db.exec(ctx, "DELETE FROM audit WHERE link <= ?", upTo)
		return err
	})
	return n, err
}
