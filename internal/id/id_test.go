package id

import (
	"testing"
	"time"
)

func TestDerivedCarriesTheID(t *testing.T) {
	at := time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)
	for _, item := range []ID{1, 4711, Max} {
		u := Derived(0x1abcde, at, item)
		if u.String()[14] != '4' {
			t.Errorf("%s does not say version 4", u)
		}
		got, ok := FromDerived(0x1abcde, u)
		if !ok || got != item {
			t.Errorf("FromDerived = %d, %v; want %d", got, ok, item)
		}
		if _, ok := FromDerived(0x1abcdf, u); ok {
			t.Error("another instance must not claim it")
		}
		back, err := ParseUUID(u.String())
		if err != nil || back != u {
			t.Errorf("round trip: %v, %v", back, err)
		}
	}
}

func TestV5(t *testing.T) {
	// RFC 9562, appendix A.4: DNS namespace, "www.example.com".
	dns, err := ParseUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	if err != nil {
		t.Fatal(err)
	}
	if got := V5(dns, []byte("www.example.com")).String(); got != "2ed6657d-e927-568b-95e1-2665a8aea6a2" {
		t.Errorf("got %s", got)
	}
}

func FuzzParseUUID(f *testing.F) {
	f.Add("2ed6657d-e927-568b-95e1-2665a8aea6a2")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUUID(s)
		if err != nil {
			return
		}
		again, err := ParseUUID(u.String())
		if err != nil || again != u {
			t.Errorf("%q: %v %v", s, again, err)
		}
	})
}

func TestParse(t *testing.T) {
	for _, bad := range []string{"", "0", "-1", "9007199254740992", "x", "1.0"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) must fail", bad)
		}
	}
}
