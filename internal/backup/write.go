package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/vedette-ti/vedette/internal/blob"
	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
)

// partBytes is when a part of rows is full; a single larger row makes a larger part.
const partBytes = 4 << 20

// Write writes an archive, not encrypted (see Encrypt). The rows' snapshots must be open already: all files
// that they name are in the source's files then.
func Write(ctx context.Context, w io.Writer, src Source, progress func(Progress)) (End, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return End{}, err
	}
	out := &writer{
		tar: tar.NewWriter(zw), made: src.Created, tell: progress,
		end: End{Tables: map[string]Table{}, Sequences: map[string]map[string]int64{}},
	}
	if err := out.all(ctx, src); err != nil {
		return out.end, err
	}
	if err := out.tar.Close(); err != nil {
		return out.end, err
	}
	return out.end, zw.Close()
}

type writer struct {
	tar  *tar.Writer
	made time.Time
	tell func(Progress)
	done Progress
	end  End
}

func (w *writer) all(ctx context.Context, src Source) error {
	manifest := Manifest{Format: Format, Program: src.Program, Created: src.Created.UTC(), Store: src.Store, Queue: src.Queue}
	if err := w.json("manifest.json", manifest); err != nil {
		return err
	}
	if err := w.file("keys", src.Keys); err != nil {
		return err
	}
	if src.Config != nil {
		if err := w.file("vedette.yaml", src.Config); err != nil {
			return err
		}
	}
	if err := w.files(ctx, src.Files); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		rows Rows
	}{{Queue, src.Queue.Rows}, {Store, src.Store.Rows}} {
		sequences, err := s.rows.Sequences(ctx)
		if err != nil {
			return err
		}
		w.end.Sequences[s.name] = sequences
		for _, table := range s.rows.Names() {
			if err := w.table(ctx, s.name, table, s.rows); err != nil {
				return fmt.Errorf("%s/%s: %w", s.name, table, err)
			}
		}
	}
	return w.json("end.json", w.end)
}

func (w *writer) header(name string, size int64) error {
	return w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.made.UTC().Truncate(time.Second), Format: tar.FormatPAX})
}

func (w *writer) file(name string, data []byte) error {
	if err := w.header(name, int64(len(data))); err != nil {
		return err
	}
	_, err := w.tar.Write(data)
	return err
}

func (w *writer) json(name string, v any) error {
	b, err := jsonx.Marshal(v)
	if err != nil {
		return err
	}
	return w.file(name, b)
}

func (w *writer) files(ctx context.Context, files blob.Store) error {
	return files.Walk(ctx, func(ref blob.Ref) error {
		f, err := files.Open(ctx, ref.SHA256)
		if errs.KindOf(err) == errs.NotFound {
			w.end.Gone++
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // only read
		if err := w.header("files/"+ref.SHA256.String(), ref.Size); err != nil {
			return err
		}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(w.tar, sum), io.LimitReader(&stoppable{ctx: ctx, r: f}, ref.Size))
		if err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != ref.SHA256.String() { // one bad file must not keep the others from being backed up
			if _, err := io.CopyN(w.tar, zeros{}, ref.Size-n); err != nil {
				return err
			}
			w.end.Damaged = append(w.end.Damaged, ref.SHA256.String())
			return nil
		}
		w.end.Files++
		w.end.FileBytes += n
		w.done.At, w.done.Files, w.done.Bytes = "files", w.end.Files, w.done.Bytes+n
		w.tell(w.done)
		return nil
	})
}

func (w *writer) table(ctx context.Context, section, table string, rows Rows) error {
	names, kinds, err := rows.Columns(ctx, table)
	if err != nil {
		return err
	}
	head, err := columnLine(names, kinds)
	if err != nil {
		return err
	}
	p := &part{buf: append([]byte{}, head...), head: len(head), prefix: section + "/" + table + "/"}
	flush := func() error {
		if p.rows == 0 && p.number > 0 {
			return nil
		}
		done, err := w.part(p)
		if err == nil {
			w.end.Parts = append(w.end.Parts, done)
			w.done.At, w.done.Rows, w.done.Bytes = section+"/"+table, w.done.Rows+done.Rows, w.done.Bytes+done.Size
			w.tell(w.done)
		}
		return err
	}
	var sum digest
	var total int64
	err = rows.Rows(ctx, table, names, func(values []any) error {
		start := len(p.buf)
		p.buf = appendRow(p.buf, values)
		sum.add(p.buf[start:])
		p.buf = append(p.buf, '\n')
		p.rows++
		total++
		if len(p.buf) < partBytes {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	w.end.Tables[section+"/"+table] = Table{Rows: total, Digest: sum.String()}
	return err
}

// part is a file of rows under construction.
type part struct {
	buf    []byte
	head   int // length of the line of columns
	prefix string
	number int
	rows   int64
}

func (w *writer) part(p *part) (Part, error) {
	p.number++
	sum := sha256.Sum256(p.buf)
	done := Part{Name: fmt.Sprintf("%s%06d.ndjson", p.prefix, p.number), Size: int64(len(p.buf)), SHA256: hex.EncodeToString(sum[:]), Rows: p.rows}
	err := w.file(done.Name, p.buf)
	p.buf, p.rows = p.buf[:p.head], 0
	return done, err
}

// columnLine is the first line of a part.
func columnLine(names, kinds []string) ([]byte, error) {
	list := make([][2]string, len(names))
	for i := range names {
		list[i] = [2]string{names[i], kinds[i]}
	}
	b, err := jsonx.Marshal(list)
	return append(b, '\n'), err
}

// stoppable ends a copy when its context ends.
type stoppable struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
}

func (r *stoppable) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
