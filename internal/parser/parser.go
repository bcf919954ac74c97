// Package parser owns the contract between the ingest pipeline and the readers of document
// formats, one folder per format (parser/html, parser/pdf …), listed in parser/all. It owns
// the shape of a parsed document and the limits every parser obeys. It owns no extraction of
// indicators (observable/extract), no storage, and no decision about where a parser runs: the
// edge sandbox starts risky ones in a limited child process.
package parser

import (
	"cmp"
	"context"
	"mime"
	"path"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Input is one acquired file or page.
type Input struct {
	// Name is the file name or the last part of the URL, used to guess the format.
	Name string
	// MediaType as declared by the sender, "" when unknown. It may lie.
	MediaType string
	// URL the bytes came from, "" for files. Relative links are resolved against it.
	URL string
	// Data is the whole content; the caller has held it to Limits.Bytes.
	Data []byte
	// Passwords to try on encrypted archives, in order; parsers add "infected" themselves.
	Passwords []string
	// Options is parser-specific JSON, e.g. the column mapping of a list; nil for none.
	Options []byte
}

// Ext is the extension of the name in lower case, without the dot, "" for none.
func (in Input) Ext() string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(in.Name), "."))
}

// Media splits the declared media type into type and charset, both in lower case; either may be "".
func (in Input) Media() (mediaType, charset string) {
	t, rest, _ := strings.Cut(in.MediaType, ";")
	if _, params, err := mime.ParseMediaType(in.MediaType); err == nil {
		charset = params["charset"]
	} else if _, c, ok := strings.Cut(strings.ToLower(rest), "charset="); ok {
		charset = strings.Trim(c, ` "'`)
	}
	return strings.ToLower(strings.TrimSpace(t)), strings.ToLower(charset)
}

// Document is what a parser understood.
type Document struct {
	Title     string
	Author    string
	Lang      string    // BCP 47 primary tag ("en", "zh"), "" when unknown
	Charset   string    // as detected, e.g. "gb18030"; "" for formats that state none
	Published time.Time // as stated by the document; zero when unknown
	// Text is the main text: valid UTF-8, lines ended by "\n", no byte-order mark. Table cells
	// of one row are separated by "\t", rows by "\n". Offsets elsewhere count its bytes.
	Text string
	// Sections mark parts of Text, ordered by Start; they may nest but not cross. At most
	// MaxSections are kept; parts of longer documents are simply not marked.
	Sections []Section
	// Links found in the document, in order, at most Limits.Links.
	Links []Link
	// Children are attachments and archive members, to be parsed as inputs of their own.
	Children []Child
	// Meta holds what else the format states (mail headers, PDF producer …).
	Meta map[string]string
	// Warnings say what could not be read, where and why; the rest is good.
	Warnings []Warning
	// Entries is set by parsers of structured lists (csv, json, text lists with a mapping):
	// each is one stated value, in order, instead of running text.
	Entries []Entry
}

// Section kinds.
const (
	Heading = "heading"
	Table   = "table"
	Row     = "row"
	Cell    = "cell"
	Code    = "code"
	Quote   = "quote"
	List    = "list"
	Page    = "page"
	Header  = "header" // mail headers
)

// Section is a part [Start,End) of the text, in bytes. Title is a heading's text or a sheet's name.
type Section struct {
	Kind  string `json:"kind"`
	Title string `json:"title,omitempty"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	// Level is the heading level 1–6, or the row/column number of a row/cell from 0.
	Level int `json:"level,omitempty"`
}

// Link is a hyperlink with its resolved target and the bytes of its visible text.
type Link struct {
	URL        string
	Start, End int
}

// Child is a file inside the file.
type Child struct {
	Name      string
	MediaType string
	Data      []byte
}

// Warning names a place ("page 3", "row 17, column B") and a reason.
type Warning struct {
	Place  string `json:"place"`
	Reason string `json:"reason"`
}

// Entry is one stated value of a structured list. Empty fields were not mapped.
type Entry struct {
	Place      string // "row 17"
	Type       string // MISP or STIX type name if stated, "" to be recognised
	Value      string
	Comment    string
	Tags       []string
	FirstSeen  time.Time
	LastSeen   time.Time
	ToIDs      *bool
	Confidence int // 0–100, -1 when not stated
}

// Limits bound one parse. A parser that would pass one stops with errs.TooLarge, or, where
// it can keep what it has, returns it with a warning.
type Limits struct {
	Bytes    int64         // of the input
	Text     int           // bytes of produced text
	Depth    int           // nesting of elements, archives, MIME parts
	Children int           // count of children
	Expanded int64         // bytes all children may unpack to
	Ratio    int           // unpacked : packed, per member
	Links    int           // kept links; further ones are left out
	Entries  int           // rows of a list
	Time     time.Duration // wall clock
}

// DefaultLimits are used where configuration says nothing.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 256 << 20, Text: 64 << 20, Depth: 100, Children: 2000, Expanded: 1 << 30,
		Ratio: 200, Links: 20000, Entries: 5_000_000, Time: 60 * time.Second,
	}
}

// WithDefaults fills limits that are zero or negative from DefaultLimits.
func (l Limits) WithDefaults() Limits {
	d := DefaultLimits()
	l.Bytes, l.Expanded, l.Time = pick(l.Bytes, d.Bytes), pick(l.Expanded, d.Expanded), pick(l.Time, d.Time)
	l.Text, l.Depth, l.Children = pick(l.Text, d.Text), pick(l.Depth, d.Depth), pick(l.Children, d.Children)
	l.Ratio, l.Links, l.Entries = pick(l.Ratio, d.Ratio), pick(l.Links, d.Links), pick(l.Entries, d.Entries)
	return l
}

func pick[T int | int64 | time.Duration](v, standard T) T {
	if v > 0 {
		return v
	}
	return standard
}

// Parser reads one family of formats. Implementations hold no state between calls and are
// safe for concurrent use.
type Parser interface {
	// Name is the folder's name, e.g. "pdf".
	Name() string
	// Accepts says how sure the parser is that the input is its own: 0 not at all, 1–49 by name
	// or declared type, 50–100 by content. The highest wins; ties go to the earlier in parser/all.
	Accepts(in Input) int
	// Parse reads the input within limits. It never panics on bad input and never blocks
	// longer than Limits.Time.
	Parse(ctx context.Context, in Input, lim Limits) (Document, error)
}

// Risky is implemented by parsers of complex formats or ones that rest on foreign code: they
// run in the sandbox.
type Risky interface{ Risky() bool }

// Run starts an outside program by its bare name ("pdftotext") under the sandbox's limits, feeds
// it stdin and returns what it wrote. It fails with errs.Unsupported when the program is not
// installed, so that the parser can take its own way.
type Run func(ctx context.Context, program string, args []string, stdin []byte) ([]byte, error)

// Tooled is implemented by parsers that can use an outside program. The sandbox calls it once;
// a parser that never got a Run does without.
type Tooled interface{ WithRun(run Run) Parser }

// Streamer is implemented by parsers of long lists: entries go to yield one by one, in order, and
// are not kept, so that memory does not grow with the count. An Entry is valid after yield
// returns. The document has everything but Entries; an error of yield ends the parse and is
// returned as it is.
type Streamer interface {
	Stream(ctx context.Context, in Input, lim Limits, yield func(Entry) error) (Document, error)
}

// ErrNoParser tells that nothing in the list reads the input.
var ErrNoParser = errs.New(errs.Unsupported, "no_parser",
	"{name} is of a type that cannot be read ({media_type}); convert it to PDF, HTML, DOCX or text.")

// Choose returns the parser most sure of the input.
func Choose(list []Parser, in Input) (Parser, error) {
	var best Parser
	score := 0
	for _, p := range list {
		if s := p.Accepts(in); s > score {
			best, score = p, s
		}
	}
	if best == nil {
		e := *ErrNoParser
		e.Params = map[string]any{"name": in.Name, "media_type": cmp.Or(in.MediaType, "application/octet-stream")}
		return nil, &e
	}
	return best, nil
}
