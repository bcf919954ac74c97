package rest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// presenceShape is somebody who has an item open.
type presenceShape struct {
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"seen"`

	org id.ID
}

// presence remembers who has which report open; it lives in memory, for as long as heartbeats come. People
// see their own organisation's only: others cannot edit what they read.
type presence struct {
	mu   sync.Mutex
	open map[id.ID]map[id.ID]presenceShape
}

// presenceLife is how long a heartbeat counts.
const presenceLife = 30 * time.Second

// here notes a heartbeat and returns the others; came says that the person was not there before.
func (p *presence) here(report id.ID, a sharing.Actor, now time.Time) (others []presenceShape, came bool) {
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
		came = true
		me = presenceShape{Account: ref(a.User), Name: a.Name, Since: now, org: a.Org}
	}
	me.Seen = now
	who[a.User] = me
	return p.others(report, a.Org, a.User, now), came
}

// leave forgets somebody; it tells whether they were there.
func (p *presence) leave(report id.ID, a sharing.Actor) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.open[report][a.User]
	delete(p.open[report], a.User)
	if len(p.open[report]) == 0 {
		delete(p.open, report)
	}
	return ok
}

// others lists who else of an organisation is there, without those whose heartbeat is old. The caller holds
// the lock.
func (p *presence) others(report, org, but id.ID, now time.Time) []presenceShape {
	out := []presenceShape{}
	for user, x := range p.open[report] {
		if now.Sub(x.Seen) > presenceLife {
			delete(p.open[report], user)
			continue
		}
		if user != but && x.org == org {
			out = append(out, x)
		}
	}
	if len(p.open[report]) == 0 {
		delete(p.open, report)
	}
	slices.SortFunc(out, func(a, b presenceShape) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Account, b.Account))
	})
	return out
}

func (s *Server) present(report id.ID, a sharing.Actor) []presenceShape {
	s.presence.mu.Lock()
	defer s.presence.mu.Unlock()
	return s.presence.others(report, a.Org, a.User, s.o.Clock())
}

// everybody lists all of an organisation who have a report open.
func (s *Server) everybody(report, org id.ID) []presenceShape {
	s.presence.mu.Lock()
	defer s.presence.mu.Unlock()
	return s.presence.others(report, org, 0, s.o.Clock())
}

// absence is a report that people of an organisation left without saying so.
type absence struct{ report, org id.ID }

// sweep forgets those whose heartbeat is old.
func (p *presence) sweep(now time.Time) []absence {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []absence
	for report, who := range p.open {
		for user, x := range who {
			if now.Sub(x.Seen) > presenceLife {
				delete(who, user)
				if a := (absence{report, x.org}); !slices.Contains(out, a) {
					out = append(out, a)
				}
			}
		}
		if len(who) == 0 {
			delete(p.open, report)
		}
	}
	return out
}
