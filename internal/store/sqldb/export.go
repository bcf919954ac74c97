package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ share.Store = (*DB)(nil)

// ClaimsInOrder implements share.Store. The cursor is opaque: three numbers of the last row's key. Both
// orders walk an index, so that every page costs the same.
func (db *DB) ClaimsInOrder(ctx context.Context, s sharing.Scope, n query.Node, order export.Order, from string, limit int) ([]report.Claim, string, error) {
	var at [3]int64
	if from != "" {
		var err error
		if at, err = parseKey(from); err != nil {
			return nil, "", err
		}
	}
	if order == export.ByValue {
		return db.claimsByValue(ctx, s, n, at, limit)
	}
	if at[0] == 0 { // claims that stand alone come first
		out, err := db.claimsWhere(ctx, s, n, "c.report_id IS NULL AND c.id > ?", []any{at[1]}, "c.id", limit)
		if err != nil || len(out) == limit {
			return out, key(0, lastID(out), 0), err
		}
		if len(out) > 0 {
			return out, key(1, 0, 0), nil
		}
		at = [3]int64{1, 0, 0}
	}
	out, err := db.claimsWhere(ctx, s, n, "c.report_id IS NOT NULL AND (c.report_id, c.id) > (?, ?)", []any{at[1], at[2]}, "c.report_id, c.id", limit)
	if err != nil || len(out) < limit {
		return out, "", err
	}
	last := out[len(out)-1]
	return out, key(1, int64(last.Report), int64(last.ID)), nil
}

func lastID(list []report.Claim) int64 {
	if len(list) == 0 {
		return 0
	}
	return int64(list[len(list)-1].ID)
}

func (db *DB) claimsWhere(ctx context.Context, s sharing.Scope, n query.Node, cond string, args []any, order string, limit int) ([]report.Claim, error) {
	w, err := db.claimWhere(ctx, s, report.Filter{Query: n})
	if err != nil {
		return nil, err
	}
	w.and(cond, args...)
	return db.claims(ctx, s, w.clause()+" ORDER BY "+order+" LIMIT ?", append(w.args, limit))
}

// claimsByValue reads the keys of a page in order, then the claims.
func (db *DB) claimsByValue(ctx context.Context, s sharing.Scope, n query.Node, at [3]int64, limit int) ([]report.Claim, string, error) {
	w, err := db.claimWhere(ctx, s, report.Filter{Query: n})
	if err != nil {
		return nil, "", err
	}
	w.and("cv.part = 0 AND (cv.value_id, cv.report_id, cv.claim_id) > (?, ?, ?)", at[0], at[1], at[2])
	var ids []int64
	err = db.each(ctx, `SELECT cv.value_id, cv.report_id, cv.claim_id FROM claim_value cv JOIN claim c ON c.id = cv.claim_id LEFT JOIN report r ON r.id = c.report_id
		JOIN source s ON s.id = c.source_id LEFT JOIN observable o ON o.id = c.value_id
		WHERE `+w.clause()+" ORDER BY cv.value_id, cv.report_id, cv.claim_id LIMIT ?", append(w.args, limit), func(rows *sql.Rows) error {
		err := rows.Scan(&at[0], &at[1], &at[2])
		ids = append(ids, at[2])
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, "", err
	}
	in, arg := db.d.In(ids)
	found, err := db.claims(ctx, s, "c.id "+in, []any{arg})
	if err != nil {
		return nil, "", err
	}
	byID := make(map[int64]report.Claim, len(found))
	for _, c := range found {
		byID[int64(c.ID)] = c
	}
	out := make([]report.Claim, 0, len(ids))
	for _, n := range ids {
		if c, ok := byID[n]; ok {
			out = append(out, c)
		}
	}
	if len(ids) < limit {
		return out, "", nil
	}
	return out, key(at[0], at[1], at[2]), nil
}

func key(a, b, c int64) string {
	return strconv.FormatInt(a, 36) + "." + strconv.FormatInt(b, 36) + "." + strconv.FormatInt(c, 36)
}

func parseKey(s string) (at [3]int64, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != len(at) {
		return at, errCursor
	}
	for i, p := range parts {
		if at[i], err = strconv.ParseInt(p, 36, 64); err != nil {
			return at, errCursor
		}
	}
	return at, nil
}

// SourceNames implements share.Store.
func (db *DB) SourceNames(ctx context.Context, ids []id.ID) (map[id.ID]share.SourceName, error) {
	out := map[id.ID]share.SourceName{}
	in, arg := db.d.In(int64s(ids))
	err := db.each(ctx, "SELECT id, name, reliability FROM source WHERE id "+in, []any{arg}, func(rows *sql.Rows) error {
		var n id.ID
		var s share.SourceName
		err := rows.Scan(&n, &s.Name, &s.Reliability)
		out[n] = s
		return err
	})
	return out, err
}

const feedColumns = "id, org_id, account_id, name, format, query, options, tlp, token_prefix, enabled, created, expires, version"

func scanFeed(row interface{ Scan(...any) error }) (share.Feed, error) {
	var f share.Feed
	var options sql.NullString
	var created int64
	var expires sql.NullInt64
	err := row.Scan(&f.ID, &f.Org, &f.Account, &f.Name, &f.Format, &f.Query, &options, &f.TLP, &f.Prefix, &f.Enabled, &created, &expires, &f.Version)
	f.All = options.String == "all"
	f.Created, f.Expires = fromMicro(created), nullMicro(expires)
	return f, err
}

func feedOptions(f share.Feed) any {
	if f.All {
		return "all"
	}
	return nil
}

// InsertFeed implements share.Exports.
func (db *DB) InsertFeed(ctx context.Context, f share.Feed, token []byte) error {
	_, err := db.exec(ctx, "INSERT INTO export(id, org_id, account_id, name, format, query, options, tlp, token_hash, token_prefix, enabled, created, expires, version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		int64(f.ID), int64(f.Org), int64(f.Account), f.Name, f.Format, f.Query, feedOptions(f), int(f.TLP), token, f.Prefix, f.Enabled, micro(f.Created), microNull(f.Expires), f.Version)
	return err
}

// UpdateFeed implements share.Exports.
func (db *DB) UpdateFeed(ctx context.Context, f share.Feed, expect int64) error {
	n, err := db.exec(ctx, "UPDATE export SET account_id = ?, name = ?, format = ?, query = ?, options = ?, tlp = ?, enabled = ?, expires = ?, version = version + 1 WHERE id = ? AND version = ?",
		int64(f.Account), f.Name, f.Format, f.Query, feedOptions(f), int(f.TLP), f.Enabled, microNull(f.Expires), int64(f.ID), expect)
	if err == nil && n == 0 {
		return db.stale(ctx, "export", f.ID)
	}
	return err
}

// SetFeedToken implements share.Exports.
func (db *DB) SetFeedToken(ctx context.Context, n id.ID, token []byte, prefix string) error {
	_, err := db.exec(ctx, "UPDATE export SET token_hash = ?, token_prefix = ? WHERE id = ?", token, prefix, int64(n))
	return err
}

// DeleteFeed implements share.Exports.
func (db *DB) DeleteFeed(ctx context.Context, n id.ID) error {
	_, err := db.exec(ctx, "DELETE FROM export WHERE id = ?", int64(n))
	return err
}

// Feeds implements share.Exports.
func (db *DB) Feeds(ctx context.Context, s sharing.Scope) ([]share.Feed, error) {
	var w where
	w.and("TRUE")
	if _, sys := s.IsSystem(); !sys {
		w.and("org_id = ?", int64(s.Org()))
	}
	var out []share.Feed
	err := db.each(ctx, "SELECT "+feedColumns+" FROM export WHERE "+w.clause()+" ORDER BY name, id", w.args, func(rows *sql.Rows) error {
		f, err := scanFeed(rows)
		out = append(out, f)
		return err
	})
	return out, err
}

// LastChange implements share.Exports.
func (db *DB) LastChange(ctx context.Context) (int64, error) {
	var n int64
	err := db.row(ctx, "SELECT COALESCE(MAX(seq), 0) FROM change").Scan(&n)
	return n, err
}

// FeedByToken implements share.Exports.
func (db *DB) FeedByToken(ctx context.Context, token []byte) (share.Feed, error) {
	f, err := scanFeed(db.row(ctx, "SELECT "+feedColumns+" FROM export WHERE token_hash = ?", token))
	if errors.Is(err, sql.ErrNoRows) {
		return f, errs.New(errs.NotFound, "export_token", "There is no export at this address.")
	}
	return f, err
}

// InsertFetch implements share.Exports.
func (db *DB) InsertFetch(ctx context.Context, f share.Fetch) error {
	_, err := db.exec(ctx, "INSERT INTO export_fetch(id, export_id, account_id, who, address, format, query, at, etag, status, rows, snapshot) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
		int64(f.ID), idOrNull(f.Export), idOrNull(f.Account), f.Who, f.Address, f.Format, f.Query, micro(f.At), f.ETag, f.Status, f.Rows, hashOrNull(f.Snapshot))
	return err
}

// Fetches implements share.Exports.
func (db *DB) Fetches(ctx context.Context, s sharing.Scope, n id.ID, p report.Page) ([]share.Fetch, string, error) {
	var w where
	if n != 0 {
		w.and("f.export_id = ?", int64(n))
	} else {
		w.and("f.export_id IS NULL")
	}
	if _, sys := s.IsSystem(); !sys {
		w.and("COALESCE(e.org_id, u.org_id) = ?", int64(s.Org()))
	}
	if p.Cursor != "" {
		_, last, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		w.and("f.id < ?", last)
	}
	limit := pageLimit(p)
	var out []share.Fetch
	err := db.each(ctx, `SELECT f.id, f.export_id, f.account_id, f.who, f.address, f.format, f.query, f.at, f.etag, f.status, f.rows, f.snapshot FROM export_fetch f
		LEFT JOIN export e ON e.id = f.export_id LEFT JOIN account u ON u.id = f.account_id WHERE `+w.clause()+" ORDER BY f.id DESC LIMIT ?", append(w.args, limit+1), func(rows *sql.Rows) error {
		var f share.Fetch
		var in, by sql.NullInt64
		var at int64
		var snapshot []byte
		err := rows.Scan(&f.ID, &in, &by, &f.Who, &f.Address, &f.Format, &f.Query, &at, &f.ETag, &f.Status, &f.Rows, &snapshot)
		f.Export, f.Account, f.At = nullID(in), nullID(by), fromMicro(at)
		copy(f.Snapshot[:], snapshot)
		out = append(out, f)
		return err
	})
	next := ""
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, err
}
