package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

var _ source.Store = (*DB)(nil)

const sourceColumns = `s.id, s.uuid, s.kind, s.name, s.org_id, a.label, p.name, s.plane, s.reliability, s.config, s.secret_names, s.schedule, s.enabled, s.builtin, s.accept,
	ca.label, s.tags, s.options, s.created, s.modified, s.version, s.deleted,
	st.next_run, COALESCE(st.failures, 0), st.last_run, st.last_success, st.last_item, st.failing_since, COALESCE(st.last_error, ''), COALESCE(st.lease_owner, ''), COALESCE(st.lease_until, 0)`

const sourceFrom = ` FROM source s JOIN acl a ON a.id = s.acl_id JOIN acl ca ON ca.id = s.claim_acl JOIN publisher p ON p.id = s.publisher_id
	LEFT JOIN source_state st ON st.source_id = s.id`

func scanSource(row interface{ Scan(...any) error }) (source.Source, error) {
	var s source.Source
	var uuid []byte
	var label, claimLabel, config string
	var names, tags, options sql.NullString
	var created, modified, lease int64
	var next, run, success, item, failing sql.NullInt64
	var reliability int
	err := row.Scan(&s.ID, &uuid, &s.Kind, &s.Name, &s.Org, &label, &s.Publisher, &s.Plane, &reliability, &config, &names, &s.Schedule, &s.Enabled, &s.Builtin, &s.Accept,
		&claimLabel, &tags, &options, &created, &modified, &s.Version, &s.Deleted,
		&next, &s.State.Failures, &run, &success, &item, &failing, &s.State.LastError, &s.State.LeaseOwner, &lease)
	if err != nil {
		return s, err
	}
	s.UUID, s.Created, s.Modified, s.Config = asUUID(uuid), fromMicro(created), fromMicro(modified), jsonx.Raw(config)
	s.Reliability = reliabilityOf(reliability)
	s.State.NextRun, s.State.LastRun, s.State.LastSuccess, s.State.LastItem = nullMicro(next), nullMicro(run), nullMicro(success), nullMicro(item)
	s.State.FailingSince, s.State.LeaseUntil = nullMicro(failing), fromMicro(lease)
	s.Tags, s.SecretsSet = []string{}, []string{}
	return s, errors.Join(jsonx.Unmarshal([]byte(label), &s.ACL), jsonx.Unmarshal([]byte(claimLabel), &s.ClaimACL),
		nullJSON(names, &s.SecretsSet), nullJSON(tags, &s.Tags), nullJSON(options, &s.Options))
}

// nullJSON reads a JSON column; NULL leaves v as it is.
func nullJSON(s sql.NullString, v any) error {
	if !s.Valid || s.String == "" {
		return nil
	}
	return jsonx.Unmarshal([]byte(s.String), v)
}

// sourceRow returns the values of the columns that InsertSource and UpdateSource share, in the order of sourceSet.
func (db *DB) sourceRow(ctx context.Context, s *source.Source) ([]any, error) {
	acl, err := db.InternACL(ctx, s.ACL)
	if err != nil {
		return nil, err
	}
	claims, err := db.InternACL(ctx, s.ClaimACL)
	if err != nil {
		return nil, err
	}
	publisher, err := db.publisher(ctx, report.Publisher{Name: s.Publisher})
	if err != nil {
		return nil, err
	}
	options, err := jsonx.Marshal(s.Options)
	if err != nil {
		return nil, err
	}
	return []any{
		s.Kind, s.Name, naming.Fold(s.Name), int64(s.Org), int64(acl), int64(publisher), string(s.Plane), int(s.Reliability), string(s.Config), s.Schedule, s.Enabled,
		s.Builtin, int(s.Accept), int64(claims), jsonOrNull(s.Tags, len(s.Tags) > 0), string(options), micro(s.Modified), s.Deleted,
	}, nil
}

const sourceSet = "kind, name, name_key, org_id, acl_id, publisher_id, plane, reliability, config, schedule, enabled, builtin, accept, claim_acl, tags, options, modified, deleted"

// InsertSource implements source.Sources.
func (db *DB) InsertSource(ctx context.Context, s *source.Source, next time.Time) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	now := db.now()
	s.ID, s.Created, s.Modified, s.Version = n, fromMicro(now), fromMicro(now), 1
	s.UUID = db.newUUID(s.UUID, n, now)
	values, err := db.sourceRow(ctx, s)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, "INSERT INTO source("+sourceSet+", id, uuid, created, version) VALUES("+questions(len(values)+4)+")", append(values, int64(n), s.UUID[:], now, 1)...)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, "INSERT INTO source_state(source_id, next_run) VALUES(?,?)", int64(n), microNull(next))
	return err
}

// UpdateSource implements source.Sources.
func (db *DB) UpdateSource(ctx context.Context, s *source.Source) error {
	s.Modified = fromMicro(db.now())
	values, err := db.sourceRow(ctx, s)
	if err != nil {
		return err
	}
	n, err := db.exec(ctx, "UPDATE source SET "+strings.ReplaceAll(sourceSet, ",", " = ?,")+" = ?, version = version + 1 WHERE id = ? AND version = ?", append(values, int64(s.ID), s.Version)...)
	if err != nil {
		return err
	}
	s.Version++
	return db.versioned(ctx, n, "source", "source", s.ID)
}

// SetSourceSecrets implements source.Sources.
func (db *DB) SetSourceSecrets(ctx context.Context, n id.ID, sealed []byte, names []string) error {
	_, err := db.exec(ctx, "UPDATE source SET secrets = ?, secret_names = ? WHERE id = ?", bytesOrNull(sealed), jsonOrNull(names, len(names) > 0), int64(n))
	return err
}

// SourceSecrets implements source.Sources.
func (db *DB) SourceSecrets(ctx context.Context, s sharing.Scope, n id.ID) ([]byte, error) {
	sees, err := db.sees(ctx, s, "acl_id")
	if err != nil {
		return nil, err
	}
	var sealed []byte
	err = db.row(ctx, "SELECT secrets FROM source WHERE id = ? AND "+sees, int64(n)).Scan(&sealed)
	return sealed, missing(err, "source", n)
}

// Source implements source.Sources.
func (db *DB) Source(ctx context.Context, s sharing.Scope, n id.ID) (source.Source, error) {
	sees, err := db.sees(ctx, s, "s.acl_id")
	if err != nil {
		return source.Source{}, err
	}
	src, err := scanSource(db.row(ctx, "SELECT "+sourceColumns+sourceFrom+" WHERE s.id = ? AND "+sees, int64(n)))
	return src, missing(err, "source", n)
}

// BuiltinSource implements source.Sources.
func (db *DB) BuiltinSource(ctx context.Context, s sharing.Scope, org id.ID, kind string) (source.Source, error) {
	sees, err := db.sees(ctx, s, "s.acl_id")
	if err != nil {
		return source.Source{}, err
	}
	src, err := scanSource(db.row(ctx, "SELECT "+sourceColumns+sourceFrom+" WHERE s.org_id = ? AND s.kind = ? AND s.builtin AND "+sees, int64(org), kind))
	return src, missingNamed(err, "source", kind)
}

// Sources implements source.Sources.
func (db *DB) Sources(ctx context.Context, s sharing.Scope, f source.Filter, p report.Page) ([]source.Source, string, error) {
	sees, err := db.sees(ctx, s, "s.acl_id")
	if err != nil {
		return nil, "", err
	}
	var w where
	w.and(sees)
	w.and(not(!f.Deleted) + "s.deleted")
	if f.Match != "" {
		w.and(`s.name_key LIKE ? ESCAPE '\'`, likeAny(naming.Fold(f.Match)))
	}
	if f.Kind != "" {
		w.and("s.kind = ?", f.Kind)
	}
	if f.Org != 0 {
		w.and("s.org_id = ?", int64(f.Org))
	}
	if f.Plane != "" {
		w.and("s.plane = ?", string(f.Plane))
	}
	if f.Enabled != nil {
		w.and("s.enabled = ?", *f.Enabled)
	}
	if f.Tag != "" {
		w.and(`lower(s.tags) LIKE ? ESCAPE '\'`, likeJSON(strings.ToLower(f.Tag)))
	}
	if f.Preset != "" {
		w.and(`s.options LIKE ? ESCAPE '\'`, `%"preset":`+likeJSON(f.Preset)[1:])
	}
	if len(f.IDs) > 0 {
		in, arg := db.d.In(int64s(f.IDs))
		w.and("s.id "+in, arg)
	}
	return listByName(ctx, db, "SELECT "+sourceColumns+sourceFrom, "source", "s", w, p, func(rows *sql.Rows) (source.Source, id.ID, error) {
		src, err := scanSource(rows)
		return src, src.ID, err
	})
}

// likeJSON is the pattern of a JSON text that holds s as a whole string.
func likeJSON(s string) string {
	quoted, err := jsonx.Marshal(s)
	if err != nil {
		quoted = []byte(`""`)
	}
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(string(quoted)) + "%"
}

// listByName reads a page in the order of name_key.
func listByName[T any](ctx context.Context, db *DB, query, table, alias string, w where, p report.Page, scan func(*sql.Rows) (T, id.ID, error)) ([]T, string, error) {
	if p.Cursor != "" {
		_, n, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		w.and("("+alias+".name_key, "+alias+".id) > (SELECT name_key, id FROM "+table+" WHERE id = ?)", n)
	}
	return listPage(ctx, db, query+" WHERE "+w.clause()+" ORDER BY "+alias+".name_key, "+alias+".id", w.args, p, scan)
}

// listNewest reads a page in descending order of ids.
func listNewest[T any](ctx context.Context, db *DB, query, alias string, w where, p report.Page, scan func(*sql.Rows) (T, id.ID, error)) ([]T, string, error) {
	if p.Cursor != "" {
		_, n, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		w.and(alias+".id < ?", n)
	}
	return listPage(ctx, db, query+" WHERE "+w.clause()+" ORDER BY "+alias+".id DESC", w.args, p, scan)
}

func listPage[T any](ctx context.Context, db *DB, query string, args []any, p report.Page, scan func(*sql.Rows) (T, id.ID, error)) ([]T, string, error) {
	limit := pageLimit(p)
	out, last := []T{}, id.ID(0)
	more := false
	err := db.each(ctx, query+" LIMIT ?", append(args, limit+1), func(rows *sql.Rows) error {
		v, n, err := scan(rows)
		if err != nil {
			return err
		}
		if more = len(out) == limit; !more {
			out, last = append(out, v), n
		}
		return nil
	})
	if err != nil || !more {
		return out, "", err
	}
	return out, cursor(0, last), nil
}

// LockSources implements source.Sources.
func (db *DB) LockSources(ctx context.Context) error { return db.d.Lock(ctx, db.q(ctx), "source") }
