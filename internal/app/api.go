package app

import (
	"context"
	"net/http"

	"github.com/vedette-ti/vedette/internal/api/rest"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/feed"
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
		Assets: a.Assets, Taxonomy: a.Taxonomy, Queue: a.Queue, Drops: a.DB, Fetch: a.fetchPage,
		Changes: a.DB, Names: a.DB, Tallies: a.DB, Blobs: a.Blobs, Replies: replies, MaxBody: int64(a.cfg.Limits.Body), MaxUpload: int64(a.cfg.Limits.Upload), Wake: a.Wake, Clock: a.o.Clock, Log: a.log,
	})
}

// fetchPage gets a page that somebody dropped the address of.
func (a *App) fetchPage(ctx context.Context, address string) (feed.Item, error) {
	env := feed.Env{HTTP: a.Egress.HTTP(egress.Untrusted), Clock: a.o.Clock, Log: a.log}
	return feed.Access{}.Page(ctx, env, feed.Poll{}.Filled(), address, address, int64(a.cfg.Limits.Document))
}
