package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var (
	_ asset.Store  = (*DB)(nil)
	_ asset.Values = (*DB)(nil)
)

// ownOrg is the predicate "the row is the scope's organisation's" of nouns without a label.
func ownOrg(s sharing.Scope, column string) string {
	if _, ok := s.IsSystem(); ok {
		return "TRUE"
	}
	if s.Denies() || s.Org() == 0 {
		return "FALSE"
	}
	return column + " = " + s.Org().String()
}

const assetColumns = "a.id, a.uuid, a.org_id, a.kind, a.value, a.name, a.criticality, a.tags, a.comment, a.created, a.modified, a.version, a.deleted"

func scanAsset(row interface{ Scan(...any) error }) (asset.Asset, error) {
	a := asset.Asset{Tags: []string{}}
	var uuid []byte
	var tags sql.NullString
	var created, modified int64
	if err := row.Scan(&a.ID, &uuid, &a.Org, &a.Kind, &a.Value, &a.Name, &a.Criticality, &tags, &a.Comment, &created, &modified, &a.Version, &a.Deleted); err != nil {
		return a, err
	}
	a.UUID, a.Created, a.Modified = asUUID(uuid), fromMicro(created), fromMicro(modified)
	return a, nullJSON(tags, &a.Tags)
}

// InsertAssets implements asset.Store.
func (db *DB) InsertAssets(ctx context.Context, list []asset.Asset) error {
	now := db.now()
	rows := make([][]any, len(list))
	for i := range list {
		a := &list[i]
		a.UUID, a.Created, a.Modified, a.Version = db.newUUID(a.UUID, a.ID, now), fromMicro(now), fromMicro(now), 1
		rows[i] = []any{
			int64(a.ID), a.UUID[:], int64(a.Org), string(a.Kind), a.Value, a.Name, a.Criticality, jsonOrNull(a.Tags, len(a.Tags) > 0), a.Comment, now, now, a.Version, a.Deleted,
		}
	}
	return db.d.Insert(ctx, db.q(ctx), "asset", []string{"id", "uuid", "org_id", "kind", "value", "name", "criticality", "tags", "comment", "created", "modified", "version", "deleted"}, rows)
}

// UpdateAsset implements asset.Store.
func (db *DB) UpdateAsset(ctx context.Context, a *asset.Asset) error {
	now := db.now()
	n, err := db.exec(ctx, "UPDATE asset SET name = ?, criticality = ?, tags = ?, comment = ?, modified = ?, deleted = ?, version = version + 1 WHERE id = ? AND version = ?",
		a.Name, a.Criticality, jsonOrNull(a.Tags, len(a.Tags) > 0), a.Comment, now, a.Deleted, int64(a.ID), a.Version)
	if err != nil {
		return err
	}
	a.Modified = fromMicro(now)
	a.Version++
	return db.versioned(ctx, n, "asset", "asset", a.ID)
}

// Asset implements asset.Store.
func (db *DB) Asset(ctx context.Context, s sharing.Scope, n id.ID) (asset.Asset, error) {
	a, err := scanAsset(db.row(ctx, "SELECT "+assetColumns+" FROM asset a WHERE a.id = ? AND "+ownOrg(s, "a.org_id"), int64(n)))
	return a, missing(err, "asset", n)
}

// AssetsByValue implements asset.Store.
func (db *DB) AssetsByValue(ctx context.Context, s sharing.Scope, org id.ID, values []string) ([]asset.Asset, error) {
	if len(values) == 0 {
		return nil, nil
	}
	args := []any{int64(org)}
	for _, v := range values {
		args = append(args, v)
	}
	var out []asset.Asset
	err := db.each(ctx, "SELECT "+assetColumns+" FROM asset a WHERE a.org_id = ? AND a.value IN ("+questions(len(values))+") AND "+ownOrg(s, "a.org_id")+" ORDER BY a.id", args, func(rows *sql.Rows) error {
		a, err := scanAsset(rows)
		out = append(out, a)
		return err
	})
	return out, err
}

// Assets implements asset.Store.
func (db *DB) Assets(ctx context.Context, s sharing.Scope, f asset.Filter, p report.Page) ([]asset.Asset, string, error) {
	var w where
	w.and(ownOrg(s, "a.org_id"))
	w.and(not(!f.Deleted) + "a.deleted")
	if f.Org != 0 {
		w.and("a.org_id = ?", int64(f.Org))
	}
	if f.Kind != "" {
		w.and("a.kind = ?", string(f.Kind))
	}
	if f.Match != "" {
		pattern := likeAny(naming.Fold(f.Match))
		w.and(`(lower(a.value) LIKE ? ESCAPE '\' OR lower(a.name) LIKE ? ESCAPE '\')`, pattern, pattern)
	}
	if f.Tag != "" {
		w.and(`lower(a.tags) LIKE ? ESCAPE '\'`, likeJSON(strings.ToLower(f.Tag)))
	}
	if len(f.IDs) > 0 {
		in, arg := db.d.In(int64s(f.IDs))
		w.and("a.id "+in, arg)
	}
	return listNewest(ctx, db, "SELECT "+assetColumns+" FROM asset a", "a", w, p, func(rows *sql.Rows) (asset.Asset, id.ID, error) {
		a, err := scanAsset(rows)
		return a, a.ID, err
	})
}

// AssetStamp implements asset.Store. Versions only grow, so that their sum changes with every edit.
func (db *DB) AssetStamp(ctx context.Context, s sharing.Scope, org id.ID) (string, error) {
	var count, versions int64
	err := db.row(ctx, "SELECT COUNT(*), COALESCE(SUM(version), 0) FROM asset a WHERE a.org_id = ? AND "+ownOrg(s, "a.org_id"), int64(org)).Scan(&count, &versions)
	return fmt.Sprint(count, ".", versions), err
}

// AssetHits implements asset.Store.
func (db *DB) AssetHits(ctx context.Context, s sharing.Scope, assets []id.ID) (map[id.ID]int64, error) {
	out := map[id.ID]int64{}
	claim, err := db.sees(ctx, s, "c.acl_id")
	if err != nil || len(assets) == 0 {
		return out, err
	}
	container, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return out, err
	}
	in, arg := db.d.In(int64s(assets))
	// A hit is on a claim (claim_id), on a report's text (claim_id 0), or on a claim that stands alone (report_id 0).
	err = db.each(ctx, `SELECT h.asset_id, COUNT(DISTINCT CASE WHEN h.report_id = 0 THEN -h.claim_id ELSE h.report_id END)
		FROM asset_hit h JOIN asset a ON a.id = h.asset_id LEFT JOIN claim c ON c.id = h.claim_id LEFT JOIN report r ON r.id = h.report_id
		WHERE h.asset_id `+in+" AND (h.claim_id = 0 OR NOT c.deleted AND "+claim+") AND (h.report_id = 0 OR NOT r.deleted AND "+container+") AND "+ownOrg(s, "a.org_id")+" GROUP BY h.asset_id", []any{arg}, func(rows *sql.Rows) error {
		var n id.ID
		var count int64
		if err := rows.Scan(&n, &count); err != nil {
			return err
		}
		out[n] = count
		return nil
	})
	return out, err
}

// AssetValues implements asset.Values. It reads in the order of ids over the whole table, for jobs.
func (db *DB) AssetValues(ctx context.Context, s sharing.Scope, after id.ID, limit int) ([]asset.Known, error) {
	if _, ok := s.IsSystem(); !ok {
		return nil, nil // values without claims have no label: only the machine may read them
	}
	in, arg := db.d.In([]int64{int64(observable.IPv4), int64(observable.IPv6), int64(observable.Domain), int64(observable.URL), int64(observable.Email)})
	var out []asset.Known
	err := db.each(ctx, "SELECT id, class, value FROM observable WHERE id > ? AND class "+in+" ORDER BY id LIMIT ?", []any{int64(after), arg, limit}, func(rows *sql.Rows) error {
		var k asset.Known
		err := rows.Scan(&k.ID, &k.Value.Type, &k.Value.Text)
		out = append(out, k)
		return err
	})
	return out, err
}

// AddAssetHits implements asset.Values. Claims of every owner get the hit: it is shown to the asset's
// organisation only, and only on claims that it sees.
func (db *DB) AddAssetHits(ctx context.Context, hits map[id.ID][]asset.Hit) (int64, error) {
	total := int64(0)
	err := db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		total = 0
		for value, list := range hits {
			for _, h := range list {
				n, err := db.exec(ctx, `INSERT INTO asset_hit(asset_id, claim_id, report_id, how, created)
					SELECT DISTINCT CAST(? AS BIGINT), cv.claim_id, cv.report_id, CAST(? AS TEXT), CAST(? AS BIGINT) FROM claim_value cv JOIN claim c ON c.id = cv.claim_id
					WHERE cv.value_id = ? AND NOT c.deleted ON CONFLICT DO NOTHING`, int64(h.Asset), h.How, db.now(), int64(value))
				if err != nil {
					return err
				}
				total += n
			}
		}
		return nil
	})
	return total, err
}

// ClearAssetHits implements asset.Values.
func (db *DB) ClearAssetHits(ctx context.Context, assets []id.ID) error {
	in, arg := db.d.In(int64s(assets))
	_, err := db.exec(ctx, "DELETE FROM asset_hit WHERE asset_id "+in, arg)
	return err
}
