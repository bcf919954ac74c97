package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestReplayTakesNoOrders: a part of a file lies in quarantine word for word. One that looks like an order of
// the pipeline must not become one: it could name another source, another author and somebody's file.
func TestReplayTakesNoOrders(t *testing.T) {
	o := opened(t)
	secret := dropText(o.boss, "private.evil-order.top", object{"label": object{"distribution": 0, "tlp": "red"}})
	sum := o.boss.want(200, "GET", "/reports/"+secret+"/documents", nil).items()[0].text("sha256")
	mallory := o.hire("mallory@else.example", o.foreign(), roleOrgAdmin)
	order := fmt.Sprintf(`"source":1,"key":"forged","blob":"%s","size":22,"accept":true,"by":1,"by_name":"boss"`, sum)
	bundle := `{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[
		{"type":"indicator","spec_version":"2.1","id":"indicator--5d0092c5-5f74-4287-9642-33f4c354e56e","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","pattern_type":"stix","pattern":"{` + strings.ReplaceAll(order, `"`, `\"`) + `}","valid_from":"2026-01-01T00:00:00Z"},
		{"type":"domain-name","id":"broken",` + order + `,"value":"x.evil-order.top"},
		{"type":"domain-name","spec_version":"2.1","id":"domain-name--5d0092c5-5f74-4287-9642-33f4c354e56f","value":"fine.evil-order.top"}]}`
	taken := mallory.want(202, "POST", "/drop", object{"text": bundle, "name": "x.json"}).items()[0]
	mallory.eventually("the bundle", "/drop/"+taken.text("id"), func(x object) bool { return x.text("state") != "queued" })
	aside := mallory.want(200, "GET", "/quarantine", nil).items()
	if len(aside) == 0 {
		t.Fatal("nothing was put aside")
	}
	for _, it := range aside {
		done := mallory.send("POST", "/quarantine/replay", object{"ids": []string{it.text("id")}})
		if done.status == 200 && done.body.number("count") != 0 {
			t.Errorf("%v was replayed: %s", it, done.raw)
		}
	}
	time.Sleep(500 * time.Millisecond)
	if got := mallory.want(200, "POST", "/lookup", object{"values": []string{"private.evil-order.top"}}).items()[0]; got["known"] != false {
		t.Errorf("mallory reads a private file: %v", got)
	}
	if got := o.boss.want(200, "GET", "/queue/dead", nil).items(); len(got) != 0 {
		t.Errorf("forged orders: %v", got)
	}
	// Passwords of archives are shown to nobody.
	broken := mallory.want(202, "POST", "/drop", object{"text": "%PDF-1.7 broken", "name": "p.pdf", "passwords": []string{"geheim-7"}}).items()[0]
	mallory.eventually("quarantine", "/drop/"+broken.text("id"), func(x object) bool { return x.text("state") == "quarantined" })
	for _, it := range mallory.want(200, "GET", "/quarantine"+q("q", "p.pdf"), nil).items() {
		got := mallory.send("GET", "/quarantine/"+it.text("id"), nil)
		if strings.Contains(string(got.raw), "geheim-7") || !strings.Contains(string(got.raw), "(hidden)") {
			t.Errorf("passwords: %s", got.raw)
		}
	}
}

// TestLadders: every way up that an account might try for itself.
func TestLadders(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	chief := o.hire("chief@example.org", "", roleOrgAdmin)
	bob := o.hire("bob@else.example", o.foreign(), roleOrgAdmin)
	admin := "1"
	for name, p := range map[string]*person{"ana": ana, "chief": chief, "bob": bob} {
		for _, try := range []struct {
			method, path string
			body         object
		}{
			{"PATCH", "/users/" + p.id, object{"role": admin}}, {"PATCH", "/users/" + o.boss.id, object{"disabled": true}}, {"PATCH", "/users/" + o.boss.id, object{"email": "x@example.org"}}, {"POST", "/users/" + o.boss.id + "/link", nil},
			{"POST", "/users/" + o.boss.id + "/reset-totp", nil}, {"POST", "/users/" + o.boss.id + "/keys", object{"name": "x"}}, {"DELETE", "/users/" + o.boss.id + "/sessions", nil}, {"GET", "/users/" + o.boss.id + "/keys", nil},
			{"POST", "/users", object{"email": "evil-" + name + "@example.org", "role": admin}}, {"POST", "/roles", object{"name": "Mine " + name, "permissions": []string{"users.all"}}}, {"PATCH", "/roles/3", object{"permissions": []string{"users.all"}}},
			{"PATCH", "/me", object{"role": admin}}, {"PATCH", "/me", object{"permissions": []string{"users.all"}}}, {"PATCH", "/me", object{"organisation": "1"}}, {"POST", "/me/keys", object{"name": "wide", "permissions": []string{"users.all", "system.manage"}}},
			{"PUT", "/teams/1/members/" + p.id, nil}, {"DELETE", "/users/" + o.boss.id, nil}, {"GET", "/settings", nil}, {"GET", "/queue/dead", nil},
		} {
			var in any
			if try.body != nil {
				in = try.body
			}
			if got := p.send(try.method, try.path, in); got.status < 400 || got.status >= 500 {
				t.Errorf("%s %s %s %v: %d %.300s", name, try.method, try.path, try.body, got.status, got.raw)
			}
		}
	}
	// A key is never wider than its owner, and a narrow key makes no wide one.
	narrow := o.visitor()
	narrow.key = chief.want(201, "POST", "/me/keys", object{"name": "narrow", "permissions": []string{"intel.read", "keys.own"}}).text("key")
	narrow.want(200, "GET", "/reports", nil)
	for _, try := range [][2]string{{"POST", "/reports"}, {"POST", "/users"}, {"POST", "/me/keys"}, {"POST", "/me/password"}, {"DELETE", "/me/sessions"}, {"GET", "/users/" + ana.id + "/keys"}} {
		if got := narrow.send(try[0], try[1], object{"name": "x", "title": "x", "email": "x@example.org"}); got.status < 400 {
			t.Errorf("a narrow key: %v: %d %s", try, got.status, got.raw)
		}
	}
	// Losing the right ends what a key may do, at once.
	wide := chief.keyed(t)
	wide.want(200, "GET", "/keys", nil)
	o.boss.want(200, "PATCH", "/users/"+chief.id, object{"role": roleReader})
	wide.refused(403, "permission_missing", "GET", "/keys", nil)
	chief.refused(401, "session_expired", "GET", "/reports", nil)
}

// TestSessions: a token that was there before a login is not the one after it, two cookies are none, a cookie
// is for this browser alone, and other sites' requests are refused whatever they say.
func TestSessions(t *testing.T) {
	o := opened(t)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	login := func(cookie string) *http.Cookie {
		h := headers("Content-Type", "application/json")
		if cookie != "" {
			h.Set("Cookie", "vedette="+cookie)
		}
		got := o.visitor().call("POST", "/session", h, strings.NewReader(fmt.Sprintf(`{"email":%q,"password":%q}`, ana.mail, goodPassword)))
		if got.status != 200 {
			t.Fatalf("login: %d %s", got.status, got.raw)
		}
		c := (&http.Response{Header: got.header}).Cookies()
		if len(c) != 1 || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Path != "/" || c[0].Domain != "" {
			t.Fatalf("cookie: %v", c)
		}
		if strings.Contains(string(got.raw), c[0].Value) {
			t.Errorf("the answer's body holds the token")
		}
		return c[0]
	}
	planted := strings.Repeat("A", 43)
	first := login(planted)
	if first.Value == planted {
		t.Error("a planted token was taken over")
	}
	second := login(first.Value)
	if second.Value == first.Value {
		t.Error("a login keeps the token of the session before")
	}
	ask := func(h http.Header) reply { return o.visitor().call("GET", "/reports", h, nil) }
	if got := ask(headers("Cookie", "vedette="+second.Value)); got.status != 200 {
		t.Errorf("the cookie: %d", got.status)
	}
	for _, cookie := range []string{planted, second.Value + "x", strings.ToLower(second.Value), second.Value + "; vedette=" + planted, ""} {
		if got := ask(headers("Cookie", "vedette="+cookie)); got.status != 401 {
			t.Errorf("%q: %d", cookie, got.status)
		}
	}
	for _, from := range [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example", "Host", "evil.example"}, {"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"},
	} {
		h := headers(append([]string{"Cookie", "vedette=" + second.Value, "Content-Type", "text/plain"}, from...)...)
		if got := o.visitor().call("POST", "/drop", h, strings.NewReader("cross.evil-site.top")); got.status != 403 || got.body.text("code") != "cross_site" {
			t.Errorf("%v: %d %s", from, got.status, got.raw)
		}
	}
	if got := o.visitor().call("DELETE", "/session", headers("Cookie", "vedette="+second.Value), nil); got.status != 204 {
		t.Errorf("log out: %d", got.status)
	}
	if got := ask(headers("Cookie", "vedette="+second.Value)); got.status != 401 {
		t.Errorf("after the logout: %d", got.status)
	}
}

// TestGuessing: unknown accounts and wrong passwords are told apart by nothing, and slow down.
func TestGuessing(t *testing.T) {
	o := opened(t)
	o.hire("ana@example.org", "", roleAnalyst)
	try := func(mail string) (reply, time.Duration) {
		began := time.Now()
		return o.visitor().send("POST", "/session", object{"email": mail, "password": "wrong horse battery 9"}), time.Since(began)
	}
	known, a := try("ana@example.org")
	unknown, b := try("nobody@example.org")
	if known.status != 401 || unknown.status != 401 || known.body.text("code") != unknown.body.text("code") || known.body.text("detail") != unknown.body.text("detail") {
		t.Errorf("told apart: %s %s", known.raw, unknown.raw)
	}
	if a > 20*b+time.Second || b > 20*a+time.Second {
		t.Errorf("%v for a known account, %v for an unknown one", a, b)
	}
	limited := false
	for range 12 {
		got, _ := try("ana@example.org")
		limited = limited || got.status == 429 && got.header.Get("Retry-After") != ""
	}
	if !limited {
		t.Error("guessing is not slowed down")
	}
	if got := o.boss.want(200, "GET", "/audit"+q("action", "login"), nil); strings.Contains(fmt.Sprint(got), "wrong horse") {
		t.Error("the audit trail holds a password")
	}
}
