package sandbox

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// readable are the folders and files that the dynamic loader, and for outside programs their data,
// are read from. Those that do not exist are passed over.
func readable(cl class) []string {
	list := []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"}
	if cl == tools {
		list = append(list, "/usr/bin", "/usr/local/bin", "/usr/local/lib", "/usr/share", "/etc/fonts", "/etc/alternatives")
	}
	return list
}

// landlock binds the calling thread, and what it starts, to reading and executing the binary and
// its libraries. It must run on a locked thread that is given up afterwards. maps keeps /proc open:
// the thread that starts a process in a user namespace writes its id maps there. Children of class
// strict cannot open it for seccomp, and programs get a layer of their own without it.
func landlock(exe string, cl class, maps bool) error {
	abi, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return e
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled(abi)}
	size := uintptr(8)
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = 16
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size = 24
	}
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if e != 0 {
		return e
	}
	defer unix.Close(int(fd))
	const read = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_EXECUTE
	for _, path := range append(readable(cl), exe) {
		if err := allow(int(fd), path, read); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	if maps {
		if err := allow(int(fd), "/proc", unix.LANDLOCK_ACCESS_FS_READ_FILE|unix.LANDLOCK_ACCESS_FS_WRITE_FILE); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, e := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); e != 0 {
		return e
	}
	return nil
}

// handled are the rights a kernel of this ABI knows; all that are not allowed are denied.
func handled(abi uintptr) uint64 {
	rights := uint64(unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1)
	if abi >= 2 {
		rights |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		rights |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 5 {
		rights |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	return rights
}

// allow gives rights on a file or the tree under a folder.
func allow(ruleset int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR && rights&unix.LANDLOCK_ACCESS_FS_EXECUTE != 0 {
		rights |= unix.LANDLOCK_ACCESS_FS_READ_DIR // poppler lists its folders of character maps
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	_, _, e := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}
