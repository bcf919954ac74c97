// Package account owns who there is and what they may do: organisations, users, roles, teams (groups of
// users), sharing groups, API keys, sessions, set-up links, saved views; passwords, TOTP and the limits on
// attempts. It makes the sharing.Actor under which everything else runs. It does not own the visibility rule
// (package sharing), nor cookies, headers and client addresses (package auth).
//
// Rules that hold for every operation here, whatever route or dialect calls it:
//   - nobody acts on an account with rights they lack (permissions, clearance, teams);
//   - nobody grants what they do not hold;
//   - the last administrator cannot be removed;
//   - an API key makes no keys and changes no credentials.
package account

import (
	"net/netip"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// HostOrganisation is the organisation that runs this installation (MISP's organisation 1).
const HostOrganisation id.ID = 1

// The built-in roles, numbered as in MISP. They cannot be edited or deleted.
const (
	RoleAdmin     id.ID = 1
	RoleOrgAdmin  id.ID = 2
	RoleAnalyst   id.ID = 3 // MISP's "User"
	RolePublisher id.ID = 4
	RoleSync      id.ID = 5
	RoleReadOnly  id.ID = 6
)

// Organisation owns intelligence. Local ones have users here; others are known from what they shared.
type Organisation struct {
	ID          id.ID     `json:"id"`
	UUID        id.UUID   `json:"uuid"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Local       bool      `json:"local"`
	Users       int       `json:"users"` // accounts that are not deleted
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	Version     int64     `json:"version"`
	Deleted     bool      `json:"deleted,omitzero"`
}

// Role is a set of permissions and the highest TLP its users may see.
type Role struct {
	ID          id.ID                `json:"id"`
	Name        string               `json:"name"`
	Permissions []sharing.Permission `json:"permissions"`
	Clearance   marking.TLP          `json:"clearance"`
	Builtin     bool                 `json:"builtin"`
	Version     int64                `json:"version"`
}

// User is an account, without its credentials.
type User struct {
	ID          id.ID     `json:"id"`
	UUID        id.UUID   `json:"uuid"`
	Org         id.ID     `json:"org"`
	OrgName     string    `json:"org_name"`
	Role        id.ID     `json:"role"`
	RoleName    string    `json:"role_name"`
	Email       string    `json:"email"`
	Name        string    `json:"name"`
	Locale      string    `json:"locale"` // "en", "zh"; "" follows the browser
	Settings    jsonx.Raw `json:"settings,omitempty"`
	Disabled    bool      `json:"disabled"`
	MustChange  bool      `json:"must_change"` // the password must be changed at the next login
	HasPassword bool      `json:"has_password"`
	TOTP        bool      `json:"totp"`
	Created     time.Time `json:"created"`
	LastLogin   time.Time `json:"last_login,omitzero"`
	Version     int64     `json:"version"`
	Deleted     bool      `json:"deleted,omitzero"`
}

// Team is a group of users, used by releasable-to and eyes-only.
type Team struct {
	ID          id.ID     `json:"id"`
	UUID        id.UUID   `json:"uuid"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Members     int       `json:"members"`
	Created     time.Time `json:"created"`
	Version     int64     `json:"version"`
}

// SharingGroup is a group of organisations, for distribution 4.
type SharingGroup struct {
	ID            id.ID      `json:"id"`
	UUID          id.UUID    `json:"uuid"`
	Name          string     `json:"name"`
	Releasability string     `json:"releasability"`
	Description   string     `json:"description"`
	Owner         id.ID      `json:"owner"`
	Active        bool       `json:"active"`
	Members       []GroupOrg `json:"members"`
	Created       time.Time  `json:"created"`
	Modified      time.Time  `json:"modified"`
	Version       int64      `json:"version"`
}

// GroupOrg is an organisation in a sharing group. Extend lets its publishers add organisations.
type GroupOrg struct {
	Org    id.ID  `json:"org"`
	Name   string `json:"name,omitempty"`
	Extend bool   `json:"extend"`
}

// Key is an API key. The key itself is shown once, when it is made, and stored as SHA-256.
type Key struct {
	ID     id.ID  `json:"id"`
	User   id.ID  `json:"user"`
	Name   string `json:"name"`
	Prefix string `json:"prefix"` // its first 4 characters
	// Permissions narrow the role's; nil does not.
	Permissions []sharing.Permission `json:"permissions"`
	// Addresses from which it may be used; none means all.
	Addresses   []netip.Prefix `json:"addresses"`
	Created     time.Time      `json:"created"`
	Expires     time.Time      `json:"expires,omitzero"` // zero: never
	Used        time.Time      `json:"used,omitzero"`    // to the minute
	UsedAddress string         `json:"used_address,omitempty"`
	Revoked     time.Time      `json:"revoked,omitzero"`
	Version     int64          `json:"version"`
}

// Session is a login of a person. Its token is in the cookie and stored as SHA-256.
type Session struct {
	ID       id.ID     `json:"id"`
	User     id.ID     `json:"user"`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen"`     // to the minute
	Verified time.Time `json:"verified"` // when the password was last given
	Expires  time.Time `json:"expires"`  // whatever the use
	Address  string    `json:"address"`
	Agent    string    `json:"agent"`
	// MustChange: the password must be changed before anything else; the actor may do nothing.
	MustChange bool `json:"must_change,omitzero"`
}

// View is a saved view: a query of a page under a name.
type View struct {
	ID      id.ID  `json:"id"`
	User    id.ID  `json:"user"`
	Author  string `json:"author"`
	Page    string `json:"page"` // "reports", "observables" …
	Name    string `json:"name"`
	Query   string `json:"query"`
	Shared  bool   `json:"shared"` // with the organisation
	Version int64  `json:"version"`
}

// Page asks for a part of a list. The zero Page is the first 100.
type Page struct {
	After string // the Next of the page before
	Limit int    // at most 500
}

// maxPage and defaultPage bound a Page.
const (
	maxPage     = 500
	defaultPage = 100
)

func (p Page) bounded() Page {
	if p.Limit <= 0 {
		p.Limit = defaultPage
	}
	p.Limit = min(p.Limit, maxPage)
	return p
}

// Listing is a part of a list, in the order of names.
type Listing[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // "" at the end
}

// Filter narrows lists of organisations and users. Zero fields do not.
type Filter struct {
	Match    string // part of a name or e-mail, any letter case
	Org      id.ID  // users of it
	Role     id.ID  // users with it
	Team     id.ID  // users in it
	Local    *bool  // organisations
	Disabled *bool  // users
}

// Rights are what an account may do and see, read afresh from the store. They are the stuff of an Actor.
type Rights struct {
	User, Org, Role id.ID
	Email           string
	Permissions     []sharing.Permission
	Clearance       marking.TLP
	Teams           []id.ID
	SharingGroups   []id.ID // active ones of the organisation
	Disabled        bool    // or deleted, or of a deleted organisation
	MustChange      bool
}

// Credentials are the secret half of an account; they never leave this package but to the store.
type Credentials struct {
	User       id.ID
	Org        id.ID
	Email      string
	Name       string
	Password   string   // PHC string, "" for none
	TOTP       []byte   // sealed secret, nil for none
	TOTPOn     bool     // confirmed
	Recovery   [][]byte // SHA-256 of unused recovery codes
	Disabled   bool
	MustChange bool
}

// Attempt counts failures of one key (an account, an address).
type Attempt struct {
	Failures int64
	Since    time.Time // the latest failure
	Until    time.Time // no attempt before
}

// Link is a one-time link: set-up, invitation, password reset.
type Link struct {
	Purpose string
	User    id.ID // 0 for set-up
	Created time.Time
	Expires time.Time
}

// Purposes of links.
const (
	LinkSetup  = "setup"  // first administrator
	LinkInvite = "invite" // first password of a new account
	LinkReset  = "reset"  // new password
)
