package app

import (
	"context"
	"net/http"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/search"
)

// probe is how a source would ask.
func (a *App) probe(r *http.Request) (*http.Response, error) {
	return a.Egress.HTTP(egress.Untrusted).Do(r)
}

func (a *App) verifyAudit(ctx context.Context) (audit.Verification, error) {
	return a.Audit.Verify(ctx, audit.End{})
}

func (a *App) indexLag(ctx context.Context) (changes, values int64, err error) {
	return a.DB.IndexLag(ctx, search.Consumer)
}

func (a *App) indexer() *search.Indexer {
	return search.NewIndexer(search.Options{Text: a.DB, Changes: a.DB, Tx: a.DB, Reports: a.DB, Blobs: a.Blobs, Log: a.log})
}

// reindex makes the search indexes anew. A worker that indexes values at the same time only makes it faster.
func (a *App) reindex(ctx context.Context) error {
	if err := a.DB.ClearValueIndex(ctx); err != nil {
		return err
	}
	if err := a.indexer().Rebuild(ctx, nil); err != nil {
		return err
	}
	for {
		err := a.DB.IndexNewValues(ctx)
		if errs.KindOf(err) != errs.Conflict { // a worker was faster with a window of values
			return err
		}
	}
}
