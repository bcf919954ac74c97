// Package zip reads archives: ZIP (with passwords, "infected" among them), tar, gzip, bzip2 and
// tars packed by these. Members become children, to be parsed as inputs of their own; the text is
// the list of their names. It owns no format inside an archive, and writes nothing to disk.
package zip

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/zipfile"
)

// infected is the password under which samples are exchanged.
const infected = "infected"

// Parser reads archives.
type Parser struct{}

// New returns the parser.
func New() Parser { return Parser{} }

// Name implements parser.Parser.
func (Parser) Name() string { return "zip" }

// Risky implements parser.Risky.
func (Parser) Risky() bool { return true }

type kind int

const (
	notArchive kind = iota
	isZip
	isGzip
	isBzip2
	isTar
)

func sniff(b []byte) kind {
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")), bytes.HasPrefix(b, []byte("PK\x05\x06")):
		return isZip
	case bytes.HasPrefix(b, []byte{0x1F, 0x8B, 8}):
		return isGzip
	case bytes.HasPrefix(b, []byte("BZh")) && len(b) > 10 && bytes.Equal(b[4:10], []byte{0x31, 0x41, 0x59, 0x26, 0x53, 0x59}):
		return isBzip2
	case len(b) >= 512 && bytes.Equal(b[257:262], []byte("ustar")):
		return isTar
	}
	return notArchive
}

// Accepts implements parser.Parser. Office documents are archives too and say so louder.
func (Parser) Accepts(in parser.Input) int {
	if sniff(in.Data) != notArchive {
		return 70
	}
	if ext := in.Ext(); ext == "zip" {
		return 40 // to say that it is broken
	}
	return 0
}

// Parse implements parser.Parser.
func (Parser) Parse(ctx context.Context, in parser.Input, lim parser.Limits) (parser.Document, error) {
	lim = lim.WithDefaults()
	if int64(len(in.Data)) > lim.Bytes {
		return parser.Document{}, parser.TooLarge(in.Name, "bytes", lim.Bytes)
	}
	u := &unpacker{ctx: ctx, in: in, lim: lim, b: parser.NewBuilder(lim), left: lim.Expanded}
	err := u.any(in.Data)
	doc := u.b.Document()
	doc.Children = u.children
	if u.comment != "" {
		doc.Meta = map[string]string{"comment": u.comment}
	}
	if err == errEnough {
		err = nil
	}
	if err != nil && len(u.children) > 0 && ctx.Err() == nil {
		doc.Warnings = append(doc.Warnings, parser.Warning{Reason: "the archive is damaged; what came before was kept"})
		err = nil
	}
	return doc, err
}

// errEnough ends an archive that is over a limit; what was unpacked is kept.
var errEnough = errors.New("limit reached")

type unpacker struct {
	ctx      context.Context
	in       parser.Input
	lim      parser.Limits
	b        *parser.Builder
	left     int64
	children []parser.Child
	comment  string
}

func (u *unpacker) any(data []byte) error {
	switch sniff(data) {
	case isGzip:
		return u.gzip(data)
	case isBzip2:
		return u.stream(bzip2.NewReader(bytes.NewReader(data)), int64(len(data)), strings.TrimSuffix(path.Base(u.in.Name), ".bz2"))
	case isTar:
		return u.tar(bytes.NewReader(data), int64(len(data)))
	}
	return u.zip(data)
}

func (u *unpacker) zip(data []byte) error {
	a, err := zipfile.Open(u.in.Name, data, u.lim)
	if err != nil {
		return err
	}
	u.comment = a.Comment
	passwords := append(append([]string(nil), u.in.Passwords...), infected)
	for _, f := range a.Files {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		if len(u.children) >= u.lim.Children {
			u.b.Warn("", fmt.Sprintf("the archive has %d members; only the first %d were unpacked", len(a.Files), u.lim.Children))
			return errEnough
		}
		if f.Slip {
			u.b.Warn(f.Name, "its stated name leads out of the archive's folder; it was kept under this one")
		}
		body, err := a.Read(f, passwords)
		if err != nil {
			u.b.Warn(f.Name, reason(err))
			if e, ok := errs.As(err); ok && e.Code == "archive_expanded" {
				return errEnough
			}
			continue
		}
		u.keep(f.Name, body)
	}
	return nil
}

// reason is the error's message without wrapping, for a warning.
func reason(err error) string {
	if e, ok := errs.As(err); ok {
		return errs.Fill(e.Message, e.Params)
	}
	return err.Error()
}

func (u *unpacker) keep(name string, body []byte) {
	u.left -= int64(len(body))
	u.b.Write(name + "\n")
	u.children = append(u.children, parser.Child{Name: name, Data: body})
}

func (u *unpacker) gzip(data []byte) error {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return parser.Broken(u.in.Name, "gzip", err)
	}
	name := path.Base(u.in.Name)
	switch {
	case r.Name != "":
		name, _ = zipfile.CleanName(r.Name)
	case strings.HasSuffix(strings.ToLower(name), ".tgz"):
		name = name[:len(name)-4] + ".tar"
	default:
		name = strings.TrimSuffix(name, ".gz")
	}
	return u.stream(r, int64(len(data)), name)
}

// stream unpacks what a compressor made: one file, or a tar of many.
func (u *unpacker) stream(r io.Reader, packed int64, name string) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return parser.Broken(u.in.Name, "a packed file", err)
	}
	whole := io.MultiReader(bytes.NewReader(head), r)
	if sniff(head) == isTar {
		return u.tar(whole, packed)
	}
	body, err := zipfile.ReadLimited(whole, packed, u.left, u.lim.Ratio)
	if errs.KindOf(err) == errs.TooLarge {
		return errs.New(errs.TooLarge, "archive_bomb", "{name} was not unpacked: {reason}.", "name", u.in.Name, "reason", reason(err))
	}
	if err != nil {
		if len(body) == 0 {
			return parser.Broken(u.in.Name, "a packed file", err)
		}
		u.b.Warn("", "the packed file is damaged; what came before was kept")
	}
	u.keep(name, body)
	return nil
}

func (u *unpacker) tar(r io.Reader, packed int64) error {
	// One reader for all members holds the whole to the ratio and budget.
	limit := min(u.left, max(1<<20, packed*int64(u.lim.Ratio)))
	lr := &io.LimitedReader{R: r, N: limit + int64(u.lim.Children)*1024 + 1<<16}
	t := tar.NewReader(lr)
	for {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if lr.N <= 0 {
			return u.bomb()
		}
		if err != nil {
			return parser.Broken(u.in.Name, "a tar archive", err)
		}
		name, slip := zipfile.CleanName(h.Name)
		switch {
		case h.Typeflag == tar.TypeDir:
			continue
		case h.Typeflag != tar.TypeReg:
			u.b.Warn(name, "it is a link or device, not a file")
			continue
		case len(u.children) >= u.lim.Children:
			u.b.Warn("", fmt.Sprintf("the archive has more than %d members; the rest was left out", u.lim.Children))
			return errEnough
		}
		if slip {
			u.b.Warn(name, "its stated name leads out of the archive's folder; it was kept under this one")
		}
		var body bytes.Buffer
		_, err = io.Copy(&body, io.LimitReader(t, u.left+1))
		if int64(body.Len()) > u.left || lr.N <= 0 {
			return u.bomb()
		}
		if err != nil {
			u.b.Warn(name, "it is damaged")
			return parser.Broken(u.in.Name, "a tar archive", err)
		}
		u.keep(name, body.Bytes())
	}
}

func (u *unpacker) bomb() error {
	if len(u.children) == 0 {
		return errs.New(errs.TooLarge, "archive_bomb", "{name} was not unpacked: it unpacks to more than the limit.", "name", u.in.Name)
	}
	u.b.Warn("", "the archive unpacks to more than the limit; the rest was left out")
	return errEnough
}
