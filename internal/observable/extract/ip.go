package extract

import (
	"net/netip"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// numeric reports that the first k labels are numbers.
func numeric(c *chain, k int) bool {
	for i := range k {
		if !isDigits(c.label(i)) {
			return false
		}
	}
	return true
}

// validOctets reports that the first four labels are octets without leading zeros.
func validOctets(c *chain) bool {
	for i := range 4 {
		l := c.label(i)
		if len(l) > 3 || len(l) > 1 && l[0] == '0' {
			return false
		}
		n := 0
		for _, ch := range l {
			n = n*10 + int(ch-'0')
		}
		if n > 255 {
			return false
		}
	}
	return true
}

// ipv4 reports a chain of four octets, with what hangs on it: a prefix length, a port, a path.
func (s *scanner) ipv4(c *chain) int {
	b := s.b
	k := len(c.labels)
	if k >= 4 && numeric(c, 3) && !isDigits(c.label(3)) {
		return s.ipRange(c)
	}
	if k < 4 || !numeric(c, 4) {
		return 0
	}
	if k > 4 && !cuttable(c, 4) {
		if isDigits(c.label(4)) {
			return c.end() // five parts and more: a version, an OID
		}
		if c.label(4)[0] != '-' && !topLevel(appendLower(nil, c.last())) {
			return 0
		}
		return 0
	}
	m := c.mark(4)
	start, end := c.start, c.labels[3].srcEnd
	if !validOctets(c) {
		return end
	}
	if m == fang.Plain && !s.ipNeighbours(start, end) {
		return end
	}
	value := string(c.text(0, 4))
	conf, why := 95, ""
	if m != fang.Inert {
		conf = 90
		if s.isVersion(c, start, end) {
			conf, why = 40, "version"
		}
	}
	if n, bits := prefixLength(b, end, 32); n > 0 && why == "" {
		return s.found(observable.IPv4, value+"/"+bits, start, end+n, m, conf)
	}
	tail := end + portAt(b, end)
	if p := s.pathStart(tail); p > 0 && why == "" && is(at(b, tail+p), cWord|cDot|cAnchor) && (tail > end || !isDigits(b[tail+p:wordEnd(b, tail+p)])) && !s.alternatives(tail+p) {
		if u, ok := s.readPath(value, start, end, tail, m); ok && !u.cut {
			return s.found(observable.URL, u.value, start, u.end, u.mark, 85)
		}
	}
	s.foundAs(observable.IPv4, value, start, end, m, conf, why)
	if why != "" {
		s.st.versionEnd = s.base + int64(end)
	}
	if at(b, tail) == '/' {
		// "10.1.2.3/55120": a port behind a slash.
		tail = runEnd(b, tail+1, cDigit, 6)
	}
	return max(tail, end)
}

// ipRange reads the first address of "192.0.2.1-192.0.2.9": the chain took the hyphen for a part of
// a label.
func (s *scanner) ipRange(c *chain) int {
	l := &c.labels[3]
	raw := c.label(3)
	n := 0
	for n < len(raw) && is(raw[n], cDigit) {
		n++
	}
	if n == 0 || n > 3 || n+1 >= len(raw) || raw[n] != '-' || !is(raw[n+1], cDigit) {
		return 0
	}
	l.outEnd, l.srcEnd = l.out+n, l.src+n
	if !validOctets(c) || c.mark(4) == fang.Plain && !s.ipNeighbours(c.start, l.srcEnd) {
		return 0
	}
	why := ""
	if c.mark(4) != fang.Inert && smallOctets(c) && !isDigits(raw[n+1:]) && len(c.labels) == 4 || s.isVersion(c, c.start, l.srcEnd) {
		why = "version"
		s.st.versionEnd = s.base + int64(l.srcEnd)
	}
	return s.foundAs(observable.IPv4, string(c.text(0, 4)), c.start, l.srcEnd, c.mark(4), 85, why)
}

// prefixLength reads "/24" with a real or disguised slash.
func prefixLength(b []byte, i, max int) (n int, bits string) {
	k := 0
	if at(b, i) == '/' {
		k = 1
	} else if i < len(b) {
		if out, size, _ := fang.Next(b, i); size > 0 && out == "/" {
			k = size
		}
	}
	if k == 0 {
		return 0, ""
	}
	e := runEnd(b, i+k, cDigit, 4)
	d := b[i+k : e]
	if len(d) == 0 || len(d) > 3 || is(at(b, e), cAlpha|cJoin) && at(b, e) != '-' || at(b, e) == '/' || at(b, e) == '.' && is(at(b, e+1), cDigit) || len(d) > 1 && d[0] == '0' {
		return 0, ""
	}
	v := 0
	for _, ch := range d {
		v = v*10 + int(ch-'0')
	}
	if v > max {
		return 0, ""
	}
	return e - i, string(d)
}

// ipNeighbours refuses addresses inside longer numbers and names.
func (s *scanner) ipNeighbours(start, end int) bool {
	b := s.b
	switch p := at(b, start-1); p {
	case '.', '-', '_':
		return p != '.' && p != '-' || p == '-' && is(at(b, start-2), cDigit|cSpace)
	case '$':
		return false
	}
	next := at(b, end)
	if is(next, cAlpha) || next == '_' || next == '*' && is(at(b, end+1), cWord|cDot) || next == '%' {
		return false
	}
	if next == '.' && (at(b, end+1) == '*' || at(b, end+1) == 'x' && !is(at(b, end+2), cAlpha)) {
		return false
	}
	if next == '-' && is(at(b, end+1), cAlpha) {
		return false // "1.2.3.4-beta"
	}
	return true
}

// isVersion judges from the words around that four numbers are a version, a section or an OID.
func (s *scanner) isVersion(c *chain, start, end int) bool {
	b := s.b
	p := at(b, start-1)
	if p == 'v' || p == 'V' || p == 'r' || p == '=' && at(b, start-2) == '=' || p == '^' || p == '~' {
		return true
	}
	if p == '/' && is(at(b, start-2), cAlpha) && !hasAt(b, start-5, "/tcp/") && !hasAt(b, start-5, "/udp/") && !foldAt(b, start-4, "to/") {
		return productSlash(b, start)
	}
	line := before(b, start, 64)
	if len(line) < 20 && start > len(line) && goesOn(b, start-len(line)) {
		line = b[max(0, start-28):start] // the line before goes on in this one
	}
	if smallOctets(c) && (p == '(' || p == '>' || p == '<' || p == '=' || p == ' ' && (at(b, start-2) == '=' || at(b, start-2) == '<')) && !eachWord(line, isIPWord) && at(b, start-2) != ':' {
		return true // "dpkg (1.14.16.2)", ">= 1.2.2.3"
	}
	if gap := start - int(s.st.versionEnd-s.base); s.st.versionEnd > 0 && gap > 0 && gap < 8 && smallOctets(c) {
		return true
	}
	if s.packageBefore(c, start) {
		return true
	}
	if eachWord(line, isIPWord) && !eachFreeWord(tailOf(line, 20), isVersionWord) {
		return false
	}
	near := 36
	if smallOctets(c) {
		if near = 64; eachFreeWord(tailOf(line, 30), isRangeWord) {
			return true
		}
	}
	if eachFreeWord(tailOf(line, near), isVersionWord) || hasWide(tailOf(line, 30), "版本", "升级", "固件", "更新至", "第", "バージョン", "버전", "верси", "补丁") || hasWide(tailOf(line, 10), "条款", "章节", "条文", "附录", "标准") {
		return true
	}
	next := after(b, end, 40)
	if eachFreeWord(headOf(next, 24), isVersionTail) || hasWide(headOf(next, 6), "节", "条", "章", "款", "版", "小节") || hasWide(headOf(next, 24), "版本", "及以上", "以上", "以下", "及之前", "之前的") {
		return true
	}
	if at(b, end) == '-' || at(b, end) == '+' {
		return is(at(b, end+1), cAlpha)
	}
	return smallOctets(c) && !s.addressLike(c, start, end) || isOID(c)
}

// addressLike looks for a reason to believe that four small numbers are an address: they stand
// alone, beside another address or host, with a port, or are a resolver that everybody knows.
func (s *scanner) addressLike(c *chain, start, end int) bool {
	b := s.b
	switch string(c.text(0, 4)) {
	case "1.1.1.1", "8.8.8.8", "8.8.4.4", "1.0.0.1", "9.9.9.9", "4.2.2.1", "4.2.2.2", "1.2.4.8":
		return true
	}
	if portAt(b, end) > 0 || at(b, end) == '/' || aloneOnLine(b, start, end) || s.productBefore(start) {
		return !s.productBefore(start)
	}
	last := int(s.st.lastHost - s.base)
	if s.st.lastHost >= 0 && s.st.lastHost == s.st.lastEnd && s.st.lastHost != s.st.versionEnd && last <= start && start-last < 24 && listGap(b, last, start) {
		return true
	}
	if q := at(b, start-1); (q == '"' || q == '\'') && at(b, end) == q {
		return true
	}
	return eachWord(after(b, end, 40), isIPWord) || hasWide(b[max(0, start-48):min(len(b), end+24)], "IP", "地址", "攻击", "回连", "服务器", "主机", "解析", "扫描", "адрес")
}

// isOID reports the beginnings of object identifiers that read as addresses.
func isOID(c *chain) bool {
	for _, p := range [...]string{"2.5.4.", "2.5.29.", "1.3.6.", "1.3.101.", "1.2.840."} {
		if foldAt(c.out, 0, p) {
			return true
		}
	}
	return false
}

// productSlash reports "Chrome/1.2.3.4": a product name with letters before the slash.
func productSlash(b []byte, start int) bool {
	i := start - 1
	for i > 0 && start-i < 40 && is(b[i-1], cWord) {
		i--
	}
	return i < start-1 && is(b[i], cAlpha) && at(b, i-1) != '/' && !allUpper(b[i:start-1])
}

func tailOf(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

func headOf(b []byte, n int) []byte { return b[:min(len(b), n)] }

func isVersionWord(w []byte) bool {
	switch string(w) {
	case "version", "versions", "ver", "vers", "v", "firmware", "release", "releases", "released", "build", "builds", "upgrade", "upgraded", "update", "updated", "patch", "section", "sections",
		"chapter", "sect", "oid", "sdk", "driver", "agent", "changelog", "prior", "revision", "rev", "snmp", "assembly", "fileversion", "productversion", "bump", "bumps", "clause", "lot", "article", "paragraph", "para", "objectidentifier", "rfc", "fixed", "hotfix", "sp", "bios", "figure", "fig", "table", "versión", "versione", "fileversioninfo", "numbers":
		return true
	}
	return false
}

// isRangeWord lists words that stand between versions.
func isRangeWord(w []byte) bool {
	switch string(w) {
	case "before", "through", "thru", "until", "up", "than", "since":
		return true
	}
	return false
}

func isVersionTail(w []byte) bool {
	switch string(w) {
	case "version", "release", "earlier", "later", "newer", "older", "firmware", "build", "beta", "alpha", "rc1", "rc2", "driver":
		return true
	}
	return false
}

func isIPWord(w []byte) bool {
	switch string(w) {
	case "ip", "ips", "ipv4", "address", "addresses", "host", "hosts", "server", "servers", "c2", "c2s", "c&c", "resolver", "resolves", "resolved", "dns", "ping", "connect", "connects", "connected",
		"connecting", "network", "subnet", "from", "src", "dst", "proxy", "gateway", "netmask", "scan", "scanned", "scanner", "attacker", "exfil", "listening", "bind", "curl", "wget", "nc", "ssh":
		return true
	}
	return false
}

// smallOctets reports four numbers that are all below 40.
func smallOctets(c *chain) bool {
	for i := range 4 {
		l := c.label(i)
		if len(l) > 2 || len(l) == 2 && l[0] > '3' {
			return false
		}
	}
	return true
}

// productBefore reports a capitalised word directly before, as in "OpenSSL 3.0.2.1".
func (s *scanner) productBefore(start int) bool {
	w, at0 := wordBack(s.b, start)
	if len(w) < 2 || at0+len(w) == start || is(w[len(w)-1], cDigit) {
		return false
	}
	return isUpper(w[0]) && !eachWord(w, isIPWord)
}

// packageBefore reports the name of a package directly before four numbers that begin small and
// end small, as in "libX11 1.4.99.1", "man-db 2.7.0.2", "V8 is at 5.0.71.47".
func (s *scanner) packageBefore(c *chain, start int) bool {
	if len(c.label(0)) > 1 || len(c.label(1)) > 2 || len(c.label(2)) > 2 || len(c.label(3)) > 2 {
		return false
	}
	b := s.b
	if hasAt(b, start-3, "-> ") || foldAt(b, start-6, "is at ") || foldAt(b, start-6, "merge ") {
		return true
	}
	if at(b, start-1) != ' ' {
		return false
	}
	e := start - 1
	w := e
	for w > 0 && e-w < 40 && (is(b[w-1], cWord) || b[w-1] == '+') {
		w--
	}
	name := b[w:e]
	if len(name) < 3 || !is(name[0], cAlpha) || is(at(b, w-1), cAnchor|cDot) || eachWord(name, isIPWord) {
		return false
	}
	stem := len(name)
	for stem > 0 && is(name[stem-1], cDigit) {
		stem--
	}
	digit := stem < len(name)
	if digit && eachWord(name[:stem], isIPWord) {
		return false // "dns1 8.8.8.8"
	}
	return (digit || hasHyphen(name) || foldAt(name, 0, "lib")) && (openBefore(b, w) || at(b, w-1) == ' ')
}

// goesOn reports that the sentence before the line that starts at b[i] goes on in it.
func goesOn(b []byte, i int) bool {
	if i < 2 || b[i-1] != '\n' {
		return false
	}
	i--
	if at(b, i-1) == '\r' {
		i--
	}
	p := at(b, i-1)
	return is(p, cAlpha|cDigit) || p == ',' || p == '-' || p == ' ' || p >= 0x80
}

// ipv6 reads the address at j, which is a hexadecimal digit or a colon.
func (s *scanner) ipv6(j int) int {
	b := s.b
	if j > 0 && (is(b[j-1], cWord) || b[j-1] == ':' || b[j-1] == '.') {
		return 0
	}
	text, end, m := readIPv6(b, j)
	if end == 0 {
		return 0
	}
	if is(at(b, end), cWord) && at(b, end) != '-' {
		return 0
	}
	if len(text) == 6 && hasAt(text, 4, "::") && isDigits(text[:4]) && at(b, end) != '/' {
		return end // "Jun 6 2006::" is a year
	}
	if n, bits := prefixLength(b, end, 128); n > 0 {
		return s.found(observable.IPv6, string(text)+"/"+bits, j, end+n, m, 90)
	}
	s.found(observable.IPv6, string(text), j, end, m, 90)
	if at(b, end) == '%' {
		end = wordEnd(b, end+1)
	}
	return end
}

// bracketIPv6 reads "[2001:db8::1]:443".
func (s *scanner) bracketIPv6(j int) int {
	text, end, m := readIPv6(s.b, j+1)
	if end == 0 {
		return 0
	}
	zone := end
	if at(s.b, end) == '%' {
		zone = wordEnd(s.b, end+1)
	}
	if at(s.b, zone) != ']' {
		return 0
	}
	s.found(observable.IPv6, string(text), j+1, end, m, 90)
	return zone + 1 + portAt(s.b, zone+1)
}

// readIPv6 reads an address at b[i], colons disguised or not, and returns it in RFC 5952 form; end
// is 0 when there is none.
func readIPv6(b []byte, i int) (text []byte, end int, m fang.Mark) {
	var buf [64]byte
	out := buf[:0]
	colons, digits := 0, 0
	for i < len(b) && len(out) < 48 {
		c := b[i]
		if is(c, cHex) {
			out, i = append(out, c), i+1
			if is(c, cDigit) {
				digits++
			}
			continue
		}
		if c == ':' {
			out, i, colons = append(out, c), i+1, colons+1
			continue
		}
		if c == '.' && colons >= 2 && is(at(b, i+1), cDigit) {
			out, i = append(out, c), i+1
			continue
		}
		o, n, mk := fang.Next(b, i)
		if n == 0 || o != ":" && o != "::" && (o != "." || colons < 2) {
			break
		}
		out, i, m = append(out, o...), i+n, max(m, mk)
		if o[0] == ':' {
			colons += len(o)
		}
	}
	for len(out) > 2 && out[len(out)-1] == ':' && out[len(out)-2] != ':' {
		out, i, colons = out[:len(out)-1], i-1, colons-1
	}
	if colons < 2 || digits == 0 {
		return nil, 0, m
	}
	a, err := netip.ParseAddr(string(out))
	if err != nil || !a.Is6() || !routable(a) {
		return nil, 0, m
	}
	return []byte(formatIPv6(a)), i, m
}

// formatIPv6 keeps ::ffff:a.b.c.d, which netip prints as such.
func formatIPv6(a netip.Addr) string { return a.String() }

// routable reports addresses from ranges that are in use, so that "a::b" and times are none.
func routable(a netip.Addr) bool {
	p := a.As16()
	switch {
	case p[0]>>5 == 1: // 2000::/3, global
		return true
	case p[0]&0xfe == 0xfc, p[0] == 0xfe && p[1]&0xc0 == 0x80, p[0] == 0xff:
		return true
	case a.IsLoopback(), a.Is4In6():
		return true
	case p[0] == 0 && p[1] == 0x64 && p[2] == 0xff && p[3] == 0x9b:
		return true
	}
	return false
}
