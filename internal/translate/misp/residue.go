package misp

import (
	"github.com/vedette-ti/vedette/internal/jsonx"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
)

// Residues of reports, objects and claims that came from MISP are {"misp":{…}}: members of the JSON object
// that no field holds, or that re-encoding would spell otherwise.

func wrap(raw jsonx.Raw) jsonx.Raw {
	if len(raw) == 0 || string(raw) == "{}" {
		return nil
	}
	b := append([]byte(`{"misp":`), raw...)
	return append(b, '}')
}

func unwrap(residue jsonx.Raw) jsonx.Raw {
	var r struct {
		MISP jsonx.Raw `json:"misp"`
	}
	if len(residue) == 0 || jsonx.Unmarshal(residue, &r) != nil {
		return nil
	}
	return r.MISP
}

// attributeResidue keeps, beside the odd members, tags that say more than name and colour, and the sender's
// sharing group.
func attributeResidue(a *format.Attribute, odd jsonx.Raw) jsonx.Raw {
	members := format.Members(odd)
	before := len(members)
	if a.SharingGroupID != "" {
		members = format.SetMember(members, "sharing_group_id", quote(a.SharingGroupID))
	}
	if a.DisableCorrelation {
		if m, err := Mean(a.Type, a.Value); err != nil || !m.Correlates {
			members = format.SetMember(members, "disable_correlation", jsonx.Raw("true"))
		}
	}
	if defanged(observable.URL, a.Value) {
		members = format.SetMember(members, "value", quote(a.Value))
	}
	for _, t := range a.Tags {
		if len(t.Residue) > 0 || t.NotExport || t.Relationship != "" {
			members = format.SetMember(members, "Tag", format.AppendTags(nil, a.Tags))
			break
		}
	}
	if len(members) == before && before == 0 {
		return nil
	}
	return wrap(format.Join(members))
}

// objectResidue keeps what an object draft has no field for.
func objectResidue(o *format.Object) jsonx.Raw {
	members := format.Members(o.Residue)
	if o.SharingGroupID != "" {
		members = format.SetMember(members, "sharing_group_id", quote(o.SharingGroupID))
	}
	for _, m := range format.Members(o.Append(nil)) {
		if m.Name == "timestamp" && !o.Timestamp.IsZero() || m.Name == "ObjectReference" {
			members = format.SetMember(members, m.Name, m.Value)
		}
	}
	return wrap(format.Join(members))
}

func sharingGroup(residue jsonx.Raw) []byte {
	for _, m := range format.Members(residue) {
		if m.Name == "SharingGroup" {
			return m.Value
		}
	}
	return nil
}

func quote(s string) jsonx.Raw {
	b, err := jsonx.Marshal(s)
	if err != nil {
		return jsonx.Raw(`""`)
	}
	return b
}

// takeText removes a text member and returns it.
func takeText(residue jsonx.Raw, name string) (string, jsonx.Raw) {
	var text string
	members := format.Members(residue)
	kept := members[:0]
	for _, m := range members {
		if m.Name == name && jsonx.Unmarshal(m.Value, &text) == nil {
			continue
		}
		kept = append(kept, m)
	}
	return text, format.Join(kept)
}

func setText(residue jsonx.Raw, name, text string) jsonx.Raw {
	return format.Join(format.SetMember(format.Members(residue), name, quote(text)))
}
