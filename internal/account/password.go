package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/vedette-ti/vedette/internal/errs"
)

// minPassword is the fewest characters of a password (NIST SP 800-63B wants 8, OWASP ASVS L2 12).
const minPassword = 12

// commonText lists words and keyboard walks that are no password by themselves, whatever digits and signs
// are put around them.
//
//go:embed common.txt
var commonText string

// commonWord looks a folded word up in the embedded list: one a line, sorted by nothing, "#" comments.
func commonWord(word string) bool {
	return word != "" && strings.Contains(commonText, "\n"+word+"\n")
}

// checkPassword applies the policy: length, not the account's own words, not a common or mechanical one.
// Nothing else is asked for: composition rules make passwords worse (NIST SP 800-63B, 5.1.1.2).
func checkPassword(password, email, name, product string) error {
	p := norm.NFKC.String(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return errs.New(errs.Invalid, "password_unreadable", "The password contains bytes that are not text.")
	case utf8.RuneCountInString(p) < minPassword:
		return errs.New(errs.Invalid, "password_short", "The password needs at least {min} characters; three or four random words do well.", "min", minPassword)
	case len(password) > maxPassword:
		return errs.New(errs.TooLarge, "password_long", "The password takes more than {max} bytes.", "max", maxPassword)
	}
	local, _, _ := strings.Cut(email, "@")
	bare, read := letters(strings.ToLower(p)), letters(unleet(core(strings.ToLower(p))))
	for _, own := range []string{email, local, name, product} {
		if w := letters(Fold(own)); w != "" && (bare == w || read == w) {
			return errs.New(errs.Invalid, "password_own", "The password is the e-mail address, the name or the product with something around it: choose another.")
		}
	}
	if common(strings.ToLower(p)) || mechanical(p) {
		return errs.New(errs.Invalid, "password_common", "The password is among those that are tried first: choose another; three or four random words do well.")
	}
	return nil
}

// common reports whether the password, its letters alone, or its letters with digits read as letters
// (p4ssw0rd) are in the list.
func common(p string) bool {
	c := core(p)
	for _, w := range []string{p, alphanumeric(p), letters(p), c, unleet(c), letters(unleet(c))} {
		if commonWord(w) {
			return true
		}
	}
	return false
}

// core is what stands between the first and the last letter.
func core(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

func alphanumeric(s string) string {
	return keep(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func letters(s string) string { return keep(s, unicode.IsLetter) }

func keep(s string, ok func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if ok(r) {
			return r
		}
		return -1
	}, s)
}

// unleet reads digits and signs as the letters that they stand for.
func unleet(s string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(s)
}

// keyboard are rows, and columns as they are walked on a Latin keyboard (1qaz2wsx, qazwsxedc).
func keyboard() []string {
	return []string{
		"`1234567890-=", "~!@#$%^&*()_+", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./", "azertyuiop", "qsdfghjklm", "wxcvbn",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp", "!qaz@wsx#edc$rfv%tgb^yhn&ujm*ik",
		"1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qwaszx", "qweasdzxc", "741852963", "147258369", "789456123",
		"abcdefghijklmnopqrstuvwxyz", "01234567890", "1234567890",
	}
}

// mechanical reports whether a password is made of repetitions, sequences and keyboard walks but for at most
// a quarter, or repeats a short unit.
func mechanical(p string) bool {
	r := []rune(strings.ToLower(p))
	if repeats(r) {
		return true
	}
	left := 0
	for i := 0; i < len(r); {
		n := walk(r[i:])
		if n < 3 {
			n = 1
			left++
		}
		i += n
	}
	return left*4 <= len(r)
}

// repeats reports whether r is one unit of at most 4 characters over and over, but for at most 2 at the end.
func repeats(r []rune) bool {
	for unit := 1; unit <= 4 && unit*2 <= len(r); unit++ {
		n := unit
		for n < len(r) && r[n] == r[n-unit] {
			n++
		}
		if len(r)-n <= 2 {
			return true
		}
	}
	return false
}

// walk returns how many characters at the beginning of r are the same one, or lie on a row of the keyboard
// in either direction.
func walk(r []rune) int {
	best := 1
	for best < len(r) && r[best] == r[0] {
		best++
	}
	for _, row := range keyboard() {
		keys := []rune(row)
		for start, k := range keys {
			if k != r[0] {
				continue
			}
			for _, step := range []int{1, -1} {
				n, at := 1, start+step
				for n < len(r) && at >= 0 && at < len(keys) && keys[at] == r[n] {
					n, at = n+1, at+step
				}
				best = max(best, n)
			}
		}
	}
	return best
}
