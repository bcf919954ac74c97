package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

func (s *Server) sourceRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageSources}
	register(s, op{Method: "GET", Path: "/sources/kinds", ID: "source-kinds", Tag: "sources", Summary: "Kinds of source with their forms", Rule: read}, s.sourceKinds)
	register(s, op{Method: "GET", Path: "/sources/presets", ID: "source-presets", Tag: "sources", Summary: "Public sources that can be switched on", Rule: read}, s.sourcePresets)
	register(s, op{Method: "POST", Path: "/sources/presets/{preset}/install", ID: "install-preset", Tag: "sources", Summary: "Make a source from a preset", Rule: manage, Doc: "Switched off; one that was made before is returned as it is."}, s.installPreset)
	register(s, op{Method: "GET", Path: "/sources", ID: "list-sources", Tag: "sources", Summary: "List sources", Rule: read, Doc: "In the order of names, with their health."}, s.listSources)
	register(s, op{Method: "POST", Path: "/sources", ID: "create-source", Tag: "sources", Summary: "Make a source", Rule: manage, Status: http.StatusCreated}, s.createSource)
	register(s, op{Method: "POST", Path: "/sources/preview", ID: "preview-source", Tag: "sources", Summary: "Dry run of a draft", Rule: manage, Doc: "Visits the source, keeps nothing, and shows what its first items would bring. With id the stored secrets of that source are used where the draft gives none.", Repeatable: true}, s.previewSource)
	register(s, op{Method: "GET", Path: "/sources/{id}", ID: "get-source", Tag: "sources", Summary: "A source", Rule: read, Doc: "Configuration and secrets' names are shown to its own organisation."}, s.getSource)
	register(s, op{Method: "PATCH", Path: "/sources/{id}", ID: "edit-source", Tag: "sources", Summary: "Change a source", Rule: manage, Doc: "A changed configuration is read from the start; known items change nothing."}, s.editSource)
	register(s, op{Method: "DELETE", Path: "/sources/{id}", ID: "delete-source", Tag: "sources", Summary: "Delete a source", Rule: manage, Doc: "What it brought stays. Restore brings it back, switched off."}, s.deleteSource)
	register(s, op{Method: "POST", Path: "/sources/{id}/restore", ID: "restore-source", Tag: "sources", Summary: "Bring a deleted source back", Rule: manage}, s.restoreSource)
	s.sourceRunRoutes()
}

// textShape is a text in the languages of the console.
type textShape struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// formField is one field of a form.
type formField struct {
	Name     string    `json:"name"`
	Type     string    `json:"type" enum:"string,url,path,integer,boolean,choice,lines,mapping,secret"`
	Label    textShape `json:"label"`
	Help     textShape `json:"help"`
	Required bool      `json:"required"`
	Default  jsonx.Raw `json:"default,omitempty"`
	Choices  []string  `json:"choices,omitempty"`
}

// kindShape is a kind of source or of channel.
type kindShape struct {
	Name   string      `json:"name"`
	Label  textShape   `json:"label"`
	Help   textShape   `json:"help"`
	Fields []formField `json:"fields"`
	Push   bool        `json:"push" doc:"Not visited: items are brought to it."`
}

func fieldsOf(list []feed.Field) ([]formField, error) {
	out := make([]formField, len(list))
	for i, f := range list {
		out[i] = formField{Name: f.Name, Type: string(f.Type), Label: textShape(f.Label), Help: textShape(f.Help), Required: f.Required, Choices: f.Choices}
		if f.Default != nil {
			b, err := jsonx.Marshal(f.Default)
			if err != nil {
				return nil, err
			}
			out[i].Default = b
		}
	}
	return out, nil
}

func (s *Server) sourceKinds(context.Context, *empty) (*body[list[kindShape]], error) {
	out := []kindShape{}
	for _, k := range s.o.Sources.Kinds() {
		fields, err := fieldsOf(k.Fields)
		if err != nil {
			return nil, err
		}
		out = append(out, kindShape{Name: k.Name, Label: textShape(k.Label), Help: textShape(k.Help), Fields: fields, Push: k.Push})
	}
	return page(out, ""), nil
}

// Preset describes a public source; Draft is what it would become.
type Preset struct {
	ID                  string
	Name, Help          feed.Text
	Homepage            string
	Licence, LicenceURL string
	Lang                string
	Secrets             []string
	Draft               source.Draft
}

// presetShape is a preset as clients see it.
type presetShape struct {
	ID          string              `json:"id"`
	Name        textShape           `json:"name"`
	Help        textShape           `json:"help"`
	Kind        string              `json:"kind"`
	Homepage    string              `json:"homepage"`
	Licence     string              `json:"licence"`
	LicenceURL  string              `json:"licence_url,omitempty"`
	Lang        string              `json:"lang"`
	Secrets     []string            `json:"secrets" doc:"Credentials without which it answers nothing."`
	Schedule    string              `json:"schedule"`
	Reliability marking.Reliability `json:"reliability"`
	TLP         marking.TLP         `json:"tlp"`
	Tags        []string            `json:"tags"`
	Source      string              `json:"source,omitempty" doc:"Id of the source that the organisation made from it."`
}

func (s *Server) sourcePresets(ctx context.Context, _ *empty) (*body[list[presetShape]], error) {
	actor := auth.ActorFrom(ctx)
	have := map[string]string{}
	for cursor := ""; ; {
		found, next, err := s.o.Sources.List(ctx, actor, source.Filter{Org: actor.Org}, pageOf(cursor, 1000))
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			if x.Options.Preset != "" {
				have[x.Options.Preset] = ref(x.ID)
			}
		}
		if cursor = next; next == "" {
			break
		}
	}
	presets, err := s.o.Presets()
	if err != nil {
		return nil, err
	}
	return page(shapes(presets, func(p Preset) presetShape {
		out := presetShape{
			ID: p.ID, Name: textShape(p.Name), Help: textShape(p.Help), Kind: p.Draft.Kind, Homepage: p.Homepage, Licence: p.Licence, LicenceURL: p.LicenceURL, Lang: p.Lang,
			Secrets: some(p.Secrets), Schedule: p.Draft.Schedule, Reliability: p.Draft.Reliability, Tags: some(p.Draft.Tags), Source: have[p.ID],
		}
		if p.Draft.ClaimACL != nil {
			out.TLP = p.Draft.ClaimACL.TLP
		}
		return out
	}), ""), nil
}

type installPresetIn struct {
	Preset string `path:"preset"`
}

func (s *Server) installPreset(ctx context.Context, in *installPresetIn) (*body[sourceShape], error) {
	presets, err := s.o.Presets()
	if err != nil {
		return nil, err
	}
	for _, p := range presets {
		if p.ID == in.Preset {
			made, err := s.o.Sources.Install(ctx, auth.ActorFrom(ctx), p.Draft)
			return answer(sourceOf(made)), err
		}
	}
	return nil, notFound("preset", in.Preset)
}

// handlingShape says how the pipeline treats items of a source.
type handlingShape struct {
	Hosts      []string `json:"hosts,omitempty" maxItems:"1000" doc:"The publisher's own hosts: their names in texts are not indicators."`
	Follow     bool     `json:"follow,omitempty" doc:"Fetch the pages that items link to."`
	MaxAgeDays int      `json:"max_age_days,omitempty" minimum:"0" doc:"Pass over items published longer ago; 0 takes all."`
	MaxItems   int      `json:"max_items,omitempty" minimum:"0" doc:"Of one visit; the rest comes with the next. 0 is no bound."`
	Types      []string `json:"types,omitempty" maxItems:"200" doc:"Observable types to extract; none means the default ones."`
	Lang       string   `json:"lang,omitempty" maxLength:"20"`
	Preset     string   `json:"preset,omitempty" maxLength:"100" doc:"The preset that it was made from."`
}

// stateShape is what the machine remembers of a source.
type stateShape struct {
	NextRun      *time.Time `json:"next_run,omitempty"`
	Failures     int        `json:"failures" doc:"In a row."`
	LastRun      *time.Time `json:"last_run,omitempty"`
	LastSuccess  *time.Time `json:"last_success,omitempty"`
	LastItem     *time.Time `json:"last_item,omitempty"`
	FailingSince *time.Time `json:"failing_since,omitempty"`
	LastError    string     `json:"last_error,omitempty"`
	Running      bool       `json:"running"`
}

// healthShape is computed from the state.
type healthShape struct {
	Status string     `json:"status" enum:"failing,stale,never,ok,disabled"`
	Since  *time.Time `json:"since,omitempty"`
	Error  string     `json:"error,omitempty"`
}

// sourceShape is a configured origin.
type sourceShape struct {
	ID          string              `json:"id"`
	UUID        string              `json:"uuid"`
	Kind        string              `json:"kind" example:"rss"`
	Name        string              `json:"name"`
	Org         string              `json:"organisation"`
	Label       labelShape          `json:"label" doc:"Who sees the source."`
	Publisher   string              `json:"publisher"`
	Plane       string              `json:"plane" enum:"traffic,files,intranet,extranet"`
	Reliability marking.Reliability `json:"reliability" doc:"Admiralty grade A … F."`
	Config      jsonx.Raw           `json:"config,omitempty"`
	SecretsSet  []string            `json:"secrets_set" doc:"Credentials that have a value; the values are never shown."`
	Schedule    string              `json:"schedule" doc:"@every 15m, @daily, five cron fields in UTC, or empty for only by hand."`
	Enabled     bool                `json:"enabled"`
	Accept      string              `json:"accept" enum:"nothing,stated,all" doc:"What of it is accepted without review."`
	ClaimLabel  labelShape          `json:"claim_label" doc:"The label of what it brings, where that states none."`
	Tags        []string            `json:"tags"`
	Options     handlingShape       `json:"options"`
	Builtin     bool                `json:"builtin"`
	Created     time.Time           `json:"created"`
	Modified    time.Time           `json:"modified"`
	Version     int64               `json:"version"`
	Deleted     bool                `json:"deleted,omitempty"`
	State       stateShape          `json:"state"`
	Health      healthShape         `json:"health"`
}

func trustNames() []string { return []string{"nothing", "stated", "all"} }

func trustOf(name string) source.Trust {
	for i, n := range trustNames() {
		if n == name {
			return source.Trust(i)
		}
	}
	return source.TrustNothing
}

func trustName(t source.Trust) string {
	if names := trustNames(); int(t) >= 0 && int(t) < len(names) {
		return names[t]
	}
	return "nothing"
}

func sourceOf(x source.Source) sourceShape {
	st := x.State
	return sourceShape{
		ID: ref(x.ID), UUID: x.UUID.String(), Kind: x.Kind, Name: x.Name, Org: ref(x.Org), Label: labelOf(x.ACL), Publisher: x.Publisher, Plane: string(x.Plane),
		Reliability: x.Reliability, Config: x.Config, SecretsSet: some(x.SecretsSet), Schedule: x.Schedule, Enabled: x.Enabled, Accept: trustName(x.Accept),
		ClaimLabel: labelOf(x.ClaimACL), Tags: some(x.Tags), Options: handlingShape(x.Options), Builtin: x.Builtin, Created: x.Created, Modified: x.Modified, Version: x.Version,
		Deleted: x.Deleted,
		State: stateShape{
			NextRun: when(st.NextRun), Failures: st.Failures, LastRun: when(st.LastRun), LastSuccess: when(st.LastSuccess), LastItem: when(st.LastItem),
			FailingSince: when(st.FailingSince), LastError: st.LastError, Running: st.Running,
		},
		Health: healthShape{Status: string(x.Health.Status), Since: when(x.Health.Since), Error: x.Health.Error},
	}
}

type listSourcesIn struct {
	Cursor       string `query:"cursor"`
	Limit        int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Q            string `query:"q" maxLength:"300" doc:"Part of the name."`
	Kind         string `query:"kind" maxLength:"100"`
	Organisation string `query:"organisation"`
	Plane        string `query:"plane" enum:"traffic,files,intranet,extranet"`
	Status       string `query:"status" enum:"failing,stale,never,ok,disabled"`
	Tag          string `query:"tag" maxLength:"300"`
	Enabled      string `query:"enabled" enum:"true,false"`
	Deleted      bool   `query:"deleted" doc:"Only deleted ones."`
}

func (s *Server) listSources(ctx context.Context, in *listSourcesIn) (*body[list[sourceShape]], error) {
	org, err := optionalRef(in.Organisation)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Sources.List(ctx, auth.ActorFrom(ctx), source.Filter{
		Match: in.Q, Kind: in.Kind, Org: org, Plane: source.Plane(in.Plane), Status: source.Status(in.Status), Tag: in.Tag, Enabled: truth(in.Enabled), Deleted: in.Deleted,
	}, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, sourceOf), next), err
}

// sourceDraft is a source to be made.
type sourceDraft struct {
	Kind        string               `json:"kind" maxLength:"100" example:"rss"`
	Name        string               `json:"name,omitempty" maxLength:"300" example:"Vendor blog" doc:"Only a dry run may leave it out."`
	Org         string               `json:"organisation,omitempty" doc:"Default: the own one."`
	Label       *labelShape          `json:"label,omitempty" doc:"Default: this community."`
	Publisher   string               `json:"publisher,omitempty" maxLength:"300" doc:"Default: the name."`
	Plane       string               `json:"plane,omitempty" enum:"traffic,files,intranet,extranet"`
	Reliability *marking.Reliability `json:"reliability,omitempty"`
	Config      jsonx.Raw            `json:"config,omitempty" doc:"The fields of the kind."`
	Secrets     map[string]string    `json:"secrets,omitempty" doc:"Write-only."`
	Schedule    string               `json:"schedule,omitempty" maxLength:"200" example:"@every 30m"`
	Enabled     bool                 `json:"enabled,omitempty"`
	Accept      string               `json:"accept,omitempty" enum:"nothing,stated,all"`
	ClaimLabel  *labelShape          `json:"claim_label,omitempty" doc:"Default: this community, TLP:AMBER."`
	Tags        []string             `json:"tags,omitempty" maxItems:"200"`
	Options     *handlingShape       `json:"options,omitempty"`
}

func (d sourceDraft) draft(a sharing.Actor) (source.Draft, error) {
	out := source.Draft{
		Kind: d.Kind, Name: d.Name, Publisher: d.Publisher, Plane: source.Plane(d.Plane), Config: d.Config, Secrets: d.Secrets, Schedule: d.Schedule,
		Enabled: d.Enabled, Accept: trustOf(d.Accept), Tags: d.Tags,
	}
	if d.Reliability != nil {
		out.Reliability = *d.Reliability
	}
	if d.Options != nil {
		out.Options = source.Handling(*d.Options)
	}
	var err error
	if out.Org, err = optionalRef(d.Org); err != nil {
		return out, err
	}
	if out.ACL, err = d.Label.acl(a); err != nil {
		return out, err
	}
	out.ClaimACL, err = d.ClaimLabel.acl(a)
	return out, err
}

type createSourceIn struct {
	Body sourceDraft
}

func (s *Server) createSource(ctx context.Context, in *createSourceIn) (*body[sourceShape], error) {
	actor := auth.ActorFrom(ctx)
	d, err := in.Body.draft(actor)
	if err != nil {
		return nil, err
	}
	made, err := s.o.Sources.Create(ctx, actor, d)
	if err != nil {
		return nil, s.form(ctx, err)
	}
	s.wake()
	return answer(sourceOf(made)), nil
}

func (s *Server) wake() {
	if s.o.Wake != nil {
		s.o.Wake()
	}
}

func (s *Server) getSource(ctx context.Context, in *idPath) (*body[sourceShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	x, err := s.o.Sources.Get(ctx, auth.ActorFrom(ctx), n)
	return answer(sourceOf(x)), err
}

type editSourceIn struct {
	ID   string `path:"id"`
	Body struct {
		Version     int64                `json:"version,omitempty"`
		Name        *string              `json:"name,omitempty" maxLength:"300"`
		Label       *labelShape          `json:"label,omitempty"`
		Publisher   *string              `json:"publisher,omitempty" maxLength:"300"`
		Plane       *string              `json:"plane,omitempty" enum:"traffic,files,intranet,extranet"`
		Reliability *marking.Reliability `json:"reliability,omitempty"`
		Config      jsonx.Raw            `json:"config,omitempty"`
		Secrets     map[string]string    `json:"secrets,omitempty" doc:"Sets the named ones; an empty value removes one."`
		Schedule    *string              `json:"schedule,omitempty" maxLength:"200"`
		Enabled     *bool                `json:"enabled,omitempty"`
		Accept      *string              `json:"accept,omitempty" enum:"nothing,stated,all"`
		ClaimLabel  *labelShape          `json:"claim_label,omitempty"`
		Tags        *[]string            `json:"tags,omitempty" maxItems:"200"`
		Options     *handlingShape       `json:"options,omitempty"`
	}
}

func (s *Server) editSource(ctx context.Context, in *editSourceIn) (*body[sourceShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	e := source.Edit{
		Name: b.Name, Publisher: b.Publisher, Reliability: b.Reliability, Config: given(b.Config), Secrets: b.Secrets, Schedule: b.Schedule, Enabled: b.Enabled, Tags: b.Tags,
	}
	if b.Plane != nil {
		p := source.Plane(*b.Plane)
		e.Plane = &p
	}
	if b.Accept != nil {
		t := trustOf(*b.Accept)
		e.Accept = &t
	}
	if b.Options != nil {
		h := source.Handling(*b.Options)
		e.Options = &h
	}
	if e.ACL, err = b.Label.acl(actor); err != nil {
		return nil, err
	}
	if e.ClaimACL, err = b.ClaimLabel.acl(actor); err != nil {
		return nil, err
	}
	if e.Version, err = versionOr(b.Version, s.sourceVersion(ctx, actor, n)); err != nil {
		return nil, err
	}
	x, err := s.o.Sources.Update(ctx, actor, n, e)
	if err != nil {
		return nil, s.form(ctx, err)
	}
	s.wake()
	return answer(sourceOf(x)), nil
}

func (s *Server) sourceVersion(ctx context.Context, actor sharing.Actor, n id.ID) func() (int64, error) {
	return func() (int64, error) {
		x, err := s.o.Sources.Get(ctx, actor, n)
		return x.Version, err
	}
}

func (s *Server) deleteSource(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.sourceVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	return nil, s.o.Sources.Delete(ctx, actor, n, version)
}

func (s *Server) restoreSource(ctx context.Context, in *versioned) (*body[sourceShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.sourceVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	if err := s.o.Sources.Restore(ctx, actor, n, version); err != nil {
		return nil, err
	}
	x, err := s.o.Sources.Get(ctx, actor, n)
	return answer(sourceOf(x)), err
}
