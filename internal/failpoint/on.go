//go:build failpoints

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// points returns the armed places and how often each may still be passed. The map itself never changes.
var points = sync.OnceValue(func() map[string]*atomic.Int64 {
	return parse(os.Getenv("VEDETTE_FAILPOINTS"))
})

func parse(text string) map[string]*atomic.Int64 {
	armed := map[string]*atomic.Int64{}
	for part := range strings.SplitSeq(text, ",") {
		name, count, ok := strings.Cut(strings.TrimSpace(part), ":")
		n, err := strconv.ParseInt(count, 10, 64)
		if !ok || err != nil || n < 1 {
			n = 1
		}
		if name != "" {
			armed[name] = &atomic.Int64{}
			armed[name].Store(n)
		}
	}
	return armed
}

// Hit ends the process when the place is armed and its count is used up.
func Hit(name string) {
	left, ok := points()[name]
	if !ok || left.Add(-1) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way; nothing more may happen
}

// Enabled tells whether the places count.
const Enabled = true
