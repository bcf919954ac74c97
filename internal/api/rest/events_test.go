package rest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// news is one event of a stream.
type news struct {
	id, kind string
	data     object
}

// listen opens an event stream.
func (p *person) listen(path, last string) (events <-chan news, stop func(), status int) {
	p.o.t.Helper()
	ctx, cancel := context.WithCancel(p.o.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.o.srv.URL+"/api/v1/events"+path, nil)
	if err != nil {
		p.o.t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	if p.key != "" {
		req.Header.Set("Authorization", "Bearer "+p.key)
	}
	client := *p.http
	client.Timeout = 0
	resp, err := client.Do(req)
	if err != nil {
		p.o.t.Fatal(err)
	}
	out := make(chan news, 1000)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		var n news
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "id: "):
				n.id = line[4:]
			case strings.HasPrefix(line, "event: "):
				n.kind = line[7:]
			case strings.HasPrefix(line, "data: "):
				_ = json.Unmarshal([]byte(line[6:]), &n.data)
			case line == "" && n.kind != "":
				out <- n
				n = news{}
			}
		}
	}()
	return out, cancel, resp.StatusCode
}

// until reads events until one fits; within says how long to wait.
func until(t *testing.T, events <-chan news, within time.Duration, fits func(news) bool) (news, bool) {
	t.Helper()
	end := time.After(within)
	for {
		select {
		case n, ok := <-events:
			if !ok {
				return news{}, false
			}
			if fits(n) {
				return n, true
			}
		case <-end:
			return news{}, false
		}
	}
}

func about(kind, item string) func(news) bool {
	return func(n news) bool {
		return n.kind == "change" && n.data.text("kind") == kind && n.data.text("first") == item
	}
}

func TestEvents(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher)
	bob := o.hire("bob@else.example", o.foreign(), rolePublisher)
	events, stop, status := ana.listen("", "")
	defer stop()
	foreign, stopBob, _ := bob.listen("", "")
	defer stopBob()
	hello, ok := until(t, events, 10*time.Second, func(n news) bool { return n.kind == "hello" })
	if !ok || status != 200 || hello.id == "" {
		t.Fatalf("hello: %v %d", hello, status)
	}
	secret := o.boss.want(201, "POST", "/reports", object{"title": "secret", "label": object{"distribution": 0}}).text("id")
	if n, ok := until(t, events, 10*time.Second, about("report", secret)); !ok || n.data.text("who") != o.boss.mail || n.data.text("op") != "create" {
		t.Fatalf("ana hears of it: %v %v", n, ok)
	}
	public := o.boss.want(201, "POST", "/reports", object{"title": "public"}).text("id")
	got := 0
	if _, ok := until(t, foreign, 10*time.Second, func(n news) bool {
		if n.kind == "change" {
			got++
		}
		return about("report", public)(n)
	}); !ok || got != 1 {
		t.Errorf("bob hears %d changes, of the public report: %v", got, ok)
	}
	// Back after a while: what was missed comes first, whole and in order.
	stop()
	var made []string
	for i := range 5 {
		made = append(made, o.boss.want(201, "POST", "/reports", object{"title": fmt.Sprint("missed ", i)}).text("id"))
	}
	back, stopBack, _ := ana.listen("", hello.id)
	defer stopBack()
	for _, want := range append([]string{secret, public}, made...) {
		n, ok := until(t, back, 10*time.Second, func(n news) bool { return n.kind == "change" && n.data.text("kind") == "report" })
		if !ok || n.data.text("first") != want {
			t.Fatalf("missed: %v, want report %s", n, want)
		}
	}
	// Who may no longer read hears nothing more.
	o.boss.want(200, "PATCH", "/users/"+ana.id, object{"disabled": true})
	o.boss.want(201, "POST", "/reports", object{"title": "after"})
	if n, ok := until(t, back, 20*time.Second, func(n news) bool { return n.kind == "change" && n.data.text("kind") == "report" }); ok {
		t.Errorf("a disabled account hears: %v", n)
	}
	if _, _, status := o.visitor().listen("", ""); status != 401 {
		t.Errorf("nobody listens: %d", status)
	}
	if got := o.boss.call("GET", "/events", headers("Last-Event-ID", "x"), nil); got.status != 400 || got.body.text("code") != "events_form" {
		t.Errorf("a foreign id: %d %s", got.status, got.raw)
	}
}

func TestPresence(t *testing.T) {
	o := opened(t)
	ana, eve := o.hire("ana@example.org", "", rolePublisher), o.hire("eve@example.org", "", rolePublisher)
	bob := o.hire("bob@else.example", o.foreign(), rolePublisher)
	r := o.boss.want(201, "POST", "/reports", object{"title": "shared"}).text("id")
	events, stop, _ := ana.listen("", "")
	defer stop()
	until(t, events, 10*time.Second, func(n news) bool { return n.kind == "hello" })
	if got := eve.want(200, "POST", "/reports/"+r+"/presence", nil).list("present"); len(got) != 0 {
		t.Errorf("eve is alone: %v", got)
	}
	if n, ok := until(t, events, 10*time.Second, func(n news) bool { return n.kind == "presence" }); !ok || n.data.text("report") != r || len(n.data.list("present")) != 1 {
		t.Errorf("ana hears of eve: %v", n)
	}
	if got := ana.want(200, "POST", "/reports/"+r+"/presence", nil).list("present"); len(got) != 1 || got[0].text("name") != eve.mail {
		t.Errorf("ana sees eve: %v", got)
	}
	if got := bob.want(200, "POST", "/reports/"+r+"/presence", nil).list("present"); len(got) != 0 {
		t.Errorf("bob sees who reads in another organisation: %v", got)
	}
	eve.want(204, "DELETE", "/reports/"+r+"/presence", nil)
	if got := ana.want(200, "GET", "/reports/"+r, nil).list("present"); len(got) != 0 {
		t.Errorf("eve is gone: %v", got)
	}
}

// TestManyStreams shows that streams are cheap: they share one reading of the change log.
func TestManyStreams(t *testing.T) {
	o := opened(t)
	const people, each = 4, 25
	var heard atomic.Int64
	for i := range people {
		p := o.hire(fmt.Sprintf("p%d@example.org", i), "", rolePublisher)
		for range each {
			events, stop, status := p.listen("", "")
			if status != 200 {
				t.Fatal(status)
			}
			defer stop()
			go func() {
				for n := range events {
					if n.kind == "change" && n.data.text("kind") == "report" {
						heard.Add(1)
					}
				}
			}()
		}
	}
	for i := range 20 {
		o.boss.want(201, "POST", "/reports", object{"title": fmt.Sprint(i)})
	}
	for end := time.Now().Add(20 * time.Second); heard.Load() < people*each*20 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	if got := heard.Load(); got != people*each*20 {
		t.Errorf("heard %d of %d", got, people*each*20)
	}
	p := o.hire("greedy@example.org", "", rolePublisher)
	refused := 0
	for range 35 {
		_, stop, status := p.listen("", "")
		defer stop()
		if status == 429 {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of 35 streams of one account were refused", refused)
	}
}

func TestRunLog(t *testing.T) {
	o := opened(t)
	o.write("a.txt", "evil-fox.top")
	src := o.folder(o.boss, nil)
	n := src.text("id")
	run := o.boss.eventually("a run", "/sources/"+n+"/runs", func(x object) bool { return len(x.items()) > 0 }).items()[0].text("id")
	events, stop, _ := o.boss.listen(q("run", run), "")
	defer stop()
	if got, ok := until(t, events, 10*time.Second, func(n news) bool { return n.kind == "run-log" }); !ok || got.data.text("run") != run || got.data.text("source") != n {
		t.Errorf("run: %v %v", got, ok)
	}
	bob := o.hire("bob@else.example", o.foreign(), rolePublisher)
	foreign, stopBob, _ := bob.listen(q("run", run), "")
	defer stopBob()
	if got, ok := until(t, foreign, 3*time.Second, func(n news) bool { return n.kind == "run-log" }); ok {
		t.Errorf("bob reads the log: %v", got)
	}
}
