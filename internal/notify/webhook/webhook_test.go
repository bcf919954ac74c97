package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/notify/notifytest"
	"github.com/vedette-ti/vedette/internal/notify/webhook"
)

func open(t *testing.T, url, more string) notify.Channel {
	t.Helper()
	c, err := webhook.Kind().New(fmt.Appendf(nil, `{"url":%q%s}`, url, more))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPayloadAndSignature(t *testing.T) {
	r := notifytest.NewReceiver(t, "")
	env := notifytest.Env(t, map[string]string{"secret": "s3cret", "authorization": "Bearer abc"})
	if err := open(t, r.URL+"/hook?key=1", "").Send(t.Context(), env, notifytest.Message()); err != nil {
		t.Fatal(err)
	}
	req, body, _ := r.Last()
	want := `{"id":"0197-abc","type":"watch.match","timestamp":"2026-07-08T09:10:11.123Z","title":"命中监视：evil[.]com",` +
		`"body":"报告提到 hxxp://evil[.]com/a 和 1[.]2[.]3[.]4。","url":"https://vedette.corp.example/observables/7","tlp":"green",` +
		`"fields":[{"name":"来源","value":"vendor"},{"name":"值","value":"evil[.]com"}]}`
	if diff := cmp.Diff(want, string(body)); diff != "" {
		t.Error(diff)
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	fmt.Fprintf(mac, "%s.%s.%s", req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp"), body)
	if got, want := req.Header.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	if req.Header.Get("webhook-timestamp") != "1783501811" || req.Header.Get("Authorization") != "Bearer abc" || req.Method != http.MethodPost {
		t.Errorf("headers: %v", req.Header)
	}
	if !strings.HasPrefix(req.Header.Get("Content-Type"), "application/json") {
		t.Errorf("content type: %v", req.Header)
	}
}

// TestSignatureOfTheSpecification uses the example of standardwebhooks.com.
func TestSignatureOfTheSpecification(t *testing.T) {
	got := webhook.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFailures(t *testing.T) {
	r := notifytest.NewReceiver(t, "")
	env := notifytest.Env(t, nil)
	c := open(t, r.URL+"/?key=s3cret", "")
	notifytest.Transport(t, r, func() error {
		err := c.Send(t.Context(), env, notifytest.Message())
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error repeats the address: %v", err)
		}
		return err
	})
	if req, _, _ := r.Last(); req.Header.Get("webhook-signature") != "" {
		t.Error("signed without a secret")
	}
	r.Answer(http.StatusServiceUnavailable, "", http.Header{"Retry-After": {"17"}})
	if err := c.Send(t.Context(), env, notifytest.Message()); fetch.Wait(err) != 17*time.Second {
		t.Errorf("wait: %v", err)
	}
	if err := open(t, "http://10.0.0.5/", "").Send(t.Context(), env, notifytest.Message()); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a private address: %v", err)
	}
}

func TestMarkingHoldsContentBack(t *testing.T) {
	r := notifytest.NewReceiver(t, "")
	env := notifytest.Env(t, nil)
	if err := open(t, r.URL, `,"max_tlp":"clear"`).Send(t.Context(), env, notifytest.Message()); err != nil {
		t.Fatal(err)
	}
	_, body, _ := r.Last()
	var got struct {
		Title  string         `json:"title"`
		URL    string         `json:"url"`
		Fields []notify.Field `json:"fields"`
	}
	if err := jsonx.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), "evil") || len(got.Fields) != 0 || got.URL == "" || !strings.Contains(got.Title, "GREEN") {
		t.Errorf("left: %s", body)
	}
}

func TestBadConfig(t *testing.T) {
	for config, field := range map[string]string{
		`{}`: "url", `{"url":"ftp://x/"}`: "url", `{"url":"https://x/","max_tlp":"pink"}`: "max_tlp", `{"url":"https://x/","secret":"y"}`: "secret",
	} {
		_, err := webhook.Kind().New([]byte(config))
		if e, ok := errs.As(err); !ok || e.Kind != errs.Invalid || e.Subject != field {
			t.Errorf("%s: %v", config, err)
		}
	}
}
