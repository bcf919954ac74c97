package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

type userCmd struct {
	Create  userCreateCmd  `cmd:"" help:"Make an account."`
	List    userListCmd    `cmd:"" help:"List accounts."`
	Disable userDisableCmd `cmd:"" help:"Lock accounts."`
	Enable  userEnableCmd  `cmd:"" help:"Unlock accounts."`
	Reset   userResetCmd   `cmd:"" help:"Make a link by which somebody sets a new password."`
}

// userCreateCmd is a contract: vedette user create --admin --email E --password-stdin.
type userCreateCmd struct {
	place
	output
	Email         string `required:"" help:"E-mail address, which is the login."`
	Admin         bool   `help:"An administrator."`
	PasswordStdin bool   `help:"Read the password from standard input. Without it the account gets a link to set one."`
	Name          string `help:"Name; the part of the e-mail before the @ otherwise."`
	Org           string `help:"Organisation; made when there is none of this name."`
	Role          string `help:"Name of a role (Analyst otherwise)."`
	Locale        string `enum:"en,zh," default:"" help:"Language: en or zh."`
}

// administrator is the id of the built-in role that may do everything.
const administrator = "1"

// Help is shown below the flags.
func (userCreateCmd) Help() string {
	return `On a fresh data folder this is the whole set-up: no link is needed any more.

Examples:
  echo "$PASSWORD" | vedette user create --data ./data --admin --email ana@example.org --password-stdin
  vedette user create --data ./data --email bo@example.org --role Analyst`
}

// Run implements the command.
func (k userCreateCmd) Run(ctx context.Context, c *console) error {
	password := ""
	if k.PasswordStdin {
		var err error
		if password, err = secretLine(c.in, "password"); err != nil {
			return err
		}
	}
	if k.Admin && k.Role != "" {
		return errs.New(errs.Invalid, "role_twice", "Give --admin or --role, not both.")
	}
	return k.with(ctx, c, need{create: true}, func(s *session) error {
		in := map[string]any{"email": k.Email, "name": k.Name, "locale": k.Locale}
		if k.Name == "" {
			in["name"], _, _ = strings.Cut(k.Email, "@")
		}
		if k.Admin {
			in["role"] = administrator
		}
		if err := k.refer(ctx, s, in, k.Role); err != nil {
			return err
		}
		var made struct {
			Item jsonx.Raw `json:"item"`
			Link struct {
				Token   string `json:"token"`
				Expires string `json:"expires"`
			} `json:"link"`
		}
		if err := s.send(ctx, http.MethodPost, "/users", nil, in, &made); err != nil {
			return err
		}
		if password != "" {
			if made.Link.Token == "" {
				return errs.New(errs.Forbidden, "password_by_key", "The account is made, but an API key sets no passwords: run the command on the data folder, or make a link in the console.")
			}
			if err := s.send(ctx, http.MethodPost, "/links/redeem", nil, map[string]string{"token": made.Link.Token, "password": password}, nil); err != nil {
				return errors.Join(err, s.undo(ctx, made.Item))
			}
			made.Link.Token = ""
		}
		return k.print(c, s, made.Item, made.Link.Token)
	})
}

// undo removes an account whose password was refused, so that the command can be run again.
func (s *session) undo(ctx context.Context, user jsonx.Raw) error {
	return s.send(ctx, http.MethodDelete, "/users/"+idOf(user), nil, nil, nil)
}

func (k userCreateCmd) print(c *console, s *session, user jsonx.Raw, token string) error {
	if k.JSON {
		out := map[string]any{"item": user}
		if token != "" {
			out["link"] = "/link#token=" + token
		}
		return printJSON(c, out)
	}
	fmt.Fprintf(c.out, "%s, %s of %s, has the id %s.\n", plain(text(member(user, "email"))), plain(text(member(user, "role_name"))), plain(text(member(user, "organisation_name"))), idOf(user))
	if token != "" {
		fmt.Fprintf(c.out, "The password is set at /link#token=%s of the console, within a day.\n", token)
	}
	return nil
}

// refer resolves the names of role and organisation.
func (k userCreateCmd) refer(ctx context.Context, s *session, in map[string]any, role string) error {
	if role != "" {
		id, err := s.findID(ctx, "/roles", "role", "name", role)
		if err != nil {
			return err
		}
		in["role"] = id
	}
	if k.Org == "" {
		return nil
	}
	id, err := s.findID(ctx, "/organisations", "organisation", "name", k.Org)
	if errs.KindOf(err) == errs.NotFound {
		id, err = k.organisation(ctx, s)
	}
	in["organisation"] = id
	return err
}

// organisation makes one. On a fresh installation the host organisation takes the name, as in the set-up.
func (k userCreateCmd) organisation(ctx context.Context, s *session) (string, error) {
	var state struct {
		Needed bool `json:"needed"`
	}
	if err := s.get(ctx, "/setup", nil, &state); err != nil {
		return "", err
	}
	var made jsonx.Raw
	if state.Needed {
		const host = "1"
		return host, s.send(ctx, http.MethodPatch, "/organisations/"+host, nil, map[string]string{"name": k.Org}, nil)
	}
	err := s.send(ctx, http.MethodPost, "/organisations", nil, map[string]string{"name": k.Org}, &made)
	return idOf(made), err
}

// maxSecret bounds a password or key that is read, in bytes.
const maxSecret = 4096

// secretLine reads one secret: what a person types without showing it, or the first line of a pipe.
func secretLine(in io.Reader, what string) (string, error) {
	if f, ok := in.(*os.File); ok && isTerminal(f) {
		fmt.Fprintf(os.Stderr, "%s: ", strings.ToUpper(what[:1])+what[1:])
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(os.Stderr)
		return string(b), err
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxSecret+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errs.New(errs.Invalid, "secret_missing", "There is no {what} on standard input.", "what", what)
	}
	if len(line) > maxSecret {
		return "", errs.New(errs.TooLarge, "secret_long", "The {what} on standard input is longer than {limit} bytes.", "what", what, "limit", maxSecret)
	}
	return line, nil
}

type userListCmd struct {
	place
	paging
	Match string `arg:"" optional:"" help:"Part of a name or e-mail."`
}

// Run implements the command.
func (k userListCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		items, next, err := s.list(ctx, "/users", matching(k.Match), k.Cursor, k.Limit)
		if err != nil {
			return err
		}
		return c.show(k.JSON, items, next, "id", "email", "name", "role=role_name", "organisation=organisation_name", "disabled", "totp", "last_login")
	})
}

func matching(part string) url.Values {
	q := url.Values{}
	if part != "" {
		q.Set("q", part)
	}
	return q
}

type userNames struct {
	place
	Users []string `arg:"" help:"E-mail addresses or ids."`
}

type (
	userDisableCmd struct{ userNames }
	userEnableCmd  struct{ userNames }
)

func (k userNames) set(ctx context.Context, c *console, disabled bool) error {
	return k.with(ctx, c, need{}, func(s *session) error {
		return c.each(k.Users, func(name string) error {
			id, err := s.findID(ctx, "/users", "user", "email", name)
			if err != nil {
				return err
			}
			return s.send(ctx, http.MethodPatch, "/users/"+id, nil, map[string]any{"disabled": disabled}, nil)
		})
	})
}

// Run implements the command.
func (k userDisableCmd) Run(ctx context.Context, c *console) error { return k.set(ctx, c, true) }

// Run implements the command.
func (k userEnableCmd) Run(ctx context.Context, c *console) error { return k.set(ctx, c, false) }

type userResetCmd struct {
	place
	output
	User          string `arg:"" help:"E-mail address or id."`
	SecondFactor  bool   `help:"Also remove the second factor, for somebody who lost it."`
	PasswordStdin bool   `help:"Set the password from standard input instead of making a link."`
}

// Run implements the command.
func (k userResetCmd) Run(ctx context.Context, c *console) error {
	password := ""
	if k.PasswordStdin {
		var err error
		if password, err = secretLine(c.in, "password"); err != nil {
			return err
		}
	}
	return k.with(ctx, c, need{}, func(s *session) error {
		id, err := s.findID(ctx, "/users", "user", "email", k.User)
		if err != nil {
			return err
		}
		if k.SecondFactor {
			if err := s.send(ctx, http.MethodPost, "/users/"+id+"/reset-totp", nil, nil, nil); err != nil {
				return err
			}
		}
		var link struct {
			Token   string `json:"token"`
			Expires string `json:"expires"`
		}
		if err := s.send(ctx, http.MethodPost, "/users/"+id+"/link", nil, nil, &link); err != nil {
			return err
		}
		if password != "" {
			return s.send(ctx, http.MethodPost, "/links/redeem", nil, map[string]string{"token": link.Token, "password": password}, nil)
		}
		if k.JSON {
			return printJSON(c, map[string]string{"link": "/link#token=" + link.Token, "expires": link.Expires})
		}
		_, err = fmt.Fprintf(c.out, "The password is set at /link#token=%s of the console, until %s.\n", link.Token, text(link.Expires))
		return err
	})
}
