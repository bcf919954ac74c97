package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
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
	var lists []homeList
	for _, x := range []homeList{
		{to: &out.Assets, q: "own:yes arrived:" + homeDays, sort: "arrived"},
		{to: &out.ToReview, q: "-progress:reviewed", sort: "-arrived"},
		{to: &out.Mine, q: "-progress:reviewed assignee:me", sort: "-arrived"},
		{to: &out.Arrived, q: "arrived:1d", sort: "arrived"},
	} {
		if err := s.homeReports(ctx, actor.Scope, &x); err != nil {
			return nil, err
		}
		lists = append(lists, x)
	}
	if err := s.showReports(ctx, actor.Scope, lists); err != nil {
		return nil, err
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

// homeList is a number of reports in the making.
type homeList struct {
	to      *homeReports
	q, sort string
	found   []report.Report
}

func (s *Server) homeReports(ctx context.Context, scope sharing.Scope, x *homeList) error {
	*x.to = homeReports{Q: x.q, Sort: x.sort, Items: []ReportShape{}}
	n, err := query.Parse(x.q)
	if err != nil {
		return err
	}
	if x.to.Count, err = s.o.Reports.Remarks().CountReports(ctx, scope, report.Filter{Query: n}); err != nil || x.to.Count == 0 {
		return err
	}
	x.found, _, err = s.o.Reports.Reader().List(ctx, scope, report.Filter{Query: n, Sort: x.sort}, report.Page{Limit: homeItems})
	return err
}

// showReports shapes the reports of all lists at once: one may be in several.
func (s *Server) showReports(ctx context.Context, scope sharing.Scope, lists []homeList) error {
	at := map[id.ID]int{}
	var all []report.Report
	for _, x := range lists {
		for _, r := range x.found {
			if _, ok := at[r.ID]; !ok {
				at[r.ID] = len(all)
				all = append(all, r)
			}
		}
	}
	shapes, err := s.reportShapes(ctx, scope, all)
	if err != nil {
		return err
	}
	for _, x := range lists {
		for _, r := range x.found {
			x.to.Items = append(x.to.Items, shapes[at[r.ID]])
		}
	}
	return nil
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
