package playbook

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
)

// Parse reads a document strictly. The error is Problems with everything that is wrong; Document.Warnings
// tells what is odd but harmless.
func Parse(body []byte) (Document, error) {
	root, err := parseYAML(body, maxBody)
	if err != nil {
		return Document{}, err
	}
	r := &reader{}
	d := r.document(root)
	if len(r.problems) > 0 {
		return Document{}, Problems(r.problems)
	}
	d.Warnings = r.warnings
	return d, nil
}

func (r *reader) document(root *yaml.Node) Document {
	d := Document{Store: true}
	for _, f := range r.fields(root, "A playbook", "name", "description", "order", "sources", "when", "steps", "store", "outputs") {
		switch f.name {
		case "name":
			d.Name = r.name(f.value)
		case "description":
			if s, ok := r.text(f.value, "description"); ok {
				d.Description = s
			}
		case "order":
			d.Order = r.number(f.value, "order", -1_000_000, 1_000_000)
		case "sources":
			for _, e := range r.list(f.value, "sources") {
				if s, ok := r.selector(e); ok {
					d.Sources = append(d.Sources, s)
				}
			}
		case "when":
			d.When = r.condition(f.value)
		case "steps":
			for _, e := range r.list(f.value, "steps") {
				if s, ok := r.step(e); ok {
					d.Steps = append(d.Steps, s)
				}
			}
		case "store":
			d.Store = r.truth(f.value, "store")
		case "outputs":
			for _, e := range r.list(f.value, "outputs") {
				if o, ok := r.output(e); ok {
					d.Outputs = append(d.Outputs, o)
				}
			}
		}
	}
	if d.Name == "" && len(r.problems) == 0 {
		r.bad(root, "name_missing", "Give the playbook a name, like name: Vendor indicators.")
	}
	if len(d.Steps) == 0 && len(d.Outputs) == 0 {
		r.warn(root, "playbook_idle", "The playbook has neither steps nor outputs and does nothing.")
	}
	if !d.Store && len(d.Outputs) == 0 {
		r.warn(root, "playbook_drops", "The playbook neither stores nor hands on what it handles: it drops it.")
	}
	return d
}

func (r *reader) name(n *yaml.Node) string {
	s, ok := r.text(n, "name")
	if !ok {
		return ""
	}
	s, err := naming.Name("name", s)
	r.refuse(n, err)
	return s
}

// selector reads "id:12", a number, "kind:rss", "tag:x", "/pattern/" or a name.
func (r *reader) selector(n *yaml.Node) (Selector, bool) {
	text, ok := r.text(n, "sources")
	if !ok {
		return Selector{}, false
	}
	s := Selector{line: n.Line, column: n.Column}
	number, numbered := strings.CutPrefix(text, "id:")
	switch {
	case numbered || n.Tag == "!!int":
		v, err := id.Parse(strings.TrimSpace(number))
		if err != nil {
			r.bad(n, "bad_id", "{value} is not an id: ids are whole numbers from 1.", "value", naming.Clip(text, 60))
			return s, false
		}
		s.ID = v
	case strings.HasPrefix(text, "kind:"):
		s.Kind = strings.TrimSpace(text[len("kind:"):])
	case strings.HasPrefix(text, "tag:"):
		s.Tag = naming.Fold(text[len("tag:"):])
	case len(text) > 2 && text[0] == '/' && text[len(text)-1] == '/':
		s.Pattern = r.regexp(n, text[1:len(text)-1], "A source")
		return s, s.Pattern != nil
	default:
		s.Name = naming.Fold(text)
	}
	if s.ID == 0 && s.Kind == "" && s.Tag == "" && s.Name == "" {
		r.bad(n, "source_empty", "This names no source.")
		return s, false
	}
	return s, true
}

func (r *reader) condition(n *yaml.Node) Condition {
	var c Condition
	for _, f := range r.fields(n, "when", "types", "filter", "match", "except", "values", "written") {
		switch f.name {
		case "types":
			c.Types = r.types(f.value, "types")
		case "filter":
			if s, ok := r.text(f.value, "filter"); ok {
				c.Filter = r.filter(f.value, s)
			}
		case "match":
			c.Match = r.regexps(f.value, "match")
		case "except":
			c.Except = r.regexps(f.value, "except")
		case "values":
			c.Values, c.Exact = map[string]bool{}, map[string]bool{}
			for _, s := range r.texts(f.value, "values") {
				c.Exact[s] = true
				if v, ok := observable.Recognise(s); ok {
					c.Values[v.Text] = true
				}
			}
		case "written":
			if c.Written, _ = r.text(f.value, "written"); c.Written != "plain" && c.Written != "defanged" {
				r.bad(f.value, "want_written", "written takes plain or defanged.")
			}
		}
	}
	return c
}

// types expands names and groups ("ip", "hash", "file:*") to output names.
func (r *reader) types(n *yaml.Node, what string) []string {
	var out []string
	for _, e := range r.list(n, what) {
		s, ok := r.text(e, what)
		if !ok {
			continue
		}
		found := typeNames(s)
		if len(found) == 0 {
			r.bad(e, "unknown_type", "{type} is no type of value: vedette extract --list-types lists them.", "type", naming.Clip(s, 60))
		}
		for _, name := range found {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// typeNames returns the output names that a word means; none when it is unknown.
func typeNames(word string) []string {
	word = strings.ToLower(strings.TrimSpace(word))
	prefix, wild := strings.CutSuffix(word, "*")
	var out []string
	for _, t := range observable.All() {
		name := t.String()
		switch {
		case name == word, wild && strings.HasPrefix(name, prefix),
			word == "ip" && (t == observable.IPv4 || t == observable.IPv6), word == "hash" && t.Info().Pain == 1,
			word == "rule" && t.Info().Role == observable.Rule:
			out = append(out, name)
		}
	}
	if t, ok := observable.Parse(word); ok && len(out) == 0 { // "domain", "hostname"
		out = append(out, t.String())
	}
	return out
}

func (r *reader) filter(n *yaml.Node, text string) query.Node {
	q, err := query.Parse(text)
	if err != nil {
		r.refuse(n, err)
		return nil
	}
	if name, ok := unanswerable(q); ok {
		r.bad(n, "filter_field", "{field}: cannot be asked before something is stored; a playbook's filter takes {known}.", "field", name, "known", strings.Join(filterFields(), ", "))
		return nil
	}
	return q
}

func (r *reader) step(n *yaml.Node) (Step, bool) {
	s := Step{line: n.Line}
	actions := []string{string(ActExtract), string(ActTag), string(ActTLP), string(ActToIDs), string(ActAccept), string(ActDrop), string(ActDisabled)}
	before := len(r.problems)
	for _, f := range r.fields(n, "A step", append(slices.Clone(actions), "when")...) {
		if f.name == "when" {
			s.When = r.condition(f.value)
			continue
		}
		if s.Action != "" {
			r.bad(f.key, "step_two", "A step does one thing; write {name} as a step of its own.", "name", f.name)
			continue
		}
		s.Action = Action(f.name)
		r.action(&s, f.value)
	}
	if s.Action == "" && len(r.problems) == before {
		r.bad(n, "step_empty", "A step takes one of {known}.", "known", strings.Join(actions, ", "))
	}
	if s.Action == ActExtract && !s.When.all() {
		r.bad(n, "extract_when", "extract is for whole sources and takes no when.")
	}
	return s, len(r.problems) == before
}

func (r *reader) action(s *Step, n *yaml.Node) {
	switch s.Action {
	case ActExtract:
		for _, f := range r.fields(n, "extract", "types", "keep_suppressed") {
			if f.name == "types" {
				s.Extract.Types = r.types(f.value, "types")
			} else {
				s.Extract.KeepSuppressed = r.truth(f.value, "keep_suppressed")
			}
		}
	case ActTag:
		tags, err := naming.Tags("tag", r.texts(n, "tag"), 50)
		if r.refuse(n, err); err == nil && len(tags) == 0 {
			r.bad(n, "want_text", "{what} takes a text.", "what", "tag")
		}
		s.Tags = tags
	case ActTLP:
		s.TLP = r.tlp(n, "tlp")
	case ActToIDs, ActAccept, ActDrop:
		s.Yes = r.truth(n, string(s.Action))
		if !s.Yes && s.Action != ActToIDs {
			r.bad(n, "want_true", "{what} takes true; leave the step out otherwise.", "what", string(s.Action))
		}
	case ActDisabled:
	}
}

func (r *reader) tlp(n *yaml.Node, what string) marking.TLP {
	if level, ok := marking.ParseTLP(n.Value); ok && n.Kind == yaml.ScalarNode {
		return level
	}
	r.bad(n, "want_tlp", "{what} takes clear, green, amber, amber+strict or red.", "what", what)
	return marking.TLPUnset
}

func (r *reader) output(n *yaml.Node) (Output, bool) {
	o := Output{MaxTLP: marking.TLPAmber}
	before := len(r.problems)
	for _, f := range r.fields(n, "An output", "file", "webhook", "queue", "max_tlp", "when") {
		switch f.name {
		case "max_tlp":
			o.MaxTLP = r.tlp(f.value, "max_tlp")
			continue
		case "when":
			o.When = r.condition(f.value)
			continue
		}
		if o.Kind != "" {
			r.bad(f.key, "output_two", "An output has one target; write {name} as an output of its own.", "name", f.name)
			continue
		}
		o.Kind = OutputKind(f.name)
		r.target(&o, f.value)
	}
	if o.Kind == "" && len(r.problems) == before {
		r.bad(n, "output_empty", "An output takes file, webhook or queue.")
	}
	return o, len(r.problems) == before
}

func (r *reader) target(o *Output, n *yaml.Node) {
	known := map[OutputKind][]string{ToFile: {"path", "format", "columns"}, ToWebhook: {"url", "fields"}, ToQueue: {"topic", "fields"}}[o.Kind]
	for _, f := range r.fields(n, string(o.Kind), known...) {
		switch f.name {
		case "path":
			o.Path = r.path(f.value)
		case "format":
			if o.Format, _ = r.text(f.value, "format"); o.Format != "csv" && o.Format != "ndjson" {
				r.bad(f.value, "want_format", "format takes csv or ndjson.")
			}
		case "columns":
			for _, e := range r.list(f.value, "columns") {
				if !slices.Contains(placeholders(), e.Value) {
					r.bad(e, "unknown_column", "There is no column {name}; there are {known}.", "name", naming.Clip(e.Value, 60), "known", strings.Join(placeholders(), ", "))
				}
				o.Columns = append(o.Columns, e.Value)
			}
		case "url":
			o.URL = r.url(f.value)
		case "topic":
			if o.Topic, _ = r.text(f.value, "topic"); !topicName(o.Topic) {
				r.bad(f.value, "bad_topic", "{name} cannot name a queue: use lower-case letters, digits, - and _, at most 40.", "name", naming.Clip(o.Topic, 60))
			}
		case "fields":
			o.Fields = r.templates(f.value)
		}
	}
	r.complete(o, n)
}

func (r *reader) complete(o *Output, n *yaml.Node) {
	missing := ""
	switch {
	case o.Kind == ToFile && o.Path == "":
		missing = "path"
	case o.Kind == ToWebhook && o.URL == "":
		missing = "url"
	case o.Kind == ToQueue && o.Topic == "":
		missing = "topic"
	}
	if missing != "" && n.Kind == yaml.MappingNode && !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Value == missing }) {
		r.bad(n, "output_incomplete", "{what} needs {name}.", "what", string(o.Kind), "name", missing)
	}
	if o.Kind == ToFile && o.Format == "" {
		if o.Format = "ndjson"; strings.HasSuffix(strings.ToLower(o.Path), ".csv") {
			o.Format = "csv"
		}
	}
}

// path takes a relative path without tricks; os.Root holds it inside the outputs folder besides.
func (r *reader) path(n *yaml.Node) string {
	s, ok := r.text(n, "path")
	if !ok {
		return ""
	}
	clean := path.Clean(s)
	parts := strings.Split(clean, "/")
	odd := func(part string) bool {
		_, err := naming.Name("path", part)
		return err != nil || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.ContainsAny(part, `\:*?"<>|`)
	}
	if path.IsAbs(s) || len(s) > 200 || len(parts) > 5 || slices.ContainsFunc(parts, odd) {
		r.bad(n, "bad_path", "{value} cannot be used: a path is relative to the outputs folder, like vendor/urls.csv.", "value", naming.Clip(s, 80))
	}
	return clean
}

func (r *reader) url(n *yaml.Node) string {
	s, ok := r.text(n, "url")
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		r.bad(n, "bad_url", "url takes a web address such as https://host/path.")
	case u.User != nil:
		r.bad(n, "url_secret", "The address must not hold a user name or password: everybody who may read the playbook would read it.")
	}
	return s
}

func topicName(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func (r *reader) templates(n *yaml.Node) map[string]string {
	out := map[string]string{}
	for _, f := range r.fields(n, "fields") {
		s, ok := r.text(f.value, f.name)
		if !ok {
			continue
		}
		for _, name := range used(s) {
			if !slices.Contains(placeholders(), name) {
				r.bad(f.value, "unknown_placeholder", "There is no {name}; there are {known}.", "name", "{"+naming.Clip(name, 40)+"}", "known", strings.Join(placeholders(), ", "))
			}
		}
		out[f.name] = s
	}
	return out
}
