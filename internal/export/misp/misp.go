// Package misp writes exports as MISP JSON: one report as {"Event":…}, several as {"response":[…]}. It owns
// no mapping: translate/misp has it.
package misp

import (
	"bufio"
	"context"
	"io"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/translate/misp"
)

// Format returns the member.
func Format() export.Format {
	return export.Format{Name: "misp", MediaType: "application/json", Extension: ".json", Write: write}
}

func write(ctx context.Context, w io.Writer, in export.Input) error {
	f := writer{out: bufio.NewWriterSize(w, 64<<10), o: misp.WriteOptions{Producer: in.Meta.Producer, Now: in.Meta.Generated}}
	if in.Open != nil {
		f.o.Open = func(h blob.Hash) ([]byte, error) { return in.Open(ctx, h) }
	}
	if err := in.Rows(ctx, export.ByReport, f.row); err != nil {
		return err
	}
	return f.close()
}

// writer holds the rows of one report, and the first event until a second one shows that there are several.
type writer struct {
	out     *bufio.Writer
	o       misp.WriteOptions
	report  *report.Report
	rows    []export.Row
	first   []byte
	events  int
	unfiled bool // the event of claims without a report is open
	err     error
}

func (f *writer) row(row export.Row) error {
	if row.Report == nil {
		f.loose(row)
		return f.err
	}
	if f.report == nil || row.Report.ID != f.report.ID {
		f.flush()
		f.report = row.Report
	}
	f.rows = append(f.rows, row)
	return f.err
}

func (f *writer) write(b []byte) {
	if f.err == nil {
		_, f.err = f.out.Write(b)
	}
}

// loose streams claims without a report, which come first, as one event of their own.
func (f *writer) loose(row export.Row) {
	ev, attributes, objects := misp.Event(nil, []export.Row{row}, f.o)
	for _, o := range objects { // an object without a report: its attributes
		attributes = append(attributes, o.Attributes...)
	}
	if !f.unfiled {
		f.unfiled = true
		f.events++
		head := ev.Append([]byte(`{"response":[{"Event":`))
		f.write(append(head[:len(head)-1], `,"Attribute":[`...))
	} else {
		f.write([]byte(","))
	}
	for i := range attributes {
		f.write(attributes[i].Append(nil))
	}
}

func (f *writer) flush() {
	if f.report == nil {
		return
	}
	ev, attributes, objects := misp.Event(f.report, f.rows, f.o)
	body := misp.Append(nil, &ev, attributes, objects)
	f.rows, f.report = f.rows[:0], nil
	f.events++
	switch {
	case f.unfiled:
		f.write([]byte("]}}"))
		f.unfiled = false
		f.write(append([]byte(",\n"), body...))
	case f.events == 1:
		f.first = body
	case f.first != nil:
		f.write([]byte(`{"response":[`))
		f.write(f.first)
		f.first = nil
		fallthrough
	default:
		f.write(append([]byte(",\n"), body...))
	}
}

func (f *writer) close() error {
	f.flush()
	switch {
	case f.events == 0:
		f.write([]byte(`{"response":[]}`))
	case f.first != nil:
		f.write(f.first)
	case f.unfiled:
		f.write([]byte("]}}]}"))
	default:
		f.write([]byte("]}"))
	}
	f.write([]byte("\n"))
	if f.err != nil {
		return f.err
	}
	return f.out.Flush()
}
