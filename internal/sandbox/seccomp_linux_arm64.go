package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// allowedHere are calls of the Go runtime that only this machine has.
func allowedHere() []uint32 { return []uint32{unix.SYS_GETRLIMIT} }

func deniedHere() []uint32 { return []uint32{unix.SYS_KEXEC_FILE_LOAD} }
