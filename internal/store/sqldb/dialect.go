package sqldb

import (
	"context"
	"strconv"
	"strings"
)

// Dialect is what two engines spell differently. Everything else is shared text.
type Dialect interface {
	Name() string
	// Rebind turns "?" placeholders (outside quotes) into the engine's own.
	Rebind(query string) string
	// Schema returns the words for ${…} in migrations.
	Schema() map[string]string
	// In returns "IN (…)" for a list of numbers and its argument.
	In(ids []int64) (clause string, arg any)
	// InBytes is In for byte strings.
	InBytes(list [][]byte) (clause string, arg any)
	// Allocate advances a named sequence by n and returns the first number. On engines with several
	// writers it works outside the transaction, so that writers do not wait for each other.
	Allocate(ctx context.Context, q Querier, name string, n int64) (first int64, err error)
	// Lock holds a named lock until the end of q's transaction; nothing to do where there is one writer.
	Lock(ctx context.Context, q Querier, name string) error
	// Insert writes many rows into a table by the engine's fastest way, inside q's transaction.
	Insert(ctx context.Context, q Querier, table string, columns []string, rows [][]any) error
	// Translate maps an engine's error to errs (conflict, unavailable); others pass.
	Translate(err error) error
	// Search spells full-text matching.
	Search() SearchDialect
}

// SearchDialect spells full-text search over tokens made by package query.
type SearchDialect interface {
	// IndexReport replaces the tokens (separated by spaces) of a report; empty ones remove it.
	IndexReport(ctx context.Context, q Querier, report int64, title, body string) error
	// MatchReports returns a sub-select of report ids whose text holds all phrases (each a sequence of
	// successive tokens; a last token ending in "*" is a prefix), and its argument.
	MatchReports(phrases [][]string) (query string, arg any)
	// IndexValues adds the values of observables with ids in (after, upTo] to the substring index.
	IndexValues(ctx context.Context, q Querier, after, upTo int64) error
	// ClearValues empties the substring index.
	ClearValues(ctx context.Context, q Querier) error
	// MatchValues returns a sub-select of observable ids whose value contains s (3 bytes or more, any
	// letter case), and its arguments.
	MatchValues(s string) (query string, args []any)
}

// rebindDollar turns "?" into "$1", "$2" … outside single quotes.
func rebindDollar(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n, quoted := 0, false
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Dollar is rebindDollar for dialects that number their placeholders.
func Dollar(query string) string { return rebindDollar(query) }

// where is a conjunction under construction.
type where struct {
	parts []string
	args  []any
}

func (w *where) and(cond string, args ...any) {
	w.parts = append(w.parts, cond)
	w.args = append(w.args, args...)
}

func (w *where) clause() string {
	if len(w.parts) == 0 {
		return "TRUE"
	}
	return strings.Join(w.parts, " AND ")
}

func questions(n int) string {
	if n == 0 {
		return ""
	}
	return strings.Repeat("?,", n-1) + "?"
}
