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

// CursorWith encodes the cursor that covers what was emitted before err (nil when all went well).
func CursorWith(c any, err error) ([]byte, error) {
	b, cursorErr := WriteCursor(c)
	if cursorErr == nil || err != nil {
		return b, err
	}
	return nil, cursorErr
}

// saver calls Poll.Save at most every few seconds, with a cursor made only then.
type saver struct {
	poll  Poll
	clock func() time.Time
	last  time.Time
}

// newSaver returns a saver for one visit.
func newSaver(env Env, p Poll) *saver { return &saver{poll: p, clock: env.Clock, last: env.Clock()} }

// saveEvery bounds both what a crash costs and what saving costs.
const saveEvery = 5 * time.Second

// tick saves when it is time; call it after each emitted item.
func (s *saver) tick(ctx context.Context, cursor func() ([]byte, error)) error {
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
