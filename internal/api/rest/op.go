package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
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
}

// register adds an operation; O nil answers 204.
func register[I, O any](s *Server, o op, handler func(ctx context.Context, in *I) (*O, error)) {
	if !o.Rule.valid() {
		s.broken = append(s.broken, o.Method+" "+o.Path)
	}
	s.routes = append(s.routes, Route{Method: o.Method, Path: o.Path, ID: o.ID, Rule: o.Rule})
	limit := o.Body
	if limit == 0 {
		limit = s.o.MaxBody
	}
	op := huma.Operation{
		Method: o.Method, Path: o.Path, OperationID: o.ID, Tags: []string{o.Tag}, Summary: o.Summary, Description: o.Doc, DefaultStatus: o.Status,
		MaxBodyBytes: limit, Errors: errorsOf(o),
	}
	if !o.Rule.Public {
		op.Security = []map[string][]string{{"key": {}}, {"session": {}}}
	}
	if o.Rule.Need != "" {
		op.Description = joinDoc(o.Doc, "Needs the permission "+string(o.Rule.Need)+".")
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		if err := o.Rule.check(ctx); err != nil {
			return nil, s.problem(ctx, err)
		}
		out, err := handler(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

func joinDoc(doc, more string) string {
	if doc == "" {
		return more
	}
	return doc + " " + more
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

// paging is embedded in inputs of lists.
type paging struct {
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
