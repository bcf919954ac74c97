// Command bench measures the figures that docs/bench.md shows: ingest, look-ups, start-up, memory, the size of
// the console. It starts what it measures itself and prints a calibration beside the figures, since machines
// differ and share their cores. It owns no threshold: nothing fails for being slow. Extraction has its own
// benchmarks (observable/extract); scripts/bench.sh puts all into one page.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
)

func main() {
	var o options
	flag.IntVar(&o.claims, "claims", 1_000_000, "claims to ingest")
	flag.StringVar(&o.engines, "engines", "sqlite,postgres", "stores to measure")
	flag.StringVar(&o.dsn, "dsn", "", "empty PostgreSQL database; without one a server is started")
	flag.StringVar(&o.bin, "bin", "bin/vedette", "binary whose start is measured")
	flag.StringVar(&o.folder, "tmp", "", "folder for data; default a temporary one")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	claims                    int
	engines, dsn, bin, folder string
}

func run(ctx context.Context, o options) error {
	if o.folder == "" {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // temporary
		o.folder = dir
	}
	fmt.Printf("Machine: %d cores, %s, Go %s. Calibration: %s.\n\n", runtime.NumCPU(), runtime.GOARCH, strings.TrimPrefix(runtime.Version(), "go"), calibrate(o.folder))
	for _, engine := range strings.Split(o.engines, ",") {
		db, done, err := open(ctx, engine, o)
		if err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
		err = measureStore(ctx, engine, db, o)
		done()
		if err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	return measureBinary(ctx, o)
}

func open(ctx context.Context, engine string, o options) (*sqldb.DB, func(), error) {
	if engine == "sqlite" {
		db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(o.folder, "bench.db")})
		return db, func() { _ = db.Close() }, err
	}
	dsn, stop := o.dsn, func() {}
	if dsn == "" {
		var err error
		if dsn, stop, err = startPostgres(o.folder); err != nil {
			return nil, nil, err
		}
	}
	db, err := postgres.Open(ctx, postgres.Options{DSN: dsn})
	if err != nil {
		stop()
		return nil, nil, err
	}
	return db, func() { _ = db.Close(); stop() }, nil
}

// calibrate measures this machine at this moment: a fixed amount of hashing, and synced writes.
func calibrate(folder string) string {
	start := time.Now()
	sum := uint64(1)
	for i := range uint64(200_000_000) {
		sum = sum*6364136223846793005 + i
	}
	cpu := time.Since(start)
	f, err := os.Create(filepath.Join(folder, "calibrate"))
	if err != nil {
		return err.Error()
	}
	defer f.Close() //nolint:errcheck // temporary
	start = time.Now()
	const writes = 50
	for range writes {
		_, _ = f.Write(make([]byte, 4096))
		_ = f.Sync()
	}
	return fmt.Sprintf("200 M multiply-adds in %.2f s (%d), a synced 4 KiB write in %.2f ms", cpu.Seconds(), sum&1, time.Since(start).Seconds()*1000/writes)
}
