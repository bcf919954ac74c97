package eml

import (
	"bytes"
	"encoding/base64"
	"io"
	"iter"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// header is a list of fields in order, unfolded; values may be in any encoding.
type header []field

type field struct{ name, value string }

// maxFields and maxHeader bound a header; real ones have under 200 fields and 64 KB.
const (
	maxFields = 2000
	maxHeader = 1 << 20
)

// splitHeader separates header and body at the first empty line. A first line that is no field
// means that there is no header.
func splitHeader(data []byte) (header, []byte) {
	var h header
	rest := data
	for len(rest) > 0 && len(data)-len(rest) < maxHeader {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		switch {
		case len(line) == 0:
			return h, after
		case (line[0] == ' ' || line[0] == '\t') && len(h) > 0:
			f := &h[len(h)-1]
			if len(f.value) < 64<<10 {
				f.value += " " + strings.TrimSpace(string(line))
			}
		default:
			name, value, ok := bytes.Cut(line, []byte(":"))
			if name = bytes.TrimRight(name, " \t"); !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
				return h, rest // the body began without an empty line
			}
			if len(h) < maxFields {
				h = append(h, field{strings.TrimSpace(string(name)), strings.TrimSpace(string(value))})
			}
		}
		rest = after
	}
	return h, rest
}

func (h header) all(name string) (out []string) {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			out = append(out, f.value)
		}
	}
	return out
}

func (h header) first(name string) string {
	if v := h.all(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// text is the first field of a name, decoded to one line.
func (h header) text(name string) string {
	return parser.Flat(parser.Clean(decodeWords(h.first(name))))
}

// decodeWords decodes encoded words (RFC 2047) and, where there are none, bytes in any encoding.
func decodeWords(s string) string {
	raw, _ := charset.ToUTF8([]byte(s), "")
	s = string(raw)
	if !strings.Contains(s, "=?") {
		return s
	}
	d := mime.WordDecoder{CharsetReader: func(name string, in io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		text, _ := charset.ToUTF8(b, name)
		return bytes.NewReader(text), nil
	}}
	out, err := d.DecodeHeader(s)
	if err != nil {
		return s
	}
	return out
}

// parts yields the parts of a multipart body (RFC 2046, 5.1.1). A missing last boundary is forgiven.
func parts(body []byte, boundary string) iter.Seq[[]byte] {
	mark := []byte("--" + boundary)
	return func(yield func([]byte) bool) {
		start := -1
		for at := 0; at < len(body); {
			i := bytes.Index(body[at:], mark)
			if i < 0 {
				break
			}
			i += at
			at = i + len(mark)
			if i > 0 && body[i-1] != '\n' {
				continue
			}
			line, _, _ := bytes.Cut(body[at:], []byte("\n"))
			rest := bytes.TrimSpace(line)
			last := bytes.Equal(rest, []byte("--"))
			if len(rest) > 0 && !last {
				continue // a longer boundary that begins with this one
			}
			if start >= 0 && start <= i {
				part := bytes.TrimSuffix(bytes.TrimSuffix(body[start:i], []byte("\n")), []byte("\r"))
				if !yield(part) {
					return
				}
			}
			if last {
				return
			}
			at = min(at+len(line)+1, len(body))
			start = at
		}
		if start >= 0 && start < len(body) {
			yield(body[start:])
		}
	}
}

// decodeBody undoes the transfer encoding, as far as it goes.
func decodeBody(body []byte, encoding string) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return decodeBase64(body)
	case "quoted-printable":
		return decodeQP(body)
	}
	return body
}

// decodeBase64 skips what is not of the alphabet, does without padding, and takes padding in the
// middle for the end of one encoded piece and the beginning of another.
func decodeBase64(body []byte) []byte {
	clean := make([]byte, 0, len(body))
	for _, c := range body {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' {
			clean = append(clean, c)
		}
	}
	out := make([]byte, 0, base64.RawStdEncoding.DecodedLen(len(clean)))
	for piece := range bytes.FieldsFuncSeq(clean, func(r rune) bool { return r == '=' }) {
		if len(piece)%4 == 1 {
			piece = piece[:len(piece)-1]
		}
		out, _ = base64.RawStdEncoding.AppendDecode(out, piece) // stray bits at the end do not matter
	}
	return out
}

// decodeQP leaves alone what is not well formed (RFC 2045, 6.7).
func decodeQP(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '=' {
			out = append(out, body[i])
			continue
		}
		if i+2 < len(body) {
			if b, err := strconv.ParseUint(string(body[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		end := i + 1
		for end < len(body) && (body[end] == ' ' || body[end] == '\t' || body[end] == '\r') {
			end++
		}
		if end == len(body) || body[end] == '\n' {
			i = end // soft line break
			continue
		}
		out = append(out, '=')
	}
	return out
}

// parseParams reads "value; name=x; name*=utf-8%41; name*0=a; name*1=b" (RFC 2045, RFC 2231),
// forgiving what is not well formed.
func parseParams(s string) (value string, params map[string]string) {
	params = map[string]string{}
	pieces := splitParams(s)
	value = strings.ToLower(strings.TrimSpace(pieces[0]))
	type piece struct {
		n       int
		text    string
		encoded bool
	}
	long := map[string][]piece{}
	for _, p := range pieces[1:] {
		name, v, ok := strings.Cut(p, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || len(params)+len(long) > 50 {
			continue
		}
		v = unquote(strings.TrimSpace(v))
		star := strings.IndexByte(name, '*')
		if star < 0 {
			if _, there := params[name]; !there {
				params[name] = v
			}
			continue
		}
		rest := name[star+1:]
		encoded := rest == "" || strings.HasSuffix(rest, "*")
		n, _ := strconv.Atoi(strings.TrimSuffix(rest, "*")) // "" and rubbish are the first piece
		if len(long[name[:star]]) < 100 {
			long[name[:star]] = append(long[name[:star]], piece{n, v, encoded})
		}
	}
	for name, list := range long {
		slices.SortStableFunc(list, func(a, b piece) int { return a.n - b.n })
		cs, joined := "", ""
		for i, p := range list {
			text := p.text
			if i == 0 && p.encoded {
				if c := strings.SplitN(text, "'", 3); len(c) == 3 {
					cs, text = c[0], c[2]
				}
			}
			if u, err := url.PathUnescape(text); p.encoded && err == nil {
				text = u
			}
			joined += text
		}
		utf, _ := charset.ToUTF8([]byte(joined), cs)
		params[name] = string(utf)
	}
	return value, params
}

// splitParams splits at semicolons outside quotes.
func splitParams(s string) (out []string) {
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				out = append(out, s[start:i])
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' {
		return s
	}
	s = strings.TrimSuffix(s[1:], `"`)
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// fileName is what the sender calls an attachment.
func fileName(ctype, disposition map[string]string) string {
	return decodeWords(first(disposition["filename"], ctype["name"]))
}
