package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// lookups measures exact answers for a person with a scope, and bulk ones.
func (s *store) lookups(ctx context.Context) error {
	scope := sharing.For(sharing.Asker{User: 1, Org: 1, Clearance: marking.TLPRed})
	svc := assess.New(s.db, nil, nil)
	rng := rand.New(rand.NewPCG(3, 4))
	var took []time.Duration
	known := 0
	cpu := cpuTime()
	for range 2000 {
		start := time.Now()
		sums, err := svc.Lookup(ctx, scope, s.values(rng, 1))
		if err != nil {
			return err
		}
		took = append(took, time.Since(start))
		if sums[0].Known {
			known++
		}
	}
	used := cpuTime() - cpu
	slices.Sort(took)
	fmt.Printf("Exact look-up with score and publishers, one goroutine: p50 %.2f ms, p99 %.2f ms, CPU %.0f µs (%d of %d known).\n",
		ms(took[len(took)/2]), ms(took[len(took)*99/100]), used.Seconds()*1e6/float64(len(took)), known, len(took))
	for _, kind := range []string{"summarised", "known or not"} {
		if err := s.bulk(ctx, svc, scope, s.values(rng, assess.MaxLookup), kind); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// bulk repeats one look-up of many values: median of five.
func (s *store) bulk(ctx context.Context, svc *assess.Service, scope sharing.Scope, values []observable.Value, kind string) error {
	var took, used []time.Duration
	for range 5 {
		start, cpu := time.Now(), cpuTime()
		var err error
		if kind == "summarised" {
			_, err = svc.Lookup(ctx, scope, values)
		} else {
			_, err = s.db.Find(ctx, scope, values)
		}
		if err != nil {
			return err
		}
		took, used = append(took, time.Since(start)), append(used, cpuTime()-cpu)
	}
	slices.Sort(took)
	slices.Sort(used)
	n := float64(len(values))
	fmt.Printf("Bulk look-up of %d values, %s: %.0f values/s, CPU %.1f µs/value.\n", len(values), kind, n/took[2].Seconds(), used[2].Seconds()*1e6/n)
	return nil
}

// values draws values that were probably ingested.
func (s *store) values(rng *rand.Rand, n int) []observable.Value {
	out := make([]observable.Value, 0, n)
	for len(out) < n {
		d := draft(int(float64(s.claims) * 0.8 * rng.Float64() * rng.Float64()))
		if t, ok := observable.Parse(d.Type); ok {
			if v, err := observable.Canonical(t, d.Stated); err == nil {
				out = append(out, v)
			}
		}
	}
	return out
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
