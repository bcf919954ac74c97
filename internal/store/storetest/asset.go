package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

type assetDesk struct {
	desk
	svc      *asset.Service
	ana, bob sharing.Actor
	clock    *moving
}

func testAsset(t *testing.T, open Factory) {
	for name, test := range map[string]func(*testing.T, assetDesk){
		"edit": testAssetEdit, "import": testAssetImport, "matcher": testAssetMatcher, "rematch": testAssetRematch,
	} {
		t.Run(name, func(t *testing.T) {
			d := assetDesk{desk: newDesk(t, open), ana: manager(1, 101), bob: manager(2, 102), clock: newMoving()}
			var err error
			d.svc, err = asset.New(asset.Options{Store: d.db, Values: d.db, Tx: d.db, Changes: d.db, Clock: d.clock.now})
			must(t, err)
			test(t, d)
		})
	}
}

func testAssetEdit(t *testing.T, d assetDesk) {
	ctx := t.Context()
	a, err := d.svc.Create(ctx, d.ana, asset.Draft{Value: "WWW.Contoso.com", Criticality: 3, Tags: []string{"web"}})
	must(t, err)
	got, err := d.svc.Get(ctx, d.ana, a.ID)
	must(t, err)
	if diff := cmp.Diff(a, got); diff != "" || a.Kind != asset.Domain || a.Value != "www.contoso.com" || a.Name != "WWW.Contoso.com" || a.UUID.IsZero() {
		t.Errorf("made %+v, read back:\n%s", a, diff)
	}
	if _, err := d.svc.Create(ctx, d.ana, asset.Draft{Value: "www.contoso.COM"}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("twice: %v", err)
	}
	if _, err := d.svc.Create(ctx, d.bob, asset.Draft{Value: "www.contoso.com"}); err != nil {
		t.Errorf("another organisation has it too: %v", err)
	}
	for name, err := range map[string]error{
		"read": second(d.svc.Get(ctx, d.bob, a.ID)), "edit": second(d.svc.Update(ctx, d.bob, a.ID, asset.Edit{Version: 1})), "delete": d.svc.Delete(ctx, d.bob, a.ID, 1),
	} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s by another organisation: %v", name, err)
		}
	}
	reader := d.ana
	reader.Perms = reader.Perms[:1]
	if _, err := d.svc.Create(ctx, reader, asset.Draft{Value: "x.org"}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("without the permission: %v", err)
	}
	comment := "main site"
	edited, err := d.svc.Update(ctx, d.ana, a.ID, asset.Edit{Version: 1, Comment: &comment})
	if err != nil || edited.Comment != comment || edited.Version != 2 {
		t.Errorf("edited: %+v, %v", edited, err)
	}
	if _, err := d.svc.Update(ctx, d.ana, a.ID, asset.Edit{Version: 1, Comment: &comment}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale: %v", err)
	}
	must(t, d.svc.Delete(ctx, d.ana, a.ID, 2))
	back, err := d.svc.Create(ctx, d.ana, asset.Draft{Kind: asset.Domain, Value: "www.contoso.com", Name: "again"})
	if err != nil || back.ID != a.ID || back.Deleted || back.Name != "again" || back.Comment != "" {
		t.Errorf("a deleted one comes back: %+v, %v", back, err)
	}
	ops := ""
	history, err := d.db.History(ctx, d.ana.Scope, "asset", a.ID, 0, 10)
	must(t, err)
	for _, e := range history {
		ops += e.Op + " "
	}
	if ops != "revive delete update create " {
		t.Errorf("history: %s", ops)
	}
	if h, err := d.db.History(ctx, d.bob.Scope, "asset", a.ID, 0, 10); err != nil || len(h) > 0 {
		t.Errorf("bob reads the history: %v, %v", h, err)
	}
}

func second[T any](_ T, err error) error { return err }

func testAssetImport(t *testing.T, d assetDesk) {
	ctx := t.Context()
	file := "kind,value,name,criticality\ndomain,contoso.com,Site,high\nnetwork,10.0.0.0/16,,\nbrand,银狐,,\nbad,x,,\n"
	imp := func(file string, dry bool) asset.ImportResult {
		t.Helper()
		res, err := d.svc.Import(ctx, d.ana, strings.NewReader(file), dry)
		must(t, err)
		return res
	}
	want := asset.ImportResult{DryRun: true, Rows: 4, Added: 3, Failed: 1, Errors: []asset.RowError{{
		Line: 5, Column: "kind", Value: "bad", Code: "asset_kind", Message: "bad is no kind of asset: use domain, network, brand or software.", Params: map[string]any{"value": "bad"},
	}}}
	if diff := cmp.Diff(want, imp(file, true)); diff != "" {
		t.Errorf("dry run:\n%s", diff)
	}
	if list, _, err := d.svc.List(ctx, d.ana, asset.Filter{}, report.Page{}); err != nil || len(list) != 0 {
		t.Errorf("a dry run wrote: %v, %v", list, err)
	}
	want.DryRun = false
	if diff := cmp.Diff(want, imp(file, false)); diff != "" {
		t.Errorf("import:\n%s", diff)
	}
	res := imp("value,kind,comment\ncontoso.com,domain,seen\n10.0.0.0/16,network,\n", false)
	if res.Updated != 1 || res.Unchanged != 1 || res.Added != 0 {
		t.Errorf("again: %+v", res)
	}
	list, next, err := d.svc.List(ctx, d.ana, asset.Filter{Match: "CONTOSO"}, report.Page{Limit: 1})
	if err != nil || len(list) != 1 || next != "" || list[0].Comment != "seen" || list[0].Name != "Site" || list[0].Criticality != 3 {
		t.Errorf("merged: %+v, %v", list, err)
	}
	var big strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&big, "domain,host%d.contoso.com\n", i)
	}
	if res := imp(big.String(), false); res.Added != 3000 {
		t.Errorf("many: %+v", res)
	}
	seen := 0
	for p := (report.Page{Limit: 700}); ; {
		list, next, err := d.svc.List(ctx, d.ana, asset.Filter{Kind: asset.Domain}, p)
		must(t, err)
		seen += len(list)
		if p.Cursor = next; next == "" {
			break
		}
	}
	if seen != 3001 {
		t.Errorf("paged through %d", seen)
	}
	if list, _, err := d.svc.List(ctx, d.bob, asset.Filter{Org: 1}, report.Page{}); err != nil || len(list) != 0 {
		t.Errorf("bob lists them: %v, %v", len(list), err)
	}
}

func testAssetMatcher(t *testing.T, d assetDesk) {
	ctx := t.Context()
	own := observable.Value{Type: observable.Domain, Text: "contoso.com"}
	match := func(svc *asset.Service, org id.ID) bool {
		t.Helper()
		m, err := svc.Matcher(ctx, org)
		must(t, err)
		return m.Own(own)
	}
	if match(d.svc, 1) {
		t.Error("own before there is an asset")
	}
	other, err := asset.New(asset.Options{Store: d.db, Tx: d.db, Changes: d.db, Clock: d.clock.now}) // another host
	must(t, err)
	match(other, 1)
	a, err := d.svc.Create(ctx, d.ana, asset.Draft{Value: "contoso.com"})
	must(t, err)
	if !match(d.svc, 1) || match(d.svc, 2) {
		t.Error("a new asset counts at once, for its organisation")
	}
	if match(other, 1) {
		t.Error("another host asked the store too early: the test is wrong")
	}
	d.clock.pass(3e9)
	if !match(other, 1) {
		t.Error("another host learns of it within seconds")
	}
	before, err := d.svc.Matcher(ctx, 1)
	must(t, err)
	must(t, d.svc.Delete(ctx, d.ana, a.ID, 1))
	if match(d.svc, 1) || !before.Own(own) {
		t.Error("a deleted asset does not count; a matcher in use does not change")
	}
}

func testAssetRematch(t *testing.T, d assetDesk) {
	ctx := t.Context()
	res := d.ingest(t, report.Batch{
		Report: &report.Draft{Key: "1", Kind: report.KindReport, Title: "one"},
		Claims: claims("login.contoso.com", "contoso-login.com", "198.51.100.7", "evil.org", "https://contoso.com/x"),
	})
	d.ingest(t, report.Batch{Report: &report.Draft{Key: "2", Kind: report.KindReport, Title: "two"}, Claims: claims("login.contoso.com")})
	hidden := sharing.ACL{Owner: 2, Distribution: sharing.OrganisationOnly}
	_, err := d.desk.svc.Ingest(ctx, d.desk.bob, report.Batch{Source: d.src2, Report: &report.Draft{Key: "3", Kind: report.KindReport, Title: "three", ACL: &hidden}, Claims: claims("login.contoso.com")})
	must(t, err)
	site, err := d.svc.Create(ctx, d.ana, asset.Draft{Value: "contoso.com"})
	must(t, err)
	net, err := d.svc.Create(ctx, d.ana, asset.Draft{Value: "198.51.100.0/24"})
	must(t, err)
	added, err := d.svc.Rematch(ctx, d.ana, nil)
	if err != nil || added != 6 { // login 3 times, look-alike, URL, address
		t.Errorf("added %d, %v", added, err)
	}
	if again, err := d.svc.Rematch(ctx, d.ana, nil); err != nil || again != 0 {
		t.Errorf("again %d, %v", again, err)
	}
	hits, err := d.svc.Hits(ctx, d.ana, []id.ID{site.ID, net.ID})
	if diff := cmp.Diff(map[id.ID]int64{site.ID: 2, net.ID: 1}, hits); diff != "" || err != nil {
		t.Errorf("reports that ana sees (%v):\n%s", err, diff)
	}
	if hits, err := d.svc.Hits(ctx, d.bob, []id.ID{site.ID}); err != nil || len(hits) != 0 {
		t.Errorf("bob counts ana's assets: %v, %v", hits, err)
	}
	if res.Fresh != 5 {
		t.Errorf("fresh %d", res.Fresh)
	}
	for text, want := range map[string]int{"own:yes": 2, "own:" + site.ID.String(): 2, "own:" + net.ID.String(): 1, "own:999999": 0} {
		n, err := query.Parse(text)
		must(t, err)
		if found, _, err := d.db.List(ctx, d.ana.Scope, report.Filter{Query: n}, report.Page{}); err != nil || len(found) != want {
			t.Errorf("%s finds %d reports, want %d: %v", text, len(found), want, err)
		}
	}
	must(t, d.db.Run(ctx, func(ctx context.Context) error { return d.db.ClearAssetHits(ctx, []id.ID{site.ID}) }))
	if hits, err := d.svc.Hits(ctx, d.ana, []id.ID{site.ID}); err != nil || len(hits) != 0 {
		t.Errorf("cleared: %v, %v", hits, err)
	}
}
