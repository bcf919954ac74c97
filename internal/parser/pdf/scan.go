package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"strings"

	"github.com/vedette-ti/vedette/internal/parser"
)

// Bounds of the search for links.
const (
	maxURLs      = 5000
	maxObjStream = 16 << 20 // unpacked bytes of one object stream
	maxUnpacked  = 256 << 20
)

// scan finds the targets of links, which no text shows, and whether files are attached. It looks at
// the bytes, not at the structure: it cannot loop, and finds what hides behind broken references.
// Encrypted files give nothing.
func scan(data []byte) (urls []string, attached bool) {
	if bytes.Contains(data, []byte("/Encrypt")) {
		return nil, false
	}
	seen := map[string]bool{}
	find := func(part []byte) {
		attached = attached || bytes.Contains(part, []byte("/EmbeddedFile"))
		for len(urls) < maxURLs {
			i := bytes.Index(part, []byte("/URI"))
			if i < 0 {
				return
			}
			part = part[i+4:]
			if u := str(part); u != "" && !seen[u] {
				seen[u] = true
				urls = append(urls, u)
			}
		}
	}
	find(data)
	left := maxUnpacked
	for rest := data; left > 0; {
		i := bytes.Index(rest, []byte("/ObjStm"))
		if i < 0 {
			break
		}
		rest = rest[i+7:]
		j := bytes.Index(rest[:min(len(rest), 1024)], []byte("stream"))
		if j < 0 {
			continue
		}
		body := bytes.TrimLeft(rest[j+6:], "\r\n")
		z, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			continue
		}
		var out bytes.Buffer
		n, _ := io.Copy(&out, io.LimitReader(z, int64(min(maxObjStream, left)))) // what came before damage counts
		left -= int(n) + 1024
		find(out.Bytes())
	}
	return urls, attached
}

// str reads the PDF string at the start, after white space: (literal) or <hexadecimal>.
func str(b []byte) string {
	b = bytes.TrimLeft(b, " \t\r\n\f\x00")
	if len(b) < 2 {
		return ""
	}
	b = b[:min(len(b), 8192)]
	switch b[0] {
	case '<':
		end := bytes.IndexByte(b, '>')
		if end < 0 {
			return ""
		}
		raw, err := hex.DecodeString(strings.Join(strings.Fields(string(b[1:end])), ""))
		if err != nil {
			return ""
		}
		return parser.Clean(string(raw))
	case '(':
		var out []byte
		depth := 0
		for i := 0; i < len(b); i++ {
			switch c := b[i]; {
			case c == '\\' && i+1 < len(b):
				i++
				out = append(out, b[i])
			case c == '(':
				if depth++; depth > 1 {
					out = append(out, c)
				}
			case c == ')':
				if depth--; depth == 0 {
					return parser.Clean(string(out))
				}
				out = append(out, c)
			default:
				out = append(out, c)
			}
		}
	}
	return ""
}
