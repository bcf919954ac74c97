package search

import (
	"context"

	"github.com/vedette-ti/vedette/internal/report"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// Rebuild indexes every report anew, whatever the position in the change log: after a restore, which brings
// no index, or when an index is in doubt. Progress gets the number of reports done.
func (x *Indexer) Rebuild(ctx context.Context, progress func(done int64)) error {
	scope := sharing.System("search index")
	done, page := int64(0), report.Page{Limit: 50}
	for {
		found, next, err := x.o.Reports.List(ctx, scope, report.Filter{}, page)
		if err != nil {
			return err
		}
		fresh := make([]tokens, len(found))
		for i, r := range found {
			if fresh[i], err = x.read(ctx, r.ID); err != nil {
				return err
			}
		}
		err = x.o.Tx.Run(ctx, func(ctx context.Context) error {
			for _, t := range fresh {
				if err := x.o.Text.IndexTokens(ctx, t.report, t.title, t.body); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += int64(len(found))
		if progress != nil {
			progress(done)
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}
