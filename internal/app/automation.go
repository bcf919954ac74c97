package app

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/notify"
	notifyall "github.com/vedette-ti/vedette/internal/notify/all"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/search"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/translate/misp"
	"github.com/vedette-ti/vedette/internal/watch"
)

// Consumers of the topics that carry what leaves by itself.
const (
	consumerNotify    = "notify"
	consumerPlaybooks = "playbook"
	consumerWatches   = "watch"
)

// buildAutomation builds what people let Vedette do by itself: playbooks and watches.
func (a *App) buildAutomation(context.Context) (err error) {
	if err := os.MkdirAll(a.outputs(), 0o750); err != nil {
		return errs.Wrap(err, errs.Unavailable, "data_folder", "The data folder {path} cannot be made: choose another with --data.", "path", a.outputs())
	}
	files, err := os.OpenRoot(a.outputs())
	if err != nil {
		return err
	}
	a.onClose(files.Close)
	a.Playbooks, err = playbook.New(playbook.Options{
		Store: a.DB, Tx: a.DB, Changes: a.DB, Queue: publisher{a.Queue}, Files: files, HTTP: a.Egress.HTTP(egress.Untrusted), Mean: misp.Mean, Clock: a.o.Clock,
	})
	if err != nil {
		return err
	}
	a.Watches, err = watch.New(watch.ServiceOptions{
		Store: a.DB, Reports: a.DB, Tx: a.DB, Changes: a.DB, Box: a.Box, Owners: a.Accounts, Queue: publisher{a.Queue}, Kinds: notifyall.Kinds(),
		Env:  notify.Env{HTTP: a.Egress.HTTP(egress.Untrusted), Dial: a.dialMail, Clock: a.o.Clock, Log: a.log},
		Link: a.link, Clock: a.o.Clock, Log: a.log,
	})
	return err
}

// dialMail opens connections of channels. Their servers are entered by people, so that only the operator's own
// mail server may be in a private network without being listed under egress.allow.
func (a *App) dialMail(ctx context.Context, network, address string) (net.Conn, error) {
	policy := egress.Untrusted
	if m := a.cfg.Mail; m.Host != "" && address == net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) {
		policy = egress.Operator
	}
	return a.Egress.DialContext(policy)(ctx, network, address)
}

// link is the console's address of an item, "" when nobody said where the console is.
func (a *App) link(kind string, n id.ID) string {
	if a.cfg.PublicURL == "" {
		return ""
	}
	path := map[string]string{"report": "reports", "watch": "watches"}[kind]
	if path == "" {
		return ""
	}
	return strings.TrimRight(a.cfg.PublicURL, "/") + "/" + path + "/" + n.String()
}

// publisher lets nouns publish. A topic that nobody declared is one of a playbook: it keeps its messages for
// whoever comes to read them.
type publisher struct{ queue *bus.Broker }

// Publish implements playbook.Queue and watch.Publisher.
func (p publisher) Publish(ctx context.Context, topic, msgID string, body []byte) error {
	m := bus.Message{ID: msgID, Body: body}
	err := p.queue.Publish(ctx, topic, m)
	if errs.KindOf(err) != errs.NotFound || !strings.HasPrefix(topic, playbook.OutputTopic) {
		return err
	}
	if err := p.queue.Declare(ctx, bus.Topic{Name: topic}); err != nil {
		return err
	}
	return p.queue.Publish(ctx, topic, m)
}

// playbooks lets the pipeline use the playbooks.
type playbooks struct{ *playbook.Service }

// Plan implements ingest.Playbooks.
func (p playbooks) Plan(ctx context.Context, s source.Source) (ingest.Plan, error) {
	plan, err := p.Service.Plan(ctx, s)
	if err != nil || plan == nil {
		return nil, err
	}
	return planned{plan}, nil
}

type planned struct{ *playbook.Plan }

// Apply implements ingest.Plan.
func (p planned) Apply(_ context.Context, b *report.Batch) (playbook.Applied, error) {
	return p.Plan.Apply(b)
}

// outside is how often and how long something that leaves is tried: about a day.
const (
	outsideAttempts = 20
	outsideLease    = 2 * time.Minute
)

func outsideBackoff() bus.Backoff {
	return bus.Backoff{Base: 5 * time.Second, Max: 2 * time.Hour, Factor: 2, Jitter: 0.3}
}

// startAutomation runs what works behind playbooks and watches.
func (a *App) startAutomation(ctx context.Context) {
	a.task(ctx, "playbooks", func(ctx context.Context) error {
		return a.Queue.Consume(ctx, bus.Options{
			Topic: playbook.Topic, Consumer: consumerPlaybooks, Lease: outsideLease, MaxAttempts: outsideAttempts, Backoff: outsideBackoff(), Log: a.log,
			Handler: func(ctx context.Context, d bus.Delivery) error { return retried(a.Playbooks.Execute(ctx, d.Body)) },
		})
	})
	a.task(ctx, "notifications", func(ctx context.Context) error {
		return a.Queue.Consume(ctx, bus.Options{
			Topic: watch.Topic, Consumer: consumerNotify, Lease: outsideLease, MaxAttempts: outsideAttempts, Backoff: outsideBackoff(), Log: a.log,
			Handler: func(ctx context.Context, d bus.Delivery) error {
				return retried(a.Watches.Deliver(ctx, d.Body, d.Attempt >= outsideAttempts))
			},
		})
	})
	a.task(ctx, "watches", func(ctx context.Context) error {
		return bus.Follow(ctx, bus.Follower{Changes: indexed{a.DB, a.DB.Position}, Run: a.DB, Consumer: consumerWatches, Handler: a.Watches.Evaluate, Log: a.log})
	})
	a.task(ctx, "notices", func(ctx context.Context) error {
		return a.Jobs.Lead(ctx, "notices", func(ctx context.Context) error {
			return every(ctx, flushEvery, func(ctx context.Context) error { _, err := a.Watches.Flush(ctx); return err })
		})
	})
}

// flushEvery is how often hits become notices.
const flushEvery = 3 * time.Second

// every runs f until ctx ends or f fails.
func every(ctx context.Context, pause time.Duration, f func(context.Context) error) error {
	t := time.NewTicker(pause)
	defer t.Stop()
	for {
		if err := f(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// retried tells the queue what to do about a failure on the way out: wait as the receiver asked, try again, or
// give up at once.
func retried(err error) error {
	switch {
	case err == nil:
		return nil
	case fetch.Wait(err) > 0:
		return bus.RetryAfter(err, fetch.Wait(err))
	case fetch.Retriable(err), errs.KindOf(err) == errs.Unavailable, errs.KindOf(err) == errs.Internal, errors.Is(err, context.Canceled):
		return err
	}
	return bus.Permanent(err)
}

// indexed is the change log up to where the search index has come, so that watches for words miss nothing.
type indexed struct {
	change.Log
	position func(ctx context.Context, consumer string) (int64, error)
}

// Since implements change.Log.
func (x indexed) Since(ctx context.Context, s sharing.Scope, after int64, limit int) ([]change.Entry, int64, error) {
	last, err := x.position(ctx, search.Consumer)
	if err != nil || last <= after {
		return nil, after, err
	}
	entries, upTo, err := x.Log.Since(ctx, s, after, limit)
	if err != nil || upTo <= last {
		return entries, upTo, err
	}
	for i, e := range entries {
		if e.Seq > last {
			entries = entries[:i]
			break
		}
	}
	return entries, last, nil
}

var (
	_ playbook.Queue   = publisher{}
	_ watch.Publisher  = publisher{}
	_ ingest.Playbooks = playbooks{}
)
