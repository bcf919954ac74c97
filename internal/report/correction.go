package report

import (
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// CorrectionKind says what was decided.
type CorrectionKind string

// The kinds.
const (
	Reject   CorrectionKind = "reject"   // not an indicator
	SetToIDs CorrectionKind = "to_ids"   // Setting "true" or "false"
	Replaced CorrectionKind = "replaced" // edited into another value; Setting holds it
)

// Reach is how far a correction goes.
type Reach string

// The reaches.
const (
	Here       Reach = "here"       // this report
	ThisSource Reach = "source"     // all reports of the source
	Everywhere Reach = "everywhere" // all reports owned by the organisation
)

// Correction is a decision of people about a value, remembered when the source is read again. It belongs
// to the deciding organisation and binds only claims that this organisation owns.
type Correction struct {
	ID        id.ID
	Kind      CorrectionKind
	Value     Part
	Org       id.ID
	Source    id.ID // with ThisSource
	Report    id.ID // with Here
	Reach     Reach
	Setting   string
	Reason    string
	Comment   string
	Actor     id.ID
	ActorName string
	Created   time.Time
	Expires   time.Time
	Undone    time.Time
}

// Covers reports whether the correction binds a claim with these properties now.
func (c Correction) Covers(value, org, source, report id.ID, now time.Time) bool {
	if c.Value.ID != value || c.Org != org || !c.Undone.IsZero() || !c.Expires.IsZero() && !c.Expires.After(now) {
		return false
	}
	switch c.Reach {
	case Here:
		return c.Report == report
	case ThisSource:
		return c.Source == source
	}
	return c.Reach == Everywhere
}

// Reasons for a rejection that the console offers; others may be written freely.
func Reasons() []string {
	return []string{"not_an_indicator", "benign", "legitimate_service", "own_asset", "victim", "researcher", "sinkhole", "typo", "too_broad", "duplicate", "outdated"}
}

// Tagging puts a tag on an item.
type Tagging struct {
	Item   id.ID
	Name   string
	Colour string // for a tag that is new here
	Local  bool
	ACL    sharing.ACL
}

// AssetHitRow says that a claim concerns an own asset.
type AssetHitRow struct {
	Asset, Claim, Report id.ID
	How                  string
}

// Statement is a STIX object as one source stated it, whole.
type Statement struct {
	Item     id.ID
	Source   id.ID
	Report   id.ID
	ACL      sharing.ACL
	Type     string
	StixID   string
	Name     string
	Modified time.Time
	Body     []byte
}

// Relationship is a typed edge between two items.
type Relationship struct {
	ID                   id.ID
	UUID                 id.UUID
	Type                 string
	SourceRef, TargetRef string
	Report, Source       id.ID
	ACL                  sharing.ACL
	Start, Stop          time.Time
	Confidence           int
	Comment              string
	Residue              jsonx.Raw
}

// Meaning is what the type table makes of a stated type and value.
type Meaning struct {
	Type       string // stated type, "" replaced by the recognised one
	Category   string
	Parts      []observable.Value
	Role       observable.Role
	Correlates bool
	ToIDs      bool
	Pain       int
	Life       time.Duration // 0: does not expire
}
