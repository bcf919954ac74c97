package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/query"
)

// Snippet is a piece of a text that shows why it was found. Marks are ranges of Text in UTF-16 code units, as
// browsers count, ascending and without overlaps.
type Snippet struct {
	Text  string
	Marks [][2]int
}

// Bounds of what is looked for: words of a query, and characters of one.
const (
	maxTerms = 16
	maxTerm  = 200
)

// Terms returns the words and phrases that a query wants to see in texts.
func Terms(n query.Node) []string {
	var out []string
	add := func(s string) {
		s = strings.TrimSpace(strings.TrimSuffix(s, "*"))
		for _, variant := range []string{s, observable.Refang(s)} {
			if variant != "" && len(out) < maxTerms && !slices.Contains(out, variant) {
				out = append(out, variant)
			}
		}
		if v, ok := observable.Recognise(s); ok && len(out) < maxTerms {
			if d := observable.Defang(v); !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	var walk func(query.Node)
	walk = func(n query.Node) {
		switch n := n.(type) {
		case query.Text:
			add(n.Text)
		case query.Field:
			if n.Name == "value" || n.Name == "title" {
				add(strings.Trim(n.Value, "*"))
			}
		case query.And:
			for _, x := range n {
				walk(x)
			}
		case query.Or:
			for _, x := range n {
				walk(x)
			}
		}
	}
	walk(n)
	return out
}

// Cut returns about limit characters of text around the place where most of the terms stand, with every
// occurrence marked; ok is false when none occurs.
func Cut(text string, terms []string, limit int) (s Snippet, ok bool) {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	runes := []rune(text)
	folded := make([]rune, len(runes))
	for i, r := range runes {
		folded[i] = fold(r)
	}
	hits := find(folded, terms)
	if len(hits) == 0 {
		return Snippet{}, false
	}
	at := best(hits, limit)
	from := max(hits[at].start-limit/4, 0)
	to := min(from+limit, len(runes))
	from = max(min(from, to-limit), 0)
	from, to = widen(runes, from, to, hits[at])
	return render(runes, from, to, hits), true
}

// Mark marks the terms in a short text without cutting it.
func Mark(text string, terms []string) Snippet {
	text = strings.ToValidUTF8(text, "\uFFFD")
	runes := []rune(text)
	folded := make([]rune, len(runes))
	for i, r := range runes {
		folded[i] = fold(r)
	}
	return render(runes, 0, len(runes), find(folded, terms))
}

// fold makes letters of one case and full-width forms narrow, one character for one.
func fold(r rune) rune {
	if r >= 0xff01 && r <= 0xff5e {
		r -= 0xfee0
	}
	if unicode.IsSpace(r) {
		return ' '
	}
	return unicode.ToLower(r)
}

type hit struct {
	start, end int // runes
	term       int
}

// maxHits bounds the occurrences looked at; the first ones decide.
const maxHits = 2000

// find returns occurrences in ascending order without overlaps; of several at one place the longest counts.
func find(text []rune, terms []string) []hit {
	var out []hit
	for n, t := range terms {
		want := []rune(t)
		for i, r := range want {
			want[i] = fold(r)
		}
		if len(want) == 0 || len(want) > maxTerm {
			continue
		}
		count := 0
		for i := 0; i+len(want) <= len(text) && count < maxHits; i++ {
			if text[i] == want[0] && slices.Equal(text[i:i+len(want)], want) {
				out = append(out, hit{i, i + len(want), n})
				i += len(want) - 1
				count++
			}
		}
	}
	slices.SortFunc(out, func(a, b hit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	kept := out[:0]
	end := 0
	for _, h := range out {
		if h.start >= end {
			kept = append(kept, h)
			end = h.end
		}
	}
	return kept
}

// best returns the place of the hit from which a window of limit characters holds most different terms.
func best(hits []hit, limit int) int {
	at, most := 0, 0
	for i := range hits {
		seen := map[int]bool{}
		for _, h := range hits[i:] {
			if h.end-hits[i].start > limit*3/4 {
				break
			}
			seen[h.term] = true
		}
		if len(seen) > most {
			at, most = i, len(seen)
		}
		if i > 200 {
			break
		}
	}
	return at
}

// widen moves the borders of a window to white space nearby, never into the hit.
func widen(r []rune, from, to int, h hit) (int, int) {
	for i := from; from > 0 && i < from+20 && i < h.start; i++ {
		if unicode.IsSpace(r[i]) {
			from = i + 1
			break
		}
	}
	for i := to; to < len(r) && i > to-20 && i > h.end; i-- {
		if unicode.IsSpace(r[i-1]) {
			to = i - 1
			break
		}
	}
	return from, to
}

// render writes runes [from,to) with white space made single, and counts the marks in UTF-16.
func render(r []rune, from, to int, hits []hit) Snippet {
	var b strings.Builder
	at := 0
	write := func(c rune) {
		b.WriteRune(c)
		at++
		if c > 0xffff {
			at++
		}
	}
	if from > 0 {
		write('…')
	}
	s := Snippet{Marks: [][2]int{}}
	next, _ := slices.BinarySearchFunc(hits, from, func(h hit, want int) int { return h.start - want })
	open := -1
	space := true
	for i := from; i < to; i++ {
		if next < len(hits) && i == hits[next].start && open < 0 {
			open = at
		}
		c := r[i]
		switch {
		case unicode.IsSpace(c) || unicode.IsControl(c):
			if !space {
				write(' ')
			}
			space = true
		default:
			write(c)
			space = false
		}
		if open >= 0 && i+1 == hits[next].end {
			s.Marks = append(s.Marks, [2]int{open, at})
			open = -1
			next++
		}
	}
	if open >= 0 {
		s.Marks = append(s.Marks, [2]int{open, at})
	}
	if to < len(r) {
		write('…')
	}
	s.Text = b.String()
	return s
}
