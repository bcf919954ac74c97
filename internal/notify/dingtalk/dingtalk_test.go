package dingtalk_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/notify/dingtalk"
	"github.com/vedette-ti/vedette/internal/notify/notifytest"
)

const ok = `{"errcode":0,"errmsg":"ok"}`

func open(t *testing.T) notify.Channel {
	t.Helper()
	c, err := dingtalk.Kind().New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequest(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL + "/robot/send?access_token=tok", "secret": "SECabc"})
	if err := open(t).Send(t.Context(), env, notifytest.Message()); err != nil {
		t.Fatal(err)
	}
	req, body, _ := r.Last()
	want := `{"msgtype":"text","text":{"content":"[TLP:GREEN] 命中监视：evil[.]com\n报告提到 hxxp://evil[.]com/a 和 1[.]2[.]3[.]4。\n来源：vendor\n值：evil[.]com\n` +
		`在前哨中打开 https://vedette.corp.example/observables/7"}}`
	if diff := cmp.Diff(want, string(body)); diff != "" {
		t.Error(diff)
	}
	mac := hmac.New(sha256.New, []byte("SECabc"))
	mac.Write([]byte("1783501811123\nSECabc"))
	q := req.URL.Query() // decodes what was percent-encoded once
	if q.Get("timestamp") != "1783501811123" || q.Get("sign") != base64.StdEncoding.EncodeToString(mac.Sum(nil)) || q.Get("access_token") != "tok" {
		t.Errorf("query: %v", q)
	}
}

func TestLongMessageFits(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL})
	for _, unit := range []string{"情报", `"\`, "@13800000000 "} {
		m := notifytest.Message()
		m.Body = strings.Repeat(unit, 10_000)
		if err := open(t).Send(t.Context(), env, m); err != nil {
			t.Fatal(err)
		}
		_, body, _ := r.Last()
		if len(body) > 20_000 || !strings.Contains(string(body), m.URL) || !strings.Contains(string(body), "已截断") {
			t.Errorf("%q: %d bytes", unit, len(body))
		}
	}
}

func TestCodes(t *testing.T) {
	r := notifytest.NewReceiver(t, "")
	env := notifytest.Env(t, map[string]string{"url": r.URL})
	for answer, want := range map[string]struct {
		kind errs.Kind
		wait time.Duration
	}{
		`{"errcode":130101,"errmsg":"send too fast"}`:            {errs.RateLimited, 10 * time.Minute},
		`{"errcode":310000,"errmsg":"sign not match"}`:           {errs.Invalid, 0},
		`{"errcode":300005,"errmsg":"token is not exist"}`:       {errs.Invalid, 0},
		`{"errcode":-1,"errmsg":"system busy"}`:                  {errs.Unavailable, 0},
		`{"errcode":400105,"errmsg":"unsupported message type"}`: {errs.Invalid, 0},
		`ok`: {errs.Invalid, 0},
	} {
		r.Answer(200, answer, nil)
		err := open(t).Send(t.Context(), env, notifytest.Message())
		if errs.KindOf(err) != want.kind || fetch.Wait(err) != want.wait {
			t.Errorf("%s: %v", answer, err)
		}
	}
	notifytest.Transport(t, r, func() error { return open(t).Send(t.Context(), env, notifytest.Message()) })
}
