package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Spec is one run of an outside program.
type Spec struct {
	Program string        `json:"program"` // bare name, looked for in the system's folders
	Args    []string      `json:"args,omitempty"`
	Stdin   []byte        `json:"-"`
	Output  int64         `json:"output,omitempty"` // bytes kept at most; 64 MiB
	Wall    time.Duration `json:"-"`
}

// ProgramFailed is the cause of an error when a program ran and said no.
type ProgramFailed struct {
	Exit   int
	Stderr string
}

// Error implements error.
func (p *ProgramFailed) Error() string { return fmt.Sprintf("exit status %d: %s", p.Exit, p.Stderr) }

// folders where programs are looked for; the environment is not asked.
func folders() []string { return []string{"/usr/bin", "/usr/local/bin", "/bin", "/opt/homebrew/bin"} }

// find returns the real path of a program, "" when it is not installed.
func find(program string) string {
	if program == "" || filepath.Base(program) != program {
		return ""
	}
	for _, f := range folders() {
		p, err := filepath.EvalSymlinks(filepath.Join(f, program))
		if err != nil {
			continue
		}
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return p
		}
	}
	return ""
}

// Command runs a program with an empty environment, in its own process group, bounded in time and
// output. Called inside a child it inherits all the child's limits; elsewhere use Runner.Command,
// which sees to that.
func Command(ctx context.Context, s Spec) ([]byte, error) {
	exe := find(s.Program)
	if exe == "" {
		return nil, errs.New(errs.Unsupported, "program_missing", "The program {program} is not installed.", "program", s.Program)
	}
	if s.Wall <= 0 {
		s.Wall = 2 * time.Minute
	}
	if s.Output <= 0 {
		s.Output = 64 << 20
	}
	ctx, cancel := context.WithTimeout(ctx, s.Wall)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, s.Args...)
	cmd.Env = []string{"LC_ALL=C.UTF-8"}
	cmd.Dir = "/"
	cmd.Stdin = bytes.NewReader(s.Stdin)
	out := &capped{left: s.Output, over: cancel}
	complaints := &capped{left: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, complaints
	cmd.WaitDelay = time.Second
	err := runLimited(cmd)
	var exit *exec.ExitError
	switch {
	case out.full:
		return nil, errs.New(errs.TooLarge, "program_output", "{program} wrote more than {limit} bytes.", "program", s.Program, "limit", s.Output)
	case ctx.Err() != nil:
		return nil, errs.Wrap(ctx.Err(), errs.TooLarge, "program_timeout", "{program} took longer than {limit}.", "program", s.Program, "limit", s.Wall)
	case errors.As(err, &exit):
		return nil, errs.Wrap(&ProgramFailed{Exit: exit.ExitCode(), Stderr: complaints.buf.String()},
			errs.Invalid, "program_failed", "{program} could not read its input.", "program", s.Program)
	case err != nil && !errors.Is(err, io.ErrClosedPipe):
		return nil, errs.Wrap(err, errs.Unavailable, "program_start", "{program} could not be started.", "program", s.Program)
	}
	return out.buf.Bytes(), nil
}

// capped keeps what fits; over is called once when something does not.
type capped struct {
	buf  bytes.Buffer
	left int64
	full bool
	over func()
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(int64(len(p)), c.left)
	c.buf.Write(p[:n])
	c.left -= n
	if n < int64(len(p)) && !c.full {
		c.full = true
		if c.over != nil {
			c.over()
		}
	}
	return len(p), nil
}
