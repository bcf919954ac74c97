package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/egress"
)

// written makes files in a folder and returns their paths.
func written(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// yamlOptions loads a text as the file, with an empty environment.
func yamlOptions(t *testing.T, text string, env ...string) Options {
	t.Helper()
	return Options{File: written(t, "vedette.yaml", text), Env: append([]string{"HOME=" + t.TempDir()}, env...)}
}

func codes(list []Problem) (errors, warnings []string) {
	for _, p := range list {
		if p.Warning {
			warnings = append(warnings, p.Err.Code)
		} else {
			errors = append(errors, p.Err.Code)
		}
	}
	return errors, warnings
}

func TestDefaults(t *testing.T) {
	home := t.TempDir()
	c, from, err := Load(Options{Env: []string{"HOME=" + home}})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Data = filepath.Join(home, ".local", "share", "vedette")
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
	if problems := Check(Options{Env: []string{"HOME=" + home}}); len(problems) != 0 {
		t.Errorf("the defaults have problems: %v", problems)
	}
	for key, o := range from {
		if o.Layer != FromDefault {
			t.Errorf("%s comes from %v", key, o)
		}
	}
	if !Loopback(c.Listen) || c.Listen != "127.0.0.1:8320" || len(from) != len(Keys()) {
		t.Errorf("listen %s, %d origins", c.Listen, len(from))
	}
}

func TestLayers(t *testing.T) {
	o := yamlOptions(t, `
# operators comment their files
data: /srv/vedette
listen: 127.0.0.1:9000
log:
  level: debug
  format: json
egress:
  allow: [10.0.0.0/8, "misp.corp.example:8443"]
  rate: 2.5
retention: {audit: 90d, deleted: 2w}
limits:
  upload: 1GiB
mail:
`, "VEDETTE_LOG_LEVEL=warn", "VEDETTE_LISTEN=127.0.0.1:9001", "VEDETTE_SOURCES_ROOTS=/data/reports, /data/feeds", "PATH=/bin")
	o.Flags = map[string]string{"listen": "127.0.0.1:9002"}
	c, from, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Data, want.Listen = "/srv/vedette", "127.0.0.1:9002"
	want.Log = Log{Level: "warn", Format: "json"}
	want.Egress.Allow, want.Egress.Rate = []string{"10.0.0.0/8", "misp.corp.example:8443"}, 2.5
	want.Retention.Audit, want.Retention.Deleted = 90*day, 14*day
	want.Limits.Upload = 1 << 30
	want.Sources.Roots = []string{"/data/reports", "/data/feeds"}
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
	for key, w := range map[string]string{
		"listen": "flag --listen", "log.level": "environment VEDETTE_LOG_LEVEL", "log.format": "file vedette.yaml:7",
		"data": "file vedette.yaml:3", "egress.allow": "file vedette.yaml:9", "mail.port": "default",
	} {
		if got := from[key].String(); got != w {
			t.Errorf("%s comes from %q, want %q", key, got, w)
		}
	}
}

func TestSecrets(t *testing.T) {
	pass := written(t, "smtp", "p=ss wörd\r\n")
	dsn := "postgres://vedette:hunter2@db/vedette"
	o := yamlOptions(t, "mail:\n  password_file: "+pass+"\nstore: {engine: postgres}\negress: {proxy: 'socks5h://u:prox-pass@127.0.0.1:9050'}\n", "VEDETTE_STORE_DSN="+dsn)
	c, from, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mail.Password != "p=ss wörd" || c.Store.DSN != dsn {
		t.Errorf("password %q, dsn %q", c.Mail.Password, c.Store.DSN)
	}
	if got := from["mail.password"].String(); got != "file vedette.yaml:2 → "+pass {
		t.Errorf("origin %q", got)
	}
	all := fmt.Sprintf("%+v", Show(c, from))
	for _, s := range []string{"hunter2", "wörd", "prox-pass"} {
		if strings.Contains(all, s) {
			t.Errorf("config show shows %q", s)
		}
	}
	if !strings.Contains(all, "socks5h://u:xxxxx@127.0.0.1:9050") {
		t.Error("a proxy is shown without its password")
	}
	secrets := c.Secrets()
	for _, s := range []string{"hunter2", "p=ss wörd", "prox-pass"} {
		if !slices.Contains(secrets, s) {
			t.Errorf("%q is not redacted: %q", s, secrets)
		}
	}
	c = Config{Queue: Queue{DSN: `host=db password = 'it\'s me' user=v`}}
	if s := c.Secrets(); !slices.Contains(s, "it's me") {
		t.Errorf("password of a key=value address: %q", s)
	}
	// A bad secret is not repeated in the message.
	for _, p := range Check(yamlOptions(t, "mail: {password: [hunter2]}\nstore: {dsn: &x hunter2}\n")) {
		if strings.Contains(p.Error(), "hunter2") {
			t.Errorf("problem shows the secret: %v", p)
		}
	}
}

func TestProblems(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct {
		yaml string
		env  []string
		want []string
		says string
	}{
		{yaml: "lisen: 127.0.0.1:1", want: []string{"config_unknown"}, says: "vedette.yaml:1: There is no setting lisen. Did you mean listen?"},
		{yaml: "log:\n  levl: info", want: []string{"config_unknown"}, says: "vedette.yaml:2: There is no setting log.levl. Did you mean log.level?"},
		{yaml: "xyzzy_plugh: 1", want: []string{"config_unknown"}, says: "lists all"},
		{yaml: "log: {level: inof}", want: []string{"config_choice"}, says: "Did you mean info?"},
		{yaml: "listen: 0.0.0.0:8320", want: []string{"config_plain"}, says: "passwords would travel in clear"},
		{yaml: "listen: ':8320'", want: []string{"config_plain"}},
		{yaml: "listen: '[::]:8320'", want: []string{"config_plain"}},
		{yaml: "listen: 192.0.2.1:8320\nallow_plain_non_loopback: true\npublic_url: https://ti.example.org"},
		{yaml: "listen: ti.example.org:8320", want: []string{"config_listen_name"}},
		{yaml: "listen: 8320", want: []string{"config_listen"}},
		{yaml: "listen: 127.0.0.1:99999", want: []string{"config_listen"}},
		{yaml: "tls: {cert: /nonexistent/c.pem}", want: []string{"config_tls_half", "config_file_unreadable"}},
		{yaml: "trusted_proxies: [10.0.0.0/8, nonsense]", want: []string{"bad_cidr"}},
		{yaml: "trusted_proxies: 0.0.0.0/0", want: []string{"config_trust_all"}},
		{yaml: "public_url: ti.example.org", want: []string{"config_public_url"}},
		{yaml: "store: {engine: postgres}", want: []string{"config_dsn_missing"}},
		{yaml: "store: {dsn: 'postgres://x'}", want: []string{"config_dsn_unused"}},
		{yaml: "store: sqlite", want: []string{"config_not_mapping"}},
		{yaml: "data: {x: 1}", want: []string{"config_not_value"}},
		{yaml: "data: [a, b]", want: []string{"config_not_value"}},
		{yaml: "egress: {proxy: 'gopher://x'}", want: []string{egressCode(t, egress.Options{Proxy: "gopher://x"})}},
		{yaml: "egress: {allow: ['10.0.0.0/99']}", want: []string{egressCode(t, egress.Options{Allow: []string{"10.0.0.0/99"}})}},
		{yaml: "egress: {routes: ['.onion']}", want: []string{"config_route"}},
		{yaml: "egress: {rate: 0, per_host: 0}", want: []string{"config_count", "config_count"}},
		{yaml: "sandbox: {memory: 1MB, wall: 10ms}", want: []string{"config_small", "config_short"}},
		{yaml: "limits: {upload: lots}", want: []string{"config_value"}, says: `"lots" does not fit: write a size`},
		{yaml: "session: {idle: 1s}", want: []string{"config_session"}},
		{yaml: "session: {idle: -5m}", want: []string{"config_value"}},
		{yaml: "roles: []", want: []string{"config_roles_none"}},
		{yaml: "roles: [api, wrker]", want: []string{"config_choice"}, says: "Did you mean worker?"},
		{yaml: "metrics: public", want: []string{"config_choice"}},
		{yaml: "mail: {host: mx.example.org, security: ssl, port: 0}", want: []string{"config_port", "config_choice", "config_mail_from"}},
		{yaml: "sources: {roots: [reports]}", want: []string{"config_root_relative"}},
		{yaml: "data: " + data + "\nsources: {roots: ['" + data + "']}", want: []string{"config_root_data"}},
		{yaml: "data: " + data + "\nsources: {roots: ['" + filepath.Dir(data) + "', '" + data + "/inbox/a']}"},
		{yaml: "data: " + data + "\nsources: {roots: ['" + data + "/in']}", want: []string{"config_root_data"}},
		{yaml: "data: a\ndata: b", want: []string{"config_twice"}, says: "vedette.yaml:2: data is also set at vedette.yaml:1"},
		{yaml: "mail: {password: a, password_file: /x}", want: []string{"config_secret_file"}},
		{yaml: "listen: 127.0.0.1:1\n bad indent: x", want: []string{"config_yaml"}},
		{yaml: "a: 1\n---\nb: 2", want: []string{"config_yaml", "config_unknown"}},
		{yaml: "- a\n- b", want: []string{"config_not_mapping"}},
		{yaml: "\t", want: []string{"config_yaml"}},
		{yaml: "data: &x /a\nlisten: *x", want: []string{"config_anchor", "config_anchor"}},
		{env: []string{"VEDETTE_MAIL_PORT=many"}, want: []string{"config_value"}, says: "VEDETTE_MAIL_PORT: "},
		{env: []string{"VEDETTE_STORE_DSN=a", "VEDETTE_STORE_DSN_FILE=/dev/null"}, want: []string{"config_twice"}},
	} {
		problems := Check(yamlOptions(t, c.yaml, c.env...))
		got, _ := codes(problems)
		slices.Sort(got)
		slices.Sort(c.want)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q %v: %s\n%v", c.yaml, c.env, d, problems)
		}
		if len(problems) > 0 && !strings.Contains(problems[0].Error(), c.says) {
			t.Errorf("%q says %q, want %q", c.yaml, problems[0].Error(), c.says)
		}
		_, _, err := Load(yamlOptions(t, c.yaml, c.env...))
		if (err != nil) != (len(c.want) > 0) {
			t.Errorf("%q: Load %v", c.yaml, err)
		}
	}
}

func egressCode(t *testing.T, o egress.Options) string {
	t.Helper()
	_, err := egress.New(o)
	e, ok := err.(interface{ Error() string })
	if !ok {
		t.Fatalf("egress takes %+v", o)
	}
	problems := Check(Options{File: written(t, "x.yaml", ""), Env: []string{"HOME=/h"}, Flags: map[string]string{"egress.proxy": o.Proxy, "egress.allow": strings.Join(o.Allow, ",")}})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), e.Error()) {
		t.Fatalf("problems %v, want %v", problems, err)
	}
	return problems[0].Err.Code
}

func TestWarnings(t *testing.T) {
	for text, want := range map[string]string{
		"listen: 192.0.2.1:8320\nallow_plain_non_loopback: true": "config_plain_open",
		"session: {max: 365d}":   "config_session_long",
		"retention: {audit: 1d}": "config_audit_short",
		"roles: [api]":           "config_roles_sqlite",
		"mail: {host: mx, from: a@b.c, security: none, user: u, password: something-secret}": "config_mail_plain",
	} {
		bad, warnings := codes(Check(yamlOptions(t, text)))
		if len(bad) != 0 || !slices.Equal(warnings, []string{want}) {
			t.Errorf("%q: errors %v, warnings %v, want %s", text, bad, warnings, want)
		}
	}
	_, warnings := codes(Check(yamlOptions(t, "", "VEDETTE_SERVICE_HOST=10.0.0.1", "VEDETTE_LISTN=x", "VEDETTE_CONFIG=/ignored")))
	if len(warnings) != 2 {
		t.Errorf("names of the platform are warnings: %v", warnings)
	}
}

func TestWhereTheFileIs(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "vedette.yaml"), []byte("log: {level: debug}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"flag": {Flags: map[string]string{"data": data}}, "environment": {Env: []string{"VEDETTE_DATA=" + data}},
		"named": {Env: []string{"VEDETTE_CONFIG=" + filepath.Join(data, "vedette.yaml"), "HOME=/h"}},
	} {
		if o.Env == nil {
			o.Env = []string{}
		}
		c, _, err := Load(o)
		if err != nil || c.Log.Level != "debug" {
			t.Errorf("%s: level %s, %v", name, c.Log.Level, err)
		}
	}
	got, _ := codes(Check(Options{File: filepath.Join(data, "none.yaml"), Env: []string{}}))
	if !slices.Equal(got, []string{"config_file"}) {
		t.Errorf("a named file that is missing: %v", got)
	}
	got, _ = codes(Check(Options{File: data, Env: []string{}}))
	if !slices.Equal(got, []string{"config_file"}) {
		t.Errorf("a folder: %v", got)
	}
	if err := os.WriteFile(filepath.Join(data, "vedette.yaml"), []byte("data: /elsewhere"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, _ = codes(Check(Options{Env: []string{"VEDETTE_DATA=" + data}}))
	if !slices.Equal(got, []string{"config_data_inside"}) {
		t.Errorf("data in the data folder's own file: %v", got)
	}
	got, _ = codes(Check(yamlOptions(t, "# "+strings.Repeat("x", 2<<20))))
	if !slices.Equal(got, []string{"config_file"}) {
		t.Errorf("a huge file: %v", got)
	}
}

func TestUnits(t *testing.T) {
	for s, want := range map[string]time.Duration{"0": 0, "90s": 90 * time.Second, "7d": 7 * day, "1.5d": 36 * time.Hour, "2w": 14 * day, "1h30m": 90 * time.Minute} {
		if d, err := parseDuration(s); err != nil || d != want {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
	for s, want := range map[string]Size{"0": 0, "10": 10, "1KiB": 1024, "1.5 MiB": 3 << 19, "2GB": 2e9, "7b": 7} {
		if n, err := parseSize(s); err != nil || n != want {
			t.Errorf("%s: %d, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "d", "-1s", "-1", "1e99d", "NaN", "nand", "infw", "1x"} {
		if d, err := parseDuration(s); err == nil {
			t.Errorf("time %q is %v", s, d)
		}
		if n, err := parseSize(s); err == nil {
			t.Errorf("size %q is %d", s, n)
		}
	}
}

// FuzzUnits: what is shown can be written again and means the same.
func FuzzUnits(f *testing.F) {
	f.Add("7d")
	f.Add("512MiB")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := parseDuration(s); err == nil {
			again, err := parseDuration(formatDuration(d))
			if err != nil || again != d || d < 0 {
				t.Errorf("%q → %v → %s → %v, %v", s, d, formatDuration(d), again, err)
			}
		}
		if n, err := parseSize(s); err == nil {
			again, err := parseSize(n.String())
			if err != nil || n < 0 || n < 1<<53 && again != n {
				t.Errorf("%q → %d → %s → %d, %v", s, n, n, again, err)
			}
		}
	})
}

// FuzzYAML: no file makes it panic, and every problem has a message without open parameters.
func FuzzYAML(f *testing.F) {
	f.Add("log: {level: debug}\nstore:\n  dsn: x\n")
	f.Add("a: &a [*a]\n? {x: 1}\n: 2\n<<: {listen: 1}\n")
	f.Add("egress: {routes: ['=', '.x=', '.onion=socks5h://h'], allow: ['*', '::/0']}")
	f.Fuzz(func(t *testing.T, text string) {
		c := Default()
		l := &loader{origins: Origins{}, byKey: map[string]leaf{}}
		for _, x := range leaves(&c) {
			l.byKey[x.key] = x
			l.keys = append(l.keys, x.key)
		}
		l.yaml("fuzz.yaml", []byte(text))
		l.check(c)
		for _, p := range l.problems {
			if p.Err.Code == "" || strings.Contains(p.Err.Message, "{") && len(p.Err.Params) == 0 {
				t.Errorf("problem %+v", p.Err)
			}
		}
	})
}
