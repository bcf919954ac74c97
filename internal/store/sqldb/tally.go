package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ assess.Tallies = (*DB)(nil)

// Tallies implements assess.Tallies. Cost grows with the claims of the reports.
func (db *DB) Tallies(ctx context.Context, s sharing.Scope, reports []id.ID) (map[id.ID]assess.Tally, error) {
	out := map[id.ID]assess.Tally{}
	sees, err := db.seesVia(ctx, s, "c.acl_id", "r.acl_id")
	if err != nil || sees == "FALSE" || len(reports) == 0 {
		return out, err
	}
	in, arg := db.d.In(int64s(reports))
	err = db.each(ctx, `SELECT c.report_id, COUNT(*), SUM(CASE WHEN c.state = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN c.state = 1 THEN 1 ELSE 0 END), SUM(CASE WHEN c.state = 2 THEN 1 ELSE 0 END),
			MAX(CASE WHEN c.state = 2 THEN 0 ELSE c.pain END)
		FROM claim c JOIN report r ON r.id = c.report_id WHERE c.report_id `+in+" AND NOT c.deleted AND "+sees+" GROUP BY c.report_id", []any{arg}, func(rows *sql.Rows) error {
		var n id.ID
		var t assess.Tally
		err := rows.Scan(&n, &t.Claims, &t.Proposed, &t.Accepted, &t.Rejected, &t.Pain)
		out[n] = t
		return err
	})
	if err != nil || s.Org() == 0 {
		return out, err
	}
	err = db.each(ctx, `SELECT ah.report_id, COUNT(*) FROM asset_hit ah JOIN asset a ON a.id = ah.asset_id JOIN report r ON r.id = ah.report_id LEFT JOIN claim c ON c.id = ah.claim_id
		WHERE ah.report_id `+in+" AND a.org_id = ? AND NOT a.deleted AND (c.id IS NULL OR NOT c.deleted AND "+sees+") GROUP BY ah.report_id", []any{arg, int64(s.Org())}, func(rows *sql.Rows) error {
		var n id.ID
		var own int64
		err := rows.Scan(&n, &own)
		t := out[n]
		t.Own = own
		out[n] = t
		return err
	})
	return out, err
}
