// Package cli owns the command line: its grammar, its exit codes and how results are printed. It owns no
// rule: every command but serve, extract, config, restore and verify speaks the REST API, to a server
// (--server), to the control socket of a data folder that is being served, or to the API opened in this process
// on a data folder (--data).
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
	"golang.org/x/term"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/errs"
	parserall "github.com/vedette-ti/vedette/internal/parser/all"
	"github.com/vedette-ti/vedette/internal/sandbox"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // the work failed
	exitUsage       = 2 // the command line or the input is wrong
	exitPartly      = 3 // some items were refused, the others are done
	exitForbidden   = 4 // not logged in, or not allowed
	exitUnavailable = 5 // the server or store does not answer
)

const description = `Vedette (前哨): an open threat intelligence platform.

Commands work on a data folder (--data DIR; one that is being served is reached through it) or on a server (--server URL with VEDETTE_KEY).

Exit codes: 0 done, 1 failed, 2 wrong command line or input, 3 some items refused and the others done, 4 not logged in or not allowed, 5 the server or store does not answer.`

// grammar is the command line.
type grammar struct {
	Serve   serveCmd   `cmd:"" group:"run" help:"Serve the console and the API."`
	Config  configCmd  `cmd:"" group:"run" help:"Check and show the configuration."`
	Health  healthCmd  `cmd:"" group:"run" help:"Ask whether a server is ready, for containers."`
	Doctor  doctorCmd  `cmd:"" group:"run" help:"Examine an installation."`
	Backup  backupCmd  `cmd:"" group:"run" help:"Back everything up while it works."`
	Restore restoreCmd `cmd:"" group:"run" help:"Restore a backup into an empty place."`
	Verify  verifyCmd  `cmd:"" group:"run" help:"Check a backup without restoring it."`

	Extract extractCmd `cmd:"" group:"intel" help:"Find indicators in files or standard input."`
	Import  importCmd  `cmd:"" group:"intel" help:"Bring in files, folders and archives."`
	Search  searchCmd  `cmd:"" group:"intel" help:"Search values, reports and their texts."`
	Lookup  lookupCmd  `cmd:"" group:"intel" help:"Look many values up."`
	Export  exportCmd  `cmd:"" group:"intel" help:"Hand indicators on."`
	Report  reportCmd  `cmd:"" group:"intel" help:"List and manage reports."`

	Source     sourceCmd     `cmd:"" group:"feeds" help:"Manage sources."`
	Playbook   playbookCmd   `cmd:"" group:"feeds" help:"Manage playbooks."`
	Packs      packsCmd      `cmd:"" group:"feeds" help:"Install and manage warninglists and other packs."`
	Asset      assetCmd      `cmd:"" group:"feeds" help:"Manage what is ours."`
	Watch      watchCmd      `cmd:"" group:"feeds" help:"Manage watches."`
	Channel    channelCmd    `cmd:"" group:"feeds" help:"Manage the channels of watches."`
	Quarantine quarantineCmd `cmd:"" group:"feeds" help:"Look at what could not be read."`

	User  userCmd  `cmd:"" group:"admin" help:"Manage accounts."`
	Token tokenCmd `cmd:"" group:"admin" help:"Manage API keys."`
	Queue queueCmd `cmd:"" group:"admin" help:"Look at the queues."`
	Job   jobCmd   `cmd:"" group:"admin" help:"Look at background work."`
	Audit auditCmd `cmd:"" group:"admin" help:"Read and verify the audit trail."`

	Version    versionCmd    `cmd:"" group:"other" help:"Print the version."`
	Completion completionCmd `cmd:"" group:"other" help:"Print a completion script for a shell."`
	Complete   completeCmd   `cmd:"" hidden:"" name:"__complete"`
}

func groups() kong.Groups {
	return kong.Groups{"run": "Running", "intel": "Intelligence", "feeds": "Sources and automation", "admin": "Administration", "other": "Other"}
}

// console is where a command reads and writes.
type console struct {
	in          io.Reader
	out, err    io.Writer
	env         map[string]string
	terminal    bool // out is a terminal
	errTerminal bool // err is one
}

// partly is returned by commands that did a part of the work.
type partly struct{ error }

func (p partly) Unwrap() error { return p.error }

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
	return Run(ctx, os.Args[1:], &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: env, terminal: isTerminal(os.Stdout), errTerminal: isTerminal(os.Stderr)})
}

// parser builds the grammar. The model is used by completion as well.
func parser(ctx context.Context, g *grammar, c *console, exit func(int)) (*kong.Kong, error) {
	return kong.New(g,
		kong.Name("vedette"), kong.Description(description), groups(),
		kong.Writers(c.out, c.err), kong.Exit(exit), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c),
	)
}

// Run runs one command line.
func Run(ctx context.Context, args []string, c *console) int {
	var g grammar
	code := -1
	p, err := parser(ctx, &g, c, func(n int) { code = n })
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

// complain prints an error for people.
// A cause follows its message without the stop between them.
func (c *console) complain(err error) {
	fmt.Fprintln(c.err, "vedette:", lines(strings.ReplaceAll(err.Error(), ".: ", ": ")))
}

// report prints an error and turns it into an exit code.
func (c *console) report(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, syscall.EPIPE): // whoever read our output has enough
		return exitOK
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(c.err, "vedette: interrupted")
		return exitFailed
	}
	c.complain(err)
	var part partly
	if errors.As(err, &part) {
		return exitPartly
	}
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Unsupported, errs.TooLarge:
		return exitUsage
	case errs.Unauthenticated, errs.Forbidden:
		return exitForbidden
	case errs.Unavailable, errs.RateLimited:
		return exitUnavailable
	}
	return exitFailed
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

type versionCmd struct{ output }

func (v versionCmd) Run(c *console) error {
	if v.JSON {
		return printJSON(c, map[string]string{"version": app.Version})
	}
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
