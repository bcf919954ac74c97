package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) observableRoutes() {
	read, write := Rule{Need: readIntel}, Rule{Need: writeIntel}
	const tag, missing = "observables", "observable_missing bad_id"
	register(s, op{Method: "GET", Path: "/observables", ID: "list-observables", Tag: tag, Summary: "List known values", Rule: read, Codes: "query_value query_computed bad_cursor", Doc: "Newest first. Conditions on score and publishers are applied to each page, so that one may hold fewer than asked for while a next one exists."}, s.listObservables)
	register(s, op{Method: "POST", Path: "/observables", ID: "add-observables", Tag: tag, Summary: "Add claims that stand alone", Rule: write, Repeatable: true, Body: s.o.MaxBody, Codes: "claims_empty batch_too_large owner_foreign warninglists_loading", Doc: "At most 50,000. The good ones go in, the others are named with their reason. Adding the same again adds nothing."}, s.addObservables)
	takes[bulkInput](s, "/observables", "BulkInput")
	register(s, op{Method: "GET", Path: "/observables/{id}", ID: "get-observable", Tag: tag, Summary: "What is known of a value", Rule: read, Codes: missing, Doc: "The verdict line with the terms of its score, and what each publisher says."}, s.getObservable)
	register(s, op{Method: "GET", Path: "/observables/{id}/claims", ID: "list-observable-claims", Tag: tag, Summary: "Claims on a value, newest first", Rule: read, Codes: missing + " bad_cursor query_value"}, s.observableClaims)
	register(s, op{Method: "GET", Path: "/observables/{id}/reports", ID: "list-observable-reports", Tag: tag, Summary: "Reports that state a value, newest first", Rule: read, Codes: missing + " bad_cursor"}, s.observableReports)
	register(s, op{Method: "GET", Path: "/observables/{id}/mentions", ID: "list-observable-mentions", Tag: tag, Summary: "Sentences that state a value", Rule: read, Codes: missing + " bad_cursor", Doc: "Newest claims first, at most five sentences of each. limit counts claims."}, s.observableMentions)
	register(s, op{Method: "GET", Path: "/observables/{id}/around", ID: "list-around", Tag: tag, Summary: "Values that belong to a value", Rule: read, Codes: missing + " bad_cursor"}, s.around)
	register(s, op{Method: "GET", Path: "/observables/{id}/sightings", ID: "list-sightings", Tag: tag, Summary: "Where a value was seen, newest first", Rule: read, Codes: missing + " bad_cursor"}, s.listSightings)
	register(s, op{Method: "POST", Path: "/observables/{id}/sightings", ID: "add-sighting", Tag: tag, Summary: "Say that a value was seen, or is a false positive", Rule: write, Status: 201, Codes: missing + " sighting_kind sighting_future owner_foreign inherit_nothing"}, s.addSighting)
	register(s, op{Method: "GET", Path: "/observables/{id}/notes", ID: "list-observable-notes", Tag: tag, Summary: "Notes on a value, newest first", Rule: read, Codes: missing + " bad_cursor"}, s.valueNotes)
	register(s, op{Method: "POST", Path: "/observables/{id}/notes", ID: "add-observable-note", Tag: tag, Summary: "Write a note on a value", Rule: write, Status: 201, Codes: missing + " note_empty note_too_long note_control owner_foreign inherit_nothing"}, s.addValueNote)
	register(s, op{Method: "GET", Path: "/types", ID: "list-types", Tag: tag, Summary: "The types of values", Rule: read}, s.listTypes)
	register(s, op{Method: "POST", Path: "/lookup", ID: "lookup", Tag: tag, Summary: "Look up values", Rule: read, Repeatable: true, Body: s.o.MaxBody, Codes: "lookup_too_large", Doc: "At most 10,000, defanged or not; answers are in the order of the input. Nothing is stored and nobody is asked."}, s.lookup)
	takes[lookupInput](s, "/lookup", "LookupInput")
	register(s, op{Method: "POST", Path: "/extract", ID: "extract", Tag: tag, Summary: "Find indicators in a text", Rule: read, Repeatable: true, Codes: "unknown_extract_type warninglists_loading", Doc: "Nothing is stored."}, s.extract)
}

type listObservablesIn struct {
	Paging
	Q string `query:"q" maxLength:"16384" doc:"Search language, e.g. type:domain-name value:*evil* publishers:>=2"`
}

func (s *Server) listObservables(ctx context.Context, in *listObservablesIn) (*body[list[SummaryShape]], error) {
	n, err := query.Parse(in.Q)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Assess.List(ctx, auth.ActorFrom(ctx).Scope, n, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out, err := s.summaries(ctx, found)
	return page(out, next), err
}

// observableShape is the page of one value.
type observableShape struct {
	SummaryShape
	Terms          []assess.Term   `json:"terms" doc:"Factors of the score: 100 × their product."`
	FalsePositives int64           `json:"false_positives" doc:"Sightings that call it one."`
	LastSighting   *time.Time      `json:"last_sighting,omitempty"`
	Expires        *time.Time      `json:"expires,omitempty" doc:"When the last claim that still counts expires; left out when one never does."`
	Evidence       []evidenceShape `json:"evidence" doc:"By publisher."`
}

// evidenceShape is what one publisher says by one source.
type evidenceShape struct {
	Publisher   string     `json:"publisher"`
	Source      string     `json:"source"`
	SourceName  string     `json:"source_name"`
	Reliability string     `json:"reliability,omitempty" doc:"Admiralty scale, A–F."`
	State       string     `json:"state" enum:"proposed,accepted,rejected"`
	ToIDs       bool       `json:"to_ids"`
	Confidence  int        `json:"confidence"`
	Pain        int        `json:"pain"`
	Claims      int64      `json:"claims"`
	Reports     int64      `json:"reports"`
	First       time.Time  `json:"first"`
	Last        time.Time  `json:"last"`
	Expires     *time.Time `json:"expires,omitempty"`
}

func (s *Server) getObservable(ctx context.Context, in *ItemPath) (*body[observableShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	view, err := s.o.Assess.Value(ctx, auth.ActorFrom(ctx).Scope, n)
	if err != nil {
		return nil, err
	}
	sums, err := s.summaries(ctx, []assess.Summary{view.Summary})
	if err != nil {
		return nil, err
	}
	sources := make([]id.ID, len(view.Evidence))
	for i, e := range view.Evidence {
		sources[i] = e.Source
	}
	names, err := s.sourceNames(ctx, sources)
	if err != nil {
		return nil, err
	}
	out := observableShape{
		SummaryShape: sums[0], Terms: view.Score.Terms, FalsePositives: view.Seen.FalsePositives, LastSighting: when(view.Seen.Last), Evidence: make([]evidenceShape, len(view.Evidence)),
	}
	lasting := false
	var expires time.Time
	for i, e := range view.Evidence {
		out.Evidence[i] = evidenceShape{
			Publisher: e.Publisher.Name, Source: ref(e.Source), SourceName: names[e.Source], Reliability: e.Reliability.String(), State: e.State.String(), ToIDs: e.ToIDs, Confidence: e.Confidence,
			Pain: e.Pain, Claims: e.Claims, Reports: e.Reports, First: e.First, Last: e.Last, Expires: when(e.Expires),
		}
		if e.State != report.Rejected {
			lasting = lasting || e.Expires.IsZero()
			if e.Expires.After(expires) {
				expires = e.Expires
			}
		}
	}
	if !lasting {
		out.Expires = when(expires)
	}
	return answer(out), nil
}

// visibleValue refuses values that the actor does not see.
func (s *Server) visibleValue(ctx context.Context, in ItemPath) (id.ID, sharing.Scope, error) {
	scope := auth.ActorFrom(ctx).Scope
	n, err := in.n()
	if err != nil {
		return 0, scope, err
	}
	return n, scope, s.o.Assess.Known(ctx, scope, n)
}

type observableClaimsIn struct {
	ItemPath
	Paging
	Q string `query:"q" maxLength:"16384" doc:"Search language, e.g. state:proposed source:42"`
}

func (s *Server) observableClaims(ctx context.Context, in *observableClaimsIn) (*body[list[claimShape]], error) {
	n, scope, err := s.visibleValue(ctx, in.ItemPath)
	if err != nil {
		return nil, err
	}
	q, err := query.Parse(in.Q)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Reports.Reader().Claims(ctx, scope, report.Filter{Value: n, Query: q, Sort: "-id"}, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out, err := s.completeClaims(ctx, found)
	if err != nil {
		return nil, err
	}
	return page(out, next), s.addOrigins(ctx, scope, found, out)
}

// addOrigins says who stated each claim.
func (s *Server) addOrigins(ctx context.Context, scope sharing.Scope, found []report.Claim, out []claimShape) error {
	var reports, sources []id.ID
	for _, c := range found {
		sources = append(sources, c.Source)
		if c.Report != 0 {
			reports = append(reports, c.Report)
		}
	}
	names, err := s.o.Names.SourceNames(ctx, sources)
	if err != nil {
		return err
	}
	heads := map[id.ID]report.Report{}
	for from := 0; from < len(reports); from += 1000 {
		list, _, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{IDs: reports[from:min(from+1000, len(reports))]}, report.Page{Limit: 1000})
		if err != nil {
			return err
		}
		for _, r := range list {
			heads[r.ID] = r
		}
	}
	for i, c := range found {
		r := heads[c.Report]
		out[i].Origin = &claimOrigin{Title: r.Title, Publisher: r.Publisher.Name, SourceName: names[c.Source].Name, Reliability: names[c.Source].Reliability.String(), Published: when(r.Published)}
		if out[i].Origin.Publisher == "" {
			out[i].Origin.Publisher = names[c.Source].Name
		}
	}
	return nil
}

func (s *Server) observableReports(ctx context.Context, in *pagedPath) (*body[list[ReportShape]], error) {
	n, scope, err := s.visibleValue(ctx, in.ItemPath)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{Value: n}, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out, err := s.reportShapes(ctx, scope, found)
	return page(out, next), err
}

// passageShape is a sentence that states a value.
type passageShape struct {
	SentenceShape
	Claim  string `json:"claim"`
	Report string `json:"report"`
	Title  string `json:"title" doc:"Of the report."`
	Name   string `json:"name" doc:"Of the document."`
}

func (s *Server) observableMentions(ctx context.Context, in *pagedPath) (*body[list[passageShape]], error) {
	n, scope, err := s.visibleValue(ctx, in.ItemPath)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Reports.Remarks().Passages(ctx, scope, n, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	texts, err := s.sentences(ctx, found)
	if err != nil {
		return nil, err
	}
	ids := make([]id.ID, len(found))
	for i, p := range found {
		ids[i] = p.Report
	}
	titles, err := s.titles(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	out := make([]passageShape, 0, len(found))
	for _, p := range found {
		if text := texts[p.Mention]; text != nil {
			out = append(out, passageShape{SentenceShape: *text, Claim: ref(p.Claim), Report: ref(p.Report), Title: titles[p.Report], Name: p.Name})
		}
	}
	return page(out, next), nil
}

// titles reads the titles of visible reports.
func (s *Server) titles(ctx context.Context, scope sharing.Scope, ids []id.ID) (map[id.ID]string, error) {
	out := map[id.ID]string{}
	if len(ids) == 0 {
		return out, nil
	}
	found, _, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{IDs: ids}, report.Page{Limit: 1000})
	for _, r := range found {
		out[r.ID] = r.Title
	}
	return out, err
}

type aroundIn struct {
	ItemPath
	Paging
	Relation string `query:"relation" enum:"same_file,domain,containing,inside,siblings" required:"true" doc:"same_file: hashes and names of one file; domain: hosts, URLs, e-mails of a domain; containing, inside: networks; siblings: values of the same reports, rarest first."`
}

// relativeShape is a value that belongs to another.
type relativeShape struct {
	ValueShape
	Reports int64 `json:"reports" doc:"Reports that state it."`
}

func (s *Server) around(ctx context.Context, in *aroundIn) (*body[list[relativeShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Assess.Around(ctx, auth.ActorFrom(ctx).Scope, n, assess.Relation(in.Relation), report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]relativeShape, len(found))
	for i, r := range found {
		out[i] = relativeShape{ValueShape: valueOf(r.ID, r.Value), Reports: r.Reports}
	}
	return page(out, next), nil
}

// typeShape is one type of the table.
type typeShape struct {
	Name     string `json:"name" example:"file:sha-256"`
	Category string `json:"category"`
	Pain     int    `json:"pain" doc:"Level of the Pyramid of Pain."`
	ToIDs    bool   `json:"to_ids" doc:"Whether claims are detections when nobody says."`
	Days     int    `json:"days,omitempty" doc:"How long claims live when nobody says; left out: for ever."`
	Role     string `json:"role" enum:"correlates,literal,reference,rule"`
}

func (s *Server) listTypes(context.Context, *empty) (*body[list[typeShape]], error) {
	roles := map[observable.Role]string{observable.Correlates: "correlates", observable.Literal: "literal", observable.Reference: "reference", observable.Rule: "rule"}
	var out []typeShape
	for _, t := range observable.All() {
		i := t.Info()
		out = append(out, typeShape{Name: t.String(), Category: i.Category, Pain: i.Pain, ToIDs: i.ToIDs, Days: int(i.Expires / (24 * time.Hour)), Role: roles[i.Role]})
	}
	return page(out, ""), nil
}
