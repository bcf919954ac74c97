package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *sqldb.DB {
		db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "v.db")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	})
}

// TestOnlyTheOwnerReads: accounts, notes and marked intelligence are in these files.
func TestOnlyTheOwnerReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v.db")
	for _, name := range []string{path, path + "-wal"} { // as an older version left them
		if err := os.WriteFile(name, nil, 0o644); err != nil { //nolint:gosec // that is the point
			t.Fatal(err)
		}
	}
	for range 2 {
		db, err := Open(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", filepath.Base(name), info.Mode(), err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			_ = os.Remove(name)
		}
	}
	if _, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "missing", "v.db")}); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("no folder: %v", err)
	}
}
