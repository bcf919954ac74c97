package extract

import (
	"bytes"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
)

// fileName reports a chain of k labels as a file name, with the letters that belong to it on its
// left when they are not ASCII or when quotes enclose it with spaces. 0 when it is none.
func (s *scanner) fileName(c *chain, k int, ext []byte) int {
	b := s.b
	start, end := c.labels[0].src, c.labels[k-1].srcEnd
	if c.styled && !c.escape || k < len(c.labels) && c.labels[k].sep == 0 && !c.labels[k].cjk && (!isUpper(c.out[c.labels[k].out]) || weakExtension(ext)) {
		return 0
	}
	if c.labels[0].cjk && k == 2 && extensionList(b, end) {
		return 0 // "不下载.exe、.apk"
	}
	if m := c.mark(k); m != 0 && !onlyLastInert(c, k) {
		return 0
	}
	if from := s.quotedName(start, end); from < start {
		start = from
	} else if c.labels[0].cjk {
		start = s.cjkFileStart(start, c.labels[0].srcEnd)
	} else if at(b, start-1) == '.' && (start < 2 || !is(at(b, start-2), cWord|cDot|cAnchor) && at(b, start-2) < 0x80 && at(b, start-2) != '*') {
		start-- // a hidden file: .profile.sh
	}
	if !s.fileNeighbours(start, end) || !plausibleFile(c, k, ext) {
		return 0
	}
	if weakExtension(ext) && !s.fileEvidence(c, k, ext, start, end) {
		return 0
	}
	if b[start] == '_' && c.out[c.labels[k-1].outEnd-1] == '_' {
		return 0
	}
	return s.found(observable.FileName, fileValue(c, k, b, start, end), start, end, c.mark(k), 80)
}

// extensionList reports that a further bare extension follows: what stands before the first one is
// prose.
func extensionList(b []byte, i int) bool {
	for _, p := range [...]string{"、", "，", "/", "和", "或", "及", ", ", " ", "|"} {
		if hasAt(b, i, p) && at(b, i+len(p)) == '.' && is(at(b, i+len(p)+1), cAlpha) {
			return true
		}
	}
	return false
}

// fileValue is the text as written, with a defanged last dot undone.
func fileValue(c *chain, k int, b []byte, start, end int) string {
	if c.mark(k) == 0 && !c.escape || start > c.start {
		return string(b[start:end])
	}
	return string(b[start:c.start]) + string(c.text(0, k))
}

// onlyLastInert accepts "payload[.]exe".
func onlyLastInert(c *chain, k int) bool {
	for i := 1; i < k; i++ {
		if c.labels[i].wideDot {
			return false
		}
	}
	return true
}

// quotedName returns the start of a name with spaces that stands in quotes: “2024年 计划.hwp.lnk”.
func (s *scanner) quotedName(start, end int) int {
	b := s.b
	var open string
	switch {
	case at(b, end) == '"':
		open = `"`
	case at(b, end) == '\'':
		open = "'"
	case at(b, end) == '`':
		open = "`"
	case hasAt(b, end, "”"):
		open = "“"
	case hasAt(b, end, "’"):
		open = "‘"
	case hasAt(b, end, "」"):
		open = "「"
	case hasAt(b, end, "》"):
		open = "《"
	case hasAt(b, end, "】"):
		open = "【"
	case hasAt(b, end, "»"):
		open = "«"
	default:
		return start
	}
	lo := max(s.low, start-120)
	i := bytes.LastIndex(b[lo:start], []byte(open))
	if i < 0 {
		return start
	}
	from := lo + i + len(open)
	inner := b[from:start]
	if len(inner) == 0 || inner[0] == ' ' || bytes.ContainsAny(inner, "\n\r\t/\\:*?<>|=,;\"") || bytes.Count(inner, []byte(" ")) > 8 {
		return start
	}
	if bytes.HasSuffix(inner, []byte(" ")) && bytes.Count(inner, []byte(" ")) > 3 && !is(inner[0], cDigit) && isLower(inner[0]) {
		return start // a quoted sentence that ends with a file name
	}
	if isCommand(inner) {
		return start
	}
	return from
}

// isCommand reports a command line: its first word is a program or a switch follows.
func isCommand(inner []byte) bool {
	if bytes.Contains(inner, []byte(" -")) || bytes.Contains(inner, []byte(" /")) || bytes.Contains(inner, []byte(".exe ")) {
		return true
	}
	w, _, _ := bytes.Cut(inner, []byte(" "))
	switch string(appendLower(nil, w)) {
	case "cmd", "powershell", "rundll32", "regsvr32", "mshta", "wscript", "cscript", "start", "copy", "move", "del", "sh", "bash", "python", "python3", "perl", "php", "wget", "curl", "chmod", "java", "the", "a", "run", "open", "install":
		return true
	}
	return false
}

// cjkFileStart returns where a file name in Chinese begins: at the start of its cell, line or
// quotes where the run of letters is whole, behind the verb or noun that names it else.
func (s *scanner) cjkFileStart(start, end int) int {
	b := s.b
	from := start
	for from > s.low && start-from < 90 {
		if is(b[from-1], cWord) {
			from--
			continue
		}
		r, size := utf8.DecodeLastRune(b[s.low:from])
		if !isCJK(r) {
			break
		}
		from -= size
	}
	if whole(b, from) {
		return from
	}
	return start + cjkFileLead(b, start, end)
}

// whole reports that b[i] begins a cell, a line, a quotation or a list item.
func whole(b []byte, i int) bool {
	switch at(b, i-1) {
	case 0, '\n', '\r', '\t', ',', '|', '"', '\'', '`', '(', '[', ':', '=', '>':
		return true
	}
	for _, p := range [...]string{"《", "“", "‘", "「", "【", "（", "：", "、", "『", "〈"} {
		if hasAt(b, i-len(p), p) {
			return true
		}
	}
	return false
}

// cjkFileLead measures the prose before a file name in Chinese: the verb or noun that names it.
func cjkFileLead(b []byte, start, end int) int {
	drop := 0
	for _, w := range [...]string{"文件名为", "文件名", "文件", "名为", "释放", "执行", "运行", "下载", "附件", "样本", "打开", "点击", "解压", "得到", "投递", "诱饵", "名称", "创建", "写入", "保存为", "命名为", "程序", "是", "为", "了", "出"} {
		for i := start; i+len(w) < end; i += 3 {
			if hasAt(b, i, w) && i+len(w)-start > drop {
				drop = i + len(w) - start
			}
		}
	}
	return drop
}

// fileNeighbours checks the bytes around a file name.
func (s *scanner) fileNeighbours(start, end int) bool {
	b := s.b
	switch at(b, start-1) {
	case '.', '$', '@', '%':
		return false
	case '(':
		if at(b, start-2) == ']' {
			return false // the target of a relative link
		}
	case '*':
		if is(at(b, start-2), cWord|cDot) && at(b, end) != '*' && !hasAt(b, end, "\u00a0*") && !hasAt(b, end, " *") {
			return false // "a*b.exe"
		}
	case '/', '\\':
		if q := at(b, start-2); at(b, start-1) == '\\' && (q == '"' || q == '\'') && at(b, end) == q {
			return true // Environ("APPDATA") & "\wlan.exe"
		}
		return s.st.lastEnd == s.base+int64(start-1) // else a part of a path or request
	}
	switch at(b, end) {
	case '(':
		return is(at(b, end+1), cDigit) || at(b, end+1) == 'M' || at(b, end+1) == 'S'
	case '@', '%':
		return false
	case '=', '~':
		return at(b, end+1) != '='
	case ':':
		return at(b, end+1) != ':'
	}
	return true
}

// plausibleFile refuses names that are products, methods or numbers.
func plausibleFile(c *chain, k int, ext []byte) bool {
	base := c.label(k - 2)
	if k == 2 {
		switch string(ext) {
		case "js":
			if isProductJS(base) {
				return false
			}
		case "net", "so", "py", "c", "h", "m", "s", "a", "o", "d", "r", "z":
			if len(base) < 2 && string(ext) != "c" && string(ext) != "h" && string(ext) != "py" {
				return false
			}
		}
	}
	raw := c.label(k - 1)
	if notFile(c, k, base, raw, ext) {
		return false
	}
	if isDigits(base) && (len(ext) == 1 || string(ext) == "go" || string(ext) == "lz") {
		return false
	}
	if len(raw) == 1 && isUpper(raw[0]) && !allUpper(base) || k > 2 && len(raw) == 1 && len(base) == 1 {
		return false // names of detections: Win32/Agent.H
	}
	if isUpper(raw[0]) && !allUpper(raw) && !isUpper(base[0]) && len(raw) > 1 {
		return false // "file.Close" of code; "Setup.Exe" has capitals throughout
	}
	return true
}

// notFile refuses what only reads like a file: the kind of an archive, a class, a detection, a
// share, a folder.
func notFile(c *chain, k int, base, raw, ext []byte) bool {
	switch {
	case k == 2 && string(base) == "tar":
		return true // "a tar.gz archive"
	case k == 2 && string(ext) == "old" && foldAt(base, 0, "windows") && len(base) == 7:
		return true // a folder
	case isUpper(raw[0]) && isMemberExtension(ext) && !allUpper(base) && (k > 2 || !allUpper(raw)):
		return true // "System.Text.Json", "com.alibaba.fastjson.JSON"
	case k > 2 && len(raw) <= 3 && allUpper(raw) && !allUpper(base) && weakExtension(ext):
		return true // "Win32.Coinminer.Agent.LZ"
	case allUpper(raw) && len(raw) == 2 && isDigits(base) && len(base) > 4:
		return true // "600519.SH"
	case len(base) == 1 && k == 2 && isMemberExtension(ext):
		return true // "u.url"
	case k > 2 && isCodeHead(c.label(0)) && isMemberExtension(ext):
		return true // "spring.datasource.url"
	}
	return false
}

// isMemberExtension lists extensions that are classes and members of objects as well.
func isMemberExtension(ext []byte) bool {
	switch string(ext) {
	case "json", "xml", "yaml", "config", "conf", "log", "url", "class", "sql", "html", "css", "js", "key", "map", "job", "service", "node", "core", "text", "properties", "dot", "php":
		return true
	}
	return false
}

// isCodeHead lists first parts of the names of settings and packages.
func isCodeHead(l []byte) bool {
	switch string(l) {
	case "spring", "server", "com", "org", "net", "io", "java", "javax", "System", "Microsoft", "pygments", "django", "config", "settings", "app", "logging", "this", "self":
		return true
	}
	return false
}

func allUpper(l []byte) bool {
	for _, ch := range l {
		if isLower(ch) {
			return false
		}
	}
	return true
}

func isProductJS(base []byte) bool {
	switch string(appendLower(nil, base)) {
	case "node", "vue", "react", "next", "nuxt", "three", "d3", "express", "backbone", "ember", "angular", "chart", "moment", "discord", "socket", "nest", "alpine", "deno", "ext", "knockout", "polymer", "require", "electron", "p5", "solid", "preact", "phaser", "asm":
		return true
	}
	return false
}

// weakExtension lists extensions that are attributes and words as well.
func weakExtension(ext []byte) bool {
	switch string(ext) {
	case "class", "config", "conf", "key", "map", "lock", "log", "old", "one", "pub", "hex", "enc", "c", "h", "m", "a", "o", "s", "d", "go", "me", "reg", "node", "db", "bin",
		"theme", "application", "locked", "encrypted", "ace", "pot", "image", "wim", "asc", "asm", "war", "ear", "rules", "cfg", "in", "job", "com", "swift", "sub", "cc", "lua", "dot", "service", "manifest", "desktop", "timer", "out", "core", "sig", "pages", "numbers", "mui", "ps", "pl", "rs", "cs", "kt", "ts", "url", "crypt", "aes", "elf", "lz", "z", "r", "ics":
		return true
	}
	return false
}

// fileEvidence reports that a name with a weak extension is a file: its own shape, quotes, a word
// before, a file just before, or a line of its own.
func (s *scanner) fileEvidence(c *chain, k int, ext []byte, start, end int) bool {
	b := s.b
	if s.codeAround(start, end) && at(b, start-1) != '`' && (at(b, end) != ';' || at(b, start-1) == ' ' && at(b, start-2) == '=') {
		return false
	}
	if isMemberExtension(ext) && isCamel(c.label(k-2)) && k == 2 && at(b, start-1) != '"' && at(b, start-1) != '\'' {
		return announcesFile(before(b, start, 40)) // "url: resolvedMock.url,"
	}
	for i := range k - 1 {
		l := c.label(i)
		if looksNamed(l) || hasUnderscore(l) || !isASCII(l) || isDigits(l) && k > 2 {
			return true
		}
	}
	if s.st.lastType == observable.FileName || s.st.lastType == observable.FilePath {
		if last := int(s.st.lastEnd - s.base); last <= start && start-last < 12 && listGap(b, last, start) && !hasIdeograph(b[last:start]) {
			return true
		}
	}
	if q := at(b, start-1); (q == '"' || q == '\'' || q == '`') && at(b, end) == q && k == 2 {
		w, _ := wordBack(b, start-1)
		return !(isMemberExtension(ext) && (q == '`' || string(w) == "from" || string(w) == "import" || string(w) == "require"))
	}
	return aloneOnLine(b, start, end) || announcesFile(before(b, start, 40)) || strongBinary(c.label(k-1)) && k == 2
}

// hasIdeograph reports Chinese letters other than the joiners of a list.
func hasIdeograph(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if isCJK(r) && r != '和' && r != '与' && r != '及' {
			return true
		}
		text = text[size:]
	}
	return false
}

// strongBinary lists weak extensions that are mostly files all the same.
func strongBinary(ext []byte) bool {
	switch string(appendLower(nil, ext)) {
	case "bin", "cfg", "ini", "iso", "reg", "scr", "tmp", "bak", "inf", "cab", "pif", "log", "conf", "cs", "pl", "lua", "rs", "ts", "url", "db", "elf", "job", "war", "config", "swift", "kt", "sh", "go":
		return true
	}
	return false
}
