package bustest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
)

// consume runs workers until stop is called, which waits for their end.
func consume(t *testing.T, q bus.Queue, o bus.Options) (stop func()) {
	t.Helper()
	o.Topic, o.Consumer = topic, consumer
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- bus.Consume(ctx, q, o) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("consume: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// eventually waits for a condition; the bound only ends a test that would never end.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func testWorker(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	var running, most, done atomic.Int64
	stop := consume(t, q, bus.Options{Concurrency: 3, Handler: func(context.Context, bus.Delivery) error {
		n := running.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(time.Millisecond)
		running.Add(-1)
		done.Add(1)
		return nil
	}})
	var msgs []bus.Message
	for i := range 300 {
		msgs = append(msgs, message(strconv.Itoa(i)))
	}
	must(t, q.Publish(t.Context(), topic, msgs...))
	eventually(t, "all worked on", func() bool { return done.Load() == 300 })
	stop()
	want(t, "handlers at once", most.Load(), int64(3))
	want(t, "all acknowledged at the stop", depth(t, q, consumer), bus.Depth{})
	if err := bus.Consume(t.Context(), q, bus.Options{Topic: "nowhere", Consumer: consumer, Handler: func(context.Context, bus.Delivery) error { return nil }}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("unknown topic: %v", err)
	}
}

func testWorkerFailures(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	var mu sync.Mutex
	tries := map[string]int{}
	consume(t, q, bus.Options{
		MaxAttempts: 3, Backoff: bus.Backoff{Base: time.Millisecond, Max: 5 * time.Millisecond},
		Handler: func(_ context.Context, d bus.Delivery) error {
			mu.Lock()
			tries[d.ID]++
			n := tries[d.ID]
			mu.Unlock()
			switch d.ID {
			case "always":
				return errors.New("down")
			case "panics":
				panic("boom")
			case "hopeless":
				return fmt.Errorf("wrapped: %w", bus.Permanent(errs.New(errs.Invalid, "bad", "bad")))
			case "twice":
				if n < 3 {
					return bus.RetryAfter(errors.New("busy"), time.Millisecond)
				}
			}
			return nil
		}})
	publish(t, q, "always", "panics", "hopeless", "twice", "good")
	eventually(t, "settled", func() bool { return depth(t, q, consumer) == bus.Depth{Dead: 3} })
	want(t, "attempts", tries, map[string]int{"always": 3, "panics": 3, "hopeless": 1, "twice": 3, "good": 1})
	dead, err := q.DeadLetters(t.Context(), topic, 0, 10)
	must(t, err)
	codes := map[string]string{}
	for _, l := range dead {
		codes[l.ID] = l.Reason.Code
		want(t, "attempts kept", l.Attempts, tries[l.ID])
	}
	want(t, "reasons", codes, map[string]string{"always": "internal", "panics": "handler_panicked", "hopeless": "bad"})
}

// testWorkerLeases works longer than the lease: nobody else may get the message.
func testWorkerLeases(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	var starts atomic.Int64
	o := bus.Options{Concurrency: 2, Prefetch: 2, Lease: 1500 * time.Millisecond, Handler: func(ctx context.Context, _ bus.Delivery) error {
		starts.Add(1)
		time.Sleep(3500 * time.Millisecond)
		return ctx.Err()
	}}
	consume(t, q, o)
	consume(t, q, o)
	publish(t, q, "a", "b", "c")
	eventually(t, "done", func() bool { return depth(t, q, consumer) == bus.Depth{} })
	want(t, "worked on once each", starts.Load(), int64(3))
}

// testWorkerLoses takes the lease away under a handler (its extension is dropped): its context ends.
func testWorkerLoses(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ended := make(chan error, 1)
	started := make(chan bus.Delivery, 1)
	stop := consume(t, q, bus.Options{Concurrency: 1, Lease: time.Second, Handler: func(ctx context.Context, d bus.Delivery) error {
		started <- d
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	}})
	publish(t, q, "a")
	d := <-started
	must(t, q.Dead(t.Context(), d, errors.New("taken away")))
	if err := <-ended; !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("cause %v", err)
	}
	stop()
	want(t, "settled by the other", depth(t, q, consumer), bus.Depth{Dead: 1})
}

func testWorkerDrains(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	var mu sync.Mutex
	seen := map[string]error{}
	started := make(chan struct{}, 10)
	stop := consume(t, q, bus.Options{Concurrency: 2, Prefetch: 5, Drain: 1500 * time.Millisecond, Handler: func(ctx context.Context, d bus.Delivery) error {
		started <- struct{}{}
		if d.ID == "quick" {
			time.Sleep(100 * time.Millisecond)
		} else {
			<-ctx.Done()
		}
		mu.Lock()
		seen[d.ID] = ctx.Err()
		mu.Unlock()
		return ctx.Err()
	}})
	publish(t, q, "quick", "slow", "c", "d", "e")
	<-started
	<-started
	stop()
	if len(seen) != 2 || seen["quick"] != nil || seen["slow"] == nil {
		t.Errorf("seen %v", seen)
	}
	want(t, "all but the finished one are ready", depth(t, q, consumer), bus.Depth{Ready: 4, Bytes: int64(len("body of slow") + 3*len("body of c"))})
	for _, d := range lease(t, q, 9) {
		want(t, "uncounted", d.Attempt, 1)
	}
}

// testCrashLoop hands out a message that ends every worker before it can say why: it must not come for ever.
func testCrashLoop(t *testing.T, open func() bus.Queue, pass func(time.Duration)) {
	q := declared(t, open)
	publish(t, q, "a")
	for range 3 {
		want(t, "leased", len(leaseAs(t, q, consumer, 1, while)), 1)
		pass(2 * while)
	}
	consume(t, q, bus.Options{MaxAttempts: 3, Handler: func(context.Context, bus.Delivery) error {
		t.Error("worked on once more")
		return nil
	}})
	eventually(t, "dead", func() bool { return depth(t, q, consumer).Dead == 1 })
	dead, err := q.DeadLetters(t.Context(), topic, 0, 1)
	must(t, err)
	want(t, "reason", dead[0].Reason.Code, "worker_lost")
}

func testBackPressure(t *testing.T, open func() bus.Queue) {
	b := bus.NewBroker(declared(t, open), bus.BrokerOptions{Topics: map[string]bus.Limit{topic: {Messages: 50, Wait: 40 * time.Millisecond}}})
	ctx := t.Context()
	var kept, refused atomic.Int64
	var wg sync.WaitGroup
	for p := range 10 {
		wg.Go(func() {
			for i := range 10 {
				switch err := b.Publish(ctx, topic, message(fmt.Sprintf("%d-%d", p, i))); {
				case err == nil:
					kept.Add(1)
				case errs.KindOf(err) == errs.Unavailable:
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if kept.Load() > 50 || kept.Load()+refused.Load() != 100 {
		t.Errorf("%d kept, %d refused", kept.Load(), refused.Load())
	}
	// A message in flight may be counted twice for a moment; one publisher alone fills the queue exactly.
	for i := range 100 {
		if err := b.Publish(ctx, topic, message(fmt.Sprintf("alone-%d", i))); err == nil {
			kept.Add(1)
		} else if errs.KindOf(err) != errs.Unavailable || kept.Load() == 50 {
			break
		}
	}
	want(t, "kept", kept.Load(), int64(50))
	want(t, "in the queue", depth(t, b, consumer).Ready, int64(50))
	if err := b.Check(ctx); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("readiness of a full queue: %v", err)
	}
	// Room that a worker makes lets a waiting publisher in.
	done := make(chan error, 1)
	b2 := bus.NewBroker(b.Queue, bus.BrokerOptions{Default: bus.Limit{Messages: 50, Wait: time.Minute}})
	go func() { done <- b2.Publish(ctx, topic, message("waits")) }()
	select {
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(short):
	}
	must(t, b2.Ack(ctx, lease(t, b2, 20)...))
	must(t, <-done)
	must(t, b2.Check(ctx))
	ended, cancel := context.WithTimeout(ctx, 10*short)
	defer cancel()
	tight := bus.NewBroker(b.Queue, bus.BrokerOptions{Default: bus.Limit{Bytes: 10, Wait: time.Hour}})
	if err := tight.Publish(ended, topic, message("x")); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("by bytes: %v", err)
	}
}

func testMetrics(t *testing.T, open func() bus.Queue) {
	b := bus.NewBroker(declared(t, open), bus.BrokerOptions{})
	registry := prometheus.NewPedanticRegistry()
	must(t, registry.Register(b))
	publish(t, b, "a", "b", "c")
	stop := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(stop)
		_ = b.Consume(ctx, bus.Options{Topic: topic, Consumer: consumer, MaxAttempts: 1, Handler: func(_ context.Context, d bus.Delivery) error {
			if d.ID == "b" {
				return errors.New("x")
			}
			return nil
		}})
	}()
	eventually(t, "settled", func() bool { return depth(t, b, consumer) == bus.Depth{Dead: 1} })
	cancel()
	<-stop
	families, err := registry.Gather()
	must(t, err)
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "vedette_queue_")
			for _, l := range m.GetLabel() {
				if l.GetName() == "state" || l.GetName() == "outcome" || l.GetName() == "result" {
					name += " " + l.GetValue()
				}
			}
			switch {
			case m.GetHistogram() != nil:
				got[name] = float64(m.GetHistogram().GetSampleCount())
			case m.GetCounter() != nil:
				got[name] = m.GetCounter().GetValue()
			default:
				got[name] = m.GetGauge().GetValue()
			}
		}
	}
	want(t, "metrics", got, map[string]float64{
		"messages ready": 0, "messages leased": 0, "messages delayed": 0, "messages dead": 1, "bytes": 0, "oldest_seconds": 0,
		"published_total": 3, "settled_total ack": 2, "settled_total dead": 1,
		"publish_block_seconds": 1, "publish_commit_seconds": 1, "wait_seconds": 3, "work_seconds ok": 2, "work_seconds error": 1,
	})
}
