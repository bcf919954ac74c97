package report

import (
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Batch is the input of the bulk writer. One batch is written in one transaction, whole or not at all;
// bad items in it are put aside in Result.Refused (and in quarantine), the good ones go in. Big lists are
// written as several batches on the same report (at most MaxClaims each).
type Batch struct {
	// Source is where it comes from; required.
	Source id.ID
	// Consumer and Message make the write idempotent: they are recorded with the effect, and a second
	// write with the same pair changes nothing (Result.Repeated).
	Consumer, Message string
	// Report is the container; nil when Into is set or when the claims stand alone.
	Report *Draft
	// Into adds to an existing report.
	Into id.ID
	// ACL is the label of new items that state none.
	ACL sharing.ACL
	// Accept makes new claims accepted instead of proposed.
	Accept bool

	// Assets are own assets that the report's text concerns.
	Assets []AssetHit
	// Mentioned are documents that the report has already, from earlier parts of a long text. Mentions and
	// parents count them first, then Documents.
	Mentioned []id.ID
	// Again processes bytes that the report holds already, after a change of the extractor or its lists.
	Again bool

	// Colours are the colours of tags as the source states them, by name: for tags that are new here.
	Colours map[string]string

	Documents     []DocumentDraft
	Objects       []ObjectDraft
	Claims        []ClaimDraft
	Statements    []StatementDraft
	Relationships []RelationshipDraft
	Notes         []NoteDraft
	Sightings     []SightingDraft
	Quarantine    []Refusal
}

// MaxClaims is the most claims of one batch.
const MaxClaims = 50_000

// Draft is a report to be found or made. It is found by Key within the source, then by UUID.
type Draft struct {
	Key       string // the source's name for the item, for ever ("" for none)
	UUID      id.UUID
	Kind      Kind
	Title     string
	Summary   string
	Lang      string
	URL       string
	Publisher string // "" takes the source's
	ACL       *sharing.ACL
	Published time.Time
	Observed  time.Time
	Tags      []string
	LocalTags []string
	Residue   jsonx.Raw
	// Modified is the source's own version time (MISP timestamp, STIX modified): an older delivery does not
	// overwrite the report's fields. Zero: the delivery counts as newer.
	Modified time.Time
}

// DocumentDraft is a file or page; its bytes and text are in the blob store already.
type DocumentDraft struct {
	Key, Name, MediaType, URL string
	Parent                    int // index+1 (see Batch.Mentioned) of the archive or mail it was in, 0 for none
	Blob                      blob.Hash
	Size                      int64
	TextBlob                  blob.Hash
	TextSize                  int64
	Parser, Charset, Lang     string
	Meta                      map[string]string
	Sections, Warnings        jsonx.Raw
	Suppressed                []Suppressed
	Published                 time.Time
}

// ObjectDraft groups claims (ClaimDraft.Object points here).
type ObjectDraft struct {
	UUID                               id.UUID
	Name                               string
	TemplateUUID                       id.UUID
	TemplateVersion                    int64
	MetaCategory, Description, Comment string
	FirstSeen, LastSeen                time.Time
	ACL                                *sharing.ACL
	Residue                            jsonx.Raw
	Deleted                            bool
}

// ClaimDraft is one statement about a value. Type and Stated are required; the writer makes the canonical
// parts (observable.Canonical, composites split at "|").
type ClaimDraft struct {
	UUID     id.UUID
	Object   int // index+1 in Batch.Objects, 0 for none
	Relation string
	// Type is a MISP attribute type, a STIX-like output name, or "" to be recognised.
	Type     string
	Category string
	Stated   string
	Comment  string
	ToIDs    *bool // nil takes the type's default
	// Confidence 0–100; -1 or 0 when not stated takes 50.
	Confidence         int
	ACL                *sharing.ACL // nil inherits the container
	Published          time.Time
	FirstSeen          time.Time
	LastSeen           time.Time
	Expires            time.Time // zero takes the type's default
	Tags               []string
	LocalTags          []string
	DisableCorrelation bool
	Residue            jsonx.Raw
	Deleted            bool
	// State forces a review state (edits by hand); nil takes the batch's.
	State *State
	// Mentions tie the claim to the batch's documents (Document is an index in Batch.Documents).
	Mentions []MentionDraft
	// Listed are the packs (warninglists) that the value is on, found by the pipeline.
	Listed []id.ID
	// Assets are own assets that the value concerns, found by the pipeline.
	Assets []AssetHit
	// Place names the item in error messages ("row 17", "Attribute 3").
	Place string
}

// MentionDraft is a place in a document of the batch.
type MentionDraft struct {
	Document   int
	Start, End int64
}

// AssetHit says which own asset a value concerns and how ("same", "inside", "lookalike: homoglyph").
type AssetHit struct {
	Asset id.ID
	How   string
}

// StatementDraft keeps any STIX object whole.
type StatementDraft struct {
	StixID   string
	Type     string
	Name     string
	Modified time.Time
	Body     []byte // the object as it came in
	ACL      *sharing.ACL
}

// RelationshipDraft is a typed edge between STIX ids of the batch or of the store.
type RelationshipDraft struct {
	UUID           id.UUID
	Type           string
	Source, Target string // STIX ids
	Start, Stop    time.Time
	Confidence     int
	Comment        string
	Residue        jsonx.Raw
}

// NoteDraft is a text about the report ("" target) or a STIX id in it.
type NoteDraft struct {
	UUID    id.UUID
	Target  string
	Kind    string // note, opinion
	Body    string
	Author  string
	Created time.Time
}

// SightingDraft says that a claim of the batch (index) or a stated value was seen, or a false positive.
type SightingDraft struct {
	UUID   id.UUID
	Claim  int // index+1 in Batch.Claims, 0: by Type and Value
	Type   string
	Value  string
	Kind   int // MISP's: 0 seen, 1 false positive, 2 expired
	Seen   time.Time
	Count  int64
	Origin string
}

// Refusal is an item that could not go in, with its place and reason. It is kept in quarantine.
type Refusal struct {
	Stage   string         `json:"stage"` // acquire, parse, extract, ingest
	Index   int            `json:"-"`     // of the draft, from 0
	Item    string         `json:"item"`
	Place   string         `json:"place"`
	Code    string         `json:"code"`
	Reason  string         `json:"reason"`
	Params  map[string]any `json:"params,omitempty"`
	Payload string         `json:"payload,omitempty"` // the item itself, at most 64 KiB
	Blob    blob.Hash      `json:"-"`
}

// Result says what a batch did.
type Result struct {
	Report    id.ID
	NewReport bool
	// Unchanged: the same document was here already; Repeated: the same message was.
	Unchanged, Repeated bool
	Documents           []id.ID
	// Claims holds the id of every draft, 0 for refused ones, in order.
	Claims []id.ID
	// Held are the places of drafts that the report held already, ascending.
	Held []int
	// Fresh counts new claims, Known those that the report held already, Values new distinct values,
	// Rejected those that a remembered correction rejected.
	Fresh, Known, Values, Rejected int
	Refused                        []Refusal
	Seq                            int64 // the change log's position after the write
}
