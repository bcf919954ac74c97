package stix

import (
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
	format "github.com/vedette-ti/vedette/internal/stix"
)

// Stated is what an object says about who may see it.
type Stated struct {
	TLP       marking.TLP
	PAP       marking.PAP
	Markings  []string // object_marking_refs
	CreatedBy string   // created_by_ref
	Granted   []string // granted_refs of OpenCTI's extension
	// Report is true for the label of a report (or the bundle), false for what is in it.
	Report bool
}

// ReadOptions say how bundles become batches.
type ReadOptions struct {
	// Label turns what an object says into a label here; nil keeps TLP and PAP and leaves the rest to the
	// source's default (of a report) or the report's label (of what is in it).
	Label func(Stated) *sharing.ACL
	// Title names a bundle without a report, e.g. the file's name.
	Title string
	// Chunk is the most claims, and the most statements, of a batch; 20,000 where it is 0.
	Chunk int
}

// DefaultChunk is the usual most claims of a batch.
const DefaultChunk = 20_000

// Detect reports whether a file begins like STIX 2 JSON.
func Detect(head []byte) bool { return format.Detect(head) }

// Read turns a bundle into batches: one report for each report or grouping in it, and one of kind batch for
// what belongs to none. Every object is a statement of one of them, whole. Every batch of a report has the
// same draft; Source, Consumer and Message are left to the caller. Broken JSON is an error before the
// first batch.
func Read(src io.ReaderAt, size int64, o ReadOptions) iter.Seq2[report.Batch, error] {
	if o.Label == nil {
		o.Label = label
	}
	if o.Chunk <= 0 {
		o.Chunk = DefaultChunk
	}
	return func(yield func(report.Batch, error) bool) {
		x, err := scan(src, size)
		if err != nil {
			yield(report.Batch{}, err)
			return
		}
		for c := range x.containers {
			r := reader{o: o, x: x, src: src, yield: yield, home: int32(c)} //nolint:gosec // few
			if c == 0 {
				r.b.Quarantine = x.refused
			}
			if err := r.run(); err != nil {
				yield(report.Batch{}, err)
				return
			}
			if r.stopped {
				return
			}
		}
	}
}

func label(s Stated) *sharing.ACL {
	if s.TLP == marking.TLPUnset && s.PAP == marking.PAPUnset {
		return nil
	}
	return &sharing.ACL{Distribution: sharing.Inherit, TLP: s.TLP, PAP: s.PAP}
}

// reader writes the batches of one container.
type reader struct {
	o       ReadOptions
	x       *index
	src     io.ReaderAt
	yield   func(report.Batch, error) bool
	home    int32
	draft   report.Draft
	mark    marks
	b       report.Batch
	flushed bool
	stopped bool
	// said are the values that indicators of the container state, seen those of its cyber observables: a value
	// in both is one claim.
	said map[uint64]int32
	seen map[uint64]bool
	// claims of the batch by the id of the object that stated them.
	claims map[uint64]int
}

func (r *reader) run() error {
	r.claims = map[uint64]int{}
	if err := r.header(); err != nil {
		return err
	}
	members := r.x.members(r.home)
	if err := r.compare(members); err != nil {
		return err
	}
	for _, n := range members {
		if len(r.b.Claims) >= r.o.Chunk || len(r.b.Statements) >= r.o.Chunk {
			if !r.flush() {
				return nil
			}
		}
		o, err := format.ReadAgain(r.src, r.x.items[n].start, r.x.items[n].end)
		if err != nil {
			return err
		}
		if err := r.object(n, o); err != nil {
			return err
		}
	}
	if !r.flushed || len(r.b.Claims)+len(r.b.Statements)+len(r.b.Relationships) > 0 {
		r.flush()
	}
	return nil
}

func (r *reader) flush() bool {
	d := r.draft
	r.b.Report = &d
	b := r.b
	r.b, r.flushed = report.Batch{}, true
	clear(r.claims)
	r.stopped = !r.yield(b, nil)
	return !r.stopped
}

func (r *reader) stated(o format.Object, m marks, isReport bool) Stated {
	return Stated{
		TLP: m.tlp, PAP: m.pap, Markings: o.Texts("object_marking_refs"), CreatedBy: o.Text("created_by_ref"),
		Granted: o.Object("extensions").Object(openctiExtension).Texts("granted_refs"), Report: isReport,
	}
}

// openctiExtension is OpenCTI's extension of STIX objects.
const openctiExtension = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"

func (r *reader) header() error {
	c := r.x.containers[r.home]
	if c.at < 0 {
		title := r.o.Title
		if title == "" {
			title = fmt.Sprintf("STIX bundle, %d objects", len(r.x.items))
		}
		r.draft = report.Draft{Key: r.x.header.ID, Kind: report.KindBatch, Title: title, Published: r.x.newest, ACL: r.o.Label(Stated{Report: true}), Residue: residue("bundle", r.x.header.ID)}
		if _, u, ok := format.SplitID(r.x.header.ID); ok && len(r.x.containers) == 1 {
			r.draft.UUID = u
		}
		return nil
	}
	o, err := format.ReadAgain(r.src, r.x.items[c.at].start, r.x.items[c.at].end)
	if err != nil {
		return err
	}
	_, u, _ := format.SplitID(o.ID())
	r.mark = r.x.markOf(o)
	r.draft = report.Draft{
		Key: o.ID(), UUID: u, Kind: report.KindReport, Title: o.Text("name"), Summary: o.Text("description"), Lang: o.Text("lang"), Publisher: r.x.identities[r.x.key(o.Text("created_by_ref"))],
		Published: o.Time("published"), Modified: o.Modified(), Tags: append(o.Texts("labels"), o.Texts("report_types")...),
		ACL: r.o.Label(r.stated(o, r.mark, true)), Residue: residue("id", o.ID()),
	}
	if r.draft.Published.IsZero() {
		r.draft.Published = o.Time("created")
	}
	if r.draft.Title == "" {
		r.draft.Title = o.ID()
	}
	for _, ref := range o.References() {
		if ref.URL != "" {
			r.draft.URL = ref.URL
			break
		}
	}
	return nil
}

func valueKey(seed maphash.Seed, s stated) uint64 {
	return maphash.String(seed, s.typ+"\x00"+strings.ToLower(s.text))
}

// compare finds the values that indicators and cyber observables of the container both state.
func (r *reader) compare(members []int32) error {
	r.said, r.seen = map[uint64]int32{}, map[uint64]bool{}
	for _, n := range members {
		k := r.x.items[n].kind
		if k != sco && k != indicator {
			continue
		}
		o, err := format.ReadAgain(r.src, r.x.items[n].start, r.x.items[n].end)
		if err != nil {
			return err
		}
		for _, s := range claimsOf(o) {
			key := valueKey(r.x.seed, s)
			if k == sco {
				r.seen[key] = true
			} else if _, ok := r.said[key]; !ok && s.toIDs {
				r.said[key] = n
			}
		}
	}
	return nil
}

// object adds what one object means.
func (r *reader) object(n int32, o format.Object) error {
	it := r.x.items[n]
	if it.home == r.home {
		r.statement(o)
	}
	switch it.kind {
	case sco:
		return r.observable(o)
	case indicator:
		r.indicator(o)
	case observed:
		for _, s := range observedClaims(o) {
			r.claim(o, s, false, o.ID())
		}
	case relation:
		r.relationship(o)
	case comment:
		r.note(o)
	case sight:
		return r.sighting(o)
	}
	return nil
}

func (r *reader) statement(o format.Object) {
	r.b.Statements = append(r.b.Statements, report.StatementDraft{
		StixID: o.ID(), Type: o.Type(), Name: o.Name(), Modified: o.Modified(), Body: o.Raw, ACL: r.acl(o),
	})
}

// acl labels an item inside the report: only where it says something else than the report.
func (r *reader) acl(o format.Object) *sharing.ACL {
	m := r.x.markOf(o)
	if m == r.mark {
		m = marks{}
	}
	return r.o.Label(r.stated(o, m, false))
}

// claim adds one value. refs are the objects that state it.
func (r *reader) claim(o format.Object, s stated, toIDs bool, refs ...string) *report.ClaimDraft {
	c := report.ClaimDraft{
		Type: s.typ, Stated: s.text, ToIDs: &toIDs, Comment: first(o.Text("description"), o.Text("x_opencti_description")), Confidence: o.Confidence(), ACL: r.acl(o),
		Published: o.Modified(), Tags: o.Texts("labels"), Residue: residueRefs(refs), Place: o.ID(),
	}
	if c.Tags == nil {
		c.Tags = o.Texts("x_opencti_labels")
	}
	r.b.Claims = append(r.b.Claims, c)
	for _, id := range refs {
		if _, ok := r.claims[r.x.key(id)]; !ok {
			r.claims[r.x.key(id)] = len(r.b.Claims)
		}
	}
	return &r.b.Claims[len(r.b.Claims)-1]
}

// observable adds the claims of a cyber observable, together with what an indicator says about the value.
func (r *reader) observable(o format.Object) error {
	list := observableClaims(o)
	object := 0
	if typ := o.Type(); len(list) > 1 && (typ == "file" || typ == "artifact") {
		r.b.Objects = append(r.b.Objects, report.ObjectDraft{Name: "file", MetaCategory: "file", ACL: r.acl(o), Residue: residue("id", o.ID())})
		object = len(r.b.Objects)
	}
	for _, s := range list {
		n, known := r.said[valueKey(r.x.seed, s)]
		if !known {
			c := r.claim(o, s, false, o.ID())
			c.Object, c.Relation = object, s.relation
			continue
		}
		i, err := format.ReadAgain(r.src, r.x.items[n].start, r.x.items[n].end)
		if err != nil {
			return err
		}
		c := r.claim(i, s, true, o.ID(), i.ID())
		c.Object, c.Relation = object, s.relation
		r.dates(c, i)
	}
	return nil
}

func (r *reader) dates(c *report.ClaimDraft, o format.Object) {
	c.Expires = o.Time("valid_until")
	if o.Bool("revoked") {
		c.Expires = o.Modified()
	}
}

// indicator adds the claims of a pattern that no cyber observable states too.
func (r *reader) indicator(o format.Object) {
	list, err := indicatorClaims(o)
	if err != nil {
		refusal := report.Refusal{Stage: "parse", Item: r.draft.Title, Place: o.ID(), Code: "internal", Reason: err.Error(), Payload: clip(o.Text("pattern"), 64<<10)}
		if e, ok := errs.As(err); ok {
			refusal.Code, refusal.Params, refusal.Reason = e.Code, e.Params, errs.Fill(e.Message, e.Params)
		}
		r.b.Quarantine = append(r.b.Quarantine, refusal)
		return
	}
	for _, s := range list {
		if s.toIDs && r.seen[valueKey(r.x.seed, s)] {
			continue
		}
		c := r.claim(o, s, s.toIDs, o.ID())
		r.dates(c, o)
		if _, u, ok := format.SplitID(o.ID()); ok && len(list) == 1 {
			c.UUID = u
		}
	}
}

func (r *reader) relationship(o format.Object) {
	_, u, _ := format.SplitID(o.ID())
	r.b.Relationships = append(r.b.Relationships, report.RelationshipDraft{
		UUID: u, Type: o.Text("relationship_type"), Source: o.Text("source_ref"), Target: o.Text("target_ref"), Start: o.Time("start_time"), Stop: o.Time("stop_time"),
		Confidence: max(o.Confidence(), 0), Comment: o.Text("description"),
	})
}

func (r *reader) note(o format.Object) {
	_, u, _ := format.SplitID(o.ID())
	d := report.NoteDraft{UUID: u, Kind: o.Type(), Created: o.Time("created"), Author: r.x.identities[r.x.key(o.Text("created_by_ref"))]}
	if authors := o.Texts("authors"); len(authors) > 0 {
		d.Author = authors[0]
	}
	if refs := o.Texts("object_refs"); len(refs) > 0 && refs[0] != r.draft.Key {
		d.Target = refs[0]
	}
	d.Body = strings.TrimSpace(o.Text("abstract") + "\n\n" + o.Text("content"))
	if d.Kind == "opinion" {
		d.Body = strings.TrimSpace(o.Text("opinion") + "\n\n" + o.Text("explanation"))
	}
	r.b.Notes = append(r.b.Notes, d)
}

// sighting adds one where it is of a value.
func (r *reader) sighting(o format.Object) error {
	_, u, _ := format.SplitID(o.ID())
	d := report.SightingDraft{UUID: u, Seen: firstTime(o.Time("last_seen"), o.Time("first_seen"), o.Time("created")), Count: 1}
	if n, ok := o.Number("count"); ok && n > 0 {
		d.Count = n
	}
	if o.Bool("x_opencti_negative") {
		d.Kind = 1
	}
	for _, w := range o.Texts("where_sighted_refs") {
		if name := r.x.identities[r.x.key(w)]; name != "" {
			d.Origin = name
			break
		}
	}
	target := r.x.key(o.Text("sighting_of_ref"))
	if d.Claim = r.claims[target]; d.Claim == 0 {
		n, ok := r.x.byID[target]
		if !ok {
			return nil
		}
		of, err := format.ReadAgain(r.src, r.x.items[n].start, r.x.items[n].end)
		if err != nil {
			return err
		}
		list := claimsOf(of)
		if len(list) == 0 {
			return nil
		}
		d.Type, d.Value = list[0].typ, list[0].text
	}
	r.b.Sightings = append(r.b.Sightings, d)
	return nil
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func firstTime(list ...time.Time) time.Time {
	for _, t := range list {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// Residues of what came from STIX are {"stix":{…}}: the ids of the statements that hold the whole.

func residue(name, value string) jsonx.Raw {
	if value == "" {
		return nil
	}
	b, err := jsonx.Marshal(map[string]any{"stix": map[string]string{name: value}})
	if err != nil {
		return nil
	}
	return b
}

func residueRefs(refs []string) jsonx.Raw {
	b, err := jsonx.Marshal(map[string]any{"stix": map[string][]string{"refs": refs}})
	if err != nil {
		return nil
	}
	return b
}

// origin is what a residue says.
type origin struct {
	ID   string   `json:"id"`
	Refs []string `json:"refs"`
}

func originOf(raw jsonx.Raw) origin {
	var r struct {
		STIX origin `json:"stix"`
	}
	if len(raw) > 0 {
		_ = jsonx.Unmarshal(raw, &r) // another format's residue has none
	}
	return r.STIX
}
