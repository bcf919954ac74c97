package doctor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/audit"
	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/bus"
	"github.com/vedette-ti/vedette/internal/errs"
)

// Tables is a schema that can be looked over.
type Tables interface {
	Version(ctx context.Context) (current, newest int64, err error)
	Examine(ctx context.Context) (about string, broken, weak []string, err error)
}

// Database looks over the store or the queue.
func Database(name string, t Tables) Check {
	return Check{Name: name, Run: func(ctx context.Context) Finding {
		current, newest, err := t.Version(ctx)
		if err != nil {
			return broken(err)
		}
		about, hurt, weak, err := t.Examine(ctx)
		switch {
		case err != nil:
			return broken(err)
		case len(hurt) > 0:
			return fail("Stop Vedette, keep a copy of the data, and restore the last backup (vedette restore).", "%s: %s", about, strings.Join(hurt, "; "))
		case current != newest:
			return fail("Start the version of Vedette that belongs to the data.", "%s: schema %d, this program knows %d", about, current, newest)
		case len(weak) > 0:
			return warn("See to the server's settings.", "%s: %s", about, strings.Join(weak, "; "))
		}
		return good("%s, schema %d, no damage found", about, current)
	}}
}

// skew is how far apart clocks may be.
const skew = 30 * time.Second

// Clock compares this machine's clock with the store's and with the newest change.
func Clock(now func() time.Time, store, newest func(ctx context.Context) (time.Time, error)) Check {
	return Check{Name: "clock", Run: func(ctx context.Context) Finding {
		const advice = "Let the machine set its clock by NTP: expiry, schedules and codes of authenticator apps hang on it."
		before := now()
		there, err := store(ctx)
		if err != nil {
			return broken(err)
		}
		mid := before.Add(now().Sub(before) / 2)
		last, err := newest(ctx)
		if err != nil {
			return broken(err)
		}
		switch off := there.Sub(mid).Round(time.Second); {
		case off > skew || off < -skew:
			return fail(advice, "this machine and the store's server are %v apart", off.Abs())
		case last.After(before.Add(skew)):
			return fail(advice, "the newest change is of %s, which is in the future: the clock was set back", last.UTC().Format(time.RFC3339))
		case before.Year() < 2025:
			return fail(advice, "it is %s here", before.UTC().Format(time.DateOnly))
		}
		return good("%s", before.UTC().Format(time.RFC3339))
	}}
}

// stuck is how old the oldest waiting message may be.
const stuck = 15 * time.Minute

// Backlog looks for messages that wait long and for dead letters.
func Backlog(depth func(ctx context.Context) ([]bus.Depth, error), now func() time.Time) Check {
	return Check{Name: "backlog", Run: func(ctx context.Context) Finding {
		list, err := depth(ctx)
		if err != nil {
			return broken(err)
		}
		var open, dead int64
		var oldest time.Time
		for _, d := range list {
			open, dead = open+d.Open(), dead+d.Dead
			if !d.Oldest.IsZero() && (oldest.IsZero() || d.Oldest.Before(oldest)) {
				oldest = d.Oldest
			}
		}
		detail := fmt.Sprintf("%d messages wait, %d dead letters", open, dead)
		wait := now().Sub(oldest).Round(time.Second)
		switch {
		case dead > 0:
			return warn("Look at them with vedette queue dead, then replay or discard them.", "%s", detail)
		case open > 0 && wait > stuck:
			return warn("See whether a process with the role worker runs, and what its log says.", "%s, the oldest for %v", detail, wait)
		}
		return good("%s", detail)
	}}
}

// sample is how many stored files are read again.
const sample = 64

// Files reads a sample of the stored files, or all of them, and compares them with their names.
func Files(files interface {
	blob.Store
	Verify(ctx context.Context, h blob.Hash) error
}, all bool) Check {
	return Check{Name: "files", Run: func(ctx context.Context) Finding {
		var total, size int64
		var chosen []blob.Hash
		err := files.Walk(ctx, func(r blob.Ref) error {
			total++
			size += r.Size
			switch {
			case all || len(chosen) < sample:
				chosen = append(chosen, r.SHA256)
			default: // every file has the same chance
				if at := rand.Int64N(total); at < sample { //nolint:gosec // a sample is no secret
					chosen[at] = r.SHA256
				}
			}
			return nil
		})
		if err != nil {
			return broken(err)
		}
		var hurt []string
		for _, h := range chosen {
			err := files.Verify(ctx, h)
			if err != nil && errs.KindOf(err) != errs.NotFound { // gone meanwhile
				hurt = append(hurt, h.String())
			}
			if ctx.Err() != nil {
				return broken(ctx.Err())
			}
		}
		if len(hurt) > 0 {
			return fail("Check the disk; restore the files from a backup.", "%d of %d files read do not fit their names: %s", len(hurt), len(chosen), strings.Join(hurt[:min(5, len(hurt))], ", "))
		}
		return good("%d files, %s; %d read, all whole", total, bytes(uint64(max(0, size))), len(chosen)) //nolint:gosec // not negative
	}}
}

// forbidden are places that a source must never reach: this machine, its network, a cloud's metadata, each in
// a spelling that naive filters miss as well.
func forbidden() []string {
	return []string{"http://127.0.0.1:9/", "http://[::1]:9/", "http://2130706433/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/", "http://localhost/"}
}

// Egress asks for addresses that must be refused. Nothing leaves the machine when all is well.
func Egress(do func(*http.Request) (*http.Response, error), allowed []string) Check {
	return Check{Name: "egress", Run: func(ctx context.Context) Finding {
		var open []string
		for _, target := range forbidden() {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
			if err != nil {
				cancel()
				return broken(err)
			}
			resp, err := do(req)
			cancel()
			if resp != nil {
				_ = resp.Body.Close()
			}
			if k := errs.KindOf(err); err == nil || k != errs.Forbidden && k != errs.Invalid {
				u, _ := url.Parse(target)
				open = append(open, u.Host)
			}
		}
		switch {
		case len(open) == 0:
			return good("private addresses are refused")
		case len(allowed) > 0:
			return warn("Keep egress.allow as narrow as the sources need.", "sources may reach %s (egress.allow: %s)", strings.Join(open, ", "), strings.Join(allowed, ", "))
		}
		return fail("Report this as a bug; meanwhile keep the machine from reaching private networks.", "sources may reach %s", strings.Join(open, ", "))
	}}
}

// Sandbox starts a limited child and looks at what limits it.
func Sandbox(capabilities func(ctx context.Context) ([]string, error)) Check {
	return Check{Name: "sandbox", Run: func(ctx context.Context) Finding {
		have, err := capabilities(ctx)
		if err != nil {
			return fail("Parsers of risky formats cannot run: see the log for the reason.", "no limited child starts: %v", text(err))
		}
		var missing []string
		for _, want := range []string{"seccomp", "landlock", "namespaces"} {
			if !slices.Contains(have, want) {
				missing = append(missing, want)
			}
		}
		detail := strings.Join(have, ", ")
		if len(missing) > 0 {
			return warn("A newer kernel, or a container with user namespaces, would limit parsers further.", "limited by %s; not by %s", detail, strings.Join(missing, ", "))
		}
		return good("limited by %s", detail)
	}}
}

// Audit verifies the whole chain of the trail.
func Audit(verify func(ctx context.Context) (audit.Verification, error)) Check {
	return Check{Name: "audit", Run: func(ctx context.Context) Finding {
		v, err := verify(ctx)
		if err != nil {
			return broken(err)
		}
		if v.Broken != nil {
			return fail("Find out who could write to the store; compare with a backup.", "%s", v.Broken.Error())
		}
		return good("%d links hold, head %s", v.Checked, v.Head)
	}}
}

// behind is how far an index may lag before it is worth a word.
const behind = 5000

// Index compares the indexes with the data. Rebuild makes them anew.
func Index(lag func(ctx context.Context) (changes, values int64, err error), rebuild func(ctx context.Context) error) Check {
	return Check{
		Name: "index",
		Run: func(ctx context.Context) Finding {
			changes, values, err := lag(ctx)
			if err != nil {
				return broken(err)
			}
			detail := fmt.Sprintf("%d changes and %d values are not indexed yet", changes, values)
			if changes > behind || values > 10*behind {
				return warn("Search misses them. See whether a process with the role worker runs; vedette doctor --fix indexes all anew.", "%s", detail)
			}
			return good("%s", detail)
		},
		Fix: func(ctx context.Context) (string, error) { return "indexed everything anew", rebuild(ctx) },
	}
}
