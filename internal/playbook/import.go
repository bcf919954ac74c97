package playbook

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/source"
)

// ThreatIngestor's configuration (threatingestor/config.py of InQuest/ThreatIngestor, version 1.4) is mapped
// as far as Vedette has a counterpart. What has none is reported with its line and kept, with its original
// YAML, as a disabled step: nothing is lost and nothing is claimed to run that does not.

// ImportOptions say what an import may use.
type ImportOptions struct {
	// Kinds are the kinds of source that exist here.
	Kinds []feed.Kind
	// Open reads a file that the configuration names (whitelists); nil reads none.
	Open func(path string) ([]byte, error)
}

// Imported is what a ThreatIngestor configuration becomes. Nothing is stored: the caller creates it.
type Imported struct {
	Sources   []source.Draft
	Playbooks []Draft
	Notes     []Note
}

// Note tells what became of one part of the configuration.
type Note struct {
	Line    int            `json:"line"`
	Item    string         `json:"item"` // "sources: vendor-blog"
	Warning bool           `json:"warning"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Params  map[string]any `json:"params,omitempty"`
}

const (
	maxImport      = 1 << 20
	maxImportNodes = 50_000
	maxImported    = 1000 // sources, and operators
)

// Import reads a ThreatIngestor configuration file. The error is about files that are not one at all.
func Import(data []byte, o ImportOptions) (Imported, error) {
	root, err := parseYAML(data, maxImport)
	if err == nil {
		budget := maxImportNodes
		root, err = flatten(root, &budget, 0)
	}
	var list Problems
	if errors.As(err, &list) {
		return Imported{}, invalid(list)
	}
	im := &importer{o: o, credentials: map[string]*yaml.Node{}, every: "@every 15m"}
	if !im.hasSection(root, "sources") && !im.hasSection(root, "operators") {
		return Imported{}, errs.New(errs.Invalid, "not_threatingestor", "This is no ThreatIngestor configuration: it has neither sources nor operators.")
	}
	im.sections(root)
	im.keep()
	slices.SortStableFunc(im.out.Notes, func(a, b Note) int { return a.Line - b.Line })
	return im.out, nil
}

// flatten copies a tree with references and merges written out, as YAML means them, within a budget.
func flatten(n *yaml.Node, budget *int, depth int) (*yaml.Node, error) {
	if *budget--; *budget < 0 || depth > 60 {
		return nil, Problems{problem(n, "yaml_too_large", "The document is too large when its references are written out.")}
	}
	if n.Kind == yaml.AliasNode {
		if n.Alias == nil {
			return nil, Problems{problem(n, "yaml_alias", "This reference leads nowhere.")}
		}
		return flatten(n.Alias, budget, depth+1)
	}
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style, Line: n.Line, Column: n.Column}
	var merged []*yaml.Node
	for i := 0; i < len(n.Content); i++ {
		child, err := flatten(n.Content[i], budget, depth+1)
		if err != nil {
			return nil, err
		}
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Tag == "!!merge" && i+1 < len(n.Content) {
			from, err := flatten(n.Content[i+1], budget, depth+1)
			if err != nil {
				return nil, err
			}
			merged = append(merged, from)
			i++
			continue
		}
		c.Content = append(c.Content, child)
	}
	for _, from := range merged {
		maps := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			maps = from.Content
		}
		for _, m := range maps {
			for i := 0; m.Kind == yaml.MappingNode && i+1 < len(m.Content); i += 2 {
				if member(c, m.Content[i].Value) == nil {
					c.Content = append(c.Content, m.Content[i], m.Content[i+1])
				}
			}
		}
	}
	return c, nil
}

// member returns the value of a name in a mapping, the last one as PyYAML does; nil when there is none.
func member(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func scalar(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// importer is one import.
type importer struct {
	o           ImportOptions
	out         Imported
	credentials map[string]*yaml.Node
	every       string // schedule of all sources
	names       []string
	taken       map[string]bool
	books       map[string]bool
	left        []leftover
}

// leftover is a part without counterpart.
type leftover struct {
	item, reason string
	node         *yaml.Node
}

func (im *importer) note(n *yaml.Node, item string, warning bool, code, message string, kv ...any) {
	e := errs.New(errs.Invalid, code, message, kv...)
	line := 1
	if n != nil {
		line = n.Line
	}
	im.out.Notes = append(im.out.Notes, Note{Line: line, Item: item, Warning: warning, Code: code, Message: errs.Fill(message, e.Params), Params: e.Params})
}

// leave reports a part without counterpart and keeps it.
func (im *importer) leave(n *yaml.Node, item, code, message string, kv ...any) {
	im.note(n, item, true, code, message, kv...)
	reason := im.out.Notes[len(im.out.Notes)-1].Message
	im.left = append(im.left, leftover{item, reason, n})
}

func (im *importer) hasSection(root *yaml.Node, name string) bool {
	n := member(root, name)
	return n != nil && (n.Kind == yaml.SequenceNode || n.Tag == "!!null")
}

func (im *importer) sections(root *yaml.Node) {
	im.taken, im.books = map[string]bool{}, map[string]bool{}
	im.general(member(root, "general"))
	for _, c := range elements(member(root, "credentials")) {
		name := scalar(member(c, "name"))
		im.credentials[name] = c
		im.note(c, "credentials: "+naming.Clip(name, 80), true, "credentials_left", "Credentials are not taken over: enter them where they are needed.")
	}
	for i, n := range elements(member(root, "sources")) {
		if i == maxImported {
			im.leave(n, "sources", "import_many", "There are more than {max} sources; the rest was left out.", "max", maxImported)
			break
		}
		im.source(n)
	}
	im.whitelists(member(root, "whitelists"))
	for i, n := range elements(member(root, "operators")) {
		if i == maxImported {
			im.leave(n, "operators", "import_many", "There are more than {max} operators; the rest was left out.", "max", maxImported)
			break
		}
		im.operator(n)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		switch k.Value {
		case "general", "credentials", "sources", "operators", "whitelists":
			if member(root, k.Value) != v {
				im.leave(k, k.Value, "section_twice", "The section {name} is given twice; the last one counts.", "name", k.Value)
			}
		case "notifiers":
			im.leave(v, k.Value, "no_notifiers", "ThreatIngestor's notifiers send a count of each run: make a watch with a channel instead.")
		case "statsd", "logging", "error_reporting":
			im.leave(v, k.Value, "no_"+k.Value, "Vedette has metrics and logs of its own: see the configuration of the server.")
		default:
			im.leave(v, naming.Clip(k.Value, 60), "unknown_section", "ThreatIngestor has no section {name}.", "name", naming.Clip(k.Value, 60))
		}
	}
}

func elements(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

func (im *importer) general(n *yaml.Node) {
	if n == nil {
		return
	}
	if seconds := scalar(member(n, "sleep")); seconds != "" {
		every := "@every " + seconds + "s"
		if _, err := source.NextRun(every, zeroDay()); err != nil {
			im.note(member(n, "sleep"), "general", true, "sleep_replaced", "sleep: {value} is no interval of at least a minute; sources are visited every 15 minutes.", "value", naming.Clip(seconds, 40))
		} else {
			im.every = every
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch k.Value {
		case "sleep":
		case "daemon":
			if strings.EqualFold(scalar(v), "false") {
				im.every = ""
				im.note(k, "general", true, "not_daemon", "daemon: false means that something else starts each run; the sources are imported without a schedule.")
			}
		case "state_path":
			im.note(k, "general", false, "state_path", "The state of sources is kept in the store; {path} is not needed.", "path", naming.Clip(scalar(v), 80))
		default:
			im.leave(v, "general", "unknown_setting", "There is no counterpart for general: {name}.", "name", naming.Clip(k.Value, 60))
		}
	}
}

// own returns the settings of a source or operator with its credentials, as ThreatIngestor merges them:
// those of the credentials replace those of the item.
func (im *importer) own(n *yaml.Node, item string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if _, twice := out[name]; twice {
			im.note(n.Content[i], item, true, "name_twice", "{name} is given twice; the last one counts.", "name", naming.Clip(name, 60))
		}
		out[name] = n.Content[i+1]
	}
	ref := out["credentials"]
	if ref == nil {
		return out
	}
	c := im.credentials[scalar(ref)]
	if c == nil {
		im.note(ref, item, true, "credentials_missing", "There are no credentials {name} in the file.", "name", naming.Clip(scalar(ref), 60))
		return out
	}
	for i := 0; i+1 < len(c.Content); i += 2 {
		if name := c.Content[i].Value; name != "name" {
			out[name] = c.Content[i+1]
		}
	}
	return out
}

// freeName makes a name that is not taken yet, noting when it had to change.
func (im *importer) freeName(n *yaml.Node, taken map[string]bool, item, want string) string {
	name, err := naming.Name("name", want)
	if err != nil {
		name = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, naming.Clip(want, naming.MaxName-20))
		if name, err = naming.Name("name", name); err != nil {
			name = "unnamed"
		}
	}
	base := name
	for i := 2; taken[naming.Fold(name)]; i++ {
		name = fmt.Sprintf("%s %d", base, i)
	}
	taken[naming.Fold(name)] = true
	if name != want {
		im.note(n, item, true, "renamed", "The name {old} is used here as {new}.", "old", naming.Clip(want, 80), "new", name)
	}
	return name
}

// keep writes the parts without counterpart into one playbook that does nothing.
func (im *importer) keep() {
	const perBook = 50
	for part := range slices.Chunk(im.left, perBook) {
		book := bookYAML{Description: "Parts of a ThreatIngestor configuration that have no counterpart, kept as they were.", Sources: []string{"tag:threatingestor"}}
		for _, l := range part {
			book.Steps = append(book.Steps, stepYAML{Disabled: &disabledYAML{Item: l.item, Reason: l.reason, Line: l.node.Line, Original: original(l.node)}})
		}
		im.add(part[0].node, "ThreatIngestor: not mapped", &book, false)
	}
}

// add renders a playbook and takes it when it reads back.
func (im *importer) add(n *yaml.Node, name string, book *bookYAML, enabled bool) {
	book.Name = im.freeName(n, im.books, "playbooks", name)
	body, err := yaml.Marshal(book)
	if err == nil {
		_, err = Parse(body)
	}
	if err != nil {
		im.note(n, name, true, "import_failed", "The playbook {name} could not be made: {reason}", "name", book.Name, "reason", shown(err))
		return
	}
	im.out.Playbooks = append(im.out.Playbooks, Draft{Body: string(body), Enabled: enabled})
}

// secretName tells names of settings whose values are credentials.
func secretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"key", "secret", "token", "passw", "bearer", "webhook", "credential"}, func(part string) bool { return strings.Contains(name, part) }) && name != "credentials"
}

// original is the YAML of a part, its secrets taken out: playbooks are read by many.
func original(n *yaml.Node) string {
	b, err := yaml.Marshal(withoutSecrets(n, false))
	if err != nil {
		return ""
	}
	const most = 16 << 10
	if len(b) > most {
		return clip(string(b), most) + "\n# (shortened)\n"
	}
	return string(b)
}

func withoutSecrets(n *yaml.Node, secret bool) *yaml.Node {
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style}
	if n.Kind == yaml.ScalarNode {
		if secret && n.Value != "" && n.Tag != "!!bool" && n.Tag != "!!null" {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "(removed)"}
		}
		if u, err := url.Parse(n.Value); err == nil && u.User != nil {
			u.User = nil
			c.Value = u.String()
		}
		return c
	}
	for i, child := range n.Content {
		hidden := secret || n.Kind == yaml.MappingNode && i%2 == 1 && secretName(n.Content[i-1].Value)
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			hidden = false
		}
		c.Content = append(c.Content, withoutSecrets(child, hidden))
	}
	return c
}

// The shape of the playbooks that an import makes.
type bookYAML struct {
	Name        string       `yaml:"name"`
	Description string       `yaml:"description,omitempty"`
	Order       int          `yaml:"order,omitempty"`
	Sources     []string     `yaml:"sources,omitempty,flow"`
	When        *whenYAML    `yaml:"when,omitempty"`
	Steps       []stepYAML   `yaml:"steps,omitempty"`
	Outputs     []outputYAML `yaml:"outputs,omitempty"`
}

type whenYAML struct {
	Types   []string `yaml:"types,omitempty,flow"`
	Match   []string `yaml:"match,omitempty"`
	Except  []string `yaml:"except,omitempty"`
	Values  []string `yaml:"values,omitempty"`
	Written string   `yaml:"written,omitempty"`
}

type stepYAML struct {
	Drop     bool          `yaml:"drop,omitempty"`
	Disabled *disabledYAML `yaml:"disabled,omitempty"`
	When     *whenYAML     `yaml:"when,omitempty"`
}

type disabledYAML struct {
	Item     string `yaml:"item"`
	Reason   string `yaml:"reason"`
	Line     int    `yaml:"line"`
	Original string `yaml:"original"`
}

type outputYAML struct {
	File  *fileYAML  `yaml:"file,omitempty"`
	Queue *queueYAML `yaml:"queue,omitempty"`
}

type fileYAML struct {
	Path    string   `yaml:"path"`
	Format  string   `yaml:"format"`
	Columns []string `yaml:"columns,flow"`
}

type queueYAML struct {
	Topic  string            `yaml:"topic"`
	Fields map[string]string `yaml:"fields,omitempty"`
}

// config renders a source's configuration.
func config(v map[string]any) jsonx.Raw {
	b, err := jsonx.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}
