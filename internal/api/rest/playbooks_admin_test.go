package rest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const outputs = `name: Outputs
sources: ["Folder"]
outputs:
  - file: {path: urls.csv, format: csv, columns: [type, value]}
  - webhook: {url: "%s/hook"}
  - queue: {topic: crawl}
`

func TestPlaybooks(t *testing.T) {
	o := opened(t)
	bad := o.boss.want(200, "POST", "/playbooks/check", object{"body": "name: x\nsteps:\n  - fly: true\n"})
	if p := bad.list("problems"); bad["usable"] != false || len(p) == 0 || p[0].number("line") != 3 {
		t.Errorf("check: %v", bad)
	}
	refused := o.boss.refused(400, "playbook_invalid", "POST", "/playbooks", object{"body": "name: x\nsteps:\n  - fly: true\n"})
	if refused.object("params")["problems"] == nil {
		t.Errorf("refused: %v", refused)
	}
	hook := newReceiver(t, 200, "ok")
	body := strings.Replace(outputs, "%s", hook.URL, 1)
	warned := o.boss.want(200, "POST", "/playbooks/check", object{"body": body})
	if warned["usable"] != true || len(warned.list("problems")) != 1 || warned.text("name") != "Outputs" { // no such source yet
		t.Errorf("warned: %v", warned)
	}
	p := o.boss.want(201, "POST", "/playbooks", object{"body": body, "enabled": true})
	o.boss.refused(409, "playbook_name_taken", "POST", "/playbooks", object{"body": body})
	o.write("one.txt", "see hxxp://evil.badsite[.]net/x and 45.77.12.9")
	o.folder(o.boss, nil)
	got := hook.next(t)
	if got.path != "/hook" || !strings.Contains(got.body, "evil.badsite.net") || got.header.Get("Idempotency-Key") == "" {
		t.Errorf("webhook: %+v", got)
	}
	file := filepath.Join(o.app.Config().Data, "outputs", "1", "urls.csv")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), "evil.badsite.net") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no output file")
		}
	}
	o.boss.eventually("the topic of the queue output", "/queue", func(x object) bool { return x.items() != nil })
	v := o.boss.want(200, "PATCH", "/playbooks/"+p.text("id"), object{"version": p["version"], "enabled": false})
	o.boss.refused(409, "stale", "PATCH", "/playbooks/"+p.text("id"), object{"version": p["version"], "enabled": true})
	o.boss.want(204, "DELETE", "/playbooks/"+p.text("id")+q("version", "2"), nil)
	if v.number("version") != 2 || o.boss.want(200, "POST", "/playbooks/"+p.text("id")+"/restore", nil)["deleted"] == true {
		t.Errorf("edited: %v", v)
	}
	org := o.foreign()
	bob := o.hire("bob@else.example", org, roleOrgAdmin)
	if n := len(bob.want(200, "GET", "/playbooks", nil).items()); n != 0 {
		t.Errorf("bob sees %d playbooks", n)
	}
	if got := bob.send("PATCH", "/playbooks/"+p.text("id"), object{"enabled": true}); got.status != 404 {
		t.Errorf("bob edits: %d", got.status)
	}
}

const ingestor = `
general:
  daemon: false
  sleep: 900
sources:
  - name: vendor-blog
    module: rss
    url: https://blog.vendor.example/feed.xml
    feed_type: messy
operators:
  - name: csv
    module: csv
    filename: out.csv
`

func TestImportThreatIngestor(t *testing.T) {
	o := opened(t)
	dry := o.boss.want(200, "POST", "/playbooks/import"+q("dry_run", "true"), object{"body": ingestor})
	if len(dry.list("sources")) != 1 || len(dry.list("playbooks")) != 1 || dry.list("sources")[0]["problem"] != nil {
		t.Fatalf("dry run: %v", dry)
	}
	if n := len(o.boss.want(200, "GET", "/playbooks", nil).items()); n != 0 {
		t.Errorf("a dry run makes nothing: %d", n)
	}
	made := o.boss.want(200, "POST", "/playbooks/import", object{"body": ingestor})
	if made.list("sources")[0].text("id") == "" || made.list("playbooks")[0].text("id") == "" {
		t.Errorf("made: %v", made)
	}
	again := o.boss.want(200, "POST", "/playbooks/import", object{"body": ingestor})
	if again.list("sources")[0].object("problem").text("code") != "source_name_taken" {
		t.Errorf("again: %v", again)
	}
	if got := o.boss.send("POST", "/playbooks/import", object{"body": "{{{"}); got.status != 400 {
		t.Errorf("nonsense: %d", got.status)
	}
}

func TestQuarantine(t *testing.T) {
	o := opened(t)
	o.write("broken.json", `{"type":"bundle","id":"bundle--1","objects":[{`)
	o.folder(o.boss, nil)
	list := o.boss.eventually("quarantine", "/quarantine", func(x object) bool { return len(x.items()) == 1 })
	it := list.items()[0]
	if it.text("stage") != "parse" || it.text("reason") == "" || it["has_file"] != true || it["payload"] != nil {
		t.Errorf("item: %v", it)
	}
	if got := o.boss.want(200, "GET", "/quarantine/"+it.text("id"), nil); got.text("payload") == "" {
		t.Errorf("with payload: %v", got)
	}
	file := o.boss.send("GET", "/quarantine/"+it.text("id")+"/original", nil)
	if file.status != 200 || !strings.HasPrefix(string(file.raw), `{"type":"bundle"`) || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") || file.header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(file.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("original: %d %v", file.status, file.header)
	}
	if got := o.boss.want(200, "GET", "/quarantine/counts", nil).items(); len(got) != 1 || got[0].number("count") != 1 {
		t.Errorf("counts: %v", got)
	}
	ids := object{"ids": []string{it.text("id")}}
	o.boss.refused(400, "selection_missing", "POST", "/quarantine/discard", object{})
	ana := o.hire("ana@example.org", "", roleAnalyst)
	ana.refused(403, "permission_missing", "POST", "/quarantine/discard", ids)
	bob := o.hire("bob@else.example", o.foreign(), roleOrgAdmin)
	if got := bob.send("POST", "/quarantine/discard", ids); got.status != 403 && got.body.number("count") != 0 {
		t.Errorf("bob discards: %d %s", got.status, got.raw)
	}
	for _, act := range []string{"discard", "reopen", "replay"} {
		if n := o.boss.want(200, "POST", "/quarantine/"+act, ids).number("count"); n != 1 {
			t.Errorf("%s: %d", act, n)
		}
	}
	o.boss.eventually("it failed again", "/quarantine", func(x object) bool { return len(x.items()) == 1 && x.items()[0].text("id") != it.text("id") })
	if n := len(o.boss.want(200, "GET", "/quarantine"+q("state", "replayed"), nil).items()); n != 1 {
		t.Errorf("replayed: %d", n)
	}
	if n := o.boss.want(200, "POST", "/quarantine/discard", object{"filter": object{"stage": "parse"}}).number("count"); n != 1 {
		t.Errorf("by filter: %d", n)
	}
}
