package observable

import "strings"

// canonicalRegistry writes the hive in full and folds letter case, which Windows ignores.
func canonicalRegistry(s string) (text, reason string) {
	s = strings.ReplaceAll(unquote(s), "/", "\\")
	for strings.Contains(s, "\\\\") {
		s = strings.ReplaceAll(s, "\\\\", "\\")
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "\\"), "\\")
	head, rest, found := strings.Cut(s, "\\")
	if h := strings.ToUpper(head); (h == "COMPUTER" || h == "REGISTRY") && found {
		head, rest, found = strings.Cut(rest, "\\")
	}
	hive := Hive(head)
	if hive == "" {
		// Lists often state keys without a hive; they are kept as they are.
		return strings.ToLower(s), ""
	}
	if !found {
		return hive, ""
	}
	return hive + "\\" + strings.ToLower(rest), ""
}

// Hive returns the full name of a registry hive, "" when name is none.
func Hive(name string) string {
	switch strings.ToUpper(strings.TrimSuffix(name, ":")) {
	case "HKLM", "HKEY_LOCAL_MACHINE", "MACHINE":
		return "HKEY_LOCAL_MACHINE"
	case "HKCU", "HKEY_CURRENT_USER":
		return "HKEY_CURRENT_USER"
	case "HKCR", "HKEY_CLASSES_ROOT":
		return "HKEY_CLASSES_ROOT"
	case "HKU", "HKEY_USERS", "USER":
		return "HKEY_USERS"
	case "HKCC", "HKEY_CURRENT_CONFIG":
		return "HKEY_CURRENT_CONFIG"
	case "HKPD", "HKEY_PERFORMANCE_DATA":
		return "HKEY_PERFORMANCE_DATA"
	}
	return ""
}

// canonicalPath folds letter case of Windows paths and keeps Unix paths.
func canonicalPath(s string) string {
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "~") || !strings.Contains(s, "\\") && !strings.Contains(s, ":/") {
		return s
	}
	return strings.ToLower(s)
}

// canonicalPipe writes the local form \\.\pipe\name; pipe names ignore letter case.
func canonicalPipe(s string) string {
	s = strings.ToLower(unquote(s))
	for _, p := range [...]string{`\\.\pipe\`, `\\\\.\\pipe\\`, `\device\namedpipe\`, `\pipe\`, `\\?\pipe\`, `pipe\`} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return `\\.\pipe\` + rest
		}
	}
	if strings.HasPrefix(s, `\\`) {
		return s
	}
	return `\\.\pipe\` + strings.TrimPrefix(s, `\`)
}

// canonicalWallet lower-cases what ignores case. Checksums are not asked for here: somebody has
// said that it is a wallet, of a currency we may not know. See ValidWallet.
func canonicalWallet(s string) (text, reason string) {
	if scheme, rest, ok := strings.Cut(s, ":"); ok && isScheme(scheme) && rest != "" {
		s, _, _ = strings.Cut(rest, "?")
	}
	low := strings.ToLower(s)
	if strings.HasPrefix(low, "0x") || strings.HasPrefix(low, "bc1") || strings.HasPrefix(low, "ltc1") {
		s = low
	}
	if len(s) < 20 || len(s) > 120 || !isAlnum(s) {
		return "", "a wallet address has 20 to 120 letters and digits"
	}
	return s, ""
}

func isSSDeep(s string) bool {
	size, rest, ok := strings.Cut(s, ":")
	if !ok || len(size) == 0 || len(size) > 10 || !isDigits(size) {
		return false
	}
	a, b, ok := strings.Cut(rest, ":")
	b, _, _ = strings.Cut(b, ",") // some tools append the file name
	return ok && len(a) <= 64 && len(b) <= 64 && len(a)+len(b) > 0 && isBase64(a) && isBase64(b)
}

func isBase64(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnumByte(c) && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// isJA4 checks the shape a_b_c of a JA4 fingerprint: ten characters and two truncated hashes.
func isJA4(s string) bool {
	if len(s) != 36 || s[10] != '_' || s[23] != '_' || !isHex(s[11:23]) || !isHex(s[24:]) {
		return false
	}
	return (s[0] == 't' || s[0] == 'q' || s[0] == 'd') && (isDigits(s[1:3]) || s[1] == 's' || s[1] == 'd') && isAlnum(s[3:10])
}

func isGHSA(up string) bool {
	if len(up) != 19 || up[4] != '-' || up[9] != '-' || up[14] != '-' {
		return false
	}
	return isAlnum(up[5:9]) && isAlnum(up[10:14]) && isAlnum(up[15:19])
}

// isNumbered checks "2024-12345": a year and a number of minDigits to maxDigits digits.
func isNumbered(s string, minDigits, maxDigits int) bool {
	year, n, ok := strings.Cut(s, "-")
	return ok && len(year) == 4 && isDigits(year) && (year[:2] == "19" || year[:2] == "20") &&
		len(n) >= minDigits && len(n) <= maxDigits && isDigits(n)
}

// isTechnique checks the ids of ATT&CK in upper case: T1059, T1059.001, TA0001, G0007 …
func isTechnique(s string) bool {
	base, sub, hasSub := strings.Cut(s, ".")
	if len(base) == 6 && base[:2] == "TA" {
		return isDigits(base[2:]) && !hasSub
	}
	if len(base) != 5 || !strings.Contains("TGSCM", base[:1]) || !isDigits(base[1:]) {
		return false
	}
	return !hasSub || base[0] == 'T' && len(sub) == 3 && isDigits(sub)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return s != ""
}

func isAlnumByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isAlnum(s string) bool {
	for i := range len(s) {
		if !isAlnumByte(s[i]) {
			return false
		}
	}
	return s != ""
}
