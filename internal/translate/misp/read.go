package misp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// ReadOptions say how events become batches.
type ReadOptions struct {
	// Label decides who may see what; nil is the rule described at Labeller and label.
	Label Labeller
	// Keep stores attachments and the texts of event reports and returns their hash. Where it is nil,
	// attachments stay in the claim's residue and reports become notes.
	Keep func(data []byte) (blob.Hash, error)
	// Chunk is the most claims of a batch, 20,000 where it is 0.
	Chunk int
}

// DefaultChunk is the usual most claims of a batch.
const DefaultChunk = 20_000

// Detect reports whether a file begins like MISP JSON.
func Detect(head []byte) bool { return format.Detect(head) }

// Read turns a file of events into batches, in the order of the file. Every batch of an event has the same
// report draft; Source, Consumer and Message are left to the caller. Items that cannot be used are in
// Batch.Quarantine with their place. Broken JSON ends the sequence with an error after the events before it.
func Read(src io.ReaderAt, size int64, o ReadOptions) iter.Seq2[report.Batch, error] {
	if o.Label == nil {
		o.Label = label
	}
	if o.Chunk <= 0 {
		o.Chunk = DefaultChunk
	}
	return func(yield func(report.Batch, error) bool) {
		for r, err := range format.Events(src, size) {
			if err != nil {
				yield(report.Batch{}, err)
				return
			}
			e := eventReader{o: o, r: r, yield: yield}
			if !e.run() {
				return
			}
		}
	}
}

type eventReader struct {
	o     ReadOptions
	r     *format.Reader
	yield func(report.Batch, error) bool
	draft report.Draft
	b     report.Batch
	first bool
}

func (e *eventReader) run() bool {
	if err := e.header(); err != nil {
		e.yield(report.Batch{}, err)
		return false
	}
	n := 0
	for a, err := range e.r.Attributes() {
		n++
		if err != nil {
			e.refuse("Attribute "+strconv.Itoa(n), err)
			continue
		}
		if len(e.b.Claims) >= e.o.Chunk && !e.flush() {
			return false
		}
		if err := e.attribute(&a, 0, "Attribute "+strconv.Itoa(n)); err != nil {
			e.yield(report.Batch{}, err)
			return false
		}
	}
	n = 0
	for o, err := range e.r.Objects() {
		n++
		if err != nil {
			e.refuse("Object "+strconv.Itoa(n), err)
			continue
		}
		if len(e.b.Claims)+len(o.Attributes) > e.o.Chunk && len(e.b.Claims) > 0 && !e.flush() {
			return false
		}
		ok, err := e.object(&o, "Object "+strconv.Itoa(n))
		if err != nil {
			e.yield(report.Batch{}, err)
			return false
		}
		if !ok {
			return false
		}
	}
	if e.first || len(e.b.Claims)+len(e.b.Objects)+len(e.b.Quarantine)+len(e.b.Notes)+len(e.b.Documents) > 0 {
		return e.flush()
	}
	return true
}

func (e *eventReader) flush() bool {
	b := e.b
	d := e.draft
	b.Report = &d
	e.b, e.first = report.Batch{}, false
	return e.yield(b, nil)
}

func (e *eventReader) refuse(place string, err error) {
	r := report.Refusal{Stage: "parse", Item: e.draft.Title, Place: place, Code: "internal", Reason: err.Error()}
	if known, ok := errs.As(err); ok {
		r.Code, r.Params, r.Reason = known.Code, known.Params, errs.Fill(known.Message, known.Params)
	}
	e.b.Quarantine = append(e.b.Quarantine, r)
}

// header makes the draft. Everything about the event that a report has no field for is its residue.
func (e *eventReader) header() error {
	ev := &e.r.Event
	tlp, pap := markings(ev.Tags)
	e.first = true
	e.draft = report.Draft{
		Key: ev.UUID, UUID: format.ParseUUID(ev.UUID), Kind: report.KindEvent, Title: ev.Info, Publisher: ev.Orgc.Name,
		Published: published(ev), Observed: day(ev.Date), Modified: ev.Timestamp,
		ACL: e.o.Label(Stated{
			Distribution: ev.Distribution, SharingGroup: ev.SharingGroupID, SharingGroupJSON: sharingGroup(ev.Residue), Org: ev.Org, Orgc: ev.Orgc, TLP: tlp, PAP: pap, Event: true,
		}),
	}
	if e.draft.Title == "" {
		e.draft.Title = e.r.Place
	}
	e.draft.Tags, e.draft.LocalTags = e.tagNames(ev.Tags)
	e.draft.Residue = wrap(ev.Append(nil))
	return e.reports()
}

func published(ev *format.Event) time.Time {
	switch {
	case ev.Published && !ev.PublishTimestamp.IsZero():
		return ev.PublishTimestamp
	case !day(ev.Date).IsZero():
		return day(ev.Date)
	}
	return ev.Timestamp
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return time.Time{}
	}
	return t
}

// reports turns event reports into documents, or notes where there is no place for files.
func (e *eventReader) reports() error {
	for _, r := range e.r.Event.Reports() {
		if r.Deleted || r.Content == "" {
			continue
		}
		if e.o.Keep == nil {
			e.b.Notes = append(e.b.Notes, report.NoteDraft{UUID: format.ParseUUID(r.UUID), Kind: "note", Body: r.Name + "\n\n" + r.Content, Author: e.r.Event.Orgc.Name, Created: r.Timestamp})
			continue
		}
		hash, err := e.o.Keep([]byte(r.Content))
		if err != nil {
			return err
		}
		size := int64(len(r.Content))
		e.b.Documents = append(e.b.Documents, report.DocumentDraft{
			Key: r.UUID, Name: r.Name, MediaType: "text/markdown", Blob: hash, Size: size, TextBlob: hash, TextSize: size, Parser: "misp", Charset: "utf-8", Published: r.Timestamp,
		})
	}
	return nil
}

func (e *eventReader) label(distribution int64, group string, raw jsonx.Raw, tags []format.Tag) *sharing.ACL {
	tlp, pap := markings(tags)
	ev := &e.r.Event
	return e.o.Label(Stated{Distribution: distribution, SharingGroup: group, SharingGroupJSON: sharingGroup(raw), Org: ev.Org, Orgc: ev.Orgc, TLP: tlp, PAP: pap})
}

// object adds an object with its attributes. One that is longer than a batch may be goes on in the next.
func (e *eventReader) object(o *format.Object, place string) (goOn bool, err error) {
	attributes := o.Attributes
	bare := *o
	bare.Attributes = nil
	for _, r := range o.References {
		target := "x-misp-attribute--"
		if r.ReferencedType == 1 {
			target = "x-misp-object--"
		}
		if r.Deleted || r.ReferencedUUID == "" || o.UUID == "" {
			continue
		}
		e.b.Relationships = append(e.b.Relationships, report.RelationshipDraft{
			UUID: format.ParseUUID(r.UUID), Type: r.RelationshipType, Source: "x-misp-object--" + o.UUID, Target: target + r.ReferencedUUID, Comment: r.Comment,
		})
	}
	draft := report.ObjectDraft{
		UUID: format.ParseUUID(o.UUID), Name: o.Name, TemplateUUID: format.ParseUUID(o.TemplateUUID), TemplateVersion: o.TemplateVersion, MetaCategory: o.MetaCategory,
		Description: o.Description, Comment: o.Comment, FirstSeen: o.FirstSeen, LastSeen: o.LastSeen, Deleted: o.Deleted,
		ACL: e.label(o.Distribution, o.SharingGroupID, o.Residue, nil), Residue: objectResidue(&bare),
	}
	for at := 0; ; {
		e.b.Objects = append(e.b.Objects, draft)
		end := min(len(attributes), at+report.MaxClaims-len(e.b.Claims))
		for ; at < end; at++ {
			if err := e.attribute(&attributes[at], len(e.b.Objects), place+", Attribute "+strconv.Itoa(at+1)); err != nil {
				return false, err
			}
		}
		if at == len(attributes) {
			return true, nil
		}
		if !e.flush() {
			return false, nil
		}
		draft.UUID = id.UUID{} // the rest is an object of its own
	}
}

// attribute adds a claim, its file and its sightings.
func (e *eventReader) attribute(a *format.Attribute, object int, place string) error {
	if a.Type == "" || a.Value == "" {
		e.refuse(place, errs.New(errs.Invalid, "misp_attribute", "An attribute needs a type and a value."))
		return nil
	}
	toIDs := a.ToIDs
	c := report.ClaimDraft{
		UUID: format.ParseUUID(a.UUID), Object: object, Relation: a.ObjectRelation, Type: a.Type, Category: a.Category, Stated: a.Value, Comment: a.Comment, ToIDs: &toIDs,
		ACL: e.label(a.Distribution, a.SharingGroupID, a.Residue, a.Tags), Published: a.Timestamp, FirstSeen: a.FirstSeen, LastSeen: a.LastSeen,
		DisableCorrelation: a.DisableCorrelation, Deleted: a.Deleted, Place: place,
	}
	c.Tags, c.LocalTags = e.tagNames(a.Tags)
	residue, err := e.file(a)
	if err != nil {
		return err
	}
	c.Residue = attributeResidue(a, residue)
	e.b.Claims = append(e.b.Claims, c)
	for _, s := range a.Sightings() {
		e.b.Sightings = append(e.b.Sightings, report.SightingDraft{
			UUID: format.ParseUUID(s.UUID), Claim: len(e.b.Claims), Kind: int(min(max(s.Type, 0), 2)), Seen: s.Seen, Count: 1, Origin: s.Source,
		})
	}
	return nil
}

// file moves an attachment into the blob store: residue then names its hash. Data that is no clean base64
// stays where it is, so that it comes back as it was.
func (e *eventReader) file(a *format.Attribute) (jsonx.Raw, error) {
	if e.o.Keep == nil || !bytes.Contains(a.Residue, []byte(`"data"`)) {
		return a.Residue, nil
	}
	text, rest := takeText(a.Residue, "data")
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) == 0 || base64.StdEncoding.EncodeToString(data) != text {
		return a.Residue, nil
	}
	hash, err := e.o.Keep(data)
	if err != nil {
		return nil, err
	}
	name := a.Value
	if t, ok := format.LookupType(a.Type); ok {
		if parts, err := t.Split(a.Value); err == nil {
			name = parts[0].Text
		}
	}
	media := "application/octet-stream"
	if a.Type == "malware-sample" {
		media = "application/zip" // encrypted, password "infected"
		name += ".zip"
	}
	e.b.Documents = append(e.b.Documents, report.DocumentDraft{
		Key: a.UUID, Name: name, MediaType: media, Blob: hash, Size: int64(len(data)), Parser: "misp", Published: a.Timestamp,
		Meta: map[string]string{"misp.attribute": a.UUID},
	})
	return setText(rest, blobMember, hex.EncodeToString(hash[:])), nil
}

// blobMember is the residue's member that stands for an attachment's data.
const blobMember = "x_vedette_blob"
