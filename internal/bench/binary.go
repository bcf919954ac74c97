package main

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
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// measureStart starts the server on an empty folder and on a folder that exists, and looks at it idle.
func measureStart(ctx context.Context, o options) error {
	data := filepath.Join(o.folder, "start")
	var first time.Duration
	var again []time.Duration
	memory := 0
	for i := range 6 {
		took, mem, err := start(ctx, o.bin, data, i == 5)
		if err != nil {
			return err
		}
		if i == 0 {
			first = took
		} else {
			again = append(again, took)
		}
		memory = mem
	}
	slices.Sort(again)
	fmt.Printf("## The binary\n\nStart to ready: first %.0f ms, then median of 5 %.0f ms. Idle memory after 5 s: %d MB.\n", ms(first), ms(again[len(again)/2]), memory)
	if size, err := console(o.bin); err == nil {
		fmt.Printf("Console, first load after gzip: %d KB.\n", size>>10)
	}
	return nil
}

// start runs the server until /readyz answers 200.
func start(ctx context.Context, bin, data string, idle bool) (time.Duration, int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	cmd := exec.CommandContext(ctx, bin, "serve", "--no-open", "--data", data, "--listen", addr) //nolint:gosec // our own binary
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }()
	for time.Since(began) < 30*time.Second {
		res, err := http.Get("http://" + addr + "/readyz") //nolint:noctx // bounded by the loop
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				took := time.Since(began)
				if idle {
					time.Sleep(5 * time.Second)
				}
				return took, memoryMB(cmd.Process.Pid), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, 0, errors.New("the server did not become ready")
}

// console sums what a browser loads first: the page, its scripts and styles, packed.
func console(string) (int64, error) {
	page, err := os.ReadFile("web/dist/app/index.html")
	if err != nil {
		return 0, err
	}
	total := int64(len(page))
	for _, part := range strings.Split(string(page), `"`) {
		if !strings.HasPrefix(part, "/assets/") {
			continue
		}
		if info, err := os.Stat("web/dist/app" + part + ".gz"); err == nil {
			total += info.Size()
		}
	}
	return total, nil
}

func memoryMB(pid int) int {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // only read
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
			return n >> 10
		}
	}
	return 0
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
