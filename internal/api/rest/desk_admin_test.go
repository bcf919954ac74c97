package rest_test

import (
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	a := ana.want(201, "POST", "/assets", object{"value": "Example-Bank.COM", "criticality": 4, "tags": []string{"crown"}})
	if a.text("kind") != "domain" || a.text("value") != "example-bank.com" {
		t.Errorf("made: %v", a)
	}
	ana.refused(400, "invalid_request", "POST", "/assets", object{"value": "x", "criticality": 9})
	csv := "kind,value,criticality\ndomain,bank.example,3\nnetwork,203.0.113.0/24,\nnetwork,nonsense,\n品牌,某某银行,2\n"
	dry := ana.want(200, "POST", "/assets/import"+q("dry_run", "true"), csv)
	if dry["dry_run"] != true || dry.number("added") != 3 || dry.number("failed") != 1 || dry.list("errors")[0].number("line") != 4 {
		t.Errorf("dry run: %v", dry)
	}
	if n := len(ana.want(200, "GET", "/assets", nil).items()); n != 1 {
		t.Errorf("a dry run keeps nothing: %d", n)
	}
	ana.want(200, "POST", "/assets/import", csv)
	if n := ana.want(200, "POST", "/assets/import", csv).number("unchanged"); n != 3 {
		t.Errorf("again: %d unchanged", n)
	}
	o.write("one.txt", "phishing on login.example-bank.com.evil.net and www.example-bank.com")
	o.folder(o.boss, nil)
	got := ana.eventually("a report that concerns it", "/assets/"+a.text("id"), func(x object) bool { return x.number("reports") == 1 })
	ana.want(200, "PATCH", "/assets/"+a.text("id"), object{"version": got["version"], "name": "Bank"})
	ana.refused(409, "stale", "PATCH", "/assets/"+a.text("id"), object{"version": got["version"], "name": "Other"})
	if n := len(ana.want(200, "GET", "/assets"+q("kind", "brand"), nil).items()); n != 1 {
		t.Errorf("brands: %d", n)
	}
	bob := o.hire("bob@else.example", o.foreign(), roleOrgAdmin)
	if n := len(bob.want(200, "GET", "/assets", nil).items()); n != 0 {
		t.Errorf("bob sees %d assets", n)
	}
	for _, m := range []string{"GET", "DELETE"} {
		if got := bob.send(m, "/assets/"+a.text("id"), nil); got.status != 404 {
			t.Errorf("bob: %s %d", m, got.status)
		}
	}
	ana.want(204, "DELETE", "/assets/"+a.text("id"), nil)
	ana.want(200, "POST", "/assets/"+a.text("id")+"/restore", nil)
	reader := o.hire("reader@example.org", "", roleReader)
	reader.refused(403, "permission_missing", "POST", "/assets/import", csv)
}

func TestWatches(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	hook := newReceiver(t, 200, "ok")
	kinds := ana.want(200, "GET", "/channels/kinds", nil).items()
	if len(kinds) != 5 {
		t.Errorf("kinds: %s", names(kinds))
	}
	c := ana.want(201, "POST", "/channels", object{"kind": "webhook", "name": "SOC", "config": object{"url": hook.URL, "max_tlp": "red"}, "secrets": object{"secret": "hook-secret-9"}})
	if raw := ana.send("GET", "/channels", nil).raw; strings.Contains(string(raw), "hook-secret-9") {
		t.Errorf("the secret is shown: %s", raw)
	}
	ana.want(204, "POST", "/channels/"+c.text("id")+"/test"+q("lang", "zh"), nil)
	hook.next(t)
	down := newReceiver(t, 410, "gone")
	dead := ana.want(201, "POST", "/channels", object{"kind": "webhook", "name": "Down", "config": object{"url": down.URL}})
	if got := ana.send("POST", "/channels/"+dead.text("id")+"/test", nil); got.status < 400 || got.status == 500 || got.body.text("detail") == "" {
		t.Errorf("a test that fails: %d %s", got.status, got.raw)
	}
	if got := ana.send("POST", "/channels", object{"kind": "webhook", "name": "x", "config": object{"url": "http://169.254.169.254/"}}); got.status == 201 {
		if got := ana.send("POST", "/channels/"+got.body.text("id")+"/test", nil); got.status < 400 || got.status == 500 {
			t.Errorf("private addresses: %d %s", got.status, got.raw)
		}
	}
	w := ana.want(201, "POST", "/watches", object{"name": "C2", "kind": "value", "query": "evil[.]badsite[.]net", "channels": []string{c.text("id")}, "options": object{"window": 0}})
	o.write("one.txt", "beacons to evil.badsite.net all day")
	o.folder(o.boss, nil)
	if got := hook.next(t); !strings.Contains(got.body, "evil[.]badsite[.]net") || strings.Contains(got.body, "evil.badsite.net") {
		t.Errorf("the message: %s", got.body)
	}
	hits := ana.eventually("hits", "/watches/"+w.text("id")+"/hits", func(x object) bool { return len(x.items()) > 0 })
	if hits.items()[0].text("claim") == "" {
		t.Errorf("hits: %v", hits)
	}
	ana.eventually("it was sent", "/watches/"+w.text("id")+"/notices", func(x object) bool { return len(x.items()) == 1 && x.items()[0].text("state") == "sent" })
	now := ana.want(200, "GET", "/watches/"+w.text("id"), nil)
	ana.want(200, "PATCH", "/watches/"+w.text("id"), object{"version": now["version"], "muted_until": "2099-01-01T00:00:00Z"})
	if got := ana.want(200, "PATCH", "/watches/"+w.text("id"), object{"unmute": true}); got["muted_until"] != nil {
		t.Errorf("unmuted: %v", got)
	}
	eve := o.hire("eve@example.org", "", roleAnalyst) // of the same organisation, and still not hers
	if got := eve.send("GET", "/watches/"+w.text("id"), nil); got.status != 404 {
		t.Errorf("eve reads ana's watch: %d", got.status)
	}
	eve.want(200, "GET", "/channels/"+c.text("id"), nil)
	if got := eve.send("PATCH", "/channels/"+c.text("id"), object{"config": object{"url": "https://attacker.example"}}); got.status != 403 && got.status != 404 {
		t.Errorf("eve bends ana's channel: %d %s", got.status, got.raw)
	}
	ana.want(204, "DELETE", "/watches/"+w.text("id"), nil)
	ana.want(200, "POST", "/watches/"+w.text("id")+"/restore", nil)
	ana.want(204, "DELETE", "/channels/"+c.text("id"), nil)
	ana.want(200, "POST", "/channels/"+c.text("id")+"/restore", nil)
}

func TestTags(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	tag := ana.want(201, "POST", "/tags", object{"name": `campaign:name="银狐 & <b>"`, "colour": "#123456"})
	ana.refused(409, "tag_exists", "POST", "/tags", object{"name": `CAMPAIGN:name="银狐 & <b>"`})
	got := ana.want(200, "PATCH", "/tags", object{"name": tag.text("name"), "version": tag["version"], "description": "x"})
	if got.text("colour") != "#123456" || got.text("description") != "x" {
		t.Errorf("edited: %v", got)
	}
	ana.refused(409, "stale", "PATCH", "/tags", object{"name": tag.text("name"), "version": tag["version"], "colour": "#000000"})
	if got := ana.want(200, "GET", "/tags/suggest"+q("q", "银狐"), nil).items(); len(got) != 1 || got[0]["in_use"] != true {
		t.Errorf("suggested: %v", got)
	}
	if got := ana.want(200, "GET", "/tags"+q("q", "campaign"), nil).items(); len(got) != 1 {
		t.Errorf("list: %v", got)
	}
	bob := o.hire("bob@else.example", o.foreign(), roleAnalyst)
	bob.refused(403, "not_owner", "PATCH", "/tags", object{"name": tag.text("name"), "colour": "#ffffff"})
}

func TestViews(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	eve := o.hire("eve@example.org", "", roleReader)
	v := ana.want(201, "POST", "/views", object{"page": "reports", "name": "Mine", "query": "tag:apt"})
	if n := len(eve.want(200, "GET", "/views", nil).items()); n != 0 {
		t.Errorf("eve sees %d views", n)
	}
	ana.want(200, "PATCH", "/views/"+v.text("id"), object{"shared": true})
	seen := eve.want(200, "GET", "/views"+q("page", "reports"), nil).items()
	if len(seen) != 1 || seen[0]["own"] != false {
		t.Errorf("eve sees: %v", seen)
	}
	for _, m := range []string{"PATCH", "DELETE"} {
		var body any
		if m == "PATCH" {
			body = object{"name": "Hers"}
		}
		if got := eve.send(m, "/views/"+v.text("id"), body); got.status != 403 && got.status != 404 {
			t.Errorf("eve: %s %d %s", m, got.status, got.raw)
		}
	}
	ana.want(204, "DELETE", "/views/"+v.text("id"), nil)
	ana.refused(400, "invalid_request", "POST", "/views", object{"page": "", "name": "x", "query": ""})
}
