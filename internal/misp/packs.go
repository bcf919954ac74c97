package misp

import (
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Warninglist is a list of values that are no indicators, or only weak ones (misp-warninglists, schema.json).
type Warninglist struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Version     Version  `json:"version"`
	Type        string   `json:"type"`     // string, substring, hostname, cidr, regex
	Category    string   `json:"category"` // "", false_positive, known
	Matching    []string `json:"matching_attributes"`
	List        []string `json:"list"`
}

// Version is a number or a text, kept as text.
type Version string

// UnmarshalJSON accepts both.
func (v *Version) UnmarshalJSON(b []byte) error {
	s, ok := text(b)
	if !ok {
		return errs.New(errs.Invalid, "misp_version", "A version is a number or a text.")
	}
	*v = Version(s)
	return nil
}

// Number is the version as a number, 0 when it is none.
func (v Version) Number() int64 {
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// ParseWarninglist reads a list.json. Unknown kinds of match are errs.Unsupported.
func ParseWarninglist(data []byte) (Warninglist, error) {
	var w Warninglist
	if err := jsonx.UnmarshalLenient(data, &w); err != nil {
		return w, err
	}
	switch w.Type {
	case "string", "substring", "hostname", "cidr", "regex":
	default:
		return w, errs.New(errs.Unsupported, "warninglist_type", "The warninglist {name} matches by {type}; known are string, substring, hostname, cidr and regex.",
			"name", clip(w.Name), "type", clip(w.Type))
	}
	if strings.TrimSpace(w.Name) == "" {
		return w, errs.New(errs.Invalid, "warninglist_name", "A warninglist has no name.")
	}
	return w, nil
}

// Taxonomy is a machinetag.json of misp-taxonomies.
type Taxonomy struct {
	Namespace   string      `json:"namespace"`
	Expanded    string      `json:"expanded"`
	Description string      `json:"description"`
	Version     Version     `json:"version"`
	Exclusive   bool        `json:"exclusive"`
	Predicates  []Predicate `json:"predicates"`
	Values      []struct {
		Predicate string      `json:"predicate"`
		Entry     []Predicate `json:"entry"`
	} `json:"values"`
}

// Predicate is a predicate of a taxonomy or a value of one.
type Predicate struct {
	Value       string    `json:"value"`
	Expanded    string    `json:"expanded"`
	Description string    `json:"description"`
	Colour      string    `json:"colour"`
	UUID        string    `json:"uuid"`
	Exclusive   bool      `json:"exclusive"`
	Numerical   jsonx.Raw `json:"numerical_value"`
}

// ParseTaxonomy reads a machinetag.json.
func ParseTaxonomy(data []byte) (Taxonomy, error) {
	var t Taxonomy
	if err := jsonx.UnmarshalLenient(data, &t); err != nil {
		return t, err
	}
	if strings.TrimSpace(t.Namespace) == "" {
		return t, errs.New(errs.Invalid, "taxonomy_namespace", "A taxonomy has no namespace.")
	}
	return t, nil
}

// TaxonomyTag is one tag that a taxonomy defines.
type TaxonomyTag struct {
	Name, Expanded, Description, Colour string
}

// Tags lists the machine tags of the taxonomy: namespace:predicate or namespace:predicate="value".
func (t *Taxonomy) Tags() []TaxonomyTag {
	values := map[string]bool{}
	var out []TaxonomyTag
	predicate := map[string]Predicate{}
	for _, p := range t.Predicates {
		predicate[p.Value] = p
	}
	for _, v := range t.Values {
		p := predicate[v.Predicate]
		for _, e := range v.Entry {
			values[v.Predicate] = true
			out = append(out, TaxonomyTag{
				Name:     t.Namespace + ":" + v.Predicate + `="` + e.Value + `"`,
				Expanded: firstOf(p.Expanded, p.Value) + ": " + firstOf(e.Expanded, e.Value), Description: e.Description, Colour: firstOf(e.Colour, p.Colour),
			})
		}
	}
	for _, p := range t.Predicates {
		if !values[p.Value] {
			out = append(out, TaxonomyTag{Name: t.Namespace + ":" + p.Value, Expanded: p.Expanded, Description: p.Description, Colour: p.Colour})
		}
	}
	return out
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Galaxy is a galaxies/*.json of misp-galaxy.
type Galaxy struct {
	Name           string              `json:"name"`
	Type           string              `json:"type"`
	UUID           string              `json:"uuid"`
	Description    string              `json:"description"`
	Version        Version             `json:"version"`
	Icon           string              `json:"icon"`
	Namespace      string              `json:"namespace"`
	KillChainOrder map[string][]string `json:"kill_chain_order"`
}

// ClusterFile is a clusters/*.json of misp-galaxy.
type ClusterFile struct {
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	UUID        string    `json:"uuid"`
	Description string    `json:"description"`
	Source      string    `json:"source"`
	Category    string    `json:"category"`
	Authors     []string  `json:"authors"`
	Version     Version   `json:"version"`
	Values      []Cluster `json:"values"`
}

// Cluster is one thing known in the world.
type Cluster struct {
	Value       string            `json:"value"`
	UUID        string            `json:"uuid"`
	Description string            `json:"description"`
	Revoked     bool              `json:"revoked"`
	Meta        jsonx.Raw         `json:"meta"`
	Related     []ClusterRelation `json:"related"`
}

// ClusterRelation is an edge to another cluster.
type ClusterRelation struct {
	DestUUID string   `json:"dest-uuid"`
	Type     string   `json:"type"`
	Tags     []string `json:"tags"`
}

// ParseGalaxy reads a galaxies/*.json.
func ParseGalaxy(data []byte) (Galaxy, error) {
	var g Galaxy
	err := jsonx.UnmarshalLenient(data, &g)
	if err == nil && g.Type == "" {
		err = errs.New(errs.Invalid, "galaxy_type", "A galaxy has no type.")
	}
	return g, err
}

// ParseClusters reads a clusters/*.json.
func ParseClusters(data []byte) (ClusterFile, error) {
	var c ClusterFile
	err := jsonx.UnmarshalLenient(data, &c)
	if err == nil && c.Type == "" {
		err = errs.New(errs.Invalid, "cluster_type", "A file of galaxy clusters has no type.")
	}
	return c, err
}

// Template is an objects/*/definition.json of misp-objects.
type Template struct {
	Name          string                       `json:"name"`
	UUID          string                       `json:"uuid"`
	MetaCategory  string                       `json:"meta-category"`
	Description   string                       `json:"description"`
	Version       Version                      `json:"version"`
	Attributes    map[string]TemplateAttribute `json:"attributes"`
	Required      []string                     `json:"required"`
	RequiredOneOf []string                     `json:"requiredOneOf"`
}

// TemplateAttribute is one relation of a template.
type TemplateAttribute struct {
	Attribute          string   `json:"misp-attribute"`
	Description        string   `json:"description"`
	Categories         []string `json:"categories"`
	DisableCorrelation bool     `json:"disable_correlation"`
	Multiple           bool     `json:"multiple"`
	ToIDs              *bool    `json:"to_ids"`
	Priority           int64    `json:"ui-priority"`
	Sane               []string `json:"sane_default"`
	Values             []string `json:"values_list"`
}

// ParseTemplate reads a definition.json.
func ParseTemplate(data []byte) (Template, error) {
	var t Template
	err := jsonx.UnmarshalLenient(data, &t)
	if err == nil && (t.Name == "" || t.UUID == "") {
		err = errs.New(errs.Invalid, "template_name", "An object template needs a name and a UUID.")
	}
	return t, err
}
