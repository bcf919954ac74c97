package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vedette-ti/vedette/internal/reply"
)

var _ reply.Store = (*DB)(nil)

// Reserve implements reply.Store.
func (db *DB) Reserve(ctx context.Context, r reply.Row, before time.Time) (held reply.Row, fresh bool, err error) {
	err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		if _, err := db.exec(ctx, "DELETE FROM reply WHERE at < ?", micro(before)); err != nil {
			return err
		}
		n, err := db.exec(ctx, "INSERT INTO reply(key, print, at, done) VALUES(?,?,?,FALSE) ON CONFLICT DO NOTHING", r.Key, r.Print, micro(r.At))
		if err != nil {
			return err
		}
		if fresh = n > 0; fresh {
			held = r
			return nil
		}
		var at int64
		err = db.row(ctx, "SELECT key, print, at, done, sealed FROM reply WHERE key = ?", r.Key).Scan(&held.Key, &held.Print, &at, &held.Done, &held.Sealed)
		held.At = fromMicro(at)
		if errors.Is(err, sql.ErrNoRows) {
			held = reply.Row{Key: r.Key, Print: r.Print, At: r.At} // the other one was just released: it may be sent again
			return nil
		}
		return err
	})
	return held, fresh, err
}

// Settle implements reply.Store.
func (db *DB) Settle(ctx context.Context, key, sealed []byte) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "UPDATE reply SET done = TRUE, sealed = ? WHERE key = ?", bytesOrNull(sealed), key)
		return err
	})
}

// Release implements reply.Store.
func (db *DB) Release(ctx context.Context, key []byte) error {
	return db.inTx(ctx, func(ctx context.Context, _ Querier) error {
		_, err := db.exec(ctx, "DELETE FROM reply WHERE key = ? AND NOT done", key)
		return err
	})
}
