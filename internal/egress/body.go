package egress

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// ratioFrom is how many unpacked bytes are let through before the ratio is judged.
const ratioFrom = 1 << 20

// bound wraps an answer's body: it is unpacked, both sizes and their ratio are limited, and a
// server that stops sending is dropped.
func (c *Client) bound(resp *http.Response, to target, unpack bool, cancel, done func()) (*http.Response, error) {
	b := &body{
		wire: resp.Body, host: to.String(), limit: c.opt.MaxBody, ratio: c.opt.MaxRatio,
		idle: c.opt.Idle, done: done,
	}
	b.timer = time.AfterFunc(b.idle, func() {
		b.stalled.Store(true)
		cancel()
	})
	b.timer.Stop()
	if unpack {
		switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
		case "", "identity":
		case "gzip", "x-gzip":
			b.gzip = true
			resp.Header.Del("Content-Encoding")
			resp.Header.Del("Content-Length")
			resp.ContentLength = -1
			resp.Uncompressed = true
		default:
			b.Close()
			return nil, errs.New(errs.Unsupported, "bad_encoding", "{host} packs its answer as {encoding}, which was not asked for.",
				"host", to.String(), "encoding", shown(encoding))
		}
	}
	if !b.gzip && resp.ContentLength > b.limit {
		b.Close()
		return nil, b.tooLarge()
	}
	resp.Body = b
	return resp, nil
}

// body is an answer's body. Reads are by one goroutine, Close may come from another.
type body struct {
	wire    io.ReadCloser
	host    string
	limit   int64
	ratio   int64
	idle    time.Duration
	timer   *time.Timer
	gzip    bool
	zip     *gzip.Reader
	packed  int64
	out     int64
	err     error
	stalled atomic.Bool
	done    func()
	once    sync.Once
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.read(p)
	b.out += int64(n)
	switch {
	case b.out > b.limit || b.packed > b.limit:
		err = b.tooLarge()
	case b.gzip && b.out > ratioFrom && b.out > b.ratio*b.packed:
		err = errs.New(errs.TooLarge, "answer_bomb",
			"The answer of {host} unpacks to more than {ratio} times its size and is refused.", "host", b.host, "ratio", b.ratio)
	case err != nil && err != io.EOF:
		err = b.explain(err)
	}
	if err != nil {
		b.err = err
		if err != io.EOF {
			n = 0
		}
		b.finish()
	}
	return n, err
}

func (b *body) read(p []byte) (int, error) {
	if !b.gzip {
		return packedReader{b}.Read(p)
	}
	if b.zip == nil {
		z, err := gzip.NewReader(packedReader{b})
		if err == io.EOF {
			return 0, io.EOF // an empty body that claims to be gzip
		}
		if err != nil {
			return 0, err
		}
		b.zip = z
	}
	return b.zip.Read(p)
}

// explain names a stalled, late or broken answer. Cancelling by the caller stays what it is.
func (b *body) explain(err error) error {
	if b.stalled.Load() {
		return errs.New(errs.Unavailable, "host_stalled", "{host} stopped sending in the middle; it is tried again later.", "host", b.host)
	}
	if _, ok := errs.As(err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.Wrap(err, errs.Unavailable, "host_timeout", "{host} did not answer in time; it is tried again later.", "host", b.host)
	}
	return errs.Wrap(err, errs.Unavailable, "answer_cut", "The answer of {host} broke off; it is tried again later.", "host", b.host)
}

// packedReader counts bytes as they arrive. The stall timer runs only while the server is waited
// for, not while the caller works.
type packedReader struct{ b *body }

func (r packedReader) Read(p []byte) (int, error) {
	r.b.timer.Reset(r.b.idle)
	n, err := r.b.wire.Read(p)
	r.b.timer.Stop()
	r.b.packed += int64(n)
	return n, err
}

func (b *body) tooLarge() error {
	return errs.New(errs.TooLarge, "answer_too_large",
		"The answer of {host} is larger than the limit of {limit} bytes; raise egress.max_body if this is right.", "host", b.host, "limit", b.limit)
}

// Close ends the exchange and frees the host's place.
func (b *body) Close() error {
	err := b.wire.Close()
	b.finish()
	return err
}

func (b *body) finish() {
	b.once.Do(func() {
		b.timer.Stop()
		b.done()
	})
}
