package stix

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/net/idna"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
	format "github.com/vedette-ti/vedette/internal/stix"
	"github.com/vedette-ti/vedette/internal/stix/pattern"
)

// namespace is that of the ids we make for objects that are not cyber observables (STIX 2.1, 2.9 keeps its
// own for those). UUIDv5 of the DNS namespace and "vedette.stix".
func namespace() id.UUID {
	dns := id.UUID{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	return id.V5(dns, []byte("vedette.stix"))
}

// made is the id of an object that we make of some text, the same each time.
func made(typ string, parts ...string) string {
	return typ + "--" + id.V5(namespace(), []byte(typ+"\x00"+strings.Join(parts, "\x00"))).String()
}

// customSCO is our extension definition for values that STIX has no object for.
const (
	customSCO   = "x-vedette-value"
	customExt   = "extension-definition--9b1c8ee0-6a0e-5a4e-8a35-5d2f5c1f0a77"
	customExtJS = `{"` + customExt + `":{"extension_type":"new-sco"}}`
)

// scoOf makes the cyber observable of a value; ok is false for types that are none (vulnerability, rule).
// relations are extra objects that it needs.
func scoOf(v observable.Value, stated string) (stixID string, body []byte, extra [][]byte, ok bool) {
	typ := v.Type.Info().STIX
	o := newObject(typ, "")
	switch v.Type {
	case observable.IPv4, observable.IPv6, observable.Domain, observable.Email, observable.MAC:
		o.text("value", v.Text)
	case observable.URL:
		if !hasScheme(v.Text) { // "evil.example/a" is stated so; a URL object must hold a URI
			return others(v, "text")
		}
		o.text("value", uri(v.Text))
	case observable.AS:
		o.raw("number", []byte(strings.TrimPrefix(v.Text, "AS")))
	case observable.Mutex:
		o.text("name", v.Text)
	case observable.RegistryKey:
		o.text("key", spelling(v, stated))
	case observable.FileName:
		o.text("name", spelling(v, stated))
	case observable.FilePath:
		dir, base := splitPath(spelling(v, stated))
		if dir != "" {
			dirID, dirBody := finish(newObject("directory", "").text("path", dir))
			extra = append(extra, dirBody)
			o.text("name", base).text("parent_directory_ref", dirID)
		} else {
			o.text("name", base)
		}
	case observable.Account:
		kind, login, found := strings.Cut(v.Text, ":")
		if !found {
			kind, login = "", v.Text
		}
		o.text("account_type", kind).text("account_login", login)
	default:
		return others(v, typ)
	}
	stixID, body = finish(o)
	return stixID, body, extra, true
}

// others makes hashes, processes and what STIX has no object for.
func others(v observable.Value, typ string) (stixID string, body []byte, extra [][]byte, ok bool) {
	info := v.Type.Info()
	switch {
	case info.Role != observable.Correlates:
		return "", nil, nil, false
	case typ == "file", typ == "x509-certificate":
		_, alg, _ := strings.Cut(info.Name, ":")
		stixID, body = finish(newObject(typ, "").raw("hashes", hashes(map[string]string{hashKey(alg): digest(v)})))
	case typ == "process":
		sum := sha256.Sum256([]byte("process\x00" + v.Text)) // a process has no deterministic id; ours looks random
		u := id.UUID(sum[:16])
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		stixID = "process--" + u.String()
		body = newObject("process", stixID).text("command_line", v.Text).bytes()
	case typ == "text":
		o := newObject(customSCO, made(customSCO, info.Name, v.Text)).text("value_type", info.Name).text("value", v.Text)
		return made(customSCO, info.Name, v.Text), o.raw("extensions", []byte(customExtJS)).bytes(), nil, true
	default:
		stixID = made(typ, v.Text)
		body = newObject(typ, stixID).text("value", v.Text).raw("extensions", []byte(customExtJS)).bytes()
	}
	return stixID, body, nil, true
}

// finish gives a cyber observable its deterministic id.
func finish(o *object) (stixID string, body []byte) {
	raw := o.bytes()
	stixID, _ = format.ObservableID(format.NewObject(raw))
	const at = `"spec_version":"2.1"`
	text := strings.Replace(string(raw), at, at+`,"id":"`+stixID+`"`, 1)
	return stixID, []byte(text)
}

// fileSCO is one file with several hashes and a name.
func fileSCO(byName map[string]string, name string) (stixID string, body []byte) {
	return finish(newObject("file", "").raw("hashes", hashes(byName)).text("name", name))
}

func hashes(byName map[string]string) jsonx.Raw {
	if len(byName) == 0 {
		return nil
	}
	b, err := jsonx.Marshal(byName)
	if err != nil {
		return nil
	}
	return b
}

// digest writes a hash as the schemas of STIX want it: TLSH without its version mark.
func digest(v observable.Value) string {
	if v.Type == observable.TLSH {
		return strings.TrimPrefix(v.Text, "T1")
	}
	return v.Text
}

// uri makes a URL one that RFC 3986 allows, as STIX demands (6.15): what it does not allow, and what is not
// ASCII, is percent-encoded; a host in another script is written in Punycode.
func uri(s string) string {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%"
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if ascii, err := idna.Lookup.ToASCII(rest[:end]); err == nil {
			s = scheme + "://" + ascii + rest[end:]
		}
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		broken := c == '%' && !(i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]))
		if strings.IndexByte(allowed, c) < 0 || broken || c == '#' && strings.IndexByte(s[:i], '#') >= 0 {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// hasScheme reports a URI with a scheme (RFC 3986, 3.1).
func hasScheme(s string) bool {
	scheme, _, found := strings.Cut(s, ":")
	return found && scheme != "" && !strings.ContainsAny(scheme, "/.@?# ")
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// hashKey spells an algorithm as the vocabulary does (10.8).
func hashKey(name string) string { return format.HashName(name) }

// spelling keeps the letter case that the source wrote, where only case differs.
func spelling(v observable.Value, stated string) string {
	if s := strings.TrimSpace(stated); strings.EqualFold(s, v.Text) {
		return s
	}
	return v.Text
}

func splitPath(p string) (dir, base string) {
	at := strings.LastIndexAny(p, `/\`)
	if at < 0 || at == len(p)-1 {
		return "", p
	}
	if dir = p[:at]; dir == "" || strings.HasSuffix(dir, ":") {
		dir = p[:at+1]
	}
	return dir, p[at+1:]
}

// test is the comparison that finds a value; ok is false where a pattern cannot say it.
func test(v observable.Value, stated string) (tests []*pattern.Comparison, ok bool) {
	info := v.Type.Info()
	eq := func(object, value string, steps ...string) *pattern.Comparison {
		c := &pattern.Comparison{Operator: "=", Path: pattern.Path{Object: object}, Value: pattern.Literal{Kind: pattern.String, Text: value}}
		for _, s := range steps {
			c.Path.Steps = append(c.Path.Steps, pattern.Step{Name: s})
		}
		return c
	}
	switch v.Type {
	case observable.IPv4, observable.IPv6:
		c := eq(info.STIX, v.Text, "value")
		if strings.Contains(v.Text, "/") {
			c.Operator = "ISSUBSET"
		}
		return []*pattern.Comparison{c}, true
	case observable.URL:
		return []*pattern.Comparison{eq("url", uri(v.Text), "value")}, true
	case observable.Domain, observable.Email, observable.MAC:
		return []*pattern.Comparison{eq(info.STIX, v.Text, "value")}, true
	case observable.AS:
		c := eq(info.STIX, strings.TrimPrefix(v.Text, "AS"), "number")
		c.Value.Kind = pattern.Integer
		return []*pattern.Comparison{c}, true
	case observable.Mutex:
		return []*pattern.Comparison{eq("mutex", v.Text, "name")}, true
	case observable.RegistryKey:
		return []*pattern.Comparison{eq("windows-registry-key", spelling(v, stated), "key")}, true
	case observable.FileName:
		return []*pattern.Comparison{eq("file", spelling(v, stated), "name")}, true
	case observable.FilePath:
		dir, base := splitPath(spelling(v, stated))
		out := []*pattern.Comparison{eq("file", base, "name")}
		if dir != "" {
			out = append(out, eq("file", dir, "parent_directory_ref", "path"))
		}
		return out, true
	case observable.UserAgent:
		c := eq("network-traffic", v.Text, "extensions", "http-request-ext", "request_header", "User-Agent")
		return []*pattern.Comparison{c}, true
	case observable.Account:
		kind, login, found := strings.Cut(v.Text, ":")
		if !found {
			return []*pattern.Comparison{eq("user-account", v.Text, "account_login")}, true
		}
		return []*pattern.Comparison{eq("user-account", kind, "account_type"), eq("user-account", login, "account_login")}, true
	}
	switch {
	case info.Role != observable.Correlates:
		return nil, false
	case info.STIX == "file", info.STIX == "x509-certificate":
		_, alg, _ := strings.Cut(info.Name, ":")
		return []*pattern.Comparison{eq(info.STIX, digest(v), "hashes", hashKey(alg))}, true
	case info.STIX == "process":
		return []*pattern.Comparison{eq("process", v.Text, "command_line")}, true
	case info.STIX == "text":
		return []*pattern.Comparison{eq(customSCO, info.Name, "value_type"), eq(customSCO, v.Text, "value")}, true
	}
	return []*pattern.Comparison{eq(info.STIX, v.Text, "value")}, true
}

// patternOf joins the tests of a claim's values: all of them must hold.
func patternOf(values []observable.Value, stated string) string {
	var all []*pattern.Comparison
	for _, v := range values {
		tests, ok := test(v, stated)
		if !ok {
			return ""
		}
		all = append(all, tests...)
	}
	if len(all) == 0 {
		return ""
	}
	c := all[0]
	if len(all) > 1 {
		c = &pattern.Comparison{Join: pattern.And, Parts: all}
	}
	return (&pattern.Observation{Test: c}).String()
}
