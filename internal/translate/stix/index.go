package stix

import (
	"hash/maphash"
	"io"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/report"
	format "github.com/vedette-ti/vedette/internal/stix"
)

// index is what a first reading of a file finds: where each object lies and to which container it belongs.
// It takes some 60 bytes an object, so that files of any length can be read in parts.
type index struct {
	seed       maphash.Seed
	header     format.Header
	items      []item
	byID       map[uint64]int32
	containers []container
	identities map[uint64]string
	markings   map[uint64]marks
	refused    []report.Refusal
	newest     time.Time
}

type item struct {
	start, end int64
	kind       kind
	home       int32 // container that keeps the statement; -1 none yet
	near       uint64
}

type kind uint8

const (
	other kind = iota
	sco
	indicator
	observed
	relation
	comment // note, opinion
	sight   // sighting
	support // identity, marking-definition, extension-definition
	holder  // report, grouping
)

// container is a report, or the bundle itself (at -1).
type container struct {
	at   int32 // its item
	refs []uint64
}

type marks struct {
	tlp marking.TLP
	pap marking.PAP
}

func kindOf(typ string) kind {
	switch typ {
	case "indicator":
		return indicator
	case "observed-data":
		return observed
	case "relationship":
		return relation
	case "note", "opinion":
		return comment
	case "sighting":
		return sight
	case "identity", "marking-definition", "extension-definition", "language-content", "location":
		return support
	case "report", "grouping":
		return holder
	}
	if format.IsObservable(typ) {
		return sco
	}
	return other
}

func (x *index) key(stixID string) uint64 { return maphash.String(x.seed, stixID) }

// scan reads the whole file once.
func scan(src io.ReaderAt, size int64) (*index, error) {
	x := &index{seed: maphash.MakeSeed(), byID: map[uint64]int32{}, identities: map[uint64]string{}, markings: map[uint64]marks{}}
	for e, err := range format.ReadObjects(src, size, &x.header) {
		if known, ok := errs.As(err); ok && known.Subject != "" {
			x.refused = append(x.refused, report.Refusal{
				Stage: "parse", Item: x.header.ID, Place: known.Subject, Code: known.Code, Reason: errs.Fill(known.Message, known.Params), Params: known.Params, Payload: clip(string(e.Object.Raw), 64<<10),
			})
			continue
		}
		if err != nil {
			return nil, err
		}
		x.add(e)
	}
	if len(x.items) == 0 && len(x.refused) == 0 {
		return nil, errs.New(errs.Unsupported, "stix_none", "The JSON holds no STIX objects.")
	}
	x.settle()
	return x, nil
}

func (x *index) add(e format.Entry) {
	o := e.Object
	k := kindOf(o.Type())
	n := int32(len(x.items)) //nolint:gosec // a file has fewer
	it := item{start: e.Start, end: e.End, kind: k, home: -1}
	x.byID[x.key(o.ID())] = n // of several versions the last
	switch k {
	case holder:
		c := container{at: n}
		for _, r := range o.Texts("object_refs") {
			c.refs = append(c.refs, x.key(r))
		}
		it.home = int32(len(x.containers)) //nolint:gosec // as above
		x.containers = append(x.containers, c)
	case relation:
		it.near = x.key(o.Text("source_ref"))
	case sight:
		it.near = x.key(o.Text("sighting_of_ref"))
	case comment:
		if refs := o.Texts("object_refs"); len(refs) > 0 {
			it.near = x.key(refs[0])
		}
	case support:
		switch o.Type() {
		case "identity":
			x.identities[x.key(o.ID())] = o.Text("name")
		case "marking-definition":
			t, p := format.MarkingOf(o)
			x.markings[x.key(o.ID())] = marks{t, p}
		}
	}
	if t := o.Modified(); t.After(x.newest) {
		x.newest = t
	}
	x.items = append(x.items, it)
}

// settle gives every object a home: the first container that refers to it; edges and comments go where
// their first end is, the rest to the only container or to the bundle.
func (x *index) settle() {
	for c := range x.containers {
		for _, r := range x.containers[c].refs {
			if n, ok := x.byID[r]; ok && x.items[n].home < 0 {
				x.items[n].home = int32(c) //nolint:gosec // as above
			}
		}
	}
	if len(x.containers) == 0 {
		x.containers = []container{{at: -1}}
	}
	for i := range x.items {
		it := &x.items[i]
		if n, ok := x.byID[it.near]; it.home < 0 && it.near != 0 && ok {
			it.home = x.items[n].home
		}
	}
	rest := int32(-1)
	if len(x.containers) == 1 {
		rest = 0
	}
	for i := range x.items {
		it := &x.items[i]
		if it.home >= 0 {
			continue
		}
		if rest < 0 && it.kind == support {
			it.home = 0 // who made it and how it is marked goes with the first
			continue
		}
		if rest < 0 {
			rest = int32(len(x.containers)) //nolint:gosec // as above
			x.containers = append(x.containers, container{at: -1})
		}
		it.home = rest
	}
}

// members lists the items of a container in the order of the file: those that live there and those that it
// refers to.
func (x *index) members(c int32) []int32 {
	foreign := map[int32]bool{}
	for _, r := range x.containers[c].refs {
		if n, ok := x.byID[r]; ok && x.items[n].home != c && (x.items[n].kind == sco || x.items[n].kind == indicator || x.items[n].kind == observed) {
			foreign[n] = true
		}
	}
	var out []int32
	for i := range x.items {
		if n := int32(i); x.items[i].home == c || foreign[n] { //nolint:gosec // as above
			out = append(out, n)
		}
	}
	return out
}

// markOf finds the strictest markings of an object.
func (x *index) markOf(o format.Object) (m marks) {
	for _, r := range o.Texts("object_marking_refs") {
		if t, ok := format.TLPOf(r); ok {
			m.tlp = max(m.tlp, t)
		}
		if known, ok := x.markings[x.key(r)]; ok {
			m.tlp, m.pap = max(m.tlp, known.tlp), max(m.pap, known.pap)
		}
	}
	return m
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
