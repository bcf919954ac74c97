package jobs

import (
	"context"
	"log/slog"
	"time"
)

// leaderLease is how long the work of a leader stands still when its host dies.
const leaderLease = 15 * time.Second

// Lead runs fn on one host at a time: it waits for the named lease, runs fn with a context that ends when
// the lease cannot be renewed, and waits again when fn returned, until ctx ends. Names are the caller's
// ("scheduler"). fn that returns early is started again after a second.
func (s *Service) Lead(ctx context.Context, name string, fn func(ctx context.Context) error) error {
	for ctx.Err() == nil {
		taken := time.Now()
		ok, err := s.o.Store.TakeLease(ctx, name, s.o.Worker, leaderLease)
		if err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "lease not taken", slog.String("lease", name), slog.Any("error", err))
		}
		if ok && err == nil {
			s.lead(ctx, name, taken, fn)
		}
		wait(ctx, time.Second)
	}
	return nil
}

// lead runs fn while the lease is renewed. It ends fn's context a fifth before the lease does, so that two
// leaders do not overlap even when a renewal hangs.
func (s *Service) lead(ctx context.Context, name string, renewed time.Time, fn func(ctx context.Context) error) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(leaderLease / 5)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-work.Done():
				return
			}
			call, cancel := context.WithDeadline(work, renewed.Add(leaderLease*4/5))
			asked := time.Now()
			ok, err := s.o.Store.TakeLease(call, name, s.o.Worker, leaderLease)
			cancel()
			switch {
			case err == nil && ok:
				renewed = asked
			case err == nil || time.Since(renewed) >= leaderLease*3/5:
				stop()
				return
			}
		}
	}()
	if err := fn(work); err != nil && work.Err() == nil {
		s.o.Log.WarnContext(ctx, "leader stopped", slog.String("lease", name), slog.Any("error", err))
	}
	stop()
	<-done
	free, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := s.o.Store.DropLease(free, name, s.o.Worker); err != nil {
		s.o.Log.WarnContext(ctx, "lease not given back", slog.String("lease", name), slog.Any("error", err))
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
