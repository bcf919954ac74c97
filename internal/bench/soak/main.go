// Command soak judges durability from outside: it runs the real server, sends documents, claims, reviews and
// edits through the API from many goroutines, notes every acknowledgement in a file of its own (synced, before
// it counts), ends the server as kill -9 does at random moments and at named failpoints, starts it again, and
// in the end asks it for everything: what was acknowledged must be there exactly once, what was not at most
// once. It owns no fault other than the kill, and knows nothing of the store behind the API.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/vedette-ti/vedette/internal/bench/rig"
)

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/vedette", "server that is killed at random moments, and judged at the end")
	flag.StringVar(&o.failBin, "failpoints", "", "server built with -tags failpoints; default: built now. none: random moments only")
	flag.IntVar(&o.rounds, "rounds", 200, "how often the server is killed")
	flag.IntVar(&o.workers, "workers", 8, "goroutines that send")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the random choices") //nolint:gosec // any number
	flag.StringVar(&o.folder, "tmp", "", "folder for data and the log; default a temporary one, kept when something is wrong")
	flag.DurationVar(&o.longest, "longest", 2500*time.Millisecond, "longest life of a server before its kill")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := soak(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

type options struct {
	bin, failBin, folder string
	rounds, workers      int
	seed                 uint64
	longest              time.Duration
	settle               time.Duration // how long the pipeline may take to become idle; 0 takes ten minutes
}

var errWrong = errors.New("the judge found something wrong")

// soak prepares folders and binaries, runs the rounds and judges.
func soak(ctx context.Context, o options) (err error) {
	if o.folder == "" {
		if o.folder, err = os.MkdirTemp("", "soak"); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = os.RemoveAll(o.folder)
			} else {
				fmt.Printf("Kept for a closer look: %s\n", o.folder)
			}
		}()
	}
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return err
	}
	if o.settle == 0 {
		o.settle = 10 * time.Minute
	}
	if o.failBin == "" {
		if o.failBin, err = rig.Build(ctx, o.folder, "vedette-failpoints", "failpoints"); err != nil {
			return err
		}
	}
	j, err := openJournal(filepath.Join(o.folder, "acknowledged.ndjson"))
	if err != nil {
		return err
	}
	defer j.close()
	address, err := rig.FreeAddress()
	if err != nil {
		return err
	}
	d := &drive{options: o, journal: j, address: address, data: filepath.Join(o.folder, "data"), rng: rand.New(rand.NewPCG(o.seed, 1))}
	fmt.Printf("Seed %d, %d rounds, %d senders.\n", o.seed, o.rounds, o.workers)
	if err := d.setUp(ctx); err != nil {
		return err
	}
	for n := range o.rounds {
		if err := d.round(ctx, n); err != nil {
			return fmt.Errorf("round %d: %w", n+1, err)
		}
	}
	return d.judge(ctx)
}
