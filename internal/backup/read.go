package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// Target takes what an archive holds, in its order. Fields may be nil: the part is then only checked.
type Target struct {
	// Begin is called once, before anything else.
	Begin func(ctx context.Context, m Manifest) error
	Files blob.Store
	// Keys and Config take the key file and the configuration file.
	Keys, Config func(data []byte) error
	// Load takes rows of a table of a section; it says how many values it had to alter.
	Load func(ctx context.Context, section, table string, columns []string, rows [][]any) (altered int64, err error)
}

// Result is what Read saw.
type Result struct {
	Manifest Manifest `json:"manifest"`
	End      End      `json:"end"`
	Config   bool     `json:"config"`
	// Altered counts texts that the target's engine could not hold as they were.
	Altered int64 `json:"altered,omitzero"`
}

// Bounds of what is taken into memory, in bytes.
const (
	maxSmall = 1 << 20
	maxEnd   = 256 << 20
	maxPart  = 512 << 20
)

// Read reads a bare archive (see Decrypt) to its end, checks every part and hands it to the target. An error
// may come after the target took parts: who restores keeps them apart until Read returns nil.
func Read(ctx context.Context, r io.Reader, to Target, progress func(Progress)) (Result, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	in := bufio.NewReaderSize(&stoppable{ctx: ctx, r: r}, 1<<16)
	zr, err := gzip.NewReader(in)
	if err != nil {
		return Result{}, notBackup(err)
	}
	zr.Multistream(false)
	x := &reader{tar: tar.NewReader(zr), to: to, tell: progress, seen: End{Tables: map[string]Table{}}, sums: map[string]*digest{}}
	if err := x.all(ctx); err != nil {
		return x.result, x.explain(ctx, err)
	}
	n, err := io.Copy(io.Discard, zr) // the padding of the tar stream, and the checksum of the packing
	if err == nil && n > 1<<20 {
		err = errors.New("there is more behind the end")
	}
	if err == nil {
		if n, err = io.Copy(io.Discard, in); err == nil && n > 0 {
			err = errors.New("there is more behind the end")
		}
	}
	return x.result, x.explain(ctx, err)
}

func notBackup(err error) error {
	return errs.Wrap(err, errs.Unsupported, "backup_unknown", "This is not a backup of Vedette.")
}

func damaged(place, reason string) error {
	return errs.New(errs.Invalid, "backup_damaged", "The backup is damaged at {place}: {reason}.", "place", place, "reason", reason)
}

type reader struct {
	tar    *tar.Reader
	to     Target
	tell   func(Progress)
	done   Progress
	at     string // the entry being read, for errors
	seen   End
	sums   map[string]*digest
	files  pending
	result Result
}

// explain turns what broken bytes do to the layers below into an error that says where.
func (x *reader) explain(ctx context.Context, err error) error {
	if _, shown := errs.As(err); err == nil || shown || ctx.Err() != nil {
		return err
	}
	place := x.at
	if place == "" {
		place = "its beginning"
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errs.Wrap(err, errs.Invalid, "backup_truncated", "The backup ends too early, at {place}.", "place", place)
	}
	if errors.Is(err, tar.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || strings.Contains(err.Error(), "flate") ||
		strings.HasPrefix(err.Error(), "there is more") || strings.Contains(err.Error(), "decrypt") {
		return errs.Wrap(err, errs.Invalid, "backup_damaged", "The backup is damaged at {place}: {reason}.", "place", place, "reason", "its bytes are not what was written")
	}
	return err
}

func (x *reader) all(ctx context.Context) error {
	first, ended := true, false
	for {
		h, err := x.tar.Next()
		if errors.Is(err, io.EOF) {
			if !ended {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		x.at = h.Name
		if ended || h.Typeflag != tar.TypeReg || first != (h.Name == "manifest.json") {
			return damaged(h.Name, "it does not belong there")
		}
		first = false
		if err := x.entry(ctx, h); err != nil {
			return err
		}
		ended = h.Name == "end.json"
	}
}

func (x *reader) entry(ctx context.Context, h *tar.Header) error {
	section, rest, _ := strings.Cut(h.Name, "/")
	if section != "files" {
		if err := x.flushFiles(ctx); err != nil {
			return err
		}
	}
	switch {
	case h.Name == "manifest.json":
		return x.manifest(ctx, h)
	case h.Name == "keys":
		return x.small(h, x.to.Keys)
	case h.Name == "vedette.yaml":
		x.result.Config = true
		return x.small(h, x.to.Config)
	case section == "files":
		return x.file(ctx, h, rest)
	case section == Queue || section == Store:
		return x.part(ctx, h, section, rest)
	case h.Name == "end.json":
		return x.end(h)
	}
	return damaged(h.Name, "it does not belong there")
}

func (x *reader) body(h *tar.Header, most int64) ([]byte, error) {
	if h.Size > most {
		return nil, damaged(h.Name, fmt.Sprintf("it has %d bytes, more than %d", h.Size, most))
	}
	var b bytes.Buffer // grows with what is there, not with what the header says
	n, err := io.Copy(&b, x.tar)
	if err == nil && n != h.Size {
		err = io.ErrUnexpectedEOF
	}
	return b.Bytes(), err
}

func (x *reader) small(h *tar.Header, take func([]byte) error) error {
	b, err := x.body(h, maxSmall)
	if err != nil || take == nil {
		return err
	}
	return take(b)
}

func (x *reader) manifest(ctx context.Context, h *tar.Header) error {
	b, err := x.body(h, maxSmall)
	if err != nil {
		return err
	}
	m := &x.result.Manifest
	if err := jsonx.Unmarshal(b, m); err != nil {
		return damaged(h.Name, "it is not the head of a backup")
	}
	if m.Format != Format {
		return errs.New(errs.Unsupported, "backup_format", "The backup has format {format}; this version of Vedette reads {known}: use the version that made it ({program}).",
			"format", m.Format, "known", Format, "program", m.Program)
	}
	if x.to.Begin == nil {
		return nil
	}
	return x.to.Begin(ctx, *m)
}

// part reads a file of rows.
func (x *reader) part(ctx context.Context, h *tar.Header, section, rest string) error {
	table, number, ok := strings.Cut(rest, "/")
	key := section + "/" + table
	t, known := x.seen.Tables[key]
	next := 1
	if n := len(x.seen.Parts); known && n > 0 {
		if _, err := fmt.Sscanf(strings.TrimPrefix(x.seen.Parts[n-1].Name, key+"/"), "%06d.ndjson", &next); err != nil {
			return damaged(h.Name, "it does not follow the part before it")
		}
		next++
	}
	if !ok || table == "" || number != fmt.Sprintf("%06d.ndjson", next) {
		return damaged(h.Name, "it does not follow the part before it")
	}
	b, err := x.body(h, maxPart)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	p := Part{Name: h.Name, Size: h.Size, SHA256: hex.EncodeToString(sum[:])}
	d := x.sums[key]
	if d == nil {
		d = &digest{}
		x.sums[key] = d
	}
	columns, rows, err := parsePart(b, d)
	if err != nil {
		return damaged(h.Name, err.Error())
	}
	p.Rows = int64(len(rows))
	t.Rows += p.Rows
	t.Digest = d.String()
	x.seen.Tables[key] = t
	x.seen.Parts = append(x.seen.Parts, p)
	if x.to.Load != nil && len(rows) > 0 {
		altered, err := x.to.Load(ctx, section, table, columns, rows)
		if err != nil {
			return err
		}
		x.result.Altered += altered
	}
	x.done.At, x.done.Rows, x.done.Bytes = key, x.done.Rows+p.Rows, x.done.Bytes+p.Size
	x.tell(x.done)
	return nil
}

// parsePart reads the columns and the rows of a part and adds the rows to the table's digest.
func parsePart(b []byte, d *digest) (columns []string, rows [][]any, err error) {
	head, b, ok := bytes.Cut(b, []byte("\n"))
	var list [][2]string
	if err := jsonx.Unmarshal(head, &list); err != nil || !ok || len(list) == 0 {
		return nil, nil, errors.New("its columns cannot be read")
	}
	kinds := make([]string, len(list))
	for i, c := range list {
		if !slices.Contains([]string{"int", "text", "bytes", "bool"}, c[1]) {
			return nil, nil, errors.New("a column has an unknown kind")
		}
		columns, kinds[i] = append(columns, c[0]), c[1]
	}
	for n := 2; len(b) > 0; n++ {
		line, rest, ok := bytes.Cut(b, []byte("\n"))
		if !ok {
			return nil, nil, fmt.Errorf("line %d has no end", n)
		}
		row, err := parseRow(line, kinds)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d is not a row of its table", n)
		}
		d.add(line)
		rows, b = append(rows, row), rest
	}
	return columns, rows, nil
}

// end compares what was counted while reading with what was counted while writing.
func (x *reader) end(h *tar.Header) error {
	b, err := x.body(h, maxEnd)
	if err != nil {
		return err
	}
	said := &x.result.End
	if err := jsonx.Unmarshal(b, said); err != nil {
		return damaged(h.Name, "it is not the foot of a backup")
	}
	if len(said.Parts) != len(x.seen.Parts) {
		return damaged(h.Name, fmt.Sprintf("%d parts were written and %d are there", len(said.Parts), len(x.seen.Parts)))
	}
	for i, p := range said.Parts {
		if got := x.seen.Parts[i]; got != p {
			return damaged(got.Name, "its content is not what was written")
		}
	}
	if len(said.Tables) != len(x.seen.Tables) {
		return damaged(h.Name, "a table is missing")
	}
	for name, t := range said.Tables {
		if x.seen.Tables[name] != t {
			return damaged(name, "its rows are not what was written")
		}
	}
	if said.Files != x.seen.Files || said.FileBytes != x.seen.FileBytes {
		return damaged("files", fmt.Sprintf("%d files were written and %d are there", said.Files, x.seen.Files))
	}
	for _, name := range x.seen.Damaged {
		if !slices.Contains(said.Damaged, name) {
			return damaged("files/"+name, "its bytes do not fit its name")
		}
	}
	return nil
}
