package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
	"github.com/vedette-ti/vedette/internal/feed/feedtest"
	"github.com/vedette-ti/vedette/internal/feed/file"
)

func setup(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, path string) feed.Feed {
	return feedtest.New(t, file.Kind(), fmt.Sprintf(`{"path":%q}`, path))
}

func TestContract(t *testing.T) {
	feedtest.Contract(t, 3, func(t *testing.T) (feed.Feed, feed.Env) {
		dir := setup(t, "a", "b", "c")
		return open(t, dir), feedtest.Env(t, dir)
	})
}

func TestOnlyOnce(t *testing.T) {
	dir := setup(t, "a", "b")
	f, env := open(t, dir), feedtest.Env(t, dir)
	first := feedtest.Visit(t, f, env, nil)
	if len(first.Items) != 2 {
		t.Fatal(first.Keys())
	}
	if err := os.WriteFile(filepath.Join(dir, "later"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := feedtest.Visit(t, f, env, first.Cursor); len(r.Items) != 0 {
		t.Errorf("a finished import brought %v", r.Keys())
	}
}

func TestOneFile(t *testing.T) {
	dir := setup(t, "report.pdf", "other")
	r := feedtest.Visit(t, open(t, filepath.Join(dir, "report.pdf")), feedtest.Env(t, dir), nil)
	if !slices.Equal(r.Keys(), []string{"report.pdf"}) || string(r.Items[0].Body) != "report.pdf" {
		t.Errorf("%v, %v", r.Keys(), r.Err)
	}
	r = feedtest.Visit(t, open(t, filepath.Join(dir, "missing")), feedtest.Env(t, dir), nil)
	if errs.KindOf(r.Err) != errs.NotFound {
		t.Errorf("missing: %v", r.Err)
	}
}

// TestUnreadableFileIsTriedAgain: an import with a file that failed is not finished.
func TestUnreadableFileIsTriedAgain(t *testing.T) {
	dir := setup(t, "a")
	link := filepath.Join(dir, "b")
	if err := os.Symlink("missing", link); err != nil {
		t.Fatal(err)
	}
	f, env := open(t, dir), feedtest.Env(t, dir)
	first := feedtest.Visit(t, f, env, nil)
	if !slices.Equal(first.Keys(), []string{"a"}) || first.Skips["b"] != errs.NotFound {
		t.Fatalf("%v, %v", first.Keys(), first.Skips)
	}
	if err := os.WriteFile(filepath.Join(dir, "missing"), []byte("there now"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := feedtest.Visit(t, f, env, first.Cursor); !slices.Equal(r.Keys(), []string{"b", "missing"}) {
		t.Errorf("%v", r.Keys())
	}
}
