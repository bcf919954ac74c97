package extract

import (
	"github.com/vedette-ti/vedette/internal/observable"
	"github.com/vedette-ti/vedette/internal/observable/fang"
)

// Types that package observable reaches by name only; the numbers are its published ones and a
// test compares them.
const (
	tSHA3x224     observable.Type = 12
	tSHA3x256     observable.Type = 13
	tSHA3x384     observable.Type = 14
	tSHA3x512     observable.Type = 15
	tJA3          observable.Type = 19
	tJA3S         observable.Type = 20
	tJA4          observable.Type = 21
	tJARM         observable.Type = 22
	tTactic       observable.Type = 25
	tIntrusionSet observable.Type = 26
	tMalware      observable.Type = 27
	tCampaign     observable.Type = 28
	tMitigation   observable.Type = 29
	tWeakness     observable.Type = 30
	tBankAccount  observable.Type = 45
	tPaymentCard  observable.Type = 46
	tPhone        observable.Type = 47
)

// ident handles words that are ids by their form: CVE and its kin, ATT&CK, AS numbers, MAC
// addresses. b[j:e] is the word.
func (s *scanner) ident(j, e int) int {
	b := s.b
	if j > 0 && is(b[j-1], cWord) {
		return 0
	}
	if is(b[j], cDigit) && at(b, j-1) == ' ' && j >= s.low+4 {
		if hasAt(b, j-4, "CVE") {
			return s.advisory(j - 4)
		}
		if hasAt(b, j-4, "ASN") || hasAt(b, j-3, "AS") {
			k := j - 4
			if b[k] != 'A' {
				k++
			}
			return s.asNumber(k, j-1)
		}
	}
	switch b[j] {
	case 'C', 'c':
		if n := s.advisory(j); n > 0 {
			return n
		}
	case 'G', 'g':
		if n := s.ghsa(j); n > 0 {
			return n
		}
	case 'A':
		if n := s.asNumber(j, e); n > 0 {
			return n
		}
	}
	if n := s.mac(j, e); n > 0 {
		return n
	}
	return s.technique(j, e)
}

// dash measures a hyphen in any spelling at b[i].
func dash(b []byte, i int) int {
	if at(b, i) == '-' {
		return 1
	}
	if at(b, i) >= 0x80 {
		if out, n, _ := fang.Next(b, i); n > 0 && out == "-" {
			return n
		}
		if hasAt(b, i, "\u00ad") {
			return 2
		}
	}
	return 0
}

// digits measures the run of digits at b[i].
func digits(b []byte, i, max int) int { return runEnd(b, i, cDigit, max) - i }

// advisory reads CVE-2024-12345, CNVD-2024-12345, CNNVD-202401-123, CWE-79 and CAPEC-163.
func (s *scanner) advisory(j int) int {
	b := s.b
	for _, a := range [...]struct {
		name            string
		year, low, high int
		t               observable.Type
	}{
		{"cve", 4, 4, 7, observable.Vulnerability}, {"cnvd", 4, 4, 7, observable.Vulnerability}, {"cnnvd", 6, 3, 6, observable.Vulnerability},
		{"cwe", 0, 1, 4, tWeakness}, {"capec", 0, 1, 4, observable.AttackPattern},
	} {
		if !foldAt(b, j, a.name) {
			continue
		}
		i := j + len(a.name)
		n := dash(b, i)
		if n == 0 && (at(b, i) == ' ' || at(b, i) == '_') && a.year > 0 {
			n = 1
		}
		if n == 0 {
			return 0
		}
		i += n
		value := string(appendUpper(nil, b[j:j+len(a.name)])) + "-"
		if a.year > 0 {
			if digits(b, i, 8) != a.year || !hasAt(b, i, "19") && !hasAt(b, i, "20") {
				return 0
			}
			value += string(b[i:i+a.year]) + "-"
			i += a.year
			if n = dash(b, i); n == 0 && at(b, i) == '_' {
				n = 1
			}
			if n == 0 {
				return 0
			}
			i += n
		}
		d := digits(b, i, 12)
		if d < a.low || d > a.high || is(at(b, i+d), cAlpha) && !isGlue(b, i+d) {
			return 0
		}
		return s.found(a.t, value+string(b[i:i+d]), j, i+d, fang.Plain, 98)
	}
	return 0
}

// isGlue reports that the letters behind an id are another id or a sentence glued to it.
func isGlue(b []byte, i int) bool {
	return foldAt(b, i, "cve") || foldAt(b, i, "cnvd") || isUpper(b[i]) && isLower(at(b, i+1))
}

func appendUpper(dst, src []byte) []byte {
	for _, c := range src {
		if isLower(c) {
			c &^= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// ghsa reads GHSA-xxxx-xxxx-xxxx.
func (s *scanner) ghsa(j int) int {
	b := s.b
	if !foldAt(b, j, "ghsa") {
		return 0
	}
	out := append(make([]byte, 0, 20), "GHSA"...)
	i := j + 4
	for range 3 {
		n := dash(b, i)
		if n == 0 {
			return 0
		}
		i += n
		if runEnd(b, i, cAlpha|cDigit, 5)-i != 4 {
			return 0
		}
		out = appendLower(append(out, '-'), b[i:i+4])
		i += 4
	}
	return s.found(observable.Vulnerability, string(out), j, i, fang.Plain, 98)
}

// asNumber reads AS13335, ASN13335, ASN 13335 and ASN: 13335.
func (s *scanner) asNumber(j, e int) int {
	b := s.b
	if at(b, j+1) != 'S' && at(b, j+1) != 's' {
		return 0
	}
	i, named := j+2, false
	if c := at(b, i); c == 'N' || c == 'n' {
		i, named = i+1, true
	}
	from := i
	for i < from+2 && (at(b, i) == ' ' || at(b, i) == ':' || at(b, i) == '-' || at(b, i) == '#') {
		i++
	}
	n := digits(b, i, 12)
	if n == 0 || n > 10 || b[i] == '0' || is(at(b, i+n), cAlpha|cJoin) && at(b, i+n) != '-' || at(b, i+n) == '.' && is(at(b, i+n+1), cDigit) {
		return 0
	}
	if !named && b[j+1] == 's' {
		return 0
	}
	if named && i == from && n < 3 {
		return 0 // ASN1, ASN.1
	}
	if !named && (n < 3 || (i > from || n == 3) && !s.asContext(j, e)) {
		return 0 // "AS 400", AS2
	}
	if n == 10 && string(b[i:i+n]) > "4294967295" {
		return 0
	}
	return s.found(observable.AS, "AS"+string(b[i:i+n]), j, i+n, fang.Plain, 90)
}

// asContext reports words about routing around the number.
func (s *scanner) asContext(j, e int) bool {
	near := s.b[max(0, j-60):min(len(s.b), e+40)]
	return eachWord(near, func(w []byte) bool {
		switch string(w) {
		case "asn", "asns", "bgp", "autonomous", "isp", "hosting", "prefix", "prefixes", "upstream", "whois", "netname", "hoster", "provider", "network":
			return true
		}
		return false
	}) || hasWide(near, "自治", "网段", "运营商")
}

// mac reads six pairs joined by ":" or "-" and Cisco's three groups joined by dots.
func (s *scanner) mac(j, e int) int {
	b := s.b
	sep := at(b, j+2)
	if is(b[j], cHex) && is(at(b, j+1), cHex) && (sep == ':' || sep == '-') {
		var out [17]byte
		for k := range 6 {
			p := j + 3*k
			if !is(at(b, p), cHex) || !is(at(b, p+1), cHex) || k < 5 && at(b, p+2) != sep {
				return 0
			}
			out[3*k], out[3*k+1] = lower(b[p]), lower(b[p+1])
			if k < 5 {
				out[3*k+2] = ':'
			}
		}
		next := at(b, j+17)
		if is(next, cAlpha|cDigit) || next == sep && is(at(b, j+18), cHex) || at(b, j-1) == sep || at(b, j-1) == ':' && sep == ':' {
			return runEnd(b, j, cHex|cJoin, 200)
		}
		return s.found(observable.MAC, string(out[:]), j, j+17, fang.Plain, 90)
	}
	if e-j == 4 && at(b, e) == '.' && is(at(b, j), cHex) {
		return s.ciscoMAC(j)
	}
	return 0
}

func (s *scanner) ciscoMAC(j int) int {
	b := s.b
	out := make([]byte, 0, 17)
	letters := false
	for k := range 3 {
		p := j + 5*k
		for q := p; q < p+4; q++ {
			if !is(at(b, q), cHex) {
				return 0
			}
			letters = letters || is(b[q], cAlpha)
			if n := len(out); n > 0 && (q-p)%2 == 0 {
				out = append(out, ':')
			}
			out = append(out, lower(b[q]))
		}
		if k < 2 && at(b, p+4) != '.' {
			return 0
		}
	}
	if !letters || is(at(b, j+14), cWord) || at(b, j+14) == '.' && is(at(b, j+15), cWord) {
		return 0
	}
	return s.found(observable.MAC, string(out), j, j+14, fang.Plain, 85)
}

// technique reads the ids of ATT&CK.
func (s *scanner) technique(j, e int) int {
	b := s.b
	n := e - j
	if n != 5 && n != 6 {
		return 0
	}
	if b[j] == 'T' && at(b, j+1) == 'A' && n == 6 && isDigits(b[j+2:e]) {
		if b[j+2] == '0' && (b[j+3] == '0' || b[j+3] == '1') && s.idEnds(e) {
			return s.found(tTactic, string(b[j:e]), j, e, fang.Plain, 90)
		}
		return 0
	}
	if n != 5 || !isDigits(b[j+1:e]) {
		return 0
	}
	if b[j] == 'T' {
		return s.techniqueT(j, e)
	}
	var t observable.Type
	hi := b[j+1]
	switch {
	case b[j] == 'G' && hi <= '1':
		t = tIntrusionSet
	case b[j] == 'S' && (hi == '0' || hi == '1' || hi == '3'):
		t = tMalware
	case b[j] == 'C' && hi == '0' && b[j+2] == '0':
		t = tCampaign
	case b[j] == 'M' && (hi == '0' || hi == '1') && (b[j+2] == '0' || b[j+2] == '8' || b[j+2] == '9'):
		t = tMitigation
	default:
		return 0
	}
	if !s.idEnds(e) || !s.attackContext(j, e) {
		return 0
	}
	return s.found(t, string(b[j:e]), j, e, fang.Plain, 80)
}

func (s *scanner) techniqueT(j, e int) int {
	b := s.b
	if b[j+1] != '0' && b[j+1] != '1' || b[j+1] == '0' && b[j+2] != '8' || b[j+1] == '1' && b[j+2] > '7' {
		return 0
	}
	value, end := string(b[j:e]), e
	if c := at(b, e); (c == '.' || c == '/') && digits(b, e+1, 5) == 3 && b[e+1] == '0' {
		value, end = value+"."+string(b[e+1:e+4]), e+4
	}
	if !s.idEnds(end) {
		return 0
	}
	return s.found(observable.AttackPattern, value, j, end, fang.Plain, 90)
}

// idEnds refuses ids that go on: "T1059-A", "S0154_x".
func (s *scanner) idEnds(e int) bool {
	c := at(s.b, e)
	return !is(c, cWord) && !(c == '/' && is(at(s.b, e+1), cDigit) && at(s.b, e+2) != 0 && !is(at(s.b, e+1), cAlpha))
}

// attackContext reports that the text speaks of ATT&CK around b[j:e].
func (s *scanner) attackContext(j, _ int) bool {
	block := (s.base + int64(j)) >> attackShift
	for k := block - 1; k <= block+1; k++ {
		if s.attackBlock(k) {
			return true
		}
	}
	return false
}

// attackShift makes blocks of 256 bytes; each is searched once however many ids it holds.
const attackShift = 8

// attackBlock reports whether a block of the text names ATT&CK or one of its techniques.
func (s *scanner) attackBlock(k int64) bool {
	slot := &s.st.blocks[k&3]
	if slot.number == k+1 {
		return slot.hit
	}
	from := max(0, int(k<<attackShift-s.base)-8)
	to := min(len(s.b), int((k+1)<<attackShift-s.base)+8)
	slot.number = k + 1
	slot.hit = from < to && (hasWord(s.b[from:to], "mitre") || hasWord(s.b[from:to], "att&ck") || hasSubTechnique(s.b[from:to]))
	return slot.hit
}

// hasSubTechnique reports an id such as T1059.001, which nothing else looks like.
func hasSubTechnique(b []byte) bool {
	for i := 0; i+9 <= len(b); i++ {
		if b[i] == 'T' && b[i+5] == '.' && isDigits(b[i+1:i+5]) && isDigits(b[i+6:i+9]) && !is(at(b, i-1), cWord) && !is(at(b, i+9), cWord) {
			return true
		}
	}
	return false
}
