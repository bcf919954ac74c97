package preset_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/all"
	"github.com/vedette-ti/vedette/internal/feed/preset"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/list"
)

func TestPresets(t *testing.T) {
	presets, err := preset.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(presets) < 30 {
		t.Errorf("only %d presets", len(presets))
	}
	kinds := map[string]feed.Kind{}
	for _, k := range all.Kinds() {
		kinds[k.Name] = k
	}
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	han := regexp.MustCompile(`\p{Han}`)
	seen, addresses, chinese := map[string]bool{}, map[string]string{}, 0
	for _, p := range presets {
		if !id.MatchString(p.ID) || seen[p.ID] {
			t.Errorf("%q: bad or twice", p.ID)
		}
		seen[p.ID] = true
		if p.Name.EN == "" || p.Name.ZH == "" || p.Help.EN == "" || !han.MatchString(p.Help.ZH) || p.Licence == "" {
			t.Errorf("%s: a text is missing", p.ID)
		}
		if p.Reliability == 0 || p.TLP != marking.TLPClear || p.Every < 30 || p.Lang == "" {
			t.Errorf("%s: %v, %v, every %d min, %q", p.ID, p.Reliability, p.TLP, p.Every, p.Lang)
		}
		for _, link := range []string{p.Homepage, p.LicenceURL} {
			if u, err := url.Parse(link); link != "" && (err != nil || u.Scheme != "https") {
				t.Errorf("%s: link %q", p.ID, link)
			}
		}
		if p.Lang == "zh" {
			chinese++
		}
		checkConfig(t, kinds, p, addresses)
	}
	if chinese < 5 {
		t.Errorf("only %d Chinese sources", chinese)
	}
}

func checkConfig(t *testing.T, kinds map[string]feed.Kind, p preset.Preset, addresses map[string]string) {
	t.Helper()
	kind, ok := kinds[p.Kind]
	if !ok {
		t.Errorf("%s: no kind %q", p.ID, p.Kind)
		return
	}
	if _, err := kind.New(p.Config); err != nil {
		t.Errorf("%s: %v", p.ID, err)
	}
	var config struct {
		URL     string    `json:"url"`
		Mapping jsonx.Raw `json:"mapping"`
	}
	if err := jsonx.Unmarshal(p.Config, &config); err != nil {
		t.Fatal(err)
	}
	address := config.URL
	if address == "" {
		address = string(p.Config)
	}
	if other := addresses[address]; other != "" {
		t.Errorf("%s and %s have the same address", p.ID, other)
	}
	addresses[address] = p.ID
	if p.Kind == "list" {
		if _, err := list.ParseOptions(config.Mapping); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
}

func TestFind(t *testing.T) {
	if p, err := preset.Find("cisa-kev"); err != nil || p.Kind != "list" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := preset.Find("nope"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("%v", err)
	}
}

// TestMappings reads a few lines in each publisher's layout through the real parser.
func TestMappings(t *testing.T) {
	for id, tc := range map[string]struct {
		text string
		want []parser.Entry
	}{
		"urlhaus-recent": {
			"################\n# abuse.ch URLhaus\n#\n# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n" +
				`"37","2026-11-01 10:00:07","http://198.51.100.7:36/bin.sh","online","2026-11-01 10:00:07","malware_download","32-bit,elf,mips","https://urlhaus.abuse.ch/url/37/","x"` + "\r\n",
			[]parser.Entry{{Type: "url", Value: "http://198.51.100.7:36/bin.sh", Comment: "malware_download", Tags: []string{"32-bit", "elf", "mips"}, FirstSeen: at("2026-11-01 10:00:07"), LastSeen: at("2026-11-01 10:00:07")}},
		},
		"feodo-ip": {
			"# abuse.ch Feodo Tracker\r\n\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\r\n\"2026-01-02 03:04:05\",\"198.51.100.8\",\"443\",\"online\",\"2026-02-03\",\"Emotet\"\r\n# END\r\n",
			[]parser.Entry{{Type: "ip-dst", Value: "198.51.100.8", Comment: "Emotet", FirstSeen: at("2026-01-02 03:04:05"), LastSeen: at("2026-02-03 00:00:00")}},
		},
		"sslbl-certificates": {
			"# abuse.ch SSLBL\n#\n# Listingdate,SHA1,Listingreason\n2026-03-04 05:06:07,aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d,AsyncRAT C&C\n",
			[]parser.Entry{{Type: "x509-fingerprint-sha1", Value: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", Comment: "AsyncRAT C&C", FirstSeen: at("2026-03-04 05:06:07")}},
		},
		"threatfox-recent": {
			`{"2":[{"ioc_value":"198.51.100.9:443","ioc_type":"ip:port","threat_type":"botnet_cc","malware_printable":"Remcos","first_seen_utc":"2026-05-06 07:08:09",` +
				`"last_seen_utc":null,"confidence_level":75,"tags":"RAT,c2","reporter":"y"}],` +
				`"1":[{"ioc_value":"evil.test","ioc_type":"domain","malware_printable":"Remcos","first_seen_utc":"2026-05-06 07:08:09","last_seen_utc":null,"confidence_level":100,"tags":null}]}`,
			[]parser.Entry{
				{Value: "198.51.100.9:443", Comment: "Remcos", Tags: []string{"RAT", "c2"}, FirstSeen: at("2026-05-06 07:08:09"), Confidence: 75},
				{Type: "domain", Value: "evil.test", Comment: "Remcos", FirstSeen: at("2026-05-06 07:08:09"), Confidence: 100},
			},
		},
		"spamhaus-drop-v4": {
			`{"cidr":"198.51.100.0/24","sblid":"SBL1","rir":"apnic"}` + "\n" + `{"type":"metadata","timestamp":1,"size":2}` + "\n",
			[]parser.Entry{{Type: "ip-dst", Value: "198.51.100.0/24", Comment: "SBL1"}},
		},
		"cisa-kev": {
			`{"title":"KEV","count":1,"vulnerabilities":[{"cveID":"CVE-2026-0001","vulnerabilityName":"Acme flaw","dateAdded":"2026-01-02"}]}`,
			[]parser.Entry{{Type: "vulnerability", Value: "CVE-2026-0001", Comment: "Acme flaw", FirstSeen: at("2026-01-02 00:00:00")}},
		},
		"cins-army": {"198.51.100.1\n198.51.100.2\n", []parser.Entry{{Type: "ip-src", Value: "198.51.100.1"}, {Type: "ip-src", Value: "198.51.100.2"}}},
	} {
		p, err := preset.Find(id)
		if err != nil {
			t.Fatal(err)
		}
		var config struct {
			Mapping jsonx.Raw `json:"mapping"`
		}
		if err := jsonx.Unmarshal(p.Config, &config); err != nil {
			t.Fatal(err)
		}
		doc, err := list.New().Parse(t.Context(), parser.Input{Name: id, Data: []byte(tc.text), Options: config.Mapping}, parser.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		for i := range doc.Entries {
			doc.Entries[i].Place = ""
		}
		for i := range tc.want {
			if tc.want[i].Confidence == 0 {
				tc.want[i].Confidence = -1 // not stated
			}
		}
		if diff := cmp.Diff(tc.want, doc.Entries, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s, warnings %v", id, diff, doc.Warnings)
		}
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return t
}
