package sharing

import (
	"slices"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
)

// Permission is one thing a role may allow. Roles are sets of permissions; the rule hangs on the
// operation, whatever route or dialect calls it.
type Permission string

// The permissions. New ones are added at the end of their group; names are stored in roles.
const (
	ReadIntel     Permission = "intel.read"     // search, read, export within one's scope
	WriteIntel    Permission = "intel.write"    // add reports and claims, notes, sightings, tags
	ReviewIntel   Permission = "intel.review"   // accept, reject, correct, undo others' work
	DeleteIntel   Permission = "intel.delete"   // delete and restore reports and claims
	PublishIntel  Permission = "intel.publish"  // change distribution, publish, share
	ManageExports Permission = "exports.manage" // stable export URLs and their tokens, recall
	ManageSources Permission = "sources.manage" // sources, playbooks, replay of dead letters
	ManageAssets  Permission = "assets.manage"  // own assets
	ManageWatches Permission = "watches.manage" // watches and their channels
	ManageOrgUser Permission = "users.org"      // users of the own organisation
	ManageUsers   Permission = "users.all"      // users, roles, organisations, groups
	ManageSystem  Permission = "system.manage"  // settings, packs, backup, jobs
	ReadAudit     Permission = "audit.read"     // audit trail
	SeeAllOrgs    Permission = "intel.all_orgs" // distribution reaches everywhere
	UseAPIKeys    Permission = "keys.own"       // make own API keys
)

// Permissions returns every permission in display order.
func Permissions() []Permission {
	return []Permission{
		ReadIntel, WriteIntel, ReviewIntel, DeleteIntel, PublishIntel, ManageExports, ManageSources,
		ManageAssets, ManageWatches, ManageOrgUser, ManageUsers, ManageSystem, ReadAudit, SeeAllOrgs, UseAPIKeys,
	}
}

// Actor is who acts: identity for history and audit, permissions for operations, scope for
// visibility. The zero Actor may do nothing.
type Actor struct {
	User  id.ID // 0 for the system
	Org   id.ID
	Name  string // shown in history: "ana@example.org", "source 12", "system: expiry"
	Via   string // "session", "key", "cli", "source", "system"
	Key   id.ID  // the API key used, 0 for none
	Perms []Permission
	Scope Scope
}

// SystemActor is the machine acting for itself on behalf of an organisation (its sources, jobs).
func SystemActor(reason string, org id.ID) Actor {
	return Actor{Org: org, Name: "system: " + reason, Via: "system", Perms: Permissions(), Scope: System(reason)}
}

// Can reports whether the actor holds p.
func (a Actor) Can(p Permission) bool { return slices.Contains(a.Perms, p) }

// Need returns errs.Forbidden naming the missing permission, or nil.
func (a Actor) Need(p Permission) error {
	if a.Can(p) {
		return nil
	}
	return errs.New(errs.Forbidden, "permission_missing",
		"This needs the permission {permission}; ask an administrator of your organisation.", "permission", string(p))
}

// MayEdit reports whether the actor may change a row owned by org: its own organisation's, or any
// when it manages all users' data (the system, site administrators).
func (a Actor) MayEdit(owner id.ID) bool {
	_, sys := a.Scope.IsSystem()
	return sys || owner == a.Org || a.Can(SeeAllOrgs)
}
