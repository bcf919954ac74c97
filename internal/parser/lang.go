package parser

import (
	"strings"
	"unicode"
)

// Language guesses the language of running text for documents that state none: "zh", "ja", "ko",
// "ru", "en", or "" where it is not clear. The beginning of the text decides.
func Language(text string) string {
	if len(text) > 20_000 {
		text = Clean(text[:20_000])
	}
	var han, kana, hangul, cyrillic, latin int
	for _, r := range text {
		switch {
		case r < 0x80:
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				latin++
			}
		case r >= 0x3041 && r <= 0x30FF:
			kana++
		case r >= 0xAC00 && r <= 0xD7A3:
			hangul++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		}
	}
	// A Chinese character says about as much as a word of five letters.
	words := latin / 5
	switch {
	case kana > 20 && kana*5 > han:
		return "ja"
	case hangul > 20 && hangul*2 > words:
		return "ko"
	case han > 10 && han*2 > words:
		return "zh"
	case cyrillic > 50 && cyrillic*2 > latin:
		return "ru"
	case latin > 100 && english(text):
		return "en"
	}
	return ""
}

// english counts words no English text does without.
func english(text string) bool {
	common, all := 0, 0
	for w := range strings.FieldsSeq(text) {
		all++
		switch strings.ToLower(w) {
		case "the", "of", "and", "to", "in", "a", "is", "that", "for", "was", "with", "as", "on", "by", "this":
			common++
		}
	}
	return common*8 > all
}
