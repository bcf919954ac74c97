package rest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
)

// answerWriter knows what was answered and compresses text for clients that take it. Small answers, event
// streams, parts of files and what is compressed already stay as they are.
type answerWriter struct {
	http.ResponseWriter
	accepts bool
	status  int
	head    []byte // the first bytes, until there are enough to decide
	began   bool
	gz      *gzip.Writer
}

// compressFrom is how many bytes are worth compressing.
const compressFrom = 1400

// gzips are reused: each holds about 800 KB.
var gzips = sync.Pool{New: func() any { //nolint:gochecknoglobals // a pool has no state of its own
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	return w
}}

// compressed wraps w; done must be called in the end.
func compressed(w http.ResponseWriter, r *http.Request) (out *answerWriter, done func()) {
	a := &answerWriter{ResponseWriter: w, accepts: acceptsGzip(r)}
	if a.accepts || r.Header.Get("Accept-Encoding") != "" {
		w.Header().Add("Vary", "Accept-Encoding")
	}
	return a, a.end
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3).
func acceptsGzip(r *http.Request) bool {
	if r.Header.Get("Range") != "" || r.Method == http.MethodHead {
		return false
	}
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, q, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(part, " ", "")), ";")
		if name == "gzip" && strings.Trim(q, "q=0.") != "" || name == "gzip" && q == "" {
			return true
		}
	}
	return false
}

// WriteHeader implements http.ResponseWriter. The header leaves with the first bytes.
func (a *answerWriter) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	if !a.compressible() {
		a.begin(false)
	}
}

func (a *answerWriter) compressible() bool {
	h := a.Header()
	if !a.accepts || a.status != http.StatusOK && a.status != http.StatusCreated || h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" || h.Get("Accept-Ranges") != "" {
		return false
	}
	t, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return t != "text/event-stream" && (strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "json") || strings.HasSuffix(t, "xml"))
}

func (a *answerWriter) begin(compress bool) {
	a.began = true
	if compress {
		a.Header().Set("Content-Encoding", "gzip")
		a.Header().Del("Content-Length")
		a.gz, _ = gzips.Get().(*gzip.Writer)
		a.gz.Reset(a.ResponseWriter)
	}
	a.ResponseWriter.WriteHeader(a.status)
}

// Write implements http.ResponseWriter.
func (a *answerWriter) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if !a.began {
		if len(a.head)+len(b) < compressFrom {
			a.head = append(a.head, b...)
			return len(b), nil
		}
		a.begin(true)
		if err := a.flushHead(); err != nil {
			return 0, err
		}
	}
	if a.gz != nil {
		return a.gz.Write(b)
	}
	return a.ResponseWriter.Write(b)
}

func (a *answerWriter) flushHead() error {
	head := a.head
	a.head = nil
	if len(head) == 0 {
		return nil
	}
	_, err := a.Write(head)
	return err
}

// Flush implements http.Flusher, for answers that are written as they come.
func (a *answerWriter) Flush() {
	if a.status == 0 {
		return
	}
	if !a.began {
		a.begin(false)
		_ = a.flushHead()
	}
	if a.gz != nil {
		_ = a.gz.Flush()
	}
	_ = http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answerWriter) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answerWriter) end() {
	if a.status != 0 && !a.began {
		a.begin(false)
		_ = a.flushHead()
	}
	if a.gz != nil {
		_ = a.gz.Close()
		gzips.Put(a.gz)
		a.gz = nil
	}
}
