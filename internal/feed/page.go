package feed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"path"
	"strings"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/fetch"
)

// AcceptPage is the Accept header for articles.
const AcceptPage = "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8"

// Page fetches an article as an item; an empty one is an error. home is the configured address of the source.
func (a Access) Page(ctx context.Context, env Env, p Poll, home, address string, limit int64) (Item, error) {
	r, err := a.Get(ctx, env, p, home, fetch.Request{URL: address, Accept: AcceptPage, Max: limit})
	if err != nil {
		return Item{}, err
	}
	if len(r.Body) == 0 {
		return Item{}, errs.New(errs.Unavailable, "article_empty", "The page at {url} is empty; it is tried again at the next visit.", "url", Shown(address))
	}
	return Item{Key: address, URL: r.URL, Name: r.Name, MediaType: r.MediaType, Body: r.Body}, nil
}

// Unpack opens a gzip file or a ZIP archive with one file; other bytes come back as they are. member
// chooses among several files of an archive by name. The result has at most limit bytes.
func Unpack(name string, body []byte, member string, limit int64) (string, []byte, error) {
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return "", nil, brokenArchive(name, err)
		}
		out, err := readLimited(name, z, limit)
		return strings.TrimSuffix(name, ".gz"), out, err
	case bytes.HasPrefix(body, []byte("PK\x03\x04")), bytes.HasPrefix(body, []byte("PK\x05\x06")): // with files, empty
		return unzip(name, body, member, limit)
	}
	return name, body, nil
}

func unzip(name string, body []byte, member string, limit int64) (string, []byte, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil && z == nil {
		return "", nil, brokenArchive(name, err)
	}
	var chosen *zip.File
	files := 0
	for _, f := range z.File {
		if !f.Mode().IsRegular() || member != "" && f.Name != member && path.Base(f.Name) != member {
			continue
		}
		chosen = f
		files++
	}
	switch {
	case files == 0:
		return "", nil, errs.New(errs.NotFound, "no_archive_member", "The archive {name} has no such file; check the name of the file inside it.", "name", name)
	case files > 1:
		return "", nil, errs.New(errs.Invalid, "many_archive_members", "The archive {name} has {count} files; enter the name of the one to read.", "name", name, "count", files)
	}
	r, err := chosen.Open()
	if err != nil {
		return "", nil, brokenArchive(name, err)
	}
	defer r.Close()
	out, err := readLimited(name, r, limit)
	return path.Base(chosen.Name), out, err
}

func readLimited(name string, r io.Reader, limit int64) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, brokenArchive(name, err)
	}
	if int64(len(out)) > limit {
		return nil, errs.New(errs.TooLarge, "unpacked_too_large", "{name} unpacks to more than the limit of {limit} bytes.", "name", name, "limit", limit)
	}
	return out, nil
}

func brokenArchive(name string, err error) error {
	return errs.Wrap(err, errs.Invalid, "broken_archive", "{name} is packed, but cannot be unpacked; it may be damaged or encrypted.", "name", name)
}

// Temporary tells whether an item that failed this way deserves another visit before it is given up.
func Temporary(err error) bool { return fetch.Retriable(err) }

// Clean makes a foreign string fit for a title or tag: valid UTF-8, one line, at most limit bytes.
func Clean(s string, limit int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not inside a rune
		cut--
	}
	return s[:cut]
}
