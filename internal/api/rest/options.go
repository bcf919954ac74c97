package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/ingest"
	"github.com/vedette-ti/vedette/internal/reply"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/source"
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
	Changes  change.Log
	Names    Names
	Tallies  assess.Tallies
	Blobs    blob.Store
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

// register shows every area of the API.
func (s *Server) register() {
	useProblems()
	s.metaRoutes()
	s.reportRoutes()
}
