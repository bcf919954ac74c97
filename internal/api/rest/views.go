package rest

import (
	"context"
	"net/http"

	"github.com/vedette-ti/vedette/internal/account"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) viewRoutes() {
	rule := Rule{LoggedIn: true}
	register(s, op{Method: "GET", Path: "/views", ID: "list-views", Tag: "views", Summary: "Saved views", Rule: rule, Doc: "The own ones and those shared in the organisation."}, s.listViews)
	register(s, op{Method: "POST", Path: "/views", ID: "create-view", Tag: "views", Summary: "Save a view", Rule: rule, Status: http.StatusCreated, Doc: "It grants nothing: who opens a shared one sees what they may."}, s.createView)
	register(s, op{Method: "PATCH", Path: "/views/{id}", ID: "edit-view", Tag: "views", Summary: "Change a view of one's own", Rule: rule}, s.editView)
	register(s, op{Method: "DELETE", Path: "/views/{id}", ID: "delete-view", Tag: "views", Summary: "Remove a view of one's own", Rule: rule}, s.deleteView)
}

// viewShape is a query of a page under a name.
type viewShape struct {
	ID      string `json:"id"`
	User    string `json:"user"`
	Author  string `json:"author"`
	Page    string `json:"page" example:"reports"`
	Name    string `json:"name"`
	Query   string `json:"query"`
	Shared  bool   `json:"shared" doc:"With the organisation."`
	Own     bool   `json:"own"`
	Version int64  `json:"version"`
}

func viewOf(a sharing.Actor, v account.View) viewShape {
	return viewShape{ID: ref(v.ID), User: ref(v.User), Author: v.Author, Page: v.Page, Name: v.Name, Query: v.Query, Shared: v.Shared, Own: v.User == a.User, Version: v.Version}
}

type listViewsIn struct {
	Page string `query:"page" maxLength:"100"`
}

func (s *Server) listViews(ctx context.Context, in *listViewsIn) (*body[list[viewShape]], error) {
	actor := auth.ActorFrom(ctx)
	found, err := s.o.Accounts.Views(ctx, actor, in.Page)
	return page(shapes(found, func(v account.View) viewShape { return viewOf(actor, v) }), ""), err
}

type createViewIn struct {
	Body struct {
		Page   string `json:"page" minLength:"1" maxLength:"100"`
		Name   string `json:"name" minLength:"1" maxLength:"300"`
		Query  string `json:"query" maxLength:"16384"`
		Shared bool   `json:"shared,omitempty"`
	}
}

func (s *Server) createView(ctx context.Context, in *createViewIn) (*body[viewShape], error) {
	actor := auth.ActorFrom(ctx)
	v, err := s.o.Accounts.CreateView(ctx, actor, account.View{Page: in.Body.Page, Name: in.Body.Name, Query: in.Body.Query, Shared: in.Body.Shared})
	return answer(viewOf(actor, v)), err
}

type editViewIn struct {
	ID   string `path:"id"`
	Body struct {
		Version int64   `json:"version,omitempty"`
		Name    *string `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Query   *string `json:"query,omitempty" maxLength:"16384"`
		Shared  *bool   `json:"shared,omitempty"`
	}
}

func (s *Server) editView(ctx context.Context, in *editViewIn) (*body[viewShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Body.Version, s.viewVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	v, err := s.o.Accounts.EditView(ctx, actor, n, account.ViewEdit{Version: version, Name: in.Body.Name, Query: in.Body.Query, Shared: in.Body.Shared})
	return answer(viewOf(actor, v)), err
}

func (s *Server) viewVersion(ctx context.Context, actor sharing.Actor, n id.ID) func() (int64, error) {
	return func() (int64, error) {
		found, err := s.o.Accounts.Views(ctx, actor, "")
		for _, v := range found {
			if v.ID == n {
				return v.Version, nil
			}
		}
		return 0, err // the service says that there is none
	}
}

func (s *Server) deleteView(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.viewVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	return nil, s.o.Accounts.DeleteView(ctx, actor, n, version)
}
