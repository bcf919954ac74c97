package folder_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/folder"
)

func write(t testing.TB, folder, name, body string) string {
	t.Helper()
	p := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(p, past, past); err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, dir, more string) feed.Feed {
	return feedtest.New(t, folder.Kind(), fmt.Sprintf(`{"path":%q%s}`, dir, more))
}

func TestContract(t *testing.T) {
	feedtest.Contract(t, 4, func(t *testing.T) (feed.Feed, feed.Env) {
		dir := t.TempDir()
		for _, name := range []string{"a.txt", "sub/b.txt", "sub/c.txt", "报告.txt"} {
			write(t, dir, name, name)
		}
		return open(t, dir, ""), feedtest.Env(t, dir)
	})
}

func TestChanges(t *testing.T) {
	dir := t.TempDir()
	for i := range 50 {
		write(t, dir, fmt.Sprintf("d%d/f%02d.txt", i%3, i), fmt.Sprint(i))
	}
	f, env := open(t, dir, ""), feedtest.Env(t, dir)
	first := feedtest.Visit(t, f, env, nil)
	if len(first.Items) != 50 || first.Err != nil {
		t.Fatalf("%d items, %v", len(first.Items), first.Err)
	}
	if it := first.Items[0]; it.Key != "d0/f00.txt" || it.Name != "f00.txt" || string(it.Body) != "0" {
		t.Errorf("item = %+v", it)
	}

	write(t, dir, "new.txt", "new")
	write(t, dir, "d1/f01.txt", "other")
	if err := os.Remove(filepath.Join(dir, "d0/f03.txt")); err != nil {
		t.Fatal(err)
	}
	touched := filepath.Join(dir, "d2/f05.txt")
	if err := os.Chtimes(touched, time.Now().Add(-time.Minute), time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	second := feedtest.Visit(t, f, env, first.Cursor)
	if diff := cmp.Diff([]string{"d1/f01.txt", "new.txt"}, second.Keys()); diff != "" {
		t.Error(diff)
	}
	if third := feedtest.Visit(t, f, env, second.Cursor); len(third.Items) != 0 {
		t.Errorf("third: %v", third.Keys())
	}
}

func TestUnsettledFilesWait(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		write(t, dir, fmt.Sprint(i), "x")
	}
	p := write(t, dir, "growing", "half")
	now := time.Now()
	if err := os.Chtimes(p, now, now); err != nil {
		t.Fatal(err)
	}
	env := feedtest.Env(t, dir)
	env.Clock = func() time.Time { return now.Add(time.Second) }
	f := open(t, dir, "")
	first := feedtest.Visit(t, f, env, nil)
	if len(first.Items) != 3 {
		t.Errorf("first: %v", first.Keys())
	}
	env.Clock = func() time.Time { return now.Add(time.Minute) }
	if r := feedtest.Visit(t, f, env, first.Cursor); !slices.Equal(r.Keys(), []string{"growing"}) {
		t.Errorf("later: %v", r.Keys())
	}
}

func TestChoosesFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.PDF", "a.txt", ".git/config", ".hidden.pdf", "~$lock.pdf", "x.pdf.part", "deep/er/b.pdf", "deep/c.pdf", "draft/d.pdf", "empty.pdf"} {
		body := "x"
		if name == "empty.pdf" {
			body = ""
		}
		write(t, dir, name, body)
	}
	env := feedtest.Env(t, dir)
	for more, want := range map[string][]string{
		``: {"a.PDF", "a.txt", "deep/c.pdf", "deep/er/b.pdf", "draft/d.pdf"},
		`,"include":["*.pdf"],"exclude":["draft/**"]`: {"a.PDF", "deep/c.pdf", "deep/er/b.pdf"},
		`,"include":["deep/*.pdf"]`:                   {"deep/c.pdf"},
		`,"include":["deep/**/*.pdf"]`:                {"deep/c.pdf", "deep/er/b.pdf"},
		`,"include":["?.txt"]`:                        {"a.txt"},
		`,"include":["*.pdf"],"hidden":true`:          {".hidden.pdf", "a.PDF", "deep/c.pdf", "deep/er/b.pdf", "draft/d.pdf", "~$lock.pdf"},
	} {
		r := feedtest.Visit(t, open(t, dir, more), env, nil)
		if got := slices.Sorted(slices.Values(r.Keys())); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", more, got, want)
		}
	}
}

func TestLargeAndUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "big", "0123456789")
	write(t, dir, "ok", "x")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "way-out")); err != nil {
		t.Fatal(err)
	}
	f, env := open(t, dir, `,"max_bytes":5`), feedtest.Env(t, dir)
	r := feedtest.Visit(t, f, env, nil)
	if !slices.Equal(r.Keys(), []string{"ok"}) || r.Err != nil {
		t.Errorf("%v, %v", r.Keys(), r.Err)
	}
	want := map[string]errs.Kind{"big": errs.TooLarge, "way-out": errs.Forbidden}
	if diff := cmp.Diff(want, r.Skips); diff != "" {
		t.Error(diff)
	}
	if r := feedtest.Visit(t, f, env, r.Cursor); len(r.Items) != 0 {
		t.Errorf("again: %v", r.Keys())
	}
}

func TestPathMustBeAllowed(t *testing.T) {
	dir := t.TempDir()
	for _, p := range []string{"/etc", "/", dir + "/../..", "relative"} {
		if r := feedtest.Visit(t, open(t, p, ""), feedtest.Env(t, dir), nil); errs.KindOf(r.Err) != errs.Forbidden {
			t.Errorf("%s: %v", p, r.Err)
		}
	}
	if r := feedtest.Visit(t, open(t, dir, ""), feed.Env{}, nil); errs.KindOf(r.Err) != errs.Unavailable {
		t.Errorf("no files: %v", r.Err)
	}
}

// TestManyFiles holds the cursor's bound and that batches, not single items, are handed over.
func TestManyFiles(t *testing.T) {
	dir := t.TempDir()
	const n = 3000
	for i := range n {
		write(t, dir, fmt.Sprintf("%02d/%d", i%20, i), fmt.Sprint(i))
	}
	f, env := open(t, dir, ""), feedtest.Env(t, dir)
	calls, items, now := 0, 0, time.Now()
	env.Clock = func() time.Time { now = now.Add(5 * time.Millisecond); return now }
	r := feedtest.Visit(t, f, env, nil, func(p *feed.Poll) {
		p.EmitMany = func(_ context.Context, batch []feed.Item) error { calls++; items += len(batch); return nil }
	})
	if r.Err != nil || items != n || calls > n/32 {
		t.Fatalf("%d items in %d calls, %v", items, calls, r.Err)
	}
	if len(r.Saved) == 0 || bytes.Equal(r.Saved, r.Cursor) {
		t.Errorf("the cursor was not saved on the way: %d bytes", len(r.Saved))
	}
	if rest := feedtest.Visit(t, f, env, r.Saved); len(rest.Items) == 0 || len(rest.Items) > n-500 {
		t.Errorf("from the saved cursor: %d items", len(rest.Items))
	}
	write(t, dir, "07/7", "changed")
	if r := feedtest.Visit(t, f, env, r.Cursor); len(r.Items) == 0 || len(r.Items) > 5 || !slices.Contains(r.Keys(), "07/7") {
		t.Errorf("one change of %d: %v", n, r.Keys())
	}
}

func TestWatchGivesAHint(t *testing.T) {
	dir := t.TempDir()
	f, env := open(t, dir, `,"settle_seconds":0`), feedtest.Env(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hint := make(chan struct{}, 1)
	go f.(feed.Watcher).Watch(ctx, env, func() {
		select {
		case hint <- struct{}{}:
		default:
		}
	})
	time.Sleep(100 * time.Millisecond)
	write(t, dir, "x", "y")
	select {
	case <-hint:
	case <-time.After(10 * time.Second):
		t.Error("no hint")
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "path", `{"path":" "}`: "path", `{"path":"/x","nope":1}`: "nope", `{"path":"/x","max_bytes":-1}`: "max_bytes",
		`{"path":"/x","settle_seconds":-1}`: "settle_seconds", `{"path":1}`: "path",
	} {
		_, err := folder.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	dir := f.TempDir()
	write(f, dir, "a", "x")
	kind, env := open(f, dir, ""), feedtest.Env(f, dir)
	f.Add([]byte{1})
	f.Add(bytes.Repeat([]byte{1}, 39))
	f.Fuzz(func(t *testing.T, cursor []byte) {
		if r := feedtest.Visit(t, kind, env, cursor); r.Err != nil {
			t.Fatal(r.Err)
		}
	})
}
