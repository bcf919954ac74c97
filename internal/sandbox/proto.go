package sandbox

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/jsonx"
	"github.com/vedette-ti/vedette/internal/parser"
)

// The wire: frames of one byte kind, eight bytes length (big endian) and payload. The parent
// sends hello once, then a request and its data; the child answers ready once, then for each
// request document, text, one data frame per child file and done, or failure and done.
const (
	fHello    = 'h'
	fReady    = 'r'
	fRequest  = 'q'
	fData     = 'd'
	fDocument = 'D'
	fText     = 'T'
	fFailure  = 'E'
	fDone     = 'Z'
)

// maxMeta bounds a document without its text and files: sections, links, entries.
const maxMeta = 256 << 20

type hello struct {
	Memory int64   `json:"memory"`
	CPU    float64 `json:"cpu"` // seconds per document
	Tools  bool    `json:"tools"`
}

type ready struct {
	Active []string `json:"active"`
}

// request asks for one document or one command.
type request struct {
	Parser    string   `json:"parser,omitempty"`
	Name      string   `json:"name"`
	MediaType string   `json:"media_type,omitempty"`
	URL       string   `json:"url,omitempty"`
	Passwords []string `json:"passwords,omitempty"`
	Options   []byte   `json:"options,omitempty"`
	Limits    limits   `json:"limits"`
	Command   *Spec    `json:"command,omitempty"`
}

// limits are parser.Limits on the wire.
type limits struct {
	Bytes, Expanded, Time                        int64 // Time in nanoseconds
	Text, Depth, Children, Ratio, Links, Entries int
}

func toWire(l parser.Limits) limits {
	return limits{l.Bytes, l.Expanded, int64(l.Time), l.Text, l.Depth, l.Children, l.Ratio, l.Links, l.Entries}
}

func (l limits) limits() parser.Limits {
	return parser.Limits{
		Bytes: l.Bytes, Text: l.Text, Depth: l.Depth, Children: l.Children, Expanded: l.Expanded,
		Ratio: l.Ratio, Links: l.Links, Entries: l.Entries, Time: time.Duration(l.Time),
	}
}

// failure is an error as it crosses the pipe.
type failure struct {
	Kind    errs.Kind         `json:"kind"`
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Params  map[string]string `json:"params,omitempty"`
	Cause   string            `json:"cause,omitempty"`
}

type done struct {
	Heap uint64 `json:"heap"` // bytes the child got from the system
}

// reported is an error that the child told of, in good health.
type reported struct{ err error }

func (r *reported) Error() string { return r.err.Error() }

func writeFrame(w io.Writer, kind byte, payload []byte) error {
	var h [9]byte
	h[0] = kind
	binary.BigEndian.PutUint64(h[1:], uint64(len(payload)))
	if _, err := w.Write(h[:]); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

func writeJSON(w io.Writer, kind byte, v any) error {
	b, err := jsonx.Marshal(v)
	if err != nil {
		return err
	}
	return writeFrame(w, kind, b)
}

// readFrame reads a frame of at most limit bytes. Memory is taken as the bytes arrive.
func readFrame(r *bufio.Reader, limit int64) (kind byte, payload []byte, err error) {
	var h [9]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint64(h[1:])
	if n > uint64(limit) {
		return 0, nil, fmt.Errorf("frame of %d bytes is over %d", n, limit)
	}
	const step = 16 << 20
	payload = make([]byte, 0, min(n, step))
	for uint64(len(payload)) < n {
		at := len(payload)
		more := int(min(n-uint64(at), step))
		if cap(payload)-at < more {
			payload = append(make([]byte, 0, min(int(n), 2*cap(payload)+more)), payload...)
		}
		payload = payload[:at+more]
		if _, err := io.ReadFull(r, payload[at:]); err != nil {
			return 0, nil, err
		}
	}
	return h[0], payload, nil
}

// readKind reads a frame that must be of a kind.
func readKind(r *bufio.Reader, kind byte, limit int64) ([]byte, error) {
	k, p, err := readFrame(r, limit)
	if err != nil {
		return nil, err
	}
	if k != kind {
		return nil, fmt.Errorf("frame %q where %q was due", k, kind)
	}
	return p, nil
}

// toFailure prepares an error for the pipe; foreign errors become "document_broken".
func toFailure(err error, name, parserName string) failure {
	e, ok := errs.As(err)
	if !ok {
		e, _ = errs.As(parser.Broken(name, parserName, err))
	}
	f := failure{Kind: e.Kind, Code: e.Code, Message: e.Message, Params: map[string]string{}}
	for k, v := range e.Params {
		f.Params[parser.Clean(k)] = clip(parser.Clean(fmt.Sprint(v)))
	}
	if e.Err != nil {
		f.Cause = clip(parser.Clean(e.Err.Error()))
	}
	return f
}

// toError turns a failure into an error again. The child may be hostile: sizes and names are held
// to what our own errors look like.
func (f failure) toError() error {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`).MatchString(f.Code) || len(f.Message) > 400 || len(f.Params) > 10 || f.Kind > errs.Unsupported {
		return fmt.Errorf("failure is not well formed")
	}
	e := errs.New(f.Kind, f.Code, f.Message)
	e.Params = map[string]any{}
	for k, v := range f.Params {
		e.Params[k] = clip(v)
	}
	if f.Cause != "" {
		e.Err = fmt.Errorf("%s", clip(f.Cause))
	}
	return &reported{e}
}

func clip(s string) string {
	const limit = 500
	if len(s) <= limit {
		return s
	}
	return parser.Clean(s[:limit]) + "…"
}

// readDocument reads an answer of the child and checks that it keeps the contract.
func readDocument(r *bufio.Reader, lim parser.Limits) (doc parser.Document, err error) {
	kind, p, err := readFrame(r, maxMeta)
	if err != nil {
		return doc, err
	}
	if kind == fFailure {
		var f failure
		if err := jsonx.Unmarshal(p, &f); err != nil {
			return doc, err
		}
		return doc, f.toError()
	}
	if kind != fDocument {
		return doc, fmt.Errorf("frame %q where a document was due", kind)
	}
	if err := jsonx.Unmarshal(p, &doc); err != nil {
		return doc, err
	}
	text, err := readKind(r, fText, int64(lim.Text)+1)
	if err != nil {
		return doc, err
	}
	doc.Text = string(text)
	if len(doc.Children) > lim.Children {
		return doc, fmt.Errorf("%d children", len(doc.Children))
	}
	left := lim.Expanded
	for i := range doc.Children {
		if doc.Children[i].Data, err = readKind(r, fData, left); err != nil {
			return doc, err
		}
		left -= int64(len(doc.Children[i].Data))
	}
	return doc, doc.Check(lim)
}

// writeDocument is the child's side of readDocument.
func writeDocument(w io.Writer, doc parser.Document) error {
	text, inside := doc.Text, doc.Children
	doc.Text = ""
	doc.Children = make([]parser.Child, len(inside))
	for i, c := range inside {
		doc.Children[i] = parser.Child{Name: c.Name, MediaType: c.MediaType}
	}
	if err := writeJSON(w, fDocument, doc); err != nil {
		return err
	}
	if err := writeFrame(w, fText, []byte(text)); err != nil {
		return err
	}
	for _, c := range inside {
		if err := writeFrame(w, fData, c.Data); err != nil {
			return err
		}
	}
	return nil
}
