package cli

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type packsCmd struct {
	Install packsInstallCmd `cmd:"" help:"Install packs from folders or archives."`
	List    packsListCmd    `cmd:"" help:"List what is installed."`
	Enable  packsEnableCmd  `cmd:"" help:"Switch packs on."`
	Disable packsDisableCmd `cmd:"" help:"Switch packs off."`
	Remove  packsRemoveCmd  `cmd:"" help:"Remove packs."`
}

// packsInstallCmd is a contract: vedette packs install PATH….
type packsInstallCmd struct {
	place
	output
	Paths []string `arg:"" help:"Folders, or archives: .zip, .tar, .tar.gz, .json, .json.gz."`
}

// Help is shown below the flags.
func (packsInstallCmd) Help() string {
	return `Takes warninglists, taxonomies, galaxies and object templates in the layout of MISP's repositories, and STIX bundles of knowledge such as ATT&CK. Works before the set-up.

Examples:
  vedette packs install --data ./data misp-warninglists.tar.gz
  vedette packs install --data ./data misp-taxonomies-main/`
}

// installed is what became of one path.
type installed struct {
	Path      string        `json:"path"`
	Fresh     int           `json:"fresh"`
	Updated   int           `json:"updated"`
	Unchanged int           `json:"unchanged"`
	Refused   []refusedPack `json:"refused"`
	More      int           `json:"refused_more,omitempty"`
}

type refusedPack struct {
	File   string `json:"file"`
	Reason struct {
		Code string `json:"code"`
		Text string `json:"text"`
	} `json:"reason"`
}

// Run implements the command.
func (k packsInstallCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true, workers: true, lists: true}, func(s *session) error {
		out := []installed{}
		refused := 0
		err := c.each(k.Paths, func(path string) error {
			one, err := k.install(ctx, c, s, path)
			if err != nil {
				return err
			}
			out = append(out, one)
			refused += len(one.Refused) + one.More
			return nil
		})
		if k.JSON {
			err = errors.Join(err, printJSON(c, map[string]any{"items": out}))
		} else {
			for _, o := range out {
				fmt.Fprintf(c.out, "%s: %d new, %d updated, %d unchanged.\n", plain(o.Path), o.Fresh, o.Updated, o.Unchanged)
				for _, r := range o.Refused {
					fmt.Fprintf(c.err, "refused: %s: %s\n", plain(r.File), plain(r.Reason.Text))
				}
			}
		}
		if err == nil && refused > 0 {
			err = partly{errs.New(errs.Invalid, "packs_refused", "{count} files were refused, the others are installed.", "count", refused)}
		}
		return err
	})
}

func (k packsInstallCmd) install(ctx context.Context, c *console, s *session, path string) (installed, error) {
	out := installed{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return out, unreadable(path, err)
	}
	var body io.Reader
	name, size := filepath.Base(filepath.Clean(path)), int64(-1)
	if info.IsDir() {
		name += ".tar.gz"
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(packFolder(ctx, w, path)) }()
		defer r.Close() //nolint:errcheck // ends the packing
		body = r
	} else {
		f, err := os.Open(path) //nolint:gosec // the user's own file
		if err != nil {
			return out, unreadable(path, err)
		}
		defer f.Close() //nolint:errcheck // only read
		body, size = f, info.Size()
	}
	b := c.progress(size, "sending "+name, true)
	var j job
	err = s.upload(ctx, http.MethodPost, "/packs", url.Values{"name": {name}}, "application/octet-stream", io.TeeReader(body, b), &j)
	b.end()
	if err != nil {
		return out, err
	}
	if j, err = s.follow(ctx, c, j, "installing"); err != nil {
		return out, err
	}
	if len(j.Result) > 0 {
		if err := jsonx.Unmarshal(j.Result, &out); err != nil {
			return out, err
		}
	}
	out.Path = path
	return out, nil
}

// packFolder writes the JSON files of a folder, which is all that packs consist of.
func packFolder(ctx context.Context, w io.Writer, dir string) error {
	zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(zw)
	base := filepath.Base(filepath.Clean(dir))
	if abs, err := filepath.Abs(dir); err == nil {
		base = filepath.Base(abs) // "." has a name too
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return unreadable(path, err)
		case ctx.Err() != nil:
			return ctx.Err()
		case path != dir && d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(strings.ToLower(d.Name()), ".json"):
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return addFile(tw, base+"/"+filepath.ToSlash(rel), path)
	})
	return errors.Join(err, tw.Close(), zw.Close())
}

func addFile(tw *tar.Writer, name, path string) error {
	body, err := os.ReadFile(path) //nolint:gosec // below the user's folder
	if err != nil {
		return unreadable(path, err)
	}
	if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err = tw.Write(body)
	return err
}

type packsListCmd struct {
	place
	output
	Kind string `help:"Only this kind: warninglist, taxonomy, galaxy, cluster, template, relationships, stix."`
}

// Run implements the command.
func (k packsListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := url.Values{}
		if k.Kind != "" {
			q.Set("kind", k.Kind)
		}
		items, next, err := s.list(ctx, "/packs", q, "", 0)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "kind", "name", "version", "enabled", "category", "entries", "installed")
	})
}

type packNames struct {
	place
	Names []string `arg:"" help:"Names or ids of packs."`
}

type (
	packsEnableCmd  struct{ packNames }
	packsDisableCmd struct{ packNames }
	packsRemoveCmd  struct{ packNames }
)

// ids finds the packs by name.
func (k packNames) act(ctx context.Context, c *console, fn func(s *session, id string) error) error {
	return k.with(ctx, c, need{lists: true}, func(s *session) error {
		return c.each(k.Names, func(name string) error {
			id, err := s.findID(ctx, "/packs", "pack", "name", name)
			if err != nil {
				return err
			}
			return fn(s, id)
		})
	})
}

func (k packNames) enable(ctx context.Context, c *console, on bool) error {
	return k.act(ctx, c, func(s *session, id string) error {
		return s.send(ctx, http.MethodPatch, "/packs", nil, map[string]any{"ids": []string{id}, "enabled": on}, nil)
	})
}

// Run implements the command.
func (k packsEnableCmd) Run(ctx context.Context, c *console) error { return k.enable(ctx, c, true) }

// Run implements the command.
func (k packsDisableCmd) Run(ctx context.Context, c *console) error { return k.enable(ctx, c, false) }

// Run implements the command.
func (k packsRemoveCmd) Run(ctx context.Context, c *console) error {
	return k.act(ctx, c, func(s *session, id string) error {
		return s.send(ctx, http.MethodPost, "/packs/remove", nil, map[string]any{"ids": []string{id}}, nil)
	})
}
