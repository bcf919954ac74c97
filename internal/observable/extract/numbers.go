package extract

import (
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// numbers handles the types that are looked for only when asked: account numbers, payment cards,
// phone numbers. b[j:e] is the word.
func (s *scanner) numbers(j, e int) int {
	b := s.b
	if !s.x.numbers || j > 0 && is(b[j-1], cWord) {
		return 0
	}
	if s.x.types.Has(tBankAccount) && isUpper(b[j]) && isUpper(at(b, j+1)) && is(at(b, j+2), cDigit) && is(at(b, j+3), cDigit) {
		if n := s.iban(j); n > 0 {
			return n
		}
	}
	if !is(b[j], cDigit) {
		return 0
	}
	if s.x.types.Has(tPhone) {
		if n := s.phone(j); n > 0 {
			return n
		}
	}
	if s.x.types.Has(tPaymentCard) {
		return s.card(j)
	}
	return 0
}

// grouped reads letters and digits in groups joined by one space or hyphen, at most max of them.
func grouped(b []byte, j int, class uint16, max int) (text []byte, ends []int) {
	i := j
	for i < len(b) && len(text) < max {
		switch {
		case is(b[i], class):
			text = append(text, b[i])
			ends = append(ends, i+1)
			i++
		case (b[i] == ' ' || b[i] == '-') && i > j && is(b[i-1], class) && is(at(b, i+1), class):
			i++
		default:
			return text, ends
		}
	}
	return text, ends
}

func (s *scanner) iban(j int) int {
	b := s.b
	text, ends := grouped(b, j, cAlpha|cDigit, 34)
	for n := len(text); n >= 15; n-- {
		if is(at(b, ends[n-1]), cAlpha|cDigit) {
			continue
		}
		if observable.ValidIBAN(string(text[:n])) {
			return s.found(tBankAccount, string(text[:n]), j, ends[n-1], fang.Plain, 95)
		}
	}
	return 0
}

func (s *scanner) card(j int) int {
	b := s.b
	text, ends := grouped(b, j, cDigit, 20)
	n := len(text)
	if n < 13 || n > 19 || is(at(b, ends[n-1]), cWord) || at(b, j-1) == '.' || !observable.ValidCard(string(text)) || !cardGroups(b[j:ends[n-1]]) {
		return 0
	}
	return s.found(tPaymentCard, string(text), j, ends[n-1], fang.Plain, 85)
}

// cardGroups accepts numbers without separators and in groups of four to seven.
func cardGroups(span []byte) bool {
	run := 0
	for i := 0; i <= len(span); i++ {
		if i < len(span) && is(span[i], cDigit) {
			run++
			continue
		}
		if run < 3 {
			return false
		}
		run = 0
	}
	return true
}

// phone reads +49 1573 5990017, +1 (202) 555-0147 and Chinese mobile numbers. The plus sign stands
// before b[j].
func (s *scanner) phone(j int) int {
	b := s.b
	if at(b, j-1) != '+' {
		return s.chineseMobile(j)
	}
	out := []byte{'+'}
	i, end := j, j
	for i < len(b) && i-j < 24 {
		c := b[i]
		switch {
		case is(c, cDigit):
			out = append(out, c)
			end = i + 1
		case c == ' ' || c == '-' || c == '(' || c == ')' || c == '.':
			if c == b[i-1] && c != '(' && c != ')' {
				i = len(b)
				continue
			}
		default:
			i = len(b)
			continue
		}
		i++
	}
	if n := len(out) - 1; n < 8 || n > 15 || is(at(b, end), cAlpha) || is(at(b, j-2), cWord) {
		return 0
	}
	return s.found(tPhone, string(out), j-1, end, fang.Plain, 80)
}

// chineseMobile reads eleven digits 13–19… without separators.
func (s *scanner) chineseMobile(j int) int {
	b := s.b
	e := runEnd(b, j, cDigit, 20)
	if e-j != 11 || b[j] != '1' || b[j+1] < '3' || is(at(b, e), cWord) || at(b, e) == '.' && is(at(b, e+1), cDigit) || at(b, j-1) == '.' {
		return 0
	}
	return s.found(tPhone, string(b[j:e]), j, e, fang.Plain, 60)
}
