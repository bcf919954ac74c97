package ingest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

const (
	// relistEvery is how often the sources are looked through for new ones to listen to.
	relistEvery = 10 * time.Second
	// settleIn is how long a watcher needs to be on guard. A visit after it finds what changed before.
	settleIn = 2 * time.Second
)

// listen keeps a watcher for every enabled, scheduled source whose feed can tell early that there is something
// new (a watched folder), and asks for a visit when it does. It is a hint: the schedule finds what it misses.
// relist makes it look through the sources at once.
func (s *Scheduler) listen(ctx context.Context, relist <-chan struct{}) {
	var wg sync.WaitGroup
	defer wg.Wait()
	kept := map[id.ID]*listener{}
	ticker := time.NewTicker(relistEvery)
	defer ticker.Stop()
	for {
		if err := s.relisten(ctx, &wg, kept); err != nil && ctx.Err() == nil {
			s.Engine.o.Log.ErrorContext(ctx, "sources to listen to not read", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-relist:
		}
	}
}

// listener is one running watcher. It is made anew when its source was edited.
type listener struct {
	version int64
	stop    context.CancelFunc
}

// relisten starts and stops watchers as the sources say.
func (s *Scheduler) relisten(ctx context.Context, wg *sync.WaitGroup, kept map[id.ID]*listener) error {
	wanted, err := s.listenable(ctx)
	if err != nil {
		return err
	}
	for n, l := range kept {
		if src, ok := wanted[n]; !ok || src.Version != l.version {
			l.stop()
			delete(kept, n)
		}
	}
	for n, src := range wanted {
		if kept[n] != nil {
			continue
		}
		one, stop := context.WithCancel(ctx)
		kept[n] = &listener{version: src.Version, stop: stop}
		f, _, err := s.Calendar.Open(ctx, src)
		w, ok := f.(feed.Watcher)
		if err != nil || !ok {
			continue // the entry keeps it from being opened again until it is edited
		}
		wg.Go(func() { s.hear(one, src, w) })
	}
	return nil
}

// hear runs one watcher. An early end (the folder is gone) is tried again after a while.
func (s *Scheduler) hear(ctx context.Context, src source.Source, w feed.Watcher) {
	log := s.Engine.o.Log.With(slog.Int64("source", int64(src.ID)), slog.String("kind", src.Kind))
	ask := func() {
		if err := s.Calendar.RunNow(ctx, sharing.SystemActor("source changed", src.Org), src.ID); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "visit not asked for", slog.Any("error", err))
		}
	}
	for ctx.Err() == nil {
		first := time.AfterFunc(settleIn, ask)
		err := w.Watch(ctx, s.Engine.o.Env, ask)
		first.Stop()
		if ctx.Err() != nil {
			return
		}
		log.DebugContext(ctx, "source is not listened to", slog.Any("error", err))
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
		}
	}
}

// listenable lists enabled sources with a schedule: the others are visited by hand only.
func (s *Scheduler) listenable(ctx context.Context) (map[id.ID]source.Source, error) {
	yes, out := true, map[id.ID]source.Source{}
	for cursor := ""; ; {
		found, next, err := s.Calendar.List(ctx, sharing.SystemActor("listen to sources", 0), source.Filter{Enabled: &yes}, report.Page{Cursor: cursor, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, src := range found {
			if src.Schedule != "" {
				out[src.ID] = src
			}
		}
		if cursor = next; next == "" {
			return out, nil
		}
	}
}
