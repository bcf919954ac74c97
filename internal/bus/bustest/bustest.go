// Package bustest is the conformance suite of the queues: the same tests run on every engine of package
// bus, with the workers and the broker on top, and a crash test that kills processes and judges them by an
// outside log. It owns no engine.
package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
)

// Factory makes an empty place for a queue and returns what opens it, and what lets time pass for it (by
// its clock, or by sleeping). Opening closes the one opened before, as a restart does; the last is closed
// at the end of the test.
type Factory func(t *testing.T) (open func() bus.Queue, pass func(time.Duration))

// Run runs the whole suite.
func Run(t *testing.T, make Factory) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open func() bus.Queue)
	}{
		{"order", testOrder}, {"ids", testIDs}, {"refusals", testRefusals},
		{"dead letters", testDead}, {"dead letter pages", testDeadPages}, {"fan-out", testFanOut}, {"late consumers", testLateConsumers}, {"drop", testDrop},
		{"depth", testDepth}, {"waiting", testWaiting}, {"many at once", testMany}, {"restart", testRestart}, {"big bodies", testBig},
		{"worker", testWorker}, {"worker failures", testWorkerFailures}, {"worker keeps leases", testWorkerLeases}, {"worker drains", testWorkerDrains},
		{"worker loses lease", testWorkerLoses},
		{"back-pressure", testBackPressure}, {"metrics", testMetrics}, {"model", testModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			open, _ := make(t)
			c.test(t, open)
		})
	}
	for _, c := range []struct {
		name string
		test func(t *testing.T, open func() bus.Queue, pass func(time.Duration))
	}{
		{"lease", testLease}, {"retry", testRetry}, {"stale acknowledgements", testStale}, {"crash loop", testCrashLoop},
	} {
		t.Run(c.name, func(t *testing.T) {
			open, pass := make(t)
			c.test(t, open, pass)
		})
	}
}

const topic, consumer = "work", "one"

func declared(t *testing.T, open func() bus.Queue, consumers ...string) bus.Queue {
	t.Helper()
	if len(consumers) == 0 {
		consumers = []string{consumer}
	}
	q := open()
	must(t, q.Declare(t.Context(), bus.Topic{Name: topic, Consumers: consumers}))
	return q
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func message(id string) bus.Message { return bus.Message{ID: id, Body: []byte("body of " + id)} }

func publish(t *testing.T, q bus.Queue, ids ...string) {
	t.Helper()
	msgs := make([]bus.Message, len(ids))
	for i, id := range ids {
		msgs[i] = message(id)
	}
	must(t, q.Publish(t.Context(), topic, msgs...))
}

func lease(t *testing.T, q bus.Queue, most int) []bus.Delivery {
	t.Helper()
	return leaseAs(t, q, consumer, most, time.Minute)
}

func leaseAs(t *testing.T, q bus.Queue, as string, most int, length time.Duration) []bus.Delivery {
	t.Helper()
	ds, err := q.Lease(t.Context(), bus.Request{Topic: topic, Consumer: as, Max: most, Lease: length})
	must(t, err)
	return ds
}

func ids(ds []bus.Delivery) []string {
	var out []string
	for _, d := range ds {
		out = append(out, d.ID)
	}
	return out
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s: -want +got\n%s", what, d)
	}
}

// depth returns the one consumer's figures without the age.
func depth(t *testing.T, q bus.Queue, as string) bus.Depth {
	t.Helper()
	all, err := q.Depth(t.Context())
	must(t, err)
	i := slices.IndexFunc(all, func(d bus.Depth) bool { return d.Topic == topic && d.Consumer == as })
	if i < 0 {
		t.Fatalf("no depth of %s/%s in %v", topic, as, all)
	}
	d := all[i]
	d.Topic, d.Consumer, d.Oldest = "", "", time.Time{}
	return d
}

func testOrder(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	before := time.Now().Add(-time.Second)
	publish(t, q, "a", "b")
	publish(t, q, "c")
	must(t, q.Publish(t.Context(), topic)) // nothing
	must(t, q.Publish(t.Context(), topic, bus.Message{}, bus.Message{Body: []byte{0, 0xff, 0}}))
	ds := lease(t, q, 2)
	want(t, "first", ids(ds), []string{"a", "b"})
	if d := ds[0]; string(d.Body) != "body of a" || d.Attempt != 1 || d.Published.Before(before) || d.Expires.Before(time.Now()) || d.Topic != topic || d.Consumer != consumer {
		t.Errorf("delivery %+v", d)
	}
	ds = append(ds, lease(t, q, 10)...)
	if len(ds) != 5 || ds[2].ID != "c" || len(ds[3].Body) != 0 || string(ds[4].Body) != "\x00\xff\x00" {
		t.Errorf("the rest: %v", ds[2:])
	}
	if ds[3].ID == "" || ds[3].ID == ds[4].ID || ds[3].ID[0] != '~' {
		t.Errorf("drawn ids %q %q", ds[3].ID, ds[4].ID)
	}
	must(t, q.Ack(t.Context(), ds...))
	want(t, "empty", lease(t, q, 10), []bus.Delivery(nil))
}

func testIDs(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	must(t, q.Declare(t.Context(), bus.Topic{Name: "other", Consumers: []string{consumer}}))
	publish(t, q, "a", "a", "b")
	publish(t, q, "b", "c")
	must(t, q.Publish(t.Context(), "other", message("a"))) // its own ids
	ds := lease(t, q, 10)
	want(t, "once each", ids(ds), []string{"a", "b", "c"})
	must(t, q.Ack(t.Context(), ds...))
	publish(t, q, "a", "d", "c") // known although done
	q = open()
	publish(t, q, "b", "d") // and after a restart
	want(t, "only the new one", ids(lease(t, q, 10)), []string{"d"})
	// Many publishers of the same ids at once, in different groupings.
	var wg sync.WaitGroup
	for p := range 8 {
		wg.Go(func() {
			for i := range 40 {
				msgs := []bus.Message{message("x" + strconv.Itoa(i)), message("x" + strconv.Itoa((i*7+p)%40))}
				if err := q.Publish(t.Context(), topic, msgs...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := ids(lease(t, q, 1000))
	slices.Sort(got)
	if len(got) != 40 || len(slices.Compact(got)) != 40 {
		t.Errorf("%d messages of 40 ids", len(got))
	}
}

func testRefusals(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	big := bus.Message{ID: "big", Body: make([]byte, bus.MaxBody+1)}
	for what, c := range map[string]struct {
		topic string
		msgs  []bus.Message
		kind  errs.Kind
	}{
		"unknown topic": {"nowhere", []bus.Message{message("a")}, errs.NotFound},
		"big body":      {topic, []bus.Message{message("a"), big}, errs.TooLarge},
		"many":          {topic, make([]bus.Message, bus.MaxPublish+1), errs.TooLarge},
		"many bytes":    {topic, slices.Repeat([]bus.Message{{Body: make([]byte, bus.MaxBody)}}, bus.MaxBytes/bus.MaxBody+1), errs.TooLarge},
		"NUL in id":     {topic, []bus.Message{message("a"), {ID: "x\x00"}}, errs.Invalid},
		"bad UTF-8":     {topic, []bus.Message{{ID: "x\xff"}}, errs.Invalid},
		"newline":       {topic, []bus.Message{{ID: "x\n"}}, errs.Invalid},
		"drawn form":    {topic, []bus.Message{{ID: "~1"}}, errs.Invalid},
		"long id":       {topic, []bus.Message{{ID: strings.Repeat("x", bus.MaxID+1)}}, errs.Invalid},
	} {
		if err := q.Publish(ctx, c.topic, c.msgs...); errs.KindOf(err) != c.kind {
			t.Errorf("%s: %v", what, err)
		}
	}
	want(t, "nothing of a refused call", lease(t, q, 10), []bus.Delivery(nil))
	hostile := []string{"'; DROP TABLE message; --", `"quoted" \`, "银狐 🦊", strings.Repeat("y", bus.MaxID), "[1,2]"}
	publish(t, q, hostile...)
	publish(t, q, hostile...)
	want(t, "hostile ids", ids(lease(t, q, 10)), hostile)
	for _, bad := range []string{"", "Big", "a b", "a.b", "x;y", strings.Repeat("a", bus.MaxName+1)} {
		if err := q.Declare(ctx, bus.Topic{Name: bad}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("declare %q: %v", bad, err)
		}
		if err := q.Declare(ctx, bus.Topic{Name: topic, Consumers: []string{bad}}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("declare consumer %q: %v", bad, err)
		}
	}
	if _, err := q.Lease(ctx, bus.Request{Topic: topic, Consumer: "nobody", Max: 1, Lease: time.Second}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("unknown consumer: %v", err)
	}
	if _, err := q.Lease(ctx, bus.Request{Topic: topic, Consumer: consumer}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("empty request: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := q.Publish(ended, topic, message("late")); err == nil {
		t.Log("a publish with an ended context may still succeed")
	}
}

const (
	short = 60 * time.Millisecond // long enough to see that somebody waits
	while = 5 * time.Second       // of a lease that the tests let run out
)

func testLease(t *testing.T, open func() bus.Queue, pass func(time.Duration)) {
	q := declared(t, open)
	ctx := t.Context()
	publish(t, q, "a", "b", "c")
	first := leaseAs(t, q, consumer, 3, while)
	want(t, "held", lease(t, q, 10), []bus.Delivery(nil))
	lost, err := q.Extend(ctx, time.Minute, first[2])
	must(t, err)
	want(t, "extended", len(lost), 0)
	pass(2 * while)
	second := lease(t, q, 10)
	want(t, "run out", ids(second), []string{"a", "b"})
	want(t, "attempt", second[0].Attempt, 2)
	// The first holder woke up late: what it has is not its own any more.
	if err := q.Ack(ctx, first[0]); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("stale ack: %v", err)
	}
	if err := q.Retry(ctx, first[0], 0, errors.New("x")); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("stale retry: %v", err)
	}
	if err := q.Dead(ctx, first[0], errors.New("x")); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("stale dead: %v", err)
	}
	lost, err = q.Extend(ctx, time.Minute, first...)
	must(t, err)
	want(t, "stale extend", ids(lost), []string{"a", "b"})
	must(t, q.Ack(ctx, second...))
	must(t, q.Ack(ctx, first[2]))
	if err := q.Ack(ctx, first[2]); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("second ack: %v", err)
	}
	want(t, "depth", depth(t, q, consumer), bus.Depth{})
}

// testStale acknowledges old and new leases in one call: the good ones are done, the call says lost.
func testStale(t *testing.T, open func() bus.Queue, pass func(time.Duration)) {
	q := declared(t, open)
	publish(t, q, "a", "b")
	old := leaseAs(t, q, consumer, 1, while)
	pass(2 * while)
	ds := lease(t, q, 2)
	want(t, "again", ids(ds), []string{"a", "b"})
	if err := q.Ack(t.Context(), old[0], ds[1]); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("mixed ack: %v", err)
	}
	want(t, "only the good one is done", depth(t, q, consumer), bus.Depth{Leased: 1, Bytes: int64(len("body of a"))})
	must(t, q.Ack(t.Context(), ds[0], ds[0]))
	want(t, "all done", depth(t, q, consumer), bus.Depth{})
}

func testRetry(t *testing.T, open func() bus.Queue, pass func(time.Duration)) {
	q := declared(t, open)
	ctx := t.Context()
	publish(t, q, "a")
	d := lease(t, q, 1)[0]
	must(t, q.Retry(ctx, d, 3*while, errors.New("down")))
	want(t, "delayed", depth(t, q, consumer).Delayed, int64(1))
	want(t, "not yet", lease(t, q, 1), []bus.Delivery(nil))
	if err := q.Ack(ctx, d); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("ack after giving back: %v", err)
	}
	publish(t, q, "b") // overtakes
	want(t, "others go on", ids(lease(t, q, 5)), []string{"b"})
	pass(4 * while)
	d = lease(t, q, 1)[0]
	want(t, "counted", d.Attempt, 2)
	must(t, q.Retry(ctx, d, 0, nil))
	d = lease(t, q, 1)[0]
	want(t, "not counted", d.Attempt, 2)
	must(t, q.Ack(ctx, d))
}

func testDead(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	publish(t, q, "a", "b", "c")
	ds := lease(t, q, 3)
	reason := errs.New(errs.Invalid, "bad_pdf", "The file {name} is broken \x00 \xff.", "name", "x.pdf")
	for _, d := range ds {
		must(t, q.Dead(ctx, d, fmt.Errorf("parse: %w", reason)))
	}
	want(t, "gone from work", lease(t, q, 5), []bus.Delivery(nil))
	want(t, "depth", depth(t, q, consumer), bus.Depth{Dead: 3})
	dead, err := q.DeadLetters(ctx, topic, 0, 10)
	must(t, err)
	want(t, "number", len(dead), 3)
	l := dead[0]
	if l.ID != "c" || string(l.Body) != "body of c" || l.Attempts != 1 || l.Reason.Code != "bad_pdf" || l.Reason.Params["name"] != "x.pdf" ||
		!strings.Contains(l.Reason.Text, "x.pdf") || l.Died.Before(l.Published) || l.Consumer != consumer || l.Topic != topic {
		t.Errorf("dead letter %+v", l)
	}
	n, err := q.Replay(ctx, topic, bus.Selection{})
	must(t, err)
	want(t, "the zero selection is none", n, 0)
	n, err = q.Replay(ctx, topic, bus.Selection{Seqs: []int64{dead[2].Seq, dead[2].Seq, 999999}})
	must(t, err)
	want(t, "one replayed", n, 1)
	again := lease(t, q, 5)
	want(t, "which", ids(again), []string{"a"})
	want(t, "attempts start again", again[0].Attempt, 1)
	if err := q.Ack(ctx, ds[0]); !errors.Is(err, bus.ErrLeaseLost) {
		t.Errorf("ack by who gave up: %v", err)
	}
	must(t, q.Ack(ctx, again...))
	publish(t, q, "b") // still known while dead
	want(t, "no double", lease(t, q, 5), []bus.Delivery(nil))
	n, err = q.Discard(ctx, topic, bus.Selection{Seqs: []int64{dead[1].Seq}})
	must(t, err)
	want(t, "one discarded", n, 1)
	n, err = q.Replay(ctx, topic, bus.Selection{All: true})
	must(t, err)
	want(t, "the rest replayed", n, 1)
	want(t, "which", ids(lease(t, q, 5)), []string{"c"})
	if _, err := q.Replay(ctx, "nowhere", bus.Selection{All: true}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("unknown topic: %v", err)
	}
}

func testDeadPages(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	const total = 2300 // more than a chunk of any engine
	var msgs []bus.Message
	for i := range total {
		msgs = append(msgs, message("m"+strconv.Itoa(i)))
	}
	must(t, q.Publish(ctx, topic, msgs...))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				ds, err := q.Lease(ctx, bus.Request{Topic: topic, Consumer: consumer, Max: 100, Lease: time.Minute})
				if err != nil || len(ds) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				for _, d := range ds {
					if err := q.Dead(ctx, d, errors.New("no")); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for before := int64(0); ; {
		page, err := q.DeadLetters(ctx, "", before, 300)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			if seen[l.ID] || before != 0 && l.Seq >= before {
				t.Fatalf("%s twice or out of order", l.ID)
			}
			seen[l.ID] = true
			before = l.Seq
		}
	}
	want(t, "all pages", len(seen), total)
	n, err := q.Replay(ctx, topic, bus.Selection{All: true})
	must(t, err)
	want(t, "replayed", n, total)
	want(t, "depth", depth(t, q, consumer).Ready, int64(total))
}

func testFanOut(t *testing.T, open func() bus.Queue) {
	q := declared(t, open, "one", "two")
	ctx := t.Context()
	publish(t, q, "a", "b")
	one, two := leaseAs(t, q, "one", 5, time.Minute), leaseAs(t, q, "two", 5, time.Minute)
	want(t, "one", ids(one), []string{"a", "b"})
	want(t, "two", ids(two), []string{"a", "b"})
	must(t, q.Ack(ctx, one...))
	want(t, "one is done", depth(t, q, "one"), bus.Depth{})
	must(t, q.Dead(ctx, two[0], errors.New("x")))
	must(t, q.Ack(ctx, two[1]))
	dead, err := q.DeadLetters(ctx, topic, 0, 5)
	must(t, err)
	if len(dead) != 1 || dead[0].Consumer != "two" || string(dead[0].Body) != "body of a" {
		t.Errorf("dead %+v", dead)
	}
	_, err = q.Replay(ctx, topic, bus.Selection{All: true})
	must(t, err)
	want(t, "replayed for its consumer only", leaseAs(t, q, "one", 5, time.Minute), []bus.Delivery(nil))
	must(t, q.Ack(ctx, leaseAs(t, q, "two", 5, time.Minute)...))
	want(t, "two is done", depth(t, q, "two"), bus.Depth{})
	// Both end the same messages at once, many times: none may stay behind.
	var msgs []bus.Message
	for i := range 200 {
		msgs = append(msgs, message("r"+strconv.Itoa(i)))
	}
	must(t, q.Publish(ctx, topic, msgs...))
	var wg sync.WaitGroup
	for _, as := range []string{"one", "two"} {
		for _, d := range leaseAs(t, q, as, 200, time.Minute) {
			wg.Go(func() {
				if err := q.Ack(ctx, d); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	want(t, "done by one", depth(t, q, "one"), bus.Depth{})
	want(t, "done by two", depth(t, q, "two"), bus.Depth{})
	if s, ok := q.(interface {
		Stored(ctx context.Context) (int64, error)
	}); ok {
		n, err := s.Stored(ctx)
		must(t, err)
		want(t, "messages left behind", n, int64(0))
	}
}

func testLateConsumers(t *testing.T, open func() bus.Queue) {
	q := open()
	must(t, q.Declare(t.Context(), bus.Topic{Name: topic}))
	publish(t, q, "a", "b")
	want(t, "kept for the first", depth(t, q, ""), bus.Depth{Ready: 2, Bytes: 18})
	must(t, q.Declare(t.Context(), bus.Topic{Name: topic, Consumers: []string{"one"}}))
	publish(t, q, "c")
	q = declared(t, open, "two", "one") // the second sees what comes
	publish(t, q, "d")
	want(t, "one", depth(t, q, "one"), bus.Depth{Ready: 4, Bytes: 36})
	want(t, "two", depth(t, q, "two"), bus.Depth{Ready: 1, Bytes: 9})
	one, two := leaseAs(t, q, "one", 9, time.Minute), leaseAs(t, q, "two", 9, time.Minute)
	want(t, "one", ids(one), []string{"a", "b", "c", "d"})
	want(t, "two", ids(two), []string{"d"})
	must(t, q.Ack(t.Context(), append(one, two...)...))
	want(t, "done", depth(t, q, "one"), bus.Depth{})
}

func testDrop(t *testing.T, open func() bus.Queue) {
	q := declared(t, open, "one", "two")
	ctx := t.Context()
	publish(t, q, "a", "b", "c", "d")
	ds := leaseAs(t, q, "one", 2, time.Minute)
	must(t, q.Dead(ctx, ds[0], errors.New("x")))
	must(t, q.Ack(ctx, leaseAs(t, q, "two", 1, time.Minute)...))
	must(t, q.Drop(ctx, topic, "one"))
	if err := q.Ack(ctx, ds[1]); err == nil {
		t.Error("ack for a dropped consumer")
	}
	if err := q.Drop(ctx, topic, "one"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("dropped twice: %v", err)
	}
	two := leaseAs(t, q, "two", 9, time.Minute)
	want(t, "the other keeps its work", ids(two), []string{"b", "c", "d"})
	must(t, q.Ack(ctx, two...))
	dead, err := q.DeadLetters(ctx, "", 0, 5)
	must(t, err)
	want(t, "no dead letters", len(dead), 0)
	publish(t, q, "e")
	must(t, q.Drop(ctx, topic, "two"))
	publish(t, q, "f")
	must(t, q.Declare(ctx, bus.Topic{Name: topic, Consumers: []string{"three"}}))
	want(t, "a new first consumer gets what came after the drop", ids(leaseAs(t, q, "three", 9, time.Minute)), []string{"f"})
}

func testDepth(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	want(t, "empty", depth(t, q, consumer), bus.Depth{})
	begun := time.Now().Add(-time.Second)
	publish(t, q, "a", "b", "c", "d", "e")
	ds := lease(t, q, 3)
	must(t, q.Retry(ctx, ds[0], time.Hour, errors.New("x")))
	must(t, q.Dead(ctx, ds[1], errors.New("x")))
	want(t, "mixed", depth(t, q, consumer), bus.Depth{Ready: 2, Leased: 1, Delayed: 1, Dead: 1, Bytes: 36})
	all, err := q.Depth(ctx)
	must(t, err)
	if o := all[0].Oldest; o.Before(begun) || o.After(time.Now()) {
		t.Errorf("oldest %v", o)
	}
}

func testWaiting(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	started := time.Now()
	ds, err := q.Lease(ctx, bus.Request{Topic: topic, Consumer: consumer, Max: 1, Lease: time.Minute, Wait: short})
	if err != nil || len(ds) != 0 || time.Since(started) < short {
		t.Fatalf("%v %v after %v", ds, err, time.Since(started))
	}
	go func() {
		time.Sleep(short)
		_ = q.Publish(ctx, topic, message("a"))
	}()
	ds, err = q.Lease(ctx, bus.Request{Topic: topic, Consumer: consumer, Max: 1, Lease: 3 * short, Wait: 20 * time.Second})
	must(t, err)
	want(t, "woken", ids(ds), []string{"a"})
	// A lease that ends wakes as well, and neither waits for the poll of a second.
	started = time.Now()
	ds, err = q.Lease(ctx, bus.Request{Topic: topic, Consumer: consumer, Max: 1, Lease: time.Minute, Wait: 20 * time.Second})
	must(t, err)
	want(t, "run out", ids(ds), []string{"a"})
	if took := time.Since(started); took > 900*time.Millisecond {
		t.Logf("woke after %v", took)
	}
	ended, cancel := context.WithTimeout(ctx, short)
	defer cancel()
	if _, err = q.Lease(ended, bus.Request{Topic: topic, Consumer: consumer, Max: 1, Lease: time.Minute, Wait: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended context: %v", err)
	}
}

// testMany has publishers and workers at once: every message is worked on exactly once when nothing fails.
func testMany(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const publishers, each = 8, 250
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			for i := range each {
				if err := q.Publish(ctx, topic, message(fmt.Sprintf("%d-%d", p, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 6 {
		wg.Go(func() {
			for {
				ds, err := q.Lease(ctx, bus.Request{Topic: topic, Consumer: consumer, Max: 17, Lease: time.Minute, Wait: 200 * time.Millisecond})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, d := range ds {
					got[d.ID]++
				}
				done := len(got) == publishers*each
				mu.Unlock()
				if err := q.Ack(ctx, ds...); err != nil {
					t.Error(err)
				}
				if done {
					return
				}
			}
		})
	}
	wg.Wait()
	want(t, "different messages", len(got), publishers*each)
	for id, n := range got {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	want(t, "all done", depth(t, q, consumer), bus.Depth{})
}

func testRestart(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	publish(t, q, "a", "b", "c", "d")
	ds := lease(t, q, 3)
	must(t, q.Ack(ctx, ds[0]))
	must(t, q.Dead(ctx, ds[1], errors.New("x")))
	q = open()
	want(t, "as it was", depth(t, q, consumer), bus.Depth{Ready: 1, Leased: 1, Dead: 1, Bytes: 18})
	must(t, q.Ack(ctx, ds[2])) // a lease outlives a restart
	want(t, "the rest", ids(lease(t, q, 5)), []string{"d"})
}

func testBig(t *testing.T, open func() bus.Queue) {
	q := declared(t, open)
	ctx := t.Context()
	body := make([]byte, bus.MaxBody)
	for i := range body {
		body[i] = byte(i * 7)
	}
	const total = 100
	for range total {
		must(t, q.Publish(ctx, topic, bus.Message{Body: body}))
	}
	got := 0
	for got < total {
		ds := lease(t, q, 1000)
		size := 0
		for _, d := range ds {
			if !slices.Equal(d.Body, body) {
				t.Fatal("a body changed")
			}
			size += len(d.Body)
		}
		if len(ds) == 0 || size > bus.MaxBytes {
			t.Fatalf("%d messages of %d bytes in one lease", len(ds), size)
		}
		got += len(ds)
		must(t, q.Ack(ctx, ds...))
	}
	want(t, "depth", depth(t, q, consumer), bus.Depth{})
}
