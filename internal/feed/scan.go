package feed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"path"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
)

// Scan finds new and changed files below a folder, for the kinds file and folder. Its cursor has a
// fixed bound whatever the number of files: files fall into 32,768 buckets by their path, and a
// bucket keeps the sum of its files' (path, size, time) hashes and of their content hashes. A bucket
// whose first sum is as before is passed over unread. In another, a file is read and handed over
// again unless it is alone there and its bytes are as before. Folders of up to some thousand files
// thus see one file at a time; in larger ones a few unchanged neighbours come along, harmlessly.
type Scan struct {
	Root     string
	Patterns Patterns // compared with the path below Root
	Hidden   bool     // also files and folders whose name begins with "."
	MaxBytes int64    // of one file
	// Settle leaves a file alone for so long after its last change, since it may still be written.
	Settle time.Duration
	// Parser is set on every item; "" lets the pipeline choose.
	Parser string
}

const (
	scanBuckets = 1 << 15
	scanRecord  = 2 + 1 + 8 + 8
	scanVersion = 1
	mostCounted = 255 // files of a bucket, in a cursor
	// A batch is handed over when it has so many items or bytes.
	batchItems = 64
	batchBytes = 8 << 20
)

// bucket sums up the files that share it.
type bucket struct {
	files   int
	meta    uint64 // sum over files of hash(path, size, time)
	content uint64 // sum over files of hash(path, bytes)
}

// Visit hands over what is new since the cursor. complete tells that everything was seen and read,
// so that a one-off import is done.
func (s Scan) Visit(ctx context.Context, env Env, p Poll) (cursor []byte, complete bool, err error) {
	if env.Files == nil {
		return nil, false, errs.New(errs.Unavailable, "no_files", "This host reads no local files; run the source on a host that does.")
	}
	old := readBuckets(p.Cursor)
	now := make(map[uint16]bucket)
	young := false
	err = s.walk(ctx, env, func(f File) error {
		if s.unsettled(env, f) {
			young = true
			return nil
		}
		b := now[bucketOf(f)]
		b.files++
		b.meta += metaHash(f)
		now[bucketOf(f)] = b
		return nil
	}, func(string, error) {})
	if err != nil {
		return nil, false, err
	}
	run := &scanRun{Scan: s, env: env, poll: p, old: old, next: map[uint16]bucket{}, saver: newSaver(env, p)}
	for i, b := range now {
		if was, ok := old[i]; ok && was.meta == b.meta && was.files == min(b.files, mostCounted) {
			run.next[i] = was
			delete(now, i)
		} else {
			run.total += b.files
		}
	}
	run.changed = now
	if len(now) > 0 || young {
		err = s.walk(ctx, env, func(f File) error { return run.file(ctx, f) }, run.skip)
		if err == errFull {
			err = nil
		}
		if err == nil {
			err = run.flush(ctx)
		}
	}
	return run.cursor(), err == nil && !run.left && !young, err
}

// errFull ends a walk at the visit's limit.
var errFull = errs.New(errs.Internal, "visit_full", "The visit has as many items as were asked for.")

func (s Scan) walk(ctx context.Context, env Env, fn func(File) error, skip func(string, error)) error {
	return env.Files.Walk(ctx, s.Root, func(f File) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !s.Hidden && hidden(f.Rel) || !s.Patterns.Match(f.Rel) {
			return nil
		}
		return fn(f)
	}, skip)
}

// hidden tells files that no person put there: dot files, lock files, half-finished downloads.
func hidden(rel string) bool {
	for part := range strings.SplitSeq(rel, "/") {
		if strings.HasPrefix(part, ".") {
			return true
		}
	}
	name := path.Base(rel)
	return strings.HasPrefix(name, "~$") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".crdownload") || name == "Thumbs.db"
}

func (s Scan) unsettled(env Env, f File) bool {
	age := env.Clock().Sub(f.Modified)
	return age > -s.Settle && age < s.Settle
}

// scanRun is the second half of a visit: reading what changed.
type scanRun struct {
	Scan
	env     Env
	poll    Poll
	saver   *saver
	old     map[uint16]bucket
	changed map[uint16]bucket
	next    map[uint16]bucket

	batch   []Item
	pending []done // what the cursor may say once the batch is handed over
	bytes   int
	items   int
	seen    int
	total   int
	left    bool // something could not be read
}

// done is one file that the visit is finished with.
type done struct {
	bucket        uint16
	meta, content uint64
}

func (r *scanRun) skip(key string, reason error) {
	r.left = true
	r.poll.Skip(key, reason)
}

func (r *scanRun) file(ctx context.Context, f File) error {
	i := bucketOf(f)
	if _, ok := r.changed[i]; !ok || r.unsettled(r.env, f) {
		return nil
	}
	r.seen++
	r.poll.Progress(r.seen, r.total)
	if f.Size > r.MaxBytes {
		r.poll.Skip(f.Rel, errs.New(errs.TooLarge, "file_too_large",
			"{file} has {size} bytes, more than the source's limit of {limit}.", "file", f.Rel, "size", f.Size, "limit", r.MaxBytes))
		r.finished(done{bucket: i, meta: metaHash(f)})
		return nil
	}
	if f.Size == 0 {
		r.finished(done{bucket: i, meta: metaHash(f)})
		return nil
	}
	body, err := r.read(f)
	if err != nil {
		r.skip(f.Rel, err)
		return ctx.Err()
	}
	d := done{bucket: i, meta: metaHash(f), content: contentHash(f, body)}
	if was := r.old[i]; was.files == 1 && r.changed[i].files == 1 && was.content == d.content {
		r.finished(d) // touched, not changed
		return nil
	}
	r.batch = append(r.batch, Item{Key: f.Rel, Name: path.Base(f.Rel), Body: body, Parser: r.Parser})
	r.pending = append(r.pending, d)
	r.bytes += len(body)
	r.items++
	full := r.poll.Full(r.items)
	if full || len(r.batch) >= batchItems || r.bytes >= batchBytes {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	if full {
		r.left = true
		return errFull
	}
	return nil
}

func (r *scanRun) read(f File) ([]byte, error) {
	file, err := r.env.Files.Open(f.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, r.MaxBytes+1))
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "file_unreadable", "{file} cannot be read; it is tried again at the next visit.", "file", f.Rel)
	}
	if int64(len(body)) > r.MaxBytes {
		return nil, errs.New(errs.TooLarge, "file_grew", "{file} grew over the source's limit of {limit} bytes while it was read.", "file", f.Rel, "limit", r.MaxBytes)
	}
	return body, nil
}

func (r *scanRun) finished(d done) {
	b := r.next[d.bucket]
	b.files++
	b.meta += d.meta
	b.content += d.content
	r.next[d.bucket] = b
}

// flush hands the batch over; only then does the cursor know of it.
func (r *scanRun) flush(ctx context.Context) error {
	if len(r.batch) > 0 {
		if err := r.poll.EmitMany(ctx, r.batch); err != nil {
			return err
		}
	}
	for _, d := range r.pending {
		r.finished(d)
	}
	r.batch, r.pending, r.bytes = nil, nil, 0
	return r.saver.tick(ctx, func() ([]byte, error) { return r.cursor(), nil })
}

func bucketOf(f File) uint16 {
	h := sha256.Sum256([]byte(f.Rel))
	return binary.BigEndian.Uint16(h[:]) % scanBuckets
}

func metaHash(f File) uint64 {
	b := binary.BigEndian.AppendUint64([]byte(f.Rel+"\x00"), uint64(f.Size))  //nolint:gosec // bits count
	b = binary.BigEndian.AppendUint64(b, uint64(f.Modified.UTC().UnixNano())) //nolint:gosec // bits count
	h := sha256.Sum256(b)
	return binary.BigEndian.Uint64(h[:])
}

func contentHash(f File, body []byte) uint64 {
	h := sha256.New()
	io.WriteString(h, f.Rel)
	h.Write([]byte{0})
	h.Write(body)
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// cursor writes the buckets in ascending order: a version byte, then records of bucket, count
// (at most mostCounted), meta and content.
func (r *scanRun) cursor() []byte {
	out := make([]byte, 1, 1+scanRecord*len(r.next))
	out[0] = scanVersion
	for i := range uint16(scanBuckets) {
		b, ok := r.next[i]
		if !ok {
			continue
		}
		out = binary.BigEndian.AppendUint16(out, i)
		out = append(out, byte(min(b.files, mostCounted)))
		out = binary.BigEndian.AppendUint64(out, b.meta)
		out = binary.BigEndian.AppendUint64(out, b.content)
	}
	return out
}

// readBuckets reads what cursor wrote; anything else is an empty state.
func readBuckets(cursor []byte) map[uint16]bucket {
	m := map[uint16]bucket{}
	if len(cursor) == 0 || cursor[0] != scanVersion || (len(cursor)-1)%scanRecord != 0 || len(cursor) > MaxCursor {
		return m
	}
	for c := cursor[1:]; len(c) > 0; c = c[scanRecord:] {
		m[binary.BigEndian.Uint16(c)%scanBuckets] = bucket{
			files: int(c[2]), meta: binary.BigEndian.Uint64(c[3:]), content: binary.BigEndian.Uint64(c[11:]),
		}
	}
	return m
}
