package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"io"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
)

// Small files are put together, which costs a store two syncs a batch instead of two a file.
const (
	smallFile  = 1 << 20
	batchBytes = 32 << 20
	batchFiles = 500
)

// pending are small files whose hash is checked and which are not put yet.
type pending struct {
	bodies [][]byte
	bytes  int
}

func (x *reader) file(ctx context.Context, h *tar.Header, name string) error {
	want, err := blob.ParseHash(name)
	if err != nil || want.String() != name {
		return damaged(h.Name, "a file is named by its SHA-256")
	}
	var got blob.Hash
	switch {
	case h.Size <= smallFile:
		body, err := x.body(h, smallFile)
		if err != nil {
			return err
		}
		got = sha256.Sum256(body)
		if got == want && x.to.Files != nil {
			x.files.bodies = append(x.files.bodies, body)
			x.files.bytes += len(body)
		}
	default:
		if got, err = x.large(ctx, h, want); err != nil {
			return err
		}
	}
	if got != want {
		x.seen.Damaged = append(x.seen.Damaged, name)
		return nil
	}
	x.seen.Files++
	x.seen.FileBytes += h.Size
	x.done.At, x.done.Files, x.done.Bytes = "files", x.seen.Files, x.done.Bytes+h.Size
	x.tell(x.done)
	if x.files.bytes > batchBytes || len(x.files.bodies) >= batchFiles {
		return x.flushFiles(ctx)
	}
	return nil
}

// large passes a file on as it comes. One that does not fit its name is not kept.
func (x *reader) large(ctx context.Context, h *tar.Header, want blob.Hash) (got blob.Hash, err error) {
	if x.to.Files == nil {
		sum := sha256.New()
		n, err := io.Copy(sum, x.tar)
		if err == nil && n != h.Size {
			err = io.ErrUnexpectedEOF
		}
		sum.Sum(got[:0])
		return got, err
	}
	ref, err := x.to.Files.Put(ctx, x.tar, 0)
	if err != nil {
		return got, err
	}
	if ref.SHA256 != want {
		if err := x.to.Files.Delete(ctx, ref.SHA256); err != nil && errs.KindOf(err) != errs.NotFound {
			return got, err
		}
	}
	return ref.SHA256, nil
}

func (x *reader) flushFiles(ctx context.Context) error {
	if len(x.files.bodies) == 0 {
		return nil
	}
	_, err := blob.PutMany(ctx, x.to.Files, x.files.bodies)
	x.files = pending{}
	return err
}
