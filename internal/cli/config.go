package cli

import (
	"fmt"
	"slices"

	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// settings are the flags of every command that opens a configuration.
type settings struct {
	ConfigFile string   `name:"config" placeholder:"FILE" help:"Configuration file (YAML)."`
	Set        []string `sep:"none" placeholder:"KEY=VALUE" help:"Set one configuration value, e.g. --set log.level=debug; may be repeated."`
}

// options turns flags into what package config reads. Extra holds flags of the command by key.
func (s settings) options(c *console, extra map[string]string) (config.Options, error) {
	flags := map[string]string{}
	for _, kv := range s.Set {
		key, value, ok := cutKV(kv)
		if !ok {
			return config.Options{}, errs.New(errs.Invalid, "set_form", "--set takes KEY=VALUE, not {value}.", "value", kv)
		}
		flags[key] = value
	}
	for k, v := range extra {
		if v != "" {
			flags[k] = v
		}
	}
	env := make([]string, 0, len(c.env))
	for k, v := range c.env {
		if !slices.Contains([]string{"VEDETTE_KEY", "VEDETTE_SERVER", "VEDETTE_ALLOW_PLAIN"}, k) { // the command line's own
			env = append(env, k+"="+v)
		}
	}
	return config.Options{File: s.ConfigFile, Env: env, Flags: flags}, nil
}

func cutKV(s string) (key, value string, ok bool) {
	for i := range len(s) {
		if s[i] == '=' {
			return s[:i], s[i+1:], i > 0
		}
	}
	return "", "", false
}

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"List everything wrong with the configuration."`
	Show  configShowCmd  `cmd:"" help:"Print every value with its origin, secrets hidden."`
}

type configCheckCmd struct {
	settings
	Data string `placeholder:"DIR" help:"Data folder."`
	JSON bool   `help:"Print JSON."`
}

func (k configCheckCmd) Run(c *console) error {
	o, err := k.options(c, map[string]string{"data": k.Data})
	if err != nil {
		return err
	}
	problems := config.Check(o)
	wrong := 0
	type line struct {
		Key     string `json:"key"`
		Message string `json:"message"`
		Warning bool   `json:"warning"`
	}
	lines := make([]line, len(problems))
	for i, p := range problems {
		lines[i] = line{Key: p.Key, Message: p.Error(), Warning: p.Warning}
		if !p.Warning {
			wrong++
		}
	}
	if k.JSON {
		if err := printJSON(c, map[string]any{"problems": lines}); err != nil {
			return err
		}
	} else {
		for _, l := range lines {
			kind := "error"
			if l.Warning {
				kind = "warning"
			}
			fmt.Fprintf(c.out, "%s: %s\n", kind, l.Message)
		}
		if len(lines) == 0 {
			fmt.Fprintln(c.out, "The configuration is good.")
		}
	}
	if wrong > 0 {
		return errs.New(errs.Invalid, "config_wrong", "The configuration has {count} errors.", "count", wrong)
	}
	return nil
}

type configShowCmd struct {
	settings
	Data string `placeholder:"DIR" help:"Data folder."`
	JSON bool   `help:"Print JSON."`
}

func (k configShowCmd) Run(c *console) error {
	o, err := k.options(c, map[string]string{"data": k.Data})
	if err != nil {
		return err
	}
	cfg, origins, err := config.Load(o)
	if err != nil {
		return err
	}
	values := config.Show(cfg, origins)
	if k.JSON {
		return printJSON(c, values)
	}
	t := newTable(c, "KEY", "VALUE", "ORIGIN")
	for _, v := range values {
		t.add(v.Key, v.Value, v.Origin.String())
	}
	return t.print(c.out)
}

func printJSON(c *console, v any) error {
	b, err := jsonx.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s\n", b)
	return err
}
