package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

func (s *Server) sourceRunRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageSources}
	register(s, op{Method: "POST", Path: "/sources/{id}/run", ID: "run-source", Tag: "sources", Summary: "Visit a source now", Rule: manage, Status: http.StatusAccepted, Doc: "Answers at once; its newest run shows what comes of it."}, s.runSource)
	register(s, op{Method: "POST", Path: "/sources/{id}/forget", ID: "forget-source", Tag: "sources", Summary: "Read everything again", Rule: manage, Doc: "Drops the cursor: the next visit begins at the start. Known items change nothing."}, s.forgetSource)
	register(s, op{Method: "GET", Path: "/sources/{id}/runs", ID: "source-runs", Tag: "sources", Summary: "Visits of a source", Rule: read, Doc: "Newest first, without logs; for its own organisation."}, s.sourceRuns)
	register(s, op{Method: "GET", Path: "/sources/{id}/runs/{run}", ID: "source-run", Tag: "sources", Summary: "A visit with its log", Rule: read, Doc: "Also while it goes on."}, s.sourceRun)
}

func (s *Server) runSource(ctx context.Context, in *idPath) (*body[sourceShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	if err := s.o.Sources.RunNow(ctx, actor, n); err != nil {
		return nil, err
	}
	s.wake()
	x, err := s.o.Sources.Get(ctx, actor, n)
	return answer(sourceOf(x)), err
}

func (s *Server) forgetSource(ctx context.Context, in *idPath) (*empty, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return nil, s.o.Sources.Forget(ctx, auth.ActorFrom(ctx), n)
}

// runShape is one visit of a source.
type runShape struct {
	ID      string     `json:"id"`
	Source  string     `json:"source"`
	Started time.Time  `json:"started"`
	Ended   *time.Time `json:"ended,omitempty"`
	Outcome string     `json:"outcome" enum:"running,ok,failed,aborted"`
	Items   int64      `json:"items" doc:"Acquired."`
	Fresh   int64      `json:"fresh" doc:"Of them new or changed."`
	Skipped int64      `json:"skipped" doc:"Could not be acquired; the log says why."`
	Error   string     `json:"error,omitempty"`
	Log     []logLine  `json:"log,omitempty"`
}

// logLine is one line of a run's log.
type logLine struct {
	At    time.Time `json:"at"`
	Level string    `json:"level" enum:"info,warn,error"`
	Item  string    `json:"item,omitempty"`
	Text  string    `json:"text"`
}

func runOf(r source.Run) runShape {
	out := runShape{
		ID: ref(r.ID), Source: ref(r.Source), Started: r.Started, Ended: when(r.Ended), Outcome: string(r.Outcome), Items: r.Items, Fresh: r.Fresh, Skipped: r.Skipped, Error: r.Error,
	}
	for _, l := range r.Log {
		out.Log = append(out.Log, logLine(l))
	}
	return out
}

type runsIn struct {
	ID     string `path:"id"`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

func (s *Server) sourceRuns(ctx context.Context, in *runsIn) (*body[list[runShape]], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Sources.Runs(ctx, actor, n, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, runOf), next), err
}

type runIn struct {
	ID  string `path:"id"`
	Run string `path:"run"`
}

func (s *Server) sourceRun(ctx context.Context, in *runIn) (*body[runShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	run, err := id.Parse(in.Run)
	if err != nil {
		return nil, err
	}
	r, err := s.o.Sources.Run(ctx, actor, run)
	if err == nil && r.Source != n {
		err = notFound("run", in.Run)
	}
	return answer(runOf(r)), err
}

func notFound(kind, name string) error {
	return errs.New(errs.NotFound, kind+"_missing", "There is no {kind} {name}, or you may not see it.", "kind", kind, "name", name)
}

type previewSourceIn struct {
	Body struct {
		Draft  sourceDraft `json:"draft"`
		Source string      `json:"source,omitempty" doc:"A source whose stored secrets may be used. They are as long as the draft has its kind and configuration: they go nowhere else."`
		Limit  int         `json:"limit,omitempty" minimum:"1" maximum:"20" default:"5" doc:"Items to bring."`
	}
}

// Bounds of a dry run.
const (
	previewTime   = 90 * time.Second
	previewClaims = 200 // shown of one item
)

func (s *Server) previewSource(ctx context.Context, in *previewSourceIn) (*body[list[dryItem]], error) {
	actor := auth.ActorFrom(ctx)
	d, err := in.Body.Draft.draft(actor)
	if err != nil {
		return nil, err
	}
	if d.Name == "" {
		d.Name = d.Kind // a draft may be tried before it has a name
	}
	f, err := s.o.Sources.Check(actor, d)
	if err != nil {
		return nil, s.form(ctx, err)
	}
	stored, err := s.storedSecrets(ctx, actor, in.Body.Source, d)
	if err != nil {
		return nil, err
	}
	secret := func(name string) string {
		if v, ok := d.Secrets[name]; ok {
			return v
		}
		return stored(name)
	}
	src := source.Source{Kind: d.Kind, Name: d.Name, Org: d.Org, Publisher: d.Publisher, Config: d.Config, Tags: d.Tags, Options: d.Options, Accept: d.Accept}
	if src.Org == 0 {
		src.Org = actor.Org
	}
	if d.ClaimACL != nil {
		src.ClaimACL = *d.ClaimACL
	}
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	found, err := s.o.Ingest.Preview(ctx, actor, src, f, secret, in.Body.Limit)
	if err != nil {
		return nil, err
	}
	return page(shapes(found, func(x ingest.Finding) dryItem { return s.dryItem(ctx, x) }), ""), nil
}

// storedSecrets gives the secrets of a source to a dry run of the same configuration. Another one could send
// them to another server.
func (s *Server) storedSecrets(ctx context.Context, actor sharing.Actor, text string, d source.Draft) (func(string) string, error) {
	none := func(string) string { return "" }
	n, err := optionalRef(text)
	if err != nil || n == 0 {
		return none, err
	}
	src, err := s.o.Sources.Get(ctx, actor, n)
	if err != nil {
		return none, err
	}
	if !actor.MayEdit(src.Org) {
		return none, notFound("source", text)
	}
	same := false
	if a, err := jsonx.Canonical(src.Config); err == nil {
		b, err := jsonx.Canonical(d.Config)
		same = err == nil && string(a) == string(b)
	}
	if src.Kind != d.Kind || !same {
		return none, nil
	}
	_, secret, err := s.o.Sources.Open(ctx, src)
	return secret, err
}

// dryItem is what a dry run shows of one item.
type dryItem struct {
	Key        string     `json:"key"`
	Title      string     `json:"title,omitempty"`
	URL        string     `json:"url,omitempty"`
	Published  *time.Time `json:"published,omitempty"`
	Claims     int        `json:"claims" doc:"How many indicators it states; the first 200 are in sample."`
	Sample     []dryClaim `json:"sample"`
	Suppressed int        `json:"suppressed" doc:"Found in the text and left out, with a reason."`
	Refused    []refusal  `json:"refused"`
	Problem    *Problem   `json:"problem,omitempty" doc:"Why the item as a whole would not come in."`
}

// dryClaim is a claim that would be made.
type dryClaim struct {
	Type     string       `json:"type"`
	Category string       `json:"category,omitempty"`
	Stated   string       `json:"stated"`
	Values   []valueShape `json:"values"`
	ToIDs    *bool        `json:"to_ids,omitempty" doc:"Left out: the default of its type."`
	Comment  string       `json:"comment,omitempty"`
	Tags     []string     `json:"tags,omitempty"`
	Lists    []string     `json:"lists,omitempty" doc:"Ids of warninglists that hold it."`
	Own      []string     `json:"own,omitempty" doc:"How it concerns own assets."`
}

// refusal is an item of a batch that cannot be used.
type refusal struct {
	Item   string         `json:"item"`
	Place  string         `json:"place"`
	Code   string         `json:"code"`
	Reason string         `json:"reason"`
	Params map[string]any `json:"params,omitempty"`
}

func (s *Server) dryItem(ctx context.Context, f ingest.Finding) dryItem {
	out := dryItem{
		Key: f.Key, Title: f.Title, URL: f.URL, Published: when(f.Published), Claims: len(f.Claims), Sample: []dryClaim{}, Suppressed: f.Suppressed, Refused: []refusal{},
		Problem: s.reason(ctx, f.Err),
	}
	for _, c := range f.Claims[:min(len(f.Claims), previewClaims)] {
		out.Sample = append(out.Sample, s.dryClaim(c))
	}
	for _, r := range f.Refused {
		out.Refused = append(out.Refused, refusal{Item: r.Item, Place: r.Place, Code: r.Code, Reason: r.Reason, Params: r.Params})
	}
	return out
}

func (s *Server) dryClaim(c report.ClaimDraft) dryClaim {
	out := dryClaim{Type: c.Type, Category: c.Category, Stated: c.Stated, Values: []valueShape{}, ToIDs: c.ToIDs, Comment: c.Comment, Tags: c.Tags, Lists: refs(c.Listed)}
	if m, err := s.o.Reports.Mean(c.Type, c.Stated); err == nil {
		for _, v := range m.Parts {
			out.Values = append(out.Values, valueOf(0, v))
		}
	}
	for _, h := range c.Assets {
		out.Own = append(out.Own, strconv.FormatInt(int64(h.Asset), 10)+": "+h.How)
	}
	return out
}
