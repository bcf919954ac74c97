package blob_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/blob/blobtest"
	"github.com/vedette-ti/vedette/internal/errs"
)

func openDir(t testing.TB, folder string) *blob.Dir {
	t.Helper()
	d, err := blob.OpenDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestDir(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return openDir(t, t.TempDir()) })
}

// one hides Dir's Bulk side, so that the suite also runs on PutMany's plain path.
type one struct{ blob.Store }

func TestDirOneByOne(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return one{openDir(t, t.TempDir())} })
}

func TestNothingIsLeftInTmp(t *testing.T) {
	folder := t.TempDir()
	d := openDir(t, folder)
	for range 3 {
		if _, err := d.Put(t.Context(), strings.NewReader("x"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Put(t.Context(), strings.NewReader("too long"), 2); err == nil {
		t.Fatal("no error")
	}
	if _, err := d.PutMany(t.Context(), [][]byte{{1}, {2}, {3}, {4}, {1}}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(filepath.Join(folder, "tmp")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestLeftOversOfCrashes(t *testing.T) {
	folder := t.TempDir()
	openDir(t, folder)
	old, fresh := filepath.Join(folder, "tmp", "old"), filepath.Join(folder, "tmp", "fresh")
	for _, p := range []string{old, fresh} {
		if err := os.WriteFile(p, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	openDir(t, folder)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("the old left-over stays")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("another process's write was removed")
	}
}

func TestDamageIsSeenAndMended(t *testing.T) {
	folder := t.TempDir()
	d := openDir(t, folder)
	ref, err := d.Put(t.Context(), strings.NewReader("original"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(t.Context(), ref.SHA256); err != nil {
		t.Errorf("sound: %v", err)
	}
	name := ref.SHA256.String()
	file := filepath.Join(folder, name[:2], name[2:4], name)
	if err := os.WriteFile(file, []byte("0riginal"), 0o600); err != nil {
		t.Fatal(err)
	}
	if e, ok := errs.As(d.Verify(t.Context(), ref.SHA256)); !ok || e.Code != "file_damaged" {
		t.Errorf("flipped bit: %v", e)
	}
	if err := os.Truncate(file, 3); err != nil {
		t.Fatal(err)
	}
	// A truncated file is replaced by the next Put of the same bytes.
	if _, err := d.Put(t.Context(), strings.NewReader("original"), 0); err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(t.Context(), ref.SHA256); err != nil {
		t.Errorf("after Put: %v", err)
	}
}

func TestForeignFilesArePassedOver(t *testing.T) {
	folder := t.TempDir()
	d := openDir(t, folder)
	for _, p := range []string{"zz/yy/x", "ab/cd/readme.txt", "ab/file", "ab/cd/" + strings.Repeat("A", 64), "notes.txt"} {
		full := filepath.Join(folder, p)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(folder, "ab/file")); err != nil {
		t.Fatal(err)
	}
	if err := d.Walk(t.Context(), func(r blob.Ref) error { return fmt.Errorf("saw %v", r) }); err != nil {
		t.Error(err)
	}
}

// TestSymlinkCannotLeadOut: a link planted in the folder does not make the store write elsewhere.
func TestSymlinkCannotLeadOut(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	d := openDir(t, folder)
	ref, err := d.Put(t.Context(), strings.NewReader("secret"), 0)
	if err != nil {
		t.Fatal(err)
	}
	name := ref.SHA256.String()
	if err := os.RemoveAll(filepath.Join(folder, name[:2])); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, name[:2])); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(t.Context(), strings.NewReader("secret"), 0); err == nil {
		t.Error("the write followed the link")
	}
	if left, _ := os.ReadDir(outside); len(left) != 0 {
		t.Errorf("written outside: %v", left)
	}
}

func TestRemovedFolderComesBack(t *testing.T) {
	folder := t.TempDir()
	d := openDir(t, folder)
	for range 2 {
		for _, bodies := range [][][]byte{{{1}}, {{1}, {2}, {3}, {4}, {5}}} {
			refs, err := d.PutMany(t.Context(), bodies)
			if err != nil {
				t.Fatal(err)
			}
			for _, ref := range refs {
				if err := os.RemoveAll(filepath.Join(folder, ref.SHA256.String()[:2])); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(strings.Repeat("ab", 32))
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := blob.ParseHash(s)
		if err == nil && h.String() != strings.ToLower(s) {
			t.Errorf("%q -> %v", s, h)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch-%d", n), func(b *testing.B) {
			d := openDir(b, b.TempDir())
			i := 0
			for b.Loop() {
				bodies := make([][]byte, n)
				for k := range bodies {
					i++
					bodies[k] = append(bytes.Repeat([]byte("x"), 12<<10), fmt.Sprint(i)...)
				}
				if _, err := d.PutMany(b.Context(), bodies); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "blobs/s")
		})
	}
}
