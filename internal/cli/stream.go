package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/vedette-ti/vedette/internal/jsonx"
)

// ndjson calls fn for every line of JSON.
func ndjson(r io.Reader, fn func(jsonx.Raw) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := fn(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
