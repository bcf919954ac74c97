package stix

import (
	"bytes"
	"context"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/sharing"
	format "github.com/vedette-ti/vedette/internal/stix"
)

// Statements writes objects that came as STIX, as they came. An object that states values is written only
// where a row that came from it was: what was rejected, or may not leave, stays here with everything that
// names it. It reads the statements twice, since edges may come before their ends.
func (w *Writer) Statements(ctx context.Context, list export.Statements) error {
	w.flush()
	if list == nil || w.err != nil {
		return w.err
	}
	for _, edges := range []bool{false, true} {
		err := list(ctx, func(_ id.ID, stixID string, body []byte) error {
			o := format.NewObject(body)
			k := kindOf(o.Type())
			if isEdge := k == relation || k == sight || k == comment || k == holder; isEdge != edges {
				return nil
			}
			if !w.may(o, k) {
				w.held[hash(stixID)] = struct{}{}
				return w.err
			}
			if edges {
				body = w.without(o)
			}
			if body != nil {
				w.put(stixID, upgrade(o.Type(), body))
			}
			return w.err
		})
		if err != nil {
			return err
		}
	}
	return w.err
}

// may tells whether a statement leaves.
func (w *Writer) may(o format.Object, k kind) bool {
	for _, r := range o.Texts("object_marking_refs") {
		if t, ok := format.TLPOf(r); ok && t != marking.TLPUnset && !w.meta.Ceiling.Passes(sharing.ACL{TLP: t}) {
			return false
		}
	}
	if k != sco && k != indicator && k != observed {
		return true
	}
	if _, ok := w.wanted[hash(o.ID())]; ok {
		return true
	}
	return len(claimsOf(o)) == 0
}

// without leaves references to held back objects out; nil where the object says nothing without them.
func (w *Writer) without(o format.Object) []byte {
	for _, n := range []string{"source_ref", "target_ref", "sighting_of_ref"} {
		if _, out := w.held[hash(o.Text(n))]; out {
			return nil
		}
	}
	body := []byte(o.Raw)
	for _, n := range []string{"object_refs", "observed_data_refs"} {
		refs := o.Texts(n)
		kept := make([]string, 0, len(refs))
		for _, r := range refs {
			if _, out := w.held[hash(r)]; !out {
				kept = append(kept, r)
			}
		}
		if len(kept) == len(refs) {
			continue
		}
		if len(kept) == 0 && n == "object_refs" {
			return nil
		}
		list, err := jsonx.Marshal(kept)
		if err != nil {
			return nil
		}
		body = bytes.Replace(body, o.Get(n), list, 1)
	}
	return body
}

// upgrade adds what STIX 2.1 demands of an object that came in 2.0. Objects of 2.1 stay as they are.
func upgrade(typ string, body []byte) []byte {
	o := format.NewObject(body)
	if o.Get("spec_version") != nil || kindOf(typ) == sco {
		return body
	}
	inner, ok := bytes.CutSuffix(bytes.TrimRight(body, " \t\r\n"), []byte("}"))
	if !ok || len(o.Names()) == 0 {
		return body
	}
	add := object{b: bytes.Clone(inner)}
	add.text("spec_version", "2.1")
	switch typ {
	case "indicator":
		if o.Get("pattern_type") == nil {
			add.text("pattern_type", "stix")
		}
	case "malware":
		if o.Get("is_family") == nil {
			add.raw("is_family", []byte("false"))
		}
	}
	return add.bytes()
}
