package feed

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// ReadCursor decodes a JSON cursor into c. A cursor that cannot be read (damaged, or of an older
// release) leaves c as it was: the feed starts over, which is harmless.
func ReadCursor[T any](env Env, cursor []byte, c *T) {
	if len(cursor) == 0 {
		return
	}
	var read T
	if err := jsonx.Unmarshal(cursor, &read); err != nil {
		env.Log.Warn("source cursor cannot be read, starting over", "error", err)
		return
	}
	*c = read
}

// WriteCursor encodes a cursor.
func WriteCursor(c any) ([]byte, error) {
	b, err := jsonx.Marshal(c)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxCursor {
		return nil, errs.New(errs.TooLarge, "cursor_too_large", "The source has more entries than can be remembered; narrow it by patterns.")
	}
	return b, nil
}

// Saver calls Poll.Save at most every few seconds, with a cursor made only then.
type Saver struct {
	poll  Poll
	clock func() time.Time
	last  time.Time
}

// NewSaver returns a Saver for one visit.
func NewSaver(env Env, p Poll) *Saver { return &Saver{poll: p, clock: env.Clock, last: env.Clock()} }

// saveEvery bounds both what a crash costs and what saving costs.
const saveEvery = 5 * time.Second

// Tick saves when it is time; call it after each emitted item.
func (s *Saver) Tick(ctx context.Context, cursor func() ([]byte, error)) error {
	now := s.clock()
	if now.Sub(s.last) < saveEvery {
		return nil
	}
	s.last = now
	b, err := cursor()
	if err != nil {
		return err
	}
	return s.poll.Save(ctx, b)
}
