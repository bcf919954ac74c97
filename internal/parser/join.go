package parser

import "strings"

// Line is one line of a table cell or paragraph as laid out.
type Line struct {
	Text string
	// Full tells that the line reaches the right edge to a character, so that what follows may be
	// the rest of a word that did not fit. Tight tells that the next piece, up to where a URL may be
	// broken, would not have fitted. Known for PDF only.
	Full, Tight bool
}

// hashLengths are the hexadecimal lengths of MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
var hashLengths = [...]int{32, 40, 56, 64, 96, 128}

// JoinCell writes the lines of one cell as one line. Parts of a hash that was wrapped are put
// together, and so is any value that ran into the right edge (Line.Full) and goes on in the next
// line. Other lines are joined by a space, between Chinese or Japanese characters by nothing.
//
// label is what is known about the cell's content, the column's heading; "" for nothing. Two lines
// of 32 digits are two MD5 unless it names SHA-256.
func JoinCell(lines []Line, label string) string {
	var out strings.Builder
	last := ""
	for i := 0; i < len(lines); i++ {
		text := strings.TrimSpace(lines[i].Text)
		if text == "" {
			continue
		}
		if n := wrappedHash(lines[i:], strings.Contains(label, "256")); n > 1 {
			var whole strings.Builder
			for _, l := range lines[i : i+n] {
				whole.WriteString(strings.TrimSpace(l.Text))
			}
			text = whole.String()
			i += n - 1
			if last != "" {
				out.WriteByte(' ')
			}
		} else if last != "" {
			switch {
			case Continues(Line{last, lines[i-1].Full, lines[i-1].Tight}, text):
				if len(last) < maxValue {
					text = last + text // what goes on is judged as a whole
					out.WriteString(text[len(last):])
					last = text
					continue
				}
			case !ideographic(last, text):
				out.WriteByte(' ')
			}
		}
		out.WriteString(text)
		last = text
	}
	return out.String()
}

// maxValue bounds how long a value is followed over lines.
const maxValue = 8 << 10

// wrappedHash counts the lines at the start that together are one hash, 1 when there is none.
// Lines that are whole hashes each stay as they are: a list of MD5 is not one of SHA-256.
func wrappedHash(lines []Line, sha256 bool) int {
	total, width := 0, 0
	for i, l := range lines {
		t := strings.TrimSpace(l.Text)
		first := t
		if i == 0 { // a label may stand before the first part
			if sp := strings.LastIndexAny(t, " \t:"); sp >= 0 {
				first = t[sp+1:]
			}
		}
		if i == 0 && len(first) < 8 || !isHex(first) || i > 0 && len(first) > width+4 {
			return 1
		}
		if i == 0 && isHashLength(len(first)) && !(sha256 && len(first) < 64) {
			return 1
		}
		width = max(width, len(first))
		total += len(first)
		if i > 0 && sha256 && total == 64 {
			return i + 1
		}
		if i > 0 && !sha256 && isHashLength(total) && !hexFollows(lines[i+1:], len(first), width, total) {
			return i + 1
		}
		if total > hashLengths[len(hashLengths)-1] {
			return 1
		}
	}
	return 1
}

// hexFollows tells that the line after a possible end of a hash goes on with it: the part was
// as wide as the others and the next is hexadecimal and brings the total to a longer hash.
func hexFollows(rest []Line, part, width, total int) bool {
	if len(rest) == 0 || part < width-4 {
		return false
	}
	for _, l := range rest {
		t := strings.TrimSpace(l.Text)
		if !isHex(t) || isHashLength(len(t)) || len(t) > width+4 {
			return false
		}
		total += len(t)
		if isHashLength(total) {
			return true
		}
		if len(t) < width-4 {
			return false
		}
	}
	return false
}

// Continues tells that next goes on with the value that ends prev, without a space between:
// prev runs into the edge, ends in a long unbroken value, and next begins like the rest of one.
func Continues(prev Line, next string) bool {
	if !prev.Full && !prev.Tight || next == "" {
		return false
	}
	text := prev.Text
	value := text[strings.LastIndexAny(text, " \t")+1:]
	rest, more, _ := strings.Cut(next, " ")
	if rest == "" || len(value) < 6 || startsValue(rest) || !valueByte(value[len(value)-1]) || !valueByte(rest[0]) {
		return false
	}
	if strings.Contains(value, "://") {
		return urlContinues(value, prev.Full, rest, more != "")
	}
	switch {
	case !prev.Full:
		return false
	case isHex(value) && isHashLength(len(value)):
		return isHex(rest) && !isHashLength(len(rest)) && isHashLength(len(value)+len(rest))
	case isHex(value) && len(value) >= 12:
		return isHex(rest) || strings.ContainsAny(rest, ".[")
	case value[len(value)-1] == '.' && !strings.Contains(rest, "."), complete(value):
		return false
	}
	marks := strings.Count(value, ".") + strings.Count(value, "/") + strings.Count(value, "\\") +
		strings.Count(value, "_") + strings.Count(value, "@") + 2*strings.Count(value, "[.]")
	return len(value) == len(text) && (marks > 0 || len(value) >= 24)
}

// urlContinues tells that rest belongs to the URL. A plain word with others after it is the
// sentence going on, unless the URL was broken where one is broken.
func urlContinues(url string, full bool, rest string, more bool) bool {
	const breaks = "/-?&=_.%"
	broken := strings.IndexByte(breaks, url[len(url)-1]) >= 0
	shaped := strings.ContainsAny(rest, "/?&=_%0123456789") || strings.Contains(strings.TrimRight(rest, "."), ".")
	switch {
	case url[len(url)-1] == '.' || strings.IndexByte(",;)", url[len(url)-1]) >= 0:
		return full && shaped
	case shaped:
		return true
	}
	return full && (broken || !more)
}

// endings are what whole domains and file names usually end in; a value that does is not taken for
// the first part of a longer one.
const endings = " com net org info biz ru cn top xyz io de uk fr jp kr tw hk in ir su site online club shop live pro me co gov edu " +
	"exe dll sys bat ps1 vbs js hta lnk doc docx docm xls xlsx xlsm pdf zip rar 7z jar apk iso img tmp dat txt php asp aspx html htm py sh elf so "

// complete tells that a value looks whole: an address, or a name with a usual ending.
func complete(value string) bool {
	v := strings.ToLower(strings.NewReplacer("[.]", ".", "[", "", "]", "", "(.)", ".").Replace(value))
	v = strings.TrimRight(v, ".,;:)")
	if dot := strings.LastIndexByte(v, '.'); dot > 0 && strings.Contains(endings, " "+v[dot+1:]+" ") {
		return true
	}
	return strings.Count(v, ".") == 3 && strings.Trim(v, "0123456789.") == ""
}

// startsValue tells that a word begins a value of its own.
func startsValue(w string) bool {
	l := strings.ToLower(w)
	for _, p := range [...]string{"http", "hxxp", "ftp:", "www.", "c:\\", "hk", "%"} {
		if strings.HasPrefix(l, p) {
			return true
		}
	}
	return isHashLength(len(w)) && isHex(w)
}

// valueByte tells that a byte occurs inside URLs, hosts, paths and addresses.
func valueByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-._~/\\?#[]@!$&'*+=%:{}", c) >= 0
}

func isHashLength(n int) bool {
	for _, h := range hashLengths {
		if n == h {
			return true
		}
	}
	return false
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if (s[i] < '0' || s[i] > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}

// ideographic tells that two lines meet in Chinese, Japanese or full-width characters, where no
// space is written.
func ideographic(a, b string) bool {
	ra := []rune(a[max(0, len(a)-4):])
	var rb rune
	for _, r := range b {
		rb = r
		break
	}
	return Wide(ra[len(ra)-1]) && Wide(rb)
}

// Wide tells that a character is Chinese or Japanese, or full-width punctuation.
func Wide(r rune) bool {
	return r >= 0x2E80 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0xFF00 && r <= 0xFFEF || r >= 0x20000 && r <= 0x3FFFF
}
