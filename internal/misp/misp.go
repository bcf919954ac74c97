// Package misp owns MISP's formats: events with their attributes, objects, reports and tags, feeds
// (manifest and hashes.csv), warninglists, taxonomies, galaxies and object templates, and the table of
// attribute types. It reads what real servers and feeds write (numbers as strings, booleans as numbers,
// unknown members) and writes it back equal: what a field cannot hold is kept as residue. It owns no rules:
// what an attribute means here is decided in translate/misp, what is stored by the nouns.
//
// Sources: MISP core format (misp-rfc, draft 20) and the public documentation of MISP 2.5.
package misp

import (
	"strings"
	"sync"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Role says what the values of an attribute type are good for.
type Role byte

// The roles: a value that correlates, text that is only kept, a pointer to a document or an entity, a
// detection rule.
const (
	Observable Role = 'o'
	Literal    Role = 'l'
	Reference  Role = 'f'
	Rule       Role = 'r'
)

// Type is one row of the table of attribute types.
type Type struct {
	Name string
	// Category is the default one, Categories are the allowed ones in MISP's order.
	Category   string
	Categories []string
	// ToIDs is the default of the flag.
	ToIDs bool
	Role  Role
	// Composite types state two values with "|" between them.
	Composite bool
	parts     []part
}

type part struct {
	observable string // output name, "" for none
	optional   bool
	prefix     string
}

// Part is one value inside an attribute's value.
type Part struct {
	// Observable is the output name of the observable type ("file:md5"), "" for a literal part (a port).
	Observable string
	Text       string
	// Optional parts may turn out to be no such value: then they are text.
	Optional bool
}

// categoryNames are MISP's 16 categories in its order.
const categoryNames = "Internal reference;Targeting data;Antivirus detection;Payload delivery;Artifacts dropped;" +
	"Payload installation;Persistence mechanism;Network activity;Payload type;Attribution;External analysis;" +
	"Financial fraud;Support Tool;Social network;Person;Other"

type typeIndex struct {
	list       []Type
	byName     map[string]int
	categories []string
}

var types = sync.OnceValue(func() typeIndex {
	x := typeIndex{byName: map[string]int{}, categories: strings.Split(categoryNames, ";")}
	category := func(c byte) string { return x.categories[strings.IndexByte("0123456789abcdef", c)] }
	for line := range strings.Lines(typeTable) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ";")
		t := Type{Name: f[0], Category: category(f[1][0]), ToIDs: f[1][1] == '+', Role: Role(f[3][0]), Composite: strings.Contains(f[0], "|") || f[0] == "malware-sample"}
		for i := range len(f[2]) {
			t.Categories = append(t.Categories, category(f[2][i]))
		}
		for _, p := range strings.Split(f[4], ",") {
			name, prefix, _ := strings.Cut(p, "=")
			q := part{prefix: prefix}
			if name != "-" {
				q.observable, q.optional = strings.CutSuffix(name, "?")
			}
			t.parts = append(t.parts, q)
		}
		x.byName[t.Name] = len(x.list)
		x.list = append(x.list, t)
	}
	return x
})

// Types returns the table in MISP's order. The caller must not change it.
func Types() []Type { return types().list }

// Categories returns MISP's categories in its order. The caller must not change it.
func Categories() []string { return types().categories }

// LookupType finds a row by its exact name.
func LookupType(name string) (Type, bool) {
	i, ok := types().byName[name]
	if !ok {
		return Type{}, false
	}
	return types().list[i], true
}

// Allows reports whether an attribute of the type may stand in the category.
func (t Type) Allows(category string) bool {
	for _, c := range t.Categories {
		if c == category {
			return true
		}
	}
	return false
}

// Observables lists the output names of the observable types that the parts have, without literal parts.
func (t Type) Observables() []string {
	var out []string
	for _, p := range t.parts {
		if p.observable != "" {
			out = append(out, p.observable)
		}
	}
	return out
}

// Split takes a value apart. File names with a folder in front are paths. A composite type without "|"
// is errs.Invalid.
func (t Type) Split(value string) ([]Part, error) {
	texts := []string{value}
	if t.Composite {
		at := strings.IndexByte(value, '|')
		if t.parts[0].observable == "file:name" { // the hash behind has no "|", the name may
			at = strings.LastIndexByte(value, '|')
		}
		if at < 0 {
			return nil, errs.New(errs.Invalid, "misp_composite", "An attribute of type {type} states two values with | between them; {value} has none.",
				"type", t.Name, "value", clip(value))
		}
		texts = []string{value[:at], value[at+1:]}
	}
	out := make([]Part, len(texts))
	for i, text := range texts {
		p := t.parts[i]
		out[i] = Part{Observable: p.observable, Text: text, Optional: p.optional}
		switch {
		case p.observable == "":
		case p.prefix != "":
			out[i].Text = p.prefix + strings.TrimPrefix(strings.TrimSpace(text), "@")
		case p.observable == "file:name" && isPath(text):
			out[i].Observable = "file:path"
		}
	}
	return out, nil
}

func isPath(s string) bool {
	return strings.Contains(s, `\`) || strings.HasPrefix(s, "/") || strings.Contains(s, "/") && !strings.Contains(s, " ")
}

// DescribeTypes writes the table as MISP's attributes/describeTypes answers it.
func DescribeTypes() ([]byte, error) {
	type sane struct {
		Category string `json:"default_category"`
		ToIDs    int    `json:"to_ids"`
	}
	defaults, names, mapping := map[string]sane{}, []string{}, map[string][]string{}
	for _, t := range Types() {
		s := sane{Category: t.Category}
		if t.ToIDs {
			s.ToIDs = 1
		}
		defaults[t.Name] = s
		names = append(names, t.Name)
		for _, c := range t.Categories {
			mapping[c] = append(mapping[c], t.Name)
		}
	}
	return jsonx.Marshal(map[string]any{"result": map[string]any{
		"sane_defaults": defaults, "types": names, "categories": Categories(), "category_type_mappings": mapping,
	}})
}

func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}
