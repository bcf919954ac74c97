package observable

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// maxValue bounds every value but texts and rules, in bytes.
const maxValue = 16 << 10

// Value is a typed value in canonical form. Make one with Canonical or Recognise only.
type Value struct {
	Type Type
	Text string
}

// Canonical turns what somebody stated into the form in which values are stored and compared.
// Defanged spellings of hosts, addresses, URLs and mail addresses are undone. The result's type
// may differ from t where the statement means something else: an IPv6 address stated as
// ipv4-addr, an address stated as domain-name, a mapped address (::ffff:192.0.2.1 is IPv4).
//
// Errors are errs.Invalid or errs.TooLarge and name value and reason.
func Canonical(t Type, stated string) (Value, error) {
	if t == None || t > Text {
		return Value{}, errs.New(errs.Unsupported, "unknown_observable_type",
			"{type} is no observable type: vedette extract --list-types lists them.", "type", int(t))
	}
	if !utf8.ValidString(stated) || strings.IndexByte(stated, 0) >= 0 {
		return Value{}, invalid(t, stated, "it holds bytes that are not text")
	}
	role := t.Info().Role
	if role != Rule && role != Literal && len(stated) > maxValue {
		return Value{}, errs.New(errs.TooLarge, "value_too_long",
			"A {type} value has {size} bytes; {max} are allowed. Is it a whole text?",
			"type", t.String(), "size", len(stated), "max", maxValue)
	}
	v, err := normalise(t, strings.TrimSpace(stated))
	// A canonical form is its own canonical form. One more pass suffices for all real values;
	// what keeps changing (nested disguises) is not worth a key.
	for pass := 0; err == nil && v.Text != stated; pass++ {
		if pass == maxPasses {
			return Value{}, invalid(t, stated, "its disguises are nested too deeply")
		}
		stated = v.Text
		v, err = normalise(v.Type, v.Text)
	}
	return v, err
}

// maxPasses bounds how often a value is normalised until it stays as it is.
const maxPasses = 8

// normalise is one pass; s is trimmed.
func normalise(t Type, s string) (Value, error) {
	if s == "" {
		return Value{}, invalid(t, s, "it is empty")
	}
	text, reason := "", ""
	switch t {
	case IPv4, IPv6, Domain:
		return canonicalHost(t, s, fang.Refang(s))
	case URL:
		text, reason = canonicalURL(fang.Refang(s))
	case Email:
		text, reason = canonicalEmail(fang.Refang(s))
	default:
		text, reason = canonicalPlain(t, s)
	}
	if reason != "" {
		return Value{}, invalid(t, s, reason)
	}
	return Value{t, strings.TrimSpace(text)}, nil
}

// invalid names value and reason; long values are cut for the message.
func invalid(t Type, stated, reason string) error {
	if len(stated) > 120 {
		stated = strings.ToValidUTF8(stated[:120], "") + "…"
	}
	return errs.New(errs.Invalid, "invalid_observable", "{value} is not a valid {type}: {reason}.",
		"value", stated, "type", t.String(), "reason", reason)
}

// hexDigits is the length of a hash type's value, 0 for other types.
func hexDigits(t Type) int {
	switch t {
	case MD5, Imphash, ja3, ja3s, hassh, x509MD5:
		return 32
	case SHA1, x509SHA1:
		return 40
	case SHA224, sha3x224:
		return 56
	case SHA256, sha3x256, authentihash, x509SHA256:
		return 64
	case SHA384, sha3x384:
		return 96
	case SHA512, sha3x512:
		return 128
	case jarm:
		return 62
	}
	return 0
}

// canonicalPlain handles the types that are not hosts. s is trimmed and not empty.
func canonicalPlain(t Type, s string) (text, reason string) {
	if n := hexDigits(t); n > 0 {
		return canonicalHex(s, n)
	}
	switch t {
	case SSDeep:
		return s, bad(!isSSDeep(s), "a fuzzy hash reads blocksize:hash:hash")
	case TLSH:
		return canonicalTLSH(s)
	case ja4:
		s = strings.ToLower(s)
		return s, bad(!isJA4(s), "a JA4 fingerprint reads t13d1516h2_8daaf6152771_02713d6af862")
	case Vulnerability, AttackPattern, tactic, intrusionSet, malware, campaign, mitigation, weakness:
		return canonicalID(s)
	case AS:
		return canonicalAS(s)
	case MAC:
		return canonicalMAC(s)
	case RegistryKey:
		return canonicalRegistry(s)
	case FilePath:
		return canonicalPath(unquote(s)), ""
	case FileName:
		return strings.ToLower(unquote(s)), ""
	case NamedPipe:
		return canonicalPipe(s), ""
	case Wallet:
		return canonicalWallet(s)
	case Account:
		return canonicalAccount(s), ""
	case YARA, Sigma, Suricata, Snort, Text:
		return strings.ReplaceAll(s, "\r\n", "\n"), ""
	case bankAccount:
		s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))
		return s, bad(!isAlnum(s) || len(s) > 40, "an account number has up to 40 letters and digits")
	case paymentCard:
		s = strings.NewReplacer(" ", "", "-", "").Replace(s)
		return s, bad(!ValidCard(s), "its check digit does not fit")
	case phoneNumber:
		return canonicalPhone(s)
	case vhash:
		return strings.ToLower(s), ""
	}
	return s, ""
}

func bad(is bool, reason string) string {
	if is {
		return reason
	}
	return ""
}

func unquote(s string) string {
	if n := len(s); n > 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}

func canonicalHex(s string, n int) (string, string) {
	s = strings.ToLower(strings.NewReplacer(" ", "", ":", "").Replace(s))
	if len(s) != n {
		return "", "it needs " + strconv.Itoa(n) + " hexadecimal digits, not " + strconv.Itoa(len(s))
	}
	return s, bad(!isHex(s), "it holds characters that are no hexadecimal digits")
}

// canonicalTLSH adds the version mark T1, which older tools leave out.
func canonicalTLSH(s string) (string, string) {
	s = strings.ToUpper(s)
	body := strings.TrimPrefix(s, "T1")
	switch len(body) {
	case 70, 74, 134, 138:
	default:
		return "", "a TLSH value has 70 hexadecimal digits, with or without T1 before them"
	}
	return "T1" + body, bad(!isHex(body), "it holds characters that are no hexadecimal digits")
}

// canonicalID writes the ids of CVE, CNVD, CNNVD, GHSA, ATT&CK, CAPEC and CWE in their own case
// and keeps names ("EternalBlue") as they are.
func canonicalID(s string) (string, string) {
	if strings.ContainsAny(s, "\n\r") {
		return "", "it runs over several lines"
	}
	up := strings.ToUpper(s)
	switch {
	case strings.HasPrefix(up, "GHSA-"):
		return "GHSA-" + strings.ToLower(up[5:]), bad(!isGHSA(up), "a GitHub advisory reads GHSA-xxxx-xxxx-xxxx")
	case strings.HasPrefix(up, "CVE-"):
		return up, bad(!isNumbered(up[4:], 4, 19), "a CVE id reads CVE-2024-12345")
	case strings.HasPrefix(up, "CNVD-"), strings.HasPrefix(up, "CNNVD-"), strings.HasPrefix(up, "CWE-"),
		strings.HasPrefix(up, "CAPEC-"):
		return up, ""
	case isTechnique(up):
		return up, ""
	}
	return s, ""
}

func canonicalAS(s string) (string, string) {
	up := strings.TrimSpace(strings.ToUpper(s))
	up = strings.TrimPrefix(up, "AS")
	up = strings.TrimLeft(strings.TrimPrefix(up, "N"), " :#")
	hi, lo, dotted := strings.Cut(up, ".")
	if dotted {
		h, err1 := strconv.ParseUint(hi, 10, 16)
		l, err2 := strconv.ParseUint(lo, 10, 16)
		if err1 == nil && err2 == nil {
			return "AS" + strconv.FormatUint(h<<16|l, 10), ""
		}
	}
	n, err := strconv.ParseUint(up, 10, 32)
	if err != nil {
		return "", "an autonomous system reads AS13335, at most AS4294967295"
	}
	return "AS" + strconv.FormatUint(n, 10), ""
}

func canonicalMAC(s string) (string, string) {
	hex := strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(s))
	if len(hex) != 12 || !isHex(hex) {
		return "", "a MAC address has six pairs of hexadecimal digits"
	}
	var out strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			out.WriteByte(':')
		}
		out.WriteString(hex[i : i+2])
	}
	return out.String(), ""
}

func canonicalPhone(s string) (string, string) {
	var out strings.Builder
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9', c == '+' && i == 0:
			out.WriteRune(c)
		case strings.ContainsRune(" -.()/", c):
		default:
			return "", "a phone number holds digits, spaces, brackets and hyphens"
		}
	}
	digits := strings.TrimPrefix(out.String(), "+")
	return out.String(), bad(len(digits) < 3 || len(digits) > 18, "a phone number has 3 to 18 digits")
}

// canonicalAccount brings Telegram names and links into one form and keeps other accounts.
func canonicalAccount(s string) string {
	low := strings.ToLower(fang.Refang(s))
	for _, p := range [...]string{"https://", "http://"} {
		low = strings.TrimPrefix(low, p)
	}
	for _, p := range [...]string{"t.me/s/", "t.me/", "telegram.me/", "telegram.dog/", "telegram:"} {
		rest, ok := strings.CutPrefix(low, p)
		if !ok {
			continue
		}
		rest = strings.TrimPrefix(strings.TrimSpace(rest), "@")
		name, _, _ := strings.Cut(rest, "?")
		name, _, _ = strings.Cut(name, "/")
		if name != "" {
			return "telegram:" + name
		}
	}
	return s
}
