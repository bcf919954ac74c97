package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/bench/rig"
	"github.com/vedette-ti/vedette/internal/failpoint"
)

// tooSlow is the longest that a start after a kill may take.
const tooSlow = 5 * time.Second

// drive runs the rounds.
type drive struct {
	options
	*journal
	address, data, key string
	rng                *rand.Rand
	senders            []*sender

	starts  []time.Duration
	kills   map[string]int // by where
	strayed []string       // answers that were errors of the server
}

func (d *drive) start(ctx context.Context, bin string, env ...string) (*rig.Server, error) {
	log, err := os.OpenFile(d.folder+"/server.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	s, err := rig.Start(ctx, rig.Options{Bin: bin, Data: d.data, Listen: d.address, Env: env, Log: log, Set: []string{"log.level=warn"}})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() { <-s.Exited(); _ = log.Close() }()
	s.Key = d.key
	return s, nil
}

func (d *drive) setUp(ctx context.Context) error {
	d.kills = map[string]int{}
	s, err := d.start(ctx, d.bin)
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := s.SetUp(ctx); err != nil {
		return err
	}
	d.key = s.Key
	for n := range d.workers {
		d.senders = append(d.senders, &sender{Client: s.Client, journal: d.journal, rng: rand.New(rand.NewPCG(d.seed, uint64(n)+2)), name: fmt.Sprintf("w%d", n)}) //nolint:gosec // small
	}
	return nil
}

// places lists the failpoints and how often each may be passed before the kill.
func places() map[string]int {
	return map[string]int{
		failpoint.CommitBefore: 60, failpoint.CommitAfter: 60, failpoint.PublishBefore: 12, failpoint.PublishAfter: 12, failpoint.LeaseAfter: 12,
		failpoint.AckBefore: 12, failpoint.AckAfter: 12, failpoint.BlobAfter: 24, failpoint.IngestAfter: 12,
	}
}

// round starts the server, lets everybody send, and kills it: even rounds at a random moment, odd ones at a
// failpoint, each in turn.
func (d *drive) round(ctx context.Context, n int) error {
	bin, where, env := d.bin, "random", []string(nil)
	if names := sorted(places()); n%2 == 1 && d.failBin != "none" {
		where = names[n/2%len(names)]
		bin, env = d.failBin, []string{fmt.Sprintf("VEDETTE_FAILPOINTS=%s:%d", where, 1+d.rng.IntN(places()[where]))}
	}
	s, err := d.start(ctx, bin, env...)
	if err != nil {
		if where != "random" && errors.Is(err, rig.ErrExited) { // the failpoint was passed while it started
			d.kills[where]++
			return nil
		}
		return err
	}
	d.starts = append(d.starts, s.Took)
	life := time.Duration(d.rng.Int64N(int64(d.longest)))
	if where != "random" {
		life = 2 * d.longest // the failpoint comes first, as a rule
	}
	if n == 0 {
		life = d.longest // something to work on
	}
	sending, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	failed := make([]error, len(d.senders))
	for i, one := range d.senders {
		one.Client = s.Client
		one.HTTP = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
		wg.Go(func() { failed[i] = one.run(sending); one.HTTP.CloseIdleConnections() })
	}
	select {
	case <-s.Exited():
	case <-time.After(life):
		if where != "random" {
			where = "random, failpoint not reached"
		}
	case <-ctx.Done():
	}
	s.Kill()
	stop()
	wg.Wait()
	d.kills[where]++
	for _, err := range failed {
		if err != nil {
			if errors.Is(err, errJournal) {
				return err
			}
			d.strayed = append(d.strayed, err.Error())
		}
	}
	if (n+1)%20 == 0 {
		fmt.Printf("round %d: %s\n", n+1, d.tally())
	}
	return ctx.Err()
}

func (d *drive) tally() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var parts []string
	for _, kind := range sorted(d.counts) {
		c := d.counts[kind]
		parts = append(parts, fmt.Sprintf("%s %d of %d", kind, c[1], c[0]))
	}
	return "acknowledged " + strings.Join(parts, ", ")
}
