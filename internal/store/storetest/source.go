package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// moving is a clock that tests move.
type moving struct {
	mu sync.Mutex
	at time.Time
}

func newMoving() *moving { return &moving{at: time.Now().UTC().Truncate(time.Second)} }

func (m *moving) now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *moving) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

// manager is an actor of an organisation with every permission of an organisation's administrator.
func manager(org, user id.ID) sharing.Actor {
	return sharing.Actor{
		User: user, Org: org, Name: fmt.Sprintf("user%d", user), Via: "test",
		Perms: []sharing.Permission{sharing.ReadIntel, sharing.WriteIntel, sharing.ReviewIntel, sharing.ManageSources, sharing.ManageAssets, sharing.ManageWatches},
		Scope: sharing.For(sharing.Asker{User: user, Org: org, Clearance: marking.TLPRed}),
	}
}

// pollKind is a kind of source with a required URL and a secret.
func pollKind() feed.Kind {
	return feed.Kind{
		Name:   "poll",
		Fields: []feed.Field{{Name: "url", Type: feed.URL, Required: true}, {Name: "depth", Type: feed.Integer}, {Name: "token", Type: feed.Secret}},
		New: func(config []byte) (feed.Feed, error) {
			var c struct {
				URL   string `json:"url"`
				Depth int    `json:"depth"`
			}
			return nothing{}, feed.Decode(config, &c)
		},
	}
}

type nothing struct{}

func (nothing) Visit(context.Context, feed.Env, feed.Poll) ([]byte, error) { return nil, nil }

type sourceDesk struct {
	db       *sqldb.DB
	svc      *source.Service
	clock    *moving
	ana, bob sharing.Actor
}

func newSourceDesk(t *testing.T, open Factory) sourceDesk {
	t.Helper()
	d := sourceDesk{db: open(t), clock: newMoving(), ana: manager(1, 101), bob: manager(2, 102)}
	for org := id.ID(1); org <= 2; org++ {
		must(t, d.db.SeedOrganisation(t.Context(), org, fmt.Sprintf("Org %d", org)))
	}
	box, err := secret.Ephemeral()
	must(t, err)
	d.svc, err = source.New(source.Options{
		Store: d.db, Tx: d.db, Changes: d.db, Box: box, Clock: d.clock.now, KeepRuns: 3,
		Kinds: []feed.Kind{pollKind(), {Name: source.KindDrop, Push: true}},
	})
	must(t, err)
	return d
}

func (d sourceDesk) create(t *testing.T, name, schedule string) source.Source {
	t.Helper()
	src, err := d.svc.Create(t.Context(), d.ana, source.Draft{
		Kind: "poll", Name: name, Schedule: schedule, Enabled: true, Config: jsonx.Raw(`{"url":"https://feed.example/x"}`),
		Secrets: map[string]string{"token": "s3cret-" + name}, Tags: []string{"vendor", "Vendor", " "},
	})
	must(t, err)
	return src
}

func testSource(t *testing.T, open Factory) {
	for name, test := range map[string]func(*testing.T, sourceDesk){
		"edit": testSourceEdit, "refuse": testSourceRefusals, "secrets": testSourceSecrets, "visits": testSourceVisits, "lease": testSourceLease,
		"builtin": testSourceBuiltin, "visibility": testSourceVisibility, "list": testSourceList,
	} {
		t.Run(name, func(t *testing.T) { test(t, newSourceDesk(t, open)) })
	}
}

func testSourceEdit(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	src := d.create(t, "Vendor blog", "@every 15m")
	if src.ClaimACL.TLP != marking.TLPAmber || src.ClaimACL.Distribution != sharing.Community || src.ClaimACL.Owner != 1 || src.Publisher != "Vendor blog" ||
		!slices.Equal(src.Tags, []string{"vendor"}) || src.Version != 1 || src.UUID.IsZero() || src.Health.Status != source.StatusNever {
		t.Errorf("defaults: %+v", src)
	}
	got, err := d.svc.Get(ctx, d.ana, src.ID)
	must(t, err)
	if diff := cmp.Diff(src, got); diff != "" {
		t.Errorf("read back (-made +got):\n%s", diff)
	}
	must(t, d.svc.SetCursor(ctx, src.ID, []byte("cursor")))
	name, rel := "Vendor blog 2", marking.Reliability('B')
	edited, err := d.svc.Update(ctx, d.ana, src.ID, source.Edit{Version: 1, Name: &name, Reliability: &rel})
	must(t, err)
	if edited.Version != 2 || edited.Name != name || edited.Reliability != 'B' {
		t.Errorf("edited: %+v", edited)
	}
	_, err = d.svc.Update(ctx, d.ana, src.ID, source.Edit{Version: 1, Name: &name})
	if e, ok := errs.As(err); !ok || e.Code != "stale" || e.Params["who"] != d.ana.Name {
		t.Errorf("a stale edit must name who: %v", err)
	}
	if c := d.cursor(t, src.ID); string(c) != "cursor" {
		t.Errorf("cursor after another edit: %q", c)
	}
	config := jsonx.Raw(`{"url":"https://feed.example/other"}`)
	_, err = d.svc.Update(ctx, d.ana, src.ID, source.Edit{Version: 2, Config: &config})
	must(t, err)
	if c := d.cursor(t, src.ID); c != nil {
		t.Errorf("a changed configuration must forget the cursor, has %q", c)
	}
	must(t, d.svc.Delete(ctx, d.ana, src.ID, 3))
	d.create(t, name, "") // the name is free again
	if err := d.svc.Restore(ctx, d.ana, src.ID, 4); errs.KindOf(err) != errs.Conflict {
		t.Errorf("restore onto a taken name: %v", err)
	}
	history, err := d.db.History(ctx, d.ana.Scope, "source", src.ID, 0, 10)
	must(t, err)
	ops := ""
	for _, e := range history {
		ops += e.Op + " "
		if strings.Contains(string(e.Before)+string(e.After), "s3cret") {
			t.Error("a secret is in the change log")
		}
	}
	if ops != "delete update update create " {
		t.Errorf("history: %s", ops)
	}
}

func (d sourceDesk) cursor(t *testing.T, n id.ID) []byte {
	t.Helper()
	c, err := d.db.SourceCursor(t.Context(), sharing.System("test"), n)
	must(t, err)
	return c
}

func testSourceRefusals(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	d.create(t, "Taken", "")
	draft := func(change func(*source.Draft)) source.Draft {
		v := source.Draft{Kind: "poll", Name: "New", Config: jsonx.Raw(`{"url":"https://feed.example/x"}`)}
		change(&v)
		return v
	}
	for subject, change := range map[string]func(*source.Draft){
		"kind":                 func(v *source.Draft) { v.Kind = "nope" },
		"name":                 func(v *source.Draft) { v.Name = "tAKEN" },
		"url":                  func(v *source.Draft) { v.Config = jsonx.Raw(`{}`) },
		"depth":                func(v *source.Draft) { v.Config = jsonx.Raw(`{"url":"https://a.example","depth":"x"}`) },
		"colour":               func(v *source.Draft) { v.Config = jsonx.Raw(`{"url":"https://a.example","colour":1}`) },
		"token":                func(v *source.Draft) { v.Config = jsonx.Raw(`{"url":"https://a.example","token":"x"}`) },
		"password":             func(v *source.Draft) { v.Secrets = map[string]string{"password": "x"} },
		"schedule":             func(v *source.Draft) { v.Schedule = "@every 1s" },
		"plane":                func(v *source.Draft) { v.Plane = "moon" },
		"accept":               func(v *source.Draft) { v.Accept = 3 },
		"claim_acl":            func(v *source.Draft) { v.ClaimACL = &sharing.ACL{Distribution: sharing.Inherit} },
		"options.hosts":        func(v *source.Draft) { v.Options.Hosts = []string{"not a host"} },
		"options.max_age_days": func(v *source.Draft) { v.Options.MaxAgeDays = -1 },
		"config":               func(v *source.Draft) { v.Config = jsonx.Raw(`[]`) },
	} {
		_, err := d.svc.Create(ctx, d.ana, draft(change))
		e, ok := errs.As(err)
		if !ok || e.Subject != subject {
			t.Errorf("%s: %v", subject, err)
		}
	}
	_, err := d.svc.Create(ctx, d.ana, draft(func(v *source.Draft) { v.Name, v.Plane, v.Schedule = "", "moon", "never" }))
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) || len(all.Unwrap()) != 3 { // without a name the publisher is not asked for
		t.Errorf("problems must come together: %v", err)
	}
	reader := d.ana
	reader.Perms = reader.Perms[:2]
	if _, err := d.svc.Create(ctx, reader, draft(func(*source.Draft) {})); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("without sources.manage: %v", err)
	}
	if _, err := d.svc.Create(ctx, d.ana, draft(func(v *source.Draft) { v.ClaimACL = &sharing.ACL{Distribution: sharing.All} })); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("publishing everything needs intel.publish: %v", err)
	}
	if _, err := d.svc.Create(ctx, d.ana, draft(func(v *source.Draft) { v.Org = 2 })); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("for another organisation: %v", err)
	}
	if f, err := d.svc.Check(d.ana, draft(func(*source.Draft) {})); err != nil || f == nil {
		t.Errorf("a good draft: %v, %v", f, err)
	}
}

func testSourceSecrets(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	src := d.create(t, "A", "@every 15m")
	if !slices.Equal(src.SecretsSet, []string{"token"}) {
		t.Errorf("set: %v", src.SecretsSet)
	}
	sealed, err := d.db.SourceSecrets(ctx, d.ana.Scope, src.ID)
	if err != nil || len(sealed) == 0 || strings.Contains(string(sealed), "s3cret") {
		t.Errorf("sealed: %q, %v", sealed, err)
	}
	config := jsonx.Raw(`{"url":"https://attacker.example/x"}`)
	_, err = d.svc.Update(ctx, d.ana, src.ID, source.Edit{Version: 1, Config: &config})
	if e, ok := errs.As(err); !ok || e.Code != "secrets_again" || e.Subject != "token" {
		t.Errorf("a new host must not get the stored secret: %v", err)
	}
	src, err = d.svc.Update(ctx, d.ana, src.ID, source.Edit{Version: 1, Config: &config, Secrets: map[string]string{"token": "new"}})
	must(t, err)
	_, opened, err := d.svc.Open(ctx, src)
	must(t, err)
	if opened("token") != "new" || opened("other") != "" {
		t.Errorf("opened: %q", opened("token"))
	}
	src, err = d.svc.Update(ctx, d.ana, src.ID, source.Edit{Version: 2, Secrets: map[string]string{"token": ""}})
	if err != nil || len(src.SecretsSet) != 0 {
		t.Errorf("removed: %v, %v", src.SecretsSet, err)
	}
}

func (d sourceDesk) due(t *testing.T, owner string) []id.ID {
	t.Helper()
	list, err := d.svc.Due(t.Context(), owner, 10)
	must(t, err)
	ids := make([]id.ID, len(list))
	for i, src := range list {
		ids[i] = src.ID
	}
	return ids
}

func (d sourceDesk) start(t *testing.T, owner string, n id.ID) source.Run {
	t.Helper()
	if due := d.due(t, owner); !slices.Contains(due, n) {
		t.Fatalf("source %d is not due: %v", n, due)
	}
	v, err := d.svc.StartRun(t.Context(), n)
	must(t, err)
	return v
}

func testSourceVisits(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	src := d.create(t, "A", "@every 15m")
	manual := d.create(t, "By hand", "")
	v := d.start(t, "w", src.ID)
	for i := range source.MaxLogLines + 30 {
		must(t, d.svc.AppendLog(ctx, v.ID, source.Line{Level: "info", Text: fmt.Sprint("line ", i)}))
		if i > 5 && i < source.MaxLogLines-5 {
			lines := make([]source.Line, source.MaxLogLines-12)
			must(t, d.svc.AppendLog(ctx, v.ID, lines...))
			break
		}
	}
	must(t, d.svc.AppendLog(ctx, v.ID, source.Line{Level: "warn", Text: strings.Repeat("x", 5000)}))
	must(t, d.svc.SetCursor(ctx, src.ID, []byte{0, 1, 2}))
	must(t, d.svc.FinishRun(ctx, v, source.Result{Items: 5, Fresh: 2, Skipped: 1}))
	run, err := d.svc.Run(ctx, d.ana, v.ID)
	must(t, err)
	if run.Outcome != source.Done || run.Items != 5 || run.Fresh != 2 || run.Skipped != 1 || len(run.Log) > source.MaxLogLines || len(run.Log[len(run.Log)-1].Text) > 1100 {
		t.Errorf("run: %+v, %d lines", run.Outcome, len(run.Log))
	}
	got := d.get(t, src.ID)
	if want := d.clock.now().Add(15 * time.Minute); !got.State.NextRun.Equal(want) || got.Health.Status != source.StatusOK || got.State.Running {
		t.Errorf("after success: %+v %+v", got.State, got.Health)
	}
	failed := time.Time{}
	for i, want := range []time.Duration{15, 15, 15, 15, 16, 32} { // minutes: the schedule, then the back-off
		d.clock.pass(d.get(t, src.ID).State.NextRun.Sub(d.clock.now()))
		v = d.start(t, "w", src.ID)
		if i == 0 {
			failed = d.clock.now()
			if c, err := d.svc.Cursor(ctx, src.ID); err != nil || string(c) != "\x00\x01\x02" {
				t.Errorf("cursor: %v, %v", c, err)
			}
		}
		must(t, d.svc.FinishRun(ctx, v, source.Result{Err: errs.Wrap(errors.New("password=hunter2"), errs.Unavailable, "x", "The server answers 503.")}))
		if got = d.get(t, src.ID); got.State.NextRun.Sub(d.clock.now()) != want*time.Minute {
			t.Errorf("wait after failure %d: %v", i+1, got.State.NextRun.Sub(d.clock.now()))
		}
	}
	if got.Health.Status != source.StatusFailing || !got.Health.Since.Equal(failed) || got.Health.Error != "The server answers 503." || got.State.Failures != 6 {
		t.Errorf("failing: %+v", got.Health)
	}
	d.clock.pass(time.Hour)
	v = d.start(t, "w", src.ID)
	must(t, d.svc.FinishRun(ctx, v, source.Result{NotBefore: d.clock.now().Add(2 * time.Hour)}))
	if got = d.get(t, src.ID); got.Health.Status != source.StatusOK || got.State.NextRun.Sub(d.clock.now()) != 2*time.Hour {
		t.Errorf("a server that asks for rest: %+v", got.State)
	}
	d.clock.pass(110 * time.Minute) // long without success, and nobody visits
	if got = d.get(t, src.ID); got.Health.Status != source.StatusStale {
		t.Errorf("stale: %+v", got.Health)
	}
	runs, next, err := d.svc.Runs(ctx, d.ana, src.ID, report.Page{Limit: 2})
	if err != nil || len(runs) != 2 || next == "" {
		t.Errorf("runs: %d %q %v", len(runs), next, err)
	}
	runs, next, err = d.svc.Runs(ctx, d.ana, src.ID, report.Page{Cursor: next})
	if err != nil || len(runs) != 1 || next != "" { // three are kept
		t.Errorf("old runs must go: %d %q %v", len(runs), next, err)
	}
	if slices.Contains(d.due(t, "w"), manual.ID) {
		t.Error("a source without schedule is visited by hand only")
	}
	must(t, d.svc.RunNow(ctx, d.ana, manual.ID))
	v = d.start(t, "w", manual.ID)
	must(t, d.svc.FinishRun(ctx, v, source.Result{Partial: true}))
	if !d.get(t, manual.ID).State.NextRun.Equal(d.clock.now()) {
		t.Error("a partial visit goes on at once")
	}
}

func (d sourceDesk) get(t *testing.T, n id.ID) source.Source {
	t.Helper()
	src, err := d.svc.Get(t.Context(), d.ana, n)
	must(t, err)
	return src
}

func testSourceLease(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	for i := range 20 {
		d.create(t, fmt.Sprint("S", i), "@every 15m")
	}
	var mu sync.Mutex
	seen := map[id.ID]int{}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for range 5 {
				list, err := d.svc.Due(ctx, fmt.Sprint("w", w), 3)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, src := range list {
					seen[src.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 20 {
		t.Errorf("%d sources leased", len(seen))
	}
	for n, times := range seen {
		if times != 1 {
			t.Errorf("source %d was leased %d times", n, times)
		}
	}
	d.clock.pass(2 * time.Minute) // the workers died
	for n := range seen {
		if _, err := d.svc.StartRun(ctx, n); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a visit without a lease: %v", err)
		}
	}
	again := d.due(t, "new")
	if len(again) != 10 {
		t.Fatalf("after the lease: %d", len(again))
	}
	if kept, err := d.svc.Extend(ctx, again[0], "w0"); kept || err != nil {
		t.Errorf("a lost lease was extended: %v", err)
	}
	if kept, err := d.svc.Extend(ctx, again[0], "new"); !kept || err != nil {
		t.Errorf("the lease was not extended: %v", err)
	}
	v, err := d.svc.StartRun(ctx, again[0])
	must(t, err)
	d.clock.pass(2 * time.Minute)
	other := d.start(t, "third", again[0])
	must(t, d.svc.FinishRun(ctx, v, source.Result{Err: errors.New("late")}))
	if got := d.get(t, again[0]); got.State.Failures != 0 || got.State.LeaseOwner != "third" || !got.State.Running {
		t.Errorf("a late worker changed the state: %+v", got.State)
	}
	if run, err := d.svc.Run(ctx, d.ana, v.ID); err != nil || run.Outcome != source.Aborted {
		t.Errorf("the run of the dead worker: %v, %v", run.Outcome, err)
	}
	off := false
	_, err = d.svc.Update(ctx, d.ana, again[0], source.Edit{Version: 1, Enabled: &off})
	must(t, err)
	must(t, d.svc.FinishRun(ctx, other, source.Result{}))
	if got := d.get(t, again[0]); !got.State.NextRun.IsZero() || got.Health.Status != source.StatusDisabled {
		t.Errorf("a source that was switched off meanwhile: %+v", got.State)
	}
}

func testSourceBuiltin(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	d.create(t, "drop", "")
	ids := make([]id.ID, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			src, err := d.svc.Builtin(ctx, d.ana, 1, source.KindDrop)
			if err != nil {
				t.Error(err)
			}
			ids[i] = src.ID
		})
	}
	wg.Wait()
	if slices.Min(ids) != slices.Max(ids) {
		t.Errorf("several built-in sources: %v", ids)
	}
	src := d.get(t, ids[0])
	if src.Name != "Drop 2" || !src.Builtin {
		t.Errorf("built-in: %+v", src)
	}
	if err := d.svc.Delete(ctx, d.ana, src.ID, 1); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("delete: %v", err)
	}
	if _, err := d.svc.Builtin(ctx, d.ana, 2, source.KindDrop); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("for another organisation: %v", err)
	}
	cli, err := d.svc.Builtin(ctx, sharing.SystemActor("import", 1), 1, source.KindCLI)
	must(t, err)
	must(t, d.svc.Seen(ctx, cli.ID))
	if got := d.get(t, cli.ID); got.Health.Status != source.StatusOK {
		t.Errorf("after an import: %+v", got.Health)
	}
	accept := source.TrustAll
	if _, err := d.svc.Update(ctx, d.ana, cli.ID, source.Edit{Version: 1, Accept: &accept}); err != nil {
		t.Errorf("its trust may be set: %v", err)
	}
}

func testSourceVisibility(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	open := d.create(t, "Open", "")
	hidden, err := d.svc.Create(ctx, d.ana, source.Draft{
		Kind: "poll", Name: "Hidden", Config: jsonx.Raw(`{"url":"https://feed.example/x?key=1"}`), ACL: &sharing.ACL{Distribution: sharing.OrganisationOnly},
	})
	must(t, err)
	if _, err := d.svc.Get(ctx, d.bob, hidden.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob reads a hidden source: %v", err)
	}
	src, err := d.svc.Get(ctx, d.bob, open.ID)
	if err != nil || src.Config != nil || src.SecretsSet != nil {
		t.Errorf("bob sees how it is configured: %s, %v", src.Config, err)
	}
	list, _, err := d.svc.List(ctx, d.bob, source.Filter{}, report.Page{})
	if err != nil || len(list) != 1 || list[0].ID != open.ID {
		t.Errorf("bob's list: %v, %v", len(list), err)
	}
	name := "Bob's"
	if _, err := d.svc.Update(ctx, d.bob, open.ID, source.Edit{Version: 1, Name: &name}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("bob edits: %v", err)
	}
	if err := d.svc.RunNow(ctx, d.bob, open.ID); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("bob runs: %v", err)
	}
	if _, _, err := d.svc.Runs(ctx, d.bob, open.ID, report.Page{}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("bob reads runs: %v", err)
	}
	if _, err := d.svc.Get(ctx, sharing.Actor{}, open.ID); err == nil {
		t.Error("nobody reads")
	}
	changes, _, err := d.db.Since(ctx, d.bob.Scope, 0, 100)
	if err != nil || len(changes) != 0 {
		t.Errorf("bob's change feed: %+v, %v", changes, err)
	}
}

func testSourceList(t *testing.T, d sourceDesk) {
	ctx := t.Context()
	for i := range 7 {
		d.create(t, fmt.Sprintf("Source %d 银狐", i), "")
	}
	preset := source.Draft{Kind: "poll", Name: "Preset", Enabled: true, Config: jsonx.Raw(`{"url":"https://p.example"}`), Options: source.Handling{Preset: `we"ird_%`}}
	first, err := d.svc.Install(ctx, d.ana, preset)
	must(t, err)
	again, err := d.svc.Install(ctx, d.ana, preset)
	if err != nil || again.ID != first.ID || first.Enabled {
		t.Errorf("installed twice: %d %d %v", first.ID, again.ID, err)
	}
	var names []string
	page := report.Page{Limit: 3}
	for {
		list, next, err := d.svc.List(ctx, d.ana, source.Filter{}, page)
		must(t, err)
		for _, s := range list {
			names = append(names, s.Name)
		}
		if page.Cursor = next; next == "" {
			break
		}
	}
	if len(names) != 8 || !slices.IsSorted(names) {
		t.Errorf("pages: %v", names)
	}
	yes := true
	for want, f := range map[int]source.Filter{
		1: {Match: "3 银"}, 7: {Enabled: &yes}, 0: {Tag: "endor"}, 8: {Org: 1},
	} {
		list, _, err := d.svc.List(ctx, d.ana, f, report.Page{Limit: 100})
		if err != nil || len(list) != want {
			t.Errorf("%+v: %d, %v", f, len(list), err)
		}
	}
	list, next, err := d.svc.List(ctx, d.ana, source.Filter{Status: source.StatusNever, Tag: "VENDOR"}, report.Page{Limit: 4})
	if err != nil || len(list) != 4 || next == "" {
		t.Errorf("by status: %d %q %v", len(list), next, err)
	}
	if _, _, err := d.svc.List(ctx, d.ana, source.Filter{}, report.Page{Cursor: "x"}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a bad cursor: %v", err)
	}
}
