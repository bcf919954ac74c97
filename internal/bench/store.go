package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// batch is how many claims one write holds; reports of that size come from lists.
const batch = 20_000

// measureStore ingests through the bulk writer and looks up what is there.
func measureStore(ctx context.Context, engine string, db *sqldb.DB, o options) error {
	svc, err := report.New(report.Options{Tx: db, Bulk: db, Store: db, Corrections: db, Changes: db})
	if err != nil {
		return err
	}
	if err := db.SeedOrganisation(ctx, 1, "bench"); err != nil {
		return err
	}
	src, err := db.SeedSource(ctx, 1, "bench", sharing.ACL{Owner: 1, Distribution: sharing.Community, TLP: marking.TLPAmber})
	if err != nil {
		return err
	}
	actor := sharing.SystemActor("bench", 1)
	fmt.Printf("## %s: ingest, %d claims, synced, correlation on\n\n| claims | claims/s | CPU µs/claim | memory MB |\n|---|---|---|---|\n", engine, o.claims)
	rng := rand.New(rand.NewPCG(1, 2))
	mark, step := time.Now(), max(200_000, o.claims/10)
	cpu := cpuTime()
	for n := 0; n < o.claims; n += batch {
		b := report.Batch{Source: src, Report: &report.Draft{Key: strconv.Itoa(n), Kind: report.KindFeed, Title: "list " + strconv.Itoa(n)}, Claims: drafts(rng, o.claims, min(batch, o.claims-n))}
		if _, err := svc.Ingest(ctx, actor, b); err != nil {
			return err
		}
		if done := n + batch; done%step == 0 || done >= o.claims {
			used := cpuTime()
			fmt.Printf("| %d | %.0f | %.1f | %d |\n", done, float64(step)/time.Since(mark).Seconds(), (used-cpu).Seconds()*1e6/float64(step), memoryMB(os.Getpid()))
			mark, cpu = time.Now(), used
		}
	}
	if err := bigReport(ctx, svc, db, actor, report.Batch{Source: src}); err != nil {
		return err
	}
	return lookups(ctx, db, o)
}

// drafts makes skewed values: a few are stated often, most seldom.
func drafts(rng *rand.Rand, total, n int) []report.ClaimDraft {
	out := make([]report.ClaimDraft, n)
	for i := range out {
		out[i] = draft(int(float64(total) * 0.8 * rng.Float64() * rng.Float64()))
	}
	return out
}

func draft(k int) report.ClaimDraft {
	switch k % 4 {
	case 0:
		return report.ClaimDraft{Type: "ipv4-addr", Stated: fmt.Sprintf("%d.%d.%d.%d", 20+k>>24&127, k>>16&255, k>>8&255, k&255)}
	case 1:
		return report.ClaimDraft{Type: "domain-name", Stated: fmt.Sprintf("h%x.dom%x.com", k, k/3)}
	case 2:
		return report.ClaimDraft{Type: "url", Stated: fmt.Sprintf("http://h%x.site%x.net/%x/gate.php", k, k/5, k*7)}
	}
	return report.ClaimDraft{Type: "file:sha-256", Stated: fmt.Sprintf("%016x%048x", uint64(k)*0x9E3779B97F4A7C15, k)} //nolint:gosec // spread
}

// bigReport writes one report of 100,000 claims and opens its first page.
func bigReport(ctx context.Context, svc *report.Service, db *sqldb.DB, actor sharing.Actor, base report.Batch) error {
	const size = 100_000
	start := time.Now()
	var into report.Result
	for n := 0; n < size; n += batch {
		b := base
		if n == 0 {
			b.Report = &report.Draft{Key: "big", Kind: report.KindReport, Title: "one big report"}
		} else {
			b.Into = into.Report
		}
		for i := range batch {
			b.Claims = append(b.Claims, report.ClaimDraft{Type: "domain-name", Stated: fmt.Sprintf("big%d.example-%d.com", n+i, (n+i)%977)})
		}
		res, err := svc.Ingest(ctx, actor, b)
		if err != nil {
			return err
		}
		if n == 0 {
			into = res
		}
	}
	wrote := time.Since(start)
	start = time.Now()
	page, _, err := db.Claims(ctx, actor.Scope, report.Filter{Report: into.Report}, report.Page{Limit: 100})
	if err != nil {
		return err
	}
	opened := time.Since(start)
	start = time.Now()
	if _, err := db.Tallies(ctx, actor.Scope, []id.ID{into.Report}); err != nil {
		return err
	}
	fmt.Printf("\nOne report of %d claims: written in %.2f s; first page of %d in %.1f ms, its counts in %.1f ms.\n", size, wrote.Seconds(), len(page), ms(opened), ms(time.Since(start)))
	return nil
}

// lookups measures exact answers for a person with a scope, and bulk ones.
func lookups(ctx context.Context, db *sqldb.DB, o options) error {
	scope := sharing.For(sharing.Asker{User: 1, Org: 1, Clearance: marking.TLPRed})
	svc := assess.New(db, nil, nil)
	rng := rand.New(rand.NewPCG(3, 4))
	var took []time.Duration
	known := 0
	for range 2000 {
		v, err := valueOf(rng, o.claims)
		if err != nil {
			return err
		}
		start := time.Now()
		sums, err := svc.Lookup(ctx, scope, []observable.Value{v})
		if err != nil {
			return err
		}
		took = append(took, time.Since(start))
		if sums[0].Known {
			known++
		}
	}
	slices.Sort(took)
	fmt.Printf("Exact look-up with score and publishers, one goroutine: p50 %.2f ms, p99 %.2f ms (%d of %d known).\n", ms(took[len(took)/2]), ms(took[len(took)*99/100]), known, len(took))
	for _, name := range []string{"summarised", "known or not"} {
		values := make([]observable.Value, assess.MaxLookup)
		for i := range values {
			v, err := valueOf(rng, o.claims)
			if err != nil {
				return err
			}
			values[i] = v
		}
		start := time.Now()
		const rounds = 3
		for range rounds {
			var err error
			if name == "summarised" {
				_, err = svc.Lookup(ctx, scope, values)
			} else {
				_, err = db.Find(ctx, scope, values)
			}
			if err != nil {
				return err
			}
		}
		fmt.Printf("Bulk look-up of %d values, %s: %.0f values/s.\n", len(values), name, float64(rounds*len(values))/time.Since(start).Seconds())
	}
	fmt.Println()
	return nil
}

// valueOf draws a value that was probably ingested.
func valueOf(rng *rand.Rand, total int) (observable.Value, error) {
	d := draft(int(float64(total) * 0.8 * rng.Float64() * rng.Float64()))
	t, ok := observable.Parse(strings.TrimSpace(d.Type))
	if !ok {
		return observable.Value{}, fmt.Errorf("type %s", d.Type)
	}
	return observable.Canonical(t, d.Stated)
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
