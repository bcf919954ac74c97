package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Options say where settings come from.
type Options struct {
	// File is the configuration file; "" takes VEDETTE_CONFIG, else vedette.yaml in the data folder when it
	// is there.
	File string
	// Env is the environment as "NAME=value"; nil takes the process's.
	Env []string
	// Flags are values given on the command line, by key ("listen", "store.dsn").
	Flags map[string]string
}

// Layers from which a value comes.
const (
	FromDefault = "default"
	FromFile    = "file"
	FromEnv     = "environment"
	FromFlag    = "flag"
)

// Origin says where a value comes from.
type Origin struct {
	Layer string `json:"layer"`
	Place string `json:"place,omitempty"` // "vedette.yaml:12", "VEDETTE_LISTEN", "--listen"
	// Secret is the file that holds the value, when the place only names it.
	Secret string `json:"secret_file,omitempty"`
}

// String is how an origin is shown.
func (o Origin) String() string {
	s := o.Layer
	if o.Place != "" {
		s += " " + o.Place
	}
	if o.Secret != "" {
		s += " → " + o.Secret
	}
	return s
}

// Origins by key.
type Origins map[string]Origin

// Problem is one thing wrong. A warning does not keep Vedette from starting.
type Problem struct {
	Key     string      `json:"key"`
	Err     *errs.Error `json:"-"` // its Subject is the place
	Warning bool        `json:"warning"`
}

// Error is the place and the reason, for people.
func (p Problem) Error() string { return p.Err.Error() }

// Load returns the configuration, the origin of every value, and one error that lists all problems.
func Load(o Options) (Config, Origins, error) {
	c, origins, problems := load(o)
	var lines []string
	for _, p := range problems {
		if !p.Warning {
			lines = append(lines, "  "+p.Error())
		}
	}
	if len(lines) > 0 {
		return c, origins, errs.New(errs.Invalid, "config_invalid", "The configuration has {count} problems:\n{list}",
			"count", len(lines), "list", strings.Join(lines, "\n"))
	}
	return c, origins, nil
}

// Check returns every problem and warning, errors first.
func Check(o Options) []Problem {
	_, _, problems := load(o)
	slices.SortStableFunc(problems, func(a, b Problem) int {
		switch {
		case a.Warning == b.Warning:
			return 0
		case b.Warning:
			return -1
		}
		return 1
	})
	return problems
}

func load(o Options) (Config, Origins, []Problem) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	c := Default()
	l := &loader{origins: Origins{}, byKey: map[string]leaf{}}
	for _, f := range leaves(&c) {
		l.byKey[f.key] = f
		l.keys = append(l.keys, f.key)
		l.origins[f.key] = Origin{Layer: FromDefault}
	}
	vars := environment(o.Env)
	l.file(o, vars)
	l.environment(vars)
	for _, key := range slices.Sorted(mapKeys(o.Flags)) {
		l.put(key, o.Flags[key], Origin{Layer: FromFlag, Place: "--" + key})
	}
	if c.Data == "" {
		c.Data = DefaultData(vars)
	}
	if abs, err := filepath.Abs(c.Data); err == nil {
		c.Data = abs
	}
	before := len(l.problems)
	l.check(c)
	slices.SortStableFunc(l.problems[before:], func(a, b Problem) int { // in the order of the settings
		return slices.Index(l.keys, a.Key) - slices.Index(l.keys, b.Key)
	})
	return c, l.origins, l.problems
}

// DefaultData is the data folder without any setting: vedette in the user's data folder (XDG), else in the
// working folder. Vars is the environment by name.
func DefaultData(vars map[string]string) string {
	if d := vars["XDG_DATA_HOME"]; filepath.IsAbs(d) {
		return filepath.Join(d, "vedette")
	}
	if h := vars["HOME"]; filepath.IsAbs(h) {
		return filepath.Join(h, ".local", "share", "vedette")
	}
	return "vedette-data"
}

func environment(list []string) map[string]string {
	m := make(map[string]string, len(list))
	for _, e := range list {
		if name, value, ok := strings.Cut(e, "="); ok {
			m[name] = value
		}
	}
	return m
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// loader puts layers over each other.
type loader struct {
	keys     []string
	byKey    map[string]leaf
	origins  Origins
	problems []Problem
}

func (l *loader) problem(key, place string, e *errs.Error) {
	l.problems = append(l.problems, Problem{Key: key, Err: e.At(place)})
}

func (l *loader) warn(key, place string, e *errs.Error) {
	l.problems = append(l.problems, Problem{Key: key, Err: e.At(place), Warning: true})
}

const fileSuffix = "_file"

// find resolves a key, also that of a secret's file. The latter gives asFile.
func (l *loader) find(key string) (f leaf, asFile, ok bool) {
	if f, ok = l.byKey[key]; ok {
		return f, false, true
	}
	if base, cut := strings.CutSuffix(key, fileSuffix); cut {
		if f, ok = l.byKey[base]; ok && f.secret != "" {
			return f, true, true
		}
	}
	return leaf{}, false, false
}

// put sets a value given as text.
func (l *loader) put(key, text string, from Origin) {
	f, asFile, ok := l.find(key)
	if !ok {
		l.unknown(key, from.Place)
		return
	}
	if asFile {
		value, err := readSecret(text)
		if err != nil {
			l.problem(f.key, from.Place, errs.New(errs.Invalid, "config_secret_file", "{key}: the file {path} cannot be read: {reason}.", "key", key, "path", text, "reason", reason(err)))
			return
		}
		from.Secret, text = text, value
	}
	if err := f.set(text); err != nil {
		l.problem(f.key, from.Place, badValue(f, text, err))
		return
	}
	l.claim(f.key, from)
}

// claim notes the origin. The same key twice in one layer, as itself and as a file, is a mistake.
func (l *loader) claim(key string, from Origin) {
	if old := l.origins[key]; old.Layer == from.Layer && old.Place != "" {
		l.problem(key, from.Place, errs.New(errs.Invalid, "config_twice", "{key} is also set at {place}: keep one of them.", "key", key, "place", old.Place))
	}
	l.origins[key] = from
}

func badValue(f leaf, text string, err error) *errs.Error {
	if f.secret != "" {
		text = hidden
	}
	return errs.New(errs.Invalid, "config_value", "{key}: {value} does not fit: {reason}.", "key", f.key, "value", quote(text), "reason", err.Error())
}

func quote(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}

func (l *loader) unknown(key, place string) {
	l.problem(key, place, unknownKey(key, nearest(key, l.keys)))
}

func unknownKey(key, like string) *errs.Error {
	if like == "" {
		return errs.New(errs.Invalid, "config_unknown", "There is no setting {key}. vedette config show lists all.", "key", key)
	}
	return errs.New(errs.Invalid, "config_unknown", "There is no setting {key}. Did you mean {like}?", "key", key, "like", like)
}

// environment reads VEDETTE_*. Unknown ones are warnings only: container platforms set names of their own
// (VEDETTE_SERVICE_HOST for a service called vedette).
func (l *loader) environment(vars map[string]string) {
	names := map[string]string{}
	for _, k := range l.keys {
		names[env(k)] = k
		if l.byKey[k].secret != "" {
			names[env(k+fileSuffix)] = k + fileSuffix
		}
	}
	for _, name := range slices.Sorted(mapKeys(vars)) {
		key, known := names[name]
		switch {
		case known:
			l.put(key, vars[name], Origin{Layer: FromEnv, Place: name})
		case strings.HasPrefix(name, "VEDETTE_") && name != configVariable:
			like := nearest(strings.ToLower(name), lowered(names))
			l.warn(name, name, unknownKey(name, strings.ToUpper(like)))
		}
	}
}

func lowered(names map[string]string) []string {
	out := make([]string, 0, len(names))
	for n := range names {
		out = append(out, strings.ToLower(n))
	}
	slices.Sort(out)
	return out
}

const (
	configVariable = "VEDETTE_CONFIG"
	fileName       = "vedette.yaml"
	maxFile        = 1 << 20
)

// file reads the YAML layer.
func (l *loader) file(o Options, vars map[string]string) {
	path, asked := o.File, true
	if path == "" {
		path = vars[configVariable]
	}
	if path == "" {
		data := o.Flags["data"]
		if data == "" {
			data = vars[env("data")]
		}
		if data == "" {
			data = DefaultData(vars)
		}
		path, asked = filepath.Join(data, fileName), false
	}
	text, err := readBounded(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return
	}
	if err != nil {
		l.problem("", path, errs.New(errs.Invalid, "config_file", "The configuration file cannot be read: {reason}.", "reason", reason(err)))
		return
	}
	l.yaml(filepath.Base(path), text)
	if place := l.origins["data"].Place; !asked && l.origins["data"].Layer == FromFile {
		l.problem("data", place, errs.New(errs.Invalid, "config_data_inside", "data cannot be set in the file that lies in the data folder: use --data or {variable}.", "variable", env("data")))
	}
}

// readSecret reads a secret's file without the line end that editors add.
func readSecret(path string) (string, error) {
	b, err := readBounded(path, 64<<10)
	return strings.TrimRight(string(b), "\r\n"), err
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator's own path
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("it is larger than %v", Size(most))
	}
	return b, err
}

// reason is an error without the path, which the message names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
