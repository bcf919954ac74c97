package list

import (
	"strconv"
	"strings"
	"time"
)

// layouts of times that occur in feeds; without zone they are UTC.
func layouts() []string {
	return []string{
		time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04:05 MST", "2006-01-02", "2006-01-02T15:04:05",
		"2006-01-02 15:04", "2006-01-02 15:04:05 -0700", "2006/01/02 15:04:05", "2006/01/02", "20060102",
		time.RFC1123Z, time.RFC1123, "02/Jan/2006", "2 Jan 2006", "Jan 2, 2006", "2006年1月2日", "2006-01-02 15:04:05.999999",
	}
}

// parseTime reads a time, or Unix seconds, milliseconds or microseconds. Empty is the zero time.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "null", "none", "-", "n/a":
		return time.Time{}, true
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && len(s) != 8 {
		switch {
		case f >= 1e8 && f < 1e11:
			return time.UnixMicro(int64(f * 1e6)).UTC(), true
		case f >= 1e11 && f < 1e14:
			return time.UnixMilli(int64(f)).UTC(), true
		case f >= 1e14 && f < 1e17:
			return time.UnixMicro(int64(f)).UTC(), true
		}
		return time.Time{}, false
	}
	for _, l := range layouts() {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// parseConfidence reads 0–100, a share from 0 to 1 with a point, or STIX's words (STIX 2.1, appendix A).
func parseConfidence(s string) (int, bool) {
	s = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%")))
	switch s {
	case "", "null":
		return -1, true
	case "none":
		return 0, true
	case "low", "低":
		return 15, true
	case "medium", "med", "moderate", "中":
		return 50, true
	case "high", "高":
		return 85, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f > 100 {
		return -1, false
	}
	if f <= 1 && strings.Contains(s, ".") {
		f *= 100
	}
	return int(f + 0.5), true
}

func parseBool(s string) (*bool, bool) {
	v := false
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "null":
		return nil, true
	case "true", "1", "yes", "y", "t", "online", "是":
		v = true
	case "false", "0", "no", "n", "f", "offline", "否":
	default:
		return nil, false
	}
	return &v, true
}

// splitTags splits a field of tags at commas, semicolons and bars.
func splitTags(s string) []string {
	var out []string
	for t := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' || r == '\n' }) {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}
