package rest

import (
	"context"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// changeShape is one entry of a history.
type changeShape struct {
	Seq    string    `json:"seq"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor,omitempty"`
	Who    string    `json:"who"`
	Op     string    `json:"op" enum:"create,update,delete,revive,purge"`
	Kind   string    `json:"kind"`
	First  string    `json:"first"`
	Last   string    `json:"last"`
	Parent string    `json:"parent,omitempty"`
	Before jsonx.Raw `json:"before,omitempty"`
	After  jsonx.Raw `json:"after,omitempty"`
}

func changeOf(e change.Entry) changeShape {
	return changeShape{
		Seq: strconv.FormatInt(e.Seq, 10), At: e.At, Actor: ref(e.Actor), Who: e.ActorName, Op: e.Op, Kind: e.Kind, First: ref(e.First), Last: ref(e.Last), Parent: ref(e.Parent),
		Before: e.Before, After: e.After,
	}
}

type historyIn struct {
	ItemPath
	Paging
}

func (s *Server) reportHistory(ctx context.Context, in *historyIn) (*body[list[changeShape]], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	if _, err := s.o.Reports.Get(ctx, auth.ActorFrom(ctx).Scope, n); err != nil {
		return nil, err
	}
	scope := auth.ActorFrom(ctx).Scope
	return historyPage(in.Paging, func(before int64) ([]change.Entry, error) {
		return s.o.Changes.Inside(ctx, scope, n, before, in.Limit)
	})
}

func (s *Server) history(ctx context.Context, kind string, n id.ID, p Paging) (*body[list[changeShape]], error) {
	return historyPage(p, func(before int64) ([]change.Entry, error) {
		return s.o.Changes.History(ctx, auth.ActorFrom(ctx).Scope, kind, n, before, p.Limit)
	})
}

// historyPage answers with one page of a history; read gets the number that entries stay under, 0 for none.
func historyPage(p Paging, read func(before int64) ([]change.Entry, error)) (*body[list[changeShape]], error) {
	before := int64(0)
	if p.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(p.Cursor, 10, 64); err != nil {
			return nil, errBadCursor
		}
	}
	found, err := read(before)
	if err != nil {
		return nil, err
	}
	out := make([]changeShape, len(found))
	for i, e := range found {
		out[i] = changeOf(e)
	}
	next := ""
	if len(found) == p.Limit {
		next = out[len(out)-1].Seq
	}
	return page(out, next), nil
}
