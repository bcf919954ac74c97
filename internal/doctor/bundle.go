package doctor

import (
	"archive/zip"
	"io"
	"slices"
	"time"
)

// Bundle writes a zip of texts for those who help: findings, settings, counts, never values, names of people
// or keys. Redact takes registered secrets out of every text.
func Bundle(w io.Writer, made time.Time, parts map[string]string, redact func(string) string) error {
	zw := zip.NewWriter(w)
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: made.UTC()})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, redact(parts[name])); err != nil {
			return err
		}
	}
	return zw.Close()
}
