package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/backup"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/errs"
)

// backupCmd is a contract: vedette backup FILE.
type backupCmd struct {
	settings
	output
	Data            string   `placeholder:"DIR" help:"Data folder; one that is being served is backed up while it works."`
	File            string   `arg:"" help:"The archive to make; - is standard output."`
	PassphraseStdin bool     `help:"Encrypt by a passphrase from standard input."`
	Recipient       []string `placeholder:"age1…" help:"Encrypt for this recipient of age; may be repeated."`
	Plain           bool     `help:"Do not encrypt. The archive then gives away every key and secret."`
	Force           bool     `help:"Replace an existing file."`
}

// Help is shown below the flags.
func (backupCmd) Help() string {
	return `Everything is in it as of one moment: the store, the queue, stored files, the key file, the configuration file. It restores into SQLite and PostgreSQL, whatever it came from.

Examples:
  vedette backup --data ./data --recipient age1… /backup/vedette.age
  echo "$PASSPHRASE" | vedette backup --data ./data --passphrase-stdin vedette.age`
}

// Run implements the command.
func (k backupCmd) Run(ctx context.Context, c *console) error {
	lock := backup.Lock{Recipients: k.Recipient}
	if k.PassphraseStdin {
		var err error
		if lock.Passphrase, err = secretLine(c.in, "passphrase"); err != nil {
			return err
		}
	}
	if k.Plain && (k.PassphraseStdin || len(k.Recipient) > 0) {
		return errs.New(errs.Invalid, "backup_plain_locked", "Give --plain, or a passphrase or recipients, not both.")
	}
	if !k.Plain {
		if err := lock.Validate(); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(k.File); err == nil && !k.Force && k.File != "-" {
		if info, err := os.Stat(k.File); err == nil && info.Mode().IsRegular() {
			return errs.New(errs.Conflict, "file_exists", "{path} exists already: choose another name, or give --force.", "path", k.File)
		}
	}
	p := place{settings: k.settings, Data: k.Data}
	return p.with(ctx, c, need{}, func(s *session) error {
		resp, err := s.do(ctx, http.MethodPost, app.Control+"backup", nil, "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close() //nolint:errcheck // only read
		b := c.progress(-1, "backing up", true)
		fill := func(w io.Writer) error {
			return k.encrypt(io.MultiWriter(w, b), lock, func(w io.Writer) error { return s.copy(ctx, w, resp.Body) })
		}
		if k.File == "-" {
			err = fill(c.out)
		} else {
			err = writeFile(k.File, 0o600, fill)
		}
		b.end()
		if err != nil || k.File == "-" {
			return err
		}
		return k.print(c)
	})
}

func (k backupCmd) encrypt(w io.Writer, lock backup.Lock, fill func(io.Writer) error) error {
	if k.Plain {
		return fill(w)
	}
	out, err := backup.Encrypt(w, lock)
	if err != nil {
		return err
	}
	return errors.Join(fill(out), out.Close())
}

func (k backupCmd) print(c *console) error {
	info, err := os.Stat(k.File)
	if err != nil {
		return nil // a device
	}
	if k.JSON {
		return printJSON(c, map[string]any{"file": k.File, "size": info.Size(), "encrypted": !k.Plain})
	}
	_, err = fmt.Fprintf(c.out, "%s, %d bytes. Check it with vedette verify.\n", k.File, info.Size())
	return err
}

// unlock are the flags of commands that open an archive.
type unlock struct {
	PassphraseStdin bool   `help:"Read the passphrase from standard input."`
	Identity        string `placeholder:"FILE" help:"File of age identities (AGE-SECRET-KEY-1…)."`
}

// maxIdentities bounds an identity file, in bytes.
const maxIdentities = 1 << 20

// open opens an archive and decrypts it.
func (k unlock) open(c *console, path string) (bare io.Reader, size int64, encrypted bool, done func() error, err error) {
	var u backup.Unlock
	if k.PassphraseStdin {
		if path == "-" {
			return nil, 0, false, nil, errs.New(errs.Invalid, "stdin_twice", "Standard input cannot be both the archive and the passphrase.")
		}
		if u.Passphrase, err = secretLine(c.in, "passphrase"); err != nil {
			return nil, 0, false, nil, err
		}
	}
	if k.Identity != "" {
		b, err := os.ReadFile(k.Identity)
		if err != nil {
			return nil, 0, false, nil, unreadable(k.Identity, err)
		}
		u.Identities = string(b[:min(len(b), maxIdentities)])
	}
	var f io.ReadCloser = io.NopCloser(c.in)
	size = -1
	if path != "-" {
		file, err := os.Open(path) //nolint:gosec // the user's own file
		if err != nil {
			return nil, 0, false, nil, unreadable(path, err)
		}
		if info, err := file.Stat(); err == nil {
			size = info.Size()
		}
		f = file
	}
	b := c.progress(size, "reading", true)
	bare, encrypted, err = backup.Decrypt(io.TeeReader(f, b), u)
	done = func() error { b.end(); return f.Close() }
	if err != nil {
		return nil, 0, encrypted, nil, errors.Join(err, done())
	}
	return bare, size, encrypted, done, nil
}

type verifyCmd struct {
	output
	unlock
	File string `arg:"" help:"The archive; - is standard input."`
}

// Help is shown below the flags.
func (verifyCmd) Help() string {
	return `Reads the whole archive and compares every part, row and file with what was written.

Example:
  vedette verify --identity key.txt /backup/vedette.age`
}

// Run implements the command.
func (k verifyCmd) Run(ctx context.Context, c *console) error {
	bare, _, encrypted, done, err := k.open(c, k.File)
	if err != nil {
		return err
	}
	res, err := backup.Read(ctx, bare, backup.Target{}, nil)
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	return printBackup(c, k.JSON, res, encrypted, "is whole")
}

func printBackup(c *console, asJSON bool, res backup.Result, encrypted bool, what string) error {
	rows := int64(0)
	for _, t := range res.End.Tables {
		rows += t.Rows
	}
	if asJSON {
		return printJSON(c, map[string]any{
			"program": res.Manifest.Program, "created": res.Manifest.Created, "encrypted": encrypted, "store": res.Manifest.Store, "queue": res.Manifest.Queue, "rows": rows,
			"files": res.End.Files, "file_bytes": res.End.FileBytes, "tables": res.End.Tables, "damaged_files": res.End.Damaged, "altered": res.Altered,
		})
	}
	fmt.Fprintf(c.out, "The backup of %s (Vedette %s, %s) %s: %d rows, %d files.\n", text(res.Manifest.Created.Format("2006-01-02T15:04:05Z07:00")), plain(res.Manifest.Program),
		plain(res.Manifest.Store.Engine), what, rows, res.End.Files)
	if n := len(res.End.Damaged); n > 0 {
		fmt.Fprintf(c.err, "vedette: %d stored files were damaged already when the backup was made; they are left out.\n", n)
	}
	if res.Altered > 0 {
		fmt.Fprintf(c.err, "vedette: %d texts held characters that PostgreSQL refuses; they became U+FFFD.\n", res.Altered)
	}
	return nil
}

// restoreCmd is a contract: vedette restore FILE --data DIR.
type restoreCmd struct {
	settings
	output
	unlock
	File     string `arg:"" help:"The archive; - is standard input."`
	Data     string `required:"" placeholder:"DIR" help:"Data folder, which must hold no data."`
	StoreDSN string `name:"store-dsn" placeholder:"DSN" help:"Restore the store into PostgreSQL, e.g. postgres://user@host/vedette; the database must be empty."`
	QueueDSN string `name:"queue-dsn" placeholder:"DSN" help:"Restore the queue into another database than the store's."`
}

// Help is shown below the flags.
func (restoreCmd) Help() string {
	return `Search indexes are made anew. The configuration of the backup is kept as vedette.yaml.restored in the data folder: look it over and rename it.

Examples:
  vedette restore --identity key.txt --data ./restored /backup/vedette.age
  vedette restore --passphrase-stdin --data ./restored --store-dsn postgres://vedette@db/vedette vedette.age < passphrase`
}

// Run implements the command.
func (k restoreCmd) Run(ctx context.Context, c *console) error {
	extra := map[string]string{"data": k.Data, "store.dsn": k.StoreDSN, "queue.dsn": k.QueueDSN}
	if k.StoreDSN != "" {
		extra["store.engine"] = "postgres"
	}
	o, err := k.options(c, extra)
	if err != nil {
		return err
	}
	cfg, _, err := config.Load(o)
	if err != nil {
		return err
	}
	bare, _, encrypted, done, err := k.open(c, k.File)
	if err != nil {
		return err
	}
	b := c.progress(-1, "indexing", false)
	res, err := app.Restore(ctx, app.RestoreOptions{Config: cfg, Log: newLog(c.err, "error", cfg.Log.Format), Progress: func(p backup.Progress) {
		if p.At == "index" {
			b.set(p.Rows)
		}
	}}, bare)
	b.end()
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	if res.Config && !k.JSON {
		fmt.Fprintf(c.err, "vedette: the configuration of the backup is in %s/vedette.yaml.restored.\n", cfg.Data)
	}
	return printBackup(c, k.JSON, res, encrypted, "is restored")
}
