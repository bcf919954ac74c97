package rest

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// hub hands changes to event streams. Clients that see the same rows share a lane: one query for each lane
// reads what is new, with the visibility rule in it, however many clients wait. It runs while somebody
// listens.
type hub struct {
	s *Server

	mu     sync.Mutex
	lanes  map[string]*lane
	people map[id.ID]int
	stop   context.CancelFunc
}

// lane is one view of the change log.
type lane struct {
	scope   sharing.Scope
	at      int64 // read up to here
	clients map[*client]struct{}
}

// client is one event stream.
type client struct {
	identity auth.Identity
	lane     *lane
	from     int64 // where the lane stood when it joined
	queue    chan event
	lost     chan struct{} // closed when the stream has to end
	once     sync.Once
}

// event is one message. need and org say who may get it.
type event struct {
	seq  int64
	kind string
	data []byte
	need sharing.Permission
	org  id.ID
}

// Bounds of streams.
const (
	clientQueue  = 512
	clientsEach  = 30 // streams of one account
	hubBatch     = 1000
	hubPause     = 150 * time.Millisecond // lets a burst of commits share one reading
	hubTick      = time.Second
	presenceLook = 5 * time.Second
)

func newHub(s *Server) *hub {
	return &hub{s: s, lanes: map[string]*lane{}, people: map[id.ID]int{}}
}

// join adds a client; its queue holds everything after client.from.
func (h *hub) join(ctx context.Context, i auth.Identity) (*client, error) {
	last, err := h.s.o.LastChange(ctx)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.people[i.Actor.User] >= clientsEach && i.Actor.User != 0 {
		return nil, errs.New(errs.RateLimited, "events_many", "This account has {limit} event streams open: close some.", "limit", clientsEach)
	}
	c := &client{identity: i, queue: make(chan event, clientQueue), lost: make(chan struct{})}
	key := i.Actor.Scope.Fingerprint()
	l := h.lanes[key]
	if l == nil {
		l = &lane{scope: i.Actor.Scope, at: last, clients: map[*client]struct{}{}}
		h.lanes[key] = l
	}
	c.lane, c.from = l, l.at
	l.clients[c] = struct{}{}
	h.people[i.Actor.User]++
	if h.stop == nil {
		run, stop := context.WithCancel(context.WithoutCancel(ctx))
		h.stop = stop
		go h.run(run)
	}
	return c, nil
}

// leave removes a client; the last one stops the hub.
func (h *hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := c.lane.clients[c]; !ok {
		return
	}
	delete(c.lane.clients, c)
	if h.people[c.identity.Actor.User]--; h.people[c.identity.Actor.User] <= 0 {
		delete(h.people, c.identity.Actor.User)
	}
	if len(c.lane.clients) == 0 {
		delete(h.lanes, c.lane.scope.Fingerprint())
	}
	if len(h.lanes) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

func (h *hub) run(ctx context.Context) {
	swept := h.s.o.Clock()
	for ctx.Err() == nil {
		changed := h.s.o.Changes.Changed()
		if err := h.read(ctx); err != nil && ctx.Err() == nil {
			h.s.o.Log.WarnContext(ctx, "changes not streamed", slog.Any("error", err))
		}
		if now := h.s.o.Clock(); now.Sub(swept) >= presenceLook {
			swept = now
			for _, x := range h.s.presence.sweep(now) {
				h.presence(x.report, x.org)
			}
		}
		timer := time.NewTimer(hubTick)
		select {
		case <-ctx.Done():
		case <-changed:
			select {
			case <-time.After(hubPause):
			case <-ctx.Done():
			}
		case <-timer.C:
		}
		timer.Stop()
	}
}

// read moves every lane on.
func (h *hub) read(ctx context.Context) error {
	last, err := h.s.o.LastChange(ctx)
	if err != nil {
		return err
	}
	for _, l := range h.list() {
		for at := h.place(l); at < last && ctx.Err() == nil; at = h.place(l) {
			found, upTo, err := h.s.o.Changes.Since(ctx, l.scope, at, hubBatch)
			if err != nil {
				return err
			}
			if upTo <= at {
				break
			}
			list := make([]event, len(found))
			for i, x := range found {
				if list[i], err = eventOf(x); err != nil {
					return err
				}
			}
			h.send(l, upTo, list)
		}
	}
	return nil
}

func (h *hub) place(l *lane) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return l.at
}

// cut ends all streams.
func (h *hub) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.lanes {
		for c := range l.clients {
			c.end()
		}
	}
}

func (h *hub) list() []*lane {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*lane, 0, len(h.lanes))
	for _, l := range h.lanes {
		out = append(out, l)
	}
	return out
}

// send queues events for all clients of a lane and notes where it stands.
func (h *hub) send(l *lane, upTo int64, list []event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l.at = max(l.at, upTo)
	for c := range l.clients {
		for _, e := range list {
			c.put(e)
		}
	}
}

// put queues an event; a client that does not keep up is cut off and comes back for the rest.
func (c *client) put(e event) {
	select {
	case c.queue <- e:
	default:
		c.end()
	}
}

func (c *client) end() { c.once.Do(func() { close(c.lost) }) }

// presence tells an organisation's people who has a report open, as far as they see the report.
func (h *hub) presence(report, org id.ID) {
	here := h.s.everybody(report, org)
	data, err := jsonx.Marshal(map[string]any{"report": ref(report), "present": here})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, l := range h.list() {
		if l.scope.Org() != org {
			continue
		}
		if _, err := h.s.o.Reports.Get(ctx, l.scope, report); err != nil {
			continue
		}
		h.send(l, 0, []event{{kind: "presence", data: data, need: readIntel, org: org}})
	}
}

// changeNews is a change without what changed: clients read that, if they want it.
type changeNews struct {
	Seq    string    `json:"seq"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor,omitempty"`
	Who    string    `json:"who"`
	Op     string    `json:"op"`
	Kind   string    `json:"kind"`
	First  string    `json:"first"`
	Last   string    `json:"last"`
	Parent string    `json:"parent,omitempty"`
}

func eventOf(e change.Entry) (event, error) {
	data, err := jsonx.Marshal(changeNews{
		Seq: strconv.FormatInt(e.Seq, 10), At: e.At, Actor: ref(e.Actor), Who: e.ActorName, Op: e.Op, Kind: e.Kind, First: ref(e.First), Last: ref(e.Last), Parent: ref(e.Parent),
	})
	return event{seq: e.Seq, kind: "change", data: data, need: permissionFor(e.Kind)}, err
}

// permissionFor is what one needs to hear of changes of a noun; those not named here are the system's.
func permissionFor(kind string) sharing.Permission {
	switch kind {
	case "report", "claim", "correction", "note", "sighting", "source", "asset", "tag", "pack":
		return sharing.ReadIntel
	case "export":
		return sharing.ManageExports
	case "watch", "channel":
		return sharing.ManageWatches
	case "quarantine", "playbook":
		return sharing.ManageSources
	}
	return sharing.ManageSystem
}
