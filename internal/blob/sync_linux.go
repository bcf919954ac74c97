package blob

import (
	"os"

	"golang.org/x/sys/unix"
)

// canSyncAll tells that syncFileSystem works.
const canSyncAll = true

// syncFileSystem writes everything of the file system that holds f to disk (syncfs(2)); since Linux
// 5.8 it reports write errors.
func syncFileSystem(f *os.File) error {
	return unix.Syncfs(int(f.Fd())) //nolint:gosec // a descriptor fits an int
}
