package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// peopleRoutes are roles, teams (groups of users) and sharing groups (of organisations).
func (s *Server) peopleRoutes() {
	in, all, publish := Rule{LoggedIn: true}, Rule{Need: sharing.ManageUsers}, Rule{Need: sharing.PublishIntel}
	register(s, op{Method: "GET", Path: "/roles", ID: "list-roles", Tag: "roles", Summary: "List roles", Rule: in}, s.listRoles)
	register(s, op{Method: "POST", Path: "/roles", ID: "create-role", Tag: "roles", Summary: "Make a role", Rule: all, Status: http.StatusCreated, Doc: "With permissions that one holds oneself."}, s.createRole)
	register(s, op{Method: "PATCH", Path: "/roles/{id}", ID: "edit-role", Tag: "roles", Summary: "Change a role", Rule: all}, s.editRole)
	register(s, op{Method: "DELETE", Path: "/roles/{id}", ID: "delete-role", Tag: "roles", Summary: "Delete a role that no account has", Rule: all}, s.deleteRole)
	register(s, op{Method: "GET", Path: "/permissions", ID: "list-permissions", Tag: "roles", Summary: "What a role may allow", Rule: in, Doc: "In display order."}, s.listPermissions)

	register(s, op{Method: "GET", Path: "/teams", ID: "list-teams", Tag: "teams", Summary: "List teams", Rule: in, Doc: "Groups of users, for releasable-to and eyes-only."}, s.listTeams)
	register(s, op{Method: "POST", Path: "/teams", ID: "create-team", Tag: "teams", Summary: "Make a team", Rule: all, Status: http.StatusCreated}, s.createTeam)
	register(s, op{Method: "PATCH", Path: "/teams/{id}", ID: "edit-team", Tag: "teams", Summary: "Change a team", Rule: all}, s.editTeam)
	register(s, op{Method: "DELETE", Path: "/teams/{id}", ID: "delete-team", Tag: "teams", Summary: "Delete a team that no label names", Rule: all}, s.deleteTeam)
	register(s, op{Method: "GET", Path: "/teams/{id}/members", ID: "team-members", Tag: "teams", Summary: "Who is in a team", Rule: in}, s.teamMembers)
	register(s, op{Method: "PUT", Path: "/teams/{id}/members/{user}", ID: "add-team-member", Tag: "teams", Summary: "Add somebody to a team", Rule: all, Status: http.StatusNoContent}, s.addMember)
	register(s, op{Method: "DELETE", Path: "/teams/{id}/members/{user}", ID: "remove-team-member", Tag: "teams", Summary: "Take somebody out of a team", Rule: all}, s.removeMember)

	register(s, op{Method: "GET", Path: "/sharing-groups", ID: "list-sharing-groups", Tag: "sharing groups", Summary: "List sharing groups", Rule: in, Doc: "Those that the own organisation owns or is in; with users.all every one."}, s.listSharingGroups)
	register(s, op{Method: "POST", Path: "/sharing-groups", ID: "create-sharing-group", Tag: "sharing groups", Summary: "Make a sharing group", Rule: publish, Status: http.StatusCreated}, s.createSharingGroup)
	register(s, op{Method: "GET", Path: "/sharing-groups/{id}", ID: "get-sharing-group", Tag: "sharing groups", Summary: "A sharing group", Rule: in}, s.getSharingGroup)
	register(s, op{Method: "PATCH", Path: "/sharing-groups/{id}", ID: "edit-sharing-group", Tag: "sharing groups", Summary: "Change a sharing group", Rule: publish, Doc: "Needs the owning organisation; members that may extend can add organisations."}, s.editSharingGroup)
}

// roleShape is a set of permissions.
type roleShape struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Permissions []string    `json:"permissions"`
	Clearance   marking.TLP `json:"clearance" doc:"Highest TLP that its users may see."`
	Builtin     bool        `json:"builtin"`
	Version     int64       `json:"version"`
}

func roleOf(r account.Role) roleShape {
	return roleShape{ID: ref(r.ID), Name: r.Name, Permissions: texts(r.Permissions), Clearance: r.Clearance, Builtin: r.Builtin, Version: r.Version}
}

func permissionsOf(list []string) []sharing.Permission {
	out := make([]sharing.Permission, len(list))
	for i, p := range list {
		out[i] = sharing.Permission(p)
	}
	return out
}

func (s *Server) listRoles(ctx context.Context, _ *empty) (*body[list[roleShape]], error) {
	found, err := s.o.Accounts.Roles(ctx, auth.ActorFrom(ctx))
	return page(shapes(found, roleOf), ""), err
}

func (s *Server) listPermissions(context.Context, *empty) (*body[list[string]], error) {
	return page(texts(sharing.Permissions()), ""), nil
}

type createRoleIn struct {
	Body struct {
		Name        string      `json:"name" minLength:"1" maxLength:"300"`
		Permissions []string    `json:"permissions" maxItems:"100"`
		Clearance   marking.TLP `json:"clearance,omitempty" doc:"Default: red, everything."`
	}
}

func (s *Server) createRole(ctx context.Context, in *createRoleIn) (*body[roleShape], error) {
	r, err := s.o.Accounts.CreateRole(ctx, auth.ActorFrom(ctx), account.Role{Name: in.Body.Name, Permissions: permissionsOf(in.Body.Permissions), Clearance: in.Body.Clearance})
	return answer(roleOf(r)), err
}

type editRoleIn struct {
	ID   string `path:"id"`
	Body struct {
		Version     int64        `json:"version,omitempty"`
		Name        *string      `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Permissions *[]string    `json:"permissions,omitempty" maxItems:"100"`
		Clearance   *marking.TLP `json:"clearance,omitempty"`
	}
}

func (s *Server) editRole(ctx context.Context, in *editRoleIn) (*body[roleShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	e := account.RoleEdit{Name: in.Body.Name, Clearance: in.Body.Clearance}
	if in.Body.Permissions != nil {
		list := permissionsOf(*in.Body.Permissions)
		e.Permissions = &list
	}
	if e.Version, err = versionOr(in.Body.Version, func() (int64, error) { return s.roleVersion(ctx, actor, n) }); err != nil {
		return nil, err
	}
	r, err := s.o.Accounts.EditRole(ctx, actor, n, e)
	return answer(roleOf(r)), err
}

func (s *Server) roleVersion(ctx context.Context, actor sharing.Actor, n id.ID) (int64, error) {
	found, err := s.o.Accounts.Roles(ctx, actor)
	for _, r := range found {
		if r.ID == n {
			return r.Version, nil
		}
	}
	return 0, err // the service says that there is none
}

func (s *Server) deleteRole(ctx context.Context, in *idPath) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.DeleteRole(ctx, actor, n)
}

// teamShape is a group of users.
type teamShape struct {
	ID          string    `json:"id"`
	UUID        string    `json:"uuid"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Members     int       `json:"members"`
	Created     time.Time `json:"created"`
	Version     int64     `json:"version"`
}

func teamOf(t account.Team) teamShape {
	return teamShape{ID: ref(t.ID), UUID: t.UUID.String(), Name: t.Name, Description: t.Description, Members: t.Members, Created: t.Created, Version: t.Version}
}

type namesIn struct {
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

func (s *Server) listTeams(ctx context.Context, in *namesIn) (*body[list[teamShape]], error) {
	found, err := s.o.Accounts.Teams(ctx, auth.ActorFrom(ctx), accountPage(in.Cursor, in.Limit))
	return page(shapes(found.Items, teamOf), found.Next), err
}

type createTeamIn struct {
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"300"`
		Description string `json:"description,omitempty" maxLength:"20000"`
	}
}

func (s *Server) createTeam(ctx context.Context, in *createTeamIn) (*body[teamShape], error) {
	t, err := s.o.Accounts.CreateTeam(ctx, auth.ActorFrom(ctx), in.Body.Name, in.Body.Description)
	return answer(teamOf(t)), err
}

type editTeamIn struct {
	ID   string `path:"id"`
	Body struct {
		Version     int64   `json:"version" minimum:"1" doc:"The version that was read."`
		Name        *string `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Description *string `json:"description,omitempty" maxLength:"20000"`
	}
}

func (s *Server) editTeam(ctx context.Context, in *editTeamIn) (*body[teamShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	t, err := s.o.Accounts.EditTeam(ctx, actor, n, account.TeamEdit{Version: in.Body.Version, Name: in.Body.Name, Description: in.Body.Description})
	return answer(teamOf(t)), err
}

func (s *Server) deleteTeam(ctx context.Context, in *idPath) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.DeleteTeam(ctx, actor, n)
}

type membersIn struct {
	ID     string `path:"id"`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

func (s *Server) teamMembers(ctx context.Context, in *membersIn) (*body[list[userShape]], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.o.Accounts.TeamMembers(ctx, actor, n, accountPage(in.Cursor, in.Limit))
	return page(shapes(found.Items, userOf), found.Next), err
}

type memberIn struct {
	ID   string `path:"id"`
	User string `path:"user"`
}

func (s *Server) addMember(ctx context.Context, in *memberIn) (*empty, error) {
	return s.setMember(ctx, in, true)
}

func (s *Server) removeMember(ctx context.Context, in *memberIn) (*empty, error) {
	return s.setMember(ctx, in, false)
}

func (s *Server) setMember(ctx context.Context, in *memberIn, member bool) (*empty, error) {
	team, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	user, err := id.Parse(in.User)
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.SetTeamMember(ctx, actor, team, user, member)
}

// sharingGroupShape is a group of organisations.
type sharingGroupShape struct {
	ID            string        `json:"id"`
	UUID          string        `json:"uuid"`
	Name          string        `json:"name"`
	Releasability string        `json:"releasability"`
	Description   string        `json:"description"`
	Owner         string        `json:"owner"`
	Active        bool          `json:"active" doc:"One that is not reaches nobody but the owners of its rows."`
	Members       []memberShape `json:"members"`
	Created       time.Time     `json:"created"`
	Modified      time.Time     `json:"modified"`
	Version       int64         `json:"version"`
}

// memberShape is an organisation in a sharing group.
type memberShape struct {
	Organisation string `json:"organisation"`
	Name         string `json:"name,omitempty"`
	Extend       bool   `json:"extend,omitempty" doc:"Its publishers may add organisations."`
}

func sharingGroupOf(g account.SharingGroup) sharingGroupShape {
	out := sharingGroupShape{
		ID: ref(g.ID), UUID: g.UUID.String(), Name: g.Name, Releasability: g.Releasability, Description: g.Description, Owner: ref(g.Owner), Active: g.Active,
		Members: []memberShape{}, Created: g.Created, Modified: g.Modified, Version: g.Version,
	}
	for _, m := range g.Members {
		out.Members = append(out.Members, memberShape{Organisation: ref(m.Org), Name: m.Name, Extend: m.Extend})
	}
	return out
}

func membersOf(list []memberShape) ([]account.GroupOrg, error) {
	out := make([]account.GroupOrg, len(list))
	for i, m := range list {
		n, err := id.Parse(m.Organisation)
		if err != nil {
			return nil, err
		}
		out[i] = account.GroupOrg{Org: n, Extend: m.Extend}
	}
	return out, nil
}

func (s *Server) listSharingGroups(ctx context.Context, in *namesIn) (*body[list[sharingGroupShape]], error) {
	found, err := s.o.Accounts.SharingGroups(ctx, auth.ActorFrom(ctx), accountPage(in.Cursor, in.Limit))
	return page(shapes(found.Items, sharingGroupOf), found.Next), err
}

type createSharingGroupIn struct {
	Body struct {
		Name          string        `json:"name" minLength:"1" maxLength:"300"`
		Releasability string        `json:"releasability,omitempty" maxLength:"20000"`
		Description   string        `json:"description,omitempty" maxLength:"20000"`
		Members       []memberShape `json:"members,omitempty" maxItems:"10000" doc:"The own organisation is always in it."`
	}
}

func (s *Server) createSharingGroup(ctx context.Context, in *createSharingGroupIn) (*body[sharingGroupShape], error) {
	members, err := membersOf(in.Body.Members)
	if err != nil {
		return nil, err
	}
	g, err := s.o.Accounts.CreateSharingGroup(ctx, auth.ActorFrom(ctx), account.SharingGroup{
		Name: in.Body.Name, Releasability: in.Body.Releasability, Description: in.Body.Description, Active: true, Members: members,
	})
	return answer(sharingGroupOf(g)), err
}

func (s *Server) getSharingGroup(ctx context.Context, in *idPath) (*body[sharingGroupShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	g, err := s.o.Accounts.SharingGroup(ctx, actor, n)
	return answer(sharingGroupOf(g)), err
}

type editSharingGroupIn struct {
	ID   string `path:"id"`
	Body struct {
		Version       int64          `json:"version,omitempty"`
		Name          *string        `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Releasability *string        `json:"releasability,omitempty" maxLength:"20000"`
		Description   *string        `json:"description,omitempty" maxLength:"20000"`
		Active        *bool          `json:"active,omitempty"`
		Members       *[]memberShape `json:"members,omitempty" maxItems:"10000"`
	}
}

func (s *Server) editSharingGroup(ctx context.Context, in *editSharingGroupIn) (*body[sharingGroupShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	e := account.SharingGroupEdit{Name: in.Body.Name, Releasability: in.Body.Releasability, Description: in.Body.Description, Active: in.Body.Active}
	if in.Body.Members != nil {
		members, err := membersOf(*in.Body.Members)
		if err != nil {
			return nil, err
		}
		e.Members = &members
	}
	if e.Version, err = versionOr(in.Body.Version, func() (int64, error) {
		g, err := s.o.Accounts.SharingGroup(ctx, actor, n)
		return g.Version, err
	}); err != nil {
		return nil, err
	}
	g, err := s.o.Accounts.EditSharingGroup(ctx, actor, n, e)
	return answer(sharingGroupOf(g)), err
}
