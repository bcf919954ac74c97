package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/auth"
	"github.com/vedette-ti/vedette/internal/config"
	"github.com/vedette-ti/vedette/internal/errs"
)

// Server is the App's listeners: the address people use and the control socket in the data folder.
type Server struct {
	a       *App
	tcp     net.Listener
	control net.Listener
	http    *http.Server
	local   *http.Server
}

// Listen opens the address. It refuses an address that others can reach without TLS unless the
// configuration says that this is meant.
func (a *App) Listen(ctx context.Context) (*Server, error) {
	if !config.Loopback(a.cfg.Listen) && a.cfg.TLS.Cert == "" && !a.cfg.AllowPlain {
		return nil, errs.New(errs.Invalid, "plain_listen",
			"{listen} can be reached by others without encryption: set tls.cert and tls.key, or allow_plain_non_loopback behind a proxy that encrypts.", "listen", a.cfg.Listen)
	}
	var lc net.ListenConfig
	tcp, err := lc.Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "listen", "{listen} cannot be opened: is another program using it? Choose another with --listen.", "listen", a.cfg.Listen)
	}
	if a.cfg.TLS.Cert != "" {
		cert, err := tls.LoadX509KeyPair(a.cfg.TLS.Cert, a.cfg.TLS.Key)
		if err != nil {
			return nil, errors.Join(errs.Wrap(err, errs.Invalid, "tls_files", "tls.cert and tls.key are not a certificate and its key."), tcp.Close())
		}
		tcp = tls.NewListener(tcp, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	s := &Server{a: a, tcp: tcp, http: newHTTPServer(a.handler, a.log), local: newHTTPServer(a.Local(), a.log)}
	if s.control, err = controlSocket(ctx, filepath.Join(a.cfg.Data, socketFile)); err != nil {
		a.log.WarnContext(ctx, "no control socket", slog.Any("error", err))
	}
	return s, nil
}

// newHTTPServer sets the limits of every connection. Reads of bodies and streams have limits of their own.
func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// asLocalOperator serves whoever may open the control socket: its file is readable by the owner only.
func asLocalOperator(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(auth.WithActor(r.Context(), LocalOperator())))
	})
}

// Local serves requests as the local operator, for the command line on a data folder: the control socket, or
// in this process. Only here are the paths below Control.
func (a *App) Local() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(Control, a.control())
	mux.Handle("/", a.handler)
	return asLocalOperator(mux)
}

func controlSocket(ctx context.Context, path string) (net.Listener, error) {
	if len(path) > 100 { // the kernel's limit is 108
		return nil, errors.New("the path of the data folder is too long for a socket")
	}
	_ = os.Remove(path) // the folder is locked by this process: a socket in it is left over
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o600)
}

// URL is where people reach the server.
func (s *Server) URL() string {
	if s.a.cfg.PublicURL != "" {
		return strings.TrimRight(s.a.cfg.PublicURL, "/")
	}
	scheme := "http"
	if s.a.cfg.TLS.Cert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(s.tcp.Addr().String())
	if err != nil {
		return scheme + "://" + s.tcp.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Serve answers until ctx ends, then lets running requests finish for a few seconds.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, 2)
	go func() { failed <- s.http.Serve(s.tcp) }()
	if s.control != nil {
		go func() { failed <- s.local.Serve(s.control) }()
	}
	select {
	case <-ctx.Done():
		return s.Stop()
	case err := <-failed:
		return errors.Join(err, s.Stop())
	}
}

// Stop ends the listeners.
func (s *Server) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var err error
	for _, srv := range []*http.Server{s.http, s.local} {
		if e := srv.Shutdown(ctx); e != nil && !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(srv.Close(), err)
		}
	}
	_ = s.tcp.Close()
	if s.control != nil {
		_ = s.control.Close()
	}
	return err
}

// SetupLink returns the one-time link of a fresh installation, "" when it is set up.
func (a *App) SetupLink(ctx context.Context, base string) (string, error) {
	needed, err := a.Accounts.NeedsSetup(ctx)
	if err != nil || !needed {
		return "", err
	}
	link, err := a.Accounts.NewSetupLink(ctx)
	if err != nil {
		return "", err
	}
	a.o.Redactor.Add(link.Token)
	return base + "/setup#token=" + link.Token, nil // a fragment never reaches logs or referrers
}
