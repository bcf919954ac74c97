package config

import (
	"errors"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// leaf is one setting of the struct.
type leaf struct {
	key    string // "store.dsn"
	help   string
	secret string // "", "all", "url"
	value  reflect.Value
}

// leaves lists the settings of c in the order of the struct. Their values can be set.
func leaves(c *Config) []leaf { return walk(reflect.ValueOf(c).Elem(), "") }

func walk(v reflect.Value, prefix string) []leaf {
	var out []leaf
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := prefix + f.Tag.Get("conf")
		if f.Type.Kind() == reflect.Struct {
			out = append(out, walk(v.Field(i), key+".")...)
			continue
		}
		out = append(out, leaf{key: key, help: f.Tag.Get("help"), secret: f.Tag.Get("secret"), value: v.Field(i)})
	}
	return out
}

// env is the environment variable of a key.
func env(key string) string {
	return "VEDETTE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// set reads a value from text; lists are separated by commas.
func (l leaf) set(text string) error {
	switch p := l.value.Addr().Interface().(type) {
	case *string:
		*p = text
	case *[]string:
		list := []string{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		*p = list
	case *bool:
		switch strings.ToLower(text) {
		case "true", "yes", "on", "1":
			*p = true
		case "false", "no", "off", "0":
			*p = false
		default:
			return errors.New("write true or false")
		}
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("write a whole number")
		}
		*p = n
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return errors.New("write a number")
		}
		*p = n
	case *time.Duration:
		return setTo(p, text, parseDuration)
	case *Size:
		return setTo(p, text, parseSize)
	default:
		return errors.New("cannot be set")
	}
	return nil
}

func setTo[T any](p *T, text string, parse func(string) (T, error)) error {
	v, err := parse(text)
	if err == nil {
		*p = v
	}
	return err
}

// setList sets a list from its elements, which may hold commas.
func (l leaf) setList(list []string) bool {
	p, ok := l.value.Addr().Interface().(*[]string)
	if ok {
		*p = list
	}
	return ok
}

// text returns the value as it could be written in the file.
func (l leaf) text() string {
	switch v := l.value.Interface().(type) {
	case []string:
		return strings.Join(v, ", ")
	case time.Duration:
		return formatDuration(v)
	case Size:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return l.value.String()
}

// shown is text with its secret hidden.
func (l leaf) shown() string {
	t := l.text()
	switch {
	case t == "":
		return ""
	case l.secret == "all":
		return hidden
	case l.secret == "url":
		u, err := url.Parse(t)
		if err != nil {
			return hidden
		}
		return u.Redacted()
	}
	return t
}

const hidden = "(hidden)"

var errDuration = errors.New("write a time such as 30s, 15m, 12h or 7d")

// parseDuration reads Go's form and whole or broken days and weeks ("7d", "1.5d", "2w"). It is never negative.
func parseDuration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day} {
		number, ok := strings.CutSuffix(s, unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || n < 0 || n > 36500 || math.IsNaN(n) {
			return 0, errDuration
		}
		return time.Duration(n * float64(length)), nil
	}
	if s == "0" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, errDuration
	}
	return d, nil
}

func formatDuration(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// units of sizes, the longest endings first.
func units() []struct {
	name string
	size Size
} {
	return []struct {
		name string
		size Size
	}{
		{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
		{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"b", 1},
	}
}

var errSize = errors.New("write a size such as 512MiB, 1GiB or a number of bytes")

func parseSize(s string) (Size, error) {
	s = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
	unit := Size(1)
	for _, u := range units() {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = number, u.size
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || math.IsNaN(n) || n*float64(unit) > 1<<62 {
		return 0, errSize
	}
	return Size(n * float64(unit)), nil
}

// String writes a size with the largest binary unit that divides it.
func (s Size) String() string {
	for _, u := range []struct {
		name string
		size Size
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if s != 0 && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// nearest returns the name most like s, "" when none is.
func nearest(s string, names []string) string {
	best, at := "", max(1, len(s)/3)+1
	for _, n := range names {
		if d := distance(strings.ToLower(s), n); d < at {
			best, at = n, d
		}
	}
	return best
}

// distance counts insertions, deletions, replacements and exchanges of neighbours (optimal string alignment).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before = last
	}
	return row[len(b)]
}
