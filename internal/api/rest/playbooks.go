package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/playbook"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/source"
)

func (s *Server) playbookRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageSources}
	register(s, op{Method: "GET", Path: "/playbooks", ID: "list-playbooks", Tag: "playbooks", Summary: "List playbooks", Rule: read, Doc: "In the order of names."}, s.listPlaybooks)
	register(s, op{Method: "POST", Path: "/playbooks", ID: "create-playbook", Tag: "playbooks", Summary: "Make a playbook", Rule: manage, Status: http.StatusCreated, Doc: "What is wrong with the document is in params.problems, each with line and column."}, s.createPlaybook)
	register(s, op{Method: "POST", Path: "/playbooks/check", ID: "check-playbook", Tag: "playbooks", Summary: "What is wrong with a document", Rule: read, Doc: "Stores nothing.", Repeatable: true}, s.checkPlaybook)
	register(s, op{Method: "POST", Path: "/playbooks/import", ID: "import-playbooks", Tag: "playbooks", Summary: "Take over a ThreatIngestor configuration", Rule: manage, Doc: "Makes sources and playbooks, switched off, and tells what became of each part. With dry_run it only tells."}, s.importPlaybooks)
	register(s, op{Method: "GET", Path: "/playbooks/{id}", ID: "get-playbook", Tag: "playbooks", Summary: "A playbook", Rule: read}, s.getPlaybook)
	register(s, op{Method: "PATCH", Path: "/playbooks/{id}", ID: "edit-playbook", Tag: "playbooks", Summary: "Change a playbook", Rule: manage}, s.editPlaybook)
	register(s, op{Method: "DELETE", Path: "/playbooks/{id}", ID: "delete-playbook", Tag: "playbooks", Summary: "Delete a playbook", Rule: manage, Doc: "Restore brings it back, switched off."}, s.deletePlaybook)
	register(s, op{Method: "POST", Path: "/playbooks/{id}/restore", ID: "restore-playbook", Tag: "playbooks", Summary: "Bring a deleted playbook back", Rule: manage}, s.restorePlaybook)
}

// playbookShape is a stored document.
type playbookShape struct {
	ID       string    `json:"id"`
	Name     string    `json:"name" doc:"The one in the document."`
	Body     string    `json:"body" doc:"YAML."`
	Enabled  bool      `json:"enabled"`
	Error    string    `json:"last_error,omitempty" doc:"Of its last run."`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	Version  int64     `json:"version"`
	Deleted  bool      `json:"deleted,omitempty"`
}

func playbookOf(p playbook.Playbook) playbookShape {
	return playbookShape{
		ID: ref(p.ID), Name: p.Name, Body: p.Body, Enabled: p.Enabled, Error: p.Error, Created: p.Created, Modified: p.Modified, Version: p.Version, Deleted: p.Deleted,
	}
}

type listPlaybooksIn struct {
	Cursor  string `query:"cursor"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Q       string `query:"q" maxLength:"300" doc:"Part of the name."`
	Enabled string `query:"enabled" enum:"true,false"`
	Deleted bool   `query:"deleted" doc:"Only deleted ones."`
}

func (s *Server) listPlaybooks(ctx context.Context, in *listPlaybooksIn) (*body[list[playbookShape]], error) {
	found, next, err := s.o.Playbooks.List(ctx, auth.ActorFrom(ctx), playbook.Filter{Match: in.Q, Enabled: truth(in.Enabled), Deleted: in.Deleted}, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, playbookOf), next), err
}

type createPlaybookIn struct {
	Body struct {
		Body    string `json:"body" minLength:"1" maxLength:"262144"`
		Enabled bool   `json:"enabled,omitempty"`
	}
}

func (s *Server) createPlaybook(ctx context.Context, in *createPlaybookIn) (*body[playbookShape], error) {
	p, err := s.o.Playbooks.Create(ctx, auth.ActorFrom(ctx), playbook.Draft{Body: in.Body.Body, Enabled: in.Body.Enabled})
	return answer(playbookOf(p)), err
}

type checkPlaybookIn struct {
	Body struct {
		Body string `json:"body" maxLength:"262144"`
	}
}

type checkPlaybookOut struct {
	Usable   bool              `json:"usable" doc:"There are no problems but warnings."`
	Name     string            `json:"name,omitempty"`
	Problems []playbookProblem `json:"problems"`
}

// playbookProblem is one thing that is wrong with a document, with its place.
type playbookProblem struct {
	Line    int            `json:"line"`
	Column  int            `json:"column"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
	Warning bool           `json:"warning"`
}

func (s *Server) checkPlaybook(ctx context.Context, in *checkPlaybookIn) (*body[checkPlaybookOut], error) {
	known, err := s.knownSources(ctx, auth.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := checkPlaybookOut{Usable: true, Problems: []playbookProblem{}}
	for _, p := range playbook.Check([]byte(in.Body.Body), known) {
		out.Problems = append(out.Problems, playbookProblem(p))
		out.Usable = out.Usable && p.Warning
	}
	if d, err := playbook.Parse([]byte(in.Body.Body)); err == nil {
		out.Name = d.Name
	}
	return answer(out), nil
}

// knownSources lists the organisation's sources for the selectors of a playbook.
func (s *Server) knownSources(ctx context.Context, actor sharing.Actor) ([]playbook.SourceRef, error) {
	out := []playbook.SourceRef{}
	for cursor := ""; ; {
		found, next, err := s.o.Sources.List(ctx, actor, source.Filter{Org: actor.Org}, pageOf(cursor, 1000))
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			out = append(out, playbook.Ref(x))
		}
		if cursor = next; next == "" {
			return out, nil
		}
	}
}

type importPlaybooksIn struct {
	DryRun bool `query:"dry_run"`
	Body   struct {
		Body string `json:"body" minLength:"1" maxLength:"1048576" doc:"The configuration file, YAML."`
	}
}

// importedShape tells what became of a configuration.
type importedShape struct {
	DryRun    bool           `json:"dry_run"`
	Sources   []importedItem `json:"sources"`
	Playbooks []importedItem `json:"playbooks"`
	Notes     []importNote   `json:"notes"`
}

// importedItem is a source or playbook that was made, or would be, or why not.
type importedItem struct {
	ID      string   `json:"id,omitempty"`
	Name    string   `json:"name"`
	Kind    string   `json:"kind,omitempty"`
	Body    string   `json:"body,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}

// importNote tells about one part of the configuration.
type importNote struct {
	Line    int            `json:"line"`
	Item    string         `json:"item"`
	Warning bool           `json:"warning"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
}

func (s *Server) importPlaybooks(ctx context.Context, in *importPlaybooksIn) (*body[importedShape], error) {
	actor := auth.ActorFrom(ctx)
	got, err := playbook.Import([]byte(in.Body.Body), playbook.ImportOptions{Kinds: s.o.Sources.Kinds()})
	if err != nil {
		return nil, err
	}
	out := importedShape{DryRun: in.DryRun, Sources: []importedItem{}, Playbooks: []importedItem{}, Notes: []importNote{}}
	for _, n := range got.Notes {
		out.Notes = append(out.Notes, importNote(n))
	}
	for _, d := range got.Sources {
		d.Enabled = false
		it := importedItem{Name: d.Name, Kind: d.Kind}
		if in.DryRun {
			_, err = s.o.Sources.Check(actor, d)
		} else {
			var made source.Source
			made, err = s.o.Sources.Create(ctx, actor, d)
			it.ID = ref(made.ID)
		}
		it.Problem = s.reason(ctx, err)
		out.Sources = append(out.Sources, it)
	}
	for _, d := range got.Playbooks {
		d.Enabled = false
		it := importedItem{Body: d.Body}
		if doc, err := playbook.Parse([]byte(d.Body)); err == nil {
			it.Name = doc.Name
		}
		if !in.DryRun {
			made, err := s.o.Playbooks.Create(ctx, actor, d)
			it.ID, it.Problem = ref(made.ID), s.reason(ctx, err)
		}
		out.Playbooks = append(out.Playbooks, it)
	}
	return answer(out), nil
}

func (s *Server) getPlaybook(ctx context.Context, in *idPath) (*body[playbookShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	p, err := s.o.Playbooks.Get(ctx, auth.ActorFrom(ctx), n)
	return answer(playbookOf(p)), err
}

type editPlaybookIn struct {
	ID   string `path:"id"`
	Body struct {
		Version int64   `json:"version,omitempty"`
		Body    *string `json:"body,omitempty" minLength:"1" maxLength:"262144"`
		Enabled *bool   `json:"enabled,omitempty"`
	}
}

func (s *Server) editPlaybook(ctx context.Context, in *editPlaybookIn) (*body[playbookShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Body.Version, s.playbookVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	p, err := s.o.Playbooks.Update(ctx, actor, n, playbook.Edit{Version: version, Body: in.Body.Body, Enabled: in.Body.Enabled})
	return answer(playbookOf(p)), err
}

func (s *Server) playbookVersion(ctx context.Context, actor sharing.Actor, n id.ID) func() (int64, error) {
	return func() (int64, error) {
		p, err := s.o.Playbooks.Get(ctx, actor, n)
		return p.Version, err
	}
}

func (s *Server) deletePlaybook(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.playbookVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	return nil, s.o.Playbooks.Delete(ctx, actor, n, version)
}

func (s *Server) restorePlaybook(ctx context.Context, in *versioned) (*body[playbookShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.playbookVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	if err := s.o.Playbooks.Restore(ctx, actor, n, version); err != nil {
		return nil, err
	}
	p, err := s.o.Playbooks.Get(ctx, actor, n)
	return answer(playbookOf(p)), err
}
