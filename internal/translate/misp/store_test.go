package misp_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/export"
	exportall "github.com/vedette-ti/vedette/internal/export/all"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/realdata"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
	"github.com/vedette-ti/vedette/internal/taxonomy"
	"github.com/vedette-ti/vedette/internal/translate/misp"
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

// TestRealEventsThroughTheStore imports every real event, exports it and compares.
func TestRealEventsThroughTheStore(t *testing.T) {
	files := realdata.Files(t, "real/eset-malware-ioc.tar.gz", ".json")
	h := newHouse(t)
	events, refused := 0, 0
	for name, data := range files {
		if strings.Contains(name, "blocklist") || strings.Contains(name, "pypi_backdoor") {
			continue
		}
		events++
		var imported id.ID
		ro := misp.ReadOptions{Chunk: 300, Label: func(s misp.Stated) *sharing.ACL {
			if !s.Event && s.Distribution == 5 && s.TLP == 0 && s.PAP == 0 {
				return nil
			}
			return &sharing.ACL{Owner: 1, Distribution: sharing.Distribution(s.Distribution), TLP: s.TLP, PAP: s.PAP} //nolint:gosec // 0 to 5
		}}
		for b, err := range misp.Read(bytes.NewReader(data), int64(len(data)), ro) {
			if err != nil {
				t.Fatal(name, err)
			}
			b.Source = h.source
			res, err := h.reports.Ingest(t.Context(), h.actor, b)
			if err != nil {
				t.Fatal(name, err)
			}
			imported = res.Report
			refused += len(res.Refused)
			for _, r := range res.Refused {
				t.Logf("%s, %s: %s", name, r.Place, r.Reason)
			}
		}
		var out bytes.Buffer
		req := share.Request{Query: "report:" + imported.String(), Format: "misp", All: true, Ceiling: sharing.Ceiling{TLP: marking.TLPRed}}
		if _, err := h.share.Write(t.Context(), h.actor, req, &out); err != nil {
			t.Fatal(name, err)
		}
		compare(t, name, data, out.Bytes())
	}
	if events != 57 {
		t.Errorf("%d events", events)
	}
	t.Logf("%d events, %d attributes refused", events, refused)
}

func compare(t *testing.T, name string, in, out []byte) {
	t.Helper()
	want, err := format.Comparable(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := format.Comparable(out)
	if err != nil {
		t.Fatal(name, err)
	}
	if bytes.Equal(want, got) {
		return
	}
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	cut := func(s []byte) string { return string(s[max(0, min(i, len(s))-300):min(len(s), i+200)]) }
	t.Errorf("%s\nwant …%s…\ngot …%s…", name, cut(want), cut(got))
}
