package stix_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/export"
	exportall "github.com/vedette-ti/vedette/internal/export/all"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/realdata"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
	format "github.com/vedette-ti/vedette/internal/stix"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
	"github.com/vedette-ti/vedette/internal/taxonomy"
	"github.com/vedette-ti/vedette/internal/translate/misp"
	"github.com/vedette-ti/vedette/internal/translate/stix"
)

// house is a store with the bulk writer and the exports on it.
type house struct {
	db      *sqldb.DB
	reports *report.Service
	share   *share.Service
	actor   sharing.Actor
	source  id.ID
}

func newHouse(t *testing.T) house {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(t.TempDir(), "v.db")})
	must(err)
	t.Cleanup(func() { _ = db.Close() })
	h := house{db: db, actor: sharing.SystemActor("test", 1)}
	must(db.SeedOrganisation(ctx, 1, "Org"))
	h.source, err = db.SeedSource(ctx, 1, "Vendor", sharing.ACL{Owner: 1, Distribution: sharing.Community})
	must(err)
	h.reports, err = report.New(report.Options{Tx: db, Bulk: db, Store: db, Corrections: db, Changes: db, Mean: misp.Mean})
	must(err)
	blobs, err := blob.OpenDir(t.TempDir())
	must(err)
	h.share, err = share.New(share.Options{
		Store: db, Reports: db, Review: h.reports, Assess: assess.New(db, time.Now, nil), Changes: db, Blobs: blobs, Tx: db, Formats: exportall.List(),
		Lists:    func() (*taxonomy.Matcher, error) { m, _, err := taxonomy.NewMatcher(nil); return m, err },
		Own:      func(context.Context, id.ID, observable.Value) (bool, error) { return false, nil },
		Producer: func(context.Context, id.ID) (export.Producer, error) { return export.Producer{Name: "Org"}, nil },
	})
	must(err)
	return h
}

// TestRealBundlesThroughTheStore imports every real bundle, exports it whole and compares object by object.
func TestRealBundlesThroughTheStore(t *testing.T) {
	files := realdata.Files(t, "real/amnesty-investigations.tar.gz", ".stix2")
	files["ics"] = realdata.Gunzip(t, "attack/ics-attack-stix21.json.gz")
	h := newHouse(t)
	for name, data := range files {
		claims := 0
		var imported id.ID
		for b, err := range stix.Read(bytes.NewReader(data), int64(len(data)), stix.ReadOptions{Chunk: 700, Title: name}) {
			if err != nil {
				t.Fatal(name, err)
			}
			b.Source, b.Accept = h.source, true
			res, err := h.reports.Ingest(t.Context(), h.actor, b)
			if err != nil {
				t.Fatal(name, err)
			}
			claims += res.Fresh
			imported = res.Report
			for _, r := range res.Refused {
				t.Logf("%s, %s: %s", name, r.Place, r.Reason)
			}
		}
		if claims == 0 { // an export is a selection of claims, and ATT&CK states none
			compareStatements(t, h, imported, data)
			continue
		}
		var out bytes.Buffer
		req := share.Request{Query: "report:" + imported.String(), Format: "stix21", All: true, Ceiling: sharing.Ceiling{TLP: marking.TLPRed}}
		counts, err := h.share.Write(t.Context(), h.actor, req, &out)
		if err != nil {
			t.Fatal(name, err)
		}
		got := objects(t, out.Bytes())
		missing := 0
		for stixID, want := range objects(t, data) {
			if got[stixID] != want {
				missing++
			}
		}
		if missing > 0 || int(counts.Rows) != claims {
			t.Errorf("%s: %d claims, %d rows, %d objects missing or changed", name, claims, counts.Rows, missing)
		}
	}
}

func compareStatements(t *testing.T, h house, in id.ID, data []byte) {
	t.Helper()
	want := objects(t, data)
	for cursor := ""; ; {
		list, next, err := h.db.Statements(t.Context(), h.actor.Scope, in, report.Page{Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			c, err := jsonx.Canonical(s.Body)
			if err != nil {
				t.Fatal(err)
			}
			if want[s.StixID] != string(c) {
				t.Errorf("%s is changed", s.StixID)
			}
			delete(want, s.StixID)
		}
		if cursor = next; next == "" {
			break
		}
	}
	if len(want) > 0 {
		t.Errorf("%d statements are missing", len(want))
	}
}

func objects(t *testing.T, data []byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	for e, err := range format.ReadObjects(bytes.NewReader(data), int64(len(data)), nil) {
		if err != nil {
			t.Fatal(err)
		}
		c, err := jsonx.Canonical(e.Object.Raw)
		if err != nil {
			t.Fatal(err)
		}
		out[e.Object.ID()] = string(c)
	}
	return out
}
