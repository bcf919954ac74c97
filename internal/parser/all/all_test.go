package all_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-ti/vedette/internal/errs"
	"github.com/vedette-ti/vedette/internal/parser"
	"github.com/vedette-ti/vedette/internal/parser/all"
)

func zipOf(t testing.TB, members ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i+1 < len(members); i += 2 {
		f, err := w.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(members[i+1]))
	}
	w.Close()
	return buf.Bytes()
}

func docx(t testing.TB, text string) []byte {
	return zipOf(t, "[Content_Types].xml", "<Types/>", "word/document.xml", "<w:document><w:body><w:p><w:r><w:t>"+text+"</w:t></w:r></w:p></w:body></w:document>")
}

func TestNamesAreFoldersAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range all.List() {
		if seen[p.Name()] {
			t.Errorf("%s is listed twice", p.Name())
		}
		seen[p.Name()] = true
		if _, err := os.Stat(filepath.Join("..", p.Name())); err != nil {
			t.Error(err)
		}
	}
}

// The content decides; names and declared types only where it does not.
func TestChoose(t *testing.T) {
	mail := "From: a@b.example\nTo: c@d.example\nSubject: x\n\nbody"
	for _, c := range []struct {
		name, media, data, want string
	}{
		{"r.pdf", "", "%PDF-1.4\n", "pdf"},
		{"r.txt", "text/plain", "%PDF-1.4\n", "pdf"},
		{"r.bin", "application/octet-stream", string(docx(t, "x")), "docx"},
		{"r.xlsx", "", string(docx(t, "x")), "docx"},
		{"r.docx", "", string(zipOf(t, "a", "b")), "zip"},
		{"r", "", string(zipOf(t, "[Content_Types].xml", "", "xl/workbook.xml", "")), "xlsx"},
		{"r.gz", "", "\x1f\x8b\x08\x00rest", "zip"},
		{"r.txt", "", "<!DOCTYPE html><p>x", "html"},
		{"r.doc", "application/msword", "<html><body>x", "html"},
		{"page", "text/html; charset=gbk", "some text", "html"},
		{"r.doc", "", `{\rtf1 x}`, "rtf"},
		{"m", "", mail, "eml"},
		{"m.txt", "", mail, "eml"},
		{"m.eml", "", "Subject: x\n\ny", "eml"},
		{"r.md", "", "# x\n", "markdown"},
		{"r.adoc", "", "= x\n", "asciidoc"},
		{"r.csv", "", "a,b\n", "csv"},
		{"r.csv", "", `{"a":1}`, "csv"},
		{"r.json", "", `{"a":1}`, "json"},
		{"feed", "", `[{"a":1}]`, "json"},
		{"r.json", "", `not json`, "text"},
		{"r.yml", "", "a: b\n", "yaml"},
		{"r.yar", "", "rule x {}", "text"},
		{"notes", "", "1.2.3.4", "text"},
		{"notes", "", "\xd2\xf8\xba\xfc GBK text", "text"},
		{"empty", "", "", "text"},
	} {
		p, err := parser.Choose(all.List(), parser.Input{Name: c.name, MediaType: c.media, Data: []byte(c.data)})
		if err != nil {
			t.Errorf("%s %.20q: %v", c.name, c.data, err)
		} else if p.Name() != c.want {
			t.Errorf("%s %.20q: %s, want %s", c.name, c.data, p.Name(), c.want)
		}
	}
	for _, data := range []string{"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00", "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"} {
		if p, err := parser.Choose(all.List(), parser.Input{Name: "x", Data: []byte(data)}); errs.KindOf(err) != errs.Unsupported {
			t.Errorf("%q: %v %v", data, p, err)
		}
	}
	in := parser.Input{Name: "x.pdf", Data: []byte("1.2.3.4"), Options: []byte(`{"format":"text","map":{}}`)}
	if p, err := parser.Choose(all.List(), in); err != nil || p.Name() != "list" {
		t.Error(p, err)
	}
}

// A mail with an archive with a document, and beside it things that cannot be read.
func TestTree(t *testing.T) {
	inner := zipOf(t, "报告.docx", string(docx(t, "evil-c2[.]com")), "broken.docx", "PK\x03\x04 no archive", "list.csv", "ip,note\n1.2.3.4,银狐\n", "pic.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00")
	mail := "From: a@b.example\nTo: c@d.example\nSubject: samples\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n" +
		"--x\n\nsee attachment\n--x\nContent-Type: text/html\n\n<p>html <b>body</b></p>\n--x\nContent-Disposition: attachment; filename=s.zip\n\n" + string(inner) + "\n--x--\n"
	root, err := parser.ParseTree(t.Context(), parser.RunInline, all.List(), parser.Input{Name: "m.eml", Data: []byte(mail)}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	root.Walk(func(n *parser.Node) {
		_, text, _ := strings.Cut(strings.TrimSpace(n.Doc.Text), "\n\n")
		if text == "" {
			text = strings.TrimSpace(n.Doc.Text)
		}
		got = append(got, fmt.Sprintf("%s %s %q %v", n.Path, n.Parser, text, errs.KindOf(n.Err)))
	})
	want := []string{
		`m.eml eml "see attachment" internal`,
		`m.eml/message.html html "html body" internal`,
		`m.eml/s.zip zip "报告.docx\nbroken.docx\nlist.csv\npic.png" internal`,
		`m.eml/s.zip/报告.docx docx "evil-c2[.]com" internal`,
		`m.eml/s.zip/broken.docx zip "" invalid`,
		`m.eml/s.zip/list.csv csv "ip\tnote\n1.2.3.4\t银狐" internal`,
		`m.eml/s.zip/pic.png  "" unsupported`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Archives inside archives end at a depth, and what is above it is kept.
func TestNestedArchives(t *testing.T) {
	data := []byte("1.2.3.4")
	for i := range 40 {
		data = zipOf(t, fmt.Sprintf("%d.zip", i), string(data), "beside.txt", "5.6.7.8")
	}
	root, err := parser.ParseTree(t.Context(), parser.RunInline, all.List(), parser.Input{Name: "r.zip", Data: data}, parser.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	beside, refused := 0, 0
	root.Walk(func(n *parser.Node) {
		if n.Doc.Text == "5.6.7.8\n" {
			beside++
		}
		if errs.KindOf(n.Err) == errs.TooLarge {
			refused++
		}
	})
	if beside != 12 || refused != 2 {
		t.Error(beside, refused)
	}
}

// Real reports, where they are at hand: all are read; what is damaged is said.
func TestRealReports(t *testing.T) {
	folder := os.Getenv("VEDETTE_REPORTS")
	if folder == "" {
		t.Skip("VEDETTE_REPORTS names no folder of unpacked reports")
	}
	n := 0
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		node, err := parser.ParseTree(context.Background(), parser.RunInline, all.List(), parser.Input{Name: d.Name(), Data: data}, parser.Limits{})
		if err != nil && errs.KindOf(err) != errs.Unsupported {
			t.Errorf("%s: %v", path, err)
		}
		for _, w := range node.Doc.Warnings {
			t.Logf("%s: %s: %s", path, w.Place, w.Reason)
		}
		n++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files", n)
}

// FuzzAll gives anything to whatever accepts it. PDF is left out: the library under its glyph
// reader may loop, which only the sandbox ends.
func FuzzAll(f *testing.F) {
	f.Add("a.zip", zipOf(f, "a.txt", "b"))
	f.Add("a.docx", docx(f, "x"))
	f.Add("a.eml", []byte("From: a\nTo: b\n\nc"))
	f.Add("a.md", []byte("# a\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		lim := parser.Limits{Text: 10_000, Children: 20, Expanded: 1 << 20, Links: 10}
		in := parser.Input{Name: name, Data: data}
		if p, err := parser.Choose(all.List(), in); err != nil || p.Name() == "pdf" {
			return
		}
		run := func(ctx context.Context, p parser.Parser, in parser.Input, lim parser.Limits) (parser.Document, error) {
			if p.Name() == "pdf" {
				return parser.Document{}, nil
			}
			doc, err := p.Parse(ctx, in, lim)
			if err == nil {
				if err := doc.Check(lim); err != nil {
					t.Fatalf("%s: %v", p.Name(), err)
				}
			}
			return doc, err
		}
		_, _ = parser.ParseTree(t.Context(), run, all.List(), in, lim) // errors are fine, broken documents are not
	})
}
