// Package report owns what sources say: reports (and their documents and objects), the claims in them,
// the review of claims, the corrections that people make and that survive re-reading, and the score of a
// value. It owns the one bulk writer, Service.Ingest, which every protocol and pipeline uses. It does not
// own canonical values (package observable), visibility (package sharing), parsing, or the knowledge graph.
package report

import (
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Kind says what sort of container a report is.
type Kind string

// The kinds.
const (
	KindReport Kind = "report" // a write-up, an article, a mail
	KindEvent  Kind = "event"  // a MISP event
	KindFeed   Kind = "feed"   // a list that is read again and again
	KindBatch  Kind = "batch"  // a paste, an upload, a STIX bundle
)

// Progress is where a report stands in the review queue.
type Progress uint8

// The steps.
const (
	ToReview Progress = iota
	InReview
	Reviewed
)

// State is the review state of a claim.
type State uint8

// The states, as stored.
const (
	Proposed State = iota
	Accepted
	Rejected
)

// String returns the lower-case name.
func (s State) String() string {
	return [...]string{"proposed", "accepted", "rejected"}[min(s, Rejected)]
}

// ParseState reads a lower-case name.
func ParseState(name string) (State, bool) {
	for s := Proposed; s <= Rejected; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

// String returns the snake_case name.
func (p Progress) String() string {
	return [...]string{"to_review", "in_review", "reviewed"}[min(p, Reviewed)]
}

// ParseProgress reads a snake_case name.
func ParseProgress(name string) (Progress, bool) {
	for p := ToReview; p <= Reviewed; p++ {
		if p.String() == name {
			return p, true
		}
	}
	return 0, false
}

// Report is what one source said, whole. Counts are not part of it: they depend on the viewer.
type Report struct {
	ID        id.ID
	UUID      id.UUID
	Kind      Kind
	Title     string
	Summary   string
	Lang      string
	URL       string
	Source    id.ID
	Publisher Publisher
	ACL       sharing.ACL
	// Three dates: published by the source, observed in the world, arrived here (Created).
	Published, Observed, Created, Modified time.Time
	Progress                               Progress
	Assignee, Reviewer                     id.ID
	Reviewed                               time.Time
	Tags                                   []Tag
	Residue                                jsonx.Raw
	Version                                int64
	Deleted                                bool
}

// Publisher is one voice: reports of the same publisher are collapsed when independent ones are counted.
type Publisher struct {
	ID   id.ID
	Name string
}

// Tag on an item, as the viewer may see it.
type Tag struct {
	Name   string `json:"name"`
	Colour string `json:"colour,omitempty"`
	Local  bool   `json:"local,omitempty"`
}

// Document is one acquired version of a file or page of a report. Text offsets count UTF-8 bytes of the
// decoded text, which is kept beside the original in the blob store.
type Document struct {
	ID         id.ID
	Report     id.ID
	Parent     id.ID // the archive or mail it was in
	Source     id.ID
	Key        string
	Name       string
	MediaType  string
	URL        string
	Blob       blob.Hash
	Size       int64
	TextBlob   blob.Hash
	TextSize   int64
	Parser     string
	Charset    string
	Lang       string
	Meta       map[string]string
	Sections   jsonx.Raw // []parser.Section
	Warnings   jsonx.Raw // []parser.Warning
	Suppressed []Suppressed
	Created    time.Time
	Published  time.Time
	Current    bool // the newest version of its key
}

// Suppressed is a candidate that was found but not claimed, with its reason: nothing is dropped in silence.
type Suppressed struct {
	Type   string `json:"type"`
	Value  string `json:"value"`
	Start  int64  `json:"start"`
	End    int64  `json:"end"`
	Reason string `json:"reason"`
}

// Object groups claims by a template (a MISP object, one row of a file table).
type Object struct {
	ID              id.ID
	UUID            id.UUID
	Report          id.ID
	Source          id.ID
	ACL             sharing.ACL
	Name            string
	TemplateUUID    id.UUID
	TemplateVersion int64
	MetaCategory    string
	Description     string
	Comment         string
	FirstSeen       time.Time
	LastSeen        time.Time
	Residue         jsonx.Raw
	Created         time.Time
	Version         int64
	Deleted         bool
}

// Part is one value of a claim: most claims have one, composite ones two, literals none.
type Part struct {
	ID    id.ID
	Value observable.Value
}

// Claim is what somebody states about a value.
type Claim struct {
	ID     id.ID
	UUID   id.UUID
	Report id.ID // 0: stands alone
	Object id.ID
	Source id.ID
	ACL    sharing.ACL // its own label; the container's binds too
	// Type is the stated type: MISP's name where it came from MISP ("ip-src"), else the output name
	// of the observable type ("ipv4-addr").
	Type     string
	Category string
	Relation string // object relation
	// Stated is the value as written by the source, letter case and defanging kept.
	Stated     string
	Parts      []Part
	Comment    string
	ToIDs      bool
	Confidence int // 0–100
	Pain       int // level of the Pyramid of Pain, 1–6; 0 none
	Correlates bool
	Published  time.Time // by the source
	FirstSeen  time.Time // in the world
	LastSeen   time.Time
	Created    time.Time // arrived here
	Modified   time.Time
	Expires    time.Time
	State      State
	Correction id.ID // what set the state or to_ids, 0 for none
	Reviewer   id.ID
	Tags       []Tag
	Residue    jsonx.Raw
	Version    int64
	Deleted    bool
}

// Mention ties a claim to its place in a document's text.
type Mention struct {
	Claim, Document id.ID
	Start, End      int64
}

// Expired reports whether the claim's time is over.
func (c Claim) Expired(now time.Time) bool { return !c.Expires.IsZero() && !c.Expires.After(now) }
