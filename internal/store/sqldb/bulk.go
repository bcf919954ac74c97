package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ report.Bulk = (*DB)(nil)

// Consume implements report.Bulk.
func (db *DB) Consume(ctx context.Context, consumer, message string) (bool, error) {
	n, err := db.exec(ctx, "INSERT INTO consumed(consumer, message_id, at) VALUES(?,?,?) ON CONFLICT DO NOTHING", consumer, message, db.now())
	return n == 1, err
}

// NewIDs implements report.Bulk.
func (db *DB) NewIDs(ctx context.Context, n int) (id.ID, error) { return db.newIDs(ctx, n) }

// SourceInfo implements report.Bulk.
func (db *DB) SourceInfo(ctx context.Context, source id.ID) (report.SourceInfo, error) {
	var si report.SourceInfo
	var label string
	var tags sql.NullString
	err := db.row(ctx, `SELECT s.org_id, s.publisher_id, p.name, a.label, s.accept, s.tags FROM source s
		JOIN publisher p ON p.id = s.publisher_id JOIN acl a ON a.id = s.claim_acl WHERE s.id = ?`, int64(source)).
		Scan(&si.Org, &si.Publisher.ID, &si.Publisher.Name, &label, &si.Accept, &tags)
	if errors.Is(err, sql.ErrNoRows) {
		return si, errs.New(errs.NotFound, "source_missing", "There is no source {id}.", "id", source)
	}
	if err != nil {
		return si, err
	}
	if err := jsonx.Unmarshal([]byte(label), &si.ACL); err != nil {
		return si, err
	}
	if tags.Valid && tags.String != "" {
		err = jsonx.Unmarshal([]byte(tags.String), &si.Tags)
	}
	return si, err
}

func keyHash(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:16]
}

// FindReport implements report.Bulk.
func (db *DB) FindReport(ctx context.Context, owner, source id.ID, key string, uuid id.UUID) (id.ID, error) {
	var n id.ID
	if key != "" {
		err := db.row(ctx, "SELECT report_id FROM delivery WHERE source_id = ? AND key_hash = ?", int64(source), keyHash(key)).Scan(&n)
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return n, err
		}
	}
	if uuid.IsZero() {
		return 0, nil
	}
	candidates, err := db.byUUID(ctx, uuid)
	if err != nil {
		return 0, err
	}
	for _, c := range candidates {
		var label string
		err := db.row(ctx, "SELECT a.label FROM report r JOIN acl a ON a.id = r.acl_id WHERE r.id = ?", int64(c)).Scan(&label)
		if errors.Is(err, sql.ErrNoRows) {
			continue // an item of another kind
		}
		var a sharing.ACL
		if err == nil {
			err = jsonx.Unmarshal([]byte(label), &a)
		}
		if err != nil {
			return 0, err
		}
		if a.Owner == owner {
			return c, nil
		}
	}
	return 0, nil
}

// byUUID returns the items that a UUID may name: foreign ones from the table, our own from its bits.
func (db *DB) byUUID(ctx context.Context, uuid id.UUID) ([]id.ID, error) {
	var out []id.ID
	err := db.each(ctx, "SELECT item_id FROM uuid_key WHERE uuid = ? ORDER BY item_id", []any{uuid[:]}, func(rows *sql.Rows) error {
		var n id.ID
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	})
	if own, ok := id.FromDerived(db.instance, uuid); ok {
		out = append(out, own)
	}
	return out, err
}

// FindContent implements report.Bulk.
func (db *DB) FindContent(ctx context.Context, source id.ID, blob blob.Hash) (id.ID, error) {
	var n id.ID
	err := db.row(ctx, `SELECT d.report_id FROM document d JOIN report r ON r.id = d.report_id
		WHERE d.blob = ? AND d.source_id = ? AND d.current AND d.parent_id IS NULL AND NOT r.deleted ORDER BY d.id LIMIT 1`, blob[:], int64(source)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// publisher interns a publisher by its folded name.
func (db *DB) publisher(ctx context.Context, p report.Publisher) (id.ID, error) {
	if p.ID != 0 {
		return p.ID, nil
	}
	key := strings.ToLower(strings.TrimSpace(p.Name))
	var n id.ID
	err := db.row(ctx, "SELECT id FROM publisher WHERE name_key = ?", key).Scan(&n)
	if !errors.Is(err, sql.ErrNoRows) {
		return n, err
	}
	if n, err = db.newIDs(ctx, 1); err != nil {
		return 0, err
	}
	if _, err := db.exec(ctx, "INSERT INTO publisher(id, name, name_key) VALUES(?,?,?) ON CONFLICT(name_key) DO NOTHING", int64(n), strings.TrimSpace(p.Name), key); err != nil {
		return 0, err
	}
	err = db.row(ctx, "SELECT id FROM publisher WHERE name_key = ?", key).Scan(&n)
	return n, err
}

// SaveReport implements report.Bulk.
func (db *DB) SaveReport(ctx context.Context, r *report.Report, key string, fresh bool) error {
	acl, err := db.InternACL(ctx, r.ACL)
	if err != nil {
		return err
	}
	if r.Publisher.ID, err = db.publisher(ctx, r.Publisher); err != nil {
		return err
	}
	if fresh {
		_, err = db.exec(ctx, `INSERT INTO report(id, uuid, kind, title, summary, lang, url, source_id, publisher_id, acl_id, published, observed, created, modified, state, residue, version)
			VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			int64(r.ID), uuidOrNull(r.UUID), string(r.Kind), r.Title, r.Summary, r.Lang, r.URL, int64(r.Source), int64(r.Publisher.ID), int64(acl), microNull(r.Published), microNull(r.Observed),
			micro(r.Created), micro(r.Modified), int(r.Progress), rawOrNull(r.Residue), r.Version)
		if err == nil && !r.UUID.IsZero() {
			err = db.keepUUID(ctx, r.UUID, r.ID, "report")
		}
	} else {
		_, err = db.exec(ctx, `UPDATE report SET title = ?, summary = ?, lang = ?, url = ?, acl_id = ?, published = ?, modified = ?, residue = ? WHERE id = ?`,
			r.Title, r.Summary, r.Lang, r.URL, int64(acl), microNull(r.Published), micro(r.Modified), rawOrNull(r.Residue), int64(r.ID))
	}
	if err != nil {
		return fmt.Errorf("report %d: %w", r.ID, err)
	}
	if key != "" {
		if _, err := db.exec(ctx, "INSERT INTO delivery(source_id, key_hash, report_id) VALUES(?,?,?) ON CONFLICT DO NOTHING", int64(r.Source), keyHash(key), int64(r.ID)); err != nil {
			return err
		}
	}
	taggings := make([]report.Tagging, len(r.Tags))
	for i, t := range r.Tags {
		taggings[i] = report.Tagging{Item: r.ID, Name: t.Name, Colour: t.Colour, Local: t.Local, ACL: r.ACL}
	}
	return db.tag(ctx, taggings)
}

func (db *DB) keepUUID(ctx context.Context, uuid id.UUID, item id.ID, kind string) error {
	_, err := db.exec(ctx, "INSERT INTO uuid_key(uuid, item_id, kind) VALUES(?,?,?) ON CONFLICT DO NOTHING", uuid[:], int64(item), kind)
	return err
}

// SaveDocuments implements report.Bulk.
func (db *DB) SaveDocuments(ctx context.Context, docs []report.Document) error {
	rows := make([][]any, len(docs))
	for i, d := range docs {
		if _, err := db.exec(ctx, "UPDATE document SET current = ? WHERE report_id = ? AND item_key = ? AND current", false, int64(d.Report), d.Key); err != nil {
			return err
		}
		rows[i] = []any{
			int64(d.ID), int64(d.Report), idOrNull(d.Parent), int64(d.Source), d.Key, d.Name, d.MediaType, d.URL, d.Blob[:], d.Size, hashOrNull(d.TextBlob), d.TextSize,
			d.Parser, d.Charset, d.Lang, jsonOrNull(d.Meta, len(d.Meta) > 0), rawOrNull(d.Sections), rawOrNull(d.Warnings), jsonOrNull(d.Suppressed, len(d.Suppressed) > 0),
			micro(d.Created), microNull(d.Published), d.Current,
		}
	}
	return db.d.Insert(ctx, db.q(ctx), "document", []string{
		"id", "report_id", "parent_id", "source_id", "item_key", "name", "media_type", "url", "blob", "size", "text_blob", "text_size",
		"parser", "charset", "lang", "meta", "sections", "warnings", "suppressed", "created", "published", "current",
	}, rows)
}

// lookupChunk is how many values one look-up statement takes.
const lookupChunk = 500

// ResolveValues implements report.Bulk. values must be distinct.
func (db *DB) ResolveValues(ctx context.Context, values []observable.Value) ([]id.ID, int, error) {
	ids := make([]id.ID, len(values))
	keys := make([][]byte, len(values))
	at := make(map[[16]byte]int, len(values))
	for i, v := range values {
		k := v.Key()
		keys[i] = k[:]
		at[k] = i
	}
	if err := db.lookup(ctx, keys, func(key [16]byte, n id.ID) { ids[at[key]] = n }); err != nil {
		return nil, 0, err
	}
	var missing []int
	for i := range ids {
		if ids[i] == 0 {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return ids, 0, nil
	}
	first, err := db.newIDs(ctx, len(missing))
	if err != nil {
		return nil, 0, err
	}
	for j, i := range missing {
		ids[i] = first + id.ID(j)
	}
	return ids, len(missing), db.insertValues(ctx, values, keys, ids, missing)
}

// lookup finds the ids of value keys.
func (db *DB) lookup(ctx context.Context, keys [][]byte, found func(key [16]byte, n id.ID)) error {
	for start := 0; start < len(keys); start += lookupChunk {
		in, arg := db.d.InBytes(keys[start:min(start+lookupChunk, len(keys))])
		err := db.each(ctx, "SELECT vhash, id FROM observable WHERE vhash "+in, []any{arg}, func(rows *sql.Rows) error {
			var key sql.RawBytes
			var n int64
			if err := rows.Scan(&key, &n); err != nil {
				return err
			}
			found([16]byte(key), id.ID(n))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) insertValues(ctx context.Context, values []observable.Value, keys [][]byte, ids []id.ID, missing []int) error {
	rows := make([][]any, 0, len(missing))
	var nets, kin [][]any
	lengths := map[uint8]bool{}
	for _, i := range missing {
		v := values[i]
		rows = append(rows, []any{int64(ids[i]), int64(v.Type), keys[i], v.Text})
		if plen, lo, ok := v.Net(); ok {
			nets = append(nets, []any{int64(plen), bytesOf(lo), int64(ids[i])})
			lengths[plen] = true
		}
		if domain, ok := v.Kin(); ok {
			kin = append(kin, []any{domain, int64(ids[i])})
		}
	}
	q := db.q(ctx)
	if err := db.d.Insert(ctx, q, "observable", []string{"id", "class", "vhash", "value"}, rows); err != nil {
		return err
	}
	if err := db.d.Insert(ctx, q, "net_key", []string{"plen", "lo", "observable_id"}, nets); err != nil {
		return err
	}
	for plen := range lengths {
		if _, err := db.exec(ctx, "INSERT INTO net_length(plen) VALUES(?) ON CONFLICT DO NOTHING", int64(plen)); err != nil {
			return err
		}
	}
	return db.d.Insert(ctx, q, "kin_key", []string{"domain", "observable_id"}, kin)
}

func bytesOf(b [16]byte) []byte { return b[:] }

func uuidOrNull(u id.UUID) any {
	if u.IsZero() {
		return nil
	}
	return u[:]
}

func hashOrNull(h blob.Hash) any {
	if h == (blob.Hash{}) {
		return nil
	}
	return h[:]
}

func jsonOrNull(v any, present bool) any {
	if !present {
		return nil
	}
	b, err := jsonx.Marshal(v)
	if err != nil {
		return nil
	}
	return string(b)
}
