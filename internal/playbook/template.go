package playbook

import (
	"net/url"
	"strings"
	"time"
)

// placeholders are the names that templates and columns may use: ours, then ThreatIngestor's.
func placeholders() []string {
	return []string{
		"type", "value", "defanged", "stated", "comment", "category", "to_ids", "tlp", "tags", "report", "report_url", "source", "publisher", "published",
		"artifact", "url", "domain", "ipaddress", "hash", "hash_type", "yarasignature", "email", "reference_link", "reference_text",
	}
}

// used returns the {names} in a template. A brace that starts no name is text.
func used(template string) []string {
	var out []string
	expand(template, func(name string) string { out = append(out, name); return "" })
	return out
}

// expand replaces {name} by what value returns. There is no logic in templates, and values are not expanded
// again.
func expand(template string, value func(name string) string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(template, '{')
		if open < 0 {
			break
		}
		end := open + 1
		for end < len(template) && (template[end] == '_' || template[end] >= 'a' && template[end] <= 'z') {
			end++
		}
		if end == open+1 || end == len(template) || template[end] != '}' {
			b.WriteString(template[:open+1])
			template = template[open+1:]
			continue
		}
		b.WriteString(template[:open])
		b.WriteString(value(template[open+1 : end]))
		template = template[end+1:]
	}
	b.WriteString(template)
	return b.String()
}

// value returns what a placeholder stands for in a row; "" where the row is of another type.
func (r Row) value(name string) string {
	switch name {
	case "type":
		return r.Type
	case "value", "artifact":
		return r.Value
	case "defanged":
		return r.Defanged
	case "stated":
		return r.Stated
	case "comment":
		return r.Comment
	case "category":
		return r.Category
	case "to_ids":
		if r.ToIDs {
			return "true"
		}
		return "false"
	case "tlp":
		return r.TLP
	case "tags":
		return strings.Join(r.Tags, ";")
	case "report", "reference_text":
		return r.Report
	case "report_url", "reference_link":
		return r.URL
	case "source":
		return r.Source
	case "publisher":
		return r.Publisher
	case "published":
		if r.Published.IsZero() {
			return ""
		}
		return r.Published.UTC().Format(time.RFC3339)
	}
	return r.artifact(name)
}

// artifact answers ThreatIngestor's names, which are one per type.
func (r Row) artifact(name string) string {
	is := func(types ...string) string {
		for _, t := range types {
			if r.Type == t {
				return r.Value
			}
		}
		return ""
	}
	kind, algorithm, isFile := strings.Cut(r.Type, ":")
	isHash := isFile && kind == "file" && (algorithm == "md5" || strings.HasPrefix(algorithm, "sha"))
	switch name {
	case "url":
		return is("url")
	case "domain":
		if u, err := url.Parse(r.Value); r.Type == "url" && err == nil {
			return u.Hostname()
		}
		return is("domain-name")
	case "ipaddress":
		return is("ipv4-addr", "ipv6-addr")
	case "email":
		return is("email-addr")
	case "yarasignature":
		return is("indicator:yara")
	case "hash":
		if isHash {
			return r.Value
		}
	case "hash_type":
		if isHash {
			return strings.ReplaceAll(algorithm, "-", "")
		}
	}
	return ""
}
