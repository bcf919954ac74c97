package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vedette-ti/vedette/internal/bench/rig"
	"github.com/vedette-ti/vedette/internal/ingest"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// verdict collects what is wrong.
type verdict struct {
	wrong   []string
	checked map[string]int
}

func (v *verdict) is(ok bool, what string, args ...any) {
	if !ok {
		v.wrong = append(v.wrong, fmt.Sprintf(what, args...))
	}
}

// judge starts the server once more, waits until nothing is left to do, and compares it with the journal.
func (d *drive) judge(ctx context.Context) error {
	s, err := d.start(ctx, d.bin)
	if err != nil {
		return err
	}
	defer s.Stop()
	d.starts = append(d.starts, s.Took)
	v := &verdict{checked: map[string]int{}}
	if err := d.settled(ctx, s.Client, v); err != nil {
		return err
	}
	b, err := d.read()
	if err != nil {
		return err
	}
	for _, check := range []func(context.Context, rig.Client, *books, *verdict) error{judgeReports, judgeValues, judgeShared, judgeClaims} {
		if err := check(ctx, s.Client, b, v); err != nil {
			return err
		}
	}
	for _, took := range d.starts {
		v.is(took < tooSlow, "a start took %v", took)
	}
	for _, text := range d.strayed {
		v.is(false, "answered with an error: %s", text)
	}
	return d.summary(v)
}

// settled waits until the pipeline is idle. A message whose leases ran out too often (its workers were killed
// again and again) waits among the dead letters: nothing is lost, an operator replays it, and so do we.
func (d *drive) settled(ctx context.Context, c rig.Client, v *verdict) error {
	ctx, cancel := context.WithTimeout(ctx, d.settle)
	defer cancel()
	began := time.Now()
	dead, err := c.Idle(ctx)
	if err != nil {
		return fmt.Errorf("the pipeline did not become idle: %w", err)
	}
	for try := 0; dead > 0 && try < 3; try++ {
		var out struct {
			Count int `json:"count"`
		}
		if err := c.Call(ctx, http.MethodPost, "/queue/dead/replay", map[string]any{"topic": ingest.Topic, "all": true}, &out); err != nil {
			return err
		}
		v.checked["dead letters replayed"] += out.Count
		if dead, err = c.Idle(ctx); err != nil {
			return err
		}
	}
	v.is(dead == 0, "%d messages stay dead", dead)
	fmt.Printf("Idle %.1f s after the last start.\n", time.Since(began).Seconds())
	return nil
}

// judgeReports counts titles: acknowledged ones once, others at most once, and nothing that nobody sent.
func judgeReports(ctx context.Context, c rig.Client, b *books, v *verdict) error {
	found := map[string]int{}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				Title string `json:"title"`
			} `json:"items"`
			Next *string `json:"next"`
		}
		if err := c.Call(ctx, http.MethodGet, "/reports?limit=1000&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return err
		}
		for _, r := range page.Items {
			found[r.Title]++
		}
		if page.Next == nil {
			break
		}
		cursor = *page.Next
	}
	for title, n := range found {
		_, sent := b.titles[title]
		v.is(sent, "report %q: nobody sent it", title)
		v.is(n == 1, "report %q is there %d times", title, n)
	}
	for title, f := range b.titles {
		v.checked["reports"]++
		v.is(!f.acked || found[title] > 0, "report %q was acknowledged and is lost", title)
	}
	return nil
}

// known is what the server says of a value.
type known struct {
	Asked   string `json:"asked"`
	Known   bool   `json:"known"`
	Claims  int    `json:"claims"`
	Reports int    `json:"reports"`
}

func lookup(ctx context.Context, c rig.Client, values []string) ([]known, error) {
	var out struct {
		Items []known `json:"items"`
	}
	err := c.Call(ctx, http.MethodPost, "/lookup", map[string]any{"values": values}, &out)
	return out.Items, err
}

// judgeValues looks every value up: stated exactly once, by a report or alone.
func judgeValues(ctx context.Context, c rig.Client, b *books, v *verdict) error {
	for list := range slices.Chunk(sorted(b.values), 5000) {
		found, err := lookup(ctx, c, list)
		if err != nil {
			return err
		}
		for _, k := range found {
			v.checked["values"]++
			acked, alone := b.values[k.Asked].acked, b.alone[k.Asked]
			v.is(k.Known || !acked, "value %s was acknowledged and is lost", k.Asked)
			if !k.Known {
				continue
			}
			reports := 1
			if alone {
				reports = 0
			}
			v.is(k.Claims == 1 && k.Reports == reports, "value %s is stated %d times, in %d reports, instead of once in %d", k.Asked, k.Claims, k.Reports, reports)
		}
	}
	return nil
}

// judgeShared counts the documents by a value that each of them states.
func judgeShared(ctx context.Context, c rig.Client, b *books, v *verdict) error {
	least, most := 0, 0
	for title, f := range b.titles {
		if strings.HasPrefix(title, "soak report ") {
			continue
		}
		if most++; f.acked {
			least++
		}
	}
	found, err := lookup(ctx, c, []string{shared})
	if err != nil {
		return err
	}
	n := found[0].Reports
	v.checked["reports of the shared value"] = n
	v.is(n >= least && n <= most && found[0].Claims == n, "%s: %d reports and %d claims, between %d and %d documents were sent", shared, n, found[0].Claims, least, most)
	return nil
}

// judgeClaims reads the claims that were reviewed or edited.
func judgeClaims(ctx context.Context, c rig.Client, b *books, v *verdict) error {
	all := map[string]bool{}
	for n := range b.states {
		all[n] = true
	}
	for n := range b.texts {
		all[n] = true
	}
	for _, n := range sorted(all) {
		var got struct {
			State   string `json:"state"`
			Comment string `json:"comment"`
		}
		if err := c.Call(ctx, http.MethodGet, "/claims/"+n, nil, &got); err != nil {
			v.is(false, "claim %s: %v", n, err)
			continue
		}
		v.checked["reviewed and edited claims"]++
		states, texts := b.states[n], b.texts[n]
		v.is(states.allows(got.State, "proposed"), "claim %s is %s; acknowledged or tried: %v", n, got.State, states.texts)
		v.is(texts.allows(got.Comment, ""), "claim %s has the comment %q; acknowledged or tried: %v", n, got.Comment, texts.texts)
	}
	return nil
}

// summary prints what was done and found.
func (d *drive) summary(v *verdict) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\n", name, value) }
	for _, where := range sorted(d.kills) {
		row("kills, "+where, d.kills[where])
	}
	for _, kind := range sorted(d.counts) {
		row("acknowledged of sent, "+kind, fmt.Sprintf("%d of %d", d.counts[kind][1], d.counts[kind][0]))
	}
	for _, what := range sorted(v.checked) {
		row("judged, "+what, v.checked[what])
	}
	slices.Sort(d.starts)
	row("start to ready after a kill, median", d.starts[len(d.starts)/2].Round(time.Millisecond))
	row("start to ready after a kill, longest", d.starts[len(d.starts)-1].Round(time.Millisecond))
	row("wrong", len(v.wrong))
	if err := w.Flush(); err != nil {
		return err
	}
	if len(v.wrong) == 0 {
		fmt.Println("Nothing lost, nothing doubled.")
		return nil
	}
	for _, text := range v.wrong[:min(len(v.wrong), 30)] {
		fmt.Println("WRONG:", text)
	}
	return fmt.Errorf("%w: %d findings", errWrong, len(v.wrong))
}
