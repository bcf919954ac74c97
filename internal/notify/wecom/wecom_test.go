package wecom_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/notify"
	"github.com/vedette-ti/vedette/internal/notify/notifytest"
	"github.com/vedette-ti/vedette/internal/notify/wecom"
)

const ok = `{"errcode":0,"errmsg":"ok"}`

func open(t *testing.T) notify.Channel {
	t.Helper()
	c, err := wecom.Kind().New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequest(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL + "/cgi-bin/webhook/send?key=k"})
	if err := open(t).Send(t.Context(), env, notifytest.Message()); err != nil {
		t.Fatal(err)
	}
	req, body, _ := r.Last()
	want := `{"msgtype":"text","text":{"content":"[TLP:GREEN] 命中监视：evil[.]com\n报告提到 hxxp://evil[.]com/a 和 1[.]2[.]3[.]4。\n来源：vendor\n值：evil[.]com\n` +
		`在前哨中打开 https://vedette.corp.example/observables/7"}}`
	if diff := cmp.Diff(want, string(body)); diff != "" || req.URL.Query().Get("key") != "k" {
		t.Error(diff, req.URL)
	}
}

// TestLimit holds the 2,048 bytes for every length around it, with characters of one to four bytes.
func TestLimit(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL})
	for _, unit := range []string{"x", "é", "情", "😀"} {
		for n := 1700; n < 2100; n += 13 {
			m := notifytest.Message()
			m.Title = strings.Repeat(unit, n%300)
			m.Body = strings.Repeat(unit, n/len(unit)+n%7)
			if err := open(t).Send(t.Context(), env, m); err != nil {
				t.Fatal(err)
			}
			_, body, _ := r.Last()
			var got struct {
				Text struct {
					Content string `json:"content"`
				} `json:"text"`
			}
			if err := jsonx.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			c := got.Text.Content
			if len(c) > 2048 || !utf8.ValidString(c) || strings.Contains(c, "�") || !strings.HasSuffix(c, m.URL) {
				t.Fatalf("%q × %d: %d bytes, ends %q", unit, n, len(c), c[max(0, len(c)-60):])
			}
		}
	}
}

func TestNobodyIsMentioned(t *testing.T) {
	r := notifytest.NewReceiver(t, ok)
	env := notifytest.Env(t, map[string]string{"url": r.URL})
	m := notifytest.Message()
	m.Title, m.Body = "<@all> hi", "<@zhangsan> <<@@all>"
	if err := open(t).Send(t.Context(), env, m); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := r.Last(); strings.Contains(string(body), "<@") {
		t.Errorf("%s", body)
	}
}

func TestCodes(t *testing.T) {
	r := notifytest.NewReceiver(t, "")
	env := notifytest.Env(t, map[string]string{"url": r.URL})
	for answer, want := range map[string]struct {
		kind errs.Kind
		wait time.Duration
	}{
		`{"errcode":45009,"errmsg":"api freq out of limit"}`: {errs.RateLimited, time.Minute},
		`{"errcode":93000,"errmsg":"invalid webhook url"}`:   {errs.Invalid, 0},
		`{"errcode":-1,"errmsg":"system busy"}`:              {errs.Unavailable, 0},
		`{"errcode":40058,"errmsg":"invalid Request"}`:       {errs.Invalid, 0},
		`null`: {errs.Invalid, 0},
	} {
		r.Answer(200, answer, nil)
		err := open(t).Send(t.Context(), env, notifytest.Message())
		if errs.KindOf(err) != want.kind || fetch.Wait(err) != want.wait {
			t.Errorf("%s: %v", answer, err)
		}
	}
	notifytest.Transport(t, r, func() error { return open(t).Send(t.Context(), env, notifytest.Message()) })
}
