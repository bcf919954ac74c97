package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// accountRoutes are organisations, users, and the keys and sessions of others. Who may do what to whom is
// package account's rule; here stands the least permission.
func (s *Server) accountRoutes() {
	in, some, all := Rule{LoggedIn: true}, Rule{Need: sharing.ManageOrgUser}, Rule{Need: sharing.ManageUsers}
	register(s, op{Method: "GET", Path: "/organisations", ID: "list-organisations", Tag: "organisations", Summary: "List organisations", Rule: in, Doc: "In the order of names. Everybody may see them: sharing needs their names."}, s.listOrganisations)
	register(s, op{Method: "POST", Path: "/organisations", ID: "create-organisation", Tag: "organisations", Summary: "Make an organisation", Rule: all, Status: http.StatusCreated}, s.createOrganisation)
	register(s, op{Method: "GET", Path: "/organisations/{id}", ID: "get-organisation", Tag: "organisations", Summary: "An organisation", Rule: in}, s.getOrganisation)
	register(s, op{Method: "PATCH", Path: "/organisations/{id}", ID: "edit-organisation", Tag: "organisations", Summary: "Change an organisation", Rule: some, Doc: "users.org changes name and description of the own one, users.all any."}, s.editOrganisation)
	register(s, op{Method: "DELETE", Path: "/organisations/{id}", ID: "delete-organisation", Tag: "organisations", Summary: "Delete an organisation without accounts", Rule: all, Doc: "What it owns stays, under its name."}, s.deleteOrganisation)

	register(s, op{Method: "GET", Path: "/users", ID: "list-users", Tag: "users", Summary: "List accounts", Rule: in, Doc: "With users.all everybody's, else those of the own organisation."}, s.listUsers)
	register(s, op{Method: "POST", Path: "/users", ID: "create-user", Tag: "users", Summary: "Make an account", Rule: some, Status: http.StatusCreated, Doc: "It gets its password by the link of the answer."}, s.createUser)
	register(s, op{Method: "GET", Path: "/users/{id}", ID: "get-user", Tag: "users", Summary: "An account", Rule: in}, s.getUser)
	register(s, op{Method: "PATCH", Path: "/users/{id}", ID: "edit-user", Tag: "users", Summary: "Change an account", Rule: some, Doc: "A change of role, organisation or e-mail, or disabling, ends its sessions."}, s.editUser)
	register(s, op{Method: "DELETE", Path: "/users/{id}", ID: "delete-user", Tag: "users", Summary: "Remove an account", Rule: some, Doc: "Credentials, sessions, keys, memberships and views go; its name stays in histories."}, s.deleteUser)
	register(s, op{Method: "POST", Path: "/users/{id}/link", ID: "make-link", Tag: "users", Summary: "Invitation or reset link", Rule: some, Doc: "An invitation while the account has no password, else a reset. The token is shown once: give it to the person as /link#token=TOKEN. Needs a password of the last 15 minutes."}, s.makeLink)
	register(s, op{Method: "POST", Path: "/users/{id}/reset-totp", ID: "reset-totp", Tag: "users", Summary: "Remove somebody's second factor", Rule: some, Doc: "For somebody who lost it. Needs a password of the last 15 minutes."}, s.resetTOTP)
	register(s, op{Method: "GET", Path: "/users/{id}/sessions", ID: "user-sessions", Tag: "users", Summary: "Where somebody is logged in", Rule: some}, s.userSessions)
	register(s, op{Method: "DELETE", Path: "/users/{id}/sessions", ID: "end-user-sessions", Tag: "users", Summary: "Log somebody out everywhere", Rule: some, Status: http.StatusOK}, s.endUserSessions)
	register(s, op{Method: "GET", Path: "/users/{id}/keys", ID: "user-keys", Tag: "users", Summary: "Somebody's API keys", Rule: some}, s.userKeys)
	register(s, op{Method: "POST", Path: "/users/{id}/keys", ID: "create-user-key", Tag: "users", Summary: "Make an API key for somebody", Rule: some, Status: http.StatusCreated, Doc: "For accounts of machines. The key is shown once. Needs a password of the last 15 minutes."}, s.createUserKey)
	register(s, op{Method: "GET", Path: "/keys", ID: "list-keys", Tag: "users", Summary: "All API keys of the organisation", Rule: some, Doc: "With users.all everybody's."}, s.listKeys)
	register(s, op{Method: "DELETE", Path: "/keys/{id}", ID: "revoke-any-key", Tag: "users", Summary: "Revoke somebody's API key", Rule: some}, s.revokeMyKey)
}

// organisationShape is one organisation.
type organisationShape struct {
	ID          string    `json:"id"`
	UUID        string    `json:"uuid"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Local       bool      `json:"local" doc:"It has users here; others are known from what they shared."`
	Users       int       `json:"users"`
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	Version     int64     `json:"version"`
	Deleted     bool      `json:"deleted,omitempty"`
}

func organisationOf(o account.Organisation) organisationShape {
	return organisationShape{
		ID: ref(o.ID), UUID: o.UUID.String(), Name: o.Name, Description: o.Description, Local: o.Local, Users: o.Users, Created: o.Created, Modified: o.Modified,
		Version: o.Version, Deleted: o.Deleted,
	}
}

type listOrganisationsIn struct {
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
	Q      string `query:"q" maxLength:"300" doc:"Part of the name."`
	Local  string `query:"local" enum:"true,false" doc:"Only those with users here, or only others."`
}

func (s *Server) listOrganisations(ctx context.Context, in *listOrganisationsIn) (*body[list[organisationShape]], error) {
	found, err := s.o.Accounts.Organisations(ctx, auth.ActorFrom(ctx), account.Filter{Match: in.Q, Local: truth(in.Local)}, accountPage(in.Cursor, in.Limit))
	return page(shapes(found.Items, organisationOf), found.Next), err
}

// truth reads a switch that may be left out.
func truth(text string) *bool {
	if text == "" {
		return nil
	}
	v := text == "true"
	return &v
}

type createOrganisationIn struct {
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"300"`
		Description string `json:"description,omitempty" maxLength:"20000"`
		Local       *bool  `json:"local,omitempty" doc:"Default true."`
	}
}

func (s *Server) createOrganisation(ctx context.Context, in *createOrganisationIn) (*body[organisationShape], error) {
	o, err := s.o.Accounts.CreateOrganisation(ctx, auth.ActorFrom(ctx), account.Organisation{
		Name: in.Body.Name, Description: in.Body.Description, Local: in.Body.Local == nil || *in.Body.Local,
	})
	return answer(organisationOf(o)), err
}

func (s *Server) getOrganisation(ctx context.Context, in *idPath) (*body[organisationShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	o, err := s.o.Accounts.Organisation(ctx, auth.ActorFrom(ctx), n)
	return answer(organisationOf(o)), err
}

type editOrganisationIn struct {
	ID   string `path:"id"`
	Body struct {
		Version     int64   `json:"version,omitempty"`
		Name        *string `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Description *string `json:"description,omitempty" maxLength:"20000"`
		Local       *bool   `json:"local,omitempty"`
	}
}

func (s *Server) editOrganisation(ctx context.Context, in *editOrganisationIn) (*body[organisationShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Body.Version, func() (int64, error) {
		o, err := s.o.Accounts.Organisation(ctx, actor, n)
		return o.Version, err
	})
	if err != nil {
		return nil, err
	}
	o, err := s.o.Accounts.EditOrganisation(ctx, actor, n, account.OrganisationEdit{Version: version, Name: in.Body.Name, Description: in.Body.Description, Local: in.Body.Local})
	return answer(organisationOf(o)), err
}

func (s *Server) deleteOrganisation(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, func() (int64, error) {
		o, err := s.o.Accounts.Organisation(ctx, actor, n)
		return o.Version, err
	})
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.DeleteOrganisation(ctx, actor, n, version)
}

// userShape is an account, without its credentials.
type userShape struct {
	ID               string     `json:"id"`
	UUID             string     `json:"uuid"`
	Organisation     string     `json:"organisation"`
	OrganisationName string     `json:"organisation_name"`
	Role             string     `json:"role"`
	RoleName         string     `json:"role_name"`
	Email            string     `json:"email"`
	Name             string     `json:"name"`
	Locale           string     `json:"locale"`
	Disabled         bool       `json:"disabled"`
	HasPassword      bool       `json:"has_password" doc:"False while the invitation was not used."`
	MustChange       bool       `json:"must_change_password"`
	TOTP             bool       `json:"totp"`
	Created          time.Time  `json:"created"`
	LastLogin        *time.Time `json:"last_login,omitempty"`
	Version          int64      `json:"version"`
	Deleted          bool       `json:"deleted,omitempty"`
}

func userOf(u account.User) userShape {
	return userShape{
		ID: ref(u.ID), UUID: u.UUID.String(), Organisation: ref(u.Org), OrganisationName: u.OrgName, Role: ref(u.Role), RoleName: u.RoleName, Email: u.Email, Name: u.Name,
		Locale: u.Locale, Disabled: u.Disabled, HasPassword: u.HasPassword, MustChange: u.MustChange, TOTP: u.TOTP, Created: u.Created, LastLogin: when(u.LastLogin),
		Version: u.Version, Deleted: u.Deleted,
	}
}

type listUsersIn struct {
	Cursor       string `query:"cursor"`
	Limit        int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
	Q            string `query:"q" maxLength:"300" doc:"Part of the name or e-mail."`
	Organisation string `query:"organisation"`
	Role         string `query:"role"`
	Team         string `query:"team"`
	Disabled     string `query:"disabled" enum:"true,false"`
}

func (s *Server) listUsers(ctx context.Context, in *listUsersIn) (*body[list[userShape]], error) {
	f := account.Filter{Match: in.Q, Disabled: truth(in.Disabled)}
	var err error
	if f.Org, err = optionalRef(in.Organisation); err != nil {
		return nil, err
	}
	if f.Role, err = optionalRef(in.Role); err != nil {
		return nil, err
	}
	if f.Team, err = optionalRef(in.Team); err != nil {
		return nil, err
	}
	found, err := s.o.Accounts.Users(ctx, auth.ActorFrom(ctx), f, accountPage(in.Cursor, in.Limit))
	return page(shapes(found.Items, userOf), found.Next), err
}

type createUserIn struct {
	Body struct {
		Email        string `json:"email" minLength:"3" maxLength:"320"`
		Name         string `json:"name" minLength:"1" maxLength:"300"`
		Organisation string `json:"organisation,omitempty" doc:"Default: the own one."`
		Role         string `json:"role,omitempty" doc:"Default: Analyst."`
		Locale       string `json:"locale,omitempty" enum:"en,zh,"`
	}
}

type createUserOut struct {
	Item userShape `json:"item"`
	Link linkShape `json:"link"`
}

// linkShape is a one-time link just made.
type linkShape struct {
	Token   string    `json:"token" doc:"Shown once."`
	Expires time.Time `json:"expires"`
}

func (s *Server) createUser(ctx context.Context, in *createUserIn) (*body[createUserOut], error) {
	actor := auth.ActorFrom(ctx)
	n := account.NewUser{Email: in.Body.Email, Name: in.Body.Name, Locale: in.Body.Locale}
	var err error
	if n.Org, err = optionalRef(in.Body.Organisation); err != nil {
		return nil, err
	}
	if n.Role, err = optionalRef(in.Body.Role); err != nil {
		return nil, err
	}
	u, err := s.o.Accounts.CreateUser(ctx, actor, n)
	if err != nil {
		return nil, err
	}
	out := createUserOut{Item: userOf(u)}
	if actor.Key == 0 { // a key makes no links; the account is made all the same
		l, err := s.o.Accounts.InviteOrReset(ctx, actor, u.ID)
		if err != nil {
			return nil, err
		}
		out.Link = linkShape(l)
	}
	return answer(out), nil
}

func (s *Server) getUser(ctx context.Context, in *idPath) (*body[userShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	u, err := s.o.Accounts.User(ctx, auth.ActorFrom(ctx), n)
	return answer(userOf(u)), err
}

type editUserIn struct {
	ID   string `path:"id"`
	Body struct {
		Version      int64   `json:"version,omitempty"`
		Email        *string `json:"email,omitempty" minLength:"3" maxLength:"320"`
		Name         *string `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Organisation *string `json:"organisation,omitempty"`
		Role         *string `json:"role,omitempty"`
		Disabled     *bool   `json:"disabled,omitempty"`
	}
}

func (s *Server) editUser(ctx context.Context, in *editUserIn) (*body[userShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	e := account.UserEdit{Email: in.Body.Email, Name: in.Body.Name, Disabled: in.Body.Disabled}
	if e.Org, err = refPointer(in.Body.Organisation); err != nil {
		return nil, err
	}
	if e.Role, err = refPointer(in.Body.Role); err != nil {
		return nil, err
	}
	if e.Version, err = versionOr(in.Body.Version, func() (int64, error) {
		u, err := s.o.Accounts.User(ctx, actor, n)
		return u.Version, err
	}); err != nil {
		return nil, err
	}
	u, err := s.o.Accounts.EditUser(ctx, actor, n, e)
	return answer(userOf(u)), err
}

func (s *Server) deleteUser(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, func() (int64, error) {
		u, err := s.o.Accounts.User(ctx, actor, n)
		return u.Version, err
	})
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.DeleteUser(ctx, actor, n, version)
}

func (s *Server) makeLink(ctx context.Context, in *idPath) (*body[linkShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.o.Auth.Recent(ctx); err != nil {
		return nil, err
	}
	l, err := s.o.Accounts.InviteOrReset(ctx, actor, n)
	return answer(linkShape(l)), err
}

func (s *Server) resetTOTP(ctx context.Context, in *idPath) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.o.Auth.Recent(ctx); err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.ResetTOTP(ctx, actor, n)
}

func (s *Server) userSessions(ctx context.Context, in *idPath) (*body[list[sessionShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return s.sessionsOf(ctx, n)
}

func (s *Server) endUserSessions(ctx context.Context, in *idPath) (*body[count], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	ended, err := s.o.Accounts.RevokeSessions(ctx, actor, n, 0)
	return answer(count{ended}), err
}

func (s *Server) userKeys(ctx context.Context, in *idPath) (*body[list[keyShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return s.keysOf(ctx, n)
}

type newUserKeyIn struct {
	ID   string `path:"id"`
	Body newKey
}

func (s *Server) createUserKey(ctx context.Context, in *newUserKeyIn) (*body[newKeyOut], error) {
	n, _, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.createKey(ctx, n, in.Body)
}

func (s *Server) listKeys(ctx context.Context, _ *empty) (*body[list[keyShape]], error) {
	return s.keysOf(ctx, 0)
}
