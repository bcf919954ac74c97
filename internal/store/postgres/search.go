package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/vedette-ti/vedette/internal/store/sqldb"
)

type search struct{}

// A tsvector keeps positions up to 16383 and at most 1 MiB in all; later tokens are found, but not in phrases.
const (
	maxPosition = 16383
	maxVector   = 900 << 10
)

func (search) IndexReport(ctx context.Context, q sqldb.Querier, report int64, title, body string) error {
	if title == "" && body == "" {
		_, err := q.ExecContext(ctx, "DELETE FROM report_text WHERE report_id = $1", report)
		return translate(err)
	}
	_, err := q.ExecContext(ctx, `INSERT INTO report_text(report_id, tokens) VALUES($1, $2::tsvector)
		ON CONFLICT(report_id) DO UPDATE SET tokens = excluded.tokens`, report, vector(title, body))
	return translate(err)
}

func vector(title, body string) string {
	var b strings.Builder
	position := 0
	write := func(text, weight string) {
		for token := range strings.FieldsSeq(text) {
			if position < maxPosition {
				position++
			}
			if b.Len() > maxVector {
				return
			}
			b.WriteString(quote(token) + ":" + strconv.Itoa(position) + weight + " ")
		}
	}
	write(title, "A")
	if position < maxPosition {
		position++ // a phrase must not run from the title into the body
	}
	write(body, "")
	return b.String()
}

func quote(token string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(token) + "'"
}

func (search) MatchReports(phrases [][]string) (string, any) {
	var b strings.Builder
	for i, p := range phrases {
		if i > 0 {
			b.WriteString(" & ")
		}
		b.WriteByte('(')
		for j, token := range p {
			if j > 0 {
				b.WriteString(" <-> ")
			}
			if word, ok := strings.CutSuffix(token, "*"); ok {
				b.WriteString(quote(word) + ":*")
			} else {
				b.WriteString(quote(token))
			}
		}
		b.WriteByte(')')
	}
	return "SELECT report_id FROM report_text WHERE tokens @@ ?::tsquery", b.String()
}

// lateIDs is how far back IndexValues looks for ids that were allocated early and committed late.
const lateIDs = 100_000

func (search) IndexValues(ctx context.Context, q sqldb.Querier, after, upTo int64) error {
	_, err := q.ExecContext(ctx, `INSERT INTO observable_text(id, value) SELECT o.id, o.value FROM observable o
		WHERE o.id > $1 AND o.id <= $2 AND NOT EXISTS (SELECT 1 FROM observable_text t WHERE t.id = o.id) ON CONFLICT(id) DO NOTHING`, after-lateIDs, upTo)
	return translate(err)
}

func (search) ClearValues(ctx context.Context, q sqldb.Querier) error {
	_, err := q.ExecContext(ctx, "DELETE FROM observable_text")
	return translate(err)
}

func (search) MatchValues(s string) (string, []any) {
	like := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
	return `SELECT id FROM observable_text WHERE value ILIKE ?`, []any{"%" + like + "%"}
}
