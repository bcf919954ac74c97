package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// batch is how many claims one write holds; reports of that size come from lists.
const batch = 20_000

// store is one engine that is filled through the bulk writer, and looked up in.
type store struct {
	engine string
	db     *sqldb.DB
	svc    *report.Service
	actor  sharing.Actor
	source id.ID
	claims int
	filled bool // by an earlier run
}

func newStore(ctx context.Context, engine string, db *sqldb.DB, o options) (*store, error) {
	s := &store{engine: engine, db: db, actor: sharing.SystemActor("bench", 1), claims: o.claims}
	last, err := db.LastChange(ctx)
	if err != nil {
		return nil, err
	}
	if s.filled = last > 0; s.filled {
		return s, nil
	}
	if s.svc, err = report.New(report.Options{Tx: db, Bulk: db, Store: db, Corrections: db, Changes: db}); err != nil {
		return nil, err
	}
	if err := db.SeedOrganisation(ctx, 1, "bench"); err != nil {
		return nil, err
	}
	s.source, err = db.SeedSource(ctx, 1, "bench", sharing.ACL{Owner: 1, Distribution: sharing.Community, TLP: marking.TLPAmber})
	return s, err
}

// fill ingests, and prints what each step cost: marginal costs, since indexes grow.
func (s *store) fill(ctx context.Context) error {
	fmt.Printf("## %s: bulk writer, %d claims, synced, correlation on\n\n| claims | claims/s | CPU µs/claim | cost against the first | memory MB |\n|---|---|---|---|---|\n", s.engine, s.claims)
	rng := rand.New(rand.NewPCG(1, 2))
	steps := gauge{step: max(200_000, s.claims/10), total: s.claims}
	steps.start()
	for n := 0; n < s.claims; n += batch {
		b := report.Batch{Source: s.source, Report: &report.Draft{Key: strconv.Itoa(n), Kind: report.KindFeed, Title: "list " + strconv.Itoa(n)}, Claims: drafts(rng, s.claims, min(batch, s.claims-n))}
		if _, err := s.svc.Ingest(ctx, s.actor, b); err != nil {
			return err
		}
		steps.at(min(n+batch, s.claims), func() string { return strconv.Itoa(memoryMB(os.Getpid())) })
	}
	return s.bigReport(ctx)
}

// gauge prints a row whenever a step is full.
type gauge struct {
	step, total, last int
	mark              time.Time
	cpu               time.Duration
	first             float64 // wall seconds per item of the first step
}

func (g *gauge) start() { g.mark, g.cpu = time.Now(), cpuTime() }

func (g *gauge) at(done int, memory func() string) {
	if done-g.last < g.step && done < g.total {
		return
	}
	n, took, used := float64(done-g.last), time.Since(g.mark).Seconds(), cpuTime()
	if g.first == 0 {
		g.first = took / n
	}
	fmt.Printf("| %d | %.0f | %.1f | %.2f | %s |\n", done, n/took, (used-g.cpu).Seconds()*1e6/n, took/n/g.first, memory())
	g.last, g.mark, g.cpu = done, time.Now(), used
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
func (s *store) bigReport(ctx context.Context) error {
	const size = 100_000
	start := time.Now()
	var into report.Result
	for n := 0; n < size; n += batch {
		b := report.Batch{Source: s.source, Into: into.Report}
		if n == 0 {
			b.Report = &report.Draft{Key: "big", Kind: report.KindReport, Title: "one big report"}
		}
		for i := range batch {
			b.Claims = append(b.Claims, report.ClaimDraft{Type: "domain-name", Stated: fmt.Sprintf("big%d.example-%d.com", n+i, (n+i)%977)})
		}
		res, err := s.svc.Ingest(ctx, s.actor, b)
		if err != nil {
			return err
		}
		if n == 0 {
			into = res
		}
	}
	wrote := time.Since(start)
	start = time.Now()
	page, _, err := s.db.Claims(ctx, s.actor.Scope, report.Filter{Report: into.Report}, report.Page{Limit: 100})
	if err != nil {
		return err
	}
	opened := time.Since(start)
	start = time.Now()
	if _, err := s.db.Tallies(ctx, s.actor.Scope, []id.ID{into.Report}); err != nil {
		return err
	}
	fmt.Printf("\nOne report of %d claims: written in %.2f s; first page of %d in %.1f ms, its counts in %.1f ms.\n", size, wrote.Seconds(), len(page), ms(opened), ms(time.Since(start)))
	return nil
}
