// Package blob owns the content-addressed store of original files: what was acquired is kept under
// the SHA-256 of its bytes, once, unchanged. It owns no meaning, no names and no access rules: who
// may read a blob is decided by the document that points at it.
package blob

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Hash is the SHA-256 of a blob's bytes.
type Hash [32]byte

// String returns 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes what String returns.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what ParseHash reads.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}

// ParseHash reads 64 hexadecimal digits of either case.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != hex.EncodedLen(len(h)) {
		return h, badHash(s)
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, badHash(s)
	}
	return h, nil
}

func badHash(s string) error {
	const shown = 80
	if len(s) > shown {
		s = s[:shown]
	}
	return errs.New(errs.Invalid, "bad_sha256", "{value} is not a SHA-256 hash; it has 64 hexadecimal digits.", "value", s)
}

// Ref names a blob.
type Ref struct {
	SHA256 Hash
	Size   int64 // bytes
}

// Store keeps blobs. All methods are safe for concurrent use, also by several processes.
type Store interface {
	// Put reads r to its end and keeps it. When it returns without error the bytes and their name are
	// on disk (synced). Bytes that are there already are not written twice. More than limit bytes are
	// errs.TooLarge (limit ≤ 0: no limit); after any error nothing of r is kept.
	Put(ctx context.Context, r io.Reader, limit int64) (Ref, error)
	// Open returns the bytes; the caller closes them. errs.NotFound when the store has no such blob.
	Open(ctx context.Context, h Hash) (io.ReadSeekCloser, error)
	// Stat returns the blob's size without reading it; errs.NotFound when there is none.
	Stat(ctx context.Context, h Hash) (Ref, error)
	// Delete removes a blob; errs.NotFound when there is none. Readers that have it open keep it.
	Delete(ctx context.Context, h Hash) error
	// Walk calls fn for each blob in ascending order of hash, until fn returns an error, which Walk
	// returns. Blobs put or deleted meanwhile may or may not be seen.
	Walk(ctx context.Context, fn func(Ref) error) error
}

// Bulk is implemented by stores that keep many small blobs faster together than one by one.
type Bulk interface {
	// PutMany keeps all bodies or, after an error, perhaps some. The refs are in the bodies' order.
	PutMany(ctx context.Context, bodies [][]byte) ([]Ref, error)
}

// PutMany keeps all bodies in s, together where s can.
func PutMany(ctx context.Context, s Store, bodies [][]byte) ([]Ref, error) {
	if b, ok := s.(Bulk); ok {
		return b.PutMany(ctx, bodies)
	}
	refs := make([]Ref, len(bodies))
	for i, body := range bodies {
		var err error
		if refs[i], err = s.Put(ctx, bytes.NewReader(body), 0); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// Read returns a whole blob of at most limit bytes (limit ≤ 0: any size).
func Read(ctx context.Context, s Store, h Hash, limit int64) ([]byte, error) {
	ref, err := s.Stat(ctx, h)
	if err != nil {
		return nil, err
	}
	if limit > 0 && ref.Size > limit {
		return nil, tooLarge(limit)
	}
	f, err := s.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body := make([]byte, ref.Size)
	if _, err := io.ReadFull(f, body); err != nil {
		return nil, damaged(h, err)
	}
	return body, nil
}

func tooLarge(limit int64) error {
	return errs.New(errs.TooLarge, "file_too_large", "The file is larger than the limit of {limit} bytes.", "limit", limit)
}

func notFound(h Hash) error {
	return errs.New(errs.NotFound, "file_not_found", "The stored file {sha256} does not exist.", "sha256", h.String())
}

func damaged(h Hash, cause error) error {
	return errs.Wrap(cause, errs.Internal, "file_damaged",
		"The stored file {sha256} is damaged; restore it from a backup or acquire it again.", "sha256", h.String())
}
