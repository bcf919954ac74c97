package stix

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

func newBuffer(b []byte) *bytes.Buffer { return bytes.NewBuffer(b) }

// Entry is an object of a file and where it lies, so that it can be read again.
type Entry struct {
	Object Object
	// Place names the object in error messages ("objects[17]").
	Place      string
	Start, End int64 // bytes of the file
}

// Header is what a bundle says about itself.
type Header struct {
	ID          string
	SpecVersion string // only in 2.0
}

// ReadObjects streams the objects of a bundle, a TAXII envelope, a list of objects or a single object, in
// the order of the file. Memory is bounded by the biggest object. An element that is no object comes as
// an error that names it and the sequence goes on; broken JSON ends it.
func ReadObjects(src io.ReaderAt, size int64, header *Header) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		base := int64(0)
		var bom [3]byte
		if n, _ := src.ReadAt(bom[:], 0); n == 3 && bom == [3]byte{0xEF, 0xBB, 0xBF} {
			base = 3
		}
		r := reader{base: base, yield: yield, header: header}
		r.dec = jsontext.NewDecoder(io.NewSectionReader(src, base, size-base), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
		r.src = src
		err := r.root()
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			yield(Entry{}, jsonx.Explain(err))
		}
	}
}

var errStop = errors.New("stix: stop")

type reader struct {
	src    io.ReaderAt
	base   int64
	dec    *jsontext.Decoder
	yield  func(Entry, error) bool
	header *Header
	n      int
}

func (r *reader) root() error {
	switch r.dec.PeekKind() {
	case '[':
		return r.list()
	case '{':
		start := r.base + r.dec.InputOffset()
		list, err := r.bundle()
		if err != nil || list {
			return err
		}
		// No member "objects": the object itself.
		raw := make([]byte, r.base+r.dec.InputOffset()-start)
		if _, err := r.src.ReadAt(raw, start); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		raw = trimValue(raw)
		if o := NewObject(raw); o.Type() == "bundle" || o.Type() == "" {
			return nil
		}
		return r.emit(raw, r.base+r.dec.InputOffset())
	case 0:
		_, err := r.dec.ReadToken()
		return err
	}
	return errs.New(errs.Unsupported, "stix_none", "The JSON holds no STIX objects.")
}

// bundle reads the members of the root object; list tells that it had a list of objects.
func (r *reader) bundle() (list bool, err error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return false, err
	}
	for r.dec.PeekKind() != '}' {
		key, err := r.dec.ReadToken()
		if err != nil {
			return list, err
		}
		name := key.String()
		kind := r.dec.PeekKind()
		switch {
		case name == "objects" && kind == '[':
			list = true
			err = r.list()
		case (name == "id" || name == "spec_version") && kind == '"':
			var v jsonx.Raw
			if v, err = r.dec.ReadValue(); err == nil && r.header != nil {
				if name == "id" {
					r.header.ID = textOf(v)
				} else {
					r.header.SpecVersion = textOf(v)
				}
			}
		default:
			err = r.dec.SkipValue()
		}
		if err != nil {
			return list, err
		}
	}
	_, err = r.dec.ReadToken()
	return list, err
}

func (r *reader) list() error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != ']' {
		raw, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := r.emit(raw.Clone(), r.base+r.dec.InputOffset()); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

func (r *reader) emit(raw jsonx.Raw, end int64) error {
	e := Entry{Place: "objects[" + strconv.Itoa(r.n) + "]", Start: end - int64(len(raw)), End: end}
	r.n++
	e.Object = NewObject(raw)
	var err error
	switch {
	case raw.Kind() != '{':
		err = errs.New(errs.Invalid, "stix_not_object", "An item that should be a STIX object is something else.").At(e.Place)
	case e.Object.Type() == "" || e.Object.ID() == "":
		err = errs.New(errs.Invalid, "stix_no_id", "A STIX object needs a type and an id.").At(e.Place)
	}
	if !r.yield(e, err) {
		return errStop
	}
	return nil
}

// ReadAgain reads an object of the file once more.
func ReadAgain(src io.ReaderAt, start, end int64) (Object, error) {
	raw := make([]byte, end-start)
	if _, err := src.ReadAt(raw, start); err != nil && !errors.Is(err, io.EOF) {
		return Object{}, err
	}
	return NewObject(raw), nil
}

// Detect reports whether a file begins like STIX 2 JSON. head is its beginning, a few kilobytes suffice.
func Detect(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte{0xEF, 0xBB, 0xBF})
	dec := jsontext.NewDecoder(newBuffer(head), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	name, inBundle := "", false
	for range 400 {
		tok, err := dec.ReadToken()
		if err != nil {
			break
		}
		depth := dec.StackDepth()
		kind, n := dec.StackIndex(depth)
		if tok.Kind() != '"' || kind != '{' {
			continue
		}
		if n%2 == 1 {
			name = tok.String()
			continue
		}
		switch s := tok.String(); {
		case name == "type" && s == "bundle" && depth == 1, name == "id" && depth == 1 && bytes.HasPrefix([]byte(s), []byte("bundle--")):
			return true
		case name == "id" && depth <= 3:
			_, _, ok := SplitID(s)
			inBundle = inBundle || ok
		case name == "spec_version" && (s == "2.1" || s == "2.0"):
			return true
		}
	}
	return inBundle && bytes.Contains(head, []byte(`"type"`)) && bytes.Contains(head, []byte(`"modified"`))
}
