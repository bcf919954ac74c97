// Package storetest is the conformance suite of the store: the same tests run on every engine. Each noun
// has its file here; engines call Run once. It also starts a throw-away PostgreSQL for tests.
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// Factory opens an empty store for one test and closes it in the end.
type Factory func(t *testing.T) *sqldb.DB

// Run runs the whole suite.
func Run(t *testing.T, open Factory) {
	t.Run("tx", func(t *testing.T) { testTx(t, open(t)) })
	t.Run("job", func(t *testing.T) { testJob(t, open) })
	t.Run("account", func(t *testing.T) { testAccount(t, open) })
	t.Run("login", func(t *testing.T) { testLogin(t, open) })
	t.Run("audit", func(t *testing.T) { testAudit(t, open) })
	t.Run("auth", func(t *testing.T) { testAuth(t, open) })
	t.Run("change order", func(t *testing.T) { testChangeOrder(t, open) })
	t.Run("report", func(t *testing.T) { testReport(t, open) })
	t.Run("source", func(t *testing.T) { testSource(t, open) })
	t.Run("asset", func(t *testing.T) { testAsset(t, open) })
	t.Run("quarantine", func(t *testing.T) { testQuarantine(t, open) })
	t.Run("playbook", func(t *testing.T) { testPlaybook(t, open) })
	t.Run("watch", func(t *testing.T) { testWatch(t, open) })
	t.Run("assess", func(t *testing.T) { testAssess(t, open) })
	t.Run("share", func(t *testing.T) { testShare(t, open) })
	t.Run("taxonomy", func(t *testing.T) { testTaxonomy(t, open) })
}

func testTx(t *testing.T, db *sqldb.DB) {
	ctx := context.Background()
	boom := errors.New("boom")
	var wg sync.WaitGroup
	failed := make([]error, 40)
	for i := range failed { // half of them fail or panic, all share commits
		wg.Go(func() {
			failed[i] = db.Run(ctx, func(ctx context.Context) error {
				if err := db.SetSetting(ctx, "t"+string(rune('a'+i)), "x"); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return boom
				case 3:
					panic("boom")
				}
				return nil
			})
		})
	}
	wg.Wait()
	for i, err := range failed {
		_, getErr := db.Setting(ctx, "t"+string(rune('a'+i)))
		if i%2 == 0 && (err != nil || getErr != nil) {
			t.Errorf("%d: %v, %v", i, err, getErr)
		}
		if i%2 == 1 && (err == nil || errs.KindOf(getErr) != errs.NotFound) {
			t.Errorf("%d failed but left a trace: %v, %v", i, err, getErr)
		}
	}
	// Nested runs join: the outer error undoes the inner work.
	err := db.Run(ctx, func(ctx context.Context) error {
		if err := db.Run(ctx, func(ctx context.Context) error { return db.SetSetting(ctx, "inner", "x") }); err != nil {
			return err
		}
		return boom
	})
	if _, getErr := db.Setting(ctx, "inner"); !errors.Is(err, boom) || errs.KindOf(getErr) != errs.NotFound {
		t.Errorf("nested: %v, %v", err, getErr)
	}
}
