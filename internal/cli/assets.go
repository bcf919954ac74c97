package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type assetCmd struct {
	List   assetListCmd   `cmd:"" help:"List assets."`
	Add    assetAddCmd    `cmd:"" help:"Add assets."`
	Import assetImportCmd `cmd:"" help:"Import a CSV file."`
	Remove assetRemoveCmd `cmd:"" help:"Take assets out of use."`
}

type assetListCmd struct {
	place
	paging
	Match string `arg:"" optional:"" help:"Part of a value or name."`
	Kind  string `enum:"domain,network,brand,software," default:"" help:"Only this kind: domain, network, brand, software."`
}

// Run implements the command.
func (k assetListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := matching(k.Match)
		if k.Kind != "" {
			q.Set("kind", k.Kind)
		}
		items, next, err := s.list(ctx, "/assets", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "kind", "value", "name", "criticality", "tags", "reports")
	})
}

type assetAddCmd struct {
	place
	output
	Values      []string `arg:"" help:"Domains, networks, CPE names; brands and other software with --kind."`
	Kind        string   `enum:"domain,network,brand,software," default:"" help:"domain, network, brand or software; recognised otherwise."`
	Name        string   `help:"As people call it."`
	Criticality int      `help:"1 low to 4 critical."`
	Tag         []string `sep:"none" help:"Tag; may be repeated."`
}

// Run implements the command.
func (k assetAddCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		var out []jsonx.Raw
		err := c.each(k.Values, func(v string) error {
			in := map[string]any{"value": v, "name": k.Name, "criticality": k.Criticality}
			if k.Kind != "" {
				in["kind"] = k.Kind
			}
			if len(k.Tag) > 0 {
				in["tags"] = k.Tag
			}
			var raw jsonx.Raw
			if err := s.send(ctx, http.MethodPost, "/assets", nil, in, &raw); err != nil {
				return err
			}
			out = append(out, raw)
			return nil
		})
		if len(out) > 0 {
			if e := c.show(k.JSON, out, "", "id", "kind", "value", "name"); e != nil {
				return e
			}
		}
		return err
	})
}

type assetImportCmd struct {
	place
	output
	File   string `arg:"" help:"CSV with a head row: kind, value, name, criticality, tags, comment; - is standard input."`
	DryRun bool   `help:"Only say what would come of it."`
}

// Help is shown below the flags.
func (assetImportCmd) Help() string {
	return `The first row names the columns, in English or Chinese. Bad rows are named with their line, the good ones go in (exit code 3).

Example:
  vedette asset import --data ./data assets.csv`
}

// Run implements the command.
func (k assetImportCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		var r io.Reader = c.in
		if k.File != "-" {
			f, err := os.Open(k.File)
			if err != nil {
				return unreadable(k.File, err)
			}
			defer f.Close() //nolint:errcheck // only read
			r = f
		}
		q := url.Values{}
		if k.DryRun {
			q.Set("dry_run", "true")
		}
		var raw jsonx.Raw
		if err := s.upload(ctx, http.MethodPost, "/assets/import", q, "text/csv", r, &raw); err != nil {
			return err
		}
		var res struct {
			Rows      int `json:"rows"`
			Added     int `json:"added"`
			Updated   int `json:"updated"`
			Unchanged int `json:"unchanged"`
			Failed    int `json:"failed"`
			Errors    []struct {
				Line    int    `json:"line"`
				Column  string `json:"column"`
				Message string `json:"message"`
			} `json:"errors"`
		}
		if err := jsonx.Unmarshal(raw, &res); err != nil {
			return err
		}
		if k.JSON {
			if err := printJSON(c, raw); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(c.out, "%s: %d added, %d updated, %d unchanged, %d refused.\n", plural(res.Rows, "row"), res.Added, res.Updated, res.Unchanged, res.Failed)
			for _, e := range res.Errors {
				fmt.Fprintf(c.err, "%s:%d: %s %s\n", plain(k.File), e.Line, plain(e.Column), plain(e.Message))
			}
		}
		if res.Failed > 0 {
			return partly{errs.New(errs.Invalid, "import_partly", "{count} rows were refused.", "count", res.Failed)}
		}
		return nil
	})
}

type assetRemoveCmd struct {
	place
	Values []string `arg:"" help:"Values or ids."`
}

// Run implements the command.
func (k assetRemoveCmd) Run(ctx context.Context, c *console) error {
	return k.remove(ctx, c, "/assets", "asset", "value", k.Values)
}
