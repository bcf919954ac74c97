package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// startPostgres starts a server with synced commits in the folder.
func startPostgres(folder string) (dsn string, stop func(), err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		return "", nil, fmt.Errorf("PostgreSQL's programs are missing: make setup installs them")
	}
	bin, dir := found[len(found)-1], filepath.Join(folder, "pg")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if u, err := user.Lookup("postgres"); os.Getuid() == 0 && err == nil {
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} //nolint:gosec // ids
		for p := dir; p != "/" && p != "/tmp"; p = filepath.Dir(p) {
			_ = os.Chmod(p, 0o755) //nolint:gosec // the server must reach it
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", nil, err
		}
	}
	data := filepath.Join(dir, "data")
	init := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8") //nolint:gosec // found above
	init.SysProcAttr, init.Dir = attr, dir
	if out, err := init.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB") //nolint:gosec // found above
	cmd.SysProcAttr, cmd.Dir = attr, dir
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	time.Sleep(3 * time.Second)
	return fmt.Sprintf("host=%s dbname=postgres user=postgres sslmode=disable", dir), func() { _ = cmd.Process.Signal(syscall.SIGINT); _ = cmd.Wait() }, nil
}
