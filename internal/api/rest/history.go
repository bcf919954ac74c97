package rest

import (
	"context"
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

// changeShape is one entry of a history.
type changeShape struct {
	Seq    string    `json:"seq"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor,omitempty"`
	Who    string    `json:"who"`
	Op     string    `json:"op" enum:"create,update,delete,revive,purge"`
	Kind   string    `json:"kind"`
	First  string    `json:"first"`
	Last   string    `json:"last"`
	Parent string    `json:"parent,omitempty"`
	Before jsonx.Raw `json:"before,omitempty"`
	After  jsonx.Raw `json:"after,omitempty"`
}

func changeOf(e change.Entry) changeShape {
	return changeShape{
		Seq: strconv.FormatInt(e.Seq, 10), At: e.At, Actor: ref(e.Actor), Who: e.ActorName, Op: e.Op, Kind: e.Kind, First: ref(e.First), Last: ref(e.Last), Parent: ref(e.Parent),
		Before: e.Before, After: e.After,
	}
}

type historyIn struct {
	idPath
	paging
}

func (s *Server) reportHistory(ctx context.Context, in *historyIn) (*body[list[changeShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	if _, err := s.o.Reports.Get(ctx, auth.ActorFrom(ctx).Scope, n); err != nil {
		return nil, err
	}
	return s.history(ctx, "report", n, in.paging)
}

func (s *Server) history(ctx context.Context, kind string, n id.ID, p paging) (*body[list[changeShape]], error) {
	before := int64(0)
	if p.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(p.Cursor, 10, 64); err != nil {
			return nil, errs.New(errs.Invalid, "bad_cursor", "The cursor is not one that this list gave: start at the first page.")
		}
	}
	found, err := s.o.Changes.History(ctx, auth.ActorFrom(ctx).Scope, kind, n, before, p.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]changeShape, len(found))
	for i, e := range found {
		out[i] = changeOf(e)
	}
	next := ""
	if len(found) == p.Limit {
		next = out[len(out)-1].Seq
	}
	return page(out, next), nil
}

// presenceShape is somebody who has an item open.
type presenceShape struct {
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"seen"`
}

// presence remembers who has which report open; it lives in memory, for as long as heartbeats come.
type presence struct {
	mu   sync.Mutex
	open map[id.ID]map[id.ID]presenceShape
}

// presenceLife is how long a heartbeat counts.
const presenceLife = 30 * time.Second

// here notes a heartbeat and returns the others.
func (p *presence) here(report id.ID, a sharing.Actor, now time.Time) []presenceShape {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[id.ID]map[id.ID]presenceShape{}
	}
	who := p.open[report]
	if who == nil {
		who = map[id.ID]presenceShape{}
		p.open[report] = who
	}
	me, ok := who[a.User]
	if !ok || now.Sub(me.Seen) > presenceLife {
		me = presenceShape{Account: ref(a.User), Name: a.Name, Since: now}
	}
	me.Seen = now
	who[a.User] = me
	return p.others(report, a, now)
}

// others lists who else is there, without those whose heartbeat is old. The caller holds the lock.
func (p *presence) others(report id.ID, a sharing.Actor, now time.Time) []presenceShape {
	var out []presenceShape
	for user, x := range p.open[report] {
		if now.Sub(x.Seen) > presenceLife {
			delete(p.open[report], user)
			continue
		}
		if user != a.User {
			out = append(out, x)
		}
	}
	if len(p.open[report]) == 0 {
		delete(p.open, report)
	}
	return out
}

func (s *Server) present(report id.ID, a sharing.Actor) []presenceShape {
	s.presence.mu.Lock()
	defer s.presence.mu.Unlock()
	return s.presence.others(report, a, s.o.Clock())
}
