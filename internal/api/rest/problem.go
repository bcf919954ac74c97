package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Problem is every error answer (RFC 9457). Code is stable; texts in other languages are found by it and
// filled from Params.
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	Code      string         `json:"code" doc:"Stable; texts in other languages are found by it."`
	Kind      string         `json:"kind" doc:"invalid, unauthenticated, forbidden, not_found, conflict, too_large, rate_limited, unavailable, unsupported, internal"`
	Params    map[string]any `json:"params,omitempty"`
	Subject   string         `json:"subject,omitempty" doc:"The item or field it is about."`
	Errors    []FieldProblem `json:"errors,omitempty"`
	RequestID string         `json:"request_id"`
}

// FieldProblem is what is wrong with one field of the input.
type FieldProblem struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusTooManyRequests:
		wait := "10"
		if n, ok := p.Params["seconds"].(int64); ok {
			wait = strconv.FormatInt(n, 10)
		}
		h.Set("Retry-After", wait)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
	return h
}

// statusOf is the one table from kinds to HTTP.
func statusOf(k errs.Kind) int {
	switch k {
	case errs.Invalid:
		return http.StatusBadRequest
	case errs.Unauthenticated:
		return http.StatusUnauthorized
	case errs.Forbidden:
		return http.StatusForbidden
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Conflict:
		return http.StatusConflict
	case errs.TooLarge:
		return http.StatusRequestEntityTooLarge
	case errs.RateLimited:
		return http.StatusTooManyRequests
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	case errs.Unsupported:
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// problem turns any error into an answer. What is not ours is logged and hidden.
func (s *Server) problem(ctx context.Context, err error) error {
	var done *Problem
	if errors.As(err, &done) {
		return done
	}
	var status huma.StatusError
	if errors.As(err, &status) && status.GetStatus() == http.StatusNotModified {
		return status
	}
	p := &Problem{Type: "about:blank", RequestID: requestID(ctx), Kind: errs.Internal.String()}
	e, ok := errs.As(err)
	switch {
	case errors.Is(err, context.Canceled):
		p.Status, p.Code, p.Detail = 499, "cancelled", "The request was cancelled."
	case !ok || e.Kind == errs.Internal:
		s.o.Log.ErrorContext(ctx, "request failed", slog.String("request_id", p.RequestID), slog.Any("error", err))
		p.Status, p.Code, p.Detail = http.StatusInternalServerError, "internal", "Something went wrong here; the log names it under the request id."
	default:
		p.Status, p.Code, p.Kind, p.Params, p.Subject = statusOf(e.Kind), e.Code, e.Kind.String(), shown(e.Params), e.Subject
		p.Detail = errs.Fill(e.Message, e.Params)
		if e.Kind == errs.Invalid && e.Subject != "" {
			p.Errors = []FieldProblem{{Name: e.Subject, Code: e.Code, Message: p.Detail}}
		}
		if e.Kind == errs.Unavailable {
			s.o.Log.WarnContext(ctx, "request not served", slog.String("request_id", p.RequestID), slog.Any("error", err))
		}
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// shown writes ids as everywhere in the API: decimal strings.
func shown(params map[string]any) map[string]any {
	out := maps.Clone(params)
	for k, v := range out {
		switch v := v.(type) {
		case id.ID:
			out[k] = v.String()
		case sharing.ACLID:
			delete(out, k)
		}
	}
	return out
}

// writeProblem answers outside an operation.
func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := s.problem(r.Context(), err).(*Problem) //nolint:errorlint // problem returns its own type
	if !ok {
		p = &Problem{Type: "about:blank", Status: http.StatusInternalServerError, Code: "internal"}
	}
	b, err := jsonx.Marshal(p)
	if err != nil {
		b = []byte(`{}`)
	}
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}

// useProblems makes huma's own refusals (a missing field, a wrong type) problems like ours. huma keeps its
// constructor in a variable, so this is done once for the process.
func useProblems() {
	problemsOnce.Do(func() {
		huma.NewErrorWithContext = func(c huma.Context, status int, msg string, list ...error) huma.StatusError {
			ctx := context.Background()
			if c != nil {
				ctx = c.Context()
			}
			return ofHuma(ctx, status, msg, list)
		}
		huma.DefaultArrayNullable = false // lists are written as [] at least
		huma.NewError = func(status int, msg string, list ...error) huma.StatusError {
			return ofHuma(context.Background(), status, msg, list)
		}
	})
}

var problemsOnce sync.Once //nolint:gochecknoglobals // guards huma's global

func ofHuma(ctx context.Context, status int, msg string, list []error) huma.StatusError {
	p := &Problem{Type: "about:blank", Status: status, Title: http.StatusText(status), Detail: msg, Code: "invalid_request", Kind: errs.Invalid.String(), RequestID: requestID(ctx)}
	switch status {
	case http.StatusUnprocessableEntity:
		p.Status, p.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
	case http.StatusRequestEntityTooLarge:
		p.Code, p.Kind = "body_too_large", errs.TooLarge.String()
	case http.StatusUnsupportedMediaType:
		p.Code, p.Kind = "media_type", errs.Unsupported.String()
	case http.StatusRequestTimeout:
		p.Code, p.Kind = "body_timeout", errs.Unavailable.String()
	case http.StatusInternalServerError:
		p.Code, p.Kind, p.Detail = "internal", errs.Internal.String(), "Something went wrong here; the log names it under the request id."
		return p
	}
	for _, err := range list {
		var d *huma.ErrorDetail
		f := FieldProblem{Code: "invalid_field", Message: err.Error()}
		if errors.As(err, &d) {
			f.Message = d.Message
			f.Name = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "query."), "path.")
		}
		p.Errors = append(p.Errors, f)
	}
	if len(p.Errors) > 0 {
		first := p.Errors[0]
		p.Detail = "The request is not as described: " + strings.TrimPrefix(first.Name+": ", ": ") + strings.TrimSuffix(first.Message, ".") + "."
		p.Subject = first.Name
	}
	return p
}

func marshal(w io.Writer, v any) error {
	b, err := jsonx.Marshal(v)
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}

func unmarshal(data []byte, v any) error {
	if err := withoutZero(data); err != nil {
		return err
	}
	return jsonx.Unmarshal(data, v)
}

// withoutZero refuses JSON with a zero byte in a text: one of the stores cannot keep it.
func withoutZero(data []byte) error {
	const zero = `\u0000`
	for rest := data; ; {
		at := bytes.Index(rest, []byte(zero))
		if at < 0 {
			return nil
		}
		slashes := 0
		for i := at - 1; i >= 0 && rest[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 0 {
			return errZero
		}
		rest = rest[at+len(zero):]
	}
}
