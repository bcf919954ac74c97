package share

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// Reasons why a matching claim does not leave.
const (
	heldNoValue  = "no_value"
	heldCeiling  = "ceiling"
	heldRejected = "rejected"
	heldProposed = "proposed"
	heldNotIDs   = "not_to_ids"
	heldExpired  = "expired"
	heldListed   = "listed"
	heldOwn      = "own"
)

// pageRows is how many claims are read at once.
const pageRows = 1000

// selection is one run of an export.
type selection struct {
	*Service
	actor   sharing.Actor
	node    query.Node
	post    func(assess.Summary) bool
	scored  bool
	all     bool
	ceiling sharing.Ceiling
	lists   *taxonomy.Matcher
	now     time.Time
	counts  Counts

	reports map[id.ID]*report.Report
	sources map[id.ID]SourceName
	objects map[id.ID]*report.Object
	objOf   id.ID // the report whose objects are loaded
}

// maxReports bounds the cache of report heads.
const maxReports = 500

func (s *Service) selection(_ context.Context, a sharing.Actor, r Request) (*selection, error) {
	node, err := query.Parse(r.Query)
	if err != nil {
		return nil, err
	}
	post, err := assess.Computed(node)
	if err != nil {
		return nil, err
	}
	lists, err := s.o.Lists()
	if err != nil {
		return nil, err
	}
	if r.Ceiling.TLP == marking.TLPUnset {
		r.Ceiling.TLP = DefaultCeiling
	}
	return &selection{
		Service: s, actor: a, node: node, post: post, scored: assess.IsComputed(node), all: r.All, ceiling: r.Ceiling, lists: lists, now: s.o.Clock(),
		counts: Counts{Held: map[string]int64{}}, reports: map[id.ID]*report.Report{}, sources: map[id.ID]SourceName{},
	}, nil
}

// rows implements export.Rows. A format may ask more than once; counts are those of the last pass.
func (s *selection) rows(ctx context.Context, order export.Order, yield func(export.Row) error) error {
	s.counts = Counts{Held: map[string]int64{}}
	for cursor := ""; ; {
		claims, next, err := s.o.Store.ClaimsInOrder(ctx, s.actor.Scope, s.node, order, cursor, pageRows)
		if err != nil {
			return err
		}
		if err := s.page(ctx, claims, yield); err != nil || next == "" {
			return err
		}
		cursor = next
	}
}

func (s *selection) page(ctx context.Context, claims []report.Claim, yield func(export.Row) error) error {
	rows := make([]export.Row, 0, len(claims))
	for _, c := range claims {
		row, err := s.row(ctx, c)
		if err != nil {
			return err
		}
		reason, err := s.held(ctx, row)
		if err != nil {
			return err
		}
		if reason != "" {
			s.counts.Held[reason]++
			continue
		}
		rows = append(rows, row)
	}
	if err := s.score(ctx, rows); err != nil {
		return err
	}
	for _, row := range rows {
		if row.Score == dropped {
			continue
		}
		s.counts.Rows++
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// dropped marks rows that a computed condition of the query excludes.
const dropped = -2

// score fills in score and publishers and applies computed conditions.
func (s *selection) score(ctx context.Context, rows []export.Row) error {
	if !s.scored {
		return nil
	}
	var parts []report.Part
	at := map[id.ID]int{}
	for _, r := range rows {
		if len(r.Claim.Parts) > 0 {
			if _, ok := at[r.Claim.Parts[0].ID]; !ok {
				at[r.Claim.Parts[0].ID] = len(parts)
				parts = append(parts, r.Claim.Parts[0])
			}
		}
	}
	sums, err := s.o.Assess.Summaries(ctx, s.actor.Scope, parts)
	if err != nil {
		return err
	}
	for i := range rows {
		if len(rows[i].Claim.Parts) == 0 {
			continue
		}
		sum := sums[at[rows[i].Claim.Parts[0].ID]]
		rows[i].Score, rows[i].Publishers = sum.Score.Total, sum.Publishers
		if !s.post(sum) {
			rows[i].Score = dropped
		}
	}
	return nil
}

// row completes a claim with what formats print beside it.
func (s *selection) row(ctx context.Context, c report.Claim) (export.Row, error) {
	row := export.Row{Claim: c, ACL: c.ACL, Score: -1, Publishers: -1}
	if c.Report != 0 {
		r, err := s.head(ctx, c.Report)
		if err != nil {
			return row, err
		}
		row.Report = r
		row.ACL = sharing.Effective(c.ACL, r.ACL)
	}
	name, ok := s.sources[c.Source]
	if !ok {
		found, err := s.o.Store.SourceNames(ctx, []id.ID{c.Source})
		if err != nil {
			return row, err
		}
		name = found[c.Source]
		s.sources[c.Source] = name
	}
	row.SourceName, row.Reliability = name.Name, name.Reliability.String()
	if c.Object == 0 || c.Report == 0 {
		return row, nil
	}
	if s.objOf != c.Report {
		list, err := s.o.Reports.Objects(ctx, s.actor.Scope, c.Report)
		if err != nil {
			return row, err
		}
		s.objOf, s.objects = c.Report, make(map[id.ID]*report.Object, len(list))
		for i := range list {
			s.objects[list[i].ID] = &list[i]
		}
	}
	row.Object = s.objects[c.Object]
	return row, nil
}

func (s *selection) head(ctx context.Context, n id.ID) (*report.Report, error) {
	if r, ok := s.reports[n]; ok {
		return r, nil
	}
	r, err := s.o.Reports.Get(ctx, s.actor.Scope, n)
	if err != nil {
		return nil, err
	}
	if len(s.reports) >= maxReports {
		clear(s.reports)
	}
	s.reports[n] = &r
	return &r, nil
}

// held returns the first reason why a row must stay, "" when it may leave.
func (s *selection) held(ctx context.Context, r export.Row) (string, error) {
	c := r.Claim
	if !s.ceiling.Passes(r.ACL) {
		return heldCeiling, nil
	}
	if s.all {
		return "", nil
	}
	switch {
	case c.State == report.Rejected:
		return heldRejected, nil
	case c.State != report.Accepted:
		return heldProposed, nil
	case !c.ToIDs:
		return heldNotIDs, nil
	case c.Expired(s.now):
		return heldExpired, nil
	case len(c.Parts) == 0:
		return heldNoValue, nil
	}
	for _, p := range c.Parts {
		for _, h := range s.lists.Match(p.Value) {
			if h.Category != taxonomy.Known {
				return heldListed, nil
			}
		}
		own, err := s.o.Own(ctx, s.actor.Org, p.Value)
		if err != nil {
			return "", err
		}
		if own {
			return heldOwn, nil
		}
	}
	return "", nil
}

// statements implements export.Statements: the whole STIX objects of the reports that match, also of those
// that hold nothing else.
func (s *selection) statements(ctx context.Context, yield func(id.ID, string, []byte) error) error {
	for page := (report.Page{Limit: 200}); ; {
		reports, next, err := s.o.Reports.List(ctx, s.actor.Scope, report.Filter{Query: s.node, Sort: "-arrived"}, page)
		if err != nil {
			return err
		}
		for _, r := range reports {
			if !s.ceiling.Passes(r.ACL) {
				continue
			}
			if err := s.statementsOf(ctx, r.ID, yield); err != nil {
				return err
			}
		}
		if page.Cursor = next; next == "" {
			return nil
		}
	}
}

func (s *selection) statementsOf(ctx context.Context, n id.ID, yield func(id.ID, string, []byte) error) error {
	for cursor := ""; ; {
		list, next, err := s.o.Reports.Statements(ctx, s.actor.Scope, n, report.Page{Cursor: cursor})
		if err != nil {
			return err
		}
		for _, st := range list {
			if err := yield(n, st.StixID, st.Body); err != nil {
				return err
			}
		}
		if cursor = next; next == "" {
			return nil
		}
	}
}

// Verdict says whether a value is on an export, and for each visible claim why or why not.
type Verdict struct {
	Value  observable.Value
	On     bool
	Claims []ClaimVerdict
}

// ClaimVerdict is one claim's part in it. Reason is "" when it leaves.
type ClaimVerdict struct {
	Row    export.Row
	Reason string
}

// Why answers for one value and a selection.
func (s *Service) Why(ctx context.Context, a sharing.Actor, r Request, v observable.Value) (Verdict, error) {
	out := Verdict{Value: v}
	if err := a.Need(sharing.ReadIntel); err != nil {
		return out, err
	}
	sel, err := s.selection(ctx, a, r)
	if err != nil {
		return out, err
	}
	whole := sel.node
	sel.node = query.And{query.Field{Name: "value", Value: v.Text}}
	matching := map[id.ID]bool{}
	if err := s.scan(ctx, a, query.And{sel.node, whole}, func(c report.Claim) error { matching[c.ID] = true; return nil }); err != nil {
		return out, err
	}
	err = s.scan(ctx, a, sel.node, func(c report.Claim) error {
		row, err := sel.row(ctx, c)
		if err != nil {
			return err
		}
		reason, err := sel.held(ctx, row)
		if err != nil {
			return err
		}
		if !matching[c.ID] {
			reason = "query"
		}
		rows := []export.Row{row}
		if reason == "" {
			if err := sel.score(ctx, rows); err != nil {
				return err
			}
			if rows[0].Score == dropped {
				reason = "query"
			}
		}
		out.On = out.On || reason == ""
		out.Claims = append(out.Claims, ClaimVerdict{Row: rows[0], Reason: reason})
		return nil
	})
	return out, err
}

// maxWhy bounds the claims that Why looks at.
const maxWhy = 5000

func (s *Service) scan(ctx context.Context, a sharing.Actor, n query.Node, f func(report.Claim) error) error {
	cursor, seen := "", 0
	for {
		claims, next, err := s.o.Store.ClaimsInOrder(ctx, a.Scope, n, export.ByReport, cursor, pageRows)
		if err != nil {
			return err
		}
		for _, c := range claims {
			if err := f(c); err != nil {
				return err
			}
		}
		if seen += len(claims); next == "" || seen >= maxWhy {
			return nil
		}
		cursor = next
	}
}
