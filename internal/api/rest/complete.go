package rest

import (
	"context"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// completeClaims adds to claims what the viewer knows of their values: who else states them, score, lists,
// own assets, the sentence, why they were rejected.
func (s *Server) completeClaims(ctx context.Context, found []report.Claim) ([]claimShape, error) {
	out := make([]claimShape, len(found))
	for i, c := range found {
		out[i] = s.claimOf(c)
	}
	if len(found) == 0 {
		return out, nil
	}
	scope := auth.ActorFrom(ctx).Scope
	if err := s.addSummaries(ctx, scope, found, out); err != nil {
		return nil, err
	}
	if err := s.addSentences(ctx, scope, found, out); err != nil {
		return nil, err
	}
	return out, s.addReasons(ctx, scope, found, out)
}

func (s *Server) addSummaries(ctx context.Context, scope sharing.Scope, found []report.Claim, out []claimShape) error {
	at := map[id.ID]int{}
	var parts []report.Part
	for _, c := range found {
		if len(c.Parts) == 0 {
			continue
		}
		if _, ok := at[c.Parts[0].ID]; !ok {
			at[c.Parts[0].ID] = len(parts)
			parts = append(parts, c.Parts[0])
		}
	}
	sums, err := s.o.Assess.Summaries(ctx, scope, parts)
	if err != nil {
		return err
	}
	lists, err := s.listNames(ctx)
	if err != nil {
		return err
	}
	for i, c := range found {
		if len(c.Parts) == 0 {
			continue
		}
		sum := sums[at[c.Parts[0].ID]]
		score := sum.Score.Total
		out[i].Publishers, out[i].Reports, out[i].Score, out[i].Own = sum.Publishers, sum.Reports, &score, sum.Own
		out[i].Lists = named(lists, sum.Lists)
	}
	return nil
}

func (s *Server) addSentences(ctx context.Context, scope sharing.Scope, found []report.Claim, out []claimShape) error {
	ids := make([]id.ID, len(found))
	at := make(map[id.ID]int, len(found))
	for i, c := range found {
		ids[i], at[c.ID] = c.ID, i
	}
	places, err := s.o.Reports.Remarks().PassagesOf(ctx, scope, ids, 1)
	if err != nil {
		return err
	}
	texts, err := s.sentences(ctx, places)
	for m, text := range texts {
		out[at[m.Claim]].Sentence = text
	}
	return err
}

func (s *Server) addReasons(ctx context.Context, scope sharing.Scope, found []report.Claim, out []claimShape) error {
	var ids []id.ID
	seen := map[id.ID]bool{}
	for _, c := range found {
		if c.Correction != 0 && !seen[c.Correction] {
			seen[c.Correction] = true
			ids = append(ids, c.Correction)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	reasons := make(map[id.ID]string, len(ids))
	for page := (report.Page{Limit: 1000}); ; {
		list, next, err := s.o.Reports.Corrections().ListCorrections(ctx, scope, report.CorrectionFilter{IDs: ids}, page)
		if err != nil {
			return err
		}
		for _, k := range list {
			reasons[k.ID] = k.Reason
		}
		if page.Cursor = next; next == "" {
			break
		}
	}
	for i, c := range found {
		out[i].Reason = reasons[c.Correction]
	}
	return nil
}

// listBook knows the names of warninglists for a while, as long as what is matched with stays the same.
type listBook struct {
	mu    sync.Mutex
	of    *taxonomy.Matcher
	until time.Time
	names map[id.ID]listShape
}

const listBookLife = 5 * time.Second

func (s *Server) listNames(ctx context.Context) (map[id.ID]listShape, error) {
	s.lists.mu.Lock()
	defer s.lists.mu.Unlock()
	now := s.o.Clock()
	matcher, _ := s.o.Taxonomy.Loaded() // nil while it is loading
	if s.lists.names != nil && s.lists.of == matcher && now.Before(s.lists.until) {
		return s.lists.names, nil
	}
	packs, err := s.o.Taxonomy.Packs(ctx, sharing.System("names of warninglists"), taxonomy.KindWarninglist)
	if err != nil {
		return nil, err
	}
	names := make(map[id.ID]listShape, len(packs))
	for _, p := range packs {
		title := p.Meta.Title
		if title == "" {
			title = p.Name
		}
		names[p.ID] = listShape{ID: ref(p.ID), Name: title, Category: p.Category}
	}
	s.lists.names, s.lists.of, s.lists.until = names, matcher, now.Add(listBookLife)
	return names, nil
}

func named(names map[id.ID]listShape, lists []id.ID) []listShape {
	var out []listShape
	for _, n := range lists {
		if l, ok := names[n]; ok {
			out = append(out, l)
		}
	}
	return out
}

// annotate notes warninglists and own assets on claims that people add, as the pipeline does.
func (s *Server) annotate(ctx context.Context, org id.ID, claims []report.ClaimDraft) error {
	matcher, err := s.o.Taxonomy.Loaded()
	if err != nil {
		return err
	}
	for i := range claims {
		c := &claims[i]
		m, err := s.o.Reports.Mean(c.Type, c.Stated)
		if err != nil {
			continue // the writer refuses it with the same reason
		}
		for _, v := range m.Parts {
			for _, h := range matcher.Match(v) {
				c.Listed = append(c.Listed, h.List)
			}
			hits, err := s.o.Assets.Match(ctx, org, v)
			if err != nil {
				return err
			}
			c.Assets = append(c.Assets, hits...)
		}
	}
	return nil
}

// SummaryShape is one line about a value.
type SummaryShape struct {
	ValueShape
	Known      bool             `json:"known"`
	Score      int              `json:"score" doc:"0–100"`
	Publishers int              `json:"publishers" doc:"Independent publishers that state it."`
	Reports    int64            `json:"reports"`
	Claims     int64            `json:"claims"`
	States     map[string]int64 `json:"states,omitempty" doc:"Claims by state."`
	First      *time.Time       `json:"first,omitempty" doc:"When it was first said to be true."`
	Last       *time.Time       `json:"last,omitempty"`
	Expired    bool             `json:"expired,omitempty" doc:"Every claim has expired."`
	ToIDs      bool             `json:"to_ids,omitempty"`
	Sightings  int64            `json:"sightings,omitempty"`
	Lists      []listShape      `json:"lists,omitempty" doc:"Warninglists that hold it."`
	Own        string           `json:"own,omitempty" doc:"How it concerns own assets."`
}

func summaryOf(x assess.Summary, lists map[id.ID]listShape) SummaryShape {
	return SummaryShape{
		ValueShape: valueOf(x.ID, x.Value), Known: x.Known, Score: x.Score.Total, Publishers: x.Publishers, Reports: x.Reports, Claims: x.Claims, States: x.States,
		First: when(x.First), Last: when(x.Last), Expired: x.Known && x.Expired, ToIDs: x.ToIDs, Sightings: x.Seen.Sightings, Lists: named(lists, x.Lists), Own: x.Own,
	}
}

func (s *Server) summaries(ctx context.Context, list []assess.Summary) ([]SummaryShape, error) {
	lists, err := s.listNames(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]SummaryShape, len(list))
	for i, x := range list {
		out[i] = summaryOf(x, lists)
	}
	return out, nil
}
