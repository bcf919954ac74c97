package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/asset"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) assetRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageAssets}
	register(s, op{Method: "GET", Path: "/assets", ID: "list-assets", Tag: "assets", Summary: "What is ours", Rule: read, Doc: "Newest first, the own organisation's, each with the number of reports that concern it."}, s.listAssets)
	register(s, op{Method: "POST", Path: "/assets", ID: "create-asset", Tag: "assets", Summary: "Add an asset", Rule: manage, Status: http.StatusCreated, Doc: "Without kind, domains, networks and CPE names are recognised. One that was deleted comes back."}, s.createAsset)
	register(s, op{Method: "POST", Path: "/assets/import", ID: "import-assets", Tag: "assets", Summary: "Import a CSV file", Rule: manage, Repeatable: true,
		Doc: "The first row names the columns in English or Chinese: kind, value, name, criticality, tags, comment. Bad rows are reported, the good ones go in; with dry_run nothing does."}, s.importAssets)
	s.upload("/assets/import", "text/csv", "application/octet-stream")
	register(s, op{Method: "POST", Path: "/assets/rematch", ID: "rematch-assets", Tag: "assets", Summary: "Match every known value again", Rule: manage, Status: http.StatusAccepted, Doc: "After assets changed. Runs as a job."}, s.rematchAssets)
	register(s, op{Method: "GET", Path: "/assets/{id}", ID: "get-asset", Tag: "assets", Summary: "An asset", Rule: read}, s.getAsset)
	register(s, op{Method: "PATCH", Path: "/assets/{id}", ID: "edit-asset", Tag: "assets", Summary: "Change an asset", Rule: manage, Doc: "Kind and value are its identity: for others make a new one."}, s.editAsset)
	register(s, op{Method: "DELETE", Path: "/assets/{id}", ID: "delete-asset", Tag: "assets", Summary: "Take an asset out of use", Rule: manage}, s.deleteAsset)
	register(s, op{Method: "POST", Path: "/assets/{id}/restore", ID: "restore-asset", Tag: "assets", Summary: "Bring a deleted asset back", Rule: manage}, s.restoreAsset)
}

// JobRematch is the kind of job that matches known values against assets again.
const JobRematch = "assets.rematch"

// assetShape is one thing of ours.
type assetShape struct {
	ID          string    `json:"id"`
	UUID        string    `json:"uuid"`
	Kind        string    `json:"kind" enum:"domain,network,brand,software"`
	Value       string    `json:"value" doc:"Canonical."`
	Name        string    `json:"name" doc:"As people write it."`
	Criticality int       `json:"criticality" minimum:"0" maximum:"4" doc:"0 not said, 1 low … 4 critical."`
	Tags        []string  `json:"tags"`
	Comment     string    `json:"comment"`
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	Version     int64     `json:"version"`
	Deleted     bool      `json:"deleted,omitempty"`
	Reports     *int64    `json:"reports,omitempty" doc:"Reports that concern it, as the viewer may see them."`
}

func assetOf(a asset.Asset) assetShape {
	return assetShape{
		ID: ref(a.ID), UUID: a.UUID.String(), Kind: string(a.Kind), Value: a.Value, Name: a.Name, Criticality: a.Criticality, Tags: some(a.Tags), Comment: a.Comment,
		Created: a.Created, Modified: a.Modified, Version: a.Version, Deleted: a.Deleted,
	}
}

type listAssetsIn struct {
	Cursor  string `query:"cursor"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Q       string `query:"q" maxLength:"300" doc:"Part of value or name."`
	Kind    string `query:"kind" enum:"domain,network,brand,software"`
	Tag     string `query:"tag" maxLength:"300"`
	Deleted bool   `query:"deleted" doc:"Only deleted ones."`
}

func (s *Server) listAssets(ctx context.Context, in *listAssetsIn) (*body[list[assetShape]], error) {
	f := asset.Filter{Match: in.Q, Kind: asset.Kind(in.Kind), Tag: in.Tag, Deleted: in.Deleted}
	found, next, err := s.o.Assets.List(ctx, auth.ActorFrom(ctx), f, pageOf(in.Cursor, in.Limit))
	if err != nil {
		return nil, err
	}
	out, err := s.withHits(ctx, found)
	return page(out, next), err
}

func (s *Server) withHits(ctx context.Context, found []asset.Asset) ([]assetShape, error) {
	ids := make([]id.ID, len(found))
	for i, a := range found {
		ids[i] = a.ID
	}
	hits, err := s.o.Assets.Hits(ctx, auth.ActorFrom(ctx), ids)
	if err != nil {
		return nil, err
	}
	out := shapes(found, assetOf)
	for i, a := range found {
		n := hits[a.ID]
		out[i].Reports = &n
	}
	return out, nil
}

type createAssetIn struct {
	Body struct {
		Kind        string   `json:"kind,omitempty" enum:"domain,network,brand,software"`
		Value       string   `json:"value" minLength:"1" maxLength:"2000" example:"example.com"`
		Name        string   `json:"name,omitempty" maxLength:"300"`
		Criticality int      `json:"criticality,omitempty" minimum:"0" maximum:"4"`
		Tags        []string `json:"tags,omitempty" maxItems:"200"`
		Comment     string   `json:"comment,omitempty" maxLength:"20000"`
	}
}

func (s *Server) createAsset(ctx context.Context, in *createAssetIn) (*body[assetShape], error) {
	b := in.Body
	a, err := s.o.Assets.Create(ctx, auth.ActorFrom(ctx), asset.Draft{Kind: asset.Kind(b.Kind), Value: b.Value, Name: b.Name, Criticality: b.Criticality, Tags: b.Tags, Comment: b.Comment})
	return answer(assetOf(a)), err
}

type importAssetsIn struct {
	request
	DryRun bool `query:"dry_run"`
}

// assetImport says what an import did, or would do.
type assetImport struct {
	DryRun    bool       `json:"dry_run"`
	Rows      int        `json:"rows"`
	Added     int        `json:"added"`
	Updated   int        `json:"updated"`
	Unchanged int        `json:"unchanged"`
	Failed    int        `json:"failed" doc:"Rows with errors, all of them."`
	Errors    []rowError `json:"errors" doc:"The first 200."`
}

// rowError is why a row was not taken.
type rowError struct {
	Line    int            `json:"line"`
	Column  string         `json:"column,omitempty"`
	Value   string         `json:"value,omitempty"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
}

func (s *Server) importAssets(ctx context.Context, in *importAssetsIn) (*body[assetImport], error) {
	res, err := s.o.Assets.Import(ctx, auth.ActorFrom(ctx), in.http.Body, in.DryRun)
	if err != nil {
		return nil, err
	}
	out := assetImport{DryRun: res.DryRun, Rows: res.Rows, Added: res.Added, Updated: res.Updated, Unchanged: res.Unchanged, Failed: res.Failed, Errors: []rowError{}}
	for _, e := range res.Errors {
		out.Errors = append(out.Errors, rowError(e))
	}
	return answer(out), nil
}

func (s *Server) rematchAssets(ctx context.Context, _ *empty) (*body[jobShape], error) {
	j, _, err := s.o.Jobs.Enqueue(ctx, auth.ActorFrom(ctx), jobs.Request{Kind: JobRematch, UniqueKey: JobRematch})
	return answer(jobOf(j)), err
}

func (s *Server) getAsset(ctx context.Context, in *idPath) (*body[assetShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	a, err := s.o.Assets.Get(ctx, auth.ActorFrom(ctx), n)
	if err != nil {
		return nil, err
	}
	out, err := s.withHits(ctx, []asset.Asset{a})
	if err != nil {
		return nil, err
	}
	return answer(out[0]), nil
}

type editAssetIn struct {
	ID   string `path:"id"`
	Body struct {
		Version     int64     `json:"version,omitempty"`
		Name        *string   `json:"name,omitempty" maxLength:"300"`
		Criticality *int      `json:"criticality,omitempty" minimum:"0" maximum:"4"`
		Tags        *[]string `json:"tags,omitempty" maxItems:"200"`
		Comment     *string   `json:"comment,omitempty" maxLength:"20000"`
	}
}

func (s *Server) editAsset(ctx context.Context, in *editAssetIn) (*body[assetShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	version, err := versionOr(b.Version, s.assetVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	a, err := s.o.Assets.Update(ctx, actor, n, asset.Edit{Version: version, Name: b.Name, Criticality: b.Criticality, Tags: b.Tags, Comment: b.Comment})
	return answer(assetOf(a)), err
}

func (s *Server) assetVersion(ctx context.Context, actor sharing.Actor, n id.ID) func() (int64, error) {
	return func() (int64, error) {
		a, err := s.o.Assets.Get(ctx, actor, n)
		return a.Version, err
	}
}

func (s *Server) deleteAsset(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.assetVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	return nil, s.o.Assets.Delete(ctx, actor, n, version)
}

func (s *Server) restoreAsset(ctx context.Context, in *versioned) (*body[assetShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.assetVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	if err := s.o.Assets.Restore(ctx, actor, n, version); err != nil {
		return nil, err
	}
	a, err := s.o.Assets.Get(ctx, actor, n)
	return answer(assetOf(a)), err
}
