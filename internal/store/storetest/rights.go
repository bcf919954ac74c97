package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// operation is one act on an account. It gets a target that no other operation uses.
type operation struct {
	name string
	do   func(ctx context.Context, s *account.Service, a sharing.Actor, target account.User) error
}

func operations() []operation {
	yes, name, email := true, "New name", "taken.over@example.org"
	edit := func(e account.UserEdit) func(context.Context, *account.Service, sharing.Actor, account.User) error {
		return func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			e := e
			e.Version = u.Version
			_, err := s.EditUser(ctx, a, u.ID, e)
			return err
		}
	}
	return []operation{
		{"create", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			_, err := s.CreateUser(ctx, a, account.NewUser{Email: "new-" + u.Email, Org: u.Org, Role: u.Role})
			return err
		}},
		{"rename", edit(account.UserEdit{Name: &name})},
		{"take e-mail over", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			mine := u.ID.String() + email
			_, err := s.EditUser(ctx, a, u.ID, account.UserEdit{Version: u.Version, Email: &mine})
			return err
		}},
		{"disable", edit(account.UserEdit{Disabled: &yes})},
		{"delete", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			return s.DeleteUser(ctx, a, u.ID, u.Version)
		}},
		{"reset link", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			_, err := s.InviteOrReset(ctx, a, u.ID)
			return err
		}},
		{"reset second factor", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			return s.ResetTOTP(ctx, a, u.ID)
		}},
		{"make a key", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			_, _, err := s.CreateKey(ctx, a, account.NewKey{User: u.ID, Name: "k"})
			return err
		}},
		{"list keys", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			_, err := s.Keys(ctx, a, u.ID)
			return err
		}},
		{"list sessions", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			_, err := s.Sessions(ctx, a, u.ID)
			return err
		}},
		{"end sessions", func(ctx context.Context, s *account.Service, a sharing.Actor, u account.User) error {
			_, err := s.RevokeSessions(ctx, a, u.ID, 0)
			return err
		}},
	}
}

// testRoleMatrix tries every operation by every role on every role, in the own and in another organisation.
func testRoleMatrix(t *testing.T, p *people) {
	ctx := t.Context()
	own, foreign := p.org(t, "Own"), p.org(t, "Foreign")
	p.user(t, "keeper@example.org", 1, account.RoleAdmin)
	// Who may act on whom in the own organisation. In another one only Admin may, on everybody.
	managed := map[id.ID][]id.ID{
		account.RoleAdmin:    {1, 2, 3, 4, 5, 6},
		account.RoleOrgAdmin: {2, 3, 4, 5, 6},
	}
	n := 0
	for role := account.RoleAdmin; role <= account.RoleReadOnly; role++ {
		actor := p.actor(t, fmt.Sprintf("actor%d@example.org", role), own, role)
		for target := account.RoleAdmin; target <= account.RoleReadOnly; target++ {
			for _, org := range []id.ID{own, foreign} {
				want := slices.Contains(managed[role], target) && (org == own || role == account.RoleAdmin)
				for _, op := range operations() {
					n++
					u, err := p.svc.CreateUser(ctx, p.sys, account.NewUser{Email: fmt.Sprintf("t%d@example.org", n), Org: org, Role: target})
					must(t, err)
					err = op.do(ctx, p.svc, actor, u)
					kind := errs.KindOf(err)
					refused := err != nil && (kind == errs.Forbidden || kind == errs.NotFound)
					if want && err != nil || !want && !refused {
						t.Errorf("role %d, %s, role %d of organisation %d: %v, want allowed %v", role, op.name, target, org, err, want)
					}
					after, err := p.svc.User(ctx, p.sys, u.ID)
					must(t, err)
					if !want && after.Version != u.Version {
						t.Errorf("role %d, %s, role %d: refused, but the account changed", role, op.name, target)
					}
				}
			}
		}
	}
	if p.audited(t, "account", "denied") == 0 {
		t.Error("refusals are not audited")
	}
}

// testLimitedManager: somebody who manages all users but holds little else can neither touch nor make what
// holds more; and what is out of reach answers as what does not exist.
func testLimitedManager(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.user(t, "admin@example.org", 1, account.RoleAdmin)
	desk, err := p.svc.CreateRole(ctx, p.sys, account.Role{Name: "Help desk", Permissions: []sharing.Permission{sharing.ManageUsers, sharing.ReadIntel, sharing.UseAPIKeys}})
	must(t, err)
	wide, err := p.svc.CreateRole(ctx, p.sys, account.Role{Name: "Wide", Permissions: []sharing.Permission{sharing.ReadIntel, sharing.PublishIntel}})
	must(t, err)
	a := p.actor(t, "desk@example.org", 1, desk.ID)
	all := sharing.Permissions()
	_, err = p.svc.CreateRole(ctx, a, account.Role{Name: "Mine", Permissions: all})
	wantCode(t, err, "role_exceeds")
	_, err = p.svc.EditRole(ctx, a, desk.ID, account.RoleEdit{Version: desk.Version, Permissions: &all})
	wantCode(t, err, "role_exceeds")
	less := []sharing.Permission{sharing.ReadIntel}
	_, err = p.svc.EditRole(ctx, a, wide.ID, account.RoleEdit{Version: wide.Version, Permissions: &less})
	wantCode(t, err, "role_exceeds") // not even to take away
	wantCode(t, p.svc.DeleteRole(ctx, a, wide.ID), "role_exceeds")
	_, err = p.svc.InviteOrReset(ctx, a, admin.ID)
	wantCode(t, err, "account_exceeds")
	self, err := p.svc.User(ctx, a, a.User)
	must(t, err)
	role := account.RoleAdmin
	_, err = p.svc.EditUser(ctx, a, a.User, account.UserEdit{Version: self.Version, Role: &role})
	wantCode(t, err, "role_exceeds")
	u, err := p.svc.CreateUser(ctx, a, account.NewUser{Email: "r@example.org", Role: account.RoleReadOnly})
	must(t, err)
	must(t, p.svc.DeleteUser(ctx, a, u.ID, u.Version))

	green, err := p.svc.CreateRole(ctx, p.sys, account.Role{Name: "Green desk", Clearance: marking.TLPGreen, Permissions: desk.Permissions})
	must(t, err)
	g := p.actor(t, "green@example.org", 1, green.ID)
	_, err = p.svc.CreateUser(ctx, g, account.NewUser{Email: "x@example.org", Role: account.RoleReadOnly})
	wantCode(t, err, "role_exceeds") // Read Only is cleared for RED

	boss := p.actor(t, "boss@other.example", p.org(t, "Other"), account.RoleOrgAdmin)
	text := func(n id.ID) string {
		err := p.svc.DeleteUser(ctx, boss, n, 1)
		wantCode(t, err, "account_missing")
		return strings.ReplaceAll(err.Error(), n.String(), "N")
	}
	if there, nowhere := text(admin.ID), text(999_999); there != nowhere {
		t.Errorf("%q and %q tell which accounts exist", there, nowhere)
	}
}

// world is what the escalation test compares: what every account may do and see.
type world map[id.ID]account.Rights

func (p *people) world(t *rapid.T) world {
	w := world{}
	l, err := p.svc.Users(context.Background(), p.sys, account.Filter{}, account.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range l.Items {
		r, err := p.db.Rights(context.Background(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		w[u.ID] = r
	}
	return w
}

// held returns what the accounts of an organisation hold together.
func (w world) held(org id.ID) map[sharing.Permission]bool {
	m := map[sharing.Permission]bool{}
	for _, r := range w {
		if r.Org == org {
			for _, perm := range r.Permissions {
				m[perm] = true
			}
		}
	}
	return m
}

// testNoEscalation runs random acts of everybody but the administrator, by session and by key, and checks
// after each that nobody gained anything that was not held in their organisation before.
func testNoEscalation(t *testing.T, p *people) {
	ctx := context.Background()
	admin := p.user(t, "admin@example.org", 1, account.RoleAdmin)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		e := newEscalation(t, p, run)
		start := p.world(t)
		secret, err := p.db.Credentials(ctx, admin.ID)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			e.step(t)
		}
		now := p.world(t)
		for _, org := range []id.ID{1, e.orgs[0], e.orgs[1]} {
			before := start.held(org)
			for perm := range now.held(org) {
				if !before[perm] {
					t.Fatalf("organisation %d gained %s", org, perm)
				}
			}
		}
		for n, r := range now {
			old, known := start[n]
			switch {
			case known && (r.Org != old.Org || r.Clearance > old.Clearance || len(r.Teams) > len(old.Teams)):
				t.Fatalf("account %d went from %+v to %+v", n, old, r)
			case r.Org == e.orgs[1] && (!known || len(r.Permissions) > len(old.Permissions)):
				t.Fatalf("organisation %d has nobody who manages accounts, but %+v became %+v", r.Org, old, r)
			}
		}
		after, err := p.db.Credentials(ctx, admin.ID)
		keys, err2 := p.db.APIKeys(ctx, p.sys.Scope, admin.ID, 0)
		if err != nil || err2 != nil || after.Password != secret.Password || after.Disabled || len(keys) != 0 || now[admin.ID].Role != account.RoleAdmin {
			t.Fatalf("the administrator was touched: %v %v", err, err2)
		}
		e.leave(t)
	})
}

// escalation is one run: two organisations, one with an Org Admin and one without.
type escalation struct {
	p      *people
	orgs   [2]id.ID
	users  []id.ID
	actors []sharing.Actor
	roles  []id.ID
	team   id.ID
	made   int
	prefix string
}

func newEscalation(t *rapid.T, p *people, run int) *escalation {
	ctx := context.Background()
	e := &escalation{p: p, prefix: fmt.Sprintf("r%d-", run), roles: []id.ID{1, 2, 3, 4, 5, 6}}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range e.orgs {
		o, err := p.svc.CreateOrganisation(ctx, p.sys, account.Organisation{Name: fmt.Sprintf("%sorg%d", e.prefix, i), Local: true})
		check(err)
		e.orgs[i] = o.ID
	}
	team, err := p.svc.CreateTeam(ctx, p.sys, e.prefix+"team", "")
	check(err)
	e.team = team.ID
	for _, who := range []struct{ org, role id.ID }{
		{e.orgs[0], account.RoleOrgAdmin}, {e.orgs[0], account.RoleAnalyst}, {e.orgs[0], account.RoleReadOnly},
		{e.orgs[1], account.RolePublisher}, {e.orgs[1], account.RoleSync},
	} {
		u, err := p.svc.CreateUser(ctx, p.sys, account.NewUser{Email: e.mail(), Org: who.org, Role: who.role})
		check(err)
		a, err := p.svc.ActorFor(ctx, u.ID, "session")
		check(err)
		_, text, err := p.svc.CreateKey(ctx, a, account.NewKey{Name: "k"})
		check(err)
		_, byKey, err := p.svc.ResumeKey(ctx, text, account.Client{})
		check(err)
		e.users = append(e.users, u.ID)
		e.actors = append(e.actors, a, byKey)
	}
	check(p.svc.SetTeamMember(ctx, p.sys, e.team, e.users[1], true))
	e.users = append(e.users, 0)
	return e
}

func (e *escalation) mail() string {
	e.made++
	return fmt.Sprintf("%s%d@example.org", e.prefix, e.made)
}

// step draws one act. Errors are expected: most acts are refused.
func (e *escalation) step(t *rapid.T) {
	ctx := context.Background()
	s := e.p.svc
	a := rapid.SampledFrom(e.actors).Draw(t, "actor")
	target := rapid.SampledFrom(append(slices.Clone(e.users), a.User)).Draw(t, "target")
	role := rapid.SampledFrom(e.roles).Draw(t, "role")
	org := rapid.SampledFrom([]id.ID{1, e.orgs[0], e.orgs[1]}).Draw(t, "org")
	u, err := s.User(ctx, e.p.sys, target)
	if err != nil {
		u = account.User{ID: 1<<40 + target, Version: 1}
	}
	switch rapid.IntRange(0, 10).Draw(t, "act") {
	case 0:
		fresh, err := s.CreateUser(ctx, a, account.NewUser{Email: e.mail(), Org: org, Role: role})
		if err == nil {
			e.users = append(e.users, fresh.ID)
			if b, err := s.ActorFor(ctx, fresh.ID, "session"); err == nil {
				e.actors = append(e.actors, b)
			}
		}
	case 1:
		_, _ = s.EditUser(ctx, a, u.ID, account.UserEdit{Version: u.Version, Role: &role})
	case 2:
		_, _ = s.EditUser(ctx, a, u.ID, account.UserEdit{Version: u.Version, Org: &org})
	case 3:
		r, err := s.CreateRole(ctx, a, account.Role{Name: e.mail(), Permissions: sharing.Permissions()})
		if err == nil {
			t.Fatalf("%s made role %d", a.Name, r.ID)
		}
	case 4:
		_, text, err := s.CreateKey(ctx, a, account.NewKey{User: u.ID, Name: "k"})
		if err == nil {
			if _, b, err := s.ResumeKey(ctx, text, account.Client{}); err == nil {
				e.actors = append(e.actors, b)
			}
		}
	case 5:
		_ = s.SetTeamMember(ctx, a, e.team, u.ID, true)
	case 6:
		_ = s.DeleteUser(ctx, a, u.ID, u.Version)
	case 7:
		_, _ = s.InviteOrReset(ctx, a, u.ID)
	case 8:
		all := sharing.Permissions()
		_, _ = s.EditRole(ctx, a, role, account.RoleEdit{Version: 1, Permissions: &all})
	case 9:
		_ = s.SetPassword(ctx, a, u.ID, goodPassword, false)
	case 10:
		_, _, _ = s.CreateKey(ctx, a, account.NewKey{Name: "k", Permissions: sharing.Permissions()})
	}
}

// leave removes the run's accounts, so that the next run's world is small.
func (e *escalation) leave(t *rapid.T) {
	l, err := e.p.svc.Users(context.Background(), e.p.sys, account.Filter{Match: e.prefix}, account.Page{Limit: 500})
	for _, u := range l.Items {
		if err == nil {
			err = e.p.svc.DeleteUser(context.Background(), e.p.sys, u.ID, u.Version)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
