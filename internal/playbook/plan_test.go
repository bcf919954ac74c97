package playbook

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

var blog = SourceRef{ID: 7, Name: "Vendor Blog", Kind: "rss", Publisher: "Vendor", Plane: "extranet", Tags: []string{"Vendor"}, TLP: marking.TLPAmber}

func fixedNow() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

// plan compiles documents given without their names.
func plan(t testing.TB, s SourceRef, bodies ...string) *Plan {
	t.Helper()
	var rules []rule
	for i, body := range bodies {
		d, err := Parse(fmt.Appendf(nil, "name: p%d\n%s", i+1, body))
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule{id.ID(i + 1), 1, d})
	}
	return newPlan(s, rules, report.PlainMeaning, fixedNow)
}

func batch(values ...string) *report.Batch {
	b := &report.Batch{
		Source: 7, Consumer: "ingest", Message: "m1",
		Report: &report.Draft{
			Kind: report.KindReport, Title: "银狐 campaign in May", Lang: "en", URL: "https://blog.example/1", Tags: []string{"apt"},
			Published: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
		},
		Documents: []report.DocumentDraft{{Key: "k"}},
	}
	for i, v := range values {
		b.Claims = append(b.Claims, report.ClaimDraft{Stated: v, Mentions: []report.MentionDraft{{Document: 0, Start: int64(i * 100), End: int64(i*100 + 10)}}})
	}
	return b
}

// stated lists what is left of the claims.
func stated(b *report.Batch) string {
	var out []string
	for _, c := range b.Claims {
		out = append(out, c.Stated)
	}
	return strings.Join(out, " ")
}

// TestConditions drops what a condition picks.
func TestConditions(t *testing.T) {
	values := []string{"evil.org", "hxxp://evil[.]org/a", "https://good.example/b", "198.51.100.7", "198.51.100.0/24", "d41d8cd98f00b204e9800998ecf8427e", "CVE-2024-3400", "not a value"}
	for cond, want := range map[string]string{
		"types: [domain]":                             "evil.org",
		"types: [hash, ip]":                           "198.51.100.7 198.51.100.0/24 d41d8cd98f00b204e9800998ecf8427e",
		"match: ['^https?://']":                       "hxxp://evil[.]org/a https://good.example/b",
		"match: ['^https?://'], except: ['good']":     "hxxp://evil[.]org/a",
		"values: ['EVIL[.]ORG', 'not a value']":       "evil.org not a value",
		"written: defanged":                           "hxxp://evil[.]org/a",
		"types: [url], written: plain":                "https://good.example/b",
		"filter: 'evil'":                              "evil.org hxxp://evil[.]org/a",
		"filter: 'domain:evil.org'":                   "evil.org hxxp://evil[.]org/a",
		"filter: 'net:198.51.100.0/25'":               "198.51.100.7 198.51.100.0/24",
		"filter: 'value:*.org OR type:vulnerability'": "evil.org CVE-2024-3400",
		"filter: 'value:evil.org'":                    "evil.org",
		"filter: 'tlp:>amber'":                        "",
		"filter: 'tag:vendor tag:a* -tag:x'":          strings.Join(values, " "),
		"filter: 'published:2026-05'":                 strings.Join(values, " "),
		"filter: 'published:<30d'":                    strings.Join(values, " "),
		"filter: 'published:>=30d'":                   "",
		"filter: 'published:2026-04..2026-05 -银狐'":    "",
		"filter: 'source:vendor* publisher:Vendor plane:extranet kind:report lang:EN title:campaign state:proposed'": strings.Join(values, " "),
		"filter: 'source:8'":                               "",
		"filter: 'to_ids:no'":                              "CVE-2024-3400 not a value",
		"filter: 'pain:2..3'":                              "evil.org 198.51.100.7 198.51.100.0/24",
		"filter: 'own:yes'":                                "",
		"filter: 'category:\"network activity\" type:url'": "hxxp://evil[.]org/a https://good.example/b",
	} {
		b := batch(values...)
		out, err := plan(t, blog, "steps: [{drop: true, when: {"+cond+"}}]").Apply(b)
		if err != nil {
			t.Fatal(err)
		}
		var dropped []string
		left := " " + stated(b) + " "
		for _, v := range values {
			if !strings.Contains(left, " "+v+" ") {
				dropped = append(dropped, v)
			}
		}
		if diff := cmp.Diff(want, strings.Join(dropped, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cond, diff)
		}
		if out.Dropped["p1"] != len(dropped) || len(b.Documents[0].Suppressed) != len(dropped) {
			t.Errorf("%s: %v, %d listed", cond, out.Dropped, len(b.Documents[0].Suppressed))
		}
	}
}

func TestSelectors(t *testing.T) {
	for sel, want := range map[string]bool{
		"[]": true, "[vendor  BLOG]": true, "[other]": false, "['id:7']": true, "[7]": true, "[8]": false, "['kind:rss']": true, "['kind:web']": false, "['tag:VENDOR']": true,
		"['/^Vendor/']": true, "['/^vendor/']": false, "[other, 7]": true,
	} {
		if got := plan(t, blog, "sources: "+sel+"\nsteps: [{accept: true}]") != nil; got != want {
			t.Errorf("%s: %v", sel, got)
		}
	}
	var none *Plan
	if out, err := none.Apply(batch("evil.org")); err != nil || len(out.Deliveries) > 0 || none.Extraction().KeepSuppressed {
		t.Error("a nil plan does nothing")
	}
	e := plan(t, blog, "steps: [{extract: {types: [url]}}]", "steps: [{extract: {types: [ip], keep_suppressed: true}}]", "steps: [{extract: {}}]").Extraction()
	if diff := cmp.Diff(Extraction{Types: []string{"ipv4-addr", "ipv6-addr"}, KeepSuppressed: true}, e); diff != "" {
		t.Error(diff)
	}
}

func TestSteps(t *testing.T) {
	b := batch("evil.org", "198.51.100.7", "https://evil.org/x")
	b.Claims[1].State = new(report.State)
	b.Sightings = []report.SightingDraft{{Claim: 1, Count: 1}, {Claim: 2, Count: 2}, {Claim: 3, Count: 3}, {Type: "x", Count: 4}}
	_, err := plan(t, blog, `
steps:
  - tag: [all]
  - tag: [all, apt]
  - tlp: amber+strict
  - tag: [host]
    when: {types: [domain]}
  - tlp: red
    when: {types: [url]}
  - to_ids: false
    when: {filter: "tag:host"}
  - accept: true
    when: {types: [domain, ip]}
  - drop: true
    when: {types: [ip], filter: "tlp:amber+strict"}
`).Apply(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"apt", "all"}, b.Report.Tags); diff != "" {
		t.Errorf("tags for all go on the report:\n%s", diff)
	}
	if b.ACL.TLP != marking.TLPAmberStrict || stated(b) != "evil.org https://evil.org/x" {
		t.Errorf("label %v, claims %s", b.ACL.TLP, stated(b))
	}
	host, link := b.Claims[0], b.Claims[1]
	if !cmp.Equal(host.Tags, []string{"host"}) || *host.ToIDs || *host.State != report.Accepted || host.ACL != nil {
		t.Errorf("host: %+v", host)
	}
	if link.ACL == nil || link.ACL.TLP != marking.TLPRed || link.ACL.Distribution != sharing.Inherit || link.ToIDs != nil || link.State != nil {
		t.Errorf("link: %+v %+v", link, link.ACL)
	}
	if diff := cmp.Diff([]report.SightingDraft{{Claim: 1, Count: 1}, {Claim: 2, Count: 3}, {Type: "x", Count: 4}}, b.Sightings); diff != "" {
		t.Errorf("sightings keep their claims:\n%s", diff)
	}
	want := []report.Suppressed{{Type: "ipv4-addr", Value: "198.51.100.7", Start: 100, End: 110, Reason: "playbook: p1"}}
	if diff := cmp.Diff(want, b.Documents[0].Suppressed); diff != "" {
		t.Errorf("dropped:\n%s", diff)
	}
	// A level is never lowered below what was stated.
	b = batch("evil.org")
	b.Report.ACL = &sharing.ACL{TLP: marking.TLPRed}
	if _, err := plan(t, blog, "steps: [{tlp: green}]").Apply(b); err != nil || b.Report.ACL.TLP != marking.TLPRed || b.ACL.TLP != marking.TLPUnset {
		t.Errorf("lowered: %v %v %v", b.Report.ACL.TLP, b.ACL.TLP, err)
	}
	b = batch("evil.org") // nothing stated: the playbook's word replaces the source's default
	if _, err := plan(t, blog, "steps: [{tlp: green}]").Apply(b); err != nil || b.ACL.TLP != marking.TLPGreen {
		t.Errorf("unstated: %v %v", b.ACL.TLP, err)
	}
	alone := &report.Batch{Claims: []report.ClaimDraft{{Stated: "evil.org"}}, ACL: sharing.ACL{Owner: 3, Distribution: sharing.OrganisationOnly}}
	if _, err := plan(t, blog, "steps: [{tag: x}, {tlp: red, when: {types: domain}}]").Apply(alone); err != nil || alone.Claims[0].ACL.Distribution != sharing.OrganisationOnly || len(alone.Claims[0].Tags) != 1 {
		t.Errorf("standing alone: %+v %v", alone.Claims[0], err)
	}
}

func TestOutputs(t *testing.T) {
	body := `
when: {types: [url, domain]}
store: false
outputs:
  - queue: {topic: crawl, fields: {u: "{url}", d: "{domain}", ref: "{reference_link}", "x": "{"}}
    when: {types: [url]}
  - file: {path: a.csv}
    max_tlp: green
`
	b := batch("evil.org", "hxxps://evil.org:8443/x", "198.51.100.7")
	green := &sharing.ACL{Distribution: sharing.Inherit, TLP: marking.TLPGreen}
	b.Claims[0].ACL = green // the stricter of claim and report binds: AMBER
	out, err := plan(t, blog, body).Apply(b)
	if err != nil {
		t.Fatal(err)
	}
	if stated(b) != "198.51.100.7" || out.Dropped["p1"] != 2 {
		t.Errorf("store: false keeps %q, %v", stated(b), out.Dropped)
	}
	if len(out.Deliveries) != 1 || len(out.Deliveries[0].Rows) != 1 {
		t.Fatalf("deliveries: %+v", out.Deliveries)
	}
	d := out.Deliveries[0]
	want := map[string]string{"u": "https://evil.org:8443/x", "d": "evil.org", "ref": "https://blog.example/1", "x": "{"}
	if diff := cmp.Diff(any(want), d.Output.document(d.Rows[0])); diff != "" {
		t.Errorf("message:\n%s", diff)
	}
	if d.Rows[0].Defanged != "hxxps://evil[.]org:8443/x" || d.Rows[0].TLP != "amber" || d.Rows[0].Publisher != "Vendor" {
		t.Errorf("row: %+v", d.Rows[0])
	}
	again, err := plan(t, blog, body).Apply(batch("evil.org", "hxxps://evil.org:8443/x"))
	if err != nil || again.Deliveries[0].Key != d.Key {
		t.Error("the same batch makes the same keys")
	}
	next := batch("hxxps://evil.org:8443/x")
	next.Message = "m2"
	other, err := plan(t, blog, body).Apply(next)
	if err != nil || other.Deliveries[0].Key == d.Key {
		t.Error("another batch makes another key")
	}
	// Order: what an earlier playbook drops, a later one does not see.
	b = batch("evil.org")
	out, err = plan(t, blog, "outputs: [{file: {path: a}}]", "order: -1\nsteps: [{drop: true}]").Apply(b)
	if err != nil || len(out.Deliveries) != 0 || out.Dropped["p2"] != 1 {
		t.Errorf("order: %+v", out)
	}
}

func BenchmarkApply(b *testing.B) {
	p := plan(b, blog, "steps: [{tag: x}, {drop: true, when: {match: ['^www9\\.']}}, {tag: y, when: {filter: 'domain:evil.org'}}]\noutputs: [{file: {path: a}, when: {types: url}}]")
	values := make([]string, 10_000)
	for i := range values {
		values[i] = fmt.Sprintf("www%d.evil.org", i)
	}
	for b.Loop() {
		if _, err := p.Apply(batch(values...)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(values))/b.Elapsed().Seconds(), "claims/s")
}
