package watch

import (
	"context"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// republish is how long a notice may wait in the store before it is put into the queue again: the process
// may have died between the two.
const republish = time.Minute

// Flush makes notices of hits whose window has passed and puts them into the queue; it returns how many it
// made. Call it every few seconds on one host. A channel that sent its hour's share keeps its hits waiting:
// they come together later. Hits of a muted watch are kept in its history and not sent.
func (s *Service) Flush(ctx context.Context) (int, error) {
	by := sharing.System("make notices")
	var made []id.ID
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		made = nil
		if err := s.o.Store.LockWatches(ctx); err != nil {
			return err
		}
		waiting, err := s.o.Store.Waiting(ctx, by)
		if err != nil {
			return err
		}
		sent := map[id.ID]int{}
		for _, w := range waiting {
			n, err := s.digest(ctx, w, sent)
			if err != nil {
				return err
			}
			if n != 0 {
				made = append(made, n)
			}
		}
		return nil
	})
	if err != nil || s.o.Queue == nil {
		return len(made), err
	}
	late, err := s.o.Store.QueuedNotices(ctx, by, s.now().Add(-republish), 1000)
	if err != nil {
		return len(made), err
	}
	for _, n := range append(late, made...) {
		body, err := jsonx.Marshal(order{Notice: n})
		if err != nil {
			return len(made), err
		}
		if err := s.o.Queue.Publish(ctx, Topic, "notice-"+n.String(), body); err != nil {
			return len(made), err // the rest is published by a later call
		}
	}
	return len(made), nil
}

// order is the message of Topic.
type order struct {
	Notice id.ID `json:"notice"`
}

// digest makes one notice, or none; sent counts the messages of channels within the hour.
func (s *Service) digest(ctx context.Context, w Waiting, sent map[id.ID]int) (id.ID, error) {
	now := s.now()
	if w.Muted.After(now) {
		return 0, s.o.Store.SkipHits(ctx, w.Watch, w.Channel, w.Last)
	}
	if w.Oldest.Add(w.Window).After(now) {
		return 0, nil
	}
	count, known := sent[w.Channel]
	if !known {
		var err error
		if count, err = s.o.Store.CountNotices(ctx, w.Channel, now.Add(-time.Hour)); err != nil {
			return 0, err
		}
	}
	if count >= w.PerHour {
		sent[w.Channel] = count
		return 0, nil
	}
	n := Notice{Watch: w.Watch, Channel: w.Channel, First: w.First, Last: w.Last, Hits: w.Hits, State: Queued, Created: now}
	if err := s.o.Store.InsertNotice(ctx, &n); err != nil {
		return 0, err
	}
	sent[w.Channel] = count + 1
	return n.ID, nil
}

// Deliver sends the notice that a message of Topic names. An error may be tried again; last tells that this
// is the last try. A notice that was sent or has nothing left to say is not sent again.
func (s *Service) Deliver(ctx context.Context, body []byte, last bool) error {
	var o order
	if err := jsonx.Unmarshal(body, &o); err != nil {
		return err
	}
	by := sharing.System("send a notice")
	n, err := s.o.Store.Notice(ctx, by, o.Notice)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return nil // purged meanwhile
	}
	if err != nil || n.State == Sent || n.State == Suppressed {
		return err
	}
	n.Attempts++
	reason, err := s.deliver(ctx, &n)
	switch {
	case err == nil && reason == "":
		n.State, n.Error = Sent, ""
	case err == nil:
		n.State, n.Error = Suppressed, reason
	default:
		n.Error = shown(err)
		if n.State = Queued; last || !retriable(err) {
			n.State = Failed
		}
	}
	if n.State != Queued {
		n.Ended = s.now()
	}
	noted := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if n.State != Suppressed {
			if err := s.o.Store.SetChannelError(ctx, n.Channel, n.Error); err != nil {
				return err
			}
		}
		return s.o.Store.UpdateNotice(ctx, n)
	})
	if noted != nil {
		return noted
	}
	if err != nil && !retriable(err) {
		return nil // the log of the watch has it; trying again would not help
	}
	return err
}

func retriable(err error) bool {
	switch errs.KindOf(err) {
	case errs.Internal, errs.Unavailable, errs.RateLimited:
		return true
	}
	return fetch.Retriable(err)
}

// deliver sends a notice, or returns the reason why there is nothing to send.
func (s *Service) deliver(ctx context.Context, n *Notice) (reason string, err error) {
	by := sharing.System("send a notice")
	w, err := s.o.Store.Watch(ctx, by, n.Watch)
	if err != nil {
		return "", err
	}
	c, err := s.o.Store.Channel(ctx, by, n.Channel)
	if err != nil {
		return "", err
	}
	switch {
	case w.Deleted || !w.Enabled:
		return "The watch is switched off.", nil
	case c.Deleted || !c.Enabled:
		return "The channel is switched off.", nil
	}
	owner, err := s.o.Owners.ActorFor(ctx, w.Owner, "watch")
	if errs.KindOf(err) == errs.Unauthenticated || err == nil && !owner.Can(sharing.ReadIntel) {
		return "The owner of the watch may no longer read.", nil
	}
	if err != nil {
		return "", err
	}
	hits, err := s.o.Store.HitRange(ctx, by, n.Watch, n.First, n.Last, maxHits)
	if err != nil {
		return "", err
	}
	found, err := s.load(ctx, owner.Scope, hits)
	if err != nil {
		return "", err
	}
	news := found.sort(hits, w, c)
	if len(news.items) == 0 {
		if news.withheld > 0 {
			return "Its marking does not let it leave over this channel.", nil
		}
		return "What was found is gone, or its owner may no longer see it.", nil
	}
	return "", s.send(ctx, c, s.message(*n, w, news))
}

// found are claims and reports as the reader sees them now.
type found struct {
	claims  map[id.ID]report.Claim
	reports map[id.ID]report.Report
}

func (s *Service) load(ctx context.Context, scope sharing.Scope, hits []Hit) (found, error) {
	f := found{claims: map[id.ID]report.Claim{}, reports: map[id.ID]report.Report{}}
	var claims, reports []id.ID
	for _, h := range hits {
		if h.Claim != 0 {
			claims = append(claims, h.Claim)
		}
		if h.Report != 0 {
			reports = append(reports, h.Report)
		}
	}
	slices.Sort(reports)
	for part := range slices.Chunk(claims, 500) {
		list, err := s.o.Reports.ClaimsByID(ctx, scope, part)
		if err != nil {
			return f, err
		}
		for _, c := range list {
			f.claims[c.ID] = c
		}
	}
	for part := range slices.Chunk(slices.Compact(reports), 500) {
		list, _, err := s.o.Reports.List(ctx, scope, report.Filter{IDs: part}, report.Page{Limit: len(part)})
		if err != nil {
			return f, err
		}
		for _, r := range list {
			f.reports[r.ID] = r
		}
	}
	return f, nil
}

// sees reports whether a hit is still there for the reader.
func (f found) sees(h Hit) bool {
	if _, ok := f.reports[h.Report]; h.Report != 0 && !ok {
		return false
	}
	c, ok := f.claims[h.Claim]
	return h.Claim == 0 || ok && !c.Deleted
}

// news is what a message may say.
type news struct {
	items    []item
	tlp      marking.TLP // the strictest among them
	withheld int         // over the channel's TLP
}

// item is one report with its new claims; report is nil for claims that stand alone.
type item struct {
	report *report.Report
	claims []report.Claim
}

// sort groups the hits by report and leaves out what was rejected meanwhile or may not leave.
func (f found) sort(hits []Hit, w Watch, c Channel) news {
	var n news
	limit := sharing.Ceiling{TLP: c.TLP}
	at := map[id.ID]int{}
	for _, h := range hits {
		if !f.sees(h) {
			continue
		}
		acl := sharing.ACL{}
		r, inReport := f.reports[h.Report]
		if inReport {
			acl = r.ACL
		}
		claim, isClaim := f.claims[h.Claim]
		if isClaim {
			if claim.State == report.Rejected || w.Options.AcceptedOnly && claim.State != report.Accepted {
				continue
			}
			if acl = claim.ACL; inReport {
				acl = sharing.Effective(claim.ACL, r.ACL)
			}
		}
		if !limit.Passes(acl) {
			n.withheld++
			continue
		}
		level := acl.TLP
		if level == marking.TLPUnset {
			level = marking.TLPAmber
		}
		n.tlp = max(n.tlp, level)
		i, known := at[h.Report]
		if !known {
			i = len(n.items)
			at[h.Report] = i
			it := item{}
			if inReport {
				own := r
				it.report = &own
			}
			n.items = append(n.items, it)
		}
		if isClaim {
			n.items[i].claims = append(n.items[i].claims, claim)
		}
	}
	return n
}

// Purge removes hits and ended notices older than a moment; retention calls it.
func (s *Service) Purge(ctx context.Context, before time.Time) error {
	return s.o.Tx.Run(ctx, func(ctx context.Context) error { return s.o.Store.PurgeHits(ctx, before) })
}
