package taxonomy

import (
	"bytes"
	"path"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/misp"
)

// recognise tells what a file of a pack is, by its place in the upstream layout and by its content. ok is
// false for files that are no part of a pack.
func recognise(name string, body []byte) (p Pack, ok bool, err error) {
	body = bytes.TrimPrefix(body, []byte{0xEF, 0xBB, 0xBF})
	var head struct {
		Type       jsonx.Raw `json:"type"`
		Name       jsonx.Raw `json:"name"`
		List       jsonx.Raw `json:"list"`
		Objects    jsonx.Raw `json:"objects"`
		Namespace  jsonx.Raw `json:"namespace"`
		Predicates jsonx.Raw `json:"predicates"`
		Values     jsonx.Raw `json:"values"`
		Attributes jsonx.Raw `json:"attributes"`
		Meta       jsonx.Raw `json:"meta-category"`
		Icon       jsonx.Raw `json:"icon"`
	}
	if err := jsonx.UnmarshalLenient(body, &head); err != nil {
		return p, true, err
	}
	p.Enabled = true
	p.Meta.Size = int64(len(body))
	folder := path.Base(path.Dir(name))
	base := strings.TrimSuffix(path.Base(name), ".json")
	switch {
	case string(head.Type) == `"bundle"`:
		return bundle(p, base, body)
	case head.List != nil && head.Type != nil:
		return warninglist(p, folder, base, body)
	case head.Namespace != nil && head.Predicates != nil:
		t, err := misp.ParseTaxonomy(body)
		p.Kind, p.Name, p.Version, p.Entries = KindTaxonomy, t.Namespace, string(t.Version), int64(len(t.Tags()))
		p.Meta.Title, p.Meta.Description = first(t.Expanded, t.Namespace), t.Description
		return p, true, err
	case head.Attributes != nil && head.Meta != nil:
		t, err := misp.ParseTemplate(body)
		p.Kind, p.Name, p.Version, p.Entries = KindTemplate, t.Name, string(t.Version), int64(len(t.Attributes))
		p.Meta.Title, p.Meta.Description, p.Meta.UUID = t.Name, t.Description, t.UUID
		return p, true, err
	case folder == "relationships" && head.Values != nil:
		var list []jsonx.Raw
		err := jsonx.UnmarshalLenient(head.Values, &list)
		p.Kind, p.Name, p.Entries, p.Meta.Title = KindRelationships, "misp-objects", int64(len(list)), "MISP object relationships"
		return p, true, err
	case head.Values != nil && head.Type != nil:
		c, err := misp.ParseClusters(body)
		p.Kind, p.Name, p.Version, p.Entries = KindCluster, base, string(c.Version), int64(len(c.Values))
		p.Meta.Title, p.Meta.Description, p.Meta.UUID = c.Name, c.Description, c.UUID
		return p, true, err
	case head.Type != nil && (head.Icon != nil || folder == "galaxies"):
		g, err := misp.ParseGalaxy(body)
		p.Kind, p.Name, p.Version, p.Entries = KindGalaxy, base, string(g.Version), 0
		p.Meta.Title, p.Meta.Description, p.Meta.UUID = g.Name, g.Description, g.UUID
		return p, true, err
	}
	return p, false, nil
}

func warninglist(p Pack, folder, base string, body []byte) (Pack, bool, error) {
	w, err := misp.ParseWarninglist(body)
	p.Kind, p.Name, p.Version, p.Entries = KindWarninglist, base, string(w.Version), int64(len(w.List))
	if base == "list" && folder != "." && folder != "/" {
		p.Name = folder
	} else if base == "list" {
		p.Name = slug(w.Name)
	}
	p.Meta.Title, p.Meta.Description, p.Meta.Match, p.Meta.Matching = w.Name, w.Description, w.Type, w.Matching
	if p.Category = w.Category; p.Category != FalsePositive && p.Category != Known {
		p.Category = defaultCategory(p.Name)
	}
	return p, true, err
}

func bundle(p Pack, base string, body []byte) (Pack, bool, error) {
	p.Kind, p.Name, p.Meta.Title = KindSTIX, base, base
	err := jsonx.Elements(bytes.NewReader(body), []string{"objects"}, func(_ int, o jsonx.Raw) error {
		p.Entries++
		var head struct {
			Type    string `json:"type"`
			Name    string `json:"name"`
			Version string `json:"x_mitre_version"`
		}
		if p.Version == "" && bytes.Contains(o, []byte("x-mitre-collection")) && jsonx.UnmarshalLenient(o, &head) == nil && head.Type == "x-mitre-collection" {
			p.Meta.Title, p.Version = head.Name, head.Version
		}
		return nil
	})
	return p, true, err
}

// sharedInfrastructure are the upstream lists whose entries attackers use as well as others: a hit says
// where a value lives, not that it is harmless.
const sharedInfrastructure = " akamai amazon-aws bunny-net cloudflare covid disposable-email dynamic-dns fastly github google-gcp icloud-private-relay " +
	"link-in-bio lots-project microsoft-azure microsoft-azure-china microsoft-azure-germany microsoft-azure-us-gov oracle-oci ovh-cluster " +
	"parking-domain parking-domain-ns public-ipfs-gateways sinkholes stackpath telegram-ips university_domains url-shortener vpn-ipv4 vpn-ipv6 zscaler "

func defaultCategory(name string) string {
	if strings.Contains(sharedInfrastructure, " "+name+" ") {
		return Known
	}
	return FalsePositive
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// slug makes a name of a title.
func slug(title string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(title) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c > 0x7f:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return clip(strings.Trim(b.String(), "-"))
}

var errNoPack = errs.New(errs.Unsupported, "pack_none",
	"No warninglist, taxonomy, galaxy, object template or STIX bundle was found: install the folder or archive of the upstream repository.")
