package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	bad, good := "a\x00b\xffc", "a\uFFFDb\uFFFDc"
	make1 := func(s string) Batch {
		return Batch{
			Report: &Draft{Key: s, Title: s, Summary: s, URL: s, Publisher: s, Tags: []string{s, "fine"}}, Documents: []DocumentDraft{{Key: s, Name: s, Suppressed: []Suppressed{{Value: s}}}}, Objects: []ObjectDraft{{Name: s, Comment: s}},
			Claims: []ClaimDraft{{Stated: s, Comment: s, Category: s, Tags: []string{s}}}, Statements: []StatementDraft{{Name: s}}, Relationships: []RelationshipDraft{{Comment: s}}, Notes: []NoteDraft{{Body: s, Author: s}},
			Sightings: []SightingDraft{{Origin: s}}, Quarantine: []Refusal{{Item: s, Reason: s, Payload: s}},
		}
	}
	b := make1(bad)
	b.clean()
	if d := cmp.Diff(make1(good), b); d != "" {
		t.Error(d)
	}
	long := strings.Repeat("银狐 ", 1000)
	kept := make1(long)
	kept.clean()
	if d := cmp.Diff(make1(long), kept); d != "" {
		t.Error("good texts were changed")
	}
}
