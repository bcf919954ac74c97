package cli

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an API key."`
	List   tokenListCmd   `cmd:"" help:"List API keys."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke API keys."`
}

// tokenCreateCmd is a contract: vedette token create --user E prints the key once, alone on standard output.
type tokenCreateCmd struct {
	place
	output
	User       string   `required:"" placeholder:"EMAIL" help:"Whose key: e-mail address or id."`
	Name       string   `default:"command line" help:"What the key is for."`
	Expires    string   `placeholder:"WHEN" help:"End: a date (2027-01-31), or a time from now (90d, 12h)."`
	Permission []string `help:"Narrow the key to this permission of the role; may be repeated."`
	Address    []string `help:"Address or network from which it may be used; may be repeated."`
}

// Help is shown below the flags.
func (tokenCreateCmd) Help() string {
	return `The key is printed once, alone on standard output; only its hash is kept.

Examples:
  export VEDETTE_KEY=$(vedette token create --data ./data --user ana@example.org)
  vedette token create --data ./data --user soc@example.org --name siem --permission intel.read --address 192.0.2.0/24 --expires 365d`
}

// Run implements the command.
func (k tokenCreateCmd) Run(ctx context.Context, c *console) error {
	in := map[string]any{"name": k.Name}
	if k.Expires != "" {
		t, err := when(k.Expires, time.Now())
		if err != nil {
			return err
		}
		in["expires"] = t.UTC().Format(time.RFC3339)
	}
	if len(k.Permission) > 0 {
		in["permissions"] = k.Permission
	}
	if len(k.Address) > 0 {
		in["addresses"] = k.Address
	}
	return k.with(ctx, c, need{}, func(s *session) error {
		id, err := s.findID(ctx, "/users", "user", "email", k.User)
		if err != nil {
			return err
		}
		var raw jsonx.Raw
		if err := s.send(ctx, http.MethodPost, "/users/"+id+"/keys", nil, in, &raw); err != nil {
			return err
		}
		if k.JSON {
			return printJSON(c, raw)
		}
		_, err = fmt.Fprintln(c.out, text(member(raw, "key")))
		return err
	})
}

// when reads a date or a time from now.
func when(s string, now time.Time) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return now.AddDate(0, 0, n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(d), nil
	}
	return time.Time{}, errs.New(errs.Invalid, "bad_time", "{value} is no end: write a date such as 2027-01-31, or a time from now such as 90d or 12h.", "value", s)
}

type tokenListCmd struct {
	place
	output
	User string `placeholder:"EMAIL" help:"Only this account's."`
}

// Run implements the command.
func (k tokenListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		path := "/keys"
		if k.User != "" {
			id, err := s.findID(ctx, "/users", "user", "email", k.User)
			if err != nil {
				return err
			}
			path = "/users/" + id + "/keys"
		}
		items, next, err := s.list(ctx, path, nil, "", 0)
		if err != nil {
			return err
		}
		if !k.JSON {
			if err := s.owners(ctx, items); err != nil {
				return err
			}
		}
		return c.show(k.JSON, items, next, "id", "user", "name", "prefix", "permissions", "addresses", "expires", "used", "revoked")
	})
}

// owners writes the e-mail of its account into each key where the id stands. Who may not see accounts keeps the id.
func (s *session) owners(ctx context.Context, keys []jsonx.Raw) error {
	users, _, err := s.list(ctx, "/users", nil, "", 0)
	if errs.KindOf(err) == errs.Forbidden {
		return nil
	}
	if err != nil {
		return err
	}
	email := map[string]any{}
	for _, u := range users {
		email[idOf(u)] = member(u, "email")
	}
	for i, raw := range keys {
		var key map[string]any
		if err := jsonx.Unmarshal(raw, &key); err != nil {
			return err
		}
		id, _ := key["user"].(string)
		if name, ok := email[id]; ok {
			key["user"] = name
		}
		if keys[i], err = jsonx.Marshal(key); err != nil {
			return err
		}
	}
	return nil
}

type tokenRevokeCmd struct {
	place
	IDs []string `arg:"" help:"Ids of keys (see token list)."`
}

// Run implements the command.
func (k tokenRevokeCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		return c.each(k.IDs, func(id string) error {
			if !numeric(id) {
				return errs.New(errs.Invalid, "bad_id", "{value} is not the id of a key: see vedette token list.", "value", id)
			}
			return s.send(ctx, http.MethodDelete, "/keys/"+id, nil, nil, nil)
		})
	})
}
