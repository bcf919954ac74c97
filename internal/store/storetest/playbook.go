package storetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

// mailbag is a queue in memory that keeps a message once, by topic and id.
type mailbag struct {
	order  []string
	bodies map[string][]byte
}

func (m *mailbag) Publish(_ context.Context, topic, msgID string, body []byte) error {
	key := topic + "/" + msgID
	if _, again := m.bodies[key]; !again {
		m.order = append(m.order, key)
		m.bodies[key] = body
	}
	return nil
}

func (m *mailbag) topic(topic string) (out []string) {
	for _, k := range m.order {
		if strings.HasPrefix(k, topic+"/") {
			out = append(out, string(m.bodies[k]))
		}
	}
	return out
}

type playbookDesk struct {
	desk
	svc      *playbook.Service
	bag      *mailbag
	dir      string
	posted   []string
	status   int
	ana, bob sharing.Actor
	clock    *moving
}

// Do answers webhooks.
func (d *playbookDesk) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	d.posted = append(d.posted, r.Header.Get("Idempotency-Key")+" "+string(body))
	return &http.Response{StatusCode: d.status, Status: fmt.Sprint(d.status), Header: http.Header{}, Body: http.NoBody, Request: r}, err
}

func testPlaybook(t *testing.T, open Factory) {
	for name, test := range map[string]func(*testing.T, *playbookDesk){"edit": testPlaybookEdit, "plan": testPlaybookPlan, "outputs": testPlaybookOutputs} {
		t.Run(name, func(t *testing.T) {
			d := &playbookDesk{desk: newDesk(t, open), bag: &mailbag{bodies: map[string][]byte{}}, dir: t.TempDir(), status: 204, ana: manager(1, 101), bob: manager(2, 102), clock: newMoving()}
			root, err := os.OpenRoot(d.dir)
			must(t, err)
			t.Cleanup(func() { must(t, root.Close()) })
			d.svc, err = playbook.New(playbook.Options{Store: d.db, Tx: d.db, Changes: d.db, Queue: d.bag, Files: root, HTTP: d, Clock: d.clock.now})
			must(t, err)
			test(t, d)
		})
	}
}

const dropAll = "name: Drop all\nsources: [Feed]\nsteps: [{drop: true}]\n"

func testPlaybookEdit(t *testing.T, d *playbookDesk) {
	ctx := t.Context()
	p, err := d.svc.Create(ctx, d.ana, playbook.Draft{Body: dropAll, Enabled: true})
	must(t, err)
	got, err := d.svc.Get(ctx, d.ana, p.ID)
	if diff := cmp.Diff(p, got); diff != "" || err != nil || p.Name != "Drop all" {
		t.Errorf("made %+v (%v):\n%s", p, err, diff)
	}
	_, err = d.svc.Create(ctx, d.ana, playbook.Draft{Body: "name: DROP all\nsteps: [{accept: true}]"})
	if e, ok := errs.As(err); !ok || e.Code != "playbook_name_taken" {
		t.Errorf("name twice: %v", err)
	}
	_, err = d.svc.Create(ctx, d.ana, playbook.Draft{Body: "name: x\nstep: 1\norder: y\n"})
	e, ok := errs.As(err)
	if list, isList := e.Params["problems"].([]playbook.Problem); !ok || e.Kind != errs.Invalid || !isList || len(list) != 2 || list[0].Line != 2 {
		t.Errorf("a bad document: %v", err)
	}
	junior := d.ana
	junior.Perms = []sharing.Permission{sharing.ReadIntel, sharing.ManageSources}
	if _, err := d.svc.Create(ctx, junior, playbook.Draft{Body: "name: y\nsteps: [{accept: true}]"}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("accepting by playbook needs intel.review: %v", err)
	}
	if _, err := d.svc.Get(ctx, d.bob, p.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob reads: %v", err)
	}
	if err := d.svc.Delete(ctx, d.bob, p.ID, 1); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob deletes: %v", err)
	}
	body, off := "name: Keep all\nsteps: [{tag: x}]\n", false
	p, err = d.svc.Update(ctx, d.ana, p.ID, playbook.Edit{Version: 1, Body: &body})
	if err != nil || p.Name != "Keep all" || p.Version != 2 {
		t.Errorf("edited: %+v, %v", p, err)
	}
	if _, err := d.svc.Update(ctx, d.ana, p.ID, playbook.Edit{Version: 1, Enabled: &off}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale: %v", err)
	}
	must(t, d.svc.Delete(ctx, d.ana, p.ID, 2))
	if list, _, err := d.svc.List(ctx, d.ana, playbook.Filter{}, report.Page{}); err != nil || len(list) != 0 {
		t.Errorf("after delete: %v, %v", list, err)
	}
	must(t, d.svc.Restore(ctx, d.ana, p.ID, 3))
	list, _, err := d.svc.List(ctx, d.ana, playbook.Filter{Match: "KEEP"}, report.Page{})
	if err != nil || len(list) != 1 || list[0].Enabled {
		t.Errorf("restored: %+v, %v", list, err)
	}
	h, err := d.db.History(ctx, d.ana.Scope, "playbook", p.ID, 0, 10)
	if err != nil || len(h) != 4 {
		t.Errorf("history: %d, %v", len(h), err)
	}
	if h, err := d.db.History(ctx, d.bob.Scope, "playbook", p.ID, 0, 10); err != nil || len(h) != 0 {
		t.Errorf("bob's history: %d, %v", len(h), err)
	}
}

func testPlaybookPlan(t *testing.T, d *playbookDesk) {
	ctx := t.Context()
	feed := source.Source{ID: d.src, Name: "Feed", Org: 1}
	drops := func(svc *playbook.Service, s source.Source) bool {
		t.Helper()
		p, err := svc.Plan(ctx, s)
		must(t, err)
		b := report.Batch{Claims: claims("evil.org")}
		_, err = p.Apply(&b)
		must(t, err)
		return len(b.Claims) == 0
	}
	other, err := playbook.New(playbook.Options{Store: d.db, Tx: d.db, Changes: d.db, Clock: d.clock.now}) // another host
	must(t, err)
	if drops(d.svc, feed) || drops(other, feed) {
		t.Error("dropped without a playbook")
	}
	p, err := d.svc.Create(ctx, d.ana, playbook.Draft{Body: dropAll, Enabled: true})
	must(t, err)
	if !drops(d.svc, feed) {
		t.Error("a new playbook counts at once")
	}
	if drops(d.svc, source.Source{ID: 1, Name: "Other", Org: 1}) || drops(d.svc, source.Source{ID: 1, Name: "Feed", Org: 2}) {
		t.Error("it is about its source and organisation only")
	}
	if drops(other, feed) {
		t.Error("another host asked the store too early: the test is wrong")
	}
	d.clock.pass(3e9)
	if !drops(other, feed) {
		t.Error("another host learns of it within seconds")
	}
	off := false
	_, err = d.svc.Update(ctx, d.ana, p.ID, playbook.Edit{Version: 1, Enabled: &off})
	must(t, err)
	if drops(d.svc, feed) {
		t.Error("a playbook that is off does nothing")
	}
}

func testPlaybookOutputs(t *testing.T, d *playbookDesk) {
	ctx := t.Context()
	p, err := d.svc.Create(ctx, d.ana, playbook.Draft{Enabled: true, Body: `
name: Out
outputs:
  - file: {path: vendor/list.csv, columns: [type, value, comment]}
  - file: {path: list.ndjson, fields: x}
`})
	if errs.KindOf(err) != errs.Invalid {
		t.Errorf("fields are not for files: %v", err)
	}
	p, err = d.svc.Create(ctx, d.ana, playbook.Draft{Enabled: true, Body: `
name: Out
outputs:
  - file: {path: vendor/list.csv, columns: [type, value, comment]}
  - file: {path: list.ndjson}
  - webhook: {url: "https://soc.example/hook", fields: {v: "{value}"}}
  - queue: {topic: work, fields: {v: "{value}"}}
`})
	must(t, err)
	plan, err := d.svc.Plan(ctx, source.Source{ID: d.src, Name: "Feed", Org: 1})
	must(t, err)
	b := report.Batch{Consumer: "ingest", Message: "1"}
	for i := range 1200 {
		b.Claims = append(b.Claims, report.ClaimDraft{Stated: fmt.Sprintf("h%d.evil.org", i), Comment: "=cmd()"})
	}
	b.Claims = append(b.Claims, report.ClaimDraft{Type: "indicator:yara", Stated: "rule x { " + strings.Repeat("银", 90_000) + "}"})
	out, err := plan.Apply(&b)
	must(t, err)
	for range 2 { // delivered twice, as after a crash
		for _, del := range out.Deliveries {
			must(t, d.svc.Deliver(ctx, del))
		}
	}
	jobs := d.bag.topic(playbook.Topic)
	for _, j := range jobs {
		if len(j) > 250<<10 {
			t.Errorf("a message of %d bytes", len(j))
		}
		must(t, d.svc.Execute(ctx, []byte(j)))
	}
	csv, err := os.ReadFile(filepath.Join(d.dir, "1", "vendor", "list.csv"))
	must(t, err)
	rows := strings.Split(strings.TrimSpace(string(csv)), "\n")
	if len(rows) != 1202 || rows[0] != "type,value,comment" || rows[1] != "domain-name,h0.evil.org,'=cmd()" {
		t.Errorf("csv: %d rows, %q, %q", len(rows), rows[0], rows[1])
	}
	if lines := d.bag.topic(playbook.OutputTopic + "work"); len(lines) != 1201 || lines[0] != `{"v":"h0.evil.org"}` {
		t.Errorf("queue: %d, %q", len(lines), lines[0])
	}
	if len(d.posted) < 3 || !strings.Contains(d.posted[0], `{"v":"h0.evil.org"}`) {
		t.Errorf("webhook: %d calls", len(d.posted))
	}
	testPlaybookFailures(t, d, p.ID, jobs)
}

func testPlaybookFailures(t *testing.T, d *playbookDesk, n id.ID, jobs []string) {
	ctx := t.Context()
	// A line cut short by a crash is ended before the next one.
	path := filepath.Join(d.dir, "1", "list.ndjson")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString(`{"cut`)
	must(t, err)
	must(t, f.Close())
	failing := 0
	d.status = 503
	for _, j := range jobs {
		if err := d.svc.Execute(ctx, []byte(j)); err != nil {
			failing++
			if errs.KindOf(err) != errs.Unavailable {
				t.Errorf("503 can be tried again: %v", err)
			}
			if p, err := d.svc.Get(ctx, d.ana, n); err != nil || p.Error == "" || p.Version != 1 {
				t.Errorf("the playbook shows its error: %+v, %v", p, err)
			}
		}
	}
	if failing == 0 {
		t.Error("the webhook did not fail")
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), "{\"cut\n{") {
		t.Errorf("after a cut line: %v", err)
	}
	// Nothing leads out of the folder.
	must(t, os.RemoveAll(filepath.Join(d.dir, "1")))
	outside := t.TempDir()
	must(t, os.Symlink(outside, filepath.Join(d.dir, "1")))
	for _, j := range jobs {
		if strings.Contains(j, `"path"`) {
			if err := d.svc.Execute(ctx, []byte(j)); err == nil {
				t.Error("wrote through a link that leads out")
			}
		}
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) != 0 {
		t.Errorf("outside: %v, %v", list, err)
	}
}
