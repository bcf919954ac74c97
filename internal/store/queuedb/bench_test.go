package queuedb

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/store/postgres"
)

// BenchmarkPublish measures durable messages of 100 bytes, each a call of its own (one/…) or 100 a call
// (hundred/…), from many goroutines. ids/ have ascending ids, random/ scattered ones, none/ none.
func BenchmarkPublish(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, per := range []int{1, 100} {
			for _, ids := range []string{"ids", "random", "none"} {
				b.Run(fmt.Sprintf("%s/%d per call/%s", engine, per, ids), func(b *testing.B) { benchmarkPublish(b, engine, per, ids) })
			}
		}
	}
}

func benchOpen(b *testing.B, engine string) bus.Queue {
	var open func() bus.Queue
	if engine == "sqlite" {
		path := filepath.Join(b.TempDir(), "queue.db")
		open = reopener(b, func(ctx context.Context) (*DB, error) { return OpenSQLite(ctx, path, Options{}) })
	} else {
		dsn := server.Database(b)
		open = reopener(b, func(ctx context.Context) (*DB, error) {
			return OpenPostgres(ctx, postgres.Options{DSN: dsn}, Options{})
		})
	}
	q := open()
	if err := q.Declare(context.Background(), bus.Topic{Name: "work", Consumers: []string{"one"}}); err != nil {
		b.Fatal(err)
	}
	return q
}

func benchmarkPublish(b *testing.B, engine string, per int, ids string) {
	q := benchOpen(b, engine)
	body := make([]byte, 100)
	publishers := 2000 / per
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range publishers {
		wg.Go(func() {
			msgs := make([]bus.Message, per)
			for {
				first := next.Add(int64(per)) - int64(per)
				if first >= int64(b.N) {
					return
				}
				for i := range msgs {
					msgs[i] = bus.Message{Body: body}
					switch n := first + int64(i); ids {
					case "ids":
						msgs[i].ID = fmt.Sprintf("%016d", n)
					case "random":
						msgs[i].ID = fmt.Sprintf("%016x", uint64(n+1)*0x9e3779b97f4a7c15) //nolint:gosec // scattered
					}
				}
				if err := q.Publish(context.Background(), "work", msgs...); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkThrough measures messages from Publish through Consume to their acknowledgement.
func BenchmarkThrough(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			q := benchOpen(b, engine)
			ctx, cancel := context.WithCancel(context.Background())
			var done atomic.Int64
			finished, ended := make(chan struct{}), make(chan struct{})
			b.ResetTimer()
			go func() {
				defer close(ended)
				_ = bus.Consume(ctx, q, bus.Options{Topic: "work", Consumer: "one", Concurrency: 8, Prefetch: 500, Handler: func(context.Context, bus.Delivery) error {
					if done.Add(1) == int64(b.N) {
						close(finished)
					}
					return nil
				}})
			}()
			for sent := 0; sent < b.N; {
				msgs := make([]bus.Message, min(100, b.N-sent))
				for i := range msgs {
					msgs[i] = bus.Message{ID: fmt.Sprintf("%016d", sent+i), Body: make([]byte, 100)}
				}
				if err := q.Publish(ctx, "work", msgs...); err != nil {
					b.Fatal(err)
				}
				sent += len(msgs)
			}
			<-finished
			cancel()
			<-ended
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkSync is the calibration beside the figures: one small durable publish at a time.
func BenchmarkSync(b *testing.B) {
	q := benchOpen(b, "sqlite")
	started := time.Now()
	for b.Loop() {
		if err := q.Publish(context.Background(), "work", bus.Message{Body: []byte("x")}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "commits/s")
}
