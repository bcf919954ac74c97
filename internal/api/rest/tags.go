package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

func (s *Server) tagRoutes() {
	read, write := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.WriteIntel}
	register(s, op{Method: "GET", Path: "/tags", ID: "list-tags", Tag: "tags", Summary: "Tags in use", Rule: read, Doc: "In the order of names, with the number of items that the viewer may see."}, s.listTags)
	register(s, op{Method: "GET", Path: "/tags/suggest", ID: "suggest-tags", Tag: "tags", Summary: "Suggest tags", Rule: read, Doc: "Tags in use and words of the enabled taxonomies that contain a text, beginnings first."}, s.suggestTags)
	register(s, op{Method: "POST", Path: "/tags", ID: "create-tag", Tag: "tags", Summary: "Make a tag", Rule: write, Status: http.StatusCreated}, s.createTag)
	register(s, op{Method: "PATCH", Path: "/tags", ID: "edit-tag", Tag: "tags", Summary: "Change colour and description of a tag", Rule: write, Doc: "The name is in the body, since names of tags have slashes and quotes."}, s.editTag)
}

// tagInfo is a label that was used or made here.
type tagInfo struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Colour      string    `json:"colour,omitempty" example:"#0a4b6c"`
	Description string    `json:"description,omitempty"`
	Uses        int64     `json:"uses"`
	Created     time.Time `json:"created"`
	Version     int64     `json:"version"`
	Expanded    string    `json:"expanded,omitempty" doc:"What a taxonomy says that it means."`
}

func (s *Server) tagOf(t taxonomy.Tag) tagInfo {
	out := tagInfo{ID: ref(t.ID), Name: t.Name, Colour: t.Colour, Description: t.Description, Uses: t.Uses, Created: t.Created, Version: t.Version}
	if w, ok := s.o.Taxonomy.Word(t.Name); ok {
		out.Expanded = w.Expanded
		if out.Colour == "" {
			out.Colour = w.Colour
		}
	}
	return out
}

type listTagsIn struct {
	Q      string `query:"q" maxLength:"300" doc:"Part of the name."`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

func (s *Server) listTags(ctx context.Context, in *listTagsIn) (*body[list[tagInfo]], error) {
	found, err := s.o.Taxonomy.Tags(ctx, auth.ActorFrom(ctx).Scope, taxonomy.TagQuery{Contains: in.Q, After: in.Cursor, Limit: in.Limit})
	next := ""
	if len(found) == in.Limit {
		next = taxonomy.TagKey(found[len(found)-1].Name)
	}
	return page(shapes(found, s.tagOf), next), err
}

// suggestion is a tag that somebody may mean.
type suggestion struct {
	Name     string `json:"name"`
	Expanded string `json:"expanded,omitempty"`
	Colour   string `json:"colour,omitempty"`
	InUse    bool   `json:"in_use"`
}

type suggestIn struct {
	Q     string `query:"q" maxLength:"300"`
	Limit int    `query:"limit" default:"20" minimum:"1" maximum:"100"`
}

func (s *Server) suggestTags(ctx context.Context, in *suggestIn) (*body[list[suggestion]], error) {
	used, err := s.o.Taxonomy.Tags(ctx, auth.ActorFrom(ctx).Scope, taxonomy.TagQuery{Contains: in.Q, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out, seen := []suggestion{}, map[string]bool{}
	for _, t := range used {
		shape := s.tagOf(t)
		seen[taxonomy.TagKey(t.Name)] = true
		out = append(out, suggestion{Name: t.Name, Expanded: shape.Expanded, Colour: shape.Colour, InUse: true})
	}
	for _, w := range s.o.Taxonomy.Suggest(in.Q, in.Limit) {
		if len(out) < in.Limit && !seen[taxonomy.TagKey(w.Name)] {
			out = append(out, suggestion{Name: w.Name, Expanded: w.Expanded, Colour: w.Colour})
		}
	}
	return page(out, ""), nil
}

type createTagIn struct {
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"1000"`
		Colour      string `json:"colour,omitempty" maxLength:"7"`
		Description string `json:"description,omitempty" maxLength:"2000"`
	}
}

func (s *Server) createTag(ctx context.Context, in *createTagIn) (*body[tagInfo], error) {
	t, err := s.o.Taxonomy.CreateTag(ctx, auth.ActorFrom(ctx), taxonomy.Tag{Name: in.Body.Name, Colour: in.Body.Colour, Description: in.Body.Description})
	return answer(s.tagOf(t)), err
}

type editTagIn struct {
	Body struct {
		Name        string  `json:"name" minLength:"1" maxLength:"1000"`
		Version     int64   `json:"version,omitempty"`
		Colour      *string `json:"colour,omitempty" maxLength:"7"`
		Description *string `json:"description,omitempty" maxLength:"2000"`
	}
}

func (s *Server) editTag(ctx context.Context, in *editTagIn) (*body[tagInfo], error) {
	actor := auth.ActorFrom(ctx)
	t, err := s.o.Taxonomy.Tag(ctx, actor.Scope, in.Body.Name)
	if err != nil {
		return nil, err
	}
	if in.Body.Version != 0 {
		t.Version = in.Body.Version
	}
	if in.Body.Colour != nil {
		t.Colour = *in.Body.Colour
	}
	if in.Body.Description != nil {
		t.Description = *in.Body.Description
	}
	t, err = s.o.Taxonomy.UpdateTag(ctx, actor, t)
	return answer(s.tagOf(t)), err
}
