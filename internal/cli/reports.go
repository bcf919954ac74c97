package cli

import (
	"context"
	"net/http"
	"net/url"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type reportCmd struct {
	List    reportListCmd    `cmd:"" help:"List reports."`
	Show    reportShowCmd    `cmd:"" help:"Show a report and its claims."`
	Delete  reportDeleteCmd  `cmd:"" help:"Delete reports; restore brings them back."`
	Restore reportRestoreCmd `cmd:"" help:"Bring deleted reports back."`
}

type reportListCmd struct {
	place
	paging
	Query string `arg:"" optional:"" help:"Search language."`
	Sort  string `enum:"arrived,-arrived,published,-published" default:"arrived" help:"arrived (newest first, default), published; a minus reverses."`
}

// Run implements the command.
func (k reportListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := matching(k.Query)
		q.Set("sort", k.Sort)
		items, next, err := s.list(ctx, "/reports", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "title", "kind", "source=source_name", "tlp=label.tlp", "published", "arrived=created", "progress", "claims=counts.claims")
	})
}

type reportShowCmd struct {
	place
	output
	ID     string `arg:"" help:"Id of the report."`
	Claims bool   `default:"true" negatable:"" help:"Show its claims too."`
}

// Run implements the command.
func (k reportShowCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		path := "/reports/" + url.PathEscape(k.ID)
		var raw jsonx.Raw
		if err := s.get(ctx, path, nil, &raw); err != nil {
			return err
		}
		claims := []jsonx.Raw{}
		if k.Claims {
			list, _, err := s.list(ctx, path+"/claims", nil, "", 0)
			if err != nil {
				return err
			}
			claims = append(claims, list...)
		}
		if k.JSON {
			return printJSON(c, map[string]any{"report": raw, "claims": claims})
		}
		if err := c.one(false, raw, "id", "title", "kind", "summary", "source=source_name", "publisher", "tlp=label.tlp", "published", "arrived=created", "progress", "tags", "version"); err != nil {
			return err
		}
		if len(claims) == 0 {
			return nil
		}
		t := newTable(c, "CLAIM", "STATE", "TYPE", "VALUE", "TO IDS", "PAIN", "COMMENT")
		for _, x := range claims {
			t.add(idOf(x), text(member(x, "state")), text(member(x, "type")), shownValue(x), text(member(x, "to_ids")), text(member(x, "pain")), text(member(x, "comment")))
		}
		return t.print(c.out)
	})
}

// shownValue is a claim's value as it may be seen, defanged.
func shownValue(x jsonx.Raw) string {
	for _, path := range []string{"defanged", "value.defanged", "stated"} {
		if v := text(member(x, path)); v != "" {
			return v
		}
	}
	list, _ := member(x, "values").([]any)
	for _, v := range list {
		if m, _ := v.(map[string]any); m != nil {
			return text(m["defanged"])
		}
	}
	return ""
}

type reportIDs struct {
	place
	IDs []string `arg:"" help:"Ids of reports."`
}

type (
	reportDeleteCmd  struct{ reportIDs }
	reportRestoreCmd struct{ reportIDs }
)

func (k reportIDs) act(ctx context.Context, c *console, method, suffix string) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		return c.each(k.IDs, func(id string) error {
			if !numeric(id) {
				return errs.New(errs.Invalid, "bad_id", "{value} is not the id of a report: see vedette report list.", "value", id)
			}
			return s.send(ctx, method, "/reports/"+id+suffix, nil, nil, nil)
		})
	})
}

// Run implements the command.
func (k reportDeleteCmd) Run(ctx context.Context, c *console) error {
	return k.act(ctx, c, http.MethodDelete, "")
}

// Run implements the command.
func (k reportRestoreCmd) Run(ctx context.Context, c *console) error {
	return k.act(ctx, c, http.MethodPost, "/restore")
}
