package fang

import "unicode/utf8"

// wide reads a character outside ASCII that stands for ASCII or for nothing.
func wide(b []byte, i int) (out string, n int, m Mark) {
	switch b[i] {
	case 0xc2, 0xe2, 0xe3, 0xef:
	default:
		return "", 0, Plain
	}
	r, size := utf8.DecodeRune(b[i:])
	switch r {
	case 0x00ad, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x2063, 0x200e, 0x200f:
		return "", size, Styled
	case 0x3002, 0xff61, 0xff0e, 0x2024, 0xfe52:
		return ".", size, Inert
	case 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xfe58, 0xfe63, 0xff0d:
		return "-", size, Styled
	case 0x2236, 0xfe55, 0xff1a:
		return ":", size, Inert
	case 0x2044, 0x2215, 0xff0f:
		return "/", size, Inert
	case 0xfe6b, 0xff20:
		return "@", size, Inert
	case 0xfb00, 0xfb01, 0xfb02, 0xfb03, 0xfb04, 0xfb05, 0xfb06:
		return [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xfb00], size, Styled
	case 0xff3b, 0x3010, 0x3014, 0xff08, 0xff5b, 0x300c, 0x300a:
		return bracket(b, i, size)
	}
	if r >= 0xff01 && r <= 0xff5e {
		c := int(r - 0xff01 + '!')
		if isWord(byte(c)) || c == '_' || c == '%' {
			return ascii[c : c+1], size, Styled
		}
	}
	return "", 0, Plain
}
