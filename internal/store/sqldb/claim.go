package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

const claimColumns = `c.id, c.uuid, c.report_id, c.object_id, c.source_id, c.acl_id, c.value_id, c.type, c.category, c.relation, c.stated, c.comment,
	c.to_ids, c.confidence, c.pain, c.correlates, c.published, c.first_seen, c.last_seen, c.created, c.modified, c.expires,
	c.state, c.correction_id, c.reviewer, c.residue, c.version, c.deleted, o.class, o.value`

const claimFrom = " FROM claim c LEFT JOIN report r ON r.id = c.report_id JOIN source s ON s.id = c.source_id LEFT JOIN observable o ON o.id = c.value_id"

func (db *DB) scanClaim(ctx context.Context, rows interface{ Scan(...any) error }) (report.Claim, error) {
	var c report.Claim
	var uuid []byte
	var in, object, value, published, first, last, expires, correction, reviewer, class sql.NullInt64
	var acl, created, modified int64
	var stated, residue, text sql.NullString
	err := rows.Scan(&c.ID, &uuid, &in, &object, &c.Source, &acl, &value, &c.Type, &c.Category, &c.Relation, &stated, &c.Comment,
		&c.ToIDs, &c.Confidence, &c.Pain, &c.Correlates, &published, &first, &last, &created, &modified, &expires,
		&c.State, &correction, &reviewer, &residue, &c.Version, &c.Deleted, &class, &text)
	if err != nil {
		return c, err
	}
	c.Report, c.Object, c.Correction, c.Reviewer = nullID(in), nullID(object), nullID(correction), nullID(reviewer)
	c.Published, c.FirstSeen, c.LastSeen, c.Expires = nullMicro(published), nullMicro(first), nullMicro(last), nullMicro(expires)
	c.Created, c.Modified, c.Residue = fromMicro(created), fromMicro(modified), nullRaw(residue)
	c.Stated = stated.String
	if value.Valid {
		v := observable.Value{Type: observable.Type(class.Int64), Text: text.String} //nolint:gosec // a class
		c.Parts = []report.Part{{ID: id.ID(value.Int64), Value: v}}
		if !stated.Valid {
			c.Stated = v.Text
		}
	}
	c.UUID = db.uuidOf(uuid, created, c.ID)
	c.ACL, err = db.ACL(ctx, sharing.ACLID(acl))
	return c, err
}

// claims runs a claim query and completes composite parts and tags.
func (db *DB) claims(ctx context.Context, s sharing.Scope, tail string, args []any) ([]report.Claim, error) {
	if err := db.refreshACLs(ctx); err != nil {
		return nil, err
	}
	var out []report.Claim
	err := db.each(ctx, "SELECT "+claimColumns+claimFrom+" WHERE "+tail, args, func(rows *sql.Rows) error {
		c, err := db.scanClaim(ctx, rows)
		out = append(out, c)
		return err
	})
	if err != nil || len(out) == 0 {
		return out, err
	}
	ids := make([]int64, len(out))
	at := make(map[int64]int, len(out))
	for i := range out {
		ids[i] = int64(out[i].ID)
		at[ids[i]] = i
	}
	in, arg := db.d.In(ids)
	err = db.each(ctx, "SELECT cp.claim_id, cp.value_id, o.class, o.value FROM claim_part cp JOIN observable o ON o.id = cp.value_id WHERE cp.claim_id "+in+" ORDER BY cp.claim_id, cp.part", []any{arg},
		func(rows *sql.Rows) error {
			var claim int64
			var p report.Part
			if err := rows.Scan(&claim, &p.ID, &p.Value.Type, &p.Value.Text); err != nil {
				return err
			}
			out[at[claim]].Parts = append(out[at[claim]].Parts, p)
			return nil
		})
	if err != nil {
		return nil, err
	}
	return out, db.tagsOf(ctx, s, ids, func(item int64, t report.Tag) { out[at[item]].Tags = append(out[at[item]].Tags, t) })
}

// claimWhere makes the condition of a filter.
func (db *DB) claimWhere(ctx context.Context, s sharing.Scope, f report.Filter) (where, error) {
	var w where
	sees, err := db.seesVia(ctx, s, "c.acl_id", "r.acl_id")
	if err != nil {
		return w, err
	}
	w.and(sees)
	cond, args, err := db.compile(ctx, s, onClaims, f.Query)
	if err != nil {
		return w, err
	}
	w.and(cond, args...)
	if !f.Deleted {
		w.and("NOT c.deleted AND (r.id IS NULL OR NOT r.deleted)")
	}
	if f.Report != 0 {
		w.and("c.report_id = ?", int64(f.Report))
	}
	return w, db.narrow(&w, f)
}

// narrow adds the conditions of a filter that concern claims alone.
func (db *DB) narrow(w *where, f report.Filter) error {
	if f.Value != 0 {
		w.and("c.id IN (SELECT claim_id FROM claim_value WHERE value_id = ?)", int64(f.Value))
	}
	if f.Document != 0 {
		cond, args := "", []any{int64(f.Document)}
		if f.To > 0 {
			cond, args = " AND m.start >= ? AND m.start < ?", append(args, f.From, f.To)
		}
		w.and("EXISTS (SELECT 1 FROM mention m WHERE m.claim_id = c.id AND m.document_id = ?"+cond+")", args...)
	}
	if len(f.IDs) > 0 {
		in, arg := db.d.In(int64s(f.IDs))
		w.and("c.id "+in, arg)
	}
	if len(f.UUIDs) > 0 {
		list := make([][]byte, len(f.UUIDs))
		for i := range f.UUIDs {
			list[i] = f.UUIDs[i][:]
		}
		in, arg := db.d.InBytes(list)
		w.and("c.id IN (SELECT item_id FROM uuid_key WHERE uuid "+in+")", arg)
	}
	if f.Literals {
		w.and("c.value_id IS NULL")
	}
	if len(f.States) > 0 {
		list := make([]any, len(f.States))
		for i, st := range f.States {
			list[i] = int(st)
		}
		w.and("c.state IN ("+questions(len(list))+")", list...)
	}
	return nil
}

// Claims implements report.Store.
func (db *DB) Claims(ctx context.Context, s sharing.Scope, f report.Filter, p report.Page) ([]report.Claim, string, error) {
	w, err := db.claimWhere(ctx, s, f)
	if err != nil {
		return nil, "", err
	}
	limit := p.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 5000)
	desc := f.Sort == "-id"
	order, op := "c.id", " > "
	if desc {
		order, op = "c.id DESC", " < "
	}
	if p.Cursor != "" {
		_, n, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		w.and("c.id"+op+"?", n)
	}
	out, err := db.claims(ctx, s, w.clause()+" ORDER BY "+order+" LIMIT ?", append(w.args, limit+1))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, nil
}

// ClaimsByID implements report.Store: visible ones in id order, deleted ones too.
func (db *DB) ClaimsByID(ctx context.Context, s sharing.Scope, ids []id.ID) ([]report.Claim, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w, err := db.claimWhere(ctx, s, report.Filter{IDs: ids, Deleted: true})
	if err != nil {
		return nil, err
	}
	return db.claims(ctx, s, w.clause()+" ORDER BY c.id", w.args)
}

// Tally implements report.Store. The claims of one report are counted in the index claim_tally, without
// their rows, unless a query asks for more.
func (db *DB) Tally(ctx context.Context, s sharing.Scope, f report.Filter) (states, types map[string]int64, err error) {
	states, types = map[string]int64{}, map[string]int64{}
	w, err := db.claimWhere(ctx, s, f)
	if err != nil {
		return nil, nil, err
	}
	from, groups := claimFrom, "c.state, c.type"
	if f.Query == nil && f.Report != 0 {
		from, groups = " FROM claim c", "c.acl_id, c.state, c.type" // as the index is ordered: nothing is sorted
		if w, err = db.reportClaims(ctx, s, f); err != nil {
			return nil, nil, err
		}
	}
	err = db.each(ctx, "SELECT c.state, c.type, COUNT(*)"+from+" WHERE "+w.clause()+" GROUP BY "+groups, w.args, func(rows *sql.Rows) error {
		var state report.State
		var typ string
		var n int64
		err := rows.Scan(&state, &typ, &n)
		states[state.String()] += n
		types[typ] += n
		return err
	})
	return states, types, err
}

// reportClaims is claimWhere for the claims of one report, without a need of the report's row beside each.
func (db *DB) reportClaims(ctx context.Context, s sharing.Scope, f report.Filter) (where, error) {
	var w where
	sees, err := db.sees(ctx, s, "+c.acl_id") // the sign keeps the label from steering the index
	if err != nil {
		return w, err
	}
	up, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return w, err
	}
	live := ""
	if !f.Deleted {
		live = " AND NOT r.deleted"
		w.and("c.deleted = FALSE")
	}
	w.and("c.report_id IN (SELECT r.id FROM report r WHERE r.id = ? AND "+up+live+")", int64(f.Report))
	w.and(sees)
	return w, db.narrow(&w, f)
}

// UpdateClaim implements report.Store.
func (db *DB) UpdateClaim(ctx context.Context, c report.Claim, expect int64) error {
	var old sql.NullInt64
	if err := db.row(ctx, "SELECT value_id FROM claim WHERE id = ?", int64(c.ID)).Scan(&old); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	acl, err := db.InternACL(ctx, c.ACL)
	if err != nil {
		return err
	}
	stated := any(c.Stated)
	var first any
	if len(c.Parts) > 0 {
		first = int64(c.Parts[0].ID)
		if len(c.Parts) == 1 && c.Parts[0].Value.Text == c.Stated {
			stated = nil
		}
	}
	n, err := db.exec(ctx, `UPDATE claim SET acl_id = ?, value_id = ?, type = ?, category = ?, stated = ?, comment = ?, to_ids = ?, confidence = ?, pain = ?, correlates = ?,
		first_seen = ?, last_seen = ?, modified = ?, expires = ?, state = ?, correction_id = ?, reviewer = ?, residue = ?, deleted = ?, version = version + 1 WHERE id = ? AND version = ?`,
		int64(acl), first, c.Type, c.Category, stated, c.Comment, c.ToIDs, c.Confidence, c.Pain, c.Correlates,
		microNull(c.FirstSeen), microNull(c.LastSeen), micro(c.Modified), microNull(c.Expires), int(c.State), idOrNull(c.Correction), idOrNull(c.Reviewer), rawOrNull(c.Residue), c.Deleted, int64(c.ID), expect)
	if err != nil {
		return err
	}
	if n == 0 {
		return db.stale(ctx, "claim", c.ID)
	}
	return db.rekey(ctx, c, old.Int64)
}

// rekey makes the claim's keys those of its parts (first was its first value). A deleted claim has none.
func (db *DB) rekey(ctx context.Context, c report.Claim, first int64) error {
	var same int64
	in := make([]int64, 0, len(c.Parts))
	for _, p := range c.Parts {
		in = append(in, int64(p.ID))
	}
	list, arg := db.d.In(in)
	if err := db.row(ctx, "SELECT COUNT(*) FROM claim_value WHERE claim_id = ? AND report_id = ? AND value_id "+list, int64(c.ID), int64(c.Report), arg).Scan(&same); err != nil {
		return err
	}
	if same == int64(len(c.Parts)) && !c.Deleted {
		return nil
	}
	old, err := db.partIDs(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, v := range append(append(old, first), in...) {
		if _, err := db.exec(ctx, "DELETE FROM claim_value WHERE value_id = ? AND report_id = ? AND claim_id = ?", v, int64(c.Report), int64(c.ID)); err != nil {
			return err
		}
	}
	if _, err := db.exec(ctx, "DELETE FROM claim_part WHERE claim_id = ?", int64(c.ID)); err != nil {
		return err
	}
	for n, v := range in {
		if !c.Deleted {
			if _, err := db.exec(ctx, "INSERT INTO claim_value(value_id, report_id, claim_id, part) VALUES(?,?,?,?)", v, int64(c.Report), int64(c.ID), n); err != nil {
				return err
			}
		}
		if n > 0 {
			if _, err := db.exec(ctx, "INSERT INTO claim_part(claim_id, part, value_id) VALUES(?,?,?)", int64(c.ID), n, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// partIDs returns the further values of a composite claim.
func (db *DB) partIDs(ctx context.Context, claim id.ID) ([]int64, error) {
	var out []int64
	err := db.each(ctx, "SELECT value_id FROM claim_part WHERE claim_id = ?", []any{int64(claim)}, func(rows *sql.Rows) error {
		var v int64
		err := rows.Scan(&v)
		out = append(out, v)
		return err
	})
	return out, err
}

// Held implements report.Bulk.
func (db *DB) Held(ctx context.Context, in id.ID, values []id.ID) (map[id.ID][]report.Claim, error) {
	out := map[id.ID][]report.Claim{}
	for start := 0; start < len(values); start += lookupChunk {
		list, arg := db.d.In(int64s(values[start:min(start+lookupChunk, len(values))]))
		found, err := db.claims(ctx, sharing.System("ingest"), "c.id IN (SELECT claim_id FROM claim_value WHERE report_id = ? AND value_id "+list+") AND NOT c.deleted", []any{int64(in), arg})
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			for _, p := range c.Parts {
				out[p.ID] = append(out[p.ID], c)
			}
		}
	}
	return out, nil
}

// Mentions implements report.Store: of one report (Report), of one value (Value) or of claims (IDs), in order of place.
func (db *DB) Mentions(ctx context.Context, s sharing.Scope, f report.Filter) ([]report.Mention, error) {
	w, err := db.claimWhere(ctx, s, f)
	if err != nil {
		return nil, err
	}
	var out []report.Mention
	err = db.each(ctx, `SELECT m.claim_id, m.document_id, m.start, m.stop FROM mention m JOIN claim c ON c.id = m.claim_id LEFT JOIN report r ON r.id = c.report_id
		JOIN source s ON s.id = c.source_id WHERE `+w.clause()+" ORDER BY m.document_id, m.start, m.claim_id", w.args, func(rows *sql.Rows) error {
		var m report.Mention
		err := rows.Scan(&m.Claim, &m.Document, &m.Start, &m.End)
		out = append(out, m)
		return err
	})
	return out, err
}

// Objects implements report.Store.
func (db *DB) Objects(ctx context.Context, s sharing.Scope, in id.ID) ([]report.Object, error) {
	sees, err := db.seesVia(ctx, s, "ob.acl_id", "r.acl_id")
	if err != nil {
		return nil, err
	}
	var out []report.Object
	err = db.each(ctx, `SELECT ob.id, ob.uuid, ob.report_id, ob.source_id, a.label, ob.name, ob.template_uuid, ob.template_version, ob.meta_category, ob.description, ob.comment,
		ob.first_seen, ob.last_seen, ob.residue, ob.created, ob.version, ob.deleted
		FROM object ob JOIN acl a ON a.id = ob.acl_id LEFT JOIN report r ON r.id = ob.report_id WHERE ob.report_id = ? AND `+sees+" ORDER BY ob.id", []any{int64(in)}, func(rows *sql.Rows) error {
		var o report.Object
		var uuid, template []byte
		var label string
		var rep, first, last sql.NullInt64
		var residue sql.NullString
		var created int64
		if err := rows.Scan(&o.ID, &uuid, &rep, &o.Source, &label, &o.Name, &template, &o.TemplateVersion, &o.MetaCategory, &o.Description, &o.Comment, &first, &last, &residue, &created, &o.Version, &o.Deleted); err != nil {
			return err
		}
		o.Report, o.FirstSeen, o.LastSeen, o.Residue, o.Created = nullID(rep), nullMicro(first), nullMicro(last), nullRaw(residue), fromMicro(created)
		o.UUID = db.uuidOf(uuid, created, o.ID)
		copy(o.TemplateUUID[:], template)
		if err := jsonx.Unmarshal([]byte(label), &o.ACL); err != nil {
			return err
		}
		out = append(out, o)
		return nil
	})
	return out, err
}
