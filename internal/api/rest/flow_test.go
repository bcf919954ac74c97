package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// call is a request with headers; send is the short form.
func (p *person) call(method, path string, header http.Header, body io.Reader) reply {
	p.o.t.Helper()
	req, err := http.NewRequestWithContext(p.o.t.Context(), method, p.o.srv.URL+"/api/v1"+path, body)
	if err != nil {
		p.o.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if p.key != "" {
		req.Header.Set("Authorization", "Bearer "+p.key)
	}
	resp, err := p.http.Do(req)
	if err != nil {
		p.o.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	if out.raw, err = io.ReadAll(resp.Body); err != nil {
		p.o.t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = json.Unmarshal(out.raw, &out.body)
	return out
}

func headers(kv ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(kv); i += 2 {
		h.Set(kv[i], kv[i+1])
	}
	return h
}

// article is a text with Chinese, defanged values, private ones, and a value stated twice.
const article = `银狐木马分析 Silver Fox campaign

The loader connects to hxxps://update[.]evil-fox[.]top/gate.php every minute. 样本连接到 evil-fox[.]top 下载木马。
It then contacts 45.77.31.8 and drops d41d8cd98f00b204e9800998ecf8427a. Internal hosts such as 192.168.1.5 were scanned.
Again evil-fox[.]top was seen in May. CVE-2024-3094 was used.
`

// dropped sends the article and waits until its report is there.
func dropText(p *person, text string, more object) (report string) {
	p.o.t.Helper()
	in := object{"text": text, "title": "Silver Fox 银狐"}
	for k, v := range more {
		in[k] = v
	}
	taken := p.want(202, "POST", "/drop", in).items()
	done := p.eventually("the drop", "/drop/"+taken[0].text("id"), func(x object) bool { return x.text("state") != "queued" })
	if done.text("state") != "done" {
		p.o.t.Fatalf("dropped: %v", done)
	}
	ids, _ := done["reports"].([]any)
	n, _ := ids[0].(string)
	return n
}

func TestDropToReview(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher)
	id := dropText(ana, article, object{"tags": []string{"apt"}, "tlp": "green"})
	r := ana.want(200, "GET", "/reports/"+id, nil)
	if r.text("title") != "Silver Fox 银狐" || r.object("label").text("tlp") != "green" || r.object("counts").number("claims") != 5 || r.object("counts").number("proposed") != 5 {
		t.Fatalf("report: %v", r)
	}

	docs := ana.want(200, "GET", "/reports/"+id+"/documents", nil).items()
	doc := "/reports/" + id + "/documents/" + docs[0].text("id")
	text := ana.send("GET", doc+"/text", nil)
	if string(text.raw) != article || text.header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(text.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("text: %s %v", text.raw, text.header)
	}
	part := ana.call("GET", doc+"/text", headers("Range", "bytes=0-11"), nil)
	if part.status != 206 || string(part.raw) != "银狐木马" {
		t.Errorf("a part: %d %q", part.status, part.raw)
	}
	file := ana.send("GET", doc+"/original", nil)
	if string(file.raw) != article || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") || file.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("original: %v", file.header)
	}
	ana.refused(404, "document_missing", "GET", "/reports/"+id+"/documents/999999/text", nil)

	claims := ana.want(200, "GET", "/reports/"+id+"/claims", nil)
	if len(claims.items()) != 5 || claims.object("tally").object("state").number("proposed") != 5 || claims.object("tally").object("type").number("domain-name") != 1 {
		t.Errorf("claims: %v", claims)
	}
	var domain object
	for _, c := range claims.items() {
		if c.text("type") == "domain-name" {
			domain = c
		}
	}
	if s := domain.object("sentence").text("text"); s != "样本连接到 evil-fox[.]top 下载木马。" {
		t.Errorf("sentence: %q in %v", s, domain)
	}
	if v := domain.list("values")[0]; v.text("value") != "evil-fox.top" || v.text("defanged") != "evil-fox[.]top" || domain.number("publishers") != 1 || domain.number("score") == 0 {
		t.Errorf("domain: %v", domain)
	}
	marks := ana.want(200, "GET", "/reports/"+id+"/mentions"+q("document", docs[0].text("id"), "unit", "utf16"), nil).items()
	found := 0
	runes := []rune(article) // all in the basic plane: a rune is a unit
	for _, m := range marks {
		if m.text("claim") == domain.text("id") {
			found++
			if got := string(runes[m.number("start"):m.number("end")]); got != "evil-fox[.]top" {
				t.Errorf("marks %q", got)
			}
		}
	}
	if found != 2 {
		t.Errorf("marks: %v", marks)
	}
	if got := ana.want(200, "GET", "/reports/"+id+"/suppressed", nil); len(got.items()) != 1 || got.object("reasons").number("private-range") != 1 {
		t.Errorf("suppressed: %v", got)
	}
	again := dropText(ana, article, nil)
	if again != id {
		t.Errorf("the same bytes made another report: %s, %s", id, again)
	}
	reviewed(t, ana, id, domain)
}

// reviewed rejects a claim, undoes it, edits one, and accepts the rest.
func reviewed(t *testing.T, ana *person, id string, domain object) {
	t.Helper()
	n := domain.text("id")
	ana.refused(400, "reason_missing", "POST", "/claims/review", object{"claims": []string{n}, "state": "rejected"})
	ana.refused(409, "stale", "POST", "/claims/review", object{"claims": []string{n}, "versions": []int{99}, "state": "accepted"})
	done := ana.want(200, "POST", "/claims/review", object{"claims": []string{n}, "versions": []any{domain["version"]}, "state": "rejected", "reach": "source", "reason": "benign"})
	if c := done.list("changed"); len(c) != 1 || c[0].text("state") != "rejected" || len(done["corrections"].([]any)) != 1 {
		t.Fatalf("rejected: %v", done)
	}
	if c := ana.want(200, "GET", "/claims/"+n, nil); c.text("reason") != "benign" || c.text("state") != "rejected" {
		t.Errorf("claim: %v", c)
	}
	if got := ana.want(200, "GET", "/corrections?active=true", nil).items(); len(got) != 1 || got[0].text("reach") != "source" || got[0].text("by") != ana.mail {
		t.Errorf("corrections: %v", got)
	}
	ana.want(200, "POST", "/undo", object{"undo": done["undo"]})
	if c := ana.want(200, "GET", "/claims/"+n, nil); c.text("state") != "proposed" {
		t.Errorf("after undo: %v", c)
	}
	ana.refused(409, "stale", "POST", "/undo", object{"undo": done["undo"]})

	c := ana.call("GET", "/claims/"+n, nil, nil)
	edit := func(h http.Header, body string) reply {
		h.Set("Content-Type", "application/json")
		return ana.call("PATCH", "/claims/"+n, h, strings.NewReader(body))
	}
	if got := edit(headers("If-Match", `"1"`), `{"comment":"x"}`); got.status != 409 || got.body.text("code") != "stale" || got.body.object("params").text("who") != ana.mail {
		t.Errorf("stale edit: %d %s", got.status, got.raw)
	}
	if got := edit(headers("If-Match", c.header.Get("ETag")), `{"comment":"<b>x</b>","value":"evil-fox[.]xyz"}`); got.status != 200 || got.body.object("claim").list("values")[0].text("value") != "evil-fox.xyz" {
		t.Errorf("edit: %d %s", got.status, got.raw)
	}
	if got := edit(headers(), `{"nonsense":1}`); got.status != 400 || got.body.text("code") != "invalid_request" {
		t.Errorf("unknown member: %d %s", got.status, got.raw)
	}
	rest := ana.want(200, "POST", "/reports/"+id+"/claims/review", object{"state": "accepted", "q": "-type:domain-name"})
	if len(rest.list("changed")) != 4 || rest["more"] != false {
		t.Errorf("the rest: %v", rest)
	}
	ana.want(200, "POST", "/claims/to-ids", object{"claims": []string{n}, "to_ids": false})
	added := ana.want(200, "POST", "/reports/"+id+"/claims", object{"claims": []object{{"value": "hxxp://new[.]evil-fox[.]top/x"}, {"value": "not a value at all"}, {"value": "45.77.31.8"}}})
	if added.number("added") != 1 || added.number("refused") != 1 || added.number("known") != 1 || added.list("results")[1].text("code") == "" {
		t.Errorf("added: %v", added)
	}
	next := ana.want(200, "POST", "/reports/"+id+"/finish", nil)
	if next.object("report").text("progress") != "reviewed" {
		t.Errorf("finished: %v", next)
	}
	if h := ana.want(200, "GET", "/reports/"+id+"/history", nil).items(); len(h) < 3 || h[0].text("who") != ana.mail {
		t.Errorf("history: %v", h)
	}
}

func TestObservables(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher)
	id := dropText(ana, article, nil)
	// Plain lines, with a comment line and one that is no value.
	bulk := ana.call("POST", "/observables", headers("Content-Type", "text/plain"), strings.NewReader("# mine\nevil-fox[.]top\n45.77.31.8\n\nnonsense here\n"))
	if bulk.status != 200 || bulk.body.number("added") != 2 || bulk.body.number("refused") != 1 {
		t.Fatalf("bulk: %d %s", bulk.status, bulk.raw)
	}
	bulk = ana.call("POST", "/observables", headers("Content-Type", "application/json"), strings.NewReader(`{"claims":[{"value":"evil-fox.top"},{"value":"45.77.31.9","comment":"c"}]}`))
	if bulk.body.number("added") != 1 || bulk.body.number("known") != 1 {
		t.Errorf("again: %s", bulk.raw)
	}
	look := ana.want(200, "POST", "/lookup", object{"values": []string{"evil-fox[.]top", "EVIL-FOX.top", "unknown.test-x.org", "gibberish text"}}).items()
	if len(look) != 4 || look[0]["known"] != true || look[1].text("id") != look[0].text("id") || look[2]["known"] != false || look[3].text("code") != "value_unknown" || look[0].number("claims") != 2 {
		t.Fatalf("look-up: %v", look)
	}
	n := look[0].text("id")
	v := ana.want(200, "GET", "/observables/"+n, nil)
	if v.text("value") != "evil-fox.top" || len(v.list("evidence")) == 0 || len(v.list("terms")) == 0 {
		t.Errorf("observable: %v", v)
	}
	if m := ana.want(200, "GET", "/observables/"+n+"/mentions", nil).items(); len(m) != 2 || m[0].text("report") != id || !strings.Contains(m[0].text("text"), "evil-fox[.]top") {
		t.Errorf("mentions: %v", m)
	}
	if c := ana.want(200, "GET", "/observables/"+n+"/claims", nil).items(); len(c) != 2 || c[1].object("origin").text("title") == "" {
		t.Errorf("claims: %v", c)
	}
	if r := ana.want(200, "GET", "/observables/"+n+"/reports", nil).items(); len(r) != 1 {
		t.Errorf("reports: %v", r)
	}
	if a := ana.want(200, "GET", "/observables/"+n+"/around"+q("relation", "domain"), nil).items(); len(a) != 1 || a[0].text("type") != "url" {
		t.Errorf("around: %v", a)
	}
	ana.refused(400, "invalid_request", "GET", "/observables/"+n+"/around", nil)
	ana.want(201, "POST", "/observables/"+n+"/sightings", object{"kind": "seen", "count": 3, "origin": "fw-1"})
	ana.want(201, "POST", "/observables/"+n+"/notes", object{"body": "<script>alert(1)</script>\n第二行"})
	ana.refused(400, "note_control", "POST", "/observables/"+n+"/notes", object{"body": "a\x07b"})
	ana.want(201, "POST", "/reports/"+id+"/notes", object{"body": "note", "kind": "opinion"})
	if got := ana.want(200, "GET", "/observables/"+n+"/notes", nil).items(); len(got) != 1 || got[0].text("by") != ana.mail {
		t.Errorf("notes: %v", got)
	}
	bob := o.hire("bob@else.example", o.foreign(), rolePublisher)
	bob.want(200, "GET", "/observables/"+n, nil) // the article is for the community
	if got := bob.want(200, "GET", "/observables/"+n+"/notes", nil).items(); len(got) != 0 {
		t.Errorf("bob reads the note: %v", got)
	}
	if got := bob.want(200, "GET", "/observables/"+n+"/sightings", nil).items(); len(got) != 0 {
		t.Errorf("bob reads the sighting: %v", got)
	}
	if got := ana.want(200, "GET", "/observables/"+n+"/sightings", nil).items(); len(got) != 1 || got[0].number("count") != 3 {
		t.Errorf("sightings: %v", got)
	}
	x := ana.want(200, "POST", "/extract", object{"text": article, "keep_suppressed": true})
	if x.object("counts").number("domain-name") != 2 || x.object("suppressed").number("private-range") != 1 {
		t.Errorf("extract: %v", x)
	}
	if got := ana.want(200, "GET", "/types", nil).items(); len(got) < 30 {
		t.Errorf("%d types", len(got))
	}
}

func TestSearchAndHome(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher)
	if home := ana.want(200, "GET", "/home", nil); home["empty"] != true {
		t.Errorf("an empty home: %v", home)
	}
	id := dropText(ana, article, nil)
	ana.eventually("the index", "/search"+q("q", "银狐"), func(x object) bool { return len(x.list("reports")) == 1 })
	got := ana.want(200, "GET", "/search"+q("q", "下载木马"), nil)
	if r := got.list("reports"); len(r) != 1 || r[0].text("id") != id || !strings.Contains(r[0].object("snippet").text("text"), "下载木马") || len(r[0].object("snippet")["marks"].([]any)) != 1 {
		t.Errorf("Chinese: %v", got)
	}
	got = ana.want(200, "GET", "/search"+q("q", "evil-fox[.]top"), nil)
	if x := got.object("exact"); x["known"] != true || x.text("value") != "evil-fox.top" || len(got.list("reports")) != 1 || len(got.list("observables")) != 2 {
		t.Errorf("exact: %v", got)
	}
	got = ana.want(200, "GET", "/search"+q("q", "absent.test-x.org"), nil)
	if x := got.object("exact"); x["known"] != false || got.object("looked_at").number("reports") != 1 {
		t.Errorf("not known: %v", got)
	}
	got = ana.want(200, "GET", "/search"+q("q", "evil-fox[.]top\n45.77.31.8, 8.8.8.8"), nil)
	if v := got.list("values"); len(v) != 3 || v[0]["known"] != true || v[2]["known"] != false {
		t.Errorf("a list: %v", got)
	}
	if s := ana.want(200, "GET", "/search"+q("q", "sorce:x fox"), nil)["suggestions"].([]any); len(s) != 1 || s[0] != "source:x fox" {
		t.Errorf("suggestions: %v", s)
	}
	ana.refused(400, "query_paren", "GET", "/search"+q("q", "a)"), nil)
	ana.refused(400, "query_value", "GET", "/reports"+q("q", "state:maybe"), nil)
	if f := ana.want(200, "GET", "/query/fields", nil).items(); len(f) < 20 {
		t.Errorf("fields: %v", f)
	}
	home := ana.want(200, "GET", "/home", nil)
	if home["empty"] != false || home.object("to_review").number("count") != 1 {
		t.Errorf("home: %v", home)
	}
	if r := ana.want(200, "GET", "/reports"+q("q", home.object("to_review").text("q")), nil).items(); len(r) != 1 {
		t.Errorf("the table behind the number: %v", r)
	}
	ana.want(200, "PATCH", "/reports/"+id, object{"assignee": "me", "progress": "in_review"})
	if r := ana.want(200, "GET", "/reports/queue", nil).items(); len(r) != 1 || r[0].text("assignee") != ana.id {
		t.Errorf("queue: %v", r)
	}
}

func TestDropFiles(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", rolePublisher)
	form := func(meta string, files map[string]string) (http.Header, io.Reader) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if meta != "" {
			_ = w.WriteField("meta", meta)
		}
		for name, text := range files {
			f, _ := w.CreateFormFile("file", name)
			_, _ = io.WriteString(f, text)
		}
		_ = w.Close()
		return headers("Content-Type", w.FormDataContentType()), &b
	}
	h, body := form(`{"title":"Two","tlp":"amber"}`, map[string]string{"a.txt": "evil-one.top is bad\n", `..\..\b<script>.txt`: "evil-two.top is bad\n"})
	got := ana.call("POST", "/drop", h, body)
	if got.status != 202 || len(got.body.items()) != 2 {
		t.Fatalf("files: %d %s", got.status, got.raw)
	}
	for _, x := range got.body.items() {
		done := ana.eventually("a file", "/drop/"+x.text("id"), func(x object) bool { return x.text("state") != "queued" })
		if done.text("state") != "done" {
			t.Errorf("%v: %v", x, done)
		}
	}
	h, body = form(`{"titel":"x"}`, map[string]string{"a.txt": "x"})
	if got := ana.call("POST", "/drop", h, body); got.status != 400 {
		t.Errorf("unknown member: %d %s", got.status, got.raw)
	}
	h, body = form("", nil)
	if got := ana.call("POST", "/drop", h, body); got.status != 400 || got.body.text("code") != "drop_empty" {
		t.Errorf("no files: %d %s", got.status, got.raw)
	}
	if got := ana.call("POST", "/drop", headers("Content-Type", "multipart/form-data; boundary=x"), strings.NewReader("--x\r\nbroken")); got.status != 400 || got.body.text("code") != "drop_form" {
		t.Errorf("broken: %d %s", got.status, got.raw)
	}
	seen := ana.want(200, "POST", "/drop/preview", object{"text": article}).items()
	if len(seen) != 1 || len(seen[0].list("claims")) != 5 || seen[0].number("suppressed") != 1 {
		t.Errorf("preview: %v", seen)
	}
	ana.refused(400, "drop_one_of", "POST", "/drop", object{"text": "x", "url": "https://example.org"})
	ana.refused(400, "address_form", "POST", "/drop", object{"url": "file:///etc/passwd"})
	ana.refused(404, "drop_missing", "GET", "/drop/zz", nil)
	reader := o.hire("read@example.org", "", roleReader)
	reader.refused(403, "permission_missing", "POST", "/drop", object{"text": "x"})
	analyst := o.hire("low@example.org", "", roleAnalyst)
	if got := analyst.send("POST", "/drop", object{"text": "evil-three.top", "accept": true}); got.status != 202 && got.status != 403 {
		t.Errorf("accept: %d %s", got.status, got.raw)
	}
	page := newReceiver(t, 200, "<html><title>T</title><body><p>see evil-four.top</p></body></html>")
	taken := ana.want(202, "POST", "/drop", object{"url": page.URL + "/article"}).items()
	ana.eventually("the page", "/drop/"+taken[0].text("id"), func(x object) bool { return x.text("state") == "done" })
	broken := ana.want(202, "POST", "/drop", object{"text": "%PDF-1.7 not really", "name": "x.pdf"}).items()
	ana.eventually("the broken one", "/drop/"+broken[0].text("id"), func(x object) bool { return x.text("state") == "quarantined" })
}
