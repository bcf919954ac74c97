package rest_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/ingest"
)

func TestDeadLetters(t *testing.T) {
	o := opened(t)
	for _, text := range []string{"not json", `{"source":"x","passwords":["geheim"]}`} {
		if err := o.app.Queue.Publish(t.Context(), ingest.Topic, bus.Message{Body: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	list := o.boss.eventually("dead letters", "/queue/dead", func(x object) bool { return len(x.items()) == 2 })
	if raw := o.boss.send("GET", "/queue/dead", nil).raw; strings.Contains(string(raw), "geheim") || !strings.Contains(string(raw), "(hidden)") {
		t.Errorf("passwords of archives are hidden: %s", raw)
	}
	seq := list.items()[0].text("seq")
	o.boss.refused(400, "selection_missing", "POST", "/queue/dead/replay", object{"topic": ingest.Topic})
	o.boss.refused(400, "bad_seq", "POST", "/queue/dead/replay", object{"topic": ingest.Topic, "seqs": []string{"x"}})
	if n := o.boss.want(200, "POST", "/queue/dead/replay", object{"topic": ingest.Topic, "seqs": []string{seq}}).number("count"); n != 1 {
		t.Errorf("replayed %d", n)
	}
	o.boss.eventually("it died again", "/queue/dead", func(x object) bool { return len(x.items()) == 2 })
	if n := o.boss.want(200, "POST", "/queue/dead/discard", object{"topic": ingest.Topic, "all": true}).number("count"); n != 2 {
		t.Errorf("discarded %d", n)
	}
	if got := o.boss.want(200, "GET", "/audit"+q("action", "queue"), nil).items(); len(got) != 2 || got[0].text("action") != "queue.discard" {
		t.Errorf("audit: %v", got)
	}
	chief := o.hire("chief@example.org", "", roleOrgAdmin) // messages of all organisations: not for one's administrator
	chief.refused(403, "permission_missing", "GET", "/queue/dead", nil)
	chief.refused(403, "permission_missing", "GET", "/queue", nil)
}

// TestDeadLettersLive: what died because something was missing lives once it is there, by one call for a topic.
func TestDeadLettersLive(t *testing.T) {
	o := opened(t)
	src := dropText(o.boss, "the first.evil-letter.top", nil)
	source := o.boss.want(200, "GET", "/reports/"+src, nil).text("source")
	for i := range 3 {
		text := fmt.Sprintf("see late%d.evil-letter.top", i)
		sum := sha256.Sum256([]byte(text))
		order := fmt.Sprintf(`{"source":%s,"key":"late %d","name":"late.txt","blob":"%x","size":%d}`, source, i, sum, len(text))
		if err := o.app.Queue.Publish(t.Context(), ingest.Topic, bus.Message{Body: []byte(order)}); err != nil {
			t.Fatal(err)
		}
	}
	dead := o.boss.eventually("dead letters", "/queue/dead"+q("topic", ingest.Topic), func(x object) bool { return len(x.items()) == 3 })
	if x := dead.items()[0]; x.text("code") != "file_not_found" || x.text("reason") == "" {
		t.Errorf("the reason: %v", x)
	}
	for i := range 3 {
		if _, err := o.app.Blobs.Put(t.Context(), strings.NewReader(fmt.Sprintf("see late%d.evil-letter.top", i)), 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := o.boss.want(200, "POST", "/queue/dead/replay", object{"topic": ingest.Topic, "all": true}).number("count"); n != 3 {
		t.Errorf("replayed %d", n)
	}
	o.boss.eventually("the reports", "/reports"+q("q", "title:late*"), func(x object) bool { return len(x.items()) == 3 })
	if got := o.boss.want(200, "GET", "/queue/dead", nil).items(); len(got) != 0 {
		t.Errorf("still dead: %v", got)
	}
	o.boss.refused(404, "topic_unknown", "POST", "/queue/dead/replay", object{"topic": "nowhere", "all": true})
}

const warninglist = `{"name":"Our allowed","version":3,"description":"x","type":"hostname","matching_attributes":["domain","hostname"],"list":["allowed.example","fine.example"]}`

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPacks(t *testing.T) {
	o := opened(t)
	file := archive(t, map[string]string{"misp-warninglists-main/lists/ours/list.json": warninglist, "misp-warninglists-main/lists/broken/list.json": "{"})
	job := o.boss.want(202, "POST", "/packs"+q("name", "../../lists.zip"), file)
	done := o.boss.eventually("installed", "/jobs/"+job.text("id"), func(x object) bool { return x.text("state") == "done" || x.text("state") == "failed" })
	if done.text("state") != "done" || done.object("result").number("fresh") != 1 || len(done.object("result").list("refused")) != 1 {
		t.Fatalf("job: %v", done)
	}
	packs := o.boss.want(200, "GET", "/packs"+q("kind", "warninglist"), nil).items()
	if len(packs) != 1 || packs[0].text("title") != "Our allowed" || packs[0]["enabled"] != true || packs[0].number("entries") != 2 {
		t.Fatalf("packs: %v", packs)
	}
	id := packs[0].text("id")
	entries := o.boss.want(200, "GET", "/packs/"+id+"/entries"+q("limit", "1"), nil)
	if entries.number("total") != 2 || entries.text("next") == "" {
		t.Errorf("entries: %v", entries)
	}
	o.boss.want(200, "GET", "/packs/"+id+"/entries"+q("limit", "1", "cursor", entries.text("next"), "q", "EXAMPLE"), nil)
	o.boss.want(200, "PATCH", "/packs", object{"ids": []string{id}, "enabled": false, "category": "known"})
	if got := o.boss.want(200, "GET", "/packs/"+id, nil); got["enabled"] != false || got.text("category") != "known" {
		t.Errorf("edited: %v", got)
	}
	ana := o.hire("ana@example.org", "", roleAnalyst)
	ana.refused(403, "permission_missing", "POST", "/packs", file)
	ana.want(200, "GET", "/packs", nil)
	o.boss.want(200, "POST", "/packs/remove", object{"ids": []string{id}})
	o.boss.refused(400, "upload_empty", "POST", "/packs", "")
	bad := o.boss.want(202, "POST", "/packs"+q("name", "x.zip"), "PK\x03\x04 broken")
	failed := o.boss.eventually("refused", "/jobs/"+bad.text("id"), func(x object) bool { return x.text("state") == "failed" })
	if failed.object("error").text("code") == "" || failed.object("error").text("code") == "internal" {
		t.Errorf("a broken archive: %v", failed)
	}
}

func TestJobs(t *testing.T) {
	o := opened(t)
	all := o.boss.eventually("recurring jobs", "/jobs", func(x object) bool { return len(x.items()) >= 2 }).items()
	for _, j := range all {
		if j.text("every") == "" {
			t.Errorf("job: %v", j)
		}
	}
	ana := o.hire("ana@example.org", "", roleAnalyst)
	if n := len(ana.want(200, "GET", "/jobs", nil).items()); n != 0 {
		t.Errorf("ana sees %d jobs of the system", n)
	}
	if got := ana.send("POST", "/jobs/"+all[0].text("id")+"/cancel", nil); got.status != 404 {
		t.Errorf("ana cancels: %d", got.status)
	}
	job := ana.want(202, "POST", "/assets/rematch", nil)
	bob := o.hire("bob@else.example", o.foreign(), roleOrgAdmin)
	if got := bob.send("GET", "/jobs/"+job.text("id"), nil); got.status != 404 {
		t.Errorf("bob sees ana's job: %d", got.status)
	}
	ana.eventually("rematched", "/jobs/"+job.text("id"), func(x object) bool { return x.text("state") == "done" })
	if got := ana.want(200, "GET", "/jobs"+q("kind", "assets.rematch", "state", "done"), nil).items(); len(got) != 1 {
		t.Errorf("by kind: %v", got)
	}
	ana.refused(400, "bad_cursor", "GET", "/jobs"+q("cursor", "-4"), nil)
}

func TestSettings(t *testing.T) {
	o := opened(t)
	found := map[string]string{}
	for _, x := range o.boss.want(200, "GET", "/settings", nil).items() {
		found[x.text("key")] = x.text("value")
	}
	if found["session.idle"] == "" || found["listen"] == "" {
		t.Errorf("settings: %v", found)
	}
	o.hire("chief@example.org", "", roleOrgAdmin).refused(403, "permission_missing", "GET", "/settings", nil)
}
