package extract

import "bytes"

// lineStart returns the start of the line of b[i], at most max bytes before.
func lineStart(b []byte, i, max int) int {
	stop := i - max
	if stop < 0 {
		stop = 0
	}
	for i > stop && b[i-1] != '\n' && b[i-1] != '\r' {
		i--
	}
	return i
}

// lineEnd returns the end of the line of b[i], at most max bytes behind.
func lineEnd(b []byte, i, max int) int {
	stop := i + max
	if stop > len(b) {
		stop = len(b)
	}
	for i < stop && b[i] != '\n' && b[i] != '\r' {
		i++
	}
	return i
}

// before returns up to n bytes of the same line before b[i].
func before(b []byte, i, n int) []byte { return b[lineStart(b, i, n):i] }

// after returns up to n bytes of the same line from b[i].
func after(b []byte, i, n int) []byte { return b[i:lineEnd(b, i, n)] }

// wordBack returns the ASCII word before b[i], spaces between skipped, and the byte in between
// that is nearest to the word when it is no space.
func wordBack(b []byte, i int) (word []byte, start int) {
	stop := max(0, i-48)
	for i > stop && (b[i-1] == ' ' || b[i-1] == '\t') {
		i--
	}
	e := i
	for i > stop && is(b[i-1], cAlpha|cDigit) {
		i--
	}
	return b[i:e], i
}

// hasWord reports whether text holds w (lower-case ASCII) with no letters around it.
func hasWord(text []byte, w string) bool {
	for off := 0; ; {
		i := foldIndex(text[off:], w)
		if i < 0 {
			return false
		}
		i += off
		if !is(at(text, i-1), cAlpha) && !is(at(text, i+len(w)), cAlpha) {
			return true
		}
		off = i + len(w)
	}
}

// aloneOnLine reports whether b[start:end] is all that its line or table cell holds, but for
// bullets, quotes, brackets and separators.
func aloneOnLine(b []byte, start, end int) bool {
	return openBefore(b, start) && openAfter(b, end)
}

func openBefore(b []byte, i int) bool {
	for k := 0; i > 0 && k < 12; i, k = i-1, k+1 {
		switch b[i-1] {
		case '\n', '\r', '\t':
			return true
		case '|':
			return at(b, i-2) != '|' || at(b, lineStart(b, i, 400)) == '|' // else an operator
		case '>':
			if p := at(b, i-2); is(p, cAlpha) || p == '"' || p == '/' && at(b, i-3) != '/' {
				return true // an HTML tag ends here
			}
		case ' ', '*', '-', '+', '"', '\'', '`', '[', '(', ',', '.', '#':
		default:
			// numbered lists: "12. evil.com", "3) evil.com"
			if !is(b[i-1], cDigit) || k == 0 {
				return hasAt(b, i-3, "•") || hasAt(b, i-3, "、") || hasAt(b, i-3, "，")
			}
		}
	}
	return i == 0
}

func openAfter(b []byte, i int) bool {
	for k := 0; i < len(b) && k < 8; i, k = i+1, k+1 {
		switch b[i] {
		case '\n', '\r', '\t', '<':
			return true
		case '|':
			return at(b, i+1) != '|' || at(b, lineStart(b, i, 400)) == '|'
		case ' ', '*', '"', '\'', '`', ']', ')', ',':
		default:
			return hasAt(b, i, "、") || hasAt(b, i, "，") || hasAt(b, i, "；") || hasAt(b, i, "。")
		}
	}
	return i == len(b)
}

// eachWord calls fn with every run of ASCII letters, digits and "&" in text, lower-cased into a
// buffer that is reused, until fn returns true.
func eachWord(text []byte, fn func(w []byte) bool) bool {
	var low [24]byte
	for i := 0; i < len(text); {
		if !is(text[i], cAlpha|cDigit) {
			i++
			continue
		}
		s := i
		for i < len(text) && (is(text[i], cAlpha|cDigit) || text[i] == '&') {
			i++
		}
		if i-s > len(low) {
			continue
		}
		for k := s; k < i; k++ {
			low[k-s] = lower(text[k])
		}
		if fn(low[:i-s]) {
			return true
		}
	}
	return false
}

// eachFreeWord is eachWord without the words that are parts of a name: "update" in
// "update.evil.com" says nothing about versions.
func eachFreeWord(text []byte, fn func(w []byte) bool) bool {
	var low [24]byte
	for i := 0; i < len(text); {
		if !is(text[i], cAlpha|cDigit) {
			i++
			continue
		}
		s := i
		for i < len(text) && (is(text[i], cAlpha|cDigit) || text[i] == '&') {
			i++
		}
		if i-s > len(low) || joins(at(text, i)) && is(at(text, i+1), cAlpha|cDigit) || joins(at(text, s-1)) && is(at(text, s-2), cAlpha|cDigit) {
			continue
		}
		for k := s; k < i; k++ {
			low[k-s] = lower(text[k])
		}
		if fn(low[:i-s]) {
			return true
		}
	}
	return false
}

func joins(c byte) bool { return c == '.' || c == '@' || c == '_' }

// announcesHost reports words that announce a host name in text.
func announcesHost(text []byte) bool {
	if eachWord(text, hostWord) {
		return true
	}
	return hasWide(text, "域名", "主机", "网站", "網站", "網址", "网址", "访问", "解析", "回连", "服务器", "站点", "通信", "连接", "ドメイン", "サイト", "도메인", "домен", "сайт")
}

// announcesDomain is stricter: words that stand before domains and not before files.
func announcesDomain(text []byte) bool {
	return eachWord(text, func(w []byte) bool {
		switch string(w) {
		case "domain", "domains", "hostname", "hostnames", "host", "hosts", "c2", "c2s", "c&c", "cnc", "site", "sites", "website", "websites", "dns", "fqdn", "subdomain", "subdomains",
			"resolves", "resolved", "nslookup", "ping", "dig", "whois", "tld", "dominio", "ioc", "iocs", "registrar", "nameserver", "nameservers":
			return true
		}
		return false
	}) || hasWide(text, "域名", "主机", "网站", "網站", "网址", "網址", "访问", "解析", "回连", "站点", "ドメイン", "サイト", "도메인", "домен", "сайт")
}

func hostWord(w []byte) bool {
	switch string(w) {
	case "domain", "domains", "host", "hosts", "hostname", "hostnames", "c2", "c2s", "c&c", "cnc", "server", "servers", "site", "sites",
		"website", "websites", "url", "urls", "dns", "fqdn", "subdomain", "subdomains", "sni", "panel", "resolves", "resolved", "visit",
		"connects", "connect", "beacon", "beacons", "beaconing", "contacts", "contacted", "registered", "hosted", "dominio", "dominios",
		"link", "links", "redirects", "ioc", "iocs", "indicator", "indicators", "proxy", "callback", "tld", "nslookup", "ping", "dig", "curl", "wget", "whois", "nc", "ncat", "telnet", "ssh", "subject", "issuer":
		return true
	}
	return false
}

// announcesFile reports words that announce a file in text.
func announcesFile(text []byte) bool {
	if eachWord(text, fileWord) {
		return true
	}
	return hasWide(text, "文件", "檔案", "脚本", "附件", "样本", "释放", "执行", "运行", "ファイル", "файл", "파일", "程序", "压缩包", "下载")
}

func fileWord(w []byte) bool {
	switch string(w) {
	case "file", "files", "filename", "filenames", "named", "called", "script", "scripts", "archive", "attachment", "attachments", "attached",
		"drops", "dropped", "dropper", "executes", "executed", "execute", "run", "runs", "ran", "running", "python", "python3", "perl", "bash", "sh", "sample", "samples",
		"loads", "loaded", "library", "module", "binary", "binaries", "executable", "payload", "payloads", "chmod", "document", "documents",
		"fichero", "archivo", "datei", "fichier", "saved", "writes", "written", "renamed", "copied", "copies", "installer", "process", "processes", "source", "unpack", "unzip", "inside", "containing", "contains", "gcc", "compiled", "edit", "open", "opened":
		return true
	}
	return false
}

func hasWide(text []byte, words ...string) bool {
	wide := false
	for _, c := range text {
		if c >= 0x80 {
			wide = true
			break
		}
	}
	if !wide {
		return false
	}
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}
