package rest

import (
	"errors"
	"io"
	"net"
	"net/http"
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
