package stix

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/realdata"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	format "github.com/vedette-ti/vedette/internal/stix"
)

func readAll(t testing.TB, data []byte, o ReadOptions) []report.Batch {
	t.Helper()
	var out []report.Batch
	for b, err := range Read(bytes.NewReader(data), int64(len(data)), o) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func realBundles(t testing.TB) map[string][]byte {
	files := realdata.Files(t, "real/amnesty-investigations.tar.gz", ".stix2")
	for _, name := range []string{"attack/ics-attack-stix21.json.gz", "attack/mobile-attack-stix21.json.gz", "attack/enterprise-attack-stix20.json.gz"} {
		files[name] = realdata.Gunzip(t, name)
	}
	return files
}

func TestRealBundlesComeBackEqual(t *testing.T) {
	indicators := 0
	for name, data := range realBundles(t) {
		batches := readAll(t, data, ReadOptions{Chunk: 5000})
		in, out := map[string]string{}, map[string]string{}
		for e, err := range format.ReadObjects(bytes.NewReader(data), int64(len(data)), nil) {
			if err != nil {
				t.Fatal(err)
			}
			c, err := jsonx.Canonical(e.Object.Raw)
			if err != nil {
				t.Fatal(err)
			}
			in[e.Object.ID()+e.Object.Text("modified")] = string(c)
		}
		claims, quarantined := 0, 0
		for _, b := range batches {
			for _, s := range b.Statements {
				c, err := jsonx.Canonical(s.Body)
				if err != nil {
					t.Fatal(err)
				}
				out[s.StixID+format.NewObject(s.Body).Text("modified")] = string(c)
			}
			claims += len(b.Claims)
			quarantined += len(b.Quarantine)
			if len(b.Statements) > 5000 || b.Report == nil || b.Report.Title == "" {
				t.Errorf("%s: a batch of %d statements", name, len(b.Statements))
			}
		}
		if d := cmp.Diff(in, out); d != "" {
			t.Errorf("%s: %.2000s", name, d)
		}
		if strings.HasSuffix(name, ".stix2") {
			indicators += claims
			n := bytes.Count(data, []byte(`"type": "indicator"`))
			switch { // properties of telephones that are no values
			case strings.HasSuffix(name, "cytrox.stix2"):
				n--
			case strings.HasSuffix(name, "malware.stix2"):
				n -= 3
			}
			if claims != n || quarantined != 0 {
				t.Errorf("%s: %d claims of %d indicators, %d in quarantine", name, claims, n, quarantined)
			}
		} else if claims != 0 {
			t.Errorf("%s: ATT&CK states no values, found %d", name, claims)
		}
	}
	if indicators != 4268 {
		t.Errorf("%d claims in all", indicators)
	}
}

const mixed = `{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[
{"type":"identity","spec_version":"2.1","id":"identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"ACME","identity_class":"organization"},
{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--11111111-2222-4333-8444-555555555555","created":"2020-01-01T00:00:00.000Z","definition_type":"statement","name":"PAP:AMBER","definition":{"statement":"PAP:AMBER"}},
{"type":"indicator","spec_version":"2.1","id":"indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2","created":"2020-01-02T00:00:00.123456Z","modified":"2020-01-03T00:00:00.000Z","pattern_type":"stix","pattern":"[ipv4-addr:value = '198.51.100.7']","valid_from":"2020-01-02T00:00:00Z","valid_until":"2021-01-02T00:00:00Z","confidence":80,"labels":["c2"],"description":"beacon","object_marking_refs":["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]},
{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--dc4cb343-9ba4-5c6f-9ee9-0a1a5bd0d6b7","value":"198.51.100.7"},
{"type":"file","spec_version":"2.1","id":"file--7e567502-8994-53ff-9c69-79240cae362d","name":"a.exe","hashes":{"SHA-256":"fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db","MD5":"d41d8cd98f00b204e9800998ecf8427e"}},
{"type":"indicator","spec_version":"2.1","id":"indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d3","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","pattern_type":"stix","pattern":"[file:name = 'b.exe' AND file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'] OR [domain-name:value = 'EVIL.example']","valid_from":"2020-01-02T00:00:00Z"},
{"type":"indicator","spec_version":"2.1","id":"indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d4","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","pattern_type":"yara","pattern":"rule x { condition: true }","valid_from":"2020-01-02T00:00:00Z"},
{"type":"indicator","spec_version":"2.1","id":"indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d5","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","pattern_type":"stix","pattern":"[broken","valid_from":"2020-01-02T00:00:00Z"},
{"type":"relationship","spec_version":"2.1","id":"relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","relationship_type":"based-on","source_ref":"indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2","target_ref":"ipv4-addr--dc4cb343-9ba4-5c6f-9ee9-0a1a5bd0d6b7"},
{"type":"sighting","spec_version":"2.1","id":"sighting--44298a74-ba52-4f0c-87a3-1824e67d7fae","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","sighting_of_ref":"indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2","count":3,"last_seen":"2020-02-02T00:00:00Z","where_sighted_refs":["identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283"]},
{"type":"note","spec_version":"2.1","id":"note--44298a74-ba52-4f0c-87a3-1824e67d7faf","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","abstract":"A","content":"text","object_refs":["ipv4-addr--dc4cb343-9ba4-5c6f-9ee9-0a1a5bd0d6b7"]},
{"type":"x-unknown","spec_version":"2.1","id":"x-unknown--44298a74-ba52-4f0c-87a3-1824e67d7fb0","x":{"deep":[1,null]}},
{"type":"observed-data","id":"observed-data--44298a74-ba52-4f0c-87a3-1824e67d7fb1","created":"2020-01-02T00:00:00.000Z","modified":"2020-01-02T00:00:00.000Z","objects":{"0":{"type":"url","value":"http://evil.example/x"}}},
{"type":"report","spec_version":"2.1","id":"report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3","created":"2020-01-04T00:00:00.000Z","modified":"2020-01-05T00:00:00.000Z","name":"Report one","description":"About it","published":"2020-01-04T00:00:00Z","created_by_ref":"identity--a463ffb3-1bd9-4d94-b02d-74e4f1658283","labels":["apt"],"external_references":[{"source_name":"blog","url":"https://acme.example/1"}],
 "object_marking_refs":["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","marking-definition--11111111-2222-4333-8444-555555555555"],
 "object_refs":["indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2","ipv4-addr--dc4cb343-9ba4-5c6f-9ee9-0a1a5bd0d6b7","file--7e567502-8994-53ff-9c69-79240cae362d","malware--dangling0-0000-4000-8000-000000000000"]},
{"type":"report","spec_version":"2.1","id":"report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb4","created":"2020-01-04T00:00:00.000Z","modified":"2020-01-05T00:00:00.000Z","name":"Report two","published":"2020-01-04T00:00:00Z","object_refs":["ipv4-addr--dc4cb343-9ba4-5c6f-9ee9-0a1a5bd0d6b7"]}
]}`

func TestReadMixedBundle(t *testing.T) {
	batches := readAll(t, []byte(mixed), ReadOptions{Title: "mixed.json"})
	if len(batches) != 3 {
		t.Fatalf("%d batches", len(batches))
	}
	one, two, rest := batches[0], batches[1], batches[2]
	d := one.Report
	if d.Title != "Report one" || d.Publisher != "ACME" || d.URL != "https://acme.example/1" || d.Summary != "About it" || d.ACL == nil || d.ACL.TLP != marking.TLPAmber || d.ACL.PAP != marking.PAPAmber || d.UUID.IsZero() || d.Tags[0] != "apt" {
		t.Errorf("draft %+v", d)
	}
	var got []string
	for _, c := range one.Claims {
		got = append(got, fmt.Sprintf("%s %s %v %d", c.Type, c.Stated, *c.ToIDs, c.Object))
	}
	want := []string{
		"ipv4-addr 198.51.100.7 true 0", "file:md5 d41d8cd98f00b204e9800998ecf8427e false 1", "file:sha-256 fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db false 1", "file:name a.exe false 1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	c := one.Claims[0]
	if c.Comment != "beacon" || c.Confidence != 80 || c.Tags[0] != "c2" || c.ACL == nil || c.ACL.TLP != marking.TLPRed || c.Expires.Year() != 2021 || c.Published.Day() != 3 {
		t.Errorf("the indicator's word is lost: %+v", c)
	}
	if refs := originOf(c.Residue).Refs; len(refs) != 2 {
		t.Errorf("refs %v", refs)
	}
	if len(one.Sightings) != 1 || one.Sightings[0].Claim != 1 || one.Sightings[0].Count != 3 || one.Sightings[0].Origin != "ACME" || len(one.Relationships) != 1 || len(one.Notes) != 1 || one.Notes[0].Body != "A\n\ntext" {
		t.Errorf("sightings %+v, relationships %+v, notes %+v", one.Sightings, one.Relationships, one.Notes)
	}
	if len(two.Claims) != 1 || *two.Claims[0].ToIDs || len(two.Statements) != 1 {
		t.Errorf("the second report states the address too: %+v", two.Claims)
	}
	if rest.Report.Title != "mixed.json" || rest.Report.Kind != report.KindBatch {
		t.Errorf("rest %+v", rest.Report)
	}
	got = nil
	for _, c := range rest.Claims {
		got = append(got, fmt.Sprintf("%s %s %v %v", c.Type, c.Stated, *c.ToIDs, c.UUID.IsZero()))
	}
	want = []string{
		"file:name b.exe false true", "file:sha-1 da39a3ee5e6b4b0d3255bfef95601890afd80709 true true", "domain-name EVIL.example true true",
		"indicator:yara rule x { condition: true } true false", "url http://evil.example/x false true",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(rest.Quarantine) != 1 || rest.Quarantine[0].Place != "indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d5" || rest.Quarantine[0].Code != "pattern_syntax" {
		t.Errorf("quarantine %+v", rest.Quarantine)
	}
	n := 0
	for _, b := range batches {
		n += len(b.Statements)
	}
	if n != 15 {
		t.Errorf("%d statements of 15 objects", n)
	}
}

func TestBadBundles(t *testing.T) {
	for name, in := range map[string]string{"truncated": mixed[:900], "none": `{"type":"bundle","id":"bundle--1"}`, "text": `"x"`} {
		failed := false
		for _, err := range Read(strings.NewReader(in), int64(len(in)), ReadOptions{}) {
			failed = failed || err != nil
		}
		if !failed {
			t.Errorf("%s is accepted", name)
		}
	}
	b := readAll(t, []byte(`{"type":"bundle","id":"bundle--1","objects":[5,{"type":"tool","id":"tool--2"},{"id":"x"}]}`), ReadOptions{})
	if len(b) != 1 || len(b[0].Quarantine) != 2 || b[0].Quarantine[0].Place != "objects[0]" || len(b[0].Statements) != 1 {
		t.Errorf("%+v", b)
	}
}

func TestChunks(t *testing.T) {
	var in strings.Builder
	in.WriteString(`{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[`)
	for i := range 50 {
		fmt.Fprintf(&in, `{"type":"ipv4-addr","id":"ipv4-addr--%08d-5f74-5287-9642-33f4c354e56d","value":"198.51.100.%d"},`, i, i)
	}
	for i := range 50 {
		fmt.Fprintf(&in, `{"type":"indicator","id":"indicator--%08d-5f74-4287-9642-33f4c354e56d","pattern":"[ipv4-addr:value = '198.51.100.%d']","pattern_type":"stix"},`, i, i)
	}
	in.WriteString(`{"type":"tool","id":"tool--5d0092c5-5f74-4287-9642-33f4c354e56d"}]}`)
	claims, armed := 0, 0
	batches := readAll(t, []byte(in.String()), ReadOptions{Chunk: 20})
	for _, b := range batches {
		if len(b.Statements) > 20 || b.Report.Key != "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d" {
			t.Errorf("%d statements of %s", len(b.Statements), b.Report.Key)
		}
		for _, c := range b.Claims {
			claims++
			if *c.ToIDs {
				armed++
			}
		}
	}
	if claims != 50 || armed != 50 || len(batches) != 6 {
		t.Errorf("%d claims, %d with to_ids, in %d batches: an address and its indicator are one claim wherever they stand", claims, armed, len(batches))
	}
}

// rowsOf makes of batches what the store would give an export.
func rowsOf(t testing.TB, batches []report.Batch) []export.Row {
	t.Helper()
	var rows []export.Row
	reports := map[string]*report.Report{}
	next := id.ID(100)
	for _, b := range batches {
		d := b.Report
		r := reports[d.Key]
		if r == nil {
			next++
			r = &report.Report{ID: next, UUID: d.UUID, Kind: d.Kind, Title: d.Title, Summary: d.Summary, URL: d.URL, Publisher: report.Publisher{Name: d.Publisher}, Published: d.Published, Modified: d.Modified, Residue: d.Residue, Version: 1}
			reports[d.Key] = r
		}
		for _, c := range b.Claims {
			o, ok := observable.Parse(c.Type)
			if !ok {
				continue
			}
			v, err := observable.Canonical(o, c.Stated)
			if err != nil {
				t.Log(err)
				continue
			}
			next++
			claim := report.Claim{ID: next, UUID: c.UUID, Type: c.Type, Stated: c.Stated, ToIDs: *c.ToIDs, Residue: c.Residue, Published: c.Published, Comment: c.Comment, Expires: c.Expires, Version: 1, Parts: []report.Part{{Value: v}}}
			if v.Type.Info().Role == observable.Rule {
				claim.Parts = nil
			}
			rows = append(rows, export.Row{Claim: claim, Report: r})
		}
	}
	return rows
}

func write(t testing.TB, rows []export.Row, statements []report.StatementDraft, meta export.Meta) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, meta, statements != nil)
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if statements != nil {
		err := w.Statements(t.Context(), func(_ context.Context, yield func(id.ID, string, []byte) error) error {
			for _, s := range statements {
				if err := yield(1, s.StixID, s.Body); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !jsonx.Raw(out.Bytes()).IsValid() {
		t.Fatalf("broken JSON: %s", out.Bytes())
	}
	return out.Bytes()
}

func meta() export.Meta {
	return export.Meta{
		Title: "t", Producer: export.Producer{Name: "Our CERT", UUID: id.UUID{7, 6: 0x40, 8: 0x80}}, Generated: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
		Ceiling: sharing.Ceiling{TLP: marking.TLPAmberStrict},
	}
}

func objects(t testing.TB, bundle []byte) map[string]format.Object {
	t.Helper()
	out := map[string]format.Object{}
	for e, err := range format.ReadObjects(bytes.NewReader(bundle), int64(len(bundle)), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := out[e.Object.ID()]; twice {
			t.Errorf("%s comes twice", e.Object.ID())
		}
		out[e.Object.ID()] = e.Object
	}
	return out
}

func TestStatementsLeaveOnlyWithTheirRows(t *testing.T) {
	batches := readAll(t, []byte(mixed), ReadOptions{})
	var statements []report.StatementDraft
	for _, b := range batches {
		statements = append(statements, b.Statements...)
	}
	all := rowsOf(t, batches)
	m := meta()
	m.Ceiling.TLP = marking.TLPRed
	whole := objects(t, write(t, all, statements, m))
	for _, s := range statements {
		o, ok := whole[s.StixID]
		if !ok {
			t.Errorf("%s is missing", s.StixID)
			continue
		}
		if format.NewObject(s.Body).Get("spec_version") != nil && !bytes.Equal(o.Raw, s.Body) {
			t.Errorf("%s is changed: %s", s.StixID, o.Raw)
		}
	}
	// The address is rejected: nothing that names it leaves.
	some := slices.DeleteFunc(slices.Clone(all), func(r export.Row) bool { return r.Claim.Stated == "198.51.100.7" })
	part := write(t, some, statements, m)
	for _, not := range []string{"198.51.100.7", "ipv4-addr--dc4cb343", "indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2", "relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad"} {
		if bytes.Contains(part, []byte(not)) {
			t.Errorf("%s left", not)
		}
	}
	if _, ok := objects(t, part)["report--84e4d88f-44ea-4bcd-bbf3-b2c1c320bcb3"]; !ok {
		t.Error("the report has other objects and stays")
	}
	// Above the ceiling.
	m.Ceiling.TLP = marking.TLPGreen
	if low := write(t, nil, statements, m); bytes.Contains(low, []byte("Report one")) {
		t.Error("a report marked AMBER left under the ceiling GREEN")
	}
}

// everyType is a row for each observable type.
func everyType(t testing.TB) []export.Row {
	samples := map[string]string{
		"ipv4-addr": "198.51.100.0/24", "ipv6-addr": "2001:db8::1", "domain-name": "evil.example", "url": "http://evil.example/it's?a=\"b\"", "email-addr": "a@evil.example",
		"file:md5": strings.Repeat("a", 32), "file:sha-1": strings.Repeat("a", 40), "file:sha-224": strings.Repeat("a", 56), "file:sha-256": strings.Repeat("a", 64), "file:sha-384": strings.Repeat("a", 96), "file:sha-512": strings.Repeat("a", 128),
		"file:sha3-224": strings.Repeat("b", 56), "file:sha3-256": strings.Repeat("b", 64), "file:sha3-384": strings.Repeat("b", 96), "file:sha3-512": strings.Repeat("b", 128),
		"file:ssdeep": "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", "file:tlsh": "T1" + strings.Repeat("A", 70), "file:imphash": strings.Repeat("c", 32), "file:authentihash": strings.Repeat("d", 64), "file:vhash": "abc",
		"vulnerability": "CVE-2024-12345", "attack-pattern": "T1059.001", "x-mitre-tactic": "TA0001", "intrusion-set": "G0007", "malware": "S0154", "campaign": "C0001", "course-of-action": "M1036", "weakness": "CWE-79",
		"autonomous-system": "AS13335", "mac-addr": "d2:fb:49:24:37:18", "windows-registry-key": `HKLM\Software\Evil`, "file:path": `C:\Users\Evil.exe`, "file:name": "Evil.EXE", "mutex": `Global\x`, "named-pipe": `\\.\pipe\x`,
		"user-agent": "Mozilla/5.0 'q'", "cryptocurrency-wallet": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "user-account": "telegram:evil", "indicator:yara": "rule x { condition: true }",
		"indicator:sigma": "title: x\ndetection:\n  a: 1\n", "indicator:suricata": `alert tcp any any -> any any (msg:"x"; sid:1;)`, "indicator:snort": `alert tcp any any -> any any (msg:"x"; sid:1;)`,
		"bank-account": "DE89370400440532013000", "payment-card": "4111111111111111", "phone-number": "+4912345678", "hassh": strings.Repeat("e", 32), "ja3": strings.Repeat("f", 32), "jarm": strings.Repeat("1", 62),
		"x509:sha-1": strings.Repeat("2", 40), "x509:sha-256": strings.Repeat("2", 64), "x509:md5": strings.Repeat("2", 32), "process:command-line": "cmd /c whoami", "text": "words",
	}
	r := &report.Report{
		ID: 9, UUID: id.UUID{1, 6: 0x40, 8: 0x80}, Title: "Every type 所有类型", Summary: "All of them", Publisher: report.Publisher{Name: "Vendor"}, URL: "https://vendor.example/report", Lang: "en",
		Published: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Modified: time.Date(2024, 5, 7, 7, 8, 9, 1000, time.UTC), ACL: sharing.ACL{TLP: marking.TLPGreen, PAP: marking.PAPAmber}, Tags: []report.Tag{{Name: "tlp:green"}, {Name: "银狐"}, {Name: "mine", Local: true}},
	}
	var rows []export.Row
	for n, o := range observable.All() {
		text, ok := samples[o.String()]
		if !ok {
			continue
		}
		v, err := observable.Canonical(o, text)
		if err != nil {
			t.Fatal(o, err)
		}
		c := report.Claim{
			ID: id.ID(n + 1), UUID: id.UUID{2, byte(n), 6: 0x40, 8: 0x80}, Type: o.String(), Stated: text, ToIDs: true, Confidence: 60, Published: r.Published, Created: r.Published, Modified: r.Published, Version: 1,
			Expires: r.Published.AddDate(1, 0, 0), Comment: "seen", Tags: []report.Tag{{Name: "PAP:RED"}, {Name: "c2"}, {Name: "C2"}},
		}
		if o.Info().Role != observable.Literal && o.Info().Role != observable.Rule {
			c.Parts = []report.Part{{Value: v}}
		}
		rows = append(rows, export.Row{Claim: c, Report: r, ACL: sharing.ACL{TLP: marking.TLP(n%5 + 1)}})
	}
	object := &report.Object{ID: 77, Name: "file"}
	for _, c := range []report.Claim{
		{ID: 200, Type: "sha256", Stated: strings.Repeat("9", 64), ToIDs: true, Parts: []report.Part{{Value: observable.Value{Type: observable.SHA256, Text: strings.Repeat("9", 64)}}}},
		{ID: 201, Type: "md5", Stated: strings.Repeat("9", 32), ToIDs: true, Parts: []report.Part{{Value: observable.Value{Type: observable.MD5, Text: strings.Repeat("9", 32)}}}},
		{ID: 202, Type: "filename", Stated: "Nine.exe", Parts: []report.Part{{Value: observable.Value{Type: observable.FileName, Text: "nine.exe"}}}},
	} {
		c.Published, c.UUID, c.Version = r.Published, id.UUID{3, byte(c.ID), 6: 0x40, 8: 0x80}, 1
		rows = append(rows, export.Row{Claim: c, Report: r, Object: object, ACL: r.ACL})
	}
	rows = append(rows, export.Row{Report: r, ACL: r.ACL, Claim: report.Claim{
		ID: 300, UUID: id.UUID{4, 6: 0x40, 8: 0x80}, Type: "domain|ip", Stated: "Evil.example|198.51.100.9", ToIDs: true, Published: r.Published, Version: 1,
		Parts: []report.Part{{Value: observable.Value{Type: observable.Domain, Text: "evil.example"}}, {Value: observable.Value{Type: observable.IPv4, Text: "198.51.100.9"}}},
	}})
	return rows
}

func TestEveryType(t *testing.T) {
	out := write(t, everyType(t), nil, meta())
	got := objects(t, out)
	count := map[string]int{}
	var r format.Object
	for _, o := range got {
		count[o.Type()]++
		if o.Type() == "report" {
			r = o
		}
		if k := kindOf(o.Type()); k == sco && o.Type() != "process" && o.Get("extensions") == nil {
			if want, fixed := format.ObservableID(o); !fixed || want != o.ID() {
				t.Errorf("%s: the id of %s is %s", o.ID(), o.Raw, want)
			}
		}
	}
	for _, ref := range r.Texts("object_refs") {
		if _, ok := got[ref]; !ok {
			t.Errorf("the report refers to %s, which is not there", ref)
		}
	}
	if d := cmp.Diff([]string{"银狐"}, r.Texts("labels")); d != "" {
		t.Error(d)
	}
	for typ, n := range map[string]int{"report": 1, "identity": 2, "vulnerability": 1, "attack-pattern": 1, "malware": 1, "note": 1, "extension-definition": 1, "directory": 1, "ipv4-addr": 2} {
		if count[typ] != n {
			t.Errorf("%d of %s, want %d", count[typ], typ, n)
		}
	}
	for _, want := range []string{
		`"pattern":"[ipv4-addr:value ISSUBSET '198.51.100.0/24']"`, `"pattern":"[url:value = 'http://evil.example/it\\'s?a=%22b%22']"`, `"name":"Nine.exe"`, `"pattern_type":"yara"`, `"valid_until":"2025-05-06T07:08:09.000Z"`,
		`[domain-name:value = 'evil.example' AND ipv4-addr:value = '198.51.100.9']`, `"tlp_2_0":"amber+strict"`, `"statement":"PAP:AMBER"`, `"external_id":"CWE-79"`, `"name":"Evil.EXE"`,
	} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
	if bytes.Contains(out, []byte("mine")) || bytes.Contains(out, []byte("PAP:RED")) {
		t.Error("a local tag or a marking left as a label")
	}
}

func TestEveryTypeComesBack(t *testing.T) {
	out := write(t, everyType(t), nil, meta())
	again := write(t, everyType(t), nil, meta())
	if !bytes.Equal(out, again) {
		t.Error("the same rows must give the same bytes")
	}
	back := rowsOf(t, readAll(t, out, ReadOptions{}))
	found := map[string]bool{}
	for _, row := range back {
		for _, p := range row.Claim.Parts {
			found[p.Value.Type.String()+p.Value.Text] = found[p.Value.Type.String()+p.Value.Text] || row.Claim.ToIDs
		}
	}
	for _, row := range everyType(t) {
		for _, p := range row.Claim.Parts {
			switch p.Value.Type.Info().Role {
			case observable.Correlates:
			default:
				continue
			}
			switch p.Value.Type.Info().STIX {
			case "text", "bank-account", "payment-card": // only we know these
				continue
			}
			if p.Value.Type == observable.FilePath || p.Value.Type == observable.URL {
				continue // is a folder and a name; is percent-encoded
			}
			if armed, ok := found[p.Value.Type.String()+p.Value.Text]; !ok || armed != row.Claim.ToIDs {
				t.Errorf("%s %s does not come back", p.Value.Type, p.Value.Text)
			}
		}
	}
}

// TestWriteForValidator leaves bundles in the folder STIX_OUT for stix2_validator.
func TestWriteForValidator(t *testing.T) {
	dir := os.Getenv("STIX_OUT")
	if dir == "" {
		t.Skip("STIX_OUT names no folder")
	}
	out := write(t, everyType(t), nil, meta())
	_ = os.WriteFile(dir+"/every.json", out, 0o600)
	var one bytes.Buffer
	_ = FromExtraction(&one, func(yield func(observable.Value) bool) {
		for _, r := range everyType(t) {
			for _, p := range r.Claim.Parts {
				if !yield(p.Value) {
					return
				}
			}
		}
	}, meta())
	_ = os.WriteFile(dir+"/extraction.json", one.Bytes(), 0o600)
	for name, data := range realBundles(t) {
		batches := readAll(t, data, ReadOptions{})
		var statements []report.StatementDraft
		for _, b := range batches {
			statements = append(statements, b.Statements...)
		}
		name = strings.NewReplacer("/", "_").Replace(strings.TrimSuffix(name, ".gz"))
		_ = os.WriteFile(dir+"/whole_"+name+".json", write(t, rowsOf(t, batches), statements, meta()), 0o600)
		_ = os.WriteFile(dir+"/rows_"+name+".json", write(t, rowsOf(t, batches), nil, meta()), 0o600)
	}
}

func TestURLsAreValid(t *testing.T) {
	for in, want := range map[string]string{
		"http://evil.example/a b?c=\"|\"#x#y": "http://evil.example/a%20b?c=%22%7C%22#x%23y", "http://例子.example/银": "http://xn--fsqu00a.example/%E9%93%B6",
		"http://a.example/100%/%41%zz": "http://a.example/100%25/%41%25zz", "http://[2001:db8::1]:8080/": "http://[2001:db8::1]:8080/", "magnet:?xt=urn:btih:x": "magnet:?xt=urn:btih:x",
	} {
		if got := uri(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestPatternErrorsNameThePlace(t *testing.T) {
	_, err := indicatorClaims(format.NewObject(jsonx.Raw(`{"type":"indicator","pattern":"[a:b = ]","pattern_type":"stix"}`)))
	if errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
	if got, err := indicatorClaims(format.NewObject(jsonx.Raw(`{"type":"indicator","pattern":"index=main","pattern_type":"spl"}`))); got != nil || err != nil {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(mixed))
	f.Add([]byte(`[{"type":"file","id":"file--1","hashes":{"MD5":"x"}},{"type":"report","id":"report--2","object_refs":["file--1","report--2"]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var batches []report.Batch
		for b, err := range Read(bytes.NewReader(data), int64(len(data)), ReadOptions{Chunk: 3}) {
			if err != nil {
				return
			}
			batches = append(batches, b)
		}
		var statements []report.StatementDraft
		for _, b := range batches {
			for _, s := range b.Statements {
				s.Body = jsonx.Repair(s.Body)
				statements = append(statements, s)
			}
		}
		write(t, rowsOf(t, batches), statements, meta())
	})
}
