package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// bench is a store with two organisations, a source each, and a service.
type desk struct {
	db   *sqldb.DB
	svc  *report.Service
	ana  sharing.Actor // analyst of organisation 1
	bob  sharing.Actor // analyst of organisation 2
	src  id.ID         // source of organisation 1, community, AMBER
	src2 id.ID         // source of organisation 2
}

func newDesk(t *testing.T, open Factory) desk {
	t.Helper()
	db := open(t)
	svc, err := report.New(report.Options{Tx: db, Bulk: db, Store: db, Corrections: db, Remarks: db, Changes: db})
	if err != nil {
		t.Fatal(err)
	}
	d := desk{db: db, svc: svc}
	d.ana, d.bob = analyst(1, 101), analyst(2, 102)
	for org := id.ID(1); org <= 2; org++ {
		must(t, db.SeedOrganisation(t.Context(), org, fmt.Sprintf("Org %d", org)))
	}
	d.src = seedSource(t, db, 1, "Vendor A")
	d.src2 = seedSource(t, db, 2, "Vendor B")
	return d
}

func analyst(org, user id.ID) sharing.Actor {
	return sharing.Actor{
		User: user, Org: org, Name: fmt.Sprintf("user%d", user), Via: "test", Perms: sharing.Permissions()[:5],
		Scope: sharing.For(sharing.Asker{User: user, Org: org, Clearance: marking.TLPRed}),
	}
}

func seedSource(t *testing.T, db *sqldb.DB, org id.ID, publisher string) id.ID {
	t.Helper()
	n, err := db.SeedSource(t.Context(), org, publisher, sharing.ACL{Owner: org, Distribution: sharing.Community, TLP: marking.TLPAmber})
	must(t, err)
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func claims(values ...string) []report.ClaimDraft {
	out := make([]report.ClaimDraft, len(values))
	for i, v := range values {
		out[i] = report.ClaimDraft{Stated: v, Place: fmt.Sprintf("row %d", i+1)}
	}
	return out
}

func (d desk) ingest(t *testing.T, b report.Batch) report.Result {
	t.Helper()
	if b.Source == 0 {
		b.Source = d.src
	}
	res, err := d.svc.Ingest(t.Context(), d.ana, b)
	must(t, err)
	return res
}

func testReport(t *testing.T, open Factory) {
	t.Run("ingest is idempotent", func(t *testing.T) { testIngestTwice(t, newDesk(t, open)) })
	t.Run("correct and re-read", func(t *testing.T) { testCorrections(t, newDesk(t, open)) })
	t.Run("undo", func(t *testing.T) { testUndo(t, newDesk(t, open)) })
	t.Run("renewal", func(t *testing.T) { testRenewal(t, newDesk(t, open)) })
	t.Run("search", func(t *testing.T) { testQueries(t, newDesk(t, open)) })
	t.Run("visibility", func(t *testing.T) { testReportVisibility(t, newDesk(t, open)) })
}

func testIngestTwice(t *testing.T, d desk) {
	b := report.Batch{
		Consumer: "ingest", Message: "m1",
		Report:    &report.Draft{Key: "https://blog.test/a", Kind: report.KindReport, Title: "A write-up", Published: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Tags: []string{"tlp:amber", "apt"}},
		Documents: []report.DocumentDraft{{Key: "https://blog.test/a", Name: "a.html", Blob: blob.Hash{1}, TextBlob: blob.Hash{2}, TextSize: 100, Parser: "html"}},
		Claims:    append(claims("evil.test.org", "198.51.100.7", "not an indicator", "198.51.100.0/24", "d41d8cd98f00b204e9800998ecf8427e"), claims("evil[.]test[.]org")...),
	}
	b.Claims[0].Mentions = []report.MentionDraft{{Document: 0, Start: 5, End: 18}}
	b.Claims[5].Mentions = []report.MentionDraft{{Document: 0, Start: 50, End: 67}}
	res := d.ingest(t, b)
	if !res.NewReport || res.Fresh != 4 || res.Values != 4 || len(res.Refused) != 1 || res.Refused[0].Place != "row 3" || res.Refused[0].Code != "value_unknown" {
		t.Fatalf("first: %+v", res)
	}
	if again := d.ingest(t, b); !again.Repeated || again.Fresh != 0 {
		t.Errorf("same message: %+v", again)
	}
	b.Message = "m2"
	if again := d.ingest(t, b); !again.Unchanged || again.Report != res.Report {
		t.Errorf("same bytes: %+v", again)
	}
	b.Message, b.Documents[0].Blob = "m3", blob.Hash{3}
	b.Claims = append(b.Claims, claims("203.0.113.9")...)
	again := d.ingest(t, b)
	if again.Report != res.Report || again.NewReport || again.Fresh != 1 || again.Known != 5 {
		t.Errorf("new version: %+v", again)
	}
	got, _, err := d.db.Claims(t.Context(), d.ana.Scope, report.Filter{Report: res.Report}, report.Page{})
	must(t, err)
	if len(got) != 5 || got[0].Stated != "evil.test.org" || got[0].Parts[0].Value.Text != "evil.test.org" || got[0].ACL.Owner != 1 || got[0].State != report.Proposed {
		t.Errorf("claims: %+v", got)
	}
	docs, err := d.db.Documents(t.Context(), d.ana.Scope, res.Report)
	must(t, err)
	if len(docs) != 2 || !docs[0].Current || docs[1].Current || docs[0].Blob != (blob.Hash{3}) {
		t.Errorf("documents: %+v", docs)
	}
	ms, err := d.db.Mentions(t.Context(), d.ana.Scope, report.Filter{Report: res.Report})
	must(t, err)
	if len(ms) != 4 {
		t.Errorf("mentions: %+v", ms)
	}
	r, err := d.db.Get(t.Context(), d.ana.Scope, res.Report)
	must(t, err)
	if len(r.Tags) != 2 || r.Publisher.Name != "Vendor A" || r.ACL.TLP != marking.TLPAmber {
		t.Errorf("report: %+v", r)
	}
	if n, err := d.db.FindReport(t.Context(), 1, 0, "", r.UUID); err != nil || n != r.ID {
		t.Errorf("its derived UUID must lead to it: %d, %v", n, err)
	}
}

func testCorrections(t *testing.T, d desk) {
	ctx := t.Context()
	first := d.ingest(t, report.Batch{Report: &report.Draft{Key: "k1", Kind: report.KindReport, Title: "one"}, Claims: claims("false.positive.org", "bad.test.org")})
	second := d.ingest(t, report.Batch{Report: &report.Draft{Key: "k2", Kind: report.KindReport, Title: "two"}, Claims: claims("false.positive.org")})
	done, err := d.svc.Review(ctx, d.ana, report.Decision{Claims: first.Claims[:1], State: report.Rejected, Reach: report.ThisSource, Reason: "benign"})
	must(t, err)
	if len(done.Claims) != 2 || len(done.Corrections) != 1 {
		t.Fatalf("done: %+v", done)
	}
	// Read again: what was corrected stays corrected, in old and new reports of the source.
	again := d.ingest(t, report.Batch{Report: &report.Draft{Key: "k1", Kind: report.KindReport, Title: "one"}, Documents: []report.DocumentDraft{{Key: "k1", Blob: blob.Hash{9}}}, Claims: claims("false.positive.org", "bad.test.org", "fresh.test.org")})
	third := d.ingest(t, report.Batch{Report: &report.Draft{Key: "k3", Kind: report.KindReport, Title: "three"}, Claims: claims("false.positive.org")})
	if again.Known != 2 || again.Fresh != 1 || third.Rejected != 1 {
		t.Errorf("again: %+v third: %+v", again, third)
	}
	states := func(n id.ID) map[string]int64 {
		m, _, err := d.db.Tally(ctx, d.ana.Scope, report.Filter{Report: n})
		must(t, err)
		return m
	}
	if got := states(third.Report); got["rejected"] != 1 {
		t.Errorf("third: %v", got)
	}
	// Another source of the same organisation is not reached; another organisation's neither.
	other := seedSource(t, d.db, 1, "Vendor C")
	d.ingest(t, report.Batch{Source: other, Report: &report.Draft{Key: "k1", Kind: report.KindReport, Title: "other"}, Claims: claims("false.positive.org")})
	if _, err := d.svc.LiftCorrection(ctx, d.bob, done.Corrections[0]); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob must not see it: %v", err)
	}
	// Lifting it frees the claims that it set.
	_, err = d.svc.LiftCorrection(ctx, d.ana, done.Corrections[0])
	must(t, err)
	for _, n := range []id.ID{first.Report, second.Report, third.Report} {
		if got := states(n); got["rejected"] != 0 {
			t.Errorf("report %d after lifting: %v", n, got)
		}
	}
}

func testUndo(t *testing.T, d desk) {
	ctx := t.Context()
	res := d.ingest(t, report.Batch{Report: &report.Draft{Key: "k", Kind: report.KindReport, Title: "undo"}, Claims: claims("one.test.org", "two.test.org")})
	before, err := d.db.ClaimsByID(ctx, d.ana.Scope, res.Claims)
	must(t, err)
	done, err := d.svc.Review(ctx, d.ana, report.Decision{Claims: res.Claims, State: report.Rejected, Reach: report.Everywhere, Reason: "benign"})
	must(t, err)
	undone, err := d.svc.Undo(ctx, d.ana, done.Undo)
	must(t, err)
	after, err := d.db.ClaimsByID(ctx, d.ana.Scope, res.Claims)
	must(t, err)
	ignore := cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name == ".Version" || name == ".Modified" || name == ".Reviewer"
	}, cmp.Ignore())
	if diff := cmp.Diff(before, after, ignore); diff != "" {
		t.Errorf("undo: %s", diff)
	}
	if active, _, err := d.db.ListCorrections(ctx, d.ana.Scope, report.CorrectionFilter{Active: true}, report.Page{}); err != nil || len(active) != 0 {
		t.Errorf("corrections after undo: %v %v", active, err)
	}
	// An edit, then somebody else's edit, then undo: refused by name.
	value := "three.test.org"
	edit, err := d.svc.EditClaim(ctx, d.ana, res.Claims[0], report.ClaimEdit{Value: &value})
	must(t, err)
	if _, err := d.svc.SetToIDs(ctx, d.ana, res.Claims[:1], false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.svc.Undo(ctx, d.ana, edit.Undo); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale undo: %v", err)
	}
	if _, err := d.svc.Undo(ctx, d.bob, undone.Undo); err == nil {
		t.Error("another organisation must not undo")
	}
	again := d.ingest(t, report.Batch{Report: &report.Draft{Key: "k", Kind: report.KindReport, Title: "undo"}, Documents: []report.DocumentDraft{{Key: "k", Blob: blob.Hash{7}}}, Claims: claims("one.test.org", "two.test.org")})
	if again.Fresh != 0 {
		t.Errorf("an edited value must not come back: %+v", again)
	}
	title := "new title"
	if _, err := d.svc.Edit(ctx, d.ana, res.Report, report.Edit{Version: 1, Title: &title}); err != nil {
		t.Fatal(err)
	}
	_, err = d.svc.Edit(ctx, d.ana, res.Report, report.Edit{Version: 1, Title: &title})
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != "stale" || e.Params["who"] != d.ana.Name {
		t.Errorf("stale write: %v", err)
	}
}

func testQueries(t *testing.T, d desk) {
	ctx := t.Context()
	res := d.ingest(t, report.Batch{
		Report: &report.Draft{Key: "q", Kind: report.KindReport, Title: "银狐 loader", Lang: "zh", Published: time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC), Tags: []string{"threat:银狐"}},
		Claims: claims("10.20.30.40", "10.20.0.0/16", "https://sub.evil-site.com/gate.php", "cdn.evil-site.com", "CVE-2024-3094"),
	})
	must(t, d.db.IndexTokens(ctx, res.Report, query.Tokens("银狐 loader"), query.Tokens("分析显示银狐木马使用 DLL side-loading")))
	must(t, d.db.IndexNewValues(ctx))
	for q, want := range map[string]int{
		"10[.]20[.]30[.]40": 1, "net:10.0.0.0/8": 2, "net:10.20.30.40": 2, "domain:evil-site.com": 2, "type:ip": 2, "type:url": 1, "value:*evil-site*": 2,
		"type:vulnerability": 1, "state:proposed": 5, "-state:proposed": 0, "tag:threat:*": 5, "tlp:amber": 5, "tlp:<amber": 0, "tlp:>=amber": 5, "published:2024-05": 5, "published:<2024": 0,
		"published:2024-01..2024-12": 5, "source:\"Vendor A\"": 5, "publisher:vendor*": 5, "银狐": 5, "木马使用": 5, "lang:en": 0, "pain:2": 2, "type:url OR type:ip": 3, "expired:yes": 4, "listed:no": 5, "own:no": 5,
		"side-loading": 5, "\"银狐木马\"": 5, "火狐": 0,
	} {
		n, err := query.Parse(q)
		must(t, err)
		got, _, err := d.db.Claims(ctx, d.ana.Scope, report.Filter{Query: n}, report.Page{})
		if err != nil || len(got) != want {
			t.Errorf("claims %s: %d, want %d (%v)", q, len(got), want, err)
		}
		reports, _, err := d.db.List(ctx, d.ana.Scope, report.Filter{Query: n}, report.Page{})
		if wantReports := min(want, 1); err != nil || q[0] != '-' && len(reports) != wantReports {
			t.Errorf("reports %s: %d, want %d (%v)", q, len(reports), wantReports, err)
		}
	}
	for _, bad := range []string{"state:maybe", "tlp:pink", "published:yesterday", "net:here", "to_ids:perhaps"} {
		n, err := query.Parse(bad)
		must(t, err)
		if _, _, err := d.db.Claims(ctx, d.ana.Scope, report.Filter{Query: n}, report.Page{}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func testReportVisibility(t *testing.T, d desk) {
	ctx := context.Background()
	private := sharing.ACL{Owner: 1, Distribution: sharing.OrganisationOnly, TLP: marking.TLPRed}
	res := d.ingest(t, report.Batch{Report: &report.Draft{Key: "p", Kind: report.KindReport, Title: "secret", ACL: &private, Tags: []string{"hush"}}, Claims: claims("shared.test.org", "hidden.test.org")})
	inside, err := d.db.Inside(ctx, d.ana.Scope, res.Report, 0, 10)
	must(t, err)
	seen := map[string]int{}
	for i, e := range inside {
		seen[e.Kind]++
		if i > 0 && e.Seq >= inside[i-1].Seq {
			t.Errorf("history is not newest first: %d after %d", e.Seq, inside[i-1].Seq)
		}
	}
	if seen["report"] != 1 || seen["claim"] != 1 {
		t.Errorf("history of a report and what is in it: %v", seen)
	}
	if older, err := d.db.Inside(ctx, d.ana.Scope, res.Report, inside[0].Seq, 1); err != nil || len(older) != 1 || older[0].Seq != inside[1].Seq {
		t.Errorf("second page of the history: %v %v", older, err)
	}
	_, err = d.svc.Ingest(ctx, d.bob, report.Batch{Source: d.src2, Report: &report.Draft{Key: "b", Kind: report.KindReport, Title: "bob's"}, Claims: claims("shared.test.org")})
	must(t, err)
	if _, err := d.db.Get(ctx, d.bob.Scope, res.Report); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob sees the report: %v", err)
	}
	for name, scope := range map[string]sharing.Scope{"bob": d.bob.Scope, "nobody": {}} {
		for _, q := range []string{"", "hidden.test.org", "tag:hush", "secret", "value:hidden*"} {
			n, err := query.Parse(q)
			must(t, err)
			got, _, err := d.db.Claims(ctx, scope, report.Filter{Query: n, Report: res.Report}, report.Page{})
			if err != nil || len(got) != 0 {
				t.Errorf("%s, %q: %v %v", name, q, got, err)
			}
		}
		if docs, err := d.db.Documents(ctx, scope, res.Report); err != nil || len(docs) != 0 {
			t.Errorf("%s documents: %v %v", name, docs, err)
		}
		h, err := d.db.History(ctx, scope, "report", res.Report, 0, 10)
		if err != nil || len(h) != 0 {
			t.Errorf("%s history: %v %v", name, h, err)
		}
		if h, err := d.db.Inside(ctx, scope, res.Report, 0, 10); err != nil || len(h) != 0 {
			t.Errorf("%s inside: %v %v", name, h, err)
		}
	}
	entries, _, err := d.db.Since(ctx, d.bob.Scope, 0, 1000)
	must(t, err)
	for _, e := range entries {
		if e.First == res.Report || e.Parent == res.Report {
			t.Errorf("bob's stream holds %+v", e)
		}
	}
	if _, err := d.svc.Review(ctx, d.bob, report.Decision{Claims: res.Claims, State: report.Accepted}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("bob reviews: %v", err)
	}
	if _, err := d.svc.Ingest(ctx, sharing.Actor{}, report.Batch{Source: d.src}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("nobody ingests: %v", err)
	}
}

// testRenewal reads an event again: attributes are known by their UUIDs, changed ones are brought up to date
// unless a person has decided about them, literals and objects are not doubled.
func testRenewal(t *testing.T, d desk) {
	ctx := t.Context()
	u := func(n byte) (out id.UUID) { out[0], out[6], out[8], out[15] = 0xaa, 0x40, 0x80, n; return out }
	yes, no := true, false
	b := report.Batch{
		Colours: map[string]string{"malware:x": "#123456"},
		Report:  &report.Draft{UUID: u(1), Kind: report.KindEvent, Title: "event", Tags: []string{"malware:x"}},
		Objects: []report.ObjectDraft{{UUID: u(2), Name: "file"}},
		Claims: []report.ClaimDraft{
			{UUID: u(3), Type: "domain-name", Stated: "one.test.org", ToIDs: &yes},
			{UUID: u(4), Type: "domain-name", Stated: "two.test.org", ToIDs: &yes, Tags: []string{"malware:x"}},
			{UUID: u(5), Type: "text", Stated: "said by somebody"},
			{Type: "text", Stated: "without a name"},
			{UUID: u(6), Object: 1, Relation: "md5", Type: "file:md5", Stated: secondHash},
		},
	}
	first := d.ingest(t, b)
	if first.Fresh != 5 {
		t.Fatalf("first: %+v", first)
	}
	_, err := d.svc.Review(ctx, d.ana, report.Decision{Claims: first.Claims[1:2], State: report.Accepted})
	must(t, err)
	b.Claims[0].Stated, b.Claims[0].Comment = "changed.test.org", "moved"
	b.Claims[1].ToIDs, b.Claims[2].Deleted = &no, true
	again := d.ingest(t, b)
	if again.Fresh != 0 || again.Known != 5 || again.Report != first.Report {
		t.Errorf("again: %+v", again)
	}
	got, err := d.db.ClaimsByID(ctx, d.ana.Scope, first.Claims)
	must(t, err)
	if got[0].Stated != "changed.test.org" || got[0].Comment != "moved" || got[0].Version != 2 || got[0].Parts[0].Value.Text != "changed.test.org" {
		t.Errorf("changed by its source: %+v", got[0])
	}
	if !got[1].ToIDs || got[1].State != report.Accepted {
		t.Errorf("decided by a person: %+v", got[1])
	}
	if !got[2].Deleted || got[3].Deleted {
		t.Errorf("deleted by its source: %+v", got[2])
	}
	objects, err := d.db.Objects(ctx, d.ana.Scope, first.Report)
	must(t, err)
	if len(objects) != 1 || got[4].Object != objects[0].ID {
		t.Errorf("objects: %+v", objects)
	}
	r, err := d.db.Get(ctx, d.ana.Scope, first.Report)
	must(t, err)
	if len(r.Tags) != 1 || r.Tags[0].Colour != "#123456" {
		t.Errorf("tags: %+v", r.Tags)
	}
}
