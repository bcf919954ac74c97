// Package zipfile opens ZIP archives that may be hostile: overlapping members, lying sizes, bombs,
// names that lead out of a folder, passwords (ZipCrypto and WinZip AES). It is a helper of the
// parsers zip, docx and xlsx. It writes no archive and keeps nothing on disk.
package zipfile

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
)

// freeRatio is what a member may always unpack to, however well it was packed.
const freeRatio = 1 << 20

// Archive is an opened archive. Its reads share one budget of unpacked bytes.
type Archive struct {
	Files   []*File
	Comment string
	name    string
	lim     parser.Limits
	left    int64
}

// File is one member; folders are left out.
type File struct {
	Name      string // UTF-8, relative, without "..", "/" between folders
	Slip      bool   // the stated name led out of the folder, or was absolute
	Encrypted bool
	Size      uint64 // unpacked, as stated
	raw       *zip.File
}

// Errors that tell one member apart; the messages are for a warning about it.
var (
	errPassword = errors.New("it is encrypted and none of the known passwords opens it")
	errMethod   = errors.New("it is packed by a method that cannot be read")
)

// Open reads the directory of an archive.
func Open(name string, data []byte, lim parser.Limits) (*Archive, error) {
	lim = lim.WithDefaults()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are cleaned here
		return nil, parser.Broken(name, "a ZIP archive", err)
	}
	a := &Archive{name: name, lim: lim, left: lim.Expanded}
	comment, _ := charset.ToUTF8([]byte(r.Comment), "")
	a.Comment = parser.Clean(string(comment))
	if err := overlap(name, r.File, int64(len(data))); err != nil {
		return nil, err
	}
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			continue
		}
		m := &File{raw: f, Encrypted: f.Flags&1 != 0, Size: f.UncompressedSize64}
		m.Name, m.Slip = CleanName(f.Name)
		a.Files = append(a.Files, m)
	}
	return a, nil
}

// overlap refuses archives whose members share bytes: a bomb that no ratio of one member shows.
func overlap(name string, files []*zip.File, size int64) error {
	type span struct{ start, end int64 }
	var spans []span
	for _, f := range files {
		at, err := f.DataOffset()
		if err != nil || f.CompressedSize64 > math.MaxInt64/2 {
			continue // will fail when it is read
		}
		spans = append(spans, span{at, at + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return int(min(max(a.start-b.start, -1), 1)) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start < spans[i-1].end || spans[i].start == spans[i-1].start && spans[i].end > spans[i].start {
			return errs.New(errs.Invalid, "archive_overlap",
				"{name} was not unpacked: its members overlap, as in an archive made to exhaust memory.", "name", name)
		}
	}
	if n := len(spans); n > 0 && spans[n-1].end > size {
		return parser.Broken(name, "a ZIP archive", errors.New("a member ends behind the end of the file"))
	}
	return nil
}

// CleanName makes a member's name UTF-8 and relative; slip tells that it was not.
func CleanName(raw string) (name string, slip bool) {
	if !utf8.ValidString(raw) {
		text, _ := charset.ToUTF8([]byte(raw), "")
		raw = string(text)
	}
	raw = strings.ReplaceAll(parser.Clean(raw), "\\", "/")
	if len(raw) >= 2 && raw[1] == ':' {
		raw, slip = raw[2:], true
	}
	if strings.HasPrefix(raw, "/") {
		slip = true
	}
	var parts []string
	for p := range strings.SplitSeq(raw, "/") {
		switch p {
		case "", ".":
		case "..":
			slip = true
		default:
			parts = append(parts, strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7F {
					return '_'
				}
				return r
			}, p))
		}
	}
	name = strings.Join(parts, "/")
	if name == "" {
		name = "unnamed"
	}
	if r := []rune(name); len(r) > 500 {
		name = string(r[len(r)-500:])
	}
	return name, slip
}

// Find returns the member of a name, letter case aside, nil when there is none.
func (a *Archive) Find(name string) *File {
	for _, f := range a.Files {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// Read unpacks a member, trying passwords in order. Its bytes count against the budget of the
// archive. An error of kind errs.TooLarge says that a limit is reached.
func (a *Archive) Read(f *File, passwords []string) ([]byte, error) {
	body, err := f.raw.OpenRaw()
	if err != nil {
		return nil, err
	}
	packed, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if !f.Encrypted {
		return a.unpack(f, f.raw.Method, packed, true)
	}
	if f.raw.Flags&0x40 != 0 {
		return nil, errMethod
	}
	for _, p := range passwords {
		plain, method, crc, ok := decrypt(f.raw, packed, p)
		if !ok {
			continue
		}
		out, err := a.unpack(f, method, plain, crc)
		if err == nil || errs.KindOf(err) == errs.TooLarge || errors.Is(err, errMethod) {
			return out, err
		}
	}
	return nil, errPassword
}

// unpack decompresses within ratio and budget, and compares the checksum when crc is set.
func (a *Archive) unpack(f *File, method uint16, packed []byte, crc bool) ([]byte, error) {
	var r io.Reader
	switch method {
	case zip.Store:
		r = bytes.NewReader(packed)
	case zip.Deflate:
		fr := flate.NewReader(bytes.NewReader(packed))
		defer fr.Close()
		r = fr
	case 12:
		r = bzip2.NewReader(bytes.NewReader(packed))
	default:
		return nil, errMethod
	}
	out, err := ReadLimited(r, int64(len(packed)), a.left, a.lim.Ratio)
	if errs.KindOf(err) == errs.TooLarge {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if crc && f.raw.CRC32 != 0 && crc32.ChecksumIEEE(out) != f.raw.CRC32 {
		return nil, errors.New("it is damaged: its checksum is wrong")
	}
	a.left -= int64(len(out))
	return out, nil
}

// ReadLimited reads all of r, which unpacks packed bytes, as long as it keeps to left bytes and
// to ratio; what goes beyond fails with errs.TooLarge.
func ReadLimited(r io.Reader, packed, left int64, ratio int) ([]byte, error) {
	limit := max(freeRatio, packed*int64(ratio))
	byRatio := limit < left
	limit = min(limit, max(left, 0))
	var buf bytes.Buffer
	_, err := io.Copy(&buf, io.LimitReader(r, limit+1))
	if int64(buf.Len()) > limit {
		if byRatio {
			return nil, errs.New(errs.TooLarge, "archive_ratio", "it unpacks to more than {ratio} times its size", "ratio", ratio)
		}
		return nil, errs.New(errs.TooLarge, "archive_expanded", "the archive unpacks to more than the limit of bytes")
	}
	return buf.Bytes(), err
}
