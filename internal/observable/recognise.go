package observable

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// Refang undoes defanging and typographic disguise in s, which is one value and no running text.
func Refang(s string) string { return fang.Refang(s) }

// Recognise finds the type of one value that somebody typed, pasted or listed, defanged or not.
// Bare hexadecimal is a file hash by its length; "name.ext" is a file name where the extension is
// no top-level domain or a defused choice would be wrong more often (py, zip, md, mov …).
func Recognise(stated string) (Value, bool) {
	s := strings.TrimSpace(stated)
	if len(s) > 2 && strings.IndexByte("\"'`<", s[0]) >= 0 && strings.IndexByte("\"'`>", s[len(s)-1]) >= 0 {
		s = s[1 : len(s)-1]
	}
	s = strings.TrimRight(s, ",;")
	if s == "" || len(s) > maxValue || strings.ContainsAny(s, "\n\r") {
		return Value{}, false
	}
	for _, t := range [...]Type{guessHash(s), guessID(s), guessHost(s), guessArtefact(s)} {
		if t == None {
			continue
		}
		if v, err := Canonical(t, s); err == nil {
			return v, true
		}
	}
	return Value{}, false
}

func guessHash(s string) Type {
	if isHex(s) {
		switch len(s) {
		case 32:
			return MD5
		case 40:
			return SHA1
		case 56:
			return SHA224
		case 62:
			return jarm
		case 64:
			return SHA256
		case 96:
			return SHA384
		case 128:
			return SHA512
		}
		return None
	}
	switch {
	case len(s) == 72 && (s[0] == 'T' || s[0] == 't') && s[1] == '1' && isHex(s[2:]):
		return TLSH
	case isJA4(strings.ToLower(s)):
		return ja4
	case isSSDeep(s) && len(s) > 20:
		return SSDeep
	}
	if _, ok := ValidWallet(s); ok {
		return Wallet
	}
	return None
}

func guessID(s string) Type {
	if len(s) > 40 {
		return None
	}
	up := strings.ToUpper(s)
	switch {
	case strings.HasPrefix(up, "CVE-"), strings.HasPrefix(up, "CNVD-"), strings.HasPrefix(up, "CNNVD-"), isGHSA(up) && up[:4] == "GHSA":
		return Vulnerability
	case strings.HasPrefix(up, "CWE-") && isDigits(up[4:]):
		return weakness
	case strings.HasPrefix(up, "CAPEC-") && isDigits(up[6:]):
		return AttackPattern
	case strings.HasPrefix(up, "ASN") && isDigits(strings.TrimLeft(up[3:], " ")), strings.HasPrefix(up, "AS") && isDigits(up[2:]):
		return AS
	case isTechnique(up):
		return techniqueType(up)
	case (len(s) == 17 || len(s) == 14) && strings.ContainsAny(s, ":-.") && isMAC(s):
		return MAC
	}
	return None
}

func techniqueType(up string) Type {
	switch {
	case strings.HasPrefix(up, "TA"):
		return tactic
	case up[0] == 'G':
		return intrusionSet
	case up[0] == 'S':
		return malware
	case up[0] == 'C':
		return campaign
	case up[0] == 'M':
		return mitigation
	}
	return AttackPattern
}

func isMAC(s string) bool {
	_, reason := canonicalMAC(s)
	return reason == "" && (strings.Count(s, ":") == 5 || strings.Count(s, "-") == 5 || strings.Count(s, ".") == 2)
}

func guessHost(s string) Type {
	r := fang.Refang(s)
	if i := strings.Index(r, "://"); i > 0 && isScheme(r[:i]) {
		return URL
	}
	if strings.HasPrefix(r, "magnet:?") {
		return URL
	}
	if _, ok := parseAddress(r); ok {
		return IPv4 // Canonical tells IPv6 apart
	}
	low := strings.ToLower(r)
	if strings.HasPrefix(low, "t.me/") || strings.HasPrefix(low, "telegram:") {
		return Account
	}
	host, path, isPath := strings.Cut(low, "/")
	if at := strings.LastIndexByte(host, '@'); at > 0 && !isPath && typedTLD(lastLabel(host)) {
		return Email
	}
	name := strings.TrimSuffix(withoutPort(host), ".")
	if !strings.Contains(name, ".") || strings.ContainsAny(name, " \\@") || !typedTLD(lastLabel(name)) {
		return None
	}
	if _, reason := canonicalName(name); reason != "" {
		return None
	}
	if isPath && path != "" || isPath && r == s {
		return URL
	}
	if r == s && fileBeforeDomain(lastLabel(name)) {
		return FileName
	}
	return Domain
}

func lastLabel(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }

// fileBeforeDomain lists the top-level domains that occur more often as file extensions.
func fileBeforeDomain(tld string) bool {
	switch tld {
	case "py", "zip", "md", "mov", "rs", "ps":
		return true
	}
	return false
}

// typedTLD is KnownTLD with the names that are reserved: in running text they mark examples, but one who types
// such a value means it.
func typedTLD(label string) bool {
	switch label {
	case "example", "test", "invalid", "localhost", "local", "internal":
		return true
	}
	return KnownTLD(label)
}

// KnownTLD reports whether label is a top-level domain of the public suffix list, or one of the
// special ones that resolve elsewhere (onion, i2p, bit …). Unicode labels are accepted.
func KnownTLD(label string) bool {
	switch label {
	case "onion", "i2p", "bit", "coin", "emc", "lib", "bazar", "libre", "eth", "crypto", "exit":
		return true
	case "":
		return false
	}
	for i := range len(label) {
		if label[i] >= 0x80 {
			a, err := idna.Punycode.ToASCII(strings.ToLower(label))
			if err != nil {
				return false
			}
			label = a
			break
		}
	}
	if _, icann := publicsuffix.PublicSuffix(label); icann {
		return true
	}
	// Some countries register below second-level names only ("*.kh").
	_, icann := publicsuffix.PublicSuffix("a." + label)
	return icann
}

func guessArtefact(s string) Type {
	low := strings.ToLower(s)
	head, _, cut := strings.Cut(s, "\\")
	switch {
	case strings.HasPrefix(low, `\\.\pipe\`):
		return NamedPipe
	case cut && Hive(head) != "" && !strings.EqualFold(head, "user"):
		return RegistryKey
	case strings.HasPrefix(s, `\\`), len(s) > 3 && s[1] == ':' && (s[2] == '\\' || s[2] == '/') && isAlnumByte(s[0]),
		strings.HasPrefix(s, "%") && strings.Contains(s, `%\`), strings.HasPrefix(s, "/") && strings.Count(s, "/") > 1,
		strings.HasPrefix(s, "~/"):
		return FilePath
	case strings.HasPrefix(s, "Mozilla/"):
		return UserAgent
	case !strings.ContainsAny(s, "/\\ ") && KnownExtension(lastLabel(low)) && strings.Contains(low, "."):
		return FileName
	}
	return None
}

// KnownExtension reports whether ext (lower-case, without dot) is an extension under which files
// of interest travel: programs, scripts, documents, archives, images, data.
func KnownExtension(ext string) bool {
	switch ext {
	case "exe", "dll", "sys", "scr", "com", "cpl", "ocx", "drv", "efi", "mui", "msi", "msp", "msu", "msix", "appx", "bat", "cmd", "ps1", "psm1", "psd1",
		"vbs", "vbe", "vb", "js", "jse", "jsx", "mjs", "ts", "wsf", "wsh", "hta", "lnk", "url", "pif", "reg", "inf", "ini", "cfg", "conf", "config", "job",
		"scf", "sct", "xsl", "xml", "xaml", "json", "yml", "yaml", "toml", "chm", "hlp", "iso", "img", "vhd", "vhdx", "vmdk", "cab", "dmg", "pkg", "deb",
		"rpm", "apk", "ipa", "jar", "war", "ear", "class", "dex", "zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "zst", "lz", "ace", "arj", "z",
		"lzh", "doc", "docx", "docm", "dot", "dotx", "dotm", "xls", "xlsx", "xlsm", "xlsb", "xlt", "xltm", "xlam", "xll", "ppt", "pptx", "pptm", "pps",
		"ppsx", "ppsm", "pot", "potm", "ppam", "rtf", "pdf", "txt", "csv", "tsv", "log", "md", "odt", "ods", "odp", "one", "onepkg", "pub", "mdb", "accdb",
		"eml", "msg", "pst", "ost", "ics", "vcf", "htm", "html", "mht", "mhtml", "xhtml", "shtml", "svg", "swf", "php", "php5", "phtml", "asp", "aspx",
		"ashx", "asmx", "ascx", "jsp", "jspx", "jspf", "cgi", "pl", "pm", "py", "pyc", "pyd", "pyw", "rb", "lua", "go", "rs", "c", "cpp", "cc", "h", "hpp",
		"cs", "java", "kt", "swift", "m", "sh", "bash", "zsh", "ksh", "csh", "ps", "elf", "so", "ko", "o", "a", "dylib", "bin", "dat", "dmp", "tmp", "bak",
		"old", "db", "sqlite", "sqlite3", "kdbx", "ldb", "key", "pem", "crt", "cer", "pfx", "p12", "p7b", "der", "asc", "gpg", "png", "jpg", "jpeg", "gif",
		"bmp", "ico", "tif", "tiff", "webp", "mp3", "mp4", "avi", "mov", "wav", "mkv", "flv", "wmv", "ogg", "pdb", "3gp", "m4a", "m4v", "plist", "scpt",
		"command", "suo", "sln", "vbproj", "csproj", "resx", "manifest", "hwp", "hwpx", "wps", "ofd", "desktop", "service", "timer", "kext", "out", "core",
		"sig", "yar", "yara", "rules", "nse", "torrent", "vmx", "ova", "ovf", "map", "wasm", "node", "nupkg", "whl", "gem", "application", "appref-ms",
		"settingcontent-ms", "library-ms", "search-ms", "theme", "themepack", "diagcab", "wim", "evtx", "etl", "pcap", "pcapng", "hex", "enc", "enc1",
		"crypt", "locked", "encrypted", "lock", "aes", "udl", "iqy", "slk":
		return true
	}
	return false
}
