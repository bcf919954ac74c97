// Package doctor owns the examination of an installation: what is checked, how it is judged, which repairs are
// safe, and the redacted bundle that helps others to help. Each check says what it found and what to do. It
// opens nothing itself: package app hands it the parts. It owns no metric and no log.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Status is how good a finding is.
type Status string

// The statuses, from good to bad.
const (
	OK   Status = "ok"
	Warn Status = "warn" // works, but somebody should look
	Fail Status = "fail" // broken, or about to be
)

// Finding is the result of a check.
type Finding struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
	// Fixed says what a repair did.
	Fixed string `json:"fixed,omitempty"`
	// Milliseconds is how long the check took.
	Milliseconds int64 `json:"ms"`
}

// Check is one thing to look at.
type Check struct {
	Name string
	Run  func(ctx context.Context) Finding
	// Fix mends what Run found, where that is safe on a running system; it says what it did.
	Fix func(ctx context.Context) (string, error)
}

// Options of Run.
type Options struct {
	// Fix repairs what can be repaired safely.
	Fix bool
	// Tell gets each finding as soon as it is made.
	Tell  func(Finding)
	Clock func() time.Time
}

// most is how long one check may take.
const most = 10 * time.Minute

// Run runs the checks in order. What is fixed is checked again.
func Run(ctx context.Context, checks []Check, o Options) []Finding {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	out := make([]Finding, 0, len(checks))
	for _, c := range checks {
		f := one(ctx, c, o)
		if o.Tell != nil {
			o.Tell(f)
		}
		out = append(out, f)
	}
	return out
}

func one(ctx context.Context, c Check, o Options) Finding {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	started := o.Clock()
	f := c.Run(ctx)
	if o.Fix && c.Fix != nil && f.Status != OK {
		done, err := c.Fix(ctx)
		if err != nil {
			f.Advice = join(f.Advice, "The repair failed: "+text(err))
		} else {
			f = c.Run(ctx)
			f.Fixed = done
		}
	}
	f.Name, f.Milliseconds = c.Name, o.Clock().Sub(started).Milliseconds()
	return f
}

// Worst is the worst status of the findings.
func Worst(list []Finding) Status {
	worst := OK
	for _, f := range list {
		if f.Status == Fail || f.Status == Warn && worst == OK {
			worst = f.Status
		}
	}
	return worst
}

func good(format string, args ...any) Finding {
	return Finding{Status: OK, Detail: fmt.Sprintf(format, args...)}
}

func warn(advice, format string, args ...any) Finding {
	return Finding{Status: Warn, Detail: fmt.Sprintf(format, args...), Advice: advice}
}

func fail(advice, format string, args ...any) Finding {
	return Finding{Status: Fail, Detail: fmt.Sprintf(format, args...), Advice: advice}
}

// broken is a check that could not be made.
func broken(err error) Finding {
	return Finding{Status: Fail, Detail: text(err), Advice: "Look into the log for the reason."}
}

// Failed is the finding of a part that does not open.
func Failed(name string, err error) Finding {
	return Finding{Name: name, Status: Fail, Detail: text(err), Advice: "Mend this first; the parts behind it could not be checked."}
}

// text is an error for people; what is not meant for them is still shown here, since the reader is the operator.
func text(err error) string {
	if e, ok := errs.As(err); ok {
		return e.Error()
	}
	return err.Error()
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}
