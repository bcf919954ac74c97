package rest_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// marked is a report of the home organisation with a label of its own. Its word is in every text that belongs
// to it, its value is stated by it alone.
type marked struct {
	name, word, value string
	label             object
	ids               map[string]string
}

// TestVisibility puts reports with every kind of label beside each other, and reads everything that there is
// to read as five people: what one may not see appears in no byte of any answer.
func TestVisibility(t *testing.T) {
	o := opened(t)
	elsewhere := o.foreign()
	third := o.boss.want(201, "POST", "/organisations", object{"name": "Third"}).text("id")
	low := o.boss.want(201, "POST", "/roles", object{"name": "Low", "permissions": []string{"intel.read", "intel.write", "intel.review", "exports.manage", "sources.manage", "keys.own"}, "clearance": "green"}).text("id")
	group := o.boss.want(201, "POST", "/sharing-groups", object{"name": "Sector", "members": []object{{"organisation": elsewhere}}}).text("id")
	team := o.boss.want(201, "POST", "/teams", object{"name": "Inner"}).text("id")
	people := map[string]*person{
		"insider": o.hire("insider@example.org", "", roleOrgAdmin), "ana": o.hire("ana@example.org", "", roleOrgAdmin), "low": o.hire("low@example.org", "", low),
		"bob": o.hire("bob@else.example", elsewhere, roleOrgAdmin), "tom": o.hire("tom@third.example", third, roleOrgAdmin),
	}
	o.boss.want(204, "PUT", "/teams/"+team+"/members/"+people["insider"].id, nil)
	all := []*marked{
		{name: "open", label: object{"distribution": 1, "tlp": "green"}}, {name: "own", label: object{"distribution": 0, "tlp": "green"}}, {name: "red", label: object{"distribution": 1, "tlp": "red"}},
		{name: "group", label: object{"distribution": 4, "sharing_group": group, "tlp": "green"}}, {name: "eyes", label: object{"distribution": 1, "tlp": "green", "eyes_only": []string{team}}},
		{name: "releasable", label: object{"distribution": 1, "tlp": "green", "releasable_to": []string{team}}},
	}
	sees := map[string][]string{
		"insider": {"open", "own", "red", "group", "eyes", "releasable"}, "ana": {"open", "own", "red", "group", "releasable"}, "low": {"open", "own", "group", "releasable"},
		"bob": {"open", "red", "group"}, "tom": {"open", "red"},
	}
	for _, m := range all {
		m.word, m.value = "zq"+m.name+"word", m.name+".evil-"+m.name+".top"
		m.write(t, people["insider"])
	}
	people["insider"].eventually("the index", "/search"+q("q", "zqreleasableword"), func(x object) bool { return len(x.list("reports")) > 0 })
	for _, who := range slices.Sorted(maps.Keys(people)) {
		read, shown := 0, 0
		for _, r := range routes(t) {
			if r.Method != "GET" || r.Path == "/events" {
				continue
			}
			for _, m := range all {
				for _, path := range m.paths(r.Path) {
					read++
					if m.check(t, people[who], who, path, all, sees[who]) {
						shown++
					}
				}
			}
		}
		if read < 300 || shown < 40 {
			t.Errorf("%s read only %d pages, %d with something of the reports", who, read, shown)
		}
		found := people[who].want(200, "GET", "/reports", nil).items()
		if len(found) != len(sees[who]) {
			t.Errorf("%s sees %d reports, want %v", who, len(found), sees[who])
		}
		for _, m := range all {
			got := people[who].want(200, "POST", "/lookup", object{"values": []string{m.value}}).items()[0]
			if known := slices.Contains(sees[who], m.name); got["known"] != known {
				t.Errorf("%s looks up %s: known %v", who, m.value, got["known"])
			}
		}
	}
}

// write makes the report and everything that can hang on one.
func (m *marked) write(t *testing.T, p *person) {
	t.Helper()
	m.ids = map[string]string{}
	r := dropText(p, "The "+m.word+" group uses "+strings.ReplaceAll(m.value, ".", "[.]")+" and 192.168.7.7 here.", object{"title": "About " + m.word, "label": m.label, "tags": []string{m.word}})
	m.ids["reports"] = r
	m.ids["documents"] = p.want(200, "GET", "/reports/"+r+"/documents", nil).items()[0].text("id")
	p.want(201, "POST", "/reports/"+r+"/notes", object{"body": "note " + m.word})
	claim := p.want(200, "GET", "/reports/"+r+"/claims", nil).items()[0]
	m.ids["claims"], m.ids["observables"] = claim.text("id"), claim.list("values")[0].text("id")
	p.want(200, "PATCH", "/claims/"+m.ids["claims"], object{"comment": "comment " + m.word})
	v := "/observables/" + m.ids["observables"]
	p.want(201, "POST", v+"/notes", object{"body": "value note " + m.word, "label": m.label})
	p.want(201, "POST", v+"/sightings", object{"kind": "seen", "origin": m.word, "label": m.label})
	broken := p.want(202, "POST", "/drop", object{"text": "%PDF-1.7 broken " + m.name, "name": m.word + ".pdf", "label": m.label}).items()[0]
	p.eventually("quarantine", "/drop/"+broken.text("id"), func(x object) bool { return x.text("state") == "quarantined" })
	for _, it := range p.want(200, "GET", "/quarantine"+q("q", m.word), nil).items() {
		m.ids["quarantine"] = it.text("id")
	}
	if m.ids["quarantine"] == "" {
		t.Fatal("nothing in quarantine")
	}
}

var anyParam = regexp.MustCompile(`\{[a-z]+\}`)

// paths fills a route with what belongs to the report, and asks lists for its word and its value.
func (m *marked) paths(route string) []string {
	path, ok := fill(route, m.ids)
	if !ok && strings.Contains(route, "{") {
		return []string{anyParam.ReplaceAllString(route, m.ids["reports"])} // somebody else's id of another kind
	}
	out := []string{path}
	for _, text := range []string{m.word, m.value} {
		switch route {
		case "/search", "/reports", "/observables", "/export/count", "/quarantine", "/reports/{id}/claims", "/observables/{id}/claims":
			out = append(out, path+q("q", text))
		case "/tags/suggest":
			out = append(out, path+q("text", text))
		case "/export/why":
			out = append(out, path+q("value", text))
		case "/export":
			for _, format := range []string{"csv", "ndjson", "stix21", "misp", "text"} {
				out = append(out, path+q("all", "true", "tlp", "red", "format", format))
			}
		case "/observables/{id}/around":
			for _, relation := range []string{"siblings", "parent", "domain", "inside", "containing"} {
				out = append(out, path+q("relation", relation))
			}
		}
	}
	return out
}

// check reads one page and looks for what must not be on it. It says whether the report itself is.
func (m *marked) check(t *testing.T, p *person, who, path string, all []*marked, sees []string) bool {
	t.Helper()
	got := p.send("GET", path, nil)
	if got.status >= 500 {
		t.Errorf("%s GET %s: %d %s", who, path, got.status, got.raw)
	}
	asked, _ := url.QueryUnescape(path)
	for _, other := range all {
		if slices.Contains(sees, other.name) {
			continue
		}
		for _, secret := range []string{other.word, other.value} {
			if strings.Contains(string(got.raw), secret) && !strings.Contains(asked, secret) {
				t.Errorf("%s GET %s tells of %s: %.600s", who, path, secret, got.raw)
			}
		}
	}
	return strings.Contains(string(got.raw), m.word)
}
