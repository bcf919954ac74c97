package notify

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// longestHost bounds the work for one dotted word; longer ones are defanged unseen.
const longestHost = 255

// Defang makes the addresses in a text harmless, so that no program turns them into links: schemes
// (hxxp), dots of hosts and IPv4 addresses ([.]), and e-mail addresses ([@]). File names, versions
// and what is defanged already stay as they are. Doing it twice changes nothing. It is one pass.
func Defang(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/16)
	before := ' '
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case inLabel(r):
			word := wordOf(s)
			s = s[len(word):]
			before, _ = utf8.DecodeLastRuneInString(word)
			if rest, ok := strings.CutPrefix(s, "://"); ok {
				head, scheme := splitScheme(word)
				b.WriteString(defangWord(head))
				b.WriteString(scheme)
				s, before = rest, '/'
				continue
			}
			b.WriteString(defangWord(word))
			continue
		case r == '@' && before != '@' && before != '[' && !unicode.IsSpace(before) && strings.ContainsAny(wordOf(s[1:]), ".。．｡"):
			b.WriteString("[@]")
		default:
			b.WriteString(s[:size])
		}
		before = r
		s = s[size:]
	}
	return b.String()
}

func inLabel(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// wordOf returns the labels at the start of s, joined by single dots. An ideographic full stop joins
// only ASCII: between Chinese words it ends a sentence.
func wordOf(s string) string {
	end := 0
	last := rune(0)
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if inLabel(r) && r != utf8.RuneError {
			end += size
			last = r
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[end+size:])
		joined := r == '.' || r == '．' || (r == '。' || r == '｡') && last < utf8.RuneSelf && next < utf8.RuneSelf
		if end == 0 || !joined || end+size >= len(s) || !inLabel(next) || next == utf8.RuneError {
			break
		}
		end += size
	}
	return s[:end]
}

// splitScheme takes the scheme off the end of the word before "://" and returns what to write for both.
func splitScheme(word string) (head, scheme string) {
	i := len(word)
	for i > 0 && (word[i-1] >= 'a' && word[i-1] <= 'z' || word[i-1] >= 'A' && word[i-1] <= 'Z') {
		i--
	}
	head, scheme = word[:i], strings.ToLower(word[i:])
	switch scheme {
	case "http", "https":
		return head, "hxxp" + scheme[4:] + "://"
	case "ftp", "ftps":
		return head, "fxp" + scheme[3:] + "://"
	case "hxxp", "hxxps", "fxp", "fxps":
		return head, word[i:] + "://"
	}
	return word, "[:]//"
}

func defangWord(word string) string {
	if !strings.ContainsAny(word, ".。．｡") {
		return word
	}
	dotted := word
	for _, dot := range []string{"。", "．", "｡"} {
		dotted = strings.ReplaceAll(dotted, dot, ".")
	}
	if len(dotted) > longestHost || isHost(dotted) {
		return strings.ReplaceAll(dotted, ".", "[.]")
	}
	for i := range dotted { // programs also see the host in evil.com.00
		if dotted[i] == '.' && isHost(dotted[:i]) {
			return strings.ReplaceAll(dotted, ".", "[.]")
		}
	}
	return word
}

// isHost tells whether a dotted word would be taken for an address: an IPv4 address, or a name under a
// public suffix or one of the suffixes that reports use beside them.
func isHost(word string) bool {
	if a, err := netip.ParseAddr(word); err == nil {
		return a.Is4()
	}
	word = strings.ToLower(strings.Trim(word, "-_"))
	dot := strings.LastIndexByte(word, '.')
	if dot <= 0 {
		return false
	}
	switch word[dot+1:] {
	case "onion", "i2p", "bit", "test", "local", "internal":
		return true
	}
	if ascii, err := idna.Punycode.ToASCII(word); err == nil { // the list is in ASCII
		word = ascii
	}
	suffix, icann := publicsuffix.PublicSuffix(word)
	return icann || strings.Contains(suffix, ".")
}
