// Package marking owns the labels that bind handling: TLP 2.0, PAP, the Admiralty scale and
// confidence. It knows their order and their spellings in MISP, STIX and plain text. Who may
// see a marked row is decided in package sharing, not here.
package marking

import "strings"

// TLP is the Traffic Light Protocol 2.0 level (FIRST, 2022), ordered by strictness.
type TLP uint8

// The levels. Unset is not a level: a row without TLP takes its source's default, never Clear.
const (
	TLPUnset TLP = iota
	TLPClear
	TLPGreen
	TLPAmber
	TLPAmberStrict
	TLPRed
)

var tlpNames = [...]string{"", "clear", "green", "amber", "amber+strict", "red"}

// String returns the lower-case name ("amber+strict"), empty for unset.
func (t TLP) String() string {
	if int(t) < len(tlpNames) {
		return tlpNames[t]
	}
	return ""
}

// MarshalText writes the lower-case name.
func (t TLP) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads any spelling ParseTLP knows; unknown text is unset.
func (t *TLP) UnmarshalText(b []byte) error {
	*t, _ = ParseTLP(string(b))
	return nil
}

// ParseTLP reads "tlp:amber", "TLP:AMBER+STRICT", "white" (TLP 1.0, now clear) and the like.
func ParseTLP(s string) (TLP, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimPrefix(s, "tlp:"))
	switch s {
	case "clear", "white", "unclear":
		return TLPClear, true
	case "green":
		return TLPGreen, true
	case "amber":
		return TLPAmber, true
	case "amber+strict", "amber-strict", "amber strict", "amber_strict":
		return TLPAmberStrict, true
	case "red", "ex:chr":
		return TLPRed, true
	}
	return TLPUnset, false
}

// PAP is the Permissible Actions Protocol level, ordered by strictness.
type PAP uint8

// The levels.
const (
	PAPUnset PAP = iota
	PAPClear
	PAPGreen
	PAPAmber
	PAPRed
)

var papNames = [...]string{"", "clear", "green", "amber", "red"}

// String returns the lower-case name, empty for unset.
func (p PAP) String() string {
	if int(p) < len(papNames) {
		return papNames[p]
	}
	return ""
}

// MarshalText writes the lower-case name.
func (p PAP) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads any spelling ParsePAP knows; unknown text is unset.
func (p *PAP) UnmarshalText(b []byte) error {
	*p, _ = ParsePAP(string(b))
	return nil
}

// ParsePAP reads "PAP:GREEN", "white" and the like.
func ParsePAP(s string) (PAP, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSpace(strings.TrimPrefix(s, "pap:"))
	if s == "white" {
		return PAPClear, true
	}
	for i, name := range papNames {
		if i > 0 && s == name {
			return PAP(i), true //nolint:gosec // five names
		}
	}
	return PAPUnset, false
}

// Reliability is the Admiralty (NATO STANAG 2511) reliability of a source, 'A' (completely
// reliable) to 'F' (cannot be judged). Zero means not set and counts as 'F'.
type Reliability byte

// ParseReliability reads one letter, any case.
func ParseReliability(s string) (Reliability, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) == 1 && s[0] >= 'A' && s[0] <= 'F' {
		return Reliability(s[0]), true
	}
	return 0, false
}

// String returns the letter, empty when not set.
func (r Reliability) String() string {
	if r == 0 {
		return ""
	}
	return string(rune(r))
}

// MarshalText writes the letter.
func (r Reliability) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the letter; anything else is "not set".
func (r *Reliability) UnmarshalText(b []byte) error {
	*r, _ = ParseReliability(string(b))
	return nil
}

// Weight is the share of a source's word in a score, 0 … 1: A 1.0, B 0.8, C 0.6, D 0.4, E 0.2,
// F and unset 0.5, since "cannot be judged" is not "bad".
func (r Reliability) Weight() float64 {
	switch r {
	case 'A':
		return 1
	case 'B':
		return 0.8
	case 'C':
		return 0.6
	case 'D':
		return 0.4
	case 'E':
		return 0.2
	}
	return 0.5
}
