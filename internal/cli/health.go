package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// healthCmd asks a running server; it never opens the data folder itself.
type healthCmd struct {
	settings
	output
	Data    string        `placeholder:"DIR" help:"Data folder of the server."`
	Server  string        `placeholder:"URL" help:"The server."`
	Timeout time.Duration `default:"5s" help:"How long to wait."`
}

// Help is shown below the flags.
func (healthCmd) Help() string {
	return `Exit code 0 when the server is ready, 5 when not. With --data it asks through the control socket.

Example:
  HEALTHCHECK CMD ["vedette", "health", "--data", "/data"]`
}

// Run implements the command.
func (k healthCmd) Run(ctx context.Context, c *console) error {
	ctx, cancel := context.WithTimeout(ctx, k.Timeout)
	defer cancel()
	s, err := k.server(ctx, c)
	if err != nil {
		return err
	}
	defer s.close() //nolint:errcheck // only idle connections
	resp, err := s.do(ctx, http.MethodGet, "/readyz", nil, "", nil)
	if ctx.Err() != nil {
		return errs.New(errs.Unavailable, "server_unreachable", "{where} cannot be reached: {reason}.", "where", s.where, "reason", "it does not answer in time")
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	var state struct {
		Ready    bool              `json:"ready"`
		Problems map[string]string `json:"problems"`
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err == nil {
		err = jsonx.Unmarshal(b, &state)
	}
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "not_vedette", "{where} does not answer as Vedette does.", "where", s.where)
	}
	if k.JSON {
		if err := printJSON(c, state); err != nil {
			return err
		}
	}
	if !state.Ready {
		var list []string
		for _, part := range slices.Sorted(mapKeys(state.Problems)) {
			list = append(list, part+": "+state.Problems[part])
		}
		return errs.New(errs.Unavailable, "not_ready", "{where} is not ready: {reasons}", "where", s.where, "reasons", strings.Join(list, "; "))
	}
	if !k.JSON {
		_, err = fmt.Fprintln(c.out, "ready")
	}
	return err
}

func (k healthCmd) server(ctx context.Context, c *console) (*session, error) {
	p := place{settings: k.settings, Server: k.Server}
	if k.Server != "" || k.Data == "" && c.env["VEDETTE_SERVER"] != "" {
		if p.Server == "" {
			p.Server = c.env["VEDETTE_SERVER"]
		}
		return p.remote(c, p.Server)
	}
	o, err := p.options(c, map[string]string{"data": k.Data})
	if err != nil {
		return nil, err
	}
	cfg, _, err := config.Load(o)
	if err != nil {
		return nil, err
	}
	if s := socket(ctx, cfg.Data); s != nil {
		return s, nil
	}
	return nil, errs.New(errs.Unavailable, "not_served", "{path} is not being served.", "path", cfg.Data)
}
