package rest_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestPagesWhileOthersWrite walks lists to their end while rows are added and deleted: what was there all the
// time comes exactly once.
func TestPagesWhileOthersWrite(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleOrgAdmin).keyed(t)
	var reports, values []string
	for i := range 40 {
		reports = append(reports, o.boss.want(201, "POST", "/reports", object{"title": fmt.Sprint("kept ", i)}).text("id"))
	}
	claims := make([]object, 300)
	for i := range claims {
		claims[i] = object{"value": fmt.Sprintf("kept%d.evil-page.top", i)}
	}
	o.boss.want(200, "POST", "/observables", object{"claims": claims})
	for _, c := range claims {
		values = append(values, c.text("value"))
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	var wrote atomic.Int64
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil; i++ {
			made := ana.send("POST", "/reports", object{"title": fmt.Sprint("passing ", i)})
			ana.send("POST", "/observables", object{"claims": []object{{"value": fmt.Sprintf("passing%d.evil-page.top", i)}}})
			if i%2 == 0 {
				ana.send("DELETE", "/reports/"+made.body.text("id"), nil)
			}
			wrote.Add(1)
		}
	}()
	walk := func(path, name string, limit int) map[string]int {
		seen := map[string]int{}
		for cursor := ""; ; {
			got := o.boss.want(200, "GET", path+q("limit", fmt.Sprint(limit), "cursor", cursor), nil)
			for _, x := range got.items() {
				seen[x.text(name)]++
			}
			if cursor = got.text("next"); cursor == "" {
				return seen
			}
		}
	}
	for range 3 {
		for what, want := range map[string][]string{"/reports id": reports, "/reports/queue id": reports, "/observables value": values} {
			path, name, _ := strings.Cut(what, " ")
			seen := walk(path, name, 7)
			for _, x := range want {
				if seen[x] != 1 {
					t.Errorf("%s: %s came %d times", path, x, seen[x])
				}
			}
			for x, n := range seen {
				if n > 1 {
					t.Errorf("%s: %s came %d times", path, x, n)
				}
			}
		}
	}
	stop()
	<-done
	if wrote.Load() < 5 {
		t.Errorf("others wrote only %d times", wrote.Load())
	}
}

// TestBulk: 10,000 values in one look-up, and a large batch in which some are bad.
func TestBulk(t *testing.T) {
	o := opened(t)
	var lines, asked []string
	for i := range 5000 {
		lines = append(lines, fmt.Sprintf("bulk%d[.]evil-bulk[.]top", i))
		if i%500 == 0 {
			lines = append(lines, fmt.Sprint("nothing like a value ", i))
		}
	}
	text := headers("Content-Type", "text/plain")
	got := o.boss.call("POST", "/observables", text, strings.NewReader(strings.Join(lines, "\n")))
	if got.status != 200 || got.body.number("added") != 5000 || got.body.number("refused") != 10 {
		t.Fatalf("bulk: %d %.400s", got.status, got.raw)
	}
	named := 0
	for _, r := range got.body.list("results") {
		if r.text("status") == "refused" {
			if named++; r.text("code") == "" || r.text("message") == "" || !strings.HasPrefix(r.text("value"), "nothing like a value") || lines[r.number("index")] != r.text("value") {
				t.Errorf("a bad one: %v", r)
			}
		}
	}
	if named != 10 {
		t.Errorf("%d are named", named)
	}
	if again := o.boss.call("POST", "/observables", text, strings.NewReader(strings.Join(lines, "\n"))); again.body.number("added") != 0 || again.body.number("known") != 5000 {
		t.Errorf("again: %.200s", again.raw)
	}
	for i := range 10_000 {
		asked = append(asked, fmt.Sprintf("bulk%d.evil-bulk.top", i))
	}
	began := time.Now()
	found := o.boss.want(200, "POST", "/lookup", object{"values": asked}).items()
	if len(found) != 10_000 || found[4999]["known"] != true || found[5000]["known"] != false || found[7].text("asked") != asked[7] {
		t.Errorf("look-up: %d answers, %v", len(found), found[4999])
	}
	t.Logf("10,000 values in %v", time.Since(began))
	o.boss.refused(413, "lookup_too_large", "POST", "/lookup", object{"values": append(asked, "one.more.top")})
	o.boss.refused(400, "bad_json_value", "POST", "/lookup", object{"values": 7})
	many := strings.Repeat("a.example.top\n", 50_001)
	if got := o.boss.call("POST", "/observables", text, strings.NewReader(many)); got.status != 413 || got.body.text("code") != "batch_too_large" {
		t.Errorf("over the limit: %d %.200s", got.status, got.raw)
	}
}

// TestCutConnections: clients that go away in the middle do no harm, and what they sent is not taken.
func TestCutConnections(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher).keyed(t)
	claims := make([]object, 4000)
	for i := range claims {
		claims[i] = object{"value": fmt.Sprintf("cut%d.evil-cut.top", i), "comment": strings.Repeat("c", 500)}
	}
	ana.want(200, "POST", "/observables", object{"claims": claims})
	address := strings.TrimPrefix(o.srv.URL, "http://")
	dial := func(head string) net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", head, address, ana.key)
		return c
	}
	for range 20 { // downloads that stop early
		c := dial("GET /api/v1/export?format=ndjson&all=true&tlp=red")
		_, _ = fmt.Fprint(c, "\r\n")
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.Contains(line, "200") {
			t.Fatalf("%q %v", line, err)
		}
		_ = c.Close()
	}
	const part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cut.txt\"\r\n\r\nuploaded.evil-cut.top "
	for range 5 { // uploads that stop early
		c := dial("POST /api/v1/drop")
		_, _ = fmt.Fprintf(c, "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n%s", part)
		_ = c.Close()
	}
	whole := ana.call("POST", "/drop", headers("Content-Type", "multipart/form-data; boundary=x"), strings.NewReader(part))
	if whole.status != 400 || whole.body.text("code") != "drop_form" {
		t.Errorf("a form without end: %d %s", whole.status, whole.raw)
	}
	time.Sleep(300 * time.Millisecond)
	if got := ana.want(200, "POST", "/lookup", object{"values": []string{"uploaded.evil-cut.top"}}).items()[0]; got["known"] != false {
		t.Errorf("a part of a file was taken: %v", got)
	}
	ana.want(200, "GET", "/reports", nil)
}

// TestNotModified: a text that has not changed is not sent again.
func TestNotModified(t *testing.T) {
	o := opened(t)
	r := "/reports/" + dropText(o.boss, article, nil)
	doc := r + "/documents/" + o.boss.want(200, "GET", r+"/documents", nil).items()[0].text("id") + "/original"
	first := o.boss.call("GET", doc, headers("Accept-Encoding", "identity"), nil)
	if tag := first.header.Get("ETag"); first.status != 200 || tag == "" {
		t.Errorf("no ETag: %v", first.header)
	} else if got := o.boss.call("GET", doc, headers("Accept-Encoding", "identity", "If-None-Match", tag), nil); got.status != http.StatusNotModified || len(got.raw) != 0 {
		t.Errorf("again: %d %d bytes", got.status, len(got.raw))
	}
	one := o.boss.call("GET", r, nil, nil)
	for _, tag := range []string{`"99"`, `W/"99"`} {
		got := o.boss.call("PATCH", r, headers("Content-Type", "application/json", "If-Match", tag), strings.NewReader(`{"summary":"x"}`))
		if got.status != 409 || got.body.text("code") != "stale" {
			t.Errorf("%s: %d %s", tag, got.status, got.raw)
		}
	}
	if got := o.boss.call("PATCH", r, headers("Content-Type", "application/json", "If-Match", one.header.Get("ETag")), strings.NewReader(`{"summary":"x"}`)); got.status != 200 {
		t.Errorf("the right one: %d %s", got.status, got.raw)
	}
	for _, tag := range []string{"x", `"a", "b"`, "-1"} {
		if got := o.boss.call("PATCH", r, headers("Content-Type", "application/json", "If-Match", tag), strings.NewReader(`{"summary":"x"}`)); got.status != 400 {
			t.Errorf("%s: %d %s", tag, got.status, got.raw)
		}
	}
}
