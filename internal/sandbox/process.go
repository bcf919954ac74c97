package sandbox

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/parser"
)

// Reasons that get messages of their own.
const (
	reasonMemory = "out of memory"
	reasonCPU    = "out of CPU time"
)

// startTime bounds the time from the start of a child to its being ready.
const startTime = 20 * time.Second

// child is a running child process, used by one document at a time.
type child struct {
	in     *os.File // the child's standard input
	out    *os.File
	r      *bufio.Reader
	cmd    *exec.Cmd
	stderr *capped
	dead   atomic.Bool
	once   sync.Once
	ended  chan struct{} // closed when the process is gone
	err    error         // of Wait; read after ended
	timer  *time.Timer
	uses   int
	heap   uint64
}

// start begins a child at a level of isolation and waits until it is ready.
func start(o Options, cl class, level int) (*child, []string, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, nil, err
	}
	c := &child{in: inW, out: outR, r: bufio.NewReaderSize(outR, 1<<16), stderr: &capped{left: 16 << 10}, ended: make(chan struct{})}
	c.cmd = exec.Command(o.Exe, Argument, string(cl))
	c.cmd.Args[0] = "vedette"
	c.cmd.Env = []string{}
	c.cmd.Dir = "/"
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = inR, outW, c.stderr
	c.cmd.WaitDelay = time.Second
	outside, err := launch(c.cmd, o, cl, level, func(err error) {
		c.err = err
		c.dead.Store(true)
		close(c.ended)
	})
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, nil, err
	}
	limit := time.AfterFunc(startTime, c.stop)
	defer limit.Stop()
	active, err := c.greet(hello{Memory: o.Memory, CPU: o.CPU.Seconds(), Tools: cl == tools})
	if err != nil {
		c.stop()
		return nil, nil, fmt.Errorf("child at level %d: %w (%s)", level, err, c.wait())
	}
	return c, append(outside, active...), nil
}

func (c *child) greet(h hello) ([]string, error) {
	if err := writeJSON(c.in, fHello, h); err != nil {
		return nil, err
	}
	p, err := readKind(c.r, fReady, 1<<16)
	if err != nil {
		return nil, err
	}
	var rd ready
	return rd.Active, jsonx.Unmarshal(p, &rd)
}

// stop kills the child and everything it started. It may be called at any time, more than once.
func (c *child) stop() {
	c.once.Do(func() {
		c.dead.Store(true)
		killGroup(c.cmd)
		c.in.Close()
		c.out.Close()
	})
}

func (c *child) alive() bool { return !c.dead.Load() }

// wait returns after the process is gone, and says why it went.
func (c *child) wait() string {
	select {
	case <-c.ended:
	case <-time.After(5 * time.Second):
		return "it does not end"
	}
	text := c.stderr.buf.String()
	switch {
	case strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"),
		strings.Contains(text, "pthread_create failed"), strings.Contains(text, "exceeds") && strings.Contains(text, "stack"):
		return reasonMemory
	case strings.Contains(text, "SIGXCPU"):
		return reasonCPU
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if first != "" {
		return clip(parser.Clean(first))
	}
	if c.err != nil {
		return c.err.Error()
	}
	return "it ended without an answer"
}

// send writes a request with its data.
func (c *child) send(q request, data []byte) error {
	if err := writeJSON(c.in, fRequest, q); err != nil {
		return err
	}
	return writeFrame(c.in, fData, data)
}

// parse has one document read.
func (c *child) parse(name string, in parser.Input, lim parser.Limits) (parser.Document, error) {
	q := request{Parser: name, Name: parser.Clean(in.Name), MediaType: parser.Clean(in.MediaType), URL: parser.Clean(in.URL),
		Options: in.Options, Limits: toWire(lim)}
	for _, p := range in.Passwords {
		q.Passwords = append(q.Passwords, parser.Clean(p))
	}
	if err := c.send(q, in.Data); err != nil {
		return parser.Document{}, err
	}
	doc, err := readDocument(c.r, lim)
	return doc, c.finish(err)
}

// command has one program run.
func (c *child) command(s Spec) ([]byte, error) {
	lim := parser.DefaultLimits()
	if s.Wall > 0 {
		lim.Time = s.Wall
	}
	if err := c.send(request{Name: s.Program, Command: &s, Limits: toWire(lim)}, s.Stdin); err != nil {
		return nil, err
	}
	limit := s.Output
	if limit <= 0 {
		limit = 64 << 20
	}
	kind, p, err := readFrame(c.r, max(limit, 1<<16))
	if err == nil && kind == fFailure {
		var f failure
		if err = jsonx.Unmarshal(p, &f); err == nil {
			err = f.toError()
		}
	} else if err == nil && kind != fText {
		err = fmt.Errorf("frame %q where output was due", kind)
	}
	return p, c.finish(err)
}

// finish reads the end of an answer after a document or a told failure.
func (c *child) finish(err error) error {
	if _, told := err.(*reported); err != nil && !told {
		return err
	}
	p, derr := readKind(c.r, fDone, 1<<16)
	if derr != nil {
		return derr
	}
	var d done
	if derr := jsonx.Unmarshal(p, &d); derr != nil {
		return derr
	}
	c.heap = d.Heap
	return err
}
