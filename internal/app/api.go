package app

import (
	"context"
	"net/http"
	"strconv"

	"github.com/vedette-ti/vedette/internal/api/rest"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/preset"
	"github.com/vedette-ti/vedette/internal/reply"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

// buildAPI hands the services to the REST API.
func (a *App) buildAPI(context.Context) (http.Handler, error) {
	replies, err := reply.New(a.DB, a.Box, a.o.Clock)
	if err != nil {
		return nil, err
	}
	return rest.New(rest.Options{
		Version: Version, Auth: a.Auth, Accounts: a.Accounts, Reports: a.Reports, Assess: a.Assess, Sources: a.Sources, Share: a.Share, Ingest: a.Ingest,
		Audit: a.Audit, Watches: a.Watches, Playbooks: a.Playbooks, Quarantine: a.Quarantine, Jobs: a.Jobs, Presets: presets, Settings: a.settings(),
		Assets: a.Assets, Taxonomy: a.Taxonomy, Queue: a.Queue, Drops: a.DB, Fetch: a.fetchPage,
		Changes: a.DB, LastChange: a.DB.LastChange, Names: a.DB, Tallies: a.DB, Blobs: a.Blobs, Replies: replies, MaxBody: int64(a.cfg.Limits.Body), MaxUpload: int64(a.cfg.Limits.Upload), Wake: a.Wake, Clock: a.o.Clock, Log: a.log,
	})
}

// fetchPage gets a page that somebody dropped the address of.
func (a *App) fetchPage(ctx context.Context, address string) (feed.Item, error) {
	env := feed.Env{HTTP: a.Egress.HTTP(egress.Untrusted), Clock: a.o.Clock, Log: a.log}
	return feed.Access{}.Page(ctx, env, feed.Poll{}.Filled(), address, address, int64(a.cfg.Limits.Document))
}

// presets describes the public sources that come with Vedette as what they would become.
func presets() ([]rest.Preset, error) {
	list, err := preset.List()
	if err != nil {
		return nil, err
	}
	out := make([]rest.Preset, len(list))
	for i, p := range list {
		out[i] = rest.Preset{
			ID: p.ID, Name: p.Name, Help: p.Help, Homepage: p.Homepage, Licence: p.Licence, LicenceURL: p.LicenceURL, Lang: p.Lang, Secrets: p.Secrets,
			Draft: source.Draft{
				Kind: p.Kind, Name: p.Name.EN, Config: p.Config, Reliability: p.Reliability, Schedule: "@every " + strconv.Itoa(p.Every) + "m", Tags: p.Tags,
				ClaimACL: &sharing.ACL{Distribution: sharing.Community, TLP: p.TLP}, Options: source.Handling{Preset: p.ID, Lang: p.Lang},
			},
		}
	}
	return out, nil
}

// settings is the configuration as administrators may see it.
func (a *App) settings() []rest.Setting {
	shown := config.Show(a.cfg, a.o.Origins)
	out := make([]rest.Setting, len(shown))
	for i, v := range shown {
		out[i] = rest.Setting{Key: v.Key, Value: v.Value, Origin: v.Origin.String(), Help: v.Help, Env: v.Env}
	}
	return out
}
