//go:build unix

package doctor

import "golang.org/x/sys/unix"

// space returns the bytes that are free for us, and all.
func space(dir string) (left, all uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	size := uint64(s.Bsize)                                      //nolint:gosec,unconvert // its type differs between systems, and it is positive
	return uint64(s.Bavail) * size, uint64(s.Blocks) * size, nil //nolint:unconvert // likewise
}
