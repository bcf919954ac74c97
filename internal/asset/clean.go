package asset

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
)

const maxTags = 50

// asset makes a checked asset of a draft. Errors have the field as subject.
func (d Draft) asset(org id.ID) (Asset, error) {
	a := Asset{Org: org, Kind: d.Kind, Name: d.Name, Criticality: d.Criticality, Tags: d.Tags, Comment: d.Comment}
	stated, err := naming.Name("value", d.Value)
	if err != nil {
		return a, err
	}
	if a.Kind == "" {
		if a.Kind = guess(stated); a.Kind == "" {
			return a, errs.New(errs.Invalid, "asset_kind_missing", "{value} could be a brand or software: state the kind.", "value", naming.Clip(stated, 80)).At("kind")
		}
	}
	if !slices.Contains(Kinds(), a.Kind) {
		return a, errs.New(errs.Invalid, "asset_kind", "{value} is no kind of asset: use domain, network, brand or software.", "value", naming.Clip(string(a.Kind), 80)).At("kind")
	}
	if a.Value, err = canonical(a.Kind, stated); err != nil {
		return a, err
	}
	if a.Name == "" {
		a.Name = stated
	}
	return a, a.clean()
}

func (a *Asset) clean() error {
	var err error
	if a.Name, err = naming.Line("name", a.Name, naming.MaxName); err != nil {
		return err
	}
	if a.Comment, err = naming.Text("comment", a.Comment); err != nil {
		return err
	}
	if a.Tags, err = naming.Tags("tags", a.Tags, maxTags); err != nil {
		return err
	}
	if a.Criticality < 0 || a.Criticality > 4 {
		return errs.New(errs.Invalid, "asset_criticality", "The criticality goes from 0 (not said) and 1 (low) to 4 (critical).").At("criticality")
	}
	return nil
}

// guess recognises what can only be one kind.
func guess(stated string) Kind {
	if strings.HasPrefix(strings.ToLower(stated), "cpe:") {
		return Software
	}
	v, ok := observable.Recognise(stated)
	switch {
	case !ok:
	case v.Type == observable.IPv4 || v.Type == observable.IPv6:
		return Network
	case v.Type == observable.Domain:
		return Domain
	}
	return ""
}

func canonical(k Kind, stated string) (string, error) {
	wrong := func(reason string) error {
		return errs.New(errs.Invalid, "bad_asset", "{value} cannot be an asset of the kind {kind}: {reason}.",
			"value", naming.Clip(stated, 80), "kind", string(k), "reason", reason).At("value")
	}
	switch k {
	case Domain:
		v, err := observable.Canonical(observable.Domain, strings.TrimPrefix(strings.TrimPrefix(stated, "*."), "@"))
		if err != nil || v.Type != observable.Domain || !strings.Contains(v.Text, ".") || strings.Contains(v.Text, "*") {
			return "", wrong("it is not a domain such as example.com")
		}
		if suffix, _ := publicsuffix.PublicSuffix(v.Text); suffix == v.Text {
			return "", wrong("everybody can register names below it")
		}
		return v.Text, nil
	case Network:
		v, err := observable.Canonical(observable.IPv4, stated)
		if err != nil {
			return "", wrong("it is neither an address nor a network such as 192.0.2.0/24")
		}
		if p, err := netip.ParsePrefix(v.Text); err == nil && (p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16) {
			return "", wrong("it is larger than any organisation's network")
		}
		return v.Text, nil
	case Software:
		if strings.HasPrefix(strings.ToLower(stated), "cpe:") {
			c, ok := parseCPE(stated)
			if !ok {
				return "", wrong("a CPE name reads cpe:2.3:a:vendor:product:version")
			}
			return c.text, nil
		}
	}
	word := naming.Fold(stated)
	if !distinctive(word) {
		return "", wrong("it is too short to be told from other words")
	}
	return word, nil
}

// distinctive asks for three letters, or two ideographs.
func distinctive(word string) bool {
	letters := 0
	for _, r := range word {
		switch {
		case ideograph(r):
			letters += 2
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			letters++
		}
	}
	return letters >= 3 && utf8.RuneCountInString(word) >= 2
}

func ideograph(r rune) bool {
	if r < 0x1100 || r >= 0x4E00 && r <= 0x9FFF { // most text
		return r >= 0x4E00
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// cpe is what is used of a CPE name (NISTIR 7695, 6.1 and 6.2): vendor and product, escapes undone.
type cpe struct{ text, part, vendor, product string }

// parseCPE reads a formatted string (2.3) or a URI (2.2). Versions are left out: a product in use is of
// interest in all its versions.
func parseCPE(s string) (cpe, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	rest, ok := strings.CutPrefix(s, "cpe:2.3:")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "cpe:/"); !ok {
			return cpe{}, false
		}
	}
	fields := splitCPE(rest)
	if len(fields) < 3 || len(fields) > 11 || !strings.Contains("aoh", fields[0]) || len(fields[0]) != 1 {
		return cpe{}, false
	}
	c := cpe{part: fields[0], vendor: plainCPE(fields[1]), product: plainCPE(fields[2])}
	if c.product == "" || fields[2] == "*" || fields[2] == "-" || !distinctive(c.vendor+c.product) {
		return cpe{}, false
	}
	c.text = "cpe:2.3:" + strings.Join(fields[:3], ":")
	return c, true
}

// splitCPE splits at colons that are not escaped.
func splitCPE(s string) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ':':
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func plainCPE(s string) string {
	if s == "*" || s == "-" {
		return ""
	}
	return strings.TrimSpace(strings.NewReplacer(`\`, "", "_", " ", "%20", " ").Replace(s))
}
