package extract

import (
	"bytes"

	"github.com/vedette-ti/vedette/internal/observable"
)

// judge decides whether a plain chain is a host name: 0 for no, else the confidence.
func (s *scanner) judge(c *chain, first, k, start, end int, tld []byte) int {
	b := s.b
	if isTelegramHost(c.text(first, k)) && at(b, end) == '/' || isService(c.text(first, k)) {
		return 90
	}
	labels := k - first
	sld := c.label(k - 2)
	kind := tldKind(tld)
	raw := c.label(k - 1)
	if !s.plainNeighbours(start, end) || !plainCase(c, first, k, raw) && !s.upperHost(c, first, k, start, tld) {
		return 0
	}
	if c.labels[k-2].cjk && isASCII(raw) && !aloneOnLine(b, start, end) && !announcesDomain(before(b, start, 24)) || kind != tldStrong && capitals(c, first, k) > 1 {
		return 0 // "大家都笑了.com这个词", "VBA.Downloader.Agent.sx"
	}
	if kind != tldStrong && (labels == 2 && isBuildFile(sld) || s.isTitle(start, end) || relativeTarget(b, start) && isExtension(tld)) {
		return 0
	}
	if labels >= 3 && isPackageRoot(c.label(first)) && !coreTLD(tld) || isCodeRoot(c, first, k, tld) {
		return 0
	}
	if len(sld) <= 2 && labels == 2 && kind != tldStrong && !s.evidence(c, start, end) {
		return 0
	}
	if isDigits(sld) && labels == 2 && (kind != tldStrong || len(sld) < 2) {
		return 0
	}
	alone := aloneOnLine(b, start, end)
	next := at(b, end)
	if next == '(' && !(coreTLD(tld) && labels >= 3) || next == '[' && at(b, end+1) != '.' && kind != tldStrong {
		return 0
	}
	if hasUnderscore(sld) || kind != tldStrong && (isCamel(sld) || isLibrary(sld, tld)) {
		return 0
	}
	if numeric(c, k-1) && first == 0 && kind != tldStrong {
		return 0 // "2.0.dev"
	}
	www := foldAt(c.out, c.labels[first].out, "www") && labels >= 3
	switch {
	case www:
		return 92
	case kind == tldStrong:
		if len(sld) == 1 && labels == 2 && !isCore(tld) && !alone || (!coreTLD(tld) || len(sld) <= 2) && (!alone || len(sld) <= 2 && labels == 2) && s.codeAround(start, end) {
			return 0
		}
		if alone {
			return 90
		}
		return 85
	case isTagged(c, first, k) && !isMember(tld):
		return 75
	case alone && !isAssigned(b, end) && !isStatement(tld):
		return 80
	case s.codeAround(start, end):
		return 0
	case s.evidence(c, start, end):
		return 80
	case openBefore(b, start) && kind == tldFair && len(tld) == 2 && !isExtension(tld) && labels == 2 && next == ' ' && at(b, end+1) != '(':
		return 65
	case kind == tldWeak && labels >= 3 && len(tld) == 2 && isSecondLevel(sld):
		return 75
	case isBuild(tld) && announcesFile(before(b, start, 48)), string(tld) == "target", string(tld) == "link" && isDropIn(sld):
		return 0
	case kind == tldFair && (labels >= 3 || looksNamed(sld) || len(sld) >= 5):
		return 70
	case kind == tldWeak && labels >= 3 && !isMember(tld) && !isExtension(tld):
		return 60
	case kind == tldWeak && !isBuild(tld) && (hasHyphen(sld) || (looksNamed(sld) || len(sld) >= 8) && !isMember(tld)) && !isExtension(tld):
		return 60
	}
	return 0
}

func isTelegramHost(name []byte) bool {
	return foldAt(name, 0, "t.me") && len(name) == 4 || foldAt(name, 0, "telegram.me") && len(name) == 11
}

// isService lists services that reports name all the time and whose names look like code.
func isService(name []byte) bool {
	switch string(appendLower(nil, name)) {
	case "any.run", "app.any.run", "tria.ge", "ifconfig.me", "ifconfig.co", "ip.sb", "api.ip.sb", "ident.me", "is.gd", "v.gd", "t.ly", "ow.ly", "ipinfo.io", "urlscan.io":
		return true
	}
	return false
}

// isAssigned reports "= value" or a call behind a chain.
func isAssigned(b []byte, end int) bool {
	k := end
	for at(b, k) == ' ' && k < end+3 {
		k++
	}
	return at(b, k) == '=' || at(b, k) == '('
}

// isStatement lists the members that are methods rather than hosts, even on a line of their own.
func isStatement(tld []byte) bool {
	switch string(tld) {
	case "next", "select", "call", "open", "target", "map", "save", "read", "new", "date", "now", "data", "int", "java", "author", "color", "case", "test", "fail",
		"final", "docs", "contact", "search", "install", "compare", "like", "post", "show", "play", "print", "parts", "abc":
		return true
	}
	return false
}

// isBuild lists the country codes and words that are extensions of build files.
func isBuild(tld []byte) bool {
	switch string(tld) {
	case "mk", "am", "ac", "in", "docs", "install", "links", "pro", "foo", "sl", "mo", "ad", "dj", "gn", "bt", "cd", "win", "global", "windows", "news":
		return true
	}
	return false
}

// isBuildFile lists names of files that projects write in capitals or that builds look for; what
// follows the dot is a platform or a kind: README.windows, Makefile.global, configure.ac.
func isBuildFile(sld []byte) bool {
	switch string(appendLower(nil, sld)) {
	case "readme", "install", "makefile", "gnumakefile", "changelog", "changes", "authors", "copying", "configure", "meson", "manifest", "cmakelists", "dockerfile", "todo", "packages", "hacking":
		return true
	}
	return false
}

// isDropIn reports "99-default" of a unit file such as 99-default.link.
func isDropIn(sld []byte) bool {
	return len(sld) > 3 && is(sld[0], cDigit) && is(sld[1], cDigit) && sld[2] == '-'
}

// isTitle reports a name that is a heading: the line below underlines it, it begins a docstring, or
// a Markdown heading quotes it as code.
func (s *scanner) isTitle(start, end int) bool {
	b := s.b
	if hasAt(b, start-3, `"""`) {
		return true
	}
	if at(b, start-1) == '`' && at(b, end) == '`' && at(b, lineStart(b, start, 80)) == '#' {
		return true
	}
	n := lineEnd(b, end, 4)
	if at(b, n) == '\r' {
		n++
	}
	c := at(b, n+1)
	return at(b, n) == '\n' && (c == '~' || c == '=' || c == '-' || c == '^') && at(b, n+2) == c && at(b, n+3) == c && at(b, n+4) == c
}

// relativeTarget reports the start of a Markdown link's target.
func relativeTarget(b []byte, start int) bool { return at(b, start-1) == '(' && at(b, start-2) == ']' }

// isSecondLevel lists the labels under which countries register names: gov.in, com.my.
func isSecondLevel(l []byte) bool {
	switch string(l) {
	case "com", "co", "org", "net", "gov", "edu", "ac", "mil", "nic", "go", "or", "gob", "gouv":
		return true
	}
	return false
}

// isLibrary reports files of builds whose extensions are country codes.
func isLibrary(sld, tld []byte) bool {
	switch string(tld) {
	case "la":
		return foldAt(sld, 0, "lib")
	case "so":
		return foldAt(sld, 0, "ld") || foldAt(sld, 0, "lib")
	case "in":
		return foldAt(sld, 0, "makefile") || foldAt(sld, 0, "configure") || foldAt(sld, 0, "manifest") || foldAt(sld, 0, "config")
	}
	return false
}

func hasHyphen(l []byte) bool {
	for _, ch := range l {
		if ch == '-' {
			return true
		}
	}
	return false
}

// isTagged reports an inline tag inside the name.
func isTagged(c *chain, first, k int) bool {
	for i := first; i < k; i++ {
		if l := &c.labels[i]; l.tagged && l.srcEnd-l.src > l.outEnd-l.out {
			return true
		}
	}
	return false
}

// isMember lists the attributes among the weak top-level domains: what objects in code really
// have. The rest are words that code rarely uses so.
func isMember(tld []byte) bool {
	switch string(tld) {
	case "name", "id", "is", "data", "map", "select", "target", "open", "read", "save", "call", "date", "now", "next", "new", "host", "link", "page", "email",
		"user", "style", "report", "run", "show", "test", "java", "int", "pid", "docs", "book", "color", "cat", "case", "auto", "final", "box", "contact", "search",
		"channel", "direct", "property", "properties", "parts", "info", "in", "to", "no", "do", "as", "my", "am", "re", "gt", "lt", "ne", "ge", "author", "build", "codes",
		"company", "country", "directory", "download", "events", "exchange", "express", "fail", "fit", "group", "help", "here", "how", "jobs", "like", "man", "menu",
		"mobile", "network", "news", "off", "office", "one", "phone", "photo", "pin", "ping", "place", "play", "plus", "post", "press", "prod", "promo", "protection",
		"pub", "radio", "red", "black", "blue", "green", "room", "safe", "security", "services", "software", "spot", "storage", "store", "stream", "support", "systems", "tab",
		"abc", "mk", "mu", "install", "links", "graphics", "tax", "team", "tips", "tools", "total", "video", "watch", "web", "work", "works", "you", "zero", "zone", "app", "at", "be", "it", "us", "me", "st", "id.":
		return true
	}
	return false
}

// plainNeighbours checks the bytes around a plain host.
func (s *scanner) plainNeighbours(start, end int) bool {
	b := s.b
	switch p := at(b, start-1); p {
	case '.', '$', '#', '_', '\\', '%', '~', '^':
		if p == '.' && at(b, start-2) == '*' {
			return true // "*.evil.com"
		}
		if p == '.' && (start < 2 || is(at(b, start-2), cSpace) || at(b, start-2) == '"') {
			return true // ".evil.com" in lists
		}
		if p == '\\' && (at(b, start-2) == '\\' || start == 1) {
			return false
		}
		return p == '#' || p == '_'
	case '-':
		return is(at(b, start-2), cSpace) || start == 1
	case '@':
		return false
	case '>':
		return at(b, start-2) != '-' || at(b, start-3) == '-'
	case ':':
		return at(b, start-2) != ':'
	case '/':
		if at(b, start-2) == '/' && at(b, start-3) == '(' {
			return false // a link without scheme: ](//host/path)
		}
		return !is(at(b, start-2), cWord|cDot) || s.st.lastHost == s.base+int64(start-1)
	}
	switch at(b, end) {
	case '\\':
		return at(b, end+1) == 'n' || at(b, end+1) == 'r' || at(b, end+1) == '"' || at(b, end+1) == '\\' || at(b, end+1) == 't'
	case '$', '%':
		return false
	case ':':
		return at(b, end+1) != ':' && !(at(b, end+1) == '"' && at(b, start-1) != '"')
	}
	return true
}

// plainCase refuses class and method names by their letter case.
func plainCase(c *chain, first, k int, raw []byte) bool {
	upperTLD, lowerTLD := false, false
	for _, ch := range raw {
		upperTLD = upperTLD || isUpper(ch)
		lowerTLD = lowerTLD || isLower(ch)
	}
	if upperTLD && lowerTLD {
		// "Evil.Com" is a host written as a title; "System.Net" and "Math.Pi" are not.
		return foldAt(raw, 0, "com") && len(raw) == 3 || foldAt(raw, 0, "org") && len(raw) == 3
	}
	if upperTLD {
		for _, ch := range c.text(first, k) {
			if isLower(ch) {
				return false
			}
		}
		return k-first > 2 || len(raw) == 3 && coreTLD(appendLower(nil, raw)) && c.labels[k-2].outEnd-c.labels[k-2].out > 3
	}
	for i := first + 1; i < k-1; i++ {
		if isCamel(c.label(i)) {
			return false
		}
	}
	return true
}

// upperHost accepts a name in capitals whose top-level domain alone would not be trusted: it
// stands behind a word for domains, or is long or made up.
func (s *scanner) upperHost(c *chain, first, k, start int, tld []byte) bool {
	for _, ch := range c.text(first, k) {
		if isLower(ch) || ch >= 0x80 {
			return false
		}
	}
	sld := c.label(k - 2)
	if len(sld) < 3 || tldKind(tld) != tldStrong {
		return false
	}
	return announcesDomain(before(s.b, start, 32)) || coreTLD(tld) && (hasHyphen(sld) || len(sld) >= 10)
}

// capitals counts the labels before the top-level domain that begin with a capital.
func capitals(c *chain, first, k int) int {
	n := 0
	for i := first; i < k-1; i++ {
		if isUpper(c.out[c.labels[i].out]) {
			n++
		}
	}
	return n
}

// isCamel reports an upper-case letter behind a lower-case one, or a capital at the start.
func isCamel(l []byte) bool {
	for i := 1; i < len(l); i++ {
		if isUpper(l[i]) && isLower(l[i-1]) {
			return true
		}
	}
	return false
}

func coreTLD(tld []byte) bool {
	switch string(tld) {
	case "com", "net", "org", "ru", "cn", "info", "biz", "xyz", "top", "de", "uk", "jp", "kr", "br", "fr", "nl", "eu", "tw", "hk", "in", "ir", "vn", "edu", "gov", "onion", "club", "online", "site", "vip", "shop", "cc", "icu", "cyou":
		return true
	}
	return false
}

func isCore(tld []byte) bool {
	switch string(tld) {
	case "com", "net", "org", "cn", "ru", "de", "onion":
		return true
	}
	return false
}

// isPackageRoot reports the first part of a reversed package name.
func isPackageRoot(l []byte) bool {
	switch string(l) {
	case "com", "org", "net", "edu", "gov", "io", "cn", "ru", "de", "uk", "jp", "kr", "fr", "br", "eu", "tw", "java", "javax", "kotlin", "android", "androidx", "sun", "scala":
		return true
	}
	return false
}

// isCodeRoot reports names of objects and modules before an attribute.
func isCodeRoot(c *chain, first, k int, tld []byte) bool {
	switch string(c.label(first)) {
	case "this", "self", "window", "document", "location", "logger", "log", "console", "math", "Math", "console.", "event", "evt", "e", "obj", "object", "item", "items", "node", "el", "elem", "element",
		"request", "response", "req", "res", "resp", "ctx", "context", "config", "cfg", "conf", "args", "arg", "params", "param", "module", "process", "os", "sys", "np", "pd", "plt", "df", "tf", "str", "string", "strings",
		"array", "list", "map", "system", "System", "Microsoft", "Windows", "asp", "ASP", "fmt", "json", "yaml", "xml", "err", "error", "ex", "exports", "props", "state", "store", "session", "user", "account", "client", "options", "opts", "settings",
		"spring", "server.", "std", "path", "parser", "button", "form", "input", "val", "value", "var", "row", "col", "cell", "table", "data", "result", "results", "field", "fields", "model", "models", "view", "views", "cls", "super", "parent", "child", "root", "tmp", "temp", "test", "tests", "foo", "bar", "baz",
		"vb", "VB", "Visual", "java", "javax", "package", "packages", "import", "function", "func", "method", "class", "struct", "type", "types", "enum", "zope", "ruamel", "backports", "jaraco", "ADODB", "WScript", "Scripting", "Shell", "Msxml2", "VBScript", "activerecord":
		for i := first + 1; i < k-1; i++ {
			if bytes.IndexByte(c.label(i), '-') > 0 {
				return false // no attribute has a hyphen: "path.evil-file.top"
			}
		}
		if k-first == 3 && !isMember(tld) && isHostOnly(tld) {
			return false
		}
		return k-first <= 3 && (!isCore(tld) || k-first == 2 && string(tld) == "net") && string(tld) != "cn" && string(tld) != "ru"
	}
	return false
}

// isHostOnly reports suffixes that end no attribute's name: "user.verify.icu" is a host.
func isHostOnly(tld []byte) bool {
	switch string(tld) {
	case "xyz", "club", "vip", "icu", "cyou", "cfd", "sbs", "gq", "tk", "ga", "cf", "su", "mobi", "online", "site", "shop", "biz", "cc", "pw", "ml":
		return true
	}
	return false
}

// looksNamed reports a label that is made up: with a hyphen, or letters and digits mixed.
func looksNamed(l []byte) bool {
	digit, alpha := false, false
	for i, ch := range l {
		if ch == '-' && i > 0 {
			return true
		}
		digit = digit || is(ch, cDigit)
		alpha = alpha || is(ch, cAlpha)
	}
	return digit && alpha && len(l) >= 5 || len(l) >= 12
}

// evidence reports that the surroundings speak of hosts: a word before, or a host just before.
func (s *scanner) evidence(c *chain, start, end int) bool {
	if last := int(s.st.lastHost - s.base); s.st.lastHost >= 0 && s.st.lastHost == s.st.lastEnd && s.st.lastType != observable.URL && last <= start && start-last <= 24 && listGap(s.b, last, start) {
		return true
	}
	if isBuild(c.last()) {
		return announcesDomain(before(s.b, start, 48))
	}
	return announcesHost(before(s.b, start, 48))
}

// listGap reports that only separators, bullets and short joiners stand between two values.
func listGap(b []byte, from, to int) bool {
	if from < 0 {
		return false
	}
	letters := 0
	for i := from; i < to; i++ {
		switch {
		case b[i] == ')' && i+1 < to && b[i+1] == '.':
			return false
		case is(b[i], cAlpha):
			if letters++; letters > 3 {
				return false
			}
		}
	}
	return true
}

// codeAround reports a statement: an assignment, a call or an operator touches the chain.
func (s *scanner) codeAround(start, end int) bool {
	b := s.b
	switch at(b, end) {
	case '(', '=', '[', ';', '+', '{':
		return at(b, end) != ';' || at(b, end+1) == '\n' || at(b, end+1) == '\r' || !is(at(b, end+1), cSpace)
	case ' ':
		n := at(b, end+1)
		if n == '=' || n == '+' || n == '{' || n == '<' && at(b, end+2) == '-' || n == '&' && at(b, end+2) == '&' || n == '|' && at(b, end+2) == '|' {
			return true
		}
	}
	switch at(b, start-1) {
	case '!', '&', '+', '(':
		return at(b, start-1) != '(' || is(at(b, start-2), cAlpha)
	case '{':
		return at(b, end) == '}' || at(b, end) == '!' || at(b, end) == ':'
	case ' ':
		if p := at(b, start-2); p == '=' && (at(b, start-3) == '=' || at(b, start-3) == ':') || p == '%' && at(b, start-3) == ' ' {
			return true
		}
	case '`':
		return at(b, end) == '`' && !openBefore(b, start)
	}
	w, _ := wordBack(b, start)
	switch string(w) {
	case "import", "from", "package", "using", "class", "require", "include", "namespace", "def", "func", "new", "throws", "extends", "return", "const", "let", "var", "await", "Field", "attribute", "property", "method", "instanceof":
		return true
	}
	return false
}

func isDigits(l []byte) bool {
	for _, ch := range l {
		if !is(ch, cDigit) {
			return false
		}
	}
	return len(l) > 0
}

// isExtension reports a known file extension in lower case.
func isExtension(ext []byte) bool {
	if len(ext) == 3 && (ext[0] == 'r' || ext[0] == 'z') && is(ext[1], cDigit) && is(ext[2], cDigit) {
		return true // a volume of a split archive
	}
	return observable.KnownExtension(string(ext))
}

// preferFile decides between file name and host for an extension that is a top-level domain too.
func (s *scanner) preferFile(c *chain, k int, ext []byte, end int) bool {
	b := s.b
	start := c.labels[0].src
	if n := portAt(b, end); n > 0 || foldAt(c.out, 0, "www.") {
		return false
	}
	line := before(b, start, 48)
	switch string(ext) {
	case "com", "net", "cc", "app", "in", "pub", "me", "one", "am", "ai", "so":
		if string(ext) == "so" {
			return k == 2 && (foldAt(c.out, 0, "lib") || announcesFile(line) && !announcesHost(line))
		}
		if string(ext) == "com" {
			return k == 2 && (isDOSProgram(c.label(0)) || eachWord(tailOf(line, 22), isProgramWord) && !announcesHost(line))
		}
		if string(ext) == "cc" || string(ext) == "pub" || string(ext) == "one" {
			return k == 2 && (hasUnderscore(c.label(0)) || !announcesHost(line) && announcesFile(line) && !s.hostBefore(start))
		}
		return false
	}
	if hasUnderscore(c.label(k-2)) || k > 2 && isExtension(appendLower(nil, c.label(k-2))) && !topLevel(appendLower(nil, c.label(k-2))) {
		return true // "invoice.pdf.zip"
	}
	if allUpper(c.label(0)) && k == 2 {
		return true // README.md
	}
	if isScript(ext) && k == 2 && !announcesDomain(tailOf(line, 12)) && !s.hostBefore(start) {
		return true
	}
	if announcesDomain(line) && !announcesFile(line) && !announcesFile(after(b, end, 48)) {
		return false
	}
	if k >= 4 && !announcesFile(line) {
		return false
	}
	if announcesFile(line) || s.st.lastType == observable.FileName || announcesFile(after(b, end, 48)) {
		return true
	}
	return !s.hostBefore(start)
}

// isScript lists the extensions of scripts and notes that are country codes as well: without a word
// for domains right before, a name with one of them is a file.
func isScript(ext []byte) bool {
	switch string(ext) {
	case "md", "py", "pl", "sh", "rs":
		return true
	}
	return false
}

// hostBefore reports a host just before in a list.
func (s *scanner) hostBefore(start int) bool {
	last := int(s.st.lastHost - s.base)
	return s.st.lastHost >= 0 && s.st.lastEnd == s.st.lastHost && last <= start && start-last <= 12 && listGap(s.b, last, start) && !letterIn(s.b, last, start)
}

// isProgramWord lists words before which "name.com" is a program of DOS.
func isProgramWord(w []byte) bool {
	switch string(w) {
	case "executable", "executables", "debug", "binary":
		return true
	}
	return false
}

func letterIn(b []byte, from, to int) bool {
	for i := max(0, from); i < to; i++ {
		if is(b[i], cAlpha) {
			return true
		}
	}
	return false
}

func isDOSProgram(l []byte) bool {
	switch string(appendLower(nil, l)) {
	case "command", "more", "mode", "format", "tree", "edit", "chcp", "diskcopy", "diskcomp", "graftabl", "keyb", "win":
		return true
	}
	return false
}

func hasUnderscore(l []byte) bool {
	for _, ch := range l {
		if ch == '_' {
			return true
		}
	}
	return false
}
