// Package blobtest owns the conformance suite that every implementation of blob.Store passes. It
// knows nothing of any implementation.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
)

// Run holds the stores that newStore makes (each empty) to the contract of blob.Store.
func Run(t *testing.T, newStore func(t *testing.T) blob.Store) {
	tests := map[string]func(*testing.T, blob.Store){
		"round trip": roundTrip, "not found": absent, "limit": limit, "broken reader": brokenReader, "cancelled": cancelled,
		"same bytes at once": sameAtOnce, "walk": walk, "delete": deletion, "put many": putMany, "seek": seek,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, newStore(t)) })
	}
}

func put(t *testing.T, s blob.Store, body []byte) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(body), 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := (blob.Ref{SHA256: sha256.Sum256(body), Size: int64(len(body))}); ref != want {
		t.Fatalf("Put = %v, want %v", ref, want)
	}
	return ref
}

func count(t *testing.T, s blob.Store) int {
	t.Helper()
	n := 0
	if err := s.Walk(t.Context(), func(blob.Ref) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func roundTrip(t *testing.T, s blob.Store) {
	large := make([]byte, 3<<20+17)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range large {
		large[i] = byte(r.Uint32())
	}
	for _, body := range [][]byte{{}, {0}, []byte("报告"), large} {
		for range 2 { // the second time it is there already
			ref := put(t, s, body)
			got, err := blob.Read(t.Context(), s, ref.SHA256, 0)
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes: read %d, %v", len(body), len(got), err)
			}
			if st, err := s.Stat(t.Context(), ref.SHA256); err != nil || st != ref {
				t.Errorf("Stat = %v, %v", st, err)
			}
		}
	}
	if n := count(t, s); n != 4 {
		t.Errorf("%d blobs, want 4", n)
	}
}

func absent(t *testing.T, s blob.Store) {
	h := blob.Hash(sha256.Sum256([]byte("nothing")))
	_, err1 := s.Open(t.Context(), h)
	_, err2 := s.Stat(t.Context(), h)
	for i, err := range []error{err1, err2, s.Delete(t.Context(), h)} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

func limit(t *testing.T, s blob.Store) {
	if _, err := s.Put(t.Context(), strings.NewReader("12345"), 4); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := s.Put(t.Context(), endless{}, 1<<20); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("endless: %v", err)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("%d blobs kept", n)
	}
	if _, err := s.Put(t.Context(), strings.NewReader("1234"), 4); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := blob.Read(t.Context(), s, blob.Hash(sha256.Sum256([]byte("1234"))), 3); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("read over the limit: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func brokenReader(t *testing.T, s blob.Store) {
	broken := errors.New("line cut")
	r := io.MultiReader(strings.NewReader("half"), iotestErr{broken})
	if _, err := s.Put(t.Context(), r, 0); !errors.Is(err, broken) {
		t.Errorf("err = %v", err)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("%d blobs kept", n)
	}
}

type iotestErr struct{ err error }

func (e iotestErr) Read([]byte) (int, error) { return 0, e.err }

func cancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, endless{}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v", err)
	}
	put(t, s, []byte("x"))
	if err := s.Walk(ctx, func(blob.Ref) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Walk: %v", err)
	}
}

func sameAtOnce(t *testing.T, s blob.Store) {
	body := bytes.Repeat([]byte("same"), 1000)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			ref, err := s.Put(context.Background(), bytes.NewReader(body), 0)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := blob.Read(context.Background(), s, ref.SHA256, 0); err != nil || !bytes.Equal(got, body) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
	wg.Wait()
	if n := count(t, s); n != 1 {
		t.Errorf("%d blobs", n)
	}
}

func walk(t *testing.T, s blob.Store) {
	var want []blob.Ref
	for i := range 50 {
		want = append(want, put(t, s, fmt.Append(nil, i)))
	}
	slices.SortFunc(want, func(a, b blob.Ref) int { return bytes.Compare(a.SHA256[:], b.SHA256[:]) })
	var got []blob.Ref
	if err := s.Walk(t.Context(), func(r blob.Ref) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	stop, calls := errors.New("stop"), 0
	err := s.Walk(t.Context(), func(blob.Ref) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("stop: %d calls, %v", calls, err)
	}
}

func deletion(t *testing.T, s blob.Store) {
	ref := put(t, s, []byte("goes"))
	open, err := s.Open(t.Context(), ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if err := s.Delete(t.Context(), ref.SHA256); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(open); err != nil || string(b) != "goes" {
		t.Errorf("an open reader got %q, %v", b, err)
	}
	if _, err := s.Open(t.Context(), ref.SHA256); errs.KindOf(err) != errs.NotFound {
		t.Errorf("Open after Delete: %v", err)
	}
	put(t, s, []byte("goes")) // and comes back
	if n := count(t, s); n != 1 {
		t.Errorf("%d blobs", n)
	}
}

func putMany(t *testing.T, s blob.Store) {
	for _, n := range []int{0, 1, 3, 100} {
		var bodies [][]byte
		for i := range n {
			bodies = append(bodies, fmt.Appendf(nil, "body %d of %d", i/2, n)) // each twice
		}
		refs, err := blob.PutMany(t.Context(), s, bodies)
		if err != nil || len(refs) != n {
			t.Fatalf("%d: %d refs, %v", n, len(refs), err)
		}
		for i, ref := range refs {
			if got, err := blob.Read(t.Context(), s, ref.SHA256, 0); err != nil || !bytes.Equal(got, bodies[i]) {
				t.Errorf("%d of %d: %q, %v", i, n, got, err)
			}
		}
	}
	if n := count(t, s); n != 1+2+50 {
		t.Errorf("%d blobs", n)
	}
}

func seek(t *testing.T, s blob.Store) {
	ref := put(t, s, []byte("0123456789"))
	f, err := s.Open(t.Context(), ref.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(-3, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "789" {
		t.Errorf("%q, %v", b, err)
	}
}
