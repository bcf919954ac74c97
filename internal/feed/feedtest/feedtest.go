// Package feedtest owns what the tests of all kinds of source share: an environment with a real
// egress client that may reach this machine, a recording visit, and the contract that every kind
// keeps. It is for tests only.
package feedtest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/egress/localfiles"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

// Env returns an environment that may reach local servers and read below folders.
func Env(t testing.TB, folders ...string) feed.Env {
	t.Helper()
	c, err := egress.New(egress.Options{Allow: []string{"127.0.0.1", "::1", "localhost"}, Rate: 1e6, Burst: 1e6, Redirects: 5})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	files, err := localfiles.New(folders)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(files.Close)
	return feed.Env{HTTP: c.HTTP(egress.Untrusted), Files: files}.Filled()
}

// Result is what one visit did.
type Result struct {
	Items  []feed.Item
	Skips  map[string]errs.Kind
	Cursor []byte // to give to the next visit
	Saved  []byte // what Save was called with last
	Err    error
}

// Keys returns the items' keys in order.
func (r Result) Keys() []string {
	keys := make([]string, len(r.Items))
	for i, it := range r.Items {
		keys[i] = it.Key
	}
	return keys
}

// Visit runs one visit. Further settings are made by change.
func Visit(t testing.TB, f feed.Feed, env feed.Env, cursor []byte, change ...func(*feed.Poll)) Result {
	t.Helper()
	r := Result{Skips: map[string]errs.Kind{}}
	p := feed.Poll{
		Cursor: cursor,
		Emit: func(_ context.Context, it feed.Item) error {
			r.Items = append(r.Items, it)
			return nil
		},
		Save: func(_ context.Context, cursor []byte) error { r.Saved = cursor; return nil },
		Skip: func(key string, reason error) { r.Skips[key] = errs.KindOf(reason) },
	}
	for _, c := range change {
		c(&p)
	}
	r.Cursor, r.Err = f.Visit(t.Context(), env, p)
	if len(r.Cursor) > feed.MaxCursor {
		t.Errorf("the cursor has %d bytes", len(r.Cursor))
	}
	if r.Cursor == nil {
		r.Cursor = cursor
	}
	return r
}

// Secrets gives a visit credentials.
func Secrets(m map[string]string) func(*feed.Poll) {
	return func(p *feed.Poll) { p.Secret = func(name string) string { return m[name] } }
}

// Limit makes a visit a dry run of n items.
func Limit(n int) func(*feed.Poll) { return func(p *feed.Poll) { p.Limit = n } }

// New makes a feed from a configuration or fails the test.
func New(t testing.TB, k feed.Kind, config string) feed.Feed {
	t.Helper()
	f, err := k.New([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Contract holds a feed to feed.Feed. fresh returns a feed whose source does not change and has
// count items, with an environment.
func Contract(t *testing.T, count int, fresh func(t *testing.T) (feed.Feed, feed.Env)) {
	t.Run("count", func(t *testing.T) {
		f, env := fresh(t)
		if r := Visit(t, f, env, nil); r.Err != nil || len(r.Items) != count || count < 1 {
			t.Fatalf("%d items, want %d; %v, skips %v", len(r.Items), count, r.Err, r.Skips)
		}
	})
	tests := map[string]func(*testing.T, feed.Feed, feed.Env){
		"nothing new the second time": nothingNew, "dry run": dryRun, "failing emit": failingEmit,
		"damaged cursor": damagedCursor, "cancelled": cancelled, "nil functions": nilFunctions,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, env := fresh(t)
			test(t, f, env)
		})
	}
}

func nothingNew(t *testing.T, f feed.Feed, env feed.Env) {
	first := Visit(t, f, env, nil)
	seen := map[string]bool{}
	for _, it := range first.Items {
		if it.Key == "" || seen[it.Key] || len(it.Body) == 0 && it.Summary == "" {
			t.Errorf("item %q: empty, or twice", it.Key)
		}
		seen[it.Key] = true
	}
	if second := Visit(t, f, env, first.Cursor); second.Err != nil || len(second.Items) != 0 {
		t.Errorf("second visit: %v, %v", second.Keys(), second.Err)
	}
}

func dryRun(t *testing.T, f feed.Feed, env feed.Env) {
	whole := Visit(t, f, env, nil)
	for n := 1; n <= min(2, len(whole.Items)); n++ {
		for range 2 { // a dry run leaves no trace, so the next one is the same
			r := Visit(t, f, env, nil, Limit(n))
			if r.Err != nil || !cmp.Equal(r.Keys(), whole.Keys()[:n]) {
				t.Errorf("limit %d: %v, %v; want %v", n, r.Keys(), r.Err, whole.Keys()[:n])
			}
		}
	}
	if r := Visit(t, f, env, nil); !cmp.Equal(r.Keys(), whole.Keys()) {
		t.Errorf("after dry runs: %v", r.Keys())
	}
	// A limited visit whose cursor is kept is continued by the next ones.
	var keys []string
	var cursor []byte
	for range len(whole.Items) + 2 {
		r := Visit(t, f, env, cursor, Limit(1))
		if r.Err != nil || len(r.Items) > 1 {
			t.Fatalf("limited visit: %v, %v", r.Keys(), r.Err)
		}
		cursor = r.Cursor
		keys = append(keys, r.Keys()...)
	}
	if diff := cmp.Diff(sorted(whole.Keys()), sorted(keys)); diff != "" {
		t.Errorf("one by one (-whole +got): %s", diff)
	}
}

func failingEmit(t *testing.T, f feed.Feed, env feed.Env) {
	whole := Visit(t, f, env, nil)
	full := errors.New("disk full")
	got := map[string]bool{}
	var cursor []byte
	for i := 0; i <= len(whole.Items); i++ {
		n := 0
		r := Visit(t, f, env, cursor, func(p *feed.Poll) {
			keep := p.Emit
			p.Emit = func(ctx context.Context, it feed.Item) error {
				if n++; n > 1 {
					return full
				}
				got[it.Key] = true
				return keep(ctx, it)
			}
		})
		if n > 1 && !errors.Is(r.Err, full) {
			t.Fatalf("visit %d hid the error of Emit: %v", i, r.Err)
		}
		cursor = r.Cursor
	}
	r := Visit(t, f, env, cursor)
	for _, k := range r.Keys() {
		got[k] = true
	}
	for _, k := range whole.Keys() {
		if !got[k] {
			t.Errorf("%q was lost after errors", k)
		}
	}
}

func damagedCursor(t *testing.T, f feed.Feed, env feed.Env) {
	whole := Visit(t, f, env, nil)
	for _, c := range [][]byte{{0}, {1}, []byte("{"), []byte("null"), []byte(`{"done":"!!"}`), []byte(`[]`), whole.Cursor[:len(whole.Cursor)/2]} {
		if r := Visit(t, f, env, c); r.Err != nil {
			t.Errorf("cursor %.20q: %v", c, r.Err)
		}
	}
	if r := Visit(t, f, env, []byte("\xff\xff")); !cmp.Equal(sorted(r.Keys()), sorted(whole.Keys())) {
		t.Errorf("a damaged cursor gives %v", r.Keys())
	}
}

func cancelled(t *testing.T, f feed.Feed, env feed.Env) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	_, err := f.Visit(ctx, env, feed.Poll{Emit: func(context.Context, feed.Item) error { return nil }})
	if !errors.Is(err, context.Canceled) || time.Since(start) > 5*time.Second {
		t.Errorf("err = %v after %v", err, time.Since(start))
	}
}

func nilFunctions(t *testing.T, f feed.Feed, env feed.Env) {
	n := 0
	_, err := f.Visit(t.Context(), feed.Env{HTTP: env.HTTP, Files: env.Files}, feed.Poll{Emit: func(context.Context, feed.Item) error { n++; return nil }})
	if err != nil || n < 1 {
		t.Errorf("%d items, %v", n, err)
	}
}

func sorted(keys []string) []string { return slices.Sorted(slices.Values(keys)) }
