package sharing

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/marking"
)

func TestZeroDenies(t *testing.T) {
	open := ACL{Owner: 1, Distribution: All, TLP: marking.TLPClear}
	for name, s := range map[string]Scope{
		"zero": {}, "no org": For(Asker{User: 1, Clearance: marking.TLPRed}),
		"no clearance": For(Asker{User: 1, Org: 1}), "system without reason": System(""),
	} {
		if s.Sees(open) || !s.Denies() {
			t.Errorf("%s must deny", name)
		}
	}
	if !System("test").Sees(ACL{Owner: 9, Distribution: OrganisationOnly, EyesOnly: []id.ID{4}}) {
		t.Error("system sees all")
	}
}

// TestRuleMatchesItsText states the rule of foundation.md in the plainest words and compares.
func TestRuleMatchesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.Int64Range(1, 3)
		ids := func(label string) []id.ID {
			var out []id.ID
			for _, n := range rapid.SliceOfN(small, 0, 2).Draw(t, label) {
				out = append(out, id.ID(n))
			}
			return out
		}
		a := ACL{
			Owner:        id.ID(small.Draw(t, "owner")),
			Distribution: Distribution(rapid.Uint8Range(0, 5).Draw(t, "distribution")),
			SharingGroup: id.ID(small.Draw(t, "group")),
			TLP:          marking.TLP(rapid.Uint8Range(0, 5).Draw(t, "tlp")),
			ReleasableTo: ids("releasable"), EyesOnly: ids("eyes"),
		}.Normal()
		who := Asker{
			User: 7, Org: id.ID(small.Draw(t, "org")), Groups: ids("groups"), SharingGroups: ids("sharing"),
			Clearance: marking.TLP(rapid.Uint8Range(1, 5).Draw(t, "clearance")), AllOrganisations: rapid.Bool().Draw(t, "all"),
		}
		in := func(list []id.ID, of []id.ID) bool {
			for _, x := range list {
				for _, y := range of {
					if x == y {
						return true
					}
				}
			}
			return false
		}
		owner := a.Owner == who.Org
		reach := a.Distribution == Community || a.Distribution == Connected || a.Distribution == All || a.Distribution == Inherit ||
			a.Distribution == Group && in([]id.ID{a.SharingGroup}, who.SharingGroups) || who.AllOrganisations
		want := (owner || reach) && a.TLP <= who.Clearance &&
			(owner || len(a.ReleasableTo) == 0 || in(a.ReleasableTo, who.Groups)) &&
			(len(a.EyesOnly) == 0 || in(a.EyesOnly, who.Groups))
		if got := For(who).Sees(a); got != want {
			t.Fatalf("Sees(%+v) by %+v = %v, want %v", a, who, got, want)
		}
	})
}

func TestFingerprintSeparatesScopes(t *testing.T) {
	base := Asker{User: 1, Org: 1, Clearance: marking.TLPRed, Groups: []id.ID{2}}
	other := base
	other.Groups, other.SharingGroups = nil, []id.ID{2}
	if For(base).Fingerprint() == For(other).Fingerprint() {
		t.Error("groups and sharing groups must not be confused")
	}
	same := base
	same.User = 99
	if For(base).Fingerprint() != For(same).Fingerprint() {
		t.Error("the user alone changes nothing that is seen")
	}
}

func TestCeiling(t *testing.T) {
	amber := Ceiling{TLP: marking.TLPAmber}
	if !amber.Passes(ACL{}) || amber.Passes(ACL{TLP: marking.TLPRed}) || (Ceiling{}).Passes(ACL{}) {
		t.Error("unmarked counts as AMBER; no ceiling lets only CLEAR leave")
	}
	if (Ceiling{TLP: marking.TLPRed, PAP: marking.PAPGreen}).Passes(ACL{PAP: marking.PAPRed}) {
		t.Error("PAP limits leaving too")
	}
}

func TestActorNeeds(t *testing.T) {
	var nobody Actor
	if nobody.Need(ReadIntel) == nil || nobody.MayEdit(1) {
		t.Error("the zero actor may do nothing")
	}
	sys := SystemActor("test", 3)
	if sys.Need(ManageSystem) != nil || !sys.MayEdit(1) {
		t.Error("the system may")
	}
}
