package app

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/assess"
	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/auth"
	exportall "github.com/vedette-ti/vedette/internal/export/all"
	feedall "github.com/vedette-ti/vedette/internal/feed/all"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
	"github.com/vedette-ti/vedette/internal/taxonomy"
	"github.com/vedette-ti/vedette/internal/translate/misp"
)

func (a *App) buildAccounts(ctx context.Context) (err error) {
	if a.Audit, err = audit.New(audit.Options{Store: a.DB, Tx: a.DB, Box: a.Box, Redactor: a.o.Redactor, Clock: a.o.Clock, Log: a.log}); err != nil {
		return err
	}
	a.Accounts, err = account.New(account.Options{
		Store: a.DB, Tx: a.DB, Changes: a.DB, Audit: a.Audit, Box: a.Box, Clock: a.o.Clock, Log: a.log,
		SessionIdle: a.cfg.Session.Idle, SessionMax: a.cfg.Session.Max,
	})
	if err != nil {
		return err
	}
	if err := a.Accounts.Prepare(ctx); err != nil {
		return err
	}
	var proxies []netip.Prefix
	for _, p := range a.cfg.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return fmt.Errorf("trusted_proxies: %w", err)
		}
		proxies = append(proxies, prefix)
	}
	a.Auth, err = auth.New(auth.Options{Accounts: a.Accounts, PublicURL: a.cfg.PublicURL, TLS: a.cfg.TLS.Cert != "", TrustedProxies: proxies, Clock: a.o.Clock})
	return err
}

func (a *App) buildNouns(context.Context) (err error) {
	a.Reports, err = report.New(report.Options{Tx: a.DB, Bulk: a.DB, Store: a.DB, Corrections: a.DB, Remarks: a.DB, Changes: a.DB, Mean: misp.Mean, Clock: a.o.Clock, Log: a.log})
	if err != nil {
		return err
	}
	if a.Taxonomy, err = taxonomy.New(taxonomy.Options{Tx: a.DB, Packs: a.DB, Tags: a.DB, Changes: a.DB, Blobs: a.Blobs, Clock: a.o.Clock, Log: a.log}); err != nil {
		return err
	}
	if a.Assets, err = asset.New(asset.Options{Store: a.DB, Values: a.DB, Tx: a.DB, Changes: a.DB, Clock: a.o.Clock}); err != nil {
		return err
	}
	if a.Sources, err = source.New(source.Options{Store: a.DB, Tx: a.DB, Changes: a.DB, Box: a.Box, Kinds: feedall.Kinds(), Clock: a.o.Clock, Log: a.log}); err != nil {
		return err
	}
	if a.Quarantine, err = quarantine.New(quarantine.Options{Store: a.DB, Tx: a.DB, Changes: a.DB, Replayer: replayer{a}, Clock: a.o.Clock}); err != nil {
		return err
	}
	a.Jobs = jobs.New(jobs.ServiceOptions{Store: a.DB, Run: a.DB, Changes: a.DB, Labels: a.DB, Clock: a.o.Clock, Log: a.log})
	a.Assess = assess.New(a.DB, a.o.Clock, a.listsOf)
	a.Share, err = share.New(share.Options{
		Store: a.DB, Reports: a.DB, Review: a.Reports, Assess: a.Assess, Changes: a.DB, Blobs: a.Blobs, Tx: a.DB, Formats: exportall.List(),
		Lists: a.Taxonomy.Loaded, Own: a.own, Producer: a.producer, Viewer: a.viewer, Clock: a.o.Clock,
	})
	return err
}

// listsOf tells which lists hold a value that nobody has claimed.
func (a *App) listsOf(v observable.Value) []id.ID {
	m, err := a.Taxonomy.Loaded()
	if err != nil {
		return nil
	}
	var out []id.ID
	for _, h := range m.Match(v) {
		out = append(out, h.List)
	}
	return out
}

func (a *App) own(ctx context.Context, org id.ID, v observable.Value) (bool, error) {
	m, err := a.Assets.Matcher(ctx, org)
	if err != nil {
		return false, err
	}
	return m.Own(v), nil
}

// viewer rebuilds the actor of an export's owner. Exports made on the command line of the data folder have
// no account: they see what the organisation's administrators see.
func (a *App) viewer(ctx context.Context, user id.ID) (sharing.Actor, error) {
	if user == 0 {
		return LocalOperator(), nil
	}
	return a.Accounts.ActorFor(ctx, user, "export")
}

// LocalOperator is whoever may open the data folder itself: nothing in it can be hidden from them.
func LocalOperator() sharing.Actor {
	actor := sharing.SystemActor("local operator", account.HostOrganisation)
	actor.Name, actor.Via = "local operator", "cli"
	return actor
}
