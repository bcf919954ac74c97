package bus

import (
	"context"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Limit is how much open work a topic may hold for its slowest consumer before publishers have to wait.
type Limit struct {
	Messages int64
	Bytes    int64
	// Wait is how long Publish waits for room; after it, or when its context ends sooner, it fails with
	// queue_full. Below zero: not at all.
	Wait time.Duration
}

// DefaultLimit is one million messages or 1 GiB, waiting 10 seconds.
func DefaultLimit() Limit { return Limit{Messages: 1_000_000, Bytes: 1 << 30, Wait: 10 * time.Second} }

// BrokerOptions set limits; fields that are zero take DefaultLimit's.
type BrokerOptions struct {
	Default Limit
	Topics  map[string]Limit
}

// Broker puts back-pressure and metrics before a queue; the application hands out this one. Inside one
// process a limit is never passed; where several publish, by what they publish within a quarter second.
type Broker struct {
	Queue
	o BrokerOptions
	m *metrics

	mu     sync.Mutex
	gauges map[string]*gauge
	read   time.Time // when the depths were read
}

// gauge estimates a topic's open work: as last read, plus what was published here since, plus what is on
// its way. A message may be counted twice until the next reading, never left out.
type gauge struct{ messages, bytes, flyingMessages, flyingBytes int64 }

// NewBroker wraps a queue.
func NewBroker(q Queue, o BrokerOptions) *Broker {
	o.Default = o.Default.over(DefaultLimit())
	return &Broker{Queue: q, o: o, m: newMetrics(), gauges: map[string]*gauge{}}
}

func (l Limit) over(d Limit) Limit {
	if l.Messages > 0 {
		d.Messages = l.Messages
	}
	if l.Bytes > 0 {
		d.Bytes = l.Bytes
	}
	if l.Wait != 0 {
		d.Wait = l.Wait
	}
	return d
}

func (b *Broker) limit(topic string) Limit { return b.o.Topics[topic].over(b.o.Default) }

// How old the known depths may be while there is room, and while a publisher waits for some.
const (
	depthAge  = 250 * time.Millisecond
	depthWait = 20 * time.Millisecond
)

// Publish implements Publisher: it waits while the topic is full.
func (b *Broker) Publish(ctx context.Context, topic string, msgs ...Message) error {
	if len(msgs) == 0 {
		return nil
	}
	if err := CheckMessages(topic, msgs); err != nil {
		return err
	}
	size := int64(0)
	for _, m := range msgs {
		size += int64(len(m.Body))
	}
	started := time.Now()
	err := b.enter(ctx, topic, int64(len(msgs)), size)
	waited := time.Since(started)
	if err == nil {
		err = b.Queue.Publish(ctx, topic, msgs...)
		b.leave(topic, int64(len(msgs)), size, err == nil)
	}
	b.m.publish(topic, len(msgs), waited, time.Since(started)-waited, err)
	return err
}

// enter takes room for the messages, waiting for it within the limit's time.
func (b *Broker) enter(ctx context.Context, topic string, messages, bytes int64) error {
	limit := b.limit(topic)
	deadline := time.Now().Add(max(0, limit.Wait))
	age := depthAge
	for {
		ok, err := b.take(ctx, topic, limit, messages, bytes, age)
		if err != nil && age == depthWait && ctx.Err() != nil {
			return fullError(topic) // it was, and the caller's time is over
		}
		if ok || err != nil {
			return err
		}
		age = depthWait
		left := time.Until(deadline)
		if left > 0 {
			timer := time.NewTimer(min(left, depthWait))
			select {
			case <-timer.C:
				continue
			case <-ctx.Done():
			}
			timer.Stop()
		}
		return fullError(topic)
	}
}

func fullError(topic string) error {
	return errs.New(errs.Unavailable, "queue_full", "The queue {topic} is full: the work behind it is slower than what comes in. Try again later.", "topic", topic)
}

// take enters messages as on their way when there is room. What does not fit into an empty topic is let
// through: it would never fit.
func (b *Broker) take(ctx context.Context, topic string, l Limit, messages, bytes int64, age time.Duration) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.gauge(topic)
	full := func() bool {
		have, size := g.messages+g.flyingMessages, g.bytes+g.flyingBytes
		return have > 0 && (have+messages > l.Messages || size+bytes > l.Bytes)
	}
	if since := time.Since(b.read); since > depthAge || full() && since > min(age, depthWait) {
		if err := b.refresh(ctx); err != nil {
			return false, err
		}
	}
	if full() {
		return false, nil
	}
	g.flyingMessages += messages
	g.flyingBytes += bytes
	return true, nil
}

// leave ends what take entered.
func (b *Broker) leave(topic string, messages, bytes int64, kept bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.gauge(topic)
	g.flyingMessages -= messages
	g.flyingBytes -= bytes
	if kept {
		g.messages += messages
		g.bytes += bytes
	} else if *g == (gauge{}) {
		delete(b.gauges, topic) // perhaps no topic at all
	}
}

func (b *Broker) gauge(topic string) *gauge {
	g := b.gauges[topic]
	if g == nil {
		g = &gauge{}
		b.gauges[topic] = g
	}
	return g
}

// refreshTime bounds how long publishers of all topics wait for one reading.
const refreshTime = 2 * time.Second

// refresh reads the depths.
func (b *Broker) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	depths, err := b.Depth(ctx)
	if err != nil {
		return err
	}
	for _, g := range b.gauges {
		g.messages, g.bytes = 0, 0
	}
	for _, d := range depths {
		g := b.gauge(d.Topic)
		g.messages, g.bytes = max(g.messages, d.Open()), max(g.bytes, d.Bytes)
	}
	b.read = time.Now()
	return nil
}

// Check returns queue_full when a topic is at nine tenths of its limit or above, for readiness.
func (b *Broker) Check(ctx context.Context) error {
	depths, err := b.Depth(ctx)
	if err != nil {
		return err
	}
	for _, d := range depths {
		if l := b.limit(d.Topic); d.Open() >= l.Messages/10*9 || d.Bytes >= l.Bytes/10*9 {
			return fullError(d.Topic)
		}
	}
	return nil
}

// Consume is the function Consume with metrics.
func (b *Broker) Consume(ctx context.Context, o Options) error {
	observe := o.Observe
	o.Observe = func(d Delivery, waited, worked time.Duration, err error) {
		b.m.work(d, waited, worked, err)
		if observe != nil {
			observe(d, waited, worked, err)
		}
	}
	return Consume(ctx, b, o)
}

// Ack implements Queue.
func (b *Broker) Ack(ctx context.Context, ds ...Delivery) error {
	err := b.Queue.Ack(ctx, ds...)
	b.m.settle("ack", err, ds...)
	return err
}

// Retry implements Queue.
func (b *Broker) Retry(ctx context.Context, d Delivery, after time.Duration, reason error) error {
	err := b.Queue.Retry(ctx, d, after, reason)
	if reason != nil {
		b.m.settle("retry", err, d)
	}
	return err
}

// Dead implements Queue.
func (b *Broker) Dead(ctx context.Context, d Delivery, reason error) error {
	err := b.Queue.Dead(ctx, d, reason)
	b.m.settle("dead", err, d)
	return err
}
