package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// Examiner is how an engine looks itself over; every Dialect implements it.
type Examiner interface {
	// Examine describes the engine ("SQLite 3.50.4, 12 MiB"), says what is broken in the data and what is weak
	// in the engine's settings.
	Examine(ctx context.Context, q Querier) (about string, broken, weak []string, err error)
}

// Examine looks the engine and the data over. It may take a minute for every 10 GB.
func (t *Tables) Examine(ctx context.Context) (about string, broken, weak []string, err error) {
	e, ok := t.o.Dialect.(Examiner)
	if !ok {
		return "", nil, nil, errors.New("dialect cannot examine its data")
	}
	about, broken, weak, err = e.Examine(ctx, t.o.Read)
	return about, broken, weak, t.o.Dialect.Translate(err)
}

// Counts returns the number of rows of every table.
func (t *Tables) Counts(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, name := range slices.Sorted(slices.Values(t.names)) {
		var n int64
		if err := t.o.Read.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+name).Scan(&n); err != nil {
			return out, t.o.Dialect.Translate(err)
		}
		out[name] = n
	}
	return out, nil
}

// IndexLag is how many changes full-text search has not seen and how many values the substring index lacks.
func (db *DB) IndexLag(ctx context.Context, consumer string) (changes, values int64, err error) {
	last, err := db.LastChange(ctx)
	if err != nil {
		return 0, 0, err
	}
	at, err := db.Position(ctx, consumer)
	if err != nil {
		return 0, 0, err
	}
	from, err := db.Position(ctx, valueConsumer)
	if err != nil {
		return 0, 0, err
	}
	err = db.row(ctx, "SELECT COUNT(*) FROM observable WHERE id > ?", from).Scan(&values)
	return last - at, values, err
}

// ClearValueIndex empties the substring index; IndexNewValues fills it again.
func (db *DB) ClearValueIndex(ctx context.Context) error {
	return db.inTx(ctx, func(ctx context.Context, q Querier) error {
		if err := db.d.Search().ClearValues(ctx, q); err != nil {
			return err
		}
		_, err := db.exec(ctx, "DELETE FROM change_cursor WHERE consumer = ?", valueConsumer)
		return err
	})
}

// ServerTime is the time at the store: the server's on PostgreSQL, ours where the store is a file.
func (db *DB) ServerTime(ctx context.Context) (time.Time, error) {
	if db.d.Name() != "postgres" {
		return db.clock(), nil
	}
	var micros int64
	err := db.row(ctx, "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint").Scan(&micros)
	return fromMicro(micros), db.d.Translate(err)
}

// NewestChange is when the newest change was made; zero when there is none.
func (db *DB) NewestChange(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := db.row(ctx, "SELECT at FROM change ORDER BY seq DESC LIMIT 1").Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return nullMicro(at), db.d.Translate(err)
}
