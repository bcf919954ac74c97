package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-ti/vedette/internal/bench/rig"
)

// Sizes of the drive of the whole server.
const (
	listLines  = 20_000 // values in one dropped list
	lists      = 10
	textCount  = 1_000 // dropped texts of prose
	textValues = 40    // values in one text
	senders    = 4
)

// measureServer drives the real binary from outside: everything goes through HTTP, the queue, the parsers and
// the extractor, on SQLite, synced.
func measureServer(ctx context.Context, o options) error {
	s, err := rig.Start(ctx, rig.Options{Bin: o.bin, Data: filepath.Join(o.folder, "server")})
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := s.SetUp(ctx); err != nil {
		return err
	}
	fmt.Printf("## The whole pipeline, through the API of one server on SQLite\n\n| dropped | values | seconds | values/s | CPU µs/value | memory MB, peak |\n|---|---|---|---|---|---|\n")
	if err := measureDrops(ctx, s, "lists of 20,000 values", lists, listLines, listText); err != nil {
		return err
	}
	if err := measureDrops(ctx, s, "prose with 40 values each", textCount, textValues, proseText); err != nil {
		return err
	}
	if err := measureDrops(ctx, s, "one report", 1, 100_000, bigText); err != nil {
		return err
	}
	return measureReads(ctx, s)
}

// measureDrops sends n documents of size values each and waits until the pipeline has nothing to do.
func measureDrops(ctx context.Context, s *rig.Server, what string, n, size int, text func(n, size int) string) error {
	cpu, began := s.CPU(), time.Now()
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(senders)
	for i := range n {
		g.Go(func() error {
			in := map[string]any{"title": fmt.Sprintf("%s %d", what, i), "name": "bench.txt", "text": text(i, size)}
			return s.Call(within, http.MethodPost, "/drop", in, nil)
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	dead, err := s.Idle(ctx)
	if err != nil {
		return err
	}
	took, used := time.Since(began), s.CPU()-cpu
	if dead > 0 {
		return fmt.Errorf("%s: %d messages died", what, dead)
	}
	total := float64(n * size)
	_, peak := s.MemoryMB()
	fmt.Printf("| %d × %s | %.0f | %.2f | %.0f | %.1f | %d |\n", n, what, total, took.Seconds(), total/took.Seconds(), used.Seconds()*1e6/total, peak)
	return nil
}

// listText is a plain list, as vendors publish them.
func listText(n, size int) string {
	var b strings.Builder
	for i := range size {
		b.WriteString(draft(n*size*2/3 + i).Stated)
		b.WriteByte('\n')
	}
	return b.String()
}

// proseText is a report with its values in sentences.
func proseText(n, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Operation %d: the intruders came back in spring.\n\n", n)
	for i := range size {
		fmt.Fprintf(&b, "After the loader had been started from a mail, it asked %s for its next stage, and our sensors saw the answer within minutes. ",
			strings.Replace(draft(5_000_000+n*size*3/4+i).Stated, ".", "[.]", 1))
	}
	return b.String()
}

// bigText is one report with very many values.
func bigText(_, size int) string {
	var b strings.Builder
	for i := range size {
		fmt.Fprintf(&b, "big%d.example-%d.com\n", i, i%977)
	}
	return b.String()
}

// measureReads asks what an analyst and a sensor ask, over HTTP.
func measureReads(ctx context.Context, s *rig.Server) error {
	var found struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	q := url.Values{"q": {`"one report 0"`}, "limit": {"1"}}
	if err := s.Call(ctx, http.MethodGet, "/reports?"+q.Encode(), nil, &found); err != nil {
		return err
	}
	if len(found.Items) != 1 {
		return fmt.Errorf("the big report was not found")
	}
	big := "/reports/" + found.Items[0].ID
	one := func(i int) map[string]any { return map[string]any{"values": []string{draft(i * 97).Stated}} }
	many := map[string]any{"values": strings.Fields(listText(3, 10_000))}
	fmt.Print("\n| over HTTP | p50 ms | p99 ms |\n|---|---|---|\n")
	for _, m := range []struct {
		what string
		n    int
		f    func(i int) error
	}{
		{"the big report's head and counts", 50, func(int) error { return s.Call(ctx, http.MethodGet, big, nil, nil) }},
		{"its first 100 claims", 50, func(int) error { return s.Call(ctx, http.MethodGet, big+"/claims?limit=100", nil, nil) }},
		{"exact look-up of one value", 1000, func(i int) error { return s.Call(ctx, http.MethodPost, "/lookup", one(i), nil) }},
		{"look-up of 10,000 values, all known", 10, func(int) error { return s.Call(ctx, http.MethodPost, "/lookup", many, nil) }},
		{"full-text search", 50, func(int) error { return s.Call(ctx, http.MethodGet, "/search?q=intruders+spring", nil, nil) }},
		{"home", 20, func(int) error { return s.Call(ctx, http.MethodGet, "/home", nil, nil) }},
	} {
		var took []time.Duration
		for i := range m.n {
			start := time.Now()
			if err := m.f(i); err != nil {
				return fmt.Errorf("%s: %w", m.what, err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		fmt.Printf("| %s | %.1f | %.1f |\n", m.what, ms(took[len(took)/2]), ms(took[len(took)*99/100]))
	}
	now, peak := s.MemoryMB()
	fmt.Printf("\nMemory after that: %d MB, peak %d MB.\n\n", now, peak)
	return nil
}
