// Package sandbox runs what may misbehave on foreign input, parsers of risky formats and outside
// programs, in limited child processes: the same binary executed again, with no environment, no
// network, no files, bounded memory, time and output. What of this the kernel refuses is done
// without, and said (Capabilities). It owns no format and no policy about who may run what.
package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
)

// Argument is the hidden command under which the binary must call Child. It is followed by the
// class of the child, which is for the reader of ps only.
const Argument = "sandbox-parse"

// How long and how often a warm child is used.
const (
	maxUses  = 200
	idleTime = 20 * time.Second
	grace    = 2 * time.Second // for the child to end by itself after its time limit
)

// Options configure a Runner; zero fields take the defaults named.
type Options struct {
	// Exe is the binary to execute with Argument; empty is the running one, which works even after
	// its file was replaced.
	Exe      string
	Memory   int64         // bytes one child may use; 1 GiB
	CPU      time.Duration // CPU time of one document; 60 s
	Wall     time.Duration // wall clock of one document; 120 s. Limits.Time is obeyed too
	Children int           // at work at once; the count of CPUs, at least 2
	Log      *slog.Logger  // nil discards
}

// Validate tells what is wrong with the options.
func (o Options) Validate() error {
	if o.Memory < 0 || o.Memory > 0 && o.Memory < 64<<20 {
		return errs.New(errs.Invalid, "sandbox_options", "The sandbox needs at least 64 MB of memory, not {memory} bytes.", "memory", o.Memory)
	}
	if o.CPU < 0 || o.Wall < 0 || o.Children < 0 {
		return errs.New(errs.Invalid, "sandbox_options", "The limits of the sandbox must not be negative.")
	}
	return nil
}

// Runner keeps a small pool of warm children. It is safe for concurrent use.
type Runner struct {
	o     Options
	slots chan struct{}

	mu     sync.Mutex
	level  int // how much isolation the system allows; index into levels
	said   bool
	idle   map[class][]*child
	active []string
	closed bool
}

// class separates children that may start programs from those that may do nothing.
type class string

const (
	strict class = "parse"
	tools  class = "tools"
)

// New makes a Runner; it starts no process yet.
func New(o Options) (*Runner, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Exe == "" {
		o.Exe = selfExe
	}
	if o.Memory == 0 {
		o.Memory = 1 << 30
	}
	if o.CPU == 0 {
		o.CPU = 60 * time.Second
	}
	if o.Wall == 0 {
		o.Wall = 120 * time.Second
	}
	if o.Children == 0 {
		o.Children = max(2, runtime.NumCPU())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{o: o, slots: make(chan struct{}, o.Children), idle: map[class][]*child{}}, nil
}

// Close kills idle children; those at work end with their document.
func (r *Runner) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, list := range r.idle {
		for _, c := range list {
			c.stop()
		}
	}
	r.idle = map[class][]*child{}
}

// Parse runs a parser on an input: risky ones in a child, others here. It fits parser.ParseTree.
// A child that crashes, runs out of memory or time is killed, and the error names the document
// and the reason.
func (r *Runner) Parse(ctx context.Context, p parser.Parser, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if risky, ok := p.(parser.Risky); !ok || !risky.Risky() {
		return parser.RunInline(ctx, p, in, lim)
	}
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	cl := strict
	if _, ok := p.(parser.Tooled); ok {
		cl = tools
	}
	lim.Expanded = min(lim.Expanded, r.o.Memory/4)
	lim.Time = min(lim.Time, r.o.Wall)
	var doc parser.Document
	err := r.with(ctx, cl, in.Name, lim.Time, func(c *child) (err error) {
		doc, err = c.parse(p.Name(), in, lim)
		return err
	})
	if err != nil {
		return parser.Document{}, err
	}
	return doc, nil
}

// Command runs an outside program in a child of its own kind and returns its standard output.
func (r *Runner) Command(ctx context.Context, s Spec) ([]byte, error) {
	wall := r.o.Wall
	if s.Wall > 0 {
		wall = min(wall, s.Wall)
	}
	var out []byte
	err := r.with(ctx, tools, s.Program, wall, func(c *child) (err error) {
		out, err = c.command(s)
		return err
	})
	return out, err
}

// Capabilities starts a child, if none runs, and lists what limits it: "namespaces", "user",
// "landlock", "seccomp", "rlimits", "process group".
func (r *Runner) Capabilities(ctx context.Context) ([]string, error) {
	err := r.with(ctx, strict, "probe", r.o.Wall, func(*child) error { return nil })
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.active...), err
}

// with lends a child to fn. The child goes back to the pool only when fn ends well or with an
// error that the child itself reported.
func (r *Runner) with(ctx context.Context, cl class, name string, limit time.Duration, fn func(*child) error) error {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c, err := r.take(cl)
	if err != nil {
		return err
	}
	work, cancel := context.WithTimeout(ctx, limit+grace)
	defer cancel()
	stop := context.AfterFunc(work, c.stop)
	err = fn(c)
	interrupted := !stop()
	var told *reported
	if !interrupted && (err == nil || errors.As(err, &told)) {
		r.put(cl, c)
		if told != nil {
			return told.err
		}
		return nil
	}
	c.stop()
	reason := c.wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return r.misbehaved(name, limit, work.Err() != nil, reason, err)
}

// misbehaved says why a child had to go.
func (r *Runner) misbehaved(name string, limit time.Duration, late bool, reason string, err error) error {
	switch {
	case late || reason == reasonCPU:
		return errs.Wrap(err, errs.TooLarge, "parse_timeout",
			"{name} took longer than {limit} to read; split it, or raise the limit in the configuration.", "name", name, "limit", limit)
	case reason == reasonMemory:
		return errs.Wrap(err, errs.TooLarge, "parse_memory",
			"{name} needs more than {limit} MB of memory to read; split it, or raise the limit in the configuration.",
			"name", name, "limit", r.o.Memory>>20)
	}
	return errs.Wrap(err, errs.Invalid, "parse_crash",
		"{name} made its reader stop ({reason}); it is damaged or hostile. Get it from its source again, or convert it to another format.",
		"name", name, "reason", reason)
}

// take returns an idle child or starts one.
func (r *Runner) take(cl class) (*child, error) {
	r.mu.Lock()
	for list := r.idle[cl]; len(list) > 0; list = r.idle[cl] {
		c := list[len(list)-1]
		r.idle[cl] = list[:len(list)-1]
		if c.timer.Stop() && c.alive() {
			r.mu.Unlock()
			return c, nil
		}
		c.stop()
	}
	level := r.level
	r.mu.Unlock()
	var failures []error
	for ; level < levelCount; level++ {
		c, active, err := start(r.o, cl, level)
		if err == nil {
			r.settle(level, active, failures)
			return c, nil
		}
		failures = append(failures, err)
	}
	return nil, errs.Wrap(errors.Join(failures...), errs.Unavailable, "sandbox_unavailable",
		"No process can be started to read the document safely; see doctor for what is missing.")
}

// settle remembers what the system allows and says once what it does not.
func (r *Runner) settle(level int, active []string, failures []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.level, r.active = level, active
	if len(failures) > 0 && !r.said {
		r.said = true
		r.o.Log.Warn("sandbox runs with fewer limits than it could", "active", active, "cause", errors.Join(failures...))
	}
}

// put takes a child back, unless it is worn out or big.
func (r *Runner) put(cl class, c *child) {
	c.uses++
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || c.uses >= maxUses || c.heap > uint64(r.o.Memory)/4 || len(r.idle[cl]) >= r.o.Children {
		c.stop()
		return
	}
	c.timer = time.AfterFunc(idleTime, func() { r.retire(cl, c) })
	r.idle[cl] = append(r.idle[cl], c)
}

// retire stops a child nobody needed for a while.
func (r *Runner) retire(cl class, c *child) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range r.idle[cl] {
		if o == c {
			r.idle[cl] = append(r.idle[cl][:i], r.idle[cl][i+1:]...)
			c.stop()
			return
		}
	}
}
