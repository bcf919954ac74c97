package pdf

import (
	"html"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/parser"
)

// word is a run of glyphs without a space, in points from the page's top left corner.
type word struct {
	x0, y0, x1, y1 float64
	text           string
}

func (w word) height() float64 { return w.y1 - w.y0 }

// page is what was drawn on one page.
type page struct{ words []word }

// maxWords bounds the words of one page that are laid out; reports have under 2,000.
const maxWords = 50_000

// document is the text with its places, however it was got.
type document struct {
	pages []page
	meta  map[string]string
}

// readBoxes reads the output of pdftotext -bbox-layout, which has one element a line. Blocks and
// lines are ignored: our own layout decides.
func readBoxes(out []byte) document {
	d := document{meta: map[string]string{}}
	text := string(out)
	for len(text) > 0 {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "<word "):
			if n := len(d.pages); n > 0 && len(d.pages[n-1].words) < maxWords {
				if w, ok := readWord(line); ok {
					d.pages[n-1].words = append(d.pages[n-1].words, w)
				}
			}
		case strings.HasPrefix(line, "<page "):
			d.pages = append(d.pages, page{})
		case strings.HasPrefix(line, "<title>") && len(d.pages) == 0:
			d.meta["Title"] = unescape(strings.TrimSuffix(strings.TrimPrefix(line, "<title>"), "</title>"))
		case strings.HasPrefix(line, "<meta ") && len(d.pages) == 0:
			if k, v := attr(line, "name"), unescape(attr(line, "content")); k != "" && v != "" && v != "(unspecified)" {
				d.meta[parser.Clean(k)] = v
			}
		}
	}
	return d
}

func readWord(line string) (word, bool) {
	open := strings.IndexByte(line, '>')
	end := strings.LastIndex(line, "</word>")
	if open < 0 || end < open {
		return word{}, false
	}
	w := word{
		x0: number(attr(line, "xMin")), y0: number(attr(line, "yMin")), x1: number(attr(line, "xMax")), y1: number(attr(line, "yMax")),
		text: unescape(line[open+1 : end]),
	}
	return w, w.sane()
}

// sane refuses words without text or with a place no page has.
func (w word) sane() bool {
	for _, v := range [...]float64{w.x0, w.y0, w.x1, w.y1} {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return false
		}
	}
	return strings.TrimSpace(w.text) != "" && w.x1 >= w.x0 && w.y1 > w.y0
}

// attr reads an attribute of a line that pdftotext wrote, "" when it is not there.
func attr(line, name string) string {
	_, rest, ok := strings.Cut(line, " "+name+`="`)
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// unescape decodes entities and ligatures, and drops soft hyphens.
func unescape(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return fold(parser.Clean(s))
}

// fold writes ligatures as letters: a host name spelt with "ﬁ" is not found otherwise.
func fold(s string) string {
	if !strings.ContainsAny(s, "ﬀﬁﬂﬃﬄﬅﬆ\u00AD") {
		return s
	}
	return strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st", "\u00AD", "").Replace(s)
}

// describe moves what the format states into the document.
func describe(doc *parser.Document, meta map[string]string) {
	doc.Title, doc.Author = strings.TrimSpace(meta["Title"]), strings.TrimSpace(meta["Author"])
	for _, k := range [...]string{"CreationDate", "ModDate"} {
		if t, ok := pdfTime(meta[k]); ok && doc.Published.IsZero() {
			doc.Published = t
		}
	}
	for _, k := range [...]string{"Title", "Author"} {
		delete(meta, k)
	}
	doc.Meta = meta
}

// pdfTime reads ISO 8601, as pdftotext writes it, or a PDF date "D:20240506070809+08'00'" (ISO
// 32000-1, 7.9.4).
func pdfTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "D:"), "'", "")
	for _, l := range [...]string{
		time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05-07", "2006-01-02T15:04:05", "20060102150405-0700", "20060102150405Z0000", "20060102150405Z", "20060102150405", "200601021504", "20060102",
	} {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
