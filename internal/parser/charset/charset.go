// Package charset turns bytes of unknown encoding into UTF-8: by byte-order mark, by what the
// sender declared, by UTF-8 validity, and else by how plausible the text is in each of the
// encodings that occur in reports and mail. It is a helper of the parsers. It owns no format and
// asks no service.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// ToUTF8 returns data as valid UTF-8 without byte-order mark, and the WHATWG name of the encoding
// it was in ("utf-8", "gb18030", "big5", "windows-1252" …). declared is what the sender claims,
// "" for nothing; it is believed only as far as the bytes bear it out. Bytes that fit no character
// become U+FFFD. Pure ASCII is "utf-8". The result may share memory with data.
func ToUTF8(data []byte, declared string) (text []byte, name string) {
	if enc, name, skip := byMark(data); enc != nil {
		return decode(enc, data[skip:]), name
	} else if skip > 0 {
		return valid(data[skip:]), "utf-8"
	}
	if enc, name := wideWithoutMark(data); enc != nil {
		return decode(enc, data), name
	}
	enc, stated := lookup(declared)
	if escapes(data) && (enc == nil || stated == "iso-2022-jp") {
		return decode(japanese.ISO2022JP, data), "iso-2022-jp"
	}
	if stated == "iso-2022-jp" || stated == "utf-16le" || stated == "utf-16be" {
		enc, stated = nil, "" // would have been found above
	}
	if ascii(data) {
		if stated == "hz-gb-2312" && enc != nil {
			return decode(enc, data), stated
		}
		return data, "utf-8"
	}
	if stated != "gb18030" && stated != "big5" && utf8.Valid(trimCut(data)) {
		return valid(data), "utf-8"
	}
	if enc, name = guess(data, enc, stated); enc == nil {
		return valid(data), "utf-8"
	}
	return decode(enc, data), name
}

// Name returns the WHATWG name of a declared encoding, "" when it is not known.
func Name(declared string) string {
	_, name := lookup(declared)
	return name
}

// byMark recognises byte-order marks. UTF-8's needs no decoder: enc is nil and skip 3.
func byMark(b []byte) (enc encoding.Encoding, name string, skip int) {
	switch {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		return nil, "utf-8", 3
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32le", 4
	case bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "utf-32be", 4
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", 2
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be", 2
	case bytes.HasPrefix(b, []byte{0x84, 0x31, 0x95, 0x33}):
		e, n := lookup("gb18030")
		return e, n, 4
	}
	return nil, "", 0
}

// wideWithoutMark recognises UTF-16 of mostly Latin text by where its zero bytes stand.
func wideWithoutMark(b []byte) (encoding.Encoding, string) {
	if len(b) < 4 || bytes.IndexByte(b[:min(len(b), 256)], 0) < 0 {
		return nil, ""
	}
	sample := b[:min(len(b), 4096)&^1]
	even, odd := 0, 0
	for i := 0; i < len(sample); i += 2 {
		if sample[i] == 0 {
			even++
		}
		if sample[i+1] == 0 {
			odd++
		}
	}
	pairs := len(sample) / 2
	switch {
	case odd*2 > pairs && even*20 < pairs:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"
	case even*2 > pairs && odd*20 < pairs:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"
	}
	return nil, ""
}

// lookup finds a declared encoding; GBK and GB2312 are read as GB18030, which contains them.
func lookup(declared string) (encoding.Encoding, string) {
	d := strings.ToLower(strings.Trim(strings.TrimSpace(declared), `"'`))
	switch d {
	case "":
		return nil, ""
	case "cp936", "ms936", "windows-936", "gb_2312", "euc-cn":
		d = "gb18030"
	case "cp950", "ms950", "big5-hkscs", "windows-950":
		d = "big5"
	case "cp932", "ms932", "shiftjis", "windows-932":
		d = "shift_jis"
	case "cp949", "ms949", "uhc", "windows-949":
		d = "euc-kr"
	case "ansi", "default", "unknown-8bit", "binary", "8bit", "utf-8", "utf8":
		return nil, ""
	}
	enc, err := htmlindex.Get(d)
	if err != nil {
		return nil, ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "replacement" {
		return nil, ""
	}
	if name == "gbk" {
		return lookup("gb18030")
	}
	if name == "utf-8" {
		return nil, ""
	}
	return enc, name
}

// escapes recognises ISO-2022-JP by its shifts to JIS X 0208.
func escapes(b []byte) bool {
	head := b[:min(len(b), 1<<16)]
	return bytes.Contains(head, []byte("\x1b$B")) || bytes.Contains(head, []byte("\x1b$@"))
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// trimCut drops a character that is cut off at the end.
func trimCut(b []byte) []byte {
	for i := 1; i <= 3 && i <= len(b); i++ {
		c := b[len(b)-i]
		if utf8.RuneStart(c) {
			if c >= 0xC0 && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func valid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
}

func decode(enc encoding.Encoding, b []byte) []byte {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return valid(b)
	}
	return valid(bytes.TrimPrefix(out, []byte("\uFEFF")))
}

// LooksText tells that the beginning of data is text in some encoding, not a binary format.
func LooksText(data []byte) bool {
	head := data[:min(len(data), 4096)]
	if len(head) == 0 {
		return true
	}
	if enc, _, skip := byMark(head); enc != nil || skip > 0 {
		return true
	}
	if enc, _ := wideWithoutMark(head); enc != nil {
		return true
	}
	odd := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B || c == 0x7F {
			odd++
		}
	}
	return odd*100 <= len(head)
}
