package report

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/note"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/sighting"
)

// Bulk is what Ingest needs of the store. All methods run in the transaction of ctx.
type Bulk interface {
	// Consume records (consumer, message) and reports whether it was new.
	Consume(ctx context.Context, consumer, message string) (fresh bool, err error)
	// InternACL returns the number of a label.
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
	// NewIDs allocates n successive ids.
	NewIDs(ctx context.Context, n int) (id.ID, error)
	// SourceInfo returns what a batch inherits from its source; errs.NotFound.
	SourceInfo(ctx context.Context, source id.ID) (SourceInfo, error)
	// FindReport returns the report delivered under (source, key), else one of that UUID owned by the
	// organisation, else 0.
	FindReport(ctx context.Context, owner, source id.ID, key string, uuid id.UUID) (id.ID, error)
	// FindContent returns the report of the source that holds a current document with these bytes, else 0.
	FindContent(ctx context.Context, source id.ID, blob blob.Hash) (id.ID, error)
	// SaveReport inserts (fresh) or updates a report, its tags by name, and its delivery key.
	SaveReport(ctx context.Context, r *Report, key string, fresh bool) error
	// SaveDocuments inserts documents with ids set; older versions of the same key are no longer current.
	SaveDocuments(ctx context.Context, docs []Document) error
	// ResolveValues returns the id of each distinct canonical value, adding unknown ones; fresh counts these.
	ResolveValues(ctx context.Context, values []observable.Value) (ids []id.ID, fresh int, err error)
	// Held returns the report's live claims on the values, by value id.
	Held(ctx context.Context, report id.ID, values []id.ID) (map[id.ID][]Claim, error)
	// Insert writes new rows; ids are set.
	Insert(ctx context.Context, rows Rows) error
	// ActiveCorrections returns corrections of the organisation on the values that are neither undone nor expired.
	ActiveCorrections(ctx context.Context, org id.ID, values []id.ID) ([]Correction, error)
}

// SourceInfo is what a batch inherits.
type SourceInfo struct {
	Org       id.ID
	Publisher Publisher
	ACL       sharing.ACL // default label of new items
	Accept    int         // 0 nothing, 1 what was stated as such (MISP, STIX), 2 everything
	Tags      []string
}

// Rows are new rows of one batch.
type Rows struct {
	Objects       []Object
	Claims        []Claim
	Mentions      []Mention
	Tagging       []Tagging
	Listed        map[id.ID][]id.ID // value → packs that list it
	AssetHits     []AssetHitRow
	Statements    []Statement
	Relationships []Relationship
	Notes         []note.Note
	Sightings     []sighting.Sighting
	Quarantine    []Refusal
	Source        id.ID
	Report        id.ID
	ACL           sharing.ACL
}

// Store reads and edits single reports and claims.
type Store interface {
	Get(ctx context.Context, s sharing.Scope, report id.ID) (Report, error)
	// List returns reports matching f, newest arrival first unless f.Sort says otherwise, and the next cursor ("" at the end).
	List(ctx context.Context, s sharing.Scope, f Filter, p Page) ([]Report, string, error)
	Update(ctx context.Context, r Report, expect int64) error
	Documents(ctx context.Context, s sharing.Scope, report id.ID) ([]Document, error)
	// Claims lists claims matching f in id order.
	Claims(ctx context.Context, s sharing.Scope, f Filter, p Page) ([]Claim, string, error)
	// Tally counts claims matching f by state and by type as stated.
	Tally(ctx context.Context, s sharing.Scope, f Filter) (states, types map[string]int64, err error)
	ClaimsByID(ctx context.Context, s sharing.Scope, ids []id.ID) ([]Claim, error)
	UpdateClaim(ctx context.Context, c Claim, expect int64) error
	Mentions(ctx context.Context, s sharing.Scope, f Filter) ([]Mention, error)
	Objects(ctx context.Context, s sharing.Scope, report id.ID) ([]Object, error)
	Statements(ctx context.Context, s sharing.Scope, report id.ID, p Page) ([]Statement, string, error)
}

// Corrections stores decisions that survive re-reading.
type Corrections interface {
	AddCorrection(ctx context.Context, c Correction) error
	Correction(ctx context.Context, s sharing.Scope, n id.ID) (Correction, error)
	ListCorrections(ctx context.Context, s sharing.Scope, f CorrectionFilter, p Page) ([]Correction, string, error)
	// Reached returns the live claims that a correction applies to, by value, owner and scope.
	Reached(ctx context.Context, c Correction) ([]Claim, error)
	// SetUndone marks a correction undone.
	SetUndone(ctx context.Context, n id.ID, at time.Time) error
}

// Filter selects reports or claims. Zero fields do not filter.
type Filter struct {
	Query  query.Node // nil: all
	Report id.ID
	Value  id.ID
	IDs    []id.ID
	UUIDs  []id.UUID // claims only: foreign ones
	// Literals selects claims without value.
	Literals bool
	States   []State
	Sort     string // reports: "arrived" (default), "published", "relevance"; "-" in front reverses
	// Deleted also returns soft-deleted rows.
	Deleted bool
	// Document selects claims mentioned in it, those that start in [From,To) when To is set.
	Document id.ID
	From, To int64
}

// Page asks for a part of a listing.
type Page struct {
	Cursor string
	Limit  int // 1 … 1000; 0 takes 50
}

// CorrectionFilter selects corrections. Zero fields do not filter.
type CorrectionFilter struct {
	Value, Source, Report id.ID
	Active                bool
	IDs                   []id.ID
}

// Remarks stores what people add beside claims, and finds the places of texts that state values. Listings
// hold what the scope sees by the rows' own labels: the caller has made sure that the item itself is seen.
type Remarks interface {
	// Notes lists the notes on an item, newest first.
	Notes(ctx context.Context, s sharing.Scope, item id.ID, p Page) ([]note.Note, string, error)
	AddNote(ctx context.Context, n note.Note) error
	// Sightings lists the sightings of a value, newest first.
	Sightings(ctx context.Context, s sharing.Scope, value id.ID, p Page) ([]sighting.Sighting, string, error)
	AddSighting(ctx context.Context, x sighting.Sighting) error
	// Passages lists places in texts that state a value: newest claim first, at most a few of each claim.
	Passages(ctx context.Context, s sharing.Scope, value id.ID, p Page) ([]Passage, string, error)
	// PassagesOf lists at most each places of every claim, current documents first.
	PassagesOf(ctx context.Context, s sharing.Scope, claims []id.ID, each int) ([]Passage, error)
	// CountReports counts reports matching f.
	CountReports(ctx context.Context, s sharing.Scope, f Filter) (int64, error)
}

// Passage is a mention with the text that it is in.
type Passage struct {
	Mention
	Report   id.ID
	Name     string // of the document
	TextBlob blob.Hash
	TextSize int64
}
