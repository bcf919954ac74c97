package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// replays notes what is replayed and refuses some.
type replays struct {
	seen   []string
	refuse string
}

func (r *replays) Replay(_ context.Context, _ sharing.Actor, it quarantine.Item) error {
	if it.Item == r.refuse {
		return errs.New(errs.Unavailable, "queue_full", "The queue is full.")
	}
	r.seen = append(r.seen, it.Item+"="+it.Payload)
	return nil
}

func testQuarantine(t *testing.T, open Factory) {
	ctx := t.Context()
	d := newDesk(t, open)
	ana, bob := manager(1, 101), manager(2, 102)
	again := &replays{}
	svc, err := quarantine.New(quarantine.Options{Store: d.db, Tx: d.db, Changes: d.db, Replayer: again})
	must(t, err)
	// One from the bulk writer, five from the pipeline, one that bob must not see.
	res := d.ingest(t, report.Batch{
		Report: &report.Draft{Key: "1", Kind: report.KindReport, Title: "one"}, Claims: append(claims("evil.org"), report.ClaimDraft{Type: "nonsense", Stated: "x", Place: "row 2"}),
	})
	if len(res.Refused) != 1 {
		t.Fatalf("refused: %+v", res.Refused)
	}
	label := sharing.ACL{Owner: 1, Distribution: sharing.Community}
	for i := range 5 {
		_, err := svc.Add(ctx, ana, quarantine.Draft{
			Refusal: report.Refusal{Stage: "parse", Item: fmt.Sprint("file ", i), Code: "bad_pdf", Reason: "broken\x00 \xff", Payload: strings.Repeat("x", 70_000), Params: map[string]any{"page": "3"}, Blob: blob.Hash{1}},
			Source:  d.src, ACL: label,
		})
		must(t, err)
	}
	secret, err := svc.Add(ctx, ana, quarantine.Draft{Refusal: report.Refusal{Stage: "acquire", Item: "secret", Code: "x"}})
	must(t, err)
	if secret.ACL.Owner != 1 || secret.ACL.Distribution != sharing.OrganisationOnly {
		t.Errorf("an unlabelled item is the organisation's: %+v", secret.ACL)
	}
	list := func(a sharing.Actor, f quarantine.Filter) int {
		t.Helper()
		items, _, err := svc.List(ctx, a, f, report.Page{})
		must(t, err)
		for _, it := range items {
			if it.Payload != "" {
				t.Error("lists leave payloads out")
			}
		}
		return len(items)
	}
	for want, f := range map[int]quarantine.Filter{
		7: {}, 5: {Stage: "parse"}, 1: {Match: "FILE 3"}, 6: {Source: d.src}, 0: {State: quarantine.Replayed},
	} {
		if got := list(ana, f); got != want {
			t.Errorf("%+v: %d, want %d", f, got, want)
		}
	}
	if got := list(bob, quarantine.Filter{}); got != 6 {
		t.Errorf("bob sees %d", got)
	}
	if _, err := svc.Get(ctx, bob, secret.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob reads a hidden item: %v", err)
	}
	counts, err := svc.Counts(ctx, ana, quarantine.Filter{})
	want := []quarantine.Count{{Stage: "parse", Code: "bad_pdf", Count: 5}, {Stage: "acquire", Code: "x", Count: 1}, {Stage: "ingest", Code: "type_unknown", Count: 1}}
	if diff := cmp.Diff(want, counts); diff != "" || err != nil {
		t.Errorf("counts (%v):\n%s", err, diff)
	}
	items, next, err := svc.List(ctx, ana, quarantine.Filter{Stage: "parse"}, report.Page{Limit: 2})
	if err != nil || len(items) != 2 || next == "" || items[0].Item != "file 4" || items[0].SourceName == "" {
		t.Errorf("first page: %+v, %q, %v", items, next, err)
	}
	one, err := svc.Get(ctx, ana, items[0].ID)
	if err != nil || len(one.Payload) != quarantine.MaxPayload || !one.HasBlob || one.Reason != "broken? \uFFFD" || one.Params["page"] != "3" {
		t.Errorf("one: %d bytes, %+v, %v", len(one.Payload), one.Reason, err)
	}
	testQuarantineActs(t, svc, again, ana, bob, items[0].ID)
	if h, err := d.db.History(ctx, ana.Scope, "quarantine", items[0].ID, 0, 10); err != nil || len(h) != 4 { // made, discarded, reopened, replayed
		t.Errorf("history: %d, %v", len(h), err)
	}
	testQuarantinePurge(t, svc, ana)
}

func testQuarantineActs(t *testing.T, svc *quarantine.Service, again *replays, ana, bob sharing.Actor, one id.ID) {
	ctx := t.Context()
	if n, err := svc.Discard(ctx, bob, quarantine.Filter{IDs: []id.ID{one}}); n != 0 || errs.KindOf(err) != errs.Forbidden {
		t.Errorf("bob discards: %d, %v", n, err)
	}
	reader := ana
	reader.Perms = reader.Perms[:2]
	if _, err := svc.Replay(ctx, reader, quarantine.Filter{}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("without sources.manage: %v", err)
	}
	act := func(what string, n int, err error, want int) {
		t.Helper()
		if err != nil || n != want {
			t.Errorf("%s: %d, %v, want %d", what, n, err, want)
		}
	}
	n, err := svc.Discard(ctx, ana, quarantine.Filter{IDs: []id.ID{one}})
	act("discard", n, err, 1)
	n, err = svc.Discard(ctx, ana, quarantine.Filter{IDs: []id.ID{one}})
	act("discard again", n, err, 0)
	n, err = svc.Reopen(ctx, ana, quarantine.Filter{IDs: []id.ID{one}})
	act("reopen", n, err, 1)
	again.refuse = "file 2"
	n, err = svc.Replay(ctx, ana, quarantine.Filter{Stage: "parse"})
	if n != 4 || errs.KindOf(err) != errs.Unavailable || len(again.seen) != 4 {
		t.Errorf("replayed %d (%v): %d", n, err, len(again.seen))
	}
	again.refuse = ""
	n, err = svc.Replay(ctx, ana, quarantine.Filter{Stage: "parse"})
	act("the rest", n, err, 1)
	if !strings.HasSuffix(again.seen[4], "xxx") {
		t.Error("the replayer gets the payload")
	}
}

// testQuarantinePurge checks that retention leaves what is open and what is young.
func testQuarantinePurge(t *testing.T, svc *quarantine.Service, ana sharing.Actor) {
	ctx := t.Context()
	left := func() (n int) {
		for _, st := range []quarantine.State{quarantine.Open, quarantine.Replayed, quarantine.Discarded} {
			found, _, err := svc.List(ctx, ana, quarantine.Filter{State: st}, report.Page{Limit: 100})
			must(t, err)
			n += len(found)
		}
		return n
	}
	before := left()
	if n, err := svc.Purge(ctx, time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("young ones: %d, %v", n, err)
	}
	if n, err := svc.Purge(ctx, time.Now().Add(time.Hour)); n != 5 || err != nil || left() != before-5 {
		t.Errorf("resolved ones: %d, %v, %d of %d left", n, err, left(), before)
	}
}
