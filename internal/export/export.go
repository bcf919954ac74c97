// Package export owns the contract between the export engine and the formats, one folder per format
// (export/stix21, export/misp …), listed in export/all. A format turns rows into bytes as they come, in
// bounded memory. It owns no selection: which rows may leave (scope, ceiling, review state, expiry,
// warninglists, own assets) was decided before it sees them.
package export

import (
	"context"
	"io"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Order of rows.
type Order uint8

// The orders. In both, rows of one group come one after another.
const (
	ByReport Order = iota // reports ascending, claims ascending; claims without report first
	ByValue               // values ascending (one row per claim part 0)
)

// Row is one claim that leaves.
type Row struct {
	Claim report.Claim
	// Report is the container, nil for a claim that stands alone. Rows of one report share the pointer.
	Report *report.Report
	// ACL is the effective label (the stricter of claim and container).
	ACL sharing.ACL
	// SourceName and Reliability ("A"–"F", "") of the claim's source.
	SourceName  string
	Reliability string
	// Score 0–100 of the value for this viewer, -1 when the format did not ask for it.
	Score int
	// Publishers counts independent publishers for this viewer, -1 when not asked for.
	Publishers int
	Object     *report.Object // nil when the claim is in none
}

// Rows streams the selection, as often as called. An error of yield ends it and is returned.
type Rows func(ctx context.Context, order Order, yield func(Row) error) error

// Statements streams whole STIX objects kept with the selected reports, each body as it came in.
type Statements func(ctx context.Context, yield func(reportID id.ID, stixID string, body []byte) error) error

// Meta describes the export.
type Meta struct {
	Title     string
	Query     string
	Producer  Producer
	Generated time.Time
	Ceiling   sharing.Ceiling
}

// Producer is the organisation in whose name data leaves.
type Producer struct {
	UUID id.UUID
	Name string
}

// Input is what a format writes.
type Input struct {
	Meta       Meta
	Rows       Rows
	Statements Statements // nil when not wanted
	// Open returns a kept file by its hash, for formats that carry attachments; nil leaves them out.
	Open func(ctx context.Context, hash blob.Hash) ([]byte, error)
}

// Format is one family member.
type Format struct {
	Name      string // "stix21", "misp", "csv", "text", "ndjson"
	MediaType string
	Extension string // with the dot
	// Scored formats get Score and Publishers filled in.
	Scored bool
	// Write streams the whole export. It holds at most one report's rows in memory.
	Write func(ctx context.Context, w io.Writer, in Input) error
}
