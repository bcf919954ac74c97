// Package quarantine owns the noun "quarantine": inputs that could not be understood, each with its stage,
// place, reason and bytes, so that nothing is dropped in silence. People see, replay or discard them. It does
// not own the work of replaying (Replayer, the ingest engine) nor messages that workers gave up on (bus).
package quarantine

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// State of an item.
type State string

// The states.
const (
	Open      State = "open"
	Replayed  State = "replayed"
	Discarded State = "discarded"
)

// Item is one input that was put aside.
type Item struct {
	ID         id.ID          `json:"id"`
	Source     id.ID          `json:"source,omitzero"`
	SourceName string         `json:"source_name,omitempty"`
	Report     id.ID          `json:"report,omitzero"`
	ACL        sharing.ACL    `json:"acl"`
	Stage      string         `json:"stage"` // acquire, parse, extract, ingest
	Item       string         `json:"item"`
	Place      string         `json:"place"`
	Code       string         `json:"code"`
	Reason     string         `json:"reason"`
	Params     map[string]any `json:"params,omitempty"`
	Blob       blob.Hash      `json:"-"`
	HasBlob    bool           `json:"has_blob"`
	// Payload is the item itself, at most 64 KiB; lists leave it out.
	Payload    string    `json:"payload,omitempty"`
	Meta       jsonx.Raw `json:"meta,omitempty"` // what the replayer needs to know
	State      State     `json:"state"`
	Created    time.Time `json:"created"`
	Resolved   time.Time `json:"resolved,omitzero"`
	ResolvedBy string    `json:"resolved_by,omitempty"`
}

// Draft is an item to put aside where no batch is written (acquiring, parsing).
type Draft struct {
	report.Refusal
	Source, Report id.ID
	ACL            sharing.ACL
	Meta           jsonx.Raw
}

// Filter narrows a list. Zero fields do not.
type Filter struct {
	Source, Report     id.ID
	Stage, Code, Match string // Match: part of item or reason, any letter case
	State              State  // "" means open
	IDs                []id.ID
}

// Count is how many open items share a stage and code.
type Count struct {
	Stage string `json:"stage"`
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// Store is what the store gives. Writes join the transaction of ctx and need one. An item is visible by its
// own label; unknown or invisible ones are errs.NotFound.
type Store interface {
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
	// InsertQuarantine fills in ID and Created.
	InsertQuarantine(ctx context.Context, it *Item) error
	Quarantined(ctx context.Context, s sharing.Scope, n id.ID) (Item, error)
	// Quarantine lists newest first, without payloads.
	Quarantine(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Item, string, error)
	// QuarantineCounts counts open items by stage and code, the most frequent first.
	QuarantineCounts(ctx context.Context, s sharing.Scope, f Filter) ([]Count, error)
	// ResolveQuarantine moves an item from one state to another; false when it was not in it.
	ResolveQuarantine(ctx context.Context, n id.ID, from, to State, by string, at time.Time) (bool, error)
	// PurgeQuarantine removes items that were replayed or discarded before a time, at most limit of them.
	PurgeQuarantine(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Replayer puts an item through the pipeline again. It returns after the item is durable in the queue; a
// new failure makes a new quarantine item.
type Replayer interface {
	Replay(ctx context.Context, actor sharing.Actor, it Item) error
}
