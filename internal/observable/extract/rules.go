package extract

import (
	"bytes"

	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// maxRule bounds a rule block; lookahead is larger.
const maxRule = 60 << 10

// ruleAt reads a detection rule that starts with the word b[j:e], 0 when there is none. A search
// that fails at the bound is not repeated inside what it has passed, so that the scan stays linear.
func (s *scanner) ruleAt(j, e int) int {
	b := s.b
	if e-j < 3 || e-j > 10 || j < s.low || j > 0 && is(b[j-1], cWord|cDot) {
		return 0
	}
	switch string(b[j:e]) {
	case "rule", "private", "global":
		return s.yara(j, e)
	case "alert", "drop", "pass", "reject", "log", "block", "sdrop", "rejectsrc", "rejectdst", "rejectboth", "activate", "dynamic":
		return s.snort(j, e)
	case "title":
		if at(b, e) == ':' {
			return s.sigma(j)
		}
	}
	return 0
}

// lineRule tries the line of b[t] as the start of a rule, once for each line.
func (s *scanner) lineRule(t int) int {
	b := s.b
	from := max(0, int(s.st.lineSeen-s.base))
	if from > t {
		return 0
	}
	nl := -1
	if bytes.IndexByte(b[from:t], '\n') >= 0 { // unlike the search from behind, it is vectorised
		nl = bytes.LastIndexByte(b[from:t], '\n')
	}
	first := s.st.lineSeen == 0 && s.base == 0
	s.st.lineSeen = s.base + int64(t)
	if nl < 0 && !first {
		return 0
	}
	ls := from + nl + 1
	for ls < t && (b[ls] == ' ' || b[ls] == '\t' || b[ls] == '>' || b[ls] == '#' || b[ls] == '*' || b[ls] == '`' || b[ls] == '|' || b[ls] == '-') {
		ls++
	}
	return s.ruleAt(ls, wordEnd(b, ls))
}

// ruleBack looks for the start of a rule before the "{", "$" or "->" at b[i], for rules that do not
// begin a line.
func (s *scanner) ruleBack(i int) int {
	b := s.b
	if b[i] == '{' {
		near := b[max(s.low, i-200):i]
		k := bytes.LastIndex(near, []byte("rule "))
		if k < 0 {
			return 0
		}
		j := i - len(near) + k
		for _, w := range [...]string{"private ", "global "} {
			if hasAt(b, j-len(w), w) {
				j -= len(w)
			}
		}
		if n := s.ruleAt(j, wordEnd(b, j)); n > i {
			return n
		}
		return 0
	}
	if b[i] == '>' && at(b, i-1) != '-' {
		return 0
	}
	lo := max(s.low, i-60)
	for j := i - 1; j >= lo; j-- {
		if b[j] == '\n' {
			return 0
		}
		switch b[j] {
		case 'a', 'd', 'p', 'r', 'l', 'b', 's':
			if j == 0 || !is(b[j-1], cWord) {
				if n := s.ruleAt(j, wordEnd(b, j)); n > i {
					return n
				}
			}
		}
	}
	return 0
}

// skipBlank skips spaces and line breaks, at most max.
func skipBlank(b []byte, i, max int) int { return runEnd(b, i, cSpace, max) }

// yara reads [private] [global] rule NAME [: tags] { … condition: … }.
func (s *scanner) yara(j, e int) int {
	b := s.b
	for range 2 {
		if w := b[j:e]; string(w) == "rule" || foldAt(w, 0, "rule") {
			break
		}
		k := skipBlank(b, e, 4)
		w := wordEnd(b, k)
		switch string(b[k:w]) {
		case "rule":
			e = w
			goto name
		case "private", "global":
			e = w
		default:
			return 0
		}
	}
name:
	k := skipBlank(b, e, 4)
	n := wordEnd(b, k)
	for escapedJoin(b, n) > 0 && n-k < 128 {
		n = wordEnd(b, n+escapedJoin(b, n))
	}
	if k == e || n == k || n-k > 128 || is(b[k], cDigit) {
		return 0
	}
	k = skipBlank(b, n, 80)
	if at(b, k) == ':' {
		for k++; k < len(b) && k < n+300 && (is(b[k], cWord|cSpace)); k++ {
		}
	}
	if at(b, k) != '{' || s.base+int64(j) < s.st.ruleEnd {
		return 0
	}
	end := yaraEnd(b, k)
	if end < 0 {
		s.st.ruleEnd = s.base + int64(-end)
		return 0
	}
	if end == 0 {
		return 0
	}
	return s.found(observable.YARA, string(b[j:end]), j, end, fang.Plain, 98)
}

// yaraEnd finds the brace that closes the rule opened at b[open]: 0 when this is no rule, the
// negative of where it stopped when the bound was reached.
func yaraEnd(b []byte, open int) int {
	depth, condition := 0, false
	stop := min(len(b), open+maxRule)
	for i := open; i < stop; i++ {
		switch c := b[i]; c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				if condition {
					return i + 1
				}
				return 0
			}
		case '"':
			i = quotedEnd(b, i, stop)
		case '/':
			switch {
			case at(b, i+1) == '/' && at(b, i-1) != ':':
				i = lineEnd(b, i, 4096)
			case at(b, i+1) == '*':
				if n := bytes.Index(b[i:stop], []byte("*/")); n > 0 {
					i += n + 1
				}
			case regexBefore(b, i):
				i = regexEnd(b, i, stop)
			}
		case 'c':
			if hasAt(b, i, "condition") && !is(at(b, i-1), cWord) {
				k := skipBlank(b, i+len("condition"), 8)
				condition = condition || at(b, k) == ':'
			}
		case 'r':
			if !condition && hasAt(b, i, "rule ") && !is(at(b, i-1), cWord) && depth == 1 {
				if w := wordEnd(b, i+5); at(b, skipBlank(b, w, 8)) == '{' && w > i+5 {
					return 0
				}
			}
		}
	}
	return -stop
}

// regexBefore reports that a "/" at b[i] opens a regular expression: "=" or "matches" before it.
func regexBefore(b []byte, i int) bool {
	k := i
	for k > 0 && i-k < 3 && b[k-1] == ' ' {
		k--
	}
	p := at(b, k-1)
	return p == '=' || p == '(' || p == ',' || hasAt(b, k-7, "matches")
}

// quotedEnd returns the index of the quote that closes the string opened at b[i], or of the end of
// its line.
func quotedEnd(b []byte, i, stop int) int {
	for k := i + 1; k < stop; k++ {
		switch b[k] {
		case '\\':
			k++
		case '"', '\n':
			return k
		}
	}
	return stop
}

func regexEnd(b []byte, i, stop int) int {
	for k := i + 1; k < stop; k++ {
		switch b[k] {
		case '\\':
			k++
		case '/', '\n':
			return k
		}
	}
	return stop
}

// snort reads "alert tcp … -> … ( … )" with a sid or a message.
func (s *scanner) snort(j, e int) int {
	b := s.b
	if at(b, e) != ' ' && at(b, e) != '\t' || s.base+int64(j) < s.st.snortEnd {
		return 0
	}
	k := skipBlank(b, e, 4)
	p := wordEnd(b, k)
	if !ruleProtocol(b[k:p]) {
		return 0
	}
	head := b[p:min(len(b), p+600)]
	open := bytes.IndexByte(head, '(')
	if nl := bytes.IndexByte(head, '\n'); open < 0 || nl >= 0 && nl < open && !bytes.HasSuffix(bytes.TrimRight(head[:nl], " \r"), []byte(`\`)) {
		return 0
	}
	http := bytes.Contains(head[:open], []byte("->")) || bytes.Contains(head[:open], []byte("<>")) || bytes.Contains(head[:open], []byte("<-"))
	if !http && len(bytes.TrimSpace(head[:open])) > 0 {
		return 0
	}
	end, closed := optionsEnd(b, p+open)
	if !closed {
		s.st.snortEnd = s.base + int64(end)
		return 0
	}
	body := b[p+open : end]
	if !bytes.Contains(body, []byte("sid:")) && !bytes.Contains(body, []byte("msg:")) || bytes.IndexByte(body, ';') < 0 {
		return 0
	}
	t := observable.Snort
	if s.isSuricata(j, b[k:p], body) {
		t = observable.Suricata
	}
	return s.found(t, string(b[j:end]), j, end, fang.Plain, 95)
}

func ruleProtocol(w []byte) bool {
	switch string(w) {
	case "tcp", "udp", "icmp", "ip", "http", "http1", "http2", "tls", "ssl", "dns", "ssh", "ftp", "ftp-data", "smb", "smtp", "pkthdr", "tcp-pkt", "tcp-stream", "ikev2", "krb5", "ntp", "dhcp", "rdp", "snmp", "sip", "mqtt", "modbus", "dnp3", "enip", "nfs", "tftp", "rfb", "file", "quic", "any", "ipv4", "ipv6", "pgsql", "telnet", "imap", "dcerpc":
		return true
	}
	return false
}

// optionsEnd finds the bracket that closes the options opened at b[open], quotes skipped. A blank
// line ends the search.
func optionsEnd(b []byte, open int) (end int, closed bool) {
	stop := min(len(b), open+16<<10)
	depth := 0
	for i := open; i < stop; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			if q := quotedEnd(b, i, stop); at(b, q) == '"' {
				i = q
			}
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1, true
			}
		case '\n':
			if at(b, i+1) == '\n' || at(b, i+1) == '\r' {
				return i, false
			}
		}
	}
	return stop, false
}

// isSuricata tells the dialects apart: by the name given to the rule before it, by protocols and
// keywords that only Suricata has.
func (s *scanner) isSuricata(j int, proto, body []byte) bool {
	for _, k := range [...]string{"http.", "tls.", "dns.", "ja3", "file.", "ssh.", "smb.", "flowbits:noalert;", "xbits:", "dataset:", "http2.", "datarep", "dns_query", "tls_sni", "tls_cert", "http_host", "bsize:", "startswith;", "endswith;", "requires:", "krb5", "quic."} {
		if bytes.Contains(body, []byte(k)) && !bytes.Contains(body, []byte("service http")) {
			return true
		}
	}
	for _, k := range [...]string{"uricontent:", "metadata:impact_flag", "metadata:policy", "fast_pattern:only", "metadata: policy", "metadata:ruleset community", "service:http", "http_uri:", "file_data; content"} {
		if bytes.Contains(body, []byte(k)) {
			return false
		}
	}
	switch string(proto) {
	case "tcp", "udp", "icmp", "ip":
	default:
		return string(proto) != "file" || !bytes.Contains(body, []byte("service"))
	}
	near := s.b[max(0, j-300):j]
	su, sn := lastFold(near, "suricata"), lastFold(near, "snort")
	if su != sn {
		return su > sn
	}
	return bytes.Contains(body, []byte(`msg:"ET `)) || bytes.Contains(body, []byte("created_at"))
}

// lastFold finds the last s (lower-case ASCII) in b without letter case.
func lastFold(b []byte, s string) int {
	for i := len(b) - len(s); i >= 0; i-- {
		if foldAt(b, i, s) {
			return i
		}
	}
	return -1
}

// sigma reads a YAML document that starts with "title:" at the head of a line and has logsource,
// detection and condition.
func (s *scanner) sigma(j int) int {
	b := s.b
	indent := j - lineStart(b, j, 64)
	for _, c := range b[j-indent : j] {
		if c != ' ' && c != '\t' {
			return 0
		}
	}
	end, i := j, j
	source, detection, condition := false, false, false
	for i < len(b) && i-j < maxRule {
		e := lineEnd(b, i, 4096)
		line := b[i:e]
		body := bytes.TrimLeft(line, " \t")
		depth := len(line) - len(body)
		body = bytes.TrimRight(body, " \t\r")
		switch {
		case len(body) == 0:
			if !sigmaGoesOn(b, e, indent) {
				goto done
			}
		case i > j && depth <= indent && !sigmaKey(body, depth, indent):
			goto done
		case i > j && depth <= indent && bytes.HasPrefix(body, []byte("title:")):
			goto done
		default:
			source = source || bytes.HasPrefix(body, []byte("logsource:"))
			detection = detection || bytes.HasPrefix(body, []byte("detection:"))
			condition = condition || bytes.HasPrefix(body, []byte("condition:"))
			end = i + depth + len(body)
		}
		for e < len(b) && b[e] == '\r' {
			e++
		}
		if e >= len(b) {
			break
		}
		i = e + 1
	}
done:
	if !source || !detection || !condition {
		return 0
	}
	return s.found(observable.Sigma, string(b[j:end]), j, end, fang.Plain, 98)
}

// sigmaGoesOn looks behind a blank line.
func sigmaGoesOn(b []byte, i, indent int) bool {
	k := skipBlank(b, i, 8)
	ls := lineStart(b, k, 64)
	body := after(b, k, 200)
	return k-ls > indent || sigmaKey(body, k-ls, indent) && !bytes.HasPrefix(body, []byte("title:"))
}

// sigmaKey reports a line of a rule at the outer level: a known key, a list item, a comment.
func sigmaKey(body []byte, depth, indent int) bool {
	if depth < indent || len(body) == 0 {
		return false
	}
	if body[0] == '-' && len(body) > 1 && body[1] == ' ' || body[0] == '#' {
		return true
	}
	key, _, ok := bytes.Cut(body, []byte(":"))
	if !ok {
		return false
	}
	switch string(key) {
	case "title", "id", "name", "related", "status", "description", "references", "author", "date", "modified", "tags", "logsource", "detection", "fields", "falsepositives", "level", "license", "scope", "taxonomy", "correlation", "action", "timeframe", "simulation", "regression_tests_path":
		return true
	}
	return false
}
