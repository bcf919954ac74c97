package rest

import (
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// bodyPause is how long a client may send nothing of a body that it announced.
const bodyPause = 30 * time.Second

// timedBody gives up on clients that stop sending. A deadline for the whole body would cut off slow uploads,
// and one that outlives the body would cancel a long-running handler.
type timedBody struct {
	io.ReadCloser
	conn *http.ResponseController
}

// Read implements io.Reader.
func (b *timedBody) Read(p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(bodyPause)) // not every connection has deadlines
	n, err := b.ReadCloser.Read(p)
	if err == nil {
		return n, nil
	}
	_ = b.conn.SetReadDeadline(time.Time{})
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = errs.Wrap(err, errs.Unavailable, "body_timeout", "The request body stopped arriving: send it again.")
	}
	return n, err
}

// Close implements io.Closer.
func (b *timedBody) Close() error {
	_ = b.conn.SetReadDeadline(time.Time{})
	return b.ReadCloser.Close()
}

// Large bodies wait for their turn, so that many at once do not fill the memory.
const (
	smallBody   = 1 << 20
	largeBodies = 2 // how many of the largest allowed size are held at once
	largeWait   = time.Minute
)

// allowance is a number of bytes that requests share. Who asks first is served first.
type allowance struct {
	turn  chan struct{}
	mu    sync.Mutex
	total int64
	free  int64
	freed chan struct{}
}

func newAllowance(total int64) *allowance {
	return &allowance{turn: make(chan struct{}, 1), total: total, free: total, freed: make(chan struct{})}
}

// take waits for n bytes; give must be called in the end.
func (a *allowance) take(ctx context.Context, n int64) (give func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, largeWait)
	defer cancel()
	n = min(n, a.total)
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return nil, errBodies
	}
	for {
		a.mu.Lock()
		if a.free >= n {
			a.free -= n
			a.mu.Unlock()
			return func() { a.give(n) }, nil
		}
		freed := a.freed
		a.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return nil, errBodies
		}
	}
}

func (a *allowance) give(n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.free += n
	close(a.freed)
	a.freed = make(chan struct{})
}

var errBodies = errs.New(errs.Unavailable, "bodies_busy", "Many large requests are being worked on: send this one again in a moment.")

// held is how many bytes of a request's body will be in memory at once; small ones do not count.
func (s *Server) held(r *http.Request, o op) int64 {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	limit := s.bodyLimit(o)
	switch text := media == "" || strings.HasSuffix(media, "json") || strings.HasPrefix(media, "text/"); {
	case r.Body == nil || r.Body == http.NoBody:
		return 0
	case text && s.o.MaxBody > 0:
		limit = min(limit, s.o.MaxBody)
	case o.Streamed:
		return 0
	}
	n := r.ContentLength
	if n < 0 || n > limit {
		n = limit
	}
	if n <= smallBody {
		return 0
	}
	return n
}
