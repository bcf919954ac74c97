package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/watch"
)

func (s *Server) watchRoutes() {
	rule := Rule{Need: sharing.ManageWatches}
	register(s, op{Method: "GET", Path: "/watches", ID: "list-watches", Tag: "watches", Summary: "What I want to hear about", Rule: rule, Doc: "Newest first: the own ones; with users.org those of the organisation, or of one owner."}, s.listWatches)
	register(s, op{Method: "POST", Path: "/watches", ID: "create-watch", Tag: "watches", Summary: "Make a watch", Rule: rule, Status: http.StatusCreated, Doc: "It looks at what comes from now on."}, s.createWatch)
	register(s, op{Method: "GET", Path: "/watches/{id}", ID: "get-watch", Tag: "watches", Summary: "A watch", Rule: rule}, s.getWatch)
	register(s, op{Method: "PATCH", Path: "/watches/{id}", ID: "edit-watch", Tag: "watches", Summary: "Change a watch", Rule: rule, Doc: "A changed question starts anew."}, s.editWatch)
	register(s, op{Method: "DELETE", Path: "/watches/{id}", ID: "delete-watch", Tag: "watches", Summary: "Delete a watch", Rule: rule}, s.deleteWatch)
	register(s, op{Method: "POST", Path: "/watches/{id}/restore", ID: "restore-watch", Tag: "watches", Summary: "Bring a deleted watch back", Rule: rule, Doc: "Switched off."}, s.restoreWatch)
	register(s, op{Method: "GET", Path: "/watches/{id}/hits", ID: "watch-hits", Tag: "watches", Summary: "What a watch found", Rule: rule, Doc: "Newest first; what the reader may still see."}, s.watchHits)
	register(s, op{Method: "GET", Path: "/watches/{id}/notices", ID: "watch-notices", Tag: "watches", Summary: "What became of its messages", Rule: rule, Doc: "Newest first."}, s.watchNotices)
	s.channelRoutes()
}

// watchOptions tune a watch.
type watchOptions struct {
	Window       int    `json:"window" minimum:"0" maximum:"604800" doc:"Seconds over which hits are grouped into one message; 0 sends at once."`
	Related      bool   `json:"related,omitempty" doc:"Widens a value: URLs, mail addresses and names below a watched domain."`
	AcceptedOnly bool   `json:"accepted_only,omitempty"`
	Lines        int    `json:"lines,omitempty" minimum:"0" maximum:"200" doc:"Claims shown in one message; 0 means 20."`
	Lang         string `json:"lang,omitempty" enum:"en,zh,"`
}

// watchShape is one person's wish to hear.
type watchShape struct {
	ID       string       `json:"id"`
	Owner    string       `json:"owner"`
	Name     string       `json:"name"`
	Kind     string       `json:"kind" enum:"value,tag,asset,source,search"`
	Query    string       `json:"query" doc:"A value; a tag, * as wildcard; the id of an own asset, or any; the id of a source; a query."`
	Channels []string     `json:"channels"`
	Enabled  bool         `json:"enabled"`
	Options  watchOptions `json:"options"`
	Muted    *time.Time   `json:"muted_until,omitempty"`
	Hits     int64        `json:"hits"`
	LastHit  *time.Time   `json:"last_hit,omitempty"`
	Error    string       `json:"error,omitempty" doc:"Why it could not be evaluated."`
	Created  time.Time    `json:"created"`
	Modified time.Time    `json:"modified"`
	Version  int64        `json:"version"`
	Deleted  bool         `json:"deleted,omitempty"`
}

func watchOf(w watch.Watch) watchShape {
	return watchShape{
		ID: ref(w.ID), Owner: ref(w.Owner), Name: w.Name, Kind: string(w.Kind), Query: w.Query, Channels: refs(w.Channels), Enabled: w.Enabled, Options: watchOptions(w.Options),
		Muted: when(w.Muted), Hits: w.Hits, LastHit: when(w.LastHit), Error: w.Error, Created: w.Created, Modified: w.Modified, Version: w.Version, Deleted: w.Deleted,
	}
}

type listWatchesIn struct {
	Cursor  string `query:"cursor"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Q       string `query:"q" maxLength:"300" doc:"Part of the name."`
	Kind    string `query:"kind" enum:"value,tag,asset,source,search"`
	Owner   string `query:"owner"`
	Enabled string `query:"enabled" enum:"true,false"`
	Deleted bool   `query:"deleted" doc:"Only deleted ones."`
}

func (s *Server) listWatches(ctx context.Context, in *listWatchesIn) (*body[list[watchShape]], error) {
	owner, err := optionalRef(in.Owner)
	if err != nil {
		return nil, err
	}
	f := watch.Filter{Owner: owner, Kind: watch.Kind(in.Kind), Match: in.Q, Enabled: truth(in.Enabled), Deleted: in.Deleted}
	found, next, err := s.o.Watches.List(ctx, auth.ActorFrom(ctx), f, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, watchOf), next), err
}

type createWatchIn struct {
	Body struct {
		Name     string        `json:"name" minLength:"1" maxLength:"300"`
		Kind     string        `json:"kind" enum:"value,tag,asset,source,search"`
		Query    string        `json:"query" maxLength:"16384"`
		Channels []string      `json:"channels,omitempty" maxItems:"50"`
		Enabled  *bool         `json:"enabled,omitempty" doc:"Default true."`
		Options  *watchOptions `json:"options,omitempty"`
	}
}

func (s *Server) createWatch(ctx context.Context, in *createWatchIn) (*body[watchShape], error) {
	b := in.Body
	channels, err := parseRefs(b.Channels)
	if err != nil {
		return nil, err
	}
	d := watch.Draft{Name: b.Name, Kind: watch.Kind(b.Kind), Query: b.Query, Channels: channels, Enabled: b.Enabled == nil || *b.Enabled}
	if b.Options != nil {
		d.Options = watch.Options(*b.Options)
	}
	w, err := s.o.Watches.Create(ctx, auth.ActorFrom(ctx), d)
	return answer(watchOf(w)), err
}

func (s *Server) getWatch(ctx context.Context, in *idPath) (*body[watchShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	w, err := s.o.Watches.Get(ctx, auth.ActorFrom(ctx), n)
	return answer(watchOf(w)), err
}

type editWatchIn struct {
	ID   string `path:"id"`
	Body struct {
		Version  int64         `json:"version,omitempty"`
		Name     *string       `json:"name,omitempty" minLength:"1" maxLength:"300"`
		Kind     *string       `json:"kind,omitempty" enum:"value,tag,asset,source,search"`
		Query    *string       `json:"query,omitempty" maxLength:"16384"`
		Channels *[]string     `json:"channels,omitempty" maxItems:"50"`
		Enabled  *bool         `json:"enabled,omitempty"`
		Options  *watchOptions `json:"options,omitempty"`
		Muted    *time.Time    `json:"muted_until,omitempty"`
		Unmute   bool          `json:"unmute,omitempty"`
	}
}

func (s *Server) editWatch(ctx context.Context, in *editWatchIn) (*body[watchShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	e := watch.Edit{Name: b.Name, Query: b.Query, Enabled: b.Enabled, Muted: b.Muted}
	if b.Kind != nil {
		k := watch.Kind(*b.Kind)
		e.Kind = &k
	}
	if b.Channels != nil {
		channels, err := parseRefs(*b.Channels)
		if err != nil {
			return nil, err
		}
		e.Channels = &channels
	}
	if b.Options != nil {
		o := watch.Options(*b.Options)
		e.Options = &o
	}
	if b.Unmute {
		e.Muted = &time.Time{}
	}
	if e.Version, err = versionOr(b.Version, s.watchVersion(ctx, actor, n)); err != nil {
		return nil, err
	}
	w, err := s.o.Watches.Update(ctx, actor, n, e)
	return answer(watchOf(w)), err
}

func (s *Server) watchVersion(ctx context.Context, actor sharing.Actor, n id.ID) func() (int64, error) {
	return func() (int64, error) {
		w, err := s.o.Watches.Get(ctx, actor, n)
		return w.Version, err
	}
}

func (s *Server) deleteWatch(ctx context.Context, in *versioned) (*empty, error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.watchVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	return nil, s.o.Watches.Delete(ctx, actor, n, version)
}

func (s *Server) restoreWatch(ctx context.Context, in *versioned) (*body[watchShape], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := versionOr(in.Version, s.watchVersion(ctx, actor, n))
	if err != nil {
		return nil, err
	}
	if err := s.o.Watches.Restore(ctx, actor, n, version); err != nil {
		return nil, err
	}
	w, err := s.o.Watches.Get(ctx, actor, n)
	return answer(watchOf(w)), err
}

// hitShape is something that a watch found.
type hitShape struct {
	Seq    string    `json:"seq"`
	Report string    `json:"report,omitempty"`
	Claim  string    `json:"claim,omitempty" doc:"Left out when the report itself was found."`
	At     time.Time `json:"at"`
}

type watchItemsIn struct {
	ID     string `path:"id"`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

func (s *Server) watchHits(ctx context.Context, in *watchItemsIn) (*body[list[hitShape]], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.o.Watches.Hits(ctx, actor, n, before, in.Limit)
	next := ""
	if len(found) > 0 { // hits that may not be seen any more leave gaps, so that a short page is not the end
		next = cursorOf(found[len(found)-1].Seq)
	}
	return page(shapes(found, func(h watch.Hit) hitShape {
		return hitShape{Seq: cursorOf(h.Seq), Report: ref(h.Report), Claim: ref(h.Claim), At: h.At}
	}), next), err
}

// noticeShape is one message of a watch to a channel.
type noticeShape struct {
	ID       string     `json:"id"`
	Channel  string     `json:"channel"`
	Hits     int64      `json:"hits"`
	State    string     `json:"state" enum:"queued,sent,failed,suppressed" doc:"suppressed: nothing in it may be seen by the owner or leave by the channel."`
	Attempts int        `json:"attempts"`
	Created  time.Time  `json:"created"`
	Ended    *time.Time `json:"ended,omitempty"`
	Error    string     `json:"error,omitempty"`
}

func (s *Server) watchNotices(ctx context.Context, in *watchItemsIn) (*body[list[noticeShape]], error) {
	n, actor, err := s.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Watches.Log(ctx, actor, n, watch.Filter{}, pageOf(in.Cursor, in.Limit))
	return page(shapes(found, func(x watch.Notice) noticeShape {
		return noticeShape{
			ID: ref(x.ID), Channel: ref(x.Channel), Hits: x.Hits, State: string(x.State), Attempts: x.Attempts, Created: x.Created, Ended: when(x.Ended), Error: x.Error,
		}
	}), next), err
}
