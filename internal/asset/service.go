package asset

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Options of the Service. Store, Tx and Changes are required; without Values, Rematch is not supported.
type Options struct {
	Store   Store
	Values  Values
	Tx      tx.Runner
	Changes change.Log
	Clock   func() time.Time
	// Threshold is the lowest observable.Confusable score that counts as a look-alike. Default 70.
	Threshold int
}

// Service is the only writer of assets and the keeper of the matchers. It is safe for concurrent use.
type Service struct {
	o        Options
	mu       sync.Mutex
	matchers map[id.ID]*kept
}

// kept is the matcher of one organisation.
type kept struct {
	mu      sync.Mutex
	matcher *Matcher
	stamp   string
	looked  time.Time
}

// lookAgain is how long a matcher is used before the store is asked whether assets changed: the time for
// which a change made on another host stays unseen.
const lookAgain = 2 * time.Second

// New checks the options.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Tx == nil || o.Changes == nil {
		return nil, errors.New("asset: store, transactions and change log are required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Threshold <= 0 {
		o.Threshold = DefaultThreshold
	}
	return &Service{o: o, matchers: map[id.ID]*kept{}}, nil
}

// Create adds an asset to the actor's organisation; needs assets.manage. One that was deleted comes back.
func (s *Service) Create(ctx context.Context, a sharing.Actor, d Draft) (Asset, error) {
	if err := a.Need(sharing.ManageAssets); err != nil {
		return Asset{}, err
	}
	want, err := d.asset(a.Org)
	if err != nil {
		return Asset{}, err
	}
	err = s.write(ctx, a.Org, func(ctx context.Context) error {
		p, err := s.plan(ctx, a, []Asset{want})
		if err != nil {
			return err
		}
		if len(p.fresh)+len(p.revived) == 0 {
			return errs.New(errs.Conflict, "asset_exists", "The asset {value} is there already.", "value", want.Value).At("value")
		}
		list, err := s.apply(ctx, a, p)
		if err == nil {
			want = list[0]
		}
		return err
	})
	return want, err
}

// write runs a change of an organisation's assets and lets its matcher look again.
func (s *Service) write(ctx context.Context, org id.ID, fn func(ctx context.Context) error) error {
	err := s.o.Tx.Run(ctx, fn)
	k := s.kept(org)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looked = time.Time{}
	return err
}

// steps are what makes the store's assets those that are wanted.
type steps struct {
	fresh     []Asset
	revived   []pair
	updated   []pair
	unchanged int
}

type pair struct{ before, after Asset }

// plan compares wanted assets (distinct by kind and value) with the stored ones.
func (s *Service) plan(ctx context.Context, a sharing.Actor, want []Asset) (steps, error) {
	var p steps
	type key struct {
		kind  Kind
		value string
	}
	have := make(map[key]Asset, len(want))
	values := make([]string, len(want))
	for i, w := range want {
		values[i] = w.Value
	}
	for part := range slices.Chunk(values, 500) {
		list, err := s.o.Store.AssetsByValue(ctx, a.Scope, a.Org, part)
		if err != nil {
			return p, err
		}
		for _, h := range list {
			have[key{h.Kind, h.Value}] = h
		}
	}
	for _, w := range want {
		old, ok := have[key{w.Kind, w.Value}]
		if !ok {
			p.fresh = append(p.fresh, w)
			continue
		}
		w.ID, w.UUID, w.Created, w.Modified, w.Version = old.ID, old.UUID, old.Created, old.Modified, old.Version
		switch {
		case old.Deleted:
			p.revived = append(p.revived, pair{old, w})
		case old.merged(w).same(old):
			p.unchanged++
		default:
			p.updated = append(p.updated, pair{old, old.merged(w)})
		}
	}
	return p, nil
}

// merged takes from w what it says: an import without a column does not empty it.
func (a Asset) merged(w Asset) Asset {
	if w.Name != "" && w.Name != w.Value {
		a.Name = w.Name
	}
	if w.Criticality != 0 {
		a.Criticality = w.Criticality
	}
	if len(w.Tags) > 0 {
		a.Tags = w.Tags
	}
	if w.Comment != "" {
		a.Comment = w.Comment
	}
	return a
}

func (a Asset) same(b Asset) bool {
	return a.Name == b.Name && a.Criticality == b.Criticality && a.Comment == b.Comment && slices.Equal(a.Tags, b.Tags)
}

// apply writes a plan with its change entries: one for all new assets, one for each other.
func (s *Service) apply(ctx context.Context, a sharing.Actor, p steps) ([]Asset, error) {
	acl, err := s.o.Store.InternACL(ctx, sharing.ACL{Owner: a.Org, Distribution: sharing.OrganisationOnly})
	if err != nil {
		return nil, err
	}
	var entries []change.Entry
	if n := len(p.fresh); n > 0 {
		first, err := s.o.Store.NewIDs(ctx, n)
		if err != nil {
			return nil, err
		}
		for i := range p.fresh {
			p.fresh[i].ID = first + id.ID(i)
		}
		if err := s.o.Store.InsertAssets(ctx, p.fresh); err != nil {
			return nil, err
		}
		e := change.By(a, change.Create, "asset", first, acl)
		e.Last = p.fresh[n-1].ID
		if n == 1 {
			if e.After, err = jsonx.Marshal(p.fresh[0]); err != nil {
				return nil, err
			}
		}
		entries = append(entries, e)
	}
	out := p.fresh
	for _, list := range []struct {
		op    string
		pairs []pair
	}{{change.Revive, p.revived}, {change.Update, p.updated}} {
		for _, w := range list.pairs {
			after, e, err := s.update(ctx, a, list.op, acl, w)
			if err != nil {
				return nil, err
			}
			entries, out = append(entries, e), append(out, after)
		}
	}
	if len(entries) == 0 {
		return out, nil
	}
	return out, s.o.Changes.Append(ctx, entries...)
}

func (s *Service) update(ctx context.Context, a sharing.Actor, op string, acl sharing.ACLID, w pair) (Asset, change.Entry, error) {
	e := change.By(a, op, "asset", w.before.ID, acl)
	if err := s.o.Store.UpdateAsset(ctx, &w.after); err != nil {
		return w.after, e, err
	}
	var err1, err2 error
	e.Before, err1 = jsonx.Marshal(w.before)
	e.After, err2 = jsonx.Marshal(w.after)
	return w.after, e, errors.Join(err1, err2)
}

// own reads an asset that the actor may manage.
func (s *Service) own(ctx context.Context, a sharing.Actor, n id.ID) (Asset, error) {
	if err := a.Need(sharing.ManageAssets); err != nil {
		return Asset{}, err
	}
	it, err := s.o.Store.Asset(ctx, a.Scope, n)
	if err == nil && !a.MayEdit(it.Org) {
		err = errs.New(errs.Forbidden, "not_owner", "Assets are managed by their own organisation.")
	}
	return it, err
}

// Update edits an asset; needs assets.manage.
func (s *Service) Update(ctx context.Context, a sharing.Actor, n id.ID, e Edit) (Asset, error) {
	return s.change(ctx, a, n, change.Update, func(it *Asset) error {
		if it.Deleted {
			return errs.New(errs.Conflict, "asset_deleted", "The asset {value} is deleted: restore it first.", "value", it.Value)
		}
		it.Version = e.Version
		set(&it.Name, e.Name)
		set(&it.Criticality, e.Criticality)
		set(&it.Tags, e.Tags)
		set(&it.Comment, e.Comment)
		return it.clean()
	})
}

func set[T any](field *T, edit *T) {
	if edit != nil {
		*field = *edit
	}
}

// Delete takes an asset out of use; Restore undoes it.
func (s *Service) Delete(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.change(ctx, a, n, change.Delete, func(it *Asset) error { it.Deleted, it.Version = true, version; return nil })
	return err
}

// Restore undoes Delete.
func (s *Service) Restore(ctx context.Context, a sharing.Actor, n id.ID, version int64) error {
	_, err := s.change(ctx, a, n, change.Revive, func(it *Asset) error { it.Deleted, it.Version = false, version; return nil })
	return err
}

func (s *Service) change(ctx context.Context, a sharing.Actor, n id.ID, op string, edit func(*Asset) error) (Asset, error) {
	var out Asset
	it, err := s.own(ctx, a, n)
	if err != nil {
		return out, err
	}
	err = s.write(ctx, it.Org, func(ctx context.Context) error {
		before, err := s.own(ctx, a, n)
		if err != nil {
			return err
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		acl, err := s.o.Store.InternACL(ctx, sharing.ACL{Owner: before.Org, Distribution: sharing.OrganisationOnly})
		if err != nil {
			return err
		}
		var e change.Entry
		if out, e, err = s.update(ctx, a, op, acl, pair{before, after}); err != nil {
			return err
		}
		return s.o.Changes.Append(ctx, e)
	})
	return out, err
}

// Get returns an asset of the actor's organisation.
func (s *Service) Get(ctx context.Context, a sharing.Actor, n id.ID) (Asset, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return Asset{}, err
	}
	return s.o.Store.Asset(ctx, a.Scope, n)
}

// List returns assets, newest first, and the next cursor ("" at the end).
func (s *Service) List(ctx context.Context, a sharing.Actor, f Filter, p report.Page) ([]Asset, string, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, "", err
	}
	return s.o.Store.Assets(ctx, a.Scope, f, p)
}

// Hits counts the reports that concern assets, as the actor may see them.
func (s *Service) Hits(ctx context.Context, a sharing.Actor, assets []id.ID) (map[id.ID]int64, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, err
	}
	return s.o.Store.AssetHits(ctx, a.Scope, assets)
}

func (s *Service) kept(org id.ID) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.matchers[org]
	if k == nil {
		k = &kept{}
		s.matchers[org] = k
	}
	return k
}

// Matcher returns the matcher of an organisation's assets as they are now (on other hosts, up to two
// seconds ago). It is for the machine's own work: what it finds is the organisation's.
func (s *Service) Matcher(ctx context.Context, org id.ID) (*Matcher, error) {
	k := s.kept(org)
	k.mu.Lock()
	defer k.mu.Unlock()
	now := s.o.Clock()
	if k.matcher != nil && now.Sub(k.looked) < lookAgain {
		return k.matcher, nil
	}
	system := sharing.System("match own assets")
	stamp, err := s.o.Store.AssetStamp(ctx, system, org)
	if err != nil {
		return nil, err
	}
	if k.matcher == nil || stamp != k.stamp {
		var all []Asset
		for p := (report.Page{Limit: 1000}); ; {
			list, next, err := s.o.Store.Assets(ctx, system, Filter{Org: org}, p)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
			if p.Cursor = next; next == "" {
				break
			}
		}
		k.matcher, k.stamp = NewMatcher(all, s.o.Threshold), stamp
	}
	k.looked = now
	return k.matcher, nil
}

// Match returns the organisation's assets that a value concerns (see Matcher.Match).
func (s *Service) Match(ctx context.Context, org id.ID, v observable.Value) ([]Hit, error) {
	m, err := s.Matcher(ctx, org)
	if err != nil {
		return nil, err
	}
	return m.Match(v), nil
}

// MatchText returns the organisation's brands and software that a text names (see Matcher.MatchText).
func (s *Service) MatchText(ctx context.Context, org id.ID, text string) ([]Hit, error) {
	m, err := s.Matcher(ctx, org)
	if err != nil {
		return nil, err
	}
	return m.MatchText(text), nil
}

// Rematch matches every known value again, after assets changed, and adds the hits that are missing;
// progress (may be nil) gets the id reached. It returns how many hits were added. Run it as a job.
func (s *Service) Rematch(ctx context.Context, a sharing.Actor, progress func(upTo id.ID)) (int64, error) {
	if err := a.Need(sharing.ManageAssets); err != nil {
		return 0, err
	}
	if s.o.Values == nil {
		return 0, errs.New(errs.Unsupported, "rematch", "Known values cannot be matched again here.")
	}
	m, err := s.Matcher(ctx, a.Org)
	if err != nil || m.Empty() {
		return 0, err
	}
	added := int64(0)
	for after := id.ID(0); ; {
		list, err := s.o.Values.AssetValues(ctx, sharing.System("match own assets"), after, 5000)
		if err != nil || len(list) == 0 {
			return added, err
		}
		found := map[id.ID][]Hit{}
		for _, known := range list {
			if hits := m.Match(known.Value); len(hits) > 0 {
				found[known.ID] = hits
			}
		}
		if len(found) > 0 {
			n, err := s.o.Values.AddAssetHits(ctx, found)
			if err != nil {
				return added, err
			}
			added += n
		}
		after = list[len(list)-1].ID
		if progress != nil {
			progress(after)
		}
	}
}
