package sqldb

import (
	"context"
	"database/sql"
	"sync"
)

// maxPrepared bounds the statements kept ready. Each costs some tens of kilobytes on every connection that
// has run it.
const maxPrepared = 128

// prepared keeps the statements of the reading pool ready: parsing and planning a look-up costs several times
// what running it does. It is safe for concurrent use.
type prepared struct {
	pool *sql.DB
	mu   sync.Mutex
	by   map[string]*keptStmt
	tick int64
}

type keptStmt struct {
	*sql.Stmt
	used int64 // by tick, for the choice of who goes
	busy int
	gone bool // no longer in the map: closed by the last user
}

func newPrepared(pool *sql.DB) *prepared {
	return &prepared{pool: pool, by: map[string]*keptStmt{}}
}

// query runs a statement that is kept ready from its first use on.
func (p *prepared) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	st, err := p.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer p.release(st) // rows hold on to what they need
	return st.QueryContext(ctx, args...)
}

func (p *prepared) row(ctx context.Context, text string, args []any) *sql.Row {
	st, err := p.take(ctx, text)
	if err != nil {
		return p.pool.QueryRowContext(ctx, text, args...) // it carries the error to Scan
	}
	defer p.release(st)
	return st.QueryRowContext(ctx, args...)
}

func (p *prepared) take(ctx context.Context, text string) (*keptStmt, error) {
	p.mu.Lock()
	if st, ok := p.by[text]; ok {
		p.touch(st)
		p.mu.Unlock()
		return st, nil
	}
	p.mu.Unlock()
	fresh, err := p.pool.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st, ok := p.by[text]; ok { // somebody was faster
		p.touch(st)
		return st, fresh.Close()
	}
	if len(p.by) >= maxPrepared {
		p.evict()
	}
	st := &keptStmt{Stmt: fresh}
	p.by[text] = st
	p.touch(st)
	return st, nil
}

func (p *prepared) touch(st *keptStmt) {
	p.tick++
	st.used = p.tick
	st.busy++
}

// evict drops the statement that was not used for longest.
func (p *prepared) evict() {
	oldest := ""
	for text, st := range p.by {
		if oldest == "" || st.used < p.by[oldest].used {
			oldest = text
		}
	}
	st := p.by[oldest]
	delete(p.by, oldest)
	if st.gone = true; st.busy == 0 {
		_ = st.Close() // nobody can use it any more: nothing to tell
	}
}

func (p *prepared) release(st *keptStmt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if st.busy--; st.gone && st.busy == 0 {
		_ = st.Close() // as above
	}
}
