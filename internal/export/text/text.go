// Package text writes exports as plain lists: one value a line, sorted, each once, as machines read it.
package text

import (
	"bufio"
	"context"
	"hash/maphash"
	"io"
	"strings"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/observable"
)

// Format returns the member.
func Format() export.Format {
	return export.Format{Name: "text", MediaType: "text/plain; charset=utf-8", Extension: ".txt", Write: write}
}

// write prints the first value of each row; rows of one value come one after another. Further values of
// composite claims follow theirs and are remembered by eight bytes each, so that they come once. Rules are
// printed whole, other literals not at all.
func write(ctx context.Context, w io.Writer, in export.Input) error {
	out := bufio.NewWriterSize(w, 64<<10)
	seed := maphash.MakeSeed()
	later := map[uint64]struct{}{}
	last := ""
	line := func(text string) error {
		if strings.ContainsAny(text, "\r\n") {
			text = strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
		}
		if _, err := out.WriteString(text); err != nil {
			return err
		}
		return out.WriteByte('\n')
	}
	err := in.Rows(ctx, export.ByValue, func(row export.Row) error {
		c := &row.Claim
		if len(c.Parts) == 0 {
			if t, _ := observable.Parse(c.Type); t.Info().Role == observable.Rule || isRule(c.Type) {
				_, err := out.WriteString(strings.TrimRight(c.Stated, "\n") + "\n\n")
				return err
			}
			return nil
		}
		for i, p := range c.Parts {
			text := p.Value.Text
			key := maphash.String(seed, text)
			if _, known := later[key]; known || i == 0 && text == last {
				continue
			}
			if i == 0 {
				last = text
			} else {
				later[key] = struct{}{}
			}
			if err := line(text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func isRule(typ string) bool {
	switch typ {
	case "yara", "sigma", "snort", "suricata", "zeek", "bro":
		return true
	}
	return false
}
