package app

import (
	"context"
	"net/http"

	"github.com/vedette-ti/vedette/internal/api/rest"
)

// buildAPI hands the services to the REST API.
func (a *App) buildAPI(context.Context) (http.Handler, error) {
	return rest.New(rest.Options{
		Version: Version, Auth: a.Auth, Accounts: a.Accounts, Reports: a.Reports, Assess: a.Assess, Sources: a.Sources, Share: a.Share, Ingest: a.Ingest,
		Changes: a.DB, Names: a.DB, Tallies: a.DB, Blobs: a.Blobs, MaxBody: int64(a.cfg.Limits.Body), MaxUpload: int64(a.cfg.Limits.Upload), Wake: a.Wake, Clock: a.o.Clock, Log: a.log,
	})
}
