package source

import (
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

func TestNextRun(t *testing.T) {
	after := time.Date(2026, 2, 28, 23, 59, 30, 0, time.FixedZone("", 8*3600)) // 15:59:30 UTC
	for spec, want := range map[string]string{
		"":               "0001-01-01T00:00:00Z",
		"@every 15m":     "2026-02-28T16:14:30Z",
		"@every 1h30m":   "2026-02-28T17:29:30Z",
		"@daily":         "2026-03-01T00:00:00Z",
		"30 6 * * 1-5":   "2026-03-02T06:30:00Z",
		"* * * * *":      "2026-02-28T16:00:00Z",
		"0 0 29 2 *":     "2028-02-29T00:00:00Z",
		"0 12 * * mon,2": "2026-03-02T12:00:00Z",
	} {
		got, err := NextRun(spec, after)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %v, want %s", spec, got.Format(time.RFC3339), err, want)
		}
	}
	for _, spec := range []string{
		"@every 1s", "@every 59s", "@every -5m", "@every 0", "@every", "@reboot", "@sometimes", "TZ=", "TZ=0", "CRON_TZ=UTC * * * * *", "0 0 31 2 *", "* * * *", "* * * * * *",
		"61 * * * *", "*/0 * * * *", "@every 99999999999999999999h", strings.Repeat("1,", 200) + "1 * * * *", "\x00", "每天",
	} {
		if got, err := NextRun(spec, after); errs.KindOf(err) != errs.Invalid || err == nil {
			t.Errorf("%q: %v, %v", spec, got, err)
		}
	}
}

func TestBackOff(t *testing.T) {
	for failures, want := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 5: 16 * time.Minute, 9: 256 * time.Minute, 10: 6 * time.Hour, 1_000_000: 6 * time.Hour} {
		if got := backOff(failures, 6*time.Hour); got != want {
			t.Errorf("%d: %s", failures, got)
		}
	}
}

// TestSecretsStay lists changes of a configuration with a stored secret.
func TestSecretsStay(t *testing.T) {
	before := Source{Config: jsonx.Raw(`{"url":"https://Feed.example/a","proxy":"socks5://127.0.0.1:9050","more":["https://other.example/"]}`), SecretsSet: []string{"password", "token"}}
	for config, ok := range map[string]bool{
		`{"url":"https://feed.example/b?x=1"}`:                     true,
		`{"url":"https://other.example/"}`:                         true,
		`{"url":"http://feed.example/a"}`:                          false, // in the clear
		`{"url":"https://feed.example:8443/a"}`:                    false,
		`{"url":"https://feed.example@evil.example/a"}`:            false,
		`{"deep":{"list":["x",{"u":"https://evil.example/"}]}}`:    false,
		`{"url":" https://evil.example/"}`:                         false,
		`{"url":"//evil.example/"}`:                                false,
		`{"path":"/var/lib/feeds","number":5,"text":"no address"}`: true,
	} {
		after := Source{Config: jsonx.Raw(config)}
		if err := secretsStay(before, after, nil); (err == nil) != ok {
			t.Errorf("%s: %v", config, err)
		}
		if err := secretsStay(before, after, map[string]string{"password": "", "token": "x"}); err != nil {
			t.Errorf("%s with secrets given again: %v", config, err)
		}
		if err := secretsStay(before, after, map[string]string{"token": "x"}); (err == nil) != ok {
			t.Errorf("%s with one of them given again: %v", config, err)
		}
	}
}

func FuzzNextRun(f *testing.F) {
	for _, s := range []string{"@every 15m", "30 6 * * 1-5", "TZ=", "@every -1h", "*/5,1-2 ? L * mon"} {
		f.Add(s)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		next, err := NextRun(spec, now)
		if err != nil || spec == "" {
			return
		}
		if !next.After(now) {
			t.Errorf("%q: %s", spec, next)
		}
	})
}
