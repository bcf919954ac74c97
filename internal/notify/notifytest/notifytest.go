// Package notifytest owns what the tests of all channels share: an environment with a real egress
// client that may reach this machine, a recording receiver, and a message. It is for tests only.
package notifytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/marking"
	"github.com/vedette-ti/vedette/internal/notify"
)

// Now is the time at which tests happen.
func Now() time.Time { return time.Date(2026, 7, 8, 9, 10, 11, 123e6, time.UTC) }

// Env returns an environment that may reach local servers.
func Env(t testing.TB, secrets map[string]string) notify.Env {
	t.Helper()
	c, err := egress.New(egress.Options{Allow: []string{"127.0.0.1"}, Rate: 1e6, Burst: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return notify.Env{
		HTTP: c.HTTP(egress.Untrusted), Dial: c.DialContext(egress.Operator), Clock: Now, Secret: func(name string) string { return secrets[name] },
	}
}

// Message is a message with everything set, in Chinese.
func Message() notify.Message {
	return notify.Message{
		ID: "0197-abc", Event: "watch.match", Time: Now(), Title: "命中监视：evil.com", Body: "报告提到 http://evil.com/a 和 1.2.3.4。",
		URL: "https://vedette.corp.example/observables/7", Fields: []notify.Field{{Name: "来源", Value: "vendor"}, {Name: "值", Value: "evil.com"}},
		TLP: marking.TLPGreen, Lang: "zh",
	}
}

// Receiver records requests and answers as told.
type Receiver struct {
	URL    string
	mu     sync.Mutex
	last   *http.Request
	body   []byte
	calls  int
	status int
	answer string
	header http.Header
}

// NewReceiver starts a receiver that answers with status 200 and this body.
func NewReceiver(t testing.TB, answer string) *Receiver {
	t.Helper()
	r := &Receiver{status: http.StatusOK, answer: answer}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	r.URL = srv.URL
	return r
}

// Answer sets the following answers; header may be nil.
func (r *Receiver) Answer(status int, body string, header http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.answer, r.header = status, body, header
}

// Last returns the last request, its body and how many there were.
func (r *Receiver) Last() (*http.Request, []byte, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, r.body, r.calls
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.last, r.body = req, body
	r.calls++
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	io.WriteString(w, r.answer)
}

// Transport checks what every channel over HTTP makes of failing receivers: which errors may be
// tried again, and that secrets in the address stay out of them.
func Transport(t *testing.T, r *Receiver, send func() error) {
	t.Helper()
	for status, want := range map[int]struct {
		kind  errs.Kind
		again bool
	}{
		500: {errs.Unavailable, true}, 502: {errs.Unavailable, true}, 429: {errs.RateLimited, true}, 404: {errs.NotFound, false},
		403: {errs.Forbidden, false}, 302: {errs.Invalid, false}, 307: {errs.Invalid, false}, 410: {errs.NotFound, false},
	} {
		header := http.Header{"Location": {"/elsewhere"}}
		_, _, before := r.Last()
		r.Answer(status, "no", header)
		err := send()
		if errs.KindOf(err) != want.kind || fetch.Retriable(err) != want.again {
			t.Errorf("%d: %v", status, err)
		}
		if _, _, after := r.Last(); after != before+1 {
			t.Errorf("%d: %d requests", status, after-before)
		}
	}
}
