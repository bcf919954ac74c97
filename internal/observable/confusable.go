package observable

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// Confusable says how much a host name looks like a brand of ours: score is 0 (not at all, or
// the brand's own name) to 100, how names the trick in English for the person who judges it.
// brand is a domain ("contoso.com") or a bare word ("contoso"). Words of three letters and less
// are only compared for equality, since everything looks like them.
func Confusable(domain, brand string) (score int, how string) {
	host, brandHost := displayHost(domain), displayHost(brand)
	word, brandTLD := cutSuffix(brandHost)
	if word == "" || host == "" {
		return 0, ""
	}
	label, tld := cutSuffix(host)
	if label == "" {
		return 0, ""
	}
	if brandTLD != "" && label == word && tld == brandTLD || brandTLD == "" && label == word {
		return 0, ""
	}
	best := func(s int, h string) {
		if s > score {
			score, how = s, h
		}
	}
	best(compareLabel(label, word))
	if front, ok := strings.CutSuffix(host, "."+label+dotted(tld)); ok && utf8.RuneCountInString(word) > 3 {
		for part := range strings.SplitSeq(front, ".") {
			if part == word {
				best(75, "brand as a subdomain of another domain")
			} else if s, h := compareLabel(part, word); s >= 60 {
				best(s-15, h+", in a subdomain")
			}
		}
	}
	return score, how
}

func dotted(tld string) string {
	if tld == "" {
		return ""
	}
	return "." + tld
}

// displayHost returns the lower-case Unicode form, without a final dot or a wildcard.
func displayHost(s string) string {
	s = strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "."), "*.")
	if u, err := idna.Punycode.ToUnicode(s); err == nil {
		s = u
	}
	return norm.NFC.String(s)
}

// cutSuffix splits the registrable label from its public suffix; a bare word has none.
func cutSuffix(host string) (label, suffix string) {
	if !strings.Contains(host, ".") {
		return host, ""
	}
	suffix, _ = publicsuffix.PublicSuffix(host)
	if suffix == host {
		return "", suffix
	}
	front := strings.TrimSuffix(host, "."+suffix)
	return lastLabel(front), suffix
}

func compareLabel(label, word string) (int, string) {
	n := utf8.RuneCountInString(word)
	if label == word {
		return 80, "same name under another top-level domain"
	}
	ls, ws := skeleton(label), skeleton(word)
	if ls == ws && n > 2 {
		return 95, "letters that look alike"
	}
	if n <= 3 {
		return 0, ""
	}
	if strings.ReplaceAll(label, "-", "") == strings.ReplaceAll(word, "-", "") {
		return 88, "hyphen added or left out"
	}
	if s, h := compareEdits([]rune(label), []rune(word)); s > 0 {
		return s, h
	}
	return compareContained(label, ls, word, ws, n)
}

func compareContained(label, ls, word, ws string, n int) (int, string) {
	for part := range strings.SplitSeq(label, "-") {
		switch {
		case part == word:
			return 75, "brand with words added"
		case skeleton(part) == ws:
			return 78, "letters that look alike, with words added"
		}
	}
	if n >= 5 && strings.Contains(label, word) {
		return 60 + min(15, 2*(n-5)), "brand inside a longer name"
	}
	if n >= 6 && strings.Contains(ls, ws) {
		return 62, "letters that look alike inside a longer name"
	}
	return 0, ""
}

// compareEdits finds one slip of the finger, and two in long names.
func compareEdits(a, b []rune) (int, string) {
	n := len(b)
	switch len(a) - n {
	case 0:
		diff, at := 0, -1
		for i := range a {
			if a[i] != b[i] {
				if diff++; at < 0 {
					at = i
				}
			}
		}
		switch {
		case diff == 1 && a[at] < 128 && b[at] < 128 && bits.OnesCount8(uint8(a[at])^uint8(b[at])) == 1 && !neighbours(a[at], b[at]):
			return 82, "one bit flipped"
		case diff == 1 && neighbours(a[at], b[at]):
			return 85, "neighbouring key"
		case diff == 1:
			return 60 + min(18, 2*n), "one letter changed"
		case diff == 2 && a[at] == b[at+1] && a[at+1] == b[at]:
			return 85, "two letters swapped"
		}
	case 1:
		if at, ok := oneMore(a, b); ok {
			if at > 0 && a[at] == a[at-1] || at+1 < len(a) && a[at] == a[at+1] {
				return 84, "letter doubled"
			}
			return 60 + min(18, 2*n), "one letter added"
		}
	case -1:
		if _, ok := oneMore(b, a); ok {
			return 60 + min(20, 2*n), "one letter left out"
		}
	}
	if n >= 8 && len(a) <= 64 && n <= 64 && distance(a, b) == 2 {
		return 58, "two letters changed"
	}
	return 0, ""
}

// oneMore reports where a has one rune more than b.
func oneMore(a, b []rune) (int, bool) {
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	return i, string(a[i+1:]) == string(b[i:])
}

// distance is Damerau–Levenshtein with adjacent swaps, on at most 64 runes.
func distance(a, b []rune) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// neighbours reports keys that touch on a QWERTY keyboard.
func neighbours(a, b rune) bool {
	rows := [...]string{"1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm"}
	ra, ca, rb, cb := -1, 0, -1, 0
	for r, row := range rows {
		if i := strings.IndexRune(row, a); i >= 0 {
			ra, ca = r, i
		}
		if i := strings.IndexRune(row, b); i >= 0 {
			rb, cb = r, i
		}
	}
	if ra < 0 || rb < 0 {
		return false
	}
	switch rb - ra {
	case 0:
		return cb-ca == 1 || ca-cb == 1
	case 1:
		return cb == ca || cb == ca-1
	case -1:
		return cb == ca || cb == ca+1
	}
	return false
}

// skeleton maps letters that look alike to one letter (after UTS 39, a short table of our own):
// equal skeletons look the same at a glance.
func skeleton(s string) string {
	var out strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if m, ok := lookalike(r); ok {
			out.WriteString(m)
			continue
		}
		out.WriteRune(r)
	}
	return strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "nn", "m", "-", "").Replace(out.String())
}

// lookalike maps one rune; pairs are letter followed by its substitutes.
func lookalike(r rune) (string, bool) {
	if r == 'i' || r == '1' || r == '|' || r == 'j' {
		return "l", true
	}
	for _, row := range [...]string{
		"aаɑαạ@4", "bЬьƄβ6", "cсϲçⅽ", "dԁɗժⅾ", "eеєҽ3ε", "fғƒ", "gɡɢԍց9", "hһհ", "lіιıӏⅼ!ļǀｌ", "kкκ",
		"mмⅿ", "nոռη", "oоοօ0σ০", "pрρϱ", "qԛզ", "rгʀ", "sѕʂ5$", "tтτ7", "uυսʋц", "vνѵⅴ", "wѡԝա", "xхχⅹ", "yуүγʏ", "zᴢʐ2",
	} {
		if i := strings.IndexRune(row, r); i > 0 {
			return row[:1], true
		}
	}
	return "", false
}
