package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	ledongthuc "github.com/ledongthuc/pdf"

	"github.com/vedette-ti/vedette/internal/parser"
)

// maxPages bounds what is read without pdftotext.
const maxPages = 5000

// readGlyphs reads the places of glyphs from the file itself, for systems without pdftotext. The
// library may panic or loop on hostile files; the sandbox is what holds that.
func readGlyphs(ctx context.Context, data []byte, passwords []string) (d document, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("malformed: %v", r)
		}
	}()
	next := append([]string(nil), passwords...)
	data = tidy(data)
	r, err := ledongthuc.NewReaderEncrypted(bytes.NewReader(data), int64(len(data)), func() string {
		if len(next) == 0 {
			return ""
		}
		p := next[0]
		next = next[1:]
		return p
	})
	if err != nil {
		return d, err
	}
	d.meta = map[string]string{}
	info := r.Trailer().Key("Info")
	for _, k := range [...]string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate"} {
		if v := info.Key(k).Text(); v != "" {
			d.meta[k] = parser.Clean(v)
		}
	}
	nodes := 0
	for _, v := range leaves(r.Trailer().Key("Root").Key("Pages"), 0, &nodes) {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		d.pages = append(d.pages, onePage(ledongthuc.Page{V: v}))
	}
	if len(d.pages) == 0 {
		return d, errors.New("it has no page")
	}
	return d, nil
}

// leaves walks the tree of pages, which in a hostile file may bite its own tail.
func leaves(v ledongthuc.Value, depth int, nodes *int) (out []ledongthuc.Value) {
	if *nodes++; depth > 40 || *nodes > 4*maxPages {
		return nil
	}
	if v.Key("Type").Name() == "Page" && ends(v) {
		return []ledongthuc.Value{v}
	}
	kids := v.Key("Kids")
	for i := 0; i < kids.Len() && *nodes <= 4*maxPages && len(out) < maxPages; i++ {
		out = append(out, leaves(kids.Index(i), depth+1, nodes)...)
	}
	return out
}

// ends tells that the chain of parents ends: the library follows it for what is inherited.
func ends(v ledongthuc.Value) bool {
	for range 50 {
		if v = v.Key("Parent"); v.IsNull() {
			return true
		}
	}
	return false
}

// tidy cuts what stands behind the end mark, which the library wants in the last bytes.
func tidy(data []byte) []byte {
	if i := bytes.LastIndex(data, []byte("%%EOF")); i >= 0 {
		return data[:i+5]
	}
	return data
}

// onePage reads one page; a broken one is empty, like one without text.
func onePage(p ledongthuc.Page) (out page) {
	defer func() {
		if recover() != nil && len(out.words) == 0 {
			out = page{}
		}
	}()
	var w word
	var text strings.Builder
	flush := func() {
		if w.text = fold(parser.Clean(text.String())); w.sane() && len(out.words) < maxWords {
			out.words = append(out.words, w)
		}
		text.Reset()
		w = word{}
	}
	lastX := math.NaN()
	const pageTop = 20000 // heights grow upwards in PDF and downwards here
	for _, t := range p.Content().Text {
		size := math.Abs(t.FontSize)
		if size < 0.5 || strings.TrimSpace(t.S) == "" {
			flush()
			continue
		}
		width, unknown := t.W, false
		if width <= 0 || width > 4*size {
			width, unknown = 0.5*size, true
			if r := []rune(t.S)[0]; parser.Wide(r) {
				width = size
			}
		}
		top, bottom := pageTop-t.Y-0.8*size, pageTop-t.Y+0.2*size
		if unknown && t.X == lastX && text.Len() > 0 && math.Abs(w.y1-bottom) < 0.01 {
			w.x1 += width // the library does not advance where it knows no width
			text.WriteString(t.S)
			continue
		}
		lastX = t.X
		if text.Len() > 0 && (math.Abs(w.y1-bottom) > 0.3*size || t.X-w.x1 > 0.2*size || t.X < w.x1-0.6*size) {
			flush()
		}
		if text.Len() == 0 {
			w = word{x0: t.X, y0: top, y1: bottom}
		}
		w.x1 = max(w.x1, t.X+width)
		text.WriteString(t.S)
	}
	flush()
	return out
}
