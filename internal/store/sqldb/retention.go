package sqldb

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/quarantine"
)

// What retention removes for good. Each call is one short transaction, so that writers are not held up.

// PurgeQuarantine implements quarantine.Store.
func (db *DB) PurgeQuarantine(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.purge(ctx, "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE state <> ? AND resolved < ? LIMIT ?)", string(quarantine.Open), micro(before), limit)
}

// PurgeFetches implements share.Exports.
func (db *DB) PurgeFetches(ctx context.Context, before time.Time, limit int) (int64, error) {
	return db.purge(ctx, "DELETE FROM export_fetch WHERE id IN (SELECT id FROM export_fetch WHERE at < ? LIMIT ?)", micro(before), limit)
}

func (db *DB) purge(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		n, err = db.exec(ctx, text, args...)
		return err
	})
	return n, err
}
