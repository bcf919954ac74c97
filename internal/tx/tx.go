// Package tx owns the one way in which nouns share a transaction: a Runner opens it, hides it
// in the context, and stores find it there. It owns no SQL.
package tx

import "context"

// Runner runs fn inside one read-write transaction. Nested calls join the outer one. When fn
// returns an error nothing of it is kept; when it returns nil the work is on disk (fully
// synced) before Run returns. fn may run again after a serialisation conflict, so it must
// have no effect outside the transaction.
type Runner interface {
	Run(ctx context.Context, fn func(ctx context.Context) error) error
}

type bulkKey struct{}

// Bulk marks the context of a large write (thousands of rows): a Runner that groups small transactions
// gives it one of its own.
func Bulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey{}, true) }

// IsBulk reports whether Bulk marked the context.
func IsBulk(ctx context.Context) bool { return ctx.Value(bulkKey{}) != nil }
