package extract

import (
	"bytes"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// label handles words that announce a value which has no form of its own: mutexes, pipes, user
// agents. b[j:e] is the word; 0 when no value follows.
func (s *scanner) label(j, e int) int {
	b := s.b
	if n := e - j; n < 2 || n > 12 || j > 0 && is(b[j-1], cWord) && b[j-1] != '-' {
		return 0
	}
	switch b[j] {
	case 'M':
		if hasAt(b, j, "Mozilla/") && is(at(b, j+8), cDigit) {
			return s.agent(j, fang.Plain, 95)
		}
		fallthrough
	case 'm':
		if isMutexWord(b[j:e]) {
			return s.labelled(observable.Mutex, e)
		}
	case 'p', 'P':
		if foldAt(b, j, "pipe") && (foldAt(b, j-6, "named ") || foldAt(b, j-6, "named-") || foldAt(b, j-6, "named_")) {
			return s.labelled(observable.NamedPipe, e)
		}
	case 'n', 'N':
		if foldAt(b, j, "named_pipe") || foldAt(b, j, "named-pipe") || foldAt(b, j, "namedpipe") {
			return s.labelled(observable.NamedPipe, e)
		}
	case 'a', 'A':
		if foldAt(b, j, "agent") && (foldAt(b, j-5, "user ") || foldAt(b, j-6, `user\_`)) {
			return s.agentAfter(e)
		}
	case 'u', 'U':
		if (foldAt(b, j, "user-agent") || foldAt(b, j, "useragent") || foldAt(b, j, "user_agent")) && at(b, j-1) != ':' {
			return s.agentAfter(e)
		}
	}
	return 0
}

func isMutexWord(w []byte) bool {
	switch string(appendLower(nil, w)) {
	case "mtx", "mutex", "mutexes", "mutexname", "mutex_name", "mutex-name", "mutexnames", "mutant", "mutants":
		return true
	}
	return false
}

// wideLabel handles the Chinese names of the same, which end at b[e].
func (s *scanner) wideLabel(i int) int {
	b := s.b
	for _, l := range [...]struct {
		word string
		t    observable.Type
	}{
		{"互斥体", observable.Mutex}, {"互斥量", observable.Mutex}, {"互斥锁", observable.Mutex}, {"互斥对象", observable.Mutex}, {"互斥", observable.Mutex},
		{"命名管道", observable.NamedPipe}, {"用户代理", observable.UserAgent}, {"ミューテックス", observable.Mutex}, {"뮤텍스", observable.Mutex},
	} {
		if !hasAt(b, i, l.word) {
			continue
		}
		if l.t == observable.UserAgent {
			return s.agentAfter(i + len(l.word))
		}
		return s.labelled(l.t, i+len(l.word))
	}
	return 0
}

// strongName accepts a name that follows its label without a sign in between: one with a
// namespace, a GUID in braces, or letters, digits and underscores mixed.
func strongName(v []byte) bool {
	if foldAt(v, 0, `global\`) || foldAt(v, 0, `local\`) || foldAt(v, 0, `session\`) || v[0] == '{' && len(v) > 30 {
		return true
	}
	digit, upper := false, false
	for _, c := range v {
		digit, upper = digit || is(c, cDigit), upper || isUpper(c)
	}
	return digit && upper && hasUnderscore(v) && len(v) > 5
}

// unescapeJoins undoes Markdown's "\_".
func unescapeJoins(v []byte) string {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if n := escapedJoin(v, i); v[i] == '\\' && n > 0 {
			i += n - 1
		}
		out = append(out, v[i])
	}
	return string(out)
}

// maxListed bounds how many values one label may announce.
const maxListed = 40

// labelled reads the values behind a label that ends at b[i]: on the same line, in quotes, in the
// next cell, or listed below.
func (s *scanner) labelled(t observable.Type, i int) int {
	b := s.b
	if n := s.fencedList(t, i); n > 0 {
		return n
	}
	k, announced := s.connect(i)
	end := 0
	for range maxListed {
		start, stop, quoted := valueAt(b, k)
		if stop <= start || !announced && !quoted && !strongName(b[start:stop]) || !plausible(b[start:stop], quoted) {
			break
		}
		if t == observable.NamedPipe && hasAt(b, start, `\`) {
			break // the pipe parser reads it
		}
		for quoted && stop-start > 2 && b[start] == '*' && b[stop-1] == '*' {
			start, stop = start+1, stop-1
		}
		end = s.found(t, unescapeJoins(b[start:stop]), start, stop, fang.Plain, 85)
		if quoted {
			end = stop
		}
		if k = listNext(b, stop); k == 0 {
			break
		}
		announced = true
	}
	return end
}

// connect skips what stands between a label and its value ("name:", "=", "named", a table bar)
// and reports whether it announces one.
func (s *scanner) connect(i int) (k int, announced bool) {
	b := s.b
	k = i
	if c := at(b, k); c == '"' || c == '\'' || c == '`' || c == '*' {
		k++ // the label itself stands in quotes
	}
	for range 6 {
		for k < len(b) && k < i+60 && (b[k] == ' ' || b[k] == '\t' || b[k] == '*' || b[k] == '_') {
			if b[k] == '\t' {
				announced = true
			}
			k++
		}
		switch {
		case at(b, k) == '|' && (at(b, k+1) == '\n' || at(b, k+1) == '\r' || at(b, k+1) == 0):
			return k, false // the last cell of a row
		case at(b, k) == ':' || at(b, k) == '=' || at(b, k) == '|':
			k, announced = k+1, true
		case hasAt(b, k, "："):
			k, announced = k+len("："), true
		case hasAt(b, k, "│"):
			k, announced = k+len("│"), true
		case foldAt(b, k, "named ") || foldAt(b, k, "called "):
			k, announced = k+bytes.IndexByte(b[k:], ' '), true
		case foldAt(b, k, "names") || foldAt(b, k, "name"):
			k = wordEnd(b, k)
		case foldAt(b, k, "create ") || foldAt(b, k, "open "):
			k, announced = wordEnd(b, k), true // "MUTEX CREATE name" in the log of a sandbox
		case foldAt(b, k, "object") || foldAt(b, k, "created") || foldAt(b, k, "is ") || foldAt(b, k, "string") || foldAt(b, k, "value") || foldAt(b, k, "with the name") || foldAt(b, k, "the "):
			k = wordEnd(b, k)
		case hasAt(b, k, "名称") || hasAt(b, k, "名为"):
			k, announced = k+len("名称"), announced || hasAt(b, k, "名为")
		case hasAt(b, k, "名"):
			k += len("名")
		case hasAt(b, k, "为") || hasAt(b, k, "是"):
			k, announced = k+len("为"), true
		case hasAt(b, k, "(es)") || hasAt(b, k, "(s)"):
			k = bytes.IndexByte(b[k:], ')') + k + 1
		case at(b, k) == '\n' && announced:
			k = skipBullet(b, k+1)
			return k, true
		case at(b, k) == '\n':
			return s.belowHeading(i, k)
		case at(b, k) == '\r' && announced:
			k++
		default:
			if e := lineEnd(b, k, 70); !announced && e < len(b) && isHeadingSign(at(b, lineStart(b, i, 100))) && bytes.IndexByte(b[k:e], '.') < 0 {
				return s.belowHeading(i, e)
			}
			return k, announced
		}
	}
	return k, announced
}

// belowHeading finds the list under a heading that names a label: "=== Mutex name".
func (s *scanner) belowHeading(i, k int) (int, bool) {
	b := s.b
	n := k
	for lines := 0; lines < 3 && (at(b, n) == '\n' || at(b, n) == '\r' || at(b, n) == ' '); n++ {
		if b[n] == '\n' {
			lines++
		}
	}
	item := skipBullet(b, n)
	if head := after(b, lineStart(b, i, 100), 100); item > n && len(head) < 70 && bytes.IndexByte(head, '.') < 0 && at(b, item) == '`' {
		return item, true
	}
	return skipBlank(b, k, 2), false
}

// skipBullet skips blanks and the sign of a list item.
func skipBullet(b []byte, k int) int {
	if at(b, k) == '\n' {
		k++
	}
	for k < len(b) && (b[k] == ' ' || b[k] == '\t' || b[k] == '*' || b[k] == '-' || b[k] == '+' || b[k] == '|') {
		k++
	}
	if hasAt(b, k, "• ") {
		k += len("• ")
	}
	return k
}

// valueAt returns the value at b[k], its quotes cut off.
func valueAt(b []byte, k int) (start, end int, quoted bool) {
	open, closing := at(b, k), ""
	switch {
	case open == '"', open == '\'', open == '`':
		closing, k = string(open), k+1
		if at(b, k) == '`' {
			return k, k, false
		}
	case hasAt(b, k, "“"):
		closing, k = "”", k+3
	case hasAt(b, k, "‘"):
		closing, k = "’", k+3
	case hasAt(b, k, "「"):
		closing, k = "」", k+3
	case hasAt(b, k, "『"):
		closing, k = "』", k+3
	case hasAt(b, k, "《"):
		closing, k = "》", k+3
	case hasAt(b, k, "【"):
		closing, k = "】", k+3
	}
	if closing != "" {
		line := after(b, k, 260)
		if i := bytes.Index(line, []byte(closing)); i > 0 {
			return k, k + i, true
		}
		return k, k, false
	}
	e := k
	for e < len(b) && e-k < 260 && !is(b[e], cSpace) && b[e] != ',' && b[e] != ';' && b[e] != '|' && b[e] != '"' && b[e] != '\'' && b[e] != '`' && b[e] != '<' {
		if b[e] >= 0x80 {
			r, _ := utf8.DecodeRune(b[e:])
			if isCJK(r) || r >= 0x3000 && r <= 0x303f || r >= 0x2010 && r <= 0x206f || r >= 0xff00 && r <= 0xffef {
				break
			}
		}
		e++
	}
	for e > k && (b[e-1] == '.' || b[e-1] == ':' || b[e-1] == ')' && bytes.IndexByte(b[k:e], '(') < 0 || b[e-1] == '*') {
		e--
	}
	return k, e, false
}

// plausible refuses words of the sentence: an unquoted name must look made up.
func plausible(v []byte, quoted bool) bool {
	if len(v) < 3 || len(v) > 250 || bytes.ContainsAny(v, "\n\r") {
		return false
	}
	if !quoted && (bytes.IndexByte(v, '(') > 0 || bytes.HasSuffix(v, []byte("-like")) || bytes.HasSuffix(v, []byte("-based"))) {
		return false // a call, an adjective
	}
	if bytes.Contains(v, []byte("://")) || foldAt(v, 0, "hkey_") || foldAt(v, 0, "hklm") || foldAt(v, 0, "hkcu") || v[1] == ':' && v[2] == '\\' {
		return false
	}
	if quoted {
		return bytes.Count(v, []byte(" ")) < 6
	}
	odd := isCamel(v)
	for i, c := range v {
		if is(c, cDigit) || c == '_' || c == '\\' || c == '{' || c == '-' && i > 0 || c == '!' || c == '@' || c == '#' || c == '$' {
			odd = true
		}
	}
	return odd || allUpper(v) && len(v) > 4
}

// listNext returns where the next value of the same list starts, 0 when it ends here.
func listNext(b []byte, i int) int {
	k := i
	for k < len(b) && k < i+4 && (b[k] == '"' || b[k] == '\'' || b[k] == '`' || b[k] == '*') {
		k++
	}
	for _, q := range [...]string{"”", "’", "」", "』", "》", "】"} {
		if hasAt(b, k, q) {
			k += len(q)
		}
	}
	switch {
	case at(b, k) == ',':
		k++
	case hasAt(b, k, "、"), hasAt(b, k, "，"):
		k += 3
	case hasAt(b, k, " and "):
		k += 5
	case hasAt(b, k, "和"), hasAt(b, k, "与"):
		k += 3
	case at(b, k) == '\n' || at(b, k) == '\r':
		for at(b, k) == '\r' || at(b, k) == '\n' && k < i+6 {
			k++
		}
		n := skipBullet(b, k)
		if n == k && lineEnd(b, k, 200) != k+runLen(b, k) {
			return 0
		}
		if line := after(b, n, 200); bytes.IndexByte(bytes.TrimRight(line, " \t|"), ' ') >= 0 || bytes.IndexByte(line, ':') >= 0 {
			return 0
		}
		return n
	default:
		return 0
	}
	for at(b, k) == ' ' {
		k++
	}
	if hasAt(b, k, "and ") {
		k += 4
	}
	return k
}

// runLen measures the run without spaces at b[k].
func runLen(b []byte, k int) int {
	e := k
	for e < len(b) && !is(b[e], cSpace) {
		e++
	}
	return e - k
}

// agentAfter reads the user agent behind a label that ends at b[i].
func (s *scanner) agentAfter(i int) int {
	b := s.b
	k, announced := i, false
	for range 6 {
		for k < len(b) && k < i+40 && (b[k] == ' ' || b[k] == '\t' || b[k] == '*') {
			announced = announced || b[k] == '\t'
			k++
		}
		switch {
		case at(b, k) == ':' || at(b, k) == '=' || at(b, k) == '|':
			k, announced = k+1, true
		case hasAt(b, k, "：") || hasAt(b, k, "为") || hasAt(b, k, "是"):
			k, announced = k+3, true
		case foldAt(b, k, "header") || foldAt(b, k, "string") || foldAt(b, k, "field") || foldAt(b, k, "is ") || foldAt(b, k, "of ") || foldAt(b, k, "value"):
			k = wordEnd(b, k)
		case (at(b, k) == '"' || at(b, k) == '\'') && (at(b, k+1) == ':' || at(b, k+1) == '=') && !announced:
			k++
		case at(b, k) == '\\' && at(b, k+1) == '"':
			k++
		default:
			return s.agentValue(k, announced)
		}
	}
	return 0
}

// agentValue reports the user agent at b[k].
func (s *scanner) agentValue(k int, announced bool) int {
	b := s.b
	if hasAt(b, k, "Mozilla/") {
		return s.agent(k, fang.Plain, 95)
	}
	start, end, quoted := valueAt(b, k)
	if quoted {
		v := b[start:end]
		if hasAt(b, start, "Mozilla/") {
			return s.found(observable.UserAgent, string(v), start, end, fang.Plain, 95)
		}
		if len(v) < 3 || len(v) > 300 || bytes.ContainsAny(v, "$%{") {
			return 0
		}
		return s.found(observable.UserAgent, string(v), start, end, fang.Plain, 85)
	}
	if !announced || k >= len(b) || !is(b[k], cAlpha) {
		return 0
	}
	if e := agentEnd(b, k); e > k && bytes.IndexByte(b[k:e], '/') > 0 {
		return s.found(observable.UserAgent, string(b[k:e]), k, e, fang.Plain, 85)
	}
	if at(b, wordEnd(b, k)) == '.' || isCamel(b[k:wordEnd(b, k)]) && isLower(b[k]) {
		return 0 // "userAgent: navigator.userAgent," of code
	}
	switch string(b[k:wordEnd(b, k)]) {
	case "null", "none", "None", "true", "false", "nil", "undefined", "string", "str":
		return 0
	}
	line := bytes.TrimRight(after(b, k, 160), " \t\r|.,;")
	if n := bytes.IndexAny(line, "\"'|<>`\t,;"); n >= 0 {
		line = bytes.TrimRight(line[:n], " ")
	}
	if len(line) < 3 || bytes.Count(line, []byte(" ")) > 3 || !isASCII(line) || bytes.ContainsAny(line, "[]$%{}:") {
		return 0
	}
	return s.found(observable.UserAgent, string(line), k, k+len(line), fang.Plain, 60)
}

// agent reads a user agent from its own form.
func (s *scanner) agent(j int, m fang.Mark, conf int) int {
	e := agentEnd(s.b, j)
	if e <= j+11 {
		return 0
	}
	return s.found(observable.UserAgent, string(s.b[j:e]), j, e, m, conf)
}

// agentEnd reads product tokens and comments: "Mozilla/5.0 (X11; …) AppleWebKit/537.36 like Gecko".
func agentEnd(b []byte, i int) int {
	end := i
	for i < len(b) && i-end < 2 {
		switch {
		case b[i] == '(' || b[i] == '[':
			n := commentEnd(b, i)
			if n == 0 {
				return end
			}
			i, end = n, n
		default:
			e := i
			for e < len(b) && (is(b[e], cWord|cDot) || b[e] == '/' || b[e] == '+' || b[e] == '!' || b[e] == ':' && is(at(b, e+1), cDigit) || b[e] == '~' || b[e] == '%' && is(at(b, e+1), cDigit)) {
				e++
			}
			w := b[i:e]
			slash := bytes.IndexByte(w, '/')
			if len(w) == 0 || slash < 0 && !agentWord(w) || slash == 0 || slash == len(w)-1 {
				return end
			}
			for e > i && b[e-1] == '.' {
				e--
			}
			i, end = e, e
		}
		if at(b, i) == ' ' {
			i++
		} else if at(b, i) == ';' && at(b, i+1) == ' ' && (is(at(b, i+2), cAlpha) && bytes.IndexByte(after(b, i+2, 20), '/') > 0) {
			i += 2
		} else {
			break
		}
	}
	return end
}

func agentWord(w []byte) bool {
	switch string(w) {
	case "like", "Gecko", "Mobile", "Safari", "Chrome", "Version", "compatible", "KHTML", "Firefox", "Linux", "Windows", "U", "Gecko)", "NokiaBrowser", "Profile", "AlexaToolbar":
		return true
	}
	return false
}

// commentEnd measures a bracketed comment of at most 400 bytes on one line.
func commentEnd(b []byte, i int) int {
	depth := 0
	for k := i; k < len(b) && k-i < 400; k++ {
		switch b[k] {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				return k + 1
			}
		case '\n', '\r', '"':
			return 0
		}
	}
	return 0
}

// fencedList reads the lines of a literal block ("----", "```") under a heading that names the
// label at its end or start: "==== Mutexes".
func (s *scanner) fencedList(t observable.Type, i int) int {
	b := s.b
	if !isHeadingSign(at(b, lineStart(b, i, 100))) {
		return 0
	}
	k := skipBlank(b, lineEnd(b, i, 60), 6)
	fence := b[k:lineEnd(b, k, 40)]
	if !bytes.HasPrefix(fence, []byte("----")) && !bytes.HasPrefix(fence, []byte("```")) {
		return 0
	}
	k, end := k+len(fence), 0
	for range maxListed {
		k = skipBlank(b, k, 4)
		line := bytes.TrimRight(b[k:lineEnd(b, k, 300)], " \t\r")
		if len(line) < 2 || len(line) > 250 || bytes.HasPrefix(line, fence[:3]) {
			break
		}
		end = s.found(t, string(line), k, k+len(line), fang.Plain, 80)
		k = end
	}
	return end
}

func isHeadingSign(c byte) bool { return c == '=' || c == '#' }
