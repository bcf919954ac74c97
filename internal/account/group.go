package account

import (
	"context"
	"slices"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// SharingGroupEdit changes a sharing group; nil fields stay.
type SharingGroupEdit struct {
	Version       int64
	Name          *string
	Releasability *string
	Description   *string
	Active        *bool
	Members       *[]GroupOrg
}

// maxMembers bounds the organisations of a sharing group.
const maxMembers = 5000

// SharingGroups lists the groups that the actor's organisation owns or is in; with users.all every one.
func (s *Service) SharingGroups(ctx context.Context, a sharing.Actor, p Page) (Listing[SharingGroup], error) {
	org := a.Org
	if a.Can(sharing.ManageUsers) {
		org = 0
	} else if org == 0 {
		return Listing[SharingGroup]{}, nil
	}
	return s.o.Store.SharingGroups(ctx, a.Scope, org, p.bounded())
}

// SharingGroup returns one that SharingGroups would list.
func (s *Service) SharingGroup(ctx context.Context, a sharing.Actor, n id.ID) (SharingGroup, error) {
	g, err := s.o.Store.SharingGroup(ctx, a.Scope, n)
	if err == nil && !a.Can(sharing.ManageUsers) && g.Owner != a.Org && !g.has(a.Org) {
		err = noSuch("sharing_group", n)
	}
	if err != nil {
		return SharingGroup{}, err
	}
	return g, nil
}

func (g SharingGroup) has(org id.ID) bool {
	return slices.ContainsFunc(g.Members, func(m GroupOrg) bool { return m.Org == org })
}

// CreateSharingGroup needs intel.publish; the actor's organisation owns the group and is always in it.
func (s *Service) CreateSharingGroup(ctx context.Context, a sharing.Actor, g SharingGroup) (SharingGroup, error) {
	g = SharingGroup{
		UUID: g.UUID, Name: g.Name, Releasability: g.Releasability, Description: g.Description, Owner: a.Org, Active: true, Members: g.Members,
	}
	if err := cleanGroup(&g); err != nil {
		return g, err
	}
	err := s.do(ctx, a, "sharing_group.create", g.Name, func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		if err := w.need(sharing.PublishIntel); err != nil {
			return err
		}
		if err := s.checkMembers(ctx, a, g.Members); err != nil {
			return err
		}
		if err := s.o.Store.InsertSharingGroup(ctx, &g); err != nil {
			return exists(err, "sharing_group", g.Name)
		}
		if err := s.record(ctx, a, "sharing_group.create", object("sharing_group", g.ID), "name", g.Name, "members", len(g.Members)); err != nil {
			return err
		}
		return s.note(ctx, a, change.Create, "sharing_group", g.ID, nil, g)
	})
	return g, err
}

func cleanGroup(g *SharingGroup) error {
	var err error
	if g.Name, g.Description, err = cleanOrganisation(g.Name, g.Description); err != nil {
		return err
	}
	if g.Releasability, err = cleanText("releasability", g.Releasability); err != nil {
		return err
	}
	if len(g.Members) > maxMembers {
		return errs.New(errs.TooLarge, "group_large", "A sharing group holds at most {max} organisations.", "max", maxMembers)
	}
	g.Members = slices.Clone(g.Members)
	if !g.has(g.Owner) {
		g.Members = append(g.Members, GroupOrg{Org: g.Owner, Extend: true})
	}
	slices.SortFunc(g.Members, func(x, y GroupOrg) int { return int(x.Org - y.Org) })
	g.Members = slices.CompactFunc(g.Members, func(x, y GroupOrg) bool { return x.Org == y.Org })
	return nil
}

func (s *Service) checkMembers(ctx context.Context, a sharing.Actor, members []GroupOrg) error {
	for _, m := range members {
		if _, err := s.o.Store.Organisation(ctx, a.Scope, m.Org); err != nil {
			return err
		}
	}
	return nil
}

// EditSharingGroup needs intel.publish and the owning organisation (or users.all). A member that may extend
// can add organisations and nothing else. A group that is not active reaches nobody but its rows' owners.
func (s *Service) EditSharingGroup(ctx context.Context, a sharing.Actor, n id.ID, e SharingGroupEdit) (SharingGroup, error) {
	var g SharingGroup
	err := s.do(ctx, a, "sharing_group.edit", object("sharing_group", n), func(ctx context.Context) error {
		w, err := s.authority(ctx, a)
		if err != nil {
			return err
		}
		before, err := s.SharingGroup(ctx, a, n)
		if err != nil {
			return err
		}
		g = before
		g.Version = e.Version
		set(&g.Name, e.Name)
		set(&g.Releasability, e.Releasability)
		set(&g.Description, e.Description)
		set(&g.Active, e.Active)
		set(&g.Members, e.Members)
		if err := cleanGroup(&g); err != nil {
			return err
		}
		if err := w.mayEditGroup(before, g); err != nil {
			return err
		}
		if err := s.checkMembers(ctx, a, g.Members); err != nil {
			return err
		}
		if err := s.o.Store.UpdateSharingGroup(ctx, &g); err != nil {
			return exists(err, "sharing_group", g.Name)
		}
		if err := s.record(ctx, a, "sharing_group.edit", object("sharing_group", n), "name", g.Name, "members", len(g.Members), "active", g.Active); err != nil {
			return err
		}
		return s.note(ctx, a, change.Update, "sharing_group", n, before, g)
	})
	return g, err
}

func (w authority) mayEditGroup(before, after SharingGroup) error {
	if w.can(sharing.ManageUsers) {
		return nil
	}
	if err := w.need(sharing.PublishIntel); err != nil {
		return err
	}
	if before.Owner == w.Org {
		return nil
	}
	i := slices.IndexFunc(before.Members, func(m GroupOrg) bool { return m.Org == w.Org })
	if i >= 0 && before.Members[i].Extend && extends(before, after) {
		return nil
	}
	return errs.New(errs.Forbidden, "group_foreign",
		"The sharing group {name} belongs to another organisation: ask its owner.", "name", before.Name)
}

// extends reports whether after differs from before only by added members that may not extend themselves.
func extends(before, after SharingGroup) bool {
	if before.Name != after.Name || before.Releasability != after.Releasability || before.Description != after.Description || before.Active != after.Active {
		return false
	}
	same := func(x, y GroupOrg) bool { return x.Org == y.Org && x.Extend == y.Extend }
	for _, m := range before.Members {
		if !slices.ContainsFunc(after.Members, func(o GroupOrg) bool { return same(m, o) }) {
			return false
		}
	}
	for _, m := range after.Members {
		if m.Extend && !before.has(m.Org) {
			return false
		}
	}
	return true
}
