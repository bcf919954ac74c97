package source

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Builtin returns the organisation's built-in source of a kind (drop, cli), making it the first time. It
// needs intel.write: whoever may add may also add the first.
func (s *Service) Builtin(ctx context.Context, a sharing.Actor, org id.ID, kind string) (Source, error) {
	if err := a.Need(sharing.WriteIntel); err != nil {
		return Source{}, err
	}
	if kind != KindDrop && kind != KindCLI {
		return Source{}, errs.New(errs.Invalid, "source_kind", "There is no built-in source of the kind {kind}.", "kind", kind)
	}
	if org == 0 || !a.MayEdit(org) {
		return Source{}, errs.New(errs.Forbidden, "not_owner", "Sources are made by their own organisation.").At("org")
	}
	system := sharing.SystemActor("built-in sources", org)
	src, err := s.o.Store.BuiltinSource(ctx, system.Scope, org, kind)
	if errs.KindOf(err) != errs.NotFound {
		return s.shown(a, src), err
	}
	err = s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Store.LockSources(ctx); err != nil {
			return err
		}
		src, err = s.o.Store.BuiltinSource(ctx, system.Scope, org, kind)
		if errs.KindOf(err) != errs.NotFound {
			return err
		}
		name := map[string]string{KindDrop: "Drop", KindCLI: "Command line"}[kind]
		src = Source{
			Kind: kind, Org: org, Publisher: name, Plane: Intranet, Enabled: true, Builtin: true, Config: jsonx.Raw("{}"),
			ACL: sharing.ACL{Owner: org}, ClaimACL: defaultLabel(nil), Tags: []string{}, SecretsSet: []string{},
		}
		src.ClaimACL.Owner = org
		return s.insertNamed(ctx, system, &src, name)
	})
	return s.shown(a, src), err
}

// insertNamed inserts under the first free of name, "name 2", "name 3" …
func (s *Service) insertNamed(ctx context.Context, a sharing.Actor, src *Source, name string) error {
	for try := 1; ; try++ {
		src.Name = name
		if try > 1 {
			src.Name = fmt.Sprintf("%s %d", name, try)
		}
		taken, _, err := s.o.Store.Sources(ctx, a.Scope, Filter{Org: src.Org, Match: src.Name}, report.Page{Limit: 1000})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(taken, func(t Source) bool { return fold(t.Name) == fold(src.Name) }) {
			continue
		}
		if err := s.o.Store.InsertSource(ctx, src, time.Time{}); err != nil {
			return err
		}
		return s.note(ctx, a, change.Create, nil, src)
	}
}

// Install makes a source from a preset (d.Options.Preset names it), switched off; when the organisation has
// one from that preset already, it is returned as it is.
func (s *Service) Install(ctx context.Context, a sharing.Actor, d Draft) (Source, error) {
	if d.Options.Preset == "" {
		return Source{}, errs.New(errs.Invalid, "preset_missing", "The draft does not name a preset.")
	}
	org := d.Org
	if org == 0 {
		org = a.Org
	}
	have, _, err := s.List(ctx, a, Filter{Org: org, Preset: d.Options.Preset}, report.Page{Limit: 1})
	if err != nil || len(have) > 0 {
		return append(have, Source{})[0], err
	}
	d.Enabled = false
	return s.Create(ctx, a, d)
}
