package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/extract"
	"github.com/vedette-ti/vedette/internal/translate/misp"
	"github.com/vedette-ti/vedette/internal/translate/stix"
)

// extractCmd is a contract: vedette extract [FILE…] writes one JSON object a line.
type extractCmd struct {
	Files          []string `arg:"" optional:"" help:"Files to read; standard input without any, or for -."`
	Types          string   `placeholder:"all|LIST" help:"Types to report, separated by commas; all adds IBAN, payment cards and phone numbers."`
	Format         string   `enum:"ndjson,json,csv,stix,misp,table" default:"ndjson" help:"ndjson (default), csv, stix, misp or table."`
	KeepSuppressed bool     `help:"Also write what was found but is no indicator by itself, with its reason."`
	ListTypes      bool     `help:"List the types and stop."`
}

func (e extractCmd) Run(ctx context.Context, c *console) error {
	if e.ListTypes {
		return extract.ListTypes(c.out)
	}
	types, err := extract.ParseTypes(e.Types)
	if err != nil {
		return err
	}
	x, err := extract.New(extract.Options{Types: types})
	if err != nil {
		return err
	}
	switch e.Format {
	case "stix", "misp":
		return e.translate(ctx, c, x)
	}
	var w extract.Writer
	switch e.Format {
	case "csv":
		w = extract.WriteCSV(c.out)
	case "table":
		w = extract.WriteTable(c.out)
	default:
		w = extract.WriteNDJSON(c.out)
	}
	err = e.each(ctx, c, x, w.Write)
	return errors.Join(err, w.Close())
}

// each reads every input in turn. One that cannot be read does not keep the others.
func (e extractCmd) each(ctx context.Context, c *console, x *extract.Extractor, emit func(file string, r extract.Result) error) error {
	files := e.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	failed := 0
	for _, name := range files {
		shown := name
		if len(files) == 1 {
			shown = ""
		}
		write := func(r extract.Result) error {
			if r.Suppressed != "" && !e.KeepSuppressed {
				return nil
			}
			if err := emit(shown, r); err != nil {
				return writeError{err}
			}
			return nil
		}
		err := read(ctx, c, x, name, write)
		var stop writeError
		switch {
		case err == nil:
		case errors.As(err, &stop), ctx.Err() != nil, len(files) == 1:
			return err
		default:
			failed++
			fmt.Fprintln(c.err, "vedette:", err)
		}
	}
	if failed > 0 {
		return partly{errs.New(errs.Internal, "files_unread", "{count} of {total} files could not be read.", "count", failed, "total", len(files))}
	}
	return nil
}

// writeError tells a broken output from an unreadable input.
type writeError struct{ error }

func (w writeError) Unwrap() error { return w.error }

func read(ctx context.Context, c *console, x *extract.Extractor, name string, emit func(extract.Result) error) error {
	in := c.in
	if name != "-" {
		f, err := os.Open(name) //nolint:gosec // the user's own file
		if err != nil {
			return errs.Wrap(err, errs.NotFound, "file_unread", "{name} cannot be read.", "name", name)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	err := x.Stream(ctx, in, emit)
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return errs.Wrap(err, errs.NotFound, "file_unread", "{name} cannot be read.", "name", name)
	}
	return err
}

// translate writes the distinct values as one STIX bundle or MISP event.
func (e extractCmd) translate(ctx context.Context, c *console, x *extract.Extractor) error {
	var failed error
	values := iter.Seq[observable.Value](func(yield func(observable.Value) bool) {
		failed = e.each(ctx, c, x, func(_ string, r extract.Result) error {
			v, err := observable.Canonical(r.Type, r.Value)
			if err != nil {
				return nil // shown by the other formats
			}
			if !yield(v) {
				return io.ErrClosedPipe
			}
			return nil
		})
	})
	meta := export.Meta{Title: "Extracted indicators", Producer: export.Producer{Name: "Vedette"}, Generated: time.Now()}
	write := stix.FromExtraction
	if e.Format == "misp" {
		write = misp.FromExtraction
	}
	if err := write(c.out, values, meta); err != nil {
		return err
	}
	return failed
}
