package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
)

// versioned checks the result of "UPDATE … WHERE id = ? AND version = ?" on a table: no row means stale or
// not found.
func (db *DB) versioned(ctx context.Context, rows int64, table, kind string, item id.ID) error {
	if rows > 0 {
		return nil
	}
	var one int
	err := db.row(ctx, "SELECT 1 FROM "+table+" WHERE id = ?", int64(item)).Scan(&one)
	if err != nil {
		return missing(err, kind, item)
	}
	return db.stale(ctx, kind, item)
}

// missing turns "no rows" into errs.NotFound; other errors pass.
func missing(err error, kind string, item id.ID) error { return missingNamed(err, kind, item.String()) }

// missingNamed is missing for things looked up by another name than their id.
func missingNamed(err error, kind, name string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errs.New(errs.NotFound, kind+"_missing", "There is no {kind} {name}, or you may not see it.", "kind", kind, "name", name)
	}
	return err
}
