package queuedb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/bus/bustest"
	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/storetest"
)

var server = storetest.NewPostgres()

func TestMain(m *testing.M) {
	bustest.Child(openPlace)
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// reopener closes the queue opened before and the last one at the end.
func reopener(t testing.TB, open func(ctx context.Context) (*DB, error)) func() bus.Queue {
	var last *DB
	end := func() {
		if last != nil {
			if err := last.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(end)
	return func() bus.Queue {
		end()
		var err error
		if last, err = open(context.Background()); err != nil {
			t.Fatal(err)
		}
		return last
	}
}

// clock is the real one, moved forward by pass.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

func onSQLite(t *testing.T) (func() bus.Queue, func(time.Duration)) {
	path := filepath.Join(t.TempDir(), "queue.db")
	var c clock
	return reopener(t, func(ctx context.Context) (*DB, error) { return OpenSQLite(ctx, path, Options{Clock: c.now}) }), c.pass
}

func onPostgres(t *testing.T) (func() bus.Queue, func(time.Duration)) {
	dsn := server.Database(t)
	var c clock
	return reopener(t, func(ctx context.Context) (*DB, error) {
		return OpenPostgres(ctx, postgres.Options{DSN: dsn}, Options{Clock: c.now})
	}), c.pass
}

func TestSQLite(t *testing.T)   { bustest.Run(t, onSQLite) }
func TestPostgres(t *testing.T) { bustest.Run(t, onPostgres) }

// openPlace opens a path or, when it looks like one, a PostgreSQL address.
func openPlace(place string) (bus.Queue, error) {
	if strings.Contains(place, "dbname=") {
		return OpenPostgres(context.Background(), postgres.Options{DSN: place}, Options{})
	}
	return OpenSQLite(context.Background(), place, Options{})
}

// closing closes the queue that the judge opened.
func closing(t *testing.T) bustest.Opener {
	return func(place string) (bus.Queue, error) {
		q, err := openPlace(place)
		if err == nil {
			t.Cleanup(func() { _ = q.(*DB).Close() }) //nolint:forcetypeassert // openPlace made it
		}
		return q, err
	}
}

func TestCrashSQLite(t *testing.T) {
	bustest.Crash(t, closing(t), filepath.Join(t.TempDir(), "queue.db"), 20)
}

func TestCrashPostgres(t *testing.T) { bustest.Crash(t, closing(t), server.Database(t), 10) }

// TestReclaim hands leased messages out again at once, under a new fence, and leaves those that wait for their
// next attempt.
func TestReclaim(t *testing.T) {
	for name, factory := range map[string]bustest.Factory{"sqlite": onSQLite, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			open, _ := factory(t)
			db := open().(*DB) //nolint:forcetypeassert // made above
			ctx := t.Context()
			if err := db.Declare(ctx, bus.Topic{Name: "work", Consumers: []string{"one"}}); err != nil {
				t.Fatal(err)
			}
			if err := db.Publish(ctx, "work", bus.Message{ID: "a"}, bus.Message{ID: "b"}); err != nil {
				t.Fatal(err)
			}
			lease := func() []bus.Delivery {
				t.Helper()
				ds, err := db.Lease(ctx, bus.Request{Topic: "work", Consumer: "one", Max: 10, Lease: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				return ds
			}
			held := lease()
			if len(held) != 2 || len(lease()) != 0 {
				t.Fatalf("leased %v", held)
			}
			if err := db.Retry(ctx, held[0], time.Hour, errors.New("later")); err != nil {
				t.Fatal(err)
			}
			if n, err := db.Reclaim(ctx); n != 1 || err != nil {
				t.Fatalf("reclaimed %d, %v", n, err)
			}
			again := lease()
			if len(again) != 1 || again[0].ID != held[1].ID || again[0].Attempt != 2 {
				t.Fatalf("after reclaim: %+v", again)
			}
			if err := db.Ack(ctx, held[1]); !errors.Is(err, bus.ErrLeaseLost) {
				t.Errorf("the lost lease acknowledged: %v", err)
			}
			if err := db.Ack(ctx, again[0]); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPrune forgets ids by age and by number, never those of messages still queued.
func TestPrune(t *testing.T) {
	for name, factory := range map[string]bustest.Factory{"sqlite": onSQLite, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			open, pass := factory(t)
			db := open().(*DB) //nolint:forcetypeassert // made above
			ctx := t.Context()
			if err := db.Declare(ctx, bus.Topic{Name: "work", Consumers: []string{"one"}}); err != nil {
				t.Fatal(err)
			}
			publish := func(ids ...string) {
				t.Helper()
				for _, id := range ids {
					if err := db.Publish(ctx, "work", bus.Message{ID: id}); err != nil {
						t.Fatal(err)
					}
				}
			}
			lease := func() []bus.Delivery {
				t.Helper()
				ds, err := db.Lease(ctx, bus.Request{Topic: "work", Consumer: "one", Max: 100, Lease: 24 * time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				return ds
			}
			prune := func() {
				t.Helper()
				for at, first := (place{}), true; first || at != (place{}); first = false {
					var err error
					if at, err = db.pruneFrom(ctx, at); err != nil {
						t.Fatal(err)
					}
				}
			}
			publish("a", "b", "c", "queued")
			if err := db.Ack(ctx, lease()[:3]...); err != nil {
				t.Fatal(err)
			}
			prune()
			if publish("a", "queued"); len(lease()) != 0 {
				t.Error("forgotten too early")
			}
			pass(8 * 24 * time.Hour)
			prune()
			if publish("a", "queued"); len(lease()) != 2 { // the lease of "queued" ran out
				t.Error("an old id must be forgotten, one that is queued not")
			}
			db.o.RememberIDs = 2
			publish("x", "y", "z")
			if err := db.Ack(ctx, lease()...); err != nil {
				t.Fatal(err)
			}
			prune()
			publish("x", "y", "z")
			if ds := lease(); len(ds) != 1 || ds[0].ID != "x" {
				t.Errorf("the newest two must be known: %v", ds)
			}
		})
	}
}

// TestTwoHosts has two processes' worth of queues on one PostgreSQL: messages published on both by the same
// ids are one, each consumer of each host gets every message once, and none stays behind when the last
// consumers end it at the same moment.
func TestTwoHosts(t *testing.T) {
	dsn := server.Database(t)
	hosts := make([]bus.Queue, 2)
	for i := range hosts {
		hosts[i] = reopener(t, func(ctx context.Context) (*DB, error) {
			return OpenPostgres(ctx, postgres.Options{DSN: dsn}, Options{Poll: 20 * time.Millisecond})
		})()
		if err := hosts[i].Declare(t.Context(), bus.Topic{Name: "work", Consumers: []string{"one", "two"}}); err != nil {
			t.Fatal(err)
		}
	}
	const total = 600
	var wg sync.WaitGroup
	for _, q := range hosts {
		for p := range 4 {
			wg.Go(func() {
				for i := range total {
					if err := q.Publish(t.Context(), "work", bus.Message{ID: strconv.Itoa((i*7 + p*150) % total)}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	var mu sync.Mutex
	got := map[string]int{}
	left := 2 * total
	for h, q := range hosts {
		for w := range 4 {
			as := []string{"one", "two"}[(h+w)%2]
			wg.Go(func() {
				for {
					mu.Lock()
					over := left == 0
					mu.Unlock()
					if over || t.Context().Err() != nil {
						return
					}
					ds, err := q.Lease(t.Context(), bus.Request{Topic: "work", Consumer: as, Max: 20, Lease: time.Minute, Wait: 50 * time.Millisecond})
					if err == nil {
						err = q.Ack(t.Context(), ds...)
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, d := range ds {
						got[as+" "+d.ID]++
						left--
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	for what, n := range got {
		if n != 1 {
			t.Errorf("%s came %d times", what, n)
		}
	}
	n, err := hosts[0].(*DB).Stored(t.Context()) //nolint:forcetypeassert // made above
	if len(got) != 2*total || n != 0 || err != nil {
		t.Errorf("%d deliveries of %d, %d left behind, %v", len(got), 2*total, n, err)
	}
}
