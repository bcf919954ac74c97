package taxonomy

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Load compiles the enabled packs and puts the result in place of the one before. Call it at the start, in
// the background, and when another process changed packs. A pack whose body cannot be read is left out and
// logged; the others count.
func (s *Service) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	packs, err := s.o.Packs.Packs(ctx, sharing.System("load packs"), "")
	if err != nil {
		return err
	}
	packs = slices.DeleteFunc(packs, func(p Pack) bool {
		return !p.Enabled || p.Kind != KindWarninglist && p.Kind != KindTaxonomy
	})
	lists, words := s.parse(ctx, packs)
	if err := ctx.Err(); err != nil {
		return err
	}
	m, skipped, err := NewMatcher(lists)
	if err != nil {
		return err
	}
	slices.SortFunc(words, func(a, b Word) int { return strings.Compare(a.key, b.key) })
	words = slices.CompactFunc(words, func(a, b Word) bool { return a.key == b.key })
	s.current.Store(&index{m, skipped, words})
	s.once.Do(func() { close(s.ready) })
	return nil
}

// parse reads bodies in parallel; results keep the order of packs.
func (s *Service) parse(ctx context.Context, packs []Pack) ([]List, []Word) {
	type result struct {
		list  *List
		words []Word
	}
	results := make([]result, len(packs))
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, p := range packs {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			var err error
			results[i].list, results[i].words, err = s.read(ctx, p)
			if err != nil && ctx.Err() == nil {
				s.o.Log.ErrorContext(ctx, "pack not loaded", slog.String("kind", p.Kind), slog.String("name", p.Name), slog.Any("error", err))
			}
		})
	}
	wg.Wait()
	var lists []List
	var words []Word
	for _, r := range results {
		if r.list != nil {
			lists = append(lists, *r.list)
		}
		words = append(words, r.words...)
	}
	return lists, words
}

func (s *Service) read(ctx context.Context, p Pack) (*List, []Word, error) {
	body, err := s.load(ctx, p.Blob)
	if err != nil {
		return nil, nil, fmt.Errorf("body: %w", err)
	}
	switch p.Kind {
	case KindWarninglist:
		w, err := misp.ParseWarninglist(body)
		if err != nil {
			return nil, nil, err
		}
		return &List{ID: p.ID, Category: p.Category, Warninglist: w}, nil, nil
	}
	t, err := misp.ParseTaxonomy(body)
	if err != nil {
		return nil, nil, err
	}
	var words []Word
	for _, tag := range t.Tags() {
		words = append(words, Word{Name: tag.Name, Expanded: clip(tag.Expanded), Colour: tag.Colour, key: TagKey(tag.Name)})
	}
	return nil, words, nil
}

func (s *Service) load(ctx context.Context, h blob.Hash) ([]byte, error) {
	r, err := s.o.Blobs.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	return io.ReadAll(r)
}

// Entries returns the entries of a list, taxonomy or galaxy that contain a text in any letter case, from
// place after on, at most limit; next is the place to go on from, -1 at the end, total counts all that fit.
func (s *Service) Entries(ctx context.Context, scope sharing.Scope, n id.ID, contains string, after, limit int) (entries []string, next, total int, err error) {
	p, err := s.o.Packs.Pack(ctx, scope, n)
	if err != nil {
		return nil, 0, 0, err
	}
	body, err := s.load(ctx, p.Blob)
	if err != nil {
		return nil, 0, 0, err
	}
	all, err := entriesOf(p.Kind, body)
	if err != nil {
		return nil, 0, 0, err
	}
	want := strings.ToLower(strings.TrimSpace(contains))
	next = -1
	for _, e := range all {
		if want != "" && !strings.Contains(strings.ToLower(e), want) {
			continue
		}
		if total++; total <= after {
			continue
		}
		if len(entries) < limit {
			entries = append(entries, e)
		} else if next < 0 {
			next = total - 1
		}
	}
	return entries, next, total, nil
}

func entriesOf(kind string, body []byte) ([]string, error) {
	var out []string
	switch kind {
	case KindWarninglist:
		w, err := misp.ParseWarninglist(body)
		return w.List, err
	case KindTaxonomy:
		t, err := misp.ParseTaxonomy(body)
		for _, tag := range t.Tags() {
			out = append(out, tag.Name)
		}
		return out, err
	case KindCluster:
		c, err := misp.ParseClusters(body)
		for _, v := range c.Values {
			out = append(out, v.Value)
		}
		return out, err
	case KindTemplate:
		t, err := misp.ParseTemplate(body)
		for name := range t.Attributes {
			out = append(out, name)
		}
		slices.Sort(out)
		return out, err
	}
	return nil, nil
}

func summary(p Pack) jsonx.Raw {
	b, err := jsonx.Marshal(map[string]any{"kind": p.Kind, "name": p.Name, "version": p.Version, "entries": p.Entries, "enabled": p.Enabled, "category": p.Category})
	if err != nil {
		return nil
	}
	return b
}
