package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" help:"List who did what, newest first."`
	Verify auditVerifyCmd `cmd:"" help:"Check the chain of the whole trail."`
}

type auditListCmd struct {
	place
	paging
	Action  string `help:"This action or those below it: account finds account.create."`
	Outcome string `enum:"ok,denied,failed," default:"" help:"ok, denied or failed."`
	Object  string `help:"Exactly, e.g. 'account 12'."`
}

// Run implements the command.
func (k auditListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		q := url.Values{}
		for name, v := range map[string]string{"action": k.Action, "outcome": k.Outcome, "object": k.Object} {
			if v != "" {
				q.Set(name, v)
			}
		}
		items, next, err := s.list(ctx, "/audit", q, k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "at", "who=actor_name", "via", "address", "action", "object", "outcome", "detail")
	})
}

type auditVerifyCmd struct {
	place
	output
	Head string `placeholder:"LINK:HASH" help:"A head noted elsewhere; the chain must pass through it."`
}

// Run implements the command.
func (k auditVerifyCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		in := map[string]string{}
		if k.Head != "" {
			in["head"] = k.Head
		}
		var raw jsonx.Raw
		if err := s.send(ctx, http.MethodPost, "/audit/verify", nil, in, &raw); err != nil {
			return err
		}
		holds, _ := member(raw, "holds").(bool)
		if k.JSON {
			if err := printJSON(c, raw); err != nil {
				return err
			}
		} else if holds {
			fmt.Fprintf(c.out, "%s links hold. Head: %s\n", text(member(raw, "checked")), text(member(raw, "head")))
		}
		if !holds {
			return errs.New(errs.Conflict, "audit_chain_broken", "{text}", "text", text(member(raw, "problem.detail")))
		}
		return nil
	})
}
