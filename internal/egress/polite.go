package egress

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/vedette-ti/vedette/internal/errs"
)

const (
	// mostHosts bounds the memory of the limits; the least used hosts are forgotten first.
	mostHosts = 4096
	// longestQueue is how long a request waits for a host that asked for a pause; a longer pause
	// is an error that says when to come back.
	longestQueue = 20 * time.Second
)

// polite spaces out the requests to each host.
type polite struct {
	perHost int
	rate    rate.Limit
	burst   int
	clock   func() time.Time

	mu    sync.Mutex
	hosts map[string]*host
}

type host struct {
	slots   chan struct{}
	limiter *rate.Limiter
	users   int // requests waiting or under way
	used    time.Time
	pause   time.Time // no request before
}

func newPolite(perHost int, perSecond float64, burst int, clock func() time.Time) *polite {
	return &polite{perHost: perHost, rate: rate.Limit(perSecond), burst: burst, clock: clock, hosts: map[string]*host{}}
}

// acquire waits for the host's turn and returns the function that ends it (once, from anywhere).
func (p *polite) acquire(ctx context.Context, name string) (func(), error) {
	h, pause := p.enter(name)
	leave := func() {
		p.mu.Lock()
		h.users--
		p.mu.Unlock()
	}
	if pause > longestQueue {
		leave()
		return nil, errs.New(errs.RateLimited, "host_paused",
			"{host} asked to be left alone for another {retry_after} s; it is tried again later.",
			"host", name, "retry_after", int64((pause+time.Second-1)/time.Second))
	}
	if err := sleep(ctx, pause); err != nil {
		leave()
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
	release := sync.OnceFunc(func() {
		<-h.slots
		leave()
	})
	if err := h.limiter.Wait(ctx); err != nil {
		release()
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, context.DeadlineExceeded // the wait would outlast the request's time
	}
	return release, nil
}

func (p *polite) enter(name string) (*host, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.get(name)
	h.users++
	h.used = p.clock()
	return h, h.pause.Sub(h.used)
}

func (p *polite) get(name string) *host {
	if h, ok := p.hosts[name]; ok {
		return h
	}
	if len(p.hosts) >= mostHosts {
		p.forget()
	}
	h := &host{slots: make(chan struct{}, p.perHost), limiter: rate.NewLimiter(p.rate, p.burst)}
	p.hosts[name] = h
	return h
}

// forget drops hosts that nobody uses and that asked for no pause, down to half of the bound; when
// too few are idle, all idle ones.
func (p *polite) forget() {
	now := p.clock()
	for _, age := range []time.Duration{10 * time.Minute, time.Minute, 0} {
		for name, h := range p.hosts {
			if h.users == 0 && now.Sub(h.used) >= age && !h.pause.After(now) {
				delete(p.hosts, name)
			}
		}
		if len(p.hosts) <= mostHosts/2 {
			return
		}
	}
}

// hold notes that a host asked for a pause: 429 speaks for the whole host, 503 perhaps only for a page.
func (p *polite) hold(name string, status int, wait time.Duration) {
	switch status {
	case 429:
		wait = min(wait, time.Hour)
	case 503:
		wait = min(wait, 5*time.Minute)
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.clock().Add(wait); until.After(p.get(name).pause) {
		p.get(name).pause = until
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
