package taxonomy

import (
	"context"
	"sort"
	"strings"
	"time"
	"unicode"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Tag is a label that was used or made here.
type Tag struct {
	ID          id.ID
	Name        string
	Colour      string // #rrggbb, "" for none
	Description string
	Org         id.ID // the organisation that made it by hand, 0 when it came with data
	Created     time.Time
	Version     int64
	// Uses counts the items with the tag that the viewer may see.
	Uses int64
}

// TagQuery selects tags in the order of their names.
type TagQuery struct {
	Contains string // in any letter case
	After    string // name key of the last one seen
	Limit    int    // at most 1000; 0 is 100
}

// TagStore keeps tags. Tags made by hand are everybody's vocabulary; one that came with data is visible to
// whoever may see an item that has it.
type TagStore interface {
	// Tags lists visible tags in ascending order of their keys.
	Tags(ctx context.Context, s sharing.Scope, q TagQuery) ([]Tag, error)
	// Tag returns a visible one by its name in any letter case; errs.NotFound.
	Tag(ctx context.Context, s sharing.Scope, name string) (Tag, error)
	// InsertTag adds a tag and sets its ID. A row that ingest made before is taken over; errs.Conflict when
	// somebody made it by hand before.
	InsertTag(ctx context.Context, t *Tag) error
	// UpdateTag writes colour and description where the version still fits; errs.Conflict "stale".
	UpdateTag(ctx context.Context, t *Tag) error
}

// Word is a tag that an enabled taxonomy defines.
type Word struct {
	Name     string
	Expanded string
	Colour   string
	key      string
}

// TagKey is the form in which tag names are compared.
func TagKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// MachineTag is namespace:predicate or namespace:predicate="value".
type MachineTag struct {
	Namespace, Predicate, Value string
}

// ParseMachineTag takes a tag name apart; ok is false for plain tags.
func ParseMachineTag(name string) (t MachineTag, ok bool) {
	ns, rest, ok := strings.Cut(strings.TrimSpace(name), ":")
	if !ok || ns == "" || rest == "" || strings.ContainsAny(ns, ` "=`) {
		return MachineTag{}, false
	}
	t = MachineTag{Namespace: ns, Predicate: rest}
	if p, v, has := strings.Cut(rest, "="); has {
		if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' || p == "" {
			return MachineTag{}, false
		}
		t.Predicate, t.Value = p, v[1:len(v)-1]
	}
	return t, true
}

// String writes the tag's name.
func (t MachineTag) String() string {
	if t.Value == "" {
		return t.Namespace + ":" + t.Predicate
	}
	return t.Namespace + ":" + t.Predicate + `="` + t.Value + `"`
}

// Tags lists tags in use.
func (s *Service) Tags(ctx context.Context, scope sharing.Scope, q TagQuery) ([]Tag, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	return s.o.Tags.Tags(ctx, scope, q)
}

// Tag returns one tag by its name.
func (s *Service) Tag(ctx context.Context, scope sharing.Scope, name string) (Tag, error) {
	return s.o.Tags.Tag(ctx, scope, name)
}

// Word returns what the enabled taxonomies say about a tag.
func (s *Service) Word(name string) (Word, bool) {
	x := s.current.Load()
	if x == nil {
		return Word{}, false
	}
	key := TagKey(name)
	i := sort.Search(len(x.words), func(i int) bool { return x.words[i].key >= key })
	if i < len(x.words) && x.words[i].key == key {
		return x.words[i], true
	}
	return Word{}, false
}

// Suggest lists words of the enabled taxonomies that begin with or contain a text, beginnings first.
func (s *Service) Suggest(text string, limit int) []Word {
	x := s.current.Load()
	if x == nil || limit <= 0 {
		return nil
	}
	key := TagKey(text)
	var out, inner []Word
	for _, w := range x.words {
		k := w.key
		switch {
		case strings.HasPrefix(k, key):
			out = append(out, w)
		case len(inner) < limit && (strings.Contains(k, key) || strings.Contains(strings.ToLower(w.Expanded), key)):
			inner = append(inner, w)
		}
		if len(out) == limit {
			return out
		}
	}
	return append(out, inner[:min(len(inner), limit-len(out))]...)
}

const maxTag = 500 // bytes of a name

// CheckTag tells what is wrong with a tag's name, nil when nothing is.
func CheckTag(name string) error {
	name = strings.TrimSpace(name)
	bad := func(reason string) error {
		return errs.New(errs.Invalid, "tag_name", "{name} is no tag: {reason}.", "name", clip(name), "reason", reason)
	}
	switch {
	case name == "":
		return bad("it is empty")
	case len(name) > maxTag:
		return bad("it is longer than 500 bytes")
	}
	for _, c := range name {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return bad("it holds control characters")
		}
	}
	return nil
}

// CheckColour accepts #rgb and #rrggbb.
func CheckColour(c string) error {
	digits := strings.TrimPrefix(c, "#")
	good := c == "" || len(digits)+1 == len(c) && (len(digits) == 3 || len(digits) == 6) && strings.Trim(strings.ToLower(digits), "0123456789abcdef") == ""
	if good {
		return nil
	}
	return errs.New(errs.Invalid, "tag_colour", "{value} is no colour: write it as #1a2b3c.", "value", clip(c))
}

// CreateTag makes a tag by hand. It takes its colour from the enabled taxonomies when none is given.
func (s *Service) CreateTag(ctx context.Context, actor sharing.Actor, t Tag) (Tag, error) {
	if err := actor.Need(sharing.WriteIntel); err != nil {
		return t, err
	}
	t.Name = strings.TrimSpace(t.Name)
	if err := CheckTag(t.Name); err != nil {
		return t, err
	}
	if w, ok := s.Word(t.Name); ok && t.Colour == "" && CheckColour(w.Colour) == nil {
		t.Colour = w.Colour
	}
	if err := CheckColour(t.Colour); err != nil {
		return t, err
	}
	t.Org, t.Created, t.Version = actor.Org, s.o.Clock().UTC(), 1
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		if err := s.o.Tags.InsertTag(ctx, &t); err != nil {
			return err
		}
		return s.tagged(ctx, actor, change.Create, nil, t)
	})
	return t, err
}

// UpdateTag changes colour and description. t.Version is the one that was read.
func (s *Service) UpdateTag(ctx context.Context, actor sharing.Actor, t Tag) (Tag, error) {
	if err := actor.Need(sharing.WriteIntel); err != nil {
		return t, err
	}
	if err := CheckColour(t.Colour); err != nil {
		return t, err
	}
	err := s.o.Tx.Run(ctx, func(ctx context.Context) error {
		old, err := s.o.Tags.Tag(ctx, actor.Scope, t.Name)
		if err != nil {
			return err
		}
		if old.Org != 0 && !actor.MayEdit(old.Org) {
			return errs.New(errs.Forbidden, "not_owner", "Only the organisation that made the tag {name} may change it.", "name", old.Name)
		}
		next := old
		next.Colour, next.Description, next.Version = t.Colour, t.Description, t.Version
		if err := s.o.Tags.UpdateTag(ctx, &next); err != nil {
			return err
		}
		t = next
		return s.tagged(ctx, actor, change.Update, &old, t)
	})
	return t, err
}

func (s *Service) tagged(ctx context.Context, actor sharing.Actor, op string, before *Tag, after Tag) error {
	acl, err := s.o.Packs.InternACL(ctx, packLabel(actor))
	if err != nil {
		return err
	}
	e := change.By(actor, op, "tag", after.ID, acl)
	if e.After, err = tagJSON(after); err != nil {
		return err
	}
	if before != nil {
		if e.Before, err = tagJSON(*before); err != nil {
			return err
		}
	}
	return s.o.Changes.Append(ctx, e)
}

func tagJSON(t Tag) (jsonx.Raw, error) {
	return jsonx.Marshal(map[string]any{"name": t.Name, "colour": t.Colour, "description": t.Description})
}
