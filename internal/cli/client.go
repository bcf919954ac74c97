package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// client speaks the REST API to wherever its transport leads.
type client struct {
	http  *http.Client
	base  string // "https://host", no slash at the end
	key   string
	where string // for messages: the server, or the data folder
}

const prefix = "/api/v1"

// maxAnswer bounds an answer that is held in memory, in bytes.
const maxAnswer = 256 << 20

// get reads a JSON answer.
func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.send(ctx, http.MethodGet, path, query, nil, out)
}

// send sends in as JSON (nil: no body) and reads the answer into out (nil: none is wanted).
func (c *client) send(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := jsonx.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	return c.upload(ctx, method, path, query, "application/json", body, out)
}

// upload sends a body as it is.
func (c *client) upload(ctx context.Context, method, path string, query url.Values, mediaType string, body io.Reader, out any) error {
	resp, err := c.do(ctx, method, prefix+path, query, mediaType, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if len(b) > maxAnswer {
		return errs.New(errs.TooLarge, "answer_too_large", "The answer is larger than {limit} bytes: ask for less at once.", "limit", maxAnswer)
	}
	if raw, ok := out.(*jsonx.Raw); ok {
		*raw = b
		return nil
	}
	if err := jsonx.Unmarshal(b, out); err != nil {
		return errs.Wrap(err, errs.Unavailable, "not_vedette", "{where} does not answer as Vedette does.", "where", c.where)
	}
	return nil
}

// do sends a request; answers that are not a success are errors. The caller closes the body.
func (c *client) do(ctx context.Context, method, path string, query url.Values, mediaType string, body io.Reader) (*http.Response, error) {
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "server_address", "{url} is not the address of a server: write it as https://ti.example.org.", "url", c.base)
	}
	if body != nil {
		req.Header.Set("Content-Type", mediaType)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	req.Header.Set("User-Agent", "vedette-cli")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode < 300 || resp.StatusCode == http.StatusServiceUnavailable && strings.HasSuffix(path, "/readyz") {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	return nil, c.problem(resp)
}

// unreachable says what a failed exchange means.
func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, shown := errs.As(err); shown {
		return err
	}
	var dns *net.DNSError
	reason := ""
	switch {
	case errors.As(err, &dns):
		reason = "there is no such host"
	case errors.Is(err, syscall.ECONNREFUSED):
		reason = "nothing listens there"
	case strings.Contains(err.Error(), "certificate"):
		reason = "its certificate is not trusted (SSL_CERT_FILE names further authorities)"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		reason = "the answer was cut off"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		reason = "it speaks http, not https"
	default:
		return errs.Wrap(err, errs.Unavailable, "server_unreachable", "{where} cannot be reached: {reason}.", "where", c.where, "reason", "it does not answer")
	}
	return errs.New(errs.Unavailable, "server_unreachable", "{where} cannot be reached: {reason}.", "where", c.where, "reason", reason)
}

// maxProblem bounds the text of an error, in bytes.
const maxProblem = 1 << 20

// problem reads application/problem+json, or what a proxy in between wrote.
func (c *client) problem(resp *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	var p struct {
		Detail  string `json:"detail"`
		Code    string `json:"code"`
		Subject string `json:"subject"`
		Errors  []struct {
			Name    string `json:"name"`
			Message string `json:"message"`
		} `json:"errors"`
		Params    map[string]any `json:"params"`
		RequestID string         `json:"request_id"`
	}
	kind := kindOf(resp.StatusCode)
	if kind == errs.Unauthenticated && c.key == "" {
		return errs.New(kind, "key_missing", "{where} wants an API key: set VEDETTE_KEY to one (vedette token create makes it).", "where", c.where)
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media != "application/problem+json" || jsonx.Unmarshal(b, &p) != nil || p.Detail == "" {
		return errs.New(kind, "http_status", "{where} answered {status} {text}.", "where", c.where, "status", resp.StatusCode, "text", http.StatusText(resp.StatusCode))
	}
	text := p.Detail
	for _, f := range p.Errors {
		if f.Message != "" && !strings.Contains(p.Detail, f.Message) {
			text += "\n  " + strings.TrimPrefix(f.Name+": "+f.Message, ": ")
		}
	}
	if kind == errs.Internal {
		text += " (request " + p.RequestID + ")"
	}
	e := &errs.Error{Kind: kind, Code: p.Code, Message: "{text}", Params: map[string]any{}}
	for k, v := range p.Params {
		e.Params[k] = v
	}
	e.Params["text"] = text
	if p.Subject != "" && len(p.Errors) == 0 {
		return e.At(p.Subject)
	}
	return e
}

// kindOf is the table from HTTP back to kinds.
func kindOf(status int) errs.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusMethodNotAllowed:
		return errs.Invalid
	case http.StatusUnauthorized:
		return errs.Unauthenticated
	case http.StatusForbidden:
		return errs.Forbidden
	case http.StatusNotFound:
		return errs.NotFound
	case http.StatusConflict:
		return errs.Conflict
	case http.StatusRequestEntityTooLarge:
		return errs.TooLarge
	case http.StatusUnprocessableEntity:
		return errs.Unsupported
	case http.StatusTooManyRequests:
		return errs.RateLimited
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return errs.Unavailable
	}
	return errs.Internal
}

// page is one page of a list.
type page struct {
	Items []jsonx.Raw `json:"items"`
	Next  *string     `json:"next"`
}

// pageSize is how many items one request asks for.
const pageSize = 200

// list reads at most limit items (0: all), beginning at cursor, and returns the cursor behind them.
func (c *client) list(ctx context.Context, path string, query url.Values, cursor string, limit int) (items []jsonx.Raw, next string, err error) {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	for {
		size := pageSize
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		if paged(path) {
			q.Set("limit", strconv.Itoa(size))
			if cursor != "" {
				q.Set("cursor", cursor)
			}
		}
		var p page
		if err := c.get(ctx, path, q, &p); err != nil {
			return items, "", err
		}
		items = append(items, p.Items...)
		if p.Next == nil || *p.Next == "" || *p.Next == cursor {
			return items, "", nil
		}
		cursor = *p.Next
		if limit > 0 && len(items) >= limit {
			return items, cursor, nil
		}
		if len(p.Items) == 0 {
			return items, "", nil
		}
	}
}

// paged tells which lists take limit and cursor; the others are short and come whole.
func paged(path string) bool {
	switch path {
	case "/queue", "/packs", "/sources/kinds", "/sources/presets", "/channels/kinds", "/roles", "/keys", "/exports":
		return false
	}
	return !strings.HasSuffix(path, "/keys")
}

// local answers requests by a handler in this process.
type local struct {
	handler http.Handler
	open    *sync.WaitGroup // handlers at work
}

// leaveTime is how long an answer that nobody reads any more may take to notice.
const leaveTime = 5 * time.Second

// wait returns when no handler is at work, so that what they work on can be closed.
func (l local) wait() error {
	done := make(chan struct{})
	go func() { l.open.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(leaveTime):
	}
	return nil
}

// RoundTrip implements http.RoundTripper. The answer's body is read while the handler writes it.
func (l local) RoundTrip(req *http.Request) (*http.Response, error) {
	r, w := io.Pipe()
	rec := &answering{header: http.Header{}, body: w, head: make(chan struct{})}
	in := req.Clone(req.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI, in.RemoteAddr = req.URL.RequestURI(), "127.0.0.1:0"
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	l.open.Add(1)
	go func() {
		defer l.open.Done()
		defer func() {
			err := error(nil)
			if p := recover(); p != nil {
				err = io.ErrUnexpectedEOF // as a cut connection looks
			}
			rec.begin(http.StatusOK)
			_ = in.Body.Close()
			_ = w.CloseWithError(err)
		}()
		l.handler.ServeHTTP(rec, in)
	}()
	select {
	case <-rec.head:
	case <-req.Context().Done():
		_ = r.CloseWithError(req.Context().Err())
		return nil, req.Context().Err()
	}
	length := int64(-1)
	if n, err := strconv.ParseInt(rec.sent.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{
		Status: http.StatusText(rec.status), StatusCode: rec.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rec.sent, Body: r, ContentLength: length, Request: req,
	}, nil
}

// answering is the http.ResponseWriter of a handler in this process.
type answering struct {
	header, sent http.Header
	status       int
	body         *io.PipeWriter
	head         chan struct{}
}

func (a *answering) Header() http.Header { return a.header }

func (a *answering) begin(status int) {
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
		close(a.head)
	}
}

// WriteHeader implements http.ResponseWriter.
func (a *answering) WriteHeader(status int) {
	if status >= 200 {
		a.begin(status)
	}
}

// Write implements io.Writer.
func (a *answering) Write(b []byte) (int, error) {
	a.begin(http.StatusOK)
	return a.body.Write(b)
}

// Flush implements http.Flusher: every write goes through at once.
func (a *answering) Flush() { a.begin(http.StatusOK) }

// SetReadDeadline and SetWriteDeadline are asked for by handlers; nothing here can be slow.
func (a *answering) SetReadDeadline(time.Time) error  { return nil }
func (a *answering) SetWriteDeadline(time.Time) error { return nil }
