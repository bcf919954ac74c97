package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

func TestSetupAndLogin(t *testing.T) {
	o := newOffice(t)
	nobody := o.visitor()
	if !nobody.want(200, "GET", "/setup", nil)["needed"].(bool) {
		t.Error("a fresh installation needs set-up")
	}
	link, err := o.app.SetupLink(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "token=")
	form := object{"token": token, "organisation": "Home", "email": "boss@example.org", "name": "Boss", "password": goodPassword}
	wrong := object{"token": strings.Repeat("x", 43), "email": "a@example.org", "name": "A", "password": goodPassword}
	nobody.refused(401, "link_invalid", "POST", "/setup", wrong)
	me := nobody.want(201, "POST", "/setup", form)
	if me.text("email") != "boss@example.org" || me.object("organisation").text("name") != "Home" || len(me["permissions"].([]any)) < 10 || me.text("clearance") != "red" {
		t.Errorf("after set-up: %v", me)
	}
	o.visitor().refused(401, "link_invalid", "POST", "/setup", form)
	if o.visitor().want(200, "GET", "/setup", nil)["needed"].(bool) {
		t.Error("it is set up")
	}
	if got := nobody.want(200, "GET", "/me", nil); got.text("via") != "session" || got.text("session") == "" || got.object("server").text("version") == "" {
		t.Errorf("me: %v", got)
	}
	nobody.want(204, "DELETE", "/session", nil)
	nobody.refused(401, "login_needed", "GET", "/me", nil)
	nobody.refused(401, "login_required", "GET", "/sources", nil)
	nobody.refused(401, "login_failed", "POST", "/session", object{"email": "boss@example.org", "password": "wrong"})
	nobody.refused(401, "login_failed", "POST", "/session", object{"email": "who@example.org", "password": "wrong"})
	nobody.refused(400, "invalid_request", "POST", "/session", object{"email": "boss@example.org", "password": "x", "admin": true})
	got := nobody.send("POST", "/session", object{"email": "BOSS@example.org", "password": goodPassword})
	cookie := got.header.Get("Set-Cookie")
	if got.status != 200 || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") || strings.Contains(string(got.raw), strings.SplitN(cookie, ";", 2)[0][8:]) {
		t.Errorf("login: %d, cookie %s", got.status, cookie)
	}
}

func TestProfileAndPassword(t *testing.T) {
	o := opened(t)
	me := o.boss.want(200, "GET", "/me", nil)
	changed := o.boss.want(200, "PATCH", "/me", object{"version": me["version"], "name": "Ana <script>", "locale": "zh", "settings": object{"theme": "dark", "n": 12345678901234567}})
	if changed.text("name") != "Ana <script>" || changed.text("locale") != "zh" || changed.object("settings").text("theme") != "dark" {
		t.Errorf("profile: %v", changed)
	}
	stale := o.boss.refused(409, "stale", "PATCH", "/me", object{"version": me["version"], "name": "B"})
	if stale.object("params").text("who") == "" {
		t.Errorf("who changed it: %v", stale)
	}
	o.boss.want(200, "PATCH", "/me", object{"name": "C"}) // without a version: the present one
	o.boss.refused(400, "invalid_request", "PATCH", "/me", object{"locale": "xx"})
	elsewhere := o.visitor()
	elsewhere.want(200, "POST", "/session", object{"email": o.boss.mail, "password": goodPassword})
	sessions := o.boss.want(200, "GET", "/me/sessions", nil).items()
	if len(sessions) != 2 {
		t.Fatalf("sessions: %v", sessions)
	}
	o.boss.refused(401, "login_failed", "POST", "/me/password", object{"old": "wrong", "new": "another long password 9"})
	o.boss.refused(400, "password_short", "POST", "/me/password", object{"old": goodPassword, "new": "short"})
	o.boss.want(200, "POST", "/me/password", object{"old": goodPassword, "new": "another long password 9"})
	elsewhere.refused(401, "login_needed", "GET", "/me", nil)
	if n := len(o.boss.want(200, "GET", "/me/sessions", nil).items()); n != 1 {
		t.Errorf("%d sessions after a new password", n)
	}
	elsewhere.want(200, "POST", "/session", object{"email": o.boss.mail, "password": "another long password 9"})
	other := ""
	for _, s := range o.boss.want(200, "GET", "/me/sessions", nil).items() {
		if s["current"] != true {
			other = s.text("id")
		}
	}
	o.boss.want(204, "DELETE", "/me/sessions/"+other, nil)
	elsewhere.refused(401, "session_expired", "GET", "/sources", nil)
	elsewhere.want(200, "POST", "/session", object{"email": o.boss.mail, "password": "another long password 9"})
	if n := o.boss.want(200, "DELETE", "/me/sessions", nil).number("count"); n != 1 {
		t.Errorf("ended %d", n)
	}
}

func TestSecondFactor(t *testing.T) {
	o := opened(t)
	secret := o.boss.want(200, "POST", "/me/totp", nil).text("secret")
	o.boss.refused(401, "totp_wrong", "POST", "/me/totp/confirm", object{"code": "000000"})
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	codes := o.boss.want(200, "POST", "/me/totp/confirm", object{"code": code})["codes"].([]any)
	if len(codes) != 10 || o.boss.want(200, "GET", "/me", nil)["totp"] != true {
		t.Errorf("codes: %v", codes)
	}
	p := o.visitor()
	p.refused(401, "totp_required", "POST", "/session", object{"email": o.boss.mail, "password": goodPassword})
	p.refused(401, "totp_wrong", "POST", "/session", object{"email": o.boss.mail, "password": goodPassword, "code": code}) // used before
	p.want(200, "POST", "/session", object{"email": o.boss.mail, "password": goodPassword, "code": codes[0]})
	o.visitor().refused(401, "totp_wrong", "POST", "/session", object{"email": o.boss.mail, "password": goodPassword, "code": codes[0]})
	p.want(204, "POST", "/reauthenticate", object{"password": goodPassword, "code": codes[1]})
	fresh := p.want(200, "POST", "/me/totp/recovery", object{"password": goodPassword, "code": codes[2]})["codes"].([]any)
	o.visitor().refused(401, "totp_wrong", "POST", "/session", object{"email": o.boss.mail, "password": goodPassword, "code": codes[3]})
	p.want(204, "POST", "/me/totp/disable", object{"password": goodPassword, "code": fresh[0]})
	o.visitor().want(200, "POST", "/session", object{"email": o.boss.mail, "password": goodPassword})
}

func TestKeys(t *testing.T) {
	o := opened(t)
	o.boss.refused(400, "key_no_permission", "POST", "/me/keys", object{"name": "empty", "permissions": []string{}})
	o.boss.refused(400, "bad_cidr", "POST", "/me/keys", object{"name": "k", "addresses": []string{"nonsense"}})
	o.boss.refused(400, "unknown_permission", "POST", "/me/keys", object{"name": "k", "permissions": []string{"fly"}})
	made := o.boss.want(201, "POST", "/me/keys", object{"name": "reader", "permissions": []string{"intel.read"}, "addresses": []string{"127.0.0.0/8", "::1"}})
	robot := o.visitor()
	robot.key = made.text("key")
	if me := robot.want(200, "GET", "/me", nil); me.text("via") != "key" || len(me["permissions"].([]any)) != 1 {
		t.Errorf("a narrowed key: %v", me)
	}
	robot.want(200, "GET", "/sources", nil)
	robot.refused(403, "permission_missing", "POST", "/sources", object{"kind": "rss", "name": "x"})
	robot.refused(403, "permission_missing", "POST", "/me/keys", object{"name": "another"})
	robot.refused(403, "session_required", "POST", "/me/password", object{"old": goodPassword, "new": "another long password 9"})
	robot.refused(403, "session_required", "POST", "/me/totp", nil)
	whole := o.visitor()
	whole.key = o.boss.want(201, "POST", "/me/keys", object{"name": "whole"}).text("key")
	if got := whole.send("POST", "/me/keys", object{"name": "another"}); got.status != 403 {
		t.Errorf("a key makes no keys: %d %s", got.status, got.raw)
	}
	far := o.visitor()
	far.key = o.boss.want(201, "POST", "/me/keys", object{"name": "far", "addresses": []string{"192.0.2.0/24"}}).text("key")
	far.refused(401, "key_invalid", "GET", "/me", nil)
	list := o.boss.send("GET", "/me/keys", nil)
	if strings.Contains(string(list.raw), robot.key) || names(list.body.items()) != "far,whole,reader" {
		t.Errorf("keys: %s", list.raw)
	}
	o.boss.want(204, "DELETE", "/me/keys/"+made.object("item").text("id"), nil)
	robot.refused(401, "key_invalid", "GET", "/me", nil)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	ana.refused(403, "permission_missing", "GET", "/keys", nil)
	for _, k := range o.boss.want(200, "GET", "/keys", nil).items() {
		if got := ana.send("DELETE", "/me/keys/"+k.text("id"), nil); got.status != 404 && got.status != 403 {
			t.Errorf("ana revokes the boss's key: %d %s", got.status, got.raw)
		}
	}
}
