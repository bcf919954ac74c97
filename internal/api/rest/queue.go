package rest

import (
	"context"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// queueRoutes show the queues. A message carries no label, so that only who manages the system sees them.
func (s *Server) queueRoutes() {
	rule := Rule{Need: sharing.ManageSystem}
	register(s, op{Method: "GET", Path: "/queue", ID: "queue-depths", Tag: "queue", Summary: "How full the queues are", Rule: rule}, s.queueDepths)
	register(s, op{Method: "GET", Path: "/queue/dead", ID: "list-dead-letters", Tag: "queue", Summary: "Messages that workers gave up on", Rule: rule, Doc: "Newest first."}, s.deadLetters)
	register(s, op{Method: "POST", Path: "/queue/dead/replay", ID: "replay-dead-letters", Tag: "queue", Summary: "Try dead letters again", Rule: rule}, s.replayDead)
	register(s, op{Method: "POST", Path: "/queue/dead/discard", ID: "discard-dead-letters", Tag: "queue", Summary: "Remove dead letters for good", Rule: rule}, s.discardDead)
}

// depthShape is how full a topic is for one consumer.
type depthShape struct {
	Topic    string     `json:"topic"`
	Consumer string     `json:"consumer"`
	Ready    int64      `json:"ready" doc:"Could be worked on now."`
	Leased   int64      `json:"leased" doc:"Being worked on."`
	Delayed  int64      `json:"delayed" doc:"Wait for their next attempt."`
	Dead     int64      `json:"dead"`
	Bytes    int64      `json:"bytes"`
	Oldest   *time.Time `json:"oldest,omitempty" doc:"When the oldest open message was published."`
}

func (s *Server) queueDepths(ctx context.Context, _ *empty) (*body[list[depthShape]], error) {
	found, err := s.o.Queue.Depth(ctx)
	return page(shapes(found, func(d bus.Depth) depthShape {
		return depthShape{Topic: d.Topic, Consumer: d.Consumer, Ready: d.Ready, Leased: d.Leased, Delayed: d.Delayed, Dead: d.Dead, Bytes: d.Bytes, Oldest: when(d.Oldest)}
	}), ""), err
}

// deadLetterShape is a message that a consumer gave up on.
type deadLetterShape struct {
	Seq       string         `json:"seq"`
	Topic     string         `json:"topic"`
	Consumer  string         `json:"consumer"`
	ID        string         `json:"id"`
	Body      string         `json:"body" doc:"At most 64 KiB of it; passwords are hidden."`
	Attempts  int            `json:"attempts"`
	Published time.Time      `json:"published"`
	Died      time.Time      `json:"died"`
	Code      string         `json:"code"`
	Reason    string         `json:"reason"`
	Params    map[string]any `json:"params,omitempty"`
}

// maxLetter is how much of a message is shown.
const maxLetter = 64 << 10

func deadLetterOf(d bus.DeadLetter) deadLetterShape {
	return deadLetterShape{
		Seq: strconv.FormatInt(d.Seq, 10), Topic: d.Topic, Consumer: d.Consumer, ID: d.ID, Body: shownBody(d.Body), Attempts: d.Attempts, Published: d.Published, Died: d.Died,
		Code: d.Reason.Code, Reason: d.Reason.Text, Params: d.Reason.Params,
	}
}

// shownBody makes a message readable: text, without the passwords of archives.
func shownBody(b []byte) string {
	var m map[string]jsonx.Raw
	if jsonx.Unmarshal(b, &m) == nil {
		if _, ok := m["passwords"]; ok {
			m["passwords"] = jsonx.Raw(`["(hidden)"]`)
			if hidden, err := jsonx.Marshal(m); err == nil {
				b = hidden
			}
		}
	}
	return plainText(b[:min(len(b), maxLetter)])
}

type deadIn struct {
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
	Topic  string `query:"topic" maxLength:"64"`
}

func (s *Server) deadLetters(ctx context.Context, in *deadIn) (*body[list[deadLetterShape]], error) {
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.o.Queue.DeadLetters(ctx, in.Topic, before, in.Limit)
	next := ""
	if len(found) == in.Limit {
		next = cursorOf(found[len(found)-1].Seq)
	}
	return page(shapes(found, deadLetterOf), next), err
}

type deadBulkIn struct {
	Body struct {
		Topic string   `json:"topic" minLength:"1" maxLength:"64"`
		Seqs  []string `json:"seqs,omitempty" maxItems:"1000"`
		All   bool     `json:"all,omitempty" doc:"All of the topic."`
	}
}

func (in *deadBulkIn) selection() (bus.Selection, error) {
	sel := bus.Selection{All: in.Body.All}
	for _, text := range in.Body.Seqs {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return sel, errs.New(errs.Invalid, "bad_seq", "{value} is not the number of a dead letter.", "value", text).At("seqs")
		}
		sel.Seqs = append(sel.Seqs, n)
	}
	if sel.All == (len(sel.Seqs) > 0) {
		return sel, errs.New(errs.Invalid, "selection_missing", "Say which items are meant: seqs, or all.")
	}
	return sel, nil
}

func (s *Server) replayDead(ctx context.Context, in *deadBulkIn) (*body[count], error) {
	return s.bulkDead(ctx, in, "queue.replay", s.o.Queue.Replay)
}

func (s *Server) discardDead(ctx context.Context, in *deadBulkIn) (*body[count], error) {
	return s.bulkDead(ctx, in, "queue.discard", s.o.Queue.Discard)
}

func (s *Server) bulkDead(ctx context.Context, in *deadBulkIn, action string, act func(context.Context, string, bus.Selection) (int, error)) (*body[count], error) {
	sel, err := in.selection()
	if err != nil {
		return nil, err
	}
	n, err := act(ctx, in.Body.Topic, sel)
	if err != nil {
		return nil, err
	}
	return answer(count{int64(n)}), s.record(ctx, action, "topic "+in.Body.Topic, "count", n)
}

// record writes an act that no noun writes down itself into the audit trail.
func (s *Server) record(ctx context.Context, action, object string, kv ...any) error {
	return s.o.Audit.Record(ctx, auditEntry(auth.ActorFrom(ctx), action, object).With(kv...))
}
