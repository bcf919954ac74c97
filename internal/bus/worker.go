package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Options of Consume.
type Options struct {
	Topic, Consumer string
	// Handler works on one message. nil acknowledges it; an error has it tried again later, or makes it a
	// dead letter when it is Permanent or was the last attempt. The context ends when the lease is lost or
	// the drain takes too long.
	Handler func(ctx context.Context, d Delivery) error
	// Concurrency is how many handlers run at once. Default 4.
	Concurrency int
	// Prefetch is how many more messages are leased ahead; the next ones are leased when half are used up.
	// Default Concurrency, below zero none (for work that takes minutes).
	Prefetch int
	// Lease is lengthened every third of it while a message is here. Default 1 minute.
	Lease time.Duration
	// MaxAttempts counts leases, so that a message which ends the process counts too. Default 10.
	MaxAttempts int
	Backoff     Backoff
	// Drain is how long running handlers may take to finish after a stop. Default 30 s.
	Drain time.Duration
	Log   *slog.Logger
	// Random returns numbers in [0, 1) for the jitter.
	Random func() float64
	// Observe is called after every handler with how long the message waited and was worked on.
	Observe func(d Delivery, waited, worked time.Duration, err error)
}

func (o *Options) check() error {
	if o.Handler == nil {
		return errs.New(errs.Internal, "no_handler", "The consumer {consumer} has no handler.", "consumer", o.Consumer)
	}
	o.Concurrency = orDefault(o.Concurrency, 4)
	if o.Prefetch == 0 {
		o.Prefetch = o.Concurrency
	}
	o.Prefetch = max(0, o.Prefetch)
	o.Lease = orDefault(o.Lease, time.Minute)
	o.MaxAttempts = orDefault(o.MaxAttempts, 10)
	o.Drain = orDefault(o.Drain, 30*time.Second)
	o.Backoff = o.Backoff.Fill()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	o.Log = o.Log.With(slog.String("topic", o.Topic), slog.String("consumer", o.Consumer))
	return nil
}

func orDefault[T int | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// Consume works on a topic until ctx ends. Then it leases no more, gives back what was leased ahead,
// lets running handlers finish and returns nil. An error is returned only for wrong options or a topic
// that was not declared; when the queue does not answer it tries again.
func Consume(ctx context.Context, q Queue, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	w := &worker{q: q, o: o, held: map[Receipt]*heldDelivery{}, acks: make(chan Delivery, 1024)}
	return w.run(ctx)
}

// worker is one running Consume.
type worker struct {
	q Queue
	o Options

	mu   sync.Mutex
	held map[Receipt]*heldDelivery // leased and not yet finished, so to be extended
	acks chan Delivery
}

type heldDelivery struct {
	d      Delivery
	cancel context.CancelCauseFunc // nil until a handler has it
	lost   bool
}

func (w *worker) run(ctx context.Context) error {
	// Work outlives ctx by the drain; engine calls of the finish outlive both.
	background := context.WithoutCancel(ctx)
	work, stopWork := context.WithCancelCause(background)
	defer stopWork(nil)
	todo := make(chan Delivery, w.o.Prefetch)
	slots := make(chan struct{}, w.o.Concurrency+w.o.Prefetch)

	var handlers, keepers sync.WaitGroup
	for range w.o.Concurrency {
		handlers.Go(func() {
			for d := range todo {
				if ctx.Err() != nil {
					w.giveBack(background, d)
				} else {
					w.work(work, d)
				}
				<-slots
			}
		})
	}
	finished := make(chan struct{})
	keepers.Go(func() { w.extend(background, finished) })
	keepers.Go(func() { w.acknowledge(background) })

	err := w.fetch(ctx, slots, todo)
	close(todo)
	timer := time.AfterFunc(w.o.Drain, func() { stopWork(errDrained) })
	handlers.Wait()
	timer.Stop()
	close(w.acks)
	close(finished)
	keepers.Wait()
	return err
}

var errDrained = errs.New(errs.Unavailable, "stopping", "The server is stopping; the work is tried again.")

// reserve takes free slots: it waits for at least some, then takes what there is.
func reserve(ctx context.Context, slots chan struct{}, least int) (n int, ok bool) {
	for ; n < least; n++ {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return n, false
		}
	}
	for ; n < cap(slots); n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n, true
		}
	}
	return n, true
}

// fetch leases messages while there are free slots, many at once, as each lease is a commit.
func (w *worker) fetch(ctx context.Context, slots chan struct{}, todo chan<- Delivery) error {
	failures := 0
	least := max(1, min(cap(slots)/2, w.o.Prefetch))
	for {
		n, ok := reserve(ctx, slots, least)
		if !ok {
			return nil
		}
		ds, err := w.q.Lease(ctx, Request{Topic: w.o.Topic, Consumer: w.o.Consumer, Max: n, Lease: w.o.Lease, Wait: 5 * time.Second})
		for range n - len(ds) {
			<-slots
		}
		w.hold(ds)
		for _, d := range ds {
			todo <- d // has room: prefetch and handlers together have a slot for it
		}
		if err == nil || ctx.Err() != nil {
			failures = 0
			continue
		}
		if errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Invalid {
			return err
		}
		failures++
		if failures == 1 {
			w.o.Log.WarnContext(ctx, "queue does not answer", slog.Any("error", err))
		}
		pause := time.NewTimer(Backoff{Base: 100 * time.Millisecond, Max: 10 * time.Second, Factor: 2, Jitter: 0.5}.After(failures, w.o.Random()))
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		pause.Stop()
	}
}

func (w *worker) hold(ds []Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range ds {
		w.held[d.Receipt] = &heldDelivery{d: d}
	}
}

// drop ends the extension of a lease.
func (w *worker) drop(d Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, d.Receipt)
}

func (w *worker) giveBack(ctx context.Context, d Delivery) {
	w.drop(d)
	w.settle(ctx, d, w.q.Retry(ctx, d, 0, nil))
}

// work runs the handler and settles the delivery.
func (w *worker) work(ctx context.Context, d Delivery) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w.mu.Lock()
	h := w.held[d.Receipt]
	h.cancel = cancel
	lost := h.lost
	w.mu.Unlock()
	if lost {
		w.drop(d)
		return
	}
	background := context.WithoutCancel(ctx)
	if d.Attempt > w.o.MaxAttempts {
		// Nobody reported the last failure: the process ended or stood still while working on it.
		w.drop(d)
		w.settle(background, d, w.q.Dead(background, d, errs.New(errs.Internal, "worker_lost",
			"The worker stopped {attempts} times while working on this.", "attempts", d.Attempt-1)))
		return
	}
	started := time.Now()
	err := w.handle(ctx, d)
	if w.o.Observe != nil {
		w.o.Observe(d, started.Sub(d.Published), time.Since(started), err)
	}
	if err == nil {
		w.acks <- d // stays held until the acknowledgement is on disk
		return
	}
	w.drop(d)
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, ErrLeaseLost):
		w.o.Log.WarnContext(ctx, "lease lost while working", slog.String("message", d.ID))
	case errors.Is(cause, errDrained):
		w.settle(background, d, w.q.Retry(background, d, 0, nil))
	case IsPermanent(err) || d.Attempt >= w.o.MaxAttempts:
		w.settle(background, d, w.q.Dead(background, d, err))
	default:
		after := w.o.Backoff.After(d.Attempt, w.o.Random())
		var later laterError
		if errors.As(err, &later) {
			after = later.after
		}
		w.settle(background, d, w.q.Retry(background, d, after, err))
	}
}

// handle turns a panic into an error.
func (w *worker) handle(ctx context.Context, d Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.o.Log.ErrorContext(ctx, "handler panicked", slog.String("message", d.ID), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = errs.New(errs.Internal, "handler_panicked", "The work failed in an unexpected way ({what}); the log says where.", "what", clip(fmt.Sprint(p), maxParam))
		}
	}()
	return w.o.Handler(ctx, d)
}

// settle takes the answer of a Retry or Dead. What could not be settled comes back when its lease ends.
func (w *worker) settle(ctx context.Context, d Delivery, err error) {
	if err != nil && !errors.Is(err, ErrLeaseLost) {
		w.o.Log.WarnContext(ctx, "delivery not settled", slog.String("message", d.ID), slog.Any("error", err))
	}
}

// extend lengthens the leases of what is here and ends handlers whose lease is lost.
func (w *worker) extend(ctx context.Context, finished <-chan struct{}) {
	tick := time.NewTicker(w.o.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-finished:
			return
		}
		w.mu.Lock()
		ds := make([]Delivery, 0, len(w.held))
		for _, h := range w.held {
			ds = append(ds, h.d)
		}
		w.mu.Unlock()
		if len(ds) == 0 {
			continue
		}
		call, cancel := context.WithTimeout(ctx, w.o.Lease/3)
		lost, err := w.q.Extend(call, w.o.Lease, ds...)
		cancel()
		if err != nil {
			w.o.Log.WarnContext(ctx, "leases not extended", slog.Any("error", err))
			continue
		}
		w.mu.Lock()
		for _, d := range lost {
			if h := w.held[d.Receipt]; h != nil {
				h.lost = true
				if h.cancel != nil {
					h.cancel(ErrLeaseLost)
				}
			}
		}
		w.mu.Unlock()
	}
}

// acknowledge ends finished deliveries, many at once, until the channel is closed.
func (w *worker) acknowledge(ctx context.Context) {
	for d := range w.acks {
		ds := []Delivery{d}
	more:
		for len(ds) < 512 {
			select {
			case d, ok := <-w.acks:
				if !ok {
					break more
				}
				ds = append(ds, d)
			default:
				break more
			}
		}
		err := w.q.Ack(ctx, ds...)
		for _, d := range ds {
			w.drop(d)
		}
		if err != nil && !errors.Is(err, ErrLeaseLost) {
			// The effects are on disk; the messages come again and are recognised by their ids.
			w.o.Log.WarnContext(ctx, "deliveries not acknowledged", slog.Int("count", len(ds)), slog.Any("error", err))
		}
	}
}
