package misp

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/realdata"
)

func TestTypeTable(t *testing.T) {
	pairs := 0
	for _, typ := range Types() {
		pairs += len(typ.Categories)
		if !typ.Allows(typ.Category) {
			t.Errorf("%s: default category %s is not allowed", typ.Name, typ.Category)
		}
		if typ.Role == Observable && len(typ.Observables()) == 0 {
			t.Errorf("%s correlates but has no observable", typ.Name)
		}
		if typ.Composite != (len(typ.parts) == 2) {
			t.Errorf("%s: %d parts", typ.Name, len(typ.parts))
		}
	}
	if len(Types()) != 194 || len(Categories()) != 16 || pairs != 486 {
		t.Errorf("%d types, %d categories, %d pairs; MISP 2.5 has 194, 16, 486", len(Types()), len(Categories()), pairs)
	}
	if _, ok := LookupType("no-such"); ok {
		t.Error("found a type that is none")
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		typ, value string
		want       []Part
	}{
		{"filename|md5", "a|b.exe|d41d8cd98f00b204e9800998ecf8427e", []Part{{"file:name", "a|b.exe", false}, {"file:md5", "d41d8cd98f00b204e9800998ecf8427e", false}}},
		{"filename", `C:\Windows\evil.exe`, []Part{{"file:path", `C:\Windows\evil.exe`, false}}},
		{"ip-dst|port", "192.0.2.1|443", []Part{{"ipv4-addr", "192.0.2.1", false}, {"", "443", false}}},
		{"regkey|value", `HKLM\Software\X|a|b`, []Part{{"windows-registry-key", `HKLM\Software\X`, false}, {"", "a|b", false}}},
		{"twitter-id", "@bad", []Part{{"user-account", "twitter:bad", false}}},
		{"comment", "x|y", []Part{{"", "x|y", false}}},
		{"uri", "/gate.php", []Part{{"url", "/gate.php", true}}},
	} {
		typ, _ := LookupType(c.typ)
		got, err := typ.Split(c.value)
		if err != nil {
			t.Errorf("%s: %v", c.typ, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.typ, d)
		}
	}
	typ, _ := LookupType("domain|ip")
	if _, err := typ.Split("example.org"); err == nil {
		t.Error("a composite without | must be refused")
	}
}

// rewrite reads all events of a file and writes them as one {"response":[…]}.
func rewrite(data []byte) ([]byte, error) {
	b := []byte(`{"response":[`)
	for r, err := range Events(bytes.NewReader(data), int64(len(data))) {
		if err != nil {
			return nil, err
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, `{"Event":`...)
		b = r.Event.Append(b)
		b = append(b[:len(b)-1], `,"Attribute":[`...)
		for a, err := range r.Attributes() {
			if err != nil {
				return nil, err
			}
			b = append(a.Append(b), ',')
		}
		b = append(bytes.TrimSuffix(b, []byte(",")), `],"Object":[`...)
		for o, err := range r.Objects() {
			if err != nil {
				return nil, err
			}
			b = append(o.Append(b), ',')
		}
		b = append(bytes.TrimSuffix(b, []byte(",")), `]}}`...)
	}
	return append(b, `]}`...), nil
}

func TestRealEventsComeBackEqual(t *testing.T) {
	events, broken := 0, 0
	for name, data := range realdata.Files(t, "real/eset-malware-ioc.tar.gz", ".json") {
		if strings.Contains(name, "blocklist") {
			continue
		}
		out, err := rewrite(data)
		if err != nil {
			broken++
			continue
		}
		events++
		want, err := Comparable(data)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := Comparable(out)
		if err != nil {
			t.Fatal(name, err)
		}
		if d := diffJSON(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if events != 57 || broken != 1 {
		t.Errorf("%d events, %d broken; the archive has 57 and one broken file", events, broken)
	}
}

func diffJSON(a, b []byte) string {
	if bytes.Equal(a, b) {
		return ""
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(s []byte) string { return string(s[max(0, min(i, len(s))-200):min(len(s), i+200)]) }
	return "want …" + cut(a) + "…\ngot …" + cut(b) + "…"
}

func TestOddSpellingsSurvive(t *testing.T) {
	in := `{"Event":{"id":7,"info":"x \u0000 y","uuid":"0F8FAD5B-D9CB-469F-A165-70867728950E","timestamp":1600000000,"published":"1",
	"threat_level_id":4,"date":"2020-01-01","Orgc":{"name":"ACME","uuid":"","id":"3"},"x_future":{"a":[1,{"b":null}]},
	"Tag":[{"name":"tlp:amber","colour":"#ffc000","id":"5","local":0,"exportable":true,"hide_tag":false}],
	"Attribute":[{"type":"ip-dst","value":"198.51.100.7","category":"Network activity","to_ids":"1","timestamp":"1600000001","first_seen":"2020-01-01T02:00:00+02:00",
	  "last_seen":1577836800000001,"deleted":0,"comment":null,"distribution":5,"data":"AAAA","x":{"k":"v"}},
	 {"type":"port","value":443,"category":"Network activity","to_ids":false,"uuid":"0f8fad5b-d9cb-469f-a165-70867728950f","comment":"\ud800"}]}}`
	out, err := rewrite([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"timestamp":1600000000`, `"published":"1"`, `"x_future":{"a":[1,{"b":null}]}`, `"to_ids":"1"`, `"first_seen":"2020-01-01T02:00:00+02:00"`,
		`"last_seen":1577836800000001`, `"deleted":0`, `"data":"AAAA"`, `"x":{"k":"v"}`, `"value":443`, `"info":"x \u0000 y"`, `"threat_level_id":4`,
		`"uuid":"0F8FAD5B-D9CB-469F-A165-70867728950E"`,
	} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s is lost in %s", want, out)
		}
	}
	for r, err := range Events(strings.NewReader(in), int64(len(in))) {
		if err != nil {
			t.Fatal(err)
		}
		for a, err := range r.Attributes() {
			if err != nil {
				t.Fatal(err)
			}
			if a.Type != "ip-dst" {
				continue
			}
			if !a.ToIDs || a.FirstSeen.Format("15:04 MST") != "00:00 UTC" || a.LastSeen.UnixMicro() != 1577836800000001 {
				t.Errorf("read as %+v", a)
			}
			// An edit wins over the old spelling; what was not edited keeps it.
			a.FirstSeen = a.FirstSeen.AddDate(1, 0, 0)
			a.ToIDs = false
			b := string(a.Append(nil))
			if !strings.Contains(b, `"first_seen":"2021-01-01T00:00:00.000000+00:00"`) || !strings.Contains(b, `"to_ids":false`) || !strings.Contains(b, `"last_seen":1577836800000001`) {
				t.Errorf("after an edit: %s", b)
			}
		}
	}
}

func TestShapesOfFiles(t *testing.T) {
	event := `{"info":"i","uuid":"0f8fad5b-d9cb-469f-a165-70867728950e","Attribute":[{"type":"md5","value":"d41d8cd98f00b204e9800998ecf8427e"}]}`
	for name, in := range map[string]string{
		"event": `{"Event":` + event + `}`, "response": `{"response":[{"Event":` + event + `}]}`, "single": `{"response":{"Event":` + event + `}}`,
		"list": `[{"Event":` + event + `}]`, "bare": event, "lines": "\n" + event + "\n", "bom": "\xEF\xBB\xBF" + event,
		"rest search": `{"response":{"Attribute":[{"type":"md5","value":"x"}]}}`, "one attribute": `{"Event":{"info":"","Attribute":{"type":"md5","value":"x"}}}`,
	} {
		n, attributes := 0, 0
		for r, err := range Events(strings.NewReader(in), int64(len(in))) {
			if err != nil {
				t.Fatal(name, err)
			}
			n++
			for a, err := range r.Attributes() {
				if err != nil || a.Type != "md5" {
					t.Error(name, err)
				}
				attributes++
			}
		}
		if n != 1 || attributes != 1 {
			t.Errorf("%s: %d events, %d attributes", name, n, attributes)
		}
	}
	for name, in := range map[string]string{"no event": `{"a":1}`, "empty": ``, "truncated": `{"Event":{"info":"x","Attribute":[{"type":"md5"`, "not JSON": `hello`} {
		failed := false
		for _, err := range Events(strings.NewReader(in), int64(len(in))) {
			failed = failed || err != nil
		}
		if !failed {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestBadElementsAreNamedAndTheRestGoesOn(t *testing.T) {
	in := `{"Event":{"info":"x","Attribute":[{"type":"md5","value":"a"},"oops",{"type":"md5","value":"b"}]}}`
	var got []string
	for r, err := range Events(strings.NewReader(in), int64(len(in))) {
		if err != nil {
			t.Fatal(err)
		}
		for a, err := range r.Attributes() {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, a.Value)
		}
	}
	if d := cmp.Diff([]string{"a", "Attribute 2: An item that should be a JSON object is something else.", "b"}, got); d != "" {
		t.Error(d)
	}
}

func TestDetect(t *testing.T) {
	for in, want := range map[string]bool{
		`{"Event":{"info":"x"`: true, `{"response":[{"Event":{"id":"1","orgc_id":"2"`: true, `[{"Event":{"uuid":"`: true,
		`{"type":"bundle","objects":[`: false, `{"Event":5}`: false, `{"a":"Event","b":"info"}`: false, ``: false, `plain text`: false,
	} {
		if Detect([]byte(in)) != want {
			t.Errorf("Detect(%s) = %v", in, !want)
		}
	}
}

func TestFeedFiles(t *testing.T) {
	in := `{"0f8fad5b-d9cb-469f-a165-70867728950e":{"Orgc":{"name":"A","uuid":"u"},"Tag":[{"name":"tlp:clear","colour":"#fff"}],"info":"i","date":"2020-01-01","analysis":"2","threat_level_id":"3","timestamp":"1600000000"},"bad":3}`
	var infos []string
	for l, err := range Manifest(strings.NewReader(in)) {
		if err != nil {
			infos = append(infos, "error")
			continue
		}
		infos = append(infos, l.UUID+" "+l.Info+" "+l.Tags[0].Name)
	}
	if d := cmp.Diff([]string{"0f8fad5b-d9cb-469f-a165-70867728950e i tlp:clear", "error"}, infos); d != "" {
		t.Error(d)
	}
	n := 0
	for h, err := range Hashes(strings.NewReader("d41d8cd98f00b204e9800998ecf8427e,0f8fad5b-d9cb-469f-a165-70867728950e\nbroken\n")) {
		if n++; (n == 1) != (err == nil) || n == 1 && h.Event == "" {
			t.Errorf("line %d: %v", n, err)
		}
	}
}

func TestPacks(t *testing.T) {
	var entries, lists int
	for name, data := range realdata.Files(t, "packs/misp-warninglists.tar.gz", "/list.json") {
		w, err := ParseWarninglist(data)
		if err != nil {
			t.Error(name, err)
		}
		entries, lists = entries+len(w.List), lists+1
	}
	if lists != 136 || entries != 528972 {
		t.Errorf("%d lists, %d entries", lists, entries)
	}
	tags := 0
	for name, data := range realdata.Files(t, "packs/misp-taxonomies.tar.gz", "/machinetag.json") {
		x, err := ParseTaxonomy(data)
		if err != nil {
			t.Error(name, err)
		}
		tags += len(x.Tags())
	}
	if tags < 12833 {
		t.Errorf("%d tags", tags)
	}
	for name, data := range realdata.Files(t, "packs/misp-objects.tar.gz", "/definition.json") {
		if _, err := ParseTemplate(data); err != nil {
			t.Error(name, err)
		}
	}
	clusters := 0
	for name, data := range realdata.Files(t, "packs/misp-galaxy.tar.gz", ".json") {
		if strings.Contains(name, "/clusters/") {
			c, err := ParseClusters(data)
			if err != nil {
				t.Error(name, err)
			}
			clusters += len(c.Values)
		} else if strings.Contains(name, "/galaxies/") {
			if _, err := ParseGalaxy(data); err != nil {
				t.Error(name, err)
			}
		}
	}
	if clusters != 46025 {
		t.Errorf("%d clusters", clusters)
	}
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte(`{"Event":{"info":"x","Attribute":[{"type":"md5","value":"a","Tag":[{"name":"t"}]}],"Object":[{"name":"file","Attribute":[]}]}}`))
	f.Add([]byte(`{"response":[{"Event":{"info":1,"Attribute":{"value":null}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		Detect(data)
		once, err := rewrite(data)
		if err != nil {
			return
		}
		if !jsonx.Raw(once).IsValid() {
			t.Fatalf("wrote broken JSON: %s", once)
		}
		twice, err := rewrite(once)
		if err != nil {
			if bytes.Equal(once, []byte(`{"response":[]}`)) {
				return
			}
			t.Fatal(err)
		}
		if d := diffJSON(once, twice); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"u":{"info":"x"}}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		for l, err := range Manifest(bytes.NewReader(data)) {
			if err == nil {
				l.Append(nil)
			}
		}
		for range Hashes(bytes.NewReader(data)) {
			continue
		}
	})
}

func FuzzPacks(f *testing.F) {
	f.Add([]byte(`{"name":"x","type":"cidr","list":["10.0.0.0/8"],"version":1}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = ParseWarninglist(data)
		_, _ = ParseClusters(data)
		_, _ = ParseTemplate(data)
		if x, err := ParseTaxonomy(data); err == nil {
			x.Tags()
		}
	})
}

func BenchmarkAttributes(b *testing.B) {
	data, err := os.ReadFile(os.Getenv("MISP_EVENT"))
	if err != nil {
		b.Skip("MISP_EVENT names no file")
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := rewrite(data); err != nil {
			b.Fatal(err)
		}
	}
}
