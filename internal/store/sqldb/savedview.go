package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// InsertSavedView implements account.ViewStore.
func (db *DB) InsertSavedView(ctx context.Context, v *account.View) error {
	n, err := db.newIDs(ctx, 1)
	if err != nil {
		return err
	}
	v.ID, v.Version = n, 1
	_, err = db.exec(ctx, "INSERT INTO saved_view(id, account_id, page, name, query, shared, version) VALUES(?,?,?,?,?,?,1)",
		int64(n), int64(v.User), v.Page, v.Name, v.Query, v.Shared)
	return err
}

// UpdateSavedView implements account.ViewStore.
func (db *DB) UpdateSavedView(ctx context.Context, v *account.View) error {
	n, err := db.exec(ctx, "UPDATE saved_view SET name = ?, query = ?, shared = ?, version = version + 1 WHERE id = ? AND version = ?",
		v.Name, v.Query, v.Shared, int64(v.ID), v.Version)
	if err != nil {
		return err
	}
	if err := db.versioned(ctx, n, "saved_view", "saved_view", v.ID); err != nil {
		return err
	}
	v.Version++
	return nil
}

// DeleteSavedView implements account.ViewStore.
func (db *DB) DeleteSavedView(ctx context.Context, n id.ID, version int64) error {
	rows, err := db.exec(ctx, "DELETE FROM saved_view WHERE id = ? AND version = ?", int64(n), version)
	if err != nil {
		return err
	}
	return db.versioned(ctx, rows, "saved_view", "saved_view", n)
}

// views lists those that the scope may see: the user's own, and the organisation's shared ones.
func (db *DB) views(ctx context.Context, s sharing.Scope, w where) ([]account.View, error) {
	if s.Denies() {
		return nil, nil
	}
	if _, sys := s.IsSystem(); !sys {
		w.and("(v.account_id = ? OR v.shared AND a.org_id = ?)", int64(s.User()), int64(s.Org()))
	}
	var out []account.View
	err := db.each(ctx, "SELECT v.id, v.account_id, a.email, v.page, v.name, v.query, v.shared, v.version FROM saved_view v JOIN account a ON a.id = v.account_id WHERE "+
		w.clause()+" ORDER BY v.page, v.name, v.id", w.args, func(rows *sql.Rows) error {
		var v account.View
		err := rows.Scan(&v.ID, &v.User, &v.Author, &v.Page, &v.Name, &v.Query, &v.Shared, &v.Version)
		out = append(out, v)
		return err
	})
	return out, err
}

// SavedView implements account.ViewStore.
func (db *DB) SavedView(ctx context.Context, s sharing.Scope, n id.ID) (account.View, error) {
	var w where
	w.and("v.id = ?", int64(n))
	list, err := db.views(ctx, s, w)
	if err == nil && len(list) == 0 {
		err = missing(sql.ErrNoRows, "saved_view", n)
	}
	if err != nil {
		return account.View{}, err
	}
	return list[0], nil
}

// SavedViews implements account.ViewStore.
func (db *DB) SavedViews(ctx context.Context, s sharing.Scope, page string) ([]account.View, error) {
	var w where
	if page != "" {
		w.and("v.page = ?", page)
	}
	return db.views(ctx, s, w)
}
