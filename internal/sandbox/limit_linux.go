package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// selfExe is the running binary, even when its file was moved or its folder may not be entered.
const selfExe = "/proc/self/exe"

// Levels of isolation at start, strongest first; weaker ones are tried where the system refuses.
const (
	levelNamespaces = iota // user, network, process, mount and IPC namespaces; as nobody when root
	levelUser              // as nobody when root
	levelPlain
	levelCount
)

// nobody is the unprivileged user and group that root's children become.
const nobody = 65534

// launch starts the command limited from outside and reports its end to ended. Landlock binds the
// thread it is called on and is inherited by what that thread starts, so a thread is given up for
// each child. It lives as long as the child, because Pdeathsig fires when the thread dies.
func launch(cmd *exec.Cmd, o Options, cl class, level int, ended func(error)) ([]string, error) {
	type result struct {
		active []string
		err    error
	}
	started := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		active := isolate(cmd, level)
		if landlock(o.Exe, cl, level == levelNamespaces) == nil {
			active = append(active, "landlock")
		}
		if err := cmd.Start(); err != nil {
			started <- result{err: fmt.Errorf("start at level %d: %w", level, err)}
			return
		}
		started <- result{active: active}
		ended(cmd.Wait())
	}()
	r := <-started
	return r.active, r.err
}

// isolate sets the process attributes of a level.
func isolate(cmd *exec.Cmd, level int) []string {
	active := []string{"process group"}
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.SysProcAttr = attr
	root := os.Getuid() == 0
	if root && level <= levelUser {
		attr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		active = append(active, "user")
	}
	if level == levelNamespaces {
		uid, gid := os.Getuid(), os.Getgid()
		if root {
			uid, gid = nobody, nobody
		}
		attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNS
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		attr.GidMappingsEnableSetgroups = root
		active = append(active, "namespaces")
	}
	return active
}

// restrict limits the calling process, a child, for good.
func restrict(h hello) ([]string, error) {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, err
	}
	set := func(what int, soft, hard uint64) error {
		return unix.Setrlimit(what, &unix.Rlimit{Cur: soft, Max: hard})
	}
	files := uint64(32)
	if h.Tools {
		files = 128
	}
	memory := uint64(h.Memory)
	for _, l := range []struct {
		what       int
		soft, hard uint64
	}{
		{unix.RLIMIT_CORE, 0, 0},
		{unix.RLIMIT_FSIZE, 0, 0},
		{unix.RLIMIT_NOFILE, files, files},
		{unix.RLIMIT_MEMLOCK, 0, 0},
		{unix.RLIMIT_CPU, seconds(h.CPU), seconds(h.CPU) * maxUses},
		// The Go runtime reserves address space far beyond what it uses, so the address space is
		// bounded loosely and what can be written to exactly.
		{unix.RLIMIT_AS, memory + 4<<30, memory + 4<<30},
		{unix.RLIMIT_DATA, memory, memory},
	} {
		if instrumented && (l.what == unix.RLIMIT_AS || l.what == unix.RLIMIT_DATA) {
			continue // the race detector maps terabytes
		}
		if err := set(l.what, l.soft, l.hard); err != nil {
			return nil, fmt.Errorf("rlimit %d: %w", l.what, err)
		}
	}
	active := []string{"rlimits"}
	over := make(chan os.Signal, 1) // the Go runtime ignores this signal when nobody asks for it
	signal.Notify(over, unix.SIGXCPU)
	go func() {
		<-over
		fmt.Fprintln(os.Stderr, "SIGXCPU")
		os.Exit(1)
	}()
	if err := seccomp(h.Tools); err == nil {
		active = append(active, "seccomp")
	}
	return active, nil
}

// moreCPU gives the next document its own share of CPU time.
func moreCPU(share float64) {
	var u unix.Rusage
	var l unix.Rlimit
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil || unix.Getrlimit(unix.RLIMIT_CPU, &l) != nil {
		return
	}
	used := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	l.Cur = min(l.Max, seconds(used.Seconds())+seconds(share))
	_ = unix.Setrlimit(unix.RLIMIT_CPU, &l) // keeping the old, lower limit is safe
}

func seconds(s float64) uint64 { return uint64(s) + 1 }

// killGroup kills a child and its process group.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process == nil {
		return
	}
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	_ = cmd.Process.Kill()
}

// runLimited runs a program in its own process group, to be killed with all it started when its
// context ends, bound to reading system folders.
func runLimited(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error {
		killGroup(cmd)
		return nil
	}
	end := make(chan error, 1)
	go func() {
		runtime.LockOSThread()         // never unlocked, as in launch
		_ = landlock("", tools, false) // a kernel without it leaves the other limits
		end <- cmd.Run()
	}()
	return <-end
}
