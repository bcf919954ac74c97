package list

import (
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Formats of a list.
const (
	Text   = "text"   // one value a line, or fields split by Delimiter without quoting
	CSV    = "csv"    // delimited, quoted by '"'
	JSON   = "json"   // one document; Root leads to the items
	NDJSON = "ndjson" // one JSON value a line
)

// Options says how to read a list. As JSON it is Input.Options. Columns are named by the header
// or Columns, or by their number from 1 ("3"); JSON items by a path ("ioc.value",
// "attributes[*].tag", "$key" for the name under which an item stands in its object).
type Options struct {
	Format string `json:"format"`
	// Comment begins lines that are passed over; empty means "#". "none" switches it off.
	Comment string `json:"comment,omitempty"`
	// Delimiter is one character, or "\t"; empty is guessed for csv, and means whole lines for
	// text. "space" splits at runs of white space.
	Delimiter string `json:"delimiter,omitempty"`
	// Header tells that the first row names the columns; where that row is a comment ("# id,ioc"),
	// the last comment before the data is taken.
	Header  bool     `json:"header,omitempty"`
	Columns []string `json:"columns,omitempty"`
	Skip    int      `json:"skip,omitempty"` // lines to pass over at the start
	Charset string   `json:"charset,omitempty"`
	// Root is the path to the list of items in a JSON document; "*" steps into every element.
	Root string  `json:"root,omitempty"`
	Map  Mapping `json:"map"`
	// DefaultType is the type of values whose own is not mapped or empty.
	DefaultType string `json:"default_type,omitempty"`
	// Types translates the list's words for types ("IP" → "ip-dst").
	Types map[string]string `json:"types,omitempty"`
}

// Mapping names the column or path of each field; empty fields are not read.
type Mapping struct {
	Value      string `json:"value,omitempty"`
	Type       string `json:"type,omitempty"`
	Comment    string `json:"comment,omitempty"`
	Tags       string `json:"tags,omitempty"`
	FirstSeen  string `json:"first_seen,omitempty"`
	LastSeen   string `json:"last_seen,omitempty"`
	Confidence string `json:"confidence,omitempty"`
	ToIDs      string `json:"to_ids,omitempty"`
}

func (m Mapping) all() [8]string {
	return [8]string{m.Value, m.Type, m.Comment, m.Tags, m.FirstSeen, m.LastSeen, m.Confidence, m.ToIDs}
}

// The order of Mapping.all.
const (
	fValue = iota
	fType
	fComment
	fTags
	fFirstSeen
	fLastSeen
	fConfidence
	fToIDs
)

// ParseOptions reads and validates options.
func ParseOptions(data []byte) (Options, error) {
	var o Options
	if err := jsonx.UnmarshalExact(data, &o); err != nil {
		return o, errs.Wrap(err, errs.Invalid, "list_options", "The mapping of the list is not valid JSON of the known fields; correct it in the source.")
	}
	return o, o.Validate()
}

// Validate tells what is wrong with the options, nil when nothing is.
func (o Options) Validate() error {
	switch o.Format {
	case Text, CSV, JSON, NDJSON:
	default:
		return bad("format", o.Format, "is not text, csv, json or ndjson")
	}
	if o.Delimiter != "" && o.Delimiter != "space" && (len(o.comma()) != 1 || strings.ContainsAny(o.comma(), "\"\n\r")) {
		return bad("delimiter", o.Delimiter, "must be one character, \\t or space")
	}
	if o.Skip < 0 {
		return bad("skip", strconv.Itoa(o.Skip), "must not be negative")
	}
	if o.Format == JSON || o.Format == NDJSON {
		if _, err := parsePath(o.Root); err != nil {
			return bad("root", o.Root, err.Error())
		}
		for _, p := range o.Map.all() {
			if _, err := parsePath(p); err != nil {
				return bad("map", p, err.Error())
			}
		}
		return nil
	}
	if o.Map.Value == "" && (o.Header || len(o.Columns) > 0) {
		return bad("map", "value", "must name the column of the value when columns have names")
	}
	return nil
}

func bad(field, value, reason string) error {
	return errs.New(errs.Invalid, "list_options", "The mapping of the list is wrong: {field} {value} {reason}; correct it in the source.",
		"field", field, "value", strconv.Quote(value), "reason", reason)
}

func (o Options) comma() string {
	if o.Delimiter == "\\t" || o.Delimiter == "tab" {
		return "\t"
	}
	return o.Delimiter
}

func (o Options) comment() string {
	switch o.Comment {
	case "":
		return "#"
	case "none":
		return ""
	}
	return o.Comment
}
