// Package csv writes exports as comma-separated values for spreadsheets: a header, one row a claim, cells
// that no spreadsheet takes for a formula.
package csv

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/report"
)

// Format returns the member.
func Format() export.Format {
	return export.Format{Name: "csv", MediaType: "text/csv; charset=utf-8", Extension: ".csv", Scored: true, Write: write}
}

func header() []string {
	return []string{
		"type", "value", "second_value", "stated", "category", "to_ids", "state", "confidence", "score", "publishers", "published", "first_seen", "last_seen", "expires",
		"tlp", "pap", "tags", "comment", "source", "reliability", "report", "report_url", "report_id", "claim_id", "claim_uuid",
	}
}

func write(ctx context.Context, w io.Writer, in export.Input) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	out := csv.NewWriter(buffered)
	if err := out.Write(header()); err != nil {
		return err
	}
	cells := make([]string, 0, len(header()))
	err := in.Rows(ctx, export.ByReport, func(row export.Row) error {
		cells = record(cells[:0], &row)
		for i := range cells {
			cells[i] = safe(cells[i])
		}
		return out.Write(cells)
	})
	if err != nil {
		return err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func record(cells []string, row *export.Row) []string {
	c := &row.Claim
	typ, value, second := c.Type, c.Stated, ""
	if len(c.Parts) > 0 {
		typ, value = c.Parts[0].Value.Type.String(), c.Parts[0].Value.Text
	}
	if len(c.Parts) > 1 {
		second = c.Parts[1].Value.Text
	}
	title, url, reportID := "", "", ""
	if row.Report != nil {
		title, url, reportID = row.Report.Title, row.Report.URL, row.Report.ID.String()
	}
	uuid := ""
	if !c.UUID.IsZero() {
		uuid = c.UUID.String()
	}
	return append(cells, typ, value, second, c.Stated, c.Category, strconv.FormatBool(c.ToIDs), c.State.String(), strconv.Itoa(c.Confidence), count(row.Score), count(row.Publishers),
		stamp(c.Published), stamp(c.FirstSeen), stamp(c.LastSeen), stamp(c.Expires), row.ACL.TLP.String(), row.ACL.PAP.String(), tags(c.Tags), c.Comment,
		row.SourceName, row.Reliability, title, url, reportID, c.ID.String(), uuid)
}

// count leaves figures that were not asked for empty.
func count(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// tags joins the names of tags that are not local.
func tags(list []report.Tag) string {
	var out []string
	for _, t := range list {
		if !t.Local {
			out = append(out, t.Name)
		}
	}
	return strings.Join(out, "; ")
}

// safe keeps a spreadsheet from running a cell: what begins like a formula gets an apostrophe in front.
func safe(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + cell
	}
	if strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") || strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
		return "'" + cell
	}
	return cell
}
