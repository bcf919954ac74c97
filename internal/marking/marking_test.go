package marking

import "testing"

func TestParseTLP(t *testing.T) {
	for in, want := range map[string]TLP{
		"tlp:white": TLPClear, "TLP:AMBER+STRICT": TLPAmberStrict, " red ": TLPRed, "Tlp: green": TLPGreen,
	} {
		if got, ok := ParseTLP(in); !ok || got != want {
			t.Errorf("ParseTLP(%q) = %v, %v", in, got, ok)
		}
	}
	if _, ok := ParseTLP("orange"); ok {
		t.Error("orange is no TLP level")
	}
	if !(TLPRed > TLPAmberStrict && TLPAmberStrict > TLPAmber && TLPAmber > TLPGreen && TLPGreen > TLPClear) {
		t.Error("levels must be ordered by strictness")
	}
}

func TestParsePAP(t *testing.T) {
	if got, ok := ParsePAP("PAP:WHITE"); !ok || got != PAPClear {
		t.Errorf("got %v %v", got, ok)
	}
	if got, ok := ParsePAP("pap:red"); !ok || got != PAPRed {
		t.Errorf("got %v %v", got, ok)
	}
	if _, ok := ParsePAP(""); ok {
		t.Error("empty is unset")
	}
}

func TestReliability(t *testing.T) {
	if r, ok := ParseReliability("b"); !ok || r.String() != "B" || r.Weight() != 0.8 {
		t.Errorf("got %v %v", r, ok)
	}
	if _, ok := ParseReliability("G"); ok {
		t.Error("the scale ends at F")
	}
}
