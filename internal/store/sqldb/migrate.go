package sqldb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/id"
)

// Migrations are append-only. NNNN_name.sql is for both engines, NNNN_name.<engine>.sql for one; words in
// ${…} come from the dialect, so that the two schemas cannot drift.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// render returns the migrations of one engine in goose's form.
func render(d Dialect, files fs.FS) (fs.FS, error) {
	entries, err := fs.ReadDir(files, "migrations")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	words := make([]string, 0, 2*len(d.Schema()))
	for name, text := range d.Schema() {
		words = append(words, "${"+name+"}", text)
	}
	replacer := strings.NewReplacer(words...)
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".sql")
		base, engine, only := strings.Cut(name, ".")
		if only && engine != d.Name() {
			continue
		}
		body, err := fs.ReadFile(files, path.Join("migrations", e.Name()))
		if err != nil {
			return nil, err
		}
		text := replacer.Replace(string(body))
		if i := strings.Index(text, "${"); i >= 0 {
			return nil, fmt.Errorf("%s: unknown word %.20q", e.Name(), text[i:])
		}
		out[base+".sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return out, nil
}

func (db *DB) migrate(ctx context.Context) error { return Migrate(ctx, db.d, migrationFiles, db.log) }

// provider knows the migrations of an engine and where it stands.
func provider(d Dialect, files fs.FS) (*goose.Provider, error) {
	files, err := render(d, files)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.Name() == "postgres" {
		dialect = goose.DialectPostgres
	}
	handle, ok := d.(interface{ MigrationHandle() *sql.DB })
	if !ok {
		return nil, errors.New("dialect has no handle for migrations")
	}
	return goose.NewProvider(dialect, handle.MigrationHandle(), files, goose.WithLogger(goose.NopLogger()))
}

// Migrate brings a schema to the newest of the folder "migrations" in files.
func Migrate(ctx context.Context, d Dialect, files fs.FS, log *slog.Logger) error {
	p, err := provider(d, files)
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "store_down", "The store ({engine}) does not answer.", "engine", d.Name())
	}
	if current > target {
		return errs.New(errs.Unsupported, "store_newer",
			"The data was written by a newer Vedette (schema {current}, this one knows {target}): start the newer version or restore a backup.",
			"current", current, "target", target)
	}
	results, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if len(results) > 0 && current > 0 {
		log.InfoContext(ctx, "store migrated", slog.Int64("from", current), slog.Int64("to", target))
	}
	return nil
}

// loadInstance reads the installation's random tag, drawing it the first time.
func (db *DB) loadInstance(ctx context.Context) error {
	var text string
	err := db.row(ctx, "SELECT value FROM setting WHERE name = 'instance'").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		var b [4]byte
		if _, err := rand.Read(b[:]); err != nil {
			return err
		}
		text = strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[:])>>(32-id.InstanceBits)), 10)
		err = db.inTx(ctx, func(ctx context.Context, _ Querier) error {
			if _, err := db.exec(ctx, "INSERT INTO setting(name, value) VALUES('instance', ?) ON CONFLICT(name) DO NOTHING", text); err != nil {
				return err
			}
			return db.row(ctx, "SELECT value FROM setting WHERE name = 'instance'").Scan(&text)
		})
		if err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	n, err := strconv.ParseUint(text, 10, id.InstanceBits)
	db.instance = id.Instance(n)
	return err
}
