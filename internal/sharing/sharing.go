// Package sharing owns the one visibility rule: who may see a row, and what may leave. It owns the
// access label of a row (ACL), the asker (Scope, Actor) and sharing groups. It does not own users,
// roles or organisations (package account), and it does not run queries: stores turn a Scope into a
// predicate by asking Sees for each interned ACL (there are few of them, whatever the rows).
//
// The rule (design, foundation.md): a row is visible when
//
//	(owner ∨ distribution reaches) ∧ clearance covers TLP
//	∧ (owner ∨ releasable_to empty ∨ member) ∧ (eyes_only empty ∨ member)
//
// and its container, when it has one, is visible too. The zero Scope sees nothing.
package sharing

import (
	"slices"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
)

// Distribution is MISP's distribution level.
type Distribution uint8

// The levels, numbered as in MISP. Inherit is resolved against the container before it is stored
// as an ACL of a child: an inheriting child carries Inherit and its container decides.
const (
	OrganisationOnly Distribution = iota // 0 own organisation
	Community                            // 1 every organisation on this instance
	Connected                            // 2 also directly connected instances
	All                                  // 3 everybody
	Group                                // 4 members of the sharing group
	Inherit                              // 5 as the container
)

// ACL is the access label of a row. Rows carry the number of an interned ACL (ACLID).
// Slices are sorted and without duplicates (see Normal).
type ACL struct {
	Owner        id.ID        `json:"owner"` // organisation
	Distribution Distribution `json:"distribution"`
	SharingGroup id.ID        `json:"sharing_group,omitzero"` // only with Group
	TLP          marking.TLP  `json:"tlp,omitzero"`
	PAP          marking.PAP  `json:"pap,omitzero"`
	ReleasableTo []id.ID      `json:"releasable_to,omitempty"` // groups of users
	EyesOnly     []id.ID      `json:"eyes_only,omitempty"`     // groups of users
}

// ACLID numbers an interned ACL in the store. Zero is none.
type ACLID int64

// Normal returns the ACL with sorted, distinct groups and no sharing group unless the level is Group.
func (a ACL) Normal() ACL {
	if a.Distribution != Group {
		a.SharingGroup = 0
	}
	a.ReleasableTo = distinct(a.ReleasableTo)
	a.EyesOnly = distinct(a.EyesOnly)
	return a
}

// Equal compares two normal ACLs.
func (a ACL) Equal(b ACL) bool {
	return a.Owner == b.Owner && a.Distribution == b.Distribution && a.SharingGroup == b.SharingGroup &&
		a.TLP == b.TLP && a.PAP == b.PAP &&
		slices.Equal(a.ReleasableTo, b.ReleasableTo) && slices.Equal(a.EyesOnly, b.EyesOnly)
}

// Scope is the asker as far as visibility goes. The zero Scope denies everything. Make one with
// For or System; there is no third way.
type Scope struct {
	kind      scopeKind
	user, org id.ID
	groups    []id.ID // groups of users the user belongs to, sorted
	sharing   []id.ID // sharing groups the organisation belongs to, sorted
	clearance marking.TLP
	allOrgs   bool
	reason    string
}

type scopeKind uint8

const (
	denyAll scopeKind = iota
	scoped
	system
)

// Asker is what For needs to know of a user; account.Service fills it.
type Asker struct {
	User, Org     id.ID
	Groups        []id.ID // groups of users
	SharingGroups []id.ID // sharing groups of the organisation
	Clearance     marking.TLP
	// AllOrganisations lets distribution reach everywhere on this instance (MISP's site admin).
	// Clearance, releasable-to and eyes-only still hold.
	AllOrganisations bool
}

// For makes the scope of a user. An asker without organisation, or with no clearance, denies.
func For(a Asker) Scope {
	if a.Org == 0 || a.Clearance == marking.TLPUnset {
		return Scope{}
	}
	return Scope{
		kind: scoped, user: a.User, org: a.Org, groups: distinct(a.Groups),
		sharing: distinct(a.SharingGroups), clearance: a.Clearance, allOrgs: a.AllOrganisations,
	}
}

// System makes the scope that sees every row, for the machine's own work. The reason is required
// (an empty one denies) and is written to the audit trail by whoever opens a job with it.
func System(reason string) Scope {
	if reason == "" {
		return Scope{}
	}
	return Scope{kind: system, reason: reason}
}

// Denies reports whether the scope sees nothing at all.
func (s Scope) Denies() bool { return s.kind == denyAll }

// IsSystem reports whether the scope was made by System, and why.
func (s Scope) IsSystem() (reason string, ok bool) { return s.reason, s.kind == system }

// User and Org identify the asker; zero for System.
func (s Scope) User() id.ID { return s.user }

// Org returns the asker's organisation; zero for System.
func (s Scope) Org() id.ID { return s.org }

// Sees is the visibility rule for one row's own ACL. A child's container must be asked as well;
// a child with Inherit passes the distribution part here and is decided by its container.
func (s Scope) Sees(a ACL) bool {
	switch s.kind {
	case system:
		return true
	case scoped:
	default:
		return false
	}
	owner := a.Owner == s.org
	return (owner || s.reaches(a)) &&
		a.TLP <= s.clearance &&
		(owner || len(a.ReleasableTo) == 0 || overlap(a.ReleasableTo, s.groups)) &&
		(len(a.EyesOnly) == 0 || overlap(a.EyesOnly, s.groups))
}

func (s Scope) reaches(a ACL) bool {
	switch a.Distribution {
	case Community, Connected, All, Inherit:
		return true
	case Group:
		return s.allOrgs || slices.Contains(s.sharing, a.SharingGroup)
	}
	return s.allOrgs
}

// Fingerprint is equal for two scopes that see the same rows, for caches of visible ACLs.
func (s Scope) Fingerprint() string {
	b := make([]byte, 0, 64)
	b = append(b, byte(s.kind), byte(s.clearance))
	if s.allOrgs {
		b = append(b, 1)
	}
	b = appendIDs(b, []id.ID{s.org})
	b = appendIDs(b, s.groups)
	return string(appendIDs(b, s.sharing))
}

// Effective returns the label that binds a child inside a container: the stricter TLP and PAP,
// and the container's reach when the child inherits.
func Effective(child, container ACL) ACL {
	if child.Distribution == Inherit {
		child.Distribution, child.SharingGroup = container.Distribution, container.SharingGroup
		child.Owner = container.Owner
	}
	child.TLP = max(child.TLP, container.TLP)
	child.PAP = max(child.PAP, container.PAP)
	return child
}

// Ceiling bounds what may leave by an export, a feed, a notification or an analyzer.
type Ceiling struct {
	TLP marking.TLP // highest TLP that may leave; unset lets nothing above CLEAR leave
	PAP marking.PAP // highest PAP; unset means no limit by PAP
}

// Passes reports whether a row with the effective label may leave under the ceiling. A row without
// TLP counts as AMBER: unmarked is never CLEAR.
func (c Ceiling) Passes(a ACL) bool {
	tlp := a.TLP
	if tlp == marking.TLPUnset {
		tlp = marking.TLPAmber
	}
	limit := c.TLP
	if limit == marking.TLPUnset {
		limit = marking.TLPClear
	}
	return tlp <= limit && (c.PAP == marking.PAPUnset || a.PAP <= c.PAP)
}

func appendIDs(b []byte, ids []id.ID) []byte {
	b = append(b, byte(len(ids)>>8), byte(len(ids)))
	for _, v := range ids {
		for shift := 0; shift < 64; shift += 8 {
			b = append(b, byte(v>>shift))
		}
	}
	return b
}

func distinct(ids []id.ID) []id.ID {
	if len(ids) == 0 {
		return nil
	}
	c := slices.Clone(ids)
	slices.Sort(c)
	return slices.Compact(c)
}

func overlap(a, b []id.ID) bool {
	for _, v := range a {
		if _, ok := slices.BinarySearch(b, v); ok {
			return true
		}
	}
	return false
}
