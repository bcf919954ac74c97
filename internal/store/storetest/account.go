package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func testAccount(t *testing.T, open Factory) {
	t.Run("prepare", func(t *testing.T) { testPrepare(t, newPeople(t, open)) })
	t.Run("organisations", func(t *testing.T) { testOrganisations(t, newPeople(t, open)) })
	t.Run("foreign organisations", func(t *testing.T) { testEnsureOrganisation(t, newPeople(t, open)) })
	t.Run("users", func(t *testing.T) { testUsers(t, newPeople(t, open)) })
	t.Run("delete", func(t *testing.T) { testDeleteUser(t, newPeople(t, open)) })
	t.Run("last administrator", func(t *testing.T) { testLastAdministrator(t, newPeople(t, open)) })
	t.Run("roles", func(t *testing.T) { testRoles(t, newPeople(t, open)) })
	t.Run("teams", func(t *testing.T) { testTeams(t, newPeople(t, open)) })
	t.Run("sharing groups", func(t *testing.T) { testSharingGroups(t, newPeople(t, open)) })
	t.Run("views", func(t *testing.T) { testViews(t, newPeople(t, open)) })
	t.Run("actors", func(t *testing.T) { testActors(t, newPeople(t, open)) })
	t.Run("limited manager", func(t *testing.T) { testLimitedManager(t, newPeople(t, open)) })
	t.Run("matrix", func(t *testing.T) { testRoleMatrix(t, newPeople(t, open)) })
	t.Run("escalation", func(t *testing.T) { testNoEscalation(t, newPeople(t, open)) })
}

func testPrepare(t *testing.T, p *people) {
	ctx := t.Context()
	roles, err := p.svc.Roles(ctx, p.sys)
	must(t, err)
	var names []string
	for i, r := range roles {
		if r.ID != id.ID(i+1) || !r.Builtin || r.Clearance != marking.TLPRed {
			t.Errorf("role %d: %+v", i+1, r)
		}
		names = append(names, r.Name)
	}
	if d := cmp.Diff([]string{"Admin", "Org Admin", "Analyst", "Publisher", "Sync user", "Read Only"}, names); d != "" {
		t.Error(d)
	}
	must(t, p.svc.Prepare(ctx)) // each start
	again, err := p.svc.Roles(ctx, p.sys)
	must(t, err)
	if d := cmp.Diff(roles, again); d != "" {
		t.Error("a second start changed the roles:", d)
	}
	first := p.user(t, "first@example.org", 0, 0)
	if first.ID <= 100 || first.Org != account.HostOrganisation || first.Role != account.RoleAnalyst {
		t.Errorf("first account: %+v", first)
	}
	if o := p.org(t, "Second"); o <= 100 {
		t.Errorf("organisation %d is in the reserved range", o)
	}
}

func testOrganisations(t *testing.T, p *people) {
	ctx := t.Context()
	o, err := p.svc.CreateOrganisation(ctx, p.sys, account.Organisation{Name: "  Blue  Team ", Description: "蓝队\nsecond line", Local: true})
	must(t, err)
	if o.Name != "Blue Team" || o.UUID.IsZero() || o.Version != 1 {
		t.Errorf("made %+v", o)
	}
	_, err = p.svc.CreateOrganisation(ctx, p.sys, account.Organisation{Name: "ｂｌｕｅ team"}) // full width folds to the same
	wantCode(t, err, "organisation_exists")
	for _, bad := range []string{"", " ", "a\u202eb", "a\x00b", strings.Repeat("x", 201)} {
		if _, err := p.svc.CreateOrganisation(ctx, p.sys, account.Organisation{Name: bad}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("name %q: %v", bad, err)
		}
	}
	name := "Red Team"
	edited, err := p.svc.EditOrganisation(ctx, p.sys, o.ID, account.OrganisationEdit{Version: o.Version, Name: &name})
	must(t, err)
	if edited.Version != 2 || edited.Description != o.Description {
		t.Errorf("edited %+v", edited)
	}
	_, err = p.svc.EditOrganisation(ctx, p.sys, o.ID, account.OrganisationEdit{Version: o.Version, Name: &name})
	wantCode(t, err, "stale")
	if !strings.Contains(err.Error(), p.sys.Name) {
		t.Errorf("a stale write must name who was faster: %v", err)
	}
	p.user(t, "u@example.org", o.ID, account.RoleAnalyst)
	wantCode(t, p.svc.DeleteOrganisation(ctx, p.sys, o.ID, edited.Version), "organisation_in_use")
	wantCode(t, p.svc.DeleteOrganisation(ctx, p.sys, account.HostOrganisation, 1), "host_organisation")
	empty := p.org(t, "Empty")
	must(t, p.svc.DeleteOrganisation(ctx, p.sys, empty, 1))
	p.org(t, "Empty") // the name is free again
	got, err := p.svc.Organisation(ctx, p.sys, empty)
	if err != nil || !got.Deleted || got.Name != "Empty" {
		t.Errorf("deleted organisation: %+v, %v", got, err)
	}
	var seen []string
	for page := (account.Page{Limit: 1}); ; {
		l, err := p.svc.Organisations(ctx, p.sys, account.Filter{}, page)
		must(t, err)
		for _, o := range l.Items {
			seen = append(seen, o.Name)
		}
		if page.After = l.Next; l.Next == "" {
			break
		}
	}
	if d := cmp.Diff([]string{"Empty", "Host organisation", "Red Team"}, seen); d != "" {
		t.Error(d)
	}
	l, err := p.svc.Organisations(ctx, p.sys, account.Filter{Match: "%"}, account.Page{})
	if err != nil || len(l.Items) != 0 {
		t.Errorf("a percent sign is no wildcard: %+v, %v", l, err)
	}
}

func testEnsureOrganisation(t *testing.T, p *people) {
	ctx := t.Context()
	u := id.UUID{0: 0x55, 15: 1}
	var ids [8]id.ID
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			o, err := p.svc.EnsureOrganisation(ctx, p.sys, u, "CIRCL")
			if err != nil {
				t.Error(err)
			}
			ids[i] = o.ID
		})
	}
	wg.Wait()
	if slices.Min(ids[:]) != slices.Max(ids[:]) || ids[0] == 0 {
		t.Fatalf("one UUID became several organisations: %v", ids)
	}
	other, err := p.svc.EnsureOrganisation(ctx, p.sys, id.UUID{0: 0x66, 15: 1}, "circl")
	must(t, err)
	if other.ID == ids[0] || !strings.HasPrefix(other.Name, "circl ") || other.Local {
		t.Errorf("another organisation of the same name: %+v", other)
	}
	same, err := p.svc.EnsureOrganisation(ctx, p.sys, u, "Renamed by a stranger")
	if err != nil || same.Name != "CIRCL" {
		t.Errorf("a delivery must not rename: %+v, %v", same, err)
	}
	named, err := p.svc.EnsureOrganisation(ctx, p.sys, id.UUID{}, "Circl")
	if err != nil || named.ID != ids[0] {
		t.Errorf("by name: %+v, %v", named, err)
	}
	odd, err := p.svc.EnsureOrganisation(ctx, p.sys, id.UUID{0: 0x77, 15: 1}, "\u202e\x00")
	if err != nil || odd.Name != odd.UUID.String() {
		t.Errorf("a name without visible characters: %+v, %v", odd, err)
	}
	_, err = p.svc.EnsureOrganisation(ctx, p.actor(t, "ro@example.org", 1, account.RoleReadOnly), id.UUID{0: 9}, "New")
	wantCode(t, err, "permission_missing")
}

func testUsers(t *testing.T, p *people) {
	ctx := t.Context()
	red, blue := p.org(t, "Red"), p.org(t, "Blue")
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	boss := p.actor(t, "boss@red.example", red, account.RoleOrgAdmin)
	ana := p.actor(t, "Ana@Red.example", red, account.RoleAnalyst)
	bob := p.user(t, "bob@blue.example", blue, account.RoleAnalyst)

	_, err := p.svc.CreateUser(ctx, admin, account.NewUser{Email: "ana@red.EXAMPLE", Org: blue})
	wantCode(t, err, "account_exists")
	for _, bad := range []string{"", "ana", "a@", "@b", "Ana <a@b.c>", "a@b.c\r\nBcc: x@y.z", "a b@c.d", strings.Repeat("x", 251) + "@b.c"} {
		if _, err := p.svc.CreateUser(ctx, admin, account.NewUser{Email: bad}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("e-mail %q: %v", bad, err)
		}
	}
	for _, who := range []struct {
		a    sharing.Actor
		want int
	}{{admin, 4}, {boss, 2}, {ana, 2}, {sharing.Actor{}, 0}} {
		l, err := p.svc.Users(ctx, who.a, account.Filter{}, account.Page{})
		if err != nil || len(l.Items) != who.want {
			t.Errorf("%s sees %d accounts, want %d (%v)", who.a.Name, len(l.Items), who.want, err)
		}
	}
	l, err := p.svc.Users(ctx, ana, account.Filter{Org: blue}, account.Page{})
	if err != nil || len(l.Items) != 0 {
		t.Errorf("filtering by another organisation must not open it: %+v, %v", l, err)
	}
	_, err = p.svc.User(ctx, ana, bob.ID)
	wantCode(t, err, "account_missing")
	_, err = p.svc.UserByEmail(ctx, ana, bob.Email)
	wantCode(t, err, "account_missing")
	seen, err := p.svc.User(ctx, ana, boss.User)
	if err != nil || seen.Role != 0 || seen.TOTP || !seen.LastLogin.IsZero() {
		t.Errorf("a colleague sees too much: %+v, %v", seen, err)
	}

	zh := "zh"
	me, err := p.svc.EditProfile(ctx, ana, account.ProfileEdit{Version: 1, Locale: &zh, Settings: jsonx.Raw(`{"theme":"dark"}`)})
	if err != nil || me.Locale != "zh" || me.Role != account.RoleAnalyst {
		t.Errorf("profile: %+v, %v", me, err)
	}
	bad := "klingon"
	_, err = p.svc.EditProfile(ctx, ana, account.ProfileEdit{Version: me.Version, Locale: &bad})
	wantCode(t, err, "bad_locale")
	_, err = p.svc.EditProfile(ctx, ana, account.ProfileEdit{Version: 1, Locale: &zh})
	wantCode(t, err, "stale")
	if n := p.audited(t, "account.create", "ok"); n != 4 {
		t.Errorf("%d creations audited, want 4", n)
	}
}

func testDeleteUser(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	u := p.user(t, "gone@example.org", 1, account.RoleAnalyst)
	a, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	l := p.login(t, u.Email)
	_, key, err := p.svc.CreateKey(ctx, a, account.NewKey{Name: "script"})
	must(t, err)
	_, err = p.svc.CreateView(ctx, a, account.View{Page: "reports", Name: "mine"})
	must(t, err)
	team, err := p.svc.CreateTeam(ctx, admin, "Cell", "")
	must(t, err)
	must(t, p.svc.SetTeamMember(ctx, admin, team.ID, u.ID, true))

	wantCode(t, p.svc.DeleteUser(ctx, admin, u.ID, 99), "stale")
	fresh, err := p.svc.User(ctx, admin, u.ID)
	must(t, err)
	must(t, p.svc.DeleteUser(ctx, admin, u.ID, fresh.Version))
	_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")
	_, _, err = p.svc.ResumeKey(ctx, key, from("192.0.2.1"))
	wantCode(t, err, "key_invalid")
	_, err = p.svc.ActorFor(ctx, u.ID, "session")
	wantCode(t, err, "account_disabled")
	_, err = p.svc.Login(ctx, account.LoginRequest{Email: u.Email, Password: goodPassword, Client: from("192.0.2.1")})
	wantCode(t, err, "login_failed")
	old, err := p.svc.User(ctx, admin, u.ID)
	if err != nil || !old.Deleted || old.Email != u.Email || old.HasPassword {
		t.Errorf("the row keeps the name for history: %+v, %v", old, err)
	}
	again := p.user(t, u.Email, 1, account.RoleAnalyst)
	if again.ID == u.ID {
		t.Error("an id was used twice")
	}
	wantCode(t, p.svc.DeleteUser(ctx, admin, u.ID, old.Version), "account_missing")
}

func testLastAdministrator(t *testing.T, p *people) {
	ctx := t.Context()
	yes, role := true, account.RoleAnalyst
	one := p.user(t, "one@example.org", 1, account.RoleAdmin)
	invited, err := p.svc.CreateUser(ctx, p.sys, account.NewUser{Email: "invited@example.org", Role: account.RoleAdmin})
	must(t, err) // has no password yet: cannot rescue anybody
	_, err = p.svc.EditUser(ctx, p.sys, one.ID, account.UserEdit{Version: one.Version, Disabled: &yes})
	wantCode(t, err, "last_administrator")
	_, err = p.svc.EditUser(ctx, p.sys, one.ID, account.UserEdit{Version: one.Version, Role: &role})
	wantCode(t, err, "last_administrator")
	wantCode(t, p.svc.DeleteUser(ctx, p.sys, one.ID, one.Version), "last_administrator")
	must(t, p.svc.DeleteUser(ctx, p.sys, invited.ID, invited.Version))

	custom, err := p.svc.CreateRole(ctx, p.sys, account.Role{Name: "Second admin", Permissions: sharing.Permissions()})
	must(t, err)
	two := p.user(t, "two@example.org", 1, custom.ID)
	must(t, p.svc.DeleteUser(ctx, p.sys, one.ID, one.Version))
	less := []sharing.Permission{sharing.ManageUsers}
	_, err = p.svc.EditRole(ctx, p.sys, custom.ID, account.RoleEdit{Version: custom.Version, Permissions: &less})
	wantCode(t, err, "last_administrator")

	// Two administrators who disable each other at the same moment: one of them must fail.
	other := p.user(t, "three@example.org", 1, account.RoleAdmin)
	var failed [2]error
	var wg sync.WaitGroup
	for i, u := range []account.User{two, other} {
		wg.Go(func() {
			_, failed[i] = p.svc.EditUser(ctx, p.sys, u.ID, account.UserEdit{Version: u.Version, Disabled: &yes})
		})
	}
	wg.Wait()
	if (failed[0] == nil) == (failed[1] == nil) {
		t.Fatalf("exactly one of the two may go: %v, %v", failed[0], failed[1])
	}
	needed, err := p.svc.NeedsSetup(ctx)
	if err != nil || needed {
		t.Errorf("no administrator is left (%v)", err)
	}
}

func testRoles(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	_, err := p.svc.CreateRole(ctx, admin, account.Role{Name: "X", Permissions: []sharing.Permission{"root"}})
	wantCode(t, err, "unknown_permission")
	r, err := p.svc.CreateRole(ctx, admin, account.Role{
		ID: 1, Builtin: true, Name: "Reader", Clearance: marking.TLPGreen, Permissions: []sharing.Permission{sharing.UseAPIKeys, sharing.ReadIntel, sharing.ReadIntel},
	})
	must(t, err)
	if r.ID <= 100 || r.Builtin || !slices.Equal(r.Permissions, []sharing.Permission{sharing.ReadIntel, sharing.UseAPIKeys}) {
		t.Errorf("made %+v", r)
	}
	_, err = p.svc.CreateRole(ctx, admin, account.Role{Name: "reader"})
	wantCode(t, err, "role_exists")
	name := "Admin II"
	_, err = p.svc.EditRole(ctx, admin, account.RoleAdmin, account.RoleEdit{Version: 1, Name: &name})
	wantCode(t, err, "role_builtin")
	wantCode(t, p.svc.DeleteRole(ctx, admin, account.RoleReadOnly), "role_builtin")
	u := p.user(t, "u@example.org", 1, r.ID)
	wantCode(t, p.svc.DeleteRole(ctx, admin, r.ID), "role_in_use")
	a, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	if a.Scope.Sees(sharing.ACL{Owner: 1, TLP: marking.TLPAmber}) || !a.Scope.Sees(sharing.ACL{Owner: 1, TLP: marking.TLPGreen}) {
		t.Error("the clearance of the role does not reach the scope")
	}
	must(t, p.svc.DeleteUser(ctx, admin, u.ID, u.Version))
	must(t, p.svc.DeleteRole(ctx, admin, r.ID))
	_, err = p.svc.User(ctx, admin, u.ID) // history still finds it
	must(t, err)
}

func testTeams(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	boss := p.actor(t, "boss@example.org", 1, account.RoleOrgAdmin)
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	team, err := p.svc.CreateTeam(ctx, admin, "Cell", "核心小组")
	must(t, err)
	_, err = p.svc.CreateTeam(ctx, admin, "CELL", "")
	wantCode(t, err, "team_exists")
	wantCode(t, p.svc.SetTeamMember(ctx, boss, team.ID, boss.User, true), "permission_missing")
	label := sharing.ACL{Owner: 1, EyesOnly: []id.ID{team.ID}}
	before, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	must(t, p.svc.SetTeamMember(ctx, admin, team.ID, u.ID, true))
	must(t, p.svc.SetTeamMember(ctx, admin, team.ID, u.ID, true)) // again changes nothing
	after, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	if before.Scope.Sees(label) || !after.Scope.Sees(label) {
		t.Error("membership must reach the scope at once")
	}
	members, err := p.svc.TeamMembers(ctx, boss, team.ID, account.Page{})
	if err != nil || len(members.Items) != 1 || members.Items[0].ID != u.ID {
		t.Errorf("members %+v, %v", members, err)
	}
	// An Org Admin who is not in the team may not take over an account that is.
	_, err = p.svc.InviteOrReset(ctx, boss, u.ID)
	wantCode(t, err, "account_exceeds")
	_, _, err = p.svc.CreateKey(ctx, boss, account.NewKey{User: u.ID, Name: "k"})
	wantCode(t, err, "account_exceeds")
	name := "Cell 7"
	team, err = p.svc.EditTeam(ctx, admin, team.ID, account.TeamEdit{Version: team.Version, Name: &name})
	must(t, err)
	must(t, p.db.Run(ctx, func(ctx context.Context) error {
		_, err := p.db.InternACL(ctx, label)
		return err
	}))
	wantCode(t, p.svc.DeleteTeam(ctx, admin, team.ID), "team_in_use")
	free, err := p.svc.CreateTeam(ctx, admin, "Free", "")
	must(t, err)
	must(t, p.svc.DeleteTeam(ctx, admin, free.ID))
	l, err := p.svc.Teams(ctx, boss, account.Page{})
	if err != nil || len(l.Items) != 1 || l.Items[0].Name != name || l.Items[0].Members != 1 {
		t.Errorf("teams %+v, %v", l, err)
	}
}

func testSharingGroups(t *testing.T, p *people) {
	ctx := t.Context()
	red, blue, green := p.org(t, "Red"), p.org(t, "Blue"), p.org(t, "Green")
	pub := func(org id.ID) sharing.Actor {
		return p.actor(t, fmt.Sprintf("p%d@example.org", org), org, account.RolePublisher)
	}
	r, b, g := pub(red), pub(blue), pub(green)
	ana := p.actor(t, "ana@example.org", red, account.RoleAnalyst)
	_, err := p.svc.CreateSharingGroup(ctx, ana, account.SharingGroup{Name: "G"})
	wantCode(t, err, "permission_missing")
	_, err = p.svc.CreateSharingGroup(ctx, r, account.SharingGroup{Name: "G", Members: []account.GroupOrg{{Org: 999}}})
	wantCode(t, err, "organisation_missing")
	sg, err := p.svc.CreateSharingGroup(ctx, r, account.SharingGroup{Name: "Banks", Owner: blue, Members: []account.GroupOrg{{Org: blue, Extend: true}}})
	must(t, err)
	if sg.Owner != red || len(sg.Members) != 2 {
		t.Fatalf("made %+v", sg)
	}
	label := sharing.ACL{Owner: red, Distribution: sharing.Group, SharingGroup: sg.ID}
	sees := func(a sharing.Actor) bool {
		fresh, err := p.svc.ActorFor(ctx, a.User, "session")
		must(t, err)
		return fresh.Scope.Sees(label)
	}
	if !sees(r) || !sees(b) || sees(g) {
		t.Error("members and only members see what is shared with the group")
	}
	_, err = p.svc.SharingGroup(ctx, g, sg.ID)
	wantCode(t, err, "sharing_group_missing")
	_, err = p.svc.EditSharingGroup(ctx, g, sg.ID, account.SharingGroupEdit{Version: 1, Members: &[]account.GroupOrg{{Org: green}}})
	wantCode(t, err, "sharing_group_missing")

	name, wider := "Mine now", append(slices.Clone(sg.Members), account.GroupOrg{Org: green})
	_, err = p.svc.EditSharingGroup(ctx, b, sg.ID, account.SharingGroupEdit{Version: 1, Name: &name})
	wantCode(t, err, "group_foreign")
	escalate := append(slices.Clone(sg.Members), account.GroupOrg{Org: green, Extend: true})
	_, err = p.svc.EditSharingGroup(ctx, b, sg.ID, account.SharingGroupEdit{Version: 1, Members: &escalate})
	wantCode(t, err, "group_foreign")
	sg, err = p.svc.EditSharingGroup(ctx, b, sg.ID, account.SharingGroupEdit{Version: 1, Members: &wider})
	must(t, err)
	if !sees(g) {
		t.Error("a member that may extend adds an organisation")
	}
	less := wider[:1]
	_, err = p.svc.EditSharingGroup(ctx, b, sg.ID, account.SharingGroupEdit{Version: sg.Version, Members: &less})
	wantCode(t, err, "group_foreign")
	no := false
	_, err = p.svc.EditSharingGroup(ctx, r, sg.ID, account.SharingGroupEdit{Version: sg.Version, Active: &no})
	must(t, err)
	if sees(b) || !sees(r) {
		t.Error("a group that is not active reaches its owner only")
	}
	l, err := p.svc.SharingGroups(ctx, g, account.Page{})
	if err != nil || len(l.Items) != 1 || len(l.Items[0].Members) != 3 || l.Items[0].Members[0].Name == "" {
		t.Errorf("list %+v, %v", l, err)
	}
}

func testViews(t *testing.T, p *people) {
	ctx := t.Context()
	other := p.org(t, "Other")
	ana := p.actor(t, "ana@example.org", 1, account.RoleReadOnly)
	bob := p.actor(t, "bob@example.org", 1, account.RoleAdmin)
	eve := p.actor(t, "eve@example.org", other, account.RoleAnalyst)
	v, err := p.svc.CreateView(ctx, ana, account.View{User: bob.User, Page: "reports", Name: "新报告", Query: "state:new"})
	must(t, err)
	if v.User != ana.User {
		t.Error("a view was made for somebody else")
	}
	count := func(a sharing.Actor, page string) int {
		l, err := p.svc.Views(ctx, a, page)
		must(t, err)
		return len(l)
	}
	if count(ana, "reports") != 1 || count(ana, "sources") != 0 || count(bob, "") != 0 {
		t.Error("a view is private at first")
	}
	yes := true
	v, err = p.svc.EditView(ctx, ana, v.ID, account.ViewEdit{Version: v.Version, Shared: &yes})
	must(t, err)
	if count(bob, "") != 1 || count(eve, "") != 0 {
		t.Error("a shared view is seen in the organisation only")
	}
	_, err = p.svc.EditView(ctx, bob, v.ID, account.ViewEdit{Version: v.Version})
	wantCode(t, err, "view_foreign")
	wantCode(t, p.svc.DeleteView(ctx, eve, v.ID, v.Version), "saved_view_missing")
	wantCode(t, p.svc.DeleteView(ctx, ana, v.ID, 1), "stale")
	must(t, p.svc.DeleteView(ctx, ana, v.ID, v.Version))
	_, err = p.svc.CreateView(ctx, ana, account.View{Page: "p", Name: "n", Query: strings.Repeat("x", 1<<20)})
	wantCode(t, err, "query_long")
}

// testActors: rights are cached for seconds, and a change is seen at once by the process that made it.
func testActors(t *testing.T, p *people) {
	ctx := t.Context()
	p.user(t, "admin@example.org", 1, account.RoleAdmin)
	u := p.user(t, "u@example.org", 1, account.RolePublisher)
	elsewhere := p.service(t)
	can := func(s *account.Service) bool {
		a, err := s.ActorFor(ctx, u.ID, "session")
		must(t, err)
		return a.Can(sharing.PublishIntel)
	}
	if !can(p.svc) || !can(elsewhere) {
		t.Fatal("a publisher may publish")
	}
	role := account.RoleReadOnly
	_, err := p.svc.EditUser(ctx, p.sys, u.ID, account.UserEdit{Version: u.Version, Role: &role})
	must(t, err)
	if can(p.svc) {
		t.Error("the change must be seen at once here")
	}
	p.pass(5e9)
	if can(elsewhere) {
		t.Error("the change must be seen within seconds elsewhere")
	}
}
