package rest

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/search"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) searchRoutes() {
	read := Rule{Need: readIntel}
	register(s, op{Method: "GET", Path: "/search", ID: "search", Tag: "search", Summary: "Search values and texts", Rule: read, Codes: "query_value query_paren query_quote query_too_long", Doc: "An exact answer when the query is one value; a table when it is a pasted list; reports with the place found, and values. Further pages come from /reports and /observables with the same q."}, s.search)
	register(s, op{Method: "GET", Path: "/query/fields", ID: "query-fields", Tag: "search", Summary: "Fields of the search language", Rule: read}, s.queryFields)
}

type searchIn struct {
	Q     string `query:"q" required:"true" maxLength:"16384" example:"银狐 type:domain-name" doc:"Words, values (defanged or not), fields; or a pasted list of values."`
	Limit int    `query:"limit" default:"10" minimum:"1" maximum:"100" doc:"Hits of each kind."`
}

// searchOut is everything that one search shows.
type searchOut struct {
	Exact       *lookupShape   `json:"exact,omitempty" doc:"When the query is one value, known or not."`
	LookedAt    *lookedAt      `json:"looked_at,omitempty" doc:"Beside an exact answer: where it was looked for."`
	Values      []lookupShape  `json:"values,omitempty" doc:"When the query is a list of values."`
	Reports     []reportHit    `json:"reports"`
	NextReports *string        `json:"next_reports" doc:"Cursor for GET /reports with the same q; null at the end."`
	Observables []SummaryShape `json:"observables"`
	NextValues  *string        `json:"next_observables" doc:"Cursor for GET /observables with the same q; null at the end."`
	Suggestions []string       `json:"suggestions" doc:"Queries that were perhaps meant."`
}

// lookedAt says what an answer of "not known" rests on.
type lookedAt struct {
	Reports int64 `json:"reports" doc:"Reports that the viewer sees."`
	Lists   int   `json:"lists" doc:"Warninglists."`
}

// reportHit is a report with the place where it was found.
type reportHit struct {
	ReportShape
	TitleMarks [][2]int      `json:"title_marks" doc:"Ranges of the title in UTF-16 code units."`
	Snippet    *snippetShape `json:"snippet,omitempty"`
}

type snippetShape struct {
	Text     string   `json:"text"`
	Marks    [][2]int `json:"marks" doc:"Ranges of text in UTF-16 code units."`
	Document string   `json:"document,omitempty"`
}

func (s *Server) search(ctx context.Context, in *searchIn) (*body[searchOut], error) {
	scope := auth.ActorFrom(ctx).Scope
	out := searchOut{Reports: []reportHit{}, Observables: []SummaryShape{}, Suggestions: []string{}}
	if pasted := pastedValues(in.Q); len(pasted) > 1 {
		var err error
		out.Values, err = s.lookUp(ctx, scope, pasted)
		return answer(out), err
	}
	n, err := query.Parse(in.Q)
	if err != nil {
		return nil, err
	}
	if _, ok := observable.Recognise(in.Q); ok {
		if err := s.exactAnswer(ctx, scope, in.Q, &out); err != nil {
			return nil, err
		}
	}
	if err := s.searchReports(ctx, scope, n, in.Limit, &out); err != nil {
		return nil, err
	}
	if err := s.searchValues(ctx, scope, n, in.Limit, &out); err != nil {
		return nil, err
	}
	out.Suggestions = suggestions(in.Q)
	return answer(out), nil
}

// pastedValues splits a query that is a list of values; nil when it is a question. A list may hold a few
// things that are no values: they are named in the answer.
func pastedValues(q string) []string {
	parts := strings.FieldsFunc(q, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;，；、", r) })
	if len(parts) < 2 || len(parts) > assess.MaxLookup {
		return nil
	}
	known := 0
	for _, p := range parts {
		if _, ok := observable.Recognise(p); ok {
			known++
		} else if strings.Contains(p, ":") && !strings.Contains(p, "://") {
			return nil // a field of the search language
		}
	}
	if known == len(parts) || known >= 3 && known*4 >= len(parts)*3 {
		return parts
	}
	return nil
}

func (s *Server) exactAnswer(ctx context.Context, scope sharing.Scope, q string, out *searchOut) error {
	found, err := s.lookUp(ctx, scope, []string{q})
	if err != nil {
		return err
	}
	out.Exact = &found[0]
	lists, err := s.listNames(ctx)
	if err != nil {
		return err
	}
	out.LookedAt = &lookedAt{Lists: len(lists)}
	out.LookedAt.Reports, err = s.o.Reports.Remarks().CountReports(ctx, scope, report.Filter{})
	return err
}

func (s *Server) searchReports(ctx context.Context, scope sharing.Scope, n query.Node, limit int, out *searchOut) error {
	found, next, err := s.o.Reports.Reader().List(ctx, scope, report.Filter{Query: n}, report.Page{Limit: limit})
	if err != nil {
		return err
	}
	shapes, err := s.reportShapes(ctx, scope, found)
	if err != nil {
		return err
	}
	terms := search.Terms(n)
	for i, r := range found {
		hit := reportHit{ReportShape: shapes[i], TitleMarks: search.Mark(r.Title, terms).Marks}
		if hit.Snippet, err = s.snippet(ctx, scope, r, terms); err != nil {
			return err
		}
		out.Reports = append(out.Reports, hit)
	}
	if next != "" {
		out.NextReports = &next
	}
	return nil
}

// Bounds of what is read for the snippets of one report.
const (
	snippetText  = 512 << 10
	snippetDocs  = 4
	snippetRunes = 240
)

// snippet looks for the terms in the summary and the current texts of a report.
func (s *Server) snippet(ctx context.Context, scope sharing.Scope, r report.Report, terms []string) (*snippetShape, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	if cut, ok := search.Cut(r.Summary, terms, snippetRunes); ok {
		return &snippetShape{Text: cut.Text, Marks: cut.Marks}, nil
	}
	docs, err := s.o.Reports.Reader().Documents(ctx, scope, r.ID)
	if err != nil {
		return nil, err
	}
	read := 0
	for _, d := range docs {
		if !d.Current || d.TextSize == 0 || read == snippetDocs {
			continue
		}
		read++
		text, err := s.textHead(ctx, d)
		if err != nil {
			return nil, err
		}
		if cut, ok := search.Cut(text, terms, snippetRunes); ok {
			return &snippetShape{Text: cut.Text, Marks: cut.Marks, Document: ref(d.ID)}, nil
		}
	}
	return nil, nil
}

func (s *Server) textHead(ctx context.Context, d report.Document) (string, error) {
	f, err := s.o.Blobs.Open(ctx, d.TextBlob)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	head := make([]byte, min(d.TextSize, snippetText))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	for n > 0 && n == snippetText && !utf8.RuneStart(head[n-1]) {
		n--
	}
	return string(head[:n]), nil
}

func (s *Server) searchValues(ctx context.Context, scope sharing.Scope, n query.Node, limit int, out *searchOut) error {
	found, next, err := s.o.Assess.List(ctx, scope, n, report.Page{Limit: limit})
	if e, ok := errs.As(err); ok && e.Code == "query_field_here" {
		return nil // a condition that values do not have
	}
	if err != nil {
		return err
	}
	if out.Observables, err = s.summaries(ctx, found); err != nil {
		return err
	}
	if next != "" {
		out.NextValues = &next
	}
	return nil
}

// suggestions mends fields that are written wrongly: sorce:x was perhaps source:x.
func suggestions(q string) []string {
	out := []string{}
	for word := range strings.FieldsSeq(q) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(word, "-"), ":")
		name = strings.ToLower(name)
		if _, known := query.Fields()[name]; !ok || known || rest == "" || len(name) < 3 || strings.HasPrefix(rest, "//") {
			continue
		}
		best, least := "", 3
		for field := range query.Fields() {
			if d := distance(name, field); d < least || d == least && field < best {
				best, least = field, d
			}
		}
		if best != "" && least < 3 {
			out = append(out, strings.Replace(q, name+":", best+":", 1))
		}
	}
	return out
}

// distance is the number of letters to change, add or drop between two short words.
func distance(a, b string) int {
	if len(a) > 20 || len(b) > 20 {
		return 99
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// fieldShape is one field of the search language.
type fieldShape struct {
	Name     string   `json:"name"`
	Help     string   `json:"help"`
	Values   []string `json:"values,omitempty" doc:"All that it takes, where they can be listed."`
	Compares bool     `json:"compares,omitempty" doc:"Takes <, <=, >, >= and ranges a..b."`
}

func (s *Server) queryFields(context.Context, *empty) (*body[list[fieldShape]], error) {
	yes := []string{"yes", "no"}
	values := map[string][]string{
		"kind": {"report", "event", "feed", "batch"}, "tlp": {"clear", "green", "amber", "amber+strict", "red"}, "state": {"proposed", "accepted", "rejected"},
		"progress": {"to_review", "in_review", "reviewed"}, "to_ids": yes, "expired": yes, "own": yes, "listed": yes, "deleted": yes, "plane": {"traffic", "files", "intranet", "extranet"},
		"pain": {"0", "1", "2", "3", "4", "5", "6"}, "assignee": {"me", "none"},
	}
	for _, t := range observable.All() {
		values["type"] = append(values["type"], t.String())
	}
	var out []fieldShape
	for name, help := range query.Fields() {
		out = append(out, fieldShape{Name: name, Help: help, Values: values[name], Compares: strings.HasSuffix(help, "comparable") || name == "pain"})
	}
	slices.SortFunc(out, func(a, b fieldShape) int { return strings.Compare(a.Name, b.Name) })
	return page(out, ""), nil
}
