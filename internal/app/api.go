package app

import (
	"context"
	"net/http"

	"github.com/vedette-ti/vedette/internal/api/rest"
	"github.com/vedette-ti/vedette/internal/reply"
)

// buildAPI hands the services to the REST API.
func (a *App) buildAPI(context.Context) (http.Handler, error) {
	replies, err := reply.New(a.DB, a.Box, a.o.Clock)
	if err != nil {
		return nil, err
	}
	return rest.New(rest.Options{
		Version: Version, Auth: a.Auth, Accounts: a.Accounts, Reports: a.Reports, Assess: a.Assess, Sources: a.Sources, Share: a.Share, Ingest: a.Ingest,
		Changes: a.DB, Names: a.DB, Tallies: a.DB, Blobs: a.Blobs, Replies: replies, MaxBody: int64(a.cfg.Limits.Body), MaxUpload: int64(a.cfg.Limits.Upload), Wake: a.Wake, Clock: a.o.Clock, Log: a.log,
	})
}
