package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Setting returns a named value of the installation; errs.NotFound when it was never set.
func (db *DB) Setting(ctx context.Context, name string) (string, error) {
	var v string
	err := db.row(ctx, "SELECT value FROM setting WHERE name = ?", name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errs.New(errs.NotFound, "setting_missing", "There is no setting {name}.", "name", name)
	}
	return v, err
}

// SetSetting stores a named value.
func (db *DB) SetSetting(ctx context.Context, name, value string) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "INSERT INTO setting(name, value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value = excluded.value", name, value)
		return err
	})
}
