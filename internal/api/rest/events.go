package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) eventRoutes() {
	register(s, op{Method: "GET", Path: "/events", ID: "events", Tag: "events", Summary: "Server-sent events of changes", Rule: Rule{Need: readIntel}, Codes: "events_many events_form", Doc: "text/event-stream. Events: hello (where the stream stands), change {seq,at,actor,who,op,kind,first,last,parent}, presence {report,present}, run-log {run,source,outcome,items,fresh,skipped,lines}, job, reset (too much was missed: read anew). " +
		"Each event is authorised when it is delivered. Reconnect with Last-Event-ID, and nothing between is missed. A comment is sent every 15 seconds."}, s.events)
}

// The times of a stream.
const (
	heartbeat    = 15 * time.Second
	writeTimeout = 30 * time.Second
	watchEvery   = time.Second
)

type eventsIn struct {
	Last string `header:"Last-Event-ID" doc:"Id of the last event that was received."`
	Run  string `query:"run" doc:"Id of a source's run: its log is sent as it grows."`
	Job  string `query:"job" doc:"Id of a job: its progress is sent."`
}

func (s *Server) events(ctx context.Context, in *eventsIn) (*stream, error) {
	last := int64(-1)
	if in.Last != "" {
		n, err := strconv.ParseInt(in.Last, 10, 64)
		if err != nil || n < 0 {
			return nil, errs.New(errs.Invalid, "events_form", "Last-Event-ID is not one that this stream gave.").At("Last-Event-ID")
		}
		last = n
	}
	watches, err := s.watchesOf(in)
	if err != nil {
		return nil, err
	}
	c, err := s.hub.join(ctx, auth.IdentityFrom(ctx))
	if err != nil {
		return nil, err
	}
	return &stream{Body: func(hc huma.Context) {
		defer s.hub.leave(c)
		_, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no") // proxies must not hold events back
		w.WriteHeader(http.StatusOK)
		out := &eventWriter{w: w, conn: http.NewResponseController(w)}
		defer out.conn.SetWriteDeadline(time.Time{}) //nolint:errcheck // the connection may serve on
		if err := s.serveEvents(hc.Context(), c, out, last, watches); err != nil && !errors.Is(err, errGone) {
			s.o.Log.DebugContext(ctx, "event stream ended", "error", err)
		}
	}}, nil
}

// errGone ends a stream whose client is away, slow, or not allowed any more. It comes back with the id of its
// last event.
var errGone = errors.New("client gone")

func (s *Server) serveEvents(ctx context.Context, c *client, out *eventWriter, last int64, watches []*watched) error {
	if err := out.raw("retry: 3000\n\n"); err != nil {
		return err
	}
	sent, err := s.catchUp(ctx, c, out, last)
	if err != nil {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	var look <-chan time.Time
	if len(watches) > 0 {
		t := time.NewTicker(watchEvery)
		defer t.Stop()
		look = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return errGone
		case <-c.lost:
			return errGone
		case e := <-c.queue:
			if e.seq != 0 && e.seq <= sent {
				continue
			}
			if e.seq != 0 {
				sent = e.seq
			}
			err = s.deliver(ctx, c, out, e)
		case <-look:
			err = s.look(ctx, c, out, watches)
		case <-beat.C:
			if err = s.still(ctx, c); err == nil {
				err = out.raw(":\n\n")
			}
		}
		if err != nil {
			return err
		}
	}
}

// deliver authorises one event for one client, now.
func (s *Server) deliver(ctx context.Context, c *client, out *eventWriter, e event) error {
	actor, err := s.actorNow(ctx, c)
	if err != nil || actor.Scope.Fingerprint() != c.lane.scope.Fingerprint() {
		return errGone // it comes back with what it may see now
	}
	if !actor.Can(e.need) || e.org != 0 && e.org != actor.Org {
		return nil
	}
	return out.event(e)
}

// actorNow asks again who the client is: rights may have been taken away since it connected.
func (s *Server) actorNow(ctx context.Context, c *client) (sharing.Actor, error) {
	was := c.identity.Actor
	if was.User == 0 {
		return was, nil // the machine's own
	}
	now, err := s.o.Accounts.ActorFor(ctx, was.User, was.Via)
	if err != nil {
		return now, err
	}
	if c.identity.Key != nil { // a key may have less than its owner
		if now.Can(sharing.SeeAllOrgs) && !was.Can(sharing.SeeAllOrgs) {
			now.Scope = was.Scope
		}
		kept := now.Perms[:0]
		for _, p := range now.Perms {
			if was.Can(p) {
				kept = append(kept, p)
			}
		}
		now.Perms = kept
	}
	return now, now.Need(readIntel)
}

// still checks that the session or key has not been ended. It does not count as use: an open console does not
// keep a session alive.
func (s *Server) still(ctx context.Context, c *client) error {
	actor, err := s.actorNow(ctx, c)
	if err != nil {
		return errGone
	}
	switch i := c.identity; {
	case i.Session != nil:
		live, err := s.o.Accounts.Sessions(ctx, actor, i.Session.User)
		for _, one := range live {
			if one.ID == i.Session.ID {
				return nil
			}
		}
		return cmpErr(err, errGone)
	case i.Key != nil:
		keys, err := s.o.Accounts.Keys(ctx, actor, actor.User)
		for _, k := range keys {
			if k.ID == i.Key.ID && k.Revoked.IsZero() && (k.Expires.IsZero() || k.Expires.After(s.o.Clock())) {
				return nil
			}
		}
		return cmpErr(err, errGone)
	}
	return nil
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// Bounds of what a returning client is told of the time between.
const (
	catchRows  = 20_000 // entries of the change log looked at
	catchBatch = 1000
)

// catchUp tells a client what it missed, and returns the number of the last entry that it knows of.
func (s *Server) catchUp(ctx context.Context, c *client, out *eventWriter, last int64) (int64, error) {
	upTo := c.from
	if last < 0 || last > upTo {
		return upTo, out.event(event{kind: "hello", seq: upTo, data: []byte(`{"seq":"` + strconv.FormatInt(upTo, 10) + `"}`)})
	}
	if upTo-last > catchRows {
		return upTo, out.event(event{kind: "reset", seq: upTo, data: []byte(`{}`)})
	}
	for last < upTo {
		found, at, err := s.o.Changes.Since(ctx, c.lane.scope, last, catchBatch)
		if err != nil {
			return last, err
		}
		for _, x := range found {
			if x.Seq > upTo {
				break // the queue has it
			}
			e, err := eventOf(x)
			if err != nil {
				return last, err
			}
			if err := s.deliver(ctx, c, out, e); err != nil {
				return last, err
			}
		}
		if at <= last {
			break
		}
		last = at
	}
	return upTo, nil
}

// eventWriter writes the wire form (HTML standard, 9.2).
type eventWriter struct {
	w    http.ResponseWriter
	conn *http.ResponseController
}

func (o *eventWriter) raw(text string) error {
	_ = o.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := o.w.Write([]byte(text)); err != nil {
		return errGone
	}
	if err := o.conn.Flush(); err != nil {
		return errGone
	}
	return nil
}

func (o *eventWriter) event(e event) error {
	number := ""
	if e.seq != 0 {
		number = "id: " + strconv.FormatInt(e.seq, 10) + "\n"
	}
	return o.raw(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", number, e.kind, e.data)) // JSON has no line ends
}

// watched is a run or a job that one client follows.
type watched struct {
	kind string
	n    id.ID
	last string
	line int
	done bool
}

func (s *Server) watchesOf(in *eventsIn) ([]*watched, error) {
	var out []*watched
	for _, x := range []struct{ kind, text string }{{"run-log", in.Run}, {"job", in.Job}} {
		if x.text == "" {
			continue
		}
		n, err := id.Parse(x.text)
		if err != nil {
			return nil, err
		}
		out = append(out, &watched{kind: x.kind, n: n})
	}
	return out, nil
}

// look sends what is new of the runs and jobs that the client follows, as far as it may see them.
func (s *Server) look(ctx context.Context, c *client, out *eventWriter, list []*watched) error {
	actor, err := s.actorNow(ctx, c)
	if err != nil {
		return errGone
	}
	for _, w := range list {
		if w.done {
			continue
		}
		v, err := s.watchedNow(ctx, actor, w)
		if err != nil {
			if e, ok := errs.As(err); ok && e.Kind != errs.Internal {
				w.done = true
				continue
			}
			return err
		}
		data, err := jsonx.Marshal(v)
		if err != nil {
			return err
		}
		if string(data) == w.last {
			continue
		}
		w.last = string(data)
		if err := out.event(event{kind: w.kind, data: data}); err != nil {
			return err
		}
	}
	return nil
}

// runNews is the part of a run's log that is new.
type runNews struct {
	Run     string     `json:"run"`
	Source  string     `json:"source"`
	Outcome string     `json:"outcome"`
	Ended   *time.Time `json:"ended,omitempty"`
	Items   int64      `json:"items"`
	Fresh   int64      `json:"fresh"`
	Skipped int64      `json:"skipped"`
	Error   string     `json:"error,omitempty"`
	Lines   []runLine  `json:"lines"`
}

type runLine struct {
	At    time.Time `json:"at"`
	Level string    `json:"level"`
	Item  string    `json:"item,omitempty"`
	Text  string    `json:"text"`
}

func (s *Server) watchedNow(ctx context.Context, actor sharing.Actor, w *watched) (any, error) {
	if w.kind == "job" {
		j, err := s.o.Jobs.Get(ctx, actor, w.n)
		w.done = err == nil && j.State.Final()
		return jobOf(j), err
	}
	r, err := s.o.Sources.Run(ctx, actor, w.n)
	if err != nil {
		return nil, err
	}
	out := runNews{Run: ref(r.ID), Source: ref(r.Source), Outcome: string(r.Outcome), Ended: when(r.Ended), Items: r.Items, Fresh: r.Fresh, Skipped: r.Skipped, Error: r.Error, Lines: []runLine{}}
	for _, l := range r.Log[min(w.line, len(r.Log)):] {
		out.Lines = append(out.Lines, runLine{At: l.At, Level: l.Level, Item: l.Item, Text: l.Text})
	}
	w.line, w.done = len(r.Log), !r.Ended.IsZero()
	return out, nil
}
