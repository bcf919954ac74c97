package queuedb

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/bus/bustest"
	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/storetest"
)

var server = storetest.NewPostgres()

func TestMain(m *testing.M) {
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
