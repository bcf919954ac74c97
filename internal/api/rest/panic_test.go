package rest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/sharing"
)

// TestPanics: a fault of ours is an answer without a word of it; the log has all.
func TestPanics(t *testing.T) {
	var log bytes.Buffer
	s, err := New(Options{Version: "dev", Auth: &auth.Authenticator{}, MaxBody: 1 << 20, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	register(s, op{Method: "GET", Path: "/fault", ID: "fault", Rule: Rule{Public: true}}, func(context.Context, *empty) (*empty, error) {
		panic("a secret of the inside")
	})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, Prefix+"/fault", nil).WithContext(auth.WithActor(t.Context(), sharing.SystemActor("test", 1))))
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "goroutine") || !strings.Contains(w.Body.String(), `"request_id":"`+w.Header().Get("X-Request-Id")) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(log.String(), "a secret of the inside") || !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) {
		t.Errorf("the log: %s", &log)
	}
}

// TestAllowance: large bodies wait for each other, the smaller one behind a larger one too, and nobody waits
// for ever.
func TestAllowance(t *testing.T) {
	a := newAllowance(10)
	first, err := a.take(t.Context(), 6)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan func())
	go func() {
		give, _ := a.take(t.Context(), 50) // more than all is all
		got <- give
	}()
	select {
	case <-got:
		t.Fatal("it did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.take(ctx, 1); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("behind the large one: %v", err)
	}
	first()
	(<-got)()
	if a.free != 10 {
		t.Errorf("%d are free in the end", a.free)
	}
}

func TestZeroBytes(t *testing.T) {
	for text, bad := range map[string]bool{`{"a":"\u0000"}`: true, `{"a":"\\u0000"}`: false, `{"a":"\\\u0000"}`: true, `{"a":"\\\\u0000 \u0000"}`: true, `{"a":"u0000"}`: false, ``: false} {
		if err := withoutZero([]byte(text)); (err != nil) != bad {
			t.Errorf("%s: %v", text, err)
		}
	}
}
