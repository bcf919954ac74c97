package sqldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var _ playbook.Store = (*DB)(nil)

const playbookColumns = "b.id, b.org_id, b.name, b.body, b.enabled, b.last_error, b.created, b.modified, b.version, b.deleted"

func scanPlaybook(row interface{ Scan(...any) error }) (playbook.Playbook, error) {
	var b playbook.Playbook
	var created, modified int64
	err := row.Scan(&b.ID, &b.Org, &b.Name, &b.Body, &b.Enabled, &b.Error, &created, &modified, &b.Version, &b.Deleted)
	b.Created, b.Modified = fromMicro(created), fromMicro(modified)
	return b, err
}

// InsertPlaybook implements playbook.Store.
func (db *DB) InsertPlaybook(ctx context.Context, b *playbook.Playbook) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	now := db.now()
	b.ID, b.Created, b.Modified, b.Version = n, fromMicro(now), fromMicro(now), 1
	_, err = db.exec(ctx, "INSERT INTO playbook(id, org_id, name, name_key, body, enabled, last_error, created, modified, version) VALUES(?,?,?,?,?,?,?,?,?,1)",
		int64(n), int64(b.Org), b.Name, naming.Fold(b.Name), b.Body, b.Enabled, b.Error, now, now)
	return err
}

// UpdatePlaybook implements playbook.Store.
func (db *DB) UpdatePlaybook(ctx context.Context, b *playbook.Playbook) error {
	now := db.now()
	n, err := db.exec(ctx, "UPDATE playbook SET name = ?, name_key = ?, body = ?, enabled = ?, last_error = ?, modified = ?, deleted = ?, version = version + 1 WHERE id = ? AND version = ?",
		b.Name, naming.Fold(b.Name), b.Body, b.Enabled, b.Error, now, b.Deleted, int64(b.ID), b.Version)
	if err != nil {
		return err
	}
	b.Modified = fromMicro(now)
	b.Version++
	return db.versioned(ctx, n, "playbook", "playbook", b.ID)
}

// Playbook implements playbook.Store.
func (db *DB) Playbook(ctx context.Context, s sharing.Scope, n id.ID) (playbook.Playbook, error) {
	b, err := scanPlaybook(db.row(ctx, "SELECT "+playbookColumns+" FROM playbook b WHERE b.id = ? AND "+ownOrg(s, "b.org_id"), int64(n)))
	return b, missing(err, "playbook", n)
}

// Playbooks implements playbook.Store.
func (db *DB) Playbooks(ctx context.Context, s sharing.Scope, f playbook.Filter, p report.Page) ([]playbook.Playbook, string, error) {
	var w where
	w.and(ownOrg(s, "b.org_id"))
	w.and(not(!f.Deleted) + "b.deleted")
	if f.Org != 0 {
		w.and("b.org_id = ?", int64(f.Org))
	}
	if f.Enabled != nil {
		w.and("b.enabled = ?", *f.Enabled)
	}
	if f.Match != "" {
		w.and(`b.name_key LIKE ? ESCAPE '\'`, likeAny(naming.Fold(f.Match)))
	}
	return listByName(ctx, db, "SELECT "+playbookColumns+" FROM playbook b", "playbook", "b", w, p, func(rows *sql.Rows) (playbook.Playbook, id.ID, error) {
		b, err := scanPlaybook(rows)
		return b, b.ID, err
	})
}

// PlaybookStamp implements playbook.Store. Versions only grow, so that their sum changes with every edit.
func (db *DB) PlaybookStamp(ctx context.Context, s sharing.Scope, org id.ID) (string, error) {
	var count, versions int64
	err := db.row(ctx, "SELECT COUNT(*), COALESCE(SUM(version), 0) FROM playbook b WHERE b.org_id = ? AND "+ownOrg(s, "b.org_id"), int64(org)).Scan(&count, &versions)
	return fmt.Sprint(count, ".", versions), err
}

// SetPlaybookError implements playbook.Store. It is the machine's note, no edit.
func (db *DB) SetPlaybookError(ctx context.Context, n id.ID, text string) error {
	_, err := db.exec(ctx, "UPDATE playbook SET last_error = ? WHERE id = ? AND last_error <> ?", text, int64(n), text)
	return err
}
