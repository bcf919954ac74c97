// Package misp translates between MISP's formats (package misp of the formats) and Vedette's reports and
// claims, both ways: an event is a report, an attribute a claim. It owns the mapping of attribute types,
// distribution and tags, and loses nothing: what a report or claim has no field for is its residue. It
// owns no storage and no decision about what may leave.
package misp

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/vedette-ti/vedette/internal/errs"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/report"
)

// Mean explains a stated type and value: attribute types of MISP, output names of observable types, and ""
// to be recognised. It is report.Options.Mean.
func Mean(typ, stated string) (report.Meaning, error) {
	t, ok := format.LookupType(typ)
	if !ok {
		return report.PlainMeaning(typ, stated)
	}
	m := report.Meaning{Type: typ, Category: t.Category, ToIDs: t.ToIDs, Role: observable.Literal}
	if t.Role == format.Literal {
		return m, nil
	}
	parts, err := t.Split(stated)
	if err != nil {
		return m, err
	}
	for _, p := range parts {
		if p.Observable == "" {
			continue
		}
		o, ok := observable.Parse(p.Observable)
		if !ok {
			return m, errs.New(errs.Unsupported, "type_unknown", "There is no type {type}.", "type", p.Observable)
		}
		v, err := observable.Canonical(o, p.Text)
		if err != nil {
			if p.Optional {
				continue
			}
			return m, err
		}
		m.Parts = append(m.Parts, v)
	}
	if len(m.Parts) == 0 {
		if t.Role == format.Rule { // a rule of a kind that is no observable type
			m.Role, m.Pain = observable.Rule, 5
		}
		return m, nil
	}
	info := m.Parts[0].Type.Info()
	m.Role, m.Life = info.Role, info.Expires
	for _, v := range m.Parts {
		m.Pain = max(m.Pain, v.Type.Info().Pain)
	}
	if t.Role == format.Reference {
		m.Role = observable.Reference
	}
	m.Correlates = m.Role == observable.Correlates || m.Role == observable.Reference
	if len(m.Parts) > 1 { // the hash names the file, for ever; its name does not change that
		m.Life = m.Parts[1].Type.Info().Expires
	}
	return m, nil
}

// TypeOf returns the attribute type and category for a claim: its own where they are MISP's, else the ones
// of its first value.
func TypeOf(c *report.Claim) (typ, category string) {
	if t, ok := format.LookupType(c.Type); ok {
		if t.Allows(c.Category) {
			return t.Name, c.Category
		}
		return t.Name, t.Category
	}
	o, _ := observable.Parse(c.Type)
	v := observable.Value{Type: o, Text: c.Stated}
	if len(c.Parts) > 0 {
		v = c.Parts[0].Value
	}
	typ, category = typeOfValue(v)
	if t, ok := format.LookupType(typ); ok && t.Allows(c.Category) {
		category = c.Category
	}
	return typ, category
}

// typeOfValue is the default attribute type of a value.
func typeOfValue(v observable.Value) (typ, category string) {
	info := v.Type.Info()
	typ, category = info.MISP, info.Category
	switch v.Type {
	case observable.Domain:
		if top, err := publicsuffix.EffectiveTLDPlusOne(v.Text); err == nil && top != v.Text {
			typ = "hostname"
		}
	case observable.Wallet:
		switch currency, _ := observable.ValidWallet(v.Text); currency {
		case "BTC":
			typ = "btc"
		case "XMR":
			typ = "xmr"
		default:
			typ = "other"
		}
	case observable.Suricata:
		typ = "suricata"
	}
	t, ok := format.LookupType(typ)
	if !ok {
		return "text", "Other"
	}
	if !t.Allows(category) {
		category = t.Category
	}
	return typ, category
}

// valueOf is what stands in an attribute's value: what was stated where that can be read by a machine and
// the type is MISP's, else the canonical value, so that nothing defanged leaves. stated is the sender's
// own spelling, "" for none.
func valueOf(c *report.Claim, stated string) string {
	t, ok := format.LookupType(c.Type)
	if len(c.Parts) == 0 || stated != "" && stated == c.Stated {
		return c.Stated
	}
	v := c.Parts[0].Value
	switch {
	case ok && !defanged(v.Type, c.Stated):
		return c.Stated
	case ok && t.Composite:
		return observable.Refang(c.Stated)
	case v.Type == observable.FileName || v.Type == observable.FilePath || v.Type == observable.RegistryKey:
		return strings.TrimSpace(c.Stated) // letter case kept
	}
	return v.Text
}

// defanged tells that a host, address, URL or mail address is written so that no program makes a link of it.
func defanged(t observable.Type, stated string) bool {
	switch t {
	case observable.IPv4, observable.IPv6, observable.Domain, observable.URL, observable.Email:
		return observable.Refang(stated) != stated
	}
	return false
}
