package all_test

import (
	"os"
	"slices"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/notify/all"
)

func TestEveryKindIsDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, k := range all.Kinds() {
		names[k.Name] = true
		if k.Label.EN == "" || k.Label.ZH == "" || k.Help.EN == "" || k.Help.ZH == "" || (k.Count > 0) != (k.Per > 0) {
			t.Errorf("%s lacks a text or half a limit", k.Name)
		}
		fields := map[string]bool{}
		for _, f := range k.Fields {
			if fields[f.Name] || f.Label.EN == "" || f.Label.ZH == "" || (f.Help.EN == "") != (f.Help.ZH == "") || (f.Type == feed.Choice) != (len(f.Choices) > 0) {
				t.Errorf("%s.%s: twice, or something is missing", k.Name, f.Name)
			}
			fields[f.Name] = true
		}
		for _, doc := range []string{"{", "[]", `{"nope":1}`} {
			if _, err := k.New([]byte(doc)); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %s: %v", k.Name, doc, err)
			}
		}
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !names[e.Name()] && !slices.Contains([]string{"all", "notifytest", "template", "testdata"}, e.Name()) {
			t.Errorf("folder %s is not listed", e.Name())
		}
	}
}
