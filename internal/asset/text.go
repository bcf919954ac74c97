package asset

import (
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/id"
)

// phrases finds names in running text: a trie over tokens (runs of letters and digits; ideographs one by
// one), walked once over the text. Its work is bounded by tokens times the longest name.
type phrases struct {
	root    *node
	longest int
}

type node struct {
	next map[string]*node
	ends []ending
}

type ending struct {
	asset id.ID
	how   string
}

const (
	maxPhrase   = 16 // tokens of a name
	maxGap      = 3  // characters between the tokens of a name
	maxTextHits = 1000
)

func newPhrases() *phrases { return &phrases{root: &node{}} }

func (p *phrases) add(n id.ID, how, name string) {
	at, tokens := p.root, 0
	eachToken(name, func(token []byte, _ bool) bool {
		if tokens++; tokens > maxPhrase {
			return false
		}
		child := at.next[string(token)]
		if child == nil {
			child = &node{}
			if at.next == nil {
				at.next = map[string]*node{}
			}
			at.next[string(token)] = child
		}
		at = child
		return true
	})
	if tokens == 0 || tokens > maxPhrase {
		return
	}
	at.ends = append(at.ends, ending{n, how})
	p.longest = max(p.longest, tokens)
}

func (p *phrases) find(text string) []Hit {
	if p.root.next == nil {
		return nil
	}
	var hits []Hit
	seen := map[id.ID]bool{}
	var front [2][maxPhrase + 1]*node // the names under way, before and after a token
	active, turn := 0, 0
	eachToken(text, func(token []byte, apart bool) bool {
		now, then := &front[turn], &front[1-turn]
		if apart {
			active = 0
		}
		now[active] = p.root
		count := 0
		for _, at := range now[:active+1] {
			child := at.next[string(token)]
			if child == nil {
				continue
			}
			for _, e := range child.ends {
				if !seen[e.asset] {
					seen[e.asset] = true
					hits = append(hits, Hit{Asset: e.asset, How: e.how})
				}
			}
			if child.next != nil && count < maxPhrase {
				then[count] = child
				count++
			}
		}
		active, turn = count, 1-turn
		return len(hits) < maxTextHits
	})
	return hits
}

// eachToken calls fn with every token, folded; apart tells that it does not follow the one before closely.
// The bytes are valid until fn returns; false ends the walk.
func eachToken(text string, fn func(token []byte, apart bool) bool) {
	var buf [128]byte
	token := buf[:0]
	gap, lines := maxGap+1, 0
	flush := func() bool {
		if len(token) == 0 {
			return true
		}
		ok := fn(token, gap > maxGap || lines > 1)
		token, gap, lines = token[:0], 0, 0
		return ok
	}
	for _, r := range text {
		r = foldWidth(r)
		switch {
		case r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			token = append(token, byte(r))
		case r >= utf8.RuneSelf && ideograph(r):
			if !flush() {
				return
			}
			token = utf8.AppendRune(token, r)
			if !flush() {
				return
			}
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)):
			token = utf8.AppendRune(token, unicode.ToLower(r))
		default:
			if !flush() {
				return
			}
			gap++
			if r == '\n' {
				lines++
			}
		}
	}
	flush()
}

// foldWidth makes full-width and upper-case ASCII plain.
func foldWidth(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFEE0
	}
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}
