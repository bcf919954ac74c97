// Package change owns the change log: one entry in the same transaction as each change, the root of the
// queue, search, streams, history, undo and the audit chain. Bulk creation writes one entry per range of
// ids and label; edits and deletes one each, with the state before and after. It owns no replay: consumers
// keep a cursor and read on.
package change

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Operations.
const (
	Create = "create"
	Update = "update"
	Delete = "delete" // soft
	Revive = "revive" // undo of a soft delete
	Purge  = "purge"  // gone for good, by retention
)

// Entry is one change. Items First…Last were changed alike (First == Last but for bulk creation).
type Entry struct {
	Seq       int64         `json:"seq"`
	At        time.Time     `json:"at"`
	Actor     id.ID         `json:"actor,omitzero"`
	ActorName string        `json:"actor_name"`
	Op        string        `json:"op"`
	Kind      string        `json:"kind"` // the noun: "report", "claim", "source" …
	First     id.ID         `json:"first"`
	Last      id.ID         `json:"last"`
	Parent    id.ID         `json:"parent,omitzero"` // the report a claim is in
	ACL       sharing.ACLID `json:"-"`
	Before    jsonx.Raw     `json:"before,omitempty"`
	After     jsonx.Raw     `json:"after,omitempty"`
}

// By fills in who.
func By(a sharing.Actor, op, kind string, item id.ID, acl sharing.ACLID) Entry {
	return Entry{Actor: a.User, ActorName: a.Name, Op: op, Kind: kind, First: item, Last: item, ACL: acl}
}

// Log is what the store gives.
type Log interface {
	// Append writes entries into the transaction of ctx (it must be in one) and sets their Seq and At.
	Append(ctx context.Context, entries ...Entry) error
	// Since returns at most limit entries with Seq above after that the scope may see, in ascending order,
	// and the sequence number up to which everything was looked at (the next "after"). Numbers become
	// visible in ascending order.
	Since(ctx context.Context, s sharing.Scope, after int64, limit int) (entries []Entry, upTo int64, err error)
	// History returns the entries of one item, newest first.
	History(ctx context.Context, s sharing.Scope, kind string, item id.ID, before int64, limit int) ([]Entry, error)
	// Inside returns the entries of a report and of everything in it, newest first; none
	// when the scope does not see the report.
	Inside(ctx context.Context, s sharing.Scope, report id.ID, before int64, limit int) ([]Entry, error)
	// Position returns where a consumer stands, 0 at first. Inside a transaction it also keeps others from
	// asking in theirs until this one ends, so that two hosts cannot move the same consumer at once.
	Position(ctx context.Context, consumer string) (int64, error)
	// Advance stores where it stands, in the transaction of its effect. A place that is not ahead of the
	// stored one is errs.Conflict (cursor_moved): another host was faster. 0 starts again from the beginning.
	Advance(ctx context.Context, consumer string, seq int64) error
	// Changed is closed at the next commit on this process. It is a nudge: poll as well.
	Changed() <-chan struct{}
}
