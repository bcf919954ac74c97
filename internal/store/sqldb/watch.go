package sqldb

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/watch"
)

var _ watch.Store = (*DB)(nil)

const watchColumns = "w.id, w.org_id, w.account_id, w.name, w.kind, w.query, w.options, w.enabled, w.muted, w.since, w.hits, w.last_hit, w.error, w.created, w.modified, w.version, w.deleted"

func scanWatch(row interface{ Scan(...any) error }) (watch.Watch, error) {
	w := watch.Watch{Channels: []id.ID{}}
	var options string
	var muted, last sql.NullInt64
	var created, modified int64
	err := row.Scan(&w.ID, &w.Org, &w.Owner, &w.Name, &w.Kind, &w.Query, &options, &w.Enabled, &muted, &w.Since, &w.Hits, &last, &w.Error, &created, &modified, &w.Version, &w.Deleted)
	if err != nil {
		return w, err
	}
	w.Muted, w.LastHit, w.Created, w.Modified = nullMicro(muted), nullMicro(last), fromMicro(created), fromMicro(modified)
	return w, jsonx.Unmarshal([]byte(options), &w.Options)
}

// changeEnd is the newest entry of the change log. Watches look at later ones.
func (db *DB) changeEnd(ctx context.Context) (int64, error) {
	var seq int64
	err := db.row(ctx, "SELECT COALESCE(MAX(seq), 0) FROM change").Scan(&seq)
	return seq, err
}

// InsertWatch implements watch.Watches.
func (db *DB) InsertWatch(ctx context.Context, w *watch.Watch) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	if w.Since, err = db.changeEnd(ctx); err != nil {
		return err
	}
	options, err := jsonText(w.Options)
	if err != nil {
		return err
	}
	now := db.now()
	w.ID, w.Created, w.Modified, w.Version = n, fromMicro(now), fromMicro(now), 1
	_, err = db.exec(ctx, "INSERT INTO watch(id, org_id, account_id, name, kind, query, options, enabled, muted, since, created, modified, version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,1)",
		int64(n), int64(w.Org), int64(w.Owner), w.Name, string(w.Kind), w.Query, options, w.Enabled, microNull(w.Muted), w.Since, now, now)
	if err != nil {
		return err
	}
	return db.attach(ctx, w)
}

// attach makes the watch's channels those of the list; new ones begin after the hits there are.
func (db *DB) attach(ctx context.Context, w *watch.Watch) error {
	in, arg := db.d.In(int64s(w.Channels))
	if _, err := db.exec(ctx, "DELETE FROM watch_channel WHERE watch_id = ? AND NOT (channel_id "+in+")", int64(w.ID), arg); err != nil {
		return err
	}
	for _, c := range w.Channels {
		_, err := db.exec(ctx, `INSERT INTO watch_channel(watch_id, channel_id, last_hit)
			SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), COALESCE(MAX(seq), 0) FROM watch_hit WHERE watch_id = ? ON CONFLICT DO NOTHING`, int64(w.ID), int64(c), int64(w.ID))
		if err != nil {
			return err
		}
	}
	return nil
}

// UpdateWatch implements watch.Watches.
func (db *DB) UpdateWatch(ctx context.Context, w *watch.Watch, restart bool) error {
	if restart {
		var err error
		if w.Since, err = db.changeEnd(ctx); err != nil {
			return err
		}
	}
	options, err := jsonText(w.Options)
	if err != nil {
		return err
	}
	now := db.now()
	n, err := db.exec(ctx, "UPDATE watch SET name = ?, kind = ?, query = ?, options = ?, enabled = ?, muted = ?, since = ?, error = ?, modified = ?, deleted = ?, version = version + 1 WHERE id = ? AND version = ?",
		w.Name, string(w.Kind), w.Query, options, w.Enabled, microNull(w.Muted), w.Since, w.Error, now, w.Deleted, int64(w.ID), w.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "watch", "watch", w.ID); err != nil {
		return err
	}
	w.Modified = fromMicro(now)
	w.Version++
	return db.attach(ctx, w)
}

// Watch implements watch.Watches.
func (db *DB) Watch(ctx context.Context, s sharing.Scope, n id.ID) (watch.Watch, error) {
	w, err := scanWatch(db.row(ctx, "SELECT "+watchColumns+" FROM watch w WHERE w.id = ? AND "+ownOrg(s, "w.org_id"), int64(n)))
	if err != nil {
		return w, missing(err, "watch", n)
	}
	list := []watch.Watch{w}
	err = db.watchChannels(ctx, list)
	return list[0], err
}

// watchChannels fills in the channels.
func (db *DB) watchChannels(ctx context.Context, list []watch.Watch) error {
	ids := make([]int64, len(list))
	at := make(map[int64]int, len(list))
	for i, w := range list {
		ids[i] = int64(w.ID)
		at[ids[i]] = i
	}
	in, arg := db.d.In(ids)
	return db.each(ctx, "SELECT watch_id, channel_id FROM watch_channel WHERE watch_id "+in+" ORDER BY watch_id, channel_id", []any{arg}, func(rows *sql.Rows) error {
		var w int64
		var c id.ID
		if err := rows.Scan(&w, &c); err != nil {
			return err
		}
		list[at[w]].Channels = append(list[at[w]].Channels, c)
		return nil
	})
}

// Watches implements watch.Watches.
func (db *DB) Watches(ctx context.Context, s sharing.Scope, f watch.Filter, p report.Page) ([]watch.Watch, string, error) {
	var w where
	w.and(ownOrg(s, "w.org_id"))
	w.and(not(!f.Deleted) + "w.deleted")
	if f.Org != 0 {
		w.and("w.org_id = ?", int64(f.Org))
	}
	if f.Owner != 0 {
		w.and("w.account_id = ?", int64(f.Owner))
	}
	if f.Kind != "" {
		w.and("w.kind = ?", string(f.Kind))
	}
	if f.Enabled != nil {
		w.and("w.enabled = ?", *f.Enabled)
	}
	if f.Match != "" {
		pattern := likeAny(naming.Fold(f.Match))
		w.and(`(lower(w.name) LIKE ? ESCAPE '\' OR lower(w.query) LIKE ? ESCAPE '\')`, pattern, pattern)
	}
	if f.Channel != 0 {
		w.and("w.id IN (SELECT watch_id FROM watch_channel WHERE channel_id = ?)", int64(f.Channel))
	}
	list, next, err := listNewest(ctx, db, "SELECT "+watchColumns+" FROM watch w", "w", w, p, func(rows *sql.Rows) (watch.Watch, id.ID, error) {
		v, err := scanWatch(rows)
		return v, v.ID, err
	})
	if err != nil || len(list) == 0 {
		return list, next, err
	}
	return list, next, db.watchChannels(ctx, list)
}

// SetWatchError implements watch.Watches.
func (db *DB) SetWatchError(ctx context.Context, n id.ID, text string) error {
	_, err := db.exec(ctx, "UPDATE watch SET error = ? WHERE id = ?", text, int64(n))
	return err
}

// NewClaims implements watch.Finder.
func (db *DB) NewClaims(ctx context.Context, s sharing.Scope, c watch.Condition, ranges []watch.Range, limit int) ([]watch.Hit, error) {
	w, err := db.claimWhere(ctx, s, report.Filter{Query: c.Query})
	if err != nil {
		return nil, err
	}
	inRanges(&w, "c.id", ranges)
	if c.AcceptedOnly {
		w.and("c.state = ?", int(report.Accepted))
	} else {
		w.and("c.state <> ?", int(report.Rejected))
	}
	db.concerns(&w, c, "ah.report_id = COALESCE(c.report_id, 0) AND ah.claim_id = c.id")
	return db.hits(ctx, "SELECT COALESCE(c.report_id, 0), c.id"+claimFrom+" WHERE "+w.clause()+" ORDER BY c.id LIMIT ?", append(w.args, limit))
}

// NewReports implements watch.Finder.
func (db *DB) NewReports(ctx context.Context, s sharing.Scope, c watch.Condition, ranges []watch.Range, limit int) ([]watch.Hit, error) {
	sees, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return nil, err
	}
	cond, args, err := db.compile(ctx, s, onReports, c.Query)
	if err != nil {
		return nil, err
	}
	var w where
	w.and(sees)
	w.and(cond, args...)
	w.and("NOT r.deleted")
	inRanges(&w, "r.id", ranges)
	db.concerns(&w, c, "ah.report_id = r.id AND ah.claim_id = 0")
	return db.hits(ctx, "SELECT r.id, 0"+reportFrom+" WHERE "+w.clause()+" ORDER BY r.id LIMIT ?", append(w.args, limit))
}

// concerns adds the condition on own assets.
func (db *DB) concerns(w *where, c watch.Condition, tie string) {
	head := "EXISTS (SELECT 1 FROM asset_hit ah JOIN asset x ON x.id = ah.asset_id WHERE " + tie + " AND NOT x.deleted AND x.org_id = ?"
	switch {
	case c.Asset != 0:
		w.and(head+" AND x.id = ?)", int64(c.Org), int64(c.Asset))
	case c.AnyAsset:
		w.and(head+")", int64(c.Org))
	}
}

func inRanges(w *where, column string, ranges []watch.Range) {
	parts := make([]string, len(ranges))
	args := make([]any, 0, 2*len(ranges))
	for i, r := range ranges {
		parts[i] = column + " BETWEEN ? AND ?"
		args = append(args, int64(r.First), int64(r.Last))
	}
	if len(parts) == 0 {
		parts = append(parts, "FALSE")
	}
	w.and("("+strings.Join(parts, " OR ")+")", args...)
}

func (db *DB) hits(ctx context.Context, text string, args []any) ([]watch.Hit, error) {
	var out []watch.Hit
	now := fromMicro(db.now())
	err := db.each(ctx, text, args, func(rows *sql.Rows) error {
		h := watch.Hit{At: now}
		err := rows.Scan(&h.Report, &h.Claim)
		out = append(out, h)
		return err
	})
	return out, err
}

// LockWatches implements watch.Hits.
func (db *DB) LockWatches(ctx context.Context) error { return db.d.Lock(ctx, db.q(ctx), "watch") }

// AddHits implements watch.Hits. Numbers are given under LockWatches, so that they ascend in the order of commits.
func (db *DB) AddHits(ctx context.Context, n id.ID, hits []watch.Hit) (int, error) {
	var next int64
	if err := db.row(ctx, "SELECT COALESCE(MAX(seq), 0) + 1 FROM watch_hit WHERE watch_id = ?", int64(n)).Scan(&next); err != nil {
		return 0, err
	}
	// A notice may have been the last to name a number of hits that were purged since.
	var sent int64
	if err := db.row(ctx, "SELECT COALESCE(MAX(last_hit), 0) + 1 FROM watch_channel WHERE watch_id = ?", int64(n)).Scan(&sent); err != nil {
		return 0, err
	}
	next = max(next, sent)
	added := 0
	last := time.Time{}
	for _, h := range hits {
		fresh, err := db.exec(ctx, "INSERT INTO watch_hit(seq, watch_id, report_id, claim_id, at) VALUES(?,?,?,?,?) ON CONFLICT(watch_id, report_id, claim_id) DO NOTHING",
			next, int64(n), int64(h.Report), int64(h.Claim), micro(h.At))
		if err != nil {
			return added, err
		}
		if fresh == 1 {
			next++
			added++
			last = h.At
		}
	}
	if added == 0 {
		return 0, nil
	}
	_, err := db.exec(ctx, "UPDATE watch SET hits = hits + ?, last_hit = ? WHERE id = ?", added, micro(last), int64(n))
	return added, err
}

const hitColumns = "SELECT h.seq, h.watch_id, h.report_id, h.claim_id, h.at FROM watch_hit h JOIN watch w ON w.id = h.watch_id WHERE h.watch_id = ? AND "

func (db *DB) hitList(ctx context.Context, text string, args []any) ([]watch.Hit, error) {
	out := []watch.Hit{}
	err := db.each(ctx, text, args, func(rows *sql.Rows) error {
		var h watch.Hit
		var at int64
		if err := rows.Scan(&h.Seq, &h.Watch, &h.Report, &h.Claim, &at); err != nil {
			return err
		}
		h.At = fromMicro(at)
		out = append(out, h)
		return nil
	})
	return out, err
}

// HitRange implements watch.Hits.
func (db *DB) HitRange(ctx context.Context, s sharing.Scope, n id.ID, first, last int64, limit int) ([]watch.Hit, error) {
	return db.hitList(ctx, hitColumns+ownOrg(s, "w.org_id")+" AND h.seq BETWEEN ? AND ? ORDER BY h.seq LIMIT ?", []any{int64(n), first, last, limit})
}

// LatestHits implements watch.Hits.
func (db *DB) LatestHits(ctx context.Context, s sharing.Scope, n id.ID, before int64, limit int) ([]watch.Hit, error) {
	return db.hitList(ctx, hitColumns+ownOrg(s, "w.org_id")+" AND h.seq < ? ORDER BY h.seq DESC LIMIT ?", []any{int64(n), before, limit})
}
