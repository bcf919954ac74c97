package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/reply"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/taxonomy"
	"github.com/vedette-ti/vedette/internal/watch"
)

// Options are the services behind the API.
type Options struct {
	Version  string
	Auth     *auth.Authenticator
	Accounts *account.Service
	Reports  *report.Service
	Assess   *assess.Service
	Sources  *source.Service
	Share    *share.Service
	Ingest   *ingest.Engine

	Audit      *audit.Service
	Watches    *watch.Service
	Playbooks  *playbook.Service
	Quarantine *quarantine.Service
	Jobs       *jobs.Service
	// Presets lists public sources; Settings is the configuration as it may be shown.
	Presets  func() ([]Preset, error)
	Settings []Setting

	Assets   *asset.Service
	Taxonomy *taxonomy.Service
	Queue    bus.Queue
	Drops    Drops
	// Fetch gets a page for a dropped address, by the egress rules.
	Fetch   func(ctx context.Context, address string) (feed.Item, error)
	Changes change.Log
	// LastChange is the number of the newest entry of the change log.
	LastChange func(ctx context.Context) (int64, error)
	Names      Names
	Tallies    assess.Tallies
	Blobs      blob.Store
	// Replies remembers answers under an Idempotency-Key; nil: keys are not looked at.
	Replies *reply.Service
	// MaxBody bounds request bodies, MaxUpload uploaded files, in bytes.
	MaxBody, MaxUpload int64
	// Wake makes the scheduler look for due sources at once.
	Wake  func()
	Clock func() time.Time
	Log   *slog.Logger
}

// Names resolves the names of sources.
type Names interface {
	SourceNames(ctx context.Context, ids []id.ID) (map[id.ID]share.SourceName, error)
}

// Drops tells what became of what was dropped.
type Drops interface {
	// Worked reports whether the pipeline wrote something of a message, and whether it put it into quarantine.
	Worked(ctx context.Context, consumer, message string) (written, refused bool, err error)
	// ReportsWith lists visible reports of a source that hold a document with these bytes, newest first.
	ReportsWith(ctx context.Context, s sharing.Scope, source id.ID, content blob.Hash) ([]id.ID, error)
}

// register shows every area of the API.
func (s *Server) register() {
	useProblems()
	s.metaRoutes()
	s.reportRoutes()
	s.documentRoutes()
	s.claimRoutes()
	s.observableRoutes()
	s.searchRoutes()
	s.dropRoutes()
	s.homeRoutes()
	s.eventRoutes()
	s.adminRoutes()
}
