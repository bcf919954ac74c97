package misp

import (
	"bufio"
	"io"
	"iter"
	"time"

	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/id"
	format "github.com/vedette-ti/vedette/internal/misp"
	"github.com/vedette-ti/vedette/internal/observable"
)

// FromExtraction writes values found in a text as one event, as they come. A value comes out once.
func FromExtraction(w io.Writer, values iter.Seq[observable.Value], meta export.Meta) error {
	out := bufio.NewWriter(w)
	now := meta.Generated.UTC().Truncate(time.Second)
	title := meta.Title
	if title == "" {
		title = "Vedette: extracted indicators"
	}
	ev := format.Event{
		UUID: id.V5(namespace(), []byte("extraction\x00"+title+"\x00"+now.Format(time.RFC3339))).String(), Info: title, Date: now.Format(time.DateOnly), Timestamp: now, ThreatLevel: 4, Analysis: 2,
		Org: orgOf(meta.Producer), Orgc: orgOf(meta.Producer),
	}
	head := ev.Append([]byte(`{"Event":`))
	if _, err := out.Write(append(head[:len(head)-1], `,"Attribute":[`...)); err != nil {
		return err
	}
	seen := map[[16]byte]bool{}
	var b []byte
	for v := range values {
		key := v.Key()
		if seen[key] {
			continue
		}
		b = b[:0]
		if len(seen) > 0 {
			b = append(b, ',')
		}
		seen[key] = true
		typ, category := typeOfValue(v)
		a := format.Attribute{
			UUID: id.V5(namespace(), append([]byte(ev.UUID), key[:]...)).String(), Type: typ, Category: category, Value: v.Text, ToIDs: v.Type.Info().ToIDs, Distribution: 5, Timestamp: now,
		}
		if typ == "text" || typ == "other" {
			a.Comment = v.Type.String()
		}
		if _, err := out.Write(a.Append(b)); err != nil {
			return err
		}
	}
	if _, err := out.WriteString("]}}\n"); err != nil {
		return err
	}
	return out.Flush()
}

// namespace is that of UUIDs that we make for what has none: UUIDv5 of the DNS namespace and "vedette.misp".
func namespace() id.UUID {
	dns := id.UUID{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	return id.V5(dns, []byte("vedette.misp"))
}
