package stix

import (
	"io"
	"iter"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// FromExtraction writes values found in a text as one bundle, as they come: cyber observables, and
// indicators for types whose claims have to_ids by default. A value comes out once.
func FromExtraction(w io.Writer, values iter.Seq[observable.Value], meta export.Meta) error {
	out := NewWriter(w, meta, false)
	seen := map[[16]byte]bool{}
	for v := range values {
		if key := v.Key(); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		info := v.Type.Info()
		c := report.Claim{
			Type: info.Name, Stated: v.Text, ToIDs: info.ToIDs, Published: meta.Generated, Created: meta.Generated, Modified: meta.Generated, Version: 1,
			Parts: []report.Part{{Value: v}},
		}
		if err := out.Row(export.Row{Claim: c, ACL: sharing.ACL{TLP: marking.TLPUnset}}); err != nil {
			return err
		}
	}
	return out.Close()
}
