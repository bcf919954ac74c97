package rest

import (
	"context"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/report"
)

// Decision is what a reviewer says of claims.
type Decision struct {
	State   string     `json:"state" enum:"proposed,accepted,rejected"`
	Reach   string     `json:"reach,omitempty" enum:"here,source,everywhere" default:"here" doc:"How far a rejection reaches: this report, all of its source, all of the organisation."`
	Reason  string     `json:"reason,omitempty" maxLength:"200" doc:"Required for a rejection; see /corrections/reasons." example:"legitimate_service"`
	Comment string     `json:"comment,omitempty" maxLength:"5000"`
	Expires *time.Time `json:"expires,omitempty" doc:"When a rejection ends; left out: never."`
}

func (d Decision) on(claims []id.ID) (report.Decision, error) {
	st, ok := report.ParseState(d.State)
	if !ok {
		return report.Decision{}, errs.New(errs.Invalid, "state_unknown", "{value} is no state of a claim.", "value", d.State).At("state")
	}
	out := report.Decision{Claims: claims, State: st, Reach: report.Reach(d.Reach), Reason: d.Reason, Comment: d.Comment}
	if out.Reach == "" {
		out.Reach = report.Here
	}
	if d.Expires != nil {
		out.Expires = *d.Expires
	}
	return out, nil
}

type reviewIn struct {
	Body struct {
		Claims   []string `json:"claims" minItems:"1" maxItems:"10000"`
		Versions []int64  `json:"versions,omitempty" maxItems:"10000" doc:"Those that were read, in the order of claims: a stale one is refused."`
		Decision
	}
}

func (s *Server) reviewClaims(ctx context.Context, in *reviewIn) (*body[DoneShape], error) {
	claims, err := parseRefs(in.Body.Claims)
	if err != nil {
		return nil, err
	}
	d, err := in.Body.on(claims)
	if err != nil {
		return nil, err
	}
	if len(in.Body.Versions) != 0 && len(in.Body.Versions) != len(claims) {
		return nil, errs.New(errs.Invalid, "versions_count", "There are {versions} versions for {claims} claims.", "versions", len(in.Body.Versions), "claims", len(claims)).At("versions")
	}
	d.Versions = in.Body.Versions
	out, err := s.o.Reports.Review(ctx, auth.ActorFrom(ctx), d)
	return s.done(ctx, out, err)
}

type reviewMatchingIn struct {
	ItemPath
	Body struct {
		Q        string   `json:"q,omitempty" maxLength:"16384" doc:"Search language; left out: all."`
		States   []string `json:"states,omitempty" enum:"proposed,accepted,rejected" doc:"Only claims in these states; left out: those that are not in the new state."`
		Document string   `json:"document,omitempty" doc:"Only claims mentioned in this document."`
		From     int64    `json:"from,omitempty" minimum:"0" doc:"With document and to: a section of its text, in bytes."`
		To       int64    `json:"to,omitempty" minimum:"0"`
		Decision
	}
}

type reviewMatchingOut struct {
	DoneShape
	More bool `json:"more" doc:"Further claims match: send the same again."`
}

// matchingMost is how many claims one decision by filter takes.
const matchingMost = 10_000

func (s *Server) reviewMatching(ctx context.Context, in *reviewMatchingIn) (*body[reviewMatchingOut], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor, b := auth.ActorFrom(ctx), in.Body
	if _, err := s.o.Reports.Get(ctx, actor.Scope, n); err != nil {
		return nil, err
	}
	d, err := b.on(nil)
	if err != nil {
		return nil, err
	}
	f, err := claimFilter(n, b.Q, b.States, b.Document, b.From, b.To)
	if err != nil {
		return nil, err
	}
	if len(f.States) == 0 {
		for st := report.Proposed; st <= report.Rejected; st++ {
			if st != d.State {
				f.States = append(f.States, st)
			}
		}
	}
	next := ""
	for len(d.Claims) < matchingMost {
		found, more, err := s.o.Reports.Reader().Claims(ctx, actor.Scope, f, report.Page{Cursor: next, Limit: min(5000, matchingMost-len(d.Claims))})
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			d.Claims = append(d.Claims, c.ID)
			d.Versions = append(d.Versions, c.Version)
		}
		if next = more; next == "" {
			break
		}
	}
	out := reviewMatchingOut{More: next != ""}
	if len(d.Claims) == 0 {
		out.DoneShape = DoneShape{Changed: []changedClaim{}, Corrections: []string{}, Undo: []string{}}
		return answer(out), nil
	}
	done, err := s.o.Reports.Review(ctx, actor, d)
	if err != nil {
		return nil, err
	}
	out.DoneShape, err = s.doneOf(ctx, done)
	return answer(out), err
}

type claimsIn struct {
	Body struct {
		Claims []string `json:"claims" minItems:"1" maxItems:"10000"`
	}
}

type toIDsIn struct {
	Body struct {
		Claims []string `json:"claims" minItems:"1" maxItems:"10000"`
		ToIDs  bool     `json:"to_ids"`
	}
}

func (s *Server) setToIDs(ctx context.Context, in *toIDsIn) (*body[DoneShape], error) {
	claims, err := parseRefs(in.Body.Claims)
	if err != nil {
		return nil, err
	}
	out, err := s.o.Reports.SetToIDs(ctx, auth.ActorFrom(ctx), claims, in.Body.ToIDs)
	return s.done(ctx, out, err)
}

func (s *Server) deleteClaims(ctx context.Context, in *claimsIn) (*body[DoneShape], error) {
	claims, err := parseRefs(in.Body.Claims)
	if err != nil {
		return nil, err
	}
	out, err := s.o.Reports.DeleteClaims(ctx, auth.ActorFrom(ctx), claims)
	return s.done(ctx, out, err)
}

func (s *Server) restoreClaims(ctx context.Context, in *claimsIn) (*body[DoneShape], error) {
	claims, err := parseRefs(in.Body.Claims)
	if err != nil {
		return nil, err
	}
	out, err := s.o.Reports.RestoreClaims(ctx, auth.ActorFrom(ctx), claims)
	return s.done(ctx, out, err)
}

type undoIn struct {
	Body struct {
		Undo []string `json:"undo" minItems:"1" maxItems:"20000" doc:"What an action answered as undo."`
	}
}

func (s *Server) undo(ctx context.Context, in *undoIn) (*body[DoneShape], error) {
	seqs := make([]int64, len(in.Body.Undo))
	for i, text := range in.Body.Undo {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n <= 0 {
			return nil, errs.New(errs.Invalid, "undo_form", "{value} is nothing that an action answered as undo.", "value", text).At("undo")
		}
		seqs[i] = n
	}
	out, err := s.o.Reports.Undo(ctx, auth.ActorFrom(ctx), seqs)
	return s.done(ctx, out, err)
}

// correctionShape is a decision that survives re-reading.
type correctionShape struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind" enum:"reject,to_ids,replaced"`
	Value   ValueShape `json:"value"`
	Reach   string     `json:"reach" enum:"here,source,everywhere"`
	Source  string     `json:"source,omitempty"`
	Report  string     `json:"report,omitempty"`
	Setting string     `json:"setting,omitempty" doc:"true or false for to_ids; the new value for replaced."`
	Reason  string     `json:"reason"`
	Comment string     `json:"comment,omitempty"`
	By      string     `json:"by"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
	Undone  *time.Time `json:"undone,omitempty"`
}

func correctionOf(k report.Correction) correctionShape {
	return correctionShape{
		ID: ref(k.ID), Kind: string(k.Kind), Value: valueOf(k.Value.ID, k.Value.Value), Reach: string(k.Reach), Source: ref(k.Source), Report: ref(k.Report), Setting: k.Setting, Reason: k.Reason,
		Comment: k.Comment, By: k.ActorName, Created: k.Created, Expires: when(k.Expires), Undone: when(k.Undone),
	}
}

type correctionsIn struct {
	Paging
	Value  string `query:"value" doc:"Id of an observable."`
	Source string `query:"source" doc:"Id of a source."`
	Report string `query:"report" doc:"Id of a report."`
	Active bool   `query:"active" doc:"Only those that are neither undone nor expired."`
}

func (s *Server) listCorrections(ctx context.Context, in *correctionsIn) (*body[list[correctionShape]], error) {
	f := report.CorrectionFilter{Active: in.Active}
	for _, x := range []struct {
		text string
		to   *id.ID
	}{{in.Value, &f.Value}, {in.Source, &f.Source}, {in.Report, &f.Report}} {
		if x.text == "" {
			continue
		}
		var err error
		if *x.to, err = id.Parse(x.text); err != nil {
			return nil, err
		}
	}
	found, next, err := s.o.Reports.Corrections().ListCorrections(ctx, auth.ActorFrom(ctx).Scope, f, report.Page{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]correctionShape, len(found))
	for i, k := range found {
		out[i] = correctionOf(k)
	}
	return page(out, next), nil
}

type reasonsOut struct {
	Reasons []string `json:"reasons"`
}

func (s *Server) correctionReasons(context.Context, *empty) (*body[reasonsOut], error) {
	return answer(reasonsOut{Reasons: report.Reasons()}), nil
}

func (s *Server) liftCorrection(ctx context.Context, in *ItemPath) (*body[DoneShape], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	out, err := s.o.Reports.LiftCorrection(ctx, auth.ActorFrom(ctx), n)
	return s.done(ctx, out, err)
}
