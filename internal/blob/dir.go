package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Dir keeps blobs in a folder: ab/cd/abcd…, written beside in tmp/, synced, then renamed, then the
// folder synced, so that a name that exists always has all its bytes.
type Dir struct {
	root *os.Root
	path string

	mu   sync.Mutex
	made map[string]bool // fan-out folders known to be on disk
}

const (
	tmpDir = "tmp"
	// staleTemp is how old a left-over of a crashed write must be before it is removed; writes by
	// other processes are shorter.
	staleTemp = 24 * time.Hour
)

// OpenDir opens a folder as a store, making it when it is missing, and clears left-overs of crashes.
func OpenDir(folder string) (*Dir, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, diskError(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, diskError(err)
	}
	d := &Dir{root: root, path: folder, made: map[string]bool{}}
	if err := d.prepare(); err != nil {
		root.Close()
		return nil, err
	}
	return d, nil
}

func (d *Dir) prepare() error {
	if err := d.folder(tmpDir); err != nil {
		return err
	}
	names, err := d.list(tmpDir)
	if err != nil {
		return err
	}
	for _, name := range names {
		p := path.Join(tmpDir, name)
		if info, err := d.root.Lstat(p); err == nil && time.Since(info.ModTime()) > staleTemp {
			if err := d.root.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return diskError(err)
			}
		}
	}
	return nil
}

// Close frees the folder's handle.
func (d *Dir) Close() error { return d.root.Close() }

func fileOf(h Hash) (dir, file string) {
	name := h.String()
	dir = name[:2] + "/" + name[2:4]
	return dir, dir + "/" + name
}

// Put implements Store.
func (d *Dir) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	t, err := d.write(ctx, r, limit)
	if err != nil {
		return Ref{}, err
	}
	if err := t.f.Sync(); err != nil {
		t.drop(d)
		return Ref{}, diskError(err)
	}
	dir, err := d.publish(t, d.folder)
	if err != nil {
		return Ref{}, err
	}
	return t.ref, d.syncDir(dir)
}

// temp is a written, not yet named blob.
type temp struct {
	f    *os.File
	name string
	ref  Ref
}

func (t *temp) drop(d *Dir) {
	t.f.Close()
	_ = d.root.Remove(t.name) // a left-over is removed at a later start
}

func (d *Dir) write(ctx context.Context, r io.Reader, limit int64) (*temp, error) {
	var id [12]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	t := &temp{name: tmpDir + "/" + hex.EncodeToString(id[:])}
	var err error
	if t.f, err = d.root.OpenFile(t.name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return nil, diskError(err)
	}
	src := io.Reader(&ctxReader{ctx: ctx, r: r})
	if limit > 0 {
		src = io.LimitReader(src, limit+1)
	}
	sum := sha256.New()
	w := &diskWriter{w: t.f}
	t.ref.Size, err = io.Copy(io.MultiWriter(w, sum), src)
	switch {
	case w.err != nil:
		err = diskError(w.err)
	case err == nil && limit > 0 && t.ref.Size > limit:
		err = tooLarge(limit)
	}
	if err != nil {
		t.drop(d)
		return nil, err
	}
	sum.Sum(t.ref.SHA256[:0])
	return t, nil
}

// publish gives a synced temp its name, unless it has one, in a folder that mkdir makes, and returns
// the folder to sync.
func (d *Dir) publish(t *temp, mkdir func(string) error) (string, error) {
	dir, file := fileOf(t.ref.SHA256)
	if info, err := d.root.Stat(file); err == nil && info.Size() == t.ref.Size {
		t.drop(d)
		return dir, nil // the writer before may not have synced the folder yet, so the caller does
	}
	err := mkdir(dir)
	if err == nil {
		err = d.root.Rename(t.name, file)
	}
	if errors.Is(err, fs.ErrNotExist) { // somebody removed the empty folder
		d.forget(dir)
		if err = mkdir(dir); err == nil {
			err = d.root.Rename(t.name, file)
		}
	}
	if err != nil {
		t.drop(d)
		return "", diskError(err)
	}
	return dir, diskError(t.f.Close())
}

func (d *Dir) forget(dir string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.made, dir)
	delete(d.made, path.Dir(dir))
}

// bareFolder makes a folder and its parents; the caller syncs.
func (d *Dir) bareFolder(dir string) error {
	for _, p := range []string{path.Dir(dir), dir} {
		if err := d.root.Mkdir(p, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// folder makes a folder and its parents durable.
func (d *Dir) folder(dir string) error {
	d.mu.Lock()
	known := d.made[dir]
	d.mu.Unlock()
	if known {
		return nil
	}
	parent := path.Dir(dir)
	if parent != "." {
		if err := d.folder(parent); err != nil {
			return err
		}
	}
	if err := d.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return diskError(err)
	}
	if err := d.syncDir(parent); err != nil {
		return err
	}
	d.mu.Lock()
	d.made[dir] = true
	d.mu.Unlock()
	return nil
}

func (d *Dir) syncDir(dir string) error {
	f, err := d.root.Open(dir)
	if err != nil {
		return diskError(err)
	}
	defer f.Close()
	return diskError(f.Sync())
}

// PutMany implements Bulk. Where the system can sync a whole file system at once, a batch costs two
// syncs whatever its length: one before the renames and one after.
func (d *Dir) PutMany(ctx context.Context, bodies [][]byte) ([]Ref, error) {
	const few = 4 // below this, syncing the file system costs more than syncing the files
	if len(bodies) < few || !canSyncAll {
		return d.putEach(ctx, bodies)
	}
	temps := make([]*temp, 0, len(bodies))
	defer func() {
		for _, t := range temps {
			t.drop(d)
		}
	}()
	refs := make([]Ref, len(bodies))
	for i, body := range bodies {
		t, err := d.write(ctx, bytes.NewReader(body), 0)
		if err != nil {
			return nil, err
		}
		temps, refs[i] = append(temps, t), t.ref
	}
	if err := d.syncAll(); err != nil {
		return nil, err
	}
	for len(temps) > 0 {
		t := temps[0]
		temps = temps[1:]
		if _, err := d.publish(t, d.bareFolder); err != nil {
			return nil, err
		}
	}
	return refs, d.syncAll()
}

func (d *Dir) putEach(ctx context.Context, bodies [][]byte) ([]Ref, error) {
	refs := make([]Ref, len(bodies))
	for i, body := range bodies {
		var err error
		if refs[i], err = d.Put(ctx, bytes.NewReader(body), 0); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

func (d *Dir) syncAll() error {
	f, err := d.root.Open(".")
	if err != nil {
		return diskError(err)
	}
	defer f.Close()
	return diskError(syncFileSystem(f))
}

// Open implements Store.
func (d *Dir) Open(_ context.Context, h Hash) (io.ReadSeekCloser, error) {
	_, file := fileOf(h)
	f, err := d.root.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(h)
	}
	if err != nil {
		return nil, diskError(err)
	}
	return f, nil
}

// Stat implements Store.
func (d *Dir) Stat(_ context.Context, h Hash) (Ref, error) {
	_, file := fileOf(h)
	info, err := d.root.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Ref{}, notFound(h)
	}
	if err != nil {
		return Ref{}, diskError(err)
	}
	return Ref{SHA256: h, Size: info.Size()}, nil
}

// Delete implements Store.
func (d *Dir) Delete(_ context.Context, h Hash) error {
	dir, file := fileOf(h)
	err := d.root.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return notFound(h)
	}
	if err != nil {
		return diskError(err)
	}
	return d.syncDir(dir)
}

// Walk implements Store. Files that are not blobs by name are passed over.
func (d *Dir) Walk(ctx context.Context, fn func(Ref) error) error {
	outer, err := d.list(".")
	if err != nil {
		return err
	}
	for _, a := range outer {
		if !hexPair(a) {
			continue
		}
		inner, err := d.list(a)
		if err != nil {
			return err
		}
		for _, b := range inner {
			if !hexPair(b) {
				continue
			}
			if err := d.walkFolder(ctx, a+"/"+b, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Dir) walkFolder(ctx context.Context, dir string, fn func(Ref) error) error {
	names, err := d.list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := ParseHash(name)
		if err != nil || strings.ToLower(name) != name {
			continue
		}
		info, err := d.root.Lstat(dir + "/" + name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			return diskError(err)
		}
		if err := fn(Ref{SHA256: h, Size: info.Size()}); err != nil {
			return err
		}
	}
	return nil
}

// Verify reads a blob and compares it with its name; a difference is an internal error "file_damaged".
func (d *Dir) Verify(ctx context.Context, h Hash) error {
	f, err := d.Open(ctx, h)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, &ctxReader{ctx: ctx, r: f}); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return damaged(h, err)
	}
	var got Hash
	sum.Sum(got[:0])
	if got != h {
		return damaged(h, errors.New("its bytes hash to "+got.String()))
	}
	return nil
}

func (d *Dir) list(dir string) ([]string, error) {
	f, err := d.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diskError(err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, diskError(err)
	}
	sort.Strings(names)
	return names, nil
}

func hexPair(s string) bool { return len(s) == 2 && strings.Trim(s, "0123456789abcdef") == "" }

// diskError turns what the file system said into an error for people; nil stays nil.
func diskError(err error) error {
	if _, shown := errs.As(err); shown || err == nil {
		return err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return errs.Wrap(err, errs.Unavailable, "disk_full", "The disk that keeps the files is full; free some space.")
	case errors.Is(err, fs.ErrPermission):
		return errs.Wrap(err, errs.Unavailable, "disk_permission", "The folder of the files cannot be used; check its owner and permissions.")
	}
	return errs.Wrap(err, errs.Unavailable, "disk_failed", "The folder of the files cannot be read or written; check the disk.")
}

// diskWriter tells errors of the disk from errors of the reader.
type diskWriter struct {
	w   io.Writer
	err error
}

func (w *diskWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

// ctxReader stops a copy when its context ends.
type ctxReader struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
}

func (r *ctxReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
