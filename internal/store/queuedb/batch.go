package queuedb

import (
	"context"
	"runtime"
	"sync"

	"github.com/vedette-ti/vedette/internal/errs"
)

// batcher lets calls that wait together share one transaction: a single goroutine takes the first and
// whoever else waits, up to a number of rows, and answers all of them. It never waits for a batch to fill.
type batcher[T any] struct {
	most  int
	flush func(ctx context.Context, calls []*call[T])
	in    chan *call[T]
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
}

type call[T any] struct {
	ctx    context.Context
	rows   int
	what   T
	err    error // set by flush
	result chan error
}

func newBatcher[T any](most int, flush func(ctx context.Context, calls []*call[T])) *batcher[T] {
	b := &batcher[T]{most: most, flush: flush, in: make(chan *call[T], most), quit: make(chan struct{}), done: make(chan struct{})}
	go b.loop()
	return b
}

var errClosed = errs.New(errs.Unavailable, "queue_closed", "The queue is shutting down; try again.")

// do hands a call over and waits for its commit. When ctx ends first the outcome is open.
func (b *batcher[T]) do(ctx context.Context, rows int, what T) error {
	c := &call[T]{ctx: ctx, rows: rows, what: what, result: make(chan error, 1)}
	select {
	case <-b.quit:
		return errClosed
	default:
	}
	select {
	case b.in <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-b.quit:
		return errClosed
	}
	select {
	case err := <-c.result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-b.done:
		select {
		case err := <-c.result:
			return err
		default:
			return errClosed
		}
	}
}

// close finishes what was accepted.
func (b *batcher[T]) close() {
	b.once.Do(func() { close(b.quit) })
	<-b.done
}

func (b *batcher[T]) loop() {
	defer close(b.done)
	for {
		select {
		case c := <-b.in:
			b.group(c)
		case <-b.quit:
			for {
				select {
				case c := <-b.in:
					b.group(c)
				default:
					return
				}
			}
		}
	}
}

func (b *batcher[T]) group(first *call[T]) {
	calls, rows := []*call[T]{first}, first.rows
	yielded := false
	for rows < b.most {
		var next *call[T]
		select {
		case next = <-b.in:
		default:
		}
		if next == nil {
			if yielded {
				break
			}
			// Those whom the last commit answered are runnable and about to call again.
			yielded = true
			runtime.Gosched()
			continue
		}
		calls, rows = append(calls, next), rows+next.rows
	}
	// The commit serves many: it does not end with one caller's context.
	b.flush(context.WithoutCancel(first.ctx), calls)
	for _, c := range calls {
		c.result <- c.err
	}
}
