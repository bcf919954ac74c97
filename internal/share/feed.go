package share

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Feed is a stable export: a URL with a token that gives the same selection, fresh, each time. It sees what
// its owner sees, under its ceiling.
type Feed struct {
	ID      id.ID       `json:"id"`
	Org     id.ID       `json:"org"`
	Account id.ID       `json:"account"`
	Name    string      `json:"name"`
	Format  string      `json:"format"`
	Query   string      `json:"query"`
	All     bool        `json:"all"`
	TLP     marking.TLP `json:"tlp"`
	Prefix  string      `json:"token_prefix"`
	Enabled bool        `json:"enabled"`
	Created time.Time   `json:"created"`
	Expires time.Time   `json:"expires,omitzero"`
	Version int64       `json:"version"`
}

// Fetch records that somebody took an export.
type Fetch struct {
	ID      id.ID     `json:"id"`
	Export  id.ID     `json:"export,omitzero"`
	Account id.ID     `json:"account,omitzero"`
	Who     string    `json:"who"`
	Address string    `json:"address"`
	Format  string    `json:"format"`
	Query   string    `json:"query"`
	At      time.Time `json:"at"`
	ETag    string    `json:"etag"`
	Status  int       `json:"status"`
	Rows    int64     `json:"rows"`
	// Snapshot is the content as it left (gzip, in the blob store); zero when it was too large to keep.
	Snapshot blob.Hash `json:"-"`
}

// Exports is the store of feeds and fetches.
type Exports interface {
	NewIDs(ctx context.Context, n int) (id.ID, error)
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
	InsertFeed(ctx context.Context, f Feed, token []byte) error
	UpdateFeed(ctx context.Context, f Feed, expect int64) error
	SetFeedToken(ctx context.Context, n id.ID, token []byte, prefix string) error
	DeleteFeed(ctx context.Context, n id.ID) error
	// Feeds lists the organisation's feeds by name; of all organisations for the system scope.
	Feeds(ctx context.Context, s sharing.Scope) ([]Feed, error)
	// LastChange is the newest position of the change log.
	LastChange(ctx context.Context) (int64, error)
	FeedByToken(ctx context.Context, token []byte) (Feed, error)
	InsertFetch(ctx context.Context, f Fetch) error
	// Fetches lists newest first; export 0 means direct exports.
	Fetches(ctx context.Context, s sharing.Scope, export id.ID, p report.Page) ([]Fetch, string, error)
	// PurgeFetches removes records of before a time, at most limit of them.
	PurgeFetches(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Reviewer rejects claims, for recall.
type Reviewer interface {
	Review(ctx context.Context, a sharing.Actor, d report.Decision) (report.Done, error)
}

// NewToken draws an export's token, 40 alphanumerics shown once, and its stored hash.
func newToken() (token string, hash []byte, err error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	buf := make([]byte, 64)
	for b.Len() < 40 {
		if _, err := rand.Read(buf); err != nil {
			return "", nil, err
		}
		for _, c := range buf {
			if int(c) < 4*len(letters) && b.Len() < 40 { // without bias
				b.WriteByte(letters[int(c)%len(letters)])
			}
		}
	}
	return b.String(), hashToken(b.String()), nil
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// CreateFeed makes a stable export and returns its token, once.
func (s *Service) CreateFeed(ctx context.Context, a sharing.Actor, f Feed) (Feed, string, error) {
	if err := a.Need(sharing.ManageExports); err != nil {
		return f, "", err
	}
	if err := s.check(&f); err != nil {
		return f, "", err
	}
	token, hash, err := newToken()
	if err != nil {
		return f, "", err
	}
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		n, err := s.o.Store.NewIDs(ctx, 1)
		if err != nil {
			return err
		}
		f.ID, f.Org, f.Account, f.Prefix, f.Created, f.Version = n, a.Org, a.User, token[:6], s.o.Clock(), 1
		if err := s.o.Store.InsertFeed(ctx, f, hash); err != nil {
			return err
		}
		return s.record(ctx, a, change.Create, nil, &f)
	})
	return f, token, err
}

func (s *Service) check(f *Feed) error {
	f.Name = strings.TrimSpace(f.Name)
	if f.Name == "" {
		return errs.New(errs.Invalid, "name_empty", "A name is missing.").At("name")
	}
	if _, err := s.Format(f.Format); err != nil {
		return err
	}
	if _, err := query.Parse(f.Query); err != nil {
		return err
	}
	if f.TLP == marking.TLPUnset {
		f.TLP = DefaultCeiling
	}
	return nil
}

// EditFeed changes name, format, query, ceiling, expiry or switch; f.Version is the one seen. Whoever changes
// what another one's export selects lends it their own eyes: nobody reads with rights they lack.
func (s *Service) EditFeed(ctx context.Context, a sharing.Actor, f Feed) (Feed, error) {
	err := s.withFeed(ctx, a, f.ID, func(ctx context.Context, old Feed) error {
		if err := s.check(&f); err != nil {
			return err
		}
		expect := f.Version
		f.Org, f.Account, f.Prefix, f.Created, f.Version = old.Org, old.Account, old.Prefix, old.Created, old.Version+1
		if f.Query != old.Query || f.All != old.All || f.TLP != old.TLP || f.Format != old.Format {
			f.Account = eyes(a, old)
		}
		if err := s.o.Store.UpdateFeed(ctx, f, expect); err != nil {
			return err
		}
		return s.record(ctx, a, change.Update, &old, &f)
	})
	return f, err
}

// eyes is whose account an export sees with after somebody took it in hand. The operator of the data folder
// sees everything anyway and leaves it as it is.
func eyes(a sharing.Actor, old Feed) id.ID {
	if a.User == 0 {
		return old.Account
	}
	return a.User
}

// RotateFeed gives a new token; the old one stops at once. Who holds the token reads what the export selects,
// so from now on it sees with the eyes of whoever asked for it.
func (s *Service) RotateFeed(ctx context.Context, a sharing.Actor, n id.ID) (string, error) {
	token, hash, err := newToken()
	if err != nil {
		return "", err
	}
	return token, s.withFeed(ctx, a, n, func(ctx context.Context, old Feed) error {
		f := old
		f.Account, f.Prefix, f.Version = eyes(a, old), token[:6], old.Version+1
		if err := s.o.Store.UpdateFeed(ctx, f, old.Version); err != nil {
			return err
		}
		if err := s.o.Store.SetFeedToken(ctx, n, hash, token[:6]); err != nil {
			return err
		}
		return s.record(ctx, a, change.Update, &old, &f)
	})
}

// DeleteFeed ends a stable export; its fetch log stays.
func (s *Service) DeleteFeed(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.withFeed(ctx, a, n, func(ctx context.Context, old Feed) error {
		if err := s.o.Store.DeleteFeed(ctx, n); err != nil {
			return err
		}
		return s.record(ctx, a, change.Delete, &old, nil)
	})
}

// Feeds lists the organisation's stable exports.
func (s *Service) Feeds(ctx context.Context, a sharing.Actor) ([]Feed, error) {
	if err := a.Need(sharing.ReadIntel); err != nil {
		return nil, err
	}
	return s.o.Store.Feeds(ctx, a.Scope)
}

// Feed returns one of them; errs.NotFound.
func (s *Service) Feed(ctx context.Context, a sharing.Actor, n id.ID) (Feed, error) {
	list, err := s.Feeds(ctx, a)
	if err != nil {
		return Feed{}, err
	}
	for _, f := range list {
		if f.ID == n {
			return f, nil
		}
	}
	return Feed{}, errs.New(errs.NotFound, "export_missing", "There is no export {id}.", "id", n)
}

func (s *Service) withFeed(ctx context.Context, a sharing.Actor, n id.ID, fn func(context.Context, Feed) error) error {
	if err := a.Need(sharing.ManageExports); err != nil {
		return err
	}
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		f, err := s.Feed(ctx, a, n)
		if err != nil {
			return err
		}
		return fn(ctx, f)
	})
}

func (s *Service) record(ctx context.Context, a sharing.Actor, op string, before, after *Feed) error {
	f := after
	if f == nil {
		f = before
	}
	acl, err := s.o.Store.InternACL(ctx, sharing.ACL{Owner: f.Org})
	if err != nil {
		return err
	}
	e := change.By(a, op, "export", f.ID, acl)
	if e.Before, err = asJSON(before); err != nil {
		return err
	}
	if e.After, err = asJSON(after); err != nil {
		return err
	}
	return s.o.Changes.Append(ctx, e)
}

func asJSON(f *Feed) (jsonx.Raw, error) {
	if f == nil {
		return nil, nil
	}
	return jsonx.Marshal(f)
}

// Open finds a feed by its token for somebody who has nothing else. Wrong, disabled and expired ones are
// the same to the caller.
func (s *Service) Open(ctx context.Context, token string) (Feed, sharing.Actor, error) {
	gone := errs.New(errs.NotFound, "export_token", "There is no export at this address.")
	f, err := s.o.Store.FeedByToken(ctx, hashToken(token))
	if err != nil {
		if errs.KindOf(err) == errs.NotFound {
			return f, sharing.Actor{}, gone
		}
		return f, sharing.Actor{}, err
	}
	if !f.Enabled || !f.Expires.IsZero() && !f.Expires.After(s.o.Clock()) || s.o.Viewer == nil {
		return f, sharing.Actor{}, gone
	}
	a, err := s.o.Viewer(ctx, f.Account)
	if err != nil {
		return f, a, gone // its owner may not log in any more
	}
	a.Via = "export"
	return f, a, nil
}

// Request is the selection of a feed.
func (f Feed) Request() Request {
	return Request{Query: f.Query, Format: f.Format, All: f.All, Ceiling: sharing.Ceiling{TLP: f.TLP}, Title: f.Name}
}

// Log records a fetch.
func (s *Service) Log(ctx context.Context, f Fetch) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error {
		n, err := s.o.Store.NewIDs(ctx, 1)
		if err != nil {
			return err
		}
		f.ID, f.At = n, s.o.Clock()
		return s.o.Store.InsertFetch(ctx, f)
	})
}

// Fetches lists who took what and when.
func (s *Service) Fetches(ctx context.Context, a sharing.Actor, n id.ID, p report.Page) ([]Fetch, string, error) {
	if err := a.Need(sharing.ManageExports); err != nil {
		return nil, "", err
	}
	return s.o.Store.Fetches(ctx, a.Scope, n, p)
}

// Purge removes records of fetches from before a time; retention calls it.
func (s *Service) Purge(ctx context.Context, before time.Time) (int64, error) {
	const batch = 5000
	for total := int64(0); ; {
		n, err := s.o.Store.PurgeFetches(ctx, before, batch)
		if total += n; err != nil || n < batch {
			return total, err
		}
	}
}
