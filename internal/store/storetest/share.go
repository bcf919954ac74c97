package storetest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

// plain writes one value a line, in the order asked for.
func plain(order export.Order) export.Format {
	return export.Format{Name: "plain", Write: func(ctx context.Context, w io.Writer, in export.Input) error {
		return in.Rows(ctx, order, func(r export.Row) error {
			_, err := fmt.Fprintln(w, r.Claim.Stated)
			return err
		})
	}}
}

func newShare(t *testing.T, d desk, f export.Format) *share.Service {
	t.Helper()
	blobs, err := blob.OpenDir(t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, blobs.Close()) })
	lists, _, err := taxonomy.NewMatcher([]taxonomy.List{{ID: 1, Category: taxonomy.FalsePositive, Warninglist: misp.Warninglist{Name: "cdn", Type: "hostname", List: []string{"listed.org"}, Matching: []string{"domain", "hostname"}}}})
	must(t, err)
	s, err := share.New(share.Options{
		Store: d.db, Reports: d.db, Review: d.svc, Assess: assess.New(d.db, nil, nil), Changes: d.db, Blobs: blobs, Tx: d.db, Formats: []export.Format{f},
		Lists: func() (*taxonomy.Matcher, error) { return lists, nil },
		Own: func(_ context.Context, _ id.ID, v observable.Value) (bool, error) {
			return v.Text == "ours.test.org", nil
		},
		Producer: func(context.Context, id.ID) (export.Producer, error) { return export.Producer{Name: "us"}, nil },
		Viewer:   func(context.Context, id.ID) (sharing.Actor, error) { return d.ana, nil },
	})
	must(t, err)
	return s
}

func testShare(t *testing.T, open Factory) {
	d := newDesk(t, open)
	ctx := t.Context()
	d.ana.Perms = sharing.Permissions()
	red := sharing.ACL{Owner: 1, Distribution: sharing.Community, TLP: marking.TLPRed}
	no, old := false, time.Now().Add(-time.Hour)
	values := claims("a.test.org", "b.test.org", "c.test.org", "x.listed.org", "ours.test.org", "quiet.test.org", "old.test.org")
	values[5].ToIDs, values[6].Expires = &no, old
	d.ingest(t, report.Batch{Accept: true, Report: &report.Draft{Key: "1", Kind: report.KindReport, Title: "one"}, Claims: values})
	d.ingest(t, report.Batch{Report: &report.Draft{Key: "2", Kind: report.KindReport, Title: "proposed"}, Claims: claims("later.test.org")})
	d.ingest(t, report.Batch{Accept: true, Report: &report.Draft{Key: "3", Kind: report.KindReport, Title: "red", ACL: &red}, Claims: claims("red.test.org")})
	var many []report.ClaimDraft
	for i := range 2500 {
		many = append(many, report.ClaimDraft{Stated: fmt.Sprintf("h%d.bulk-test.org", i)}, report.ClaimDraft{Stated: fmt.Sprintf("10.0.%d.%d", i/250, i%250)})
	}
	d.ingest(t, report.Batch{Accept: true, Claims: many}) // stands alone

	for _, order := range []export.Order{export.ByReport, export.ByValue} {
		svc := newShare(t, d, plain(order))
		var out strings.Builder
		counts, err := svc.Write(ctx, d.ana, share.Request{Format: "plain", Query: "-value:*bulk-test* -type:ip"}, &out)
		must(t, err)
		if got := strings.Fields(out.String()); !slices.Equal(got, []string{"a.test.org", "b.test.org", "c.test.org"}) {
			t.Errorf("order %d: %v", order, got)
		}
		for reason, want := range map[string]int64{"proposed": 1, "not_to_ids": 1, "expired": 1, "listed": 1, "own": 1, "ceiling": 1} {
			if counts.Held[reason] != want {
				t.Errorf("held %s = %d, want %d (%v)", reason, counts.Held[reason], want, counts.Held)
			}
		}
		out.Reset()
		counts, err = svc.Write(ctx, d.ana, share.Request{Format: "plain", All: true}, &out)
		must(t, err)
		lines := strings.Fields(out.String())
		slices.Sort(lines)
		if n := len(lines); n != 5008 || counts.Rows != 5008 || len(slices.Compact(lines)) != n {
			t.Errorf("order %d: all has %d rows", order, n)
		}
	}
	testFeeds(t, d, newShare(t, d, plain(export.ByValue)))
}

func testFeeds(t *testing.T, d desk, svc *share.Service) {
	t.Helper()
	ctx := t.Context()
	f, token, err := svc.CreateFeed(ctx, d.ana, share.Feed{Name: "hosts", Format: "plain", Query: "value:*.test.org", Enabled: true})
	must(t, err)
	if _, _, err := svc.Open(ctx, "wrong"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("wrong token: %v", err)
	}
	got, actor, err := svc.Open(ctx, token)
	must(t, err)
	first, err := svc.Copy(ctx, got, actor)
	must(t, err)
	must(t, svc.Log(ctx, share.Fetch{Export: f.ID, Who: "firewall", Status: 200, ETag: first.ETag, Rows: first.Counts.Rows, Snapshot: first.Ref.SHA256}))
	// What the owner may not see changes nothing.
	secret := sharing.ACL{Owner: 2, Distribution: sharing.OrganisationOnly, TLP: marking.TLPRed}
	_, err = d.svc.Ingest(ctx, d.bob, report.Batch{Source: d.src2, Accept: true, Report: &report.Draft{Key: "s", Kind: report.KindReport, Title: "s", ACL: &secret}, Claims: claims("bob.test.org")})
	must(t, err)
	again, err := svc.Copy(ctx, got, actor)
	must(t, err)
	if again.ETag != first.ETag || first.Counts.Rows != 3 {
		t.Errorf("copies: %+v then %+v", first, again)
	}
	v := recognised(t, "a.test.org")
	why, err := svc.Why(ctx, d.ana, got.Request(), v)
	must(t, err)
	if !why.On || len(why.Claims) != 1 {
		t.Errorf("why: %+v", why)
	}
	recalled, err := svc.Recall(ctx, d.ana, v, "benign", "")
	must(t, err)
	if len(recalled.Feeds) != 1 || len(recalled.Feeds[0].Fetches) != 1 || recalled.Feeds[0].Fetches[0].Who != "firewall" {
		t.Errorf("recall: %+v", recalled)
	}
	if n, err := svc.Purge(ctx, time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("young records: %d, %v", n, err)
	}
	if n, err := svc.Purge(ctx, time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("records of fetches: %d, %v", n, err)
	}
	after, err := svc.Copy(ctx, got, actor)
	must(t, err)
	if why, err := svc.Why(ctx, d.ana, got.Request(), v); err != nil || why.On || why.Claims[0].Reason != "rejected" || after.ETag == first.ETag {
		t.Errorf("after recall: %+v %v", why, err)
	}
	f.Version, f.Enabled = got.Version, false
	if _, err := svc.EditFeed(ctx, d.ana, f); err != nil {
		t.Fatal(err)
	}
	if _, _, err := svc.Open(ctx, token); errs.KindOf(err) != errs.NotFound {
		t.Errorf("disabled: %v", err)
	}
	if _, err := svc.Feed(ctx, d.bob, f.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob's view: %v", err)
	}
}
