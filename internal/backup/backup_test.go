package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/backup"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/store/postgres"
	"github.com/vedette-ti/vedette/internal/store/queuedb"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
	"github.com/vedette-ti/vedette/internal/store/sqlite"
	"github.com/vedette-ti/vedette/internal/store/storetest"
)

var server = storetest.NewPostgres()

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// place is a store and a queue without Vedette around them.
type place struct {
	store, queue *sqldb.Tables
	files        *blob.Dir
	reopen       func() error // opens both as the program does
}

func onSQLite(t *testing.T) place {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) sqldb.Options {
		e, err := sqlite.OpenEngine(t.Context(), sqlite.Options{Path: filepath.Join(dir, name)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	p := place{store: sqldb.StoreTables(open("v.db")), queue: queuedb.Tables(open("q.db")), files: files(t)}
	p.reopen = func() error {
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "v.db")})
		if err != nil {
			return err
		}
		if err := errors.Join(db.IndexNewValues(t.Context()), db.Close()); err != nil {
			return err
		}
		q, err := queuedb.OpenSQLite(t.Context(), filepath.Join(dir, "q.db"), queuedb.Options{})
		if err != nil {
			return err
		}
		return q.Close()
	}
	return p
}

func onPostgres(t *testing.T) place {
	t.Helper()
	dsn := server.Database(t)
	open := func(schema string) sqldb.Options {
		e, err := postgres.OpenEngine(t.Context(), postgres.Options{DSN: dsn, Schema: schema, Connections: 4})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	p := place{store: sqldb.StoreTables(open("")), queue: queuedb.Tables(open(queuedb.Schema)), files: files(t)}
	p.reopen = func() error {
		db, err := postgres.Open(t.Context(), postgres.Options{DSN: dsn})
		if err != nil {
			return err
		}
		return errors.Join(db.IndexNewValues(t.Context()), db.Close())
	}
	return p
}

func files(t *testing.T) *blob.Dir {
	t.Helper()
	d, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

const rowsPerTable = 150 // over the 64 from which engines insert in another way

// fill puts rows into every column of every table: int columns hold the row's number, so that references hold.
func (p place) fill(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for _, tables := range []*sqldb.Tables{p.store, p.queue} {
		_, newest, err := tables.Version(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := tables.Prepare(ctx, newest); err != nil {
			t.Fatal(err)
		}
		snap, err := tables.Snapshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		columns, kinds := map[string][]string{}, map[string][]string{}
		for _, name := range tables.Names() {
			if columns[name], kinds[name], err = snap.Columns(ctx, name); err != nil {
				t.Fatal(err)
			}
		}
		if err := snap.Close(); err != nil {
			t.Fatal(err)
		}
		sequences := map[string]int64{"change": 9001, "audit": 9002, "dead": 0}
		for _, name := range tables.Names() {
			var rows [][]any
			for i := range int64(rowsPerTable) {
				rows = append(rows, row(name, columns[name], kinds[name], i+1))
			}
			if _, err := tables.Load(ctx, name, columns[name], rows); err != nil {
				t.Fatal(name, err)
			}
		}
		if err := tables.Finish(ctx, sequences); err != nil {
			t.Fatal(err)
		}
	}
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		body := make([]byte, i*100)
		if i == 39 {
			body = make([]byte, 1<<20+1) // larger than what is put in batches
		}
		for j := range body {
			body[j] = byte(noise.Uint32())
		}
		if _, err := p.files.Put(ctx, bytes.NewReader(body), 0); err != nil {
			t.Fatal(err)
		}
	}
}

func row(table string, columns, kinds []string, i int64) []any {
	out := make([]any, len(kinds))
	for c, kind := range kinds {
		switch kind {
		case "int":
			out[c] = i
			if columns[c] == "created" { // beyond what a float holds
				out[c] = 1<<60 + i
			}
		case "text":
			out[c] = fmt.Sprintf("%d %s \"\\\n\x01\x7f\u2028 银狐 👾 =cmd|' /C calc'!A0 </script>", i, columns[c])
			if table == "setting" {
				out[c] = fmt.Sprint(i)
			}
		case "bytes":
			out[c] = fmt.Appendf([]byte{0, 255}, "%d", i)
		case "bool":
			out[c] = i%2 == 0
		}
		if i%5 == 0 && table != "statement" && nullable(columns[c]) {
			out[c] = nil
		}
	}
	return out
}

func nullable(column string) bool {
	switch column {
	case "props", "residue", "first_seen", "last_seen", "text_blob", "detail", "prev_hash", "reviewer", "password", "before", "totp":
		return true
	}
	return false
}

func (p place) source(t *testing.T) backup.Source {
	t.Helper()
	section := func(tables *sqldb.Tables) backup.Section {
		snap, err := tables.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = snap.Close() })
		v, _, err := tables.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return backup.Section{Rows: snap, Engine: tables.Engine(), Version: v}
	}
	return backup.Source{
		Program: "1.2.3", Created: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Store: section(p.store), Queue: section(p.queue),
		Files: p.files, Keys: []byte("key file"), Config: []byte("listen: 127.0.0.1:1"),
	}
}

func (p place) write(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), &b, p.source(t), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (p place) target() backup.Target {
	tables := map[string]*sqldb.Tables{backup.Store: p.store, backup.Queue: p.queue}
	return backup.Target{
		Begin: func(ctx context.Context, m backup.Manifest) error {
			return errors.Join(p.queue.Prepare(ctx, m.Queue.Version), p.store.Prepare(ctx, m.Store.Version))
		},
		Files: p.files,
		Load: func(ctx context.Context, section, table string, columns []string, rows [][]any) (int64, error) {
			return tables[section].Load(ctx, table, columns, rows)
		},
	}
}

func (p place) restore(t *testing.T, archive []byte) backup.Result {
	t.Helper()
	res, err := backup.Read(t.Context(), bytes.NewReader(archive), p.target(), nil)
	if err == nil {
		err = errors.Join(p.queue.Finish(t.Context(), res.End.Sequences[backup.Queue]), p.store.Finish(t.Context(), res.End.Sequences[backup.Store]))
	}
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func (p place) digests(t *testing.T) map[string]backup.Table {
	t.Helper()
	out := map[string]backup.Table{}
	src := p.source(t)
	for name, rows := range map[string]backup.Rows{"store/": src.Store.Rows, "queue/": src.Queue.Rows} {
		d, err := backup.Digests(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		for table, v := range d {
			out[name+table] = v
		}
		seq, err := rows.Sequences(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for table, n := range seq {
			out[name+table+".seq"] = backup.Table{Rows: n}
		}
	}
	return out
}

// A backup moves between the engines and back without losing or changing anything.
func TestBetweenEngines(t *testing.T) {
	first, second, third := onSQLite(t), onPostgres(t), onSQLite(t)
	first.fill(t)
	want := first.digests(t)
	if got := want["store/claim"].Rows; got != rowsPerTable {
		t.Fatalf("claim has %d rows", got)
	}
	second.restore(t, first.write(t))
	if diff := cmp.Diff(want, second.digests(t)); diff != "" {
		t.Errorf("on PostgreSQL: %s", diff)
	}
	res := third.restore(t, second.write(t))
	if diff := cmp.Diff(want, third.digests(t)); diff != "" {
		t.Errorf("back on SQLite: %s", diff)
	}
	if res.Manifest.Store.Engine != "postgres" || res.End.Files != 40 || !res.Config || res.Altered != 0 {
		t.Errorf("result %+v", res)
	}
	for _, p := range []place{second, third} {
		if err := p.reopen(); err != nil {
			t.Errorf("%s does not open again: %v", p.store.Engine(), err)
		}
		if err := p.store.Prepare(t.Context(), res.Manifest.Store.Version); errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s: restoring over data: %v", p.store.Engine(), err)
		}
	}
	var names []string
	if err := third.files.Walk(t.Context(), func(r blob.Ref) error {
		names = append(names, r.SHA256.String())
		return third.files.Verify(t.Context(), r.SHA256)
	}); err != nil || len(names) != 40 {
		t.Errorf("%d files, %v", len(names), err)
	}
}

func TestEveryTableIsCopied(t *testing.T) {
	for _, p := range []place{onSQLite(t), onPostgres(t)} {
		for _, tables := range []*sqldb.Tables{p.store, p.queue} {
			_, newest, err := tables.Version(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := tables.Prepare(t.Context(), newest); err != nil {
				t.Fatal(err)
			}
			left, err := tables.Unlisted(t.Context())
			if err != nil || len(left) > 0 {
				t.Errorf("%s: backups leave out %v, %v: add them to the list in dump.go", tables.Engine(), left, err)
			}
		}
	}
}

// What one engine holds and the other refuses does not stop a restore, and is counted.
func TestTextThatPostgresRefuses(t *testing.T) {
	from, to := onSQLite(t), onPostgres(t)
	from.fill(t)
	if _, err := from.store.Load(t.Context(), "setting", []string{"name", "value"}, [][]any{{"nul", "a\x00b"}, {"bad", "a\xffb"}}); err != nil {
		t.Fatal(err)
	}
	archive := from.write(t)
	if res := to.restore(t, archive); res.Altered != 2 {
		t.Errorf("%d values altered, want 2", res.Altered)
	}
	back := onSQLite(t)
	back.restore(t, archive)
	if diff := cmp.Diff(from.digests(t), back.digests(t)); diff != "" {
		t.Errorf("SQLite to SQLite is not exact: %s", diff)
	}
}

func TestUnfinishedRestoreIsRefused(t *testing.T) {
	from, to := onSQLite(t), onSQLite(t)
	from.fill(t)
	archive := from.write(t)
	if _, err := backup.Read(t.Context(), bytes.NewReader(archive[:len(archive)-200]), to.target(), nil); err == nil {
		t.Fatal("half an archive was taken")
	}
	if err := to.reopen(); err == nil || !strings.Contains(err.Error(), "did not finish") {
		t.Errorf("half a restore opens: %v", err)
	}
}

// Any byte that is changed, missing or added is noticed, whatever the place.
func TestDamage(t *testing.T) {
	p := onSQLite(t)
	p.fill(t)
	archive := p.write(t)
	check := func(b []byte) error {
		_, err := backup.Read(t.Context(), bytes.NewReader(b), backup.Target{}, nil)
		return err
	}
	if err := check(archive); err != nil {
		t.Fatal(err)
	}
	step := len(archive)/60 + 1
	for at := 12; at < len(archive); at += step {
		broken := bytes.Clone(archive)
		broken[at] ^= 0x10
		if err := check(broken); err == nil {
			t.Errorf("a changed byte %d of %d is not noticed", at, len(archive))
		} else if _, ok := errs.As(err); !ok {
			t.Errorf("byte %d: %v is not an error for people", at, err)
		}
		if err := check(archive[:at]); err == nil {
			t.Errorf("an archive cut at %d is not noticed", at)
		} else if _, ok := errs.As(err); !ok {
			t.Errorf("cut at %d: %v is not an error for people", at, err)
		}
	}
	if err := check(append(bytes.Clone(archive), "x"...)); err == nil {
		t.Error("bytes behind the end are not noticed")
	}
	for _, junk := range []string{"", "x", "hello, this is a text", "PK\x03\x04"} {
		if _, _, err := backup.Decrypt(strings.NewReader(junk), backup.Unlock{}); errs.KindOf(err) != errs.Unsupported {
			t.Errorf("%q: %v", junk, err)
		}
	}
}

// A stored file that is damaged does not keep the others from being backed up, and is named.
func TestDamagedFile(t *testing.T) {
	p := onSQLite(t)
	p.fill(t)
	dir := t.TempDir()
	d, err := blob.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // test
	ref, err := d.Put(t.Context(), strings.NewReader("good"), 0)
	if err != nil {
		t.Fatal(err)
	}
	name := ref.SHA256.String()
	if err := os.WriteFile(filepath.Join(dir, name[:2], name[2:4], name), []byte("evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(t.Context(), strings.NewReader("other"), 0); err != nil {
		t.Fatal(err)
	}
	p.files = d
	archive := p.write(t)
	to := onSQLite(t)
	res := to.restore(t, archive)
	if diff := cmp.Diff([]string{name}, res.End.Damaged); diff != "" || res.End.Files != 1 {
		t.Errorf("damaged: %s, %d good files", diff, res.End.Files)
	}
	if _, err := to.files.Stat(t.Context(), ref.SHA256); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the damaged file was restored: %v", err)
	}
}

func TestEncryption(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("\x1f\x8bpretend archive")
	seal := func(l backup.Lock) []byte {
		var b bytes.Buffer
		w, err := backup.Encrypt(&b, l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	open := func(b []byte, u backup.Unlock) (string, error) {
		r, _, err := backup.Decrypt(bytes.NewReader(b), u)
		if err != nil {
			return "", err
		}
		got, err := io.ReadAll(r)
		return string(got), err
	}
	byPass, byKey := seal(backup.Lock{Passphrase: "correct horse battery"}), seal(backup.Lock{Recipients: []string{id.Recipient().String()}})
	if bytes.Contains(byPass, text) || bytes.Contains(byKey, text) {
		t.Error("the text can be read in the encrypted archive")
	}
	for name, c := range map[string]struct {
		archive []byte
		with    backup.Unlock
		code    string
	}{
		"passphrase":       {byPass, backup.Unlock{Passphrase: "correct horse battery"}, ""},
		"wrong passphrase": {byPass, backup.Unlock{Passphrase: "incorrect horse"}, "backup_passphrase_wrong"},
		"no passphrase":    {byPass, backup.Unlock{}, "backup_locked"},
		"identity":         {byKey, backup.Unlock{Identities: "# created\n" + id.String() + "\n"}, ""},
		"other identity":   {byPass, backup.Unlock{Identities: id.String()}, "backup_identity_wrong"},
		"bad identity":     {byKey, backup.Unlock{Identities: "no key"}, "bad_identity"},
		"bare":             {text, backup.Unlock{}, ""},
	} {
		got, err := open(c.archive, c.with)
		e, _ := errs.As(err)
		switch {
		case c.code == "" && (err != nil || got != string(text)):
			t.Errorf("%s: %q, %v", name, got, err)
		case c.code != "" && (e == nil || e.Code != c.code):
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	for name, l := range map[string]backup.Lock{"none": {}, "short": {Passphrase: "short"}, "both": {Passphrase: "correct horse battery", Recipients: []string{"x"}}, "recipient": {Recipients: []string{"age1nope"}}} {
		if err := l.Validate(); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
}
