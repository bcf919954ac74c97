package errs

import (
	"errors"
	"fmt"
	"testing"
)

func TestErrorMessage(t *testing.T) {
	cause := errors.New("dial refused")
	err := fmt.Errorf("poll: %w", Wrap(cause, Unavailable, "feed_down", "The feed {name} did not answer ({tries} tries).", "name", "A{b}", "tries", 3).At("source 7"))
	want := "poll: source 7: The feed A{b} did not answer (3 tries).: dial refused"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if KindOf(err) != Unavailable {
		t.Errorf("kind = %v", KindOf(err))
	}
	if !errors.Is(err, New(Internal, "feed_down", "")) || errors.Is(err, New(Internal, "other", "")) {
		t.Error("errors.Is must match by code")
	}
	if !errors.Is(err, cause) {
		t.Error("the cause must stay reachable")
	}
}

func TestUnknownIsInternal(t *testing.T) {
	if KindOf(errors.New("x")) != Internal || KindOf(nil) != Internal {
		t.Error("unknown errors are internal")
	}
}

func TestFillKeepsUnknown(t *testing.T) {
	if got := Fill("a {b} {c", map[string]any{"x": 1}); got != "a {b} {c" {
		t.Errorf("got %q", got)
	}
}
