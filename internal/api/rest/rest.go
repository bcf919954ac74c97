// Package rest owns Vedette's own HTTP API, version 1, under /api/v1: its paths, shapes, errors, Paging and
// its OpenAPI 3.1 description, which is made from the code. Every operation has a rule about who may call it;
// an API with an operation without a rule does not start. It owns no rule of a noun: handlers translate and
// call services, which check again.
package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Rule says who may call an operation. Exactly one field is set.
type Rule struct {
	// Public operations need nobody: set-up, login, the description of the API.
	Public bool
	// LoggedIn operations need somebody, whatever the rights: one's own account.
	LoggedIn bool
	// Unready lets people in who must first change their password.
	Unready bool
	// Need is the permission.
	Need sharing.Permission
}

func (r Rule) valid() bool {
	n := 0
	for _, set := range []bool{r.Public, r.LoggedIn, r.Unready, r.Need != ""} {
		if set {
			n++
		}
	}
	return n == 1
}

func (r Rule) check(ctx context.Context) error {
	switch {
	case r.Public:
		return nil
	case r.Unready:
		if auth.ActorFrom(ctx).Via == "" {
			return errLogin
		}
		return nil
	}
	if err := auth.LoggedIn(ctx); err != nil {
		return err
	}
	if r.Need != "" {
		return auth.ActorFrom(ctx).Need(r.Need)
	}
	return nil
}

var errLogin = errs.New(errs.Unauthenticated, "login_needed", "Log in first, or send an API key.")

// Route is one operation, for tests of the rules.
type Route struct {
	Method, Path, ID string
	Rule             Rule
}

// Server is the API.
type Server struct {
	o      Options
	api    huma.API
	mux    *http.ServeMux
	routes []Route
	broken []string

	presence presence
	lists    listBook
	hub      *hub
	large    *allowance
}

// New builds the API. It fails when an operation has no valid rule.
func New(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{o: o, mux: http.NewServeMux()}
	s.hub = newHub(s)
	s.large = newAllowance(max(largeBodies*o.MaxBody, o.MaxUpload, smallBody))
	s.api = humago.NewWithPrefix(s.mux, Prefix, description(o.Version))
	s.register()
	if len(s.broken) > 0 {
		return nil, fmt.Errorf("rest: operations without a rule: %s", strings.Join(s.broken, ", "))
	}
	return s, nil
}

// Close ends every event stream, so that a server can shut down; clients come back later.
func (s *Server) Close() { s.hub.cut() }

// Routes lists every operation with its rule.
func (s *Server) Routes() []Route { return s.routes }

// OpenAPI returns the description as JSON.
func (s *Server) OpenAPI() ([]byte, error) { return s.api.OpenAPI().MarshalJSON() }

func description(version string) huma.Config {
	json := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Vedette API", Version: version,
				Description: "Everything the console does. Authenticate with a session cookie or an API key: Authorization: Bearer KEY. " +
					"Ids are decimal strings. Lists answer {items, next}; give next back as cursor. Errors are application/problem+json with a stable code.",
			},
			Servers: []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{
				Schemas: schemas(),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key":     {Type: "http", Scheme: "bearer", Description: "API key"},
					"session": {Type: "apiKey", In: "cookie", Name: "vedette"},
				},
			},
		},
		OpenAPIPath: "/openapi", Formats: map[string]huma.Format{"application/json": json, "json": json}, DefaultFormat: "application/json",
		RejectUnknownQueryParameters: true,
	}
	return c
}

// schemas names types for people: reportShape is Report, the body of createReportIn is CreateReportInput.
func schemas() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		words := strings.FieldsFunc(huma.DefaultSchemaNamer(t, hint), func(r rune) bool { return r == '-' || r == '_' })
		for i, w := range words {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
		name := strings.ReplaceAll(strings.Join(words, ""), "Shape", "")
		if in, ok := strings.CutSuffix(name, "InBody"); ok {
			return in + "Input"
		}
		return name
	})
	r.RegisterTypeAlias(reflect.TypeFor[jsonx.Raw](), reflect.TypeFor[any]())
	return r
}

// Harden sets what every answer of the API says to browsers: nothing of it may run, be framed or be guessed at.
func Harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
}

// ServeHTTP implements http.Handler: it finds out who asks, then routes.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	Harden(rw.Header())
	number := newRequestID()
	rw.Header().Set("X-Request-Id", number)
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, number))
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &timedBody{ReadCloser: r.Body, conn: http.NewResponseController(rw)}
	}
	w, done := compressed(rw, r)
	defer done()
	defer s.recovered(w, r)
	if auth.ActorFrom(r.Context()).Via == "" { // the control socket has put one in already
		known, err := s.o.Auth.Authenticate(r)
		if err != nil {
			s.writeProblem(w, r, err)
			return
		}
		r = known
	}
	if strings.Contains(r.URL.Path, "\x00") || strings.Contains(strings.ToLower(r.URL.RawQuery), "%00") {
		s.writeProblem(w, r, errZero)
		return
	}
	if h, pattern := s.mux.Handler(r); pattern == "" {
		s.unrouted(w, r, h)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// recovered turns a panic of a handler into an answer and a line in the log.
func (s *Server) recovered(w *answerWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler || w.status != 0 { //nolint:errorlint // recover gives the value itself
		panic(v) // too late for an answer: the server closes the connection
	}
	s.writeProblem(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
}

// unrouted answers what no operation takes.
func (s *Server) unrouted(w http.ResponseWriter, r *http.Request, standard http.Handler) {
	said := &headOnly{header: http.Header{}}
	standard.ServeHTTP(said, r)
	if said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.header.Get("Allow"))
		s.writeProblem(w, r, &Problem{
			Type: "about:blank", Title: http.StatusText(said.status), Status: said.status, Code: "method_not_allowed", Kind: errs.Unsupported.String(),
			Detail: "This path does not take that method; Allow lists those it takes.", RequestID: requestID(r.Context()),
		})
		return
	}
	s.writeProblem(w, r, errPath)
}

// errZero: no text of the store holds a zero byte; one engine refuses to keep it or to look for it.
var errZero = errs.New(errs.Invalid, "zero_byte", "The request holds a zero byte: leave it out.")

var errPath = errs.New(errs.NotFound, "no_such_path", "The API has no such path: see /api/v1/openapi.json.")

// headOnly listens to what the standard library would answer.
type headOnly struct {
	header http.Header
	status int
}

func (h *headOnly) Header() http.Header         { return h.header }
func (h *headOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h *headOnly) WriteHeader(status int)      { h.status = status }
