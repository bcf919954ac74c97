package auth

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// LimiterOptions of a Limiter.
type LimiterOptions struct {
	Rate  rate.Limit // tokens a second
	Burst int        // tokens at first and at most
	// Keys is how many keys are remembered; the one not used for longest is forgotten first. Default 10,000.
	Keys  int
	Clock func() time.Time
}

// Limiter is a token bucket per key (an address, an account). It is safe for concurrent use and its memory is
// bounded.
type Limiter struct {
	o      LimiterOptions
	mu     sync.Mutex
	order  *list.List // of *bucket, the latest used first
	byName map[string]*list.Element
}

type bucket struct {
	name  string
	limit *rate.Limiter
}

// NewLimiter makes a limiter.
func NewLimiter(o LimiterOptions) *Limiter {
	if o.Keys <= 0 {
		o.Keys = 10_000
	}
	if o.Burst <= 0 {
		o.Burst = 1
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Limiter{o: o, order: list.New(), byName: map[string]*list.Element{}}
}

// Take uses a token of the key. It returns 0, or without taking one how long to wait for it.
func (l *Limiter) Take(key string) time.Duration {
	now := l.o.Clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key)
	res := b.limit.ReserveN(now, 1)
	if wait := res.DelayFrom(now); wait > 0 {
		res.CancelAt(now)
		return wait
	}
	return 0
}

// Wait returns how long Take would refuse the key, without taking.
func (l *Limiter) Wait(key string) time.Duration {
	now := l.o.Clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byName[key]
	if !ok {
		return 0
	}
	b, _ := e.Value.(*bucket)
	if missing := 1 - b.limit.TokensAt(now); missing > 0 {
		return time.Duration(missing / float64(l.o.Rate) * float64(time.Second))
	}
	return 0
}

func (l *Limiter) bucket(key string) *bucket {
	if e, ok := l.byName[key]; ok {
		l.order.MoveToFront(e)
		b, _ := e.Value.(*bucket)
		return b
	}
	if l.order.Len() >= l.o.Keys {
		last := l.order.Back()
		if b, ok := l.order.Remove(last).(*bucket); ok {
			delete(l.byName, b.name)
		}
	}
	b := &bucket{name: key, limit: rate.NewLimiter(l.o.Rate, l.o.Burst)}
	l.byName[key] = l.order.PushFront(b)
	return b
}
