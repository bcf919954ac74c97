package extract

import (
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// email reads the address whose local part is the chain c (perhaps with more before it) and
// whose at sign stands at b[i], n bytes long. It returns where to go on, 0 when it is none.
func (s *scanner) email(c *chain, i, n int, m fang.Mark) int {
	b := s.b
	h := &s.ch2
	if !h.parse(b, i+n) {
		return 0
	}
	start := c.start
	local := c.out[:c.labels[len(c.labels)-1].outEnd]
	m = max(m, c.mark(len(c.labels)))
	for start > s.low && c.start-start < 64 && (is(b[start-1], cWord) || b[start-1] == '+' || b[start-1] == '.' && is(at(b, start-2), cWord)) {
		start--
	}
	if e := c.end(); start < c.start || e < i && at(b, e) == '+' {
		local = b[start:i]
	}
	wordAt := m == fang.Inert && (b[i] == ' ' || b[i] == '_') && n == 4
	if len(local) > 64 || !isASCII(local) || local[0] == '-' && len(local) == 1 {
		return 0
	}
	for len(local) > 1 && (local[0] == '-' || local[0] == '.') {
		local, start = local[1:], start+1
	}
	for k := len(h.labels); k >= 2; k-- {
		if k < len(h.labels) && !cuttable(h, k) {
			return 0
		}
		name, end, ok := mailHost(h, k)
		if !ok {
			continue
		}
		hm := max(m, h.mark(k))
		if wordAt && (h.mark(k) != fang.Inert || !dotInWords(b[i+n:end])) {
			return 0 // "C2 at evil[.]com" is no address
		}
		if hm == fang.Plain && (at(b, end) == '(' || at(b, end) == ':' && string(local) == "git") {
			return 0
		}
		end = h.bracketsEnd(k, end)
		if maskedMail(b, start) {
			return end
		}
		if at(b, start-1) == '/' && at(b, start-2) != '/' && is(at(b, start-2), cWord) {
			return 0 // "pkg/name@v1.io"
		}
		if sshTarget(b, start) {
			return s.found(observable.Domain, string(appendLower(nil, name)), i+n, end, h.mark(k), 80)
		}
		value := string(appendLower(nil, local)) + "@" + string(appendLower(nil, name))
		return s.found(observable.Email, value, start, end, hm, 95)
	}
	return 0
}

// dotInWords reports a host whose dots are written as words.
func dotInWords(host []byte) bool {
	return eachWord(host, func(w []byte) bool { return string(w) == "dot" })
}

// announcesMail reports the word that stands before a mail address.
func announcesMail(text []byte) bool {
	return eachWord(text, func(w []byte) bool {
		switch string(w) {
		case "mail", "email", "emails", "e-mail", "contact":
			return true
		}
		return false
	}) || hasWide(text, "邮箱", "邮件", "郵箱", "郵件", "メール", "메일", "почт")
}

// maskedMail reports that the writer hid a part of the local part: "z***g@corp.com".
func maskedMail(b []byte, start int) bool {
	i := start
	for i > 0 && b[i-1] == '*' {
		i--
	}
	return i < start && is(at(b, i-1), cWord)
}

// sshTarget reports that a command for remote shells stands before user@host.
func sshTarget(b []byte, start int) bool {
	w, _ := wordBack(b, start)
	switch string(w) {
	case "ssh", "scp", "sftp", "rsync", "autossh", "sshfs":
		return true
	}
	return false
}

// mailHost checks the first k labels as the host of a mail address.
func mailHost(h *chain, k int) (name []byte, end int, ok bool) {
	raw := h.label(k - 1)
	if len(raw) > 63 || numeric(h, k) {
		return nil, 0, false
	}
	cut := len(raw)
	for i, ch := range raw {
		if ch == '-' && !foldAt(raw, 0, "xn--") {
			cut = i
			break
		}
	}
	if cut == 0 || !topLevel(appendLower(nil, raw[:cut])) {
		return nil, 0, false
	}
	end = h.labels[k-1].srcEnd
	if cut < len(raw) {
		if h.labels[k-1].srcEnd-h.labels[k-1].src != len(raw) {
			return nil, 0, false
		}
		end = h.labels[k-1].src + cut
	}
	name = h.out[h.labels[0].out : h.labels[k-1].out+cut]
	return name, end, validName(name)
}

// handle reads a Telegram name "@name" where the text before says that it is one.
func (s *scanner) handle(j int) int {
	b := s.b
	if j > 0 && is(b[j-1], cWord) {
		return 0
	}
	e := j + 1
	for e < len(b) && e-j < 40 && (is(b[e], cAlpha|cDigit) || b[e] == '_') {
		e++
	}
	if n := e - j - 1; n < 4 || n > 32 || !is(b[j+1], cAlpha) || at(b, e) == '.' && is(at(b, e+1), cAlpha) || at(b, e) == '/' {
		return 0
	}
	line := before(b, j, 60)
	named := eachWord(line, isTelegramWord) || hasWide(tailOf(line, 30), "电报", "飞机", "纸飞机", "телеграм", "텔레그램")
	next := after(b, e, 24)
	if !named {
		named = hasWord(next, "telegram") && (hasWord(next, "on") || hasWord(next, "in")) || hasWide(headOf(next, 20), "(Telegram", "（Telegram")
	}
	if !named {
		return 0
	}
	return s.found(observable.Account, "telegram:"+string(appendLower(nil, b[j+1:e])), j, e, fang.Plain, 80)
}

func isTelegramWord(w []byte) bool {
	switch string(w) {
	case "telegram", "tg", "телеграм":
		return true
	}
	return false
}
