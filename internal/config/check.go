package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/errs"
)

// check adds everything that is wrong with the values. Each test reads the whole configuration; none stops
// the others.
func (l *loader) check(c Config) {
	l.checkListen(c)
	l.checkTLS(c)
	l.checkProxies(c)
	l.checkStore(c)
	l.checkEgress(c)
	l.checkRoots(c)
	l.checkNumbers(c)
	l.checkMail(c)
	l.choice("metrics", c.Metrics, "open", "auth")
	l.choice("log.level", c.Log.Level, "debug", "info", "warn", "error")
	l.choice("log.format", c.Log.Format, "text", "json")
	l.checkRoles(c)
}

// at is where a key was set.
func (l *loader) at(key string) string {
	o := l.origins[key]
	if o.Place != "" {
		return o.Place
	}
	return o.Layer
}

func (l *loader) wrong(key, code, message string, kv ...any) {
	l.problem(key, l.at(key), errs.New(errs.Invalid, code, message, append([]any{"key", key}, kv...)...))
}

func (l *loader) caution(key, code, message string, kv ...any) {
	l.warn(key, l.at(key), errs.New(errs.Invalid, code, message, append([]any{"key", key}, kv...)...))
}

func (l *loader) choice(key, value string, may ...string) {
	if slices.Contains(may, value) {
		return
	}
	like := nearest(value, may)
	if like == "" {
		like = may[0]
	}
	l.wrong(key, "config_choice", "{key}: {value} is none of {choices}. Did you mean {like}?",
		"value", quote(value), "choices", strings.Join(may, ", "), "like", like)
}

// Loopback reports whether HOST:PORT is reached from this machine only.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

func (l *loader) checkListen(c Config) {
	host, port, err := net.SplitHostPort(c.Listen)
	n, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil {
		l.wrong("listen", "config_listen", "{key}: {value} is not HOST:PORT: write 127.0.0.1:8320.", "value", quote(c.Listen))
		return
	}
	if a, err := netip.ParseAddr(host); host != "" && !strings.EqualFold(host, "localhost") && (err != nil || !a.IsValid()) {
		l.wrong("listen", "config_listen_name", "{key}: {value} is a name: write the address of the interface, or 0.0.0.0 for all.", "value", quote(host))
		return
	}
	if n != 0 && n < 1024 && os.Geteuid() > 0 {
		l.caution("listen", "config_listen_port", "{key}: ports below 1024 need a privilege: give the binary cap_net_bind_service, or choose another.")
	}
	if Loopback(c.Listen) || c.TLS.Cert != "" {
		return
	}
	if !c.AllowPlain {
		l.wrong("listen", "config_plain", "{key}: {value} is reachable from other machines, and without TLS passwords would travel in clear. "+
			"Set tls.cert and tls.key; or, behind a proxy that speaks TLS, allow_plain_non_loopback: true.", "value", quote(c.Listen))
		return
	}
	if !strings.HasPrefix(c.PublicURL, "https://") {
		l.caution("listen", "config_plain_open", "{key}: {value} is reachable without TLS: passwords and keys travel in clear. Set public_url to the https:// address of the proxy before it.", "value", quote(c.Listen))
	}
}

func (l *loader) checkTLS(c Config) {
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		missing, given := "tls.cert", "tls.key"
		if c.TLS.Cert != "" {
			missing, given = given, missing
		}
		l.wrong(given, "config_tls_half", "{key} is set but {missing} is not: TLS needs both.", "missing", missing)
	}
	l.readable("tls.cert", c.TLS.Cert)
	l.readable("tls.key", c.TLS.Key)
	l.readable("egress.ca_file", c.Egress.CAFile)
	if c.PublicURL == "" {
		return
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		l.wrong("public_url", "config_public_url", "{key}: {value} is not the address of a web site: write https://ti.example.org.", "value", quote(c.PublicURL))
		return
	}
	if u.Scheme == "http" && c.TLS.Cert != "" {
		l.wrong("public_url", "config_public_url_plain", "{key} is http:// but tls.cert is set: write https://.")
	}
}

// readable checks that a file named by a setting can be opened.
func (l *loader) readable(key, path string) {
	if path == "" {
		return
	}
	f, err := os.Open(path) //nolint:gosec // the operator's own path
	if err == nil {
		var info os.FileInfo
		if info, err = f.Stat(); err == nil && info.IsDir() {
			l.wrong(key, "config_file_folder", "{key}: {path} is a folder, not a file.", "path", path)
		}
		_ = f.Close()
	}
	if err != nil {
		l.wrong(key, "config_file_unreadable", "{key}: {path} cannot be read: {reason}.", "path", path, "reason", reason(err))
	}
}

// Proxies returns trusted_proxies as networks; single addresses count as such.
func (c Config) Proxies() ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(c.TrustedProxies))
	for _, s := range c.TrustedProxies {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, errs.New(errs.Invalid, "bad_cidr", "{value} is not a network: write it as 10.0.0.0/8.", "value", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (l *loader) checkProxies(c Config) {
	list, err := c.Proxies()
	if e, ok := errs.As(err); ok {
		l.problem("trusted_proxies", l.at("trusted_proxies"), e)
	}
	for _, p := range list {
		if p.Bits() == 0 {
			l.wrong("trusted_proxies", "config_trust_all", "{key}: {value} trusts everybody to state any address: name the proxy's own.", "value", p.String())
		}
	}
}

func (l *loader) checkStore(c Config) {
	l.choice("store.engine", c.Store.Engine, "sqlite", "postgres")
	switch {
	case c.Store.Engine == "postgres" && c.Store.DSN == "":
		l.wrong("store.engine", "config_dsn_missing", "store.dsn is missing: write postgres://user@host:5432/vedette, or put it into a file named by store.dsn_file.")
	case c.Store.Engine == "sqlite" && c.Store.DSN != "":
		l.wrong("store.dsn", "config_dsn_unused", "{key} is for PostgreSQL: set store.engine: postgres, or leave it out.")
	case c.Store.Engine == "sqlite" && len(c.Roles) < len(Roles()) && len(c.Roles) > 0:
		l.caution("roles", "config_roles_sqlite", "{key}: with the store in a file of this machine no other host can take the roles left out: use PostgreSQL for several hosts.")
	}
}

// routes reads "NAME=PROXY" pairs; entries without "=" are left for checkEgress to report.
func (e Egress) routes() map[string]string {
	m := map[string]string{}
	for _, r := range e.Routes {
		if name, proxy, ok := strings.Cut(r, "="); ok {
			m[strings.TrimSpace(name)] = strings.TrimSpace(proxy)
		}
	}
	return m
}

func (l *loader) checkEgress(c Config) {
	for _, r := range c.Egress.Routes {
		if name, proxy, ok := strings.Cut(r, "="); !ok || !strings.HasPrefix(strings.TrimSpace(name), ".") || proxy == "" {
			l.wrong("egress.routes", "config_route", "{key}: {value} is not NAME=PROXY: write .onion=socks5h://127.0.0.1:9050.", "value", quote(name))
			return
		}
	}
	if _, err := egress.New(c.EgressOptions()); err != nil {
		e, ok := errs.As(err)
		if !ok {
			e = errs.New(errs.Invalid, "config_egress", "egress: {reason}.", "reason", err.Error())
		}
		key := "egress"
		for _, k := range []string{"egress.proxy", "egress.allow", "egress.no_proxy", "egress.routes"} {
			if l.origins[k].Layer != FromDefault {
				key = k
				break
			}
		}
		l.problem(key, l.at(key), e)
	}
}

// Inbox is the folder below the data folder that sources may read. Nothing else there is intelligence.
const Inbox = "inbox"

// checkRoots keeps sources out of the data folder: its key file and database are not intelligence. A root may
// hold the data folder, which is then left out when sources read (see localfiles).
func (l *loader) checkRoots(c Config) {
	for _, root := range c.Sources.Roots {
		if !filepath.IsAbs(root) {
			l.wrong("sources.roots", "config_root_relative", "{key}: {value} is not a whole path.", "value", quote(root))
			continue
		}
		for _, pair := range [][2]string{{root, c.Data}, {resolved(root), resolved(c.Data)}} {
			if within(pair[1], pair[0]) && !within(filepath.Join(pair[1], Inbox), pair[0]) {
				l.wrong("sources.roots", "config_root_data", "{key}: {value} lies in the data folder: sources could read the keys. Choose another folder, or the inbox in it.", "value", quote(root))
				break
			}
		}
	}
}

// within reports whether path is root or below it.
func within(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return filepath.Clean(path)
}

func (l *loader) checkNumbers(c Config) {
	for key, v := range map[string]Size{"limits.upload": c.Limits.Upload, "limits.body": c.Limits.Body, "limits.document": c.Limits.Document, "egress.max_body": c.Egress.MaxBody} {
		if v < 1<<10 {
			l.wrong(key, "config_small", "{key}: {value} is too small to work with: at least 1KiB.", "value", v.String())
		}
	}
	if c.Sandbox.Memory < 64*mib {
		l.wrong("sandbox.memory", "config_small", "{key}: {value} is too small to work with: at least 64MiB.", "value", c.Sandbox.Memory.String())
	}
	for key, v := range map[string]time.Duration{
		"egress.timeout": c.Egress.Timeout, "egress.connect": c.Egress.Connect, "egress.idle": c.Egress.Idle, "sandbox.cpu": c.Sandbox.CPU, "sandbox.wall": c.Sandbox.Wall,
	} {
		if v < time.Second {
			l.wrong(key, "config_short", "{key}: {value} is too short: at least 1s.", "value", formatDuration(v))
		}
	}
	for key, good := range map[string]bool{"sandbox.children": c.Sandbox.Children >= 0, "egress.per_host": c.Egress.PerHost >= 1, "egress.rate": c.Egress.Rate > 0} {
		if !good {
			l.wrong(key, "config_count", "{key} must be above zero.")
		}
	}
	if c.Session.Idle < 5*time.Minute || c.Session.Max < c.Session.Idle {
		l.wrong("session.idle", "config_session", "{key} is at least 5m and at most session.max.")
	}
	if c.Session.Max > 90*day {
		l.caution("session.max", "config_session_long", "{key}: a session of {value} outlives what a lost laptop should.", "value", formatDuration(c.Session.Max))
	}
	if r := c.Retention.Audit; r > 0 && r < 30*day {
		l.caution("retention.audit", "config_audit_short", "{key}: an audit trail of {value} is gone before most intrusions are noticed.", "value", formatDuration(r))
	}
}

func (l *loader) checkMail(c Config) {
	l.choice("mail.security", c.Mail.Security, "starttls", "tls", "none")
	if c.Mail.Port < 1 || c.Mail.Port > 65535 {
		l.wrong("mail.port", "config_port", "{key}: a port is between 1 and 65535.")
	}
	if c.Mail.Host == "" {
		return
	}
	if _, err := mail.ParseAddress(c.Mail.From); err != nil {
		l.wrong("mail.from", "config_mail_from", "{key}: {value} is not a sender: write Vedette <vedette@example.org>.", "value", quote(c.Mail.From))
	}
	if c.Mail.Security == "none" && c.Mail.Password != "" {
		l.caution("mail.security", "config_mail_plain", "{key}: the password travels in clear.")
	}
}

func (l *loader) checkRoles(c Config) {
	if len(c.Roles) == 0 {
		l.wrong("roles", "config_roles_none", "{key}: name at least one of {choices}.", "choices", strings.Join(Roles(), ", "))
	}
	for _, r := range c.Roles {
		l.choice("roles", r, Roles()...)
	}
}
