package asset

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/observable"
)

// lookalikes finds hosts that imitate own names. observable.Confusable is the judge; this index proposes to
// it the few words that could reach the threshold, so that the work does not grow with their number:
//
//   - equal, and equal after folding letters that look alike or taking out hyphens: a map;
//   - inside the label: a map, asked for each place where a four-byte beginning fits and each length there is;
//   - one slip (a letter more, less, another, two swapped): label and word share a form with one letter
//     taken out (symmetric deletion), a map of hashes.
type lookalikes struct {
	threshold int
	words     []word
	equal     map[string][]int32
	inside    map[string][]int32
	begins    map[[4]byte]bool
	lengths   []int // of the keys of inside, ascending
	slips     map[uint64][]int32
}

// word is a name of ours: brand is what Confusable gets, label its registrable label in Unicode.
type word struct {
	asset        id.ID
	brand, label string
	plain        bool // long enough to mean something anywhere in a name
}

// Bounds per label, so that hostile hosts and hostile asset lists cost no more than others.
const (
	minInside     = 5 // letters of a name that Confusable looks for inside others
	minPlain      = 7 // letters of a name that counts inside others, whatever its score
	minSlip       = 4 // letters of a name in which one slip means something
	maxLabel      = 64
	maxCandidates = 48
)

func newLookalikes(threshold int) *lookalikes {
	return &lookalikes{threshold: threshold, equal: map[string][]int32{}, inside: map[string][]int32{}, begins: map[[4]byte]bool{}, slips: map[uint64][]int32{}}
}

func (l *lookalikes) add(n id.ID, brand string) {
	label := displayLabel(brand)
	if strings.Contains(brand, ".") {
		suffix, _ := publicsuffix.PublicSuffix(brand)
		front := strings.TrimSuffix(strings.TrimSuffix(brand, suffix), ".")
		label = displayLabel(front[strings.LastIndexByte(front, '.')+1:])
	}
	if label == "" || len(label) > maxLabel*utf8.UTFMax {
		return
	}
	runes := utf8.RuneCountInString(label)
	w := word{asset: n, brand: brand, label: label, plain: runes >= minPlain || runes >= 2 && strings.ContainsFunc(label, ideograph)}
	at := int32(len(l.words)) //nolint:gosec // far fewer
	l.words = append(l.words, w)
	forms := map[string]bool{label: true, strings.ReplaceAll(label, "-", ""): true, fold(label): true}
	for form := range forms {
		l.equal[form] = append(l.equal[form], at)
		if len(form) >= 4 && (runes >= minInside || w.plain) {
			l.begins[[4]byte([]byte(form[:4]))] = true
			l.inside[form] = append(l.inside[form], at)
			if i, known := slices.BinarySearch(l.lengths, len(form)); !known {
				l.lengths = slices.Insert(l.lengths, i, len(form))
			}
		}
	}
	if runes >= minSlip {
		deletions(label, func(h uint64) { l.slips[h] = append(l.slips[h], at) })
	}
}

// displayLabel returns a label's lower-case Unicode form.
func displayLabel(s string) string {
	s = strings.ToLower(s)
	if strings.HasPrefix(s, "xn--") {
		if u, err := idna.Punycode.ToUnicode(s); err == nil {
			s = u
		}
	}
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// find returns the own name that a host imitates most, if any reaches the threshold.
func (l *lookalikes) find(host string) (Hit, bool) {
	if len(l.words) == 0 {
		return Hit{}, false
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	front := strings.TrimSuffix(strings.TrimSuffix(host, suffix), ".")
	if front == "" {
		return Hit{}, false
	}
	var seen [maxCandidates]int32
	found := seen[:0]
	for labels := 0; front != "" && labels < maxHostLabels; labels++ {
		i := strings.LastIndexByte(front, '.')
		found = l.candidates(found, displayLabel(front[i+1:]))
		front = front[:max(i, 0)]
	}
	best, at, how := 0, -1, ""
	for _, c := range found {
		score, h := l.judge(host, l.words[c])
		if score > best || score == best && score > 0 && l.words[c].asset < l.words[at].asset {
			best, at, how = score, int(c), h
		}
	}
	if at < 0 || best < l.threshold {
		return Hit{}, false
	}
	return Hit{Asset: l.words[at].asset, How: HowLookalike + how}, true
}

// judge asks Confusable, and adds that a brand's bare name in a domain that is not ours is worth knowing, and
// that a long name, or one of two ideographs, is so inside another one too.
func (l *lookalikes) judge(host string, w word) (int, string) {
	score, how := observable.Confusable(host, w.brand)
	if score == 0 && !strings.Contains(w.brand, ".") {
		for label := range strings.SplitSeq(host, ".") {
			if displayLabel(label) == w.label {
				return max(l.threshold, 80), "brand as the name"
			}
		}
	}
	if w.plain && score < l.threshold && host != w.brand {
		for label := range strings.SplitSeq(host, ".") {
			if d := displayLabel(label); d != w.label && strings.Contains(d, w.label) {
				return l.threshold, "brand inside a longer name"
			}
		}
	}
	return score, how
}

// candidates adds the words that a label could imitate.
func (l *lookalikes) candidates(found []int32, label string) []int32 {
	if label == "" || len(label) > maxLabel*utf8.UTFMax {
		return found
	}
	add := func(list []int32) {
		for _, w := range list {
			if len(found) < maxCandidates && !slices.Contains(found, w) {
				found = append(found, w)
			}
		}
	}
	folded := fold(label)
	add(l.equal[label])
	add(l.equal[folded])
	if strings.IndexByte(label, '-') >= 0 {
		add(l.equal[strings.ReplaceAll(label, "-", "")])
		for part := range strings.SplitSeq(label, "-") {
			add(l.equal[part])
			add(l.equal[fold(part)])
		}
	}
	found = l.contained(found, label)
	if folded != label {
		found = l.contained(found, folded)
	}
	if len(label) >= minSlip-1 && utf8.RuneCountInString(label) <= maxLabel {
		deletions(label, func(h uint64) { add(l.slips[h]) })
	}
	return found
}

func (l *lookalikes) contained(found []int32, label string) []int32 {
	for i := 0; i+4 <= len(label); i++ {
		if !l.begins[[4]byte([]byte(label[i:i+4]))] {
			continue
		}
		for _, n := range l.lengths {
			if i+n > len(label) {
				break
			}
			for _, w := range l.inside[label[i:i+n]] {
				if len(found) < maxCandidates && !slices.Contains(found, w) {
					found = append(found, w)
				}
			}
		}
	}
	return found
}

// FNV-1a, 64 bits.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

// deletions calls emit with a hash of s and of s without each of its characters.
func deletions(s string, emit func(uint64)) {
	var buf [maxLabel]rune
	runes := buf[:0]
	for _, r := range s {
		if len(runes) == maxLabel {
			return
		}
		runes = append(runes, r)
	}
	for skip := -1; skip < len(runes); skip++ {
		h := uint64(hashStart)
		for i, r := range runes {
			if i != skip {
				h = (h ^ uint64(r)) * hashPrime //nolint:gosec // a hash
			}
		}
		emit(h)
	}
}

// fold maps letters and pairs that look alike to one spelling, at least as coarsely as the skeleton that
// observable.Confusable compares (a test compares the two): it only proposes, so that too coarse costs time
// and too fine would miss. Single letters are written as the pairs that look like them (m as nn, d as cl, w
// as vv), so that the result does not hang on where a pair begins.
func fold(s string) string {
	if s = strings.ToLower(s); !isASCII(s) {
		s = norm.NFKD.String(s)
	}
	var buf [maxLabel * 2]byte
	out := buf[:0]
	for _, r := range s {
		c, ok := foldRune(r)
		switch {
		case !ok:
		case c == 'm':
			out = append(out, "nn"...)
		case c == 'w':
			out = append(out, "vv"...)
		case c == 'd':
			out = append(out, "cl"...)
		default:
			out = utf8.AppendRune(out, c)
		}
	}
	for i := len(out) - 2; i >= 0; i-- {
		if out[i] == 'r' && out[i+1] == 'n' {
			out[i] = 'n'
		}
	}
	return string(out)
}

func foldRune(r rune) (rune, bool) {
	switch r {
	case 'i', '1', '|', 'j', '!':
		return 'l', true
	case '-':
		return 0, false
	case '4', '@':
		return 'a', true
	case '6':
		return 'b', true
	case '3':
		return 'e', true
	case '9':
		return 'g', true
	case '0':
		return 'o', true
	case '5', '$':
		return 's', true
	case '7':
		return 't', true
	case '2':
		return 'z', true
	}
	if r < utf8.RuneSelf {
		return r, true
	}
	if unicode.Is(unicode.Mn, r) {
		return 0, false
	}
	return foldForeign(r), true
}

// foldForeign maps letters of other scripts that look like Latin ones.
func foldForeign(r rune) rune {
	for _, row := range [...]string{
		"aаɑα", "bьƅβ", "cсϲⅽ", "dԁɗժⅾ", "eеєҽε", "fғƒ", "gɡɢԍց", "hһհ", "lіιıӏⅼǀ", "kкκ", "mмⅿ", "nոռη", "oоοօσ০", "pрρϱ", "qԛզ",
		"rгʀ", "sѕʂ", "tтτ", "uυսʋц", "vνѵⅴ", "wѡԝա", "xхχⅹ", "yуүγʏ", "zᴢʐ",
	} {
		if i := strings.IndexRune(row, r); i > 0 {
			return rune(row[0])
		}
	}
	return r
}
