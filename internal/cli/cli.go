// Package cli owns the command line: its grammar, its exit codes and how results are printed. It owns no
// rule: every command but serve, extract and config speaks the REST API, to a server (--server), to the
// control socket of a data folder that is being served, or to the API opened in this process on a data folder
// (--data).
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/errs"
	parserall "github.com/vedette-ti/vedette/internal/parser/all"
	"github.com/vedette-ti/vedette/internal/sandbox"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // the work failed
	exitUsage       = 2 // the command line is wrong
	exitPartly      = 3 // some items were refused, the others are done
	exitForbidden   = 4 // not logged in, or not allowed
	exitUnavailable = 5 // the server or store does not answer
)

// grammar is the command line.
type grammar struct {
	Serve   serveCmd   `cmd:"" help:"Serve the console and the API."`
	Extract extractCmd `cmd:"" help:"Find indicators in files or standard input."`
	Config  configCmd  `cmd:"" help:"Check and show the configuration."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      map[string]string
	terminal bool // out is a terminal
}

// partly is returned by commands that did a part of the work.
type partly struct{ error }

// Main runs the command line of this process and returns its exit code.
func Main() int {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Argument {
		if err := sandbox.Child(os.Stdin, os.Stdout, parserall.List()); err != nil {
			return exitFailed
		}
		return exitOK
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	env := map[string]string{}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return Run(ctx, os.Args[1:], &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: env, terminal: isTerminal(os.Stdout)})
}

// Run runs one command line.
func Run(ctx context.Context, args []string, c *console) int {
	var g grammar
	code := -1
	p, err := kong.New(&g,
		kong.Name("vedette"), kong.Description("Vedette (前哨): an open threat intelligence platform."),
		kong.Writers(c.out, c.err), kong.UsageOnError(), kong.Exit(func(n int) { code = n }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c),
	)
	if err != nil {
		fmt.Fprintln(c.err, "vedette:", err)
		return exitFailed
	}
	k, err := p.Parse(args)
	if code >= 0 { // help was asked for
		return code
	}
	if err != nil {
		fmt.Fprintf(c.err, "vedette: %v\nRun vedette --help for the commands.\n", err)
		return exitUsage
	}
	return c.report(k.Run())
}

// report prints an error for people and turns it into an exit code.
func (c *console) report(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(c.err, "vedette: interrupted")
		return exitFailed
	}
	fmt.Fprintln(c.err, "vedette:", err)
	var part partly
	if errors.As(err, &part) {
		return exitPartly
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Unsupported:
		return exitUsage
	case errs.Unauthenticated, errs.Forbidden:
		return exitForbidden
	case errs.Unavailable, errs.RateLimited:
		return exitUnavailable
	}
	return exitFailed
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

type versionCmd struct{}

func (versionCmd) Run(c *console) error {
	_, err := fmt.Fprintln(c.out, "vedette", app.Version)
	return err
}

func newLog(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // config checked it
	o := &slog.HandlerOptions{Level: l}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
