package playbook

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/naming"
)

func quoteMeta(s string) string { return regexp.QuoteMeta(s) }

// operator maps one operator to a playbook, or leaves it with its reason.
func (im *importer) operator(n *yaml.Node) {
	stated := scalar(member(n, "name"))
	item := "operators: " + naming.Clip(stated, 80)
	if n.Kind != yaml.MappingNode || stated == "" {
		im.leave(n, "operators", "operator_unreadable", "This operator has no name.")
		return
	}
	own := im.own(n, item)
	module := scalar(own["module"])
	if reason, none := noOperator(module); none {
		im.leave(n, item, "operator_unsupported", "The module {module} has no counterpart: {reason}.", "module", naming.Clip(module, 60), "reason", reason)
		return
	}
	book := bookYAML{Description: "From ThreatIngestor's operator " + naming.Clip(stated, 80) + " (" + module + ")."}
	when, ok := im.condition(n, item, module, own)
	if !ok || !im.allowed(n, item, &book, own["allowed_sources"]) || !im.target(n, item, module, own, &book) {
		return
	}
	book.When = when
	im.unused(n, item, module)
	im.add(n, stated, &book, true)
	im.note(n, item, false, "operator_mapped", "The operator becomes a playbook.")
}

func noOperator(module string) (string, bool) {
	switch module {
	case "csv", "sqlite", "sqs", "beanstalk":
		return "", false
	case "mysql":
		return "claims are kept in Vedette's own store; read them by its API", true
	case "misp":
		return "reports are exported as MISP events, or fetched by MISP from Vedette", true
	case "threatkb":
		return "ThreatKB is not spoken; use a webhook", true
	case "twitter":
		return "Vedette posts nothing to Twitter", true
	}
	return "ThreatIngestor has no such operator", true
}

// unused reports settings that nothing was made of. The queue modules take any setting as part of the message.
func (im *importer) unused(n *yaml.Node, item, module string) {
	if module == "sqs" || module == "beanstalk" {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if name := n.Content[i].Value; !slices.Contains([]string{"name", "module", "credentials", "filename", "artifact_types", "filter", "allowed_sources"}, name) {
			im.note(n.Content[i], item, true, "setting_unused", "{name} has no counterpart in this output.", "name", naming.Clip(name, 60))
		}
	}
}

// artifactTypes returns the output names of ThreatIngestor's artifact types; Task has none.
func artifactTypes(name string) ([]string, bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "url":
		return []string{"url"}, true
	case "domain":
		return []string{"domain-name"}, true
	case "ipaddress":
		return []string{"ipv4-addr", "ipv6-addr"}, true
	case "hash":
		return []string{"file:md5", "file:sha-1", "file:sha-256", "file:sha-512"}, true
	case "yarasignature":
		return []string{"indicator:yara"}, true
	case "email":
		return []string{"email-addr"}, true
	}
	return nil, false
}

func (im *importer) condition(n *yaml.Node, item, module string, own map[string]*yaml.Node) (*whenYAML, bool) {
	w := &whenYAML{}
	names := elements(own["artifact_types"])
	for _, e := range names {
		types, ok := artifactTypes(scalar(e))
		if !ok {
			im.note(e, item, true, "artifact_type", "There are no values of the type {name} here.", "name", naming.Clip(scalar(e), 60))
		}
		w.Types = append(w.Types, types...)
	}
	if len(names) > 0 && len(w.Types) == 0 {
		im.leave(n, item, "artifact_types_none", "None of its artifact types exists here.")
		return nil, false
	}
	if len(names) == 0 { // the module's own default
		defaults := []string{"domain", "hash", "ipaddress", "url"}
		switch module {
		case "sqlite":
			defaults = append(defaults, "yarasignature")
		case "sqs", "beanstalk":
			defaults = []string{"url"}
		}
		for _, d := range defaults {
			types, _ := artifactTypes(d)
			w.Types = append(w.Types, types...)
		}
	}
	if f := own["filter"]; scalar(f) != "" && !im.filter(n, item, f, w) {
		return nil, false
	}
	return w, true
}

// Host forms in a canonical URL, for ThreatIngestor's conditions.
const (
	urlHostV4 = `^[a-z][a-z0-9+.-]*://([^/@]*@)?[0-9]{1,3}(\.[0-9]{1,3}){3}([:/?#]|$)`
	urlHostV6 = `^[a-z][a-z0-9+.-]*://([^/@]*@)?\[[0-9a-f:.]+\]`
)

// filter maps conditions ("is_ip, not is_obfuscated") or a regular expression. Conditions are about URLs:
// ThreatIngestor compares other artifacts with the words themselves, so that none of them passes.
func (im *importer) filter(n *yaml.Node, item string, f *yaml.Node, w *whenYAML) bool {
	hosts := map[string]bool{"v4": true, "v6": true, "name": true}
	written := map[string]bool{"plain": true, "defanged": true}
	narrow := func(set map[string]bool, negated bool, keep ...string) {
		for k := range set {
			if slices.Contains(keep, k) == negated {
				delete(set, k)
			}
		}
	}
	for c := range strings.SplitSeq(strings.ToLower(scalar(f)), ",") {
		name, negated := strings.CutPrefix(strings.TrimSpace(c), "not ")
		switch strings.TrimSpace(name) {
		case "is_ip":
			narrow(hosts, negated, "v4", "v6")
		case "is_ipv4":
			narrow(hosts, negated, "v4")
		case "is_ipv6":
			narrow(hosts, negated, "v6")
		case "is_domain":
			narrow(hosts, negated, "name")
		case "is_obfuscated":
			narrow(written, negated, "defanged")
		default:
			return im.pattern(n, item, f, w)
		}
	}
	if len(hosts) == 0 || len(written) == 0 || !slices.Contains(w.Types, "url") {
		im.leave(n, item, "filter_never", "The filter {value} lets nothing through.", "value", naming.Clip(scalar(f), 80))
		return false
	}
	w.Types = []string{"url"}
	if len(written) == 1 {
		for k := range written {
			w.Written = k
		}
	}
	switch {
	case len(hosts) == 3:
	case hosts["name"]:
		if !hosts["v4"] {
			w.Except = append(w.Except, urlHostV4)
		}
		if !hosts["v6"] {
			w.Except = append(w.Except, urlHostV6)
		}
	default:
		if hosts["v4"] {
			w.Match = append(w.Match, urlHostV4)
		}
		if hosts["v6"] {
			w.Match = append(w.Match, urlHostV6)
		}
	}
	return true
}

func (im *importer) pattern(n *yaml.Node, item string, f *yaml.Node, w *whenYAML) bool {
	r := &reader{}
	if r.regexp(f, scalar(f), "filter") == nil {
		im.leave(n, item, "filter_pattern", "The filter cannot be used: {reason}", "reason", r.problems[0].Message)
		return false
	}
	w.Match = []string{scalar(f)}
	return true
}

// allowed maps allowed_sources: regular expressions searched in names. Without them a playbook is about all
// imported sources.
func (im *importer) allowed(n *yaml.Node, item string, book *bookYAML, list *yaml.Node) bool {
	if list == nil || len(elements(list)) == 0 {
		book.Sources = im.selectors()
		return true
	}
	for _, e := range elements(list) {
		r := &reader{}
		re := r.regexp(e, scalar(e), "allowed_sources")
		if re == nil {
			im.note(e, item, true, "allowed_pattern", "{reason}", "reason", r.problems[0].Message)
			continue
		}
		book.Sources = append(book.Sources, "/"+scalar(e)+"/")
		if !slices.ContainsFunc(im.names, re.MatchString) {
			im.note(e, item, true, "allowed_nothing", "{pattern} names none of the sources that were imported.", "pattern", naming.Clip(scalar(e), 80))
		}
	}
	if len(book.Sources) == 0 {
		im.leave(n, item, "allowed_none", "None of its allowed sources can be used.")
		return false
	}
	return true
}

func (im *importer) target(n *yaml.Node, item, module string, own map[string]*yaml.Node, book *bookYAML) bool {
	switch module {
	case "csv":
		name := scalar(own["filename"])
		file := "threatingestor/" + path.Base(strings.ReplaceAll(name, `\`, "/"))
		r := &reader{}
		if r.path(&yaml.Node{Kind: yaml.ScalarNode, Value: file, Line: n.Line}); name == "" || len(r.problems) > 0 {
			im.leave(n, item, "csv_filename", "The file name {value} cannot be used.", "value", naming.Clip(name, 80))
			return false
		}
		im.note(own["filename"], item, false, "csv_path", "The rows go to {path} in the outputs folder.", "path", file)
		book.Outputs = []outputYAML{{File: &fileYAML{Path: file, Format: "csv", Columns: []string{"type", "artifact", "reference_link", "reference_text"}}}}
	case "sqlite":
		im.note(n, item, false, "sqlite_store", "Vedette's own store takes the place of {file}; read it by the API, the search or an export.", "file", naming.Clip(scalar(own["filename"]), 80))
		book.Steps = []stepYAML{{Disabled: &disabledYAML{Item: item, Reason: "Kept by Vedette's own store.", Line: n.Line, Original: original(n)}}}
	default:
		return im.queue(n, item, own, book)
	}
	return true
}

// queue maps a queue operator: every further setting is a template of the message.
func (im *importer) queue(n *yaml.Node, item string, own map[string]*yaml.Node, book *bookYAML) bool {
	topic := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, scalar(own["queue_name"]))
	if len(topic) > 40 {
		topic = topic[:40]
	}
	if !topicName(topic) {
		im.leave(n, item, "queue_name", "The queue name {value} cannot be used.", "value", naming.Clip(scalar(own["queue_name"]), 80))
		return false
	}
	fields := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch k.Value {
		case "name", "module", "credentials", "host", "port", "queue_name", "artifact_types", "filter", "allowed_sources", "aws_access_key_id", "aws_secret_access_key", "aws_region":
			continue
		}
		text := templateText(v)
		for _, name := range used(text) {
			if !slices.Contains(placeholders(), name) {
				im.note(v, item, true, "unknown_placeholder", "There is no {name} here; it stays empty.", "name", "{"+name+"}")
				text = strings.ReplaceAll(text, "{"+name+"}", "")
			}
		}
		if naming.Clip(k.Value, 100) != k.Value || k.Value == "" {
			im.note(k, item, true, "setting_unused", "{name} has no counterpart in this output.", "name", naming.Clip(k.Value, 60))
			continue
		}
		fields[k.Value] = text
	}
	im.note(n, item, true, "own_queue", "The messages go to Vedette's own queue {topic}; the queue server of the configuration is not used.", "topic", OutputTopic+topic)
	book.Outputs = []outputYAML{{Queue: &queueYAML{Topic: topic, Fields: fields}}}
	return true
}

// templateText reads a template. Unquoted, {url} is YAML for a mapping of one name without a value.
func templateText(v *yaml.Node) string {
	switch {
	case v.Kind == yaml.MappingNode && len(v.Content) == 2 && scalar(v.Content[1]) == "":
		return "{" + v.Content[0].Value + "}"
	case v.Kind == yaml.SequenceNode:
		parts := make([]string, len(v.Content))
		for i, e := range v.Content {
			parts[i] = templateText(e)
		}
		return strings.Join(parts, ",")
	}
	return scalar(v)
}
