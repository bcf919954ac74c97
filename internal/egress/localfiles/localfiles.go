// Package localfiles owns how sources read files of this host: only regular files, only below the
// folders that the operator named, whatever symbolic links say. It implements feed.Files. It owns no
// cursor and no choice of files.
package localfiles

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

// Files reads below the allowed folders. It is safe for concurrent use.
type Files struct{ roots []root }

// root is one allowed folder: as the operator wrote it, and where it really is.
type root struct {
	named, real string
	dir         *os.Root
}

// New opens the allowed folders. Each must exist.
func New(folders []string) (*Files, error) {
	f := &Files{}
	for _, folder := range folders {
		named, err := filepath.Abs(folder)
		if err != nil {
			f.Close()
			return nil, badFolder(folder, err)
		}
		real, err := filepath.EvalSymlinks(named)
		if err != nil {
			f.Close()
			return nil, badFolder(folder, err)
		}
		dir, err := os.OpenRoot(real)
		if err != nil {
			f.Close()
			return nil, badFolder(folder, err)
		}
		f.roots = append(f.roots, root{named: named, real: real, dir: dir})
	}
	return f, nil
}

func badFolder(folder string, err error) error {
	return errs.Wrap(err, errs.Invalid, "bad_folder", "The folder {folder} cannot be opened; check that it exists and may be read.", "folder", folder)
}

// Close frees the folders' handles.
func (f *Files) Close() {
	for _, r := range f.roots {
		r.dir.Close()
	}
}

// find returns the allowed folder that holds p and p's name within it.
func (f *Files) find(p string) (root, string, error) {
	abs, err := filepath.Abs(p)
	if p != "" && err == nil && !strings.ContainsRune(p, 0) {
		for _, r := range f.roots {
			for _, base := range []string{r.named, r.real} {
				if rel, err := filepath.Rel(base, abs); err == nil && filepath.IsLocal(rel) {
					return r, filepath.ToSlash(rel), nil
				}
			}
		}
	}
	return root{}, "", errs.New(errs.Forbidden, "path_not_allowed",
		"{path} is not below a folder that sources may read; add its folder to sources.roots.", "path", p)
}

// Open opens one regular file.
func (f *Files) Open(p string) (io.ReadCloser, error) {
	r, rel, err := f.find(p)
	if err != nil {
		return nil, err
	}
	info, err := r.dir.Stat(rel)
	if err != nil {
		return nil, fileError(p, err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would block
		return nil, errs.New(errs.Unsupported, "not_a_file", "{path} is not a regular file.", "path", p)
	}
	file, err := r.dir.Open(rel)
	if err != nil {
		return nil, fileError(p, err)
	}
	return file, nil
}

func fileError(p string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errs.Wrap(err, errs.NotFound, "file_missing", "{path} does not exist.", "path", p)
	case errors.Is(err, fs.ErrPermission):
		return errs.Wrap(err, errs.Forbidden, "file_permission", "{path} may not be read by Vedette; check its owner and permissions.", "path", p)
	case strings.Contains(err.Error(), "escapes"):
		return errs.Wrap(err, errs.Forbidden, "link_leads_out", "{path} is a link that leads out of the folders that sources may read.", "path", p)
	}
	return errs.Wrap(err, errs.Unavailable, "file_unreadable", "{path} cannot be read.", "path", p)
}

// Walk implements feed.Files. Links to files are followed inside the allowed folder, links to
// folders are not, so that a walk always ends.
func (f *Files) Walk(ctx context.Context, start string, fn func(feed.File) error, skip func(string, error)) error {
	r, rel, err := f.find(start)
	if err != nil {
		return err
	}
	info, err := r.dir.Stat(rel)
	if err != nil {
		return fileError(start, err)
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return errs.New(errs.Unsupported, "not_a_file", "{path} is not a regular file.", "path", start)
		}
		return fn(feed.File{Path: r.path(rel), Rel: path.Base(rel), Size: info.Size(), Modified: info.ModTime()})
	}
	return fs.WalkDir(r.dir.FS(), rel, func(p string, entry fs.DirEntry, err error) error {
		if ctxErr := ctx.Err(); ctxErr != nil {
			return ctxErr
		}
		if err != nil {
			skip(within(rel, p), fileError(r.path(p), err))
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		info, err := r.dir.Stat(p)
		if err != nil {
			skip(within(rel, p), fileError(r.path(p), err))
			return nil
		}
		if !info.Mode().IsRegular() {
			return nil
		}
		return fn(feed.File{Path: r.path(p), Rel: within(rel, p), Size: info.Size(), Modified: info.ModTime()})
	})
}

func (r root) path(rel string) string { return filepath.Join(r.real, filepath.FromSlash(rel)) }

func within(base, p string) string {
	if base == "." {
		return p
	}
	return strings.TrimPrefix(strings.TrimPrefix(p, base), "/")
}

const (
	// mostWatched bounds what watching takes from the kernel; beyond it the schedule alone finds changes.
	mostWatched = 8192
	// quiet is how long a folder must be still before the hint is given.
	quiet = 500 * time.Millisecond
)

// Watch implements feed.Files.
func (f *Files) Watch(ctx context.Context, start string, changed func()) error {
	r, rel, err := f.find(start)
	if err != nil {
		return err
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return errs.Wrap(err, errs.Unsupported, "no_watch", "Changes of folders cannot be watched here; the schedule alone finds them.")
	}
	defer w.Close()
	watched := 0
	add := func(from string) {
		_ = fs.WalkDir(r.dir.FS(), from, func(p string, entry fs.DirEntry, err error) error { // a hint may be incomplete
			if err != nil || ctx.Err() != nil || watched >= mostWatched {
				return fs.SkipDir
			}
			if entry.IsDir() && w.Add(r.path(p)) == nil {
				watched++
			}
			return nil
		})
	}
	add(rel)
	if watched == 0 {
		return errs.New(errs.Unsupported, "no_watch", "Changes of folders cannot be watched here; the schedule alone finds them.")
	}
	timer := time.NewTimer(quiet)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			changed()
		case <-w.Errors: // an overflow: something changed
			timer.Reset(quiet)
		case e := <-w.Events:
			if e.Has(fsnotify.Chmod) {
				continue
			}
			if sub, err := filepath.Rel(r.real, e.Name); err == nil && e.Has(fsnotify.Create) {
				if info, err := r.dir.Lstat(filepath.ToSlash(sub)); err == nil && info.IsDir() {
					add(filepath.ToSlash(sub))
				}
			}
			timer.Reset(quiet)
		}
	}
}
