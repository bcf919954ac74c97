package playbook

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/naming"
	"github.com/vedette-ti/vedette/internal/source"
)

// zeroDay is any fixed day, for checks of schedules.
func zeroDay() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }

// source maps one source, or leaves it with its reason.
func (im *importer) source(n *yaml.Node) {
	stated := scalar(member(n, "name"))
	item := "sources: " + naming.Clip(stated, 80)
	if n.Kind != yaml.MappingNode || stated == "" {
		im.leave(n, "sources", "source_unreadable", "This source has no name.")
		return
	}
	own := im.own(n, item)
	module := scalar(own["module"])
	kind, values, used := im.sourceConfig(n, item, module, own)
	if kind == "" {
		return
	}
	k := slices.IndexFunc(im.o.Kinds, func(k feed.Kind) bool { return k.Name == kind })
	if k < 0 {
		im.leave(n, item, "kind_missing", "There is no kind of source {kind} here.", "kind", kind)
		return
	}
	cfg := config(values)
	if im.o.Kinds[k].New != nil {
		if _, err := im.o.Kinds[k].New(cfg); err != nil {
			im.leave(n, item, "source_refused", "The source cannot be used: {reason}", "reason", refusal(err))
			return
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		if !slices.Contains(append(used, "name", "module", "credentials"), name) {
			im.note(n.Content[i], item, true, "setting_unused", "{name} has no counterpart in a source of the kind {kind}.", "name", naming.Clip(name, 60), "kind", kind)
		}
	}
	name := im.freeName(n, im.taken, item, stated)
	im.names = append(im.names, name)
	im.out.Sources = append(im.out.Sources, source.Draft{Kind: kind, Name: name, Config: cfg, Schedule: im.every, Enabled: true, Tags: []string{"threatingestor"}})
	im.note(n, item, false, "source_mapped", "The source {name} becomes a source of the kind {kind}.", "name", name, "kind", kind)
}

func refusal(err error) string {
	if list := (interface{ Unwrap() []error })(nil); errors.As(err, &list) && len(list.Unwrap()) > 0 {
		err = list.Unwrap()[0]
	}
	if e, ok := errs.As(err); ok {
		return errs.Fill(e.Message, e.Params)
	}
	return err.Error()
}

// sourceConfig returns the kind, its configuration and the settings that it takes over; "" after leaving it.
func (im *importer) sourceConfig(n *yaml.Node, item, module string, own map[string]*yaml.Node) (kind string, values map[string]any, used []string) {
	address := scalar(own["url"])
	switch module {
	case "rss":
		im.feedType(own["feed_type"], item)
		return "rss", im.patterns(map[string]any{"url": address}, own), []string{"url", "feed_type", "include", "exclude"}
	case "sitemap":
		values = im.patterns(map[string]any{"url": address}, own)
		if p := scalar(own["path"]); p != "" {
			values["path"] = p
		}
		if len(values) == 1 { // ThreatIngestor's own default
			values["include"] = []string{"blog"}
			im.note(n, item, false, "sitemap_default", "As in ThreatIngestor, only addresses with the word blog are read.")
		}
		return "sitemap", values, []string{"url", "path", "include", "exclude"}
	case "web":
		return "web", map[string]any{"urls": []string{address}}, []string{"url"}
	}
	reason, known := map[string]string{
		"twitter":     "Twitter is read over a paid interface that Vedette does not speak",
		"virustotal":  "comments on VirusTotal are not read",
		"github":      "searches of GitHub repositories make tasks, not indicators",
		"github_gist": "GitHub gists are not read",
		"git":         "git repositories are not cloned: put a checkout into a watched folder",
		"image":       "images are not read by character recognition",
		"sqs":         "Amazon SQS is not read: send the messages to the API",
		"beanstalk":   "beanstalk queues are not read: send the messages to the API",
	}[module]
	if known {
		im.leave(n, item, "source_unsupported", "The module {module} has no counterpart: {reason}.", "module", module, "reason", reason)
	} else {
		im.leave(n, item, "module_unknown", "ThreatIngestor has no source module {module}.", "module", naming.Clip(module, 60))
	}
	return "", nil, nil
}

// feedType explains what becomes of the ways in which ThreatIngestor reads a feed.
func (im *importer) feedType(n *yaml.Node, item string) {
	switch scalar(n) {
	case "", "messy":
	case "clean", "afterioc":
		im.note(n, item, false, "feed_type", "feed_type: {value} is not needed: the whole article is read and each value judged.", "value", scalar(n))
	default:
		im.note(n, item, true, "feed_type", "feed_type: {value} is unknown; the whole article is read and each value judged.", "value", naming.Clip(scalar(n), 40))
	}
}

// patterns takes include and exclude over, each one regular expression.
func (im *importer) patterns(values map[string]any, own map[string]*yaml.Node) map[string]any {
	for _, name := range []string{"include", "exclude"} {
		if p := strings.TrimSpace(scalar(own[name])); p != "" {
			values[name] = []string{p}
		}
	}
	return values
}

// whitelists turns the files that can be read into a playbook that drops their values.
func (im *importer) whitelists(n *yaml.Node) {
	var values []string
	for _, e := range elements(n) {
		path := scalar(e)
		if im.o.Open == nil {
			im.leave(e, "whitelists", "whitelist_unread", "The file {path} was not read: import it beside the configuration, or install it as a warninglist.", "path", naming.Clip(path, 120))
			continue
		}
		data, err := im.o.Open(path)
		var doc struct {
			List []string `json:"list"`
		}
		if err == nil {
			err = jsonx.UnmarshalLenient(data, &doc)
		}
		if err != nil {
			im.leave(e, "whitelists", "whitelist_unread", "The file {path} was not read: import it beside the configuration, or install it as a warninglist.", "path", naming.Clip(path, 120))
			continue
		}
		values = append(values, doc.List...)
		im.note(e, "whitelists", false, "whitelist_mapped", "{count} values of {path} are dropped by a playbook.", "count", len(doc.List), "path", naming.Clip(path, 120))
	}
	if n != nil && n.Kind == yaml.MappingNode {
		im.leave(n, "whitelists", "whitelist_unread", "whitelists takes a list of paths.")
	}
	slices.Sort(values)
	values = slices.Compact(values)
	const mostBytes = 150 << 10 // of one document
	for len(values) > 0 {
		count, size := 0, 0
		for count < len(values) && count < maxList && size < mostBytes {
			size += len(values[count]) + 8
			count++
		}
		book := bookYAML{
			Description: "Values of ThreatIngestor's whitelists.", Order: -100, Sources: im.selectors(),
			Steps: []stepYAML{{Drop: true, When: &whenYAML{Values: values[:count]}}},
		}
		im.add(n, "ThreatIngestor: whitelist", &book, true)
		values = values[count:]
	}
}

// selectors name the imported sources, so that an imported playbook does not touch others.
func (im *importer) selectors() []string {
	out := make([]string, 0, len(im.names))
	for _, name := range im.names {
		out = append(out, selectorText(name))
	}
	if len(out) == 0 {
		out = append(out, "tag:threatingestor")
	}
	return out
}

// selectorText writes a name so that it is not read as another kind of selector.
func selectorText(name string) string {
	if strings.HasPrefix(name, "id:") || strings.HasPrefix(name, "kind:") || strings.HasPrefix(name, "tag:") || strings.HasPrefix(name, "/") {
		return "/^" + quoteMeta(name) + "$/"
	}
	return name
}
