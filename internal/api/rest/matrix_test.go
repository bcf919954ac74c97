package rest_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/api/rest"
	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func routes(t *testing.T) []rest.Route {
	t.Helper()
	s, err := rest.New(rest.Options{Version: "dev", Auth: &auth.Authenticator{}})
	if err != nil {
		t.Fatal(err)
	}
	return s.Routes()
}

// probe sends a request and answers as soon as the head of the answer is there: streams do not end.
func (p *person) probe(method, path, body string) (int, string) {
	p.o.t.Helper()
	ctx, cancel := context.WithTimeout(p.o.t.Context(), 30*time.Second)
	defer cancel()
	var r *strings.Reader
	if body != "" {
		r = strings.NewReader(body)
	} else {
		r = strings.NewReader("")
	}
	req, err := http.NewRequestWithContext(ctx, method, p.o.srv.URL+"/api/v1"+path, r)
	if err != nil {
		p.o.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.key != "" {
		req.Header.Set("Authorization", "Bearer "+p.key)
	}
	resp, err := p.http.Do(req)
	if err != nil {
		p.o.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	if !strings.Contains(resp.Header.Get("Content-Type"), "problem") {
		return resp.StatusCode, ""
	}
	buf := make([]byte, 64<<10)
	n := 0
	for n < len(buf) {
		m, err := resp.Body.Read(buf[n:])
		if n += m; err != nil {
			break
		}
	}
	code := regexp.MustCompile(`"code":"([^"]*)"`).FindSubmatch(buf[:n])
	if code == nil {
		p.o.t.Fatalf("%s %s: a problem without code: %s", method, path, buf[:n])
	}
	return resp.StatusCode, string(code[1])
}

var pathParam = regexp.MustCompile(`\{[a-z]+\}`)

// emptyBody is a body that no operation finds enough in, for those that take one.
func emptyBody(method string) string {
	if method == "GET" || method == "DELETE" {
		return ""
	}
	return "{}"
}

// keyed gives a person a key with the rights of the account, so that calls cannot end the session.
func (p *person) keyed(t *testing.T) *person {
	t.Helper()
	k := p.o.visitor()
	k.key = p.want(201, "POST", "/me/keys", object{"name": "matrix"}).text("key")
	k.id, k.mail = p.id, p.mail
	return k
}

// TestAuthorisationMatrix asks every operation as everybody: who lacks the permission is refused, before
// anything of the request is looked at; who has it is not.
func TestAuthorisationMatrix(t *testing.T) {
	o := opened(t)
	nothing := o.boss.want(201, "POST", "/roles", object{"name": "Nothing", "permissions": []string{"keys.own"}, "clearance": "red"}).text("id")
	everybody := map[string]*person{
		"nobody": o.visitor(), "nothing": o.hire("nothing@example.org", "", nothing).keyed(t), "reader": o.hire("reader@example.org", "", roleReader),
		"analyst": o.hire("analyst@example.org", "", roleAnalyst).keyed(t), "chief": o.hire("chief@example.org", "", roleOrgAdmin).keyed(t), "boss": o.boss.keyed(t),
	}
	unready := o.hire("unready@example.org", "", roleOrgAdmin)
	if err := o.app.Accounts.SetPassword(t.Context(), app.LocalOperator(), parseID(t, unready.id), goodPassword+"x", true); err != nil {
		t.Fatal(err)
	}
	unready.want(200, "POST", "/session", object{"email": unready.mail, "password": goodPassword + "x"})
	everybody["unready"] = unready
	perms := map[string][]string{}
	for name, p := range everybody {
		if name == "nobody" || name == "unready" {
			continue
		}
		for _, x := range p.want(200, "GET", "/me", nil)["permissions"].([]any) {
			perms[name] = append(perms[name], x.(string))
		}
	}
	for _, r := range routes(t) {
		if r.ID == "log-out" || strings.HasPrefix(r.Path, "/session") || r.Path == "/setup" || strings.HasPrefix(r.Path, "/links/") {
			continue // public, or the end of what follows: tested by themselves
		}
		path := pathParam.ReplaceAllString(r.Path, "987654321")
		for name, p := range everybody {
			if name == "reader" && (r.Method == "DELETE" || r.Rule.Need == "") {
				continue // it has a session, which these end
			}
			status, code := p.probe(r.Method, path, emptyBody(r.Method))
			check(t, name+" "+r.Method+" "+r.Path, r.Rule, name, perms[name], status, code)
		}
	}
}

func check(t *testing.T, what string, rule rest.Rule, name string, perms []string, status int, code string) {
	t.Helper()
	want := ""
	switch {
	case rule.Public:
	case name == "nobody":
		want = "login_required"
		if rule.Unready {
			want = "login_needed"
		}
	case rule.Unready:
	case name == "unready":
		want = "password_change_required"
	case rule.Need != "" && !slices.Contains(perms, string(rule.Need)):
		want = "permission_missing"
	}
	if want != "" {
		if code != want || status != 401 && status != 403 {
			t.Errorf("%s: %d %q, want %s", what, status, code, want)
		}
		return
	}
	if status >= 500 || code == "login_required" || code == "login_needed" || code == "password_change_required" {
		t.Errorf("%s: %d %q, though it is allowed", what, status, code)
	}
	if code == "permission_missing" && rule.Need != "" && !furtherRight(what) {
		t.Errorf("%s: the service asks for more than the rule says", what)
	}
}

// furtherRight names operations that need a second permission for what they are asked.
func furtherRight(what string) bool { return strings.Contains(what, "/sources/presets/") }

func parseID(t *testing.T, s string) id.ID {
	t.Helper()
	n, err := id.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// belongings are private things of the home organisation, by the collection that they are in.
func belongings(t *testing.T, o *office) map[string]string {
	t.Helper()
	own := object{"owner": "1", "distribution": 0, "tlp": "red"}
	b := o.boss
	out := map[string]string{}
	out["reports"] = dropText(b, article, object{"label": own})
	r := "/reports/" + out["reports"]
	out["documents"] = b.want(200, "GET", r+"/documents", nil).items()[0].text("id")
	claims := b.want(200, "GET", r+"/claims", nil).items()
	out["claims"] = claims[0].text("id")
	out["observables"] = claims[0].list("values")[0].text("id")
	done := b.want(200, "POST", "/claims/review", object{"claims": []string{claims[1].text("id")}, "state": "rejected", "reason": "benign"})
	out["corrections"], out["undo"] = done["corrections"].([]any)[0].(string), done["undo"].([]any)[0].(string)
	o.write("x.txt", "nothing")
	src := o.folder(b, object{"label": own})
	out["sources"] = src.text("id")
	if out["sources"] == "" {
		out["sources"] = src.object("source").text("id")
	}
	b.eventually("a run", "/sources/"+out["sources"]+"/runs", func(x object) bool { return len(x.items()) > 0 })
	out["runs"] = b.want(200, "GET", "/sources/"+out["sources"]+"/runs", nil).items()[0].text("id")
	out["assets"] = b.want(201, "POST", "/assets", object{"kind": "domain", "value": "home.org"}).text("id")
	out["watches"] = b.want(201, "POST", "/watches", object{"name": "w", "kind": "search", "query": "type:url"}).text("id")
	out["views"] = b.want(201, "POST", "/views", object{"name": "v", "page": "reports", "query": "x"}).text("id")
	out["users"] = b.id
	out["members"] = b.id
	export := b.want(201, "POST", "/exports", object{"name": "e", "format": "text", "query": ""})
	out["exports"] = export.text("id")
	if out["exports"] == "" {
		out["exports"] = export.object("item").text("id")
	}
	return out
}

// TestOtherOrganisation lets somebody with every right in another organisation at private things: nothing is
// read, nothing changes.
func TestOtherOrganisation(t *testing.T) {
	o := opened(t)
	mine := belongings(t, o)
	var all []string
	for _, p := range sharing.Permissions() {
		if p != sharing.SeeAllOrgs && p != sharing.ManageUsers && p != sharing.ManageSystem {
			all = append(all, string(p))
		}
	}
	role := o.boss.want(201, "POST", "/roles", object{"name": "All but the system", "permissions": all, "clearance": "red"}).text("id")
	bob := o.hire("bob@else.example", o.foreign(), role).keyed(t)
	before := homeView(o, mine)
	tried := 0
	for _, r := range routes(t) {
		path, ok := fill(r.Path, mine)
		if !ok || r.Path == "/drop/{id}" {
			continue
		}
		tried++
		for _, body := range bodies(r.Method, mine) {
			status, code := bob.probe(r.Method, path, body)
			if status < 400 || status >= 500 {
				t.Errorf("bob %s %s %s: %d %s", r.Method, r.Path, body, status, code)
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d operations on items were tried", tried)
	}
	for path, body := range map[string]object{
		"/claims/review": {"claims": []string{mine["claims"]}, "state": "accepted"}, "/claims/to-ids": {"claims": []string{mine["claims"]}, "to_ids": false},
		"/claims/delete": {"claims": []string{mine["claims"]}}, "/claims/restore": {"claims": []string{mine["claims"]}}, "/undo": {"undo": []string{mine["undo"]}},
		"/reports": {"title": "x", "label": object{"owner": "1", "distribution": 0}}, "/observables": {"claims": []object{{"value": "a.evil-x.top"}}, "label": object{"owner": "1", "distribution": 1}},
		"/drop": {"text": "b.evil-x.top", "label": object{"owner": "1", "distribution": 1}},
	} {
		if got := bob.send("POST", path, body); got.status != 404 && got.status != 403 {
			t.Errorf("bob POST %s: %d %s", path, got.status, got.raw)
		}
	}
	if got := bob.want(200, "POST", "/lookup", object{"values": []string{"evil-fox.top"}}).items(); got[0]["known"] != false || got[0].text("id") != "" {
		t.Errorf("bob looks a private value up: %v", got)
	}
	if after := homeView(o, mine); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// fill puts the ids of belongings into a path; ok is false when it has none of ours.
func fill(path string, mine map[string]string) (string, bool) {
	parts := strings.Split(path, "/")
	found := false
	for i, p := range parts {
		if !strings.HasPrefix(p, "{") {
			continue
		}
		n, ok := mine[parts[i-1]]
		if !ok {
			return "", false
		}
		parts[i], found = n, true
	}
	return strings.Join(parts, "/"), found
}

// bodies that could do something to the items.
func bodies(method string, mine map[string]string) []string {
	switch method {
	case "GET", "DELETE":
		return []string{""}
	}
	return []string{
		`{}`, `{"title":"stolen"}`, `{"name":"stolen"}`, `{"comment":"stolen"}`, `{"state":"accepted"}`, `{"claims":[{"value":"stolen.evil-x.top"}]}`, `{"body":"stolen"}`, `{"kind":"false_positive"}`,
		`{"enabled":false}`, `{"query":"stolen"}`,
	}
}

// homeView is what the boss sees of the belongings, whole.
func homeView(o *office, mine map[string]string) string {
	var b strings.Builder
	for _, path := range []string{
		"/reports/" + mine["reports"], "/reports/" + mine["reports"] + "/claims", "/reports/" + mine["reports"] + "/notes", "/reports/" + mine["reports"] + "/history", "/claims/" + mine["claims"], "/observables/" + mine["observables"],
		"/observables/" + mine["observables"] + "/sightings", "/corrections", "/assets", "/watches", "/views", "/users/" + mine["users"] + "/keys",
	} {
		got := o.boss.send("GET", path, nil)
		b.WriteString(path + " " + string(got.raw) + "\n")
	}
	return b.String()
}
