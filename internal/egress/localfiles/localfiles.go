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
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/feed"
)

// Files reads below the allowed folders. It is safe for concurrent use.
type Files struct {
	roots   []root
	private []Private // real paths
}

// Private is a folder that is never read, although an allowed one may hold it, but for one folder in it.
type Private struct{ Folder, But string }

// holds reports whether a real path is in the private part.
func (p Private) holds(real string) bool {
	return inside(p.Folder, real) && !inside(filepath.Join(p.Folder, p.But), real)
}

func inside(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// root is one allowed folder: as the operator wrote it, and where it really is.
type root struct {
	named, real string
	dir         *os.Root
}

// New opens the allowed folders. Each must exist.
func New(folders []string, private ...Private) (*Files, error) {
	f := &Files{}
	for _, p := range private {
		real, err := filepath.EvalSymlinks(p.Folder)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			return nil, badFolder(p.Folder, err)
		}
		f.private = append(f.private, Private{Folder: real, But: p.But})
	}
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
	return root{}, "", notAllowed(p)
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
	if err := f.public(r, rel, file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// public refuses what is in a private folder. It looks at the file that is open, so that links that change
// meanwhile do not matter.
func (f *Files) public(r root, rel string, file *os.File) error {
	if len(f.private) == 0 {
		return nil
	}
	p := r.path(rel)
	real, err := filepath.EvalSymlinks(p)
	if err != nil {
		return fileError(p, err)
	}
	if f.closed(real) {
		return notAllowed(p)
	}
	opened, err := file.Stat()
	if err != nil {
		return fileError(p, err)
	}
	if named, err := os.Lstat(real); err != nil || !os.SameFile(opened, named) {
		return errs.New(errs.Unavailable, "file_unreadable", "{path} cannot be read.", "path", p)
	}
	return nil
}

// closed reports whether a real path is in a private folder.
func (f *Files) closed(real string) bool {
	return slices.ContainsFunc(f.private, func(p Private) bool { return p.holds(real) })
}

func notAllowed(p string) error {
	return errs.New(errs.Forbidden, "path_not_allowed",
		"{path} is not below a folder that sources may read; add its folder to sources.roots.", "path", p)
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
		if f.closed(r.path(rel)) {
			return notAllowed(start)
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
			if f.closed(r.path(p)) && !f.leads(r.path(p)) {
				return fs.SkipDir
			}
			return nil
		}
		if f.closed(r.path(p)) {
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

// leads reports whether the way to what may be read in a private folder goes through a path.
func (f *Files) leads(real string) bool {
	return slices.ContainsFunc(f.private, func(p Private) bool { return inside(real, filepath.Join(p.Folder, p.But)) })
}

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
			if !entry.IsDir() {
				return nil
			}
			if f.closed(r.path(p)) { // our own files change all the time
				if !f.leads(r.path(p)) {
					return fs.SkipDir
				}
				return nil
			}
			if w.Add(r.path(p)) == nil {
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
