package source

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Store is what the store gives. Writes join the transaction of ctx and need one. Unknown or invisible items
// are errs.NotFound, a version that is no longer the stored one errs.Conflict "stale", a name that the
// organisation uses already errs.Conflict "exists".
type Store interface {
	Sources
	Runs
}

// Sources holds what people configure.
type Sources interface {
	InternACL(ctx context.Context, a sharing.ACL) (sharing.ACLID, error)
	// InsertSource fills in ID, UUID, Created, Modified and Version, and makes the state with next as the next visit (zero: none).
	InsertSource(ctx context.Context, s *Source, next time.Time) error
	// UpdateSource writes every field of the row whose version is s.Version, and raises it.
	UpdateSource(ctx context.Context, s *Source) error
	// SetSourceSecrets replaces the sealed secrets (nil: none) and the names of those that are set.
	SetSourceSecrets(ctx context.Context, n id.ID, sealed []byte, names []string) error
	SourceSecrets(ctx context.Context, s sharing.Scope, n id.ID) ([]byte, error)
	// Source returns deleted ones too.
	Source(ctx context.Context, s sharing.Scope, n id.ID) (Source, error)
	// Sources lists in the order of folded names; f.Status is the service's.
	Sources(ctx context.Context, s sharing.Scope, f Filter, p report.Page) ([]Source, string, error)
	// BuiltinSource returns the organisation's built-in source of a kind; errs.NotFound.
	BuiltinSource(ctx context.Context, s sharing.Scope, org id.ID, kind string) (Source, error)
	// LockSources makes transactions that make or schedule sources wait for each other.
	LockSources(ctx context.Context) error
}

// Runs holds what the machine remembers.
type Runs interface {
	// LeaseSources gives the enabled sources that are due at now, longest due first, to owner until then.
	LeaseSources(ctx context.Context, owner string, now, until time.Time, limit int) ([]id.ID, error)
	// ExtendSourceLease returns false when the lease is somebody else's.
	ExtendSourceLease(ctx context.Context, n id.ID, owner string, until time.Time) (bool, error)
	// SaveSourceState writes next visit, failures, dates and error, and drops the lease.
	SaveSourceState(ctx context.Context, n id.ID, st State) error
	SetSourceNextRun(ctx context.Context, n id.ID, at time.Time) error
	SourceCursor(ctx context.Context, s sharing.Scope, n id.ID) ([]byte, error)
	SetSourceCursor(ctx context.Context, n id.ID, cursor []byte) error
	// InsertSourceRun fills in ID and marks unfinished runs of the source as aborted.
	InsertSourceRun(ctx context.Context, r *Run) error
	UpdateSourceRun(ctx context.Context, r Run) error
	SourceRun(ctx context.Context, s sharing.Scope, n id.ID) (Run, error)
	// SourceRuns lists runs of a source, newest first, without logs.
	SourceRuns(ctx context.Context, s sharing.Scope, n id.ID, p report.Page) ([]Run, string, error)
	// PurgeSourceRuns keeps the newest runs of a source.
	PurgeSourceRuns(ctx context.Context, n id.ID, keep int) error
}
