package taxonomy

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Source hands over the files of a pack, one by one, by their names with "/". It may be read once.
type Source func(ctx context.Context, fn func(name string, body []byte) error) error

// Limits of what is installed.
const (
	maxFile     = 128 << 20 // bytes of one file
	maxUnpacked = 1 << 30   // bytes of all
	maxFiles    = 50_000
)

// budget counts what a source hands over.
type budget struct {
	files int
	bytes int64
}

func (b *budget) read(name string, r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "pack_broken", "{name} cannot be read: the archive is broken.", "name", name)
	}
	b.files++
	b.bytes += int64(len(body))
	if len(body) > maxFile || b.bytes > maxUnpacked || b.files > maxFiles {
		return nil, errs.New(errs.TooLarge, "pack_too_large", "The pack is too large at {name}: a file may have {file} bytes, all together {all}.",
			"name", name, "file", maxFile, "all", maxUnpacked)
	}
	return body, nil
}

// wanted says whether a file can be part of a pack.
func wanted(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".json") && !strings.HasPrefix(base, "schema") && base != "MANIFEST.json" && !strings.HasPrefix(base, ".")
}

// FromFS reads a folder. Symbolic links are not followed.
func FromFS(fsys fs.FS) Source {
	return func(ctx context.Context, fn func(string, []byte) error) error {
		var b budget
		return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "pack_unreadable", "{name} cannot be read.", "name", name)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != "." {
				return fs.SkipDir
			}
			if !d.Type().IsRegular() || !wanted(name) {
				return nil
			}
			f, err := fsys.Open(name)
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "pack_unreadable", "{name} cannot be read.", "name", name)
			}
			defer f.Close() //nolint:errcheck // read only
			body, err := b.read(name, f)
			if err != nil {
				return err
			}
			return fn(name, body)
		})
	}
}

// FromArchive reads a .zip, .tar, .tar.gz or .json(.gz), told apart by content. name is the file's name.
func FromArchive(name string, r io.ReaderAt, size int64) Source {
	return func(ctx context.Context, fn func(string, []byte) error) error {
		var head [4]byte
		n, err := r.ReadAt(head[:], 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return errs.Wrap(err, errs.Invalid, "pack_unreadable", "{name} cannot be read.", "name", name)
		}
		all := io.NewSectionReader(r, 0, size)
		switch {
		case n == 4 && string(head[:2]) == "PK":
			return readZip(ctx, name, r, size, fn)
		case n >= 2 && head[0] == 0x1f && head[1] == 0x8b:
			zr, err := gzip.NewReader(all)
			if err != nil {
				return errs.Wrap(err, errs.Invalid, "pack_broken", "{name} cannot be read: the archive is broken.", "name", name)
			}
			return readPlain(ctx, strings.TrimSuffix(name, ".gz"), zr, fn)
		}
		return readPlain(ctx, name, all, fn)
	}
}

// readPlain reads a tar archive or one JSON file.
func readPlain(ctx context.Context, name string, r io.Reader, fn func(string, []byte) error) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return errs.Wrap(err, errs.Invalid, "pack_broken", "{name} cannot be read: the archive is broken.", "name", name)
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	var b budget
	if n < 512 || string(head[257:262]) != "ustar" {
		body, err := b.read(name, r)
		if err != nil {
			return err
		}
		return fn(name, body)
	}
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errs.Wrap(err, errs.Invalid, "pack_broken", "{name} cannot be read: the archive is broken.", "name", name)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || !wanted(h.Name) {
			continue
		}
		body, err := b.read(h.Name, tr)
		if err != nil {
			return err
		}
		if err := fn(path.Clean("/" + h.Name)[1:], body); err != nil {
			return err
		}
	}
}

func readZip(ctx context.Context, name string, r io.ReaderAt, size int64, fn func(string, []byte) error) error {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "pack_broken", "{name} cannot be read: the archive is broken.", "name", name)
	}
	var b budget
	one := func(f *zip.File) error {
		rc, err := f.Open()
		if err != nil {
			return errs.Wrap(err, errs.Invalid, "pack_broken", "{name} cannot be read: the archive is broken.", "name", f.Name)
		}
		defer rc.Close() //nolint:errcheck // read only
		body, err := b.read(f.Name, rc)
		if err != nil {
			return err
		}
		return fn(path.Clean("/" + f.Name)[1:], body)
	}
	for _, f := range zr.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f.Mode().IsRegular() || !wanted(f.Name) {
			continue
		}
		if err := one(f); err != nil {
			return err
		}
	}
	return nil
}

// FromPath reads a folder, an archive or a single JSON file on this machine.
func FromPath(name string) Source {
	return func(ctx context.Context, fn func(string, []byte) error) error {
		missing := func(err error) error {
			return errs.Wrap(err, errs.NotFound, "pack_path", "There is no readable file or folder {name}.", "name", name)
		}
		info, err := os.Stat(name)
		if err != nil {
			return missing(err)
		}
		if info.IsDir() {
			root, err := os.OpenRoot(name) // links that lead out of it cannot be opened
			if err != nil {
				return missing(err)
			}
			defer root.Close() //nolint:errcheck // read only
			return FromFS(root.FS())(ctx, fn)
		}
		f, err := os.Open(name)
		if err != nil {
			return missing(err)
		}
		defer f.Close() //nolint:errcheck // read only
		return FromArchive(filepath.Base(name), f, info.Size())(ctx, fn)
	}
}
