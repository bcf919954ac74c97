// Package taxonomy owns the words that others agreed on: tags and machine tags, and the packs that define
// them or judge values by them: taxonomies, warninglists, galaxies, object templates and whole STIX
// bundles, installed from a folder or an archive in the layout of their upstream repository. It owns the
// compiled index over all enabled warninglists (Matcher). It does not own the formats (package misp), what
// a tag on an item means for access (package sharing), nor the graph that galaxies feed.
package taxonomy

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Kinds of packs.
const (
	KindWarninglist   = "warninglist"
	KindTaxonomy      = "taxonomy"
	KindGalaxy        = "galaxy"
	KindCluster       = "cluster"       // the clusters of a galaxy
	KindTemplate      = "template"      // an object template
	KindRelationships = "relationships" // names of relationships between objects
	KindSTIX          = "stix"          // a bundle, such as ATT&CK
)

// Pack is one list, taxonomy, galaxy, template or bundle. Its body lies in the blob store, as it came.
type Pack struct {
	ID      id.ID
	Kind    string
	Name    string // unique in its kind: the upstream folder's name
	Version string
	Enabled bool
	// Category of a warninglist: FalsePositive or Known; "" for other kinds.
	Category string
	Blob     blob.Hash
	Entries  int64
	Meta     Meta
	// Installed is when this version came.
	Installed time.Time
}

// Meta describes a pack.
type Meta struct {
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Match       string   `json:"match,omitempty"`    // of a warninglist: string, substring, hostname, cidr, regex
	Matching    []string `json:"matching,omitempty"` // of a warninglist: MISP attribute types
	UUID        string   `json:"uuid,omitempty"`
	Size        int64    `json:"size"` // bytes of the body
}

// PackStore keeps packs. Packs are the installation's and visible to everybody who may see anything.
type PackStore interface {
	// Packs lists those of a kind, or all for "", by kind and name.
	Packs(ctx context.Context, s sharing.Scope, kind string) ([]Pack, error)
	// Pack returns one; errs.NotFound.
	Pack(ctx context.Context, s sharing.Scope, n id.ID) (Pack, error)
	// SavePacks inserts packs with ID 0 (setting their ids) and updates the others.
	SavePacks(ctx context.Context, packs []Pack) error
	// RemovePack deletes a row and the marks "is listed" of its values.
	RemovePack(ctx context.Context, n id.ID) error
	// InternACL returns the number of a label.
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
}

// Options are the parts a Service works with.
type Options struct {
	Tx      tx.Runner
	Packs   PackStore
	Tags    TagStore
	Changes change.Log
	Blobs   blob.Store
	Clock   func() time.Time
	Log     *slog.Logger
}

// Service is the only writer of tags and packs.
type Service struct {
	o       Options
	loading sync.Mutex // one compilation at a time
	current atomic.Pointer[index]
	ready   chan struct{}
	once    sync.Once
}

// index is what is compiled of the enabled packs.
type index struct {
	matcher *Matcher
	skipped []Skipped
	words   []Word
}

// New checks the options. Nothing is loaded: call Load in the background.
func New(o Options) (*Service, error) {
	if o.Tx == nil || o.Packs == nil || o.Tags == nil || o.Changes == nil || o.Blobs == nil {
		return nil, errors.New("taxonomy: a part is missing")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, ready: make(chan struct{})}, nil
}

// Loaded returns the matcher over all enabled warninglists, errs.Unavailable while it is being compiled
// after a start. What leaves asks here: nothing leaves unchecked.
func (s *Service) Loaded() (*Matcher, error) {
	x := s.current.Load()
	if x == nil {
		return nil, errs.New(errs.Unavailable, "warninglists_loading", "The warninglists are still being loaded; try again in a few seconds.")
	}
	return x.matcher, nil
}

// Matcher waits until the matcher is loaded.
func (s *Service) Matcher(ctx context.Context) (*Matcher, error) {
	select {
	case <-s.ready:
		return s.Loaded()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Skipped lists entries of enabled warninglists that cannot be matched, at most 1000.
func (s *Service) Skipped() []Skipped {
	if x := s.current.Load(); x != nil {
		return x.skipped
	}
	return nil
}

// Packs lists the packs of a kind, or all for "".
func (s *Service) Packs(ctx context.Context, scope sharing.Scope, kind string) ([]Pack, error) {
	return s.o.Packs.Packs(ctx, scope, kind)
}

// Pack returns one pack.
func (s *Service) Pack(ctx context.Context, scope sharing.Scope, n id.ID) (Pack, error) {
	return s.o.Packs.Pack(ctx, scope, n)
}

// Body returns a pack as it came.
func (s *Service) Body(ctx context.Context, scope sharing.Scope, n id.ID) ([]byte, error) {
	p, err := s.o.Packs.Pack(ctx, scope, n)
	if err != nil {
		return nil, err
	}
	return s.load(ctx, p.Blob)
}

// Edit is a change of packs; nil fields stay.
type Edit struct {
	Enabled  *bool
	Category *string // FalsePositive or Known, warninglists only
}

// EditPacks changes packs and compiles anew.
func (s *Service) EditPacks(ctx context.Context, actor sharing.Actor, edit Edit, packs ...id.ID) error {
	if err := actor.Need(sharing.ManageSystem); err != nil {
		return err
	}
	if c := edit.Category; c != nil && *c != FalsePositive && *c != Known {
		return errs.New(errs.Invalid, "pack_category", "{value} is no category of warninglists: use false_positive or known.", "value", clip(*c))
	}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		acl, err := s.o.Packs.InternACL(ctx, packLabel(actor))
		if err != nil {
			return err
		}
		for _, n := range packs {
			if err := s.edit(ctx, actor, acl, edit, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Load(ctx)
}

func (s *Service) edit(ctx context.Context, actor sharing.Actor, acl sharing.ACLID, edit Edit, n id.ID) error {
	old, err := s.o.Packs.Pack(ctx, actor.Scope, n)
	if err != nil {
		return err
	}
	p := old
	if edit.Enabled != nil {
		p.Enabled = *edit.Enabled
	}
	if edit.Category != nil && p.Kind == KindWarninglist {
		p.Category = *edit.Category
	}
	if p.Enabled == old.Enabled && p.Category == old.Category {
		return nil
	}
	if err := s.o.Packs.SavePacks(ctx, []Pack{p}); err != nil {
		return err
	}
	e := change.By(actor, change.Update, "pack", n, acl)
	e.Before, e.After = summary(old), summary(p)
	return s.o.Changes.Append(ctx, e)
}

// Remove deletes packs. Their bodies stay until the blob store is swept.
func (s *Service) Remove(ctx context.Context, actor sharing.Actor, packs ...id.ID) error {
	if err := actor.Need(sharing.ManageSystem); err != nil {
		return err
	}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		acl, err := s.o.Packs.InternACL(ctx, packLabel(actor))
		if err != nil {
			return err
		}
		for _, n := range packs {
			p, err := s.o.Packs.Pack(ctx, actor.Scope, n)
			if err != nil {
				return err
			}
			if err := s.o.Packs.RemovePack(ctx, n); err != nil {
				return err
			}
			e := change.By(actor, change.Purge, "pack", n, acl)
			e.Before = summary(p)
			if err := s.o.Changes.Append(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Load(ctx)
}

// packLabel is the label of changes of packs and tags: everybody on the installation may know them.
func packLabel(actor sharing.Actor) sharing.ACL {
	return sharing.ACL{Owner: actor.Org, Distribution: sharing.Community}
}
