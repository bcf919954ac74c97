package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

var _ sqldb.Mover = (*dialect)(nil)

// TableNames implements sqldb.Mover.
func (d *dialect) TableNames(ctx context.Context, q sqldb.Querier) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
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

// Hold implements sqldb.Mover: there is one writer, and q is it.
func (d *dialect) Hold(context.Context, sqldb.Querier, []string) error { return nil }

// SnapshotOptions implements sqldb.Mover.
func (d *dialect) SnapshotOptions() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

// Load implements sqldb.Mover.
func (d *dialect) Load(ctx context.Context, q sqldb.Querier, table string, columns []string, rows [][]any) error {
	return d.Insert(ctx, q, table, columns, rows)
}

// Sequence implements sqldb.Mover.
func (d *dialect) Sequence(ctx context.Context, q sqldb.Querier, table string) (int64, error) {
	var n int64
	err := q.QueryRowContext(ctx, "SELECT seq FROM sqlite_sequence WHERE name = ?", table).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// SetSequence implements sqldb.Mover.
func (d *dialect) SetSequence(ctx context.Context, q sqldb.Querier, table string, last int64) error {
	if _, err := q.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", table); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, "INSERT INTO sqlite_sequence(name, seq) VALUES(?, ?)", table, last)
	return err
}
