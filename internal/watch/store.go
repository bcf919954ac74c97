package watch

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Store is what the store gives. Writes join the transaction of ctx and need one. A scope sees watches and
// channels of its own organisation; whose watches within it is the service's rule.
type Store interface {
	Watches
	Channels
	Hits
	Notices
	Finder
}

// Watches holds watches.
type Watches interface {
	// InsertWatch fills in ID, Created, Modified, Version and Since (the change log's end).
	InsertWatch(ctx context.Context, w *Watch) error
	// UpdateWatch writes every field but the counters of the row whose version is w.Version, and raises it.
	// A channel that is added hears of later hits only. restart moves Since to the change log's end.
	UpdateWatch(ctx context.Context, w *Watch, restart bool) error
	Watch(ctx context.Context, s sharing.Scope, n id.ID) (Watch, error)
	// Watches lists newest first.
	Watches(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Watch, string, error)
	// SetWatchError notes why a watch could not be evaluated ("" for nothing).
	SetWatchError(ctx context.Context, n id.ID, text string) error
}

// Channels holds channels.
type Channels interface {
	// InsertChannel fills in ID, Created, Modified and Version.
	InsertChannel(ctx context.Context, c *Channel) error
	UpdateChannel(ctx context.Context, c *Channel) error
	// SetChannelSecrets replaces the sealed secrets (nil: none) and the names of those that are set.
	SetChannelSecrets(ctx context.Context, n id.ID, sealed []byte, names []string) error
	ChannelSecrets(ctx context.Context, s sharing.Scope, n id.ID) ([]byte, error)
	Channel(ctx context.Context, s sharing.Scope, n id.ID) (Channel, error)
	// Channels lists in the order of folded names.
	Channels(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Channel, string, error)
	SetChannelError(ctx context.Context, n id.ID, text string) error
}

// Hits holds what watches found.
type Hits interface {
	// LockWatches makes transactions that add hits or make notices wait for each other.
	LockWatches(ctx context.Context) error
	// AddHits adds those that the watch has not yet, in order, counts them, and returns how many were new.
	AddHits(ctx context.Context, watch id.ID, hits []Hit) (int, error)
	// HitRange lists hits of a watch with Seq in first … last, at most limit, in order.
	HitRange(ctx context.Context, s sharing.Scope, watch id.ID, first, last int64, limit int) ([]Hit, error)
	// LatestHits lists hits with Seq below before, newest first.
	LatestHits(ctx context.Context, s sharing.Scope, watch id.ID, before int64, limit int) ([]Hit, error)
}

// Notices holds the messages made of hits.
type Notices interface {
	// Waiting returns, for enabled watches and channels, the hits that no notice holds yet.
	Waiting(ctx context.Context, s sharing.Scope) ([]Waiting, error)
	// SkipHits moves a channel past the hits up to last without a notice.
	SkipHits(ctx context.Context, watch, channel id.ID, last int64) error
	// InsertNotice fills in ID and Created, and moves the channel past its hits.
	InsertNotice(ctx context.Context, n *Notice) error
	// CountNotices counts the notices of a channel made since.
	CountNotices(ctx context.Context, channel id.ID, since time.Time) (int, error)
	UpdateNotice(ctx context.Context, n Notice) error
	Notice(ctx context.Context, s sharing.Scope, n id.ID) (Notice, error)
	// Notices lists newest first.
	Notices(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Notice, string, error)
	// QueuedNotices returns notices that were made before and are neither sent nor given up.
	QueuedNotices(ctx context.Context, s sharing.Scope, before time.Time, limit int) ([]id.ID, error)
	// PurgeHits removes hits and ended notices from before.
	PurgeHits(ctx context.Context, before time.Time) error
}

// Waiting are the hits of a watch that a channel has not heard of.
type Waiting struct {
	Watch, Channel id.ID
	Window         time.Duration
	Muted          time.Time
	PerHour        int
	First, Last    int64
	Hits           int64
	Oldest         time.Time
}

// Condition is what a watch looks for.
type Condition struct {
	Query        query.Node // nil: everything
	Asset        id.ID      // hits on this asset
	AnyAsset     bool       // hits on any asset of Org
	Org          id.ID
	AcceptedOnly bool
	// Reports: reports without a matching claim are found too.
	Reports bool
}

// Range is a range of ids from the change log.
type Range struct{ First, Last id.ID }

// Finder finds what is new.
type Finder interface {
	// NewClaims returns the live claims in the ranges that match and that the scope sees, in id order,
	// at most limit.
	NewClaims(ctx context.Context, s sharing.Scope, c Condition, ranges []Range, limit int) ([]Hit, error)
	// NewReports does so for reports.
	NewReports(ctx context.Context, s sharing.Scope, c Condition, ranges []Range, limit int) ([]Hit, error)
}
