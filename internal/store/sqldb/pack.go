package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

var _ taxonomy.PackStore = (*DB)(nil)

const packColumns = "id, kind, name, version, enabled, category, blob, entries, meta, installed"

func scanPack(scan func(...any) error) (taxonomy.Pack, error) {
	var p taxonomy.Pack
	var blob []byte
	var meta sql.NullString
	var installed int64
	if err := scan(&p.ID, &p.Kind, &p.Name, &p.Version, &p.Enabled, &p.Category, &blob, &p.Entries, &meta, &installed); err != nil {
		return p, err
	}
	copy(p.Blob[:], blob)
	p.Installed = fromMicro(installed)
	if !meta.Valid {
		return p, nil
	}
	return p, jsonx.Unmarshal([]byte(meta.String), &p.Meta)
}

// Packs implements taxonomy.PackStore.
func (db *DB) Packs(ctx context.Context, s sharing.Scope, kind string) ([]taxonomy.Pack, error) {
	if s.Denies() {
		return nil, nil
	}
	var out []taxonomy.Pack
	err := db.each(ctx, "SELECT "+packColumns+" FROM pack WHERE ? = '' OR kind = ? ORDER BY kind, name", []any{kind, kind}, func(rows *sql.Rows) error {
		p, err := scanPack(rows.Scan)
		out = append(out, p)
		return err
	})
	return out, err
}

// Pack implements taxonomy.PackStore.
func (db *DB) Pack(ctx context.Context, s sharing.Scope, n id.ID) (taxonomy.Pack, error) {
	missing := errs.New(errs.NotFound, "pack_missing", "There is no pack {id}.", "id", n)
	if s.Denies() {
		return taxonomy.Pack{}, missing
	}
	p, err := scanPack(db.row(ctx, "SELECT "+packColumns+" FROM pack WHERE id = ?", int64(n)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return p, missing
	}
	return p, err
}

// SavePacks implements taxonomy.PackStore.
func (db *DB) SavePacks(ctx context.Context, packs []taxonomy.Pack) error {
	fresh := 0
	for _, p := range packs {
		if p.ID == 0 {
			fresh++
		}
	}
	return db.inTx(ctx, func(ctx context.Context, q Querier) error {
		next, err := db.newIDs(ctx, fresh)
		if err != nil {
			return err
		}
		var rows [][]any
		for i := range packs {
			p := &packs[i]
			meta, err := jsonx.Marshal(p.Meta)
			if err != nil {
				return err
			}
			if p.ID != 0 {
				_, err = db.exec(ctx, "UPDATE pack SET version = ?, enabled = ?, category = ?, blob = ?, entries = ?, meta = ?, installed = ? WHERE id = ?",
					p.Version, p.Enabled, p.Category, p.Blob[:], p.Entries, string(meta), micro(p.Installed), int64(p.ID))
				if err != nil {
					return err
				}
				continue
			}
			p.ID = next
			next++
			rows = append(rows, []any{int64(p.ID), p.Kind, p.Name, p.Version, p.Enabled, p.Category, p.Blob[:], p.Entries, string(meta), micro(p.Installed)})
		}
		if len(rows) == 0 {
			return nil
		}
		return db.d.Insert(ctx, q, "pack", []string{"id", "kind", "name", "version", "enabled", "category", "blob", "entries", "meta", "installed"}, rows)
	})
}

// RemovePack implements taxonomy.PackStore.
func (db *DB) RemovePack(ctx context.Context, n id.ID) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		if _, err := db.exec(ctx, "DELETE FROM listed WHERE list_id = ?", int64(n)); err != nil {
			return err
		}
		_, err := db.exec(ctx, "DELETE FROM pack WHERE id = ?", int64(n))
		return err
	})
}
