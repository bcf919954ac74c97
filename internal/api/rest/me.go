package rest

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// meRoutes are what everybody may do with the own account.
func (s *Server) meRoutes() {
	in, unready, keys := Rule{LoggedIn: true}, Rule{Unready: true}, Rule{Need: sharing.UseAPIKeys}
	register(s, op{Method: "GET", Path: "/me", ID: "me", Tag: "me", Summary: "Who I am and what I may do", Rule: unready}, s.getMe)
	register(s, op{Method: "PATCH", Path: "/me", ID: "edit-me", Tag: "me", Summary: "Change my profile", Rule: in}, s.editMe)
	register(s, op{Method: "POST", Path: "/me/password", ID: "change-password", Tag: "me", Summary: "Change my password", Rule: unready, Doc: "All other sessions end.", Repeatable: true}, s.changePassword)
	register(s, op{Method: "POST", Path: "/me/totp", ID: "begin-totp", Tag: "me", Summary: "Begin to set up a second factor", Rule: in, Doc: "It counts once a code of it was confirmed. Needs a password of the last 15 minutes.", Repeatable: true}, s.beginTOTP)
	register(s, op{Method: "POST", Path: "/me/totp/confirm", ID: "confirm-totp", Tag: "me", Summary: "Switch the second factor on", Rule: in, Doc: "Answers with recovery codes, which are shown once. All other sessions end.", Repeatable: true}, s.confirmTOTP)
	register(s, op{Method: "POST", Path: "/me/totp/disable", ID: "disable-totp", Tag: "me", Summary: "Remove the second factor", Rule: in, Repeatable: true}, s.disableTOTP)
	register(s, op{Method: "POST", Path: "/me/totp/recovery", ID: "renew-recovery-codes", Tag: "me", Summary: "New recovery codes", Rule: in, Repeatable: true}, s.renewRecovery)
	register(s, op{Method: "GET", Path: "/me/sessions", ID: "my-sessions", Tag: "me", Summary: "Where I am logged in", Rule: in}, s.mySessions)
	register(s, op{Method: "DELETE", Path: "/me/sessions", ID: "end-other-sessions", Tag: "me", Summary: "Log out everywhere else", Rule: in, Status: http.StatusOK}, s.endOtherSessions)
	register(s, op{Method: "DELETE", Path: "/me/sessions/{id}", ID: "end-session", Tag: "me", Summary: "Log out elsewhere", Rule: in}, s.endSession)
	register(s, op{Method: "GET", Path: "/me/keys", ID: "my-keys", Tag: "me", Summary: "My API keys", Rule: in}, s.myKeys)
	register(s, op{Method: "POST", Path: "/me/keys", ID: "create-key", Tag: "me", Summary: "Make an API key", Rule: keys, Status: http.StatusCreated, Doc: "The key is shown once. Needs a password of the last 15 minutes."}, s.createMyKey)
	register(s, op{Method: "DELETE", Path: "/me/keys/{id}", ID: "revoke-key", Tag: "me", Summary: "Revoke an API key", Rule: in}, s.revokeMyKey)
}

// me is who is logged in.
type me struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Email        string      `json:"email"`
	Organisation reference   `json:"organisation"`
	Role         reference   `json:"role"`
	Permissions  []string    `json:"permissions"`
	Clearance    marking.TLP `json:"clearance" doc:"Highest TLP that may be seen."`
	Locale       string      `json:"locale" doc:"en, zh, or empty to follow the browser."`
	Settings     jsonx.Raw   `json:"settings,omitempty" doc:"The console's own settings, kept as they are."`
	MustChange   bool        `json:"must_change_password" doc:"Nothing else works before the password was changed."`
	TOTP         bool        `json:"totp"`
	LastLogin    *time.Time  `json:"last_login,omitempty"`
	Version      int64       `json:"version"`
	Via          string      `json:"via" enum:"session,key,cli,system" doc:"How this request came."`
	Session      string      `json:"session,omitempty" doc:"Id of the session of this request."`
	Verified     *time.Time  `json:"verified,omitempty" doc:"When the password was last given in this session."`
	Server       serverShape `json:"server"`
}

// reference is a thing with its name.
type reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type serverShape struct {
	Version   string   `json:"version" example:"0.1.0"`
	Languages []string `json:"languages"`
	MaxUpload int64    `json:"max_upload" doc:"Bytes of an uploaded file."`
}

func (s *Server) getMe(ctx context.Context, _ *empty) (*body[me], error) {
	who := auth.IdentityFrom(ctx)
	if who.Actor.User == 0 { // the machine itself, over the control socket
		return answer(me{
			Name: who.Actor.Name, Organisation: reference{ID: ref(who.Actor.Org)}, Permissions: texts(who.Actor.Perms), Clearance: marking.TLPRed, Via: who.Actor.Via, Server: s.server(),
		}), nil
	}
	out, err := s.meOf(ctx, who.Actor.User, who.Session)
	if err != nil {
		return nil, err
	}
	out.Via = who.Actor.Via
	if who.Key != nil { // a key may hold less than its account
		out.Permissions = texts(who.Actor.Perms)
	}
	return answer(out), nil
}

func (s *Server) server() serverShape {
	return serverShape{Version: s.o.Version, Languages: []string{"en", "zh"}, MaxUpload: s.o.MaxUpload}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// meOf reads an account for its owner, who may not see anything yet while the password must be changed.
func (s *Server) meOf(ctx context.Context, n id.ID, now *account.Session) (me, error) {
	by := sharing.SystemActor("own account", account.HostOrganisation)
	by.User = n // settings are shown to their owner only
	u, err := s.o.Accounts.User(ctx, by, n)
	if err != nil {
		return me{}, err
	}
	out := me{
		ID: ref(u.ID), Name: u.Name, Email: u.Email, Organisation: reference{ref(u.Org), u.OrgName}, Role: reference{ref(u.Role), u.RoleName}, Permissions: []string{}, Locale: u.Locale,
		Settings: u.Settings, MustChange: u.MustChange, TOTP: u.TOTP, LastLogin: when(u.LastLogin), Version: u.Version, Via: "session", Server: s.server(),
	}
	if now != nil {
		out.Session, out.Verified = ref(now.ID), when(now.Verified)
	}
	if out.MustChange && now != nil {
		return out, nil
	}
	roles, err := s.o.Accounts.Roles(ctx, sharing.SystemActor("own account", u.Org))
	if err != nil {
		return me{}, err
	}
	for _, r := range roles {
		if r.ID == u.Role {
			out.Permissions, out.Clearance = texts(r.Permissions), r.Clearance
		}
	}
	return out, nil
}

type editMeIn struct {
	Body struct {
		Version  int64     `json:"version,omitempty"`
		Name     *string   `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Locale   *string   `json:"locale,omitempty" enum:"en,zh,"`
		Settings jsonx.Raw `json:"settings,omitempty" doc:"Any JSON of at most 64 KiB."`
	}
}

func (s *Server) editMe(ctx context.Context, in *editMeIn) (*body[me], error) {
	actor := auth.ActorFrom(ctx)
	version, err := versionOr(in.Body.Version, func() (int64, error) {
		u, err := s.o.Accounts.User(ctx, actor, actor.User)
		return u.Version, err
	})
	if err != nil {
		return nil, err
	}
	e := account.ProfileEdit{Version: version, Name: in.Body.Name, Locale: in.Body.Locale}
	if p := given(in.Body.Settings); p != nil {
		e.Settings = *p
	}
	if _, err := s.o.Accounts.EditProfile(ctx, actor, e); err != nil {
		return nil, err
	}
	return s.getMe(ctx, &empty{})
}

type passwordIn struct {
	request
	Body struct {
		Old  string `json:"old" maxLength:"1024"`
		New  string `json:"new" maxLength:"1024"`
		Code string `json:"code,omitempty" maxLength:"40" doc:"Where a second factor is set up."`
	}
}

func (s *Server) changePassword(ctx context.Context, in *passwordIn) (*withCookie[me], error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.o.Accounts.ChangePassword(ctx, now, in.Body.Old, in.Body.Code, in.Body.New, s.o.Auth.Client(in.http))
	if err != nil {
		return nil, err
	}
	return s.loggedIn(ctx, l)
}

func (s *Server) beginTOTP(ctx context.Context, _ *empty) (*body[account.TOTPSecret], error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := s.o.Accounts.BeginTOTP(ctx, now)
	return answer(secret), err
}

type codeIn struct {
	request
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"40"`
	}
}

type recoveryOut struct {
	Codes []string `json:"codes" doc:"Each works once in place of a code. They are shown once."`
}

func (s *Server) confirmTOTP(ctx context.Context, in *codeIn) (*withCookie[recoveryOut], error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	l, codes, err := s.o.Accounts.ConfirmTOTP(ctx, now, in.Body.Code, s.o.Auth.Client(in.http))
	if err != nil {
		return nil, err
	}
	return &withCookie[recoveryOut]{SetCookie: s.cookieOf(l), Body: recoveryOut{Codes: codes}}, nil
}

func (s *Server) disableTOTP(ctx context.Context, in *proofIn) (*cookieOnly, error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.o.Accounts.DisableTOTP(ctx, now, in.Body.Password, in.Body.Code, s.o.Auth.Client(in.http))
	if err != nil {
		return nil, err
	}
	return &cookieOnly{SetCookie: s.cookieOf(l)}, nil
}

func (s *Server) renewRecovery(ctx context.Context, in *proofIn) (*withCookie[recoveryOut], error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	l, codes, err := s.o.Accounts.RenewRecoveryCodes(ctx, now, in.Body.Password, in.Body.Code, s.o.Auth.Client(in.http))
	if err != nil {
		return nil, err
	}
	return &withCookie[recoveryOut]{SetCookie: s.cookieOf(l), Body: recoveryOut{Codes: codes}}, nil
}

// sessionShape is one login.
type sessionShape struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen" doc:"Last use, to the minute."`
	Expires time.Time `json:"expires"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
	Current bool      `json:"current" doc:"The session of this request."`
}

func sessionOf(ctx context.Context, x account.Session) sessionShape {
	now := auth.IdentityFrom(ctx).Session
	return sessionShape{ID: ref(x.ID), Created: x.Created, Seen: x.Seen, Expires: x.Expires, Address: x.Address, Agent: x.Agent, Current: now != nil && now.ID == x.ID}
}

func (s *Server) sessionsOf(ctx context.Context, user id.ID) (*body[list[sessionShape]], error) {
	found, err := s.o.Accounts.Sessions(ctx, auth.ActorFrom(ctx), user)
	if err != nil {
		return nil, err
	}
	return page(shapes(found, func(x account.Session) sessionShape { return sessionOf(ctx, x) }), ""), nil
}

func (s *Server) mySessions(ctx context.Context, _ *empty) (*body[list[sessionShape]], error) {
	return s.sessionsOf(ctx, auth.ActorFrom(ctx).User)
}

func (s *Server) endOtherSessions(ctx context.Context, _ *empty) (*body[count], error) {
	now, err := session(ctx)
	if err != nil {
		return nil, err
	}
	n, err := s.o.Accounts.RevokeSessions(ctx, auth.ActorFrom(ctx), now.User, now.ID)
	return answer(count{n}), err
}

func (s *Server) endSession(ctx context.Context, in *idPath) (*empty, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	return nil, s.o.Accounts.RevokeSession(ctx, actor, actor.User, n)
}

// keyShape is an API key, never the key itself.
type keyShape struct {
	ID          string     `json:"id"`
	User        string     `json:"user"`
	Name        string     `json:"name"`
	Prefix      string     `json:"prefix" doc:"Its first characters."`
	Permissions []string   `json:"permissions,omitempty" doc:"What it is narrowed to; left out: all of the role."`
	Addresses   []string   `json:"addresses" doc:"From where it may be used; empty: from everywhere."`
	Created     time.Time  `json:"created"`
	Expires     *time.Time `json:"expires,omitempty"`
	Used        *time.Time `json:"used,omitempty" doc:"Last use, to the minute."`
	UsedAddress string     `json:"used_address,omitempty"`
	Revoked     *time.Time `json:"revoked,omitempty"`
}

func keyOf(k account.Key) keyShape {
	out := keyShape{
		ID: ref(k.ID), User: ref(k.User), Name: k.Name, Prefix: k.Prefix, Permissions: texts(k.Permissions), Addresses: []string{}, Created: k.Created,
		Expires: when(k.Expires), Used: when(k.Used), UsedAddress: k.UsedAddress, Revoked: when(k.Revoked),
	}
	for _, a := range k.Addresses {
		out.Addresses = append(out.Addresses, a.String())
	}
	return out
}

func (s *Server) keysOf(ctx context.Context, user id.ID) (*body[list[keyShape]], error) {
	found, err := s.o.Accounts.Keys(ctx, auth.ActorFrom(ctx), user)
	if err != nil {
		return nil, err
	}
	return page(shapes(found, keyOf), ""), nil
}

func (s *Server) myKeys(ctx context.Context, _ *empty) (*body[list[keyShape]], error) {
	user := auth.ActorFrom(ctx).User
	if user == 0 { // the machine itself has none; 0 would mean everybody's
		return page([]keyShape{}, ""), nil
	}
	return s.keysOf(ctx, user)
}

// newKey describes a key to be made.
type newKey struct {
	Name        string     `json:"name" minLength:"1" maxLength:"300"`
	Permissions []string   `json:"permissions,omitempty" maxItems:"50" doc:"Narrows the role; without it all of the role, now and later."`
	Addresses   []string   `json:"addresses,omitempty" maxItems:"100" doc:"Addresses and networks from which it may be used." example:"[\"192.0.2.0/24\"]"`
	Expires     *time.Time `json:"expires,omitempty"`
}

type newKeyIn struct {
	Body newKey
}

type newKeyOut struct {
	Key  string   `json:"key" doc:"The key itself. It is shown once."`
	Item keyShape `json:"item"`
}

func (s *Server) createMyKey(ctx context.Context, in *newKeyIn) (*body[newKeyOut], error) {
	return s.createKey(ctx, auth.ActorFrom(ctx).User, in.Body)
}

func (s *Server) createKey(ctx context.Context, user id.ID, k newKey) (*body[newKeyOut], error) {
	if err := s.o.Auth.Recent(ctx); err != nil {
		return nil, err
	}
	draft := account.NewKey{User: user, Name: k.Name, Expires: timeOr(k.Expires)}
	if k.Permissions != nil && len(k.Permissions) == 0 {
		return nil, errs.New(errs.Invalid, "key_no_permission", "The key would allow nothing: name permissions, or leave them out for all of the role.").At("permissions")
	}
	for _, p := range k.Permissions {
		draft.Permissions = append(draft.Permissions, sharing.Permission(p))
	}
	for _, text := range k.Addresses {
		p, err := prefix(text)
		if err != nil {
			return nil, err
		}
		draft.Addresses = append(draft.Addresses, p)
	}
	made, text, err := s.o.Accounts.CreateKey(ctx, auth.ActorFrom(ctx), draft)
	return answer(newKeyOut{Key: text, Item: keyOf(made)}), err
}

// prefix reads a network or a single address.
func prefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, errs.New(errs.Invalid, "bad_cidr", "{value} is not a network: write it as 10.0.0.0/8.", "value", text).At("addresses")
	}
	return p.Masked(), nil
}

func (s *Server) revokeMyKey(ctx context.Context, in *idPath) (*empty, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.RevokeKey(ctx, auth.ActorFrom(ctx), n)
}
