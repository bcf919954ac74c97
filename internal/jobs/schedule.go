package jobs

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Schedule tells when a recurring job is due.
type Schedule interface {
	// Next returns the first time after t.
	Next(t time.Time) time.Time
}

// minInterval keeps a mistyped schedule from running all the time.
const minInterval = time.Second

// ParseSchedule reads an interval ("15m", "24h", counted from the end of a run) or a cron expression of five
// fields ("*/5 8-18 * * 1-5"), "@hourly", "@daily", "@weekly", "@monthly", with an optional time zone in
// front ("CRON_TZ=Asia/Shanghai 0 9 * * *"); UTC else.
func ParseSchedule(text string) (Schedule, error) {
	text = strings.TrimSpace(text)
	bad := func(err error) error {
		return errs.Wrap(err, errs.Invalid, "bad_schedule",
			"{value} is not a schedule: write an interval such as 15m or five cron fields such as 0 6 * * *.", "value", clip(text))
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(text, "@every ")); err == nil {
		if d < minInterval {
			return nil, bad(nil)
		}
		return interval(d), nil
	}
	zone, fields := time.UTC, text
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			name, after, _ := strings.Cut(rest, " ")
			var err error
			if zone, err = time.LoadLocation(name); err != nil || name == "Local" {
				return nil, bad(err)
			}
			fields = strings.TrimSpace(after)
			break
		}
	}
	// The library's own time zones and "@every" are not used: it panics on a zone without fields.
	if len(fields) > 200 || strings.Contains(fields, "=") || strings.HasPrefix(fields, "@every") {
		return nil, bad(nil)
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(fields)
	if err != nil {
		return nil, bad(err)
	}
	c := cronSchedule{s, zone}
	if c.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, errs.New(errs.Invalid, "schedule_never", "{value} names no day that exists.", "value", clip(text))
	}
	return c, nil
}

type interval time.Duration

func (i interval) Next(t time.Time) time.Time { return t.Add(time.Duration(i)) }

type cronSchedule struct {
	cron.Schedule
	zone *time.Location
}

func (c cronSchedule) Next(t time.Time) time.Time {
	n := c.Schedule.Next(t.In(c.zone))
	if n.IsZero() {
		return n
	}
	return n.UTC()
}

// clip makes text that every engine stores: short, valid UTF-8 without NUL.
func clip(s string) string {
	const most = 200
	s = strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), 2*most)], "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
