package rest

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jobs"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/taxonomy"
)

func (s *Server) packRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageSystem}
	register(s, op{Method: "GET", Path: "/packs", ID: "list-packs", Tag: "packs", Summary: "Warninglists, taxonomies, galaxies, templates", Rule: read, Doc: "By kind and name."}, s.listPacks)
	register(s, op{Method: "POST", Path: "/packs", ID: "install-packs", Tag: "packs", Streamed: true, Summary: "Install packs from an archive", Rule: manage, Status: http.StatusAccepted, Body: s.o.MaxUpload, Repeatable: true,
		Doc: "The body is a .zip, .tar, .tar.gz or .json(.gz) in the layout of its upstream repository. Runs as a job whose result says what was installed and refused."}, s.installPacks)
	s.upload("/packs", "application/octet-stream", "application/zip", "application/gzip", "application/json")
	register(s, op{Method: "PATCH", Path: "/packs", ID: "edit-packs", Tag: "packs", Summary: "Switch packs on or off, or judge lists", Rule: manage}, s.editPacks)
	register(s, op{Method: "POST", Path: "/packs/remove", ID: "remove-packs", Tag: "packs", Summary: "Remove packs", Rule: manage}, s.removePacks)
	register(s, op{Method: "GET", Path: "/packs/skipped", ID: "skipped-entries", Tag: "packs", Summary: "Entries of lists that cannot be matched", Rule: read}, s.skippedEntries)
	register(s, op{Method: "GET", Path: "/packs/{id}", ID: "get-pack", Tag: "packs", Summary: "A pack", Rule: read}, s.getPack)
	register(s, op{Method: "GET", Path: "/packs/{id}/entries", ID: "pack-entries", Tag: "packs", Summary: "What is in a pack", Rule: read}, s.packEntries)
}

// JobInstall is the kind of job that installs packs; PackUpload are its arguments.
const JobInstall = "packs.install"

// PackUpload names an uploaded archive.
type PackUpload struct {
	Blob blob.Hash `json:"blob"`
	Size int64     `json:"size"`
	Name string    `json:"name"`
}

// packShape is one list, taxonomy, galaxy, template or bundle.
type packShape struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind" enum:"warninglist,taxonomy,galaxy,cluster,template,relationships,stix"`
	Name        string    `json:"name"`
	Title       string    `json:"title,omitempty"`
	Description string    `json:"description,omitempty"`
	Version     string    `json:"version"`
	Enabled     bool      `json:"enabled"`
	Category    string    `json:"category,omitempty" enum:"false_positive,known," doc:"Of a warninglist: false_positive clears a value, known explains it."`
	Match       string    `json:"match,omitempty" doc:"Of a warninglist: string, substring, hostname, cidr, regex."`
	Matching    []string  `json:"matching,omitempty" doc:"Of a warninglist: MISP's attribute types."`
	Entries     int64     `json:"entries"`
	Size        int64     `json:"size" doc:"Bytes."`
	Installed   time.Time `json:"installed"`
}

func packOf(p taxonomy.Pack) packShape {
	return packShape{
		ID: ref(p.ID), Kind: p.Kind, Name: p.Name, Title: p.Meta.Title, Description: p.Meta.Description, Version: p.Version, Enabled: p.Enabled, Category: p.Category,
		Match: p.Meta.Match, Matching: p.Meta.Matching, Entries: p.Entries, Size: p.Meta.Size, Installed: p.Installed,
	}
}

type listPacksIn struct {
	Kind string `query:"kind" enum:"warninglist,taxonomy,galaxy,cluster,template,relationships,stix"`
}

func (s *Server) listPacks(ctx context.Context, in *listPacksIn) (*body[list[packShape]], error) {
	found, err := s.o.Taxonomy.Packs(ctx, auth.ActorFrom(ctx).Scope, in.Kind)
	return page(shapes(found, packOf), ""), err
}

type installPacksIn struct {
	request
	Name string `query:"name" maxLength:"300" doc:"Name of the file." example:"misp-warninglists.zip"`
}

func (s *Server) installPacks(ctx context.Context, in *installPacksIn) (*body[jobShape], error) {
	name := path.Base("/" + in.Name)
	if in.Name == "" {
		name = "upload"
	}
	kept, err := s.o.Blobs.Put(ctx, in.http.Body, s.o.MaxUpload)
	if err != nil {
		return nil, err
	}
	if kept.Size == 0 {
		return nil, errs.New(errs.Invalid, "upload_empty", "The uploaded file is empty.")
	}
	j, _, err := s.o.Jobs.Enqueue(ctx, auth.ActorFrom(ctx), jobs.Request{
		Kind: JobInstall, UniqueKey: kept.SHA256.String(), Args: PackUpload{Blob: kept.SHA256, Size: kept.Size, Name: name},
	})
	return answer(jobOf(j)), err
}

type editPacksIn struct {
	Body struct {
		IDs      []string `json:"ids" minItems:"1" maxItems:"5000"`
		Enabled  *bool    `json:"enabled,omitempty"`
		Category *string  `json:"category,omitempty" enum:"false_positive,known" doc:"Warninglists only."`
	}
}

func (s *Server) editPacks(ctx context.Context, in *editPacksIn) (*body[count], error) {
	ids, err := parseRefs(in.Body.IDs)
	if err != nil {
		return nil, err
	}
	err = s.o.Taxonomy.EditPacks(ctx, auth.ActorFrom(ctx), taxonomy.Edit{Enabled: in.Body.Enabled, Category: in.Body.Category}, ids...)
	return answer(count{int64(len(ids))}), err
}

type removePacksIn struct {
	Body struct {
		IDs []string `json:"ids" minItems:"1" maxItems:"5000"`
	}
}

func (s *Server) removePacks(ctx context.Context, in *removePacksIn) (*body[count], error) {
	ids, err := parseRefs(in.Body.IDs)
	if err != nil {
		return nil, err
	}
	return answer(count{int64(len(ids))}), s.o.Taxonomy.Remove(ctx, auth.ActorFrom(ctx), ids...)
}

// skippedEntry is an entry of a list that cannot be matched.
type skippedEntry struct {
	List   string `json:"list"`
	Entry  string `json:"entry"`
	Reason string `json:"reason"`
}

func (s *Server) skippedEntries(context.Context, *empty) (*body[list[skippedEntry]], error) {
	return page(shapes(s.o.Taxonomy.Skipped(), func(x taxonomy.Skipped) skippedEntry {
		return skippedEntry{List: ref(x.List), Entry: x.Entry, Reason: x.Reason}
	}), ""), nil
}

func (s *Server) getPack(ctx context.Context, in *idPath) (*body[packShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	p, err := s.o.Taxonomy.Pack(ctx, auth.ActorFrom(ctx).Scope, n)
	return answer(packOf(p)), err
}

type packEntriesIn struct {
	ID     string `path:"id"`
	Q      string `query:"q" maxLength:"300" doc:"Part of an entry."`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type packEntriesOut struct {
	Items []string `json:"items"`
	Next  *string  `json:"next"`
	Total int      `json:"total" doc:"All that fit."`
}

func (s *Server) packEntries(ctx context.Context, in *packEntriesIn) (*body[packEntriesOut], error) {
	n, err := id.Parse(in.ID)
	if err != nil {
		return nil, err
	}
	after := 0
	if in.Cursor != "" {
		if after, err = strconv.Atoi(in.Cursor); err != nil || after < 0 {
			return nil, errs.New(errs.Invalid, "bad_cursor", "The cursor is not one that this list gave: start at the first page.")
		}
	}
	found, next, total, err := s.o.Taxonomy.Entries(ctx, auth.ActorFrom(ctx).Scope, n, in.Q, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := packEntriesOut{Items: some(found), Total: total}
	if next >= 0 {
		text := strconv.Itoa(next)
		out.Next = &text
	}
	return answer(out), nil
}
