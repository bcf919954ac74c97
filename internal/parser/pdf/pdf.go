// Package pdf reads PDF by where the glyphs stand: columns are read one after the other, rows of
// tables stay rows, and values that were wrapped inside a cell come out whole. Places come from
// pdftotext where the sandbox offers it, else from our own reader. It owns no text recognition:
// pages that are images are said to have no text layer.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

// program is poppler's text extractor.
const program = "pdftotext"

// Parser reads PDF.
type Parser struct{ run parser.Run }

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "pdf" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

// WithRun implements parser.Tooled.
func (Parser) WithRun(run parser.Run) parser.Parser { return Parser{run: run} }

// Accepts implements parser.Parser. The mark may stand behind up to 1024 bytes of rubbish
// (ISO 32000-1, annex H).
func (Parser) Accepts(in parser.Input) int {
	media, _ := in.Media()
	switch {
	case bytes.Contains(in.Data[:min(len(in.Data), 1024)], []byte("%PDF-")):
		return 95
	case in.Ext() == "pdf" || media == "application/pdf":
		return 40 // to say that it is broken
	}
	return 0
}

// Parse implements parser.Parser.
func (p Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	if !bytes.Contains(in.Data[:min(len(in.Data), 1024)], []byte("%PDF-")) {
		return parser.Document{}, parser.Broken(in.Name, "PDF", nil)
	}
	d, err := p.read(ctx, in)
	if err != nil {
		return parser.Document{}, err
	}
	b := parser.NewBuilder(lim)
	write(ctx, b, d)
	urls, attached := scan(in.Data)
	for _, u := range urls {
		b.Link(u, b.Len())
	}
	if attached {
		b.Warn("", "the PDF carries attached files, which were not read")
	}
	doc := b.Document()
	describe(&doc, d.meta)
	return doc, ctx.Err()
}

// read gets the words of all pages.
func (p Parser) read(ctx context.Context, in parser.Input) (document, error) {
	if p.run != nil {
		out, err := p.boxes(ctx, in)
		if err == nil {
			return readBoxes(out), nil
		}
		if ctx.Err() != nil || errs.KindOf(err) == errs.TooLarge || isEncrypted(err) {
			return document{}, named(err, in.Name)
		}
	}
	d, err := readGlyphs(ctx, in.Data, in.Passwords)
	if err == nil || ctx.Err() != nil {
		return d, ctx.Err()
	}
	if strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "encryption") {
		return d, encrypted(in.Name)
	}
	return d, parser.Broken(in.Name, "PDF", err)
}

// boxes runs pdftotext, with each password in turn when it wants one.
func (p Parser) boxes(ctx context.Context, in parser.Input) ([]byte, error) {
	args := []string{"-bbox-layout", "-enc", "UTF-8", "-q"}
	out, err := p.run(ctx, program, append(slices.Clone(args), "-", "-"), in.Data)
	for _, pw := range in.Passwords {
		if err == nil || !needsPassword(err) {
			break
		}
		if pw != "" && !strings.HasPrefix(pw, "-") {
			out, err = p.run(ctx, program, append(slices.Clone(args), "-upw", pw, "-opw", pw, "-", "-"), in.Data)
		}
	}
	if err != nil && needsPassword(err) {
		return nil, encrypted(in.Name)
	}
	if err == nil && !bytes.Contains(out, []byte("<page ")) {
		return nil, errors.New("pdftotext found no page")
	}
	return out, err
}

// needsPassword reads pdftotext's complaint (its exit status says only that it failed).
func needsPassword(err error) bool { return strings.Contains(err.Error(), "Incorrect password") }

func isEncrypted(err error) bool {
	e, ok := errs.As(err)
	return ok && e.Code == "pdf_encrypted"
}

func encrypted(name string) error {
	return errs.New(errs.Invalid, "pdf_encrypted",
		"{name} is encrypted and none of the known passwords opens it; give its password, or save it without one.", "name", name)
}

// named puts the document's name where the sandbox names the program.
func named(err error, name string) error {
	if errs.KindOf(err) == errs.TooLarge {
		return errs.Wrap(err, errs.TooLarge, "pdf_too_large", "{name} was not read: its text is too long or takes too long to get.", "name", name)
	}
	return err
}

// write lays out all pages and says which have no text.
func write(ctx context.Context, b *parser.Builder, d document) {
	var all []line
	for _, p := range d.pages[:min(len(d.pages), 50)] {
		all = append(all, linesOf(p.words)...)
	}
	w := &writer{b: b, body: size(all)}
	var empty []int
	for i, p := range d.pages {
		if ctx.Err() != nil || b.Full() {
			return
		}
		if len(p.words) == 0 {
			empty = append(empty, i+1)
			continue
		}
		b.Blank()
		b.Begin(parser.Page, "", i+1)
		w.region(p.words, 0)
		b.Break()
		b.End()
		if len(p.words) >= maxWords {
			b.Warn(fmt.Sprintf("page %d", i+1), "has too many words; the rest was left out")
		}
	}
	switch {
	case len(empty) == 0:
	case len(empty) == len(d.pages):
		b.Warn("", "no text layer: the pages are images; run text recognition (OCR) on them first")
	default:
		for _, n := range empty {
			b.Warn(fmt.Sprintf("page %d", n), "no text layer: it is empty or an image")
		}
	}
}
