//go:build failpoints

package failpoint

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestHit(t *testing.T) {
	if os.Getenv("VEDETTE_FAILPOINTS") != "" {
		Hit("other")
		for range 3 {
			Hit("here")
			_, _ = os.Stdout.WriteString("passed ")
		}
		return
	}
	c := exec.Command(os.Args[0], "-test.run=TestHit") //nolint:gosec // this very binary
	c.Env = append(os.Environ(), "VEDETTE_FAILPOINTS=elsewhere:1, here:3")
	out, err := c.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || string(out) != "passed passed " {
		t.Errorf("%v, %q", err, out)
	}
}
