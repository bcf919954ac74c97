package rest

import (
	"context"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

func (s *Server) auditRoutes() {
	read, all := Rule{Need: sharing.ReadAudit}, Rule{Need: sharing.ManageSystem}
	register(s, op{Method: "GET", Path: "/audit", ID: "list-audit", Tag: "audit", Summary: "Who did what", Rule: read, Doc: "Newest first. Without users.all the own organisation's entries only."}, s.listAudit)
	register(s, op{Method: "GET", Path: "/audit/head", ID: "audit-head", Tag: "audit", Summary: "The newest link of the chain", Rule: all, Doc: "Kept elsewhere, it shows later that the end was cut off."}, s.auditHead)
	register(s, op{Method: "POST", Path: "/audit/verify", ID: "verify-audit", Tag: "audit", Summary: "Check the chain", Rule: all, Doc: "Reads the whole trail and names the first link that does not hold.", Repeatable: true}, s.verifyAudit)
}

// auditShape is one act.
type auditShape struct {
	Seq       string    `json:"seq"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor,omitempty" doc:"Id of the account; left out for the system and the unknown."`
	ActorName string    `json:"actor_name"`
	Org       string    `json:"organisation,omitempty"`
	Via       string    `json:"via"`
	Address   string    `json:"address,omitempty"`
	Action    string    `json:"action" example:"account.create"`
	Object    string    `json:"object,omitempty" example:"account 12"`
	Outcome   string    `json:"outcome" enum:"ok,denied,failed"`
	Detail    jsonx.Raw `json:"detail,omitempty"`
	Link      string    `json:"link,omitempty" doc:"Place in the chain, left out until it is linked."`
}

func auditOf(e audit.Entry) auditShape {
	out := auditShape{
		Seq: strconv.FormatInt(e.Seq, 10), At: e.At, Actor: ref(e.Actor), ActorName: e.ActorName, Org: ref(e.Org), Via: e.Via, Address: e.Address, Action: e.Action,
		Object: e.Object, Outcome: e.Outcome, Detail: e.Detail,
	}
	if e.Link != 0 {
		out.Link = strconv.FormatInt(e.Link, 10)
	}
	return out
}

type listAuditIn struct {
	Cursor       string    `query:"cursor"`
	Limit        int       `query:"limit" default:"100" minimum:"1" maximum:"1000"`
	Actor        string    `query:"actor" doc:"Id of an account."`
	Organisation string    `query:"organisation"`
	Action       string    `query:"action" maxLength:"200" doc:"This action or those below it: account finds account.create."`
	Outcome      string    `query:"outcome" enum:"ok,denied,failed"`
	Object       string    `query:"object" maxLength:"300" doc:"Exactly, e.g. account 12."`
	From         time.Time `query:"from"`
	Until        time.Time `query:"until" doc:"Exclusive."`
}

func (s *Server) listAudit(ctx context.Context, in *listAuditIn) (*body[list[auditShape]], error) {
	f := audit.Filter{Action: in.Action, Outcome: in.Outcome, Object: in.Object, From: in.From, Until: in.Until}
	var err error
	if f.Actor, err = optionalRef(in.Actor); err != nil {
		return nil, err
	}
	if f.Org, err = optionalRef(in.Organisation); err != nil {
		return nil, err
	}
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, err := s.o.Audit.List(ctx, auth.ActorFrom(ctx), f, before, in.Limit)
	return page(shapes(found, auditOf), cursorOf(next)), err
}

// numberCursor reads the cursor of lists that go by a number; 0 begins.
func numberCursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, errs.New(errs.Invalid, "bad_cursor", "The cursor is not one that this list gave: start at the first page.")
	}
	return n, nil
}

func cursorOf(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

type headOut struct {
	Head string `json:"head" doc:"link:hash"`
}

func (s *Server) auditHead(ctx context.Context, _ *empty) (*body[headOut], error) {
	end, err := s.o.Audit.Head(ctx)
	return answer(headOut{Head: end.String()}), err
}

type verifyIn struct {
	Body struct {
		Head string `json:"head,omitempty" maxLength:"200" doc:"A head kept elsewhere: the chain must pass through it."`
	}
}

type verifyOut struct {
	Holds   bool     `json:"holds"`
	Checked string   `json:"checked" doc:"Links looked at."`
	First   string   `json:"first" doc:"The oldest link that is kept."`
	Head    string   `json:"head"`
	Pending bool     `json:"pending" doc:"Some entries are written but not linked yet."`
	Problem *Problem `json:"problem,omitempty" doc:"The first link that does not hold."`
}

func (s *Server) verifyAudit(ctx context.Context, in *verifyIn) (*body[verifyOut], error) {
	var known audit.End
	if in.Body.Head != "" {
		var err error
		if known, err = audit.ParseEnd(in.Body.Head); err != nil {
			return nil, err
		}
	}
	v, err := s.o.Audit.Verify(ctx, known)
	if err != nil {
		return nil, err
	}
	out := verifyOut{Holds: v.Broken == nil, Checked: strconv.FormatInt(v.Checked, 10), First: strconv.FormatInt(v.First, 10), Head: v.Head.String(), Pending: v.Pending}
	if v.Broken != nil {
		out.Problem = s.reason(ctx, v.Broken)
	}
	return answer(out), nil
}

// reason shows an error inside an answer that is a success as a whole.
func (s *Server) reason(ctx context.Context, err error) *Problem {
	if err == nil {
		return nil
	}
	p, _ := s.problem(ctx, err).(*Problem) //nolint:errorlint // problem returns its own type
	return p
}

func auditEntry(a sharing.Actor, action, object string) audit.Entry {
	return audit.By(a, action, object, audit.OK)
}
