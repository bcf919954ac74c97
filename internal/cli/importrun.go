package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// imported is the summary of an import.
type imported struct {
	Files   int       `json:"files"`
	New     int       `json:"new"`     // reports that came with it
	Updated int       `json:"updated"` // reports that were there and changed
	Known   int       `json:"known"`   // reports that were there as they are
	Claims  int64     `json:"claims"`  // in the new and updated reports
	Skipped int       `json:"skipped"` // files of formats that are not read
	Waiting int       `json:"waiting"` // not worked off yet (--no-wait)
	Refused []refusal `json:"refused"`
	Reports []string  `json:"reports"`
}

// refusal is a file, or a part of one, that was not taken.
type refusal struct {
	Item   string `json:"item"`
	Place  string `json:"place,omitempty"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
	file   bool   // the whole of it
}

// importing is one run.
type importing struct {
	k      importCmd
	c      *console
	s      *session
	source string
	bar    bar

	mu   sync.Mutex
	sent []sentFile
	out  imported
}

// sentFile is a file that the server has taken.
type sentFile struct {
	in      input // without its body
	drop    string
	state   string
	reports []string
	code    string
	message string
}

// Run implements the command.
func (k importCmd) Run(ctx context.Context, c *console) error {
	return k.with(ctx, c, need{create: true, workers: true, lists: true}, func(s *session) error {
		x := &importing{k: k, c: c, s: s}
		x.out.Refused, x.out.Reports = []refusal{}, []string{}
		return x.run(ctx)
	})
}

func (x *importing) run(ctx context.Context) error {
	if x.k.Source != "" {
		id, err := x.s.findID(ctx, "/sources", "source", "name", x.k.Source)
		if err != nil {
			return err
		}
		x.source = id
	}
	started, err := x.s.now(ctx)
	if err != nil {
		return err
	}
	if err := x.upload(ctx); err != nil {
		return err
	}
	if x.k.Wait {
		if err := x.wait(ctx); err != nil {
			return err
		}
		if err := x.count(ctx, started); err != nil {
			return err
		}
	} else {
		x.out.Waiting = len(x.sent)
	}
	if err := x.print(); err != nil {
		return err
	}
	whole := 0
	for _, r := range x.out.Refused {
		if r.file {
			whole++
		}
	}
	switch {
	case whole == 0 && x.out.Files == 0:
		return errs.New(errs.Invalid, "nothing_to_import", "There is nothing to bring in at {paths}.", "paths", strings.Join(x.k.Paths, ", "))
	case whole > 0 && whole == x.out.Files:
		return errs.New(errs.Invalid, "import_refused", "None of {total} files could be brought in.", "total", x.out.Files)
	case whole > 0:
		return partly{errs.New(errs.Invalid, "import_partly", "{count} of {total} files were refused.", "count", whole, "total", x.out.Files)}
	}
	return nil
}

// now is the server's time, so that what is older than the import can be told from what is new; of another
// machine in whole seconds.
func (s *session) now(ctx context.Context) (time.Time, error) {
	if s.local {
		return time.Now(), nil
	}
	resp, err := s.do(ctx, http.MethodGet, prefix+"/version", nil, "", nil)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // only the head counts
	if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		return t, nil // whole seconds, cut down
	}
	return time.Now().Truncate(time.Second), nil
}

// atOnce is how many files travel at the same time: they share synced commits.
const atOnce = 4

func (x *importing) upload(ctx context.Context) error {
	x.bar = x.c.progress(-1, "sending", false)
	defer x.bar.end()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	err := x.k.walk(ctx, x.c, func(in input) error {
		x.out.Files++
		group.Go(func() error { return x.send(ctx, in) })
		return ctx.Err()
	}, func(name string, err error) {
		x.out.Files++
		x.refuse(name, err)
	})
	if e := group.Wait(); e != nil {
		return e
	}
	return err
}

// refuse notes a file that is not taken.
func (x *importing) refuse(name string, err error) {
	r := refusal{Item: name, Code: "internal", Reason: strings.ReplaceAll(err.Error(), ".: ", ": "), file: true}
	if e, ok := errs.As(err); ok {
		r.Code = e.Code
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.out.Refused = append(x.out.Refused, r)
}

func (x *importing) send(ctx context.Context, in input) error {
	meta := map[string]any{}
	if x.k.Title != "" {
		meta["title"] = x.k.Title
	}
	if x.k.TLP != "" {
		meta["tlp"] = x.k.TLP
	}
	if len(x.k.Tag) > 0 {
		meta["tags"] = x.k.Tag
	}
	if x.k.Accept {
		meta["accept"] = true
	}
	if x.source != "" {
		meta["source"] = x.source
	}
	body, mediaType, err := multipartOf(meta, in)
	if err != nil {
		return err
	}
	var p struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	err = x.s.patiently(ctx, func() error {
		return x.s.upload(ctx, http.MethodPost, "/drop", nil, mediaType, bytes.NewReader(body), &p)
	})
	x.bar.add(1)
	switch k := errs.KindOf(err); {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case k == errs.Invalid || k == errs.TooLarge || k == errs.Unsupported:
		x.refuse(in.name, err)
		return nil
	default: // not allowed, not reachable: the next file fares no better
		return err
	}
	in.body = nil
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, it := range p.Items {
		x.sent = append(x.sent, sentFile{in: in, drop: it.ID})
	}
	return nil
}

func multipartOf(meta map[string]any, in input) (body []byte, mediaType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	m, err := jsonx.Marshal(meta)
	if err != nil {
		return nil, "", err
	}
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="meta"`}, "Content-Type": {"application/json"}})
	if err == nil {
		_, err = part.Write(m)
	}
	if err != nil {
		return nil, "", err
	}
	if part, err = w.CreateFormFile("file", in.base); err == nil {
		_, err = part.Write(in.body)
	}
	if err != nil {
		return nil, "", err
	}
	err = w.Close()
	return b.Bytes(), w.FormDataContentType(), err
}

// patiently tries again while the server is busy: a full queue empties, and limits pass.
func (s *session) patiently(ctx context.Context, fn func() error) error {
	for try := 0; ; try++ {
		err := fn()
		e, ok := errs.As(err)
		if !ok || try == 60 || e.Kind != errs.RateLimited && e.Code != "queue_full" && e.Code != "store_busy" && e.Code != "warninglists_loading" {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wait follows the files until each is worked off.
func (x *importing) wait(ctx context.Context) error {
	x.bar = x.c.progress(int64(len(x.sent)), "working", false)
	defer x.bar.end()
	if x.s.local {
		if err := x.s.idle(ctx, func(open int64) { x.bar.set(max(0, int64(len(x.sent))-open)) }); err != nil {
			return err
		}
	}
	open := make([]int, len(x.sent))
	for i := range open {
		open[i] = i
	}
	for pause := 50 * time.Millisecond; len(open) > 0; pause = min(2*pause, 2*time.Second) {
		left, err := x.poll(ctx, open)
		if err != nil {
			return err
		}
		if len(left) < len(open) {
			pause = 50 * time.Millisecond
		}
		open = left
		x.bar.set(int64(len(x.sent) - len(open)))
		if len(open) == 0 {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errs.Wrap(ctx.Err(), errs.Unavailable, "interrupted", "Stopped while work was waiting: it goes on at the server.")
		}
	}
	return nil
}

// poll asks for the oldest open files until some of them still wait: work is done in about their order.
func (x *importing) poll(ctx context.Context, open []int) (left []int, err error) {
	waiting := 0
	for n, i := range open {
		f := &x.sent[i]
		var st struct {
			State   string   `json:"state"`
			Reports []string `json:"reports"`
			Code    string   `json:"code"`
			Message string   `json:"message"`
		}
		if err := x.s.get(ctx, "/drop/"+url.PathEscape(f.drop), nil, &st); err != nil {
			return nil, err
		}
		if st.State == "queued" {
			left = append(left, i)
			if waiting++; waiting == 8 {
				return append(left, open[n+1:]...), nil
			}
			continue
		}
		f.state, f.reports, f.code, f.message = st.State, st.Reports, st.Code, st.Message
	}
	return left, nil
}

// count makes the summary.
func (x *importing) count(ctx context.Context, started time.Time) error {
	quarantined, err := x.quarantine(ctx, started)
	if err != nil {
		return err
	}
	earlier := map[string][]refusal{}
	if slices.ContainsFunc(x.sent, func(f sentFile) bool { return f.state == "quarantined" && len(quarantined[f.place()]) == 0 }) {
		if earlier, err = x.quarantine(ctx, time.Time{}); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, f := range x.sent {
		switch f.state {
		case "failed":
			x.out.Refused = append(x.out.Refused, refusal{Item: f.in.name, Code: f.code, Reason: f.message, file: true})
		case "quarantined":
			x.quarantined(f, quarantined, earlier)
		}
		for _, r := range f.reports {
			if seen[r] {
				continue
			}
			seen[r] = true
			if err := x.report(ctx, r, started); err != nil {
				return err
			}
		}
	}
	for _, list := range quarantined { // parts of files that went in otherwise
		x.out.Refused = append(x.out.Refused, list...)
	}
	slices.Sort(x.out.Reports)
	slices.SortStableFunc(x.out.Refused, func(a, b refusal) int { return strings.Compare(a.Item, b.Item) })
	return nil
}

// quarantined takes a file's reason out of what the server put aside.
func (x *importing) quarantined(f sentFile, found, earlier map[string][]refusal) {
	r := refusal{Item: f.in.name, Code: "quarantined", Reason: "It could not be read; see vedette quarantine list.", file: true}
	at := f.place()
	if list := append(slices.Clone(found[at]), earlier[at]...); len(list) > 0 {
		r.Code, r.Reason = list[0].Code, list[0].Reason
		delete(found, at)
	}
	if unread(r.Code) && !f.in.given {
		x.out.Skipped++
		return
	}
	x.out.Refused = append(x.out.Refused, r)
}

// unread tells formats that are not read from files that are broken: a folder may hold pictures.
func unread(code string) bool {
	return code == "no_parser" || code == "media_type_unknown" || code == "parser_unknown" || code == "format_unknown"
}

// place is where the quarantine keeps the whole file.
func (f sentFile) place() string {
	_, sum, _ := strings.Cut(f.drop, ".")
	return wholeFile + sum
}

// wholeFile begins the place of a dropped file that could not be read at all; its SHA-256 follows.
const wholeFile = "drop:"

// quarantine lists what was put aside since the import began, by item, or by place for whole files.
func (x *importing) quarantine(ctx context.Context, started time.Time) (map[string][]refusal, error) {
	out := map[string][]refusal{}
	cursor := ""
	for {
		items, next, err := x.s.list(ctx, "/quarantine", nil, cursor, pageSize)
		if err != nil {
			return nil, err
		}
		for _, raw := range items {
			var q struct {
				Item    string    `json:"item"`
				Place   string    `json:"place"`
				Code    string    `json:"code"`
				Reason  string    `json:"reason"`
				Created time.Time `json:"created"`
			}
			if err := jsonx.Unmarshal(raw, &q); err != nil {
				return nil, err
			}
			if q.Created.Before(started) {
				return out, nil // newest first
			}
			key := q.Item
			if strings.HasPrefix(q.Place, wholeFile) {
				key, _, _ = strings.Cut(q.Place, "@") // a label may follow
			}
			out[key] = append(out[key], refusal{Item: q.Item, Place: q.Place, Code: q.Code, Reason: q.Reason})
		}
		if next == "" {
			return out, nil
		}
		cursor = next
	}
}

func (x *importing) report(ctx context.Context, id string, started time.Time) error {
	var r struct {
		Created  time.Time `json:"created"`
		Modified time.Time `json:"modified"`
		Counts   struct {
			Claims int64 `json:"claims"`
		} `json:"counts"`
	}
	if err := x.s.get(ctx, "/reports/"+id, nil, &r); err != nil {
		if errs.KindOf(err) == errs.NotFound { // not ours to see
			return nil
		}
		return err
	}
	switch {
	case !r.Created.Before(started):
		x.out.New++
	case !r.Modified.Before(started):
		x.out.Updated++
	default:
		x.out.Known++
	}
	if !r.Modified.Before(started) {
		x.out.Claims += r.Counts.Claims
	}
	x.out.Reports = append(x.out.Reports, id)
	return nil
}

func (x *importing) print() error {
	if x.k.JSON {
		return printJSON(x.c, x.out)
	}
	o := x.out
	if !x.k.Wait {
		fmt.Fprintf(x.c.out, "%s taken; they are worked off in the background.\n", plural(o.Files-len(o.Refused), "file"))
	} else {
		fmt.Fprintf(x.c.out, "%s: %s new, %d updated, %d known, %s.\n", plural(o.Files, "file"), plural(o.New, "report"), o.Updated, o.Known, plural(int(o.Claims), "claim"))
	}
	if o.Skipped > 0 {
		fmt.Fprintf(x.c.out, "Skipped, of formats that are not read: %s.\n", plural(o.Skipped, "file"))
	}
	for i, r := range o.Refused {
		if i == 50 {
			fmt.Fprintf(x.c.err, "… and %d more; vedette quarantine list shows them.\n", len(o.Refused)-i)
			break
		}
		at := r.Item
		if r.Place != "" {
			at += " (" + r.Place + ")"
		}
		if strings.HasPrefix(r.Reason, at+" ") {
			fmt.Fprintf(x.c.err, "refused: %s\n", plain(r.Reason))
			continue
		}
		fmt.Fprintf(x.c.err, "refused: %s: %s\n", plain(at), plain(r.Reason))
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// idle waits until the pipeline has nothing left to do. Only the operator's own way can ask.
func (s *session) idle(ctx context.Context, tell func(open int64)) error {
	resp, err := s.do(ctx, http.MethodGet, "/control/idle", nil, "", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	done := false
	err = ndjson(resp.Body, func(raw jsonx.Raw) error {
		var v struct {
			Open *int64 `json:"open"`
			Idle bool   `json:"idle"`
		}
		if err := jsonx.Unmarshal(raw, &v); err != nil {
			return err
		}
		if v.Open != nil {
			tell(*v.Open)
		}
		done = done || v.Idle
		return nil
	})
	if err == nil && !done {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return s.unreachable(ctx, err)
	}
	return nil
}
