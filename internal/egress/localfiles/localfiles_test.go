package localfiles_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/egress/localfiles"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

var _ feed.Files = (*localfiles.Files)(nil)

func write(t *testing.T, parts ...string) string {
	t.Helper()
	p := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(filepath.Base(p)), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t *testing.T, folders ...string) *localfiles.Files {
	t.Helper()
	f, err := localfiles.New(folders)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func walk(t *testing.T, f *localfiles.Files, root string) (rels []string, skipped map[string]errs.Kind) {
	t.Helper()
	skipped = map[string]errs.Kind{}
	err := f.Walk(t.Context(), root, func(file feed.File) error {
		rels = append(rels, file.Rel)
		r, err := f.Open(file.Path)
		if err != nil {
			return err
		}
		defer r.Close()
		if b, _ := io.ReadAll(r); int64(len(b)) != file.Size {
			t.Errorf("%s: %d bytes, stated %d", file.Rel, len(b), file.Size)
		}
		return nil
	}, func(p string, reason error) { skipped[p] = errs.KindOf(reason) })
	if err != nil {
		t.Fatal(err)
	}
	return rels, skipped
}

func TestWalk(t *testing.T) {
	allowed, outside := t.TempDir(), t.TempDir()
	secret := write(t, outside, "secret")
	write(t, allowed, "b", "two")
	write(t, allowed, "a", "deep", "one")
	write(t, allowed, "c")
	for link, goal := range map[string]string{
		"out-abs": secret, "out-rel": "../" + filepath.Base(outside) + "/secret", "out-dir": outside, "in": "b/two", "in-dir": "b", "loop": ".", "dangling": "nowhere",
	} {
		if err := os.Symlink(goal, filepath.Join(allowed, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(allowed, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, allowed)
	rels, skipped := walk(t, f, allowed)
	if diff := cmp.Diff([]string{"a/deep/one", "b/two", "c", "in"}, rels); diff != "" {
		t.Error(diff)
	}
	want := map[string]errs.Kind{"out-abs": errs.Forbidden, "out-rel": errs.Forbidden, "out-dir": errs.Forbidden, "dangling": errs.NotFound}
	if diff := cmp.Diff(want, skipped); diff != "" {
		t.Error(diff)
	}
	if rels, _ := walk(t, f, filepath.Join(allowed, "a")); !cmp.Equal(rels, []string{"deep/one"}) {
		t.Errorf("below a: %v", rels)
	}
	if rels, _ := walk(t, f, filepath.Join(allowed, "b", "two")); !cmp.Equal(rels, []string{"two"}) {
		t.Errorf("one file: %v", rels)
	}
	for _, p := range []string{"pipe", "out-abs", "loop"} {
		if _, err := f.Open(filepath.Join(allowed, p)); err == nil {
			t.Errorf("%s was opened", p)
		}
	}
}

func TestOutsideIsForbidden(t *testing.T) {
	base := t.TempDir()
	allowed := filepath.Join(base, "in")
	write(t, allowed, "x")
	secret := write(t, base, "inside-not", "secret") // shares the prefix of the name
	f := open(t, allowed)
	for _, p := range []string{
		secret, base, "/", "/etc/passwd", "", "..", allowed + "/../inside-not/secret", allowed + "/x/../../inside-not/secret", allowed + "\x00/x", "/proc/self/environ",
	} {
		if _, err := f.Open(p); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("open %q: %v", p, err)
		}
		err := f.Walk(t.Context(), p, func(file feed.File) error { return fmt.Errorf("saw %s", file.Path) }, func(string, error) {})
		if errs.KindOf(err) != errs.Forbidden {
			t.Errorf("walk %q: %v", p, err)
		}
	}
	none := open(t)
	if _, err := none.Open(filepath.Join(allowed, "x")); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("nothing is allowed: %v", err)
	}
	if _, err := localfiles.New([]string{filepath.Join(base, "missing")}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("missing folder: %v", err)
	}
}

func TestPrivateFolderIsClosed(t *testing.T) {
	allowed := t.TempDir()
	keys := write(t, allowed, "data", "keys")
	write(t, allowed, "data", "files", "ab", "cd")
	write(t, allowed, "data", "inbox", "deep", "x")
	write(t, allowed, "y")
	if err := os.Symlink("data/keys", filepath.Join(allowed, "link")); err != nil {
		t.Fatal(err)
	}
	f, err := localfiles.New([]string{allowed}, localfiles.Private{Folder: filepath.Join(allowed, "data"), But: "inbox"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	for _, p := range []string{keys, filepath.Join(allowed, "link"), filepath.Join(allowed, "data", "inbox", "..", "keys")} {
		if _, err := f.Open(p); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("open %s: %v", p, err)
		}
	}
	var rels []string
	for _, start := range []string{allowed, filepath.Join(allowed, "data"), filepath.Join(allowed, "data", "inbox"), filepath.Join(allowed, "data", "files"), keys} {
		err := f.Walk(t.Context(), start, func(file feed.File) error { rels = append(rels, file.Rel); return nil }, func(string, error) {})
		if err != nil && errs.KindOf(err) != errs.Forbidden {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"data/inbox/deep/x", "link", "y", "inbox/deep/x", "deep/x"}, rels); diff != "" {
		t.Error(diff)
	}
}

func TestAllowedFolderMayBeALink(t *testing.T) {
	base := t.TempDir()
	write(t, base, "real", "x")
	link := filepath.Join(base, "link")
	if err := os.Symlink(filepath.Join(base, "real"), link); err != nil {
		t.Fatal(err)
	}
	f := open(t, link)
	for _, p := range []string{link, filepath.Join(base, "real")} {
		if rels, _ := walk(t, f, p); !cmp.Equal(rels, []string{"x"}) {
			t.Errorf("%s: %v", p, rels)
		}
	}
}

func TestWatch(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems watch differently; watching is only a hint")
	}
	allowed := t.TempDir()
	write(t, allowed, "sub", "x")
	f := open(t, allowed)
	ctx, cancel := context.WithCancel(t.Context())
	hints, ended := make(chan struct{}, 10), make(chan error)
	go func() { ended <- f.Watch(ctx, allowed, func() { hints <- struct{}{} }) }()
	time.Sleep(100 * time.Millisecond)
	for _, parts := range [][]string{{"sub", "y"}, {"new", "z"}, {"new", "later"}} {
		write(t, append([]string{allowed}, parts...)...)
		select {
		case <-hints:
		case <-time.After(10 * time.Second):
			t.Fatalf("no hint for %s", strings.Join(parts, "/"))
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := f.Watch(t.Context(), "/etc", func() {}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("outside: %v", err)
	}
}
