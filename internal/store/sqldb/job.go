package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var (
	_ jobs.Store = (*DB)(nil)
	_ bus.Ledger = (*DB)(nil)
)

// Consumed implements bus.Ledger.
func (db *DB) Consumed(ctx context.Context, consumer, message string) (bool, error) {
	if _, ok := ctx.Value(txKey{}).(*txState); !ok {
		return false, errors.New("ledger: outside a transaction")
	}
	n, err := db.exec(ctx, "INSERT INTO consumed(consumer, message_id, at) VALUES(?,?,?) ON CONFLICT(consumer, message_id) DO NOTHING", consumer, message, db.now())
	return n == 1, err
}

// PruneConsumed forgets messages that were consumed before a time, at most limit of them; the time must be
// longer ago than any message can wait in a queue.
func (db *DB) PruneConsumed(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err = db.exec(ctx, `DELETE FROM consumed WHERE (consumer, message_id) IN (SELECT consumer, message_id FROM consumed WHERE at < ? LIMIT ?)`, micro(before), limit)
		return err
	})
	return n, err
}

const jobColumns = `id, kind, org_id, account_id, args, state, done, total, message, error, result, run_at, every, attempts,
	lease_owner, created, started, ended, unique_key, cancel, fence`

func scanJob(row interface{ Scan(dest ...any) error }) (jobs.Job, error) {
	var j jobs.Job
	var args, result, key sql.NullString
	var reason string
	var runAt, created int64
	var started, ended sql.NullInt64
	err := row.Scan(&j.ID, &j.Kind, &j.Org, &j.Account, &args, &j.State, &j.Done, &j.Total, &j.Message, &reason, &result, &runAt, &j.Every, &j.Attempts,
		&j.Worker, &created, &started, &ended, &key, &j.Cancelling, &j.Fence)
	if err != nil {
		return j, err
	}
	j.Args, j.Result, j.UniqueKey = nullRaw(args), nullRaw(result), key.String
	j.RunAt, j.Created, j.Started, j.Ended = fromMicro(runAt), fromMicro(created), nullMicro(started), nullMicro(ended)
	if reason != "" {
		j.Error = &bus.Reason{}
		err = jsonx.Unmarshal([]byte(reason), j.Error)
	}
	return j, err
}

func reasonText(r *bus.Reason) (string, error) {
	if r == nil {
		return "", nil
	}
	text, err := jsonx.Marshal(r)
	return string(text), err
}

// AddJob implements jobs.Store.
func (db *DB) AddJob(ctx context.Context, j *jobs.Job) (holder *jobs.Job, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		item, err := db.newIDs(ctx, 1)
		if err != nil {
			return err
		}
		var key any
		if j.UniqueKey != "" {
			key = j.UniqueKey
		}
		for range 3 { // the holder may end between the two statements
			n, err := db.exec(ctx, `INSERT INTO job(id, kind, org_id, account_id, args, state, total, run_at, every, created, unique_key)
				VALUES(?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(unique_key) DO NOTHING`,
				int64(item), j.Kind, int64(j.Org), int64(j.Account), string(j.Args), string(jobs.Queued), j.Total, micro(j.RunAt), j.Every, micro(j.Created), key)
			if err != nil {
				return err
			}
			if n == 1 {
				j.ID, holder = item, nil
				return nil
			}
			h, err := scanJob(db.row(ctx, "SELECT "+jobColumns+" FROM job WHERE unique_key = ?", j.UniqueKey))
			if err == nil {
				holder = &h
				return nil
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return db.d.Translate(err)
			}
		}
		return errs.New(errs.Unavailable, "store_busy", "The store is busy; try again.")
	})
	return holder, err
}

// RescheduleJob implements jobs.Store.
func (db *DB) RescheduleJob(ctx context.Context, job id.ID, args jsonx.Raw, every string, runAt time.Time) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "UPDATE job SET args = ?, every = ?, run_at = ? WHERE id = ? AND state IN ('queued', 'running')", string(args), every, micro(runAt), int64(job))
		return err
	})
}

// seesJobs is the predicate of jobs: the own organisation's, and with system those of none.
func seesJobs(s sharing.Scope, system bool) (string, []any) {
	if _, ok := s.IsSystem(); ok {
		return "TRUE", nil
	}
	if s.Denies() || s.Org() == 0 {
		return "FALSE", nil
	}
	if system {
		return "org_id IN (0, ?)", []any{int64(s.Org())}
	}
	return "org_id = ?", []any{int64(s.Org())}
}

func noJob(job id.ID) error {
	return errs.New(errs.NotFound, "job_missing", "There is no job {id}.", "id", job.String())
}

// Job implements jobs.Store.
func (db *DB) Job(ctx context.Context, s sharing.Scope, system bool, job id.ID) (jobs.Job, error) {
	sees, args := seesJobs(s, system)
	j, err := scanJob(db.row(ctx, "SELECT "+jobColumns+" FROM job WHERE id = ? AND "+sees, append([]any{int64(job)}, args...)...))
	if errors.Is(err, sql.ErrNoRows) {
		return j, noJob(job)
	}
	return j, db.d.Translate(err)
}

// Jobs implements jobs.Store.
func (db *DB) Jobs(ctx context.Context, s sharing.Scope, system bool, f jobs.Filter) ([]jobs.Job, error) {
	var w where
	sees, args := seesJobs(s, system)
	w.and(sees, args...)
	if f.Kind != "" {
		w.and("kind = ?", f.Kind)
	}
	if len(f.States) > 0 {
		states := make([]any, len(f.States))
		for i, st := range f.States {
			states[i] = string(st)
		}
		w.and("state IN ("+questions(len(states))+")", states...)
	}
	if f.Before > 0 {
		w.and("id < ?", int64(f.Before))
	}
	var out []jobs.Job
	err := db.each(ctx, "SELECT "+jobColumns+" FROM job WHERE "+w.clause()+" ORDER BY id DESC LIMIT ?", append(w.args, f.Limit), func(rows *sql.Rows) error {
		j, err := scanJob(rows)
		out = append(out, j)
		return err
	})
	return out, err
}

// ClaimJob implements jobs.Store. Candidates are looked up without holding them; the UPDATE decides who
// gets one.
func (db *DB) ClaimJob(ctx context.Context, kinds []string, worker string, lease time.Duration) (j jobs.Job, ok bool, err error) {
	const candidates = 10
	in := "kind IN (" + questions(len(kinds)) + ")"
	args := make([]any, 0, len(kinds)+2)
	args = append(args, db.now())
	for _, k := range kinds {
		args = append(args, k)
	}
	type candidate struct{ id, fence int64 }
	var found []candidate
	for _, due := range []string{"state = 'running' AND lease_until < ?", "state = 'queued' AND run_at <= ?"} {
		err = db.each(ctx, "SELECT id, fence FROM job WHERE "+due+" AND "+in+" ORDER BY run_at, id LIMIT ?", append(args[:len(args):len(args)], candidates), func(rows *sql.Rows) error {
			var c candidate
			err := rows.Scan(&c.id, &c.fence)
			found = append(found, c)
			return err
		})
		if err != nil {
			return j, false, err
		}
	}
	for _, c := range found {
		err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
			now := db.now()
			n, err := db.exec(ctx, `UPDATE job SET state = 'running', lease_owner = ?, lease_until = ?, attempts = attempts + 1, fence = fence + 1, started = ?, ended = NULL,
				done = 0, message = '', result = NULL WHERE id = ? AND fence = ? AND state IN ('queued', 'running') AND run_at <= ?`,
				worker, now+lease.Microseconds(), now, c.id, c.fence, now)
			if ok = n == 1; err != nil || !ok {
				return err
			}
			j, err = scanJob(db.row(ctx, "SELECT "+jobColumns+" FROM job WHERE id = ?", c.id))
			return db.d.Translate(err)
		})
		if ok || err != nil {
			return j, ok && err == nil, err
		}
	}
	return j, false, nil
}

var errJobLost = errs.New(errs.Conflict, "lease_lost", "The job is held by another worker.")

// BeatJob implements jobs.Store.
func (db *DB) BeatJob(ctx context.Context, j jobs.Job, lease time.Duration) (cancel bool, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		err := db.row(ctx, `UPDATE job SET lease_until = ?, done = ?, total = ?, message = ? WHERE id = ? AND fence = ? AND state = 'running' RETURNING cancel`,
			db.now()+lease.Microseconds(), j.Done, j.Total, j.Message, int64(j.ID), j.Fence).Scan(&cancel)
		if errors.Is(err, sql.ErrNoRows) {
			return errJobLost
		}
		return db.d.Translate(err)
	})
	return cancel, err
}

// EndJob implements jobs.Store.
func (db *DB) EndJob(ctx context.Context, job id.ID, fence int64, o jobs.Outcome) error {
	reason, err := reasonText(o.Error)
	if err != nil {
		return err
	}
	runAt, final := any(nil), o.State.Final()
	if !final {
		runAt = micro(o.RunAt)
	}
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err := db.exec(ctx, `UPDATE job SET
			unique_key = CASE WHEN ? OR cancel THEN NULL ELSE unique_key END, state = CASE WHEN cancel AND NOT ? THEN 'cancelled' ELSE ? END,
			run_at = COALESCE(?, run_at), attempts = CASE WHEN ? THEN attempts ELSE ? END, error = ?, result = ?, done = ?, total = ?, message = ?,
			ended = ?, lease_owner = '', lease_until = 0, cancel = FALSE, fence = fence + 1 WHERE id = ? AND fence = ? AND state = 'running'`,
			final, final, string(o.State), runAt, final, o.Attempts, reason, rawOrNull(o.Result), o.Done, o.Total, o.Message, db.now(), int64(job), fence)
		if err == nil && n == 0 {
			err = errJobLost
		}
		return err
	})
}

// CancelJob implements jobs.Store.
func (db *DB) CancelJob(ctx context.Context, job id.ID) (j jobs.Job, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "UPDATE job SET state = 'cancelled', ended = ?, unique_key = NULL, fence = fence + 1 WHERE id = ? AND state = 'queued'", db.now(), int64(job))
		if err != nil {
			return err
		}
		if _, err = db.exec(ctx, "UPDATE job SET cancel = TRUE WHERE id = ? AND state = 'running'", int64(job)); err != nil {
			return err
		}
		j, err = scanJob(db.row(ctx, "SELECT "+jobColumns+" FROM job WHERE id = ?", int64(job)))
		if errors.Is(err, sql.ErrNoRows) {
			return noJob(job)
		}
		if err == nil && (j.State == jobs.Done || j.State == jobs.Failed) {
			return errs.New(errs.Conflict, "job_over", "The job {id} has ended: {state}.", "id", job.String(), "state", string(j.State))
		}
		return db.d.Translate(err)
	})
	return j, err
}

// PruneJobs implements jobs.Store.
func (db *DB) PruneJobs(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err = db.exec(ctx, "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE ended < ? AND state IN ('done', 'failed', 'cancelled') LIMIT ?)", micro(before), limit)
		return err
	})
	return n, err
}

// TakeLease implements jobs.Store.
func (db *DB) TakeLease(ctx context.Context, name, owner string, length time.Duration) (ok bool, err error) {
	if strings.TrimSpace(name) == "" || owner == "" {
		return false, errs.New(errs.Internal, "bad_lease", "A lease needs a name and an owner.")
	}
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		now := db.now()
		n, err := db.exec(ctx, `INSERT INTO lease(name, owner, until) VALUES(?,?,?) ON CONFLICT(name) DO UPDATE SET owner = excluded.owner, until = excluded.until
			WHERE lease.owner = excluded.owner OR lease.until < ?`, name, owner, now+length.Microseconds(), now)
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}

// DropLease implements jobs.Store.
func (db *DB) DropLease(ctx context.Context, name, owner string) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "DELETE FROM lease WHERE name = ? AND owner = ?", name, owner)
		return err
	})
}
