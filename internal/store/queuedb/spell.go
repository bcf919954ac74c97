package queuedb

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

// spelling is what the engines spell differently beyond sqldb.Dialect.
type spelling struct {
	// forUpdate locks the rows of a SELECT, skipLocked leaves out those that others hold, forUpdateD locks
	// those of the alias d in the order of keys. All are empty where there is one writer.
	forUpdate, skipLocked, forUpdateD string
	inText                            func(list []string) (clause string, arg any, err error)
	// pairs is a table expression p with the columns k and f, and the word that joins it so that it is
	// walked first: there are few pairs and many deliveries.
	pairs func(keys, fences []int64) (tableAndJoin string, args []any)
	// relaxed, run in a transaction, lets its commit return before the sync: for leases, which may be lost.
	relaxed string
}

func sqliteSpelling() spelling {
	return spelling{
		inText: func(list []string) (string, any, error) {
			text, err := jsonx.Marshal(list)
			return "IN (SELECT value FROM json_each(?))", string(text), err
		},
		pairs: func(keys, fences []int64) (string, []any) {
			var b strings.Builder
			b.WriteByte('[')
			for i := range keys {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteByte('[')
				b.WriteString(strconv.FormatInt(keys[i], 10))
				b.WriteByte(',')
				b.WriteString(strconv.FormatInt(fences[i], 10))
				b.WriteByte(']')
			}
			b.WriteByte(']')
			return "(SELECT value ->> 0 AS k, value ->> 1 AS f FROM json_each(?)) p CROSS JOIN", []any{b.String()}
		},
	}
}

func postgresSpelling() spelling {
	return spelling{
		forUpdate: " FOR UPDATE", skipLocked: " FOR UPDATE SKIP LOCKED", forUpdateD: " ORDER BY d.key FOR UPDATE OF d",
		inText: func(list []string) (string, any, error) { return "= ANY(?)", list, nil },
		pairs: func(keys, fences []int64) (string, []any) {
			return "UNNEST(?::bigint[], ?::bigint[]) AS p(k, f) JOIN", []any{keys, fences}
		},
		relaxed: "SET LOCAL synchronous_commit = off",
	}
}

// querier runs statements written with "?" placeholders.
type querier struct {
	sqldb.Querier
	d sqldb.Dialect
	e spelling
}

// tx runs fn in one write transaction; on disk when it returns nil.
func (db *DB) tx(ctx context.Context, fn func(ctx context.Context, q querier) error) error {
	return db.runner.Run(ctx, func(ctx context.Context, q sqldb.Querier) error {
		return fn(ctx, querier{Querier: q, d: db.d, e: db.e})
	})
}

func (db *DB) reader() querier { return querier{Querier: db.read, d: db.d, e: db.e} }

func (q querier) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := q.ExecContext(ctx, q.d.Rebind(query), args...)
	if err != nil {
		return 0, q.d.Translate(err)
	}
	return res.RowsAffected()
}

func (q querier) row(ctx context.Context, query string, args ...any) *sql.Row {
	return q.QueryRowContext(ctx, q.d.Rebind(query), args...)
}

// errStop ends a walk over rows early; each does not return it.
var errStop = errors.New("enough")

func (q querier) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, q.d.Rebind(query), args...)
	if err != nil {
		return q.d.Translate(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		if err := scan(rows); errors.Is(err, errStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return q.d.Translate(rows.Err())
}

// keys runs a query of one number column.
func (q querier) keys(ctx context.Context, query string, args ...any) ([]int64, error) {
	var out []int64
	err := q.each(ctx, query, args, func(rows *sql.Rows) error {
		var k int64
		err := rows.Scan(&k)
		out = append(out, k)
		return err
	})
	return out, err
}

func (q querier) insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	return q.d.Insert(ctx, q.Querier, table, columns, rows)
}

func (q querier) lock(ctx context.Context, name string) error {
	return q.d.Lock(ctx, q.Querier, "queue."+name)
}
