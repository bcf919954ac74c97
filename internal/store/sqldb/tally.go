package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ assess.Tallies = (*DB)(nil)

// Tallies implements assess.Tallies. Cost grows with the claims of the reports: they are counted in the index
// claim_tally, without their rows.
func (db *DB) Tallies(ctx context.Context, s sharing.Scope, reports []id.ID) (map[id.ID]assess.Tally, error) {
	out := map[id.ID]assess.Tally{}
	sees, err := db.sees(ctx, s, "c.acl_id")
	if err != nil || sees == "FALSE" || len(reports) == 0 {
		return out, err
	}
	up, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return out, err
	}
	counted, err := db.sees(ctx, s, "+c.acl_id") // the sign keeps the label from steering the index
	if err != nil {
		return out, err
	}
	in, arg := db.d.In(int64s(reports))
	// Grouped as the index is ordered, so that nothing is sorted.
	err = db.each(ctx, "SELECT c.report_id, c.state, c.pain, COUNT(*) FROM claim c WHERE c.report_id IN (SELECT r.id FROM report r WHERE r.id "+in+" AND "+up+") AND c.deleted = FALSE AND "+counted+
		" GROUP BY c.report_id, c.acl_id, c.state, c.type, c.pain", []any{arg}, func(rows *sql.Rows) error {
		var item id.ID
		var state report.State
		var pain int
		var n int64
		err := rows.Scan(&item, &state, &pain, &n)
		t := out[item]
		t.Claims += n
		switch state {
		case report.Proposed:
			t.Proposed += n
		case report.Accepted:
			t.Accepted += n
		case report.Rejected:
			t.Rejected += n
			pain = 0
		}
		t.Pain = max(t.Pain, pain)
		out[item] = t
		return err
	})
	if err != nil || s.Org() == 0 {
		return out, err
	}
	err = db.each(ctx, `SELECT ah.report_id, COUNT(*) FROM asset_hit ah JOIN asset a ON a.id = ah.asset_id JOIN report r ON r.id = ah.report_id LEFT JOIN claim c ON c.id = ah.claim_id
		WHERE ah.report_id `+in+" AND a.org_id = ? AND NOT a.deleted AND (c.id IS NULL OR NOT c.deleted AND "+sees+") AND "+up+" GROUP BY ah.report_id", []any{arg, int64(s.Org())}, func(rows *sql.Rows) error {
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
