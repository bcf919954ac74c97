package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

var _ sqldb.Examiner = (*dialect)(nil)

// Examine implements sqldb.Examiner by quick_check, which reads every page of the file.
func (d *dialect) Examine(ctx context.Context, q sqldb.Querier) (about string, broken, weak []string, err error) {
	var version string
	var pages, size, free int64
	for query, into := range map[string]any{
		"SELECT sqlite_version()": &version, "PRAGMA page_count": &pages, "PRAGMA page_size": &size, "PRAGMA freelist_count": &free,
	} {
		if err := q.QueryRowContext(ctx, query).Scan(into); err != nil {
			return "", nil, nil, err
		}
	}
	about = fmt.Sprintf("SQLite %s, %d MiB", version, pages*size>>20)
	if pages > 10_000 && free > pages/2 {
		weak = append(weak, fmt.Sprintf("%d MiB of the file are free: vacuuming would give them back", free*size>>20))
	}
	rows, err := q.QueryContext(ctx, "PRAGMA quick_check(20)")
	if err != nil {
		return about, nil, weak, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return about, nil, weak, err
		}
		if line != "ok" {
			broken = append(broken, strings.TrimSpace(line))
		}
	}
	return about, broken, weak, rows.Err()
}
