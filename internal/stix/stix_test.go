package stix

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/realdata"
)

// TestObservableIDs holds ids that the reference library of OASIS makes.
func TestObservableIDs(t *testing.T) {
	for in, want := range map[string]string{
		`{"type":"ipv4-addr","value":"198.51.100.3"}`:                                        "28bb3599-77cd-5a82-a950-b5bc3caf07c4",
		`{"type":"ipv6-addr","value":"2001:db8::1"}`:                                         "6469e3a9-b053-5e34-a025-9396ae051d26",
		`{"type":"domain-name","value":"例子.example","resolves_to_refs":["x"]}`:               "2aeb6833-d64f-5b35-b1d4-60488ba4c97f",
		`{"type":"url","value":"http://x.example/?a='b'&c=\"d\""}`:                           "30a1f6be-a95a-5811-a2bf-dfa235c0145b",
		`{"type":"email-addr","value":"a@example.org","display_name":"A"}`:                   "1551d521-551b-540f-872a-5de3f1659463",
		`{"type":"mac-addr","value":"d2:fb:49:24:37:18"}`:                                    "757b1725-9903-54f5-a855-1240691d7659",
		`{"type":"mutex","name":"Global\\x"}`:                                                "ae17633a-a726-56e8-8a6a-b5b8e67c9d26",
		`{"type":"autonomous-system","number":13335}`:                                        "0204c07d-e4dd-5f14-a3d5-c93cb1c5a9fc",
		`{"type":"directory","path":"C:\\Windows"}`:                                          "30b6c25d-82f4-51af-a3c8-51cb692dfd0a",
		`{"type":"file","name":"b.txt","size":3}`:                                            "56e49008-7b67-53ef-bb3f-3a1edc71e2ab",
		`{"type":"user-account","user_id":"1001","account_login":"j","account_type":"unix"}`: "63d180df-a984-54d8-853a-36af0ed02c3a",
		`{"type":"software","name":"Word","vendor":"Microsoft","version":"1"}`:               "c8630985-a839-547f-9e16-a843ea9c60af",
		`{"type":"file","name":"a.exe","hashes":{"SHA-256":"fe90a7e910cb3a4739bed9180e807e93fa70c90f25a8915476f5e4bfbac681db","MD5":"d41d8cd98f00b204e9800998ecf8427e"}}`: "7e567502-8994-53ff-9c69-79240cae362d",
		`{"type":"network-traffic","protocols":["tcp"],"dst_port":443,"dst_ref":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd"}`:                                       "dc0a5b41-bf39-5e37-b231-921ae7200a41",
		`{"type":"windows-registry-key","values":[{"name":"n","data":"d","data_type":"REG_SZ"}],"key":"HKEY_LOCAL_MACHINE\\x"}`:                                           "c19b58c1-c7a9-5da5-8211-2b53324b49e0",
	} {
		o := NewObject(jsonx.Raw(in))
		got, fixed := ObservableID(o)
		if !fixed || got != o.Type()+"--"+want {
			t.Errorf("%s: %s", in, got)
		}
	}
	a, fixed := ObservableID(NewObject(jsonx.Raw(`{"type":"process","pid":3}`)))
	b, _ := ObservableID(NewObject(jsonx.Raw(`{"type":"process","pid":3}`)))
	if fixed || a == b {
		t.Error("a process has a random id")
	}
}

func read(t testing.TB, data []byte) (out []Entry, problems []string) {
	t.Helper()
	for e, err := range ReadObjects(bytes.NewReader(data), int64(len(data)), nil) {
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		out = append(out, e)
	}
	return out, problems
}

func TestRealBundlesAreReadWhole(t *testing.T) {
	counts := map[string]int{}
	files := realdata.Files(t, "real/amnesty-investigations.tar.gz", ".stix2")
	for name, want := range map[string]int{"attack/ics-attack-stix21.json.gz": 1826, "attack/mobile-attack-stix21.json.gz": 2148, "attack/enterprise-attack-stix20.json.gz": 24771} {
		files[name] = realdata.Gunzip(t, name)
		counts[name] = want
	}
	for name, data := range files {
		if !Detect(data[:4096]) {
			t.Errorf("%s is not recognised", name)
		}
		entries, problems := read(t, data)
		if want := counts[name]; want != 0 && len(entries) != want || len(problems) != 0 || len(entries) == 0 {
			t.Errorf("%s: %d objects, %v", name, len(entries), problems)
		}
		var whole struct {
			Objects []jsonx.Raw `json:"objects"`
		}
		if err := jsonx.UnmarshalLenient(data, &whole); err != nil {
			t.Fatal(err)
		}
		for i, e := range entries {
			if !bytes.Equal(e.Object.Raw, whole.Objects[i]) || !bytes.Equal(data[e.Start:e.End], e.Object.Raw) {
				t.Fatalf("%s, %s is not what the file holds", name, e.Place)
			}
			if _, _, ok := SplitID(e.Object.ID()); !ok || e.Object.Modified().IsZero() {
				t.Errorf("%s, %s: %s", name, e.Place, e.Object.ID())
			}
		}
	}
}

func TestShapes(t *testing.T) {
	one := `{"type":"ipv4-addr","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","value":"192.0.2.1"}`
	for name, in := range map[string]string{
		"bundle": `{"type":"bundle","id":"bundle--1","objects":[` + one + `]}`, "envelope": `{"more":false,"objects":[` + one + `]}`, "list": `[` + one + `]`, "single": " \n" + one + " ",
		"bom": "\xEF\xBB\xBF[" + one + "]", "late type": `{"objects":[` + one + `],"type":"bundle"}`,
	} {
		entries, problems := read(t, []byte(in))
		if len(entries) != 1 || len(problems) != 0 || entries[0].Object.Text("value") != "192.0.2.1" || in[entries[0].Start:entries[0].End] != one {
			t.Errorf("%s: %d objects, %v", name, len(entries), problems)
		}
	}
	entries, problems := read(t, []byte(`{"objects":[3,`+one+`,{"type":"x"},{"id":"x--1"}]}`))
	if d := cmp.Diff([]string{
		"objects[0]: An item that should be a STIX object is something else.", "objects[2]: A STIX object needs a type and an id.", "objects[3]: A STIX object needs a type and an id.",
	}, problems); d != "" || len(entries) != 1 {
		t.Error(d, len(entries))
	}
	if _, problems := read(t, []byte(`{"objects":[`+one+`,`)); len(problems) != 1 {
		t.Error("a truncated bundle must say so")
	}
	if _, problems := read(t, []byte(`"x"`)); len(problems) != 1 {
		t.Error("a text is no bundle")
	}
}

func TestDetect(t *testing.T) {
	for in, want := range map[string]bool{
		`{"type":"bundle","id":"bundle--`: true, `{"id":"bundle--55fd9639-3cd6-47e1-bed0-1aa726d6b2d3","spec_`: true, `{"objects":[{"type":"indicator","spec_version":"2.1"`: true,
		`[{"type":"tool","id":"tool--55fd9639-3cd6-47e1-bed0-1aa726d6b2d3","modified":"`: true,
		`{"Event":{"info":"x"}}`: false, `{"type":"object"}`: false, `hello`: false, ``: false, `{"id":"x--y"}`: false,
	} {
		if Detect([]byte(in)) != want {
			t.Errorf("Detect(%s) = %v", in, !want)
		}
	}
}

func TestAccess(t *testing.T) {
	o := NewObject(jsonx.Raw(`{"type":"indicator","labels":["a","b",3],"confidence":"85","created":"2016-12-31T23:59:60Z","modified":"2017-01-01T00:00:00.1234567Z","revoked":true,
	"name":3,"n":1,"n":2,"external_references":[{"source_name":"s","external_id":"T1059","url":"u"}],"aliases":"one"}`))
	if o.Confidence() != -1 || o.Name() != "" || !o.Bool("revoked") || len(o.Texts("labels")) != 2 || len(o.Texts("aliases")) != 1 {
		t.Error("members of the wrong type must read as missing")
	}
	if n, _ := o.Number("n"); n != 2 {
		t.Error("of duplicates the last counts")
	}
	if !o.Time("created").Equal(time.Date(2016, 12, 31, 23, 59, 59, 0, time.UTC)) || o.Modified().Nanosecond() != 123456000 {
		t.Errorf("%s %s", o.Time("created"), o.Modified())
	}
	if r := o.References(); len(r) != 1 || r[0].ExternalID != "T1059" {
		t.Errorf("%+v", r)
	}
	if FormatTime(time.Date(2020, 1, 1, 0, 0, 0, 1000, time.UTC)) != "2020-01-01T00:00:00.000001Z" || FormatTime(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) != "2020-01-01T00:00:00.000Z" {
		t.Error("times have milliseconds, or microseconds where there are any")
	}
}

func TestMarkings(t *testing.T) {
	for level := marking.TLPClear; level <= marking.TLPRed; level++ {
		markingID, definition := TLPMarking(level)
		got, _ := MarkingOf(NewObject(jsonx.Raw(definition)))
		if back, ok := TLPOf(markingID); !ok || back != level || got != level || !jsonx.Raw(definition).IsValid() {
			t.Errorf("%s: %s, %s", level, back, got)
		}
	}
	for in, want := range map[string]string{
		`{"id":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"}`:                                            "clear ",
		`{"id":"marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"}`:                                            "amber+strict ",
		`{"id":"marking-definition--11111111-2222-4333-8444-555555555555","definition":{"tlp":"red"}}`:                 "red ",
		`{"id":"marking-definition--11111111-2222-4333-8444-555555555555","name":"PAP:GREEN"}`:                         " green",
		`{"id":"marking-definition--11111111-2222-4333-8444-555555555555","definition":{"statement":"Copyright red"}}`: " ",
	} {
		tlp, pap := MarkingOf(NewObject(jsonx.Raw(in)))
		if got := fmt.Sprint(tlp, " ", pap); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestStatements(t *testing.T) {
	for in, want := range map[string]string{
		`{"type":"file","hashes":{"SHA-256":"b","MD5":"a"},"name":"n","extensions":{"windows-pebinary-ext":{"imphash":"i"}}}`: "hashes.MD5=a hashes.SHA-256=b name=n hashes.IMPHASH=i",
		`{"type":"autonomous-system","number":13335}`:                                                                          "number=AS13335",
		`{"type":"windows-registry-key","key":"k","values":[{"name":"n","data":"d"}]}`:                                         "key=k values.n=d",
		`{"type":"network-traffic","dst_port":443,"extensions":{"http-request-ext":{"request_header":{"User-Agent":["ua"]}}}}`: "dst_port=443 extensions.http-request-ext.request_header.User-Agent=ua",
		`{"type":"cryptocurrency-wallet","value":"w"}`:                                                                         "value=w",
	} {
		var got []string
		for _, s := range Statements(NewObject(jsonx.Raw(in))) {
			got = append(got, s.Path+"="+s.Text)
		}
		if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
	for in, want := range map[string]string{"sha256": "SHA-256", "'SHA-1'": "SHA-1", "SHA3_256": "SHA3-256", "ssdeep": "SSDEEP", "MD5": "MD5", "x": "X"} {
		if HashName(in) != want {
			t.Errorf("%s: %s", in, HashName(in))
		}
	}
}

func FuzzReadObjects(f *testing.F) {
	f.Add([]byte(`{"type":"bundle","objects":[{"type":"file","id":"file--1","hashes":{"MD5":"x"}},3]}`))
	f.Add([]byte(` [{"type":"a","id":"b","labels":["x"]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		Detect(data)
		for e, err := range ReadObjects(bytes.NewReader(data), int64(len(data)), &Header{}) {
			if err != nil {
				continue
			}
			if !bytes.Equal(data[e.Start:e.End], e.Object.Raw) {
				t.Fatalf("%q is not at its place", e.Object.Raw)
			}
			Statements(e.Object)
			ObservableID(e.Object)
			MarkingOf(e.Object)
			e.Object.References()
		}
	})
}
