package rest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNonInterference plays the same random day twice: once with another organisation busy beside it in
// private, once without. What the first organisation is answered must be the same bytes, but for ids and times.
func TestNonInterference(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			alone, beside := day(t, seed, false), day(t, seed, true)
			for i := range alone {
				if alone[i] != beside[i] {
					t.Fatalf("answer %d differs when others work in private:\nalone:  %.2000s\nbeside: %.2000s", i, alone[i], beside[i])
				}
			}
			if len(alone) < 100 {
				t.Fatalf("only %d answers were compared", len(alone))
			}
		})
	}
}

// pool are values that both organisations use.
func pool() []string {
	return []string{"evil-one.top", "evil-two.top", "https://evil-one.top/a", "45.77.31.8", "45.77.0.0/16", "d41d8cd98f00b204e9800998ecf8427a", "CVE-2024-3094", "mail@evil-two.top", "银狐.top"}
}

type player struct {
	p       *person
	r       *rand.Rand
	private bool
	reports []string
	claims  []string
	values  []string
	log     []string
	mask    masker
}

// day returns the masked answers that ana got.
func day(t *testing.T, seed uint64, others bool) []string {
	t.Helper()
	o := opened(t)
	foreign := o.foreign()
	ana := &player{p: o.hire("ana@example.org", "", rolePublisher), r: rand.New(rand.NewPCG(seed, 1))}                      //nolint:gosec // a test
	bob := &player{p: o.hire("bob@else.example", foreign, rolePublisher), r: rand.New(rand.NewPCG(seed, 2)), private: true} //nolint:gosec // a test
	for range 12 {
		if others {
			for range 3 {
				bob.act(o)
			}
		}
		ana.act(o)
		ana.look()
	}
	return ana.log
}

func (x *player) pick(list []string) string {
	if len(list) == 0 {
		return "1"
	}
	return list[x.r.IntN(len(list))]
}

func (x *player) say(method, path string, body any) object {
	got := x.p.send(method, path, body)
	x.log = append(x.log, fmt.Sprintf("%s %s: %d %s", method, x.mask.hide(path), got.status, x.mask.hide(unordered(path, got))))
	return got.body
}

func (x *player) label() any {
	if x.private {
		return object{"distribution": 0, "tlp": "red"}
	}
	return object{"distribution": 1, "tlp": "green"}
}

// act does one thing at random.
func (x *player) act(o *office) {
	some := []object{}
	for range 1 + x.r.IntN(4) {
		some = append(some, object{"value": x.pick(pool()), "tags": []string{x.pick([]string{"apt", "fox", "tlp:green"})}})
	}
	switch n := x.r.IntN(9); n {
	case 0, 1:
		r := x.say("POST", "/reports", object{"title": x.pick([]string{"Fox", "银狐 report", "Wolf"}), "label": x.label(), "tags": []string{"fox"}, "publisher": x.pick([]string{"Vendor A", "Vendor B"})})
		x.reports = append(x.reports, r.text("id"))
		x.add(r.text("id"), some)
	case 2:
		x.add(x.pick(x.reports), some)
	case 3:
		x.say("POST", "/observables", object{"claims": some, "label": x.label()})
	case 4:
		x.say("POST", "/claims/review", object{"claims": []string{x.pick(x.claims)}, "state": "rejected", "reach": x.pick([]string{"here", "source", "everywhere"}), "reason": "benign"})
	case 5:
		x.say("POST", "/claims/review", object{"claims": []string{x.pick(x.claims)}, "state": "accepted"})
	case 6:
		x.say("POST", "/observables/"+x.pick(x.values)+"/sightings", object{"kind": "seen", "count": 2, "seen": "2026-01-02T03:04:05Z"})
		x.say("POST", "/observables/"+x.pick(x.values)+"/notes", object{"body": "note"})
	case 7:
		text := "The fox 银狐 uses " + x.pick(pool()) + " and " + x.pick(pool()) + " here.\n" + fmt.Sprint(x.private, x.r.IntN(1000))
		x.reports = append(x.reports, dropText(x.p, text, object{"label": x.label()}))
	case 8:
		r := x.pick(x.reports)
		x.say("PATCH", "/reports/"+r, object{"summary": "changed", "tags": []object{{"name": "wolf"}}})
		x.say("POST", "/reports/"+r+"/notes", object{"body": "on the report"})
	}
	found := x.p.want(200, "POST", "/lookup", object{"values": pool()}).items()
	x.values = x.values[:0]
	for _, v := range found {
		if v.text("id") != "" {
			x.values = append(x.values, v.text("id"))
		}
	}
}

func (x *player) add(report string, some []object) {
	got := x.say("POST", "/reports/"+report+"/claims", object{"claims": some})
	for _, r := range got.list("results") {
		if r.text("claim") != "" {
			x.claims = append(x.claims, r.text("claim"))
		}
	}
}

// look reads everything that a reader may ask for.
func (x *player) look() {
	x.say("POST", "/lookup", object{"values": pool()})
	for _, path := range []string{
		"/home", "/reports", "/reports/queue", "/observables", "/corrections", "/tags", "/tags/suggest" + q("text", "f"), "/observables" + q("q", "publishers:>=2"), "/observables" + q("q", "domain:evil-one.top"),
		"/observables" + q("q", "net:45.77.0.0/16"), "/reports" + q("q", "evil-one.top"), "/reports" + q("q", "value:evil*"), "/reports" + q("q", "tag:fox"), "/reports" + q("q", "publisher:vendor*"),
		"/search" + q("q", "evil-two.top"), "/search" + q("q", "银狐"), "/search" + q("q", "d41d8cd98f00b204e9800998ecf8427a"), "/export/count" + q("all", "true"), "/export" + q("format", "csv", "all", "true", "tlp", "red"), "/sources", "/assets",
	} {
		x.say("GET", path, nil)
	}
	for _, v := range x.values {
		for _, part := range []string{"", "/claims", "/reports", "/mentions", "/sightings", "/notes", "/around?relation=siblings", "/around?relation=domain", "/around?relation=inside", "/around?relation=containing"} {
			x.say("GET", "/observables/"+v+part, nil)
		}
	}
	if len(x.reports) > 0 {
		r := x.reports[len(x.reports)-1]
		for _, part := range []string{"", "/claims", "/documents", "/mentions", "/notes", "/history", "/suppressed"} {
			x.say("GET", "/reports/"+r+part, nil)
		}
	}
}

// unordered gives the lists that are in the order of internal ids the order of their contents. Ids are
// handed out for the whole store, so that they and their order are the one thing that others move.
func unordered(path string, got reply) string {
	bare := func(s string) string {
		return maskID.ReplaceAllString(maskUUID.ReplaceAllString(maskTime.ReplaceAllString(s, "TIME"), "UUID"), "#")
	}
	order := func(a, b string) int { return strings.Compare(bare(a), bare(b)) }
	switch {
	case strings.Contains(path, "format=csv"):
		lines := strings.Split(strings.TrimSpace(maskRow.ReplaceAllString(string(got.raw), ",#,#,UUID\n")), "\n")
		slices.SortStableFunc(lines[1:], order)
		return strings.Join(lines, "\n")
	case !strings.HasPrefix(path, "/observables") && !strings.HasPrefix(path, "/search") || got.status != 200:
		return string(got.raw)
	}
	var whole map[string]json.RawMessage
	if json.Unmarshal(got.raw, &whole) != nil {
		return string(got.raw)
	}
	for _, name := range []string{"items", "observables"} {
		var list []json.RawMessage
		if json.Unmarshal(whole[name], &list) == nil && list != nil {
			slices.SortStableFunc(list, func(a, b json.RawMessage) int { return order(string(a), string(b)) })
			whole[name], _ = json.Marshal(list)
		}
	}
	out, _ := json.Marshal(whole)
	return string(out)
}

// masker replaces ids by their order of appearance, and times and random texts by words.
type masker struct{ ids map[string]string }

var (
	maskTime   = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?`)
	maskUUID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	maskRandom = regexp.MustCompile(`"(request_id|next|next_reports|next_observables|seq)":"[^"]*"`)
	maskID     = regexp.MustCompile(`"\d{2,}"|/\d{2,}|"(?:source|correction|assignee|sharing_group|report)":\d{2,}|(?:report|claim|observable|change) \d{2,}`)
	maskRow    = regexp.MustCompile(`,\d*,\d+,[0-9a-f-]{36}\r?\n`)
	maskNumber = regexp.MustCompile(`\d{2,}`)
)

func (m *masker) hide(text string) string {
	if m.ids == nil {
		m.ids = map[string]string{}
	}
	text = maskUUID.ReplaceAllString(maskTime.ReplaceAllString(text, "TIME"), "UUID")
	text = maskRandom.ReplaceAllString(text, `"$1":"RANDOM"`)
	return maskID.ReplaceAllStringFunc(text, func(s string) string {
		return maskNumber.ReplaceAllStringFunc(s, func(n string) string {
			if _, ok := m.ids[n]; !ok {
				m.ids[n] = fmt.Sprintf("#%d", len(m.ids))
			}
			return m.ids[n]
		})
	})
}
