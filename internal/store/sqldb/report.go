package sqldb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ report.Store = (*DB)(nil)

const reportColumns = `r.id, r.uuid, r.kind, r.title, r.summary, r.lang, r.url, r.source_id, r.publisher_id, p.name, a.label,
	r.published, r.observed, r.created, r.modified, r.state, r.assignee, r.reviewed, r.reviewer, r.residue, r.version, r.deleted`

const reportFrom = " FROM report r JOIN publisher p ON p.id = r.publisher_id JOIN acl a ON a.id = r.acl_id JOIN source s ON s.id = r.source_id"

func (db *DB) scanReport(row interface{ Scan(...any) error }) (report.Report, error) {
	var r report.Report
	var uuid []byte
	var kind, label string
	var published, observed, assignee, reviewed, reviewer sql.NullInt64
	var created, modified int64
	var residue sql.NullString
	err := row.Scan(&r.ID, &uuid, &kind, &r.Title, &r.Summary, &r.Lang, &r.URL, &r.Source, &r.Publisher.ID, &r.Publisher.Name, &label,
		&published, &observed, &created, &modified, &r.Progress, &assignee, &reviewed, &reviewer, &residue, &r.Version, &r.Deleted)
	if err != nil {
		return r, err
	}
	r.Kind = report.Kind(kind)
	r.Published, r.Observed, r.Created, r.Modified = nullMicro(published), nullMicro(observed), fromMicro(created), fromMicro(modified)
	r.Assignee, r.Reviewer, r.Reviewed = nullID(assignee), nullID(reviewer), nullMicro(reviewed)
	r.Residue = nullRaw(residue)
	r.UUID = db.uuidOf(uuid, created, r.ID)
	return r, jsonx.Unmarshal([]byte(label), &r.ACL)
}

// uuidOf returns the stored UUID, or the one derived from id and creation.
func (db *DB) uuidOf(stored []byte, created int64, n id.ID) id.UUID {
	if len(stored) == 16 {
		return id.UUID(stored)
	}
	return id.Derived(db.instance, fromMicro(created), n)
}

// Get implements report.Store.
func (db *DB) Get(ctx context.Context, s sharing.Scope, n id.ID) (report.Report, error) {
	sees, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return report.Report{}, err
	}
	r, err := db.scanReport(db.row(ctx, "SELECT "+reportColumns+reportFrom+" WHERE r.id = ? AND "+sees, int64(n)))
	if errors.Is(err, sql.ErrNoRows) {
		return r, errs.New(errs.NotFound, "report_missing", "There is no report {id}.", "id", n)
	}
	if err != nil {
		return r, err
	}
	list := []report.Report{r}
	err = db.fillTags(ctx, s, list)
	return list[0], err
}

// fillTags adds the tags that the scope may see.
func (db *DB) fillTags(ctx context.Context, s sharing.Scope, list []report.Report) error {
	ids := make([]int64, len(list))
	at := make(map[int64]int, len(list))
	for i, r := range list {
		ids[i] = int64(r.ID)
		at[ids[i]] = i
	}
	return db.tagsOf(ctx, s, ids, func(item int64, t report.Tag) { list[at[item]].Tags = append(list[at[item]].Tags, t) })
}

func (db *DB) tagsOf(ctx context.Context, s sharing.Scope, ids []int64, add func(item int64, t report.Tag)) error {
	if len(ids) == 0 {
		return nil
	}
	sees, err := db.sees(ctx, s, "g.acl_id")
	if err != nil {
		return err
	}
	in, arg := db.d.In(ids)
	return db.each(ctx, "SELECT DISTINCT g.item_id, t.name, t.colour, g.local FROM tagging g JOIN tag t ON t.id = g.tag_id WHERE g.item_id "+in+" AND "+sees+" ORDER BY g.item_id, t.name",
		[]any{arg}, func(rows *sql.Rows) error {
			var item int64
			var t report.Tag
			if err := rows.Scan(&item, &t.Name, &t.Colour, &t.Local); err != nil {
				return err
			}
			add(item, t)
			return nil
		})
}

// List implements report.Store.
func (db *DB) List(ctx context.Context, s sharing.Scope, f report.Filter, p report.Page) ([]report.Report, string, error) {
	sees, err := db.sees(ctx, s, "r.acl_id")
	if err != nil || sees == "FALSE" {
		return nil, "", err
	}
	cond, args, err := db.compile(ctx, s, onReports, f.Query)
	if err != nil {
		return nil, "", err
	}
	w := where{}
	w.and(sees)
	w.and(cond, args...)
	if !f.Deleted {
		w.and("NOT r.deleted")
	}
	if f.Value != 0 {
		stating, err := db.statingReports(ctx, s, "= ?")
		if err != nil {
			return nil, "", err
		}
		w.and("r.id IN ("+stating+")", int64(f.Value))
	}
	if len(f.IDs) > 0 {
		in, arg := db.d.In(int64s(f.IDs))
		w.and("r.id "+in, arg)
	}
	sort, desc := reportSort(f.Sort)
	limit, err := after(&w, p, sort, desc)
	if err != nil {
		return nil, "", err
	}
	order := " DESC"
	if !desc {
		order = ""
	}
	var out []report.Report
	err = db.each(ctx, "SELECT "+reportColumns+reportFrom+" WHERE "+w.clause()+" ORDER BY "+sort+order+", r.id"+order+" LIMIT ?", append(w.args, limit+1), func(rows *sql.Rows) error {
		r, err := db.scanReport(rows)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(out) > limit {
		out = out[:limit]
		last := out[limit-1]
		next = cursor(sortValue(last, sort), last.ID)
	}
	return out, next, db.fillTags(ctx, s, out)
}

func reportSort(name string) (column string, desc bool) {
	name, up := strings.CutPrefix(name, "-")
	if name == "published" {
		return "COALESCE(r.published, r.created)", !up
	}
	return "r.id", !up
}

func sortValue(r report.Report, column string) int64 {
	if column == "r.id" {
		return int64(r.ID)
	}
	if r.Published.IsZero() {
		return micro(r.Created)
	}
	return micro(r.Published)
}

// A cursor is the sort value and id of the last row, opaque to clients.
func cursor(value int64, n id.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(value, 36) + "." + strconv.FormatInt(int64(n), 36)))
}

var errCursor = errs.New(errs.Invalid, "bad_cursor", "The cursor is not one that this list gave: start at the first page.")

func parseCursor(s string) (value, n int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return 0, 0, errCursor
	}
	a, z, ok := strings.Cut(string(b), ".")
	value, err1 := strconv.ParseInt(a, 36, 64)
	n, err2 := strconv.ParseInt(z, 36, 64)
	if !ok || err1 != nil || err2 != nil {
		return 0, 0, errCursor
	}
	return value, n, nil
}

// after adds the keyset condition of a page and returns its limit.
func after(w *where, p report.Page, column string, desc bool) (int, error) {
	limit := p.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 1000)
	if p.Cursor == "" {
		return limit, nil
	}
	value, n, err := parseCursor(p.Cursor)
	if err != nil {
		return 0, err
	}
	op := " > "
	if desc {
		op = " < "
	}
	w.and("("+column+", r.id)"+op+"(?, ?)", value, n)
	return limit, nil
}

// Update implements report.Store.
func (db *DB) Update(ctx context.Context, r report.Report, expect int64) error {
	acl, err := db.InternACL(ctx, r.ACL)
	if err != nil {
		return err
	}
	if r.Publisher.ID, err = db.publisher(ctx, r.Publisher); err != nil {
		return err
	}
	n, err := db.exec(ctx, `UPDATE report SET title = ?, summary = ?, lang = ?, url = ?, publisher_id = ?, acl_id = ?, published = ?, observed = ?, modified = ?, state = ?,
		assignee = ?, reviewed = ?, reviewer = ?, residue = ?, deleted = ?, version = version + 1 WHERE id = ? AND version = ?`,
		r.Title, r.Summary, r.Lang, r.URL, int64(r.Publisher.ID), int64(acl), microNull(r.Published), microNull(r.Observed), micro(r.Modified), int(r.Progress),
		idOrNull(r.Assignee), microNull(r.Reviewed), idOrNull(r.Reviewer), rawOrNull(r.Residue), r.Deleted, int64(r.ID), expect)
	if err != nil {
		return err
	}
	if n == 0 {
		return db.stale(ctx, "report", r.ID)
	}
	if err := db.rekeyReport(ctx, r.ID, r.Deleted); err != nil {
		return err
	}
	return db.retag(ctx, r.ID, r.Tags, r.ACL)
}

// rekeyReport takes the keys of a deleted report's claims away, and gives them back when it is revived, so
// that a key always stands for something live.
func (db *DB) rekeyReport(ctx context.Context, n id.ID, deleted bool) error {
	const parts = `SELECT c.value_id, c.report_id, c.id AS claim_id, 0 AS part FROM claim c WHERE c.report_id = ? AND c.value_id IS NOT NULL AND NOT c.deleted
		UNION ALL SELECT cp.value_id, c.report_id, cp.claim_id, cp.part FROM claim c JOIN claim_part cp ON cp.claim_id = c.id WHERE c.report_id = ? AND NOT c.deleted`
	if deleted {
		_, err := db.exec(ctx, "DELETE FROM claim_value WHERE (value_id, report_id, claim_id, part) IN ("+parts+")", int64(n), int64(n))
		return err
	}
	var held, claims int64
	err := db.row(ctx, `SELECT COUNT(*), COUNT(cv.claim_id) FROM (SELECT id, value_id FROM claim WHERE report_id = ? AND value_id IS NOT NULL AND NOT deleted ORDER BY id LIMIT 1) c
		LEFT JOIN claim_value cv ON cv.value_id = c.value_id AND cv.report_id = ? AND cv.claim_id = c.id AND cv.part = 0`, int64(n), int64(n)).Scan(&claims, &held)
	if err != nil || held == claims {
		return err // the usual edit: the keys are there
	}
	_, err = db.exec(ctx, "INSERT INTO claim_value(value_id, report_id, claim_id, part) SELECT p.value_id, p.report_id, p.claim_id, p.part FROM ("+parts+") p WHERE TRUE ON CONFLICT DO NOTHING", int64(n), int64(n))
	return err
}

// stale explains a refused write: who changed the item last, when, and what.
func (db *DB) stale(ctx context.Context, kind string, n id.ID) error {
	h, err := db.History(ctx, sharing.System("explain a conflict"), kind, n, 0, 1)
	if err != nil || len(h) == 0 {
		return errs.New(errs.Conflict, "stale", "Somebody changed this {kind} meanwhile: reload it and apply your change again.", "kind", kind, "id", n)
	}
	return errs.New(errs.Conflict, "stale", "{who} changed this {kind} at {at}: reload it and apply your change again.",
		"kind", kind, "id", n, "who", h[0].ActorName, "at", h[0].At.Format("2006-01-02 15:04:05Z"), "change", h[0].After)
}

// retag makes the item's tags those of the list.
func (db *DB) retag(ctx context.Context, item id.ID, tags []report.Tag, acl sharing.ACL) error {
	if _, err := db.exec(ctx, "DELETE FROM tagging WHERE item_id = ?", int64(item)); err != nil {
		return err
	}
	list := make([]report.Tagging, len(tags))
	for i, t := range tags {
		list[i] = report.Tagging{Item: item, Name: t.Name, Local: t.Local, ACL: acl}
	}
	return db.tag(ctx, list)
}

// Documents implements report.Store: current versions first, then older ones.
func (db *DB) Documents(ctx context.Context, s sharing.Scope, n id.ID) ([]report.Document, error) {
	sees, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return nil, err
	}
	var out []report.Document
	err = db.each(ctx, `SELECT d.id, d.report_id, d.parent_id, d.source_id, d.item_key, d.name, d.media_type, d.url, d.blob, d.size, d.text_blob, d.text_size,
		d.parser, d.charset, d.lang, d.meta, d.sections, d.warnings, d.suppressed, d.created, d.published, d.current
		FROM document d JOIN report r ON r.id = d.report_id WHERE d.report_id = ? AND `+sees+" ORDER BY d.current DESC, d.id", []any{int64(n)}, func(rows *sql.Rows) error {
		d, err := scanDocument(rows)
		out = append(out, d)
		return err
	})
	return out, err
}

func scanDocument(rows *sql.Rows) (report.Document, error) {
	var d report.Document
	var parent, published sql.NullInt64
	var blob, text []byte
	var meta, sections, warnings, suppressed sql.NullString
	var created int64
	err := rows.Scan(&d.ID, &d.Report, &parent, &d.Source, &d.Key, &d.Name, &d.MediaType, &d.URL, &blob, &d.Size, &text, &d.TextSize,
		&d.Parser, &d.Charset, &d.Lang, &meta, &sections, &warnings, &suppressed, &created, &published, &d.Current)
	if err != nil {
		return d, err
	}
	copy(d.Blob[:], blob)
	copy(d.TextBlob[:], text)
	d.Parent, d.Created, d.Published = nullID(parent), fromMicro(created), nullMicro(published)
	d.Sections, d.Warnings = nullRaw(sections), nullRaw(warnings)
	if meta.Valid {
		if err := jsonx.Unmarshal([]byte(meta.String), &d.Meta); err != nil {
			return d, err
		}
	}
	if suppressed.Valid {
		err = jsonx.Unmarshal([]byte(suppressed.String), &d.Suppressed)
	}
	return d, err
}

// Statements implements report.Store.
func (db *DB) Statements(ctx context.Context, s sharing.Scope, n id.ID, p report.Page) ([]report.Statement, string, error) {
	sees, err := db.seesVia(ctx, s, "st.acl_id", "r.acl_id")
	if err != nil {
		return nil, "", err
	}
	from := int64(0)
	if p.Cursor != "" {
		if from, _, err = parseCursor(p.Cursor); err != nil {
			return nil, "", err
		}
	}
	limit := p.Limit
	if limit <= 0 || limit > 1000 {
		limit = 1000
	}
	var out []report.Statement
	err = db.each(ctx, `SELECT st.item_id, st.source_id, st.report_id, a.label, st.type, st.stix_id, st.modified, st.props FROM statement st
		JOIN acl a ON a.id = st.acl_id LEFT JOIN report r ON r.id = st.report_id
		WHERE st.report_id = ? AND st.item_id > ? AND NOT st.deleted AND `+sees+" ORDER BY st.item_id, st.rev LIMIT ?", []any{int64(n), from, limit}, func(rows *sql.Rows) error {
		var st report.Statement
		var in, modified sql.NullInt64
		var label, body string
		if err := rows.Scan(&st.Item, &st.Source, &in, &label, &st.Type, &st.StixID, &modified, &body); err != nil {
			return err
		}
		st.Report, st.Modified, st.Body = nullID(in), nullMicro(modified), []byte(body)
		out = append(out, st)
		return jsonx.Unmarshal([]byte(label), &st.ACL)
	})
	next := ""
	if len(out) == limit {
		next = cursor(int64(out[limit-1].Item), out[limit-1].Item)
	}
	return out, next, err
}

func int64s(ids []id.ID) []int64 {
	out := make([]int64, len(ids))
	for i, n := range ids {
		out[i] = int64(n)
	}
	return out
}
