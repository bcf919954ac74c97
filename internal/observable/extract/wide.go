package extract

import (
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// wide handles a byte outside ASCII at b[j] and returns where to go on.
func (s *scanner) wide(j int) int {
	b := s.b
	switch b[j] {
	case 0xe4, 0xe5, 0xe7, 0xeb:
		if n := s.wideLabel(j); n > 0 {
			return n
		}
	case 0xe3, 0xef, 0xe2:
		if n := s.wideSign(j); n > 0 {
			return n
		}
	}
	r, size := utf8.DecodeRune(b[j:])
	if r == utf8.RuneError {
		return j + size
	}
	if isCJK(r) {
		return s.cjkRun(j, size)
	}
	if fullWidth(r) || isLetterRune(r) {
		if j == 0 || !is(b[j-1], cWord) {
			if n := s.host(j); n > j {
				return n
			}
		}
		return letterRunEnd(b, j+size)
	}
	return j + size
}

// wideSign handles full-width punctuation that may be part of a value: "：//", "＠".
func (s *scanner) wideSign(j int) int {
	b := s.b
	out, n, _ := fang.Next(b, j)
	if n == 0 || out == "" {
		if hasAt(b, j, "ミュ") {
			return s.wideLabel(j)
		}
		return 0
	}
	if out[0] == ':' {
		return s.urlAt(j)
	}
	return 0
}

// fullWidth reports full-width Latin letters and digits.
func fullWidth(r rune) bool {
	return r >= 0xff10 && r <= 0xff19 || r >= 0xff21 && r <= 0xff3a || r >= 0xff41 && r <= 0xff5a
}

// isLetterRune reports letters of alphabets that host names use.
func isLetterRune(r rune) bool {
	return r >= 0xc0 && r <= 0x2af && r != 0xd7 && r != 0xf7 || r >= 0x370 && r <= 0x6ff || r >= 0x900 && r <= 0xdff || r >= 0x10a0 && r <= 0x10ff ||
		r >= 0x1e00 && r <= 0x1fff || r >= 0xfb00 && r <= 0xfb06
}

// letterRunEnd skips the rest of a word outside ASCII, so that each word is tried once.
func letterRunEnd(b []byte, i int) int {
	for i < len(b) {
		if b[i] < 0x80 {
			return i
		}
		r, size := utf8.DecodeRune(b[i:])
		if !isLetterRune(r) {
			return i
		}
		i += size
	}
	return i
}

// cjkRun passes a run of Chinese, Japanese or Korean letters that starts at b[j]. Where a dot and
// a further label follow the run it may be an international host name or a file name.
func (s *scanner) cjkRun(j, size int) int {
	b := s.b
	i := j + size
	for i+2 < len(b) {
		if c := b[i]; c < 0xe4 || c > 0xe9 {
			// not one of the common ideographs, which need no decoding
			r, k := utf8.DecodeRune(b[i:])
			if c < 0x80 || !isCJK(r) || fullWidth(r) {
				break
			}
			i += k
			continue
		}
		if announces(b[i : i+3 : i+3]) {
			return i
		}
		i += 3
	}
	if i >= len(b) || i-j > 4*64 {
		return i
	}
	if b[i] == '.' && (is(at(b, i+1), cAlpha|cDigit) || at(b, i+1) >= 0x80) || (b[i] == '[' || b[i] == '(') && dotBracket(b, i) {
		if k := s.host(j); k > i {
			return k
		}
	}
	return i
}

// announces reports the first letter of 互斥, 命名管道 and 用户代理.
func announces(c []byte) bool {
	switch string(c) {
	case "互", "命", "用":
		return true
	}
	return false
}

func dotBracket(b []byte, i int) bool {
	out, n, _ := fang.Next(b, i)
	return n > 0 && out == "."
}
