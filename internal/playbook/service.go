package playbook

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Queue takes messages; app gives it the bus.
type Queue interface {
	// Publish returns after the message is on disk. An unknown topic is declared. The same id in a topic is
	// one message.
	Publish(ctx context.Context, topic, msgID string, body []byte) error
}

// Options of the Service. Store, Tx and Changes are required; the outputs work as far as their part is there.
type Options struct {
	Store   Store
	Tx      tx.Runner
	Changes change.Log
	// Queue carries deliveries to Execute, and what queue outputs publish.
	Queue Queue
	// Files is the data folder's "outputs"; each organisation has a folder of its number below it.
	Files *os.Root
	HTTP  fetch.Doer // untrusted policy
	// Mean explains a stated type and value; nil knows the observable types only.
	Mean  func(typ, stated string) (report.Meaning, error)
	Clock func() time.Time
}

// Service is the only writer of playbooks. It is safe for concurrent use.
type Service struct {
	o     Options
	mu    sync.Mutex
	plans map[id.ID]*kept
	files sync.Mutex // one writer of output files
}

// kept are the compiled playbooks of one organisation.
type kept struct {
	mu     sync.Mutex
	rules  []rule
	stamp  string
	looked time.Time
}

// lookAgain is how long compiled playbooks are used before the store is asked again.
const lookAgain = 2 * time.Second

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Tx == nil || o.Changes == nil {
		return nil, errors.New("playbook: store, transactions and change log are required")
	}
	if o.Mean == nil {
		o.Mean = report.PlainMeaning
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Service{o: o, plans: map[id.ID]*kept{}}, nil
}

// Check reads a document and returns everything that is wrong or odd with it, nil for nothing. With sources
// it also tells which of the named ones are not among them.
func Check(body []byte, sources []SourceRef) []Problem {
	d, err := Parse(body)
	var list Problems
	if errors.As(err, &list) {
		return list
	}
	out := d.Warnings
	for _, sel := range d.Sources {
		found := sources == nil
		for _, s := range sources {
			found = found || sel.picks(s)
		}
		if !found {
			out = append(out, Problem{Line: sel.line, Column: sel.column, Code: "source_unmatched", Message: "No source of yours is meant by this.", Warning: true})
		}
	}
	return out
}

// Create adds a playbook to the actor's organisation; needs sources.manage. A document that cannot be used
// is errs.Invalid "playbook_invalid" with all problems in Params["problems"].
func (s *Service) Create(ctx context.Context, a sharing.Actor, d Draft) (Playbook, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return Playbook{}, err
	}
	p := Playbook{Org: a.Org, Body: d.Body, Enabled: d.Enabled}
	if err := p.read(a); err != nil {
		return p, err
	}
	err := s.write(ctx, a.Org, func(ctx context.Context) error {
		made := p
		if err := s.o.Store.InsertPlaybook(ctx, &made); err != nil {
			return nameTaken(err, p.Name)
		}
		if err := s.note(ctx, a, change.Create, nil, &made); err != nil {
			return err
		}
		p = made
		return nil
	})
	return p, err
}

// read parses the body and takes the name out of it. What a playbook may do by itself needs the permission
// to do it by hand.
func (p *Playbook) read(a sharing.Actor) error {
	d, err := Parse([]byte(p.Body))
	var list Problems
	if errors.As(err, &list) {
		return invalid(list)
	}
	p.Name = d.Name
	for _, st := range d.Steps {
		if st.Action == ActAccept {
			if err := a.Need(sharing.ReviewIntel); err != nil {
				return err
			}
		}
	}
	return nil
}

func nameTaken(err error, name string) error {
	if e, ok := errs.As(err); ok && e.Code == "exists" {
		return errs.Wrap(err, errs.Conflict, "playbook_name_taken", "There is a playbook {name} already: choose another name.", "name", name).At("name")
	}
	return err
}

func (s *Service) write(ctx context.Context, org id.ID, fn func(ctx context.Context) error) error {
	err := s.o.Tx.Run(ctx, fn)
	k := s.kept(org)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Time{}
	return err
}

func (s *Service) note(ctx context.Context, a sharing.Actor, op string, before, after *Playbook) error {
	acl, err := s.o.Store.InternACL(ctx, sharing.ACL{Owner: after.Org, Distribution: sharing.OrganisationOnly})
	if err != nil {
		return err
	}
	e := change.By(a, op, "playbook", after.ID, acl)
	if before != nil {
		if e.Before, err = jsonx.Marshal(*before); err != nil {
			return err
		}
	}
	if e.After, err = jsonx.Marshal(*after); err != nil {
		return err
	}
	return s.o.Changes.Append(ctx, e)
}

// Update edits a playbook; needs sources.manage.
func (s *Service) Update(ctx context.Context, a sharing.Actor, n id.ID, e Edit) (Playbook, error) {
	return s.change(ctx, a, n, change.Update, func(p *Playbook) error {
		if p.Deleted {
			return errs.New(errs.Conflict, "playbook_deleted", "The playbook {name} is deleted: restore it first.", "name", p.Name)
		}
		p.Version = e.Version
		if e.Enabled != nil {
			p.Enabled = *e.Enabled
		}
		if e.Body != nil {
			p.Body, p.Error = *e.Body, ""
		}
		if !p.Enabled && e.Body == nil {
			return nil // switching off must work whatever the document says
		}
		return p.read(a)
	})
}

// Delete takes a playbook out of use; Restore undoes it.
func (s *Service) Delete(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.change(ctx, a, n, change.Delete, func(p *Playbook) error {
		p.Deleted, p.Enabled, p.Version = true, false, version
		return nil
	})
	return err
}

// Restore undoes Delete; the playbook comes back switched off.
func (s *Service) Restore(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.change(ctx, a, n, change.Revive, func(p *Playbook) error {
		p.Deleted, p.Version = false, version
		return nil
	})
	return err
}

func (s *Service) change(ctx context.Context, a sharing.Actor, n id.ID, op string, edit func(*Playbook) error) (Playbook, error) {
	if err := a.Need(sharing.ManageSources); err != nil {
		return Playbook{}, err
	}
	var out Playbook
	seen, err := s.o.Store.Playbook(ctx, a.Scope, n)
	if err != nil {
		return out, err
	}
	err = s.write(ctx, seen.Org, func(ctx context.Context) error {
		before, err := s.o.Store.Playbook(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if !a.MayEdit(before.Org) {
			return errs.New(errs.Forbidden, "not_owner", "Playbooks are managed by their own organisation.")
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		if err := s.o.Store.UpdatePlaybook(ctx, &after); err != nil {
			return nameTaken(err, after.Name)
		}
		out = after
		return s.note(ctx, a, op, &before, &after)
	})
	return out, err
}

// Get returns a playbook of the actor's organisation; needs intel.read.
func (s *Service) Get(ctx context.Context, a sharing.Actor, n id.ID) (Playbook, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return Playbook{}, err
	}
	return s.o.Store.Playbook(ctx, a.Scope, n)
}

// List returns playbooks in the order of names, and the next cursor ("" at the end); needs intel.read.
func (s *Service) List(ctx context.Context, a sharing.Actor, f Filter, p report.Page) ([]Playbook, string, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, "", err
	}
	return s.o.Store.Playbooks(ctx, a.Scope, f, p)
}

func (s *Service) kept(org id.ID) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.plans[org]
	if k == nil {
		k = &kept{}
		s.plans[org] = k
	}
	return k
}

// Ref is what a plan needs to know of a source.
func Ref(s source.Source) SourceRef {
	return SourceRef{ID: s.ID, Name: s.Name, Kind: s.Kind, Publisher: s.Publisher, Plane: string(s.Plane), Tags: s.Tags, TLP: s.ClaimACL.TLP}
}

// Plan returns what the organisation's enabled playbooks do with a source; nil for nothing. Changes made on
// this host count at once, on others within seconds.
func (s *Service) Plan(ctx context.Context, src source.Source) (*Plan, error) {
	k := s.kept(src.Org)
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := s.o.Clock(); k.looked.IsZero() || now.Sub(k.looked) >= lookAgain {
		if err := s.refresh(ctx, k, src.Org); err != nil {
			return nil, err
		}
		k.looked = now
	}
	return newPlan(Ref(src), k.rules, s.o.Mean, s.o.Clock), nil
}

func (s *Service) refresh(ctx context.Context, k *kept, org id.ID) error {
	by := sharing.System("run playbooks")
	stamp, err := s.o.Store.PlaybookStamp(ctx, by, org)
	if err != nil || stamp == k.stamp {
		return err
	}
	yes := true
	var rules []rule
	for p := (report.Page{Limit: 1000}); ; {
		list, next, err := s.o.Store.Playbooks(ctx, by, Filter{Org: org, Enabled: &yes}, p)
		if err != nil {
			return err
		}
		for _, b := range list {
			d, err := Parse([]byte(b.Body))
			if err != nil { // it was good when it was stored: the language changed
				if err := s.fail(ctx, b.ID, err); err != nil {
					return err
				}
				continue
			}
			rules = append(rules, rule{b.ID, b.Org, d})
		}
		if p.Cursor = next; next == "" {
			break
		}
	}
	k.rules, k.stamp = rules, stamp
	return nil
}

// fail notes what went wrong with a playbook ("" for nothing).
func (s *Service) fail(ctx context.Context, n id.ID, reason error) error {
	text := ""
	if reason != nil {
		text = shown(reason)
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.o.Store.SetPlaybookError(ctx, n, text) })
}

func shown(err error) string {
	var list Problems
	if errors.As(err, &list) {
		return list.Error()
	}
	if e, ok := errs.As(err); ok {
		c := *e
		c.Err = nil
		return c.Error()
	}
	return "An internal error; the server's log has it."
}
