package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Insert implements report.Bulk.
func (db *DB) Insert(ctx context.Context, r report.Rows) error {
	acls := aclNumbers{db: db, known: map[string]int64{}}
	steps := []func(context.Context, *aclNumbers, report.Rows) error{
		db.insertObjects, db.insertClaims, db.insertMarks, db.insertStatements, db.insertEdges, db.insertNotes, db.insertSightings, db.insertRefusals,
	}
	for _, step := range steps {
		if err := step(ctx, &acls, r); err != nil {
			return err
		}
	}
	return db.tag(ctx, r.Tagging)
}

// aclNumbers interns labels once per write.
type aclNumbers struct {
	db    *DB
	last  sharing.ACL
	n     int64
	known map[string]int64
}

func (a *aclNumbers) of(ctx context.Context, l sharing.ACL) (int64, error) {
	if a.n != 0 && a.last.Equal(l) {
		return a.n, nil
	}
	hash, _, err := aclHash(l.Normal())
	if err != nil {
		return 0, err
	}
	n, ok := a.known[string(hash)]
	if !ok {
		v, err := a.db.InternACL(ctx, l)
		if err != nil {
			return 0, err
		}
		n = int64(v)
		a.known[string(hash)] = n
	}
	a.last, a.n = l, n
	return n, nil
}

func (db *DB) insertObjects(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	rows := make([][]any, len(r.Objects))
	for i, o := range r.Objects {
		acl, err := acls.of(ctx, o.ACL)
		if err != nil {
			return err
		}
		rows[i] = []any{
			int64(o.ID), uuidOrNull(o.UUID), idOrNull(o.Report), int64(o.Source), acl, o.Name, uuidOrNull(o.TemplateUUID), o.TemplateVersion, o.MetaCategory, o.Description, o.Comment,
			microNull(o.FirstSeen), microNull(o.LastSeen), rawOrNull(o.Residue), micro(o.Created), o.Version, o.Deleted,
		}
		if !o.UUID.IsZero() {
			if err := db.keepUUID(ctx, o.UUID, o.ID, "object"); err != nil {
				return err
			}
		}
	}
	return db.d.Insert(ctx, db.q(ctx), "object", []string{
		"id", "uuid", "report_id", "source_id", "acl_id", "name", "template_uuid", "template_version", "meta_category", "description", "comment",
		"first_seen", "last_seen", "residue", "created", "version", "deleted",
	}, rows)
}

func (db *DB) insertClaims(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	claims := make([][]any, len(r.Claims))
	values := make([][]any, 0, len(r.Claims))
	var parts, uuids [][]any
	for i := range r.Claims {
		c := &r.Claims[i]
		acl, err := acls.of(ctx, c.ACL)
		if err != nil {
			return err
		}
		var first any
		for n, p := range c.Parts {
			if n == 0 {
				first = int64(p.ID)
			} else {
				parts = append(parts, []any{int64(c.ID), n, int64(p.ID)})
			}
			if !c.Deleted {
				values = append(values, []any{int64(p.ID), int64(c.Report), int64(c.ID), n})
			}
		}
		stated := any(c.Stated)
		if len(c.Parts) == 1 && c.Parts[0].Value.Text == c.Stated {
			stated = nil
		}
		claims[i] = []any{
			int64(c.ID), uuidOrNull(c.UUID), idOrNull(c.Report), idOrNull(c.Object), int64(c.Source), acl, first, c.Type, c.Category, c.Relation, stated, c.Comment,
			c.ToIDs, c.Confidence, c.Pain, c.Correlates, microNull(c.Published), microNull(c.FirstSeen), microNull(c.LastSeen), micro(c.Created), micro(c.Modified), microNull(c.Expires),
			int(c.State), idOrNull(c.Correction), rawOrNull(c.Residue), c.Version, c.Deleted,
		}
		if !c.UUID.IsZero() {
			uuids = append(uuids, []any{c.UUID[:], int64(c.ID), "claim"})
		}
	}
	q := db.q(ctx)
	if err := db.d.Insert(ctx, q, "claim", []string{
		"id", "uuid", "report_id", "object_id", "source_id", "acl_id", "value_id", "type", "category", "relation", "stated", "comment",
		"to_ids", "confidence", "pain", "correlates", "published", "first_seen", "last_seen", "created", "modified", "expires",
		"state", "correction_id", "residue", "version", "deleted",
	}, claims); err != nil {
		return err
	}
	if err := db.d.Insert(ctx, q, "claim_value", []string{"value_id", "report_id", "claim_id", "part"}, values); err != nil {
		return err
	}
	if err := db.d.Insert(ctx, q, "claim_part", []string{"claim_id", "part", "value_id"}, parts); err != nil {
		return err
	}
	return db.d.Insert(ctx, q, "uuid_key", []string{"uuid", "item_id", "kind"}, uuids)
}

// insertMarks writes mentions, list hits and asset hits. A mention may be stated twice; once is enough.
func (db *DB) insertMarks(ctx context.Context, _ *aclNumbers, r report.Rows) error {
	type place struct {
		claim, document id.ID
		start           int64
	}
	seen := make(map[place]bool, len(r.Mentions))
	rows := make([][]any, 0, len(r.Mentions))
	for _, m := range r.Mentions {
		p := place{m.Claim, m.Document, m.Start}
		if !seen[p] {
			seen[p] = true
			rows = append(rows, []any{int64(m.Claim), int64(m.Document), m.Start, m.End})
		}
	}
	if err := db.d.Insert(ctx, db.q(ctx), "mention", []string{"claim_id", "document_id", "start", "stop"}, rows); err != nil {
		return err
	}
	for value, lists := range r.Listed {
		for _, list := range lists {
			if _, err := db.exec(ctx, "INSERT INTO listed(observable_id, list_id) VALUES(?,?) ON CONFLICT DO NOTHING", int64(value), int64(list)); err != nil {
				return err
			}
		}
	}
	for _, a := range r.AssetHits {
		if _, err := db.exec(ctx, "INSERT INTO asset_hit(asset_id, claim_id, report_id, how, created) VALUES(?,?,?,?,?) ON CONFLICT DO NOTHING",
			int64(a.Asset), int64(a.Claim), int64(a.Report), a.How, db.now()); err != nil {
			return err
		}
	}
	return nil
}

// insertStatements keeps STIX objects whole: an object that the source stated before in the same words is
// not kept twice; other words are a further revision.
func (db *DB) insertStatements(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	for _, st := range r.Statements {
		acl, err := acls.of(ctx, st.ACL)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(st.Body)
		item, rev, same, err := db.stated(ctx, st, digest[:16])
		if err != nil {
			return err
		}
		if same {
			continue
		}
		if item == 0 {
			item = st.Item
			if _, err := db.exec(ctx, "INSERT INTO entity(id, type, name, name_key, acl_id, created, version) VALUES(?,?,?,?,?,?,1)",
				int64(item), st.Type, st.Name, strings.ToLower(st.Name), acl, db.now()); err != nil {
				return err
			}
			if _, err := db.exec(ctx, "INSERT INTO alias_id(kind, value, item_id) VALUES('stix', ?, ?) ON CONFLICT DO NOTHING", st.StixID, int64(item)); err != nil {
				return err
			}
		}
		if _, err := db.exec(ctx, "INSERT INTO statement(item_id, source_id, rev, report_id, acl_id, type, stix_id, modified, props, digest, created) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
			int64(item), int64(st.Source), rev+1, idOrNull(st.Report), acl, st.Type, st.StixID, microNull(st.Modified), string(st.Body), digest[:16], db.now()); err != nil {
			return err
		}
	}
	return nil
}

// stated looks for earlier statements of the source about the same STIX id.
func (db *DB) stated(ctx context.Context, st report.Statement, digest []byte) (item id.ID, rev int64, same bool, err error) {
	err = db.each(ctx, "SELECT item_id, rev, digest, report_id FROM statement WHERE stix_id = ? AND source_id = ? ORDER BY rev", []any{st.StixID, int64(st.Source)}, func(rows *sql.Rows) error {
		var d []byte
		var in sql.NullInt64
		if err := rows.Scan(&item, &rev, &d, &in); err != nil {
			return err
		}
		same = same || string(d) == string(digest) && nullID(in) == st.Report
		return nil
	})
	return item, rev, same, err
}

func (db *DB) insertEdges(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	for _, e := range r.Relationships {
		acl, err := acls.of(ctx, e.ACL)
		if err != nil {
			return err
		}
		src, err := db.byStix(ctx, e.SourceRef)
		if err != nil {
			return err
		}
		dst, err := db.byStix(ctx, e.TargetRef)
		if err != nil {
			return err
		}
		if src == 0 || dst == 0 {
			continue // dangling: the statement keeps it whole until its ends arrive
		}
		if _, err := db.exec(ctx, "INSERT INTO relationship(id, uuid, type, src, dst, start, stop, confidence, report_id, source_id, acl_id, comment, residue, created, version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,1)",
			int64(e.ID), uuidOrNull(e.UUID), e.Type, int64(src), int64(dst), microNull(e.Start), microNull(e.Stop), e.Confidence, idOrNull(e.Report), int64(e.Source), acl, e.Comment, rawOrNull(e.Residue), db.now()); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) byStix(ctx context.Context, ref string) (id.ID, error) {
	var n id.ID
	err := db.row(ctx, "SELECT item_id FROM alias_id WHERE kind = 'stix' AND value = ? ORDER BY item_id LIMIT 1", ref).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func (db *DB) insertNotes(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	for _, n := range r.Notes {
		acl, err := acls.of(ctx, n.ACL)
		if err != nil {
			return err
		}
		if _, err := db.exec(ctx, "INSERT INTO note(id, uuid, item_id, kind, body, author, author_name, acl_id, created, modified, version) VALUES(?,?,?,?,?,?,?,?,?,?,1)",
			int64(n.ID), uuidOrNull(n.UUID), int64(n.Item), n.Kind, n.Body, int64(n.Author), n.By, acl, micro(n.Created), micro(n.Created)); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) insertSightings(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	for _, s := range r.Sightings {
		acl, err := acls.of(ctx, s.ACL)
		if err != nil {
			return err
		}
		if _, err := db.exec(ctx, "INSERT INTO sighting(id, uuid, value_id, claim_id, kind, seen, count, origin, org_id, acl_id, created) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
			int64(s.ID), uuidOrNull(s.UUID), int64(s.Value), idOrNull(s.Claim), s.Kind, micro(s.Seen), s.Count, s.Origin, int64(s.Org), acl, micro(s.Created)); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) insertRefusals(ctx context.Context, acls *aclNumbers, r report.Rows) error {
	if len(r.Quarantine) == 0 {
		return nil
	}
	acl, err := acls.of(ctx, r.ACL)
	if err != nil {
		return err
	}
	first, err := db.newIDs(ctx, len(r.Quarantine))
	if err != nil {
		return err
	}
	rows := make([][]any, len(r.Quarantine))
	for i, f := range r.Quarantine {
		rows[i] = []any{
			int64(first) + int64(i), idOrNull(r.Source), idOrNull(r.Report), acl, f.Stage, f.Item, f.Place, f.Code, f.Reason, jsonOrNull(f.Params, len(f.Params) > 0), hashOrNull(f.Blob), f.Payload, "open", db.now(),
		}
	}
	return db.d.Insert(ctx, db.q(ctx), "quarantine", []string{"id", "source_id", "report_id", "acl_id", "stage", "item", "place", "code", "reason", "params", "blob", "payload", "state", "created"}, rows)
}

// tag puts tags on items, adding unknown ones.
func (db *DB) tag(ctx context.Context, list []report.Tagging) error {
	numbers := map[string]id.ID{}
	acls := aclNumbers{db: db, known: map[string]int64{}}
	for _, t := range list {
		key := strings.ToLower(strings.TrimSpace(t.Name))
		if key == "" {
			continue
		}
		n, ok := numbers[key]
		if !ok {
			var err error
			if n, err = db.tagNumber(ctx, strings.TrimSpace(t.Name), key, t.Colour); err != nil {
				return err
			}
			numbers[key] = n
		}
		acl, err := acls.of(ctx, t.ACL)
		if err != nil {
			return err
		}
		if _, err := db.exec(ctx, "INSERT INTO tagging(tag_id, item_id, acl_id, local) VALUES(?,?,?,?) ON CONFLICT DO NOTHING", int64(n), int64(t.Item), acl, t.Local); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) tagNumber(ctx context.Context, name, key, colour string) (id.ID, error) {
	var n id.ID
	err := db.row(ctx, "SELECT id FROM tag WHERE name_key = ?", key).Scan(&n)
	if !errors.Is(err, sql.ErrNoRows) {
		return n, err
	}
	if n, err = db.newIDs(ctx, 1); err != nil {
		return 0, err
	}
	if _, err := db.exec(ctx, "INSERT INTO tag(id, name, name_key, colour, created, version) VALUES(?,?,?,?,?,1) ON CONFLICT(name_key) DO NOTHING", int64(n), name, key, colour, db.now()); err != nil {
		return 0, err
	}
	err = db.row(ctx, "SELECT id FROM tag WHERE name_key = ?", key).Scan(&n)
	return n, err
}
