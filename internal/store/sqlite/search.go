package sqlite

import (
	"context"
	"strings"

	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

type search struct{}

func (search) IndexReport(ctx context.Context, q sqldb.Querier, report int64, title, body string) error {
	if _, err := q.ExecContext(ctx, "DELETE FROM report_text WHERE rowid = ?", report); err != nil {
		return err
	}
	if title == "" && body == "" {
		return nil
	}
	_, err := q.ExecContext(ctx, "INSERT INTO report_text(rowid, title, body) VALUES(?,?,?)", report, title, body)
	return err
}

func (search) MatchReports(phrases [][]string) (string, any) {
	var b strings.Builder
	for i, p := range phrases {
		if i > 0 {
			b.WriteString(" AND ")
		}
		text := strings.Join(p, " ")
		prefix := strings.HasSuffix(text, "*")
		b.WriteString(`"` + strings.ReplaceAll(strings.TrimSuffix(text, "*"), `"`, "") + `"`)
		if prefix {
			b.WriteByte('*')
		}
	}
	return "SELECT rowid FROM report_text WHERE report_text MATCH ?", b.String()
}

func (search) IndexValues(ctx context.Context, q sqldb.Querier, after, upTo int64) error {
	_, err := q.ExecContext(ctx, "INSERT INTO observable_text(rowid, value) SELECT id, value FROM observable WHERE id > ? AND id <= ?", after, upTo)
	return err
}

func (search) ClearValues(ctx context.Context, q sqldb.Querier) error {
	_, err := q.ExecContext(ctx, "INSERT INTO observable_text(observable_text) VALUES('delete-all')")
	return err
}

// MatchValues asks the trigram index, whose detail=none form answers with candidates, and checks them.
func (search) MatchValues(s string) (string, []any) {
	return `SELECT id FROM observable WHERE id IN (SELECT rowid FROM observable_text WHERE observable_text MATCH ?) AND instr(lower(value), lower(?)) > 0`,
		[]any{trigrams(s), s}
}

// trigrams writes the conjunction of a string's trigrams, as detail=none has no phrases.
func trigrams(s string) string {
	r := []rune(s)
	var parts []string
	for i := 0; i+3 <= len(r); i++ {
		parts = append(parts, `"`+strings.ReplaceAll(string(r[i:i+3]), `"`, `""`)+`"`)
	}
	return strings.Join(parts, " AND ")
}
