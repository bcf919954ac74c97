package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/note"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/sighting"
)

// What hangs on reports and values beside claims: objects, statements, notes, sightings, presence.

const (
	readIntel   = sharing.ReadIntel
	writeIntel  = sharing.WriteIntel
	reviewIntel = sharing.ReviewIntel
	deleteIntel = sharing.DeleteIntel
)

// objectShape groups claims by a template; its claims name it.
type objectShape struct {
	ID           string     `json:"id"`
	UUID         string     `json:"uuid"`
	Name         string     `json:"name"`
	Template     string     `json:"template,omitempty" doc:"UUID of the template."`
	MetaCategory string     `json:"meta_category,omitempty"`
	Description  string     `json:"description,omitempty"`
	Comment      string     `json:"comment,omitempty"`
	FirstSeen    *time.Time `json:"first_seen,omitempty"`
	LastSeen     *time.Time `json:"last_seen,omitempty"`
	Label        labelShape `json:"label"`
	Created      time.Time  `json:"created"`
}

func (s *Server) listObjects(ctx context.Context, in *ItemPath) (*body[list[objectShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	scope := auth.ActorFrom(ctx).Scope
	if _, err := s.o.Reports.Get(ctx, scope, n); err != nil {
		return nil, err
	}
	found, err := s.o.Reports.Reader().Objects(ctx, scope, n)
	if err != nil {
		return nil, err
	}
	out := make([]objectShape, 0, len(found))
	for _, o := range found {
		if o.Deleted {
			continue
		}
		x := objectShape{
			ID: ref(o.ID), UUID: o.UUID.String(), Name: o.Name, MetaCategory: o.MetaCategory, Description: o.Description, Comment: o.Comment,
			FirstSeen: when(o.FirstSeen), LastSeen: when(o.LastSeen), Label: labelOf(o.ACL), Created: o.Created,
		}
		if !o.TemplateUUID.IsZero() {
			x.Template = o.TemplateUUID.String()
		}
		out = append(out, x)
	}
	return page(out, ""), nil
}

// statementShape is a STIX object, whole.
type statementShape struct {
	ID       string     `json:"id"`
	StixID   string     `json:"stix_id"`
	Type     string     `json:"type"`
	Source   string     `json:"source"`
	Modified *time.Time `json:"modified,omitempty"`
	Label    labelShape `json:"label"`
	Body     jsonx.Raw  `json:"body"`
}

type pagedPath struct {
	ItemPath
	Paging
}

func (s *Server) listStatements(ctx context.Context, in *pagedPath) (*body[list[statementShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	scope := auth.ActorFrom(ctx).Scope
	if _, err := s.o.Reports.Get(ctx, scope, n); err != nil {
		return nil, err
	}
	found, next, err := s.o.Reports.Reader().Statements(ctx, scope, n, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]statementShape, len(found))
	for i, st := range found {
		out[i] = statementShape{ID: ref(st.Item), StixID: st.StixID, Type: st.Type, Source: ref(st.Source), Modified: when(st.Modified), Label: labelOf(st.ACL), Body: jsonx.Raw(st.Body)}
	}
	return page(out, next), nil
}

// noteShape is somebody's text.
type noteShape struct {
	ID      string     `json:"id"`
	UUID    string     `json:"uuid"`
	Kind    string     `json:"kind" enum:"note,opinion"`
	Body    string     `json:"body" doc:"Plain text; it is never markup."`
	Author  string     `json:"author,omitempty" doc:"Id of the account."`
	By      string     `json:"by"`
	Label   labelShape `json:"label"`
	Created time.Time  `json:"created"`
}

func noteOf(n note.Note) noteShape {
	out := noteShape{ID: ref(n.ID), Kind: n.Kind, Body: n.Body, Author: ref(n.Author), By: n.By, Label: labelOf(n.ACL), Created: n.Created}
	if !n.UUID.IsZero() {
		out.UUID = n.UUID.String()
	}
	return out
}

type noteInput struct {
	Body  string      `json:"body" minLength:"1" maxLength:"65536"`
	Kind  string      `json:"kind,omitempty" enum:"note,opinion" default:"note"`
	Label *labelShape `json:"label,omitempty" doc:"Left out: as the report; on a value, the own organisation alone."`
}

func (s *Server) notes(ctx context.Context, in *pagedPath, value bool) (*body[list[noteShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Reports.Notes(ctx, auth.ActorFrom(ctx), n, value, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]noteShape, len(found))
	for i, x := range found {
		out[i] = noteOf(x)
	}
	return page(out, next), nil
}

func (s *Server) reportNotes(ctx context.Context, in *pagedPath) (*body[list[noteShape]], error) {
	return s.notes(ctx, in, false)
}

func (s *Server) valueNotes(ctx context.Context, in *pagedPath) (*body[list[noteShape]], error) {
	return s.notes(ctx, in, true)
}

type addNoteIn struct {
	ItemPath
	Body noteInput
}

func (s *Server) addNote(ctx context.Context, in *addNoteIn, to func(n id.ID) note.Input) (*body[noteShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	note := to(n)
	note.Body, note.Kind = in.Body.Body, in.Body.Kind
	if note.ACL, err = s.label(ctx, in.Body.Label); err != nil {
		return nil, err
	}
	made, err := s.o.Reports.AddNote(ctx, actor, note)
	if err != nil {
		return nil, err
	}
	return answer(noteOf(made)), nil
}

func (s *Server) addReportNote(ctx context.Context, in *addNoteIn) (*body[noteShape], error) {
	return s.addNote(ctx, in, func(n id.ID) note.Input { return note.Input{Report: n} })
}

func (s *Server) addValueNote(ctx context.Context, in *addNoteIn) (*body[noteShape], error) {
	return s.addNote(ctx, in, func(n id.ID) note.Input { return note.Input{Value: n} })
}

// sightingShape says that a value was seen.
type sightingShape struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" enum:"seen,false_positive,expired"`
	Seen         time.Time  `json:"seen"`
	Count        int64      `json:"count"`
	Origin       string     `json:"origin,omitempty" doc:"Where: a sensor, a log, a host."`
	Organisation string     `json:"organisation"`
	Label        labelShape `json:"label"`
	Created      time.Time  `json:"created"`
}

// sightingKinds are named in the order of MISP's numbers.
func sightingKinds() []string { return []string{"seen", "false_positive", "expired"} }

func sightingOf(x sighting.Sighting) sightingShape {
	return sightingShape{
		ID: ref(x.ID), Kind: sightingKinds()[min(max(x.Kind, 0), 2)], Seen: x.Seen, Count: x.Count, Origin: x.Origin, Organisation: ref(x.Org), Label: labelOf(x.ACL), Created: x.Created,
	}
}

func (s *Server) listSightings(ctx context.Context, in *pagedPath) (*body[list[sightingShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Reports.Sightings(ctx, auth.ActorFrom(ctx), n, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]sightingShape, len(found))
	for i, x := range found {
		out[i] = sightingOf(x)
	}
	return page(out, next), nil
}

type addSightingIn struct {
	ItemPath
	Body struct {
		Kind   string      `json:"kind,omitempty" enum:"seen,false_positive,expired" default:"seen"`
		Seen   *time.Time  `json:"seen,omitempty" doc:"Left out: now."`
		Count  int64       `json:"count,omitempty" minimum:"1" maximum:"1000000000" default:"1"`
		Origin string      `json:"origin,omitempty" maxLength:"300"`
		Label  *labelShape `json:"label,omitempty" doc:"Left out: the own organisation alone."`
	}
}

func (s *Server) addSighting(ctx context.Context, in *addSightingIn) (*body[sightingShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	x := sighting.Input{Value: n, Count: in.Body.Count, Origin: in.Body.Origin}
	for i, name := range sightingKinds() {
		if name == in.Body.Kind {
			x.Kind = i
		}
	}
	if in.Body.Seen != nil {
		x.Seen = *in.Body.Seen
	}
	if x.ACL, err = s.label(ctx, in.Body.Label); err != nil {
		return nil, err
	}
	made, err := s.o.Reports.AddSighting(ctx, actor, x)
	if err != nil {
		return nil, err
	}
	return answer(sightingOf(made)), nil
}

type presentOut struct {
	Present []presenceShape `json:"present" doc:"Who else has it open."`
}

func (s *Server) bePresent(ctx context.Context, in *ItemPath) (*body[presentOut], error) {
	n, actor, err := s.visibleReport(ctx, in)
	if err != nil {
		return nil, err
	}
	others, came := s.presence.here(n, actor, s.o.Clock())
	if came {
		s.hub.presence(n, actor.Org)
	}
	return answer(presentOut{Present: others}), nil
}

func (s *Server) leave(ctx context.Context, in *ItemPath) (*empty, error) {
	n, actor, err := s.visibleReport(ctx, in)
	if err != nil {
		return nil, err
	}
	if s.presence.leave(n, actor) {
		s.hub.presence(n, actor.Org)
	}
	return nil, nil
}

func (s *Server) visibleReport(ctx context.Context, in *ItemPath) (id.ID, sharing.Actor, error) {
	actor := auth.ActorFrom(ctx)
	n, err := in.n()
	if err != nil {
		return 0, actor, err
	}
	if actor.User == 0 {
		return 0, actor, errs.New(errs.Forbidden, "people_only", "Only people can be present.")
	}
	_, err = s.o.Reports.Get(ctx, actor.Scope, n)
	return n, actor, err
}
