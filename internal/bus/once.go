package bus

import (
	"context"

	"github.com/vedette-ti/vedette/internal/tx"
)

// Ledger remembers which messages a consumer has had its effect for; the store keeps it beside the effects.
type Ledger interface {
	// Consumed records a message of a consumer in the transaction of ctx and reports whether it was new.
	Consumed(ctx context.Context, consumer, message string) (fresh bool, err error)
}

// Once runs an effect in one transaction with the record that it happened, and leaves it out when it
// happened before: at-least-once delivery becomes one effect. Everything fn does must be in that transaction.
func Once(ctx context.Context, run tx.Runner, l Ledger, d Delivery, fn func(ctx context.Context) error) error {
	return run.Run(ctx, func(ctx context.Context) error {
		fresh, err := l.Consumed(ctx, d.Topic+"/"+d.Consumer, d.ID)
		if err != nil || !fresh {
			return err
		}
		return fn(ctx)
	})
}
