package rest

import (
	"context"
	"mime"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/report"
)

// claimInput is one claim to be added.
type claimInput struct {
	Value      string        `json:"value" minLength:"1" maxLength:"65536" doc:"As stated; defanged is fine." example:"hxxp://evil[.]example/a"`
	Type       string        `json:"type,omitempty" maxLength:"100" doc:"MISP's name or an output name; left out: recognised." example:"url"`
	Category   string        `json:"category,omitempty" maxLength:"200"`
	Comment    string        `json:"comment,omitempty" maxLength:"20000"`
	ToIDs      *bool         `json:"to_ids,omitempty" doc:"Left out: as is usual for the type."`
	Confidence int           `json:"confidence,omitempty" minimum:"0" maximum:"100" doc:"0 or left out: 50."`
	Tags       []string      `json:"tags,omitempty" maxItems:"100"`
	FirstSeen  *time.Time    `json:"first_seen,omitempty"`
	LastSeen   *time.Time    `json:"last_seen,omitempty"`
	Expires    *time.Time    `json:"expires,omitempty" doc:"Left out: as is usual for the type."`
	Mention    *mentionInput `json:"mention,omitempty" doc:"Where it stands in a text of the report."`
}

type mentionInput struct {
	Document string `json:"document"`
	Start    int64  `json:"start" minimum:"0" doc:"Bytes of the text."`
	End      int64  `json:"end" minimum:"1"`
}

func (c claimInput) draft(place string) report.ClaimDraft {
	d := report.ClaimDraft{Type: c.Type, Category: c.Category, Stated: c.Value, Comment: c.Comment, ToIDs: c.ToIDs, Confidence: c.Confidence, Tags: c.Tags, Place: place}
	for _, t := range []struct {
		to   *time.Time
		from *time.Time
	}{{&d.FirstSeen, c.FirstSeen}, {&d.LastSeen, c.LastSeen}, {&d.Expires, c.Expires}} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	return d
}

// addResult is what became of one claim.
type addResult struct {
	Index   int            `json:"index" doc:"Place in the input, from 0."`
	Value   string         `json:"value"`
	Status  string         `json:"status" enum:"added,known,refused" doc:"known: stated before, also earlier in this input."`
	Claim   string         `json:"claim,omitempty"`
	Code    string         `json:"code,omitempty" doc:"Why it was refused."`
	Message string         `json:"message,omitempty"`
	Params  map[string]any `json:"params,omitempty"`
}

type addOut struct {
	Added   int         `json:"added"`
	Known   int         `json:"known"`
	Refused int         `json:"refused"`
	Results []addResult `json:"results" doc:"In the order of the input."`
}

// added tells what became of each draft.
func added(claims []report.ClaimDraft, res report.Result) addOut {
	out := addOut{Results: make([]addResult, len(claims))}
	refused := make(map[int]report.Refusal, len(res.Refused))
	for _, r := range res.Refused {
		refused[r.Index] = r
	}
	seen := make(map[id.ID]bool, len(claims))
	for i, c := range claims {
		r := addResult{Index: i, Value: c.Stated, Status: "added", Claim: ref(res.Claims[i])}
		no, bad := refused[i]
		_, held := slices.BinarySearch(res.Held, i)
		switch {
		case bad:
			r.Status, r.Code, r.Message, r.Params = "refused", no.Code, no.Reason, shown(no.Params)
			out.Refused++
		case held, res.Claims[i] == 0, seen[res.Claims[i]]: // 0: a correction says that another value took its place
			r.Status = "known"
			out.Known++
		default:
			out.Added++
		}
		seen[res.Claims[i]] = true
		out.Results[i] = r
	}
	return out
}

type addReportClaimsIn struct {
	ItemPath
	Body struct {
		Claims []claimInput `json:"claims" minItems:"1" maxItems:"5000"`
		Accept bool         `json:"accept,omitempty" doc:"New ones are accepted at once; needs intel.review."`
	}
}

func (s *Server) addReportClaims(ctx context.Context, in *addReportClaimsIn) (*body[addOut], error) {
	n, err := in.n()
	if err != nil {
		return nil, err
	}
	actor := auth.ActorFrom(ctx)
	if in.Body.Accept {
		if err := actor.Need(reviewIntel); err != nil {
			return nil, err
		}
	}
	docs, err := s.documents(ctx, in.ItemPath)
	if err != nil {
		return nil, err
	}
	src, err := s.o.Sources.Builtin(ctx, actor, actor.Org, "drop")
	if err != nil {
		return nil, err
	}
	b := report.Batch{Source: src.ID, Into: n, Accept: in.Body.Accept, Claims: make([]report.ClaimDraft, len(in.Body.Claims))}
	for _, d := range docs {
		b.Mentioned = append(b.Mentioned, d.ID)
	}
	for i, c := range in.Body.Claims {
		b.Claims[i] = c.draft("claims[" + id.ID(i).String() + "]")
		if c.Mention == nil {
			continue
		}
		if b.Claims[i].Mentions, err = mentionIn(docs, *c.Mention); err != nil {
			return nil, err
		}
	}
	if err := s.annotate(ctx, actor.Org, b.Claims); err != nil {
		return nil, err
	}
	res, err := s.o.Reports.Ingest(ctx, actor, b)
	if err != nil {
		return nil, err
	}
	return answer(added(b.Claims, res)), nil
}

func mentionIn(docs []report.Document, m mentionInput) ([]report.MentionDraft, error) {
	at := slices.IndexFunc(docs, func(d report.Document) bool { return ref(d.ID) == m.Document })
	if at < 0 {
		return nil, errs.New(errs.Invalid, "mention_document", "The report has no document {id}.", "id", m.Document).At("mention.document")
	}
	if m.End <= m.Start || m.End > docs[at].TextSize {
		return nil, errs.New(errs.Invalid, "mention_range", "{start}–{end} is no part of the text, which has {size} bytes.", "start", m.Start, "end", m.End, "size", docs[at].TextSize).At("mention.start")
	}
	return []report.MentionDraft{{Document: at, Start: m.Start, End: m.End}}, nil
}

// lines is the input of operations that take JSON or plain lines. It is read here, not by huma: large lists
// are decoded once.
type lines struct {
	ContentType string `header:"Content-Type"`
	RawBody     []byte `contentType:"text/plain"`
}

// takes documents the JSON form beside the plain lines.
func takes[T any](s *Server, path, hint string) {
	op := s.api.OpenAPI().Paths[path].Post
	op.RequestBody.Content["application/json"] = &huma.MediaType{Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, hint)}
	op.RequestBody.Content["text/plain"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "One value in each line; empty lines and lines that begin with # are passed over."}}
}

// read decodes the JSON form into v, or returns the lines.
func (l *lines) read(v any) (text []string, plain bool, err error) {
	media, _, err := mime.ParseMediaType(l.ContentType)
	if l.ContentType != "" && err != nil {
		return nil, false, errMedia
	}
	switch {
	case media == "", media == "application/json":
		if err := withoutZero(l.RawBody); err != nil {
			return nil, false, err
		}
		return nil, false, jsonx.UnmarshalExact(l.RawBody, v)
	case strings.HasPrefix(media, "text/"):
		for line := range strings.Lines(string(l.RawBody)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				text = append(text, line)
			}
		}
		return text, true, nil
	}
	return nil, false, errMedia
}

var errMedia = errs.New(errs.Unsupported, "media_type", "Send application/json, or text/plain with one value in each line.")

// bulkInput are claims that stand alone.
type bulkInput struct {
	Claims []claimInput `json:"claims" minItems:"1" maxItems:"50000"`
	Label  *labelShape  `json:"label,omitempty" doc:"Left out: the default of the organisation's drop source."`
	Tags   []string     `json:"tags,omitempty" maxItems:"100" doc:"For each of them."`
	Accept bool         `json:"accept,omitempty" doc:"New ones are accepted at once; needs intel.review."`
}

func (s *Server) addObservables(ctx context.Context, in *lines) (*body[addOut], error) {
	var b bulkInput
	text, plain, err := in.read(&b)
	if err != nil {
		return nil, err
	}
	if plain {
		b.Claims = make([]claimInput, len(text))
		for i, t := range text {
			b.Claims[i].Value = t
		}
	}
	if len(b.Claims) == 0 {
		return nil, errs.New(errs.Invalid, "claims_empty", "There is nothing to add.").At("claims")
	}
	if len(b.Claims) > report.MaxClaims {
		return nil, errs.New(errs.TooLarge, "batch_too_large", "A batch of {count} claims is over the limit of {limit}: send it in parts.", "count", len(b.Claims), "limit", report.MaxClaims)
	}
	actor := auth.ActorFrom(ctx)
	if b.Accept {
		if err := actor.Need(reviewIntel); err != nil {
			return nil, err
		}
	}
	acl, err := s.label(ctx, b.Label)
	if err != nil {
		return nil, err
	}
	src, err := s.o.Sources.Builtin(ctx, actor, actor.Org, "drop")
	if err != nil {
		return nil, err
	}
	batch := report.Batch{Source: src.ID, Accept: b.Accept, Claims: make([]report.ClaimDraft, len(b.Claims))}
	if acl != nil {
		batch.ACL = *acl
	}
	for i, c := range b.Claims {
		if c.Mention != nil {
			return nil, errs.New(errs.Invalid, "mention_nowhere", "Claims that stand alone have no text to stand in.").At("claims[" + id.ID(i).String() + "].mention")
		}
		batch.Claims[i] = c.draft("line " + id.ID(i+1).String())
		batch.Claims[i].Tags = append(batch.Claims[i].Tags, b.Tags...)
	}
	if err := s.annotate(ctx, actor.Org, batch.Claims); err != nil {
		return nil, err
	}
	res, err := s.o.Reports.Ingest(ctx, actor, batch)
	if err != nil {
		return nil, err
	}
	return answer(added(batch.Claims, res)), nil
}
