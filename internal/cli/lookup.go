package cli

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type lookupCmd struct {
	place
	output
	Values []string `arg:"" optional:"" help:"Values, defanged or not; - or none reads standard input, one a line."`
}

// Help is shown below the flags.
func (lookupCmd) Help() string {
	return `Says of each value whether it is known, where and with which score. With --json one object a line, in the order of the input.

Examples:
  vedette lookup 'evil[.]example' 198.51.100.7
  cut -f3 proxy.log | sort -u | vedette lookup --json - | jq 'select(.known)'`
}

// lookupBatch is how many values one request asks for.
const lookupBatch = 10_000

// Run implements the command.
func (k lookupCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{lists: true}, func(s *session) error {
		var all []jsonx.Raw
		take := func(items []jsonx.Raw) error {
			if !k.JSON {
				all = append(all, items...)
				return nil
			}
			for _, it := range items {
				if _, err := c.out.Write(append(it, '\n')); err != nil {
					return err
				}
			}
			return nil
		}
		if err := k.batches(c, func(values []string) error {
			var p page
			err := s.upload(ctx, http.MethodPost, "/lookup", nil, "text/plain", bytes.NewReader([]byte(strings.Join(values, "\n"))), &p)
			if err != nil {
				return err
			}
			return take(p.Items)
		}); err != nil {
			return err
		}
		if k.JSON {
			return nil
		}
		return printValues(c, all)
	})
}

// batches hands over the values of the command line and of standard input.
func (k lookupCmd) batches(c *console, ask func([]string) error) error {
	var batch []string
	total := 0
	add := func(v string) error {
		if v = strings.TrimSpace(v); v == "" {
			return nil
		}
		batch = append(batch, v)
		if total++; len(batch) < lookupBatch {
			return nil
		}
		err := ask(batch)
		batch = nil
		return err
	}
	values := k.Values
	if len(values) == 0 {
		values = []string{"-"}
	}
	for _, v := range values {
		if v != "-" {
			if err := add(v); err != nil {
				return err
			}
			continue
		}
		in := bufio.NewScanner(c.in)
		in.Buffer(make([]byte, 1<<16), 1<<20)
		for in.Scan() {
			if err := add(in.Text()); err != nil {
				return err
			}
		}
		if err := in.Err(); err != nil {
			return unreadable("standard input", err)
		}
	}
	if total == 0 {
		return errs.New(errs.Invalid, "nothing_to_look_up", "There is nothing to look up: give values, one a line.")
	}
	if len(batch) == 0 {
		return nil
	}
	return ask(batch)
}
