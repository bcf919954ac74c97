package rest

import (
	"context"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) reportRoutes() {
	read, write := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.WriteIntel}
	register(s, op{Method: "GET", Path: "/reports", ID: "list-reports", Tag: "reports", Summary: "List reports", Rule: read, Doc: "Newest arrival first; q is the search language.", Codes: "query_value query_field_here bad_cursor"}, s.listReports)
	register(s, op{Method: "GET", Path: "/reports/queue", ID: "review-queue", Tag: "reports", Summary: "Reports to review", Rule: read, Doc: "Assigned to me first, then oldest arrival first."}, s.reviewQueue)
	register(s, op{Method: "POST", Path: "/reports", ID: "create-report", Tag: "reports", Summary: "Create a report by hand", Rule: write, Status: 201, Codes: "owner_foreign title_empty"}, s.createReport)
	register(s, op{Method: "GET", Path: "/reports/{id}", ID: "get-report", Tag: "reports", Summary: "A report", Rule: read, Codes: "report_missing"}, s.getReport)
	register(s, op{Method: "PATCH", Path: "/reports/{id}", ID: "edit-report", Tag: "reports", Summary: "Change a report", Rule: write, Doc: "version (or If-Match) is the one that was read; a stale one is refused with who changed it.", Codes: "report_missing not_owner stale title_empty owner_fixed if_match_form"}, s.editReport)
	register(s, op{Method: "DELETE", Path: "/reports/{id}", ID: "delete-report", Tag: "reports", Summary: "Delete a report", Rule: Rule{Need: sharing.DeleteIntel}, Doc: "Soft: restore brings it back.", Codes: "report_missing not_owner"}, s.deleteReport)
	register(s, op{Method: "POST", Path: "/reports/{id}/restore", ID: "restore-report", Tag: "reports", Summary: "Bring a deleted report back", Rule: Rule{Need: sharing.DeleteIntel}, Codes: "report_missing not_owner"}, s.restoreReport)
	register(s, op{Method: "POST", Path: "/reports/{id}/finish", ID: "finish-report", Tag: "reports", Summary: "Finish the review", Rule: Rule{Need: sharing.ReviewIntel}, Doc: "Marks it reviewed and answers with the next one to review.", Codes: "report_missing not_owner"}, s.finishReport)
	register(s, op{Method: "GET", Path: "/reports/{id}/history", ID: "report-history", Tag: "reports", Summary: "What was changed, newest first", Rule: read, Codes: "report_missing bad_cursor"}, s.reportHistory)
}

type listReportsIn struct {
	Paging
	Q    string `query:"q" doc:"Search language, e.g. tag:apt published:>2024-01 银狐" maxLength:"16384"`
	Sort string `query:"sort" enum:"arrived,-arrived,published,-published" default:"arrived" doc:"A minus reverses: oldest first."`
}

func (s *Server) listReports(ctx context.Context, in *listReportsIn) (*body[list[ReportShape]], error) {
	n, err := query.Parse(in.Q)
	if err != nil {
		return nil, err
	}
	scope := auth.ActorFrom(ctx).Scope
	found, next, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{Query: n, Sort: in.Sort}, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	shapes, err := s.reportShapes(ctx, scope, found)
	return page(shapes, next), err
}

// reportShapes completes reports with source names and counts.
func (s *Server) reportShapes(ctx context.Context, scope sharing.Scope, found []report.Report) ([]ReportShape, error) {
	ids, sources := make([]id.ID, len(found)), make([]id.ID, len(found))
	for i, r := range found {
		ids[i], sources[i] = r.ID, r.Source
	}
	names, err := s.sourceNames(ctx, sources)
	if err != nil {
		return nil, err
	}
	tallies, err := s.o.Tallies.Tallies(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	out := make([]ReportShape, len(found))
	for i, r := range found {
		out[i] = s.reportOf(r, names[r.Source])
		t := tallies[r.ID]
		out[i].Counts = &reportCounts{Claims: t.Claims, Proposed: t.Proposed, Accepted: t.Accepted, Rejected: t.Rejected, Pain: t.Pain, Own: t.Own}
	}
	return out, nil
}

func (s *Server) reviewQueue(ctx context.Context, in *Paging) (*body[list[ReportShape]], error) {
	scope := auth.ActorFrom(ctx).Scope
	open := query.Not{X: query.Field{Name: "progress", Value: "reviewed"}}
	mine := query.Field{Name: "assignee", Value: "me"}
	var out []report.Report
	limit, rest := in.Limit, in.Cursor
	if at, ok := strings.CutPrefix(in.Cursor, mineCursor); ok || in.Cursor == "" {
		found, next, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{Query: query.And{open, mine}, Sort: "-arrived"}, report.Page{Cursor: at, Limit: limit})
		if err != nil {
			return nil, err
		}
		if out = found; next != "" || len(out) == limit {
			shapes, err := s.reportShapes(ctx, scope, out)
			return page(shapes, mineCursor+next), err
		}
		limit, rest = limit-len(out), ""
	}
	found, next, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{Query: query.And{open, query.Not{X: mine}}, Sort: "-arrived"}, report.Page{Cursor: strings.TrimPrefix(rest, mineCursor), Limit: limit})
	if err != nil {
		return nil, err
	}
	shapes, err := s.reportShapes(ctx, scope, append(out, found...))
	return page(shapes, next), err
}

// mineCursor marks cursors in the first part of the review queue: what is assigned to the viewer.
const mineCursor = "mine."

type createReportIn struct {
	Body struct {
		Title     string      `json:"title" minLength:"1" maxLength:"500"`
		Summary   string      `json:"summary,omitempty" maxLength:"20000"`
		URL       string      `json:"url,omitempty" maxLength:"4000"`
		Lang      string      `json:"lang,omitempty" maxLength:"20"`
		Publisher string      `json:"publisher,omitempty" maxLength:"300"`
		Published *time.Time  `json:"published,omitempty"`
		Tags      []string    `json:"tags,omitempty" maxItems:"200"`
		Label     *labelShape `json:"label,omitempty"`
	}
}

func (s *Server) createReport(ctx context.Context, in *createReportIn) (*item[ReportShape], error) {
	actor := auth.ActorFrom(ctx)
	src, err := s.o.Sources.Builtin(ctx, actor, actor.Org, "drop")
	if err != nil {
		return nil, err
	}
	acl, err := s.label(ctx, in.Body.Label)
	if err != nil {
		return nil, err
	}
	trim := strings.TrimSpace
	d := report.Draft{
		Kind: report.KindReport, Title: trim(in.Body.Title), Summary: trim(in.Body.Summary), URL: trim(in.Body.URL), Lang: in.Body.Lang, Publisher: trim(in.Body.Publisher), Tags: in.Body.Tags, ACL: acl,
	}
	if d.Title == "" {
		return nil, errs.New(errs.Invalid, "title_empty", "A report needs a title.").At("title")
	}
	if in.Body.Published != nil {
		d.Published = *in.Body.Published
	}
	res, err := s.o.Reports.Ingest(ctx, actor, report.Batch{Source: src.ID, Report: &d})
	if err != nil {
		return nil, err
	}
	return s.reportAnswer(ctx, res.Report)
}

// reportAnswer reads a report back for the actor.
func (s *Server) reportAnswer(ctx context.Context, n id.ID) (*item[ReportShape], error) {
	scope := auth.ActorFrom(ctx).Scope
	r, err := s.o.Reports.Get(ctx, scope, n)
	if err != nil {
		return nil, err
	}
	shapes, err := s.reportShapes(ctx, scope, []report.Report{r})
	if err != nil {
		return nil, err
	}
	shapes[0].Residue, shapes[0].Present = r.Residue, s.present(n, auth.ActorFrom(ctx))
	return versionedAnswer(r.Version, shapes[0]), nil
}

func (s *Server) getReport(ctx context.Context, in *ItemPath) (*item[ReportShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return s.reportAnswer(ctx, n)
}

type editReportIn struct {
	ItemPath
	IfMatchVersion
	Body struct {
		Version   int64         `json:"version,omitempty" doc:"The version that was read."`
		Title     *string       `json:"title,omitempty" minLength:"1" maxLength:"500"`
		Summary   *string       `json:"summary,omitempty" maxLength:"20000"`
		URL       *string       `json:"url,omitempty" maxLength:"4000"`
		Lang      *string       `json:"lang,omitempty" maxLength:"20"`
		Publisher *string       `json:"publisher,omitempty" maxLength:"300"`
		Published *time.Time    `json:"published,omitempty"`
		Observed  *time.Time    `json:"observed,omitempty"`
		Progress  *string       `json:"progress,omitempty" enum:"to_review,in_review,reviewed"`
		Assignee  *string       `json:"assignee,omitempty" doc:"Account id, me, or empty for nobody."`
		Tags      *[]report.Tag `json:"tags,omitempty" maxItems:"500"`
		Label     *labelShape   `json:"label,omitempty"`
	}
}

func (s *Server) editReport(ctx context.Context, in *editReportIn) (*item[ReportShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	acl, err := s.label(ctx, in.Body.Label)
	if err != nil {
		return nil, err
	}
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	e := report.Edit{
		Version: version, Title: in.Body.Title, Summary: in.Body.Summary, URL: in.Body.URL, Lang: in.Body.Lang, Publisher: in.Body.Publisher,
		Published: in.Body.Published, Observed: in.Body.Observed, Tags: in.Body.Tags, ACL: acl,
	}
	if in.Body.Progress != nil {
		p, ok := report.ParseProgress(*in.Body.Progress)
		if !ok {
			return nil, errs.New(errs.Invalid, "progress_unknown", "{value} is no step of the review.", "value", *in.Body.Progress).At("progress")
		}
		e.Progress = &p
	}
	if e.Assignee, err = assignee(in.Body.Assignee, actor); err != nil {
		return nil, err
	}
	if _, err := s.o.Reports.Edit(ctx, actor, n, e); err != nil {
		return nil, err
	}
	return s.reportAnswer(ctx, n)
}

func assignee(text *string, a sharing.Actor) (*id.ID, error) {
	if text == nil {
		return nil, nil
	}
	var n id.ID
	switch *text {
	case "":
	case "me":
		n = a.User
	default:
		var err error
		if n, err = id.Parse(*text); err != nil {
			return nil, err
		}
	}
	return &n, nil
}

func (s *Server) deleteReport(ctx context.Context, in *ItemPath) (*empty, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return nil, s.o.Reports.Delete(ctx, auth.ActorFrom(ctx), n)
}

func (s *Server) restoreReport(ctx context.Context, in *ItemPath) (*item[ReportShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	if err := s.o.Reports.Restore(ctx, auth.ActorFrom(ctx), n); err != nil {
		return nil, err
	}
	return s.reportAnswer(ctx, n)
}

type finishOut struct {
	Report ReportShape  `json:"report"`
	Next   *ReportShape `json:"next,omitempty" doc:"The next one to review, if there is one."`
}

func (s *Server) finishReport(ctx context.Context, in *ItemPath) (*body[finishOut], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	done := report.Reviewed
	if _, err := s.o.Reports.Edit(ctx, auth.ActorFrom(ctx), n, report.Edit{Progress: &done}); err != nil {
		return nil, err
	}
	now, err := s.reportAnswer(ctx, n)
	if err != nil {
		return nil, err
	}
	out := finishOut{Report: now.Body}
	queue, err := s.reviewQueue(ctx, &Paging{Limit: 20})
	if err != nil {
		return nil, err
	}
	for i := range queue.Body.Items { // one that nobody else has open, else the first
		r := &queue.Body.Items[i]
		if r.ID == in.ID {
			continue
		}
		if next, err := id.Parse(r.ID); err == nil && len(s.present(next, auth.ActorFrom(ctx))) == 0 {
			out.Next = r
			break
		}
		if out.Next == nil {
			out.Next = r
		}
	}
	return answer(out), nil
}
