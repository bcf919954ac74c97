package misp

import (
	"strings"

	"github.com/vedette-ti/vedette/internal/marking"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// MISP's distribution levels that are not the number of a sharing.Distribution of the same meaning: none;
// the numbers are equal on purpose.

// Stated is what a sender says about who may see an item.
type Stated struct {
	Distribution int64
	// SharingGroup is the sender's number, "" for none; SharingGroupJSON the group as it was sent, nil when
	// it was not.
	SharingGroup     string
	SharingGroupJSON []byte
	Org, Orgc        format.Org // of the event
	TLP              marking.TLP
	PAP              marking.PAP
	// Event is true for the event's own label, false for objects and attributes in it.
	Event bool
}

// Labeller turns what a sender says into a label of this installation. nil leaves the source's default (for
// the event) or the event's label (for what is in it). It knows organisations and sharing groups here.
type Labeller func(Stated) *sharing.ACL

// label is used where no Labeller is given. The event takes the source's default label and its own
// markings. Attributes keep their level, which can only narrow the event's; an unknown sharing group is
// the owner's alone.
func label(s Stated) *sharing.ACL {
	marked := s.TLP != marking.TLPUnset || s.PAP != marking.PAPUnset
	a := sharing.ACL{Distribution: sharing.Inherit, TLP: s.TLP, PAP: s.PAP}
	switch {
	case s.Event && marked:
		return &a // without owner: the rest is the source's
	case s.Event:
		return nil
	case s.Distribution >= 0 && s.Distribution <= 3:
		a.Distribution = sharing.Distribution(s.Distribution) //nolint:gosec // 0 to 3
	case s.Distribution == 4:
		a.Distribution = sharing.OrganisationOnly
	case !marked:
		return nil
	}
	return &a
}

// markings reads the strictest TLP and PAP among tags.
func markings(tags []format.Tag) (tlp marking.TLP, pap marking.PAP) {
	for _, t := range tags {
		name := strings.ToLower(strings.TrimSpace(t.Name))
		switch {
		case strings.HasPrefix(name, "tlp:"):
			v, _ := marking.ParseTLP(name)
			tlp = max(tlp, v)
		case strings.HasPrefix(name, "pap:"):
			v, _ := marking.ParsePAP(name)
			pap = max(pap, v)
		}
	}
	return tlp, pap
}

// markingTags replaces the TLP and PAP tags of an item by those of its label where they differ.
func markingTags(tags []format.Tag, a sharing.ACL) []format.Tag {
	tlp, pap := markings(tags)
	if tlp == a.TLP && pap == a.PAP {
		return tags
	}
	out := make([]format.Tag, 0, len(tags)+2)
	for _, t := range tags {
		name := strings.ToLower(strings.TrimSpace(t.Name))
		if strings.HasPrefix(name, "tlp:") && tlp != a.TLP || strings.HasPrefix(name, "pap:") && pap != a.PAP {
			continue
		}
		out = append(out, t)
	}
	if tlp != a.TLP && a.TLP != marking.TLPUnset {
		out = append(out, format.Tag{Name: "tlp:" + a.TLP.String(), Colour: tlpColour(a.TLP)})
	}
	if pap != a.PAP && a.PAP != marking.PAPUnset {
		out = append(out, format.Tag{Name: "PAP:" + strings.ToUpper(a.PAP.String())})
	}
	return out
}

// tlpColour are the colours of TLP 2.0 (FIRST, 2022).
func tlpColour(t marking.TLP) string {
	switch t {
	case marking.TLPClear:
		return "#ffffff"
	case marking.TLPGreen:
		return "#33ff00"
	case marking.TLPAmber, marking.TLPAmberStrict:
		return "#ffc000"
	case marking.TLPRed:
		return "#ff2b2b"
	}
	return ""
}

// tagNames splits tags and notes their colours.
func (e *eventReader) tagNames(tags []format.Tag) (shared, local []string) {
	for _, t := range tags {
		name := strings.TrimSpace(t.Name)
		if name == "" {
			continue
		}
		if t.Colour != "" {
			if e.b.Colours == nil {
				e.b.Colours = map[string]string{}
			}
			e.b.Colours[name] = t.Colour
		}
		if t.Local {
			local = append(local, name)
		} else {
			shared = append(shared, name)
		}
	}
	return shared, local
}
