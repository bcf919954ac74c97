package rest_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// write puts a file into the folder that sources read, old enough to count as finished.
func (o *office) write(name, text string) {
	o.t.Helper()
	if err := os.WriteFile(o.file(name), []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(o.file(name), old, old); err != nil {
		o.t.Fatal(err)
	}
}

// folder makes a watched folder as a source.
func (o *office) folder(p *person, more object) object {
	o.t.Helper()
	d := object{"kind": "folder", "name": "Folder", "config": object{"path": o.root}, "schedule": "@every 1h", "enabled": true}
	for k, v := range more {
		d[k] = v
	}
	return p.want(201, "POST", "/sources", d)
}

func (o *office) ran(p *person, source string) object {
	o.t.Helper()
	list := p.eventually("a run", "/sources/"+source+"/runs", func(x object) bool {
		return len(x.items()) > 0 && x.items()[0].text("outcome") != "running"
	})
	return list.items()[0]
}

func TestSourcePresetsAndKinds(t *testing.T) {
	o := opened(t)
	kinds := o.boss.want(200, "GET", "/sources/kinds", nil).items()
	if len(kinds) < 8 || kinds[0].object("label").text("zh") == "" || len(kinds[0].list("fields")) == 0 {
		t.Errorf("kinds: %v", kinds)
	}
	presets := o.boss.want(200, "GET", "/sources/presets", nil).items()
	if len(presets) < 5 || presets[0].text("licence") == "" || presets[0].text("source") != "" {
		t.Fatalf("presets: %v", presets)
	}
	name := presets[0].text("id")
	made := o.boss.want(200, "POST", "/sources/presets/"+name+"/install", nil)
	again := o.boss.want(200, "POST", "/sources/presets/"+name+"/install", nil)
	if made["enabled"] != false || made.text("id") != again.text("id") || made.object("options").text("preset") != name {
		t.Errorf("installed: %v", made)
	}
	if got := o.boss.want(200, "GET", "/sources/presets", nil).items(); got[0].text("source") != made.text("id") {
		t.Errorf("the preset is used: %v", got[0])
	}
	o.boss.refused(404, "preset_missing", "POST", "/sources/presets/nonsense/install", nil)
	for _, p := range presets {
		o.boss.want(200, "POST", "/sources/presets/"+p.text("id")+"/install", nil)
	}
}

func TestFolderSource(t *testing.T) {
	o := opened(t)
	o.write("one.txt", "The server evil.badsite.net (45.77.12.9) drops b2c4f1d0a9e87766554433221100fee1.")
	draft := object{"kind": "folder", "config": object{"path": o.root}}
	dry := o.boss.want(200, "POST", "/sources/preview", object{"draft": draft}).items()
	if len(dry) != 1 || dry[0].number("claims") < 2 || dry[0]["problem"] != nil {
		t.Fatalf("dry run: %v", dry)
	}
	if n := len(o.boss.want(200, "GET", "/sources", nil).items()); n != 0 {
		t.Errorf("a dry run keeps nothing: %d sources", n)
	}
	o.boss.refused(400, "bad_schedule", "POST", "/sources", object{"kind": "folder", "name": "x", "config": object{"path": o.root}, "schedule": "whenever"})
	many := o.boss.send("POST", "/sources", object{"kind": "folder", "name": "", "config": object{"path": o.root}, "schedule": "whenever"}).body.list("errors")
	if len(many) != 2 || many[0].text("name") != "name" || many[1].text("name") != "schedule" { // the publisher is the name, unless said
		t.Errorf("all fields that are wrong: %v", many)
	}
	if got := o.boss.send("POST", "/sources/preview", object{"draft": object{"kind": "folder", "config": object{"path": "/etc"}}}); got.status != 403 {
		t.Errorf("outside of the allowed folders: %d %s", got.status, got.raw)
	}
	src := o.folder(o.boss, nil)
	id := src.text("id")
	run := o.ran(o.boss, id)
	if run.text("outcome") != "ok" || run.number("fresh") != 1 {
		t.Errorf("run: %v", run)
	}
	one := o.boss.want(200, "GET", "/sources/"+id+"/runs/"+run.text("id"), nil)
	if one.text("source") != id {
		t.Errorf("a run: %v", one)
	}
	o.boss.eventually("the report", "/reports", func(x object) bool { return len(x.items()) == 1 })
	time.Sleep(11 * time.Second / 10)
	// A changed folder asks for a visit long before its hour is over.
	if err := os.WriteFile(o.file("two.txt"), []byte("and another.badsite.net"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.boss.eventually("the second report", "/reports", func(x object) bool { return len(x.items()) == 2 })
	if got := o.boss.want(200, "GET", "/sources/"+id, nil); got.object("health").text("status") != "ok" {
		t.Errorf("health: %v", got)
	}
	o.boss.want(202, "POST", "/sources/"+id+"/run", nil)
	o.boss.want(204, "POST", "/sources/"+id+"/forget", nil)
	edited := o.boss.want(200, "PATCH", "/sources/"+id, object{"enabled": false, "reliability": "B", "accept": "all"})
	if edited.text("reliability") != "B" || edited.text("accept") != "all" || edited.object("health").text("status") != "disabled" {
		t.Errorf("edited: %v", edited)
	}
	o.boss.refused(409, "source_disabled", "POST", "/sources/"+id+"/run", nil)
	o.boss.refused(409, "stale", "PATCH", "/sources/"+id, object{"version": src["version"], "name": "Other"})
	o.boss.want(204, "DELETE", "/sources/"+id, nil)
	if got := names(o.boss.want(200, "GET", "/sources"+q("deleted", "true"), nil).items()); got != "Folder" {
		t.Errorf("deleted: %s", got)
	}
	o.boss.want(200, "POST", "/sources/"+id+"/restore", nil)
}

func TestSourceSecretsAndOthers(t *testing.T) {
	o := opened(t)
	const secret = "hunter2-very-secret"
	feed := newReceiver(t, 200, `<rss version="2.0"><channel><title>x</title></channel></rss>`)
	config := object{"url": feed.URL + "/feed.xml", "username": "ana"}
	src := o.boss.want(201, "POST", "/sources", object{"kind": "rss", "name": "With secret", "config": config, "secrets": object{"password": secret}, "schedule": "@every 1h"})
	id := src.text("id")
	for _, path := range []string{"/sources", "/sources/" + id, "/sources/" + id + "/runs", "/audit", "/reports"} {
		if got := o.boss.send("GET", path, nil); strings.Contains(string(got.raw), secret) {
			t.Errorf("%s shows the secret", path)
		}
	}
	if got := src["secrets_set"].([]any); len(got) != 1 || got[0] != "password" {
		t.Errorf("secrets: %v", got)
	}
	// A dry run uses the stored secret for the same configuration, and for no other.
	o.boss.want(200, "POST", "/sources/preview", object{"draft": object{"kind": "rss", "config": config}, "source": id})
	if got := feed.next(t).header.Get("Authorization"); !strings.HasPrefix(got, "Basic ") {
		t.Errorf("the stored secret was not used: %q", got)
	}
	other := newReceiver(t, 200, `<rss version="2.0"><channel><title>x</title></channel></rss>`)
	o.boss.send("POST", "/sources/preview", object{"draft": object{"kind": "rss", "config": object{"url": other.URL, "username": "ana"}}, "source": id})
	select {
	case x := <-other.got:
		if x.header.Get("Authorization") != "" {
			if _, pass, _ := strings.Cut(x.header.Get("Authorization"), " "); strings.Contains(pass, "aHVudGVy") || pass != "YW5hOg==" {
				t.Errorf("the stored secret went elsewhere: %v", x.header)
			}
		}
	default:
	}
	if got := o.boss.send("PATCH", "/sources/"+id, object{"config": object{"url": other.URL, "username": "ana"}}); got.status == 200 {
		t.Errorf("a stored secret must not follow to another server: %s", got.raw)
	}
	// Another organisation sees that there is one, and not how it is configured.
	org := o.foreign()
	bob := o.hire("bob@else.example", org, roleOrgAdmin)
	seen := bob.want(200, "GET", "/sources/"+id, nil)
	if seen["config"] != nil || len(seen["secrets_set"].([]any)) != 0 || seen.text("name") != "With secret" {
		t.Errorf("bob sees: %v", seen)
	}
	bob.refused(403, "not_owner", "PATCH", "/sources/"+id, object{"name": "Mine"})
	bob.refused(403, "not_owner", "POST", "/sources/"+id+"/run", nil)
	bob.refused(403, "not_owner", "GET", "/sources/"+id+"/runs", nil)
	bob.refused(403, "not_owner", "DELETE", "/sources/"+id, nil)
	bob.refused(404, "source_missing", "POST", "/sources/preview", object{"draft": object{"kind": "rss", "config": config}, "source": id})
	hidden := o.boss.want(201, "POST", "/sources", object{"kind": "rss", "name": "Hidden", "config": config, "label": object{"distribution": 0}})
	if got := bob.send("GET", "/sources/"+hidden.text("id"), nil); got.status != 404 {
		t.Errorf("bob finds a hidden one: %d", got.status)
	}
	ana := o.hire("ana@example.org", "", roleAnalyst)
	ana.refused(403, "permission_missing", "POST", "/sources/preview", object{"draft": object{"kind": "rss", "config": config}})
}

func TestFailingSource(t *testing.T) {
	o := opened(t)
	busy := newReceiver(t, 503, "later")
	src := o.boss.want(201, "POST", "/sources", object{"kind": "rss", "name": "Down", "config": object{"url": busy.URL}, "schedule": "@every 1h", "enabled": true})
	run := o.ran(o.boss, src.text("id"))
	if run.text("outcome") != "failed" || run.text("error") == "" {
		t.Errorf("run: %v", run)
	}
	if got := names(o.boss.want(200, "GET", "/sources"+q("status", "failing"), nil).items()); got != "Down" {
		t.Errorf("failing: %s", got)
	}
	if got := o.boss.send("POST", "/sources/preview", object{"draft": object{"kind": "rss", "config": object{"url": "http://169.254.169.254/latest"}}}); got.status < 400 || got.status == 500 {
		t.Errorf("private addresses: %d %s", got.status, got.raw)
	}
}
