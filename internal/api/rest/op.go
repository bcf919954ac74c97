package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/errs"
)

// op describes one operation.
type op struct {
	Method  string
	Path    string
	ID      string // operationId, kebab-case
	Tag     string
	Summary string
	Doc     string
	Rule    Rule
	Status  int   // of success; 0 takes 200 (204 without body)
	Body    int64 // limit of the request body; 0 takes the configured one
	// Repeatable POSTs do nothing twice by themselves (look-ups, previews, heartbeats): an Idempotency-Key on
	// them is not remembered.
	Repeatable bool
	// Streamed bodies that are not text go to the disk while they come.
	Streamed bool
	// Codes are the error codes that are its own, separated by spaces; common ones are added.
	Codes string
}

// publicBody bounds request bodies of those who are nobody yet.
const publicBody = 64 << 10

// register adds an operation; O nil answers 204.
func register[I, O any](s *Server, o op, handler func(ctx context.Context, in *I) (*O, error)) {
	if !o.Rule.valid() {
		s.broken = append(s.broken, o.Method+" "+o.Path)
	}
	s.routes = append(s.routes, Route{Method: o.Method, Path: o.Path, ID: o.ID, Rule: o.Rule})
	op := huma.Operation{
		Method: o.Method, Path: o.Path, OperationID: o.ID, Tags: []string{o.Tag}, Summary: o.Summary, Description: s.describe(o), DefaultStatus: o.Status,
		MaxBodyBytes: s.bodyLimit(o), BodyReadTimeout: -1, Errors: errorsOf(o), Middlewares: huma.Middlewares{s.guard(o)},
	}
	if !o.Rule.Public {
		op.Security = []map[string][]string{{"key": {}}, {"session": {}}}
	}
	if o.remembered() {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Description: "A fresh random text of at most 200 characters. Sent again with the same body within a day, the first answer is given again and nothing is done twice.",
			Schema: &huma.Schema{Type: huma.TypeString},
		})
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// remembered reports whether an Idempotency-Key counts.
func (o op) remembered() bool { return o.Method == http.MethodPost && !o.Repeatable && !o.Rule.Public }

func (s *Server) bodyLimit(o op) int64 {
	switch {
	case o.Body != 0:
		return o.Body
	case o.Rule.Public:
		return publicBody
	}
	return s.o.MaxBody
}

// describe completes the explanation of an operation with its rule and its error codes.
func (s *Server) describe(o op) string {
	doc := o.Doc
	add := func(text string) { doc = strings.TrimSpace(doc + " " + text) }
	switch {
	case o.Rule.Need != "":
		add("Needs the permission " + string(o.Rule.Need) + ".")
	case o.Rule.LoggedIn, o.Rule.Unready:
		add("Needs a login.")
	default:
		add("Needs no login.")
	}
	codes := strings.Fields(o.Codes)
	if !o.Rule.Public {
		codes = append(codes, "login_required", "session_expired", "key_invalid")
	}
	if o.Rule.Need != "" {
		codes = append(codes, "permission_missing")
	}
	if o.remembered() {
		codes = append(codes, "idempotency_reused", "idempotency_running")
	}
	add("Error codes: " + strings.Join(append(codes, "invalid_request"), ", ") + ".")
	return doc
}

// guard asks the rule before anything of the request is read, and remembers answers under an
// Idempotency-Key.
func (s *Server) guard(o op) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		if err := o.Rule.check(c.Context()); err != nil {
			s.writeProblem(w, r, err)
			return
		}
		if n := s.held(r, o); n > 0 {
			give, err := s.large.take(c.Context(), n)
			if err != nil {
				s.writeProblem(w, r, err)
				return
			}
			defer give()
		}
		if key := r.Header.Get(keyHeader); key != "" && o.remembered() && s.o.Replies != nil {
			s.once(w, r, o, key, func(w http.ResponseWriter, r *http.Request) {
				next(humago.NewContext(c.Operation(), r, w))
			})
			return
		}
		next(c)
	}
}

func errorsOf(o op) []int {
	list := []int{http.StatusBadRequest, http.StatusInternalServerError}
	if !o.Rule.Public {
		list = append(list, http.StatusUnauthorized, http.StatusForbidden)
	}
	if o.Method != http.MethodGet {
		list = append(list, http.StatusConflict, http.StatusRequestEntityTooLarge)
	}
	return append(list, http.StatusNotFound, http.StatusTooManyRequests, http.StatusServiceUnavailable)
}

// stream is the answer of operations that write their body as it comes.
type stream = huma.StreamResponse

// body wraps a JSON answer.
type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

// item is a JSON answer about one item that has a version.
type item[T any] struct {
	ETag string `header:"ETag" doc:"Version of the item, for If-Match."`
	Body T
}

func versionedAnswer[T any](version int64, v T) *item[T] {
	return &item[T]{ETag: `"` + strconv.FormatInt(version, 10) + `"`, Body: v}
}

// IfMatchVersion is embedded in inputs of edits: the version that was read may come in the body or as a header.
type IfMatchVersion struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was read; a stale one is refused. The same as version in the body."`
}

// version joins both ways of naming the version; 0 is none.
func (m IfMatchVersion) version(body int64) (int64, error) {
	text := strings.TrimPrefix(strings.TrimSpace(m.IfMatch), "W/")
	if text == "" || text == "*" {
		return body, nil
	}
	n, err := strconv.ParseInt(strings.Trim(text, `"`), 10, 64)
	if err != nil || n <= 0 {
		return 0, errs.New(errs.Invalid, "if_match_form", "If-Match takes one ETag of this item, like \"3\".").At("If-Match")
	}
	if body != 0 && body != n {
		return 0, errs.New(errs.Invalid, "if_match_differs", "If-Match and version name different versions.").At("version")
	}
	return n, nil
}

// list is one page.
type list[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next" doc:"Give back as cursor for the next page; null at the end."`
}

func page[T any](items []T, next string) *body[list[T]] {
	if items == nil {
		items = []T{}
	}
	out := list[T]{Items: items}
	if next != "" {
		out.Next = &next
	}
	return answer(out)
}

// Paging is embedded in inputs of lists.
type Paging struct {
	Cursor string `query:"cursor" doc:"Where the page begins, from the answer before."`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"Items of a page."`
}

type empty struct{}

type requestKey struct{}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func requestID(ctx context.Context) string {
	v, _ := ctx.Value(requestKey{}).(string)
	return v
}
