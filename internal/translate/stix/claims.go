// Package stix translates between STIX 2 and Vedette's reports, claims and statements, both ways. Every
// object of a bundle is kept whole as a statement; cyber observables, and what the patterns of indicators
// say, become claims as well. The way out makes valid STIX 2.1. It owns no storage and no decision about
// what may leave.
package stix

import (
	"strings"

	"github.com/vedette-ti/vedette/internal/observable"
	format "github.com/vedette-ti/vedette/internal/stix"
	"github.com/vedette-ti/vedette/internal/stix/pattern"
)

// stated is one value that an object or pattern states.
type stated struct {
	typ      string // of report.ClaimDraft
	text     string
	relation string // name in a file object
	toIDs    bool
}

// claimType maps a member of an object (a path as patterns write it, without indexes) to the type of a
// claim; "" for members that are no value of their own. text decides where the path alone does not.
func claimType(object, path, text string) (typ, relation string) {
	switch object {
	case "ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr", "mac-addr", "cryptocurrency-wallet", "user-agent", "phone-number":
		if path == "value" {
			return object, ""
		}
	case "hostname", "x-opencti-hostname":
		if path == "value" {
			return "domain-name", ""
		}
	case "x-opencti-cryptocurrency-wallet":
		if path == "value" {
			return "cryptocurrency-wallet", ""
		}
	case "x-opencti-user-agent":
		if path == "value" {
			return "user-agent", ""
		}
	case "file", "artifact":
		return fileType(path, text)
	case "x509-certificate":
		if alg, ok := hashOf(path); ok {
			return certificate(alg), ""
		}
		return "", ""
	case "app": // as mobile forensics tools write it
		if path == "id" {
			return "mobile-application-id", ""
		}
		alg, ok := strings.CutPrefix(path, "cert.")
		return only(ok, certificate(format.HashName(alg))), ""
	case "directory":
		return only(path == "path", "file:path"), ""
	case "mutex":
		return only(path == "name", "mutex"), ""
	case "autonomous-system":
		return only(path == "number", "autonomous-system"), ""
	case "windows-registry-key":
		return only(path == "key", "windows-registry-key"), ""
	case "user-account":
		return only(path == "account_login" || path == "user_id" || path == "display_name", "user-account"), ""
	case "process":
		return processType(path, text)
	case "email-message":
		return mailType(path)
	}
	if strings.HasSuffix(path, "request_header.User-Agent") {
		return "user-agent", ""
	}
	if strings.HasSuffix(path, "_ref.value") || strings.HasSuffix(path, "_refs.value") { // an address or name behind a reference
		if v, ok := observable.Recognise(text); ok {
			return v.Type.String(), ""
		}
	}
	return "", ""
}

func certificate(algorithm string) string {
	switch algorithm {
	case "MD5", "SHA-1", "SHA-256":
		return "x509:" + strings.ToLower(algorithm)
	}
	return ""
}

func only(when bool, typ string) string {
	if when {
		return typ
	}
	return ""
}

func hashOf(path string) (algorithm string, ok bool) {
	name, ok := strings.CutPrefix(path, "hashes.")
	return format.HashName(name), ok
}

func fileType(path, text string) (typ, relation string) {
	if alg, ok := hashOf(path); ok {
		typ = "file:" + strings.ToLower(alg)
		if _, known := observable.Parse(typ); known {
			return typ, strings.ReplaceAll(strings.ToLower(alg), "sha-", "sha")
		}
		return "", ""
	}
	switch path {
	case "name":
		if strings.ContainsAny(text, `/\`) {
			return "file:path", "path"
		}
		return "file:name", "filename"
	case "url":
		return "url", "url"
	case "parent_directory_ref.path", "path":
		return "file:path", "path"
	case "extensions.windows-pebinary-ext.imphash":
		return "file:imphash", "imphash"
	}
	return "", ""
}

func processType(path, text string) (typ, relation string) {
	switch {
	case path == "command_line":
		return "process:command-line", ""
	case path == "name":
		return fileType(path, text)
	}
	if rest, ok := strings.CutPrefix(path, "image_ref."); ok {
		typ, _ = fileType(rest, text)
	}
	return typ, ""
}

func mailType(path string) (typ, relation string) {
	switch path {
	case "from_ref.value", "sender_ref.value", "to_refs.value", "cc_refs.value", "bcc_refs.value":
		return "email-addr", ""
	case "subject":
		return "email-subject", ""
	case "message_id":
		return "email-message-id", ""
	}
	return "", ""
}

// observableClaims lists what a cyber observable states.
func observableClaims(o format.Object) []stated {
	var out []stated
	account := false
	for _, s := range format.Statements(o) {
		typ, relation := claimType(o.Type(), s.Path, s.Text)
		if typ == "" || typ == "user-account" && account {
			continue
		}
		text := s.Text
		if typ == "user-account" {
			account = true // the login is enough
			text = accountName(o.Text("account_type"), text)
		}
		out = append(out, stated{typ: typ, text: text, relation: relation})
	}
	return out
}

func accountName(kind, login string) string {
	switch kind {
	case "telegram", "twitter", "github":
		return kind + ":" + strings.TrimPrefix(login, "@")
	}
	return login
}

// ruleTypes are the pattern types whose pattern is the value.
func ruleType(patternType string) string {
	switch t := strings.ToLower(patternType); t {
	case "yara", "sigma", "suricata", "snort":
		return "indicator:" + t
	}
	return ""
}

// indicatorClaims lists what an indicator's pattern states. A pattern that cannot be read states nothing
// here and is kept whole.
func indicatorClaims(o format.Object) ([]stated, error) {
	text, kind := o.Text("pattern"), o.Text("pattern_type")
	if r := ruleType(kind); r != "" {
		return []stated{{typ: r, text: text, toIDs: true}}, nil
	}
	if kind != "" && kind != "stix" || text == "" {
		return nil, nil
	}
	p, err := pattern.Parse(text)
	if err != nil {
		return nil, err
	}
	equals := p.Equals()
	hashed := map[int]bool{}    // groups that a hash identifies
	service := map[int]string{} // account types of groups
	for _, e := range equals {
		if e.Group > 0 && e.Path.Object == "user-account" && pathOf(e.Path) == "account_type" {
			service[e.Group] = e.Value.Text
		}
	}
	out := make([]stated, 0, len(equals))
	groups := make([]int, 0, len(equals))
	for _, e := range equals {
		typ, relation := claimType(e.Path.Object, pathOf(e.Path), e.Value.Text)
		if typ == "" || e.Value.Text == "" {
			continue
		}
		if typ == "autonomous-system" && e.Value.Kind == pattern.Integer {
			e.Value.Text = "AS" + e.Value.Text
		}
		if typ == "user-account" {
			e.Value.Text = accountName(service[e.Group], e.Value.Text)
		}
		if e.Group > 0 && strings.HasPrefix(e.Path.String(), "file:hashes") {
			hashed[e.Group] = true
		}
		out = append(out, stated{typ: typ, text: e.Value.Text, relation: relation})
		groups = append(groups, e.Group)
	}
	for i := range out {
		name := out[i].typ == "file:name" || out[i].typ == "file:path" || out[i].typ == "email-subject"
		out[i].toIDs = groups[i] == 0 || !name || !hashed[groups[i]]
	}
	return out, nil
}

func pathOf(p pattern.Path) string {
	var b strings.Builder
	for _, s := range p.Steps {
		if s.Index != "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.Name)
	}
	return b.String()
}

// observedClaims lists what the objects inside observed-data (STIX 2.0, and deprecated in 2.1) state.
func observedClaims(o format.Object) []stated {
	var out []stated
	inner := o.Object("objects")
	for _, n := range inner.Names() {
		out = append(out, observableClaims(inner.Object(n))...)
	}
	return out
}

// claimsOf lists what any object states.
func claimsOf(o format.Object) []stated {
	switch typ := o.Type(); {
	case typ == "indicator":
		out, err := indicatorClaims(o)
		if err != nil {
			return nil
		}
		return out
	case typ == "observed-data":
		return observedClaims(o)
	case format.IsObservable(typ):
		return observableClaims(o)
	}
	return nil
}
