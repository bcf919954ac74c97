package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/change"
	"github.com/vedette-ti/vedette/internal/id"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// testChangeOrder lets writers start early and append late while a reader follows: it must see every entry
// once, in order.
func testChangeOrder(t *testing.T, open Factory) {
	db := open(t)
	ctx := t.Context()
	const writers, each = 12, 8
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := db.Run(ctx, func(ctx context.Context) error {
					if err := db.SetSetting(ctx, fmt.Sprintf("w%d", w), fmt.Sprint(i)); err != nil { // the transaction gets its number here
						return err
					}
					time.Sleep(time.Duration((w*7+i*3)%5) * time.Millisecond)
					return db.Append(ctx, change.Entry{Op: change.Create, Kind: "test", First: id.ID(w*each + i + 1), Last: id.ID(w*each + i + 1)})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	seen := map[id.ID]bool{}
	after, finished := int64(0), false
	for {
		entries, upTo, err := db.Since(ctx, sharing.System("test"), after, 5)
		must(t, err)
		for _, e := range entries {
			if e.Seq <= after || seen[e.First] {
				t.Fatalf("entry %+v after %d", e, after)
			}
			seen[e.First] = true
		}
		if upTo == after && finished {
			break
		}
		after = upTo
		select {
		case <-done:
			finished = true
		default:
		}
	}
	if len(seen) != writers*each {
		t.Errorf("saw %d of %d entries", len(seen), writers*each)
	}
}
