package watch

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/id"
)

func TestRanges(t *testing.T) {
	entry := func(seq int64, op, kind string, first, last id.ID) change.Entry {
		return change.Entry{Seq: seq, Op: op, Kind: kind, First: first, Last: last}
	}
	claims, reports := ranges([]change.Entry{
		entry(1, change.Create, "claim", 1, 5), // before the watch was made
		entry(2, change.Create, "report", 9, 9),
		entry(3, change.Create, "claim", 20, 29), entry(4, change.Create, "claim", 10, 14), entry(5, change.Update, "claim", 15, 15), entry(6, change.Delete, "claim", 40, 40),
		entry(7, change.Create, "source", 50, 50), entry(8, change.Revive, "claim", 12, 12), entry(9, change.Create, "claim", 25, 31),
	}, 1)
	if diff := cmp.Diff([]Range{{10, 15}, {20, 31}}, claims); diff != "" {
		t.Errorf("claims:\n%s", diff)
	}
	if diff := cmp.Diff([]Range{{9, 9}}, reports); diff != "" {
		t.Errorf("reports:\n%s", diff)
	}
}

func TestQuestions(t *testing.T) {
	for name, tc := range map[string]struct {
		w  Watch
		ok bool
	}{
		"value":          {Watch{Kind: Value, Query: "hxxp://evil[.]org/x"}, true},
		"no value":       {Watch{Kind: Value, Query: "hello world"}, false},
		"tag":            {Watch{Kind: Tag, Query: "apt:*"}, true},
		"every tag":      {Watch{Kind: Tag, Query: "**"}, false},
		"asset":          {Watch{Kind: Asset, Query: "12"}, true},
		"any asset":      {Watch{Kind: Asset, Query: "any"}, true},
		"no asset":       {Watch{Kind: Asset, Query: "all"}, false},
		"source":         {Watch{Kind: Source, Query: "7"}, true},
		"search":         {Watch{Kind: Search, Query: "银狐 OR tag:x -state:rejected"}, true},
		"nothing":        {Watch{Kind: Search, Query: ""}, false},
		"broken":         {Watch{Kind: Search, Query: "(a"}, false},
		"computed":       {Watch{Kind: Search, Query: "a (b OR -score:>5)"}, false},
		"computed count": {Watch{Kind: Search, Query: "publishers:>1"}, false},
		"no kind":        {Watch{Query: "x"}, false},
	} {
		if _, err := condition(tc.w); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
