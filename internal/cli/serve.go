package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/config"
)

// serveCmd is a contract: vedette serve --data DIR --listen HOST:PORT.
type serveCmd struct {
	settings
	Data   string `placeholder:"DIR" help:"Folder of the database, files and keys; made at the first start."`
	Listen string `placeholder:"HOST:PORT" help:"Where to listen (default 127.0.0.1:8320)."`
	NoOpen bool   `help:"Do not open a browser with the set-up link."`
}

func (s serveCmd) Run(ctx context.Context, c *console) error {
	started := time.Now()
	o, err := s.options(c, map[string]string{"data": s.Data, "listen": s.Listen})
	if err != nil {
		return err
	}
	cfg, origins, err := config.Load(o)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, c, o, cfg, origins, false)
	if err != nil {
		return err
	}
	srv, err := a.Listen(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	a.Start(ctx)
	link, err := a.SetupLink(ctx, srv.URL())
	if err != nil {
		return errors.Join(err, srv.Stop(), a.Close())
	}
	fmt.Fprintf(c.err, "\n  Vedette %s · %s\n", app.Version, srv.URL())
	if link != "" {
		fmt.Fprintf(c.err, "  Set it up (once, within 30 minutes): %s\n", link)
		if !s.NoOpen {
			openBrowser(c, link)
		}
	}
	fmt.Fprintf(c.err, "  Data in %s · ready after %s · Ctrl+C stops\n\n", cfg.Data, time.Since(started).Round(time.Millisecond))
	return errors.Join(srv.Serve(ctx), a.Close())
}

// Help is shown below the flags.
func (serveCmd) Help() string {
	return `The first start prints a one-time set-up link, and opens it where there is a desktop.

Examples:
  vedette serve --data ./data
  vedette serve --data /data --listen 0.0.0.0:8443 --set tls.cert=cert.pem --set tls.key=key.pem`
}

// openBrowser shows the link where there is a desktop; elsewhere the printed one is enough.
func openBrowser(c *console, link string) {
	program := ""
	switch {
	case runtime.GOOS == "darwin":
		program = "open"
	case c.env["DISPLAY"] != "" || c.env["WAYLAND_DISPLAY"] != "":
		program = "xdg-open"
	}
	if program == "" || !isTerminal(os.Stderr) {
		return
	}
	cmd := exec.Command(program, link) //nolint:gosec // our own link
	if err := cmd.Start(); err == nil {
		go func() { _ = cmd.Wait() }()
	}
}
