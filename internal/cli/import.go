package cli

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
)

// importCmd is a contract: vedette import --data DIR|--server URL PATH…
type importCmd struct {
	place
	output
	Paths  []string `arg:"" help:"Files, folders, archives (tar, tar.gz, gz); - is standard input."`
	Title  string   `help:"Title of the reports; their own otherwise."`
	TLP    string   `name:"tlp" enum:"clear,green,amber,amber+strict,red," default:"" help:"Marking of what states none: clear, green, amber, amber+strict, red."`
	Tag    []string `sep:"none" help:"Tag the reports; may be repeated."`
	Accept bool     `help:"Accept the claims at once, without review."`
	Source string   `placeholder:"NAME" help:"The source that it is filed under; dropped files otherwise."`
	Wait   bool     `default:"true" negatable:"" help:"Wait until everything is worked off."`
}

// Help is shown below the flags.
func (importCmd) Help() string {
	return `Takes reports (HTML, PDF, DOCX, XLSX, Markdown, text, mail, …), MISP events, STIX bundles, CSV and lists. Folders are read whole; hidden files are passed over, and files of formats that Vedette does not read are counted as skipped.

Examples:
  vedette import --data ./data reports/ misp-events/
  vedette import --server https://ti.example.org --tlp green --tag vendor:acme report.pdf
  tar c notes | vedette import --data ./data -`
}

// Bounds of archives: what they unpack to.
const (
	maxMember  = 1 << 30
	maxMembers = 1_000_000
)

// input is one file to bring in.
type input struct {
	name  string // for people: the path, "archive.tar.gz:member"
	base  string // the file's own name
	given bool   // named on the command line, not found in a folder or archive
	body  []byte
}

// walk reads every file below the paths. One that cannot be read does not keep the others: it is told to bad.
func (k importCmd) walk(ctx context.Context, c *console, take func(input) error, bad func(name string, err error)) error {
	for _, p := range k.Paths {
		if p == "-" {
			if err := k.stream(ctx, "standard input", "stdin", true, c.in, take, bad); err != nil {
				return err
			}
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			bad(p, unreadable(p, err))
			continue
		}
		if !info.IsDir() {
			if err := k.file(ctx, p, true, take, bad); err != nil {
				return err
			}
			continue
		}
		if p, err = filepath.EvalSymlinks(p); err != nil { // what is named is entered, even by a link
			bad(p, unreadable(p, err))
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				bad(path, unreadable(path, err))
				return nil
			case path != p && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			case !d.Type().IsRegular(): // folders are entered, links and devices are not
				return nil
			}
			return k.file(ctx, path, false, take, bad)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func unreadable(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return errs.Wrap(err, errs.NotFound, "file_unread", "{name} cannot be read.", "name", name)
}

func (k importCmd) file(ctx context.Context, path string, given bool, take func(input) error, bad func(string, error)) error {
	f, err := os.Open(path) //nolint:gosec // the user's own file
	if err != nil {
		bad(path, unreadable(path, err))
		return nil
	}
	defer f.Close() //nolint:errcheck // only read
	return k.stream(ctx, path, filepath.Base(path), given, f, take, bad)
}

// stream takes a file apart when it is an archive of tar or packed by gzip; other archives are the server's
// to open, since their members belong together.
func (k importCmd) stream(ctx context.Context, name, base string, given bool, r io.Reader, take func(input) error, bad func(string, error)) error {
	in := bufio.NewReaderSize(r, 1<<16)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		bad(name, unreadable(name, err))
		return nil
	}
	if len(head) > 2 && head[0] == 0x1f && head[1] == 0x8b {
		zr, err := gzip.NewReader(in)
		if err != nil {
			bad(name, unreadable(name, err))
			return nil
		}
		inner := strings.TrimSuffix(base, ".gz")
		if t, ok := strings.CutSuffix(base, ".tgz"); ok {
			inner = t + ".tar"
		}
		in = bufio.NewReaderSize(zr, 1<<16)
		if head, err = in.Peek(512); err != nil && !errors.Is(err, io.EOF) {
			bad(name, unreadable(name, err))
			return nil
		}
		base = inner
	}
	if len(head) == 512 && string(head[257:262]) == "ustar" {
		return k.members(ctx, name, tar.NewReader(in), take, bad)
	}
	return whole(name, base, given, in, take, bad)
}

func (k importCmd) members(ctx context.Context, name string, tr *tar.Reader, take func(input) error, bad func(string, error)) error {
	for n := 0; ; n++ {
		h, err := tr.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			bad(name, unreadable(name, err))
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case n == maxMembers:
			bad(name, errs.New(errs.TooLarge, "archive_members", "The archive {name} has more than {limit} members.", "name", name, "limit", maxMembers))
			return nil
		}
		if h.Typeflag != tar.TypeReg || hidden(h.Name) {
			continue
		}
		if err := whole(name+":"+h.Name, filepath.Base(h.Name), false, tr, take, bad); err != nil {
			return err
		}
	}
}

func hidden(path string) bool {
	for _, part := range strings.Split(path, "/") {
		if strings.HasPrefix(part, ".") && part != "." && part != ".." {
			return true
		}
	}
	return false
}

func whole(name, base string, given bool, r io.Reader, take func(input) error, bad func(string, error)) error {
	body, err := io.ReadAll(io.LimitReader(r, maxMember+1))
	switch {
	case err != nil:
		bad(name, unreadable(name, err))
		return nil
	case len(body) > maxMember:
		bad(name, errs.New(errs.TooLarge, "file_too_large", "{name} is larger than the limit of {limit} bytes.", "name", name, "limit", maxMember))
		return nil
	case len(strings.TrimSpace(string(body[:min(len(body), 4096)]))) == 0 && len(body) <= 4096: // nothing in it
		if given {
			bad(name, errs.New(errs.Invalid, "file_empty", "{name} is empty.", "name", name))
		}
		return nil
	}
	return take(input{name: name, base: base, given: given, body: body})
}
