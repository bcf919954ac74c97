// Package rtf reads the text of Rich Text Format documents: pasted reports, mail bodies of Outlook.
// Formatting, pictures and embedded objects are left out. It owns no detection of exploits.
package rtf

import (
	"bytes"
	"context"
	"strconv"
	"unicode/utf16"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// Parser reads RTF.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "rtf" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

// Accepts implements parser.Parser. Malware writes "{\rt" and Word reads it.
func (Parser) Accepts(in parser.Input) int {
	if bytes.HasPrefix(bytes.TrimLeft(in.Data[:min(len(in.Data), 64)], " \r\n\t"), []byte(`{\rt`)) {
		return 90
	}
	return 0
}

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(in.Data[:min(len(in.Data), 64)], " \r\n\t"), []byte(`{\rt`)) {
		return parser.Document{}, parser.Broken(in.Name, "RTF", nil)
	}
	r := &reader{data: in.Data, b: parser.NewBuilder(lim), page: "windows-1252", stack: []group{{uc: 1}}}
	for r.at < len(r.data) && !r.b.Full() {
		if r.steps++; r.steps&0xFFFF == 0 && ctx.Err() != nil {
			return parser.Document{}, ctx.Err()
		}
		r.step()
	}
	r.flush()
	doc := r.b.Document()
	doc.Charset = r.page
	doc.Lang = parser.Language(doc.Text)
	return doc, nil
}

// group is the state that braces save: skip leaves out what follows, uc is the count of fallback
// characters after \u (RTF 1.9.1, "Unicode RTF").
type group struct {
	skip bool
	uc   int
}

// maxGroups bounds nesting; deeper groups share the state of the last.
const maxGroups = 10_000

type reader struct {
	data   []byte
	at     int
	steps  int
	b      *parser.Builder
	page   string   // charset of \'hh and plain bytes
	stack  []group  // the last is current
	over   int      // groups beyond maxGroups
	bytes  []byte   // not yet decoded
	units  []uint16 // UTF-16 not yet decoded
	ignore int      // fallback characters still to pass over
}

func (r *reader) top() *group { return &r.stack[len(r.stack)-1] }

func (r *reader) step() {
	c := r.data[r.at]
	r.at++
	switch c {
	case '{':
		if len(r.stack) < maxGroups {
			r.stack = append(r.stack, *r.top())
		} else {
			r.over++
		}
	case '}':
		if r.over > 0 {
			r.over--
		} else if len(r.stack) > 1 {
			r.stack = r.stack[:len(r.stack)-1]
		}
	case '\\':
		r.control()
	case '\r', '\n', 0:
	default:
		r.char(c)
	}
}

// char takes one byte of text.
func (r *reader) char(c byte) {
	if r.ignore > 0 {
		r.ignore--
		return
	}
	if r.top().skip {
		return
	}
	if len(r.units) > 0 {
		r.flush()
	}
	r.bytes = append(r.bytes, c)
}

// flush decodes what is pending.
func (r *reader) flush() {
	if len(r.bytes) > 0 {
		text, _ := charset.ToUTF8(r.bytes, r.page)
		r.b.Write(string(text))
		r.bytes = r.bytes[:0]
	}
	if len(r.units) > 0 {
		r.b.Write(string(utf16.Decode(r.units)))
		r.units = r.units[:0]
	}
}

// control reads a control word or symbol after the backslash.
func (r *reader) control() {
	if r.at >= len(r.data) {
		return
	}
	c := r.data[r.at]
	if c|0x20 < 'a' || c|0x20 > 'z' {
		r.at++
		r.symbol(c)
		return
	}
	start := r.at
	for r.at < len(r.data) && r.data[r.at]|0x20 >= 'a' && r.data[r.at]|0x20 <= 'z' && r.at-start < 32 {
		r.at++
	}
	word := string(r.data[start:r.at])
	num := r.at
	for r.at < len(r.data) && (r.data[r.at] >= '0' && r.data[r.at] <= '9' || r.at == num && r.data[r.at] == '-') && r.at-num < 11 {
		r.at++
	}
	n, err := strconv.Atoi(string(r.data[num:r.at]))
	if r.at < len(r.data) && r.data[r.at] == ' ' {
		r.at++
	}
	r.word(word, n, err == nil)
}

func (r *reader) symbol(c byte) {
	switch c {
	case '\'':
		if r.at+2 <= len(r.data) {
			if v, err := strconv.ParseUint(string(r.data[r.at:r.at+2]), 16, 8); err == nil {
				r.at += 2
				r.char(byte(v))
			}
		}
	case '\\', '{', '}':
		r.char(c)
	case '~':
		r.write(" ")
	case '_':
		r.write("-")
	case '\n', '\r':
		r.write("\n")
	case '*':
		r.top().skip = true
	}
}

// write takes text that is not in the document's charset.
func (r *reader) write(s string) {
	if !r.top().skip {
		r.flush()
		r.b.Write(s)
	}
}

func (r *reader) word(word string, n int, numbered bool) {
	switch word {
	case "par", "line", "row", "sect", "page":
		r.write("\n")
	case "tab", "cell", "nestcell":
		r.write("\t")
	case "emdash":
		r.write("—")
	case "endash":
		r.write("–")
	case "lquote":
		r.write("‘")
	case "rquote":
		r.write("’")
	case "ldblquote":
		r.write("“")
	case "rdblquote":
		r.write("”")
	case "bullet":
		r.write("•")
	case "u":
		if numbered && !r.top().skip {
			if len(r.bytes) > 0 {
				r.flush()
			}
			r.units = append(r.units, uint16(n))
		}
		r.ignore = r.top().uc
	case "uc":
		r.top().uc = min(max(n, 0), 10)
	case "ansicpg":
		if cs := codepage(n); cs != "" {
			r.page = cs
		}
	case "bin":
		r.at = min(len(r.data), r.at+max(n, 0))
	case "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "objdata", "themedata", "colorschememapping", "listtable",
		"listoverridetable", "rsidtbl", "generator", "xmlnstbl", "datastore", "latentstyles", "fldinst", "filetbl", "nonshppict", "bkmkstart", "bkmkend":
		r.top().skip = true
	}
}

// codepage names a Windows code page as charset does.
func codepage(n int) string {
	switch n {
	case 936:
		return "gb18030"
	case 950:
		return "big5"
	case 932:
		return "shift_jis"
	case 949:
		return "euc-kr"
	case 874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258:
		return "windows-" + strconv.Itoa(n)
	case 65001:
		return "utf-8"
	}
	return ""
}
