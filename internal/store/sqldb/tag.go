package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

var _ taxonomy.TagStore = (*DB)(nil)

// tagSelect lists tags that the scope may see: made by hand, or on an item that it sees.
func (db *DB) tagSelect(ctx context.Context, s sharing.Scope) (text string, err error) {
	sees, err := db.sees(ctx, s, "g.acl_id")
	if err != nil {
		return "", err
	}
	visible := "(t.org_id IS NOT NULL OR EXISTS (SELECT 1 FROM tagging g WHERE g.tag_id = t.id AND " + sees + "))"
	if sees == "TRUE" {
		visible = sees
	}
	return `SELECT t.id, t.name, t.colour, t.description, t.org_id, t.created, t.version,
		(SELECT COUNT(DISTINCT g.item_id) FROM tagging g WHERE g.tag_id = t.id AND ` + sees + `) FROM tag t WHERE ` + visible, nil
}

func scanTag(scan func(...any) error) (taxonomy.Tag, error) {
	var t taxonomy.Tag
	var org sql.NullInt64
	var created int64
	err := scan(&t.ID, &t.Name, &t.Colour, &t.Description, &org, &created, &t.Version, &t.Uses)
	t.Org, t.Created = nullID(org), fromMicro(created)
	return t, err
}

// Tags implements taxonomy.TagStore.
func (db *DB) Tags(ctx context.Context, s sharing.Scope, q taxonomy.TagQuery) ([]taxonomy.Tag, error) {
	if s.Denies() {
		return nil, nil
	}
	text, err := db.tagSelect(ctx, s)
	if err != nil {
		return nil, err
	}
	args := []any{q.After}
	text += " AND t.name_key > ?"
	if q.Contains != "" {
		text += ` AND t.name_key LIKE ? ESCAPE '!'`
		args = append(args, "%"+likeEscape(taxonomy.TagKey(q.Contains))+"%")
	}
	var out []taxonomy.Tag
	err = db.each(ctx, text+" ORDER BY t.name_key LIMIT ?", append(args, q.Limit), func(rows *sql.Rows) error {
		t, err := scanTag(rows.Scan)
		out = append(out, t)
		return err
	})
	return out, err
}

// Tag implements taxonomy.TagStore.
func (db *DB) Tag(ctx context.Context, s sharing.Scope, name string) (taxonomy.Tag, error) {
	missing := errs.New(errs.NotFound, "tag_missing", "There is no tag {name}.", "name", name)
	if s.Denies() {
		return taxonomy.Tag{}, missing
	}
	text, err := db.tagSelect(ctx, s)
	if err != nil {
		return taxonomy.Tag{}, err
	}
	t, err := scanTag(db.row(ctx, text+" AND t.name_key = ?", taxonomy.TagKey(name)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return t, missing
	}
	return t, err
}

// InsertTag implements taxonomy.TagStore.
func (db *DB) InsertTag(ctx context.Context, t *taxonomy.Tag) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err := db.tagNumber(ctx, t.Name, taxonomy.TagKey(t.Name), "")
		if err != nil {
			return err
		}
		changed, err := db.exec(ctx, "UPDATE tag SET org_id = ?, colour = ?, description = ? WHERE id = ? AND org_id IS NULL",
			idOrNull(t.Org), t.Colour, t.Description, int64(n))
		if err != nil {
			return err
		}
		if changed == 0 {
			return errs.New(errs.Conflict, "tag_exists", "The tag {name} exists already.", "name", t.Name)
		}
		t.ID = n
		return nil
	})
}

// UpdateTag implements taxonomy.TagStore.
func (db *DB) UpdateTag(ctx context.Context, t *taxonomy.Tag) error {
	n, err := db.exec(ctx, "UPDATE tag SET colour = ?, description = ?, version = version + 1 WHERE id = ? AND version = ?",
		t.Colour, t.Description, int64(t.ID), t.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.New(errs.Conflict, "stale", "The tag {name} was changed by somebody else meanwhile; read it again.", "name", t.Name)
	}
	t.Version++
	return nil
}
