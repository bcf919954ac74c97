package stix

import (
	"crypto/rand"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Namespace is that of deterministic ids of cyber observables (2.9).
func Namespace() id.UUID {
	return id.UUID{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}
}

// contributing lists the members that make the id of a cyber observable (section 6, "ID Contributing
// Properties"); ok is false for other types. A process has none: its id is random.
func contributing(typ string) (members []string, ok bool) {
	switch typ {
	case "artifact":
		return []string{"hashes", "payload_bin"}, true
	case "autonomous-system":
		return []string{"number"}, true
	case "directory":
		return []string{"path"}, true
	case "domain-name", "email-addr", "ipv4-addr", "ipv6-addr", "mac-addr", "url":
		return []string{"value"}, true
	case "email-message":
		return []string{"from_ref", "subject", "body"}, true
	case "file":
		return []string{"hashes", "name", "parent_directory_ref", "extensions"}, true
	case "mutex":
		return []string{"name"}, true
	case "network-traffic":
		return []string{"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"}, true
	case "process":
		return nil, true
	case "software":
		return []string{"name", "cpe", "swid", "vendor", "version"}, true
	case "user-account":
		return []string{"account_type", "user_id", "account_login"}, true
	case "windows-registry-key":
		return []string{"key", "values"}, true
	case "x509-certificate":
		return []string{"hashes", "serial_number"}, true
	}
	return nil, false
}

// Observables lists the types of cyber observables (section 6).
func Observables() []string {
	return []string{
		"artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex",
		"network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate",
	}
}

// IsObservable tells the 18 types, and those that OpenCTI adds.
func IsObservable(typ string) bool {
	if _, ok := contributing(typ); ok {
		return true
	}
	switch typ {
	case "cryptocurrency-wallet", "cryptographic-key", "hostname", "text", "user-agent", "bank-account", "credential", "phone-number", "tracking-number", "payment-card",
		"media-content", "persona", "ssh-key", "imei", "iccid", "imsi", "x-opencti-hostname", "x-opencti-cryptocurrency-wallet", "x-opencti-text", "x-opencti-user-agent":
		return true
	}
	return false
}

// ObservableID makes the deterministic id of a cyber observable from its members: UUIDv5 over the RFC 8785
// form of those that contribute and are present. Where none are, or the type has none, the id is random;
// deterministic is false then. Types that are not in the specification count "value", else "name".
func ObservableID(o Object) (text string, deterministic bool) {
	typ := o.Type()
	names, known := contributing(typ)
	if !known {
		names = []string{"value"}
		if o.Get("value") == nil {
			names = []string{"name"}
		}
	}
	b := []byte{'{'}
	for _, n := range names {
		v := o.Get(n)
		if n == "hashes" {
			v = oneHash(v)
		}
		if len(v) == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(append(b, '"'), n...), `":`...), v...)
	}
	if len(b) > 1 {
		if canonical, err := jsonx.Canonical(append(b, '}')); err == nil {
			return typ + "--" + id.V5(Namespace(), canonical).String(), true
		}
	}
	return typ + "--" + random().String(), false
}

// oneHash keeps the hash that contributes: MD5, else SHA-1, SHA-256, SHA-512, else the first.
func oneHash(raw jsonx.Raw) jsonx.Raw {
	hashes := NewObject(raw)
	pick := ""
	for _, n := range []string{"MD5", "SHA-1", "SHA-256", "SHA-512"} {
		if hashes.Get(n) != nil {
			pick = n
			break
		}
	}
	if names := hashes.Names(); pick == "" && len(names) > 0 {
		pick = names[0]
	}
	if pick == "" {
		return nil
	}
	key, err := jsonx.Marshal(pick)
	if err != nil {
		return nil
	}
	b := append([]byte{'{'}, key...)
	return append(append(append(b, ':'), hashes.Get(pick)...), '}')
}

// random is a version 4 UUID.
func random() id.UUID {
	var u id.UUID
	_, _ = rand.Read(u[:]) // never fails (crypto/rand)
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u
}

// Statement is one thing that a cyber observable states: the path of the member, as patterns write it
// without the object type ("hashes.SHA-256", "value"), and the text.
type Statement struct {
	Path string
	Text string
}

// Statements lists what a cyber observable states about values, in a fixed order. References to other
// objects are not followed.
func Statements(o Object) []Statement {
	var out []Statement
	add := func(names ...string) {
		for _, n := range names {
			if s := o.Text(n); s != "" {
				out = append(out, Statement{n, s})
			}
		}
	}
	hashes := func() {
		h := o.Object("hashes")
		names := h.Names()
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			if s := h.Text(n); s != "" {
				out = append(out, Statement{"hashes." + n, s})
			}
		}
	}
	switch o.Type() {
	case "artifact":
		hashes()
		add("url")
	case "autonomous-system":
		if n, ok := o.Number("number"); ok {
			out = append(out, Statement{"number", "AS" + formatInt(n)})
		}
		add("name")
	case "directory":
		add("path")
	case "email-message":
		add("subject", "message_id", "body")
	case "file":
		hashes()
		add("name")
		out = append(out, file(o)...)
	case "mutex":
		add("name")
	case "process":
		add("command_line")
	case "software":
		add("name", "cpe", "vendor", "version")
	case "user-account":
		add("account_login", "user_id", "display_name")
	case "windows-registry-key":
		add("key")
		for _, v := range o.Objects("values") {
			if s := v.Text("data"); s != "" {
				out = append(out, Statement{"values." + v.Text("name"), s})
			}
		}
	case "x509-certificate":
		hashes()
		add("serial_number", "subject", "issuer")
	case "network-traffic":
		for _, n := range []string{"src_port", "dst_port"} {
			if p, ok := o.Number(n); ok {
				out = append(out, Statement{n, formatInt(p)})
			}
		}
		add("protocols")
		if http := o.Object("extensions").Object("http-request-ext"); http.Raw != nil {
			if ua := http.Object("request_header").Texts("User-Agent"); len(ua) > 0 {
				out = append(out, Statement{"extensions.http-request-ext.request_header.User-Agent", ua[0]})
			}
		}
	default:
		add("value")
		if len(out) == 0 {
			add("name")
		}
	}
	return out
}

// file lists what extensions of a file state.
func file(o Object) []Statement {
	var out []Statement
	if h := o.Object("extensions").Object("windows-pebinary-ext").Text("imphash"); h != "" {
		out = append(out, Statement{"hashes.IMPHASH", h})
	}
	return out
}

func formatInt(n int64) string {
	b, err := jsonx.Marshal(n)
	if err != nil {
		return ""
	}
	return string(b)
}

// HashName brings the spellings of hash algorithms into the vocabulary's (10.8): "sha256" is "SHA-256".
func HashName(s string) string {
	up := strings.ToUpper(strings.Trim(s, "'\""))
	switch bare := strings.NewReplacer("-", "", "_", "").Replace(up); bare {
	case "MD5", "SSDEEP", "TLSH", "IMPHASH", "AUTHENTIHASH", "VHASH", "MD6":
		return bare
	case "SHA1", "SHA224", "SHA256", "SHA384", "SHA512":
		return "SHA-" + bare[3:]
	case "SHA3224", "SHA3256", "SHA3384", "SHA3512":
		return "SHA3-" + bare[4:]
	}
	return up
}
