package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/secret"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func testAudit(t *testing.T, open Factory) {
	t.Run("chain", func(t *testing.T) { testChain(t, newPeople(t, open)) })
	t.Run("tampering", func(t *testing.T) { testTampering(t, newPeople(t, open)) })
	t.Run("purge", func(t *testing.T) { testAuditPurge(t, newPeople(t, open)) })
	t.Run("list", func(t *testing.T) { testAuditList(t, newPeople(t, open)) })
	t.Run("redaction", func(t *testing.T) { testAuditRedaction(t, newPeople(t, open)) })
}

// act writes an entry about something.
func (p *people) act(t *testing.T, object string) {
	t.Helper()
	must(t, p.audits.Record(t.Context(), audit.By(p.sys, "test.act", object, audit.OK).With("object", object)))
}

// link runs the consumer to its end.
func (p *people) link(t *testing.T) int {
	t.Helper()
	for total := 0; ; {
		n, err := p.audits.Chain(t.Context())
		must(t, err)
		if total += n; n == 0 {
			return total
		}
	}
}

func (p *people) verify(t *testing.T, known audit.End) audit.Verification {
	t.Helper()
	v, err := p.audits.Verify(t.Context(), known)
	must(t, err)
	return v
}

// testChain: writers and consumers work at once; every committed entry gets exactly one link.
func testChain(t *testing.T, p *people) {
	ctx := t.Context()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 30 {
				err := p.db.Run(ctx, func(ctx context.Context) error {
					if err := p.audits.Record(ctx, audit.By(p.sys, "test.act", fmt.Sprint(w, i), audit.OK)); err != nil {
						return err
					}
					if i%3 == 2 {
						return context.Canceled // undone with its act
					}
					return nil
				})
				if (err != nil) != (i%3 == 2) {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range 20 {
				if _, err := p.audits.Chain(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	p.link(t)
	v := p.verify(t, audit.End{})
	if v.Broken != nil || v.Pending || v.Checked != 80 || v.Head.Link != 80 {
		t.Fatalf("verification %+v", v)
	}
	p.act(t, "one more")
	if v = p.verify(t, v.Head); v.Broken != nil || !v.Pending {
		t.Errorf("an entry that waits for its link: %+v", v)
	}
}

// testTampering changes the trail behind Vedette's back, through a transaction of the store, in each way
// that the chain is to show.
func testTampering(t *testing.T, p *people) {
	for i := range 10 {
		p.act(t, fmt.Sprint("object ", i))
	}
	p.link(t)
	known, err := p.audits.Head(t.Context())
	must(t, err)
	if v := p.verify(t, known); v.Broken != nil || v.Checked != 10 {
		t.Fatalf("untouched: %+v", v)
	}
	ctx := t.Context()
	links, err := p.db.AuditLinks(ctx, 0, 100)
	must(t, err)
	// A forged entry in place of another: same link, plausible content, hash of a foreign key.
	foreign, err := secret.Ephemeral()
	must(t, err)
	other, err := audit.New(audit.Options{Store: p.db, Tx: p.db, Box: foreign, Clock: p.clock})
	must(t, err)
	if v, err := other.Verify(ctx, audit.End{}); err != nil || v.Broken == nil {
		t.Errorf("another key file must not fit: %+v, %v", v, err)
	}
	// Cutting the oldest off, as a purge would, without the key that signs the new beginning.
	_, err = p.db.PurgeAuditLinks(ctx, 3)
	must(t, err)
	if v := p.verify(t, audit.End{}); v.Broken == nil || v.Broken.Params["link"] != int64(1) {
		t.Errorf("missing beginning: %+v", v)
	}
	must(t, p.db.SetSetting(ctx, "audit_floor", audit.End{Link: 3, Hash: links[2].Hash}.String()+":00"))
	if v := p.verify(t, audit.End{}); v.Broken == nil {
		t.Errorf("a forged beginning is taken: %+v", v)
	}
	must(t, p.db.SetSetting(ctx, "audit_head", audit.End{Link: 5, Hash: links[4].Hash}.String()+":00"))
	if v := p.verify(t, known); v.Broken == nil {
		t.Errorf("a forged end is taken: %+v", v)
	}
}

func testAuditPurge(t *testing.T, p *people) {
	ctx := t.Context()
	for i := range 6 {
		p.act(t, fmt.Sprint(i))
		p.pass(time.Hour)
	}
	p.link(t)
	n, err := p.audits.Purge(ctx, p.clock().Add(-3*time.Hour))
	if err != nil || n != 3 {
		t.Fatalf("purged %d, %v", n, err)
	}
	p.act(t, "later")
	p.link(t)
	if v := p.verify(t, audit.End{}); v.Broken != nil || v.First != 4 || v.Checked != 4 {
		t.Errorf("after the purge: %+v", v)
	}
	if n, err := p.audits.Purge(ctx, time.Time{}); err != nil || n != 0 {
		t.Errorf("nothing is that old: %d, %v", n, err)
	}
}

func testAuditList(t *testing.T, p *people) {
	ctx := t.Context()
	other := p.org(t, "Other")
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	boss := p.actor(t, "boss@example.org", other, account.RoleOrgAdmin)
	ana := p.actor(t, "ana@example.org", 1, account.RoleAnalyst)
	must(t, p.audits.Record(audit.WithAddress(ctx, "192.0.2.7"), audit.By(boss, "export.fetch", "export 3", audit.OK)))
	must(t, p.audits.Record(ctx, audit.By(ana, "exportx", "", audit.Denied)))

	_, _, err := p.audits.List(ctx, ana, audit.Filter{}, 0, 0)
	wantCode(t, err, "permission_missing")
	l, _, err := p.audits.List(ctx, boss, audit.Filter{}, 0, 0)
	must(t, err)
	for _, e := range l {
		if e.Org != other {
			t.Errorf("an Org Admin sees %+v", e)
		}
	}
	if len(l) != 1 || l[0].Address != "192.0.2.7" {
		t.Errorf("own entries: %+v", l)
	}
	if l, _, err := p.audits.List(ctx, boss, audit.Filter{Org: 1}, 0, 0); err != nil || len(l) != 0 {
		t.Errorf("another organisation's entries: %+v, %v", l, err)
	}
	if l, _, err := p.audits.List(ctx, admin, audit.Filter{Action: "export"}, 0, 0); err != nil || len(l) != 1 {
		t.Errorf("an action and those below it: %+v, %v", l, err)
	}
	if l, _, err := p.audits.List(ctx, admin, audit.Filter{Action: "export%"}, 0, 0); err != nil || len(l) != 0 {
		t.Errorf("a percent sign is no wildcard: %+v, %v", l, err)
	}
	seen := map[int64]bool{}
	for before := int64(0); ; {
		l, next, err := p.audits.List(ctx, admin, audit.Filter{}, before, 2)
		must(t, err)
		for _, e := range l {
			if seen[e.Seq] {
				t.Fatalf("entry %d came twice", e.Seq)
			}
			seen[e.Seq] = true
		}
		if before = next; next == 0 {
			break
		}
	}
	if all, err := p.db.Audits(ctx, p.sys.Scope, audit.Filter{}, 0, 1000); err != nil || len(all) != len(seen) {
		t.Errorf("paged %d of %d entries, %v", len(seen), len(all), err)
	}
	if l, err := p.db.Audits(ctx, sharing.Scope{}, audit.Filter{}, 0, 10); err != nil || len(l) != 0 {
		t.Errorf("the zero scope sees %+v, %v", l, err)
	}
	a, err := p.audits.System(ctx, "expiry", 1)
	if err != nil || a.Scope.Denies() || p.audited(t, "system.scope", "ok") != 1 {
		t.Errorf("a system scope must be written down: %v", err)
	}
	if a, err := p.audits.System(ctx, "", 1); err == nil || !a.Scope.Denies() {
		t.Error("a system scope without reason")
	}
}

func testAuditRedaction(t *testing.T, p *people) {
	ctx := t.Context()
	r := &secret.Redactor{}
	r.Add("hunter2hunter2")
	svc, err := audit.New(audit.Options{Store: p.db, Tx: p.db, Box: p.box, Redactor: r})
	must(t, err)
	long := make([]byte, 5000)
	for i := range long {
		long[i] = 'x'
	}
	must(t, svc.Record(ctx, audit.By(p.sys, "source.test", "hunter2hunter2", audit.Failed).With("url", "https://u:hunter2hunter2@h/", "agent", string(long))))
	must(t, svc.Record(ctx, audit.By(p.sys, "source.test", string(long), audit.Failed)))
	l, err := p.db.Audits(ctx, p.sys.Scope, audit.Filter{Action: "source"}, 0, 10)
	must(t, err)
	var detail struct {
		URL string `json:"url"`
	}
	must(t, jsonx.Unmarshal(l[1].Detail, &detail))
	if l[1].Object != secret.Mark || detail.URL != "https://u:"+secret.Mark+"@h/" {
		t.Errorf("a secret was written: %+v", l[1])
	}
	if len(l[0].Object) > 1024 {
		t.Errorf("object of %d bytes", len(l[0].Object))
	}
}
