package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/tx"
)

// Mover is what engines spell differently when whole tables are copied; every Dialect implements it.
type Mover interface {
	// TableNames lists the tables of the schema without the engine's own.
	TableNames(ctx context.Context, q Querier) ([]string, error)
	// Hold keeps writers of the tables out until the end of q's transaction.
	Hold(ctx context.Context, q Querier, tables []string) error
	// SnapshotOptions begin a transaction that sees one state of the data from its first read on.
	SnapshotOptions() *sql.TxOptions
	// Load inserts rows with every column, also those that the engine fills itself.
	Load(ctx context.Context, q Querier, table string, columns []string, rows [][]any) error
	// Sequence is the last number that the engine drew for the key "seq" of a table; 0 when none was.
	Sequence(ctx context.Context, q Querier, table string) (int64, error)
	SetSequence(ctx context.Context, q Querier, table string, last int64) error
}

// Tables copies a schema row by row, out of a snapshot and into an empty database, for backups that move
// between engines.
type Tables struct {
	o     Options
	files fs.FS
	// names are the tables in the order in which rows can be inserted; drawn are those whose key the engine
	// draws; derived begin the names of tables that are made anew from the others.
	names, drawn, derived []string
	// seeded are tables that a fresh schema may have rows in.
	seeded []string
	// held are the tables whose writers wait while snapshots are opened.
	held []string
}

// storeTables lists every table of the store in the order of their references. A test compares it with the
// schema.
const storeTables = `seq setting organisation role account session api_key team team_member sharing_group sharing_group_org
	login_attempt setup_link saved_view acl publisher source source_state source_run
	observable net_key net_length kin_key listed report delivery document object
	claim claim_value claim_part mention correction entity statement relationship indicator note sighting tag tagging
	asset asset_hit uuid_key alias_id pack playbook channel watch watch_channel watch_hit notice export export_fetch
	change change_cursor consumed reply audit quarantine job lease`

// StoreTables returns the tables of a store that is not open yet (see New), to load them.
func StoreTables(o Options) *Tables {
	return &Tables{
		o: o, files: migrationFiles, names: strings.Fields(storeTables), drawn: []string{"change", "audit"},
		derived: []string{versionTable, "report_text", "observable_text"},
		seeded:  []string{"seq", "setting", "organisation", "role", "acl", "publisher", "change_cursor", "lease"},
		held:    []string{"consumed", "source_state"},
	}
}

// Tables returns the tables of an open store.
func (db *DB) Tables() *Tables {
	return StoreTables(Options{Dialect: db.d, Read: db.read, Runner: db.runner, Log: db.log, Close: func() error { return nil }})
}

// NewTables describes another schema that is kept by the same means: its migrations, its tables in the order
// of their references, those whose key the engine draws, and those that a fresh one has rows in.
func NewTables(o Options, migrations fs.FS, names, drawn, seeded []string) *Tables {
	return &Tables{o: o, files: migrations, names: names, drawn: drawn, derived: []string{versionTable}, seeded: seeded}
}

const (
	versionTable  = "goose_db_version"
	restoreMarker = "restore" // setting of a store that is being loaded
)

func (t *Tables) mover() (Mover, error) {
	m, ok := t.o.Dialect.(Mover)
	if !ok {
		return nil, errors.New("dialect cannot copy tables")
	}
	return m, nil
}

// Names lists the tables in the order in which they are loaded.
func (t *Tables) Names() []string { return slices.Clone(t.names) }

// Engine names the engine.
func (t *Tables) Engine() string { return t.o.Dialect.Name() }

// Version is the schema's, and newest the one this program knows.
func (t *Tables) Version(ctx context.Context) (current, newest int64, err error) {
	p, err := provider(t.o.Dialect, t.files)
	if err != nil {
		return 0, 0, err
	}
	return p.GetVersions(ctx)
}

// Hold runs fn while no effect of a message and no position of a source can be committed, so that snapshots
// of the store and the queue opened in fn fit together: a message is in one of them at least.
func (t *Tables) Hold(ctx context.Context, fn func(ctx context.Context) error) error {
	m, err := t.mover()
	if err != nil {
		return err
	}
	return t.o.Runner.Run(tx.Bulk(ctx), func(ctx context.Context, q Querier) error {
		if err := m.Hold(ctx, q, t.held); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// Snapshot is one state of all tables. It is for one goroutine.
type Snapshot struct {
	t *Tables
	m Mover
	q *sql.Tx
}

// Snapshot opens one. The caller closes it.
func (t *Tables) Snapshot(ctx context.Context) (*Snapshot, error) {
	m, err := t.mover()
	if err != nil {
		return nil, err
	}
	q, err := t.o.Read.BeginTx(ctx, m.SnapshotOptions())
	if err != nil {
		return nil, t.o.Dialect.Translate(err)
	}
	s := &Snapshot{t: t, m: m, q: q}
	var n int64 // the first read fixes the state
	if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t.names[0]).Scan(&n); err != nil {
		return nil, errors.Join(t.o.Dialect.Translate(err), s.Close())
	}
	return s, nil
}

// Close ends the snapshot.
func (s *Snapshot) Close() error {
	if err := s.q.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// Names lists the tables in the order in which they are loaded.
func (s *Snapshot) Names() []string { return s.t.Names() }

// Sequences are the last numbers that the engine drew, by table.
func (s *Snapshot) Sequences(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, table := range s.t.drawn {
		n, err := s.m.Sequence(ctx, s.q, table)
		if err != nil {
			return nil, err
		}
		out[table] = n
	}
	return out, nil
}

// Columns returns the names of a table's columns and their kinds: int, text, bytes or bool.
func (s *Snapshot) Columns(ctx context.Context, table string) (names, kinds []string, err error) {
	return columnsOf(ctx, s.q, table)
}

func columnsOf(ctx context.Context, q Querier, table string) (names, kinds []string, err error) {
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+table+" WHERE FALSE")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	for _, c := range types {
		kind := ""
		switch c.DatabaseTypeName() {
		case "INTEGER", "BIGINT", "SMALLINT", "INT8", "INT4", "INT2":
			kind = "int"
		case "TEXT":
			kind = "text"
		case "BLOB", "BYTEA":
			kind = "bytes"
		case "BOOLEAN", "BOOL":
			kind = "bool"
		default:
			return nil, nil, fmt.Errorf("table %s: column %s has the type %s, which backups do not know", table, c.Name(), c.DatabaseTypeName())
		}
		names, kinds = append(names, c.Name()), append(kinds, kind)
	}
	return names, kinds, rows.Err()
}

// Rows calls fn for every row of a table, in no order, with nil, int64, string, []byte or bool for its
// columns; they are valid until fn returns.
func (s *Snapshot) Rows(ctx context.Context, table string, columns []string, fn func(values []any) error) error {
	names, kinds, err := columnsOf(ctx, s.q, table)
	if err != nil {
		return s.t.o.Dialect.Translate(err)
	}
	kind := make([]string, len(columns))
	for i, c := range columns {
		if at := slices.Index(names, c); at >= 0 {
			kind[i] = kinds[at]
		}
	}
	rows, err := s.q.QueryContext(ctx, "SELECT "+strings.Join(columns, ",")+" FROM "+table)
	if err != nil {
		return s.t.o.Dialect.Translate(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			values[i] = ofKind(v, kind[i])
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return s.t.o.Dialect.Translate(rows.Err())
}

// ofKind evens out what engines return: SQLite has no booleans and keeps bytes in a column of text.
func ofKind(v any, kind string) any {
	switch v := v.(type) {
	case int64:
		if kind == "bool" {
			return v != 0
		}
	case []byte:
		if kind == "text" {
			return string(v)
		}
	}
	return v
}

// Prepare makes the schema of a version in a database without data and marks it as unfinished.
func (t *Tables) Prepare(ctx context.Context, version int64) error {
	m, err := t.mover()
	if err != nil {
		return err
	}
	p, err := provider(t.o.Dialect, t.files)
	if err != nil {
		return err
	}
	current, newest, err := p.GetVersions(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "store_down", "The store ({engine}) does not answer.", "engine", t.Engine())
	}
	if version > newest {
		return errs.New(errs.Unsupported, "backup_newer",
			"The backup was made by a newer Vedette (schema {version}, this one knows {newest}): restore it with the newer version.", "version", version, "newest", newest)
	}
	if current > version {
		return errs.New(errs.Conflict, "restore_target_newer", "The target has a newer schema ({current}) than the backup ({version}): restore into an empty database.",
			"current", current, "version", version)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return t.o.Runner.Run(tx.Bulk(ctx), func(ctx context.Context, q Querier) error { return t.clear(ctx, m, q) })
}

// clear removes what a fresh schema begins with and refuses to remove anything else.
func (t *Tables) clear(ctx context.Context, m Mover, q Querier) error {
	there, err := m.TableNames(ctx, q)
	if err != nil {
		return err
	}
	there = slices.DeleteFunc(there, t.isDerived)
	for _, table := range there {
		if slices.Contains(t.seeded, table) {
			continue
		}
		var some bool
		if err := q.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+")").Scan(&some); err != nil {
			return err
		}
		if some {
			return errs.New(errs.Conflict, "restore_not_empty", "The target holds data already (table {table}): restore into an empty folder or database.", "table", table)
		}
	}
	for _, table := range slices.Backward(t.names) {
		if slices.Contains(there, table) && slices.Contains(t.seeded, table) {
			if _, err := q.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
	}
	if slices.Contains(there, "setting") {
		_, err = q.ExecContext(ctx, "INSERT INTO setting(name, value) VALUES('"+restoreMarker+"', 'unfinished')")
	}
	return err
}

func (t *Tables) isDerived(table string) bool {
	return slices.ContainsFunc(t.derived, func(d string) bool { return table == d || strings.HasPrefix(table, d+"_") })
}

// Load inserts rows of a table; their values are as Snapshot.Rows gives them. What the engine cannot hold in
// text (bytes that are not UTF-8, NUL, which PostgreSQL refuses) becomes U+FFFD; altered counts such values.
func (t *Tables) Load(ctx context.Context, table string, columns []string, rows [][]any) (altered int64, err error) {
	m, err := t.mover()
	if err != nil {
		return 0, err
	}
	if !slices.Contains(t.names, table) {
		return 0, errs.New(errs.Unsupported, "backup_table_unknown", "The backup has a table {table} that this version does not know.", "table", table)
	}
	if t.Engine() == "postgres" {
		altered = cleanText(rows)
	}
	return altered, t.o.Runner.Run(tx.Bulk(ctx), func(ctx context.Context, q Querier) error {
		have, _, err := columnsOf(ctx, q, table)
		if err != nil {
			return t.o.Dialect.Translate(err)
		}
		for _, c := range columns {
			if !slices.Contains(have, c) {
				return errs.New(errs.Unsupported, "backup_column_unknown", "The backup has a column {table}.{column} that this version does not know.", "table", table, "column", c)
			}
		}
		if err := m.Load(ctx, q, table, columns, rows); err != nil {
			return fmt.Errorf("load %s: %w", table, t.o.Dialect.Translate(err))
		}
		return nil
	})
}

func cleanText(rows [][]any) (altered int64) {
	for _, r := range rows {
		for i, v := range r {
			s, ok := v.(string)
			if !ok {
				continue
			}
			if clean := strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"); clean != s {
				r[i] = clean
				altered++
			}
		}
	}
	return altered
}

// Finish sets what the engine draws from, brings the schema to the newest version and takes the mark away.
// Text and substring indexes are empty afterwards.
func (t *Tables) Finish(ctx context.Context, sequences map[string]int64) error {
	m, err := t.mover()
	if err != nil {
		return err
	}
	err = t.o.Runner.Run(tx.Bulk(ctx), func(ctx context.Context, q Querier) error {
		for _, table := range t.drawn {
			if err := m.SetSequence(ctx, q, table, sequences[table]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := Migrate(ctx, t.o.Dialect, t.files, t.log()); err != nil {
		return err
	}
	if !slices.Contains(t.names, "change_cursor") {
		return nil
	}
	return t.o.Runner.Run(tx.Bulk(ctx), func(ctx context.Context, q Querier) error {
		if _, err := q.ExecContext(ctx, "DELETE FROM change_cursor WHERE consumer = '"+valueConsumer+"'"); err != nil {
			return err
		}
		_, err := q.ExecContext(ctx, "DELETE FROM setting WHERE name = '"+restoreMarker+"'")
		return err
	})
}

func (t *Tables) log() *slog.Logger {
	if t.o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return t.o.Log
}

// checkRestored refuses a store whose restore did not finish.
func (db *DB) checkRestored(ctx context.Context) error {
	_, err := db.Setting(ctx, restoreMarker)
	switch {
	case err == nil:
		return errs.New(errs.Unavailable, "restore_unfinished", "A restore into this store did not finish: empty the database and restore the backup again.")
	case errs.KindOf(err) == errs.NotFound:
		return nil
	}
	return err
}

// Unlisted returns the tables of the schema that a copy would leave out; a test keeps it empty.
func (t *Tables) Unlisted(ctx context.Context) ([]string, error) {
	m, err := t.mover()
	if err != nil {
		return nil, err
	}
	there, err := m.TableNames(ctx, t.o.Read)
	return slices.DeleteFunc(there, func(name string) bool { return t.isDerived(name) || slices.Contains(t.names, name) }), err
}
