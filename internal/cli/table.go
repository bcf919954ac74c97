package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// plain makes foreign text harmless on a terminal: one line, without control sequences and without characters
// that turn the direction of what follows.
func plain(s string) string {
	clean := true
	for _, r := range s {
		if harmful(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case harmful(r):
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func harmful(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F'
}

// lines is plain for a text of several lines.
func lines(s string) string {
	parts := strings.Split(s, "\n")
	for i, l := range parts {
		parts[i] = plain(l)
	}
	return strings.Join(parts, "\n")
}

// widest is where a cell is cut on a terminal, and how far others are pushed elsewhere, in columns.
const widest = 72

// table aligns columns by the width that a terminal gives to characters.
type table struct {
	rows [][]string
	cut  bool
}

func newTable(c *console, head ...string) *table {
	return &table{rows: [][]string{head}, cut: c.terminal}
}

func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = plain(cell)
		if t.cut {
			cells[i] = runewidth.Truncate(cells[i], widest, "…")
		}
	}
	t.rows = append(t.rows, cells)
}

func (t *table) empty() bool { return len(t.rows) == 1 }

func (t *table) print(w io.Writer) error {
	var width []int
	for _, r := range t.rows {
		for i, cell := range r {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = min(max(width[i], runewidth.StringWidth(cell)), widest) // a longer cell pushes its own row only
		}
	}
	for _, r := range t.rows {
		var line strings.Builder
		for i, cell := range r {
			line.WriteString(cell)
			if i+1 < len(r) {
				line.WriteString(strings.Repeat(" ", max(width[i]-runewidth.StringWidth(cell), 0)+2))
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// member finds a value in a JSON object by a dotted path.
func member(raw jsonx.Raw, path string) any {
	var v any
	if jsonx.Unmarshal(raw, &v) != nil {
		return nil
	}
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// text writes a JSON value into a cell.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return t.UTC().Format("2006-01-02 15:04")
		}
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = text(x)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if name, ok := v["name"].(string); ok {
			return name
		}
		b, err := jsonx.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	}
	return fmt.Sprint(v)
}

// column is one column of a list: its title and where its value is, "NAME=path" or a path alone.
func column(spec string) (title, path string) {
	title, path, ok := strings.Cut(spec, "=")
	if !ok {
		path = spec
		title = path[strings.LastIndexByte(path, '.')+1:]
	}
	return strings.ToUpper(strings.ReplaceAll(title, "_", " ")), path
}

// show prints items as a table of the columns, or as one JSON document.
func (c *console) show(asJSON bool, items []jsonx.Raw, next string, columns ...string) error {
	if asJSON {
		out := page{Items: items}
		if out.Items == nil {
			out.Items = []jsonx.Raw{}
		}
		if next != "" {
			out.Next = &next
		}
		return printJSON(c, out)
	}
	var head, paths []string
	for _, spec := range columns {
		title, path := column(spec)
		head, paths = append(head, title), append(paths, path)
	}
	t := newTable(c, head...)
	for _, it := range items {
		cells := make([]string, len(paths))
		for i, p := range paths {
			cells[i] = text(member(it, p))
		}
		t.add(cells...)
	}
	if t.empty() {
		fmt.Fprintln(c.err, "Nothing to show.")
		return nil
	}
	if err := t.print(c.out); err != nil {
		return err
	}
	if next != "" {
		fmt.Fprintf(c.err, "There is more: --cursor %s\n", next)
	}
	return nil
}

// one prints an object, as JSON or as lines of its fields.
func (c *console) one(asJSON bool, item jsonx.Raw, fields ...string) error {
	if asJSON {
		return printJSON(c, item)
	}
	t := &table{}
	for _, spec := range fields {
		title, path := column(spec)
		if v := text(member(item, path)); v != "" {
			t.add(strings.ToLower(title), v)
		}
	}
	return t.print(c.out)
}
