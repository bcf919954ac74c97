package rest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/app"
	"github.com/vedette-ti/vedette/internal/config"
)

// serverArgument makes the test program a server on a data folder, until its input ends.
const serverArgument = "serve-alone"

// greeting is what such a server says first.
type greeting struct{ URL, Token string }

func serveAlone(dir string) error {
	cfg := config.Default()
	cfg.Data, cfg.Listen = filepath.Join(dir, "data"), "127.0.0.1:0"
	cfg.Sources.Roots = []string{filepath.Join(dir, "files")}
	cfg.Egress.Allow = []string{"127.0.0.1"}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a, err := app.New(ctx, app.Options{Config: cfg, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))})
	if err != nil {
		return err
	}
	s, err := a.Listen(ctx)
	if err != nil {
		return err
	}
	a.Start(ctx)
	link, err := a.SetupLink(ctx, s.URL())
	if err != nil {
		return err
	}
	_, token, _ := strings.Cut(link, "token=")
	if err := json.NewEncoder(os.Stdout).Encode(greeting{s.URL(), token}); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := s.Serve(ctx); err != nil {
		return err
	}
	return a.Close()
}

// process is a server in a process of its own, whose memory and log can be looked at.
type process struct {
	*office
	pid int
	mu  sync.Mutex
	log bytes.Buffer
}

// Write implements io.Writer for the log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// alone starts a server process and sets it up.
func alone(t *testing.T) *process {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a whole server")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := &process{office: &office{t: t, root: filepath.Join(dir, "files")}}
	if err := os.Mkdir(p.root, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), self, serverArgument, dir) //nolint:gosec // this program
	cmd.Stderr = p
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.pid = cmd.Process.Pid
	var hello greeting
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &hello)
	}
	t.Cleanup(func() {
		_ = in.Close()
		late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v: %s", err, tail(p.logged()))
		}
	})
	if err != nil {
		t.Fatalf("%v: %s", err, p.logged())
	}
	p.srv = &httptest.Server{URL: hello.URL}
	p.boss = p.visitor()
	p.boss.mail = "boss@example.org"
	p.boss.id = p.boss.want(201, "POST", "/setup", object{"token": hello.Token, "organisation": "Home", "email": p.boss.mail, "name": "Boss", "password": goodPassword}).text("id")
	return p
}

func tail(s string) string { return s[max(0, len(s)-4000):] }

// peak is the most memory that the server had, in MiB; 0 where the system does not tell.
func (p *process) peak() int {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	kb, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return kb >> 10
}
