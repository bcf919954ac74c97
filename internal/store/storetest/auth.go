package storetest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func testAuth(t *testing.T, open Factory) {
	t.Run("cookie", func(t *testing.T) { testCookie(t, newPeople(t, open)) })
	t.Run("cross site", func(t *testing.T) { testCrossSite(t, newPeople(t, open)) })
	t.Run("key", func(t *testing.T) { testKeyHeaders(t, newPeople(t, open)) })
	t.Run("step up", func(t *testing.T) { testStepUp(t, newPeople(t, open)) })
}

func (p *people) door(t *testing.T, o auth.Options) *auth.Authenticator {
	t.Helper()
	o.Accounts, o.Clock = p.svc, p.clock
	a, err := auth.New(o)
	must(t, err)
	return a
}

// ask is a request from 192.0.2.1 with headers "Name: value".
func ask(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://ti.example.org/api/x", http.NoBody)
	r.RemoteAddr = "192.0.2.1:4711"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// who authenticates and returns the identity.
func who(t *testing.T, a *auth.Authenticator, r *http.Request) auth.Identity {
	t.Helper()
	out, err := a.Authenticate(r)
	must(t, err)
	return auth.IdentityFrom(out.Context())
}

func testCookie(t *testing.T, p *people) {
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	l := p.login(t, u.Email)
	for _, c := range []struct {
		o      auth.Options
		name   string
		secure bool
	}{
		{auth.Options{}, "vedette", false},
		{auth.Options{TLS: true}, "__Host-vedette", true},
		{auth.Options{PublicURL: "https://ti.example.org"}, "__Host-vedette", true},
		{auth.Options{PublicURL: "http://127.0.0.1:8320"}, "vedette", false},
	} {
		a := p.door(t, c.o)
		w := httptest.NewRecorder()
		a.SetSession(w, l)
		set := w.Result().Cookies()[0]
		if set.Name != c.name || set.Secure != c.secure || !set.HttpOnly || set.SameSite != http.SameSiteStrictMode || set.Path != "/" || set.Domain != "" || set.MaxAge <= 0 {
			t.Errorf("%+v: cookie %s", c.o, set)
		}
		i := who(t, a, ask("GET", "Cookie: "+c.name+"="+l.Token))
		if i.Actor.User != u.ID || i.Session == nil || i.Key != nil {
			t.Errorf("%+v: identity %+v", c.o, i)
		}
		// A plain cookie must not pass where the protected one is due, nor two of them.
		if i := who(t, a, ask("GET", "Cookie: x"+c.name+"="+l.Token)); i.Actor.User != 0 {
			t.Errorf("another cookie opened %+v", i)
		}
		if i := who(t, a, ask("GET", "Cookie: "+c.name+"="+l.Token+"; "+c.name+"=planted")); i.Actor.User != 0 {
			t.Errorf("two cookies opened %+v", i)
		}
		w = httptest.NewRecorder()
		a.ClearSession(w)
		if got := w.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" {
			t.Errorf("not cleared: %s", got)
		}
	}
	a := p.door(t, auth.Options{TLS: true})
	if i := who(t, a, ask("GET", "Cookie: vedette="+l.Token)); i.Actor.User != 0 {
		t.Error("with TLS the plain cookie must not count")
	}
	p.pass(8 * 24 * time.Hour)
	out, err := a.Authenticate(ask("GET", "Cookie: __Host-vedette="+l.Token))
	must(t, err) // goes on as nobody
	wantCode(t, auth.LoggedIn(out.Context()), "session_expired")
	out, err = a.Authenticate(ask("GET"))
	must(t, err)
	wantCode(t, auth.LoggedIn(out.Context()), "login_required")
}

func testCrossSite(t *testing.T, p *people) {
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	l := p.login(t, u.Email)
	actor, err := p.svc.ActorFor(t.Context(), u.ID, "session")
	must(t, err)
	_, key, err := p.svc.CreateKey(t.Context(), actor, account.NewKey{Name: "k"})
	must(t, err)
	a := p.door(t, auth.Options{PublicURL: "https://console.example.org"})
	cookie := "Cookie: __Host-vedette=" + l.Token
	for _, c := range []struct {
		r    *http.Request
		code string
	}{
		{ask("POST", cookie, "Sec-Fetch-Site: same-origin"), ""},
		{ask("POST", cookie), ""}, // not a browser
		{ask("GET", cookie, "Sec-Fetch-Site: cross-site"), ""},
		{ask("POST", cookie, "Sec-Fetch-Site: cross-site", "Origin: https://evil.example"), "cross_site"},
		{ask("DELETE", cookie, "Sec-Fetch-Site: same-site", "Origin: https://other.example.org"), "cross_site"},
		{ask("POST", cookie, "Origin: http://evil.example"), "cross_site"},
		{ask("POST", cookie, "Origin: null"), "cross_site"},
		{ask("POST", "Sec-Fetch-Site: cross-site"), "cross_site"}, // login CSRF
		{ask("POST", cookie, "Origin: https://console.example.org", "Sec-Fetch-Site: same-site"), ""},
		{ask("POST", "Authorization: "+key, "Sec-Fetch-Site: cross-site", "Origin: https://ext.example"), ""}, // a key is no ambient authority
	} {
		_, err := a.Authenticate(c.r)
		wantCode(t, err, c.code)
	}
}

func testKeyHeaders(t *testing.T, p *people) {
	ctx := t.Context()
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	actor, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	_, key, err := p.svc.CreateKey(ctx, actor, account.NewKey{Name: "k", Addresses: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
	must(t, err)
	a := p.door(t, auth.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	behind := "X-Forwarded-For: 203.0.113.5"
	basic := ask("GET", behind)
	basic.SetBasicAuth("taxii", key)
	for _, r := range []*http.Request{
		ask("GET", behind, "Authorization: Bearer "+key), ask("GET", behind, "Authorization: "+key),
		ask("GET", behind, "authorization: bearer  "+key+" "), ask("GET", behind, "X-Api-Key: "+key), basic,
	} {
		i := who(t, a, r)
		if i.Key == nil || i.Actor.User != u.ID || i.Client.Address.String() != "203.0.113.5" {
			t.Errorf("%v: %+v", r.Header, i)
		}
	}
	for _, r := range []*http.Request{
		ask("GET", "Authorization: Bearer "+key), // not from there
		ask("GET", behind, "Authorization: Bearer "+strings.Repeat("A", 40)), ask("GET", behind, "Authorization: Bearer"),
		ask("GET", behind, "Authorization: Negotiate abc"), ask("GET", behind, "X-Api-Key: ' OR 1=1 --"),
	} {
		_, err := a.Authenticate(r)
		wantCode(t, err, "key_invalid")
	}
	// A proxy's own Basic login beside our cookie does not shut people out.
	l := p.login(t, u.Email)
	both := ask("GET", "Cookie: vedette="+l.Token)
	both.SetBasicAuth("proxy", "proxy password")
	if i := who(t, a, both); i.Session == nil {
		t.Errorf("identity %+v", i)
	}
	// A refused key is answered from memory after a while, a good one from the same address is not.
	var codes = map[string]int{}
	for range 40 {
		_, err := a.Authenticate(ask("GET", "Authorization: "+key))
		codes[fmt.Sprint(err)]++
	}
	if n := p.audited(t, "key.use", "denied"); n > 21 {
		t.Errorf("%d refusals audited: %v", n, codes)
	}
	who(t, a, ask("GET", behind, "Authorization: "+key))
}

func testStepUp(t *testing.T, p *people) {
	ctx := t.Context()
	u := p.user(t, "u@example.org", 1, account.RoleAnalyst)
	a := p.door(t, auth.Options{})
	l := p.login(t, u.Email)
	recent := func(r *http.Request) error {
		out, err := a.Authenticate(r)
		must(t, err)
		return a.Recent(out.Context())
	}
	must(t, recent(ask("POST", "Cookie: vedette="+l.Token)))
	p.pass(16 * time.Minute)
	wantCode(t, recent(ask("POST", "Cookie: vedette="+l.Token)), "verify_required")
	wantCode(t, recent(ask("POST")), "login_required")
	actor, err := p.svc.ActorFor(ctx, u.ID, "session")
	must(t, err)
	_, key, err := p.svc.CreateKey(ctx, actor, account.NewKey{Name: "k"})
	must(t, err)
	must(t, recent(ask("POST", "X-Api-Key: "+key)))
	must(t, a.Recent(auth.WithActor(ctx, p.sys)))
	wantCode(t, a.Recent(auth.WithActor(ctx, sharing.Actor{})), "login_required")
	must(t, p.svc.SetPassword(ctx, p.sys, u.ID, goodPassword, true))
	l = p.login(t, u.Email)
	wantCode(t, recent(ask("POST", "Cookie: vedette="+l.Token)), "password_change_required")
}
