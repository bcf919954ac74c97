//go:build !linux

package blob

import (
	"errors"
	"os"
)

// canSyncAll tells that syncFileSystem works.
const canSyncAll = false

func syncFileSystem(*os.File) error { return errors.ErrUnsupported }
