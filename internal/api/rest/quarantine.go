package rest

import (
	"context"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/quarantine"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) quarantineRoutes() {
	read, manage := Rule{Need: sharing.ReadIntel}, Rule{Need: sharing.ManageSources}
	register(s, op{Method: "GET", Path: "/quarantine", ID: "list-quarantine", Tag: "quarantine", Summary: "Inputs that could not be understood", Rule: read, Doc: "Newest first, without their payload."}, s.listQuarantine)
	register(s, op{Method: "GET", Path: "/quarantine/counts", ID: "count-quarantine", Tag: "quarantine", Summary: "Open items by stage and reason", Rule: read}, s.countQuarantine)
	register(s, op{Method: "GET", Path: "/quarantine/{id}", ID: "get-quarantine", Tag: "quarantine", Summary: "An item with its payload", Rule: read}, s.getQuarantine)
	register(s, op{Method: "GET", Path: "/quarantine/{id}/original", ID: "download-quarantine", Tag: "quarantine", Summary: "The bytes as they came", Rule: read, Doc: "Always as an attachment."}, s.downloadQuarantine)
	bulk := "Chosen by ids or by a filter, at most 1000 at once; count says how many it was done for."
	register(s, op{Method: "POST", Path: "/quarantine/replay", ID: "replay-quarantine", Tag: "quarantine", Summary: "Put items through the pipeline again", Rule: manage, Doc: bulk + " What fails again is a new item; problem is the first reason why one could not be replayed."}, s.replayQuarantine)
	register(s, op{Method: "POST", Path: "/quarantine/discard", ID: "discard-quarantine", Tag: "quarantine", Summary: "Give items up", Rule: manage, Doc: bulk}, s.discardQuarantine)
	register(s, op{Method: "POST", Path: "/quarantine/reopen", ID: "reopen-quarantine", Tag: "quarantine", Summary: "Undo giving up", Rule: manage, Doc: bulk}, s.reopenQuarantine)
}

// quarantineShape is one input that was put aside.
type quarantineShape struct {
	ID         string         `json:"id"`
	Source     string         `json:"source,omitempty"`
	SourceName string         `json:"source_name,omitempty"`
	Report     string         `json:"report,omitempty"`
	Label      labelShape     `json:"label"`
	Stage      string         `json:"stage" enum:"acquire,parse,extract,ingest"`
	Item       string         `json:"item"`
	Place      string         `json:"place"`
	Code       string         `json:"code"`
	Reason     string         `json:"reason"`
	Params     map[string]any `json:"params,omitempty"`
	HasFile    bool           `json:"has_file"`
	Payload    string         `json:"payload,omitempty" doc:"The item itself, at most 64 KiB; lists leave it out."`
	State      string         `json:"state" enum:"open,replayed,discarded"`
	Created    time.Time      `json:"created"`
	Resolved   *time.Time     `json:"resolved,omitempty"`
	ResolvedBy string         `json:"resolved_by,omitempty"`
}

func quarantineOf(it quarantine.Item) quarantineShape {
	return quarantineShape{
		ID: ref(it.ID), Source: ref(it.Source), SourceName: it.SourceName, Report: ref(it.Report), Label: labelOf(it.ACL), Stage: it.Stage, Item: it.Item, Place: it.Place,
		Code: it.Code, Reason: it.Reason, Params: it.Params, HasFile: it.HasBlob, Payload: withoutPasswords(it.Payload), State: string(it.State), Created: it.Created,
		Resolved: when(it.Resolved), ResolvedBy: it.ResolvedBy,
	}
}

// withoutPasswords hides those of archives, as the dead letters do.
func withoutPasswords(payload string) string {
	if !strings.Contains(payload, `"passwords"`) {
		return payload
	}
	return shownBody([]byte(payload))
}

// quarantineFilter picks items, in queries and in bodies.
type quarantineFilter struct {
	Source string `json:"source,omitempty"`
	Report string `json:"report,omitempty"`
	Stage  string `json:"stage,omitempty" enum:"acquire,parse,extract,ingest"`
	Code   string `json:"code,omitempty" maxLength:"100"`
	Q      string `json:"q,omitempty" maxLength:"300" doc:"Part of item or reason."`
}

func (f quarantineFilter) filter() (quarantine.Filter, error) {
	out := quarantine.Filter{Stage: f.Stage, Code: f.Code, Match: f.Q}
	var err error
	if out.Source, err = optionalRef(f.Source); err != nil {
		return out, err
	}
	out.Report, err = optionalRef(f.Report)
	return out, err
}

type listQuarantineIn struct {
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Source string `query:"source"`
	Report string `query:"report"`
	Stage  string `query:"stage" enum:"acquire,parse,extract,ingest"`
	Code   string `query:"code" maxLength:"100"`
	Q      string `query:"q" maxLength:"300" doc:"Part of item or reason."`
	State  string `query:"state" enum:"open,replayed,discarded" default:"open"`
}

func (s *Server) listQuarantine(ctx context.Context, in *listQuarantineIn) (*body[list[quarantineShape]], error) {
	f, err := quarantineFilter{Source: in.Source, Report: in.Report, Stage: in.Stage, Code: in.Code, Q: in.Q}.filter()
	if err != nil {
		return nil, err
	}
	f.State = quarantine.State(in.State)
	found, next, err := s.o.Quarantine.List(ctx, auth.ActorFrom(ctx), f, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, quarantineOf), next), err
}

// quarantineCount is how many open items share a stage and code.
type quarantineCount struct {
	Stage string `json:"stage"`
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

type countQuarantineIn struct {
	Source string `query:"source"`
}

func (s *Server) countQuarantine(ctx context.Context, in *countQuarantineIn) (*body[list[quarantineCount]], error) {
	f, err := quarantineFilter{Source: in.Source}.filter()
	if err != nil {
		return nil, err
	}
	found, err := s.o.Quarantine.Counts(ctx, auth.ActorFrom(ctx), f)
	return page(shapes(found, func(c quarantine.Count) quarantineCount { return quarantineCount(c) }), ""), err
}

func (s *Server) getQuarantine(ctx context.Context, in *idPath) (*body[quarantineShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	it, err := s.o.Quarantine.Get(ctx, auth.ActorFrom(ctx), n)
	return answer(quarantineOf(it)), err
}

func (s *Server) downloadQuarantine(ctx context.Context, in *idPath) (*stream, error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	it, err := s.o.Quarantine.Get(ctx, auth.ActorFrom(ctx), n)
	if err != nil {
		return nil, err
	}
	if !it.HasBlob {
		return nil, errs.New(errs.NotFound, "quarantine_no_file", "Nothing but the shown payload was kept of this item.")
	}
	return s.attachment(ctx, it.Blob, path.Base("/"+it.Item))
}

// attachment streams stored bytes so that no browser renders them.
func (s *Server) attachment(ctx context.Context, h blob.Hash, name string) (*stream, error) {
	r, err := s.o.Blobs.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	return &stream{Body: func(c huma.Context) {
		defer r.Close() //nolint:errcheck // only read
		c.SetHeader("Content-Type", "application/octet-stream")
		c.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": safeName(name)}))
		c.SetHeader("X-Content-Type-Options", "nosniff")
		c.SetHeader("Content-Security-Policy", "default-src 'none'; sandbox")
		req, w := unwrap(c)
		http.ServeContent(w, req, "", time.Time{}, r)
	}}, nil
}

type quarantineBulkIn struct {
	Body struct {
		IDs    []string          `json:"ids,omitempty" maxItems:"1000"`
		Filter *quarantineFilter `json:"filter,omitempty"`
	}
}

type quarantineBulkOut struct {
	Count   int64    `json:"count" doc:"How many items it was done for."`
	Problem *Problem `json:"problem,omitempty"`
}

type quarantineAct func(ctx context.Context, a sharing.Actor, f quarantine.Filter) (int, error)

func (s *Server) replayQuarantine(ctx context.Context, in *quarantineBulkIn) (*body[quarantineBulkOut], error) {
	return s.bulkQuarantine(ctx, in, s.o.Quarantine.Replay)
}

func (s *Server) discardQuarantine(ctx context.Context, in *quarantineBulkIn) (*body[quarantineBulkOut], error) {
	return s.bulkQuarantine(ctx, in, s.o.Quarantine.Discard)
}

func (s *Server) reopenQuarantine(ctx context.Context, in *quarantineBulkIn) (*body[quarantineBulkOut], error) {
	return s.bulkQuarantine(ctx, in, s.o.Quarantine.Reopen)
}

func (s *Server) bulkQuarantine(ctx context.Context, in *quarantineBulkIn, act quarantineAct) (*body[quarantineBulkOut], error) {
	var f quarantine.Filter
	var err error
	if in.Body.Filter != nil {
		if f, err = in.Body.Filter.filter(); err != nil {
			return nil, err
		}
	}
	if f.IDs, err = parseRefs(in.Body.IDs); err != nil {
		return nil, err
	}
	if in.Body.Filter == nil && len(f.IDs) == 0 {
		return nil, errs.New(errs.Invalid, "selection_missing", "Say which items are meant: ids, or a filter (an empty one means all).")
	}
	n, err := act(ctx, auth.ActorFrom(ctx), f)
	if err != nil && n == 0 {
		return nil, err
	}
	return answer(quarantineBulkOut{Count: int64(n), Problem: s.reason(ctx, err)}), nil
}
