package bus

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

func TestBackoff(t *testing.T) {
	b := Backoff{Base: time.Second, Max: time.Minute, Factor: 2, Jitter: 0.5}
	for _, c := range []struct {
		n      int
		random float64
		want   time.Duration
	}{{1, 0, time.Second}, {0, 0, time.Second}, {3, 0, 4 * time.Second}, {3, 1, 2 * time.Second}, {7, 0, time.Minute}, {100_000, 0, time.Minute}, {7, 0.5, 45 * time.Second}} {
		if got := b.After(c.n, c.random); got != c.want {
			t.Errorf("After(%d, %v) = %v, want %v", c.n, c.random, got, c.want)
		}
	}
	if f := (Backoff{Base: time.Hour}).Fill(); f.Max < f.Base || f.Factor != 2 {
		t.Errorf("filled %+v", f)
	}
}

func TestMarkedErrors(t *testing.T) {
	cause := errs.New(errs.Invalid, "bad", "bad")
	if err := fmt.Errorf("outer: %w", Permanent(fmt.Errorf("inner: %w", cause))); !IsPermanent(err) || errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
	if Permanent(nil) != nil || RetryAfter(nil, time.Second) != nil || IsPermanent(cause) {
		t.Error("nil must stay nil")
	}
}

// FuzzReason stores whatever an error says, in any engine: valid UTF-8 without NUL, bounded, as JSON.
func FuzzReason(f *testing.F) {
	f.Add("plain", "value")
	f.Add("\xff\x00", strings.Repeat("银", 2000))
	f.Fuzz(func(t *testing.T, text, value string) {
		for _, err := range []error{errors.New(text), errs.New(errs.Invalid, "code", "{v}: "+text, "v", value)} {
			r := ReasonOf(err)
			data, jerr := jsonx.Marshal(r)
			if jerr != nil || !utf8.ValidString(r.Text) || strings.Contains(string(data), "\x00") || strings.Contains(r.Text, "\x00") || len(r.Text) > maxReason+8 {
				t.Fatalf("%q: %v", r.Text, jerr)
			}
			var back Reason
			if err := jsonx.Unmarshal(data, &back); err != nil || back.Text != r.Text {
				t.Fatal(err)
			}
		}
	})
}
