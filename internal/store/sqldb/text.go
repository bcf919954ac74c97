package sqldb

import (
	"context"
	"database/sql"

	"github.com/vedette-ti/vedette/internal/id"
)

// IndexTokens replaces the tokens (query.Tokens) that full-text search knows of a report; empty ones remove it.
func (db *DB) IndexTokens(ctx context.Context, report id.ID, title, body string) error {
	return db.inTx(ctx, func(ctx context.Context, q Querier) error {
		return db.d.Search().IndexReport(ctx, q, int64(report), title, body)
	})
}

const valueConsumer = "value-index"

// IndexNewValues adds the values that came since the last call to the substring index.
func (db *DB) IndexNewValues(ctx context.Context) error {
	for {
		more, err := db.indexValues(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// valueWindow is how many ids one step of the substring index covers.
const valueWindow = 20_000

func (db *DB) indexValues(ctx context.Context) (more bool, err error) {
	from, err := db.Position(ctx, valueConsumer)
	if err != nil {
		return false, err
	}
	var last sql.NullInt64
	err = db.row(ctx, "SELECT MAX(id) FROM (SELECT id FROM observable WHERE id > ? ORDER BY id LIMIT ?) w", from, valueWindow).Scan(&last)
	if err != nil || !last.Valid {
		return false, err
	}
	err = db.inTx(ctx, func(ctx context.Context, q Querier) error {
		if err := db.d.Search().IndexValues(ctx, q, from, last.Int64); err != nil {
			return err
		}
		return db.Advance(ctx, valueConsumer, last.Int64)
	})
	return err == nil, err
}
