package feed

import "context"

// Book is the part of a cursor for feeds that list entries and fetch each on its own (rss, sitemap,
// misp): which are done in which version, and how often the others have failed. Embed it.
type Book struct {
	Done Ledger `json:"done"`
	// Tried counts failed tries by key.
	Tried map[string]int `json:"tried,omitempty"`
}

// Entry is one line of what a feed lists.
type Entry struct {
	Key     string // of the item to be
	Version string // another one means a changed entry
}

// Steps are what differs between the kinds.
type Steps struct {
	// Acquire fetches entry i.
	Acquire func(ctx context.Context, i int) (Item, error)
	// Instead gives what stands in for an entry that cannot be fetched, if anything. May be nil.
	Instead func(i int) (Item, bool)
	// Cursor encodes the cursor that embeds the Book.
	Cursor func() ([]byte, error)
}

const (
	// mostTries is how often an entry that fails for the moment is tried before it is given up.
	mostTries = 3
	// mostTried and longestTried bound the cursor.
	mostTried    = 500
	longestTried = 500
)

// Run acquires and emits, in order, the entries that are not done. An entry that fails is skipped
// with its reason and tried again by later visits while that may help; after that its substitute, if
// any, is emitted and the entry is done until its version changes. waiting tells that a later visit
// has something left to do, even if the list stays as it is.
func (b *Book) Run(ctx context.Context, env Env, p Poll, list []Entry, s Steps) (waiting bool, err error) {
	save, emitted := newSaver(env, p), 0
	before, after := b.Tried, map[string]int{}
	b.Tried = after
	defer func() {
		if err == nil && !p.Full(emitted) {
			return // all entries were looked at; counts of those gone or done are dropped
		}
		for key, n := range before {
			if after[key] == 0 {
				after[key] = n
			}
		}
	}()
	for i, e := range list {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		if b.Done.Has(e.Key, e.Version) {
			continue
		}
		if p.Full(emitted) {
			return true, nil
		}
		p.Progress(i, len(list))
		item, err := s.Acquire(ctx, i)
		if ctx.Err() != nil {
			return true, ctx.Err()
		}
		if err != nil {
			p.Skip(e.Key, err)
			if n := before[e.Key] + 1; Temporary(err) && n < mostTries {
				waiting = true
				if len(after) < mostTried && len(e.Key) <= longestTried {
					after[e.Key] = n
				}
				continue
			}
			ok := false
			if s.Instead != nil {
				item, ok = s.Instead(i)
			}
			if !ok {
				b.Done.Add(e.Key, e.Version)
				continue
			}
		}
		if err := p.Emit(ctx, item); err != nil {
			return true, err
		}
		b.Done.Add(e.Key, e.Version)
		emitted++
		if err := save.tick(ctx, s.Cursor); err != nil {
			return true, err
		}
	}
	p.Progress(len(list), len(list))
	return waiting, nil
}
