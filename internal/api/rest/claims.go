package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/query"
	"github.com/vedette-ti/vedette/internal/report"
)

func (s *Server) claimRoutes() {
	read, write, review, remove := Rule{Need: readIntel}, Rule{Need: writeIntel}, Rule{Need: reviewIntel}, Rule{Need: deleteIntel}
	const tag, acts = "claims", "claim_missing claim_not_owner stale review_too_large"
	register(s, op{Method: "GET", Path: "/reports/{id}/claims", ID: "list-report-claims", Tag: tag, Summary: "Claims of a report", Rule: read, Codes: "report_missing query_value bad_cursor", Doc: "In the order in which they were stated, with what is known of their values. The first page counts all that match."}, s.reportClaims)
	register(s, op{Method: "POST", Path: "/reports/{id}/claims", ID: "add-report-claims", Tag: tag, Summary: "Add claims to a report", Rule: write, Codes: "report_missing not_owner batch_too_large", Doc: "The good ones go in, the others are named with their reason and kept in quarantine. What the report states already is not added again."}, s.addReportClaims)
	register(s, op{Method: "POST", Path: "/reports/{id}/claims/review", ID: "review-report-claims", Tag: tag, Summary: "Decide on all claims of a report that match", Rule: review, Codes: acts, Doc: "At most 10,000 at once: repeat while more is true."}, s.reviewMatching)
	register(s, op{Method: "GET", Path: "/claims/{id}", ID: "get-claim", Tag: tag, Summary: "A claim", Rule: read, Codes: "claim_missing"}, s.getClaim)
	register(s, op{Method: "PATCH", Path: "/claims/{id}", ID: "edit-claim", Tag: tag, Summary: "Change a claim", Rule: review, Codes: acts + " type_unknown value_unknown if_match_form", Doc: "Another value is remembered: when the source is read again the old one does not come back."}, s.editClaim)
	register(s, op{Method: "GET", Path: "/claims/{id}/history", ID: "claim-history", Tag: tag, Summary: "What was changed, newest first", Rule: read, Codes: "claim_missing bad_cursor"}, s.claimHistory)
	register(s, op{Method: "POST", Path: "/claims/review", ID: "review-claims", Tag: tag, Summary: "Accept, reject or reopen claims", Rule: review, Codes: acts + " reason_missing reach_unknown", Doc: "All are decided or none. A rejection reaches as far as asked, now and when sources are read again."}, s.reviewClaims)
	register(s, op{Method: "POST", Path: "/claims/to-ids", ID: "set-to-ids", Tag: tag, Summary: "Turn claims into detections or back", Rule: review, Codes: acts}, s.setToIDs)
	register(s, op{Method: "POST", Path: "/claims/delete", ID: "delete-claims", Tag: tag, Summary: "Delete claims", Rule: remove, Codes: acts, Doc: "Soft: restore or undo bring them back."}, s.deleteClaims)
	register(s, op{Method: "POST", Path: "/claims/restore", ID: "restore-claims", Tag: tag, Summary: "Bring deleted claims back", Rule: remove, Codes: acts}, s.restoreClaims)
	register(s, op{Method: "POST", Path: "/undo", ID: "undo", Tag: tag, Summary: "Undo actions", Rule: review, Codes: "change_missing not_undoable " + acts, Doc: "Takes what an action answered as undo. What somebody has changed since is left alone: then nothing is undone."}, s.undo)
	register(s, op{Method: "GET", Path: "/corrections", ID: "list-corrections", Tag: tag, Summary: "Decisions that are remembered", Rule: read, Codes: "bad_cursor", Doc: "Of the own organisation, newest first."}, s.listCorrections)
	register(s, op{Method: "GET", Path: "/corrections/reasons", ID: "correction-reasons", Tag: tag, Summary: "Reasons for a rejection to choose from", Rule: read, Doc: "Others may be written freely."}, s.correctionReasons)
	register(s, op{Method: "POST", Path: "/corrections/{id}/lift", ID: "lift-correction", Tag: tag, Summary: "End a Decision", Rule: review, Codes: "correction_missing", Doc: "Claims that it had set go back to proposed."}, s.liftCorrection)
}

type reportClaimsIn struct {
	ItemPath
	Paging
	Q        string   `query:"q" maxLength:"16384" doc:"Search language, e.g. type:ip pain:>=3 own:yes"`
	State    []string `query:"state" enum:"proposed,accepted,rejected" doc:"Only these states."`
	Document string   `query:"document" doc:"Only claims mentioned in this document."`
	From     int64    `query:"from" minimum:"0" doc:"With document and to: mentioned from this byte of the text."`
	To       int64    `query:"to" minimum:"0" doc:"With document: mentioned before this byte."`
	Deleted  bool     `query:"deleted" doc:"Deleted ones too."`
}

type claimsOut struct {
	Items []claimShape `json:"items"`
	Next  *string      `json:"next"`
	Tally *claimTally  `json:"tally,omitempty" doc:"Counts of all that match, on the first page."`
}

// claimTally counts claims that match a filter.
type claimTally struct {
	State map[string]int64 `json:"state"`
	Type  map[string]int64 `json:"type"`
}

func states(names []string) ([]report.State, error) {
	out := make([]report.State, len(names))
	for i, n := range names {
		st, ok := report.ParseState(n)
		if !ok {
			return nil, errs.New(errs.Invalid, "state_unknown", "{value} is no state of a claim.", "value", n).At("state")
		}
		out[i] = st
	}
	return out, nil
}

// claimFilter makes the filter of a listing or a bulk Decision in one report.
func claimFilter(in id.ID, q string, state []string, document string, from, to int64) (report.Filter, error) {
	f := report.Filter{Report: in, From: from, To: to}
	var err error
	if f.Query, err = query.Parse(q); err != nil {
		return f, err
	}
	if f.States, err = states(state); err != nil {
		return f, err
	}
	if document != "" {
		f.Document, err = id.Parse(document)
	}
	return f, err
}

func (s *Server) reportClaims(ctx context.Context, in *reportClaimsIn) (*body[claimsOut], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	if _, err := s.o.Reports.Get(ctx, actor.Scope, n); err != nil {
		return nil, err
	}
	f, err := claimFilter(n, in.Q, in.State, in.Document, in.From, in.To)
	if err != nil {
		return nil, err
	}
	f.Deleted = in.Deleted
	found, next, err := s.o.Reports.Reader().Claims(ctx, actor.Scope, f, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := claimsOut{}
	if out.Items, err = s.completeClaims(ctx, found); err != nil {
		return nil, err
	}
	if next != "" {
		out.Next = &next
	}
	if in.Cursor == "" {
		states, types, err := s.o.Reports.Reader().Tally(ctx, actor.Scope, f)
		if err != nil {
			return nil, err
		}
		out.Tally = &claimTally{State: states, Type: types}
	}
	return answer(out), nil
}

// oneClaim reads a visible claim.
func (s *Server) oneClaim(ctx context.Context, in ItemPath) (report.Claim, error) {
	n, err := in.n()
	if err != nil {
		return report.Claim{}, err
	}
	found, err := s.o.Reports.Reader().ClaimsByID(ctx, auth.ActorFrom(ctx).Scope, []id.ID{n})
	if err == nil && len(found) == 0 {
		err = errs.New(errs.NotFound, "claim_missing", "There is no claim {id}.", "id", n)
	}
	if err != nil {
		return report.Claim{}, err
	}
	return found[0], nil
}

func (s *Server) getClaim(ctx context.Context, in *ItemPath) (*item[claimShape], error) {
	c, err := s.oneClaim(ctx, *in)
	if err != nil {
		return nil, err
	}
	out, err := s.completeClaims(ctx, []report.Claim{c})
	if err != nil {
		return nil, err
	}
	return versionedAnswer(c.Version, out[0]), nil
}

func (s *Server) claimHistory(ctx context.Context, in *historyIn) (*body[list[changeShape]], error) {
	c, err := s.oneClaim(ctx, in.ItemPath)
	if err != nil {
		return nil, err
	}
	return s.history(ctx, "claim", c.ID, in.Paging)
}

type editClaimIn struct {
	ItemPath
	IfMatchVersion
	Body struct {
		Version    int64       `json:"version,omitempty" doc:"The version that was read."`
		Type       *string     `json:"type,omitempty" maxLength:"100"`
		Value      *string     `json:"value,omitempty" minLength:"1" maxLength:"65536" doc:"As stated; defanged is fine."`
		Category   *string     `json:"category,omitempty" maxLength:"200"`
		Comment    *string     `json:"comment,omitempty" maxLength:"20000"`
		ToIDs      *bool       `json:"to_ids,omitempty"`
		Confidence *int        `json:"confidence,omitempty" minimum:"0" maximum:"100"`
		FirstSeen  *time.Time  `json:"first_seen,omitempty"`
		LastSeen   *time.Time  `json:"last_seen,omitempty"`
		Expires    *time.Time  `json:"expires,omitempty"`
		Label      *labelShape `json:"label,omitempty"`
	}
}

type editClaimOut struct {
	Claim claimShape `json:"claim"`
	DoneShape
}

func (s *Server) editClaim(ctx context.Context, in *editClaimIn) (*body[editClaimOut], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor, b := auth.ActorFrom(ctx), in.Body
	e := report.ClaimEdit{
		Type: b.Type, Value: b.Value, Category: b.Category, Comment: b.Comment, ToIDs: b.ToIDs, Confidence: b.Confidence, FirstSeen: b.FirstSeen, LastSeen: b.LastSeen, Expires: b.Expires,
	}
	if e.Version, err = in.version(b.Version); err != nil {
		return nil, err
	}
	if e.ACL, err = s.label(ctx, b.Label); err != nil {
		return nil, err
	}
	done, err := s.o.Reports.EditClaim(ctx, actor, n, e)
	if err != nil {
		return nil, err
	}
	now, err := s.getClaim(ctx, &in.ItemPath)
	if err != nil {
		return nil, err
	}
	out, err := s.doneOf(ctx, done)
	return answer(editClaimOut{Claim: now.Body, DoneShape: out}), err
}

// DoneShape tells what an action changed and how to undo it.
type DoneShape struct {
	Changed     []changedClaim `json:"changed"`
	Corrections []string       `json:"corrections" doc:"Decisions that are remembered from now on."`
	Undo        []string       `json:"undo" doc:"Give it to POST /undo."`
}

// changedClaim is what lists need to show a changed claim without reading it again.
type changedClaim struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	State   string `json:"state"`
	ToIDs   bool   `json:"to_ids"`
	Deleted bool   `json:"deleted"`
}

func (s *Server) doneOf(ctx context.Context, d report.Done) (DoneShape, error) {
	out := DoneShape{Changed: make([]changedClaim, 0, len(d.Claims)), Corrections: refs(d.Corrections), Undo: make([]string, len(d.Undo))}
	for i, n := range d.Undo {
		out.Undo[i] = id.ID(n).String()
	}
	for from := 0; from < len(d.Claims); from += 5000 {
		found, err := s.o.Reports.Reader().ClaimsByID(ctx, auth.ActorFrom(ctx).Scope, d.Claims[from:min(from+5000, len(d.Claims))])
		if err != nil {
			return out, err
		}
		for _, c := range found {
			out.Changed = append(out.Changed, changedClaim{ID: ref(c.ID), Version: c.Version, State: c.State.String(), ToIDs: c.ToIDs, Deleted: c.Deleted})
		}
	}
	return out, nil
}

func (s *Server) done(ctx context.Context, d report.Done, err error) (*body[DoneShape], error) {
	if err != nil {
		return nil, err
	}
	out, err := s.doneOf(ctx, d)
	return answer(out), err
}
