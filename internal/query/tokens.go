package query

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxToken bounds one token's runes; longer runs are cut, on both sides of the search alike.
const MaxToken = 64

// Tokens returns the search tokens of a text, separated by spaces: letters and digits in runs, folded
// (NFKC, lower case); runs of Han, kana or hangul as overlapping pairs, a lone one by itself.
func Tokens(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/2)
	scan(text, func(token string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(token)
	})
	return b.String()
}

// Phrase returns the tokens of a searched word or phrase, in order. A trailing * asks for a prefix, kept
// on the last token when that is not a pair of ideographs.
func Phrase(text string) []string {
	body, prefix := strings.CutSuffix(text, "*")
	var tokens []string
	scan(body, func(t string) { tokens = append(tokens, t) })
	if n := len(tokens); n > 0 {
		last := []rune(tokens[n-1])
		if prefix && !ideographic(last[0]) || len(last) == 1 && ideographic(last[0]) {
			tokens[n-1] += "*" // a single ideograph matches the pairs that start with it
		}
	}
	return tokens
}

func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func scan(text string, emit func(token string)) {
	text = norm.NFKC.String(text)
	var word, pairs []rune
	flushWord := func() {
		if len(word) > 0 {
			emit(string(word[:min(len(word), MaxToken)]))
			word = word[:0]
		}
	}
	flushPairs := func() {
		if len(pairs) == 1 {
			emit(string(pairs))
		}
		for i := 0; i+1 < len(pairs); i++ {
			emit(string(pairs[i : i+2]))
		}
		pairs = pairs[:0]
	}
	for _, r := range text {
		switch {
		case ideographic(r):
			flushWord()
			pairs = append(pairs, r)
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			flushPairs()
			word = append(word, unicode.ToLower(r))
		default:
			flushWord()
			flushPairs()
		}
	}
	flushWord()
	flushPairs()
}
