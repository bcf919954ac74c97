package sandbox_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/all"
	"github.com/vedette-ti/vedette/internal/sandbox"
)

// pdf writes objects, numbered from 1, with a table of where they are.
func pdf(objects ...string) []byte {
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
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

func pdfPage(content, filter string) []byte {
	return pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", filter, len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 32 /LastChar 126 /Widths ["+strings.Repeat("600 ", 95)+"] >>")
}

// flate packs n bytes of one letter twice, so that a kilobyte unpacks to a gigabyte.
func flate(n int64) string {
	pack := func(r io.Reader) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		io.Copy(w, r)
		w.Close()
		return b.Bytes()
	}
	return string(pack(bytes.NewReader(pack(io.LimitReader(letters{}, n)))))
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func archive(t *testing.T, members ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i+1 < len(members); i += 2 {
		f, err := w.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, members[i+1])
	}
	w.Close()
	return buf.Bytes()
}

// Whatever comes in, an answer comes out in time, and the next document is read.
func TestHostileDocuments(t *testing.T) {
	r := runner(t, sandbox.Options{Memory: 512 << 20})
	lim := parser.Limits{Time: 5 * time.Second}
	const either = errs.Kind(255) // depends on the machine, or on the version of poppler
	good := pdfPage("BT /F1 10 Tf 50 700 Td (evil-c2[.]com) Tj ET", "")
	for _, c := range []struct {
		name string
		data []byte
		kind errs.Kind // of the error; Internal for none
	}{
		{"good.pdf", good, errs.Internal},
		{"pages-in-a-circle.pdf", pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>"), either},
		{"xref-in-a-circle.pdf", []byte("%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer << /Size 1 /Prev 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"), errs.Invalid},
		{"bomb.pdf", pdfPage(flate(1<<30), "/Filter [/FlateDecode /FlateDecode]"), either},
		{"cut.pdf", good[:200], errs.Invalid},
		{"not-a.pdf", []byte("just text in a PDF's name with 1.2.3.4"), errs.Invalid},
		{"empty.pdf", nil, errs.Invalid},
		{"deep.html", bytes.Repeat([]byte("<div>"), 2_000_000), errs.Internal},
		{"table.html", bytes.Repeat([]byte("<table><tr><td>"), 100_000), errs.Internal},
		{"formatting.html", []byte("<html>" + strings.Repeat("<a><b><i><u>", 50_000) + strings.Repeat("</a>", 50_000)), errs.Internal},
		{"deep.docx", archive(t, "[Content_Types].xml", "<a/>", "word/document.xml", strings.Repeat("<w:p>", 200_000)), errs.TooLarge},
		{"entities.xlsx", archive(t, "[Content_Types].xml", "<a/>", "xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "a">]><workbook>&a;</workbook>`), errs.Invalid},
		{"bomb.zip", archive(t, "a", strings.Repeat("a", 100<<20)), errs.Internal},
		{"parts.eml", []byte("From: a\nTo: b\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\nContent-Disposition: attachment\n\na\n", 10_000)), errs.Internal},
		{"cyclic.msg", append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), bytes.Repeat([]byte{0}, 4096)...), errs.Invalid},
		{"links.md", []byte(strings.Repeat("[a](", 300_000)), errs.Internal},
		{"flow.yml", bytes.Repeat([]byte("["), 1_000_000), errs.Internal},
		{"line.txt", bytes.Repeat([]byte("a"), 300<<20), errs.TooLarge},
	} {
		start := time.Now()
		in := parser.Input{Name: c.name, Data: c.data}
		p, err := parser.Choose(all.List(), in)
		if err != nil {
			t.Fatal(c.name, err)
		}
		doc, err := r.Parse(t.Context(), p, in, lim)
		if c.kind != either && errs.KindOf(err) != c.kind || c.kind != either && (err == nil) != (c.kind == errs.Internal) {
			t.Errorf("%s by %s: %v: %v", c.name, p.Name(), errs.KindOf(err), err)
		}
		if err != nil && !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s is not named: %v", c.name, err)
		}
		if err == nil {
			if err := doc.Check(lim); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if d := time.Since(start); d > 15*time.Second {
			t.Errorf("%s took %v", c.name, d)
		}
		doc, err = r.Parse(t.Context(), p, parser.Input{Name: "next", Data: good}, lim)
		if p.Name() == "pdf" && (err != nil || doc.Text != "evil-c2[.]com\n") {
			t.Errorf("after %s: %q %v", c.name, doc.Text, err)
		}
	}
}

// The sandbox lets pdftotext read what it needs and no more.
func TestPDFInTheSandbox(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	r := runner(t, sandbox.Options{})
	out, err := r.Command(t.Context(), sandbox.Spec{Program: "pdftotext", Args: []string{"-", "-"}, Stdin: pdfPage("BT /F1 10 Tf 50 700 Td (text) Tj ET", "")})
	if err != nil || !strings.Contains(string(out), "text") {
		t.Errorf("%q %v", out, err)
	}
	if out, err := r.Command(t.Context(), sandbox.Spec{Program: "pdftotext", Args: []string{"/etc/passwd", "/dev/stdout"}}); err == nil {
		t.Errorf("%q", out)
	}
	// A font known by name only needs poppler's tables of Chinese characters.
	song := pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		"<< /Length 45 >>\nstream\nBT /F1 10 Tf 50 700 Td <94F672D0> Tj ET      \nendstream",
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 0 >> /DW 1000 >>")
	in := parser.Input{Name: "song.pdf", Data: song}
	p, err := parser.Choose(all.List(), in)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := r.Parse(t.Context(), p, in, parser.Limits{})
	direct, derr := exec.Command("sh", "-c", "ls /usr/share/poppler/cMap").Output()
	if derr != nil || len(direct) == 0 {
		t.Skip("poppler's tables are not installed")
	}
	if err != nil || doc.Text != "银狐\n" {
		t.Errorf("%q %v %v", doc.Text, doc.Warnings, err)
	}
}
