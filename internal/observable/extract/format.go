package extract

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/observable"
)

// record is one line of the NDJSON contract; the members' order is part of it.
type record struct {
	File       string  `json:"file,omitempty"`
	Type       string  `json:"type"`
	Value      string  `json:"value"`
	Original   string  `json:"original"`
	Start      int64   `json:"start"`
	End        int64   `json:"end"`
	Defanged   bool    `json:"defanged"`
	Confidence int     `json:"confidence"`
	Suppressed *string `json:"suppressed"`
}

// Writer writes results in one of the command line's formats. Close ends the output; it does
// not close the underlying writer.
type Writer interface {
	// Write writes one result. file is "" unless several files are read.
	Write(file string, r Result) error
	Close() error
}

// WriteNDJSON returns a writer of one JSON object a line:
//
//	{"type","value","original","start","end","defanged","confidence","suppressed"}
//
// in that order, "file" before them when several files are given; suppressed is null or the reason.
// Bytes that are no UTF-8 in the original become U+FFFD; the offsets stay those of the input.
func WriteNDJSON(w io.Writer) Writer { return &ndjson{bufio.NewWriter(w)} }

type ndjson struct{ w *bufio.Writer }

func (n *ndjson) Write(file string, r Result) error {
	rec := record{
		File: valid(file), Type: r.Type.String(), Value: valid(r.Value), Original: valid(r.Original), Start: r.Start, End: r.End,
		Defanged: r.Defanged, Confidence: r.Confidence,
	}
	if r.Suppressed != "" {
		rec.Suppressed = &r.Suppressed
	}
	line, err := jsonx.Marshal(rec)
	if err != nil {
		return err
	}
	if _, err := n.w.Write(line); err != nil {
		return err
	}
	return n.w.WriteByte('\n')
}

func (n *ndjson) Close() error { return n.w.Flush() }

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// WriteCSV returns a writer of RFC 4180 with a header line. Cells that a spreadsheet would take
// for a formula (=, +, -, @, tab, carriage return first) get a "'" before them.
func WriteCSV(w io.Writer) Writer { return &csvWriter{w: csv.NewWriter(w)} }

type csvWriter struct {
	w      *csv.Writer
	headed bool
}

func (c *csvWriter) head() error {
	if c.headed {
		return nil
	}
	c.headed = true
	return c.w.Write([]string{"file", "type", "value", "original", "start", "end", "defanged", "confidence", "suppressed"})
}

func (c *csvWriter) Write(file string, r Result) error {
	if err := c.head(); err != nil {
		return err
	}
	return c.w.Write([]string{
		inert(file), r.Type.String(), inert(r.Value), inert(r.Original), strconv.FormatInt(r.Start, 10), strconv.FormatInt(r.End, 10),
		strconv.FormatBool(r.Defanged), strconv.Itoa(r.Confidence), inert(r.Suppressed),
	})
}

func (c *csvWriter) Close() error {
	if err := c.head(); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

// inert keeps a cell from being run as a formula.
func inert(cell string) string {
	cell = valid(cell)
	if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// WriteTable returns a writer of aligned columns for people: type, value (defanged, so that no
// terminal makes a link of it), confidence, place, reason of suppression. Control characters are
// shown as escapes, so that hostile text cannot steer a terminal.
func WriteTable(w io.Writer) Writer { return &table{w: bufio.NewWriter(w)} }

type table struct {
	w      *bufio.Writer
	headed bool
}

func (t *table) head() {
	if !t.headed {
		fmt.Fprintf(t.w, "%-22s %-60s %4s %12s %s\n", "TYPE", "VALUE", "CONF", "PLACE", "SUPPRESSED")
	}
	t.headed = true
}

func (t *table) Write(file string, r Result) error {
	t.head()
	value := printable(observable.Defang(observable.Value{Type: r.Type, Text: r.Value}))
	place := strconv.FormatInt(r.Start, 10)
	if file != "" {
		place = printable(file) + ":" + place
	}
	_, err := fmt.Fprintf(t.w, "%-22s %s %4d %12s %s\n", r.Type, pad(value, 60), r.Confidence, place, printable(r.Suppressed))
	return err
}

func (t *table) Close() error {
	t.head()
	return t.w.Flush()
}

// printable escapes control characters and keeps the first line of rule blocks.
func printable(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i] + " …"
	}
	if strings.IndexFunc(s, control) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.Trim(strconv.QuoteToGraphic(s), `"`)
}

func control(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// pad fills up to n columns; letters of East Asia take two.
func pad(s string, n int) string {
	width := 0
	for _, r := range s {
		width++
		if isCJK(r) || r >= 0xff01 && r <= 0xff60 {
			width++
		}
	}
	if width >= n {
		return s
	}
	return s + strings.Repeat(" ", n-width)
}

// ListTypes writes the types that can be extracted, one a line, those that come only when asked
// for marked so.
func ListTypes(w io.Writer) error {
	for _, t := range Extractable() {
		note := ""
		if t.Info().OptIn {
			note = "\tonly with --types all or by name"
		}
		if _, err := fmt.Fprintf(w, "%s%s\n", t, note); err != nil {
			return err
		}
	}
	return nil
}
