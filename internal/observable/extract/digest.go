package extract

import (
	"bytes"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// digest handles long words of letters and digits: hashes, fingerprints, wallets. b[j:e] is the
// word.
func (s *scanner) digest(j, e int) int {
	b := s.b
	if e-j < 8 || j > 0 && is(b[j-1], cWord) {
		return 0
	}
	if e-j > 300 {
		return 0
	}
	h := runEnd(b, j, cHex, 400)
	if h == e {
		return s.hex(j, e)
	}
	if n := s.namedDigest(j, e); n > 0 {
		return n
	}
	if e-j == 72 && (b[j] == 'T' || b[j] == 't') && b[j+1] == '1' && runEnd(b, j+2, cHex, 80) == e {
		return s.found(observable.TLSH, string(appendUpper(nil, b[j:e])), j, e, fang.Plain, 95)
	}
	if n := s.ja4(j, e); n > 0 {
		return n
	}
	return s.wallet(j, e)
}

// hex handles a word of hexadecimal digits only.
func (s *scanner) hex(j, e int) int {
	n := e - j
	if !hashLength(n) && n != 62 && n != 70 {
		if n >= 8 && n < 128 {
			return s.brokenHash(j, e)
		}
		return 0
	}
	if t, from := s.hashLabel(j); t != observable.None && from >= 0 && hexLength(t) == n {
		return s.hash(t, j, e)
	}
	switch n {
	case 62:
		return 0
	case 70:
		if s.labelNear(j, "tlsh") {
			return s.found(observable.TLSH, string(appendUpper(nil, s.b[j:e])), j, e, fang.Plain, 90)
		}
		return 0
	}
	if n < 128 {
		if k := s.brokenHash(j, e); k > 0 {
			return k
		}
	}
	return s.hash(typeByLength(n), j, e)
}

func hashLength(n int) bool {
	switch n {
	case 32, 40, 56, 64, 96, 128:
		return true
	}
	return false
}

func typeByLength(n int) observable.Type {
	switch n {
	case 32:
		return observable.MD5
	case 40:
		return observable.SHA1
	case 56:
		return observable.SHA224
	case 64:
		return observable.SHA256
	case 96:
		return observable.SHA384
	case 128:
		return observable.SHA512
	}
	return observable.None
}

func hexLength(t observable.Type) int {
	switch t {
	case observable.MD5, observable.Imphash, tJA3, tJA3S:
		return 32
	case observable.SHA1:
		return 40
	case observable.SHA224, tSHA3x224:
		return 56
	case observable.SHA256, tSHA3x256:
		return 64
	case observable.SHA384, tSHA3x384:
		return 96
	case observable.SHA512, tSHA3x512:
		return 128
	case tJARM:
		return 62
	}
	return 0
}

// hash reports b[j:e], which has the right length.
func (s *scanner) hash(t observable.Type, j, e int) int {
	value := string(appendLower(nil, s.b[j:e]))
	if trivial(value) || spelled(value) || !s.hashNeighbours(j, e) {
		return e
	}
	why := ""
	switch {
	case emptyFile(value):
		why = "empty-file"
	case t == observable.SHA1 && s.gitBefore(j):
		why = "git-commit"
	case (t == observable.MD5 || t == observable.SHA256 || t == observable.SHA1) && s.sessionBefore(j):
		why = "session-id"
	}
	return s.foundAs(t, value, j, e, fang.Plain, 95, why)
}

// trivial reports values with few different digits, or no letters at all.
func trivial(value string) bool {
	var seen [256]bool
	kinds, letters := 0, 0
	for i := range len(value) {
		if !seen[value[i]] {
			seen[value[i]] = true
			kinds++
		}
		if value[i] >= 'a' {
			letters++
		}
	}
	return kinds < 6 || letters == 0 || letters == len(value)
}

// spelled reports hexadecimal digits that spell a text in ASCII: a dump, no hash. Sixteen random
// bytes do so once in ten million times.
func spelled(value string) bool {
	for i := 0; i+1 < len(value); i += 2 {
		c := unhex(value[i])<<4 | unhex(value[i+1])
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// emptyFile reports the hashes of nothing.
func emptyFile(value string) bool {
	switch value {
	case "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":
		return true
	}
	return false
}

// hashNeighbours refuses hexadecimal runs inside longer encodings.
func (s *scanner) hashNeighbours(j, e int) bool {
	b := s.b
	switch at(b, j-1) {
	case '$', '%', '&', '~':
		return false
	case '{':
		if is(at(b, j-2), cAlpha|cDigit) && at(b, e) == '}' {
			return false // flag{…} of a contest
		}
	case '+':
		return at(b, e) == '+'
	case '/', '=':
		// base64 goes on before it
		return !is(at(b, j-2), cAlpha|cDigit) || at(b, j-1) == '=' || !is(at(b, e), cAnchor)
	case 'x':
		return true
	}
	switch at(b, e) {
	case '+', '$', '=', '%':
		return false
	case '@':
		return false
	case '.':
		return !hasAt(b, e, "..") || at(b, e+2) == ' '
	}
	return !hasAt(b, e, "…") && !hasAt(b, j-3, "…") && !hasAt(b, j-3, "...")
}

// gitBefore reports words of version control before a SHA-1.
func (s *scanner) gitBefore(j int) bool {
	line := tailOf(before(s.b, j, 40), 32)
	if len(bytes.TrimSpace(line)) == 0 {
		line = s.b[max(0, j-32):j] // "…in commit" at the end of the line before
	}
	if t, _ := labelIn(line); t != observable.None {
		return false
	}
	if hasAt(s.b, j+40, ".patch") || hasAt(s.b, j+40, ".diff") || changeBefore(s.b, j) {
		return true
	}
	if eachWord(line, isGitWord) || at(s.b, j-1) == '@' || hasWide(line, "提交") {
		s.st.gitEnd = s.base + int64(j)
		return true
	}
	// A log of commits names more of them further down.
	return s.st.gitEnd > 0 && s.base+int64(j)-s.st.gitEnd < 32<<10 && len(bytes.TrimLeft(line, " \t-*•|>\"'`+0123456789.)")) > 0
}

// changeBefore reports the ways in which release notes cite a change: "since 83e5…", "update x to
// 83e5…", "(@name 83e5…".
func changeBefore(b []byte, j int) bool {
	w, i := wordBack(b, j)
	switch string(w) {
	case "change", "changes", "since":
		return true
	case "to":
		return eachWord(tailOf(before(b, i, 60), 48), func(w []byte) bool {
			return string(w) == "update" || string(w) == "updated" || string(w) == "bump" || string(w) == "roll" || string(w) == "pin" || string(w) == "sync"
		})
	}
	for i > 0 && is(b[i-1], cWord) {
		i--
	}
	return at(b, i-1) == '@' && at(b, i-2) == '('
}

func isGitWord(w []byte) bool {
	switch string(w) {
	case "backport", "backported", "commit", "commits", "git", "revision", "rev", "tree", "parent", "merge", "merged", "checkout", "cherry", "revert", "reverts", "submodule", "head", "refs", "blob", "changeset", "branch", "fixes", "amends", "reverted", "regression", "followup", "bisect", "rebase", "upstream":
		return true
	}
	return false
}

// sessionBefore reports that the value is a cookie, a token or a key.
func (s *scanner) sessionBefore(j int) bool {
	b := s.b
	if at(b, j-1) != '=' && at(b, j-1) != ':' && at(b, j-1) != '"' && at(b, j-1) != ' ' {
		return false
	}
	line := before(b, j, 40)
	if eachWord(tailOf(line, 20), func(w []byte) bool {
		switch string(w) {
		case "key", "iv", "sid", "sessionid", "phpsessid", "jsessionid", "cookie", "token", "csrf", "session", "nonce", "apikey", "etag", "trace", "traceid", "requestid", "uuid", "guid", "licence", "license", "passwd", "password", "salt", "secret":
			return true
		}
		return false
	}) {
		return at(b, j-1) == '=' || at(b, j-1) == ':' || eachWord(tailOf(line, 12), isSecretWord)
	}
	return false
}

func isSecretWord(w []byte) bool {
	switch string(w) {
	case "key", "session", "token", "cookie", "password", "secret", "sid", "nonce", "etag":
		return true
	}
	return false
}

// labelNear reports a label word on the same line before.
func (s *scanner) labelNear(j int, w string) bool { return foldIndex(before(s.b, j, 60), w) >= 0 }

// namedDigest reads "SHA2565beb…" and "MD5abc…", where the label lost its space.
func (s *scanner) namedDigest(j, e int) int {
	b := s.b
	for _, l := range [...]struct {
		name string
		n    int
	}{{"sha256-", 64}, {"md5-", 32}, {"md5_", 32}, {"sha1-", 40}, {"sha1_", 40}, {"sha256_", 64}, {"sha256", 64}, {"sha-256", 64}, {"sha512", 128}, {"sha1", 40}, {"sha-1", 40}, {"md5", 32}} {
		h := j + len(l.name)
		if foldAt(b, j, l.name) && e-h >= l.n && runEnd(b, h, cHex, 400) >= h+l.n {
			rest := h + l.n
			if rest == e || !is(b[rest], cHex) {
				return s.hash(typeByLength(l.n), h, rest)
			}
		}
	}
	return 0
}

// gluedDigest reports a hash that ends at b[end], where a URL is glued to it.
func (s *scanner) gluedDigest(end int) {
	b := s.b
	w := end
	for w > s.low && end-w < 160 && is(b[w-1], cWord) {
		w--
	}
	for _, n := range [...]int{128, 64, 40, 32} {
		from := end - n
		if from >= w && runEnd(b, from, cHex, n) == end && (from == w || !is(b[from-1], cHex) || from-w >= 3 && foldAt(b, w, "sha256")) {
			s.hash(typeByLength(n), from, end)
			return
		}
	}
}

// ssdeep reads blocksize:hash:hash; b[j:e] is the block size.
func (s *scanner) ssdeep(j, e int) int {
	b := s.b
	if e-j > 9 || !isDigits(b[j:e]) || j > 0 && is(b[j-1], cWord) {
		return 0
	}
	size := 0
	for _, c := range b[j:e] {
		size = size*10 + int(c-'0')
	}
	for size%2 == 0 && size > 3 {
		size /= 2
	}
	if size != 3 {
		return 0
	}
	a := base64Run(b, e+1, 70)
	if n := a - e - 1; n < 3 || n > 64 || at(b, a) != ':' {
		return 0
	}
	z := base64Run(b, a+1, 70)
	if n := z - a - 1; n < 3 || n > 64 || z-j < 16 || is(at(b, z), cJoin) || at(b, z) == ':' {
		return 0
	}
	return s.found(observable.SSDeep, string(b[j:z]), j, z, fang.Plain, 95)
}

func base64Run(b []byte, i, max int) int {
	from := i
	for i < len(b) && i-from < max && (is(b[i], cAlpha|cDigit) || b[i] == '+' || b[i] == '/') {
		i++
	}
	return i
}

// ja4 reads t13d1516h2_8daaf6152771_02713d6af862.
func (s *scanner) ja4(j, e int) int {
	b := s.b
	if e-j != 36 || b[j+10] != '_' || b[j+23] != '_' {
		return 0
	}
	switch b[j] {
	case 't', 'q', 'd':
	default:
		return 0
	}
	if runEnd(b, j, cAlpha|cDigit, 10) != j+10 || !is(b[j+2], cDigit) || !is(b[j+1], cDigit) && b[j+1] != 's' && b[j+1] != 'd' || runEnd(b, j+11, cHex, 12) != j+23 || runEnd(b, j+24, cHex, 12) != e {
		return 0
	}
	return s.found(tJA4, string(appendLower(nil, b[j:e])), j, e, fang.Plain, 95)
}

// wallet checks words of the right length and alphabet; the checksum decides.
func (s *scanner) wallet(j, e int) int {
	b := s.b
	n := e - j
	ok := false
	switch b[j] {
	case '0':
		ok = n == 42 && b[j+1] == 'x'
	case '1', '3', 'L', 'M', 'T':
		ok = n >= 25 && n <= 35
	case '4', '8':
		ok = n == 95 || n == 106
	case 'b', 'B', 'l':
		ok = n >= 14 && n <= 90 && (foldAt(b, j, "bc1") || foldAt(b, j, "ltc1"))
	}
	if !ok || is(at(b, e), cAnchor) && at(b, e) != '/' && at(b, e) != ':' && at(b, e) != '\\' {
		return 0
	}
	text := string(b[j:e])
	if _, valid := observable.ValidWallet(text); !valid {
		return 0
	}
	return s.found(observable.Wallet, text, j, e, fang.Plain, 98)
}
