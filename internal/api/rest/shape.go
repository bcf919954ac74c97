package rest

import (
	"context"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Shapes that several resources share. Ids are decimal strings; absent dates are left out. Those that others
// embed are exported: huma passes over embedded fields that are not.

type (
	idPath = ItemPath

	valueShape = ValueShape
)

// ItemPath is a path with one id.
type ItemPath struct {
	ID string `path:"id" doc:"Id of the item." example:"42"`
}

func (p ItemPath) n() (id.ID, error) { return id.Parse(p.ID) }

func ref(n id.ID) string {
	if n == 0 {
		return ""
	}
	return n.String()
}

func refs(list []id.ID) []string {
	out := make([]string, 0, len(list))
	for _, n := range list {
		out = append(out, ref(n))
	}
	return out
}

func parseRefs(list []string) ([]id.ID, error) {
	out := make([]id.ID, len(list))
	for i, s := range list {
		n, err := id.Parse(s)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// labelShape is an access label as clients see it.
type labelShape struct {
	Owner        string      `json:"owner,omitempty" doc:"Organisation; left out on input for one's own."`
	Distribution int         `json:"distribution" minimum:"0" maximum:"5" doc:"MISP's level: 0 own organisation, 1 this community, 2 connected communities, 3 all, 4 sharing group, 5 inherit."`
	SharingGroup string      `json:"sharing_group,omitempty"`
	TLP          marking.TLP `json:"tlp,omitempty" doc:"clear, green, amber, amber+strict, red"`
	PAP          marking.PAP `json:"pap,omitempty" doc:"clear, green, amber, red"`
	ReleasableTo []string    `json:"releasable_to,omitempty" doc:"Teams."`
	EyesOnly     []string    `json:"eyes_only,omitempty" doc:"Teams."`
}

func labelOf(a sharing.ACL) labelShape {
	return labelShape{
		Owner: ref(a.Owner), Distribution: int(a.Distribution), SharingGroup: ref(a.SharingGroup), TLP: a.TLP, PAP: a.PAP,
		ReleasableTo: emptyNil(refs(a.ReleasableTo)), EyesOnly: emptyNil(refs(a.EyesOnly)),
	}
}

func emptyNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func (l *labelShape) acl(a sharing.Actor) (*sharing.ACL, error) {
	if l == nil {
		return nil, nil
	}
	out := sharing.ACL{Owner: a.Org, Distribution: sharing.Distribution(l.Distribution), TLP: l.TLP, PAP: l.PAP} //nolint:gosec // 0…5 by the schema
	var err error
	if l.Owner != "" {
		if out.Owner, err = id.Parse(l.Owner); err != nil {
			return nil, err
		}
	}
	if l.Distribution == int(sharing.Group) {
		if out.SharingGroup, err = id.Parse(l.SharingGroup); err != nil {
			return nil, errs.New(errs.Invalid, "sharing_group_missing", "Distribution 4 needs a sharing group.").At("sharing_group")
		}
	} else if l.SharingGroup != "" {
		return nil, errs.New(errs.Invalid, "sharing_group_level", "A sharing group needs distribution 4.").At("distribution")
	}
	if out.ReleasableTo, err = parseRefs(l.ReleasableTo); err != nil {
		return nil, err
	}
	out.EyesOnly, err = parseRefs(l.EyesOnly)
	out = out.Normal()
	return &out, err
}

// label reads the label of something that is made or changed: it belongs to an organisation that the actor
// may edit for, and a sharing group must be one that the actor sees.
func (s *Server) label(ctx context.Context, l *labelShape) (*sharing.ACL, error) {
	actor := auth.ActorFrom(ctx)
	out, err := l.acl(actor)
	if err != nil || out == nil {
		return nil, err
	}
	if !actor.MayEdit(out.Owner) {
		return nil, errs.New(errs.Forbidden, "owner_foreign", "You cannot make something that belongs to another organisation.").At("label.owner")
	}
	if out.Distribution == sharing.Group {
		if _, err := s.o.Accounts.SharingGroup(ctx, actor, out.SharingGroup); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ValueShape is one value; Defanged is what to show.
type ValueShape struct {
	ID       string `json:"id,omitempty"`
	Type     string `json:"type" example:"domain-name"`
	Value    string `json:"value" example:"evil.example"`
	Defanged string `json:"defanged" example:"evil[.]example"`
	Unicode  string `json:"unicode,omitempty" doc:"Readable form of an internationalised name, where it differs."`
}

func valueOf(n id.ID, v observable.Value) ValueShape {
	out := ValueShape{ID: ref(n), Type: v.Type.String(), Value: v.Text, Defanged: observable.Defang(v)}
	if u := observable.Unicode(v); u != v.Text {
		out.Unicode = u
	}
	return out
}

// ReportShape is a report with what the viewer may see of it.
type ReportShape struct {
	ID         string          `json:"id"`
	UUID       string          `json:"uuid"`
	Kind       string          `json:"kind" enum:"report,event,feed,batch"`
	Title      string          `json:"title"`
	Summary    string          `json:"summary,omitempty"`
	Lang       string          `json:"lang,omitempty"`
	URL        string          `json:"url,omitempty"`
	Source     string          `json:"source" doc:"Id of the source."`
	SourceName string          `json:"source_name"`
	Publisher  string          `json:"publisher"`
	Label      labelShape      `json:"label"`
	Published  *time.Time      `json:"published,omitempty" doc:"By the source."`
	Observed   *time.Time      `json:"observed,omitempty" doc:"In the world."`
	Created    time.Time       `json:"created" doc:"Arrived here."`
	Modified   time.Time       `json:"modified"`
	Progress   string          `json:"progress" enum:"to_review,in_review,reviewed"`
	Assignee   string          `json:"assignee,omitempty" doc:"Id of the account."`
	Reviewed   *time.Time      `json:"reviewed,omitempty"`
	Tags       []report.Tag    `json:"tags"`
	Version    int64           `json:"version"`
	Deleted    bool            `json:"deleted,omitempty"`
	Counts     *reportCounts   `json:"counts,omitempty"`
	Residue    jsonx.Raw       `json:"residue,omitempty" doc:"What the source stated beyond the model, as it came."`
	Present    []presenceShape `json:"present,omitempty" doc:"Who else has it open."`
}

// reportCounts are computed from claims the viewer sees.
type reportCounts struct {
	Claims   int64 `json:"claims"`
	Proposed int64 `json:"proposed"`
	Accepted int64 `json:"accepted"`
	Rejected int64 `json:"rejected"`
	Pain     int   `json:"pain" doc:"Highest level of the Pyramid of Pain among claims not rejected, 0–6."`
	Own      int64 `json:"own" doc:"Hits on own assets."`
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Server) reportOf(r report.Report, sourceName string) ReportShape {
	tags := r.Tags
	if tags == nil {
		tags = []report.Tag{}
	}
	return ReportShape{
		ID: ref(r.ID), UUID: r.UUID.String(), Kind: string(r.Kind), Title: r.Title, Summary: r.Summary, Lang: r.Lang, URL: r.URL, Source: ref(r.Source), SourceName: sourceName,
		Publisher: r.Publisher.Name, Label: labelOf(r.ACL), Published: when(r.Published), Observed: when(r.Observed), Created: r.Created, Modified: r.Modified,
		Progress: r.Progress.String(), Assignee: ref(r.Assignee), Reviewed: when(r.Reviewed), Tags: tags, Version: r.Version, Deleted: r.Deleted,
	}
}

// claimShape is one claim.
type claimShape struct {
	ID         string       `json:"id"`
	UUID       string       `json:"uuid"`
	Report     string       `json:"report,omitempty"`
	Object     string       `json:"object,omitempty"`
	Source     string       `json:"source"`
	Label      labelShape   `json:"label"`
	Type       string       `json:"type" doc:"As stated: MISP's name or the output name of the observable type."`
	Category   string       `json:"category,omitempty"`
	Relation   string       `json:"relation,omitempty"`
	Stated     string       `json:"stated" doc:"As the source wrote it, unless it wrote the canonical value."`
	Values     []ValueShape `json:"values" doc:"Canonical values: one, two for composites, none for literals."`
	Comment    string       `json:"comment,omitempty"`
	ToIDs      bool         `json:"to_ids"`
	Confidence int          `json:"confidence"`
	Pain       int          `json:"pain"`
	Correlates bool         `json:"correlates"`
	Published  *time.Time   `json:"published,omitempty"`
	FirstSeen  *time.Time   `json:"first_seen,omitempty"`
	LastSeen   *time.Time   `json:"last_seen,omitempty"`
	Created    time.Time    `json:"created"`
	Modified   time.Time    `json:"modified"`
	Expires    *time.Time   `json:"expires,omitempty"`
	Expired    bool         `json:"expired"`
	State      string       `json:"state" enum:"proposed,accepted,rejected"`
	Correction string       `json:"correction,omitempty" doc:"Id of the correction that set state or to_ids."`
	Tags       []report.Tag `json:"tags"`
	Version    int64        `json:"version"`
	Deleted    bool         `json:"deleted,omitempty"`
	// Filled in lists of a report and of an observable:
	Publishers int            `json:"publishers,omitempty" doc:"Independent publishers of the value."`
	Reports    int64          `json:"reports,omitempty" doc:"Reports that state the value."`
	Score      *int           `json:"score,omitempty"`
	Lists      []listShape    `json:"lists,omitempty" doc:"Warninglists that hold the value."`
	Own        string         `json:"own,omitempty" doc:"How the value concerns own assets."`
	Sentence   *SentenceShape `json:"sentence,omitempty"`
	Reason     string         `json:"reason,omitempty" doc:"Why it was rejected."`
	Origin     *claimOrigin   `json:"origin,omitempty"`
}

// claimOrigin says who stated a claim, in lists across reports.
type claimOrigin struct {
	Title       string     `json:"title"`
	Publisher   string     `json:"publisher"`
	SourceName  string     `json:"source_name"`
	Reliability string     `json:"reliability,omitempty"`
	Published   *time.Time `json:"published,omitempty"`
}

// listShape names a warninglist.
type listShape struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category string `json:"category"`
}

// SentenceShape is the text around a mention; Start and End mark the value in it, in UTF-16 code units as
// browsers count.
type SentenceShape struct {
	Text     string `json:"text"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Document string `json:"document"`
	Offset   int64  `json:"offset" doc:"Byte offset of the value in the document's text."`
}

func (s *Server) claimOf(c report.Claim) claimShape {
	out := claimShape{
		ID: ref(c.ID), UUID: c.UUID.String(), Report: ref(c.Report), Object: ref(c.Object), Source: ref(c.Source), Label: labelOf(c.ACL), Type: c.Type, Category: c.Category,
		Relation: c.Relation, Stated: c.Stated, Values: []ValueShape{}, Comment: c.Comment, ToIDs: c.ToIDs, Confidence: c.Confidence, Pain: c.Pain, Correlates: c.Correlates,
		Published: when(c.Published), FirstSeen: when(c.FirstSeen), LastSeen: when(c.LastSeen), Created: c.Created, Modified: c.Modified, Expires: when(c.Expires),
		Expired: c.Expired(s.o.Clock()), State: c.State.String(), Correction: ref(c.Correction), Tags: c.Tags, Version: c.Version, Deleted: c.Deleted,
	}
	if out.Tags == nil {
		out.Tags = []report.Tag{}
	}
	for _, p := range c.Parts {
		out.Values = append(out.Values, valueOf(p.ID, p.Value))
	}
	return out
}

// sourceNames resolves names once per answer.
func (s *Server) sourceNames(ctx context.Context, ids []id.ID) (map[id.ID]string, error) {
	found, err := s.o.Names.SourceNames(ctx, ids)
	out := make(map[id.ID]string, len(found))
	for n, v := range found {
		out[n] = v.Name
	}
	return out, err
}
