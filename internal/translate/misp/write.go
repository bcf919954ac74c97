package misp

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// WriteOptions say how rows become an event.
type WriteOptions struct {
	// Producer signs events that did not come from MISP.
	Producer export.Producer
	// Open returns a file by its hash, for attachments; nil leaves them out.
	Open func(blob.Hash) ([]byte, error)
	Now  time.Time
}

// Event builds an event from the rows of one report, in their order; r is nil for claims that stand alone.
// What came from MISP comes back as it was, apart from what was changed here.
func Event(r *report.Report, rows []export.Row, o WriteOptions) (format.Event, []format.Attribute, []format.Object) {
	ev := eventOf(r, o)
	var attributes []format.Attribute
	var objects []format.Object
	at := map[id.ID]int{}
	for i := range rows {
		row := &rows[i]
		a := attributeOf(row, o)
		if row.Object == nil {
			attributes = append(attributes, a)
			continue
		}
		n, ok := at[row.Object.ID]
		if !ok {
			n = len(objects)
			at[row.Object.ID] = n
			objects = append(objects, objectOf(row.Object))
		}
		objects[n].Attributes = append(objects[n].Attributes, a)
	}
	return ev, attributes, objects
}

func eventOf(r *report.Report, o WriteOptions) format.Event {
	now := o.Now.UTC()
	if r == nil {
		return format.Event{
			UUID: id.V5(o.Producer.UUID, []byte("vedette:unfiled")).String(), Info: "Vedette: indicators without a report", Date: now.Format(time.DateOnly), Timestamp: now.Truncate(time.Second),
			ThreatLevel: 4, Analysis: 2, Orgc: orgOf(o.Producer), Org: orgOf(o.Producer),
		}
	}
	var ev format.Event
	if raw := unwrap(r.Residue); raw != nil {
		ev, _ = format.DecodeEvent(raw) // our own JSON
	} else {
		ev = format.Event{
			ThreatLevel: 4, Analysis: analysisOf(r.Progress), Date: dateOf(r).Format(time.DateOnly), Timestamp: r.Modified, Org: orgOf(o.Producer), Orgc: orgOf(o.Producer),
		}
	}
	stated := ev.Tags
	ev.UUID, ev.Info = keepCase(ev.UUID, r.UUID), keepTitle(ev.Info, r.Title)
	ev.Distribution, ev.SharingGroupID = distributionOf(r.ACL, ev.Distribution, ev.SharingGroupID)
	if r.Version > 1 && r.Modified.After(ev.Timestamp) {
		ev.Timestamp = r.Modified.Truncate(time.Second)
	}
	ev.Tags = markingTags(tagsOf(r.Tags, stated), r.ACL)
	return ev
}

func orgOf(p export.Producer) format.Org {
	o := format.Org{Name: p.Name}
	if !p.UUID.IsZero() {
		o.UUID = p.UUID.String()
	}
	return o
}

func analysisOf(p report.Progress) int64 { return int64(min(p, report.Reviewed)) }

func dateOf(r *report.Report) time.Time {
	for _, t := range []time.Time{r.Observed, r.Published, r.Created} {
		if !t.IsZero() {
			return t.UTC()
		}
	}
	return r.Created
}

// keepCase keeps the sender's spelling of a UUID.
func keepCase(stated string, u id.UUID) string {
	if u.IsZero() || strings.EqualFold(stated, u.String()) {
		return stated
	}
	return u.String()
}

// keepTitle leaves an event without a title without one.
func keepTitle(stated, title string) string {
	if stated == "" && strings.HasPrefix(title, "event ") {
		return stated
	}
	return title
}

// distributionOf writes the level that holds here. A sharing group of this installation has no number at
// the receiver; without its sender's number the item goes to nobody else.
func distributionOf(a sharing.ACL, stated int64, group string) (int64, string) {
	if stated == 4 && a.Distribution == sharing.OrganisationOnly || a.Distribution == sharing.Group {
		if group != "" {
			return 4, group
		}
		return 0, ""
	}
	return int64(a.Distribution), ""
}

// tagsOf writes tags in the order and with the details in which they were stated; new ones follow.
func tagsOf(tags []report.Tag, stated []format.Tag) []format.Tag {
	here := map[string]report.Tag{}
	for _, t := range tags {
		here[strings.ToLower(t.Name)] = t
	}
	out := make([]format.Tag, 0, len(tags))
	for _, s := range stated {
		key := strings.ToLower(strings.TrimSpace(s.Name))
		if _, ok := here[key]; ok {
			delete(here, key)
			out = append(out, s)
		}
	}
	for _, t := range tags {
		if _, left := here[strings.ToLower(t.Name)]; left && !t.Local {
			out = append(out, format.Tag{Name: t.Name, Colour: t.Colour})
		}
	}
	return out
}

func objectOf(o *report.Object) format.Object {
	raw := unwrap(o.Residue)
	out, _ := format.DecodeObject(orObject(raw))
	stated := out
	out = format.Object{
		UUID: o.UUID.String(), Name: o.Name, MetaCategory: o.MetaCategory, Description: o.Description, TemplateVersion: o.TemplateVersion, Comment: o.Comment,
		Deleted: o.Deleted, FirstSeen: o.FirstSeen, LastSeen: o.LastSeen, Timestamp: stated.Timestamp, References: stated.References, Residue: raw,
	}
	if o.UUID.IsZero() {
		out.UUID = ""
	}
	if !o.TemplateUUID.IsZero() {
		out.TemplateUUID = o.TemplateUUID.String()
	}
	if out.Timestamp.IsZero() || o.Version > 1 {
		out.Timestamp = o.Created.Truncate(time.Second)
	}
	group := stated.SharingGroupID
	level := int64(5)
	if group != "" {
		level = 4
	}
	out.Distribution, out.SharingGroupID = distributionOf(o.ACL, level, group)
	return out
}

func orObject(raw jsonx.Raw) jsonx.Raw {
	if raw == nil {
		return jsonx.Raw("{}")
	}
	return raw
}

func attributeOf(row *export.Row, o WriteOptions) format.Attribute {
	c := &row.Claim
	raw := unwrap(c.Residue)
	stated, _ := format.DecodeAttribute(orObject(raw))
	a := format.Attribute{
		Value: valueOf(c, stated.Value), Comment: c.Comment, ToIDs: c.ToIDs, Timestamp: stampOf(c), Deleted: c.Deleted, DisableCorrelation: disabled(c, stated.DisableCorrelation),
		ObjectRelation: c.Relation, FirstSeen: c.FirstSeen, LastSeen: c.LastSeen, Residue: withData(raw, o),
	}
	a.Type, a.Category = TypeOf(c)
	if !c.UUID.IsZero() {
		a.UUID = c.UUID.String()
	}
	level := int64(5)
	if stated.SharingGroupID != "" {
		level = 4
	}
	own := c.ACL
	if row.Report == nil {
		own = row.ACL
	}
	a.Distribution, a.SharingGroupID = distributionOf(own, level, stated.SharingGroupID)
	a.Tags = markingTags(tagsOf(c.Tags, stated.Tags), sharing.ACL{TLP: own.TLP, PAP: own.PAP})
	return a
}

// stampOf is the attribute's version time: the sender's until somebody changed it here.
func stampOf(c *report.Claim) time.Time {
	if c.Version <= 1 && !c.Published.IsZero() {
		return c.Published.Truncate(time.Second)
	}
	return c.Modified.Truncate(time.Second)
}

// disabled tells that a claim does not correlate although its values would. Of a literal only the sender's
// word is left.
func disabled(c *report.Claim, stated bool) bool {
	if c.Correlates {
		return false
	}
	m, err := Mean(c.Type, c.Stated)
	return err == nil && m.Correlates || stated
}

// withData puts an attachment's bytes back.
func withData(raw jsonx.Raw, o WriteOptions) jsonx.Raw {
	hash, rest := takeText(raw, blobMember)
	if hash == "" {
		return raw
	}
	var h blob.Hash
	n, err := hex.Decode(h[:], []byte(hash))
	if err != nil || n != len(h) || o.Open == nil {
		return rest
	}
	data, err := o.Open(h)
	if err != nil {
		return rest
	}
	return setText(rest, "data", base64.StdEncoding.EncodeToString(data))
}

// Append writes a whole event as {"Event":{…}}.
func Append(b []byte, ev *format.Event, attributes []format.Attribute, objects []format.Object) []byte {
	b = append(b, `{"Event":`...)
	b = ev.Append(b)
	b = append(b[:len(b)-1], `,"Attribute":[`...)
	for i := range attributes {
		if i > 0 {
			b = append(b, ',')
		}
		b = attributes[i].Append(b)
	}
	b = append(b, `],"Object":[`...)
	for i := range objects {
		if i > 0 {
			b = append(b, ',')
		}
		b = objects[i].Append(b)
	}
	return append(b, "]}}"...)
}
