package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/share"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) exportRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageExports}
	register(s, op{Method: "GET", Path: "/export", ID: "export", Tag: "exports", Summary: "Export a selection", Rule: read,
		Doc: "Streamed. By default accepted, to_ids, unexpired, under the TLP ceiling, not warning-listed and not ours; all takes everything visible under the ceiling. An export that cannot be finished is cut off, never ended as if it were whole."}, s.export)
	register(s, op{Method: "GET", Path: "/export/formats", ID: "export-formats", Tag: "exports", Summary: "What can be written", Rule: read}, s.exportFormats)
	register(s, op{Method: "GET", Path: "/export/count", ID: "count-export", Tag: "exports", Summary: "What an export would hold, and what it holds back", Rule: read}, s.countExport)
	register(s, op{Method: "GET", Path: "/export/why", ID: "why-export", Tag: "exports", Summary: "Why is, or isn't, a value on a selection?", Rule: read}, s.whySelection)
	register(s, op{Method: "GET", Path: "/exports", ID: "list-exports", Tag: "exports", Summary: "Stable exports of the organisation", Rule: read, Doc: "By name. Each is a URL with a token that gives the same selection, fresh, each time."}, s.listExports)
	register(s, op{Method: "POST", Path: "/exports", ID: "create-export", Tag: "exports", Summary: "Make a stable export", Rule: manage, Status: http.StatusCreated, Doc: "The token is shown once: the URL is /export/TOKEN."}, s.createExport)
	register(s, op{Method: "POST", Path: "/exports/recall", ID: "recall", Tag: "exports", Summary: "Take a value off every export", Rule: manage, Doc: "Rejects its claims everywhere, from now on too, and tells which exports held it and who took them. Undo takes the answer's undo."}, s.recall)
	register(s, op{Method: "GET", Path: "/exports/fetches", ID: "direct-fetches", Tag: "exports", Summary: "Who exported a selection, and when", Rule: manage, Doc: "Newest first."}, s.directFetches)
	register(s, op{Method: "GET", Path: "/exports/{id}", ID: "get-export", Tag: "exports", Summary: "A stable export", Rule: read}, s.getExport)
	register(s, op{Method: "PATCH", Path: "/exports/{id}", ID: "edit-export", Tag: "exports", Summary: "Change a stable export", Rule: manage, Doc: "Whoever changes what another one's export selects lends it their own eyes from then on."}, s.editExport)
	register(s, op{Method: "DELETE", Path: "/exports/{id}", ID: "delete-export", Tag: "exports", Summary: "End a stable export", Rule: manage, Doc: "Its log of fetches stays."}, s.deleteExport)
	register(s, op{Method: "POST", Path: "/exports/{id}/rotate", ID: "rotate-export", Tag: "exports", Summary: "Give a new token", Rule: manage, Doc: "The old one stops at once. From then on the export sees with the eyes of whoever holds the new one."}, s.rotateExport)
	register(s, op{Method: "GET", Path: "/exports/{id}/fetches", ID: "export-fetches", Tag: "exports", Summary: "Who took it, and when", Rule: manage, Doc: "Newest first."}, s.exportFetches)
	register(s, op{Method: "GET", Path: "/exports/{id}/why", ID: "why-on-export", Tag: "exports", Summary: "Why is, or isn't, a value on it?", Rule: read}, s.whyExport)
}

// feedShape is a stable export.
type feedShape struct {
	ID      string      `json:"id"`
	Account string      `json:"account" doc:"Whose eyes it sees with."`
	Name    string      `json:"name"`
	Format  string      `json:"format" example:"text"`
	Query   string      `json:"query"`
	All     bool        `json:"all" doc:"Everything visible, whatever review state, flags and lists."`
	TLP     marking.TLP `json:"tlp" doc:"The highest that leaves."`
	Prefix  string      `json:"token_prefix"`
	Enabled bool        `json:"enabled"`
	Created time.Time   `json:"created"`
	Expires *time.Time  `json:"expires,omitempty"`
	Version int64       `json:"version"`
}

func feedOf(f share.Feed) feedShape {
	return feedShape{
		ID: ref(f.ID), Account: ref(f.Account), Name: f.Name, Format: f.Format, Query: f.Query, All: f.All, TLP: f.TLP, Prefix: f.Prefix, Enabled: f.Enabled, Created: f.Created,
		Expires: when(f.Expires), Version: f.Version,
	}
}

func (s *Server) listExports(ctx context.Context, _ *empty) (*body[list[feedShape]], error) {
	found, err := s.o.Share.Feeds(ctx, auth.ActorFrom(ctx))
	return page(shapes(found, feedOf), ""), err
}

type createExportIn struct {
	Body struct {
		Name    string      `json:"name" minLength:"1" maxLength:"300" example:"Proxy block list"`
		Format  string      `json:"format" maxLength:"40" example:"text"`
		Query   string      `json:"query,omitempty" maxLength:"16384"`
		All     bool        `json:"all,omitempty"`
		TLP     marking.TLP `json:"tlp,omitempty" doc:"Default: amber."`
		Expires *time.Time  `json:"expires,omitempty"`
	}
}

// tokenShape is a stable export with its token, which is shown once.
type tokenShape struct {
	Token string    `json:"token" doc:"Shown once."`
	Path  string    `json:"path" doc:"Below the address of the server."`
	Item  feedShape `json:"item"`
}

func tokenOf(token string, f share.Feed) tokenShape {
	return tokenShape{Token: token, Path: "/export/" + token, Item: feedOf(f)}
}

func (s *Server) createExport(ctx context.Context, in *createExportIn) (*body[tokenShape], error) {
	b := in.Body
	f, token, err := s.o.Share.CreateFeed(ctx, auth.ActorFrom(ctx), share.Feed{
		Name: b.Name, Format: b.Format, Query: b.Query, All: b.All, TLP: b.TLP, Enabled: true, Expires: timeOr(b.Expires),
	})
	return answer(tokenOf(token, f)), err
}

func (s *Server) getExport(ctx context.Context, in *idPath) (*body[feedShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	f, err := s.o.Share.Feed(ctx, auth.ActorFrom(ctx), n)
	return answer(feedOf(f)), err
}

type editExportIn struct {
	ID   string `path:"id"`
	Body struct {
		Version   int64        `json:"version,omitempty"`
		Name      *string      `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Format    *string      `json:"format,omitempty" maxLength:"40"`
		Query     *string      `json:"query,omitempty" maxLength:"16384"`
		All       *bool        `json:"all,omitempty"`
		TLP       *marking.TLP `json:"tlp,omitempty"`
		Enabled   *bool        `json:"enabled,omitempty"`
		Expires   *time.Time   `json:"expires,omitempty"`
		NoExpires bool         `json:"never_expires,omitempty"`
	}
}

func (s *Server) editExport(ctx context.Context, in *editExportIn) (*body[feedShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.o.Share.Feed(ctx, actor, n)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if b.Version != 0 {
		f.Version = b.Version
	}
	apply(&f.Name, b.Name)
	apply(&f.Format, b.Format)
	apply(&f.Query, b.Query)
	apply(&f.All, b.All)
	apply(&f.TLP, b.TLP)
	apply(&f.Enabled, b.Enabled)
	apply(&f.Expires, b.Expires)
	if b.NoExpires {
		f.Expires = time.Time{}
	}
	f, err = s.o.Share.EditFeed(ctx, actor, f)
	return answer(feedOf(f)), err
}

// apply sets a field to what an edit says, if it says anything.
func apply[T any](field *T, edit *T) {
	if edit != nil {
		*field = *edit
	}
}

func (s *Server) deleteExport(ctx context.Context, in *idPath) (*empty, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	return nil, s.o.Share.DeleteFeed(ctx, auth.ActorFrom(ctx), n)
}

func (s *Server) rotateExport(ctx context.Context, in *idPath) (*body[tokenShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	token, err := s.o.Share.RotateFeed(ctx, actor, n)
	if err != nil {
		return nil, err
	}
	f, err := s.o.Share.Feed(ctx, actor, n)
	return answer(tokenOf(token, f)), err
}

// fetchShape records that somebody took an export.
type fetchShape struct {
	ID      string    `json:"id"`
	Export  string    `json:"export,omitempty"`
	Account string    `json:"account,omitempty"`
	Who     string    `json:"who" doc:"Name of the account, or the program that asked."`
	Address string    `json:"address"`
	Format  string    `json:"format"`
	Query   string    `json:"query"`
	At      time.Time `json:"at"`
	Status  int       `json:"status" doc:"200 taken, 304 nothing new, 499 cut off."`
	Rows    int64     `json:"rows"`
}

func fetchOf(f share.Fetch) fetchShape {
	return fetchShape{
		ID: ref(f.ID), Export: ref(f.Export), Account: ref(f.Account), Who: f.Who, Address: f.Address, Format: f.Format, Query: f.Query, At: f.At, Status: f.Status, Rows: f.Rows,
	}
}

type fetchesIn struct {
	ID     string `path:"id"`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

func (s *Server) exportFetches(ctx context.Context, in *fetchesIn) (*body[list[fetchShape]], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.o.Share.Feed(ctx, actor, n); err != nil {
		return nil, err
	}
	return s.fetches(ctx, n, in.Cursor, in.Limit)
}

type directFetchesIn struct {
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
}

func (s *Server) directFetches(ctx context.Context, in *directFetchesIn) (*body[list[fetchShape]], error) {
	return s.fetches(ctx, 0, in.Cursor, in.Limit)
}

func (s *Server) fetches(ctx context.Context, n id.ID, cursor string, limit int) (*body[list[fetchShape]], error) {
	found, next, err := s.o.Share.Fetches(ctx, auth.ActorFrom(ctx), n, pageOf(cursor, limit))
	return page(shapes(found, fetchOf), next), err
}

type recallIn struct {
	Body struct {
		Value   string `json:"value" minLength:"1" maxLength:"16384" doc:"Defanged or not."`
		Reason  string `json:"reason" minLength:"1" maxLength:"300"`
		Comment string `json:"comment,omitempty" maxLength:"20000"`
	}
}

// recalledShape says what a recall did and whom to tell.
type recalledShape struct {
	Value       valueShape     `json:"value"`
	Claims      int            `json:"claims" doc:"Rejected ones."`
	Corrections []string       `json:"corrections"`
	Undo        []string       `json:"undo"`
	Exports     []recalledFeed `json:"exports"`
}

// recalledFeed is a stable export that held the value, with those who fetched it since it could be on it.
type recalledFeed struct {
	Export  feedShape    `json:"export"`
	Fetches []fetchShape `json:"fetches"`
}

func (s *Server) recall(ctx context.Context, in *recallIn) (*body[recalledShape], error) {
	v, err := s.valueOfText("", in.Body.Value)
	if err != nil {
		return nil, err
	}
	got, err := s.o.Share.Recall(ctx, auth.ActorFrom(ctx), v, in.Body.Reason, in.Body.Comment)
	if err != nil {
		return nil, err
	}
	out := recalledShape{Value: valueOf(0, v), Claims: len(got.Done.Claims), Corrections: refs(got.Done.Corrections), Undo: undoOf(got.Done), Exports: []recalledFeed{}}
	for _, f := range got.Feeds {
		out.Exports = append(out.Exports, recalledFeed{Export: feedOf(f.Feed), Fetches: shapes(f.Fetches, fetchOf)})
	}
	return answer(out), nil
}

func undoOf(d report.Done) []string {
	return shapes(d.Undo, cursorOf)
}

// valueOfText reads a value as people write it; a type, where one is given, spares the guess.
func (s *Server) valueOfText(stated, text string) (observable.Value, error) {
	m, err := s.o.Reports.Mean(stated, text)
	if err != nil {
		return observable.Value{}, err
	}
	if len(m.Parts) == 0 {
		return observable.Value{}, errs.New(errs.Invalid, "no_value", "{value} is not a value of a known form.", "value", clipped(text, 200)).At("value")
	}
	return m.Parts[0], nil
}
