package extract

import (
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// host reads the chain of labels at j and decides whether it is a mail address, an IPv4
// address, a host name (with a path: a URL) or a file name. It returns where to go on, 0 when
// there is no chain at all.
func (s *scanner) host(j int) int {
	c := &s.ch
	if !c.parse(s.b, j) {
		return 0
	}
	if n := s.afterChain(c); n > 0 {
		return n
	}
	if len(c.labels) < 2 {
		if c.labels[0].cjk || c.labels[0].srcEnd <= j {
			return 0
		}
		return c.labels[0].srcEnd
	}
	if c.full {
		return c.end()
	}
	if n := s.ipv4(c); n > 0 {
		return n
	}
	if n := s.named(c); n > 0 {
		return n
	}
	return s.giveUp(c)
}

// giveUp returns where to go on behind a chain that is nothing: behind it, or before a label
// that a full stop without space has glued to it ("end.http://…" is handled by the URL parser).
func (s *scanner) giveUp(c *chain) int {
	for i := 1; i < len(c.labels); i++ {
		l := &c.labels[i]
		if l.tagged || l.wideDot || l.cjk || l.gap || foldAt(c.out, l.out, "cve-") {
			return max(l.src, c.labels[0].srcEnd)
		}
	}
	return c.end()
}

// afterChain handles what the byte behind the chain decides: "@" and "://".
func (s *scanner) afterChain(c *chain) int {
	b, e := s.b, c.end()
	switch next := at(b, e); {
	case next == '@':
		return s.email(c, e, 1, fang.Plain)
	case next == ':' && at(b, e+1) != '/' && at(b, e+1) != '\\':
		return 0
	case next == '#' && is(at(b, e+1), cAlpha|cDigit) && announcesMail(tailOf(before(b, c.start, 32), 24)):
		return s.email(c, e, 1, fang.Inert) // "邮箱：admin#evil[.]com"
	case next == ':' || next == '[' || next == '(' || next == '{' || next == '&' || next == 0xef || next == ' ' || next == '_' || next == '<' || next == '+':
		if n := s.urlAt(e); n > 0 {
			return n
		}
	default:
		return 0
	}
	if at(b, e) == '+' {
		// "name+tag@host"
		t := runEnd(b, e, cWord|cDot, 80)
		for at(b, t) == '+' && t-e < 64 {
			t = runEnd(b, t+1, cWord|cDot, 80)
		}
		if at(b, t) == '@' {
			return s.email(c, t, 1, fang.Plain)
		}
		return 0
	}
	k := e
	for k < e+2 && at(b, k) == ' ' {
		k++
	}
	if k < len(b) && b[k] != ' ' {
		if out, n, m := fang.Next(b, k); n > 0 && out == "@" {
			t := k + n
			for t < k+n+2 && at(b, t) == ' ' {
				t++
			}
			return s.email(c, e, t-e, m)
		}
	}
	if n := fang.WordAt(b, e); n > 0 {
		return s.email(c, e, n, fang.Inert)
	}
	return 0
}

// named judges a chain as host name or file name.
func (s *scanner) named(c *chain) int {
	for k := len(c.labels); k >= 2; k-- {
		if s.sentenceEnds(c, k) {
			continue
		}
		if k < len(c.labels) && (!cuttable(c, k) || at(s.b, c.end()) == '(' && c.labels[k].sep == fang.Plain && !c.labels[k].tagged) {
			break // "x.io.Read()" is a call
		}
		if n := s.namedTo(c, k); n > 0 {
			return n
		}
	}
	return 0
}

// sentenceEnds reports that a Chinese sentence begins within labels 1..k-1: an ideographic full
// stop behind a foreign word and before a Chinese one is no dot ("…到evil.com。其中…").
func (s *scanner) sentenceEnds(c *chain, k int) bool {
	for i := 1; i < k; i++ {
		if l := &c.labels[i]; l.wideDot && l.cjk && !c.labels[i-1].cjk && (hasAt(s.b, l.src-3, "。") || hasAt(s.b, l.src-3, "｡")) {
			return true
		}
	}
	return false
}

// cuttable reports whether the chain may end before label k: a new sentence began there without
// a space, or an ideographic full stop or a tag stands there.
func cuttable(c *chain, k int) bool {
	l := &c.labels[k]
	if l.tagged || l.wideDot || l.cjk || l.gap {
		return true
	}
	if l.sep != fang.Plain {
		return false
	}
	first := c.out[l.out]
	if first >= 0x80 {
		return true
	}
	word := c.out[l.out:l.outEnd]
	return k == len(c.labels)-1 && isUpper(first) && len(word) > 1 && !isCamel(word)
}

// namedTo judges the first k labels.
func (s *scanner) namedTo(c *chain, k int) int {
	var buf [64]byte
	lastLabel := &c.labels[k-1]
	raw := c.label(k - 1)
	end := lastLabel.srcEnd
	if lastLabel.cjk && !isASCII(raw) {
		return s.cjkHost(c, k)
	}
	// "evil.com-Domain": the name ends at the hyphen.
	cut := len(raw)
	for i, ch := range raw {
		if ch == '-' && !foldAt(raw, 0, "xn--") {
			cut = i
			break
		}
	}
	if len(raw) > 63 || cut == 0 {
		return 0
	}
	low := appendLower(buf[:0], raw[:cut])
	isTLD := len(low) >= 2 && (topLevel(low) || c.mark(k) == fang.Inert && observable.KnownTLD(string(low)))
	if !isTLD && cut == len(raw) && lastLabel.sep == fang.Inert && lastLabel.srcEnd-lastLabel.src == len(raw) {
		// "evil[.]comThe next sentence": a line end was lost.
		if u := gluedCapital(raw); u > 1 && topLevel(raw[:u]) {
			low, cut, isTLD, end = low[:u], u, true, lastLabel.src+u
			return s.domain(c, k, low, cut, end)
		}
	}
	if cut < len(raw) {
		if !isTLD || tldKind(low) != tldStrong || at(raw, cut+1) == '-' || isASCII(raw) && lastLabel.srcEnd-lastLabel.src != len(raw) {
			return 0
		}
		end = lastLabel.src + cut
	}
	ext := isExtension(low)
	inert := c.mark(k) == fang.Inert
	switch {
	case isTLD && ext && !inert:
		if s.preferFile(c, k, low, end) {
			return s.fileName(c, k, low)
		}
		return s.domain(c, k, low, cut, end)
	case isTLD:
		return s.domain(c, k, low, cut, end)
	case ext && cut == len(raw):
		return s.fileName(c, k, low)
	}
	return 0
}

// gluedCapital returns where a capital follows the small letters at the start of l, 0 when none does.
func gluedCapital(l []byte) int {
	for i, ch := range l {
		if !isLower(ch) {
			if isUpper(ch) {
				return i
			}
			return 0
		}
	}
	return 0
}

// cjkHost handles a last label in Chinese, Japanese or Korean letters: the top-level domain is
// what it begins with, because the sentence goes on without a space.
func (s *scanner) cjkHost(c *chain, k int) int {
	raw := c.label(k - 1)
	l := &c.labels[k-1]
	best := 0
	for i, n := 0, 0; i < len(raw) && n < 8; n++ {
		_, size := utf8.DecodeRune(raw[i:])
		i += size
		if topLevel(raw[:i]) {
			best = i
		}
	}
	if best == 0 || l.srcEnd-l.src != len(raw) {
		return 0
	}
	return s.domain(c, k, raw[:best], best, l.src+best)
}

// topLevel reports whether label (lower-case) is a top-level domain or one of the special names
// that are suppressed later.
func topLevel(label []byte) bool {
	switch string(label) {
	case "local", "test", "example", "invalid", "localhost", "internal", "lan", "localdomain", "intranet", "corp":
		return true
	case "lib", "exit", "coin", "crypto":
		return false // words of code and prose; written defanged they are found by their host
	}
	return observable.KnownTLD(string(label))
}

// domain reports labels 0..k-1 as a host name, or with what follows as a URL without scheme.
// keep is how much of the last label belongs to it, end where that is in the source.
func (s *scanner) domain(c *chain, k int, tld []byte, keep, end int) int {
	b := s.b
	m := c.mark(k)
	first := s.firstLabel(c, k)
	if first >= k-1 {
		return 0
	}
	start := c.labels[first].src
	if m == fang.Inert && s.looksInert(c, first, k, start, end, tld) {
		m = fang.Plain
	}
	name := c.out[c.labels[first].out : c.labels[k-1].out+keep]
	if first > 0 && c.labels[first].cjk {
		return 0
	}
	if c.labels[first].cjk {
		drop := cjkLead(b, start, name)
		start, name = start+drop, name[drop:]
	}
	for len(name) > 0 && (name[0] == '-' || name[0] == '_' && !wordUnderscore(name)) {
		start, name = start+1, name[1:]
	}
	if !validName(name) || allX(name) {
		return 0
	}
	if n := s.wordAtMail(c, first, name, start, end, m); n > 0 {
		return n
	}
	confidence := 95
	if weakDots(c, first, k) && (tldKind(tld) == tldWeak || k-first < 3 && tldKind(tld) == tldFair && !looksNamed(c.label(k-2)) || isArticle(c.label(first)) || isUpper(c.out[c.labels[k-1].out])) {
		return 0
	}
	if m != fang.Inert {
		confidence = s.judge(c, first, k, start, end, tld)
		if confidence == 0 {
			return 0
		}
	}
	if br := c.bracketsEnd(k, end); br > end {
		end = br
	}
	return s.hostTail(name, start, end, m, confidence)
}

// looksInert reports dots that are disguised for another reason than to make a host inert: the
// escapes of a regular expression ("^config\.ac|"), and what manuals put in brackets because it
// may be left out ("MMDDhhmm[.ss]", "config.h[.in]").
func (s *scanner) looksInert(c *chain, first, k, start, end int, tld []byte) bool {
	b := s.b
	optional := false
	for i := first + 1; i < k; i++ {
		l := &c.labels[i]
		switch {
		case l.sep != fang.Inert:
		case i == k-1 && b[l.src-2] == '[' && b[l.src-1] == '.' && c.labels[i-1].brackets > 0:
			optional = true
		case b[l.src-2] != '\\' || b[l.src-1] != '.':
			return false
		}
	}
	if optional {
		return !coreTLD(tld) && !announcesHost(before(b, start, 48)) || at(b, start-1) == '/' || at(b, start-1) == ']' || len(c.label(k-2)) < 2
	}
	switch at(b, start-1) {
	case '^', '|', '/', '(', '\\':
		return true
	}
	switch at(b, end) {
	case '$', '|', '+', '*', '?', '\\':
		return true
	}
	return false
}

// allX reports a placeholder such as xxx.xxx.xxx.xxx.
func allX(name []byte) bool {
	for _, ch := range name {
		if ch|0x20 != 'x' && ch != '.' {
			return false
		}
	}
	return true
}

// wordAtMail reports "name_at_evil[.]com" as the mail address it stands for.
func (s *scanner) wordAtMail(c *chain, first int, name []byte, start, end int, m fang.Mark) int {
	i := foldIndex(name, "_at_")
	if m != fang.Inert || i <= 0 || i > c.labels[first].outEnd-c.labels[first].out || !validName(name[i+4:]) {
		return 0
	}
	value := string(appendLower(nil, name[:i])) + "@" + string(appendLower(nil, name[i+4:]))
	return s.found(observable.Email, value, start, end, m, 85)
}

// isArticle lists words before which no host name stands: "the dot com boom".
func isArticle(w []byte) bool {
	switch string(appendLower(nil, w)) {
	case "the", "a", "an", "this", "that", "to", "of", "by", "with", "and", "or", "one", "each", "every", "no", "polka":
		return true
	}
	return false
}

// weakDots reports that nothing but blanks around a dot, the word "dot" or an ideographic full
// stop makes labels first..k-1 look defanged: a sentence may look the same.
func weakDots(c *chain, first, k int) bool {
	weak := false
	for i := first + 1; i < k; i++ {
		l := &c.labels[i]
		switch {
		case l.sep != fang.Inert:
		case l.spaced || l.wideDot:
			weak = true
		default:
			return false
		}
	}
	return weak
}

// bracketsEnd takes in the "]" of "evil[.com]".
func (c *chain) bracketsEnd(k, end int) int {
	if k >= 2 && c.labels[k-2].brackets > 0 {
		return end + 1
	}
	return end
}

// firstLabel skips labels that belong to the text before: "end.evil.com" cannot be told apart,
// but labels glued by an ideographic full stop or tag can.
func (s *scanner) firstLabel(c *chain, k int) int {
	first := 0
	for i := 1; i < k-1; i++ {
		if c.labels[i].wideDot && c.labels[i-1].cjk && !c.labels[i].cjk {
			first = i
		}
	}
	return first
}

// cjkLead measures the prose before an international name: label words such as 域名 end it.
func cjkLead(b []byte, start int, name []byte) int {
	e := 0
	for e < len(name) && name[e] != '.' {
		e++
	}
	drop := 0
	for _, w := range [...]string{"域名", "网站", "网址", "访问", "站点", "主机", "地址", "链接", "打开", "登录", "登陆", "为", "是", "到", "至", "与", "和", "及", "在"} {
		for i := 0; i+len(w) < e; i += 3 {
			if string(name[i:i+len(w)]) == w && i+len(w) > drop {
				drop = i + len(w)
			}
		}
	}
	return drop
}

// hostTail looks at what follows a host: a port and a path make it a URL without scheme.
func (s *scanner) hostTail(name []byte, start, end int, m fang.Mark, confidence int) int {
	b := s.b
	tail := end
	if n := portAt(b, tail); n > 0 {
		tail += n
	}
	if p := s.pathStart(tail); p > 0 && !s.alternatives(tail+p) {
		host := string(appendLower(nil, name))
		if r, ok := s.readPath(host, start, end, tail, m); ok {
			if t := s.telegramLink(r, start); t > 0 {
				return t
			}
			return s.found(observable.URL, r.value, start, r.end, r.mark, confidence)
		}
	}
	value := string(appendLower(nil, name))
	n := s.found(observable.Domain, value, start, end, m, confidence)
	return max(n, min(tail, len(b)))
}

// alternatives reports that what follows a "/" is a further host, as in "a.com/b.com".
func (s *scanner) alternatives(i int) bool {
	c := &s.ch2
	if !is(at(s.b, i), cAlpha|cDigit) || !c.parse(s.b, i) || len(c.labels) < 2 {
		return false
	}
	var buf [64]byte
	low := appendLower(buf[:0], c.last())
	next := at(s.b, c.end())
	if next == '?' || next == '=' || next == '#' || next == '/' && !s.alternativesEnd(c.end()) {
		return false
	}
	return len(low) >= 2 && topLevel(low) && !isExtension(low) && tldKind(low) == tldStrong && len(c.labels) <= 4
}

func (s *scanner) alternativesEnd(i int) bool { return !is(at(s.b, i+1), cAlpha|cDigit) }

// portAt measures ":8080" with a real or disguised colon; 0 when there is none.
func portAt(b []byte, i int) int {
	n := 0
	if at(b, i) == ':' {
		n = 1
	} else if i < len(b) {
		if out, k, _ := fang.Next(b, i); k > 0 && out == ":" {
			n = k
		}
	}
	if n == 0 {
		return 0
	}
	e := runEnd(b, i+n, cDigit, 6)
	if d := e - i - n; d < 1 || d > 5 || d == 5 && string(b[i+n:e]) > "65535" || is(at(b, e), cAlpha) {
		return 0
	}
	return e - i
}

// validName checks lengths and characters of a refanged name.
func validName(name []byte) bool {
	if len(name) < 4 || len(name) > 253 {
		return false
	}
	label, hyphen := 0, true
	for i, ch := range name {
		if ch == '.' {
			if label == 0 || label > 63 || name[i-1] == '-' {
				return false
			}
			label, hyphen = 0, true
			continue
		}
		if hyphen && ch == '-' {
			return false
		}
		hyphen = false
		label++
	}
	return label > 1
}

func wordUnderscore(name []byte) bool { return len(name) > 1 && is(name[1], cAlpha) }

func appendLower(dst, src []byte) []byte {
	ascii := true
	for _, ch := range src {
		if ch >= 0x80 {
			ascii = false
			break
		}
	}
	if !ascii {
		for _, r := range string(src) {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		return dst
	}
	for _, ch := range src {
		dst = append(dst, lower(ch))
	}
	return dst
}

func isASCII(b []byte) bool {
	for _, ch := range b {
		if ch >= 0x80 {
			return false
		}
	}
	return true
}
