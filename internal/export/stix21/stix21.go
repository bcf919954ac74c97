// Package stix21 writes exports as one STIX 2.1 bundle. It owns no mapping: translate/stix has it.
package stix21

import (
	"bufio"
	"context"
	"io"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/translate/stix"
)

// Format returns the member.
func Format() export.Format {
	return export.Format{Name: "stix21", MediaType: "application/stix+json;version=2.1", Extension: ".json", Write: write}
}

func write(ctx context.Context, w io.Writer, in export.Input) error {
	out := bufio.NewWriterSize(w, 64<<10)
	b := stix.NewWriter(out, in.Meta, in.Statements != nil)
	if err := in.Rows(ctx, export.ByReport, b.Row); err != nil {
		return err
	}
	if err := b.Statements(ctx, in.Statements); err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	return out.Flush()
}
