package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// adminRoutes shows the areas of administration; each lists its operations in one function.
func (s *Server) adminRoutes() {
	s.sessionRoutes()
	s.meRoutes()
	s.accountRoutes()
	s.peopleRoutes()
	s.auditRoutes()
	s.sourceRoutes()
	s.playbookRoutes()
	s.quarantineRoutes()
	s.queueRoutes()
	s.jobRoutes()
	s.assetRoutes()
	s.watchRoutes()
	s.packRoutes()
	s.tagRoutes()
	s.exportRoutes()
	s.viewRoutes()
	s.settingRoutes()
}

// request gives a handler the HTTP request that huma hides. Embed it in an input that has no body of its own
// to stream the body, or to know from where a login comes.
type request struct{ http *http.Request }

// Resolve implements huma.Resolver.
func (q *request) Resolve(c huma.Context) []error {
	q.http, _ = humago.Unwrap(c)
	return nil
}

// cookies collects what package auth writes into an answer.
type cookies struct{ header http.Header }

func (c cookies) Header() http.Header       { return c.header }
func (cookies) Write(b []byte) (int, error) { return len(b), nil }
func (cookies) WriteHeader(int)             {}

// withCookie is an answer that sets or clears the session's cookie.
type withCookie[T any] struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      T
}

// cookieOnly is an answer without body that does so.
type cookieOnly struct {
	SetCookie []string `header:"Set-Cookie"`
}

func (s *Server) cookieOf(l account.Login) []string {
	c := cookies{header: http.Header{}}
	s.o.Auth.SetSession(c, l)
	return c.header.Values("Set-Cookie")
}

func (s *Server) clearedCookie() []string {
	c := cookies{header: http.Header{}}
	s.o.Auth.ClearSession(c)
	return c.header.Values("Set-Cookie")
}

// session returns the session of a request that came by cookie. What proves or changes a password needs one.
func session(ctx context.Context) (account.Session, error) {
	if s := auth.IdentityFrom(ctx).Session; s != nil {
		return *s, nil
	}
	return account.Session{}, errs.New(errs.Forbidden, "session_required", "This needs a login in the console: API keys change no credentials.")
}

// versioned is the input of operations on one item that name the version which was read.
type versioned struct {
	ID      string `path:"id" doc:"Id of the item." example:"42"`
	Version int64  `query:"version" minimum:"0" doc:"The version that was read; a stale one is refused. Without it the present one is meant."`
}

// versionOr returns the version that a client named, or the present one.
func versionOr(given int64, now func() (int64, error)) (int64, error) {
	if given != 0 {
		return given, nil
	}
	return now()
}

// target reads the id of an operation on one item and who asks for it.
func (*Server) target(ctx context.Context, text string) (id.ID, sharing.Actor, error) {
	n, err := id.Parse(text)
	return n, auth.ActorFrom(ctx), err
}

// optionalRef reads an id that may be left out.
func optionalRef(s string) (id.ID, error) {
	if s == "" {
		return 0, nil
	}
	return id.Parse(s)
}

// refPointer reads an id that stays when it is left out.
func refPointer(s *string) (*id.ID, error) {
	if s == nil {
		return nil, nil
	}
	n, err := optionalRef(*s)
	return &n, err
}

// timeOr returns the zero time for one that was left out.
func timeOr(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// some makes an empty list of nil, so that clients always see a list.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func pageOf(cursor string, limit int) report.Page { return report.Page{Cursor: cursor, Limit: limit} }

func accountPage(cursor string, limit int) account.Page {
	return account.Page{After: cursor, Limit: min(limit, 500)}
}

// shapes turns a list of nouns into a list of answers.
func shapes[A, B any](list []A, shape func(A) B) []B {
	out := make([]B, len(list))
	for i, x := range list {
		out[i] = shape(x)
	}
	return out
}

// given returns nil for a JSON value that was left out or null.
func given(v jsonx.Raw) *jsonx.Raw {
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	return &v
}

// form shows all fields of a form that are wrong at once, where a service found several.
func (s *Server) form(ctx context.Context, err error) error {
	var many interface{ Unwrap() []error }
	if !errors.As(err, &many) {
		return err
	}
	p := s.reason(ctx, err)
	p.Errors = nil
	for _, one := range many.Unwrap() {
		if e, ok := errs.As(one); ok && e.Kind == errs.Invalid {
			p.Errors = append(p.Errors, FieldProblem{Name: e.Subject, Code: e.Code, Message: errs.Fill(e.Message, e.Params)})
		}
	}
	return p
}

// count is the answer of bulk operations.
type count struct {
	Count int64 `json:"count" doc:"How many items it was done for."`
}

// upload declares a request body that the handler streams itself; huma would hold it in memory.
func (s *Server) upload(path string, types ...string) {
	op := s.api.OpenAPI().Paths[path].Post
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, t := range types {
		op.RequestBody.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
}
