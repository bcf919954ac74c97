package misp

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Reader is one event of a file, whose lists are read from the file when they are asked for, so that an
// event of any length takes the memory of its biggest item.
type Reader struct {
	Event Event
	// Place names the event in its file ("event 3").
	Place string
	// Attributes and Objects count the elements of the lists.
	AttributeCount, ObjectCount int

	src        io.ReaderAt
	attributes []span
	objects    []span
}

type span struct{ start, end int64 }

// Events reads every event of a file: {"Event":{…}}, {"response":[{"Event":{…}}…]}, {"response":{"Attribute":[…]}},
// [{"Event":{…}}…], a bare event, or several of these one after another. An event comes when its end was
// seen; broken JSON ends the sequence with an error that names the byte, after the events before it.
func Events(src io.ReaderAt, size int64) iter.Seq2[*Reader, error] {
	return func(yield func(*Reader, error) bool) {
		start := int64(0)
		var bom [3]byte
		if n, _ := src.ReadAt(bom[:], 0); n == 3 && bom == [3]byte{0xEF, 0xBB, 0xBF} {
			start = 3
		}
		s := scanner{src: src, base: start, yield: yield, dec: newDecoder(io.NewSectionReader(src, start, size-start))}
		err := s.roots()
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			yield(nil, jsonx.Explain(err))
		case s.count == 0:
			yield(nil, errs.New(errs.Unsupported, "misp_no_event", "The JSON holds no MISP event."))
		}
	}
}

func newDecoder(r io.Reader) *jsontext.Decoder {
	return jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

var errStop = errors.New("misp: stop")

type scanner struct {
	src   io.ReaderAt
	base  int64
	dec   *jsontext.Decoder
	yield func(*Reader, error) bool
	count int
}

// maxWrap bounds how deeply events may be wrapped.
const maxWrap = 8

func (s *scanner) roots() error {
	for {
		if s.dec.PeekKind() == 0 {
			if _, err := s.dec.ReadToken(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
		if err := s.value(0); err != nil {
			return err
		}
	}
}

// value looks for events in the value that comes next.
func (s *scanner) value(depth int) error {
	kind := s.dec.PeekKind()
	if depth > maxWrap || kind != '{' && kind != '[' {
		return s.dec.SkipValue()
	}
	if kind == '{' {
		return s.object(depth)
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	for s.dec.PeekKind() != ']' {
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	_, err := s.dec.ReadToken()
	return err
}

// object is a wrapper or an event; which one shows by its members.
func (s *scanner) object(depth int) error {
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	r := &Reader{src: s.src}
	var header residue
	event := false
	for s.dec.PeekKind() != '}' {
		key, err := s.dec.ReadToken()
		if err != nil {
			return err
		}
		name := key.String()
		switch name {
		case "Event", "response":
			err = s.value(depth + 1)
		case "Attribute":
			err = s.list(&r.attributes, &r.AttributeCount, &event)
		case "Object":
			err = s.list(&r.objects, &r.ObjectCount, &event)
		case "RelatedEvent":
			err = s.dec.SkipValue()
		default:
			var raw jsonx.Raw
			if raw, err = s.dec.ReadValue(); err == nil {
				header.add(name, raw)
			}
			event = event || name == "info"
		}
		if err != nil {
			return err
		}
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	if !event {
		return nil
	}
	s.count++
	r.Place = "event " + strconv.Itoa(s.count)
	if err := eventCodec().decodeRaw(orEmpty(header.value()), &r.Event); err != nil {
		return err
	}
	if !s.yield(r, nil) {
		return errStop
	}
	return nil
}

func orEmpty(raw jsonx.Raw) jsonx.Raw {
	if raw == nil {
		return jsonx.Raw("{}")
	}
	return raw
}

// list notes where a list stands and skips it.
func (s *scanner) list(spans *[]span, count *int, event *bool) error {
	kind := s.dec.PeekKind()
	if kind != '[' && kind != '{' {
		return s.dec.SkipValue()
	}
	*event = true
	if kind == '{' { // one element without its list
		raw, err := s.dec.ReadValue()
		if err != nil {
			return err
		}
		end := s.base + s.dec.InputOffset()
		*spans = append(*spans, span{end - int64(len(raw)), end})
		*count++
		return nil
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	start := s.base + s.dec.InputOffset() - 1
	for s.dec.PeekKind() != ']' {
		if err := s.dec.SkipValue(); err != nil {
			return err
		}
		*count++
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	*spans = append(*spans, span{start, s.base + s.dec.InputOffset()})
	return nil
}

// Attributes streams the event's own attributes in the order of the file. An element that is no attribute
// comes as an error that names it, and the sequence goes on.
func (r *Reader) Attributes() iter.Seq2[Attribute, error] {
	return stream(r.src, r.attributes, attributeCodec(), "Attribute")
}

// Objects streams the event's objects with their attributes.
func (r *Reader) Objects() iter.Seq2[Object, error] {
	return stream(r.src, r.objects, objectCodec(), "Object")
}

func stream[T any](src io.ReaderAt, spans []span, c *codec[T], what string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		n := 0
		for _, s := range spans {
			dec := newDecoder(io.NewSectionReader(src, s.start, s.end-s.start))
			if dec.PeekKind() == '[' {
				if _, err := dec.ReadToken(); err != nil {
					return
				}
			}
			for kind := dec.PeekKind(); kind != ']' && kind != 0; kind = dec.PeekKind() {
				n++
				var v T
				err := c.decode(dec, &v)
				if e, ok := errs.As(err); ok {
					err = e.At(what + " " + strconv.Itoa(n))
				} else if err != nil { // cannot happen: the list was read before
					yield(v, jsonx.Explain(err))
					return
				}
				if !yield(v, err) {
					return
				}
			}
		}
	}
}

// Detect reports whether a file begins like MISP JSON. head is its beginning, a few kilobytes suffice.
func Detect(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte{0xEF, 0xBB, 0xBF})
	dec := newDecoder(bytes.NewReader(head))
	seen := map[string]bool{}
	for range 400 {
		tok, err := dec.ReadToken()
		if err != nil {
			break
		}
		if tok.Kind() != '"' {
			continue
		}
		kind, _ := dec.StackIndex(dec.StackDepth())
		if _, n := dec.StackIndex(dec.StackDepth()); kind == '{' && n%2 == 1 {
			seen[tok.String()] = true
		}
	}
	switch {
	case seen["Event"] && (seen["info"] || seen["uuid"] || seen["orgc_id"] || seen["Orgc"] || seen["Attribute"]):
		return true
	case seen["info"] && seen["threat_level_id"]:
		return true
	case seen["Attribute"] && seen["to_ids"] && seen["category"]:
		return true
	}
	return false
}
