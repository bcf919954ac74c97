package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// maxPath bounds paths and registry keys.
const maxPath = 600

// windowsPath handles a word b[j:e] before ":\", ":/" or "\": a drive, a hive, a relative path.
func (s *scanner) windowsPath(j, e int) int {
	b := s.b
	if j > 0 && is(b[j-1], cWord) {
		return 0
	}
	if hive := observable.Hive(string(b[j:e])); hive != "" && e-j > 2 && (b[j] == 'H' || b[j] == 'h') {
		return s.registry(hive, j, e)
	}
	if foldAt(b, j, "hkey") && escapedJoin(b, e) > 0 {
		return s.escapedHive(j)
	}
	if at(b, e) == ':' {
		if letter := at(b, e+2); (letter == 'n' || letter == 'r' || letter == 't') && !is(at(b, e+3), cWord|cDot|cAnchor) && at(b, e+3) != ' ' {
			return 0 // an escape in a string of code: "except e:\n"
		}
		if e-j != 1 || !is(b[j], cAlpha) || at(b, e+1) == '/' && (at(b, e+2) == '/' || !is(at(b, e+2), cAlpha)) {
			return 0
		}
		return s.fullPath(j, e+1, false)
	}
	return s.relativePath(j, e)
}

// fullPath reads a path whose first separator stands at b[i].
func (s *scanner) fullPath(start, i int, registry bool) int {
	b := s.b
	end := s.pathEnd(start, i, registry)
	if end <= i+1 {
		return 0
	}
	if masked(b, end) {
		return end
	}
	value, m := string(b[start:end]), fang.Plain
	if strings.Contains(value, "[.]") {
		value, m = strings.ReplaceAll(value, "[.]", "."), fang.Inert
	}
	return s.found(observable.FilePath, value, start, end, m, 90)
}

// masked reports that the writer left something out: "C:\Users\<user>", "C:\…".
func masked(b []byte, end int) bool {
	if p := at(b, end-1); p == '\\' || p == '/' {
		return at(b, end) == '<' || hasAt(b, end, "…") || hasAt(b, end, "...") || at(b, end) == '*' || at(b, end) == '['
	}
	if at(b, end) == '(' && is(at(b, end-1), cWord) {
		return true // "CRC32(name)": computed
	}
	return hasAt(b, end, "…") || hasAt(b, end, "...") && is(at(b, end-1), cWord) && at(b, end+3) == '\\'
}

// pathEnd finds the end of a Windows path or key. Spaces are part of it inside quotes, and where
// the component they stand in goes on to a further separator.
func (s *scanner) pathEnd(start, i int, registry bool) int {
	b := s.b
	quote := at(b, start-1)
	if quote == '[' && registry {
		quote = ']' // as in files of type .reg
	}
	if quote != ']' && quote != '"' && quote != '\'' && quote != '`' && quote != '*' {
		quote = 0
	} else if q := bytes.IndexByte(b[i:min(len(b), i+maxPath)], quote); q < 0 || bytes.ContainsAny(b[i:i+q], "\n\r|<>") {
		quote = 0
	}
	paren := 0
	k := i
	for k < len(b) && k-start < maxPath {
		c := b[k]
		switch {
		case is(c, cAlpha|cDigit), c == '\\', c == '.', c == '_', c == '-':
		case c == quote && quote != 0:
			return trimPath(b, i, k)
		case c == ' ':
			if quote == 0 && !s.spaceInPath(start, k, registry) || quote != 0 && extensionBefore(b[i:k]) && !registry && !is(at(b, k+1), cAlpha|cDigit) {
				return trimPath(b, i, k)
			}
		case c == '(':
			if !closes(b, k, ')') && !hasAt(b, k, "(x86)") || is(b[k-1], cWord) && !is(at(b, k+1), cWord) {
				return trimPath(b, i, k)
			}
			paren++
		case c == ')':
			if paren == 0 {
				return trimPath(b, i, k)
			}
			paren--
		case c == '{' || c == '}' || c == '~' || c == '$' || c == '#' || c == '+' || c == '@' || c == '!' || c == '%' || c == '=':
		case c == '/' && (b[i] == '/' || registry):
		case c == '&' || c == '[' || c == ']' || c == ',' || c == ';' || c == ':':
			if quote == 0 && !is(at(b, k+1), cWord) && !(c == ']' && is(at(b, k+1), cDot|cAnchor)) || c == ':' || c == ';' || c == '[' && !closes(b, k, ']') || c == ',' && (quote == 0 || extensionBefore(b[i:k])) || c == ']' && quote == 0 && bytes.IndexByte(b[i:k], '[') < 0 {
				return trimPath(b, i, k)
			}
		case hasAt(b, k, "\u00a0") && quote == 0 && s.spaceInPath(start, k+1, registry):
			k += 2
			continue
		case c >= 0x80:
			n := s.wideInPath(i, k, quote != 0)
			if n == 0 {
				return trimPath(b, i, k)
			}
			k += n
			continue
		default:
			return trimPath(b, i, k)
		}
		k++
	}
	return trimPath(b, i, k)
}

// wideInPath measures letters outside ASCII at b[k] that belong to the path: those of alphabets,
// and Chinese ones when a separator or an extension follows them.
func (s *scanner) wideInPath(i, k int, quoted bool) int {
	b := s.b
	r, size := utf8.DecodeRune(b[k:])
	if r == utf8.RuneError || r == '…' || r == '“' || r == '”' || r == '’' || r == '‘' || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff65 || r == 0x200b || r == 0xa0 {
		return 0
	}
	if quoted || !isCJK(r) {
		return size
	}
	comp := bytes.LastIndexAny(b[i:k], `\/`)
	if comp >= 0 && bytes.IndexByte(b[i+comp:k], '.') >= 0 {
		return 0 // "C:\a\b.exe后"
	}
	e := k
	for e < len(b) && e-k < 90 {
		r, n := utf8.DecodeRune(b[e:])
		if b[e] < 0x80 && !is(b[e], cWord) || !isCJK(r) && b[e] >= 0x80 {
			break
		}
		e += n
	}
	if at(b, e) == '\\' || at(b, e) == '.' && is(at(b, e+1), cAlpha) {
		return e - k
	}
	if b[k-1] == '\\' && e-k <= 48 && endsPart(b, e) {
		return e - k
	}
	return 0
}

// endsPart reports punctuation or a line end behind the last part of a path.
func endsPart(b []byte, e int) bool {
	switch at(b, e) {
	case 0, '\n', '\r', '"', '|', '\t':
		return true
	}
	for _, p := range [...]string{"；", "，", "。", "、", "”", "」", "》", "）"} {
		if hasAt(b, e, p) {
			return true
		}
	}
	return false
}

// spaceInPath reports that the space at b[k] stands inside a component.
func (s *scanner) spaceInPath(start, k int, registry bool) bool {
	b := s.b
	comp := bytes.LastIndexAny(b[start:k], `\/`)
	last := b[start+comp+1 : k]
	if dot := bytes.LastIndexByte(last, '.'); dot >= 0 && !registry && isExtension(appendLower(nil, last[dot+1:])) {
		return false
	}
	if len(last) == 0 || !is(at(b, k+1), cWord|cOpen) && at(b, k+1) != '%' {
		return false
	}
	words := 1
	for e := k + 1; e < len(b) && e-k < 60; e++ {
		switch c := b[e]; {
		case c == '\\':
			return is(b[e-1], cWord) || b[e-1] == ')' || b[e-1] == '.'
		case c == ' ':
			if words++; words > 5 || b[e-1] == ' ' {
				return false
			}
		case is(c, cWord), c == '(', c == ')', c == '&', c == '.' && is(at(b, e+1), cWord), c == '+':
		case c == '\n' || c == '\r' || c == '|' || c == '\t':
			return s.titleTail(start, k, e)
		default:
			return false
		}
	}
	return s.titleTail(start, k, min(len(b), k+60)) && k+60 >= len(b)
}

// titleTail accepts the capitalised rest of a line as the end of a path that has the line, or the
// cell, to itself: "…\Lsa\Security Packages".
func (s *scanner) titleTail(start, k, e int) bool {
	b := s.b
	if !openBefore(b, start) && !(at(b, start-1) == ' ' && at(b, start-2) == ':') {
		return false
	}
	words, program := 0, extensionBefore(bytes.TrimRight(b[k:e], " \t|"))
	for w := range bytes.FieldsSeq(b[k:e]) {
		words++
		if program && !isJoiner(w) {
			continue
		}
		if !isUpper(w[0]) && !is(w[0], cDigit) || len(w) > 24 {
			return false
		}
	}
	return words > 0 && words <= 4
}

// isJoiner lists words between a path and a further file of the same sentence.
func isJoiner(w []byte) bool {
	switch string(appendLower(nil, w)) {
	case "and", "or", "to", "from", "as", "in", "with", "by", "via", "then", "is", "was", "into", "for", "using", "runs", "->", "=>":
		return true
	}
	return bytes.IndexByte(w, '=') >= 0 || w[0] == '-' || w[0] == '/'
}

// trimPath drops what is punctuation of the sentence around.
func trimPath(b []byte, i, k int) int {
	for k > i+1 {
		switch b[k-1] {
		case '.', ',', ';', ':', ' ', '!', '=', '-', '@', '+', '#', '&':
			k--
			continue
		case '\\':
			if k-2 > i && (b[k-2] == '\\' || bytes.Contains(b[i:k], []byte(`\\`))) || extensionBefore(b[i:k-1]) {
				k-- // an escaped quote or a doubled end
				continue
			}
		case '}':
			if bytes.IndexByte(b[i:k], '{') < 0 {
				k--
				continue
			}
		}
		break
	}
	return k
}

// extensionBefore reports that a path ends in a known extension.
func extensionBefore(p []byte) bool {
	dot := bytes.LastIndexByte(p, '.')
	return dot >= 0 && isExtension(appendLower(nil, p[dot+1:]))
}

// registry reads a key below a hive; the hive is b[j:e].
func (s *scanner) registry(hive string, j, e int) int {
	b := s.b
	i := e
	if at(b, i) == ':' {
		i++
	}
	if at(b, i) != '\\' && at(b, i) != '/' {
		return 0
	}
	end := s.pathEnd(j, i, true)
	if end <= i+1 {
		return 0
	}
	if masked(b, end) {
		return end
	}
	rest := bytes.ReplaceAll(b[i:end], []byte(`\\`), []byte(`\`))
	rest = []byte(unescapeJoins(rest))
	return s.found(observable.RegistryKey, hive+string(rest), j, end, fang.Plain, 95)
}

// escapedHive reads a hive that Markdown has escaped: HKEY\_LOCAL\_MACHINE\….
func (s *scanner) escapedHive(j int) int {
	b := s.b
	var name []byte
	i := j
	for i < len(b) && i-j < 30 {
		if n := escapedJoin(b, i); n > 0 && b[i] == '\\' {
			i += n - 1
			continue
		}
		if !is(b[i], cAlpha) && b[i] != '_' {
			break
		}
		name = append(name, b[i])
		i++
	}
	hive := observable.Hive(string(name))
	if hive == "" {
		return 0
	}
	return s.registry(hive, j, i)
}

// relativePath reads "word\word\file.exe".
func (s *scanner) relativePath(j, e int) int {
	b := s.b
	if escapedJoin(b, e) > 0 || at(b, j-1) == '%' {
		return 0
	}
	if at(b, e+1) == '\\' && at(b, e+2) == '\\' || !is(at(b, e+1), cWord) && at(b, e+1) != '\\' && at(b, e+1) != '%' {
		return 0
	}
	end := s.pathEnd(j, e, false)
	if end <= e+1 {
		return 0
	}
	tail := b[e+1 : end]
	dot := bytes.LastIndexByte(tail, '.')
	dir := knownFolder(b[j:e])
	skip := e
	for skip < len(b) && skip-j < maxPath && (is(b[skip], cWord|cDot) || b[skip] == '\\') {
		skip++
	}
	if dot < 0 && (!dir || bytes.IndexByte(tail, '\\') < 0) || dot >= 0 && !isExtension(appendLower(nil, tail[dot+1:])) {
		return skip
	}
	if masked(b, end) || isHiveFolder(b[j:e]) || at(b, j-1) == '\\' || at(b, j-1) == '/' {
		return skip
	}
	if dot >= 0 && !dir && weakExtension(appendLower(nil, tail[dot+1:])) && len(tail)-dot < 4 {
		return skip // "\w.c": a pattern
	}
	return s.found(observable.FilePath, string(b[j:end]), j, end, fang.Plain, 80)
}

// isHiveFolder lists the first parts of registry keys stated without a hive.
func isHiveFolder(w []byte) bool {
	switch string(appendLower(nil, w)) {
	case "software", "system", "currentversion", "wow6432node", "currentcontrolset":
		return true
	}
	return false
}

// knownFolder lists folders that begin relative paths in reports.
func knownFolder(w []byte) bool {
	switch string(appendLower(nil, w)) {
	case "appdata", "windows", "programdata", "system32", "syswow64", "users", "temp", "roaming", "inetpub",
		"csidl_appdata", "csidl_system", "csidl_profile", "csidl_common_appdata", "csidl_windows", "csidl_local_appdata", "csidl_program_files", "csidl_system_drive":
		return true
	}
	return false
}

// backslash handles UNC paths, named pipes, device paths and paths from the root of a drive.
func (s *scanner) backslash(j int) int {
	b := s.b
	if p := at(b, j-1); is(p, cWord) || p == '\\' || p == '>' || p == ']' || p == '}' || p == '%' {
		return 0 // the rest of a path with a placeholder
	}
	if n := s.pipe(j); n > 0 {
		return n
	}
	if at(b, j+1) == '\\' {
		k := j + 2
		if at(b, k) == '\\' && at(b, k+1) == '\\' {
			k += 2
		}
		if hasAt(b, k, `?\`) {
			return s.fullPath(j, k+1, false)
		}
		h := runEnd(b, k, cWord|cDot, 100)
		for range 2 { // "\\evil.com@ssl@443\x"
			if at(b, h) == '@' {
				h = runEnd(b, h+1, cWord|cDot, 30)
			}
		}
		if h-k < 2 || at(b, h) != '\\' || !is(at(b, h+1), cWord|cDot|cWide) && at(b, h+1) != '%' && at(b, h+1) != '$' && !(k > j+2 && at(b, h+1) == '\\') {
			return 0
		}
		return s.fullPath(j, h, false)
	}
	w := wordEnd(b, j+1)
	if at(b, w) != '\\' || w == j+1 || !is(at(b, w+1), cWord) {
		return 0
	}
	end := s.pathEnd(j, w, false)
	tail := b[j:end]
	dot := bytes.LastIndexByte(tail, '.')
	if dot < 0 || !isExtension(appendLower(nil, tail[dot+1:])) || weakExtension(appendLower(nil, tail[dot+1:])) && len(tail)-dot < 4 || bytes.Count(tail, []byte(`\`)) < 2 || w-j < 4 {
		return 0
	}
	return s.found(observable.FilePath, string(tail), j, end, fang.Plain, 75)
}

// pipe reads \\.\pipe\name and its kin.
func (s *scanner) pipe(j int) int {
	b := s.b
	for _, p := range [...]string{`\\.\pipe\`, `\\\\.\\pipe\\`, `\\?\pipe\`, `\\*\pipe\`, `\device\namedpipe\`, `\pipe\`} {
		if !foldAt(b, j, p) {
			continue
		}
		e := j + len(p)
		for e < len(b) && e-j < 300 && (is(b[e], cWord|cDot) || b[e] == '\\' || b[e] == '{' || b[e] == '}' || b[e] == '$' || b[e] == '%' || b[e] == '#' || b[e] == '@' || b[e] == '*' || b[e] == '+' || b[e] == '~') {
			e++
		}
		for e > j+len(p) && (b[e-1] == '.' || b[e-1] == '\\' || b[e-1] == '-') {
			e--
		}
		if e == j+len(p) || hasAt(b, e, "…") || at(b, e) == '<' {
			return 0
		}
		return s.found(observable.NamedPipe, string(b[j:e]), j, e, fang.Plain, 95)
	}
	return 0
}

// envPath reads "%APPDATA%\x\y.exe".
func (s *scanner) envPath(j int) int {
	b := s.b
	e := j + 1
	for e < len(b) && e-j < 40 && (is(b[e], cAlpha|cDigit) || b[e] == '_' || b[e] == '(' || b[e] == ')') {
		e++
	}
	if e-j < 3 || at(b, e) != '%' || at(b, e+1) != '\\' && at(b, e+1) != '/' || j > 0 && is(b[j-1], cWord) && b[j-1] != '_' {
		return 0
	}
	if at(b, e+2) == '<' || at(b, e+2) == '*' {
		return 0
	}
	return s.fullPath(j, e+1, false)
}

// unixPath reads a path from a known root, from the home folder, or from an environment variable.
func (s *scanner) unixPath(j int) int {
	b := s.b
	i := j
	switch b[j] {
	case '~':
		if at(b, j+1) != '/' || !is(at(b, j+2), cWord|cDot) {
			return 0
		}
		i++
	case '$':
		if foldAt(b, j, "$env:") {
			w := wordEnd(b, j+5)
			if at(b, w) == '\\' && w > j+5 {
				return s.fullPath(j, w, false)
			}
			return 0
		}
		if !hasAt(b, j, "$HOME/") {
			return 0
		}
		i += 5
	}
	if p := at(b, j-1); is(p, cWord) && !(p == '_' && is(at(b, j-2), cSpace)) || p == '/' || p == '.' || p == '<' || p == '}' || p == ']' || p == '%' || p == '*' || p == '?' || p == '~' || p == '\\' || p == '$' {
		return 0
	}
	if hasAt(b, i, "/dev/tcp/") || hasAt(b, i, "/dev/udp/") {
		return i + 9
	}
	known := i > j || knownRoot(b, i+1)
	e := i
	for e < len(b) && e-j < maxPath && (is(b[e], cWord|cDot) || b[e] == '/' || b[e] == '+' || b[e] == '@' || b[e] == '%' || b[e] == '~' || b[e] == '#' || b[e] == '$' || b[e] == '=' || b[e] == ':' || b[e] == ',' || b[e] == '{' || b[e] == '}') {
		if (b[e] == ':' || b[e] == ',' || b[e] == '=' || b[e] == '}' || b[e] == '{') && !(is(at(b, e+1), cWord) && e-j < 400 && b[e] == '@') {
			break
		}
		e++
	}
	for e > i && (b[e-1] == '.' || b[e-1] == '-' || b[e-1] == '$' || b[e-1] == '#' || b[e-1] == '_' && at(b, j-1) == '_') {
		e--
	}
	if e-j < 4 || b[j] == '$' && at(b, e) == ':' || at(b, e) == '*' || at(b, e) == '<' || at(b, e) == '(' || hasAt(b, e, "…") {
		if at(b, e) != '(' {
			return e
		}
	}
	if !known {
		if s.namedPath(i, e) {
			return s.found(observable.FilePath, string(b[j:e]), j, e, fang.Plain, 60)
		}
		return 0
	}
	if hasAt(b, j, "/dev/null") || bytes.IndexByte(b[i+1:e], '/') < 0 && i == j {
		return e
	}
	value := string(b[j:e])
	for {
		n := escapedJoin(b, e)
		if n == 0 || e-j > maxPath {
			break
		}
		w := runEnd(b, e+n, cWord|cDot, 100)
		value += "_" + string(b[e+n:w])
		e = w
	}
	return s.found(observable.FilePath, value, j, e, fang.Plain, 80)
}

// namedPath accepts a path from an unknown root where its last part is a program or script: of a
// web shell, for instance. Targets of links and requests are none.
func (s *scanner) namedPath(i, e int) bool {
	b := s.b
	p := b[i:e]
	dot, slash := bytes.LastIndexByte(p, '.'), bytes.LastIndexByte(p, '/')
	if slash < 1 || dot < slash || at(b, i-1) == '(' || at(b, i-1) == '"' || at(b, i-1) == '=' || at(b, i-1) == '\'' {
		return false
	}
	switch string(appendLower(nil, p[dot+1:])) {
	case "jsp", "jspx", "php", "asp", "aspx", "ashx", "sh", "elf", "so", "war", "cgi", "exe", "dll", "ps1", "py", "pl", "jar":
	default:
		return false
	}
	w, _ := wordBack(b, i)
	switch string(w) {
	case "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "URI", "uri":
		return false
	}
	return true
}

// knownRoot reports a top folder of Unix systems at b[i].
func knownRoot(b []byte, i int) bool {
	e := i
	for e < len(b) && e-i < 16 && (is(b[e], cWord) || b[e] == '.') {
		e++
	}
	if at(b, e) != '/' {
		return false
	}
	switch string(b[i:e]) {
	case "etc", "tmp", "usr", "var", "bin", "sbin", "opt", "home", "root", "dev", "proc", "sys", "lib", "lib32", "lib64", "mnt", "media", "boot", "run", "srv",
		"Users", "Library", "Applications", "System", "private", "Volumes", "data", "sdcard", "storage", "system", "vendor", "www", "wwwroot", "webapps", "jffs", "overlay", "config", "mnt1", "nfs", "vmfs", "cores", "snap", "selinux", "etc_ro", "userdata", "persist", "cache", "initrd":
		return true
	}
	return false
}
