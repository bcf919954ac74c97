package misp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/realdata"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// asStated labels items exactly as the sender did.
func asStated(s Stated) *sharing.ACL {
	if !s.Event && s.Distribution == 5 && s.TLP == 0 && s.PAP == 0 {
		return nil
	}
	return &sharing.ACL{Distribution: sharing.Distribution(min(max(s.Distribution, 0), 5)), TLP: s.TLP, PAP: s.PAP}
}

// written makes of a batch the rows that the bulk writer would store.
func written(t *testing.T, b report.Batch, next *id.ID) (report.Report, []export.Row) {
	t.Helper()
	d := b.Report
	r := report.Report{ID: 1, UUID: d.UUID, Kind: d.Kind, Title: d.Title, Published: d.Published, Observed: d.Observed, Modified: d.Modified, Residue: d.Residue, Version: 1}
	if d.ACL != nil {
		r.ACL = *d.ACL
	}
	r.Tags = tagList(d.Tags, d.LocalTags, b.Colours)
	objects := make([]*report.Object, len(b.Objects))
	for i, o := range b.Objects {
		*next++
		objects[i] = &report.Object{
			ID: *next, UUID: o.UUID, Name: o.Name, TemplateUUID: o.TemplateUUID, TemplateVersion: o.TemplateVersion, MetaCategory: o.MetaCategory, Description: o.Description,
			Comment: o.Comment, FirstSeen: o.FirstSeen, LastSeen: o.LastSeen, Residue: o.Residue, Deleted: o.Deleted, ACL: sharing.ACL{Distribution: sharing.Inherit}, Version: 1,
		}
		if o.ACL != nil {
			objects[i].ACL = *o.ACL
		}
	}
	var rows []export.Row
	for _, c := range b.Claims {
		*next++
		m, err := Mean(c.Type, c.Stated)
		if err != nil {
			t.Logf("%s: %v", c.Place, err)
		}
		claim := report.Claim{
			ID: *next, UUID: c.UUID, Type: m.Type, Category: c.Category, Relation: c.Relation, Stated: c.Stated, Comment: c.Comment, ToIDs: *c.ToIDs, FirstSeen: c.FirstSeen, LastSeen: c.LastSeen,
			Published: c.Published, Residue: c.Residue, Deleted: c.Deleted, Version: 1, Correlates: m.Correlates && !c.DisableCorrelation, Tags: tagList(c.Tags, c.LocalTags, b.Colours),
			ACL: sharing.ACL{Distribution: sharing.Inherit},
		}
		for _, v := range m.Parts {
			claim.Parts = append(claim.Parts, report.Part{Value: v})
		}
		if c.ACL != nil {
			claim.ACL = *c.ACL
		}
		row := export.Row{Claim: claim, Report: &r}
		if c.Object > 0 {
			row.Object = objects[c.Object-1]
		}
		rows = append(rows, row)
	}
	return r, rows
}

func tagList(shared, local []string, colours map[string]string) (out []report.Tag) {
	for _, n := range shared {
		out = append(out, report.Tag{Name: n, Colour: colours[n]})
	}
	for _, n := range local {
		out = append(out, report.Tag{Name: n, Local: true, Colour: colours[n]})
	}
	return out
}

// roundTrip reads a file and writes it again.
func roundTrip(t *testing.T, data []byte, ro ReadOptions, wo WriteOptions) []byte {
	t.Helper()
	out := []byte(`{"response":[`)
	var r report.Report
	var rows []export.Row
	next := id.ID(0)
	flush := func() {
		if rows == nil && r.ID == 0 {
			return
		}
		ev, attributes, objects := Event(&r, rows, wo)
		if len(out) > 13 {
			out = append(out, ',')
		}
		out = Append(out, &ev, attributes, objects)
		rows, r = nil, report.Report{}
	}
	for b, err := range Read(bytes.NewReader(data), int64(len(data)), ro) {
		if err != nil {
			t.Fatal(err)
		}
		if r.ID != 0 && r.UUID != b.Report.UUID {
			flush()
		}
		var more []export.Row
		r, more = written(t, b, &next)
		rows = append(rows, more...)
	}
	flush()
	return append(out, `]}`...)
}

func equalEvents(t *testing.T, name string, in, out []byte) {
	t.Helper()
	want, err := format.Comparable(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := format.Comparable(out)
	if err != nil {
		t.Fatal(err)
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

func TestRealEventsComeBackEqual(t *testing.T) {
	n := 0
	for name, data := range realdata.Files(t, "real/eset-malware-ioc.tar.gz", ".json") {
		if strings.Contains(name, "blocklist") || strings.Contains(name, "pypi_backdoor") {
			continue
		}
		n++
		equalEvents(t, name, data, roundTrip(t, data, ReadOptions{Label: asStated, Chunk: 100}, WriteOptions{}))
	}
	if n != 57 {
		t.Errorf("%d events", n)
	}
}

const richEvent = `{"Event":{"id":"7","uuid":"0F8FAD5B-D9CB-469F-A165-70867728950E","info":"Rich","date":"2024-05-01","timestamp":"1714550400","published":true,"publish_timestamp":"1714550500",
"threat_level_id":"2","analysis":"1","distribution":"3","extends_uuid":"","x_future":[1,2],"Orgc":{"name":"ACME","uuid":"55f6ea5e-51ac-4344-bc8c-4170950d210f"},
"Tag":[{"id":"3","name":"tlp:amber","colour":"#ffc000","exportable":true,"local":false},{"name":"our note","colour":"#111111","local":true},{"name":"misp-galaxy:threat-actor=\"X\"","colour":"#0088cc","relationship_type":"attributed-to"}],
"EventReport":[{"uuid":"0f8fad5b-d9cb-469f-a165-708677289511","name":"Write-up","content":"# Seen @[attribute](x)","distribution":"5","timestamp":"1714550400","deleted":false}],
"Attribute":[
 {"uuid":"0f8fad5b-d9cb-469f-a165-708677289501","type":"filename|sha256","category":"Payload delivery","value":"Evil.EXE|E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855","to_ids":true,"distribution":"5","timestamp":"1714550401","comment":"drop","disable_correlation":false,
  "Tag":[{"name":"tlp:red","colour":"#ff2b2b","exportable":true}],"Sighting":[{"id":"1","uuid":"0f8fad5b-d9cb-469f-a165-708677289599","source":"sensor","type":"1","date_sighting":"1714550600"}]},
 {"uuid":"0f8fad5b-d9cb-469f-a165-708677289502","type":"attachment","category":"Payload delivery","value":"a.txt","to_ids":false,"distribution":"0","timestamp":"1714550401","comment":"","data":"aGVsbG8="},
 {"uuid":"0f8fad5b-d9cb-469f-a165-708677289503","type":"ip-dst","category":"Network activity","value":"198.51.100.7","to_ids":true,"distribution":"5","timestamp":"1714550401","comment":"","disable_correlation":true,"first_seen":"2024-05-01T00:00:00.000001+00:00"},
 {"uuid":"0f8fad5b-d9cb-469f-a165-708677289504","type":"comment","category":"Other","value":"free text","to_ids":false,"distribution":"5","timestamp":"1714550401","comment":""},
 {"type":"md5","category":"Payload delivery"}],
"Object":[{"uuid":"0f8fad5b-d9cb-469f-a165-708677289520","name":"file","meta-category":"file","description":"A file","template_uuid":"688c46fb-5edb-40a3-8273-1af7923e2215","template_version":"24","timestamp":"1714550402","distribution":"5","comment":"c","deleted":false,
  "ObjectReference":[{"uuid":"0f8fad5b-d9cb-469f-a165-708677289530","object_uuid":"0f8fad5b-d9cb-469f-a165-708677289520","referenced_uuid":"0f8fad5b-d9cb-469f-a165-708677289503","referenced_type":"0","relationship_type":"connects-to","comment":"","timestamp":"1714550402","deleted":false}],
  "Attribute":[{"uuid":"0f8fad5b-d9cb-469f-a165-708677289521","type":"md5","category":"Payload delivery","value":"d41d8cd98f00b204e9800998ecf8427e","object_relation":"md5","to_ids":true,"distribution":"5","timestamp":"1714550402","comment":""},
   {"uuid":"0f8fad5b-d9cb-469f-a165-708677289522","type":"size-in-bytes","category":"Other","value":"0","object_relation":"size-in-bytes","to_ids":false,"distribution":"5","timestamp":"1714550402","comment":""}]}]}}`

func readOne(t *testing.T, in string, o ReadOptions) report.Batch {
	t.Helper()
	var out []report.Batch
	for b, err := range Read(strings.NewReader(in), int64(len(in)), o) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	if len(out) != 1 {
		t.Fatalf("%d batches", len(out))
	}
	return out[0]
}

func TestReadEvent(t *testing.T) {
	files := map[blob.Hash][]byte{}
	keep := func(data []byte) (blob.Hash, error) {
		h := blob.Hash(sha256.Sum256(data))
		files[h] = bytes.Clone(data)
		return h, nil
	}
	b := readOne(t, richEvent, ReadOptions{Keep: keep})
	d := b.Report
	if d.Kind != report.KindEvent || d.Title != "Rich" || d.Publisher != "ACME" || d.ACL == nil || d.ACL.TLP != marking.TLPAmber || d.ACL.Owner != 0 || len(d.Tags) != 2 || len(d.LocalTags) != 1 {
		t.Errorf("draft %+v", d)
	}
	if !d.Published.Equal(time.Unix(1714550500, 0)) || !d.Observed.Equal(time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("published %s, observed %s", d.Published, d.Observed)
	}
	if len(b.Claims) != 6 || len(b.Objects) != 1 || len(b.Relationships) != 1 || len(b.Sightings) != 1 || len(b.Documents) != 2 {
		t.Fatalf("%d claims, %d objects, %d relationships, %d sightings, %d documents", len(b.Claims), len(b.Objects), len(b.Relationships), len(b.Sightings), len(b.Documents))
	}
	if len(b.Quarantine) != 1 || b.Quarantine[0].Place != "Attribute 5" || b.Quarantine[0].Code != "misp_attribute" {
		t.Errorf("quarantine %+v", b.Quarantine)
	}
	red, private, plain := b.Claims[0], b.Claims[1], b.Claims[2]
	if red.ACL == nil || red.ACL.TLP != marking.TLPRed || red.ACL.Distribution != sharing.Inherit || private.ACL == nil || private.ACL.Distribution != sharing.OrganisationOnly || plain.ACL != nil {
		t.Errorf("labels %+v %+v %+v", red.ACL, private.ACL, plain.ACL)
	}
	if plain.Residue != nil || !plain.DisableCorrelation || plain.FirstSeen.Nanosecond() != 1000 {
		t.Errorf("a plain attribute needs no residue: %s", plain.Residue)
	}
	if strings.Contains(string(private.Residue), "aGVsbG8") || string(files[b.Documents[1].Blob]) != "hello" || b.Documents[1].Name != "a.txt" {
		t.Errorf("attachment: %s, %+v", private.Residue, b.Documents)
	}
	if s := b.Sightings[0]; s.Claim != 1 || s.Kind != 1 || s.Seen.Unix() != 1714550600 || s.Origin != "sensor" {
		t.Errorf("sighting %+v", s)
	}
	if r := b.Relationships[0]; r.Type != "connects-to" || r.Target != "x-misp-attribute--0f8fad5b-d9cb-469f-a165-708677289503" {
		t.Errorf("relationship %+v", r)
	}
	open := func(h blob.Hash) ([]byte, error) { return files[h], nil }
	in := strings.Replace(richEvent, `,
 {"type":"md5","category":"Payload delivery"}`, "", 1)
	equalEvents(t, "rich", []byte(in), roundTrip(t, []byte(in), ReadOptions{Keep: keep, Label: asStated}, WriteOptions{Open: open}))
	if n := len(readOne(t, richEvent, ReadOptions{}).Notes); n != 1 {
		t.Errorf("without a place for files a report is a note: %d", n)
	}
}

func TestChunks(t *testing.T) {
	var in strings.Builder
	in.WriteString(`{"Event":{"uuid":"0f8fad5b-d9cb-469f-a165-70867728950e","info":"big","Attribute":[`)
	for i := range 45 {
		if i > 0 {
			in.WriteByte(',')
		}
		in.WriteString(`{"type":"comment","category":"Other","value":"x"}`)
	}
	in.WriteString(`],"Object":[{"name":"file","Attribute":[` + strings.Repeat(`{"type":"comment","category":"Other","value":"x"},`, 24) + `{"type":"comment","category":"Other","value":"y"}]}]}}`)
	var sizes []int
	text := in.String()
	for b, err := range Read(strings.NewReader(text), int64(len(text)), ReadOptions{Chunk: 20}) {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(b.Claims))
		if b.Report == nil || b.Report.UUID.IsZero() || b.Report.Title != "big" {
			t.Errorf("every batch names the report: %+v", b.Report)
		}
		for _, c := range b.Claims {
			if c.Object > len(b.Objects) {
				t.Error("an object is in another batch")
			}
		}
	}
	if d := cmp.Diff([]int{20, 20, 5, 25}, sizes); d != "" {
		t.Error(d)
	}
}

func TestMeanOfAllTypes(t *testing.T) {
	samples := map[string]string{
		"ip-dst|port": "192.0.2.1|443", "domain|ip": "Example.org|192.0.2.1", "hostname|port": "a.example.org|80", "regkey|value": `HKLM\Software\X|v`, "malware-sample": "a.exe|d41d8cd98f00b204e9800998ecf8427e",
		"uri": "/gate.php", "link": "https://example.org/report", "btc": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "dash": "not a wallet", "cc-number": "4111111111111111", "vulnerability": "cve-2024-12345",
		"threat-actor": "Sofacy", "ip-src": "2001:DB8::1", "filename": `C:\a\B.exe`, "port": "443", "yara": "rule x { condition: true }", "bro": "signature x", "email-dst": "A@Example.org",
		"twitter-id": "@x", "AS": "13335", "weakness": "CWE-79", "phone-number": "call me",
	}
	got := map[string]string{}
	for typ, value := range samples {
		m, err := Mean(typ, value)
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		text := string("olfr"[min(int(m.Role), 3)])
		for _, p := range m.Parts {
			text += " " + p.Type.String() + "=" + p.Text
		}
		got[typ] = text
	}
	want := map[string]string{
		"ip-dst|port": "o ipv4-addr=192.0.2.1", "domain|ip": "o domain-name=example.org ipv4-addr=192.0.2.1", "hostname|port": "o domain-name=a.example.org",
		"regkey|value": `o windows-registry-key=HKEY_LOCAL_MACHINE\Software\X`, "malware-sample": "o file:name=a.exe file:md5=d41d8cd98f00b204e9800998ecf8427e", "uri": "l", "link": "f url=https://example.org/report",
		"btc": "o cryptocurrency-wallet=1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "dash": "l", "cc-number": "o payment-card=4111111111111111", "vulnerability": "f vulnerability=CVE-2024-12345",
		"threat-actor": "f intrusion-set=Sofacy", "ip-src": "o ipv6-addr=2001:db8::1", "port": "l", "yara": "r indicator:yara=rule x { condition: true }", "bro": "r",
		"email-dst": "o email-addr=a@example.org", "twitter-id": "o user-account=twitter:x", "AS": "o autonomous-system=AS13335", "weakness": "f weakness=CWE-79", "phone-number": "l",
	}
	fp := got["filename"]
	delete(got, "filename")
	if !strings.HasPrefix(fp, "o file:path=") {
		t.Errorf("filename with a folder: %s", fp)
	}
	if k := got["windows-registry-key"]; k != "" {
		t.Error(k)
	}
	for k, w := range want {
		if k == "regkey|value" { // letter case is the observable's business
			if !strings.EqualFold(w, got[k]) {
				t.Errorf("%s: %s", k, got[k])
			}
			continue
		}
		if got[k] != w {
			t.Errorf("%s: %q, want %q", k, got[k], w)
		}
	}
	for _, typ := range format.Types() {
		for _, name := range typ.Observables() {
			if _, ok := observable.Parse(name); !ok {
				t.Errorf("%s: there is no observable type %s", typ.Name, name)
			}
		}
		if typ.Composite {
			if _, err := Mean(typ.Name, "no bar"); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s accepts a value without |: %v", typ.Name, err)
			}
		}
	}
	if _, err := Mean("md5", "xyz"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a broken hash: %v", err)
	}
	if m, err := Mean("", "hxxp://evil[.]example[.]org/x"); err != nil || m.Type != "url" {
		t.Errorf("recognised: %+v, %v", m, err)
	}
}

func TestEveryObservableTypeHasAnAttributeType(t *testing.T) {
	for _, o := range observable.All() {
		typ, category := TypeOf(&report.Claim{Type: o.String(), Stated: "x"})
		row, ok := format.LookupType(typ)
		if !ok || !row.Allows(category) {
			t.Errorf("%s → %s in %s", o, typ, category)
		}
	}
	if typ, _ := TypeOf(&report.Claim{Type: "domain-name", Parts: []report.Part{{Value: observable.Value{Type: observable.Domain, Text: "a.b.co.uk"}}}}); typ != "hostname" {
		t.Error(typ)
	}
}

// TestReportFromElsewhere writes a report that never was an event.
func TestReportFromElsewhere(t *testing.T) {
	r := &report.Report{
		ID: 3, UUID: id.UUID{1, 2, 3, 4, 5, 6, 0x40, 8, 0x80}, Kind: report.KindReport, Title: "银狐 report", Published: time.Date(2025, 3, 4, 5, 0, 0, 0, time.UTC), Modified: time.Unix(1741064400, 0).UTC(),
		ACL: sharing.ACL{Distribution: sharing.Community, TLP: marking.TLPGreen}, Tags: []report.Tag{{Name: "tlp:white"}, {Name: "银狐", Colour: "#123456"}, {Name: "mine", Local: true}}, Version: 1,
	}
	row := export.Row{Report: r, Claim: report.Claim{
		UUID: id.UUID{9, 6: 0x40, 8: 0x80}, Type: "url", Category: "Network activity", Stated: "hxxp://Evil[.]example/x", ToIDs: true, Modified: time.Unix(1741064401, 0).UTC(), Version: 2, Correlates: true,
		Parts: []report.Part{{Value: observable.Value{Type: observable.URL, Text: "http://evil.example/x"}}}, ACL: sharing.ACL{Distribution: sharing.Inherit, TLP: marking.TLPRed},
	}}
	ev, attributes, objects := Event(r, []export.Row{row}, WriteOptions{Producer: export.Producer{Name: "Us", UUID: id.UUID{7, 6: 0x40, 8: 0x80}}})
	out := Append(nil, &ev, attributes, objects)
	for _, want := range []string{
		`"info":"银狐 report"`, `"date":"2025-03-04"`, `"distribution":"1"`, `"name":"tlp:green"`, `"name":"银狐","colour":"#123456"`, `"Orgc":{"name":"Us"`, `"value":"http://evil.example/x"`,
		`"type":"url"`, `"to_ids":true`, `"name":"tlp:red"`, `"timestamp":"1741064401"`, `"distribution":"5"`,
	} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s is missing in %s", want, out)
		}
	}
	for _, not := range []string{"tlp:white", "mine", "hxxp"} {
		if bytes.Contains(out, []byte(not)) {
			t.Errorf("%s must not leave: %s", not, out)
		}
	}
	if !jsonx.Raw(out).IsValid() {
		t.Error("broken JSON")
	}
	if dir := os.Getenv("MISP_OUT"); dir != "" {
		_ = os.WriteFile(dir+"/elsewhere.json", out, 0o600)
		_ = os.WriteFile(dir+"/rich.json", roundTrip(t, []byte(richEvent), ReadOptions{Label: asStated}, WriteOptions{}), 0o600)
	}
}

func TestSharingGroupOfTheSenderIsKeptPrivate(t *testing.T) {
	in := `{"Event":{"info":"x","uuid":"0f8fad5b-d9cb-469f-a165-70867728950e","distribution":"4","sharing_group_id":"9","SharingGroup":{"uuid":"0f8fad5b-d9cb-469f-a165-708677289555","name":"G"},
	"Attribute":[{"type":"comment","category":"Other","value":"v","distribution":"4","sharing_group_id":"9","SharingGroup":{"uuid":"0f8fad5b-d9cb-469f-a165-708677289555","name":"G"}}]}}`
	var groups []string
	b := readOne(t, in, ReadOptions{Label: func(s Stated) *sharing.ACL {
		groups = append(groups, s.SharingGroup+string(s.SharingGroupJSON))
		return label(s)
	}})
	if len(groups) != 2 || !strings.Contains(groups[1], `"name":"G"`) {
		t.Errorf("the labeller saw %q", groups)
	}
	if b.Claims[0].ACL == nil || b.Claims[0].ACL.Distribution != sharing.OrganisationOnly {
		t.Errorf("an unknown group is the owner's alone: %+v", b.Claims[0].ACL)
	}
	equalEvents(t, "groups", []byte(in), roundTrip(t, []byte(in), ReadOptions{Label: func(s Stated) *sharing.ACL {
		if s.Event {
			return &sharing.ACL{Distribution: sharing.Group, SharingGroup: 5}
		}
		return label(s)
	}}, WriteOptions{}))
}

func FuzzRead(f *testing.F) {
	f.Add(richEvent)
	f.Add(`{"response":[{"Event":{"info":"x","Attribute":[{"type":"malware-sample","value":"a|b","data":"` + base64.StdEncoding.EncodeToString([]byte("PK")) + `"}]}}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		keep := func(data []byte) (blob.Hash, error) { return blob.Hash(sha256.Sum256(data)), nil }
		next := id.ID(0)
		for b, err := range Read(strings.NewReader(in), int64(len(in)), ReadOptions{Keep: keep, Chunk: 3}) {
			if err != nil {
				return
			}
			for _, c := range b.Claims {
				if c.Residue != nil && !c.Residue.IsValid() {
					t.Fatalf("residue %s", c.Residue)
				}
			}
			r, rows := written(t, b, &next)
			ev, attributes, objects := Event(&r, rows, WriteOptions{})
			if out := Append(nil, &ev, attributes, objects); !jsonx.Raw(out).IsValid() {
				t.Fatalf("broken JSON: %s", out)
			}
		}
	})
}
