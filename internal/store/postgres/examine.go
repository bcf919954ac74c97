package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

var _ sqldb.Examiner = (*dialect)(nil)

// minVersion is PostgreSQL 15, as the server numbers itself.
const minVersion = 150000

// Examine implements sqldb.Examiner: the server's version, what its durability hangs on, and indexes that a
// broken build left behind. Pages are the business of the server's own checksums.
func (d *dialect) Examine(ctx context.Context, q sqldb.Querier) (about string, broken, weak []string, err error) {
	shown := map[string]string{}
	for _, name := range []string{"server_version", "server_version_num", "fsync", "full_page_writes", "synchronous_commit", "data_checksums"} {
		var v string
		if err := q.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&v); err != nil {
			return "", nil, nil, err
		}
		shown[name] = v
	}
	var size int64
	if err := q.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&size); err != nil {
		return "", nil, nil, err
	}
	about = fmt.Sprintf("PostgreSQL %s, %d MiB", shown["server_version"], size>>20)
	if n, err := strconv.Atoi(shown["server_version_num"]); err == nil && n < minVersion {
		weak = append(weak, "the server is older than version 15")
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		if shown[name] == "off" {
			weak = append(weak, name+" is off: a power cut can lose what was acknowledged")
		}
	}
	if shown["data_checksums"] == "off" {
		weak = append(weak, "data checksums are off: the server would not notice a rotten disk")
	}
	rows, err := q.QueryContext(ctx, `SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND NOT (i.indisvalid AND i.indisready)`)
	if err != nil {
		return about, nil, weak, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return about, nil, weak, err
		}
		broken = append(broken, "the index "+name+" is invalid: REINDEX INDEX "+name)
	}
	return about, broken, weak, rows.Err()
}
