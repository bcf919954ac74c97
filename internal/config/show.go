package config

import (
	"net/url"
	"regexp"
	"strings"
)

// Value is one line of config show.
type Value struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // "(hidden)" for a secret that is set
	Origin Origin `json:"origin"`
	Help   string `json:"help"`
	Env    string `json:"env"`
}

// Show lists every setting in the order of the struct, with its origin and without secrets.
func Show(c Config, from Origins) []Value {
	list := leaves(&c)
	out := make([]Value, len(list))
	for i, l := range list {
		out[i] = Value{Key: l.key, Value: l.shown(), Origin: from[l.key], Help: l.help, Env: env(l.key)}
	}
	return out
}

// Keys returns every key that a flag or the file may set, without the files of secrets.
func Keys() []string {
	c := Default()
	var out []string
	for _, l := range leaves(&c) {
		out = append(out, l.key)
	}
	return out
}

var passwordInDSN = regexp.MustCompile(`(?i)(?:^|\s)password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))`)

// Secrets returns the secret values of a configuration, whole and the passwords within, for the redaction
// of logs.
func (c Config) Secrets() []string {
	var out []string
	for _, l := range leaves(&c) {
		t := l.text()
		if l.secret == "" || t == "" {
			continue
		}
		if l.secret == "all" {
			out = append(out, t)
		}
		if u, err := url.Parse(t); err == nil && u.User != nil {
			if p, ok := u.User.Password(); ok {
				out = append(out, p)
			}
		}
		if m := passwordInDSN.FindStringSubmatch(t); m != nil {
			out = append(out, strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(m[1])+m[2])
		}
	}
	return out
}
