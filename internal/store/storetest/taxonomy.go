package storetest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/realdata"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

func testTaxonomy(t *testing.T, open Factory) {
	t.Run("packs", func(t *testing.T) { testPacks(t, newDesk(t, open)) })
	t.Run("tags", func(t *testing.T) { testTags(t, newDesk(t, open)) })
	t.Run("real", func(t *testing.T) { testRealPacks(t, newDesk(t, open)) })
}

func taxonomyOf(t *testing.T, d desk) *taxonomy.Service {
	t.Helper()
	blobs, err := blob.OpenDir(t.TempDir())
	must(t, err)
	s, err := taxonomy.New(taxonomy.Options{Tx: d.db, Packs: d.db, Tags: d.db, Changes: d.db, Blobs: blobs})
	must(t, err)
	return s
}

func packFiles(version int, entries string) fstest.MapFS {
	return fstest.MapFS{
		"w-main/lists/ours/list.json":      {Data: fmt.Appendf(nil, `{"name":"Ours","type":"cidr","version":%d,"list":[%s],"matching_attributes":["ip-dst"]}`, version, entries)},
		"w-main/lists/vpn-ipv4/list.json":  {Data: []byte(`{"name":"VPN","type":"cidr","version":1,"list":["203.0.113.0/24"]}`)},
		"w-main/lists/broken/list.json":    {Data: []byte(`{"name":"Broken","type":"guess","version":1,"list":[]}`)},
		"w-main/schema.json":               {Data: []byte(`{`)},
		"t/tlp/machinetag.json":            {Data: []byte(`{"namespace":"tlp","description":"d","version":5,"predicates":[{"value":"red","expanded":"For eyes only","colour":"#ff2b2b"}]}`)},
		"o/objects/file/definition.json":   {Data: []byte(`{"name":"file","uuid":"688c46fb-5edb-40a3-8273-1af7923e2215","meta-category":"file","version":3,"attributes":{"md5":{"misp-attribute":"md5"}}}`)},
		"g/clusters/actor.json":            {Data: []byte(`{"name":"Actor","type":"threat-actor","uuid":"u","version":2,"values":[{"value":"APT1"},{"value":"APT2"}]}`)},
		"g/galaxies/actor.json":            {Data: []byte(`{"name":"Actor","type":"threat-actor","uuid":"u","version":2,"icon":"user"}`)},
		"attack/ics.json":                  {Data: []byte(`{"type":"bundle","id":"bundle--1","objects":[{"type":"tool"},{"type":"x-mitre-collection","name":"ATT&CK ICS","x_mitre_version":"18.1"}]}`)},
		"o/relationships/definition.json":  {Data: []byte(`{"version":1,"values":[{"name":"uses"}]}`)},
		"w-main/lists/ours/.hidden/x.json": {Data: []byte(`{"type":"bundle","objects":[]}`)},
	}
}

func testPacks(t *testing.T, d desk) {
	ctx := t.Context()
	s := taxonomyOf(t, d)
	admin := d.ana
	admin.Perms = sharing.Permissions()
	if _, err := s.Loaded(); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("before loading: %v", err)
	}
	must(t, s.Load(ctx))
	if _, err := s.Install(ctx, d.bob, taxonomy.FromFS(packFiles(1, ""))); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("an analyst installed packs: %v", err)
	}
	res, err := s.Install(ctx, admin, taxonomy.FromFS(packFiles(1, `"198.51.100.0/24"`)))
	must(t, err)
	if res.Fresh != 8 || len(res.Refused) != 1 || res.Refused[0].File != "w-main/lists/broken/list.json" {
		t.Fatalf("installed %+v", res)
	}
	names := []string{}
	for _, p := range res.Packs {
		names = append(names, fmt.Sprint(p.Kind, " ", p.Name, " ", p.Version, " ", p.Entries, " ", p.Category))
	}
	want := []string{
		"cluster actor 2 2 ", "galaxy actor 2 0 ", "relationships misp-objects  1 ", "stix ics 18.1 2 ", "taxonomy tlp 5 1 ", "template file 3 1 ",
		"warninglist ours 1 1 false_positive", "warninglist vpn-ipv4 1 1 known",
	}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	m, err := s.Matcher(ctx)
	must(t, err)
	listed := func(text string) int { return len(m.Match(observable.Value{Type: observable.IPv4, Text: text})) }
	if listed("198.51.100.9") != 1 || listed("203.0.113.9") != 1 || listed("192.0.2.1") != 0 {
		t.Error("the lists do not match")
	}
	again, err := s.Install(ctx, admin, taxonomy.FromFS(packFiles(1, `"198.51.100.0/24"`)))
	must(t, err)
	if again.Fresh+again.Updated != 0 || again.Unchanged != len(res.Packs) {
		t.Errorf("the same again: %+v", again)
	}
	var ours taxonomy.Pack
	for _, p := range res.Packs {
		if p.Name == "ours" {
			ours = p
		}
	}
	editPacks(t, d, s, admin, ours)
}

func editPacks(t *testing.T, d desk, s *taxonomy.Service, admin sharing.Actor, ours taxonomy.Pack) {
	ctx := t.Context()
	off, known := false, taxonomy.Known
	must(t, s.EditPacks(ctx, admin, taxonomy.Edit{Enabled: &off, Category: &known}, ours.ID))
	m, err := s.Loaded()
	must(t, err)
	v := observable.Value{Type: observable.IPv4, Text: "192.0.2.1"}
	res, err := s.Install(ctx, admin, taxonomy.FromFS(packFiles(2, `"192.0.2.0/24","192.0.2.1"`)))
	must(t, err)
	if res.Updated != 1 || res.Fresh != 0 {
		t.Errorf("a new version: %+v", res)
	}
	got, err := s.Pack(ctx, d.bob.Scope, ours.ID)
	must(t, err)
	if got.Enabled || got.Category != taxonomy.Known || got.Version != "2" || got.Entries != 2 || got.Meta.Title != "Ours" || got.Blob == ours.Blob {
		t.Errorf("a new version must keep what people set: %+v", got)
	}
	on := true
	must(t, s.EditPacks(ctx, admin, taxonomy.Edit{Enabled: &on}, ours.ID))
	if m2, err := s.Loaded(); err != nil || len(m2.Match(v)) != 1 || m2.Match(v)[0].Category != taxonomy.Known || m.Match(v) != nil {
		t.Errorf("after enabling: %v", err)
	}
	entries, next, total, err := s.Entries(ctx, d.bob.Scope, ours.ID, "192", 0, 1)
	must(t, err)
	if total != 2 || next != 1 || len(entries) != 1 {
		t.Errorf("entries %v, next %d of %d", entries, next, total)
	}
	history, err := d.db.History(ctx, d.ana.Scope, "pack", ours.ID, 0, 10)
	must(t, err)
	if len(history) != 4 || history[3].Op != change.Create {
		t.Errorf("history: %+v", history)
	}
	if list, err := s.Packs(ctx, sharing.Scope{}, ""); err != nil || len(list) != 0 {
		t.Error("the zero scope sees nothing")
	}
	must(t, s.Remove(ctx, admin, ours.ID))
	if _, err := s.Pack(ctx, admin.Scope, ours.ID); errs.KindOf(err) != errs.NotFound {
		t.Errorf("after removal: %v", err)
	}
}

func testTags(t *testing.T, d desk) {
	ctx := t.Context()
	s := taxonomyOf(t, d)
	src3 := seedSource(t, d.db, 2, "Vendor C")
	private := sharing.ACL{Owner: 2, Distribution: sharing.OrganisationOnly, TLP: 3}
	_, err := d.svc.Ingest(ctx, d.ana, report.Batch{Source: d.src, Report: &report.Draft{Key: "1", Kind: report.KindReport, Title: "open", Tags: []string{"TLP:Amber", "shared_tag"}}})
	must(t, err)
	_, err = d.svc.Ingest(ctx, d.bob, report.Batch{Source: src3, Report: &report.Draft{Key: "2", Kind: report.KindReport, Title: "secret", Tags: []string{"operation-x", "shared_tag"}, ACL: &private}})
	must(t, err)
	names := func(scope sharing.Scope, q taxonomy.TagQuery) string {
		tags, err := s.Tags(ctx, scope, q)
		must(t, err)
		out := ""
		for _, tag := range tags {
			out += fmt.Sprintf("%s(%d) ", tag.Name, tag.Uses)
		}
		return out
	}
	if got := names(d.ana.Scope, taxonomy.TagQuery{}); got != "shared_tag(1) TLP:Amber(1) " {
		t.Errorf("organisation 1 sees %s", got)
	}
	if got := names(d.bob.Scope, taxonomy.TagQuery{}); got != "operation-x(1) shared_tag(2) TLP:Amber(1) " {
		t.Errorf("organisation 2 sees %s", got)
	}
	if got := names(d.bob.Scope, taxonomy.TagQuery{Contains: "D_T"}); got != "shared_tag(2) " {
		t.Errorf("containing d_t: %s", got)
	}
	if got := names(d.bob.Scope, taxonomy.TagQuery{After: "operation-x", Limit: 1}); got != "shared_tag(2) " {
		t.Errorf("next page: %s", got)
	}
	if _, err := s.Tag(ctx, d.ana.Scope, "operation-x"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a hidden tag: %v", err)
	}
	made, err := s.CreateTag(ctx, d.ana, taxonomy.Tag{Name: "Operation-X", Colour: "#102030"})
	must(t, err)
	if got, err := s.Tag(ctx, d.ana.Scope, "operation-x"); err != nil || got.Uses != 0 || got.Colour != "#102030" || got.ID != made.ID {
		t.Errorf("a tag made by hand: %+v, %v", got, err)
	}
	if _, err := s.CreateTag(ctx, d.bob, taxonomy.Tag{Name: "operation-x"}); errs.KindOf(err) != errs.Conflict {
		t.Errorf("made twice: %v", err)
	}
	if _, err := s.UpdateTag(ctx, d.bob, taxonomy.Tag{Name: "operation-x", Colour: "#fff", Version: 1}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("changed by another organisation: %v", err)
	}
	made.Colour = "#fff"
	made, err = s.UpdateTag(ctx, d.ana, made)
	must(t, err)
	made.Version--
	if _, err := s.UpdateTag(ctx, d.ana, made); errs.KindOf(err) != errs.Conflict {
		t.Errorf("stale: %v", err)
	}
	for _, bad := range []taxonomy.Tag{{Name: " "}, {Name: "a\x01"}, {Name: "ok", Colour: "red"}, {Name: "ok", Colour: "#12345"}} {
		if _, err := s.CreateTag(ctx, d.ana, bad); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func testRealPacks(t *testing.T, d desk) {
	s := taxonomyOf(t, d)
	admin := d.ana
	admin.Perms = sharing.Permissions()
	start := time.Now()
	res, err := s.Install(t.Context(), admin, taxonomy.FromPath(realdata.Path(t, "packs/misp-warninglists.tar.gz")))
	must(t, err)
	took := time.Since(start)
	m, err := s.Loaded()
	must(t, err)
	if res.Fresh != 136 || m.Entries() != 528972 || took > 20*time.Second { // 5 s alone; tests share the machine
		t.Errorf("%d lists, %d entries in %s", res.Fresh, m.Entries(), took)
	}
	t.Logf("136 lists in %s", took)
	res, err = s.Install(t.Context(), admin, taxonomy.FromPath(realdata.Path(t, "packs/misp-taxonomies.tar.gz")))
	must(t, err)
	if w, ok := s.Word("TLP:amber"); !ok || w.Colour == "" || res.Fresh != 183 || len(s.Suggest("tlp:", 3)) != 3 {
		t.Errorf("%d taxonomies, tlp:amber %+v, refused %v", res.Fresh, w, res.Refused)
	}
	var zipped bytes.Buffer
	zw := zip.NewWriter(&zipped)
	for name, data := range realdata.Files(t, "packs/misp-objects.tar.gz", "/definition.json") {
		w, err := zw.Create("../" + name)
		must(t, err)
		_, err = w.Write(data)
		must(t, err)
	}
	must(t, zw.Close())
	res, err = s.Install(t.Context(), admin, taxonomy.FromArchive("o.zip", bytes.NewReader(zipped.Bytes()), int64(zipped.Len())))
	must(t, err)
	if res.Fresh != 425 || len(res.Refused) != 0 {
		t.Errorf("%d templates, refused %v", res.Fresh, res.Refused)
	}
}
