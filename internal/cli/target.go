package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/secret"
)

// place are the flags that say where Vedette is.
type place struct {
	settings
	Data   string `placeholder:"DIR" help:"Data folder; one that is being served is reached through its control socket."`
	Server string `placeholder:"URL" help:"A server, e.g. https://ti.example.org (or VEDETTE_SERVER)."`
	Key    string `placeholder:"KEY" help:"API key for --server; VEDETTE_KEY keeps it out of the list of processes."`
}

// output are the flags of commands that print something.
type output struct {
	JSON bool `help:"Print JSON."`
}

// paging are the flags of commands that list.
type paging struct {
	output
	Limit  int    `default:"100" help:"Most items to show; 0 shows all."`
	Cursor string `help:"Where to go on, from the answer before."`
}

// need is what a command wants of a data folder that is opened in this process.
type need struct {
	create    bool // make the folder when it is not there
	workers   bool // work on messages and jobs
	scheduler bool // visit sources
	lists     bool // wait until warninglists are loaded
}

// session is an open way to Vedette.
type session struct {
	*client
	app    *app.App // in this process only
	local  bool     // the operator's way: a control socket, or in this process
	finish []func() error
}

const (
	socketFile = "control.sock"
	storeFile  = "vedette.db"
	dialTime   = 10 * time.Second
)

// with opens the way, runs fn and closes it.
func (p place) with(ctx context.Context, c *console, n need, fn func(s *session) error) error {
	s, err := p.open(ctx, c, n)
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.close())
}

func (s *session) close() error {
	var err error
	for len(s.finish) > 0 {
		last := len(s.finish) - 1
		err = errors.Join(err, s.finish[last]())
		s.finish = s.finish[:last]
	}
	return err
}

func (p place) open(ctx context.Context, c *console, n need) (*session, error) {
	server := p.Server
	if server == "" && p.Data == "" {
		server = c.env["VEDETTE_SERVER"]
	}
	if server != "" {
		if p.Data != "" {
			return nil, errs.New(errs.Invalid, "place_both", "Give --server or --data, not both.")
		}
		return p.remote(c, server)
	}
	o, err := p.options(c, map[string]string{"data": p.Data})
	if err != nil {
		return nil, err
	}
	cfg, origins, err := config.Load(o)
	if err != nil {
		return nil, err
	}
	if s := socket(ctx, cfg.Data); s != nil {
		return s, nil
	}
	if !n.create && cfg.Store.Engine == "sqlite" {
		if _, err := os.Stat(filepath.Join(cfg.Data, storeFile)); errors.Is(err, os.ErrNotExist) {
			return nil, errs.New(errs.NotFound, "data_missing", "There is no data in {path}: name the folder by --data, or a server by --server.", "path", cfg.Data)
		}
	}
	return here(ctx, c, o, cfg, origins, n)
}

func (p place) remote(c *console, server string) (*session, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errs.New(errs.Invalid, "server_address", "{url} is not the address of a server: write it as https://ti.example.org.", "url", server)
	}
	key := p.Key
	if key == "" {
		key = c.env["VEDETTE_KEY"]
	}
	if u.Scheme == "http" && key != "" && !config.Loopback(net.JoinHostPort(u.Hostname(), "1")) && c.env["VEDETTE_ALLOW_PLAIN"] == "" {
		return nil, errs.New(errs.Invalid, "key_in_clear", "The key would travel in clear to {host}: use https://, or set VEDETTE_ALLOW_PLAIN=1.", "host", u.Host)
	}
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's own
	t.DisableCompression = false
	t.ResponseHeaderTimeout = 10 * time.Minute // an export may think for a while
	h := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &session{client: &client{http: h, base: strings.TrimRight(server, "/"), key: key, where: u.Host}, finish: []func() error{func() error { t.CloseIdleConnections(); return nil }}}, nil
}

// socket returns a session over the control socket of a folder, nil when it is not being served.
func socket(ctx context.Context, dir string) *session {
	path := filepath.Join(dir, socketFile)
	var d net.Dialer
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) }
	try, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := dial(try, "", "")
	if err != nil {
		return nil
	}
	_ = conn.Close()
	t := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 8}
	return &session{
		client: &client{http: &http.Client{Transport: t}, base: "http://vedette", where: dir}, local: true,
		finish: []func() error{func() error { t.CloseIdleConnections(); return nil }},
	}
}

// here opens a data folder in this process.
func here(ctx context.Context, c *console, o config.Options, cfg config.Config, origins config.Origins, n need) (*session, error) {
	cfg.Roles = nil
	if n.workers {
		cfg.Roles = append(cfg.Roles, "worker")
	}
	if n.scheduler {
		cfg.Roles = append(cfg.Roles, "scheduler")
	}
	a, err := newApp(ctx, c, o, cfg, origins, true)
	if err != nil {
		return nil, err
	}
	inside := local{a.Local(), new(sync.WaitGroup)}
	s := &session{
		client: &client{http: &http.Client{Transport: inside}, base: "http://vedette", where: cfg.Data}, app: a, local: true, finish: []func() error{a.Close, inside.wait},
	}
	a.Start(ctx)
	if n.lists {
		if _, err := a.Taxonomy.Matcher(ctx); err != nil { // waits until they are read
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

// newApp opens the parts. A command that is not the server is quiet unless the level was asked for.
func newApp(ctx context.Context, c *console, o config.Options, cfg config.Config, origins config.Origins, quiet bool) (*app.App, error) {
	level := cfg.Log.Level
	if quiet && origins["log.level"].Layer == config.FromDefault {
		level = "error"
	}
	redact := &secret.Redactor{}
	redact.Add(cfg.Secrets()...)
	log := slog.New(redact.Handler(newLog(c.err, level, cfg.Log.Format).Handler()))
	file := o.File
	if file == "" {
		file = c.env["VEDETTE_CONFIG"]
	}
	return app.New(ctx, app.Options{
		Config: cfg, Origins: origins, Log: log, Redactor: redact, ConfigFile: file, Problems: func() []config.Problem { return config.Check(o) },
	})
}
