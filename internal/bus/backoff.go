package bus

import (
	"errors"
	"math"
	"time"
)

// Backoff is how long to wait after the n-th failure: Base·Factor^(n-1), at most Max, shortened at random
// by up to Jitter (0…1) of it, so that what failed together does not come back together.
type Backoff struct {
	Base, Max time.Duration
	Factor    float64
	Jitter    float64
}

// DefaultBackoff waits 1 s, 2 s, 4 s … up to 10 minutes, each shortened by up to a half.
func DefaultBackoff() Backoff {
	return Backoff{Base: time.Second, Max: 10 * time.Minute, Factor: 2, Jitter: 0.5}
}

// After returns the pause after failure n (from 1); random is in [0, 1).
func (b Backoff) After(n int, random float64) time.Duration {
	d := float64(b.Base) * math.Pow(b.Factor, float64(max(n, 1)-1))
	if d > float64(b.Max) || math.IsNaN(d) {
		d = float64(b.Max)
	}
	return time.Duration(d * (1 - b.Jitter*random))
}

// Fill returns b with zero fields taken from DefaultBackoff.
func (b Backoff) Fill() Backoff {
	d := DefaultBackoff()
	if b.Base > 0 {
		d.Base = b.Base
	}
	if b.Max > 0 {
		d.Max = b.Max
	}
	if b.Factor >= 1 {
		d.Factor = b.Factor
	}
	if b.Jitter > 0 && b.Jitter <= 1 {
		d.Jitter = b.Jitter
	}
	d.Max = max(d.Max, d.Base)
	return d
}

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks a failure that no later attempt can mend: the message goes to the dead letters at once.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// IsPermanent reports whether err was marked by Permanent.
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}

type laterError struct {
	error
	after time.Duration
}

func (e laterError) Unwrap() error { return e.error }

// RetryAfter sets the pause before the next attempt, in place of the back-off (a server said when).
func RetryAfter(err error, after time.Duration) error {
	if err == nil {
		return nil
	}
	return laterError{err, after}
}
