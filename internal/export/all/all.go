// Package all lists the formats of exports. It is wiring: the one place that knows every member.
package all

import (
	"github.com/vedette-ti/vedette/internal/export"
	"github.com/vedette-ti/vedette/internal/export/csv"
	"github.com/vedette-ti/vedette/internal/export/misp"
	"github.com/vedette-ti/vedette/internal/export/ndjson"
	"github.com/vedette-ti/vedette/internal/export/stix21"
	"github.com/vedette-ti/vedette/internal/export/text"
)

// List returns all formats, the usual ones first.
func List() []export.Format {
	return []export.Format{stix21.Format(), misp.Format(), csv.Format(), text.Format(), ndjson.Format()}
}

// Find returns a format by its name.
func Find(name string) (export.Format, bool) {
	for _, f := range List() {
		if f.Name == name {
			return f, true
		}
	}
	return export.Format{}, false
}
