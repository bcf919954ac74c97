package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func testAssess(t *testing.T, open Factory) {
	d := newDesk(t, open)
	ctx := t.Context()
	svc := assess.New(d.db, nil, nil)
	c := seedSource(t, d.db, 1, "Vendor C")
	shared, hash1, hash2 := sharedHost, firstHash, secondHash
	first := d.ingest(t, report.Batch{
		Report:  &report.Draft{Key: "1", Kind: report.KindReport, Title: "one"},
		Objects: []report.ObjectDraft{{Name: "file"}},
		Claims:  append(claims(shared, "cdn.evil-site.com", "198.51.100.7"), report.ClaimDraft{Stated: hash1, Object: 1}, report.ClaimDraft{Stated: hash2, Object: 1}),
	})
	d.ingest(t, report.Batch{Report: &report.Draft{Key: "2", Kind: report.KindReport, Title: "same publisher"}, Claims: claims(shared)})
	d.ingest(t, report.Batch{Source: c, Report: &report.Draft{Key: "3", Kind: report.KindReport, Title: "three"}, Claims: claims(shared, "198.51.100.0/24")})
	secret := sharing.ACL{Owner: 2, Distribution: sharing.OrganisationOnly, TLP: marking.TLPRed}
	_, err := d.svc.Ingest(ctx, d.bob, report.Batch{Source: d.src2, Report: &report.Draft{Key: "4", Kind: report.KindReport, Title: "bob's secret", ACL: &secret}, Claims: claims(shared, "only.bob.org", hash1)})
	must(t, err)

	value := func(s string) observable.Value { return recognised(t, s) }
	sums, err := svc.Lookup(ctx, d.ana.Scope, []observable.Value{value(shared), value("only.bob.org"), value("never.seen.org"), value(hash1)})
	must(t, err)
	if s := sums[0]; !s.Known || s.Reports != 3 || s.Publishers != 2 || s.Score.Total <= sums[3].Score.Total {
		t.Errorf("shared value: %+v (lone %+v)", s, sums[3])
	}
	if sums[1].Known || sums[2].Known || sums[3].Publishers != 1 {
		t.Errorf("hidden or unknown values: %+v", sums[1:])
	}
	testAround(t, d, svc, sums[0].ID)
	over, _, err := svc.Overlaps(ctx, d.ana.Scope, time.Now().Add(-time.Hour), report.Page{})
	must(t, err)
	if len(over) != 1 || over[0].Value.Text != shared {
		t.Errorf("overlaps: %+v", over)
	}
	n, err := query.Parse("publishers:>=2 score:>0")
	must(t, err)
	list, _, err := svc.List(ctx, d.ana.Scope, n, report.Page{})
	must(t, err)
	if len(list) != 1 {
		t.Errorf("computed filters: %+v", list)
	}
	if _, err := svc.Value(ctx, d.ana.Scope, idOf(t, d, "only.bob.org")); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob's value: %v", err)
	}
	// Rejected claims and false positives lower the score.
	_, err = d.svc.Review(ctx, d.ana, report.Decision{Claims: first.Claims[:1], State: report.Rejected, Reach: report.Everywhere, Reason: "benign"})
	must(t, err)
	after, err := svc.Lookup(ctx, d.ana.Scope, []observable.Value{value(shared)})
	must(t, err)
	if after[0].Score.Total != 0 || after[0].States["rejected"] != 3 {
		t.Errorf("after rejection: %+v", after[0])
	}
}

func idOf(t *testing.T, d desk, s string) id.ID {
	t.Helper()
	v, _ := observable.Recognise(s)
	ids, _, err := d.db.ResolveValues(t.Context(), []observable.Value{v})
	must(t, err)
	return ids[0]
}

// The values of testAssess.
const (
	sharedHost = "beacon.evil-site.com"
	firstHash  = "0000000000000000000000000000000000000000000000000000000000000001"
	secondHash = "00000000000000000000000000000002"
)

func recognised(t *testing.T, s string) observable.Value {
	t.Helper()
	v, ok := observable.Recognise(s)
	if !ok {
		t.Fatalf("%q is not recognised", s)
	}
	return v
}

func testAround(t *testing.T, d desk, svc *assess.Service, shared id.ID) {
	t.Helper()
	ctx := t.Context()
	view, err := svc.Value(ctx, d.ana.Scope, shared)
	must(t, err)
	if len(view.Evidence) != 2 || view.Evidence[0].Publisher.Name != "Vendor A" || view.Evidence[0].Reports != 2 {
		t.Errorf("evidence: %+v", view.Evidence)
	}
	around := func(r assess.Relation, s string) []string {
		found, err := svc.Lookup(ctx, d.ana.Scope, []observable.Value{recognised(t, s)})
		must(t, err)
		list, _, err := svc.Around(ctx, d.ana.Scope, found[0].ID, r, report.Page{})
		must(t, err)
		var out []string
		for _, x := range list {
			out = append(out, x.Value.Text)
		}
		return out
	}
	for _, tc := range []struct {
		relation assess.Relation
		of       string
		want     string
	}{
		{assess.Domain, sharedHost, "[cdn.evil-site.com]"}, {assess.Containing, "198.51.100.7", "[198.51.100.0/24]"}, {assess.Inside, "198.51.100.0/24", "[198.51.100.7]"},
		{assess.SameFile, firstHash, "[" + secondHash + "]"}, {assess.Siblings, "198.51.100.0/24", "[" + sharedHost + "]"},
	} {
		if got := fmt.Sprint(around(tc.relation, tc.of)); got != tc.want {
			t.Errorf("%s of %s: %s, want %s", tc.relation, tc.of, got, tc.want)
		}
	}
}
