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
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
)

func main() {
	var o options
	var only string
	flag.IntVar(&o.claims, "claims", 1_000_000, "claims to ingest")
	flag.StringVar(&o.engines, "engines", "sqlite,postgres", "stores to measure")
	flag.StringVar(&o.dsn, "dsn", "", "empty PostgreSQL database; without one a server is started")
	flag.StringVar(&o.bin, "bin", "bin/vedette", "binary that is measured as a whole")
	flag.StringVar(&o.folder, "tmp", "", "folder for data; default a temporary one. A store that is there is looked up in, not filled again")
	flag.StringVar(&only, "only", "ingest,lookup,server,start", "parts to measure")
	flag.StringVar(&o.profiles, "profiles", "", "folder for CPU profiles of ingest and look-ups")
	flag.Parse()
	o.parts = strings.Split(only, ",")
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	claims                              int
	engines, dsn, bin, folder, profiles string
	parts                               []string
}

func (o options) wants(part string) bool { return slices.Contains(o.parts, part) }

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
	if o.wants("ingest") || o.wants("lookup") {
		for engine := range strings.SplitSeq(o.engines, ",") {
			if err := measureEngine(ctx, engine, o); err != nil {
				return fmt.Errorf("%s: %w", engine, err)
			}
		}
	}
	if _, err := os.Stat(o.bin); err != nil {
		fmt.Printf("(%s is not built: the server was not measured)\n", o.bin)
		return nil
	}
	if o.wants("server") {
		if err := measureServer(ctx, o); err != nil {
			return fmt.Errorf("server: %w", err)
		}
	}
	if o.wants("start") {
		return measureStart(ctx, o)
	}
	return nil
}

func measureEngine(ctx context.Context, engine string, o options) error {
	db, done, err := open(ctx, engine, o)
	if err != nil {
		return err
	}
	defer done()
	s, err := newStore(ctx, engine, db, o)
	if err != nil {
		return err
	}
	if o.wants("ingest") && !s.filled {
		if err := profiled(o, engine+"-ingest", func() error { return s.fill(ctx) }); err != nil {
			return err
		}
	}
	if !o.wants("lookup") {
		return nil
	}
	return profiled(o, engine+"-lookup", func() error { return s.lookups(ctx) })
}

// profiled runs f, with a CPU profile where one is asked for.
func profiled(o options, name string, f func() error) error {
	if o.profiles == "" {
		return f()
	}
	out, err := os.Create(filepath.Join(o.profiles, name+".pprof"))
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // StopCPUProfile wrote it
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
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
