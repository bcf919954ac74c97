//go:build linux && !amd64 && !arm64

package sandbox

import "errors"

// seccomp is not there for this machine; the other limits hold.
func seccomp(bool) error { return errors.ErrUnsupported }
