package stix

import (
	"strings"

	"github.com/vedette-ti/vedette/internal/marking"
)

// The fixed marking definitions: TLP 1.0 (7.2.1.4), TLP 2.0 (extension
// extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d, OASIS, October 2022), and the one that OpenCTI
// uses for AMBER+STRICT.
const (
	tlpWhite  = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
	tlpGreen  = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
	tlpAmber  = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
	tlpRed    = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
	tlp2Clear = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
	tlp2Green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	tlp2Amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	tlp2Strct = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
	tlp2Red   = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
	tlpOCTI   = "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"
)

// TLPOf tells the level of a fixed marking definition by its id.
func TLPOf(markingID string) (marking.TLP, bool) {
	switch strings.ToLower(markingID) {
	case tlpWhite, tlp2Clear:
		return marking.TLPClear, true
	case tlpGreen, tlp2Green:
		return marking.TLPGreen, true
	case tlpAmber, tlp2Amber:
		return marking.TLPAmber, true
	case tlp2Strct, tlpOCTI:
		return marking.TLPAmberStrict, true
	case tlpRed, tlp2Red:
		return marking.TLPRed, true
	}
	return marking.TLPUnset, false
}

// MarkingOf reads the TLP and PAP of any marking definition: fixed ones by id, others by what they say.
func MarkingOf(o Object) (tlp marking.TLP, pap marking.PAP) {
	if t, ok := TLPOf(o.ID()); ok {
		return t, pap
	}
	d := o.Object("definition")
	tlp, _ = marking.ParseTLP(d.Text("tlp"))
	if t, ok := marking.ParseTLP(o.Object("extensions").Object(tlpExtension).Text("tlp_2_0")); ok {
		tlp = t
	}
	pap, _ = marking.ParsePAP(d.Text("pap"))
	for _, text := range []string{o.Text("name"), d.Text("statement"), o.Text("x_opencti_definition")} {
		low := strings.ToLower(text)
		if t, ok := marking.ParseTLP(low); ok && strings.HasPrefix(low, "tlp:") {
			tlp = max(tlp, t)
		}
		if p, ok := marking.ParsePAP(low); ok && strings.HasPrefix(low, "pap:") {
			pap = max(pap, p)
		}
	}
	return tlp, pap
}

const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

// TLPMarking returns the marking definition for a level as id and JSON. The four levels that TLP 1.0 has are
// written in its form, which every consumer of STIX 2.1 knows; AMBER+STRICT in that of TLP 2.0.
func TLPMarking(t marking.TLP) (markingID, definition string) {
	one := func(markingID, level string) (string, string) {
		return markingID, `{"type":"marking-definition","spec_version":"2.1","id":"` + markingID + `","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"TLP:` +
			strings.ToUpper(level) + `","definition":{"tlp":"` + level + `"}}`
	}
	switch t {
	case marking.TLPClear:
		return one(tlpWhite, "white")
	case marking.TLPGreen:
		return one(tlpGreen, "green")
	case marking.TLPAmber:
		return one(tlpAmber, "amber")
	case marking.TLPRed:
		return one(tlpRed, "red")
	case marking.TLPAmberStrict:
		return tlp2Strct, `{"type":"marking-definition","spec_version":"2.1","id":"` + tlp2Strct + `","created":"2022-10-01T00:00:00.000Z","name":"TLP:AMBER+STRICT","extensions":{"` +
			tlpExtension + `":{"extension_type":"property-extension","tlp_2_0":"amber+strict"}}}`
	}
	return "", ""
}
