package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

func reliabilityOf(n int) marking.Reliability {
	if n < 'A' || n > 'F' {
		return 0
	}
	return marking.Reliability(n)
}

// LeaseSources implements source.Runs. Writers of several hosts may pick the same row; the update decides.
func (db *DB) LeaseSources(ctx context.Context, owner string, now, until time.Time, limit int) ([]id.ID, error) {
	var due, out []id.ID
	err := db.each(ctx, `SELECT st.source_id FROM source_state st JOIN source s ON s.id = st.source_id
		WHERE st.next_run <= ? AND st.lease_until <= ? AND s.enabled AND NOT s.deleted ORDER BY st.next_run, st.source_id LIMIT ?`,
		[]any{micro(now), micro(now), limit}, func(rows *sql.Rows) error {
			var n id.ID
			err := rows.Scan(&n)
			due = append(due, n)
			return err
		})
	if err != nil {
		return nil, err
	}
	for _, n := range due {
		taken, err := db.exec(ctx, "UPDATE source_state SET lease_owner = ?, lease_until = ? WHERE source_id = ? AND lease_until <= ? AND next_run <= ?",
			owner, micro(until), int64(n), micro(now), micro(now))
		if err != nil {
			return nil, err
		}
		if taken == 1 {
			out = append(out, n)
		}
	}
	return out, nil
}

// ExtendSourceLease implements source.Runs. A lease that ran out and that nobody took is the owner's still.
func (db *DB) ExtendSourceLease(ctx context.Context, n id.ID, owner string, until time.Time) (bool, error) {
	kept, err := db.exec(ctx, "UPDATE source_state SET lease_until = ? WHERE source_id = ? AND lease_owner = ?", micro(until), int64(n), owner)
	return kept == 1, err
}

// SaveSourceState implements source.Runs.
func (db *DB) SaveSourceState(ctx context.Context, n id.ID, st source.State) error {
	changed, err := db.exec(ctx, `UPDATE source_state SET next_run = ?, failures = ?, last_run = ?, last_success = ?, last_item = ?, failing_since = ?, last_error = ?,
		lease_owner = '', lease_until = 0 WHERE source_id = ?`,
		microNull(st.NextRun), st.Failures, microNull(st.LastRun), microNull(st.LastSuccess), microNull(st.LastItem), microNull(st.FailingSince), st.LastError, int64(n))
	if err == nil && changed == 0 {
		err = missing(sql.ErrNoRows, "source", n)
	}
	return err
}

// SetSourceNextRun implements source.Runs.
func (db *DB) SetSourceNextRun(ctx context.Context, n id.ID, at time.Time) error {
	_, err := db.exec(ctx, "UPDATE source_state SET next_run = ? WHERE source_id = ?", microNull(at), int64(n))
	return err
}

// SourceCursor implements source.Runs.
func (db *DB) SourceCursor(ctx context.Context, s sharing.Scope, n id.ID) ([]byte, error) {
	sees, err := db.sees(ctx, s, "s.acl_id")
	if err != nil {
		return nil, err
	}
	var cursor []byte
	err = db.row(ctx, "SELECT st.cursor FROM source_state st JOIN source s ON s.id = st.source_id WHERE s.id = ? AND "+sees, int64(n)).Scan(&cursor)
	return cursor, missing(err, "source", n)
}

// SetSourceCursor implements source.Runs.
func (db *DB) SetSourceCursor(ctx context.Context, n id.ID, cursor []byte) error {
	_, err := db.exec(ctx, "UPDATE source_state SET cursor = ? WHERE source_id = ?", bytesOrNull(cursor), int64(n))
	return err
}

// InsertSourceRun implements source.Runs.
func (db *DB) InsertSourceRun(ctx context.Context, r *source.Run) error {
	if _, err := db.exec(ctx, "UPDATE source_run SET outcome = ?, ended = ? WHERE source_id = ? AND outcome = ?",
		string(source.Aborted), db.now(), int64(r.Source), string(source.Running)); err != nil {
		return err
	}
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	r.ID = n
	_, err = db.exec(ctx, "INSERT INTO source_run(id, source_id, started, outcome) VALUES(?,?,?,?)", int64(n), int64(r.Source), micro(r.Started), string(r.Outcome))
	return err
}

// UpdateSourceRun implements source.Runs.
func (db *DB) UpdateSourceRun(ctx context.Context, r source.Run) error {
	_, err := db.exec(ctx, "UPDATE source_run SET ended = ?, outcome = ?, items = ?, fresh = ?, skipped = ?, error = ?, log = ? WHERE id = ?",
		microNull(r.Ended), string(r.Outcome), r.Items, r.Fresh, r.Skipped, r.Error, jsonOrNull(r.Log, len(r.Log) > 0), int64(r.ID))
	return err
}

const sourceRunColumns = "SELECT r.id, r.source_id, r.started, r.ended, r.outcome, r.items, r.fresh, r.skipped, r.error, "

func scanSourceRun(row interface{ Scan(...any) error }) (source.Run, error) {
	var r source.Run
	var started int64
	var ended sql.NullInt64
	var log sql.NullString
	if err := row.Scan(&r.ID, &r.Source, &started, &ended, &r.Outcome, &r.Items, &r.Fresh, &r.Skipped, &r.Error, &log); err != nil {
		return r, err
	}
	r.Started, r.Ended = fromMicro(started), nullMicro(ended)
	return r, nullJSON(log, &r.Log)
}

// SourceRun implements source.Runs.
func (db *DB) SourceRun(ctx context.Context, s sharing.Scope, n id.ID) (source.Run, error) {
	sees, err := db.sees(ctx, s, "s.acl_id")
	if err != nil {
		return source.Run{}, err
	}
	r, err := scanSourceRun(db.row(ctx, sourceRunColumns+"r.log FROM source_run r JOIN source s ON s.id = r.source_id WHERE r.id = ? AND "+sees, int64(n)))
	return r, missing(err, "source_run", n)
}

// SourceRuns implements source.Runs.
func (db *DB) SourceRuns(ctx context.Context, s sharing.Scope, n id.ID, p report.Page) ([]source.Run, string, error) {
	sees, err := db.sees(ctx, s, "s.acl_id")
	if err != nil {
		return nil, "", err
	}
	var w where
	w.and("r.source_id = ?", int64(n))
	w.and(sees)
	return listNewest(ctx, db, sourceRunColumns+"NULL FROM source_run r JOIN source s ON s.id = r.source_id", "r", w, p, func(rows *sql.Rows) (source.Run, id.ID, error) {
		r, err := scanSourceRun(rows)
		return r, r.ID, err
	})
}

// PurgeSourceRuns implements source.Runs.
func (db *DB) PurgeSourceRuns(ctx context.Context, n id.ID, keep int) error {
	if keep <= 0 {
		return errs.New(errs.Internal, "purge_runs", "keep must be positive")
	}
	_, err := db.exec(ctx, `DELETE FROM source_run WHERE source_id = ? AND outcome <> ? AND id <= (SELECT id FROM source_run WHERE source_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
		int64(n), string(source.Running), int64(n), keep)
	return err
}
