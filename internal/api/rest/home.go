package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

func (s *Server) homeRoutes() {
	register(s, op{Method: "GET", Path: "/home", ID: "home", Tag: "home", Summary: "What matters now", Rule: Rule{Need: readIntel}, Doc: "Each number comes with the query that opens its table, and with its first rows."}, s.home)
}

// homeReports is a number of reports: GET /reports?q=… shows them all.
type homeReports struct {
	Count int64         `json:"count"`
	Q     string        `json:"q" doc:"For GET /reports."`
	Sort  string        `json:"sort"`
	Items []ReportShape `json:"items"`
}

// homeSources are sources that do not work: GET /sources?status=… shows them all.
type homeSources struct {
	Count  int          `json:"count"`
	More   bool         `json:"more,omitempty" doc:"There are more than were counted."`
	Status string       `json:"status" doc:"For GET /sources."`
	Items  []homeSource `json:"items"`
}

type homeSource struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Since *time.Time `json:"since,omitempty"`
	Error string     `json:"error,omitempty"`
}

// homeValues are values on which independent publishers agree.
type homeValues struct {
	Count int            `json:"count"`
	More  bool           `json:"more,omitempty" doc:"There are more than were counted."`
	Q     string         `json:"q" doc:"For GET /observables."`
	Since time.Time      `json:"since"`
	Items []SummaryShape `json:"items"`
}

type homeOut struct {
	Assets   homeReports `json:"assets" doc:"New reports that concern own assets."`
	ToReview homeReports `json:"to_review" doc:"Oldest first."`
	Mine     homeReports `json:"mine" doc:"To review, assigned to me."`
	Overlaps homeValues  `json:"overlaps" doc:"Values that a further independent publisher stated."`
	Failing  homeSources `json:"failing"`
	Arrived  homeReports `json:"arrived" doc:"What came in since yesterday."`
	Empty    bool        `json:"empty" doc:"There is no report yet."`
}

// The spans that Home looks back.
const (
	homeItems    = 5
	homeDays     = "7d"
	homeOverlaps = 7 * 24 * time.Hour
	homeCounted  = 200
)

func (s *Server) home(ctx context.Context, _ *empty) (*body[homeOut], error) {
	actor := auth.ActorFrom(ctx)
	var out homeOut
	for _, x := range []struct {
		to      *homeReports
		q, sort string
	}{
		{&out.Assets, "own:yes arrived:" + homeDays, "arrived"},
		{&out.ToReview, "-progress:reviewed", "-arrived"},
		{&out.Mine, "-progress:reviewed assignee:me", "-arrived"},
		{&out.Arrived, "arrived:1d", "arrived"},
	} {
		var err error
		if *x.to, err = s.homeReports(ctx, actor.Scope, x.q, x.sort); err != nil {
			return nil, err
		}
	}
	var err error
	if out.Overlaps, err = s.homeOverlaps(ctx, actor.Scope); err != nil {
		return nil, err
	}
	if out.Failing, err = s.homeFailing(ctx, actor); err != nil {
		return nil, err
	}
	if out.ToReview.Count == 0 && out.Arrived.Count == 0 {
		n, err := s.o.Reports.Remarks().CountReports(ctx, actor.Scope, report.Filter{})
		if err != nil {
			return nil, err
		}
		out.Empty = n == 0
	}
	return answer(out), nil
}

func (s *Server) homeReports(ctx context.Context, scope sharing.Scope, q, sort string) (homeReports, error) {
	out := homeReports{Q: q, Sort: sort, Items: []ReportShape{}}
	n, err := query.Parse(q)
	if err != nil {
		return out, err
	}
	if out.Count, err = s.o.Reports.Remarks().CountReports(ctx, scope, report.Filter{Query: n}); err != nil || out.Count == 0 {
		return out, err
	}
	found, _, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{Query: n, Sort: sort}, report.Page{Limit: homeItems})
	if err != nil {
		return out, err
	}
	out.Items, err = s.reportShapes(ctx, scope, found)
	return out, err
}

func (s *Server) homeOverlaps(ctx context.Context, scope sharing.Scope) (homeValues, error) {
	out := homeValues{Q: "publishers:>=2 arrived:" + homeDays, Since: s.o.Clock().Add(-homeOverlaps)}
	found, next, err := s.o.Assess.Overlaps(ctx, scope, out.Since, report.Page{Limit: homeCounted})
	if err != nil {
		return out, err
	}
	out.Count, out.More = len(found), next != ""
	out.Items, err = s.summaries(ctx, found[:min(len(found), homeItems)])
	return out, err
}

func (s *Server) homeFailing(ctx context.Context, actor sharing.Actor) (homeSources, error) {
	out := homeSources{Status: string(source.StatusFailing), Items: []homeSource{}}
	found, next, err := s.o.Sources.List(ctx, actor, source.Filter{Status: source.StatusFailing}, report.Page{Limit: homeCounted})
	if err != nil {
		return out, err
	}
	out.Count, out.More = len(found), next != ""
	for _, src := range found[:min(len(found), homeItems)] {
		out.Items = append(out.Items, homeSource{ID: ref(src.ID), Name: src.Name, Since: when(src.Health.Since), Error: src.Health.Error})
	}
	return out, nil
}
