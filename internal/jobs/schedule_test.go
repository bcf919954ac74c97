package jobs

import (
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

func TestSchedule(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse("2006-01-02 15:04:05", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ schedule, from, next string }{
		{"15m", "2026-11-20 10:07:30", "2026-11-20 10:22:30"},
		{"@every 1h30m", "2026-11-20 10:00:00", "2026-11-20 11:30:00"},
		{"0 6 * * *", "2026-11-20 06:00:00", "2026-11-21 06:00:00"},
		{"*/5 8-18 * * 1-5", "2026-11-20 18:55:01", "2026-11-23 08:00:00"}, // Friday to Monday
		{"@hourly", "2026-11-20 10:59:59", "2026-11-20 11:00:00"},
		{"CRON_TZ=Asia/Shanghai 0 9 * * *", "2026-11-20 00:30:00", "2026-11-20 01:00:00"},
		{" TZ=Europe/Berlin  30 2 29 3 * ", "2026-01-01 00:00:00", "2027-03-29 00:30:00"}, // 2026: 02:30 does not exist
		{"0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"},
	} {
		s, err := ParseSchedule(c.schedule)
		if err != nil {
			t.Errorf("%q: %v", c.schedule, err)
			continue
		}
		if got := s.Next(at(c.from)); !got.Equal(at(c.next)) {
			t.Errorf("%q after %s: %s, want %s", c.schedule, c.from, got, c.next)
		}
	}
	for _, bad := range []string{
		"", " ", "5", "999ms", "-1h", "0s", "@every 1ns", "@every", "* * * *", "* * * * * *", "60 * * * *", "0 0 30 2 *", "TZ=", "CRON_TZ=UTC", "TZ=Local 0 0 * * *",
		"TZ=../../etc/passwd 0 0 * * *", "TZ=UTC TZ=UTC 0 0 * * *", "@reboot", "*/0 * * * *", "1-100000000 * * * *", "0 0 * * MON-SUN-TUE",
	} {
		if s, err := ParseSchedule(bad); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v, %v", bad, s, err)
		}
	}
}

// FuzzSchedule looks for schedules that panic, never come due or stand still.
func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"15m", "0 6 * * *", "@daily", "CRON_TZ=Asia/Shanghai 0 9 * * *", "TZ=", "@every 1h", "*/5 1,2-3/4 ? JAN MON#2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Fatal(err)
			}
			return
		}
		now := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
		if next := s.Next(now); !next.After(now) {
			t.Fatalf("%q: %v is not after %v", text, next, now)
		}
	})
}
