package playbook

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Topic carries deliveries from the pipeline to Execute. OutputTopic is put before the topics that queue
// outputs name, so that a playbook cannot write into Vedette's own.
const (
	Topic       = "playbook"
	OutputTopic = "out-"
)

// Bounds of what leaves at once.
const (
	maxMessage = 192 << 10 // bytes, below the queue's own limit with room for the envelope
	maxFile    = 1 << 30
)

// Deliver puts a delivery into the queue, in parts where it is long; it returns after all are on disk. The
// same delivery again is the same messages.
func (s *Service) Deliver(ctx context.Context, d Delivery) error {
	if s.o.Queue == nil {
		return errs.New(errs.Unsupported, "playbook_queue", "This host has no queue for the outputs of playbooks.")
	}
	rows, part := d.Rows, 0
	for len(rows) > 0 {
		n := min(len(rows), 500)
		for {
			d.Rows = rows[:n]
			body, err := jsonx.Marshal(d)
			if err != nil {
				return err
			}
			if len(body) > maxMessage && n > 1 {
				n /= 2
				continue
			}
			if len(body) > maxMessage { // one value of that length is a rule or a text: its beginning must do
				d.Rows = []Row{rows[0].short()}
				if body, err = jsonx.Marshal(d); err != nil {
					return err
				}
			}
			part++
			if err := s.o.Queue.Publish(ctx, Topic, d.Key+"-"+strconv.Itoa(part), body); err != nil {
				return err
			}
			break
		}
		rows, d.First = rows[n:], d.First+n
	}
	return nil
}

// short cuts the texts of a row to what fits a message.
func (r Row) short() Row {
	const most = 8000
	for _, f := range []*string{&r.Value, &r.Defanged, &r.Stated, &r.Comment, &r.Report, &r.URL} {
		if len(*f) > most {
			*f = clip(*f, most)
		}
	}
	r.Tags = r.Tags[:min(len(r.Tags), 20)]
	return r
}

// clip cuts at a character's border.
func clip(s string, n int) string {
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// Execute does what a message of Topic says. An error for which fetch.Retriable or errs.Unavailable holds may
// be tried again; the playbook shows it. It is at-least-once: receivers can tell repeats by the key.
func (s *Service) Execute(ctx context.Context, body []byte) error {
	var d Delivery
	if err := jsonx.Unmarshal(body, &d); err != nil {
		return err
	}
	err := s.execute(ctx, d)
	if note := s.fail(ctx, d.Playbook, err); note != nil && err == nil {
		return note
	}
	return err
}

func (s *Service) execute(ctx context.Context, d Delivery) error {
	switch d.Output.Kind {
	case ToFile:
		return s.append(d)
	case ToWebhook:
		return s.post(ctx, d)
	case ToQueue:
		return s.publish(ctx, d)
	}
	return errs.New(errs.Unsupported, "playbook_output", "There is no output {kind}.", "kind", string(d.Output.Kind))
}

// document is a row as JSON, by the output's templates or as it is.
func (o *Output) document(r Row) any {
	if len(o.Fields) == 0 {
		return r
	}
	m := make(map[string]string, len(o.Fields))
	for name, template := range o.Fields {
		m[name] = expand(template, r.value)
	}
	return m
}

func (s *Service) publish(ctx context.Context, d Delivery) error {
	if s.o.Queue == nil {
		return errs.New(errs.Unsupported, "playbook_queue", "This host has no queue for the outputs of playbooks.")
	}
	for i, r := range d.Rows {
		body, err := jsonx.Marshal(d.Output.document(r))
		if err != nil {
			return err
		}
		key := d.Key + "-" + strconv.Itoa(d.First+i)
		if err := s.o.Queue.Publish(ctx, OutputTopic+d.Output.Topic, key, body); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) post(ctx context.Context, d Delivery) error {
	if s.o.HTTP == nil {
		return errs.New(errs.Unavailable, "no_egress", "No way out to the network is configured.")
	}
	docs := make([]any, len(d.Rows))
	for i, r := range d.Rows {
		docs[i] = d.Output.document(r)
	}
	body, err := jsonx.Marshal(map[string]any{"key": d.Key, "first": d.First, "playbook": d.Name, "rows": docs})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Output.URL, bytes.NewReader(body))
	if err != nil {
		return fetch.BadURL(d.Output.URL, err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Idempotency-Key", d.Key+"-"+strconv.Itoa(d.First))
	resp, err := s.o.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read enough
	if resp.StatusCode/100 != 2 {
		return fetch.Status(resp, s.o.Clock())
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return err
}

// append writes rows behind a file below the organisation's folder and syncs it. A line that a crash left
// unfinished is ended first.
func (s *Service) append(d Delivery) (err error) {
	if s.o.Files == nil {
		return errs.New(errs.Unsupported, "playbook_files", "This host has no folder for the outputs of playbooks.")
	}
	s.files.Lock()
	defer s.files.Unlock()
	name := path.Join(d.Org.String(), d.Output.Path)
	if err := s.o.Files.MkdirAll(path.Dir(name), 0o750); err != nil {
		return fileError(err, d.Output.Path)
	}
	f, err := s.o.Files.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return fileError(err, d.Output.Path)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return fileError(err, d.Output.Path)
	}
	if st.Size() > maxFile {
		return errs.New(errs.TooLarge, "playbook_file_full", "The output file {path} has {size} bytes: move it away, then replay.", "path", d.Output.Path, "size", st.Size())
	}
	text, err := d.lines(st.Size() == 0)
	if err != nil {
		return err
	}
	if last := make([]byte, 1); st.Size() > 0 {
		if _, err := f.ReadAt(last, st.Size()-1); err != nil {
			return fileError(err, d.Output.Path)
		}
		if last[0] != '\n' {
			text = append([]byte("\n"), text...)
		}
	}
	if _, err := f.Write(text); err != nil {
		return fileError(err, d.Output.Path)
	}
	return f.Sync()
}

func fileError(err error, path string) error {
	return errs.Wrap(err, errs.Unavailable, "playbook_file", "The output file {path} cannot be written: check its folder and the free space.", "path", path)
}

// lines renders the rows. Fresh CSV files begin with the names of their columns.
func (d *Delivery) lines(fresh bool) ([]byte, error) {
	var b bytes.Buffer
	if d.Output.Format != "csv" {
		for _, r := range d.Rows {
			line, err := jsonx.Marshal(d.Output.document(r))
			if err != nil {
				return nil, err
			}
			b.Write(line)
			b.WriteByte('\n')
		}
		return b.Bytes(), nil
	}
	columns := d.Output.Columns
	if len(columns) == 0 {
		columns = []string{"type", "value", "tlp", "to_ids", "tags", "comment", "report", "report_url", "source", "published"}
	}
	w := csv.NewWriter(&b)
	if fresh {
		if err := w.Write(columns); err != nil {
			return nil, err
		}
	}
	for _, r := range d.Rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = safeCell(r.value(c))
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// safeCell keeps spreadsheets from reading a value as a formula.
func safeCell(s string) string {
	if s != "" && slices.Contains([]byte("=+-@\t\r"), s[0]) {
		return "'" + s
	}
	return s
}
