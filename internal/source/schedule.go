package source

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/naming"
)

// minInterval is the shortest distance of two visits.
const minInterval = time.Minute

// parseSchedule reads "@every 15m", "@daily" and its like, or a cron expression of five fields, in UTC.
func parseSchedule(spec string) (cron.Schedule, error) {
	wrong := func(reason string) error {
		return errs.New(errs.Invalid, "bad_schedule",
			"The schedule {value} cannot be used: {reason}. Write @every 15m, @daily, or five cron fields such as 30 6 * * 1-5 (UTC).",
			"value", naming.Clip(spec, 80), "reason", reason).At("schedule")
	}
	// The parser panics on a time zone without fields, and knows no limit of length.
	if len(spec) > 200 || strings.Contains(spec, "TZ=") {
		return nil, wrong("it is too long or names a time zone")
	}
	sched, err := cron.ParseStandard("CRON_TZ=UTC " + spec)
	if err != nil {
		return nil, wrong("it is not a schedule")
	}
	base := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	next := sched.Next(base)
	if next.IsZero() {
		return nil, wrong("it never comes")
	}
	if sched.Next(next).Sub(next) < minInterval {
		return nil, wrong("the shortest interval is one minute")
	}
	return sched, nil
}

func checkSchedule(spec string) error {
	if spec == "" {
		return nil
	}
	_, err := parseSchedule(spec)
	return err
}

// NextRun returns the first visit after a moment; the zero time for a source that is visited only by hand.
func NextRun(schedule string, after time.Time) (time.Time, error) {
	if schedule == "" {
		return time.Time{}, nil
	}
	sched, err := parseSchedule(schedule)
	if err != nil {
		return time.Time{}, err
	}
	return sched.Next(after.UTC()), nil
}

// firstRun is the next visit of a source that was made or switched on: intervals begin now, cron waits for
// its time.
func (s *Service) firstRun(src Source, now time.Time) time.Time {
	if k, ok := s.kind(src.Kind); !ok || k.Push || src.Schedule == "" {
		return time.Time{}
	}
	if strings.HasPrefix(src.Schedule, "@every") {
		return now
	}
	next, err := NextRun(src.Schedule, now)
	if err != nil {
		return time.Time{}
	}
	return next
}

// interval is the distance of two visits about now, 0 without a schedule.
func interval(schedule string, now time.Time) time.Duration {
	first, err := NextRun(schedule, now)
	if err != nil || first.IsZero() {
		return 0
	}
	second, err := NextRun(schedule, first)
	if err != nil {
		return 0
	}
	return second.Sub(first)
}

// backOff is the wait after that many failures in a row: one minute, doubled each time, up to the limit.
func backOff(failures int, limit time.Duration) time.Duration {
	wait := time.Minute
	for range failures - 1 {
		if wait *= 2; wait >= limit {
			return limit
		}
	}
	return min(wait, limit)
}

// health judges a source from its state. A source is stale when StaleAfter intervals passed without success.
func (s *Service) health(src Source, now time.Time) Health {
	st := src.State
	k, known := s.kind(src.Kind)
	switch {
	case src.Deleted || !src.Enabled:
		return Health{Status: StatusDisabled, Since: src.Modified}
	case src.Builtin || known && k.Push:
		if st.LastItem.IsZero() {
			return Health{Status: StatusNever}
		}
		return Health{Status: StatusOK, Since: st.LastItem}
	case st.Failures > 0:
		return Health{Status: StatusFailing, Since: st.FailingSince, Error: st.LastError}
	}
	base := st.LastSuccess
	if base.IsZero() {
		base = src.Modified
	}
	if every := interval(src.Schedule, now); every > 0 && now.Sub(base) > time.Duration(s.o.StaleAfter)*every+10*time.Minute {
		return Health{Status: StatusStale, Since: base}
	}
	if st.LastSuccess.IsZero() {
		return Health{Status: StatusNever}
	}
	return Health{Status: StatusOK, Since: st.LastSuccess}
}
