package misp

import (
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Members that a server assigns and that are not kept, by object: they number rows of that server or repeat
// what stands elsewhere. Everything else comes back out.
//
//	Event            RelatedEvent, attribute_count
//	Attribute        id, event_id, object_id
//	Object           id, event_id
//	ObjectReference  id, event_id, object_id, referenced_id, source_uuid, and the Object or Attribute repeated in it
//	Tag              id, user_id, org_id, count, is_galaxy, is_custom_galaxy
//
// null and empty lists of members that this package does not know mean the same as leaving them out.

// Event is a MISP event without its attributes and objects.
type Event struct {
	UUID               string
	Info               string
	Date               string // YYYY-MM-DD
	Timestamp          time.Time
	PublishTimestamp   time.Time
	Published          bool
	ThreatLevel        int64 // 1 high … 4 undefined
	Analysis           int64 // 0 initial, 1 ongoing, 2 complete
	Distribution       int64
	SharingGroupID     string // of the sender; "" for none
	ExtendsUUID        string
	DisableCorrelation bool
	Org, Orgc          Org // owner on the sender, creator
	Tags               []Tag
	// Residue holds every further member (EventReport, Galaxy, SharingGroup, ShadowAttribute, id …) and odd spellings.
	Residue jsonx.Raw
}

// Org is an organisation.
type Org struct {
	UUID, Name string
	Residue    jsonx.Raw
}

// Tag is a tag on an event or attribute.
type Tag struct {
	Name         string
	Colour       string
	Local        bool
	NotExport    bool // exportable is false
	Relationship string
	Residue      jsonx.Raw
}

// Attribute is one stated value.
type Attribute struct {
	UUID               string
	Type               string
	Category           string
	Value              string
	Comment            string
	ToIDs              bool
	Distribution       int64
	SharingGroupID     string
	Timestamp          time.Time
	Deleted            bool
	DisableCorrelation bool
	ObjectRelation     string
	FirstSeen          time.Time
	LastSeen           time.Time
	Tags               []Tag
	Residue            jsonx.Raw
}

// Object groups attributes by a template.
type Object struct {
	UUID            string
	Name            string
	MetaCategory    string
	Description     string
	TemplateUUID    string
	TemplateVersion int64
	Timestamp       time.Time
	Distribution    int64
	SharingGroupID  string
	Comment         string
	Deleted         bool
	FirstSeen       time.Time
	LastSeen        time.Time
	References      []ObjectReference
	Attributes      []Attribute
	Residue         jsonx.Raw
}

// ObjectReference is an edge from an object to an object or attribute.
type ObjectReference struct {
	UUID             string
	ObjectUUID       string
	ReferencedUUID   string
	ReferencedType   int64 // 0 attribute, 1 object
	RelationshipType string
	Comment          string
	Timestamp        time.Time
	Deleted          bool
	Residue          jsonx.Raw
}

var errNotObject = errs.New(errs.Invalid, "misp_not_object", "An item that should be a JSON object is something else.")

// textField is a member that is text; numbers are accepted.
func textField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{
		name:  name,
		read:  func(v *T, raw jsonx.Raw) (ok bool) { *at(v), ok = text(raw); return ok },
		write: func(v *T, b []byte) []byte { return appendText(b, *at(v)) },
	}
}

// optionalText is left out when empty.
func optionalText[T any](name string, at func(*T) *string) field[T] {
	f := textField(name, at)
	write := f.write
	f.write = func(v *T, b []byte) []byte {
		if *at(v) == "" {
			return b
		}
		return write(v, b)
	}
	return f
}

// idText is the number of a row on the sender as text; "0" is none.
func idText[T any](name string, at func(*T) *string) field[T] {
	return field[T]{
		name: name,
		read: func(v *T, raw jsonx.Raw) bool {
			s, ok := text(raw)
			if s == "0" {
				s = ""
			}
			*at(v) = s
			return ok
		},
		write: func(v *T, b []byte) []byte {
			if *at(v) == "" {
				return append(b, `"0"`...)
			}
			return appendText(b, *at(v))
		},
	}
}

func numberField[T any](name string, at func(*T) *int64) field[T] {
	return field[T]{
		name:  name,
		read:  func(v *T, raw jsonx.Raw) (ok bool) { *at(v), ok = number(raw); return ok },
		write: func(v *T, b []byte) []byte { return appendNumber(b, *at(v)) },
	}
}

func boolField[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{
		name:  name,
		read:  func(v *T, raw jsonx.Raw) (ok bool) { *at(v), ok = boolean(raw); return ok },
		write: func(v *T, b []byte) []byte { return appendBool(b, *at(v)) },
	}
}

func unixField[T any](name string, at func(*T) *time.Time) field[T] {
	return field[T]{
		name:  name,
		read:  func(v *T, raw jsonx.Raw) (ok bool) { *at(v), ok = unixTime(raw); return ok },
		write: func(v *T, b []byte) []byte { return appendUnix(b, *at(v)) },
	}
}

func seenField[T any](name string, at func(*T) *time.Time) field[T] {
	return field[T]{
		name:  name,
		read:  func(v *T, raw jsonx.Raw) (ok bool) { *at(v), ok = seenTime(raw); return ok },
		write: func(v *T, b []byte) []byte { return appendSeen(b, *at(v)) },
	}
}

// listField is a list of objects; an empty one is left out.
func listField[T, E any](name string, c func() *codec[E], at func(*T) *[]E) field[T] {
	return field[T]{
		name: name, nested: true,
		read: func(v *T, raw jsonx.Raw) bool {
			ok := true
			*at(v) = nil
			list := elements(raw, func(e jsonx.Raw) {
				var item E
				if c().decodeRaw(e, &item) != nil {
					ok = false
					return
				}
				*at(v) = append(*at(v), item)
			})
			return ok && (list || raw.Kind() == 'n')
		},
		write: func(v *T, b []byte) []byte {
			if len(*at(v)) == 0 {
				return b
			}
			b = append(b, '[')
			for i := range *at(v) {
				if i > 0 {
					b = append(b, ',')
				}
				b = c().append(b, &(*at(v))[i])
			}
			return append(b, ']')
		},
	}
}

func orgField(name string, at func(*Event) *Org) field[Event] {
	return field[Event]{
		name: name, nested: true,
		read: func(v *Event, raw jsonx.Raw) bool { return orgCodec().decodeRaw(raw, at(v)) == nil },
		write: func(v *Event, b []byte) []byte {
			if at(v).Name == "" && at(v).UUID == "" {
				return b
			}
			return orgCodec().append(b, at(v))
		},
	}
}

var orgCodec = sync.OnceValue(func() *codec[Org] {
	return &codec[Org]{residue: func(v *Org) *jsonx.Raw { return &v.Residue }, fields: []field[Org]{
		textField("name", func(v *Org) *string { return &v.Name }),
		textField("uuid", func(v *Org) *string { return &v.UUID }),
	}}
})

var tagCodec = sync.OnceValue(func() *codec[Tag] {
	return &codec[Tag]{
		residue: func(v *Tag) *jsonx.Raw { return &v.Residue },
		drop:    []string{"id", "user_id", "org_id", "count", "is_galaxy", "is_custom_galaxy"},
		zero:    []string{"hide_tag", "local_only", "inherited", "numerical_value"},
		fields: []field[Tag]{
			textField("name", func(v *Tag) *string { return &v.Name }),
			optionalText("colour", func(v *Tag) *string { return &v.Colour }),
			{
				name:  "exportable",
				read:  func(v *Tag, raw jsonx.Raw) bool { yes, ok := boolean(raw); v.NotExport = ok && !yes; return ok },
				write: func(v *Tag, b []byte) []byte { return appendBool(b, !v.NotExport) },
			},
			{
				name: "local",
				read: func(v *Tag, raw jsonx.Raw) (ok bool) { v.Local, ok = boolean(raw); return ok },
				write: func(v *Tag, b []byte) []byte {
					if !v.Local {
						return b
					}
					return appendBool(b, true)
				},
			},
			optionalText("relationship_type", func(v *Tag) *string { return &v.Relationship }),
		},
	}
})

var attributeCodec = sync.OnceValue(func() *codec[Attribute] {
	return &codec[Attribute]{
		residue: func(v *Attribute) *jsonx.Raw { return &v.Residue },
		drop:    []string{"id", "event_id", "object_id"},
		fields: []field[Attribute]{
			textField("type", func(v *Attribute) *string { return &v.Type }),
			textField("category", func(v *Attribute) *string { return &v.Category }),
			boolField("to_ids", func(v *Attribute) *bool { return &v.ToIDs }),
			optionalText("uuid", func(v *Attribute) *string { return &v.UUID }),
			numberField("distribution", func(v *Attribute) *int64 { return &v.Distribution }),
			idText("sharing_group_id", func(v *Attribute) *string { return &v.SharingGroupID }),
			unixField("timestamp", func(v *Attribute) *time.Time { return &v.Timestamp }),
			textField("comment", func(v *Attribute) *string { return &v.Comment }),
			boolField("deleted", func(v *Attribute) *bool { return &v.Deleted }),
			boolField("disable_correlation", func(v *Attribute) *bool { return &v.DisableCorrelation }),
			{
				name: "object_relation",
				read: func(v *Attribute, raw jsonx.Raw) (ok bool) { v.ObjectRelation, ok = text(raw); return ok },
				write: func(v *Attribute, b []byte) []byte {
					if v.ObjectRelation == "" {
						return append(b, "null"...)
					}
					return appendText(b, v.ObjectRelation)
				},
			},
			seenField("first_seen", func(v *Attribute) *time.Time { return &v.FirstSeen }),
			seenField("last_seen", func(v *Attribute) *time.Time { return &v.LastSeen }),
			textField("value", func(v *Attribute) *string { return &v.Value }),
			listField("Tag", tagCodec, func(v *Attribute) *[]Tag { return &v.Tags }),
		},
	}
})

var referenceCodec = sync.OnceValue(func() *codec[ObjectReference] {
	return &codec[ObjectReference]{
		residue: func(v *ObjectReference) *jsonx.Raw { return &v.Residue },
		drop:    []string{"id", "event_id", "object_id", "referenced_id", "source_uuid", "Object", "Attribute"},
		fields: []field[ObjectReference]{
			optionalText("uuid", func(v *ObjectReference) *string { return &v.UUID }),
			optionalText("object_uuid", func(v *ObjectReference) *string { return &v.ObjectUUID }),
			textField("referenced_uuid", func(v *ObjectReference) *string { return &v.ReferencedUUID }),
			numberField("referenced_type", func(v *ObjectReference) *int64 { return &v.ReferencedType }),
			textField("relationship_type", func(v *ObjectReference) *string { return &v.RelationshipType }),
			textField("comment", func(v *ObjectReference) *string { return &v.Comment }),
			unixField("timestamp", func(v *ObjectReference) *time.Time { return &v.Timestamp }),
			boolField("deleted", func(v *ObjectReference) *bool { return &v.Deleted }),
		},
	}
})

var objectCodec = sync.OnceValue(func() *codec[Object] {
	return &codec[Object]{
		residue: func(v *Object) *jsonx.Raw { return &v.Residue },
		drop:    []string{"id", "event_id"},
		fields: []field[Object]{
			textField("name", func(v *Object) *string { return &v.Name }),
			optionalText("meta-category", func(v *Object) *string { return &v.MetaCategory }),
			optionalText("description", func(v *Object) *string { return &v.Description }),
			optionalText("template_uuid", func(v *Object) *string { return &v.TemplateUUID }),
			numberField("template_version", func(v *Object) *int64 { return &v.TemplateVersion }),
			optionalText("uuid", func(v *Object) *string { return &v.UUID }),
			unixField("timestamp", func(v *Object) *time.Time { return &v.Timestamp }),
			numberField("distribution", func(v *Object) *int64 { return &v.Distribution }),
			idText("sharing_group_id", func(v *Object) *string { return &v.SharingGroupID }),
			textField("comment", func(v *Object) *string { return &v.Comment }),
			boolField("deleted", func(v *Object) *bool { return &v.Deleted }),
			seenField("first_seen", func(v *Object) *time.Time { return &v.FirstSeen }),
			seenField("last_seen", func(v *Object) *time.Time { return &v.LastSeen }),
			listField("ObjectReference", referenceCodec, func(v *Object) *[]ObjectReference { return &v.References }),
			listField("Attribute", attributeCodec, func(v *Object) *[]Attribute { return &v.Attributes }),
		},
	}
})

var eventCodec = sync.OnceValue(func() *codec[Event] {
	return &codec[Event]{
		residue: func(v *Event) *jsonx.Raw { return &v.Residue },
		drop:    []string{"RelatedEvent", "attribute_count"},
		fields: []field[Event]{
			textField("uuid", func(v *Event) *string { return &v.UUID }),
			textField("info", func(v *Event) *string { return &v.Info }),
			textField("date", func(v *Event) *string { return &v.Date }),
			unixField("timestamp", func(v *Event) *time.Time { return &v.Timestamp }),
			unixField("publish_timestamp", func(v *Event) *time.Time { return &v.PublishTimestamp }),
			boolField("published", func(v *Event) *bool { return &v.Published }),
			numberField("threat_level_id", func(v *Event) *int64 { return &v.ThreatLevel }),
			numberField("analysis", func(v *Event) *int64 { return &v.Analysis }),
			numberField("distribution", func(v *Event) *int64 { return &v.Distribution }),
			idText("sharing_group_id", func(v *Event) *string { return &v.SharingGroupID }),
			textField("extends_uuid", func(v *Event) *string { return &v.ExtendsUUID }),
			boolField("disable_correlation", func(v *Event) *bool { return &v.DisableCorrelation }),
			orgField("Org", func(v *Event) *Org { return &v.Org }),
			orgField("Orgc", func(v *Event) *Org { return &v.Orgc }),
			listField("Tag", tagCodec, func(v *Event) *[]Tag { return &v.Tags }),
		},
	}
})

// EventReport is a text inside an event.
type EventReport struct {
	UUID, Name, Content string
	Distribution        int64
	Timestamp           time.Time
	Deleted             bool
	Residue             jsonx.Raw
}

var reportCodec = sync.OnceValue(func() *codec[EventReport] {
	return &codec[EventReport]{
		residue: func(v *EventReport) *jsonx.Raw { return &v.Residue },
		fields: []field[EventReport]{
			textField("uuid", func(v *EventReport) *string { return &v.UUID }),
			textField("name", func(v *EventReport) *string { return &v.Name }),
			textField("content", func(v *EventReport) *string { return &v.Content }),
			numberField("distribution", func(v *EventReport) *int64 { return &v.Distribution }),
			unixField("timestamp", func(v *EventReport) *time.Time { return &v.Timestamp }),
			boolField("deleted", func(v *EventReport) *bool { return &v.Deleted }),
		},
	}
})

// Reports returns the event's texts, which stay in the residue too.
func (e *Event) Reports() []EventReport {
	var out []EventReport
	for _, m := range listMembers(e.Residue) {
		if m.name != "EventReport" {
			continue
		}
		elements(m.raw, func(raw jsonx.Raw) {
			var r EventReport
			if reportCodec().decodeRaw(raw, &r) == nil {
				out = append(out, r)
			}
		})
	}
	return out
}

// Sighting is one sighting of an attribute.
type Sighting struct {
	UUID, Source string
	Type         int64 // 0 seen, 1 false positive, 2 expired
	Seen         time.Time
}

// Sightings returns those of an attribute, which stay in its residue too.
func (a *Attribute) Sightings() []Sighting {
	var out []Sighting
	for _, m := range listMembers(a.Residue) {
		if m.name != "Sighting" {
			continue
		}
		elements(m.raw, func(raw jsonx.Raw) {
			var s Sighting
			ok := members(decoder(raw), func(name []byte, v jsonx.Raw) error {
				switch string(name) {
				case "uuid":
					s.UUID, _ = text(v)
				case "source":
					s.Source, _ = text(v)
				case "type":
					s.Type, _ = number(v)
				case "date_sighting":
					s.Seen, _ = unixTime(v)
				}
				return nil
			})
			if ok == nil {
				out = append(out, s)
			}
		})
	}
	return out
}

// DecodeAttribute reads one attribute.
func DecodeAttribute(raw jsonx.Raw) (Attribute, error) {
	var a Attribute
	err := attributeCodec().decodeRaw(raw, &a)
	return a, err
}

// DecodeObject reads one object with its attributes.
func DecodeObject(raw jsonx.Raw) (Object, error) {
	var o Object
	err := objectCodec().decodeRaw(raw, &o)
	return o, err
}

// Append writes the attribute as JSON.
func (a *Attribute) Append(b []byte) []byte { return attributeCodec().append(b, a) }

// Append writes the object with its attributes as JSON.
func (o *Object) Append(b []byte) []byte { return objectCodec().append(b, o) }

// Append writes the event's own members as JSON.
func (e *Event) Append(b []byte) []byte { return eventCodec().append(b, e) }

// ParseUUID reads a UUID of MISP; anything else (some servers write "0") is none.
func ParseUUID(s string) id.UUID {
	u, err := id.ParseUUID(s)
	if err != nil {
		return id.UUID{}
	}
	return u
}

// DecodeEvent reads an event's own members; lists of attributes and objects stay in the residue.
func DecodeEvent(raw jsonx.Raw) (Event, error) {
	var e Event
	err := eventCodec().decodeRaw(raw, &e)
	return e, err
}

// AppendTags writes a list of tags as JSON.
func AppendTags(b []byte, tags []Tag) []byte {
	b = append(b, '[')
	for i := range tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = tagCodec().append(b, &tags[i])
	}
	return append(b, ']')
}

// Member is one member of a JSON object.
type Member struct {
	Name  string
	Value jsonx.Raw
}

// Members lists the members of a residue, which is an object or nil.
func Members(residue jsonx.Raw) []Member {
	var out []Member
	for _, m := range listMembers(residue) {
		out = append(out, Member{m.name, m.raw})
	}
	return out
}

// SetMember replaces or adds a member.
func SetMember(list []Member, name string, value jsonx.Raw) []Member {
	for i := range list {
		if list[i].Name == name {
			list[i].Value = value
			return list
		}
	}
	return append(list, Member{name, value})
}

// Join writes members as an object, nil where there are none.
func Join(list []Member) jsonx.Raw {
	var r residue
	for _, m := range list {
		r.add(m.Name, m.Value)
	}
	return r.value()
}
