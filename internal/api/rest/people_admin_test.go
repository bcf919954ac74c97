package rest_test

import (
	"strings"
	"testing"
)

func TestUsers(t *testing.T) {
	o := opened(t)
	org := o.foreign()
	chief := o.hire("chief@example.org", "", roleOrgAdmin)
	ana := o.hire("ana@example.org", "", roleAnalyst)
	bob := o.hire("bob@else.example", org, roleOrgAdmin)

	if got := names(chief.want(200, "GET", "/users", nil).items()); strings.Contains(got, "bob") || !strings.Contains(got, "ana@example.org") {
		t.Errorf("chief sees: %s", got)
	}
	if got := names(o.boss.want(200, "GET", "/users"+q("q", "bob"), nil).items()); got != "bob@else.example" {
		t.Errorf("the boss sees: %s", got)
	}
	bob.refused(404, "account_missing", "GET", "/users/"+ana.id, nil)
	for _, path := range []string{"/users/" + ana.id, "/users/" + ana.id + "/keys", "/users/" + ana.id + "/sessions"} {
		if got := bob.send("GET", path, nil); got.status != 404 && got.status != 403 {
			t.Errorf("bob reads %s: %d %s", path, got.status, got.raw)
		}
	}
	for _, try := range []struct{ method, path string }{
		{"PATCH", "/users/" + ana.id}, {"POST", "/users/" + ana.id + "/link"}, {"POST", "/users/" + ana.id + "/reset-totp"}, {"DELETE", "/users/" + ana.id + "/sessions"}, {"DELETE", "/users/" + ana.id},
		{"PATCH", "/users/" + o.boss.id}, {"POST", "/users/" + o.boss.id + "/link"}, {"POST", "/users/" + o.boss.id + "/keys"},
	} {
		var body any
		switch {
		case try.method == "PATCH":
			body = object{"name": "stolen"}
		case strings.HasSuffix(try.path, "/keys"):
			body = object{"name": "stolen"}
		}
		if got := bob.send(try.method, try.path, body); got.status != 404 && got.status != 403 {
			t.Errorf("bob: %s %s: %d %s", try.method, try.path, got.status, got.raw)
		}
		if strings.Contains(try.path, o.boss.id) { // the own organisation's administrator has fewer rights than the boss
			if got := chief.send(try.method, try.path, body); got.status != 403 {
				t.Errorf("chief: %s %s: %d %s", try.method, try.path, got.status, got.raw)
			}
		}
	}
	chief.refused(403, "role_exceeds", "POST", "/users", object{"email": "x@example.org", "name": "X", "role": "1"})
	chief.refused(409, "account_exists", "POST", "/users", object{"email": "ANA@example.org", "name": "X"})
	edited := chief.want(200, "PATCH", "/users/"+ana.id, object{"role": roleReader})
	if edited.text("role_name") != "Read Only" {
		t.Errorf("edited: %v", edited)
	}
	ana.refused(401, "session_expired", "GET", "/sources", nil) // a change of role ends sessions
	chief.want(200, "PATCH", "/users/"+ana.id, object{"disabled": true})
	ana.refused(401, "login_failed", "POST", "/session", object{"email": ana.mail, "password": goodPassword})
	link := o.boss.want(200, "POST", "/users/"+bob.id+"/link", nil)
	if got := o.visitor().want(200, "POST", "/links/look", object{"token": link.text("token")}); got.text("purpose") != "reset" || got.text("email") != "bob@else.example" {
		t.Errorf("link: %v", got)
	}
	o.boss.want(204, "DELETE", "/users/"+ana.id, nil)
	o.boss.refused(403, "last_administrator", "DELETE", "/users/"+o.boss.id, nil)
	o.boss.refused(409, "organisation_in_use", "DELETE", "/organisations/"+org, nil)
}

func TestOrganisationsRolesTeams(t *testing.T) {
	o := opened(t)
	org := o.foreign()
	ana := o.hire("ana@example.org", "", roleAnalyst)
	if got := names(ana.want(200, "GET", "/organisations", nil).items()); got != "Elsewhere,Home" {
		t.Errorf("organisations: %s", got)
	}
	first := ana.want(200, "GET", "/organisations"+q("limit", "1"), nil)
	second := ana.want(200, "GET", "/organisations"+q("limit", "1", "cursor", first.text("next")), nil)
	if names(first.items())+names(second.items()) != "ElsewhereHome" || second["next"] != nil {
		t.Errorf("pages: %v, %v", first, second)
	}
	ana.refused(403, "permission_missing", "PATCH", "/organisations/"+org, object{"name": "Mine"})
	o.boss.want(200, "PATCH", "/organisations/"+org, object{"name": "Elsewhere Ltd", "description": "x"})

	role := o.boss.want(201, "POST", "/roles", object{"name": "Looker", "permissions": []string{"intel.read"}, "clearance": "green"})
	if role.text("clearance") != "green" || role["builtin"] != false {
		t.Errorf("role: %v", role)
	}
	o.boss.want(200, "PATCH", "/roles/"+role.text("id"), object{"version": role["version"], "permissions": []string{"intel.read", "keys.own"}})
	o.boss.refused(409, "stale", "PATCH", "/roles/"+role.text("id"), object{"version": role["version"], "name": "Other"})
	o.boss.want(204, "DELETE", "/roles/"+role.text("id"), nil)
	if got := o.boss.send("DELETE", "/roles/1", nil); got.status != 403 && got.status != 409 {
		t.Errorf("built-in roles stay: %d %s", got.status, got.raw)
	}
	if n := len(ana.want(200, "GET", "/permissions", nil)["items"].([]any)); n < 15 {
		t.Errorf("%d permissions", n)
	}

	team := o.boss.want(201, "POST", "/teams", object{"name": "红队"}).text("id")
	o.boss.want(204, "PUT", "/teams/"+team+"/members/"+ana.id, nil)
	if got := names(o.boss.want(200, "GET", "/teams/"+team+"/members", nil).items()); got != ana.mail {
		t.Errorf("members: %s", got)
	}
	o.boss.want(204, "DELETE", "/teams/"+team+"/members/"+ana.id, nil)
	o.boss.want(204, "DELETE", "/teams/"+team, nil)
	ana.refused(403, "permission_missing", "POST", "/teams", object{"name": "x"})

	group := o.boss.want(201, "POST", "/sharing-groups", object{"name": "Sector", "members": []object{{"organisation": org, "extend": true}}})
	if len(group.list("members")) != 2 {
		t.Errorf("the owner is always in it: %v", group)
	}
	o.boss.want(200, "PATCH", "/sharing-groups/"+group.text("id"), object{"version": group["version"], "active": false})
	if got := ana.want(200, "GET", "/sharing-groups/"+group.text("id"), nil); got["active"] != false {
		t.Errorf("group: %v", got)
	}
}

func TestAuditTrail(t *testing.T) {
	o := opened(t)
	o.visitor().send("POST", "/session", object{"email": o.boss.mail, "password": "wrong"})
	ana := o.hire("ana@example.org", "", roleAnalyst)
	ana.refused(403, "permission_missing", "GET", "/audit", nil)
	got := o.boss.want(200, "GET", "/audit"+q("action", "login"), nil).items()
	if len(got) < 2 || got[len(got)-1].text("outcome") != "denied" || got[0].text("address") == "" {
		t.Errorf("logins: %v", got)
	}
	all := o.boss.want(200, "GET", "/audit"+q("limit", "2"), nil)
	if len(all.items()) != 2 || all.text("next") == "" {
		t.Errorf("a page: %v", all)
	}
	more := o.boss.want(200, "GET", "/audit"+q("limit", "2", "cursor", all.text("next")), nil)
	if more.items()[0].text("seq") >= all.items()[1].text("seq") && len(more.items()[0].text("seq")) >= len(all.items()[1].text("seq")) {
		t.Errorf("the next page goes on: %v then %v", all, more)
	}
	o.boss.eventually("chain", "/audit"+q("limit", "1"), func(x object) bool { return x.items()[0].text("link") != "" })
	head := o.boss.want(200, "GET", "/audit/head", nil).text("head")
	v := o.boss.want(200, "POST", "/audit/verify", object{"head": head})
	if v["holds"] != true || v["problem"] != nil {
		t.Errorf("the chain holds: %v", v)
	}
	forged := o.boss.want(200, "POST", "/audit/verify", object{"head": "1:" + strings.Repeat("00", 32)})
	if forged["holds"] != false || forged.object("problem").text("code") == "" {
		t.Errorf("a foreign head: %v", forged)
	}
	o.boss.refused(400, "bad_cursor", "GET", "/audit"+q("cursor", "x"), nil)
	if got := o.boss.send("GET", "/audit"+q("actor", "-1"), nil); got.status != 400 {
		t.Errorf("an id that is none: %d", got.status)
	}
}
