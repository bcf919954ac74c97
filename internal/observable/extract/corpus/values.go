package corpus

import (
	"slices"
	"strings"
)

// Types lists the types a label may have, sorted.
func Types() []string {
	t := strings.Fields(`
		attack-pattern autonomous-system bank-account campaign course-of-action
		cryptocurrency-wallet domain-name email-addr
		file:imphash file:md5 file:name file:path file:sha-1 file:sha-224 file:sha-256
		file:sha-384 file:sha-512 file:sha3-224 file:sha3-256 file:sha3-384 file:sha3-512
		file:ssdeep file:tlsh
		indicator:sigma indicator:snort indicator:suricata indicator:yara intrusion-set
		ipv4-addr ipv6-addr ja3 ja3s ja4 jarm mac-addr malware mutex named-pipe
		payment-card phone-number url user-account user-agent vulnerability weakness
		windows-registry-key x-mitre-tactic`)
	slices.Sort(t)
	return t
}

// AskedFor reports whether results of typ come only when the type is named
// (`--types all`). Outside the file of such texts these types are not annotated.
func AskedFor(typ string) bool {
	return typ == "bank-account" || typ == "payment-card" || typ == "phone-number"
}

// canonical is the value of a label that states none: the original in the letter case
// of its type.
func canonical(typ, original string) string {
	switch typ {
	case "url":
		return lowerHost(original)
	case "vulnerability":
		up := strings.ToUpper(original)
		if body, ok := strings.CutPrefix(up, "GHSA-"); ok {
			return "GHSA-" + strings.ToLower(body)
		}
		return up
	case "attack-pattern", "autonomous-system", "campaign", "course-of-action", "file:tlsh",
		"intrusion-set", "malware", "weakness", "x-mitre-tactic":
		return strings.ToUpper(original)
	case "domain-name", "email-addr", "file:imphash", "file:md5", "ipv6-addr", "ja3", "ja3s",
		"ja4", "jarm", "mac-addr":
		return strings.ToLower(original)
	}
	if strings.HasPrefix(typ, "file:sha") {
		return strings.ToLower(original)
	}
	return original
}

// lowerHost lower-cases scheme and host of a URL; user information and all after the
// host stay. A URL without a scheme starts with its host.
func lowerHost(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		if strings.HasPrefix(url, "magnet:") {
			return url
		}
		scheme, rest = "", url
	} else {
		scheme = strings.ToLower(scheme) + "://"
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := strings.LastIndexByte(rest[:end], '@') + 1
	return scheme + rest[:host] + strings.ToLower(rest[host:end]) + rest[end:]
}
