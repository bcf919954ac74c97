package app

import (
	"errors"
	"os"
	"syscall"

	"github.com/vedette-ti/vedette/internal/errs"
)

// ErrServed tells that another process has the data folder open.
var ErrServed = errs.New(errs.Conflict, "data_in_use", "The data folder is being served by another process: use --server, or stop it first.")

// lockFolder holds the folder for this process until the returned function is called or the process ends.
func lockFolder(path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator's data folder
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "data_folder", "The data folder {path} cannot be made: choose another with --data.", "path", path)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrServed
		}
		return nil, err
	}
	return f.Close, nil
}
