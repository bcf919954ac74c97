package storetest

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func testLogin(t *testing.T, open Factory) {
	t.Run("set-up", func(t *testing.T) { testSetup(t, newPeople(t, open)) })
	t.Run("constant answers", func(t *testing.T) { testConstantAnswers(t, newPeople(t, open)) })
	t.Run("lockout", func(t *testing.T) { testLockout(t, newPeople(t, open)) })
	t.Run("many at once", func(t *testing.T) { testParallelGuesses(t, newPeople(t, open)) })
	t.Run("address", func(t *testing.T) { testAddressLimit(t, newPeople(t, open)) })
	t.Run("session", func(t *testing.T) { testSession(t, newPeople(t, open)) })
	t.Run("session lists", func(t *testing.T) { testSessionLists(t, newPeople(t, open)) })
	t.Run("password change", func(t *testing.T) { testPasswordChange(t, newPeople(t, open)) })
	t.Run("password change meanwhile", func(t *testing.T) { testChangeMeanwhile(t, newPeople(t, open)) })
	t.Run("links", func(t *testing.T) { testLinks(t, newPeople(t, open)) })
	t.Run("second factor", func(t *testing.T) { testSecondFactor(t, newPeople(t, open)) })
	t.Run("recovery", func(t *testing.T) { testRecovery(t, newPeople(t, open)) })
	t.Run("keys", func(t *testing.T) { testKeys(t, newPeople(t, open)) })
	t.Run("key limits", func(t *testing.T) { testKeyLimits(t, newPeople(t, open)) })
}

func setup(token string) account.Setup {
	return account.Setup{
		Token: token, Organisation: "前哨 SOC", Email: "Root@Example.org", Name: "Root", Password: goodPassword, Client: from("127.0.0.1"),
	}
}

func testSetup(t *testing.T, p *people) {
	ctx := t.Context()
	if needed, err := p.svc.NeedsSetup(ctx); err != nil || !needed {
		t.Fatalf("an empty store needs set-up: %v", err)
	}
	first, err := p.svc.NewSetupLink(ctx)
	must(t, err)
	link, err := p.svc.NewSetupLink(ctx)
	must(t, err)
	_, err = p.svc.CompleteSetup(ctx, setup(first.Token))
	wantCode(t, err, "link_invalid") // replaced by the second
	if link.Expires.Sub(p.clock()) != 30*time.Minute {
		t.Errorf("holds until %v", link.Expires)
	}
	weak := setup(link.Token)
	weak.Password = "short"
	_, err = p.svc.CompleteSetup(ctx, weak)
	wantCode(t, err, "password_short")
	weak.Password = ""
	_, err = p.svc.CompleteSetup(ctx, weak)
	wantCode(t, err, "password_missing")
	p.pass(30 * time.Minute)
	_, err = p.svc.CompleteSetup(ctx, setup(link.Token))
	wantCode(t, err, "link_invalid") // too late

	link, err = p.svc.NewSetupLink(ctx)
	must(t, err)
	var wg sync.WaitGroup
	var done [6]error
	for i := range done { // six at once: one wins
		wg.Go(func() {
			s := setup(link.Token)
			s.Email = fmt.Sprintf("root%d@example.org", i)
			_, done[i] = p.svc.CompleteSetup(ctx, s)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range done {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Fatalf("%d set-ups succeeded: %v", won, done)
	}
	o, err := p.svc.Organisation(ctx, p.sys, account.HostOrganisation)
	if err != nil || o.Name != "前哨 SOC" {
		t.Errorf("host organisation %+v, %v", o, err)
	}
	l, err := p.svc.Users(ctx, p.sys, account.Filter{}, account.Page{})
	if err != nil || len(l.Items) != 1 || l.Items[0].Role != account.RoleAdmin {
		t.Errorf("accounts %+v, %v", l, err)
	}
	_, err = p.svc.NewSetupLink(ctx)
	wantCode(t, err, "already_set_up")
}

// testConstantAnswers: what does not exist, is disabled, or has no password answers as a wrong password does.
func testConstantAnswers(t *testing.T, p *people) {
	ctx := t.Context()
	p.user(t, "known@example.org", 1, account.RoleAdmin)
	off := p.user(t, "off@example.org", 1, account.RoleAnalyst)
	yes := true
	_, err := p.svc.EditUser(ctx, p.sys, off.ID, account.UserEdit{Version: off.Version, Disabled: &yes})
	must(t, err)
	_, err = p.svc.CreateUser(ctx, p.sys, account.NewUser{Email: "invited@example.org"})
	must(t, err)
	for i, r := range []account.LoginRequest{
		{Email: "known@example.org", Password: "wrong password x"},
		{Email: "known@example.org", Password: ""},
		{Email: "known@example.org", Password: strings.Repeat("x", 1<<20)},
		{Email: "unknown@example.org", Password: goodPassword},
		{Email: "off@example.org", Password: goodPassword},
		{Email: "invited@example.org", Password: ""},
		{Email: "", Password: goodPassword},
		{Email: "known@example.org'--", Password: goodPassword},
	} {
		r.Client = from(fmt.Sprintf("192.0.2.%d", i+1))
		_, err := p.svc.Login(ctx, r)
		wantCode(t, err, "login_failed")
	}
	if n := p.audited(t, "login", "denied"); n != 8 {
		t.Errorf("%d refusals audited", n)
	}
	l, err := p.svc.Login(ctx, account.LoginRequest{Email: " KNOWN@example.org ", Password: goodPassword, Client: from("192.0.2.1")})
	if err != nil || l.Token == "" {
		t.Errorf("letter case of an e-mail: %v", err)
	}
}

// testLockout walks the waits: five free failures, then 1, 2, 4 … seconds up to five minutes; a success
// begins anew, a day of quiet too.
func testLockout(t *testing.T, p *people) {
	ctx := t.Context()
	p.user(t, "u@example.org", 1, account.RoleAdmin)
	address := 0
	try := func(password string) error {
		address++ // a new address each time: only the account's limit counts
		_, err := p.svc.Login(ctx, account.LoginRequest{Email: "u@example.org", Password: password, Client: from(fmt.Sprintf("10.0.%d.%d", address/250, address%250+1))})
		return err
	}
	for range 5 {
		wantCode(t, try("wrong"), "login_failed")
	}
	for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		wantCode(t, try("wrong"), "login_failed")
		p.pass(wait*time.Second - time.Microsecond)
		wantCode(t, try(goodPassword), "login_wait") // even the right one
		p.pass(time.Microsecond)
	}
	must(t, try(goodPassword))
	wantCode(t, try("wrong"), "login_failed")
	must(t, try(goodPassword)) // began anew
	for range 6 {
		wantCode(t, try("wrong"), "login_failed")
	}
	wantCode(t, try("wrong"), "login_wait")
	p.pass(25 * time.Hour)
	must(t, p.svc.Tidy(ctx))
	for range 6 {
		wantCode(t, try("wrong"), "login_failed")
	}
	p.pass(-400 * 24 * time.Hour) // the clock jumps back a year: nobody is let in early
	wantCode(t, try(goodPassword), "login_wait")
}

// testParallelGuesses: a hundred guesses at once get no more tries than a hundred in a row.
func testParallelGuesses(t *testing.T, p *people) {
	ctx := t.Context()
	p.user(t, "u@example.org", 1, account.RoleAdmin)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for i := range 60 {
		wg.Go(func() {
			_, err := p.svc.Login(ctx, account.LoginRequest{Email: "u@example.org", Password: "guess", Client: from(fmt.Sprintf("10.0.0.%d", i+1))})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				codes["in"]++
			case strings.Contains(err.Error(), "wrong"):
				codes["tried"]++
			default:
				codes["refused"]++
			}
		})
	}
	wg.Wait()
	if codes["tried"] != 6 || codes["refused"] != 54 {
		t.Errorf("%v, want 6 tried", codes)
	}
}

// testAddressLimit: one address that tries many accounts is slowed down, and its own good login does not
// clear its failures. IPv6 counts by /64.
func testAddressLimit(t *testing.T, p *people) {
	ctx := t.Context()
	p.user(t, "own@example.org", 1, account.RoleAdmin)
	host := 0
	try := func(email, password string) error {
		host++
		_, err := p.svc.Login(ctx, account.LoginRequest{Email: email, Password: password, Client: from(fmt.Sprintf("2001:db8:0:1::%x", host))})
		return err
	}
	for i := range 21 {
		if i%5 == 4 {
			must(t, try("own@example.org", goodPassword))
		}
		wantCode(t, try(fmt.Sprintf("victim%d@example.org", i), "guess"), "login_failed")
	}
	wantCode(t, try("victim99@example.org", "guess"), "login_wait")
	_, err := p.svc.Login(ctx, account.LoginRequest{Email: "own@example.org", Password: goodPassword, Client: from("2001:db8:0:2::1")})
	must(t, err) // the neighbour is not concerned
}

func testSession(t *testing.T, p *people) {
	ctx := t.Context()
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	l := p.login(t, u.Email)
	if len(l.Token) != 43 {
		t.Errorf("token of %d characters", len(l.Token))
	}
	s, a, err := p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	must(t, err)
	if s.ID != l.Session.ID || a.User != u.ID || a.Via != "session" || a.Key != 0 || !a.Can(sharing.WriteIntel) || a.Can(sharing.ManageUsers) {
		t.Errorf("session %+v, actor %+v", s, a)
	}
	for _, bad := range []string{"", l.Token + "x", l.Token[:42] + "!", strings.Repeat("A", 43), strings.ToLower(l.Token)} {
		_, _, err := p.svc.Resume(ctx, bad, from("192.0.2.1"))
		wantCode(t, err, "session_expired")
	}
	for range 13 { // idle is counted from the last use
		p.pass(11 * time.Hour)
		_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.9"))
		must(t, err)
	}
	p.pass(12*time.Hour + time.Second)
	_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")

	l = p.login(t, u.Email) // seven days are the most, whatever the use
	for range 15 {
		p.pass(11 * time.Hour)
		_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
		must(t, err)
	}
	p.pass(3 * time.Hour)
	_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")

	l = p.login(t, u.Email)
	must(t, p.svc.Verified(l.Session))
	p.pass(16 * time.Minute)
	wantCode(t, p.svc.Verified(l.Session), "verify_required")
	_, err = p.svc.Reverify(ctx, l.Session, "wrong", "", from("192.0.2.1"))
	wantCode(t, err, "login_failed")
	fresh, err := p.svc.Reverify(ctx, l.Session, goodPassword, "", from("192.0.2.1"))
	must(t, err)
	must(t, p.svc.Verified(fresh.Session))
	_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired") // the token was renewed
	s, a, err = p.svc.Resume(ctx, fresh.Token, from("192.0.2.1"))
	must(t, err)
	must(t, p.svc.Logout(ctx, a, s))
	_, _, err = p.svc.Resume(ctx, fresh.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")
	_, err = p.svc.Reverify(ctx, s, goodPassword, "", from("192.0.2.1"))
	wantCode(t, err, "session_expired") // a session that ended is not revived
}

func testSessionLists(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	other := p.actor(t, "other@example.org", 1, account.RoleAnalyst)
	var logins []account.Login
	for range 33 {
		p.pass(time.Second)
		logins = append(logins, p.login(t, u.Email))
	}
	a, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	list, err := p.svc.Sessions(ctx, a, u.ID)
	if err != nil || len(list) != 30 || list[0].ID != logins[32].Session.ID {
		t.Fatalf("%d sessions are kept, the newest first: %v", len(list), err)
	}
	_, _, err = p.svc.Resume(ctx, logins[0].Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired") // pushed out
	_, err = p.svc.Sessions(ctx, other, u.ID)
	wantCode(t, err, "permission_missing")
	wantCode(t, p.svc.RevokeSession(ctx, other, other.User, list[0].ID), "session_missing")
	must(t, p.svc.RevokeSession(ctx, a, u.ID, list[1].ID))
	n, err := p.svc.RevokeSessions(ctx, a, u.ID, list[0].ID)
	if err != nil || n != 28 {
		t.Errorf("%d ended, %v", n, err)
	}
	_, _, err = p.svc.Resume(ctx, logins[32].Token, from("192.0.2.1"))
	must(t, err)
	role := account.RoleReadOnly // a change of rights ends sessions
	now, err := p.svc.User(ctx, admin, u.ID)
	must(t, err)
	_, err = p.svc.EditUser(ctx, admin, u.ID, account.UserEdit{Version: now.Version, Role: &role})
	must(t, err)
	_, _, err = p.svc.Resume(ctx, logins[32].Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")
}

func testPasswordChange(t *testing.T, p *people) {
	ctx := t.Context()
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	here, elsewhere := p.login(t, u.Email), p.login(t, u.Email)
	change := func(old, fresh string) (account.Login, error) {
		return p.svc.ChangePassword(ctx, here.Session, old, "", fresh, from("192.0.2.1"))
	}
	_, err := change("wrong", "violet anchor maple")
	wantCode(t, err, "login_failed")
	_, err = change(goodPassword, "u@example.org!!")
	wantCode(t, err, "password_own")
	_, err = change(goodPassword, goodPassword)
	wantCode(t, err, "password_same")
	fresh, err := change(goodPassword, "violet anchor maple")
	must(t, err)
	for _, gone := range []string{here.Token, elsewhere.Token} {
		_, _, err := p.svc.Resume(ctx, gone, from("192.0.2.1"))
		wantCode(t, err, "session_expired")
	}
	_, _, err = p.svc.Resume(ctx, fresh.Token, from("192.0.2.1"))
	must(t, err)
	_, err = p.svc.Login(ctx, account.LoginRequest{Email: u.Email, Password: goodPassword, Client: from("192.0.2.1")})
	wantCode(t, err, "login_failed")

	// A password set on the server that must be changed lets in, but to nothing else.
	must(t, p.svc.SetPassword(ctx, p.sys, u.ID, goodPassword, true))
	l := p.login(t, u.Email)
	s, a, err := p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	must(t, err)
	if !l.Session.MustChange || !s.MustChange || len(a.Perms) != 0 || !a.Scope.Denies() {
		t.Errorf("actor %+v may do something before the change", a)
	}
	l, err = p.svc.ChangePassword(ctx, s, goodPassword, "", "violet anchor maple", from("192.0.2.1"))
	must(t, err)
	_, a, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	if err != nil || !a.Can(sharing.ReadIntel) {
		t.Errorf("after the change: %+v, %v", a, err)
	}
	wantCode(t, p.svc.SetPassword(ctx, a, u.ID, goodPassword, false), "system_only")
}

// hook is a random source that does something once, before it is read.
type hook struct{ do func() }

func (h *hook) Read(b []byte) (int, error) {
	if do := h.do; do != nil {
		h.do = nil
		do()
	}
	return rand.Read(b)
}

// testChangeMeanwhile: between the check of the old password and the new session the password changes, or
// the account is disabled. The thief must not get the session.
func testChangeMeanwhile(t *testing.T, p *people) {
	ctx := t.Context()
	p.user(t, "keeper@example.org", 1, account.RoleAdmin)
	random := &hook{}
	slow, err := account.New(account.Options{
		Store: p.db, Tx: p.db, Changes: p.db, Audit: p.audits, Box: p.box, Clock: p.clock, Random: random, Hash: account.HashOptions{MemoryKiB: 64, Passes: 1},
	})
	must(t, err)
	for i, change := range []func(u account.User){
		func(u account.User) { must(t, p.svc.SetPassword(ctx, p.sys, u.ID, "violet anchor maple", false)) },
		func(u account.User) {
			yes := true
			_, err := p.svc.EditUser(ctx, p.sys, u.ID, account.UserEdit{Version: u.Version, Disabled: &yes})
			must(t, err)
		},
		func(u account.User) { must(t, p.svc.DeleteUser(ctx, p.sys, u.ID, u.Version)) },
		func(u account.User) { p.enrol(t, u.Email) },
	} {
		u := p.user(t, fmt.Sprintf("u%d@example.org", i), 1, account.RoleAnalyst)
		random.do = func() { change(u) } // the next bytes are the session's token
		_, err := slow.Login(ctx, account.LoginRequest{Email: u.Email, Password: goodPassword, Client: from("203.0.113.1")})
		wantCode(t, err, "login_failed")
	}
}

func testLinks(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	u, err := p.svc.CreateUser(ctx, admin, account.NewUser{Email: "new@example.org"})
	must(t, err)
	invite, err := p.svc.InviteOrReset(ctx, admin, u.ID)
	must(t, err)
	if invite.Expires.Sub(p.clock()) != 24*time.Hour {
		t.Errorf("an invitation holds until %v", invite.Expires)
	}
	purpose, email, err := p.svc.LinkInfo(ctx, invite.Token)
	if err != nil || purpose != account.LinkInvite || email != u.Email {
		t.Errorf("link for %q (%s), %v", email, purpose, err)
	}
	_, err = p.svc.CompleteSetup(ctx, setup(invite.Token))
	wantCode(t, err, "link_invalid") // not the link for that
	wantCode(t, p.svc.RedeemLink(ctx, invite.Token, "password1234", from("192.0.2.1")), "password_common")
	must(t, p.svc.RedeemLink(ctx, invite.Token, goodPassword, from("192.0.2.1")))
	wantCode(t, p.svc.RedeemLink(ctx, invite.Token, "violet anchor maple", from("192.0.2.1")), "link_invalid")
	l := p.login(t, u.Email)

	old, err := p.svc.InviteOrReset(ctx, admin, u.ID)
	must(t, err)
	reset, err := p.svc.InviteOrReset(ctx, admin, u.ID)
	must(t, err)
	wantCode(t, p.svc.RedeemLink(ctx, old.Token, "violet anchor maple", from("192.0.2.1")), "link_invalid")
	p.pass(30 * time.Minute)
	wantCode(t, p.svc.RedeemLink(ctx, reset.Token, "violet anchor maple", from("192.0.2.1")), "link_invalid")
	reset, err = p.svc.InviteOrReset(ctx, admin, u.ID)
	must(t, err)
	must(t, p.svc.RedeemLink(ctx, reset.Token, "violet anchor maple", from("192.0.2.1")))
	_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")
	for _, bad := range []string{"", "x", strings.Repeat("A", 43)} {
		wantCode(t, p.svc.RedeemLink(ctx, bad, goodPassword, from("192.0.2.1")), "link_invalid")
	}
	// A link of an account that was disabled meanwhile opens nothing.
	reset, err = p.svc.InviteOrReset(ctx, admin, u.ID)
	must(t, err)
	now, err := p.svc.User(ctx, admin, u.ID)
	must(t, err)
	yes := true
	_, err = p.svc.EditUser(ctx, admin, u.ID, account.UserEdit{Version: now.Version, Disabled: &yes})
	must(t, err)
	wantCode(t, p.svc.RedeemLink(ctx, reset.Token, goodPassword, from("192.0.2.1")), "link_invalid")
	_, err = p.svc.InviteOrReset(ctx, admin, u.ID)
	wantCode(t, err, "account_is_disabled")
}

// enrol switches the second factor on and returns the secret, the recovery codes and the session.
func (p *people) enrol(t *testing.T, email string) (secret string, codes []string, l account.Login) {
	t.Helper()
	l = p.login(t, email)
	s, err := p.svc.BeginTOTP(t.Context(), l.Session)
	must(t, err)
	if !strings.HasPrefix(s.URL, "otpauth://totp/Vedette:") {
		t.Errorf("URL %s", s.URL)
	}
	_, _, err = p.svc.ConfirmTOTP(t.Context(), l.Session, "000000", from("192.0.2.1"))
	wantCode(t, err, "totp_wrong")
	l, codes, err = p.svc.ConfirmTOTP(t.Context(), l.Session, p.code(t, s.Secret), from("192.0.2.1"))
	must(t, err)
	return s.Secret, codes, l
}

func (p *people) code(t *testing.T, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, p.clock())
	must(t, err)
	return c
}

func testSecondFactor(t *testing.T, p *people) {
	ctx := t.Context()
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	before := p.login(t, u.Email)
	secret, codes, l := p.enrol(t, u.Email)
	if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		t.Errorf("recovery codes %v", codes)
	}
	_, _, err := p.svc.Resume(ctx, before.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired") // other sessions end
	_, err = p.svc.BeginTOTP(ctx, l.Session)
	wantCode(t, err, "totp_on")
	try := func(code string) error {
		_, err := p.svc.Login(ctx, account.LoginRequest{Email: u.Email, Password: goodPassword, Code: code, Client: from("192.0.2.1")})
		return err
	}
	wantCode(t, try(""), "totp_required")
	wantCode(t, try(p.code(t, secret)), "totp_wrong") // used at enrolment
	p.pass(30 * time.Second)
	code := p.code(t, secret)
	must(t, try(code[:3]+" "+code[3:]))
	wantCode(t, try(code), "totp_wrong") // replay
	p.pass(30 * time.Second)
	late := p.code(t, secret)
	p.pass(30 * time.Second)
	must(t, try(late)) // the neighbour before
	wantCode(t, try(code), "totp_wrong")
	p.pass(5 * time.Minute)
	wantCode(t, try(late), "totp_wrong")

	_, err = p.svc.Login(ctx, account.LoginRequest{Email: u.Email, Password: "wrong", Code: p.code(t, secret), Client: from("192.0.2.1")})
	wantCode(t, err, "login_failed") // the code does not help without the password
	must(t, try(p.code(t, secret)))  // and was not used up

	// Asking for the code again and again neither locks the account nor clears its failures.
	for range 40 {
		wantCode(t, try(""), "totp_required")
	}
	for range 6 {
		wantCode(t, try("123456"), "totp_wrong")
		wantCode(t, try(""), map[bool]string{true: "login_wait", false: "totp_required"}[p.blocked(t, u.Email)])
	}
	wantCode(t, try(p.code(t, secret)), "login_wait")
}

// blocked reports whether the account must wait.
func (p *people) blocked(t *testing.T, email string) bool {
	t.Helper()
	_, err := p.svc.Login(t.Context(), account.LoginRequest{Email: email, Password: goodPassword, Client: from("198.51.100.1")})
	return err != nil && strings.Contains(err.Error(), "Too many")
}

func testRecovery(t *testing.T, p *people) {
	ctx := t.Context()
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	secret, codes, _ := p.enrol(t, u.Email)
	try := func(code string) (account.Login, error) {
		return p.svc.Login(ctx, account.LoginRequest{Email: u.Email, Password: goodPassword, Code: code, Client: from("192.0.2.1")})
	}
	l, err := try(strings.ToLower(strings.ReplaceAll(codes[3], "-", "")))
	must(t, err)
	_, err = try(codes[3])
	wantCode(t, err, "totp_wrong") // once only
	var wg sync.WaitGroup
	var in sync.Map
	for i := range 4 {
		wg.Go(func() {
			if _, err := try(codes[4]); err == nil {
				in.Store(i, true)
			}
		})
	}
	wg.Wait()
	n := 0
	in.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("a recovery code worked %d times at once", n)
	}
	p.pass(10 * time.Minute)
	l, fresh, err := p.svc.RenewRecoveryCodes(ctx, l.Session, goodPassword, p.code(t, secret), from("192.0.2.1"))
	must(t, err)
	_, err = try(codes[5])
	wantCode(t, err, "totp_wrong")
	p.pass(time.Minute)
	l, err = p.svc.DisableTOTP(ctx, l.Session, goodPassword, fresh[0], from("192.0.2.1"))
	must(t, err)
	p.login(t, u.Email)

	p.pass(time.Minute)
	p.enrol(t, u.Email)
	a, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	wantCode(t, p.svc.ResetTOTP(ctx, a, u.ID), "totp_own")
	must(t, p.svc.ResetTOTP(ctx, admin, u.ID))
	_, _, err = p.svc.Resume(ctx, l.Token, from("192.0.2.1"))
	wantCode(t, err, "session_expired")
	p.login(t, u.Email)
}

func testKeys(t *testing.T, p *people) {
	ctx := t.Context()
	ana := p.actor(t, "ana@example.org", 1, account.RoleAnalyst)
	k, text, err := p.svc.CreateKey(ctx, ana, account.NewKey{
		Name: "siem", Permissions: []sharing.Permission{sharing.ReadIntel}, Expires: p.clock().Add(time.Hour),
		Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/8"), netip.MustParsePrefix("2001:db8::/32")},
	})
	must(t, err)
	if !account.IsKey(text) || k.Prefix != text[:4] || k.Addresses[0].String() != "10.0.0.0/8" {
		t.Errorf("made %+v (%d characters)", k, len(text))
	}
	use := func(address string) error {
		got, a, err := p.svc.ResumeKey(ctx, text, from(address))
		if err == nil && (a.Key != k.ID || a.Via != "key" || !slices.Equal(a.Perms, k.Permissions) || got.ID != k.ID) {
			t.Errorf("actor %+v of key %+v", a, got)
		}
		return err
	}
	for _, address := range []string{"10.9.9.9", "::ffff:10.9.9.9", "2001:db8::1"} {
		must(t, use(address))
	}
	wantCode(t, use("192.0.2.1"), "key_invalid")
	_, _, err = p.svc.ResumeKey(ctx, text, account.Client{}) // from nowhere
	wantCode(t, err, "key_invalid")
	_, byKey, err := p.svc.ResumeKey(ctx, text, from("10.0.0.1"))
	must(t, err)
	_, _, err = p.svc.CreateKey(ctx, byKey, account.NewKey{Name: "child"})
	wantCode(t, err, "session_required")
	list, err := p.svc.Keys(ctx, ana, ana.User)
	if err != nil || len(list) != 1 || list[0].Used != p.clock() || list[0].UsedAddress != "10.9.9.9" {
		t.Errorf("keys %+v, %v", list, err)
	}
	p.pass(30 * time.Second)
	must(t, use("10.0.0.2"))
	if list, _ := p.svc.Keys(ctx, ana, ana.User); list[0].UsedAddress != "10.9.9.9" {
		t.Error("the last use is written more than once a minute")
	}
	p.pass(time.Minute)
	must(t, use("10.0.0.2"))
	if list, _ := p.svc.Keys(ctx, ana, ana.User); list[0].UsedAddress != "10.0.0.2" {
		t.Error("the last use is not written")
	}
	p.pass(time.Hour)
	wantCode(t, use("10.9.9.9"), "key_invalid")
	if n := p.audited(t, "key.use", "denied"); n != 3 {
		t.Errorf("%d refusals audited, want 3", n)
	}
	k, text, err = p.svc.CreateKey(ctx, ana, account.NewKey{Name: "all"})
	must(t, err)
	_, a, err := p.svc.ResumeKey(ctx, text, from("192.0.2.1"))
	if err != nil || !slices.Equal(a.Perms, ana.Perms) {
		t.Errorf("a key without a list has the role's: %+v, %v", a, err)
	}
	k2, text2, err := p.svc.CreateKey(ctx, p.sys, account.NewKey{User: ana.User, Name: "from the command line"})
	must(t, err)
	if _, b, err := p.svc.ResumeKey(ctx, text2, account.Client{}); err != nil || b.Key != k2.ID || !slices.Equal(b.Perms, ana.Perms) {
		t.Errorf("a key made by the system: %+v, %v", b, err)
	}
	must(t, p.svc.RevokeKey(ctx, a, k.ID)) // a key may end itself
	_, _, err = p.svc.ResumeKey(ctx, text, from("192.0.2.1"))
	wantCode(t, err, "key_invalid")
}

func testKeyLimits(t *testing.T, p *people) {
	ctx := t.Context()
	ana := p.actor(t, "ana@example.org", 1, account.RoleAnalyst)
	other := p.actor(t, "other@example.org", 1, account.RoleAnalyst)
	admin := p.actor(t, "admin@example.org", 1, account.RoleAdmin)
	_, _, err := p.svc.CreateKey(ctx, ana, account.NewKey{Name: "x", Permissions: []sharing.Permission{sharing.ManageUsers}})
	wantCode(t, err, "key_exceeds")
	_, _, err = p.svc.CreateKey(ctx, admin, account.NewKey{User: ana.User, Name: "x", Permissions: []sharing.Permission{sharing.ManageUsers}})
	wantCode(t, err, "key_exceeds") // not even the administrator can give a key more than its account has
	_, _, err = p.svc.CreateKey(ctx, ana, account.NewKey{Name: "x", Expires: p.clock()})
	wantCode(t, err, "key_expires")
	_, _, err = p.svc.CreateKey(ctx, ana, account.NewKey{Name: "x", Addresses: []netip.Prefix{{}}})
	wantCode(t, err, "bad_cidr")
	none, text, err := p.svc.CreateKey(ctx, ana, account.NewKey{Name: "nothing", Permissions: []sharing.Permission{}})
	must(t, err)
	_, a, err := p.svc.ResumeKey(ctx, text, from("192.0.2.1"))
	if err != nil || len(a.Perms) != 0 {
		t.Errorf("an empty list allows nothing: %+v, %v", a, err)
	}
	wantCode(t, p.svc.RevokeKey(ctx, other, none.ID), "permission_missing")
	_, err = p.svc.Keys(ctx, other, 0)
	wantCode(t, err, "permission_missing")
	all, err := p.svc.Keys(ctx, admin, 0)
	if err != nil || len(all) != 1 {
		t.Errorf("keys of all %+v, %v", all, err)
	}

	// A key of an administrator without intel.all_orgs sees what its permissions let it see, not more.
	_, text, err = p.svc.CreateKey(ctx, admin, account.NewKey{Name: "narrow", Permissions: []sharing.Permission{sharing.ReadIntel}})
	must(t, err)
	_, a, err = p.svc.ResumeKey(ctx, text, from("192.0.2.1"))
	must(t, err)
	foreign := sharing.ACL{Owner: 77}
	if a.Scope.Sees(foreign) || !admin.Scope.Sees(foreign) {
		t.Error("the key's permissions do not narrow its scope")
	}
	_, err = p.svc.CreateUser(ctx, a, account.NewUser{Email: "by-key@example.org", Role: account.RoleReadOnly})
	wantCode(t, err, "permission_missing") // though its account manages all users
	// Losing a right narrows existing keys.
	_, wide, err := p.svc.CreateKey(ctx, ana, account.NewKey{Name: "write", Permissions: []sharing.Permission{sharing.ReadIntel, sharing.WriteIntel}})
	must(t, err)
	u, err := p.svc.User(ctx, admin, ana.User)
	must(t, err)
	role := account.RoleReadOnly
	_, err = p.svc.EditUser(ctx, admin, ana.User, account.UserEdit{Version: u.Version, Role: &role})
	must(t, err)
	_, a, err = p.svc.ResumeKey(ctx, wide, from("192.0.2.1"))
	if err != nil || a.Can(sharing.WriteIntel) || !a.Can(sharing.ReadIntel) {
		t.Errorf("after losing the right: %+v, %v", a, err)
	}
}
