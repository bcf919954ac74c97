package list

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-ti/vedette/internal/parser"
)

// paths are the parsed paths of a mapping.
type paths struct {
	step [8][]step
	use  [8]bool
}

func (r *reader) json(name string, data []byte) error {
	var p paths
	for i, s := range r.o.Map.all() {
		p.use[i] = s != "" || i == fValue
		st, err := parsePath(s)
		if err != nil {
			return bad("map", s, err.Error())
		}
		p.step[i] = st
	}
	if r.o.Format == NDJSON {
		return r.ndjson(data, &p)
	}
	root, err := parsePath(r.o.Root)
	if err != nil {
		return bad("root", r.o.Root, err.Error())
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data), dirty()...)
	n := 0
	err = r.descend(dec, root, "", &n, &p)
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) || errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		if r.count == 0 {
			return parser.Broken(name, "JSON", err)
		}
		r.b.Warn("byte "+strconv.FormatInt(dec.InputOffset(), 10), "the JSON is broken here; the rest was left out")
		return nil
	}
	if err == nil && n == 0 {
		r.b.Warn("", "no items were found at "+strconv.Quote(r.o.Root))
	}
	return err
}

// dirty are the options for feeds, which are not always strict JSON.
func dirty() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
}

func (r *reader) ndjson(data []byte, p *paths) error {
	for n := 1; len(data) > 0; n++ {
		if err := r.tick(); err != nil {
			return err
		}
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if c := r.o.comment(); c != "" && bytes.HasPrefix(line, []byte(c)) {
			continue
		}
		if err := r.item("row "+strconv.Itoa(n), "", line, p); err != nil {
			return err
		}
	}
	return nil
}

// descend follows the root path through the token stream and reads items at its end, one by one.
func (r *reader) descend(dec *jsontext.Decoder, root []step, key string, n *int, p *paths) error {
	kind := dec.PeekKind()
	if len(root) == 0 && kind != '[' {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		*n++
		return r.item("item "+strconv.Itoa(*n), key, v, p)
	}
	if kind != '[' && kind != '{' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for i := 0; dec.PeekKind() != ']' && dec.PeekKind() != '}'; i++ {
		if err := r.tick(); err != nil {
			return err
		}
		rest, take := root, true
		if kind == '{' {
			tok, err := dec.ReadToken()
			if err != nil {
				return err
			}
			key = tok.String()
			take = root[0].kind == byAll || root[0].kind == byName && root[0].name == key
			rest = root[1:]
		} else if len(root) > 0 && root[0].kind != byName {
			take = root[0].kind == byAll || root[0].index == i
			rest = root[1:]
		}
		var err error
		switch {
		case !take:
			err = dec.SkipValue()
		case len(root) == 0: // elements of the list itself
			var v jsontext.Value
			if v, err = dec.ReadValue(); err == nil {
				*n++
				err = r.item("item "+strconv.Itoa(*n), key, v, p)
			}
		default:
			err = r.descend(dec, rest, key, n, p)
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// item maps one JSON value; where the value's path leads to several, each is an entry.
func (r *reader) item(place, key string, raw jsontext.Value, p *paths) error {
	var v any
	if err := json.Unmarshal(raw, &v, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		r.b.Warn(place, "is not JSON")
		return nil
	}
	var f [8]string
	var values, tags []string
	for i := range p.step {
		if !p.use[i] {
			continue
		}
		var got []string
		if len(p.step[i]) == 1 && p.step[i][0].kind == byKey {
			got = []string{key}
		} else {
			got = texts(find(v, p.step[i], nil), nil)
		}
		switch {
		case len(got) == 0:
		case i == fValue:
			values = got
		case i == fTags && len(got) > 1:
			tags = got
		default:
			f[i] = strings.Join(got, ", ")
		}
	}
	if len(values) == 0 {
		r.b.Warn(place, "has no value at "+strconv.Quote(r.o.Map.Value))
	}
	for _, value := range values {
		f[fValue] = value
		if err := r.emit(func() string { return place }, f, tags); err != nil {
			return err
		}
	}
	return nil
}
