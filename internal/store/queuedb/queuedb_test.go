package queuedb

import (
	"context"
	"os"
	"path/filepath"
	"strings"
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

func onSQLite(t *testing.T) func() bus.Queue {
	path := filepath.Join(t.TempDir(), "queue.db")
	return reopener(t, func(ctx context.Context) (*DB, error) { return OpenSQLite(ctx, path, Options{}) })
}

func onPostgres(t *testing.T) func() bus.Queue {
	dsn := server.Database(t)
	return reopener(t, func(ctx context.Context) (*DB, error) {
		return OpenPostgres(ctx, postgres.Options{DSN: dsn}, Options{})
	})
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

// TestPrune forgets ids by age and by number, never those of messages still queued.
func TestPrune(t *testing.T) {
	for name, open := range map[string]func(*testing.T) func() bus.Queue{"sqlite": onSQLite, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			db := open(t)().(*DB) //nolint:forcetypeassert // made above
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
				ds, err := db.Lease(ctx, bus.Request{Topic: "work", Consumer: "one", Max: 100, Lease: time.Hour})
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
			now := time.Now()
			db.o.Clock = func() time.Time { return now.Add(8 * 24 * time.Hour) }
			prune()
			db.o.Clock = time.Now
			if publish("a", "queued"); len(lease()) != 1 {
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
