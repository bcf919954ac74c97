// Package config owns Vedette's settings: one struct with defaults in code, filled from a YAML file, the
// environment (VEDETTE_*), and flags, in this order, each value with its origin. Secrets may come from files
// of their own (KEY_file). It owns the check that lists everything wrong with a configuration, with place and
// reason. It does not own what people change in the console, which is in the store.
package config

import (
	"time"

	"github.com/vedette-ti/vedette/internal/egress"
	"github.com/vedette-ti/vedette/internal/sandbox"
)

// Config is a whole configuration. The tag conf names the key, help says what it is for; secret "all" hides a
// value, "url" hides the password in it.
type Config struct {
	Data           string    `conf:"data" help:"Folder of the database, files, keys and queue."`
	Listen         string    `conf:"listen" help:"Address and port of the console and the API, as HOST:PORT."`
	PublicURL      string    `conf:"public_url" help:"Address under which browsers reach the console, e.g. https://ti.example.org."`
	AllowPlain     bool      `conf:"allow_plain_non_loopback" help:"Listen without TLS on other addresses than this machine's own, e.g. behind a proxy."`
	TrustedProxies []string  `conf:"trusted_proxies" help:"Networks of proxies that may state the client's address."`
	Roles          []string  `conf:"roles" help:"What this process does: api, ingest, worker, scheduler, stream."`
	Metrics        string    `conf:"metrics" help:"Who may read /metrics: open (everybody) or auth (with a key)."`
	TLS            TLS       `conf:"tls"`
	Store          Store     `conf:"store"`
	Queue          Queue     `conf:"queue"`
	Egress         Egress    `conf:"egress"`
	Sources        Sources   `conf:"sources"`
	Limits         Limits    `conf:"limits"`
	Sandbox        Sandbox   `conf:"sandbox"`
	Session        Session   `conf:"session"`
	Retention      Retention `conf:"retention"`
	Mail           Mail      `conf:"mail"`
	Log            Log       `conf:"log"`
}

// TLS of the listener.
type TLS struct {
	Cert string `conf:"cert" help:"Certificate chain, PEM file."`
	Key  string `conf:"key" help:"Private key, PEM file."`
}

// Store is where records live.
type Store struct {
	Engine string `conf:"engine" help:"sqlite (a file in the data folder) or postgres."`
	DSN    string `conf:"dsn" secret:"all" help:"PostgreSQL address, e.g. postgres://user:password@host:5432/vedette."`
}

// Queue is where messages wait.
type Queue struct {
	DSN string `conf:"dsn" secret:"all" help:"PostgreSQL address of the queue; empty keeps it beside the store."`
}

// Egress is the way out.
type Egress struct {
	Proxy     string        `conf:"proxy" secret:"url" help:"Proxy of all requests to sources: http://, https://, socks5:// or socks5h://, with user:password@ if needed."`
	NoProxy   []string      `conf:"no_proxy" help:"What goes out directly: networks, hosts, *.names."`
	Routes    []string      `conf:"routes" help:"Names with a proxy of their own, as .onion=socks5h://127.0.0.1:9050."`
	Allow     []string      `conf:"allow" help:"Private networks, hosts or *.names that sources may reach, each with an optional port."`
	UserAgent string        `conf:"user_agent" help:"What Vedette calls itself to sources."`
	CAFile    string        `conf:"ca_file" help:"Further certificate authorities, PEM file."`
	Timeout   time.Duration `conf:"timeout" help:"Longest request with its answer."`
	Connect   time.Duration `conf:"connect" help:"Longest wait for a connection."`
	Idle      time.Duration `conf:"idle" help:"Longest silence within an answer."`
	MaxBody   Size          `conf:"max_body" help:"Largest answer, packed and unpacked."`
	PerHost   int           `conf:"per_host" help:"Requests at once to one host."`
	Rate      float64       `conf:"rate" help:"Requests a second to one host."`
}

// Sources says what sources may touch on this machine.
type Sources struct {
	Roots []string `conf:"roots" help:"Folders that file and folder sources may read."`
}

// Limits of what people send.
type Limits struct {
	Upload   Size `conf:"upload" help:"Largest uploaded file."`
	Body     Size `conf:"body" help:"Largest request body other than an upload."`
	Document Size `conf:"document" help:"Largest document taken from a source."`
}

// Sandbox bounds the parsers of risky formats.
type Sandbox struct {
	Memory   Size          `conf:"memory" help:"Memory of one parser process."`
	CPU      time.Duration `conf:"cpu" help:"CPU time for one document."`
	Wall     time.Duration `conf:"wall" help:"Time for one document."`
	Children int           `conf:"children" help:"Parser processes at once; 0 takes the number of CPUs."`
}

// Session of people in the console.
type Session struct {
	Idle time.Duration `conf:"idle" help:"A session ends after this long without use."`
	Max  time.Duration `conf:"max" help:"A session ends after this long whatever the use."`
}

// Retention says how long things are kept; 0 keeps them for ever.
type Retention struct {
	Audit      time.Duration `conf:"audit" help:"Audit trail."`
	Changes    time.Duration `conf:"changes" help:"History of changes."`
	Deleted    time.Duration `conf:"deleted" help:"Deleted items until they are gone for good."`
	Jobs       time.Duration `conf:"jobs" help:"Finished jobs and source runs."`
	Quarantine time.Duration `conf:"quarantine" help:"Resolved quarantine items."`
	Fetches    time.Duration `conf:"fetches" help:"Records of who fetched which export."`
}

// Mail is how notifications and links are sent; without host none are.
type Mail struct {
	Host     string `conf:"host" help:"SMTP server."`
	Port     int    `conf:"port" help:"Its port."`
	Security string `conf:"security" help:"starttls, tls or none."`
	User     string `conf:"user" help:"Login at the server."`
	Password string `conf:"password" secret:"all" help:"Password at the server."`
	From     string `conf:"from" help:"Sender, e.g. Vedette <vedette@example.org>."`
}

// Log is what is written to standard error.
type Log struct {
	Level  string `conf:"level" help:"debug, info, warn or error."`
	Format string `conf:"format" help:"text or json."`
}

// Size counts bytes; it is written as 512MiB, 1GiB, 10MB or a number of bytes.
type Size int64

const (
	mib Size          = 1 << 20
	day time.Duration = 24 * time.Hour
)

// Default returns the configuration of a start without any settings; Data stays empty (see DefaultData).
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8320", Roles: Roles(), Metrics: "auth",
		Store:   Store{Engine: "sqlite"},
		Egress:  Egress{Timeout: 10 * time.Minute, Connect: 10 * time.Second, Idle: 30 * time.Second, MaxBody: 512 * mib, PerHost: 4, Rate: 10},
		Limits:  Limits{Upload: 512 * mib, Body: 64 * mib, Document: 256 * mib},
		Sandbox: Sandbox{Memory: 1024 * mib, CPU: time.Minute, Wall: 2 * time.Minute},
		Session: Session{Idle: 12 * time.Hour, Max: 7 * day},
		Retention: Retention{
			Audit: 2 * 365 * day, Deleted: 30 * day, Jobs: 30 * day, Quarantine: 90 * day, Fetches: 365 * day,
		},
		Mail: Mail{Port: 587, Security: "starttls"},
		Log:  Log{Level: "info", Format: "text"},
	}
}

// Roles returns every role of a process.
func Roles() []string { return []string{"api", "ingest", "worker", "scheduler", "stream"} }

// Has reports whether this process has a role.
func (c Config) Has(role string) bool {
	for _, r := range c.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// EgressOptions returns what package egress takes; clock, log and CAs are the caller's.
func (c Config) EgressOptions() egress.Options {
	e := c.Egress
	return egress.Options{
		Allow: e.Allow, Proxy: e.Proxy, NoProxy: e.NoProxy, Routes: e.routes(), UserAgent: e.UserAgent, Timeout: e.Timeout,
		Connect: e.Connect, Idle: e.Idle, MaxBody: int64(e.MaxBody), PerHost: e.PerHost, Rate: e.Rate,
	}
}

// SandboxOptions returns what package sandbox takes.
func (c Config) SandboxOptions() sandbox.Options {
	s := c.Sandbox
	return sandbox.Options{Memory: int64(s.Memory), CPU: s.CPU, Wall: s.Wall, Children: s.Children}
}
