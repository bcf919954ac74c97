package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/reply"
)

// keyHeader makes a POST safe to repeat.
const keyHeader = "Idempotency-Key"

// once runs a request that carries an Idempotency-Key, or gives the first answer again.
func (s *Server) once(w http.ResponseWriter, r *http.Request, o op, key string, run func(http.ResponseWriter, *http.Request)) {
	print, err := fingerprint(r, s.bodyLimit(o))
	if err != nil {
		s.writeProblem(w, r, err)
		return
	}
	ctx := r.Context()
	ticket, first, err := s.o.Replies.Begin(ctx, asker(ctx), key, print)
	if err != nil {
		s.writeProblem(w, r, err)
		return
	}
	if first != nil {
		for name, v := range first.Header {
			w.Header().Set(name, v)
		}
		w.Header().Set("Idempotent-Replay", "true")
		w.WriteHeader(first.Status)
		_, _ = w.Write(first.Body)
		return
	}
	rec := &recorder{ResponseWriter: w}
	ctx = context.WithoutCancel(ctx) // the answer is remembered even when the client is gone
	settled := false
	defer func() {
		if !settled { // a panic: nobody knows how far it came, so the key stays taken
			return
		}
		if err := rec.settle(ctx, ticket); err != nil {
			s.o.Log.ErrorContext(ctx, "answer not remembered", slog.String("request_id", requestID(ctx)), slog.Any("error", err))
		}
	}()
	run(rec, r)
	settled = true
}

// asker keeps the keys of two people, and of two API keys of one, apart.
func asker(ctx context.Context) string {
	a := auth.ActorFrom(ctx)
	return strings.Join([]string{a.Via, a.Org.String(), a.User.String(), a.Key.String()}, " ")
}

// fingerprint tells two requests apart by method, path, query and body. Uploads are streamed, not held, and
// told apart by their length.
func fingerprint(r *http.Request, limit int64) ([32]byte, error) {
	h := sha256.New()
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	for _, part := range []string{r.Method, r.URL.Path, r.URL.RawQuery, media} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	if media == "" || strings.HasSuffix(media, "json") || strings.HasPrefix(media, "text/") {
		if r.Body != nil {
			rest := r.Body
			body, err := io.ReadAll(io.LimitReader(rest, limit+1))
			if err != nil {
				return [32]byte{}, err
			}
			h.Write(body)
			r.Body = readCloser{io.MultiReader(bytes.NewReader(body), rest), rest}
		}
	} else {
		h.Write([]byte(strconv.FormatInt(r.ContentLength, 10)))
	}
	return [32]byte(h.Sum(nil)), nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// recorder keeps what is answered while it leaves.
type recorder struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status, r.header = status, maps.Clone(r.Header())
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if r.body.Len() <= reply.MaxBody {
		r.body.Write(b)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// settle remembers the answer, or forgets the request when it may succeed another time. An internal error may
// have come after an effect: its key stays taken.
func (r *recorder) settle(ctx context.Context, t *reply.Ticket) error {
	switch r.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusRequestTimeout, http.StatusUnauthorized, http.StatusForbidden, 0:
		return t.Drop(ctx)
	case http.StatusInternalServerError:
		return nil
	}
	a := reply.Answer{Status: r.status, Body: r.body.Bytes(), Header: map[string]string{}}
	for _, name := range []string{"Content-Type", "ETag", "Location"} {
		if v := r.header.Get(name); v != "" {
			a.Header[name] = v
		}
	}
	return t.Keep(ctx, a)
}
