package account

import (
	"context"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// TeamEdit changes a team; nil fields stay.
type TeamEdit struct {
	Version     int64
	Name        *string
	Description *string
}

// Teams lists teams. Everybody who is logged in may see their names: labels need them.
func (s *Service) Teams(ctx context.Context, a sharing.Actor, p Page) (Listing[Team], error) {
	return s.o.Store.Teams(ctx, a.Scope, p.bounded())
}

// TeamMembers lists the users of a team that the actor may see (as Users).
func (s *Service) TeamMembers(ctx context.Context, a sharing.Actor, team id.ID, p Page) (Listing[User], error) {
	if _, err := s.o.Store.Team(ctx, a.Scope, team); err != nil {
		return Listing[User]{}, err
	}
	return s.Users(ctx, a, Filter{Team: team}, p)
}

// teamAct runs a change of teams, which needs users.all: membership opens what is eyes-only.
func (s *Service) teamAct(ctx context.Context, a sharing.Actor, action, about string, fn func(ctx context.Context) error) error {
	return s.do(ctx, a, action, about, func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if err := w.need(sharing.ManageUsers); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// CreateTeam needs users.all.
func (s *Service) CreateTeam(ctx context.Context, a sharing.Actor, name, description string) (Team, error) {
	var t Team
	var err error
	if t.Name, t.Description, err = cleanOrganisation(name, description); err != nil {
		return t, err
	}
	err = s.teamAct(ctx, a, "team.create", t.Name, func(ctx context.Context) error {
		if err := s.o.Store.InsertTeam(ctx, &t); err != nil {
			return exists(err, "team", t.Name)
		}
		if err := s.record(ctx, a, "team.create", object("team", t.ID), "name", t.Name); err != nil {
			return err
		}
		return s.note(ctx, a, change.Create, "team", t.ID, nil, t)
	})
	return t, err
}

// EditTeam needs users.all.
func (s *Service) EditTeam(ctx context.Context, a sharing.Actor, n id.ID, e TeamEdit) (Team, error) {
	var t Team
	err := s.teamAct(ctx, a, "team.edit", object("team", n), func(ctx context.Context) error {
		before, err := s.o.Store.Team(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		t = before
		t.Version = e.Version
		set(&t.Name, e.Name)
		set(&t.Description, e.Description)
		if t.Name, t.Description, err = cleanOrganisation(t.Name, t.Description); err != nil {
			return err
		}
		if err := s.o.Store.UpdateTeam(ctx, &t); err != nil {
			return exists(err, "team", t.Name)
		}
		if err := s.record(ctx, a, "team.edit", object("team", n), "name", t.Name); err != nil {
			return err
		}
		return s.note(ctx, a, change.Update, "team", n, before, t)
	})
	return t, err
}

// SetTeamMember adds an account to a team or takes it out; needs users.all.
func (s *Service) SetTeamMember(ctx context.Context, a sharing.Actor, team, user id.ID, member bool) error {
	action := "team.remove"
	if member {
		action = "team.add"
	}
	return s.teamAct(ctx, a, action, object("team", team), func(ctx context.Context) error {
		if _, err := s.o.Store.Team(ctx, a.Scope, team); err != nil {
			return err
		}
		u, err := s.o.Store.User(ctx, a.Scope, user)
		if err != nil {
			return err
		}
		changed, err := s.o.Store.SetMember(ctx, team, user, member)
		if err != nil || !changed {
			return err
		}
		if err := s.record(ctx, a, action, object("team", team), "account", user, "email", u.Email); err != nil {
			return err
		}
		type membership struct {
			Account id.ID `json:"account"`
			Member  bool  `json:"member"`
		}
		return s.note(ctx, a, change.Update, "team", team, membership{user, !member}, membership{user, member})
	})
}

// DeleteTeam needs users.all and a team that no access label names.
func (s *Service) DeleteTeam(ctx context.Context, a sharing.Actor, n id.ID) error {
	return s.teamAct(ctx, a, "team.delete", object("team", n), func(ctx context.Context) error {
		before, err := s.o.Store.Team(ctx, a.Scope, n)
		if err != nil {
			return err
		}
		if err := s.o.Store.DeleteTeam(ctx, n); err != nil {
			return err
		}
		if err := s.record(ctx, a, "team.delete", object("team", n), "name", before.Name); err != nil {
			return err
		}
		return s.note(ctx, a, change.Delete, "team", n, before, nil)
	})
}
