package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/watch"
)

// watchDesk is a whole set-up: store, reports, watches, a channel kind that keeps what it is given.
type watchDesk struct {
	desk
	svc      *watch.Service
	bag      *mailbag
	sent     []notify.Message
	secrets  []string
	fail     error
	owners   map[id.ID]sharing.Actor
	ana, bob sharing.Actor
	clock    *moving
	done     int // messages of the bag that were delivered
}

func (d *watchDesk) ActorFor(_ context.Context, user id.ID, _ string) (sharing.Actor, error) {
	a, ok := d.owners[user]
	if !ok {
		return a, errs.New(errs.Unauthenticated, "account_disabled", "This account is disabled or gone: ask an administrator.")
	}
	return a, nil
}

func (d *watchDesk) Send(_ context.Context, env notify.Env, m notify.Message) error {
	if d.fail != nil {
		return d.fail
	}
	d.sent = append(d.sent, m)
	d.secrets = append(d.secrets, env.Secret("key"))
	return nil
}

func (d *watchDesk) kind() notify.Kind {
	return notify.Kind{
		Name: "pigeon", Fields: []feed.Field{{Name: "url", Type: feed.URL}, {Name: "key", Type: feed.Secret}, notify.CeilingField()},
		New: func(config []byte) (notify.Channel, error) {
			var c struct {
				URL string `json:"url"`
				notify.Ceiling
			}
			return d, feed.Decode(config, &c)
		},
	}
}

func testWatch(t *testing.T, open Factory) {
	for name, test := range map[string]func(*testing.T, *watchDesk){
		"edit": testWatchEdit, "channels": testWatchChannels, "kinds": testWatchKinds, "scope": testWatchScope, "digest": testWatchDigest, "delivery": testWatchDelivery,
	} {
		t.Run(name, func(t *testing.T) {
			d := &watchDesk{desk: newDesk(t, open), bag: &mailbag{bodies: map[string][]byte{}}, ana: manager(1, 101), bob: manager(2, 102), clock: newMoving()}
			d.clock.pass(time.Minute) // the store's clock runs by itself: hits are made before this one's now
			d.owners = map[id.ID]sharing.Actor{101: d.ana, 102: d.bob}
			box, err := secret.Ephemeral()
			must(t, err)
			d.svc, err = watch.New(watch.ServiceOptions{
				Store: d.db, Reports: d.db, Tx: d.db, Changes: d.db, Box: box, Owners: d, Queue: d.bag, Kinds: []notify.Kind{d.kind()}, Clock: d.clock.now,
				Link: func(kind string, n id.ID) string { return "https://vedette.example/" + kind + "s/" + n.String() },
			})
			must(t, err)
			test(t, d)
		})
	}
}

func (d *watchDesk) channel(t *testing.T, name, config string) watch.Channel {
	t.Helper()
	c, err := d.svc.CreateChannel(t.Context(), d.ana, watch.ChannelDraft{Kind: "pigeon", Name: name, Config: jsonx.Raw(config), Secrets: map[string]string{"key": "hush"}, Enabled: true})
	must(t, err)
	return c
}

func (d *watchDesk) watch(t *testing.T, kind watch.Kind, query string, o watch.Options, channels ...id.ID) watch.Watch {
	t.Helper()
	w, err := d.svc.Create(t.Context(), d.ana, watch.Draft{Name: "W " + query, Kind: kind, Query: query, Channels: channels, Enabled: true, Options: o})
	must(t, err)
	return w
}

// follow evaluates what changed since the last call, as the follower of the change log does.
func (d *watchDesk) follow(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, d.db.Run(ctx, func(ctx context.Context) error {
		from, err := d.db.Position(ctx, "watch")
		if err != nil {
			return err
		}
		entries, upTo, err := d.db.Since(context.WithoutCancel(t.Context()), sharing.System("test"), from, 1000)
		if err != nil {
			return err
		}
		if err := d.svc.Evaluate(ctx, entries); err != nil {
			return err
		}
		return d.db.Advance(ctx, "watch", upTo)
	}))
}

// deliver flushes and works the queue off; it returns the messages sent.
func (d *watchDesk) deliver(t *testing.T) []notify.Message {
	t.Helper()
	before := len(d.sent)
	_, err := d.svc.Flush(t.Context())
	must(t, err)
	jobs := d.bag.topic(watch.Topic)
	for _, j := range jobs[d.done:] {
		must(t, d.svc.Deliver(t.Context(), []byte(j), false))
	}
	d.done = len(jobs)
	return d.sent[before:]
}

func (d *watchDesk) add(t *testing.T, key string, values ...string) report.Result {
	t.Helper()
	return d.ingest(t, report.Batch{Report: &report.Draft{Key: key, Kind: report.KindReport, Title: "Report " + key}, Claims: claims(values...)})
}

func testWatchEdit(t *testing.T, d *watchDesk) {
	ctx := t.Context()
	c := d.channel(t, "SOC", "{}")
	w := d.watch(t, watch.Value, "evil.org", watch.Options{Window: 60}, c.ID, c.ID)
	got, err := d.svc.Get(ctx, d.ana, w.ID)
	if err != nil || got.Query != "evil.org" || !slices.Equal(got.Channels, []id.ID{c.ID}) || got.Options.Window != 60 || got.Owner != 101 {
		t.Errorf("read back: %+v, %v", got, err)
	}
	mate := manager(1, 103) // of the same organisation
	for name, a := range map[string]sharing.Actor{"a colleague": mate, "another organisation": d.bob} {
		if _, err := d.svc.Get(ctx, a, w.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s reads: %v", name, err)
		}
		if list, _, err := d.svc.List(ctx, a, watch.Filter{Owner: 101}, report.Page{}); err != nil || len(list) != 0 {
			t.Errorf("%s lists: %v, %v", name, list, err)
		}
	}
	boss := mate
	boss.Perms = append(slices.Clone(boss.Perms), sharing.ManageOrgUser)
	if list, _, err := d.svc.List(ctx, boss, watch.Filter{}, report.Page{}); err != nil || len(list) != 1 {
		t.Errorf("the administrator lists: %v, %v", list, err)
	}
	if _, err := d.svc.Create(ctx, d.bob, watch.Draft{Name: "x", Kind: watch.Tag, Query: "x", Channels: []id.ID{c.ID}}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("another organisation's channel: %v", err)
	}
	if _, err := d.svc.Create(ctx, sharing.SystemActor("x", 1), watch.Draft{Name: "x", Kind: watch.Tag, Query: "x"}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a watch without a person: %v", err)
	}
	query, none := "evil.net", []id.ID{}
	w, err = d.svc.Update(ctx, d.ana, w.ID, watch.Edit{Version: 1, Query: &query, Channels: &none})
	if err != nil || w.Version != 2 || len(w.Channels) != 0 {
		t.Errorf("edited: %+v, %v", w, err)
	}
	if _, err := d.svc.Update(ctx, d.ana, w.ID, watch.Edit{Version: 1, Query: &query}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale: %v", err)
	}
	must(t, d.svc.Delete(ctx, d.ana, w.ID, 2))
	must(t, d.svc.Restore(ctx, d.ana, w.ID, 3))
	if w, err = d.svc.Get(ctx, d.ana, w.ID); err != nil || w.Enabled || w.Deleted {
		t.Errorf("restored: %+v, %v", w, err)
	}
	if h, err := d.db.History(ctx, mate.Scope, "watch", w.ID, 0, 10); err != nil || len(h) != 0 {
		t.Errorf("a colleague reads the history: %v, %v", h, err)
	}
}

func testWatchChannels(t *testing.T, d *watchDesk) {
	ctx := t.Context()
	c := d.channel(t, "SOC", `{"url":"https://soc.example/x","max_tlp":"red"}`)
	if c.TLP != marking.TLPRed || c.PerHour != 30 || !slices.Equal(c.SecretsSet, []string{"key"}) {
		t.Errorf("made: %+v", c)
	}
	sealed, err := d.db.ChannelSecrets(ctx, d.ana.Scope, c.ID)
	if err != nil || strings.Contains(string(sealed), "hush") || len(sealed) == 0 {
		t.Errorf("sealed: %q, %v", sealed, err)
	}
	for subject, draft := range map[string]watch.ChannelDraft{
		"kind": {Name: "x", Kind: "owl"}, "name": {Name: "soc", Kind: "pigeon"}, "key": {Name: "x", Kind: "pigeon", Config: jsonx.Raw(`{"key":"x"}`)},
		"colour": {Name: "x", Kind: "pigeon", Config: jsonx.Raw(`{"colour":"x"}`)}, "per_hour": {Name: "x", Kind: "pigeon", PerHour: -1}, "token": {Name: "x", Kind: "pigeon", Secrets: map[string]string{"token": "x"}},
	} {
		_, err := d.svc.CreateChannel(ctx, d.ana, draft)
		if e, ok := errs.As(err); !ok || e.Subject != subject {
			t.Errorf("%s: %v", subject, err)
		}
	}
	must(t, d.svc.Test(ctx, d.ana, c.ID, "zh"))
	if len(d.sent) != 1 || d.secrets[0] != "hush" || !strings.Contains(d.sent[0].Title, "测试") {
		t.Errorf("test message: %+v", d.sent)
	}
	d.fail = errs.New(errs.Invalid, "chat_answer", "The address did not answer.")
	if err := d.svc.Test(ctx, d.ana, c.ID, "en"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a failing test: %v", err)
	}
	if c, err = d.svc.Channel(ctx, d.ana, c.ID); err != nil || c.Error != "The address did not answer." {
		t.Errorf("shows its error: %+v, %v", c, err)
	}
	moved := jsonx.Raw(`{"url":"https://attacker.example/x"}`)
	_, err = d.svc.UpdateChannel(ctx, d.ana, c.ID, watch.ChannelEdit{Version: 1, Config: &moved})
	if e, ok := errs.As(err); !ok || e.Code != "secrets_again" {
		t.Errorf("a new host must not get the stored secret: %v", err)
	}
	if _, err := d.svc.Channel(ctx, d.bob, c.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob reads: %v", err)
	}
	mate := manager(1, 103)
	if _, err := d.svc.UpdateChannel(ctx, mate, c.ID, watch.ChannelEdit{Version: 1}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a colleague edits: %v", err)
	}
	if err := d.svc.Test(ctx, mate, c.ID, "en"); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a colleague tests: %v", err)
	}
	if list, _, err := d.svc.Channels(ctx, mate, watch.Filter{}, report.Page{}); err != nil || len(list) != 1 {
		t.Errorf("a colleague may use it: %v, %v", list, err)
	}
	must(t, d.svc.DeleteChannel(ctx, d.ana, c.ID, 1))
	d.channel(t, "SOC", "{}") // the name is free again
}

func testWatchKinds(t *testing.T, d *watchDesk) {
	ctx := t.Context()
	assets, err := asset.New(asset.Options{Store: d.db, Values: d.db, Tx: d.db, Changes: d.db})
	must(t, err)
	own, err := assets.Create(ctx, d.ana, asset.Draft{Value: "contoso.com"})
	must(t, err)
	ids := map[string]watch.Watch{}
	for name, q := range map[string]struct {
		kind  watch.Kind
		query string
		o     watch.Options
	}{
		"value":   {watch.Value, "hxxps://evil[.]org/a", watch.Options{}},
		"related": {watch.Value, "evil.org", watch.Options{Related: true}},
		"network": {watch.Value, "198.51.100.0/24", watch.Options{}},
		"tag":     {watch.Tag, "APT*", watch.Options{}},
		"asset":   {watch.Asset, own.ID.String(), watch.Options{}},
		"any":     {watch.Asset, "any", watch.Options{}},
		"source":  {watch.Source, d.src.String(), watch.Options{}},
		"search":  {watch.Search, "type:domain-name -value:good-site.org", watch.Options{}},
		"judged":  {watch.Search, "type:domain-name", watch.Options{AcceptedOnly: true}},
		"nothing": {watch.Value, "other.org", watch.Options{}},
	} {
		ids[name] = d.watch(t, q.kind, q.query, q.o)
	}
	b := report.Batch{
		Report: &report.Draft{Key: "1", Kind: report.KindReport, Title: "one", Tags: []string{"apt:x"}},
		Claims: claims("https://evil.org/a", "www.evil.org", "198.51.100.7", "login.contoso.com"),
	}
	b.Claims[3].Assets = []report.AssetHit{{Asset: own.ID, How: "subdomain"}}
	res := d.ingest(t, b)
	d.add(t, "2", "good-site.org")
	hits := func() string {
		var out []string
		for name, w := range ids {
			got, err := d.svc.Get(ctx, d.ana, w.ID)
			must(t, err)
			if got.Hits > 0 || got.Error != "" {
				out = append(out, fmt.Sprint(name, "=", got.Hits, got.Error))
			}
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	d.follow(t)
	// tag: report 1 and its claims; source: two reports and five claims; search: two domains and the report they are in.
	want := "any=1 asset=1 network=1 related=2 search=3 source=7 tag=5 value=1"
	if got := hits(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	must(t, d.svc.Evaluate(ctx, nil))
	entries, _, err := d.db.Since(ctx, sharing.System("test"), 0, 1000)
	must(t, err)
	must(t, d.db.Run(ctx, func(ctx context.Context) error { return d.svc.Evaluate(ctx, entries) }))
	if got := hits(); got != want {
		t.Errorf("the same changes again: %s", got)
	}
	_, err = d.desk.svc.Review(ctx, d.desk.ana, report.Decision{Claims: res.Claims[1:2], State: report.Accepted})
	must(t, err)
	d.follow(t)
	if got := hits(); !strings.Contains(got, "judged=1") {
		t.Errorf("accepted later: %s", got)
	}
	delete(d.owners, 101)
	d.add(t, "3", "https://evil.org/a")
	d.follow(t)
	if got := hits(); !strings.Contains(got, "value=1This account is disabled") {
		t.Errorf("an owner who is gone: %s", got)
	}
}

func testWatchScope(t *testing.T, d *watchDesk) {
	ctx := t.Context()
	c := d.channel(t, "SOC", `{"max_tlp":"amber"}`)
	w := d.watch(t, watch.Value, "evil.org", watch.Options{}, c.ID)
	hidden := sharing.ACL{Owner: 2, Distribution: sharing.OrganisationOnly}
	_, err := d.desk.svc.Ingest(ctx, d.desk.bob, report.Batch{Source: d.src2, Report: &report.Draft{Key: "h", Kind: report.KindReport, Title: "bob's secret", ACL: &hidden}, Claims: claims("evil.org")})
	must(t, err)
	d.follow(t)
	if got, err := d.svc.Get(ctx, d.ana, w.ID); err != nil || got.Hits != 0 {
		t.Errorf("ana hears of what she may not see: %d, %v", got.Hits, err)
	}
	// Above the channel's ceiling nothing leaves, and the log says why.
	red := sharing.ACL{Owner: 1, Distribution: sharing.Community, TLP: marking.TLPRed}
	d.ingest(t, report.Batch{Report: &report.Draft{Key: "r", Kind: report.KindReport, Title: "red one", ACL: &red}, Claims: claims("evil.org")})
	d.follow(t)
	if got := d.deliver(t); len(got) != 0 {
		t.Errorf("TLP:RED left over an AMBER channel: %+v", got)
	}
	log, _, err := d.svc.Log(ctx, d.ana, w.ID, watch.Filter{}, report.Page{})
	if err != nil || len(log) != 1 || log[0].State != watch.Suppressed || !strings.Contains(log[0].Error, "marking") {
		t.Errorf("log: %+v, %v", log, err)
	}
	// Beside something that may leave, the rest is only counted.
	d.ingest(t, report.Batch{Report: &report.Draft{Key: "r2", Kind: report.KindReport, Title: "red two", ACL: &red}, Claims: claims("evil.org")})
	d.add(t, "a", "evil.org")
	d.follow(t)
	got := d.deliver(t)
	if len(got) != 1 || strings.Contains(got[0].Body, "red two") || !strings.Contains(got[0].Body, "Report a") || !strings.Contains(got[0].Body, "1 more are withheld") || got[0].TLP != marking.TLPAmber {
		t.Errorf("mixed: %+v", got)
	}
	// Rights are those of the moment of delivery.
	d.add(t, "b", "evil.org")
	d.follow(t)
	d.owners[101] = sharing.Actor{User: 101, Org: 1, Perms: d.ana.Perms, Scope: sharing.For(sharing.Asker{User: 101, Org: 1, Clearance: marking.TLPGreen})}
	if got := d.deliver(t); len(got) != 0 {
		t.Errorf("delivered after the clearance was lost: %+v", got)
	}
	if hits, err := d.svc.Hits(ctx, d.owners[101], w.ID, 0, 0); err != nil || len(hits) != 0 {
		t.Errorf("hits after the clearance was lost: %v, %v", hits, err)
	}
	if hits, err := d.svc.Hits(ctx, d.ana, w.ID, 0, 2); err != nil || len(hits) != 2 || hits[0].Seq < hits[1].Seq {
		t.Errorf("hits: %v, %v", hits, err)
	}
}

func testWatchDigest(t *testing.T, d *watchDesk) {
	ctx := t.Context()
	c := d.channel(t, "SOC", "{}")
	w := d.watch(t, watch.Search, "type:domain-name", watch.Options{Window: 600, Lines: 3, Lang: "zh"}, c.ID)
	d.add(t, "1", "a.evil.org", "b.evil.org", "c.evil.org", "d.evil.org")
	d.follow(t)
	if got := d.deliver(t); len(got) != 0 {
		t.Errorf("before the window passed: %+v", got)
	}
	d.add(t, "2", "e.evil.org")
	d.follow(t)
	d.clock.pass(11 * time.Minute)
	got := d.deliver(t)
	if len(got) != 1 {
		t.Fatalf("one message for the window: %+v", got)
	}
	body := "Report 1 (Vendor A)\n  domain-name a[.]evil[.]org\n  domain-name b[.]evil[.]org\n……另有 3 条"
	if got[0].Body != body || got[0].Title != "监视“W type:domain-name”：2 份报告，5 条情报" || got[0].URL != "https://vedette.example/watchs/"+w.ID.String() {
		t.Errorf("message: %q %q %s", got[0].Title, got[0].Body, got[0].URL)
	}
	if got := d.deliver(t); len(got) != 0 {
		t.Errorf("sent twice: %+v", got)
	}
	// Muted: kept in the history, not sent, not even later.
	until := d.clock.now().Add(time.Hour)
	w, err := d.svc.Update(ctx, d.ana, w.ID, watch.Edit{Version: 1, Muted: &until})
	must(t, err)
	d.add(t, "3", "f.evil.org")
	d.follow(t)
	d.clock.pass(30 * time.Minute)
	d.deliver(t)
	d.clock.pass(2 * time.Hour)
	if got := d.deliver(t); len(got) != 0 {
		t.Errorf("muted: %+v", got)
	}
	// A channel that is attached later hears of later hits only; limits make hits wait.
	slow, err := d.svc.CreateChannel(ctx, d.ana, watch.ChannelDraft{Kind: "pigeon", Name: "slow", PerHour: 1, Enabled: true})
	must(t, err)
	both, none := []id.ID{c.ID, slow.ID}, watch.Options{}
	_, err = d.svc.Update(ctx, d.ana, w.ID, watch.Edit{Version: 2, Channels: &both, Options: &none})
	must(t, err)
	if got := d.deliver(t); len(got) != 0 {
		t.Errorf("old hits to a new channel: %+v", got)
	}
	counts := []int{}
	for i := range 3 {
		d.add(t, fmt.Sprint("n", i), fmt.Sprintf("n%d.evil.org", i))
		d.follow(t)
		counts = append(counts, len(d.deliver(t)))
	}
	d.clock.pass(2 * time.Hour)
	rest := d.deliver(t)
	if !slices.Equal(counts, []int{2, 1, 1}) || len(rest) != 1 || !strings.Contains(rest[0].Title, "2 reports, 2 claims") {
		t.Errorf("limited: %v, then %+v", counts, rest)
	}
	must(t, d.svc.Purge(ctx, d.clock.now().Add(-time.Hour)))
	d.add(t, "z", "z.evil.org")
	d.follow(t)
	if got := d.deliver(t); len(got) != 1 { // the slow channel has had its share of this hour
		t.Errorf("after a purge: %+v", got)
	}
}

func testWatchDelivery(t *testing.T, d *watchDesk) {
	ctx := t.Context()
	c := d.channel(t, "SOC", "{}")
	w := d.watch(t, watch.Value, "evil.org", watch.Options{}, c.ID)
	res := d.add(t, "1", "evil.org")
	d.follow(t)
	d.fail = errs.New(errs.Unavailable, "http_503", "The server answers 503.")
	_, err := d.svc.Flush(ctx)
	must(t, err)
	job := []byte(d.bag.topic(watch.Topic)[0])
	if err := d.svc.Deliver(ctx, job, false); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("to be tried again: %v", err)
	}
	notice := func() watch.Notice {
		t.Helper()
		log, _, err := d.svc.Log(ctx, d.ana, w.ID, watch.Filter{}, report.Page{Limit: 1})
		must(t, err)
		return log[0]
	}
	if n := notice(); n.State != watch.Queued || n.Attempts != 1 || n.Error != "The server answers 503." {
		t.Errorf("after one try: %+v", n)
	}
	if ch, err := d.svc.Channel(ctx, d.ana, c.ID); err != nil || ch.Error == "" {
		t.Errorf("the channel shows it: %+v, %v", ch, err)
	}
	if err := d.svc.Deliver(ctx, job, true); err == nil || notice().State != watch.Failed {
		t.Errorf("the last try: %v, %+v", err, notice())
	}
	d.fail = nil // replayed from the dead letters
	for range 2 {
		must(t, d.svc.Deliver(ctx, job, false))
	}
	if n := notice(); n.State != watch.Sent || n.Error != "" || len(d.sent) != 1 {
		t.Errorf("replayed: %+v, %d sent", n, len(d.sent))
	}
	if m := d.sent[0]; m.URL != "https://vedette.example/reports/"+res.Report.String() || m.ID != "notice-"+notice().ID.String() || m.Event != "watch.match" {
		t.Errorf("message: %+v", m)
	}
	// What cannot be mended is not tried again.
	d.fail = errs.New(errs.Forbidden, "http_403", "The server answers 403.")
	d.add(t, "2", "evil.org")
	d.follow(t)
	d.deliver(t)
	if n := notice(); n.State != watch.Failed {
		t.Errorf("refused: %+v", n)
	}
	d.fail = errors.New("secret detail")
	d.add(t, "3", "evil.org")
	d.follow(t)
	_, err = d.svc.Flush(ctx)
	must(t, err)
	jobs := d.bag.topic(watch.Topic)
	if err := d.svc.Deliver(ctx, []byte(jobs[len(jobs)-1]), false); err == nil || strings.Contains(notice().Error, "detail") {
		t.Errorf("an internal error: %v, %+v", err, notice())
	}
	// A notice that never reached the queue is published later.
	d.bag.order, d.bag.bodies = nil, map[string][]byte{}
	d.clock.pass(2 * time.Minute)
	_, err = d.svc.Flush(ctx)
	if err != nil || len(d.bag.order) != 1 {
		t.Errorf("published again: %v, %v", d.bag.order, err)
	}
	// Rejected meanwhile: nothing to say.
	d.fail = nil
	rej := d.add(t, "4", "evil.org")
	d.follow(t)
	_, err = d.desk.svc.Review(ctx, d.desk.ana, report.Decision{Claims: rej.Claims, State: report.Rejected, Reach: report.Here, Reason: "benign"})
	must(t, err)
	sent := len(d.sent)
	d.bag.order, d.done = nil, 0
	d.deliver(t)
	if n := notice(); n.State != watch.Suppressed || len(d.sent) != sent {
		t.Errorf("rejected meanwhile: %+v", n)
	}
	must(t, d.svc.Deliver(ctx, []byte(`{"notice":999999}`), false))
}
