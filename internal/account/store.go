package account

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Store is what the store gives, by aggregate. Writes join the transaction of ctx and need one. Unknown
// items are errs.NotFound; a version that is no longer the stored one is errs.Conflict "stale", naming who
// changed it. Lists are in the order of the folded name.
//
// Accounts have no access label: who may see which is a matter of permissions, decided by the Service, which
// narrows the filter. The scope of the reads still keeps the denying scope out: it finds nothing.
type Store interface {
	OrganisationStore
	RoleStore
	UserStore
	CredentialStore
	SessionStore
	KeyStore
	TeamStore
	GroupStore
	ViewStore
}

// OrganisationStore holds organisations.
type OrganisationStore interface {
	// InsertOrganisation fills in ID (unless set), UUID (unless set), Created and Version.
	InsertOrganisation(ctx context.Context, o *Organisation) error
	// UpdateOrganisation writes every field of the row whose version is o.Version, and raises it.
	UpdateOrganisation(ctx context.Context, o *Organisation) error
	Organisation(ctx context.Context, s sharing.Scope, n id.ID) (Organisation, error)
	OrganisationByUUID(ctx context.Context, s sharing.Scope, u id.UUID) (Organisation, error)
	OrganisationByName(ctx context.Context, s sharing.Scope, name string) (Organisation, error)
	Organisations(ctx context.Context, s sharing.Scope, f Filter, p Page) (Listing[Organisation], error)
}

// RoleStore holds roles. They are no secret: reads take no scope.
type RoleStore interface {
	InsertRole(ctx context.Context, r *Role) error
	UpdateRole(ctx context.Context, r *Role) error
	// DeleteRole is errs.Conflict "role_in_use" while an account has it.
	DeleteRole(ctx context.Context, n id.ID) error
	Role(ctx context.Context, n id.ID) (Role, error)
	Roles(ctx context.Context) ([]Role, error)
}

// UserStore holds accounts and what follows from them.
type UserStore interface {
	InsertUser(ctx context.Context, u *User) error
	UpdateUser(ctx context.Context, u *User) error
	User(ctx context.Context, s sharing.Scope, n id.ID) (User, error)
	Users(ctx context.Context, s sharing.Scope, f Filter, p Page) (Listing[User], error)
	UserByEmail(ctx context.Context, s sharing.Scope, email string) (User, error)
	// EraseUser marks the account deleted, frees its e-mail and removes credentials, sessions, keys, links,
	// team memberships and saved views.
	EraseUser(ctx context.Context, n id.ID, version int64) error
	// Rights makes scopes, so it takes none.
	Rights(ctx context.Context, n id.ID) (Rights, error)
	// CountUsers counts the enabled accounts with a password that have one of the roles.
	CountUsers(ctx context.Context, roles []id.ID) (int, error)
	// LockAccounts makes changes of accounts and roles wait for each other until the transaction ends.
	LockAccounts(ctx context.Context) error
}

// CredentialStore holds passwords, second factors, links and attempts.
type CredentialStore interface {
	Credentials(ctx context.Context, n id.ID) (Credentials, error)
	CredentialsByEmail(ctx context.Context, email string) (Credentials, error)
	SetPassword(ctx context.Context, n id.ID, phc string, mustChange bool) error
	// SetTOTP replaces the second factor. A nil secret removes it and the recovery codes.
	SetTOTP(ctx context.Context, n id.ID, sealed []byte, on bool, recovery [][]byte) error
	// UseTOTPStep reports false when this time step or a later one was used before.
	UseTOTPStep(ctx context.Context, n id.ID, step int64) (bool, error)
	// UseRecovery removes the code with the hash, false when there is none.
	UseRecovery(ctx context.Context, n id.ID, hash []byte) (bool, error)
	// InsertLoginLink replaces earlier links of the same purpose and account.
	InsertLoginLink(ctx context.Context, hash []byte, l Link) error
	LoginLink(ctx context.Context, hash []byte) (Link, error)
	// TakeLoginLink removes a link; errs.NotFound when it was used.
	TakeLoginLink(ctx context.Context, hash []byte) error
	// LoginAttempt returns zero when there is none. Inside a transaction the row is held for its rest.
	LoginAttempt(ctx context.Context, key string) (Attempt, error)
	// SetLoginAttempt stores, or removes an attempt without failures.
	SetLoginAttempt(ctx context.Context, key string, a Attempt) error
	// PurgeLogins removes expired sessions, links, and attempts older than before.
	PurgeLogins(ctx context.Context, now, before time.Time) error
}

// SessionStore holds sessions by the SHA-256 of their token.
type SessionStore interface {
	// InsertSession fills in ID, writes the account's last login, and drops the account's oldest sessions above keep.
	InsertSession(ctx context.Context, hash []byte, s *Session, keep int) error
	// SessionByHash takes no scope: it comes before one.
	SessionByHash(ctx context.Context, hash []byte) (Session, error)
	Sessions(ctx context.Context, s sharing.Scope, user id.ID) ([]Session, error)
	TouchSession(ctx context.Context, n id.ID, seen time.Time, address string) error
	// RotateSession gives a session a new token and time of verification.
	RotateSession(ctx context.Context, n id.ID, hash []byte, verified time.Time) error
	DeleteSession(ctx context.Context, n id.ID) error
	// DeleteSessions removes a user's sessions but one (0: all).
	DeleteSessions(ctx context.Context, user, except id.ID) (int64, error)
}

// KeyStore holds API keys by their SHA-256.
type KeyStore interface {
	InsertAPIKey(ctx context.Context, hash []byte, k *Key) error
	// APIKeyByHash takes no scope: it comes before one.
	APIKeyByHash(ctx context.Context, hash []byte) (Key, error)
	APIKey(ctx context.Context, s sharing.Scope, n id.ID) (Key, error)
	// APIKeys lists a user's keys, or with user 0 all of an organisation's (org 0: everybody's), newest first.
	APIKeys(ctx context.Context, s sharing.Scope, user, org id.ID) ([]Key, error)
	TouchAPIKey(ctx context.Context, n id.ID, used time.Time, address string) error
	// RevokeAPIKey sets Revoked, once.
	RevokeAPIKey(ctx context.Context, n id.ID, at time.Time) error
}

// TeamStore holds teams.
type TeamStore interface {
	InsertTeam(ctx context.Context, t *Team) error
	UpdateTeam(ctx context.Context, t *Team) error
	// DeleteTeam is errs.Conflict "team_in_use" when an access label names it.
	DeleteTeam(ctx context.Context, n id.ID) error
	Team(ctx context.Context, s sharing.Scope, n id.ID) (Team, error)
	Teams(ctx context.Context, s sharing.Scope, p Page) (Listing[Team], error)
	// SetMember adds or removes; false when nothing changed.
	SetMember(ctx context.Context, team, user id.ID, member bool) (bool, error)
}

// GroupStore holds sharing groups.
type GroupStore interface {
	InsertSharingGroup(ctx context.Context, g *SharingGroup) error
	// UpdateSharingGroup writes the members too.
	UpdateSharingGroup(ctx context.Context, g *SharingGroup) error
	SharingGroup(ctx context.Context, s sharing.Scope, n id.ID) (SharingGroup, error)
	// SharingGroups lists those of an organisation (owner or member), or with org 0 all.
	SharingGroups(ctx context.Context, s sharing.Scope, org id.ID, p Page) (Listing[SharingGroup], error)
}

// ViewStore holds saved views.
type ViewStore interface {
	InsertSavedView(ctx context.Context, v *View) error
	UpdateSavedView(ctx context.Context, v *View) error
	DeleteSavedView(ctx context.Context, n id.ID, version int64) error
	SavedView(ctx context.Context, s sharing.Scope, n id.ID) (View, error)
	// SavedViews lists the scope's user's own and those shared in its organisation, of a page ("" for all).
	SavedViews(ctx context.Context, s sharing.Scope, page string) ([]View, error)
}
