package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

var _ sqldb.Mover = (*dialect)(nil)

// TableNames implements sqldb.Mover.
func (d *dialect) TableNames(ctx context.Context, q sqldb.Querier) ([]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// Hold implements sqldb.Mover. A share lock waits for writers and keeps others waiting; readers go on. Should
// it meet a writer in a deadlock, the server ends one of them and both are tried again.
func (d *dialect) Hold(ctx context.Context, q sqldb.Querier, tables []string) error {
	for _, t := range tables {
		if _, err := q.ExecContext(ctx, "LOCK TABLE "+pgx.Identifier{t}.Sanitize()+" IN SHARE MODE"); err != nil {
			return translate(err)
		}
	}
	return nil
}

// SnapshotOptions implements sqldb.Mover.
func (d *dialect) SnapshotOptions() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// Load implements sqldb.Mover: COPY writes identity columns as they come.
func (d *dialect) Load(ctx context.Context, q sqldb.Querier, table string, columns []string, rows [][]any) error {
	c, ok := q.(conn)
	if !ok {
		return errors.New("postgres: load needs a transaction")
	}
	return c.raw.Raw(func(driverConn any) error {
		pc, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("postgres: unexpected driver connection %T", driverConn)
		}
		_, err := pc.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return translate(err)
	})
}

// Sequence implements sqldb.Mover.
func (d *dialect) Sequence(ctx context.Context, q sqldb.Querier, table string) (int64, error) {
	var n sql.NullInt64
	err := q.QueryRowContext(ctx, "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, 'seq')::regclass)", table).Scan(&n)
	return n.Int64, translate(err)
}

// SetSequence implements sqldb.Mover.
func (d *dialect) SetSequence(ctx context.Context, q sqldb.Querier, table string, last int64) error {
	var n int64
	err := q.QueryRowContext(ctx, "SELECT setval(pg_get_serial_sequence($1, 'seq')::regclass, GREATEST($2::bigint, 1), $2::bigint > 0)", table, last).Scan(&n)
	return translate(err)
}
