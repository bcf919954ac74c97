// Package ooxml opens Office Open XML packages (ECMA-376, part 2) that may be hostile, and walks
// their XML within a depth, without document types or entities. It is a helper of the parsers docx
// and xlsx. It owns no meaning of the parts.
package ooxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/charset"
	"github.com/vedette-ti/vedette/internal/parser/zipfile"
)

// extraRatio is how much better than other archives a package may be packed: tables of empty,
// formatted cells are legitimate and repeat themselves a lot.
const extraRatio = 4

// Package is an opened document.
type Package struct {
	name string
	lim  parser.Limits
	zip  *zipfile.Archive
}

// Rel is a relationship of a part.
type Rel struct {
	Type     string // the last part of the type's URI: "hyperlink", "worksheet"
	Target   string // a part's name, or a URL when External
	External bool
}

// Looks tells that data is a package with a part under a folder ("word/", "xl/").
func Looks(data []byte, folder string) bool {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return false
	}
	head, tail := data[:min(len(data), 64<<10)], data[max(0, len(data)-64<<10):]
	types, part := []byte("[Content_Types].xml"), []byte(folder)
	return (bytes.Contains(head, types) || bytes.Contains(tail, types)) && (bytes.Contains(head, part) || bytes.Contains(tail, part))
}

// Open opens a package.
func Open(name string, data []byte, lim parser.Limits) (*Package, error) {
	lim = lim.WithDefaults()
	if int64(len(data)) > lim.Bytes {
		return nil, parser.TooLarge(name, "bytes", lim.Bytes)
	}
	lim.Ratio *= extraRatio
	z, err := zipfile.Open(name, data, lim)
	if err != nil {
		return nil, err
	}
	return &Package{name: name, lim: lim, zip: z}, nil
}

// Part returns a part's bytes, nil when there is no such part.
func (p *Package) Part(name string) ([]byte, error) {
	f := p.zip.Find(strings.TrimPrefix(name, "/"))
	if f == nil {
		return nil, nil
	}
	b, err := p.zip.Read(f, nil)
	if errs.KindOf(err) == errs.TooLarge {
		return nil, errs.Wrap(err, errs.TooLarge, "document_bomb",
			"{name} was not read: {part} unpacks to far more than a document of its size would.", "name", p.name, "part", f.Name)
	}
	if err != nil {
		return nil, parser.Broken(p.name, "an Office document", fmt.Errorf("part %s: %w", name, err))
	}
	return b, nil
}

// Names lists the parts under a folder.
func (p *Package) Names(folder string) (out []string) {
	for _, f := range p.zip.Files {
		if strings.HasPrefix(strings.ToLower(f.Name), folder) {
			out = append(out, f.Name)
		}
	}
	return out
}

// Rels reads the relationships of a part, "" for the package itself.
func (p *Package) Rels(part string) (map[string]Rel, error) {
	dir, base := path.Split(part)
	b, err := p.Part(dir + "_rels/" + base + ".rels")
	if err != nil || b == nil {
		return nil, err
	}
	out := map[string]Rel{}
	err = p.Walk(b, Handler{Start: func(name string, attr []xml.Attr) error {
		if name != "Relationship" {
			return nil
		}
		r := Rel{Type: path.Base(Attr(attr, "Type")), Target: Attr(attr, "Target"), External: strings.EqualFold(Attr(attr, "TargetMode"), "External")}
		if !r.External {
			if strings.HasPrefix(r.Target, "/") {
				r.Target = strings.TrimPrefix(path.Clean(r.Target), "/")
			} else {
				r.Target = path.Join(dir, r.Target)
			}
		}
		out[Attr(attr, "Id")] = r
		return nil
	}})
	return out, err
}

// Handler gets the elements of a part in order; nil functions are not called. Names are without
// namespace prefix.
type Handler struct {
	Start func(name string, attr []xml.Attr) error
	End   func(name string) error
	Text  func(text []byte) error
}

// errDeep is returned by Walk for nesting beyond the limit.
var errDeep = errors.New("elements are nested too deep")

// Walk reads XML. Document types and undefined entities are refused.
func (p *Package) Walk(data []byte, h Handler) error {
	data, _ = charset.ToUTF8(data, "")
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // converted above
	depth := 0
	for {
		tok, err := d.RawToken()
		if err == io.EOF && depth <= 0 {
			return nil
		}
		if err != nil {
			return parser.Broken(p.name, "an Office document", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth++; depth > p.lim.Depth {
				return errs.Wrap(errDeep, errs.TooLarge, "document_too_deep",
					"{name} was not read: its elements are nested more than {limit} deep.", "name", p.name, "limit", p.lim.Depth)
			}
			if h.Start != nil {
				err = h.Start(t.Name.Local, t.Attr)
			}
		case xml.EndElement:
			depth--
			if h.End != nil {
				err = h.End(t.Name.Local)
			}
		case xml.CharData:
			if h.Text != nil {
				err = h.Text(t)
			}
		case xml.Directive:
			return errs.New(errs.Invalid, "document_type",
				"{name} was not read: it declares a document type, as attacks by entities do. Office documents have none.", "name", p.name)
		}
		if err != nil {
			return err
		}
	}
}

// Attr returns an attribute by its name without prefix.
func Attr(attr []xml.Attr, name string) string {
	for _, a := range attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Core fills title, author, date and further properties from docProps/core.xml.
func (p *Package) Core(doc *parser.Document) {
	b, err := p.Part("docProps/core.xml")
	if err != nil || b == nil {
		return
	}
	values := map[string]string{}
	var text strings.Builder
	_ = p.Walk(b, Handler{ // properties that cannot be read are left out
		Start: func(string, []xml.Attr) error { text.Reset(); return nil },
		Text:  func(t []byte) error { text.Write(t[:min(len(t), 4096)]); return nil },
		End: func(name string) error {
			if s := strings.TrimSpace(parser.Clean(text.String())); s != "" {
				values[name] = s
			}
			text.Reset()
			return nil
		},
	})
	doc.Title, doc.Author = values["title"], values["creator"]
	doc.Lang, _, _ = strings.Cut(strings.ToLower(values["language"]), "-")
	for _, k := range [...]string{"created", "modified"} {
		if t, err := time.Parse(time.RFC3339, values[k]); err == nil && doc.Published.IsZero() {
			doc.Published = t.UTC()
		}
	}
	doc.Meta = map[string]string{}
	for _, k := range [...]string{"subject", "keywords", "description", "lastModifiedBy", "category", "created", "modified"} {
		if values[k] != "" {
			doc.Meta[k] = values[k]
		}
	}
}

// Embedded adds the files inside a document: other Office documents and PDFs as children,
// OLE objects as warnings.
func (p *Package) Embedded(folder string, doc *parser.Document, b *parser.Builder) {
	for _, name := range p.Names(folder) {
		ext := strings.ToLower(path.Ext(name))
		if ext == ".bin" || ext == ".rels" {
			if ext == ".bin" {
				b.Warn(name, "an embedded object of an older format was not read")
			}
			continue
		}
		if len(doc.Children) >= p.lim.Children {
			b.Warn(folder, "too many embedded files; the rest was left out")
			return
		}
		data, err := p.Part(name)
		if err != nil {
			b.Warn(name, "an embedded file could not be unpacked")
			continue
		}
		doc.Children = append(doc.Children, parser.Child{Name: path.Base(name), Data: data})
	}
}
