package share

import (
	"context"
	"encoding/hex"
	"io"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Copy is the content of a feed at one moment, in the blob store. Its ETag is a hash of the content alone,
// so that what the viewer may not see never changes it.
type Copy struct {
	Ref    blob.Ref
	ETag   string
	Counts Counts

	seq     int64
	version int64
	until   time.Time
	viewer  string
}

// copyLife is how long a copy is good while the store does not change: claims expire meanwhile.
const copyLife = 5 * time.Minute

// Copy writes a feed into the blob store, or returns the last copy when nothing has changed since.
func (s *Service) Copy(ctx context.Context, f Feed, a sharing.Actor) (Copy, error) {
	seq, err := s.o.Store.LastChange(ctx)
	if err != nil {
		return Copy{}, err
	}
	now := s.o.Clock()
	s.mu.Lock()
	c, ok := s.fresh[f.ID]
	s.mu.Unlock()
	if ok && c.seq == seq && c.version == f.Version && now.Before(c.until) && c.viewer == a.Scope.Fingerprint() {
		return c, nil
	}
	r, w := io.Pipe()
	counts := make(chan Counts, 1)
	go func() {
		n, err := s.Write(ctx, a, f.Request(), w)
		counts <- n
		_ = w.CloseWithError(err) // nil ends the pipe
	}()
	ref, err := s.o.Blobs.Put(ctx, r, maxCopy)
	_ = r.CloseWithError(err)
	n := <-counts
	if err != nil {
		return Copy{}, err
	}
	c = Copy{
		Ref: ref, ETag: `"` + hex.EncodeToString(ref.SHA256[:16]) + `"`, Counts: n, seq: seq, version: f.Version, until: now.Add(copyLife), viewer: a.Scope.Fingerprint(),
	}
	s.mu.Lock()
	s.fresh[f.ID] = c
	s.mu.Unlock()
	return c, nil
}

// maxCopy bounds one copy: 4 GiB.
const maxCopy = 4 << 30

// Recalled says what a recall did and whom to tell.
type Recalled struct {
	Done  report.Done
	Feeds []RecalledFeed
}

// RecalledFeed is a stable export that held the value, with those who fetched it since it could be on it.
type RecalledFeed struct {
	Feed    Feed
	Fetches []Fetch
}

// Recall takes a value off every export of the organisation: it rejects its claims everywhere, from now on
// too, and tells which exports held it and who took them.
func (s *Service) Recall(ctx context.Context, a sharing.Actor, v observable.Value, reason, comment string) (Recalled, error) {
	var out Recalled
	if err := a.Need(sharing.ManageExports); err != nil {
		return out, err
	}
	feeds, err := s.Feeds(ctx, a)
	if err != nil {
		return out, err
	}
	for _, f := range feeds {
		why, err := s.Why(ctx, a, f.Request(), v)
		if err != nil {
			return out, err
		}
		if why.On {
			fetched, err := s.fetchedSince(ctx, a, f.ID, why)
			if err != nil {
				return out, err
			}
			out.Feeds = append(out.Feeds, RecalledFeed{Feed: f, Fetches: fetched})
		}
	}
	var claims []id.ID
	err = s.scan(ctx, a, query.And{query.Field{Name: "value", Value: v.Text}}, func(c report.Claim) error {
		if a.MayEdit(c.ACL.Owner) && c.State != report.Rejected {
			claims = append(claims, c.ID)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	if len(claims) == 0 {
		return out, errs.New(errs.NotFound, "recall_nothing", "Your organisation has no claim on {value} that could be recalled.", "value", v.Text)
	}
	out.Done, err = s.o.Review.Review(ctx, a, report.Decision{Claims: claims, State: report.Rejected, Reach: report.Everywhere, Reason: reason, Comment: comment})
	return out, err
}

// maxRecallFetches bounds the list of those to tell.
const maxRecallFetches = 1000

func (s *Service) fetchedSince(ctx context.Context, a sharing.Actor, feed id.ID, why Verdict) ([]Fetch, error) {
	since := s.o.Clock()
	for _, c := range why.Claims {
		if c.Reason == "" && c.Row.Claim.Modified.Before(since) {
			since = c.Row.Claim.Modified
		}
	}
	var out []Fetch
	for cursor := ""; len(out) < maxRecallFetches; {
		list, next, err := s.o.Store.Fetches(ctx, a.Scope, feed, report.Page{Cursor: cursor, Limit: 200})
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			if f.At.Before(since) {
				return out, nil
			}
			out = append(out, f)
		}
		if cursor = next; next == "" {
			break
		}
	}
	return out, nil
}
