package parser

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Check tells whether a document keeps the contract: text is clean and within limits, offsets lie
// inside it, sections are ordered and nest, counts are bounded. The sandbox calls it on what
// comes out of a child process, which may have been taken over by what it read.
func (d *Document) Check(lim Limits) error {
	lim = lim.WithDefaults()
	if len(d.Text) > lim.Text+1 {
		return fmt.Errorf("text of %d bytes is over the limit of %d", len(d.Text), lim.Text)
	}
	if !utf8.ValidString(d.Text) || strings.ContainsAny(d.Text, "\r\x00\uFEFF") {
		return fmt.Errorf("text is not clean UTF-8")
	}
	if err := checkSections(d.Sections, len(d.Text)); err != nil {
		return err
	}
	if len(d.Links) > lim.Links {
		return fmt.Errorf("%d links are over the limit of %d", len(d.Links), lim.Links)
	}
	for _, l := range d.Links {
		if l.Start < 0 || l.End < l.Start || l.End > len(d.Text) {
			return fmt.Errorf("link outside the text")
		}
	}
	if len(d.Children) > lim.Children {
		return fmt.Errorf("%d children are over the limit of %d", len(d.Children), lim.Children)
	}
	var expanded int64
	for _, c := range d.Children {
		expanded += int64(len(c.Data))
	}
	if expanded > lim.Expanded {
		return fmt.Errorf("children of %d bytes are over the limit of %d", expanded, lim.Expanded)
	}
	if len(d.Entries) > lim.Entries {
		return fmt.Errorf("%d entries are over the limit of %d", len(d.Entries), lim.Entries)
	}
	if len(d.Warnings) > maxWarnings+1 {
		return fmt.Errorf("%d warnings", len(d.Warnings))
	}
	return d.checkStrings()
}

func (d *Document) checkStrings() error {
	ok := utf8.ValidString(d.Title) && utf8.ValidString(d.Author) && utf8.ValidString(d.Lang) && utf8.ValidString(d.Charset)
	for k, v := range d.Meta {
		ok = ok && utf8.ValidString(k) && utf8.ValidString(v)
	}
	for _, c := range d.Children {
		ok = ok && utf8.ValidString(c.Name) && utf8.ValidString(c.MediaType)
	}
	if !ok {
		return fmt.Errorf("a field is not UTF-8")
	}
	return nil
}

func checkSections(sections []Section, size int) error {
	if len(sections) > MaxSections {
		return fmt.Errorf("%d sections", len(sections))
	}
	var open []int // ends of enclosing sections
	prev := 0
	for _, s := range sections {
		if s.Start < prev || s.End <= s.Start || s.End > size {
			return fmt.Errorf("section %s [%d,%d) is out of order or outside the text", s.Kind, s.Start, s.End)
		}
		prev = s.Start
		for len(open) > 0 && open[len(open)-1] <= s.Start {
			open = open[:len(open)-1]
		}
		if len(open) > 0 && s.End > open[len(open)-1] {
			return fmt.Errorf("section %s [%d,%d) crosses another", s.Kind, s.Start, s.End)
		}
		open = append(open, s.End)
	}
	return nil
}

// RunInline runs a parser in this process: limits of bytes and time are applied, a panic becomes
// an error. Nothing can stop a parser that ignores its context; risky ones belong in the sandbox.
func RunInline(ctx context.Context, p Parser, in Input, lim Limits) (doc Document, err error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return Document{}, TooLarge(in.Name, "bytes", lim.Bytes)
	}
	ctx, cancel := context.WithTimeout(ctx, lim.Time)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			doc = Document{}
			err = Broken(in.Name, p.Name(), fmt.Errorf("panic: %v", r))
		}
	}()
	doc, err = p.Parse(ctx, in, lim)
	if err != nil && ctx.Err() == context.DeadlineExceeded {
		err = errs.Wrap(err, errs.TooLarge, "parse_timeout",
			"{name} took longer than {limit} to read; split it, or raise the limit in the configuration.",
			"name", in.Name, "limit", lim.Time)
	}
	return doc, err
}
