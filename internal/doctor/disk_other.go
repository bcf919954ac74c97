//go:build !unix

package doctor

import "errors"

func space(string) (left, all uint64, err error) { return 0, 0, errors.ErrUnsupported }
