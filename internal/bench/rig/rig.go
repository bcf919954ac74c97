// Package rig runs the real server as its users do: it builds the binary, starts it on a folder, sets it up,
// speaks to its API with a key, and ends it, gently or as a power cut does. Benchmarks, the kill -9 judge and
// the drive with hostile input stand on it. It owns no measurement and no judgement.
package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build compiles the binary into dir, with build tags where some are given.
func Build(ctx context.Context, dir, name string, tags ...string) (string, error) {
	out := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", strings.Join(tags, ","), "-o", out, "github.com/vedette-ti/vedette/cmd/vedette") //nolint:gosec // fixed words
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, text)
	}
	return out, nil
}

// Options of one server.
type Options struct {
	Bin, Data string
	// Listen is HOST:PORT; empty takes a free port of the loopback address.
	Listen string
	// Set are values of the configuration, as KEY=VALUE.
	Set []string
	// Env is added to the environment.
	Env []string
	// Log takes what the server writes; nil drops it.
	Log io.Writer
}

// Server is one running process.
type Server struct {
	Client
	// Took is how long it was from the start to the first 200 of /readyz.
	Took time.Duration

	cmd    *exec.Cmd
	exited chan struct{}
	mu     sync.Mutex
	link   string
	tail   []string // the last lines of the log
}

// ErrExited tells that the process ended before it was ready.
var ErrExited = errors.New("the server ended before it was ready")

// Start runs the server and waits until it is ready, at most half a minute.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Listen == "" {
		var err error
		if o.Listen, err = FreeAddress(); err != nil {
			return nil, err
		}
	}
	args := []string{"serve", "--no-open", "--data", o.Data, "--listen", o.Listen}
	for _, kv := range o.Set {
		args = append(args, "--set", kv)
	}
	s := &Server{Client: Client{Base: "http://" + o.Listen}, exited: make(chan struct{})}
	s.cmd = exec.CommandContext(ctx, o.Bin, args...) //nolint:gosec // the binary under test
	s.cmd.Env = append(os.Environ(), o.Env...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	read := make(chan struct{})
	go func() { s.listen(out, o.Log); close(read) }()
	go func() { <-read; _ = s.cmd.Wait(); close(s.exited) }()
	if err := s.waitReady(ctx, began); err != nil {
		s.Kill()
		return nil, fmt.Errorf("%w; its log ends: %s", err, s.LogTail())
	}
	return s, nil
}

// FreeAddress finds a port that was free a moment ago.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *Server) listen(r io.Reader, log io.Writer) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			s.mu.Lock()
			if _, token, ok := strings.Cut(line, "#token="); ok {
				s.link = strings.TrimSpace(token)
			}
			if s.tail = append(s.tail, line); len(s.tail) > 20 {
				s.tail = s.tail[1:]
			}
			s.mu.Unlock()
			if log != nil {
				_, _ = io.WriteString(log, line)
			}
		}
		if err != nil {
			return
		}
	}
}

// LogTail returns the last lines of the server's log.
func (s *Server) LogTail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.tail, "")
}

func (s *Server) waitReady(ctx context.Context, began time.Time) error {
	client := http.Client{Timeout: 5 * time.Second}
	for time.Since(began) < 30*time.Second {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Base+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				s.Took = time.Since(began)
				return nil
			}
		}
		select {
		case <-s.exited:
			return ErrExited
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return errors.New("the server was not ready within half a minute")
}

// Exited is closed when the process has ended.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Kill ends the process as kill -9 does, and waits for its end.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// Stop ends the process as an operator does, and waits for its end.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.Kill()
	}
}

// MemoryMB is the resident memory now and its peak, in MB; 0 where the system does not tell.
func (s *Server) MemoryMB() (now, peak int) {
	return memory(s.cmd.Process.Pid, "VmRSS:"), memory(s.cmd.Process.Pid, "VmHWM:")
}

// CPU is the processor time the process has used.
func (s *Server) CPU() time.Duration {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * (time.Second / 100) // USER_HZ is 100 on Linux
}

func memory(pid int, field string) int {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // only read
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), field); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
			return n >> 10
		}
	}
	return 0
}
