package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// exportCmd is a contract: vedette export --format stix21|misp|csv|text|ndjson QUERY.
type exportCmd struct {
	place
	Format string   `enum:"stix21,misp,csv,text,ndjson" default:"stix21" help:"stix21 (default), misp, csv, text or ndjson."`
	Query  []string `arg:"" optional:"" help:"What to export, in the search language; everything when left out."`
	All    bool     `help:"Everything visible, whatever review state, to_ids, expiry, lists and own assets."`
	TLP    string   `name:"tlp" enum:"clear,green,amber,amber+strict,red," default:"" help:"The highest marking that leaves (default amber)."`
	Title  string   `help:"Title of the bundle or event."`
	Output string   `short:"o" placeholder:"FILE" help:"Write to a file, which appears when it is whole."`
	Quiet  bool     `short:"q" help:"Do not count what was held back."`
}

// Help is shown below the flags.
func (exportCmd) Help() string {
	return `By default accepted, to_ids, unexpired indicators under the TLP ceiling leave, without those on warninglists and without our own. What was held back is told on standard error.

Examples:
  vedette export --format text type:ipv4-addr > block.txt
  vedette export --format misp -o event.json report:42
  vedette export --format stix21 --all tag:apt28`
}

// Run implements the command.
func (k exportCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{lists: true}, func(s *session) error {
		q := url.Values{"q": {strings.Join(k.Query, " ")}}
		if k.All {
			q.Set("all", "true")
		}
		if k.TLP != "" {
			q.Set("tlp", k.TLP)
		}
		if err := k.write(ctx, c, s, q); err != nil {
			return err
		}
		if k.Quiet {
			return nil
		}
		return k.tell(ctx, c, s, q)
	})
}

func (k exportCmd) write(ctx context.Context, c *console, s *session, q url.Values) (err error) {
	ask := url.Values{"format": {k.Format}}
	for name, v := range q {
		ask[name] = v
	}
	if k.Title != "" {
		ask.Set("title", k.Title)
	}
	resp, err := s.do(ctx, http.MethodGet, prefix+"/export", ask, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	b := bar{}
	if k.Output != "" || !c.terminal {
		b = c.progress(resp.ContentLength, "exporting", true)
		defer b.end()
	}
	if k.Output == "" {
		return s.copy(ctx, io.MultiWriter(c.out, b), resp.Body)
	}
	return writeFile(k.Output, 0o644, func(w io.Writer) error { return s.copy(ctx, io.MultiWriter(w, b), resp.Body) })
}

// copy passes an answer on and tells trouble of the connection from trouble of the output.
func (s *session) copy(ctx context.Context, w io.Writer, r io.Reader) error {
	reader := &noting{r: r}
	_, err := io.Copy(w, reader)
	if err != nil && reader.err != nil {
		return s.unreachable(ctx, err)
	}
	return err
}

type noting struct {
	r   io.Reader
	err error
}

func (n *noting) Read(p []byte) (int, error) {
	c, err := n.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return c, err
}

// writeFile lets a file appear under its name when it is whole and on disk.
func writeFile(path string, mode os.FileMode, fill func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a device or a pipe
		f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the user's own path
		if err != nil {
			return err
		}
		return errors.Join(fill(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// tell says what an export held back, and why.
func (k exportCmd) tell(ctx context.Context, c *console, s *session, q url.Values) error {
	var counts struct {
		Rows int64            `json:"rows"`
		Held map[string]int64 `json:"held"`
	}
	if err := s.get(ctx, "/export/count", q, &counts); err != nil {
		return err
	}
	held := int64(0)
	var parts []string
	for _, why := range slices.Sorted(mapKeys(counts.Held)) {
		if n := counts.Held[why]; n > 0 {
			held += n
			parts = append(parts, fmt.Sprintf("%d %s", n, reasonText(why)))
		}
	}
	switch {
	case held > 0:
		hint := " --all includes them."
		if k.All {
			hint = ""
		}
		fmt.Fprintf(c.err, "vedette: %s exported, %d held back: %s.%s\n", plural(int(counts.Rows), "row"), held, strings.Join(parts, ", "), hint)
	case counts.Rows == 0:
		fmt.Fprintln(c.err, "vedette: nothing matches.")
	}
	return nil
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// reasonText is why a claim does not leave.
func reasonText(why string) string {
	switch why {
	case "proposed":
		return "not reviewed"
	case "not_to_ids":
		return "not meant for detection"
	case "ceiling":
		return "above the TLP ceiling"
	case "listed":
		return "on warninglists"
	case "own":
		return "our own"
	case "no_value":
		return "without a value"
	}
	return strings.ReplaceAll(why, "_", " ")
}
