package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode/utf16"
)

// maker writes small PDF files with text at given places: what the tests read. Latin text is in
// Courier, every glyph 0.6 of the size wide; other text in a font that has only a map to Unicode.
type maker struct {
	pages []string
	links []string
	codes []uint16
	extra string // of the trailer
}

// put is one piece of text; y is measured from the top of a page of 842 points.
type put struct {
	x, y, size float64
	text       string
}

func (m *maker) page(texts ...put) {
	var b strings.Builder
	for _, p := range texts {
		if isLatin(p.text) {
			esc := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(p.text)
			fmt.Fprintf(&b, "BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", p.size, p.x, 842-p.y, esc)
			continue
		}
		fmt.Fprintf(&b, "BT /F2 %g Tf 1 0 0 1 %g %g Tm <", p.size, p.x, 842-p.y)
		for _, u := range utf16.Encode([]rune(p.text)) {
			fmt.Fprintf(&b, "%04X", u)
			m.codes = append(m.codes, u)
		}
		b.WriteString("> Tj ET\n")
	}
	m.pages = append(m.pages, b.String())
}

func isLatin(s string) bool {
	for _, r := range s {
		if r > 0x7E {
			return false
		}
	}
	return true
}

// lines puts lines of text below each other.
func lines(x, y, size, pitch float64, texts ...string) (out []put) {
	for i, t := range texts {
		out = append(out, put{x, y + float64(i)*pitch, size, t})
	}
	return out
}

// toUnicode maps the codes of the texts, which are UTF-16, to themselves.
func toUnicode(codes []uint16) string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for _, c := range codes {
		fmt.Fprintf(&b, "1 beginbfchar <%04X> <%04X> endbfchar\n", c, c)
	}
	b.WriteString("endcmap end end")
	return b.String()
}

func (m *maker) bytes() []byte {
	widths := strings.Repeat("600 ", 95)
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"", // pages
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 32 /LastChar 126 /Widths [" + widths + "] >>",
		"<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H /DescendantFonts [5 0 R] /ToUnicode 6 0 R >>",
		"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /FontDescriptor 7 0 R >>",
		stream(toUnicode(m.codes), ""),
		"<< /Type /FontDescriptor /FontName /Song /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
		"<< /Title (Report) /Author <FEFF94F672D0> /CreationDate (D:20240506070809+08'00') >>",
	}
	var kids []string
	for i, content := range m.pages {
		annots := ""
		if i == 0 {
			for _, l := range m.links {
				annots += "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (" + l + ") >> >> "
			}
		}
		id := len(objects) + 1
		kids = append(kids, fmt.Sprintf("%d 0 R", id))
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Annots [%s] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>", id+1, annots),
			stream(content, "/Filter /FlateDecode"))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(kids))
	return assemble(objects, "/Info 8 0 R "+m.extra)
}

func stream(content, filter string) string {
	if filter != "" {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write([]byte(content))
		w.Close()
		content = z.String()
	}
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", filter, len(content), content)
}

// assemble numbers objects from 1 and writes the cross-reference table.
func assemble(objects []string, trailer string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, xref)
	return b.Bytes()
}
