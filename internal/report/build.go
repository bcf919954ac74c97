package report

import (
	"context"
	"slices"
	"time"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/note"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/sharing"
	"github.com/vedette-ti/vedette/internal/sighting"
)

// build turns drafts into rows: claims that the report holds already keep their row (and get the new
// document's mentions), the others get an id.
func (in *ingestion) build(ctx context.Context) error {
	in.rows.Source, in.rows.Report, in.rows.ACL = in.b.Source, in.report.ID, in.acl
	objects, err := in.objects(ctx)
	if err != nil {
		return err
	}
	type same struct{ value, second id.ID }
	written := map[same]id.ID{} // the batch may state a value twice: one claim, two mentions
	first, err := in.o.Bulk.NewIDs(ctx, len(in.claims))
	if err != nil {
		return err
	}
	for i := range in.claims {
		p := &in.claims[i]
		n := first + id.ID(i)
		if known := in.known(p); known != 0 {
			if !p.UUID.IsZero() {
				in.renew = append(in.renew, renewal{p, known})
			}
			in.res.Known++
			in.res.Held = append(in.res.Held, p.index)
			in.finish(p, known)
			continue
		}
		key := same{}
		if len(p.keys) > 0 && p.UUID.IsZero() && p.Object == 0 {
			key.value = in.ids[p.keys[0]]
			if len(p.keys) > 1 {
				key.second = in.ids[p.keys[1]]
			}
			if earlier, ok := written[key]; ok {
				in.finish(p, earlier)
				continue
			}
			written[key] = n
		}
		c, skip := in.claim(p, n, objects)
		if skip {
			continue
		}
		in.rows.Claims = append(in.rows.Claims, c)
		in.res.Fresh++
		in.finish(p, n)
	}
	in.dropEmptyObjects()
	if err := in.renewClaims(ctx); err != nil {
		return err
	}
	for _, a := range in.b.Assets {
		in.rows.AssetHits = append(in.rows.AssetHits, AssetHitRow{Asset: a.Asset, Report: in.report.ID, How: a.How})
	}
	return in.knowledge(ctx)
}

func sameParts(parts []Part, keys []int, ids []id.ID) bool {
	for i, k := range keys {
		if parts[i].ID != ids[k] {
			return false
		}
	}
	return true
}

// finish notes where the claim stands and what hangs on it.
func (in *ingestion) finish(p *prepared, claim id.ID) {
	in.res.Claims[p.index] = claim
	for _, m := range p.Mentions {
		if m.Document < len(in.res.Documents) {
			in.rows.Mentions = append(in.rows.Mentions, Mention{Claim: claim, Document: in.res.Documents[m.Document], Start: m.Start, End: m.End})
		}
	}
	for _, list := range p.Listed {
		for _, k := range p.keys {
			if in.rows.Listed == nil {
				in.rows.Listed = map[id.ID][]id.ID{}
			}
			in.rows.Listed[in.ids[k]] = append(in.rows.Listed[in.ids[k]], list)
		}
	}
	for _, a := range p.Assets {
		in.rows.AssetHits = append(in.rows.AssetHits, AssetHitRow{Asset: a.Asset, Claim: claim, Report: in.report.ID, How: a.How})
	}
	label := sharing.Effective(in.claimACL(p.ACL), in.acl)
	for _, name := range p.Tags {
		in.rows.Tagging = append(in.rows.Tagging, Tagging{Item: claim, Name: name, Colour: in.b.Colours[name], ACL: label})
	}
	for _, name := range p.LocalTags {
		in.rows.Tagging = append(in.rows.Tagging, Tagging{Item: claim, Name: name, Colour: in.b.Colours[name], Local: true, ACL: label})
	}
}

// claim makes the row. skip is true when a correction says that the value was replaced by another.
func (in *ingestion) claim(p *prepared, n id.ID, objects []id.ID) (c Claim, skip bool) {
	c = Claim{
		ID: n, UUID: p.UUID, Report: in.report.ID, Source: in.b.Source, ACL: in.claimACL(p.ACL), Type: keep(p.Type, p.mean.Type), Category: keep(p.Category, p.mean.Category),
		Relation: p.Relation, Stated: p.Stated, Comment: p.Comment, ToIDs: p.mean.ToIDs, Confidence: 50, Pain: p.mean.Pain, Correlates: p.mean.Correlates && !p.DisableCorrelation,
		Published: p.Published, FirstSeen: p.FirstSeen, LastSeen: p.LastSeen, Created: in.now, Modified: in.now, Residue: p.Residue, Version: 1, Deleted: p.Deleted,
	}
	if p.ToIDs != nil {
		c.ToIDs = *p.ToIDs
	}
	if p.Confidence > 0 {
		c.Confidence = min(p.Confidence, 100)
	}
	if p.Object > 0 && p.Object <= len(objects) {
		c.Object = objects[p.Object-1]
	}
	if c.Published.IsZero() {
		c.Published = in.report.Published
	}
	c.Expires = in.expiry(p, c)
	for _, k := range p.keys {
		c.Parts = append(c.Parts, Part{ID: in.ids[k], Value: in.values[k]})
	}
	if in.b.Accept {
		c.State = Accepted
	}
	if p.State != nil {
		c.State = *p.State
	}
	return c, in.correct(&c)
}

// correct applies remembered decisions to a new claim.
func (in *ingestion) correct(c *Claim) (skip bool) {
	for _, part := range c.Parts {
		for _, rule := range in.rules[part.ID] {
			if !rule.Covers(part.ID, c.ACL.Owner, c.Source, c.Report, in.now) {
				continue
			}
			switch rule.Kind {
			case Reject:
				c.State, c.Correction = Rejected, rule.ID
				in.res.Rejected++
			case SetToIDs:
				c.ToIDs, c.Correction = rule.Setting == "true", rule.ID
			case Replaced:
				return true
			}
		}
	}
	return false
}

func (in *ingestion) claimACL(own *sharing.ACL) sharing.ACL {
	a := sharing.ACL{Owner: in.acl.Owner, Distribution: sharing.Inherit}
	if in.report.ID == 0 {
		a = in.acl
	}
	if own != nil {
		a = *own
		if a.Owner == 0 {
			a.Owner = in.acl.Owner
		}
	}
	return a.Normal()
}

// expiry counts a claim's life from when it was last true, not from when it arrived: old news is old.
func (in *ingestion) expiry(p *prepared, c Claim) time.Time {
	if !p.Expires.IsZero() || p.mean.Life == 0 {
		return p.Expires
	}
	return lastTrue(c).Add(p.mean.Life)
}

func lastTrue(c Claim) time.Time {
	for _, t := range []time.Time{c.LastSeen, c.Published} {
		if !t.IsZero() && t.Before(c.Created) {
			return t
		}
	}
	return c.Created
}

// objects gives every object draft an id; what the report holds under its UUID keeps its row.
func (in *ingestion) objects(ctx context.Context) ([]id.ID, error) {
	if len(in.b.Objects) == 0 {
		return nil, nil
	}
	first, err := in.o.Bulk.NewIDs(ctx, len(in.b.Objects))
	if err != nil {
		return nil, err
	}
	ids := make([]id.ID, len(in.b.Objects))
	for i, d := range in.b.Objects {
		if held := in.held.named[d.UUID]; !d.UUID.IsZero() && held != 0 {
			ids[i] = held
			continue
		}
		ids[i] = first + id.ID(i)
		in.rows.Objects = append(in.rows.Objects, Object{
			ID: ids[i], UUID: d.UUID, Report: in.report.ID, Source: in.b.Source, ACL: in.claimACL(d.ACL), Name: d.Name, TemplateUUID: d.TemplateUUID,
			TemplateVersion: d.TemplateVersion, MetaCategory: d.MetaCategory, Description: d.Description, Comment: d.Comment,
			FirstSeen: d.FirstSeen, LastSeen: d.LastSeen, Residue: d.Residue, Created: in.now, Version: 1, Deleted: d.Deleted,
		})
	}
	return ids, nil
}

// dropEmptyObjects leaves out objects made here (no UUID) whose claims were all known already.
func (in *ingestion) dropEmptyObjects() {
	used := map[id.ID]bool{}
	for _, c := range in.rows.Claims {
		used[c.Object] = true
	}
	in.rows.Objects = slices.DeleteFunc(in.rows.Objects, func(o Object) bool { return o.UUID.IsZero() && !used[o.ID] })
}

// knowledge keeps what the graph will grow on: whole STIX objects, edges, notes, sightings.
func (in *ingestion) knowledge(ctx context.Context) error {
	b := in.b
	first, err := in.o.Bulk.NewIDs(ctx, len(b.Statements)+len(b.Relationships)+len(b.Notes)+len(b.Sightings))
	if err != nil {
		return err
	}
	next := func() id.ID { first++; return first - 1 }
	for _, d := range b.Statements {
		in.rows.Statements = append(in.rows.Statements, Statement{
			Item: next(), Source: b.Source, Report: in.report.ID, ACL: in.claimACL(d.ACL), Type: d.Type, StixID: d.StixID, Name: d.Name, Modified: d.Modified, Body: d.Body,
		})
	}
	for _, d := range b.Relationships {
		in.rows.Relationships = append(in.rows.Relationships, Relationship{
			ID: next(), UUID: d.UUID, Type: d.Type, SourceRef: d.Source, TargetRef: d.Target, Report: in.report.ID, Source: b.Source, ACL: in.claimACL(nil),
			Start: d.Start, Stop: d.Stop, Confidence: d.Confidence, Comment: d.Comment, Residue: d.Residue,
		})
	}
	for _, d := range b.Notes {
		created := d.Created
		if created.IsZero() {
			created = in.now
		}
		in.rows.Notes = append(in.rows.Notes, note.Note{
			ID: next(), UUID: d.UUID, Item: in.report.ID, Kind: d.Kind, Body: d.Body, Author: in.actor.User, By: keep(d.Author, in.actor.Name), ACL: in.claimACL(nil), Created: created, Version: 1,
		})
	}
	for _, d := range b.Sightings {
		s := sighting.Sighting{ID: next(), UUID: d.UUID, Kind: d.Kind, Seen: d.Seen, Count: max(d.Count, 1), Origin: d.Origin, Org: in.actor.Org, ACL: in.claimACL(nil), Created: in.now}
		if d.Claim > 0 && d.Claim <= len(b.Claims) {
			s.Claim, s.Value = in.res.Claims[d.Claim-1], in.valueOf(d.Claim-1)
		} else if err := in.sighted(ctx, d, &s); err != nil {
			return err
		}
		if s.Value != 0 {
			in.rows.Sightings = append(in.rows.Sightings, s)
		}
	}
	return nil
}

// valueOf returns the first value of a draft, 0 when it was refused or is a literal. Prepared claims are in
// the order of their drafts.
func (in *ingestion) valueOf(index int) id.ID {
	at, ok := slices.BinarySearchFunc(in.claims, index, func(p prepared, i int) int { return p.index - i })
	if !ok || len(in.claims[at].keys) == 0 {
		return 0
	}
	return in.ids[in.claims[at].keys[0]]
}

func (in *ingestion) sighted(ctx context.Context, d SightingDraft, s *sighting.Sighting) error {
	m, err := in.o.Mean(d.Type, d.Value)
	if err != nil || len(m.Parts) == 0 {
		if err != nil {
			in.res.Refused = append(in.res.Refused, refusal(*in.b, ClaimDraft{Type: d.Type, Stated: d.Value, Place: "sighting"}, err))
		}
		return nil
	}
	ids, _, err := in.o.Bulk.ResolveValues(ctx, []observable.Value{m.Parts[0]})
	if err == nil {
		s.Value = ids[0]
	}
	return err
}

func summary(v map[string]any) jsonx.Raw {
	b, err := jsonx.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
