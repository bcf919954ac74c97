package extract

import (
	"context"
	"errors"
	"io"
)

// The scanner sees a text through windows of fixed places, however it arrives. A window begins
// with lookback bytes of context, and the scanner stops starting candidates lookahead bytes
// before its end, so that no value up to lookahead bytes is ever cut. Memory is bounded by
// lookback + windowSize.
const (
	lookback   = 4 << 10
	windowSize = 512 << 10
	lookahead  = 64 << 10
)

// windowed carries what the scanner knows from window to window.
type windowed struct {
	scan scanner
}

func newWindowed(x *Extractor, emit func(Result) error) *windowed {
	return &windowed{scan: scanner{x: x, emit: emit, st: newState()}}
}

// run scans buf from start and returns where the next window starts. base is the offset of
// buf[0] in the text; final says that the text ends with buf.
func (w *windowed) run(buf []byte, start int, base int64, final bool) (next int, err error) {
	limit := len(buf)
	if !final {
		limit -= lookahead
	}
	w.scan.reset(buf, base)
	next = w.scan.run(start, limit)
	return next, w.scan.err
}

// Stream reads r to its end and calls emit for each result, in order, as Bytes would return
// them. It stops at the first error of ctx, r or emit and returns it; results before it have
// been emitted. Memory does not grow with the length of the text or of its lines.
func (x *Extractor) Stream(ctx context.Context, r io.Reader, emit func(Result) error) error {
	w := newWindowed(x, emit)
	buf := make([]byte, 0, lookback+windowSize)
	base, start, eof := int64(0), 0, false
	for !eof || start < len(buf) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for len(buf) < start+windowSize && !eof {
			n, err := r.Read(buf[len(buf) : start+windowSize])
			buf = buf[:len(buf)+n]
			if errors.Is(err, io.EOF) {
				eof = true
			} else if err != nil {
				return err
			}
		}
		// A full window is never the last one, so that the end of the text need not be known.
		final := len(buf) < start+windowSize
		next, err := w.run(buf, start, base, final)
		if err != nil {
			return err
		}
		drop := max(0, next-lookback)
		n := copy(buf, buf[drop:])
		buf, base, start = buf[:n], base+int64(drop), next-drop
	}
	return nil
}
