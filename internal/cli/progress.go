package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows progress of long work on a terminal; elsewhere it is silent. The zero bar is silent too.
type bar struct{ p *progressbar.ProgressBar }

// progress begins a bar; total -1 is not known.
func (c *console) progress(total int64, what string, inBytes bool) bar {
	if !c.errTerminal {
		return bar{}
	}
	o := []progressbar.Option{
		progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true), progressbar.OptionShowCount(), progressbar.OptionSetElapsedTime(true),
	}
	if inBytes {
		o = append(o, progressbar.OptionShowBytes(true))
	}
	return bar{progressbar.NewOptions64(total, o...)}
}

func (b bar) add(n int64) {
	if b.p != nil {
		_ = b.p.Add64(n)
	}
}

func (b bar) set(n int64) {
	if b.p != nil {
		_ = b.p.Set64(n)
	}
}

func (b bar) total(n int64) {
	if b.p != nil && n > 0 {
		b.p.ChangeMax64(n)
	}
}

func (b bar) say(what string) {
	if b.p != nil {
		b.p.Describe(plain(what))
	}
}

func (b bar) end() {
	if b.p != nil {
		_ = b.p.Finish()
	}
}

// Write counts what passes.
func (b bar) Write(p []byte) (int, error) {
	b.add(int64(len(p)))
	return len(p), nil
}
