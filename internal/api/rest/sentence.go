package rest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/report"
)

// The text around a mention: at most sentenceRunes characters, cut where sentences end when one ends near.
const (
	sentenceRunes  = 300
	sentenceWindow = 1200 // bytes read on each side
)

// sentences cuts the text around passages. Texts that cannot be read give no sentence.
func (s *Server) sentences(ctx context.Context, list []report.Passage) (map[report.Mention]*SentenceShape, error) {
	out := make(map[report.Mention]*SentenceShape, len(list))
	byText := map[blob.Hash][]report.Passage{}
	for _, p := range list {
		byText[p.TextBlob] = append(byText[p.TextBlob], p)
	}
	for hash, places := range byText {
		if err := s.cutSentences(ctx, hash, places, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Server) cutSentences(ctx context.Context, hash blob.Hash, places []report.Passage, out map[report.Mention]*SentenceShape) error {
	f, err := s.o.Blobs.Open(ctx, hash)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	for _, p := range places {
		from := max(p.Start-sentenceWindow, 0)
		if p.End < p.Start || p.Start > p.TextSize {
			continue
		}
		if _, err := f.Seek(from, io.SeekStart); err != nil {
			return err
		}
		end := min(p.End, p.Start+sentenceWindow) // a block, like a rule, shows its beginning
		window := make([]byte, end-from+sentenceWindow)
		n, err := io.ReadFull(f, window)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		x := sentenceAround(string(window[:n]), int(p.Start-from), int(end-from))
		x.Document, x.Offset = ref(p.Document), p.Start
		out[p.Mention] = &x
	}
	return nil
}

// sentenceAround cuts the sentence that holds window[start:end] in bytes; the window may begin and end inside
// a character. White space becomes single spaces.
func sentenceAround(window string, start, end int) SentenceShape {
	start = min(max(start, 0), len(window))
	end = min(max(end, start), len(window))
	value := squeeze(strings.ToValidUTF8(window[start:end], "\uFFFD"))
	if r := []rune(value); len(r) > sentenceRunes {
		value = string(r[:sentenceRunes-1]) + "…"
	}
	room := max(sentenceRunes-utf8.RuneCountInString(value), 0)
	upTo, rest := paragraph(window[:start], window[end:], end-start)
	before := tail(squeezeKeep(trimStart(upTo)), room*2/3)
	after := head(squeezeKeep(trimEnd(rest)), max(room-utf8.RuneCountInString(before), 0))
	text := before + value + after
	lead := len(text) - len(strings.TrimLeft(text, " "))
	if lead > len(before) {
		lead = len(before)
	}
	before = before[lead:]
	return SentenceShape{Text: strings.TrimRight(before+value+after, " "), Start: units(before), End: units(before) + units(value)}
}

// wrapped is the length in bytes from which a line counts as broken to fit a width; a shorter one ends by itself,
// like a heading or an entry of a list.
const wrapped = 40

// paragraph cuts what is before and after a mention of size bytes where its paragraph, row or entry ends.
func paragraph(before, after string, size int) (string, string) {
	line, _, _ := strings.Cut(after, "\n")
	row := strings.Contains(before[strings.LastIndexByte(before, '\n')+1:]+line, "\t")
	for i := len(before) - 1; i >= 0; i-- {
		if before[i] != '\n' {
			continue
		}
		if own := before[strings.LastIndexByte(before[:i], '\n')+1 : i]; row || len(strings.TrimSpace(own)) < wrapped {
			before = before[i+1:]
			break
		}
	}
	own := before[strings.LastIndexByte(before, '\n')+1:]
	for i, from := 0, -len(own)-size; i < len(after); i++ {
		if after[i] != '\n' {
			continue
		}
		next, _, _ := strings.Cut(after[i+1:], "\n")
		if row || i-from < wrapped || strings.TrimSpace(next) == "" {
			return before, after[:i]
		}
		from = i + 1
	}
	return before, after
}

// trimStart and trimEnd drop halves of characters at the borders of a window.
func trimStart(s string) string {
	for i := 0; i < len(s) && i < utf8.UTFMax; i++ {
		if utf8.RuneStart(s[i]) {
			return strings.ToValidUTF8(s[i:], "\uFFFD")
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func trimEnd(s string) string {
	for cut := len(s); cut > 0 && cut > len(s)-utf8.UTFMax; cut-- {
		if r, size := utf8.DecodeLastRuneInString(s[:cut]); r != utf8.RuneError || size > 1 {
			return strings.ToValidUTF8(s[:cut], "\uFFFD")
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// squeezeKeep makes white space single and keeps one space at either end.
func squeezeKeep(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

func squeeze(s string) string { return strings.TrimSpace(squeezeKeep(s)) }

// ends reports whether a sentence ends at rune i.
func ends(r []rune, i int) bool {
	switch r[i] {
	case '。', '！', '？', '；':
		return true
	case '.', '!', '?', ';':
		return i+1 == len(r) || r[i+1] == ' '
	}
	return false
}

// tail keeps the end of a text: from where its last sentence begins, else the last room characters.
func tail(s string, room int) string {
	r := []rune(s)
	for i := len(r) - 2; i >= 0; i-- {
		if ends(r, i) {
			r = r[i+1:]
			break
		}
	}
	if len(r) <= room {
		return string(r)
	}
	return "…" + string(r[len(r)-max(room-1, 0):])
}

// head keeps the beginning of a text: up to where its first sentence ends, else room characters.
func head(s string, room int) string {
	r := []rune(s)
	for i := range r {
		if ends(r, i) && i+1 < len(r) {
			r = r[:i+1]
			break
		}
	}
	if len(r) <= room {
		return string(r)
	}
	return string(r[:max(room-1, 0)]) + "…"
}

// units counts UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// utf16Offsets reads a text once and returns for each byte offset the number of UTF-16 code units before it.
// Offsets past the end count the whole text.
func utf16Offsets(text io.Reader, at []int64) (map[int64]int64, error) {
	at = slices.Clone(at)
	slices.Sort(at)
	at = slices.Compact(at)
	out := make(map[int64]int64, len(at))
	in := bufio.NewReaderSize(text, 64<<10)
	var byteAt, unitAt int64
	for _, want := range at {
		for byteAt < want {
			r, size, err := in.ReadRune()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			byteAt += int64(size)
			unitAt++
			if r > 0xffff {
				unitAt++
			}
		}
		out[want] = unitAt
	}
	return out, nil
}
