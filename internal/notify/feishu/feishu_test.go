package feishu_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/notify/feishu"
	"github.com/vedette-ti/vedette/internal/notify/notifytest"
)

const ok = `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`

func open(t *testing.T) notify.Channel {
	t.Helper()
	c, err := feishu.Kind().New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequest(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL + "/open-apis/bot/v2/hook/abc", "secret": "密钥"})
	if err := open(t).Send(t.Context(), env, notifytest.Message()); err != nil {
		t.Fatal(err)
	}
	_, body, _ := r.Last()
	sign := base64.StdEncoding.EncodeToString(hmac.New(sha256.New, []byte("1783501811\n密钥")).Sum(nil))
	want := fmt.Sprintf(`{"timestamp":"1783501811","sign":%q,"msg_type":"post","content":{"post":{"zh_cn":{"title":"[TLP:GREEN] 命中监视：evil[.]com",`+
		`"content":[[{"tag":"text","text":"报告提到 hxxp://evil[.]com/a 和 1[.]2[.]3[.]4。\n来源：vendor\n值：evil[.]com"}],`+
		`[{"tag":"a","text":"在前哨中打开","href":"https://vedette.corp.example/observables/7"}]]}}}}`, sign)
	if diff := cmp.Diff(want, string(body)); diff != "" {
		t.Error(diff)
	}
}

func TestSignatureWithoutSecret(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	if err := open(t).Send(t.Context(), notifytest.Env(t, map[string]string{"url": r.URL}), notifytest.Message()); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := r.Last(); strings.Contains(string(body), "sign") || strings.Contains(string(body), "timestamp") {
		t.Errorf("%s", body)
	}
}

func TestLongMessageFits(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL})
	for _, unit := range []string{"情报", `"\`, "<at user_id=\"all\">x</at>", "\u2028"} {
		m := notifytest.Message()
		m.Body = strings.Repeat(unit, 10_000)
		if err := open(t).Send(t.Context(), env, m); err != nil {
			t.Fatal(err)
		}
		if _, body, _ := r.Last(); len(body) > 20_000 {
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
		`{"code":11232,"msg":"frequency limited psm"}`:                                {errs.RateLimited, time.Minute},
		`{"code":19021,"msg":"sign match fail or timestamp is not within 1h"}`:        {errs.Invalid, 0},
		`{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`: {errs.Invalid, 0},
		`{"code":19024,"msg":"Key Words Not Found"}`:                                  {errs.Invalid, 0},
		`{"code":500,"msg":"busy"}`:                                                   {errs.Unavailable, 0},
		`<html>`:                                                                      {errs.Invalid, 0},
		`{}`:                                                                          {errs.Invalid, 0},
		`{"code":"0"}`:                                                                {errs.Invalid, 0},
	} {
		r.Answer(200, answer, nil)
		err := open(t).Send(t.Context(), env, notifytest.Message())
		if errs.KindOf(err) != want.kind || fetch.Wait(err) != want.wait {
			t.Errorf("%s: %v", answer, err)
		}
	}
	notifytest.Transport(t, r, func() error { return open(t).Send(t.Context(), env, notifytest.Message()) })
	if err := open(t).Send(t.Context(), notifytest.Env(t, nil), notifytest.Message()); errs.KindOf(err) != errs.Invalid {
		t.Errorf("no address: %v", err)
	}
}
