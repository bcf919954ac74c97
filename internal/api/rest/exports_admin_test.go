package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// stocked is an office whose folder source brought accepted claims.
func stocked(t *testing.T) *office {
	t.Helper()
	o := opened(t)
	o.write("one.txt", "C2: evil.badsite.net and 45.77.12.9")
	o.folder(o.boss, object{"accept": "all", "claim_label": object{"distribution": 1, "tlp": "green"}})
	o.boss.eventually("claims", "/reports", func(x object) bool {
		return len(x.items()) == 1 && x.items()[0].object("counts").number("accepted") == 2
	})
	return o
}

func TestDirectExport(t *testing.T) {
	o := stocked(t)
	formats := o.boss.want(200, "GET", "/export/formats", nil).items()
	if len(formats) != 5 {
		t.Errorf("formats: %s", names(formats))
	}
	for _, f := range formats {
		got := o.boss.send("GET", "/export"+q("format", f.text("name"), "title", "../a\"b\r\nX: y"), nil)
		if got.status != 200 || got.header.Get("Content-Type") != f.text("media_type") || got.header.Get("X") != "" || strings.Contains(got.header.Get("Content-Disposition"), "/") || !strings.Contains(string(got.raw), "evil.badsite.net") {
			t.Errorf("%s: %d %v %.300s", f.text("name"), got.status, got.header, got.raw)
		}
	}
	o.boss.refused(422, "format_unknown", "GET", "/export"+q("format", "docx"), nil)
	if got := o.boss.send("GET", "/export"+q("q", "(a OR"), nil); got.status != 400 || got.body.text("code") == "" {
		t.Errorf("a bad query is an answer of its own: %d %s", got.status, got.raw)
	}
	if got := o.boss.send("GET", "/export"+q("format", "text", "tlp", "clear"), nil); strings.Contains(string(got.raw), "evil") {
		t.Errorf("over the ceiling: %s", got.raw)
	}
	o.boss.refused(400, "invalid_request", "GET", "/export"+q("tlp", "purple"), nil)
	n := o.boss.want(200, "GET", "/export/count"+q("tlp", "clear"), nil)
	if n.number("rows") != 0 || n.object("held").number("ceiling") != 2 {
		t.Errorf("count: %v", n)
	}
	why := o.boss.want(200, "GET", "/export/why"+q("value", "evil[.]badsite[.]net"), nil)
	if why["on"] != true || len(why.list("claims")) != 1 || why.object("value").text("value") != "evil.badsite.net" {
		t.Errorf("why: %v", why)
	}
	why = o.boss.want(200, "GET", "/export/why"+q("value", "evil[.]badsite[.]net", "tlp", "clear"), nil)
	if why["on"] != false || why.list("claims")[0].text("reason") != "ceiling" {
		t.Errorf("why not: %v", why)
	}
	if got := o.boss.want(200, "GET", "/export/why"+q("value", "nobody.knows.net"), nil); got["on"] != false || len(got.list("claims")) != 0 {
		t.Errorf("unknown: %v", got)
	}
	fetches := o.boss.want(200, "GET", "/exports/fetches", nil).items()
	if len(fetches) < 5 || fetches[0].text("who") != o.boss.mail || fetches[0].text("address") != "127.0.0.1" {
		t.Errorf("fetches: %v", fetches)
	}
	bob := o.hire("bob@else.example", o.foreign(), roleOrgAdmin)
	if got := bob.want(200, "GET", "/exports/fetches", nil).items(); len(got) != 0 {
		t.Errorf("bob sees who exported: %v", got)
	}
}

func TestStableExport(t *testing.T) {
	o := stocked(t)
	made := o.boss.want(201, "POST", "/exports", object{"name": "Proxy", "format": "text", "query": "type:domain-name", "tlp": "green"})
	path, item := made.text("path"), made.object("item")
	nobody := o.visitor()
	first := nobody.send("GET", path, nil)
	if first.status != 200 || strings.TrimSpace(string(first.raw)) != "evil.badsite.net" || first.header.Get("ETag") == "" {
		t.Fatalf("by token: %d %q", first.status, first.raw)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", first.header.Get("ETag"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 304 {
		t.Errorf("conditional: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	if raw := o.boss.send("GET", "/exports", nil).raw; strings.Contains(string(raw), made.text("token")) {
		t.Errorf("the token is shown again: %s", raw)
	}
	id := item.text("id")
	if got := o.boss.want(200, "GET", "/exports/"+id+"/fetches", nil).items(); len(got) != 2 || got[0].number("status") != 304 || got[1].number("rows") != 1 {
		t.Errorf("fetches: %v", got)
	}
	if got := o.boss.want(200, "GET", "/exports/"+id+"/why"+q("value", "45.77.12.9"), nil); got["on"] != false || got.list("claims")[0].text("reason") != "query" {
		t.Errorf("why: %v", got)
	}
	o.boss.want(200, "PATCH", "/exports/"+id, object{"version": item["version"], "query": "type:ipv4-addr"})
	o.boss.refused(409, "stale", "PATCH", "/exports/"+id, object{"version": item["version"], "name": "x"})
	if got := nobody.send("GET", path, nil); strings.TrimSpace(string(got.raw)) != "45.77.12.9" {
		t.Errorf("edited: %q", got.raw)
	}
	fresh := o.boss.want(200, "POST", "/exports/"+id+"/rotate", nil)
	if got := nobody.send("GET", path, nil); got.status != 404 {
		t.Errorf("the old token: %d", got.status)
	}
	if got := nobody.send("GET", fresh.text("path"), nil); got.status != 200 {
		t.Errorf("the new token: %d", got.status)
	}
	o.boss.want(200, "PATCH", "/exports/"+id, object{"enabled": false})
	if got := nobody.send("GET", fresh.text("path"), nil); got.status != 404 {
		t.Errorf("switched off: %d", got.status)
	}
	ana := o.hire("ana@example.org", "", roleAnalyst)
	ana.refused(403, "permission_missing", "POST", "/exports", object{"name": "x", "format": "text"})
	bob := o.hire("bob@else.example", o.foreign(), roleOrgAdmin)
	for _, try := range []string{"GET ", "DELETE ", "POST /rotate", "GET /fetches"} {
		method, rest, _ := strings.Cut(try, " ")
		if got := bob.send(method, "/exports/"+id+rest, nil); got.status != 404 {
			t.Errorf("bob: %s: %d %s", try, got.status, got.raw)
		}
	}
	o.boss.want(204, "DELETE", "/exports/"+id, nil)
}

func TestRecall(t *testing.T) {
	o := stocked(t)
	made := o.boss.want(201, "POST", "/exports", object{"name": "All", "format": "text", "tlp": "green"})
	nobody := o.visitor()
	if got := nobody.send("GET", made.text("path"), nil); !strings.Contains(string(got.raw), "evil.badsite.net") {
		t.Fatalf("before: %s", got.raw)
	}
	done := o.boss.want(200, "POST", "/exports/recall", object{"value": "hxxp evil[.]badsite[.]net"[5:], "reason": "benign"})
	exports := done.list("exports")
	if done.number("claims") != 1 || len(exports) != 1 || len(exports[0].list("fetches")) != 1 || len(done["undo"].([]any)) == 0 {
		t.Errorf("recalled: %v", done)
	}
	if got := nobody.send("GET", made.text("path"), nil); strings.Contains(string(got.raw), "evil.badsite.net") {
		t.Errorf("after: %s", got.raw)
	}
	if got := o.boss.want(200, "GET", "/export/why"+q("value", "evil.badsite.net"), nil); got.list("claims")[0].text("reason") != "rejected" {
		t.Errorf("why: %v", got)
	}
	o.boss.refused(404, "recall_nothing", "POST", "/exports/recall", object{"value": "nobody.knows.net", "reason": "benign"})
	o.boss.want(200, "POST", "/undo", object{"undo": done["undo"]})
	if got := nobody.send("GET", made.text("path"), nil); !strings.Contains(string(got.raw), "evil.badsite.net") {
		t.Errorf("undone: %s", got.raw)
	}
}

// A colleague with less clearance takes an export in hand: it must not show them what they may not see.
func TestExportIsNoWayAroundClearance(t *testing.T) {
	o := opened(t)
	o.write("one.txt", "C2: evil.badsite.net")
	o.folder(o.boss, object{"accept": "all", "claim_label": object{"distribution": 1, "tlp": "amber"}})
	o.boss.eventually("claims", "/reports", func(x object) bool {
		return len(x.items()) == 1 && x.items()[0].object("counts").number("accepted") == 1
	})
	role := o.boss.want(201, "POST", "/roles", object{"name": "Limited", "permissions": []string{"intel.read", "exports.manage"}, "clearance": "green"})
	low := o.hire("low@example.org", "", role.text("id"))
	made := o.boss.want(201, "POST", "/exports", object{"name": "All", "format": "text", "tlp": "amber"})
	id, nobody := made.object("item").text("id"), o.visitor()
	holds := func(path string) bool {
		return strings.Contains(string(nobody.send("GET", path, nil).raw), "evil.badsite.net")
	}
	if !holds(made.text("path")) {
		t.Fatal("the boss's export holds the value")
	}
	low.want(200, "PATCH", "/exports/"+id, object{"name": "Renamed"}) // changes nothing of what it selects
	if !holds(made.text("path")) {
		t.Error("a new name is no new selection")
	}
	if path := low.want(200, "POST", "/exports/"+id+"/rotate", nil).text("path"); holds(path) {
		t.Error("a new token for somebody with less clearance shows more than they may see")
	}
	if got := o.boss.want(200, "GET", "/exports/"+id, nil); got.text("account") != low.id {
		t.Errorf("whose eyes: %v", got)
	}
	path := o.boss.want(200, "POST", "/exports/"+id+"/rotate", nil).text("path")
	if !holds(path) {
		t.Error("taken back")
	}
	low.want(200, "PATCH", "/exports/"+id, object{"query": "type:domain-name"})
	if holds(path) {
		t.Error("a changed selection shows what its author may see")
	}
}
