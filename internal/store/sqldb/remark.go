package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/note"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/sighting"
)

var _ report.Remarks = (*DB)(nil)

// backwards adds the condition of a page that goes from the newest id down, and returns its limit.
func backwards(w *where, p report.Page, column string) (int, error) {
	if p.Cursor != "" {
		_, n, err := parseCursor(p.Cursor)
		if err != nil {
			return 0, err
		}
		w.and(column+" < ?", n)
	}
	return pageLimit(p), nil
}

// Notes implements report.Remarks.
func (db *DB) Notes(ctx context.Context, s sharing.Scope, item id.ID, p report.Page) ([]note.Note, string, error) {
	sees, err := db.sees(ctx, s, "n.acl_id")
	if err != nil {
		return nil, "", err
	}
	var w where
	w.and("n.item_id = ? AND NOT n.deleted", int64(item))
	w.and(sees)
	limit, err := backwards(&w, p, "n.id")
	if err != nil {
		return nil, "", err
	}
	var out []note.Note
	err = db.each(ctx, `SELECT n.id, n.uuid, n.item_id, n.kind, n.body, n.author, n.author_name, a.label, n.created, n.version FROM note n JOIN acl a ON a.id = n.acl_id
		WHERE `+w.clause()+" ORDER BY n.id DESC LIMIT ?", append(w.args, limit+1), func(rows *sql.Rows) error {
		var n note.Note
		var uuid []byte
		var label string
		var created int64
		if err := rows.Scan(&n.ID, &uuid, &n.Item, &n.Kind, &n.Body, &n.Author, &n.By, &label, &created, &n.Version); err != nil {
			return err
		}
		n.Created, n.UUID = fromMicro(created), db.uuidOf(uuid, created, n.ID)
		out = append(out, n)
		return jsonx.Unmarshal([]byte(label), &out[len(out)-1].ACL)
	})
	next := ""
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, err
}

// AddNote implements report.Remarks.
func (db *DB) AddNote(ctx context.Context, n note.Note) error {
	return db.insertNotes(ctx, &aclNumbers{db: db, known: map[string]int64{}}, report.Rows{Notes: []note.Note{n}})
}

// Sightings implements report.Remarks.
func (db *DB) Sightings(ctx context.Context, s sharing.Scope, value id.ID, p report.Page) ([]sighting.Sighting, string, error) {
	sees, err := db.sees(ctx, s, "x.acl_id")
	if err != nil {
		return nil, "", err
	}
	var w where
	w.and("x.value_id = ? AND NOT x.deleted", int64(value))
	w.and(sees)
	limit, err := backwards(&w, p, "x.id")
	if err != nil {
		return nil, "", err
	}
	var out []sighting.Sighting
	err = db.each(ctx, `SELECT x.id, x.uuid, x.value_id, x.claim_id, x.kind, x.seen, x.count, x.origin, x.org_id, a.label, x.created FROM sighting x JOIN acl a ON a.id = x.acl_id
		WHERE `+w.clause()+" ORDER BY x.id DESC LIMIT ?", append(w.args, limit+1), func(rows *sql.Rows) error {
		var x sighting.Sighting
		var uuid []byte
		var claim sql.NullInt64
		var label string
		var seen, created int64
		if err := rows.Scan(&x.ID, &uuid, &x.Value, &claim, &x.Kind, &seen, &x.Count, &x.Origin, &x.Org, &label, &created); err != nil {
			return err
		}
		x.Claim, x.Seen, x.Created, x.UUID = nullID(claim), fromMicro(seen), fromMicro(created), db.uuidOf(uuid, created, x.ID)
		out = append(out, x)
		return jsonx.Unmarshal([]byte(label), &out[len(out)-1].ACL)
	})
	next := ""
	if err == nil && len(out) > limit {
		out = out[:limit]
		next = cursor(0, out[limit-1].ID)
	}
	return out, next, err
}

// AddSighting implements report.Remarks.
func (db *DB) AddSighting(ctx context.Context, x sighting.Sighting) error {
	return db.insertSightings(ctx, &aclNumbers{db: db, known: map[string]int64{}}, report.Rows{Sightings: []sighting.Sighting{x}})
}

// passagesEach is how many places of one claim a page of Passages shows.
const passagesEach = 5

// Passages implements report.Remarks. A page holds the places of at most p.Limit claims.
func (db *DB) Passages(ctx context.Context, s sharing.Scope, value id.ID, p report.Page) ([]report.Passage, string, error) {
	visible, err := db.visibleClaims(ctx, s)
	if err != nil {
		return nil, "", err
	}
	var w where
	w.and("cv.value_id = ?", int64(value))
	w.and("EXISTS (SELECT 1 FROM mention m WHERE m.claim_id = cv.claim_id)")
	limit, err := backwards(&w, p, "cv.claim_id")
	if err != nil {
		return nil, "", err
	}
	var claims []id.ID
	err = db.each(ctx, "SELECT DISTINCT cv.claim_id"+visible+" AND "+w.clause()+" ORDER BY cv.claim_id DESC LIMIT ?", append(w.args, limit+1), func(rows *sql.Rows) error {
		var n id.ID
		err := rows.Scan(&n)
		claims = append(claims, n)
		return err
	})
	if err != nil || len(claims) == 0 {
		return nil, "", err
	}
	next := ""
	if len(claims) > limit {
		claims = claims[:limit]
		next = cursor(0, claims[limit-1])
	}
	out, err := db.PassagesOf(ctx, s, claims, passagesEach)
	return out, next, err
}

// PassagesOf implements report.Remarks.
func (db *DB) PassagesOf(ctx context.Context, s sharing.Scope, claims []id.ID, each int) ([]report.Passage, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	sees, err := db.seesVia(ctx, s, "c.acl_id", "r.acl_id")
	if err != nil {
		return nil, err
	}
	in, arg := db.d.In(int64s(claims))
	var out []report.Passage
	err = db.each(ctx, `SELECT p.claim_id, p.document_id, p.start, p.stop, p.report_id, p.name, p.text_blob, p.text_size FROM (
			SELECT m.claim_id, m.document_id, m.start, m.stop, d.report_id, d.name, d.text_blob, d.text_size, ROW_NUMBER() OVER (PARTITION BY m.claim_id ORDER BY d.current DESC, m.document_id, m.start) AS place
			FROM mention m JOIN claim c ON c.id = m.claim_id JOIN document d ON d.id = m.document_id LEFT JOIN report r ON r.id = c.report_id
			WHERE m.claim_id `+in+` AND d.text_blob IS NOT NULL AND `+sees+`) p
		WHERE p.place <= ? ORDER BY p.claim_id DESC, p.place`, []any{arg, each}, func(rows *sql.Rows) error {
		var p report.Passage
		var hash []byte
		err := rows.Scan(&p.Claim, &p.Document, &p.Start, &p.End, &p.Report, &p.Name, &hash, &p.TextSize)
		if len(hash) == len(blob.Hash{}) {
			p.TextBlob = blob.Hash(hash)
		}
		out = append(out, p)
		return err
	})
	return out, err
}

// CountReports implements report.Remarks.
func (db *DB) CountReports(ctx context.Context, s sharing.Scope, f report.Filter) (int64, error) {
	sees, err := db.sees(ctx, s, "r.acl_id")
	if err != nil || sees == "FALSE" {
		return 0, err
	}
	cond, args, err := db.compile(ctx, s, onReports, f.Query)
	if err != nil {
		return 0, err
	}
	var w where
	w.and(sees)
	w.and(cond, args...)
	if !f.Deleted {
		w.and("NOT r.deleted")
	}
	var n int64
	err = db.row(ctx, "SELECT COUNT(*) FROM report r JOIN source s ON s.id = r.source_id WHERE "+w.clause(), w.args...).Scan(&n)
	return n, err
}

// Worked tells how far the pipeline came with a message: whether parts of it were written, and whether it
// was put into quarantine.
func (db *DB) Worked(ctx context.Context, consumer, message string) (written, refused bool, err error) {
	err = db.each(ctx, "SELECT message_id FROM consumed WHERE consumer = ? AND message_id > ? AND message_id < ? ORDER BY message_id LIMIT 1000", []any{consumer, message + "#", message + "$"}, func(rows *sql.Rows) error {
		var part string
		err := rows.Scan(&part)
		if part == message+"#quarantine" {
			refused = true
		} else {
			written = true
		}
		return err
	})
	return written, refused, err
}

// ReportsWith lists visible reports of a source that hold a document with these bytes, newest first.
func (db *DB) ReportsWith(ctx context.Context, s sharing.Scope, source id.ID, content blob.Hash) ([]id.ID, error) {
	sees, err := db.sees(ctx, s, "r.acl_id")
	if err != nil {
		return nil, err
	}
	var out []id.ID
	err = db.each(ctx, "SELECT DISTINCT d.report_id FROM document d JOIN report r ON r.id = d.report_id WHERE d.blob = ? AND d.source_id = ? AND d.current AND NOT r.deleted AND "+sees+" ORDER BY d.report_id DESC LIMIT 1000",
		[]any{content[:], int64(source)}, func(rows *sql.Rows) error {
			var n id.ID
			err := rows.Scan(&n)
			out = append(out, n)
			return err
		})
	return out, err
}
