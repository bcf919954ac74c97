package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/watch"
)

func (s *Server) channelRoutes() {
	rule := Rule{Need: sharing.ManageWatches}
	register(s, op{Method: "GET", Path: "/channels/kinds", ID: "channel-kinds", Tag: "channels", Summary: "Kinds of channel with their forms", Rule: rule}, s.channelKinds)
	register(s, op{Method: "GET", Path: "/channels", ID: "list-channels", Tag: "channels", Summary: "Ways out of the organisation", Rule: rule, Doc: "In the order of names."}, s.listChannels)
	register(s, op{Method: "POST", Path: "/channels", ID: "create-channel", Tag: "channels", Summary: "Make a channel", Rule: rule, Status: http.StatusCreated}, s.createChannel)
	register(s, op{Method: "GET", Path: "/channels/{id}", ID: "get-channel", Tag: "channels", Summary: "A channel", Rule: rule}, s.getChannel)
	register(s, op{Method: "PATCH", Path: "/channels/{id}", ID: "edit-channel", Tag: "channels", Summary: "Change a channel", Rule: rule, Doc: "Its maker may, and who manages the organisation's users."}, s.editChannel)
	register(s, op{Method: "DELETE", Path: "/channels/{id}", ID: "delete-channel", Tag: "channels", Summary: "Delete a channel", Rule: rule, Doc: "Watches that use it go on without it."}, s.deleteChannel)
	register(s, op{Method: "POST", Path: "/channels/{id}/restore", ID: "restore-channel", Tag: "channels", Summary: "Bring a deleted channel back", Rule: rule, Doc: "Switched off."}, s.restoreChannel)
	register(s, op{Method: "POST", Path: "/channels/{id}/test", ID: "test-channel", Tag: "channels", Summary: "Send a test message", Rule: rule, Doc: "Answers when the receiver took it, or with what went wrong."}, s.testChannel)
}

// channelKindShape is a kind of channel.
type channelKindShape struct {
	Name   string      `json:"name"`
	Label  textShape   `json:"label"`
	Help   textShape   `json:"help"`
	Fields []formField `json:"fields"`
	Count  int         `json:"count,omitempty" doc:"At most so many messages reach the receiver …"`
	Per    int         `json:"per_seconds,omitempty" doc:"… in so many seconds."`
}

func (s *Server) channelKinds(context.Context, *empty) (*body[list[channelKindShape]], error) {
	out := []channelKindShape{}
	for _, k := range s.o.Watches.Kinds() {
		fields, err := fieldsOf(k.Fields)
		if err != nil {
			return nil, err
		}
		out = append(out, channelKindShape{Name: k.Name, Label: textShape(k.Label), Help: textShape(k.Help), Fields: fields, Count: k.Count, Per: int(k.Per / time.Second)})
	}
	return page(out, ""), nil
}

// channelShape is a way out. Its secrets are write-only.
type channelShape struct {
	ID         string      `json:"id"`
	Owner      string      `json:"owner"`
	Kind       string      `json:"kind" example:"feishu"`
	Name       string      `json:"name"`
	Config     jsonx.Raw   `json:"config"`
	SecretsSet []string    `json:"secrets_set"`
	TLP        marking.TLP `json:"tlp" doc:"The highest that may leave."`
	PerHour    int         `json:"per_hour" doc:"Messages of an hour; hits beyond come together later."`
	Enabled    bool        `json:"enabled"`
	Error      string      `json:"last_error,omitempty"`
	Created    time.Time   `json:"created"`
	Modified   time.Time   `json:"modified"`
	Version    int64       `json:"version"`
	Deleted    bool        `json:"deleted,omitempty"`
}

func channelOf(c watch.Channel) channelShape {
	return channelShape{
		ID: ref(c.ID), Owner: ref(c.Owner), Kind: c.Kind, Name: c.Name, Config: c.Config, SecretsSet: some(c.SecretsSet), TLP: c.TLP, PerHour: c.PerHour, Enabled: c.Enabled,
		Error: c.Error, Created: c.Created, Modified: c.Modified, Version: c.Version, Deleted: c.Deleted,
	}
}

type listChannelsIn struct {
	Cursor  string `query:"cursor"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Q       string `query:"q" maxLength:"300" doc:"Part of the name."`
	Enabled string `query:"enabled" enum:"true,false"`
	Deleted bool   `query:"deleted" doc:"Only deleted ones."`
}

func (s *Server) listChannels(ctx context.Context, in *listChannelsIn) (*body[list[channelShape]], error) {
	f := watch.Filter{Match: in.Q, Enabled: truth(in.Enabled), Deleted: in.Deleted}
	found, next, err := s.o.Watches.Channels(ctx, auth.ActorFrom(ctx), f, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, channelOf), next), err
}

type createChannelIn struct {
	Body struct {
		Kind    string            `json:"kind" minLength:"1" maxLength:"100"`
		Name    string            `json:"name" minLength:"1" maxLength:"300"`
		Config  jsonx.Raw         `json:"config,omitempty" doc:"The fields of the kind."`
		Secrets map[string]string `json:"secrets,omitempty" doc:"Write-only."`
		PerHour int               `json:"per_hour,omitempty" minimum:"0" maximum:"10000" doc:"0 means 30."`
		Enabled *bool             `json:"enabled,omitempty" doc:"Default true."`
	}
}

func (s *Server) createChannel(ctx context.Context, in *createChannelIn) (*body[channelShape], error) {
	b := in.Body
	c, err := s.o.Watches.CreateChannel(ctx, auth.ActorFrom(ctx), watch.ChannelDraft{
		Kind: b.Kind, Name: b.Name, Config: b.Config, Secrets: b.Secrets, PerHour: b.PerHour, Enabled: b.Enabled == nil || *b.Enabled,
	})
	return answer(channelOf(c)), s.form(ctx, err)
}

func (s *Server) getChannel(ctx context.Context, in *idPath) (*body[channelShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	c, err := s.o.Watches.Channel(ctx, auth.ActorFrom(ctx), n)
	return answer(channelOf(c)), err
}

type editChannelIn struct {
	ID   string `path:"id"`
	Body struct {
		Version int64             `json:"version,omitempty"`
		Name    *string           `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Config  jsonx.Raw         `json:"config,omitempty"`
		Secrets map[string]string `json:"secrets,omitempty" doc:"Sets the named ones; an empty value removes one."`
		PerHour *int              `json:"per_hour,omitempty" minimum:"0" maximum:"10000"`
		Enabled *bool             `json:"enabled,omitempty"`
	}
}

func (s *Server) editChannel(ctx context.Context, in *editChannelIn) (*body[channelShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	version, err := versionOr(b.Version, s.channelVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	c, err := s.o.Watches.UpdateChannel(ctx, actor, n, watch.ChannelEdit{
		Version: version, Name: b.Name, Config: given(b.Config), Secrets: b.Secrets, PerHour: b.PerHour, Enabled: b.Enabled,
	})
	return answer(channelOf(c)), s.form(ctx, err)
}

func (s *Server) channelVersion(ctx context.Context, actor sharing.Actor, n id.ID) func() (int64, error) {
	return func() (int64, error) {
		c, err := s.o.Watches.Channel(ctx, actor, n)
		return c.Version, err
	}
}

func (s *Server) deleteChannel(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.channelVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	return nil, s.o.Watches.DeleteChannel(ctx, actor, n, version)
}

func (s *Server) restoreChannel(ctx context.Context, in *versioned) (*body[channelShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.channelVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	if err := s.o.Watches.RestoreChannel(ctx, actor, n, version); err != nil {
		return nil, err
	}
	c, err := s.o.Watches.Channel(ctx, actor, n)
	return answer(channelOf(c)), err
}

type testChannelIn struct {
	ID   string `path:"id"`
	Lang string `query:"lang" enum:"en,zh" default:"en"`
}

func (s *Server) testChannel(ctx context.Context, in *testChannelIn) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.o.Watches.Test(ctx, actor, n, in.Lang)
}
